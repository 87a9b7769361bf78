"""A run that goes on writes a change only as it is meant by then."""

from __future__ import annotations

from clary.engine.executor import ApplyOptions
from clary.engine.journal import JournalState
from clary.engine.plan import Planned
from clary.engine.runs import RunState
from clary.kernel.change import Change
from clary.kernel.errors import Finding, Severity
from tests.engine.workshop import Workshop, invoice, invoices

STALE = Finding("STALE", "It was changed.", "Plan again.")
NOTED = Finding("NOTED", "It is fine.", "", Severity.WARNING)


def without(*documents: str) -> ApplyOptions:
    def review(change: Change) -> Planned:
        return Planned(change, (STALE if change.document in documents else NOTED,))

    return ApplyOptions(review=review, retries=0)


def test_what_was_never_sent_is_rejected_alone(workshop: Workshop) -> None:
    workshop.store.trouble("write", "busy")
    run = workshop.apply(*invoices(3), options=ApplyOptions(retries=0))
    assert (run.state, run.pending) == (RunState.PARKED, 3)
    done = workshop.resume(run.id, without("doc-2"))
    assert (done.state, done.applied, done.rejected) == (RunState.FINISHED, 2, 1)
    entry = workshop.results(run.id)[1]
    assert (entry.state, [each.code for each in entry.findings]) == (
        JournalState.REJECTED,
        ["STALE"],
    )
    assert len(workshop.store.writes()) == 2


def test_what_is_there_already_is_not_asked_about(workshop: Workshop) -> None:
    first = workshop.apply(invoice(1))
    assert first.applied == 1
    done = workshop.apply(invoice(1), options=without("doc-1"))
    assert (done.skipped, done.rejected) == (1, 0)


def test_a_run_that_stops_at_an_error_stops_at_a_stale_one(workshop: Workshop) -> None:
    options = without("doc-2")
    stopping = ApplyOptions(stop_on_error=True, review=options.review)
    done = workshop.apply(*invoices(3), options=stopping)
    assert (done.state, done.applied, done.rejected) == (RunState.STOPPED, 1, 2)


def test_a_warning_of_the_review_stops_nothing(workshop: Workshop) -> None:
    assert workshop.apply(invoice(1), options=without()).applied == 1
