"""Payments are added, changed and deleted exactly once."""

from __future__ import annotations

from itertools import islice

import pytest

from clary.apps.connectwise.shapes import Invoice
from clary.engine.journal import JournalState
from clary.kernel.change import Action, Body, Change
from tests.apps.connectwise.desk import Desk, payment, payment_change

PAYMENTS = {"method": "POST", "path": "finance/invoices"}


@pytest.fixture
def invoice(at_desk: Desk, request: pytest.FixtureRequest) -> int:
    """Return an invoice that no other test of the module pays."""
    taken: set[int] = getattr(request.module, "taken", set())
    request.module.taken = taken
    wanted = (
        each.id
        for each in at_desk.accounting.invoices()
        if _is_open(each) and each.id is not None and each.id not in taken
    )
    found = next(wanted)
    taken.add(found)
    return found


def _is_open(invoice: Invoice) -> bool:
    return invoice.type == "Standard" and not invoice.payments and not invoice.credits


def amounts(at_desk: Desk, invoice: int) -> list[str]:
    return sorted(str(each.amount) for each in at_desk.accounting.payments(invoice))


def test_a_payment_is_added_as_the_site_stores_it(at_desk: Desk, invoice: int) -> None:
    entry = at_desk.apply(payment(invoice, "12.30"))
    assert entry.state is JournalState.CONFIRMED
    assert entry.body is not None
    assert entry.key == f"{invoice}/{entry.body['payment_id']}"
    assert (entry.body["amount"], entry.body["date"]) == ("12.30", "2026-02-15")
    assert entry.findings == ()


def test_a_payment_may_have_no_date(at_desk: Desk, invoice: int) -> None:
    entry = at_desk.apply(payment(invoice, "5.00", None))
    assert entry.state is JournalState.CONFIRMED
    assert entry.body is not None
    assert entry.body["date"] is None


@pytest.mark.parametrize("kind", ["error-after", "drop-after", "malformed", "error-before"])
def test_a_payment_survives_a_lost_answer(at_desk: Desk, invoice: int, kind: str) -> None:
    at_desk.fault(kind, **PAYMENTS)
    entry = at_desk.apply(payment(invoice, "7.00"))
    assert entry.state is JournalState.CONFIRMED
    assert entry.key is not None
    assert len(amounts(at_desk, invoice)) == 1


def test_the_same_payment_again_is_recognised(at_desk: Desk, invoice: int) -> None:
    at_desk.apply(payment(invoice, "7.00"))
    assert at_desk.apply(payment(invoice, "7.00")).state is JournalState.SKIPPED
    assert len(amounts(at_desk, invoice)) == 1


def test_a_payment_that_was_known_before_is_not_the_new_one(at_desk: Desk, invoice: int) -> None:
    first = at_desk.apply(payment(invoice, "7.00"))
    assert first.body is not None
    known = [first.body["payment_id"]]
    second = at_desk.apply(payment(invoice, "7.00", receipt="2", known_payments=known))
    assert second.state is JournalState.CONFIRMED
    assert second.key != first.key
    assert len(amounts(at_desk, invoice)) == 2


def test_two_equal_payments_of_one_run_are_two(at_desk: Desk, invoice: int) -> None:
    one = payment(invoice, "7.00")
    two = Change(2, "cw", Action.CREATE, "invoice_payment", after=one.after)
    at_desk.fault("error-after", **PAYMENTS)
    at_desk.apply(one, two)
    assert len(amounts(at_desk, invoice)) == 2


def test_two_equal_payments_that_nobody_knows_apart_are_for_a_person(
    at_desk: Desk, invoice: int
) -> None:
    made = at_desk.apply(payment(invoice, "7.00"))
    assert made.body is not None
    known = [made.body["payment_id"]]
    at_desk.apply(payment(invoice, "7.00", receipt="2", known_payments=known))
    at_desk.target = at_desk.target.__class__(at_desk.accounting, "demo")
    at_desk.workshop.targets["cw"] = at_desk.target
    entry = at_desk.apply(payment(invoice, "7.00", receipt="3"))
    assert entry.state is JournalState.REJECTED
    assert entry.findings[0].code == "PAYMENT_AMBIGUOUS"


def body_of(at_desk: Desk, invoice: int) -> tuple[str, Body]:
    made = at_desk.apply(payment(invoice, "10.00", None))
    assert made.key is not None
    assert made.body is not None
    return made.key, made.body


@pytest.mark.parametrize("kind", ["", "error-after", "error-before"])
def test_a_payment_is_changed_once(at_desk: Desk, invoice: int, kind: str) -> None:
    key, before = body_of(at_desk, invoice)
    if kind:
        at_desk.fault(kind, method="PATCH", path="finance/invoices")
    after: Body = {"amount": "12.00", "date": "2026-03-01"}
    entry = at_desk.apply(payment_change(Action.UPDATE, key, before, after))
    assert entry.state is JournalState.CONFIRMED
    assert entry.body is not None
    assert (entry.body["amount"], entry.body["date"]) == ("12.00", "2026-03-01")
    again = at_desk.apply(payment_change(Action.UPDATE, key, entry.body, after))
    assert again.state is JournalState.SKIPPED


def test_the_date_of_a_payment_is_taken_away_again(at_desk: Desk, invoice: int) -> None:
    made = at_desk.apply(payment(invoice, "10.00"))
    assert made.key is not None
    assert made.body is not None
    entry = at_desk.apply(payment_change(Action.UPDATE, made.key, made.body, {"date": None}))
    assert entry.body is not None
    assert (entry.state, entry.body["date"]) == (JournalState.CONFIRMED, None)


@pytest.mark.parametrize("kind", ["", "error-after", "error-before"])
def test_a_payment_is_deleted_once(at_desk: Desk, invoice: int, kind: str) -> None:
    key, before = body_of(at_desk, invoice)
    if kind:
        at_desk.fault(kind, method="DELETE", path="finance/invoices")
    entry = at_desk.apply(payment_change(Action.DELETE, key, before))
    assert entry.state is JournalState.CONFIRMED
    assert amounts(at_desk, invoice) == []
    again = payment_change(Action.DELETE, key, {})
    assert at_desk.apply(again).state is JournalState.SKIPPED


def test_a_payment_that_somebody_changed_is_stale(at_desk: Desk, invoice: int) -> None:
    key, before = body_of(at_desk, invoice)
    stale = {**before, "amount": "9.00"}
    (sighting,) = at_desk.target.look(
        [payment_change(Action.UPDATE, key, stale, {"amount": "12.00"})]
    )
    assert (sighting.sight, sighting.findings[0].code) == ("stale", "PAYMENT_CHANGED")
    (gone,) = at_desk.target.look(
        [payment_change(Action.UPDATE, f"{invoice}/999999", before, {"amount": "12.00"})]
    )
    assert (gone.sight, gone.findings[0].code) == ("stale", "PAYMENT_GONE")


@pytest.mark.parametrize(
    ("after", "missing"),
    [
        ({"amount": "1.00"}, "an invoice"),
        ({"invoice_id": 1}, "an amount"),
        ({"invoice_id": 1, "amount": "1.005"}, "an amount"),
        ({"invoice_id": 1, "amount": "NaN"}, "an amount"),
        ({"invoice_id": 1, "amount": "1.00", "date": "31/01/2026"}, "a date"),
    ],
)
def test_what_is_no_payment_is_never_sent(at_desk: Desk, after: Body, missing: str) -> None:
    change = Change(1, "cw", Action.CREATE, "invoice_payment", after=after)
    entry = at_desk.apply(change)
    assert (entry.state, entry.findings[0].code) == (JournalState.REJECTED, "PAYMENT_INCOMPLETE")
    assert missing in entry.findings[0].message
    odd = payment_change(Action.DELETE, "x/y", {})
    assert at_desk.apply(odd).state is JournalState.REJECTED


def test_a_credit_memo_pays_an_invoice(at_desk: Desk, invoice: int) -> None:
    memos = (each.id for each in at_desk.accounting.invoices('type="CreditMemo"'))
    (memo,) = islice(memos, 1)
    entry = at_desk.apply(payment(invoice, "3.00", credit_id=memo))
    assert entry.body is not None
    assert (entry.state, entry.body["credit_id"]) == (JournalState.CONFIRMED, memo)
    assert at_desk.apply(payment(invoice, "3.00", credit_id=memo)).state is JournalState.SKIPPED
