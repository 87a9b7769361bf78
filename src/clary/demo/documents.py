"""What the demo posts in each edition: a customer, an invoice and its payment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from clary.ledger.fields import EditionName

NUMBER = "DEMO-1001"


@dataclass(frozen=True, slots=True)
class Step:
    """One document of the demo.

    Attributes:
        record_type: its type.
        key: idempotency key, under which doing it again is recognised.
        told: what it is, for a reader.
        body: its values.
    """

    record_type: str
    key: str
    told: str
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Place:
    """What differs between the two editions' demo companies."""

    company: str
    title: str
    customer: Mapping[str, object]
    invoice: Mapping[str, object]
    receipt: Mapping[str, object]
    paid: str


PLACES: Mapping[EditionName, Place] = {
    "us": Place(
        company="demo-us",
        title="Tidewater Systems",
        customer={
            "id": "FERNBANK",
            "name": "Fernbank Medical Practice",
            "bill_to": {"line1": "12 Orchard Road", "city": "Reno", "state": "NV", "zip": "89501"},
            "account_id": "40100",
            "tax_code_id": "NV",
        },
        invoice={
            "number": NUMBER,
            "customer_id": "FERNBANK",
            "receivable_account_id": "11000",
            "lines": [
                {
                    "description": "Service agreement, one month",
                    "quantity": "1",
                    "unit_price": "480.00",
                    "amount": "480.00",
                    "account_id": "40100",
                },
                {
                    "description": "On-site visit, 3 hours",
                    "quantity": "3",
                    "unit_price": "95.00",
                    "amount": "285.00",
                    "account_id": "40100",
                },
            ],
        },
        receipt={
            "reference": "DEMO-R1",
            "customer_id": "FERNBANK",
            "payment_method": "Check",
            "cash_account_id": "10200",
            "applications": [{"invoice_number": NUMBER, "amount": "300.00"}],
        },
        paid="300.00",
    ),
    "uk": Place(
        company="demo-uk",
        title="Fenland Systems",
        customer={
            "id": "FERNBANK",
            "name": "Fernbank Surgery",
            "bill_to": {"line1": "12 Orchard Road", "city": "York", "zip": "YO1 7HH"},
            "account_id": "4000",
            "tax_code_id": "T1",
            "terms_agreed": True,
        },
        invoice={
            "number": NUMBER,
            "customer_id": "FERNBANK",
            "lines": [
                {
                    "description": "Service agreement, one month",
                    "quantity": "1",
                    "unit_price": "480.00",
                    "amount": "480.00",
                    "account_id": "4000",
                    "tax_code_id": "T1",
                },
                {
                    "description": "On-site visit, 3 hours",
                    "quantity": "3",
                    "unit_price": "95.00",
                    "amount": "285.00",
                    "account_id": "4000",
                    "tax_code_id": "T1",
                },
            ],
        },
        receipt={
            "reference": "DEMO-R1",
            "customer_id": "FERNBANK",
            "cash_account_id": "1200",
            "applications": [{"invoice_number": NUMBER, "amount": "300.00"}],
        },
        paid="300.00",
    ),
}
"""The demo companies by edition."""


def steps(place: Place, day: date) -> tuple[Step, ...]:
    """Return what is posted on `day`, in order."""
    dated = {"date": day.isoformat()}
    return (
        Step("customer", "demo-customer", "a new customer", place.customer),
        Step("sales_invoice", "demo-invoice", "an invoice for it", {**dated, **place.invoice}),
        Step("receipt", "demo-receipt", "a payment of part of it", {**dated, **place.receipt}),
    )
