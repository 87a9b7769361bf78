"""What Sage shows as paid reaches ConnectWise, through HTTP and into books of both editions."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from clary.companies.sandbox.backup import backup, restore
from clary.flows.payments.settled import Way
from clary.hub.services.applying import Applying, resume_run
from clary.hub.services.payments import Outcome, list_syncs, run_sync, show_sync, sync_invoices
from clary.kernel.errors import ClaryError, Guarded, Rejected, Unauthorised
from clary.kernel.exit_codes import ExitCode
from tests.paying import Paying, codes

pytestmark = pytest.mark.usefixtures("permitted")


# --- amounts and days ---------------------------------------------------------------------


def test_an_invoice_paid_in_full_gets_amount_and_day(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, one.total)
    done = pair.sync()
    assert (done.outcome, done.exit_status) == (Outcome.COMPLETED, ExitCode.OK)
    assert pair.paid(one) == [("P", f"{one.total / 100:.2f}", "2026-03-02")]
    assert pair.balance(one) == "0.00"


def test_a_part_has_no_day_until_the_rest_is_paid(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, 1000, day="2026-03-01")
    pair.sync()
    assert pair.paid(one) == [("P", "10.00", None)]
    pair.pay(one, one.total - 1000, day="2026-03-04")
    pair.sync()
    assert pair.paid(one) == [("P", f"{one.total / 100:.2f}", "2026-03-04")]


def test_a_receipt_split_over_invoices_pays_each(pair: Paying) -> None:
    one, two = pair.post(), pair.post()
    pair.pay(one, 1200, reference="A")
    pair.pay(two, 3400, reference="A")
    pair.sync()
    assert pair.paid(one) == [("P", "12.00", None)]
    assert pair.paid(two) == [("P", "34.00", None)]


def test_a_discount_counts_as_paid_and_is_told_apart(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, one.total - 200, discount=200)
    done = pair.sync()
    assert pair.paid(one) == [("P", f"{one.total / 100:.2f}", "2026-03-02")]
    found = pair.looked(done, one)
    assert found is not None
    assert [(part.amount, part.discount) for part in found.parts] == [(one.total - 200, 200)]


def test_an_over_payment_stays_unapplied_and_is_reported(pair: Paying) -> None:
    one = pair.post()
    key = pair.pay(one, one.total, more=700)
    done = pair.sync()
    assert pair.balance(one) == "0.00"
    (item,) = [each for each in done.planned.unapplied if each.key == key]
    assert (item.record_type, item.open, item.party) == ("receipt", 700, one.party)
    shown = [each for each in done.as_dict()["unapplied"] if each["key"] == key]  # type: ignore[union-attr,index,call-overload]
    assert shown[0]["unapplied"] == "7.00"  # type: ignore[index,call-overload]


def test_money_on_account_counts_from_the_day_it_is_applied(pair: Paying) -> None:
    one = pair.post()
    key = pair.on_account(one, one.total)
    pair.sync()
    assert pair.paid(one) == []
    pair.allocate("receipt", key, one, one.total, day="2026-03-05")
    pair.sync()
    assert pair.paid(one) == [("P", f"{one.total / 100:.2f}", "2026-03-05")]


def test_the_report_names_the_receipts_that_make_up_the_amount(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, 500, reference="FIRST", day="2026-03-01")
    pair.pay(one, 700, reference="SECOND", day="2026-03-03")
    done = pair.sync()
    found = pair.looked(done, one)
    assert found is not None
    told = [(part.record_type, part.number, part.date, part.amount) for part in found.parts]
    assert told == [
        ("receipt", "FIRST", date(2026, 3, 1), 500),
        ("receipt", "SECOND", date(2026, 3, 3), 700),
    ]
    assert (found.settled, found.before, found.after, found.billed) == (1200, 0, 1200, one.id)
    stored = show_sync(pair.installation, done.planned.sync.id)
    assert stored.succeeded
    listed = {each.invoice: each for each in sync_invoices(pair.installation, stored)}
    assert listed[one.key] == found


# --- again and again ----------------------------------------------------------------------


def test_a_second_sync_writes_nothing(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, 1500)
    pair.sync()
    before = pair.paid(one)
    for since in ("last", "month", "2026-01-01"):
        for way in Way:
            done = pair.sync(since, way)
            assert (done.outcome, done.run.run.planned) == (Outcome.NOTHING, 0)
    assert pair.paid(one) == before


def test_a_dry_run_writes_nothing_and_changes_no_start(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, 1500)
    planned = pair.plan()
    assert planned.plan.plan.counts == {"create invoice_payment": 1}
    assert pair.paid(one) == []
    pair.sync()
    assert pair.paid(one) == [("P", "15.00", None)]


def test_a_backdated_receipt_is_found_by_the_next_sync(pair: Paying) -> None:
    one = pair.post()
    pair.sync()
    pair.clock.advance(timedelta(days=5))
    pair.pay(one, 900, day="2026-02-02")
    pair.sync()
    assert pair.paid(one) == [("P", "9.00", None)]


def test_a_stated_day_leaves_out_what_is_dated_before_it(pair: Paying) -> None:
    pair.sync()
    one, two = pair.post(), pair.post()
    pair.pay(one, 900, day="2026-03-01")
    pair.pay(two, 900, day="2026-03-05")
    done = pair.sync("2026-03-04")
    assert (pair.paid(one), pair.paid(two)) == ([], [("P", "9.00", None)])
    assert done.planned.sync.since == date(2026, 3, 4)
    # What it left out is still new to the next one that goes on from the last.
    pair.sync()
    assert pair.paid(one) == [("P", "9.00", None)]


def test_a_day_ahead_is_refused(pair: Paying) -> None:
    with pytest.raises(Rejected) as caught:
        pair.plan("2026-03-11")
    assert caught.value.code == "PAYMENTS_SINCE_FUTURE"
    pair.plan("2026-03-10")


# --- taken back in Sage -------------------------------------------------------------------


def test_a_receipt_that_is_taken_back_takes_its_payment_along(pair: Paying) -> None:
    one = pair.post()
    first = pair.pay(one, 600)
    pair.pay(one, one.total - 600)
    pair.sync()
    pair.take_back("receipt", first)
    pair.sync()
    assert pair.paid(one) == [("P", f"{one.total / 100 - 6:.2f}", None)]


def test_the_last_receipt_that_is_taken_back_removes_the_payment(pair: Paying) -> None:
    one = pair.post()
    key = pair.pay(one, one.total)
    pair.sync()
    pair.take_back("receipt", key)
    pair.sync(way=Way.FALLBACK)
    assert pair.paid(one) == []
    assert pair.sync().outcome is Outcome.NOTHING


@pytest.mark.parametrize("pair", ["us"], indirect=True)  # UK books never delete what was posted
def test_an_invoice_that_is_deleted_shows_nothing_paid(pair: Paying) -> None:
    one = pair.post()
    key = pair.pay(one, one.total)
    pair.sync()
    pair.delete("receipt", key)
    pair.delete("sales_invoice", one.key)
    pair.sync()
    assert pair.paid(one) == []
    assert pair.sync().outcome is Outcome.NOTHING


def test_an_invoice_that_is_posted_anew_keeps_its_payment(pair: Paying) -> None:
    one = pair.post()
    key = pair.pay(one, one.total)
    pair.sync()
    pair.take_back("receipt", key)
    pair.take_back("sales_invoice", one.key)
    again = pair.post_again(one)
    pair.pay(again, one.total, day="2026-03-07")
    pair.sync()
    assert pair.paid(one) == [("P", f"{one.total / 100:.2f}", "2026-03-07")]
    assert pair.sync().outcome is Outcome.NOTHING
    # The invoice that was taken back is not looked at any more.
    assert pair.sync("month").outcome is Outcome.NOTHING


def test_an_invoice_that_is_taken_back_shows_nothing_paid(pair: Paying) -> None:
    one = pair.post()
    key = pair.pay(one, one.total)
    pair.sync()
    pair.take_back("receipt", key)
    pair.take_back("sales_invoice", one.key)
    pair.sync()
    assert pair.paid(one) == []
    assert pair.sync().outcome is Outcome.NOTHING


def test_many_payments_that_vanish_at_once_are_for_a_person(pair: Paying, tmp_path: Path) -> None:
    saved = tmp_path / "saved.clary"
    many = [pair.post() for _ in range(12)]
    backup(pair.path, saved)
    for each in many:
        pair.pay(each, 100)
    pair.sync()
    restore(pair.path, saved)
    with pytest.raises(Guarded) as caught:
        pair.sync()
    assert caught.value.code == "PAYMENTS_REDUCED"
    assert pair.paid(many[0]) == [("P", "1.00", None)]
    done = pair.sync(confirmed=frozenset({"PAYMENTS_REDUCED"}))
    assert [each for each in many if pair.paid(each)] == []
    found = [each.code for each in done.planned.findings]
    assert "PAYMENTS_BOOKS_RESTORED" in found


def test_many_payments_that_grow_need_nobody(pair: Paying) -> None:
    many = [pair.post() for _ in range(12)]
    for each in many:
        pair.pay(each, 100)
    pair.sync()
    for each in many:
        pair.pay(each, 200)
    assert pair.sync().outcome is Outcome.COMPLETED
    assert {tuple(pair.paid(each)) for each in many} == {(("P", "3.00", None),)}


# --- people in ConnectWise ----------------------------------------------------------------


def test_what_a_person_entered_counts_and_is_not_touched(pair: Paying) -> None:
    one = pair.post()
    pair.enter(one, 400)
    pair.pay(one, one.total)
    done = pair.sync()
    rest = f"{one.total / 100 - 4:.2f}"
    assert pair.paid(one) == sorted([("P", "4.00", "2026-03-03"), ("P", rest, "2026-03-02")])
    assert codes(done, one) == []


def test_more_than_sage_shows_is_a_finding(pair: Paying) -> None:
    one = pair.post()
    pair.enter(one, 900)
    pair.pay(one, 500)
    done = pair.sync()
    assert pair.paid(one) == [("P", "9.00", "2026-03-03")]
    assert codes(done, one) == ["PAYMENTS_BESIDE_OTHERS"]


def test_clarys_payment_makes_room_for_what_a_person_enters(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, 1000)
    pair.sync()
    entered = pair.enter(one, 400)
    # Found when the invoice is looked at, here because its day is stated.
    done = pair.sync("month")
    assert pair.paid(one) == [("P", "4.00", "2026-03-03"), ("P", "6.00", None)]
    assert codes(done, one) == ["PAYMENTS_BESIDE_OTHERS"]
    pair.accounting.delete_payment(one.id, entered)
    # It was left with a finding, so the next sync looks again by itself.
    pair.sync()
    assert pair.paid(one) == [("P", "10.00", None)]


def test_a_payment_of_clarys_that_a_person_changed_or_deleted_is_put_right(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, 1000)
    pair.sync()
    (made,) = pair.accounting.payments(one.id)
    pair.accounting.update_payment(one.id, made.id or 0, {"paymentDate": date(2026, 3, 9)})
    pair.sync("month")
    assert pair.paid(one) == [("P", "10.00", None)]
    pair.accounting.delete_payment(one.id, made.id or 0)
    pair.sync("month")
    assert pair.paid(one) == [("P", "10.00", None)]


def test_the_same_amount_of_the_same_day_by_a_person_is_not_taken_for_ours(pair: Paying) -> None:
    one = pair.post()
    pair.enter(one, 1000, "2026-03-02")
    pair.pay(one, 2000)
    pair.sync()
    pair.pay(one, one.total - 2000)
    pair.sync()
    rest = f"{one.total / 100 - 10:.2f}"
    assert pair.paid(one) == sorted([("P", "10.00", "2026-03-02"), ("P", rest, "2026-03-02")])


def test_a_payment_entered_since_the_plan_makes_it_stale(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, 1000)
    planned = pair.plan()
    pair.enter(one, 300)
    done = run_sync(pair.installation, planned, Applying())
    assert done.outcome is Outcome.WITH_ERRORS
    assert pair.paid(one) == [("P", "3.00", "2026-03-03")]
    # It did not succeed, so the next one looks again.
    pair.sync()
    assert pair.paid(one) == [("P", "3.00", "2026-03-03"), ("P", "7.00", None)]


# --- undo, crashes and a site that fails ----------------------------------------------------


def test_a_sync_is_undone_and_done_again(pair: Paying) -> None:
    one, two = pair.post(), pair.post()
    pair.pay(one, 500)
    pair.pay(two, 600)
    pair.sync()
    key = pair.pay(one, 300)
    pair.pay(two, two.total - 600)
    done = pair.sync()
    whole = f"{two.total / 100:.2f}"
    assert (pair.paid(one), pair.paid(two)) == (
        [("P", "8.00", None)],
        [("P", whole, "2026-03-02")],
    )
    pair.undo(done)
    assert (pair.paid(one), pair.paid(two)) == ([("P", "5.00", None)], [("P", "6.00", None)])
    pair.sync()
    assert (pair.paid(one), pair.paid(two)) == (
        [("P", "8.00", None)],
        [("P", whole, "2026-03-02")],
    )
    pair.take_back("receipt", key)
    removed = pair.sync()
    assert pair.paid(one) == [("P", "5.00", None)]
    pair.undo(removed)
    assert pair.paid(one) == [("P", "8.00", None)]


def test_a_removed_payment_that_an_undo_brings_back_is_still_ours(pair: Paying) -> None:
    one = pair.post()
    key = pair.pay(one, 500)
    pair.sync()
    pair.take_back("receipt", key)
    removed = pair.sync()
    assert pair.paid(one) == []
    pair.undo(removed)
    assert pair.paid(one) == [("P", "5.00", None)]
    pair.sync()
    assert pair.paid(one) == []


@pytest.mark.parametrize("kind", ["error-after", "drop-after", "error-before"])
def test_a_lost_answer_makes_no_second_payment(pair: Paying, kind: str) -> None:
    one = pair.post()
    pair.pay(one, 500)
    pair.fault(kind, method="POST", path="finance/invoices")
    pair.sync()
    assert pair.paid(one) == [("P", "5.00", None)]
    assert pair.sync("month").outcome is Outcome.NOTHING


def test_a_site_that_goes_away_leaves_a_run_that_waits(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, 500)
    pair.fault("error-before", method="POST", path="finance/invoices", times=50)
    done = pair.sync()
    assert done.outcome is Outcome.WAITING
    with pytest.raises(Guarded) as caught:
        pair.plan()
    assert caught.value.code == "PAYMENTS_UNFINISHED"
    pair.clear_faults()
    resume_run(pair.installation, done.run.run.id, Applying())
    assert pair.paid(one) == [("P", "5.00", None)]
    assert pair.sync().outcome is Outcome.NOTHING


def test_a_plan_that_cannot_be_made_leaves_nothing(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, 500)
    before = list_syncs(pair.installation)
    pair.fault("malformed", method="GET", path="finance/invoices", times=50)
    try:
        with pytest.raises(ClaryError):
            pair.plan()
    finally:
        pair.clear_faults()
    assert list_syncs(pair.installation) == before
    pair.sync()
    assert pair.paid(one) == [("P", "5.00", None)]


def test_a_payment_that_connectwise_refuses_is_tried_again(pair: Paying) -> None:
    one, two = pair.post(), pair.post()
    pair.pay(one, 500)
    pair.pay(two, 500)
    planned = pair.plan()
    pair.enter(one, 100)
    done = run_sync(pair.installation, planned, Applying())
    assert (done.outcome, done.exit_status) == (Outcome.WITH_ERRORS, ExitCode.REJECTED)
    assert pair.paid(two) == [("P", "5.00", None)]
    assert not show_sync(pair.installation, done.planned.sync.id).succeeded
    pair.sync()
    assert pair.paid(one) == [("P", "1.00", "2026-03-03"), ("P", "4.00", None)]


# --- third-party access -------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["never", "ask"])
def test_without_access_the_fast_way_says_what_to_do(pair: Paying, answer: str) -> None:
    one = pair.post()
    pair.pay(one, 500)
    pair.act(f"allow-access {answer}")
    with pytest.raises(Unauthorised) as caught:
        pair.sync()
    error = caught.value
    assert (error.code, error.exit_status) == ("THIRD_PARTY_ACTIVATION_REQUIRED", 4)
    assert "3rd Party Activation Required" in str(error)
    assert len(error.findings) == 1
    assert pair.paid(one) == []
    done = pair.sync(way=Way.FALLBACK)
    assert pair.paid(one) == [("P", "5.00", None)]
    # Taking it back needs nobody at Sage either.
    pair.undo(done)
    assert pair.paid(one) == []
    pair.act("allow-access always")
    pair.sync()
    assert pair.paid(one) == [("P", "5.00", None)]


def test_a_wrong_password_is_told_as_such(pair: Paying) -> None:
    pair.act("set-password CLARY sesame")
    try:
        for way in Way:
            with pytest.raises(Unauthorised) as caught:
                pair.plan(way=way)
            assert caught.value.code == "PASSWORD_WRONG"
    finally:
        pair.act("set-password CLARY ")


def test_both_ways_plan_the_same(pair: Paying) -> None:
    one, two = pair.post(), pair.post()
    pair.pay(one, 500, by_number=True)
    key = pair.on_account(two, 900)
    pair.allocate("receipt", key, two, 400)
    found = []
    for way in Way:
        planned = pair.plan("month", way)
        found.append(
            (
                list(sync_invoices(pair.installation, planned.sync)),
                planned.plan.plan.counts,
                planned.plan.plan.totals,
                planned.unapplied,
            )
        )
    assert found[0] == found[1]
    pair.sync()


def test_syncs_are_listed_with_how_they_ended(pair: Paying) -> None:
    done = pair.sync()
    newest = list_syncs(pair.installation, "cw", "books", 1)[0]
    assert (newest.id, newest.succeeded, newest.asked) == (done.planned.sync.id, True, "last")
    with pytest.raises(Rejected) as caught:
        show_sync(pair.installation, 10_000)
    assert caught.value.code == "PAYMENTS_SYNC_UNKNOWN"
