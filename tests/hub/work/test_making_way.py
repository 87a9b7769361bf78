"""Lanes make way: to people in Sage, to an end, to a pause, to others; and they come back."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from clary.companies.sandbox.acts import perform
from clary.engine.lease import Leases
from clary.engine.runs import Runs, RunState
from clary.hub.connections import ConnectionKind
from clary.hub.draining import AGAIN, ATTEMPTS, HANDLERS, Budget, drain, drain_work, put_back
from clary.hub.handling import Ending, Outcome, Writing
from clary.hub.holding import LONGEST, let_go_of_the_dead
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, Waiting, apply_plan, resume_run
from clary.hub.services.backups import backup_company, restore_company
from clary.hub.services.connecting import add_company, change_company
from clary.hub.services.deciding import change_decision, list_decisions
from clary.hub.services.opening import Opened
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.hub.services.stated import Asked
from clary.hub.services.working import (
    held_back,
    list_work,
    look_again,
    pause_work,
    resume_work,
)
from clary.hub.turns import turn
from clary.hub.work import Work, WorkItem
from clary.hub.work_tables import WORK_ITEM
from clary.kernel.clock import FixedClock, SystemClock
from clary.kernel.errors import Busy, ClaryError
from clary.kernel.settings import read
from tests.hub.work.office import company, customers, queue_customers, work_of
from tests.surroundings import ROOT

pytestmark = pytest.mark.both_databases

GROUP = "SERVER1/clary/sdo"
RESTORE = "a restore"


@pytest.fixture
def alpha(installation: Installation) -> Path:
    create_sandbox(installation, NewSandbox("Alpha", "us", users="multi"))
    return installation.sandbox_file("Alpha")


def at_sage(path: Path, act: str, clock: FixedClock, **options: str) -> None:
    name, *arguments = act.split()
    perform(path, name, arguments, options, clock)


def many(count: int) -> list[str]:
    return [f"C{number:04}" for number in range(count)]


# --- people in Sage ----------------------------------------------------------------------


def test_a_company_is_left_alone_while_somebody_is_in_sage(
    installation: Installation, alpha: Path, clock: FixedClock
) -> None:
    at_sage(alpha, "add-user Pat", clock)
    change_decision(installation, "not_while_in_use", "yes", "Alpha")
    queue_customers(installation, "Alpha", "A")
    at_sage(alpha, "open-sage", clock, user="Pat")
    drained = drain(installation, "Alpha")
    assert (drained.waiting, drained.code) == (1, "COMPANY_IN_USE")
    assert "Pat" in (drained.reason or "")
    assert work_of(installation).companies_with_work(clock.now()) == []
    at_sage(alpha, "close-sage", clock)
    clock.advance(timedelta(seconds=20))
    assert work_of(installation).companies_with_work(clock.now()) == ["Alpha"]
    assert drain(installation, "Alpha").done == 1


def test_a_person_drains_also_while_somebody_is_in_sage(
    installation: Installation, alpha: Path, clock: FixedClock
) -> None:
    at_sage(alpha, "add-user Pat", clock)
    change_decision(installation, "not_while_in_use", "yes", "Alpha")
    at_sage(alpha, "open-sage", clock, user="Pat")
    queue_customers(installation, "Alpha", "A")
    assert drain_work(installation, "Alpha")[0].done == 1


def test_whoever_comes_in_the_middle_of_a_plan_is_made_way_for(
    installation: Installation, alpha: Path, clock: FixedClock
) -> None:
    at_sage(alpha, "add-user Pat", clock)
    change_decision(installation, "not_while_in_use", "yes", "Alpha")
    wanted = many(300)
    queue_customers(installation, "Alpha", *wanted)
    installation.trip = _Once("chunk concluded", lambda: _open_sage(alpha, clock))
    drained = drain(installation, "Alpha")
    assert (drained.done, drained.waiting) == (0, 1)
    done = customers(installation, "Alpha")
    assert 0 < len(done) < len(wanted)
    assert drain(installation, "Alpha").code == "COMPANY_IN_USE"
    at_sage(alpha, "close-sage", clock)
    clock.advance(timedelta(seconds=20))
    assert drain(installation, "Alpha").done == 1
    assert customers(installation, "Alpha") == wanted


def _open_sage(path: Path, clock: FixedClock) -> None:
    at_sage(path, "open-sage", clock, user="Pat")


class _Once:
    """Does something at the first time that a point is reached."""

    def __init__(self, point: str, do: object) -> None:
        self._point = point
        self._do = do

    def __call__(self, point: str) -> None:
        do, self._do = self._do, self._do if point != self._point else None
        if point == self._point and callable(do):
            do()


def test_a_driver_that_cannot_tell_is_refused_with_what_to_do(
    installation: Installation, tmp_path: Path
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    settings = [("folder", str(folder)), ("edition", "uk")]
    add_company(installation, "Files", ["files"], Asked(settings=settings))
    with pytest.raises(ClaryError) as caught:
        change_decision(installation, "not_while_in_use", "yes", "Files")
    assert caught.value.code == "PRESENCE_UNKNOWN"
    assert "quiet_hours" in caught.value.findings[0].remedy
    change_decision(installation, "not_while_in_use", "no", "Files")


def test_it_is_decided_for_single_companies(installation: Installation, alpha: Path) -> None:
    assert alpha.exists()
    with pytest.raises(ClaryError) as caught:
        change_decision(installation, "not_while_in_use", "yes")
    assert caught.value.code == "DECISION_OF_COMPANY"
    change_decision(installation, "not_while_in_use", "yes", "Alpha")
    values = {(x.name, x.company): x.value for x in list_decisions(installation)}
    assert values["not_while_in_use", "alpha"] == "yes"


# --- an end, a pause, others ---------------------------------------------------------------


def test_an_end_leaves_the_rest_of_a_plan_for_the_next_look(
    installation: Installation, alpha: Path
) -> None:
    assert alpha.exists()
    wanted = many(300)
    queue_customers(installation, "Alpha", *wanted)
    told: list[bool] = []
    installation.trip = _Once("chunk concluded", lambda: told.append(True))
    drained = drain(installation, "Alpha", Budget(stopped=lambda: bool(told)))
    assert (drained.done, drained.waiting, drained.code) == (0, 1, None)
    assert [run.state for run in Runs(installation.database).list("Alpha")] == [
        RunState.INTERRUPTED
    ]
    assert 0 < len(customers(installation, "Alpha")) < len(wanted)
    assert work_of(installation).waiting("Alpha")[0].attempts == 0
    assert drain(installation, "Alpha").done == 1
    assert customers(installation, "Alpha") == wanted
    assert [run.state for run in Runs(installation.database).list("Alpha")] == [RunState.FINISHED]


def test_a_pause_holds_in_the_middle_of_a_plan(installation: Installation, alpha: Path) -> None:
    assert alpha.exists()
    wanted = many(300)
    queue_customers(installation, "Alpha", *wanted)
    installation.trip = _Once("chunk concluded", lambda: pause_work(installation, "Alpha"))
    assert drain(installation, "Alpha").code == "WORK_PAUSED"
    assert 0 < len(customers(installation, "Alpha")) < len(wanted)
    (item,) = work_of(installation).waiting("Alpha")
    assert item.reason_code == "WORK_PAUSED"
    resume_work(installation, "Alpha")
    assert drain(installation, "Alpha").done == 1
    assert customers(installation, "Alpha") == wanted


def test_a_long_plan_makes_way_for_others_behind_the_same_sage(
    installation: Installation, alpha: Path, clock: FixedClock
) -> None:
    assert alpha.exists()
    company(installation, "Beta")
    for name in ("Alpha", "Beta"):
        change_decision(installation, "session_group", GROUP, name)
    wanted = many(300)
    queue_customers(installation, "Alpha", *wanted)
    queue_customers(installation, "Beta", "B")

    def others_come() -> None:
        assert drain(installation, "Beta").code == "SESSION_TAKEN"
        clock.advance(timedelta(seconds=11))

    installation.trip = _Once("chunk concluded", others_come)
    drained = drain(installation, "Alpha")
    assert (drained.done, drained.waiting) == (0, 1)
    assert drain(installation, "Alpha").code == "SESSION_TAKEN"
    clock.advance(timedelta(seconds=2))
    assert drain(installation, "Beta").done == 1
    clock.advance(timedelta(seconds=2))
    assert drain(installation, "Alpha").done == 1
    assert customers(installation, "Alpha") == wanted


def test_who_writes_by_hand_takes_turns_at_a_shared_sage_too(
    installation: Installation, alpha: Path
) -> None:
    assert alpha.exists()
    change_decision(installation, "session_group", GROUP, "Alpha")
    plan = queue_customers(installation, "Alpha", "A")
    at_once = Applying(waiting=Waiting(patience=timedelta(0)))
    with turn(installation, GROUP, "Beta", 20), pytest.raises(Busy) as caught:
        apply_plan(installation, plan, at_once)
    assert caught.value.code == "SESSION_TAKEN"
    assert apply_plan(installation, plan, at_once).run.applied == 1


# --- coming back ---------------------------------------------------------------------------


def test_what_was_set_aside_for_passing_trouble_comes_back_by_itself(
    installation: Installation, alpha: Path, clock: FixedClock
) -> None:
    assert alpha.exists()
    work = work_of(installation)
    with work.database.write("test") as connection:
        work.add(connection, "Alpha", "odd", ["held", "lost"])
    is_held = True

    def handle(
        _: Installation, __: Opened, ___: Writing, items: Sequence[WorkItem]
    ) -> Sequence[Ending]:
        first = items[0]
        if first.reference == "lost":
            return [Ending(first, Outcome.PARKED, "RECORD_NOT_FOUND", "There is none.")]
        if is_held:
            return [Ending(first, Outcome.WAIT, "RECORD_IN_USE", "It is open in Sage.")]
        return [Ending(first)]

    handlers = {**HANDLERS, "odd": handle}
    for _ in range(ATTEMPTS):
        drain(installation, "Alpha", handlers=handlers)
        clock.advance(timedelta(seconds=20))
    assert len(work.parked("Alpha")) == 2
    for _ in range(2):
        clock.advance(AGAIN)
        assert put_back(work) == 1
        assert put_back(work) == 0
        drain(installation, "Alpha", handlers=handlers)
        assert len(work.parked("Alpha")) == 2
    is_held = False
    clock.advance(AGAIN)
    assert put_back(work) == 1
    assert drain(installation, "Alpha", handlers=handlers).done == 1
    assert [each.reference for each in work.parked("Alpha")] == ["lost"]


def test_a_look_that_began_before_a_change_puts_nothing_off(
    installation: Installation, alpha: Path, clock: FixedClock
) -> None:
    at_sage(alpha, "add-user Connector", clock, password="secret")
    queue_customers(installation, "Alpha", "A")
    settings = Asked(settings=[("user", "Connector")])
    change_company(installation, "Alpha", settings)
    work = work_of(installation)
    look = work.begin("Alpha", "test").look
    # In the meantime somebody stores what it waits for.
    change_company(installation, "Alpha", Asked(secrets=[("password", "secret")]))
    until = clock.now() + timedelta(minutes=5)
    work.wait("Alpha", "PASSWORD_WRONG", "The password is wrong.", until, look=look)
    assert work.companies_with_work(clock.now()) == ["Alpha"]
    assert drain(installation, "Alpha").done == 1


def test_work_that_is_done_is_forgotten_some_at_a_time(
    installation: Installation, alpha: Path, clock: FixedClock
) -> None:
    assert alpha.exists()
    for number in range(5):
        queue_customers(installation, "Alpha", f"A{number}")
    drain(installation, "Alpha")
    clock.advance(timedelta(days=1))
    queue_customers(installation, "Alpha", "B")
    drain(installation, "Alpha")
    queue_customers(installation, "Alpha", "C")
    work = work_of(installation)
    before = clock.now() - timedelta(hours=1)
    assert [work.prune(before, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert left(work) == 2
    assert work.prune(clock.now()) == 1
    assert drain(installation, "Alpha").done == 1


def left(work: Work) -> int:
    with work.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(WORK_ITEM)).scalar_one())


def test_a_restore_keeps_the_lane_away_and_lets_it_go_on(
    installation: Installation, alpha: Path, clock: FixedClock
) -> None:
    assert alpha.exists()
    queue_customers(installation, "Alpha", "A")
    with held_back(installation, "Alpha", RESTORE):
        drained = drain(installation, "Alpha")
        assert drained.code == "WORK_HELD"
        assert drained.reason == "The work for Alpha waits for the end of a restore by Ada."
        (lane,) = list_work(installation, "Alpha")
        assert lane.as_dict()["paused_by"] == "a restore by Ada"
        assert lane.items[0].reason_code == "WORK_HELD"
        assert work_of(installation).companies_with_work(clock.now()) == []
    assert work_of(installation).companies_with_work(clock.now()) == ["Alpha"]
    pause_work(installation, "Alpha")
    with held_back(installation, "Alpha", RESTORE):
        pass
    assert drain(installation, "Alpha").code == "WORK_PAUSED"
    resume_work(installation, "Alpha")
    with held_back(installation, "Alpha", RESTORE):
        pause_work(installation, "Alpha")
    assert drain(installation, "Alpha").code == "WORK_PAUSED"
    resume_work(installation, "Alpha")
    assert drain(installation, "Alpha").done == 1


def test_who_waits_for_another_that_holds_a_lane_holds_it_next(
    installation: Installation, alpha: Path
) -> None:
    assert alpha.exists()
    queue_customers(installation, "Alpha", "A")
    first = ExitStack()
    first.enter_context(held_back(installation, "Alpha", RESTORE))
    with held_back(installation, "Alpha", "another restore") as keep:
        keep()
        assert "another" not in str(work_of(installation).lane("Alpha").why)
        first.close()
        keep()
        drained = drain(installation, "Alpha")
        assert (drained.code, drained.waiting) == ("WORK_HELD", 1)
    assert drain(installation, "Alpha").done == 1


def test_of_two_that_hold_a_lane_the_end_of_the_second_lets_nothing_in(
    installation: Installation, alpha: Path
) -> None:
    assert alpha.exists()
    queue_customers(installation, "Alpha", "A")
    with held_back(installation, "Alpha", RESTORE):
        with held_back(installation, "Alpha", "another restore"):
            pass
        assert drain(installation, "Alpha").code == "WORK_HELD"
    assert drain(installation, "Alpha").done == 1


def test_a_restore_that_waits_for_another_takes_the_lane_over(
    installation: Installation, alpha: Path, tmp_path: Path
) -> None:
    assert alpha.exists()
    copy = tmp_path / "copy.db"
    backup_company(installation, "Alpha", copy)
    identity = str(installation.connections.get("Alpha", ConnectionKind.COMPANY).identity)
    first = ExitStack()
    first.enter_context(held_back(installation, "Alpha", RESTORE))
    lease = Leases(installation.database, installation.clock).acquire(identity, "another", 60)
    seen: list[str | None] = []

    def pause() -> None:
        lane = work_of(installation).lane("Alpha")
        seen.append(lane.why[1] if lane.why else None)
        if len(seen) == 1:
            first.close()
        if len(seen) == 3:
            lease.release()

    restore_company(installation, "Alpha", copy, Waiting(timedelta(minutes=5), pause=pause))
    ours = "its books"
    assert [ours in (each or "") for each in seen] == [False, True, True]
    assert work_of(installation).lane("Alpha").why is None


def test_a_lane_goes_on_when_the_restore_that_held_it_was_killed(
    installation: Installation, alpha: Path, environment: dict[str, str], clock: FixedClock
) -> None:
    assert alpha.exists()
    work = work_of(installation)
    queue_customers(installation, "Alpha", "A")
    command = [sys.executable, "-m", "tests.hub.work.holder", "Alpha"]
    settings = {**os.environ, **environment}
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=settings) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        let_go_of_the_dead(work)
        assert drain(installation, "Alpha").code == "WORK_HELD"
        holder.kill()
    # Who looks sees it at once; lanes of which a worker has many are told.
    assert work.lane("Alpha").why is None
    assert not work.is_paused("Alpha")
    assert work.companies_with_work(clock.now()) == []
    let_go_of_the_dead(work)
    assert work.companies_with_work(clock.now()) == ["Alpha"]
    assert drain(installation, "Alpha").done == 1


def test_a_hold_of_another_host_does_not_last_for_ever(
    installation: Installation, alpha: Path, clock: FixedClock
) -> None:
    assert alpha.exists()
    work = work_of(installation)
    for company_name, who in (("Alpha", "a restore by Eve [another-1/7/8]"), ("Beta", "Eve")):
        with work.database.write() as connection:
            work.pause(connection, company_name, who)
    clock.advance(LONGEST - timedelta(seconds=1))
    let_go_of_the_dead(work)
    assert work.is_paused("Alpha")
    clock.advance(timedelta(seconds=1))
    let_go_of_the_dead(work)
    assert not work.is_paused("Alpha")
    assert work.is_paused("Beta")


def test_a_lane_that_never_worked_is_not_made_by_looking_again(
    installation: Installation, alpha: Path
) -> None:
    assert alpha.exists()
    look_again(installation, "Alpha")
    assert work_of(installation).lanes() == []


# --- leases --------------------------------------------------------------------------------


def test_a_lease_lasts_as_long_as_what_cannot_check_it(environment: dict[str, str]) -> None:
    """What plans or looks once more for longer than a lease lasts keeps it."""
    settings = read({**environment, "CLARY_LEASE_SECONDS": "2"})
    with Installation(settings, SystemClock(), "Ada") as installation:
        company(installation, "Alpha")
        change_decision(installation, "session_group", GROUP, "Alpha")
        work = work_of(installation)
        with work.database.write("test") as connection:
            work.add(connection, "Alpha", "odd", ["slow"])
        leases = Leases(installation.database, installation.clock)
        identity = installation.connections.get("Alpha", ConnectionKind.COMPANY).identity
        refused: list[str] = []

        def slow(
            _: Installation, __: Opened, ___: Writing, items: Sequence[WorkItem]
        ) -> Sequence[Ending]:
            for _step in range(8):
                time.sleep(0.5)
                for what in (str(identity), f"session {GROUP}"):
                    with pytest.raises(Busy):
                        leases.acquire(what, "another", 1)
                    refused.append(what)
            return [Ending(item) for item in items]

        drained = drain(installation, "Alpha", handlers={"odd": slow})
        assert (drained.done, len(refused)) == (1, 16)
        leases.acquire(str(identity), "another", 1).release()


def test_a_run_that_was_interrupted_is_resumed_by_hand(
    installation: Installation, alpha: Path
) -> None:
    assert alpha.exists()
    wanted = many(300)
    plan = queue_customers(installation, "Alpha", *wanted)
    told: list[bool] = []
    installation.trip = _Once("chunk concluded", lambda: told.append(True))
    answer = apply_plan(installation, plan, Applying(stopped=lambda: bool(told)))
    assert answer.run.state is RunState.INTERRUPTED
    assert resume_run(installation, answer.run.id, Applying()).run.state is RunState.FINISHED
    assert customers(installation, "Alpha") == wanted
