"""What a company stores otherwise than it was sent is told, and nothing else is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from clary.companies.target import CompanyTarget
from clary.engine.journal import JournalState
from clary.kernel.change import Action, Body, Change, Origin, Written
from tests.companies.sandbox.small import goods, invoice, lines, plain
from tests.engine.bookkeeping import Bookkeeping, created, numbered
from tests.engine.little_store import LittleStore
from tests.engine.workshop import Workshop, customer, update


class Shortening(LittleStore):
    """A store that keeps eight characters of a name, and can tell."""

    def read_back(
        self, changes: Sequence[Change], written: Sequence[Written]
    ) -> Sequence[Body | None]:
        bodies = super().read_back(changes, written)
        return [body and {**body, "name": str(body.get("name"))[:8]} for body in bodies]

    def unlike(self, change: Change, body: Body) -> Sequence[tuple[str, str, str]]:
        stated = change.after or {}
        return [
            (name, str(value), str(body.get(name)))
            for name, value in stated.items()
            if body.get(name) != value
        ]


@pytest.fixture
def shortening(folder: Path) -> Shortening:
    return Shortening(folder / "little.db")


def test_a_field_that_is_stored_otherwise_is_warned_of(
    folder: Path, shortening: Shortening
) -> None:
    with Workshop(folder, store=shortening) as workshop:
        run = workshop.apply(
            customer(1, "A"),
            customer(2, "LONG"),
            update(3, "A", {"id": "A"}, {"phone": "1"}, depends_on=(1,)),
        )
        results = workshop.results(run.id)
    assert {entry.state for entry in results} == {JournalState.CONFIRMED}
    found = [finding for entry in results for finding in entry.findings]
    assert [(each.code, each.field, each.severity.value) for each in found] == [
        ("STORED_OTHERWISE", "name", "warning")
    ] * 2
    assert "Customer LONG" in found[1].message
    assert found[1].message.endswith("stored as Customer.")


@pytest.mark.parametrize(
    ("sent", "stored", "differing"),
    [
        ({"number": "1"}, {"number": "1", "total": "5.00"}, []),
        ({"number": "1"}, {"number": "2"}, [("number", "1", "2")]),
        ({"number": "1"}, {}, [("number", "1", "empty")]),
        ({"number": None}, {}, []),
        ({"customer_id": "acme"}, {"customer_id": "ACME"}, []),
        ({"total": "5"}, {"total": "5.00"}, []),
        ({"amount_due": "5.00"}, {"amount_due": "6.00"}, None),
        ({"lines": lines(plain("5"))}, {"lines": lines({**plain("5.00"), "quantity": "1"})}, []),
    ],
)
def test_canonical_forms_are_compared_and_what_the_company_fills_is_not(
    books: Bookkeeping,
    sent: Body,
    stored: Body,
    differing: list[tuple[str, str, str]] | None,
) -> None:
    target = CompanyTarget(books.session, books.info)
    change = Change(1, "books", Action.CREATE, "sales_invoice", after=sent, origin=Origin("t", "1"))
    found = target.unlike(change, stored)
    assert list(found) == ([("amount_due", "5.00", "6.00")] if differing is None else differing)


def test_a_line_that_is_stored_otherwise_is_told(books: Bookkeeping) -> None:
    target = CompanyTarget(books.session, books.info)
    change = created(1, "sales_invoice", {"lines": lines(plain("5.00"), plain("6.00"))})
    fewer, other = lines(plain("5.00")), lines(plain("5.00"), plain("7.00"))
    for stored, differing in ((fewer, "lines"), (other, "lines.1.amount")):
        [(name, _, _)] = target.unlike(change, {"lines": stored})
        assert name == differing


def test_ordinary_documents_give_no_warning(books: Bookkeeping) -> None:
    body = invoice(goods("PART", "2", "7.5"), plain("3"), number="I-1", tax_code_id="TAXED")
    run = books.apply(
        *numbered(("customer", {"id": "NEW", "name": "New"}), ("sales_invoice", body))
    )
    codes = {finding.code for entry in books.results(run) for finding in entry.findings}
    assert (run.applied, "STORED_OTHERWISE" in codes) == (2, False)


def test_one_origin_may_stand_for_a_document_of_each_type(books: Bookkeeping) -> None:
    origin = Origin("test", "same")
    sale = created(1, "sales_invoice", invoice(plain("5.00"), number="I-1"), origin=origin)
    bill: Body = {
        "vendor_id": "V-ACME",
        "date": "2026-03-02",
        "number": "P-1",
        "payable_account_id": "2000",
        "lines": lines(plain("5.00", "6100")),
    }
    assert books.apply(sale).applied == 1
    run = books.apply(created(1, "purchase", bill, origin=origin))
    assert (run.applied, [entry.findings for entry in books.results(run)]) == (1, [()])
