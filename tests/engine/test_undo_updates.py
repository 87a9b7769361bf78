"""The undo of an update brings a document back whole, with what the company worked out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from clary.companies.contract import Session
from clary.companies.keys import Key
from clary.engine.undo import plan_undo
from clary.kernel.change import Action, Body, Change
from tests.companies.sandbox.small import everything, goods, invoice, key, lines, plain
from tests.engine.bookkeeping import Bookkeeping, numbered


def posted(books: Bookkeeping, body: Body) -> tuple[str, Body]:
    """Post an invoice; return its key, and the record as it stands."""
    written = books.session.create("sales_invoice", body)
    return str(written.key), books.session.get("sales_invoice", key("sales_invoice", written.key))


def figures(body: Body) -> Body:
    """Return a record without its stamps."""
    return {name: value for name, value in body.items() if name != "last_saved_at"}


@pytest.mark.parametrize(
    "after",
    [
        {"lines": lines(plain("35.00"))},
        {"tax_code_id": "FREE"},
        {"date": "2026-03-09"},
        {"lines": lines(plain("35.00"), plain("1.00")), "date": "2026-03-08", "note": "x"},
        {"customer_po": "PO-1"},
    ],
    ids="+".join,
)
def test_a_document_is_as_it_was_before_its_update(books: Bookkeeping, after: Body) -> None:
    body = invoice(plain("20.00"), number="I-1", tax_code_id="TAXED", terms_text="2% 10")
    number, before = posted(books, body)
    figures_before = everything(books.session)
    change = Change(1, "books", Action.UPDATE, "sales_invoice", number, before, after)
    run = books.apply(change)
    assert run.applied == 1
    plan = books.plan_undo(run)
    assert books.stopped(plan) == []
    undone = books.apply_plan(plan)
    assert undone.applied == 1
    assert [each.findings for each in books.results(undone)] == [()]
    now = books.session.get("sales_invoice", key("sales_invoice", number))
    assert figures(now) == figures(before)
    assert everything(books.session) == figures_before


def test_what_the_update_added_is_stated_as_none(books: Bookkeeping) -> None:
    number, before = posted(books, invoice(plain("20.00"), number="I-1"))
    after: Body = {"customer_po": "PO-1", "tax_code_id": "TAXED"}
    run = books.apply(Change(1, "books", Action.UPDATE, "sales_invoice", number, before, after))
    plan = books.plan_undo(run)
    [undo] = [stored.change for stored in books.plans.stored(plan.id)]
    stated = undo.after or {}
    assert (stated["customer_po"], stated["tax_code_id"]) == (None, None)
    assert stated["total"] == "20.00"
    assert "taxes" in stated


def test_a_plan_that_holds_only_what_it_changed_restores_that(books: Bookkeeping) -> None:
    number, before = posted(books, invoice(plain("20.00"), number="I-1", note="old"))
    sparse: Body = {"note": before["note"]}
    change = Change(1, "books", Action.UPDATE, "sales_invoice", number, sparse, {"note": "new"})
    run = books.apply(change)
    assert books.undo(run).applied == 1
    now = books.session.get("sales_invoice", key("sales_invoice", number))
    assert figures(now) == figures(before)


class UsedBy:
    """A session that says of every document that these records use it."""

    def __init__(self, session: Session, uses: Sequence[str]) -> None:
        self._session = session
        self._uses = uses

    def __getattr__(self, name: str) -> object:
        return getattr(self._session, name)

    def uses(self, record_type: str, key: Key) -> Sequence[str]:
        """Return the records that use it."""
        del record_type, key
        return self._uses


@pytest.mark.parametrize("ours", [True, False])
def test_a_use_that_the_same_undo_takes_back_later_is_no_obstacle(
    books: Bookkeeping,
    ours: bool,  # noqa: FBT001 - a case of the test
) -> None:
    first = ("sales_invoice", invoice(goods("PART", "1", "9"), number="I-1"))
    second = ("sales_invoice", invoice(plain("5.00"), number="I-2"))
    run = books.apply(*numbered(first, second))
    use = books.results(run)[0].record if ours else "sales_invoice 999"
    session = cast("Session", UsedBy(books.session, [use]))
    plan = plan_undo(books.database, run.id, session, books.info, books.clock)
    stopped = [code for _, code in books.stopped(plan)]
    assert stopped == ([] if ours else ["UNDO_SETTLED", "UNDO_SETTLED"])
