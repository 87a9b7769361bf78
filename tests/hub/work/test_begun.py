"""What a server begins at once goes on as work of the company, should it not come to its end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clary.engine.runs import Runs, RunState
from clary.flows.operations.requests import Document, Operation
from clary.hub import begun
from clary.hub.connections import ConnectionKind
from clary.hub.draining import drain, put_back
from clary.hub.installation import Installation
from clary.hub.services.applying import (
    Applying,
    Waiting,
    acquired,
    apply_plan,
    reference_of,
    resume_run,
)
from clary.hub.services.connecting import remove_company
from clary.hub.services.operations import Asked, plan_operation
from clary.hub.work import Work
from clary.hub.work_tables import WORK_ITEM
from clary.kernel.clock import FixedClock
from clary.kernel.errors import ClaryError
from tests.hub.work.office import company, customers, work_of

pytestmark = pytest.mark.both_databases

SERVED = Applying(goes_on=True)


@pytest.fixture
def work(installation: Installation) -> Work:
    assert company(installation, "Alpha").exists()
    return work_of(installation)


def planned(installation: Installation, *ids: str) -> str:
    documents = [Document(each, {"id": each, "name": f"Customer {each}"}) for each in ids]
    asked = Asked(Operation.CREATE, "customer", documents)
    return plan_operation(installation, "Alpha", asked).plan.id


def notes(work: Work) -> int:
    with work.database.read() as read:
        query = WORK_ITEM.select().where(WORK_ITEM.c.kind == begun.BEGUN_KIND)
        return len(read.execute(query).all())


def states(installation: Installation) -> list[RunState]:
    return [run.state for run in Runs(installation.database).list("Alpha")]


def test_a_run_that_ends_leaves_nothing(installation: Installation, work: Work) -> None:
    seen: list[tuple[int, int, int]] = []

    def look(_: str) -> None:
        seen.append((notes(work), len(work.waiting("Alpha")), begun.take_over(work)))

    installation.trip = look
    apply_plan(installation, planned(installation, "A"), SERVED)
    # While it runs it is noted, waits for nobody, and is left to who does it.
    assert set(seen[:-1]) == {(1, 0, 0)}
    assert seen[-1] == (0, 0, 0)
    assert (work.waiting("Alpha"), begun.take_over(work)) == ([], 0)


def test_what_is_noted_keeps_its_books(installation: Installation, work: Work) -> None:
    assert work.waiting("Alpha") == []
    codes: list[str | None] = []

    def remove(_: str) -> None:
        try:
            remove_company(installation, "Alpha", dry_run=True)
        except ClaryError as error:
            codes.append(error.code)
        else:
            codes.append(None)

    installation.trip = remove
    apply_plan(installation, planned(installation, "A"), SERVED)
    assert set(codes[:-1]) == {"WORK_WAITS"}
    assert codes[-1] is None


def test_a_run_that_is_told_to_stop_goes_on_in_its_turn(
    installation: Installation, work: Work
) -> None:
    plan = planned(installation, "A", "B")
    stopped = Applying(goes_on=True, stopped=lambda: True)
    assert apply_plan(installation, plan, stopped).run.state is RunState.INTERRUPTED
    assert (len(work.waiting("Alpha")), notes(work)) == (1, 0)
    assert drain(installation, "Alpha").done == 1
    assert customers(installation, "Alpha") == ["A", "B"]
    assert states(installation) == [RunState.FINISHED]


def test_a_run_that_fails_goes_on_in_its_turn(installation: Installation, work: Work) -> None:
    def fail(point: str) -> None:
        if point == "chunk written":
            raise RuntimeError(point)

    installation.trip = fail
    with pytest.raises(RuntimeError):
        apply_plan(installation, planned(installation, "A"), SERVED)
    installation.trip = lambda _: None
    assert len(work.waiting("Alpha")) == 1
    assert drain(installation, "Alpha").done == 1
    assert customers(installation, "Alpha") == ["A"]


def test_a_run_that_is_gone_on_with_waits_once(installation: Installation, work: Work) -> None:
    stopped = Applying(goes_on=True, stopped=lambda: True)
    run = apply_plan(installation, planned(installation, "A"), stopped).run
    for _ in range(2):
        assert resume_run(installation, run.id, stopped).run.state is RunState.INTERRUPTED
        assert (len(work.waiting("Alpha")), notes(work)) == (1, 0)
    assert resume_run(installation, run.id, SERVED).run.state is RunState.FINISHED
    assert drain(installation, "Alpha").done == 1
    assert customers(installation, "Alpha") == ["A"]


def test_what_a_person_interrupts_at_the_terminal_stays_theirs(
    installation: Installation, work: Work
) -> None:
    def interrupt(point: str) -> None:
        if point == "chunk prepared":
            raise KeyboardInterrupt

    plan = planned(installation, "A")
    installation.trip = interrupt
    with pytest.raises(KeyboardInterrupt):
        apply_plan(installation, plan, Applying())
    run = Runs(installation.database).list("Alpha")[0].id
    with pytest.raises(KeyboardInterrupt):
        resume_run(installation, run, Applying())
    installation.trip = lambda _: None
    assert (put_back(work), work.waiting("Alpha"), notes(work)) == (0, [], 0)
    # What is asked of a server meanwhile looks it up, and leaves it to them as well.
    apply_plan(installation, planned(installation, "B"), SERVED)
    assert (put_back(work), work.waiting("Alpha")) == (0, [])
    assert states(installation) == [RunState.FINISHED, RunState.INTERRUPTED]


def test_a_refused_run_does_not_go_on(installation: Installation, work: Work) -> None:
    apply_plan(installation, planned(installation, "A"), Applying())
    first, second = (
        plan_operation(
            installation,
            "Alpha",
            Asked(Operation.UPDATE, "customer", [Document("1", {"name": name}, key="A")]),
        ).plan.id
        for name in ("One", "Two")
    )
    apply_plan(installation, first, SERVED)
    with pytest.raises(ClaryError) as caught:
        apply_plan(installation, second, SERVED)
    assert caught.value.code == "PLAN_STALE"
    assert (work.waiting("Alpha"), notes(work), put_back(work)) == ([], 0, 0)


def test_what_was_begun_under_a_lease_that_ran_out_waits(
    installation: Installation, work: Work, clock: FixedClock
) -> None:
    plan = planned(installation, "A")
    stopped = Applying(stopped=lambda: True)
    run = apply_plan(installation, plan, stopped).run
    identity = installation.connections.get("Alpha", ConnectionKind.COMPANY).identity
    reference = reference_of(plan, installation.actor, SERVED)
    with acquired(installation, str(identity), Waiting(), 20) as lease:
        # As a process leaves it that was frozen in the middle.
        note = begun.Begun(work, "Alpha", lease, reference)
        with work.database.write(lease.identity) as write:
            note.opening(write, run)
        assert begun.take_over(work) == 0
        clock.advance(timedelta(seconds=21))
        assert begun.take_over(work) == 1
        assert begun.take_over(work) == 0
        end = note.ending(run)
        with work.database.write(lease.identity) as write:
            end(write)  # the frozen one goes on: too late
    assert len(work.waiting("Alpha")) == 1
    assert drain(installation, "Alpha").done == 1
    assert customers(installation, "Alpha") == ["A"]
