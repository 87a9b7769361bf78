"""Runs and their events are listed, searched, replayed and followed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import insert

from clary.engine.runs import EVENTS_PAGE, RunState
from clary.engine.tables import EVENTS
from clary.kernel.clock import timestamp
from clary.kernel.errors import ClaryError
from tests.engine.workshop import START, Workshop, invoice, invoices


def test_runs_are_listed_newest_first(workshop: Workshop) -> None:
    ids = [workshop.apply(invoice(n)).id for n in range(1, 4)]
    assert [run.id for run in workshop.runs.list()] == ids[::-1]
    assert [run.id for run in workshop.runs.list(limit=2)] == ids[:0:-1]
    assert [run.id for run in workshop.runs.list(before=ids[1])] == ids[:1]
    assert [run.id for run in workshop.runs.list("shop")] == ids[::-1]
    assert workshop.runs.list("elsewhere") == []


@pytest.mark.parametrize("ask", ["summary", "results", "events", "follow"])
def test_an_unknown_run_is_named(workshop: Workshop, ask: str) -> None:
    with pytest.raises(ClaryError) as caught:
        list(getattr(workshop.runs, ask)("run_X"))
    assert caught.value.code == "RUN_UNKNOWN"


def test_events_tell_what_happened_with_time_and_progress(workshop: Workshop) -> None:
    workshop.store.trouble("document", "rejected", "invoice doc-2")
    run = workshop.apply(*invoices(3))
    events = list(workshop.runs.events(run.id))
    assert [(event.level, event.record) for event in events] == [
        ("info", None),
        ("error", "invoice doc-2"),
        ("info", None),
    ]
    assert events[0].message == "The run started with 3 changes."
    assert events[-1].message == "The run ended as finished."
    assert {event.time for event in events} == {START}
    assert [(event.done, event.total) for event in events] == [(0, 3), (3, 3), (3, 3)]


def test_events_can_be_replayed_from_any_point(workshop: Workshop) -> None:
    run = workshop.apply(invoice(1))
    first, last = workshop.runs.events(run.id)
    assert list(workshop.runs.events(run.id, after=first.id)) == [last]
    assert list(workshop.runs.events(run.id, limit=1)) == [first]
    assert list(workshop.runs.events(run.id, after=last.id)) == []


def test_many_events_are_read_in_pages(workshop: Workshop) -> None:
    for number in range(1, EVENTS_PAGE + 10):
        workshop.store.trouble("document", "rejected", f"invoice doc-{number}")
    run = workshop.apply(*invoices(EVENTS_PAGE + 9))
    assert len(list(workshop.runs.events(run.id))) == EVENTS_PAGE + 11
    assert len(list(workshop.runs.events(run.id, limit=EVENTS_PAGE + 1))) == EVENTS_PAGE + 1


def test_following_an_ended_run_gives_its_events_and_ends(workshop: Workshop) -> None:
    run = workshop.apply(invoice(1))
    assert list(workshop.runs.follow(run.id)) == list(workshop.runs.events(run.id))


def test_following_a_run_at_work_waits_for_its_end(workshop: Workshop) -> None:
    plan = workshop.plan(*invoices(30))
    followed: list[str] = []
    waits: list[int] = []

    def watch(_: object) -> None:
        [run] = workshop.runs.list()
        if run.state is RunState.RUNNING and not waits:
            followed.extend(self_ending(run.id))

    def self_ending(run_id: str) -> Iterator[str]:
        stream = workshop.runs.follow(run_id, wait=lambda: waits.append(1))
        yield next(stream).message
        note(run_id)
        yield next(stream).message

    def note(run_id: str) -> None:
        with workshop.database.write() as connection:
            serial = connection.exec_driver_sql(f"select serial from runs where id = '{run_id}'")
            row = {
                "run": serial.scalar_one(),
                "time": timestamp(START),
                "level": "info",
                "message": "Half way.",
                "done": 0,
                "total": 0,
            }
            connection.execute(insert(EVENTS), [row])

    with workshop.lease() as lease:
        workshop.executor.apply(plan.id, workshop.targets, lease, progress=watch)
    assert followed == ["The run started with 30 changes.", "Half way."]
    assert waits == [1]


def test_results_of_a_long_run_are_read_in_pages(workshop: Workshop) -> None:
    run = workshop.apply(*invoices(1003))
    assert [entry.number for entry in workshop.runs.results(run.id)] == list(range(1, 1004))
    newest = workshop.journal.of_run(run.id, newest_first=True, states=["confirmed"])
    assert [entry.number for entry in newest] == list(range(1003, 0, -1))
    assert list(workshop.journal.of_run(run.id, states=["rejected"])) == []


def test_unfinished_runs_of_a_company_are_known(workshop: Workshop) -> None:
    workshop.store.trouble("write", "unauthorised")
    parked = workshop.apply(invoice(1))
    workshop.apply(invoice(2))
    assert [run.id for run in workshop.runs.unfinished("little")] == [parked.id]
    assert workshop.runs.unfinished("other") == []


def test_a_run_that_has_ended_is_resumed_to_no_effect(workshop: Workshop) -> None:
    run = workshop.apply(invoice(1))
    assert workshop.resume(run.id) == run
    with workshop.lease() as lease:
        assert workshop.executor.settle(run.id, workshop.targets, lease) == run


class TestSettling:
    """What an earlier run left in the open is looked up before a new run writes."""

    def crash(self, workshop: Workshop, moment: str) -> str:
        """Leave a run behind whose rows are sent, as a killed process does."""

        class Crash(BaseException):
            pass

        def trip(point: str) -> None:
            if point == moment:
                raise Crash

        crashing = Workshop(workshop.folder, trip=trip)
        with pytest.raises(Crash):
            crashing.apply(*invoices(3))
        run_id = crashing.runs.list()[0].id
        crashing.store.close()
        crashing.database.close()
        return run_id

    def test_what_was_written_is_confirmed(self, workshop: Workshop) -> None:
        run_id = self.crash(workshop, "chunk written")
        workshop.apply(invoice(9))
        assert workshop.states(run_id) == ["confirmed"] * 3
        assert workshop.runs.summary(run_id).state is RunState.INTERRUPTED
        assert workshop.resume(run_id).state is RunState.FINISHED
        assert len(workshop.store.writes()) == 4

    def test_what_was_not_written_waits(self, workshop: Workshop) -> None:
        run_id = self.crash(workshop, "chunk sent")
        workshop.apply(invoice(9))
        assert workshop.states(run_id) == ["parked"] * 3
        assert workshop.results(run_id)[0].findings[0].code == "INTERRUPTED"
        assert workshop.resume(run_id).applied == 3

    def test_what_cannot_be_looked_up_stays_uncertain(self, workshop: Workshop) -> None:
        run_id = self.crash(workshop, "chunk written")
        workshop.store.trouble("look", "rejected")
        workshop.apply(invoice(9))
        assert workshop.states(run_id) == ["uncertain"] * 3
        assert workshop.resume(run_id).applied == 3

    def test_a_lost_lease_leaves_the_run_to_its_next_owner(self, workshop: Workshop) -> None:
        plan = workshop.plan(*invoices(3))
        lease = workshop.lease()
        workshop.clock.advance(timedelta(seconds=61))
        workshop.lease("another")
        with pytest.raises(ClaryError) as caught:
            workshop.executor.apply(plan.id, workshop.targets, lease)
        assert caught.value.code == "LEASE_LOST"
        assert workshop.runs.list() == []
