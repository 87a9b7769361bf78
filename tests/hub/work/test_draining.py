"""A drain works off what waits, in order, and says why when it cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from clary.companies.sandbox.acts import perform
from clary.engine.lease import Lease
from clary.engine.runs import Runs
from clary.hub.connections import ConnectionKind
from clary.hub.draining import ATTEMPTS, HANDLERS, Budget, drain, drain_work, pause_after
from clary.hub.handling import Ending, Outcome, Writing
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, Waiting, acquired, apply_plan
from clary.hub.services.connecting import change_company
from clary.hub.services.deciding import change_decision
from clary.hub.services.opening import Opened
from clary.hub.services.stated import Asked
from clary.hub.services.working import list_work, pause_work, resume_work, retry_work
from clary.hub.work import Work, WorkItem, WorkState
from clary.kernel.clock import FixedClock
from tests.hub.work.office import company, customers, queue_customers, work_of

pytestmark = pytest.mark.both_databases

LATER = timedelta(minutes=6)


@pytest.fixture
def alpha(installation: Installation) -> Path:
    return company(installation, "Alpha")


@pytest.fixture
def work(installation: Installation, alpha: Path) -> Work:
    assert alpha.exists()
    return work_of(installation)


def at_sage(path: Path, act: str, clock: FixedClock, **options: str) -> None:
    name, *arguments = act.split()
    perform(path, name, arguments, options, clock)


def add(work: Work, kind: str, *references: str) -> None:
    with work.database.write("test") as connection:
        work.add(connection, "Alpha", kind, references)


def test_what_waits_is_done_in_order(installation: Installation, work: Work) -> None:
    queue_customers(installation, "Alpha", "B", "A")
    queue_customers(installation, "Alpha", "C")
    drained = drain(installation, "Alpha")
    assert (drained.done, drained.parked, drained.waiting, drained.code) == (2, 0, 0, None)
    assert customers(installation, "Alpha") == ["B", "A", "C"]
    assert work.companies_with_work(installation.clock.now()) == []


def test_the_run_is_in_the_name_of_who_asked(installation: Installation, work: Work) -> None:
    queue_customers(installation, "Alpha", "A")
    drain(installation, "Alpha")
    (run,) = Runs(work.database).list("Alpha")
    assert run.author == installation.actor


def test_a_company_that_another_process_writes_to_waits_and_says_who(
    installation: Installation, work: Work, clock: FixedClock
) -> None:
    queue_customers(installation, "Alpha", "A")
    identity = installation.connections.get("Alpha", ConnectionKind.COMPANY).identity
    with acquired(installation, str(identity), Waiting(), 20):
        drained = drain(installation, "Alpha")
        assert (drained.waiting, drained.code) == (1, "LEASE_HELD")
        assert "Ada" in (drained.reason or "")
        assert work.companies_with_work(clock.now()) == []
    clock.advance(timedelta(seconds=2))
    assert work.companies_with_work(clock.now()) == ["Alpha"]
    assert drain(installation, "Alpha").done == 1


def test_sage_open_under_the_same_user_makes_what_waits_wait(
    installation: Installation, work: Work, alpha: Path, clock: FixedClock
) -> None:
    at_sage(alpha, "add-user Connector", clock)
    change_company(installation, "Alpha", Asked(settings=[("user", "Connector")]))
    queue_customers(installation, "Alpha", "A")
    at_sage(alpha, "open-sage", clock, user="Connector")
    assert drain(installation, "Alpha").code in ("USER_NAME_IN_USE", "COMPANY_SINGLE_USER")
    (item,) = work.waiting("Alpha")
    assert item.reason_code == drain(installation, "Alpha").code
    at_sage(alpha, "close-sage", clock)
    clock.advance(timedelta(seconds=20))
    assert drain(installation, "Alpha").done == 1


def test_stored_settings_wake_what_waits_for_them(
    installation: Installation, work: Work, alpha: Path, clock: FixedClock
) -> None:
    at_sage(alpha, "add-user Connector", clock)
    at_sage(alpha, "add-user Other", clock)
    change_company(installation, "Alpha", Asked(settings=[("user", "Connector")]))
    queue_customers(installation, "Alpha", "A")
    at_sage(alpha, "set-password Connector secret", clock)
    assert drain(installation, "Alpha").code == "PASSWORD_WRONG"
    assert work.companies_with_work(clock.now()) == []
    change_company(installation, "Alpha", Asked(settings=[("user", "Other")]))
    assert work.companies_with_work(clock.now()) == ["Alpha"]
    assert drain(installation, "Alpha").done == 1


def test_the_person_at_sage_can_log_on_after_a_drain(
    installation: Installation, work: Work, alpha: Path, clock: FixedClock
) -> None:
    at_sage(alpha, "add-user Connector", clock)
    change_company(installation, "Alpha", Asked(settings=[("user", "Connector")]))
    queue_customers(installation, "Alpha", "A")
    assert drain(installation, "Alpha").done == 1
    at_sage(alpha, "open-sage", clock, user="Connector")
    assert work.lane("Alpha").draining_by is None


def test_paused_work_waits_until_it_is_resumed(
    installation: Installation, work: Work, clock: FixedClock
) -> None:
    queue_customers(installation, "Alpha", "A")
    pause_work(installation, "alpha")
    assert work.companies_with_work(clock.now()) == []
    drained = drain(installation, "Alpha")
    assert (drained.waiting, drained.code) == (1, "WORK_PAUSED")
    (answer,) = list_work(installation, "Alpha")
    assert answer.as_dict()["paused_by"] == installation.actor
    resume_work(installation, "Alpha")
    assert drain(installation, "Alpha").done == 1


@pytest.mark.usefixtures("alpha")
def test_nothing_is_written_by_itself_in_quiet_hours(
    installation: Installation, clock: FixedClock
) -> None:
    queue_customers(installation, "Alpha", "A")
    now = clock.now().astimezone()
    hours = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=1):%H:%M}"
    change_decision(installation, "quiet_hours", hours, "Alpha")
    assert drain(installation, "Alpha").code == "QUIET_HOURS"
    lane = work_of(installation).lane("Alpha")
    assert lane.not_before is not None
    # It is looked at again when they end, and not before.
    assert timedelta(minutes=59) <= lane.not_before - clock.now() <= timedelta(minutes=61)
    clock.advance(timedelta(hours=2))
    assert drain(installation, "Alpha").done == 1


@pytest.mark.usefixtures("alpha")
def test_work_goes_on_as_soon_as_quiet_hours_are_no_more(
    installation: Installation, clock: FixedClock
) -> None:
    queue_customers(installation, "Alpha", "A")
    now = clock.now().astimezone()
    hours = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=1):%H:%M}"
    change_decision(installation, "quiet_hours", hours)
    assert drain(installation, "Alpha").code == "QUIET_HOURS"
    change_decision(installation, "quiet_hours", None)
    assert drain(installation, "Alpha").done == 1


@pytest.mark.usefixtures("alpha")
def test_a_person_drains_in_quiet_hours_too(installation: Installation) -> None:
    queue_customers(installation, "Alpha", "A")
    now = installation.clock.now().astimezone()
    hours = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=1):%H:%M}"
    change_decision(installation, "quiet_hours", hours)
    drained, answer = drain_work(installation, "alpha")
    assert (drained.done, answer.lane.waiting, answer.exit_status) == (1, 0, 0)


@pytest.mark.usefixtures("alpha")
def test_a_plan_that_was_applied_meanwhile_is_not_applied_again(
    installation: Installation,
) -> None:
    plan = queue_customers(installation, "Alpha", "A")
    apply_plan(installation, plan, Applying())
    assert drain(installation, "Alpha").done == 1
    assert customers(installation, "Alpha") == ["A"]


Made = Callable[[Sequence[WorkItem]], Sequence[Ending]]


def handler(make: Made) -> dict[str, Callable[..., Sequence[Ending]]]:
    def handle(
        _: Installation, __: Opened, ___: Writing, items: Sequence[WorkItem]
    ) -> Sequence[Ending]:
        return make(items)

    return {**HANDLERS, "odd": handle}


def test_a_record_in_use_is_tried_a_few_times_and_then_makes_way(
    installation: Installation, work: Work, clock: FixedClock
) -> None:
    add(work, "odd", "held", "free")

    def ends(items: Sequence[WorkItem]) -> Sequence[Ending]:
        first = items[0]
        if first.reference == "free":
            return [Ending(first)]
        return [Ending(first, Outcome.WAIT, "RECORD_IN_USE", "It is open in Sage.")]

    began = clock.now()
    for _ in range(ATTEMPTS - 1):
        drained = drain(installation, "Alpha", handlers=handler(ends))
        assert (drained.waiting, drained.code) == (2, "RECORD_IN_USE")
        until = work.lane("Alpha").not_before
        assert until is not None
        clock.moment = until
    assert clock.now() - began < timedelta(seconds=30)
    drained = drain(installation, "Alpha", handlers=handler(ends))
    assert (drained.done, drained.parked, drained.waiting) == (1, 1, 0)
    (parked,) = work.parked("Alpha")
    assert (parked.reference, parked.reason_code) == ("held", "RECORD_IN_USE")
    assert retry_work(installation, "Alpha").lane.waiting == 1


def test_a_busy_company_parks_nothing_however_often_it_is_tried(
    installation: Installation, work: Work, clock: FixedClock
) -> None:
    add(work, "odd", "one", "two")

    def ends(items: Sequence[WorkItem]) -> Sequence[Ending]:
        return [Ending(items[0], Outcome.WAIT, "COMPANY_BUSY", "Somebody works.")]

    for _ in range(3 * ATTEMPTS):
        assert drain(installation, "Alpha", handlers=handler(ends)).waiting == 2
        clock.advance(LATER)


def test_our_own_failure_is_raised_and_in_the_end_makes_way(
    installation: Installation, work: Work, clock: FixedClock
) -> None:
    add(work, "odd", "bad", "good")

    def fails(items: Sequence[WorkItem]) -> Sequence[Ending]:
        if items[0].reference == "bad":
            raise ZeroDivisionError
        return [Ending(item) for item in items]

    for _ in range(ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            drain(installation, "Alpha", handlers=handler(fails))
        clock.advance(LATER)
    (parked,) = work.parked("Alpha")
    assert (parked.reference, parked.reason_code) == ("bad", "WORK_FAILED")
    assert drain(installation, "Alpha", handlers=handler(fails)).done == 1


def test_an_unknown_kind_is_set_aside(installation: Installation, work: Work) -> None:
    add(work, "from the future", "x")
    assert drain(installation, "Alpha").parked == 1
    (item,) = work.parked("Alpha")
    assert (item.state, item.reason_code) == (WorkState.PARKED, "WORK_KIND_UNKNOWN")


def test_who_lost_the_lease_records_nothing(installation: Installation, work: Work) -> None:
    add(work, "odd", "x")
    taken: list[Lease] = []

    def handle(
        held_by: Installation, opened: Opened, _: Writing, items: Sequence[WorkItem]
    ) -> Sequence[Ending]:
        clock = held_by.clock
        assert isinstance(clock, FixedClock)
        clock.advance(timedelta(minutes=1))
        taken.append(acquired(held_by, opened.info.identity, Waiting(), 60))
        return [Ending(item) for item in items]

    drained = drain(installation, "Alpha", handlers={"odd": handle})
    assert (drained.done, drained.waiting, drained.code) == (0, 1, "LEASE_LOST")
    taken[0].release()


def test_a_drain_ends_when_its_budget_does(
    installation: Installation, work: Work, clock: FixedClock
) -> None:
    add(work, "odd", *"abcdef")

    def slow(items: Sequence[WorkItem]) -> Sequence[Ending]:
        clock.advance(timedelta(seconds=6))
        return [Ending(item) for item in items]

    budget = Budget(time=timedelta(seconds=10), group=2)
    drained = drain(installation, "Alpha", budget, handler(slow))
    assert (drained.done, drained.waiting, drained.code) == (4, 2, None)


def test_groups_are_small_where_documents_take_long(
    installation: Installation, work: Work, clock: FixedClock
) -> None:
    add(work, "odd", *(f"item {number}" for number in range(600)))
    sizes: list[int] = []

    def as_long(items: Sequence[WorkItem]) -> Sequence[Ending]:
        sizes.append(len(items))
        each = timedelta(seconds=1) if len(sizes) < 3 else timedelta(milliseconds=10)
        clock.advance(len(items) * each)
        return [Ending(item) for item in items]

    drained = drain(installation, "Alpha", Budget(timedelta(hours=1)), handler(as_long))
    assert (drained.done, drained.waiting) == (600, 0)
    # As many as take two seconds, but ten at least, and no more than are left.
    assert sizes == [10, 10, 10, 80, 200, 200, 90]


def test_what_a_person_must_do_is_asked_for_less_often() -> None:
    assert pause_after("COMPANY_BUSY", 0) == timedelta(seconds=1)
    assert pause_after("COMPANY_BUSY", 50) == timedelta(seconds=20)
    assert pause_after("LEASE_HELD", 50) == timedelta(seconds=2)
    assert pause_after("PASSWORD_WRONG", 50) == timedelta(minutes=5)


def test_a_company_that_is_gone_waits_with_the_reason(
    installation: Installation, alpha: Path
) -> None:
    queue_customers(installation, "Alpha", "A")
    alpha.rename(alpha.with_suffix(".moved"))
    drained = drain(installation, "Alpha")
    assert (drained.waiting, drained.code) == (1, "COMPANY_MISSING")
