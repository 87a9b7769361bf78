"""Which invoice of ConnectWise is paid, and what credit memos pay of it."""

from __future__ import annotations

import pytest

from clary.flows.batch.kinds import DocumentKind, Kind
from clary.flows.batch.overrides import MappingKind, OverrideStore
from clary.flows.batch.register import Batch, BatchDocument, Register, Standing
from clary.hub.services.payments import Outcome
from clary.kernel.exit_codes import ExitCode
from tests.paying import Paying, codes

pytestmark = pytest.mark.usefixtures("permitted")


# --- totals and matching ------------------------------------------------------------------


def test_connectwise_never_shows_more_than_its_own_total(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, 100)
    two = pair.post(lines=[pair.line(1_000_000)])
    pair.pay(two, 1_000_000)
    done = pair.sync()
    assert pair.balance(two) == "0.00"
    assert codes(done, two) == ["PAYMENTS_TOTALS_DIFFER"]


def test_an_invoice_entered_by_hand_is_matched_by_number_customer_and_total(
    pair: Paying,
) -> None:
    one = pair.post(by_hand=True)
    pair.pay(one, 1000)
    done = pair.sync()
    assert pair.paid(one) == [("P", "10.00", None)]
    assert codes(done, one) == []


def test_an_unknown_invoice_is_a_finding(pair: Paying) -> None:
    one = pair.post(by_hand=True, number="NOWHERE")
    pair.pay(one, 1000)
    done = pair.sync()
    assert codes(done, one) == ["PAYMENTS_INVOICE_UNKNOWN"]
    assert (done.outcome, done.exit_status) == (Outcome.NOTHING, ExitCode.OK)
    # It is nobody's business in ConnectWise, and not told again.
    assert codes(pair.sync(), one) == []


def test_a_number_that_cannot_be_asked_for_is_unknown(pair: Paying) -> None:
    one = pair.post(by_hand=True, number="6'2\"")
    pair.pay(one, 100)
    assert codes(pair.sync(), one) == ["PAYMENTS_INVOICE_UNKNOWN"]


def test_an_invoice_in_another_currency_is_for_a_person(pair: Paying) -> None:
    one = pair.post_in_another_currency()
    pair.pay(one, 100)
    assert codes(pair.sync(), one) == ["PAYMENTS_CURRENCY_DIFFERS"]
    assert pair.paid(one) == []


def test_an_invoice_of_another_total_is_not_the_same(pair: Paying) -> None:
    one = pair.post(by_hand=True, lines=[pair.line(100)])
    pair.pay(one, 100)
    done = pair.sync()
    assert codes(done, one) == ["PAYMENTS_INVOICE_DIFFERS"]
    assert pair.paid(one) == []
    # It is looked at again, as a person may correct it.
    assert codes(pair.sync(), one) == ["PAYMENTS_INVOICE_DIFFERS"]


def test_a_number_that_two_invoices_bear_is_ambiguous(pair: Paying) -> None:
    one = pair.post()
    twin = pair.post_twin(one)
    pair.pay(twin, 100)
    done = pair.sync()
    assert codes(done, twin) == ["PAYMENTS_INVOICE_AMBIGUOUS"]
    assert pair.paid(one) == []
    # What Clary posted itself says so, whatever else bears its number.
    pair.pay(one, 200)
    pair.sync()
    assert pair.paid(one) == [("P", "2.00", None)]


def test_two_invoices_of_one_origin_are_ambiguous(pair: Paying) -> None:
    one = pair.post()
    again = pair.post_again(one)
    for each in (one, again):
        pair.pay(each, 100)
    done = pair.sync()
    assert codes(done, one) == ["PAYMENTS_INVOICE_AMBIGUOUS"] * 2
    assert pair.paid(one) == []


def test_a_customer_with_another_id_is_known_by_its_mapping(pair: Paying) -> None:
    one = pair.post(by_hand=True, customer_id="OTHER")
    pair.pay(one, 100)
    assert codes(pair.sync(), one) == ["PAYMENTS_INVOICE_DIFFERS"]
    account = pair.accounting.invoice(one.id).account_number or ""
    store = OverrideStore(pair.installation.database, pair.clock)
    store.store("cw", "books", MappingKind.CUSTOMER, account, "OTHER", "Ada")
    pair.sync()
    assert pair.paid(one) == [("P", "1.00", None)]


def test_our_copy_of_a_batch_tells_what_the_books_do_not(pair: Paying) -> None:
    one = pair.post(by_hand=True, number="RENAMED")
    two = pair.post(by_hand=True, customer_id="OTHER")
    register = Register(pair.installation.database, pair.clock)
    kinds = frozenset({Kind.INVOICE})
    batch = register.open(Batch("cw", "books", "B1", kinds, pair.clock.now()))
    documents = [
        BatchDocument(
            source=f"invoice:{each.id}",
            kind=DocumentKind.INVOICE,
            number=each.number,
            date=None,
            party=each.party,
            total=each.total,
            currency="",
            gl_ids=(),
            record_type="sales_invoice",
            key=each.key,
            state=Standing.POSTED,
        )
        for each in (one, two)
    ]
    register.add(batch, documents)
    pair.pay(one, 100)
    pair.pay(two, 100)
    done = pair.sync()
    # A key may be another document's since a restore, so the number must agree.
    assert codes(done, one) == ["PAYMENTS_INVOICE_UNKNOWN"]
    assert pair.paid(two) == [("P", "1.00", None)]


def test_an_invoice_that_became_another_one_takes_its_payment_along(pair: Paying) -> None:
    one, two = pair.post(by_hand=True), pair.post()
    pair.pay(one, 100)
    pair.sync()
    assert pair.paid(one) == [("P", "1.00", None)]
    pair.become(one, two)
    pair.sync("month")
    assert (pair.paid(one), pair.paid(two)) == ([], [("P", "1.00", None)])
    assert pair.sync().outcome is Outcome.NOTHING


# --- credit memos -------------------------------------------------------------------------


def test_a_credit_memo_of_both_sides_is_applied_as_one(pair: Paying) -> None:
    memo = pair.post_credit()
    one = pair.post(customer_id=memo.party)
    pair.allocate("credit_memo", memo.key, one, memo.total, day="2026-03-06")
    pair.pay(one, one.total - memo.total)
    done = pair.sync()
    rest = f"{(one.total - memo.total) / 100:.2f}"
    credit = f"{memo.total / 100:.2f}"
    assert pair.paid(one) == [("C", credit, "2026-03-06"), ("P", rest, "2026-03-06")]
    assert (pair.balance(one), pair.balance(memo)) == ("0.00", "0.00")
    found = pair.looked(done, one)
    assert found is not None
    assert {part.record_type for part in found.parts} == {"credit_memo", "receipt"}
    assert pair.sync("month").outcome is Outcome.NOTHING
    pair.undo(done)
    assert pair.paid(one) == []
    assert pair.balance(memo) == f"-{credit}"


def test_a_credit_memo_of_sage_alone_counts_as_paid(pair: Paying) -> None:
    one = pair.post()
    pair.credit(one, 500)
    pair.sync()
    assert pair.paid(one) == [("P", "5.00", None)]


def test_a_credit_memo_that_connectwise_applied_itself_is_not_applied_again(
    pair: Paying,
) -> None:
    one, memo = pair.post_applied()
    pair.allocate("credit_memo", memo.key, one, memo.total)
    before = pair.paid(one)
    assert [kind for kind, _, _ in before] == ["C"]
    done = pair.sync()
    assert pair.paid(one) == before
    assert codes(done, one) == []
    pair.pay(one, one.total - memo.total)
    pair.sync()
    assert pair.balance(one) == "0.00"
