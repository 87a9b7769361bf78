"""Two syncs at once, an old plan, and books that changed since: never more than Sage shows."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

import pytest

from clary.flows.payments.settled import Way
from clary.flows.payments.since import Start
from clary.hub.draining import Budget, drain
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, RunAnswer, apply_plan, resume_run
from clary.hub.services.payments import Outcome, SyncDone, SyncPlanned, plan_sync, run_sync
from clary.hub.services.runs import run_results
from clary.hub.services.working import queue_plan
from clary.kernel.clock import FixedClock
from clary.kernel.errors import ClaryError, Finding, Unauthorised
from clary.kernel.exit_codes import ExitCode
from tests.paying import NOON, Billed, Paying

pytestmark = pytest.mark.usefixtures("permitted", "nothing_left")

EACH_WAY = pytest.mark.parametrize("way", list(Way))
POSTING = {"method": "POST", "path": "finance/invoices"}


@pytest.fixture
def nothing_left(pair: Paying) -> None:
    """Bring both sides to one, whatever the test before left."""
    pair.sync()


def apply(pair: Paying, planned: SyncPlanned) -> RunAnswer:
    """Apply the plan of a sync, as somebody does who kept its id."""
    return apply_plan(pair.installation, planned.plan.plan.id, Applying())


def errors(pair: Paying, answer: RunAnswer) -> list[Finding]:
    """Return what was found about the changes of a run."""
    results = run_results(pair.installation, answer.run.id)
    return [each for result in results for each in result.findings]


def in_full(one: Billed) -> list[tuple[str, str, str | None]]:
    """Return the payment of an invoice that a receipt paid in full."""
    return [("P", f"{one.total / 100:.2f}", "2026-03-02")]


# --- two that plan the same -----------------------------------------------------------------


def test_two_syncs_at_once_pay_once(pair: Paying) -> None:
    one, two = pair.post(), pair.post()
    pair.pay(one, one.total)
    pair.pay(two, 400)
    both_planned = threading.Barrier(2, timeout=60)
    done: list[SyncDone] = []

    def clerk(actor: str) -> None:
        settings = pair.installation.settings
        with Installation(settings, FixedClock(NOON), actor) as installation:
            planned = plan_sync(installation, "cw", "books", Start.LAST, Way.FAST)
            both_planned.wait()
            done.append(run_sync(installation, planned, Applying()))

    clerks = [threading.Thread(target=clerk, args=[actor]) for actor in ("One", "Two")]
    for each in clerks:
        each.start()
    for each in clerks:
        each.join()
    ended = sorted((each.run.run.applied, each.run.run.skipped) for each in done)
    assert ended == [(0, 2), (2, 0)]
    assert (pair.paid(one), pair.paid(two)) == (in_full(one), [("P", "4.00", None)])
    assert pair.balance(one) == "0.00"


def test_an_old_plan_pays_nothing_twice(pair: Paying) -> None:
    one, two = pair.post(), pair.post()
    pair.pay(one, one.total)
    pair.pay(two, 400)
    old = pair.plan()
    assert pair.sync().run.run.applied == 2
    again = apply(pair, old).run
    assert (again.applied, again.skipped, again.rejected) == (0, 2, 0)
    assert (pair.paid(one), pair.paid(two)) == (in_full(one), [("P", "4.00", None)])


def test_an_old_plan_never_lowers_what_a_later_one_raised(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, 400)
    pair.sync()
    pair.pay(one, 100)
    old = pair.plan()
    pair.pay(one, 100)
    pair.sync()
    with pytest.raises(ClaryError) as caught:
        apply(pair, old)
    assert caught.value.code == "PLAN_STALE"
    assert pair.paid(one) == [("P", "6.00", None)]


def test_the_same_payment_that_a_person_entered_since_the_plan_is_enough(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, one.total)
    planned = pair.plan()
    pair.enter(one, one.total, "2026-03-02")
    assert run_sync(pair.installation, planned, Applying()).run.run.skipped == 1
    assert pair.paid(one) == in_full(one)
    # It stays that person's: nothing of it is taken back with the run.
    assert pair.sync().outcome is Outcome.NOTHING


# --- what changed in between ------------------------------------------------------------------


@EACH_WAY
def test_a_receipt_that_was_deleted_since_the_plan_pays_nothing(pair: Paying, way: Way) -> None:
    one, two = pair.post(), pair.post()
    key = pair.pay(one, one.total)
    pair.pay(two, 400)
    planned = pair.plan(way=way)
    pair.gone("receipt", key)
    done = run_sync(pair.installation, planned, Applying())
    assert (done.outcome, done.exit_status) == (Outcome.WITH_ERRORS, ExitCode.REJECTED)
    (error,) = errors(pair, done.run)
    assert (error.code, error.record) == ("PAYMENTS_CHANGED_IN_SAGE", f"invoice {one.number}")
    assert f"paid {one.total / 100:.2f}, now 0.00" in error.message
    assert (pair.paid(one), pair.paid(two)) == ([], [("P", "4.00", None)])
    assert pair.sync().outcome is Outcome.NOTHING


@EACH_WAY
def test_a_lane_looks_once_more_before_it_pays(pair: Paying, way: Way) -> None:
    one, two = pair.post(), pair.post()
    key = pair.pay(one, one.total)
    pair.pay(two, 400)
    queue_plan(pair.installation, pair.plan(way=way).plan.plan.id, Applying())
    pair.gone("receipt", key)
    drained = drain(pair.installation, "books", Budget(forced=True))
    assert (drained.done, drained.parked, drained.waiting) == (1, 0, 0)
    assert (pair.paid(one), pair.paid(two)) == ([], [("P", "4.00", None)])


@EACH_WAY
def test_an_invoice_that_was_taken_back_since_the_plan_is_not_paid(pair: Paying, way: Way) -> None:
    one = pair.post()
    key = pair.pay(one, 400)
    planned = pair.plan(way=way)
    pair.gone("receipt", key)
    pair.gone("sales_invoice", one.key)
    (error,) = errors(pair, run_sync(pair.installation, planned, Applying()).run)
    assert (error.code, "gone" in error.message) == ("PAYMENTS_CHANGED_IN_SAGE", True)
    assert pair.paid(one) == []


def test_a_change_that_is_stale_leaves_what_was_there_until_the_next_sync(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, 400)
    pair.sync()
    key = pair.pay(one, 100)
    planned = pair.plan()
    pair.gone("receipt", key)
    pair.pay(one, 200)
    done = run_sync(pair.installation, planned, Applying())
    assert done.outcome is Outcome.WITH_ERRORS
    assert pair.paid(one) == [("P", "4.00", None)]
    assert pair.sync().outcome is Outcome.COMPLETED
    assert pair.paid(one) == [("P", "6.00", None)]


def test_the_day_of_another_receipt_makes_the_fast_way_stale(pair: Paying) -> None:
    one = pair.post()
    key = pair.pay(one, one.total)
    planned = pair.plan()
    pair.gone("receipt", key)
    pair.pay(one, one.total, day="2026-03-05")
    (error,) = errors(pair, apply(pair, planned))
    assert "paid in full on 2026-03-02, now 2026-03-05" in error.message
    pair.sync()
    assert pair.paid(one) == [("P", f"{one.total / 100:.2f}", "2026-03-05")]


def test_a_payment_is_removed_with_an_invoice_that_stays_gone(pair: Paying) -> None:
    one = pair.post()
    key = pair.pay(one, 400)
    pair.sync()
    pair.gone("receipt", key)
    pair.gone("sales_invoice", one.key)
    assert pair.sync().outcome is Outcome.COMPLETED
    assert pair.paid(one) == []


def test_an_invoice_that_was_lowered_in_connectwise_is_not_paid_as_before(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, one.total)
    planned = pair.plan()
    with closing(sqlite3.connect(pair.site.file, timeout=20)) as file, file:
        file.execute("UPDATE invoice SET total = total / 2 WHERE id = ?", (one.id,))
    (error,) = errors(pair, apply(pair, planned))
    assert error.code == "PAYMENTS_INVOICE_LOWERED"
    assert pair.paid(one) == []


def test_without_access_an_old_plan_stays_as_it_is(pair: Paying) -> None:
    one = pair.post()
    pair.pay(one, 400)
    planned = pair.plan()
    pair.act("allow-access never")
    with pytest.raises(Unauthorised) as caught:
        apply(pair, planned)
    assert [each.code for each in caught.value.findings] == ["THIRD_PARTY_ACTIVATION_REQUIRED"]
    pair.act("allow-access always")
    assert apply(pair, planned).run.applied == 1


# --- a run that goes on -----------------------------------------------------------------------


def test_a_run_that_goes_on_keeps_back_what_was_never_sent_and_is_stale(pair: Paying) -> None:
    one, two = pair.post(), pair.post()
    key = pair.pay(one, 400)
    pair.pay(two, 400)
    pair.fault("error-before", times=50, **POSTING)
    waiting = pair.sync()
    assert waiting.outcome is Outcome.WAITING
    pair.clear_faults()
    pair.gone("receipt", key)
    answer = resume_run(pair.installation, waiting.run.run.id, Applying())
    assert [each.code for each in errors(pair, answer)] == ["PAYMENTS_CHANGED_IN_SAGE"]
    assert (pair.paid(one), pair.paid(two)) == ([], [("P", "4.00", None)])
    assert pair.sync().outcome is Outcome.NOTHING
