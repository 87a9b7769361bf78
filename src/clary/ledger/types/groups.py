"""Nested groups that several record types share: addresses, contacts, custom fields."""

from __future__ import annotations

from decimal import Decimal

from clary.ledger.fields import ABSENT, Rule, decimal, flag, group, integer, text
from clary.ledger.record import Record

IMPORT_US = "Sage 50 US import field tables"
EXPORT_US = "real export files of Sage 50 US 2015-2017"
ODBC_UK = "Sage 50 UK ODBC schema"
IMPORT_UK = "Sage UK knowledge base, record import"

US_ID_CHARACTERS = "*?+"
"""Characters no customer, vendor or item ID may hold (Sage 50 US help, customer header)."""


def us_id(length: int = 20, *, required: bool = True) -> Rule:
    """Return the rule of a changeable US identifier."""
    return Rule(
        length=length,
        required=required,
        characters=US_ID_CHARACTERS,
        source="Sage 50 US help, customer header",
    )


def uk_reference(length: int = 8, *, required: bool = True, label: str | None = None) -> Rule:
    """Return the rule of a UK account reference: A-Z and 0-9, stored in upper case."""
    return Rule(
        length=length,
        required=required,
        label=label,
        characters="alphanumeric",
        upper=True,
        source=IMPORT_UK,
    )


class Address(Record):
    """A postal address inside its parent record."""

    name: str | None = text("Name", us=30, uk=60)
    line1: str | None = text("Address line 1", us=30, uk=Rule(60, label="Street 1"))
    line2: str | None = text("Address line 2", us=30, uk=Rule(60, label="Street 2"))
    city: str | None = text("City", us=20, uk=Rule(60, label="Town"))
    state: str | None = text("State", us=2, uk=Rule(60, label="County"))
    zip: str | None = text("ZIP code", us=12, uk=Rule(60, label="Postcode"))
    country: str | None = text("Country", us=15, uk=Rule(2, label="Country code"))
    tax_code_id: str | None = text("Sales tax code", us=8, uk=ABSENT, reference="tax_code")


class Contact(Record):
    """A person to speak to at a customer or vendor."""

    name: str = text("Contact name", us=Rule(39, required=True), uk=Rule(30, required=True))
    title: str | None = text("Title", us=30, uk=Rule(30, label="Role"))
    telephone: str | None = text("Telephone", us=20, uk=30)
    email: str | None = text("E-mail", us=64, uk=255)
    primary: bool | None = flag("Main contact", uk=ABSENT)
    notes: str | None = text("Notes", us=255, uk=200, multiline=True)


class CustomField(Record):
    """One custom field (UK: analysis field) of a record, by its position."""

    index: int = integer("Position", us=Rule(required=True), uk=Rule(required=True))
    label: str | None = text("Label", us=30, uk=30)
    value: str | None = text("Value", us=80, uk=30)


class PriceLevel(Record):
    """The sales price of an item at one price level above the first."""

    level: int = integer("Price level", us=Rule(required=True), uk=ABSENT)
    price: Decimal | None = decimal("Price", uk=ABSENT)


class Component(Record):
    """One part of an assembly."""

    item_id: str = text("Item ID", us=us_id(), uk=Rule(30, required=True), reference="item")
    quantity: Decimal = decimal("Quantity", us=Rule(required=True), uk=Rule(required=True))


class Application(Record):
    """The part of a receipt, payment or credit memo that settles one document."""

    invoice_number: str | None = text("Invoice number", us=20, uk=Rule(30, label="Reference"))
    transaction_number: int | None = integer(
        "Transaction number", help="Needed where the invoice number is not unique."
    )
    amount: Decimal = decimal(
        "Amount paid", us=Rule(required=True), uk=Rule(required=True), places=2
    )
    discount_amount: Decimal | None = decimal("Discount taken", places=2)
    description: str | None = text("Description", us=160, uk=ABSENT)


class AgencyTax(Record):
    """Sales tax of one agency on a US document, in the document's currency."""

    agency_id: str = text("Sales tax agency", us=Rule(8, required=True), uk=ABSENT)
    description: str | None = text("Description", us=160, uk=ABSENT)
    account_id: str | None = text("Tax payable account", us=15, uk=ABSENT, reference="account")
    amount: Decimal = decimal("Tax amount", us=Rule(required=True), uk=ABSENT, places=2)


CUSTOM_FIELDS = group("Custom fields", us=5, uk=Rule(3, label="Analysis fields"))
