"""Documents pushed into sandbox companies and read back: what was stated is what is shown."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clary.companies.contract import Session
from clary.companies.keys import Key, KeyKind
from clary.companies.sandbox import SandboxCompany, create
from clary.companies.sandbox.values import set_values
from clary.flows.push import inbound, outbound
from clary.flows.push.showing import Showing
from clary.flows.push.types import type_at
from clary.kernel.change import Body
from clary.kernel.clock import FixedClock
from clary.kernel.errors import ClaryError
from clary.ledger.fields import EditionName
from clary.ledger.record import Family
from clary.ledger.registry import record_type
from tests.flows.push import documents
from tests.flows.push.shelf import ACCOUNTING, Reading, changed, faults, take, told, without

CLOCK = FixedClock(datetime(2026, 3, 2, 12, tzinfo=UTC))
SCHEMAS = {
    "customers": "Customer",
    "suppliers": "Supplier",
    "accounts": "Account",
    "items": "Item",
    "invoices": "Invoice",
    "creditNotes": "CreditNote",
    "bills": "Bill",
    "billCreditNotes": "BillCreditNote",
    "payments": "Payment",
    "billPayments": "BillPayment",
    "journalEntries": "JournalEntry",
    "directCosts": "DirectCost",
}
LISTS: dict[EditionName, tuple[tuple[str, Body], ...]] = {
    "uk": (
        ("account", {"id": "7500", "name": "Printing"}),
        ("department", {"id": "7", "name": "North"}),
        ("customer", {"id": "ACME", "name": "Acme Ltd"}),
        ("vendor", {"id": "SUPPLY", "name": "Supply Ltd"}),
        ("job", {"id": "PROJ1", "name": "New roof", "customer_id": "ACME"}),
    ),
    "us": (
        ("account", {"id": "11000", "name": "Receivables", "type": "accounts_receivable"}),
        ("account", {"id": "20000", "name": "Payables", "type": "accounts_payable"}),
        ("account", {"id": "10200", "name": "Checking", "type": "cash"}),
        ("account", {"id": "40000", "name": "Sales", "type": "income"}),
        ("account", {"id": "60000", "name": "Expenses", "type": "expenses"}),
        ("account", {"id": "23100", "name": "Tax", "type": "other_current_liabilities"}),
        ("vendor", {"id": "SUPPLY", "name": "Supply Inc."}),
        ("customer", {"id": "ACME", "name": "Acme Inc."}),
        ("job", {"id": "JOB-1", "name": "New branch"}),
        (
            "tax_code",
            {
                "id": "NV",
                "description": "Nevada",
                "agencies": [{"id": "STATE", "rate": "7", "account_id": "23100"}],
            },
        ),
    ),
}

US_DEFAULTS = {"accounts_receivable": "11000", "accounts_payable": "20000"}


class Desk:
    """A company that documents are pushed to, without anything between."""

    def __init__(self, session: Session, edition: EditionName) -> None:
        self.session = session
        self.books = Reading(session, edition, foreign_trader=False)
        self.showing = Showing(self.books, "2026-03-02T12:00:00Z")

    def push(self, path: str, stated: Mapping[str, object]) -> Any:  # noqa: ANN401 - an answer is looked into by name
        """Return the record that a document makes, as it is shown afterwards."""
        push_type = type_at(path)
        assert push_type is not None
        found = take(path, stated, self.books)
        assert not told(found), found.findings
        written = [self.session.create(one.record_type, dict(one.body)) for one in found.records]
        first = found.records[0].record_type
        is_list = record_type(first).family is Family.LIST
        kind = KeyKind.ID if is_list else KeyKind.NUMBER
        key = written[0].key
        assert key is not None
        body = self.session.get(first, Key(kind, key))
        shown = outbound.show(push_type, body, self.showing)
        assert faults(ACCOUNTING, SCHEMAS[path], shown) == []
        return shown


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> dict[EditionName, Path]:
    folder = tmp_path_factory.mktemp("push")
    made: dict[EditionName, Path] = {}
    editions: tuple[EditionName, ...] = ("us", "uk")
    for edition in editions:
        path = made[edition] = folder / f"{edition}.clary"
        create(path, name=edition, edition=edition, fiscal_year_start=date(2026, 1, 1), clock=CLOCK)
        if edition == "us":
            set_values(path, defaults=json.dumps(US_DEFAULTS))
        with SandboxCompany(path, clock=CLOCK).session(write=True) as session:
            for name, body in LISTS[edition]:
                session.create(name, dict(body))
    return made


def desk(edition: EditionName, companies: dict[EditionName, Path], folder: Path) -> Iterator[Desk]:
    path = folder / "company.clary"
    shutil.copy(companies[edition], path)
    with SandboxCompany(path, clock=CLOCK).session(write=True) as session:
        yield Desk(session, edition)


@pytest.fixture
def uk(companies: dict[EditionName, Path], tmp_path: Path) -> Iterator[Desk]:
    yield from desk("uk", companies, tmp_path)


@pytest.fixture
def us(companies: dict[EditionName, Path], tmp_path: Path) -> Iterator[Desk]:
    yield from desk("us", companies, tmp_path)


def same(stated: object, shown: object) -> bool:
    """Tell whether what is shown holds all that was stated."""
    if isinstance(stated, Mapping) and isinstance(shown, Mapping):
        return all(same(each, shown.get(name)) for name, each in stated.items())
    if isinstance(stated, list) and isinstance(shown, list):
        return len(stated) == len(shown) and all(map(same, stated, shown))
    if isinstance(shown, Decimal) and isinstance(stated, int | float):
        return Decimal(str(stated)) == shown
    return stated == shown


UK_SHOWN: dict[str, dict[str, Any]] = {
    **documents.UK_DOCUMENTS,
    # What is said one way and shown another: upper case, the code as `country`, days.
    "customers": {
        **changed(documents.UK_CUSTOMER, "NEWCO", "id"),
        "addresses": [{"type": "Unknown", "line1": "1 High Street", "country": "GB"}],
    },
    "suppliers": changed(documents.UK_SUPPLIER, "NEWSUP", "id"),
    "accounts": documents.UK_ACCOUNT,
    "creditNotes": {
        "creditNoteNumber": "CN-1",
        "issueDate": "2026-03-01T00:00:00",
        "totalAmount": 12,
        "status": "Submitted",
        "note": "Sorry",
        "remainingCredit": 12,
        "lineItems": [{"subTotal": 10, "taxAmount": 2, "taxRateRef": {"id": "1"}}],
    },
    "bills": changed(
        documents.UK_BILL,
        [{"id": "department_7"}, {"id": "project_PROJ1"}],
        "lineItems",
        "0",
        "trackingCategoryRefs",
    ),
    "journalEntries": {
        "postedOn": "2026-03-01T00:00:00",
        "journalLines": documents.UK_JOURNAL_ENTRY["journalLines"],
    },
    "directCosts": {
        **without(documents.UK_DIRECT_COST, "accountRef"),
        "paymentAllocations": [{"payment": {"accountRef": {"id": "1200"}, "totalAmount": 36}}],
        "lineItems": [
            {
                "description": "Ink",
                "unitAmount": 30,
                "quantity": 1,
                "subTotal": 30,
                "taxAmount": 6,
                "totalAmount": 36,
                "taxRateRef": {"id": "1"},
                "trackingCategoryRefs": [{"id": "department_7"}],
            }
        ],
    },
}


@pytest.mark.parametrize(
    "path", [each for each in UK_SHOWN if each not in ("payments", "billPayments")]
)
def test_what_was_pushed_to_a_uk_company_is_shown(path: str, uk: Desk) -> None:
    shown = uk.push(path, documents.UK_DOCUMENTS[path])
    assert same(UK_SHOWN[path], shown), shown


def test_uk_payments_settle_what_they_are_linked_to(uk: Desk) -> None:
    invoice = uk.push("invoices", documents.UK_INVOICE)
    bill = uk.push("bills", documents.UK_BILL)
    credit = uk.push("creditNotes", documents.UK_CREDIT_NOTE)
    links = [
        {"type": "Invoice", "id": invoice["id"], "amount": -144.0},
        {"type": "CreditNote", "id": credit["id"], "amount": 12.0},
        {"type": "PaymentOnAccount", "id": "ACME", "amount": -8.0},
    ]
    stated = {
        **documents.UK_PAYMENT,
        "totalAmount": 140.0,
        "lines": [{"amount": 140.0, "links": links}],
    }
    payment = uk.push("payments", stated)
    assert payment["lines"][0]["links"] == [
        {"type": "Invoice", "id": invoice["id"], "amount": Decimal("-132.00")},
        {"type": "PaymentOnAccount", "id": "ACME", "amount": Decimal("-8.00")},
    ]
    assert (payment["reference"], payment["note"]) == ("BACS 1", "For two invoices")
    body = uk.session.get("sales_invoice", Key(KeyKind.NUMBER, invoice["id"]))
    assert body["amount_due"] == "0.00"
    paid = changed(documents.UK_BILL_PAYMENT, bill["id"], "lines", "0", "links", "0", "id")
    assert same(paid["lines"], uk.push("billPayments", paid)["lines"])


US_DOCUMENTS = {
    "suppliers": documents.US_SUPPLIER,
    "customers": documents.US_CUSTOMER,
    "accounts": documents.US_ACCOUNT,
    "invoices": documents.US_INVOICE,
    "bills": documents.US_BILL,
    "journalEntries": documents.US_JOURNAL_ENTRY,
    "directCosts": documents.US_DIRECT_COST,
}
US_SHOWN: dict[str, dict[str, Any]] = {
    **US_DOCUMENTS,
    "directCosts": {
        **without(documents.US_DIRECT_COST, "accountRef"),
        "paymentAllocations": [{"payment": {"accountRef": {"id": "10200"}, "totalAmount": 30}}],
    },
    "customers": {
        "id": "new-co",
        "status": "Archived",
        "addresses": [
            documents.US_CUSTOMER["addresses"][0],
            {"type": "Delivery", "line1": "2 Dock Road"},
            {"type": "Delivery", "line1": "3 Dock Road"},
        ],
    },
    "invoices": {
        "invoiceNumber": "INV-1",
        "subTotal": 110,
        "totalTaxAmount": 7,
        "totalAmount": 117,
        "status": "Submitted",
        "note": "Thank you",
        "lineItems": [
            {"unitAmount": 50, "quantity": 2, "taxRateRef": {"id": "NV"}},
            {"unitAmount": 10, "subTotal": 10},
        ],
    },
}


@pytest.mark.parametrize("path", US_DOCUMENTS)
def test_what_was_pushed_to_a_us_company_is_shown(path: str, us: Desk) -> None:
    shown = us.push(path, US_DOCUMENTS[path])
    assert same(US_SHOWN[path], shown), shown


def test_a_us_payment_settles_its_invoice(us: Desk) -> None:
    invoice = us.push("invoices", documents.US_INVOICE)
    links = [{"type": "Invoice", "id": invoice["id"], "amount": -100.0}]
    stated = changed(documents.US_PAYMENT, links, "lines", "0", "links")
    shown = us.push("payments", stated)
    assert same(stated["lines"], shown["lines"])


def test_what_the_books_refuse_is_told_by_property(uk: Desk) -> None:
    """Tax that is off by more than a penny is only found as the invoice is posted."""
    push_type = type_at("invoices")
    assert push_type is not None
    stated = changed(documents.UK_INVOICE, 20.0, "lineItems", "0", "taxAmount")
    found = take("invoices", {**stated, "totalTaxAmount": 20, "totalAmount": 140}, uk.books)
    with pytest.raises(ClaryError) as caught:
        uk.session.create("sales_invoice", dict(found.records[0].body))
    [finding] = [inbound.told(push_type, uk.books, one) for one in caught.value.findings]
    assert (finding.code, finding.field) == ("TAX_DIFFERS", "lineItems.0.taxAmount")
    whole = caught.value.findings[0].__class__("X", "x", "x")
    assert inbound.told(push_type, uk.books, whole).field is None
