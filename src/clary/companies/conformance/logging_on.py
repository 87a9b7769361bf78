"""The suite on sessions: logging on and off, what ends with a session, states of Sage."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from typing import Final

from clary.companies.conformance.about import attempt
from clary.companies.conformance.expecting import equal, expect, refused
from clary.companies.conformance.harness import (
    Bench,
    Harness,
    Situation,
    declared_types,
    told_figures,
)
from clary.companies.contract import Company, Figure, Operation, Query, Session
from clary.kernel.change import Body
from clary.kernel.errors import ClaryError, Unreachable

DEADLINE_SECONDS: Final = 30
"""Longest time that any single call of the suite may take, whatever the state of Sage."""


class SessionTests(Harness):
    """Logging on and off."""

    def test_closing_twice_does_nothing(self, bench: Bench) -> None:
        session = bench.company.session()
        session.close()
        session.close()

    def test_a_session_can_be_opened_again_after_it_was_closed(self, bench: Bench) -> None:
        for _ in range(2):
            with bench.company.session(write=True) as session:
                expect(isinstance(session, Session), "session() gives a Session")

    def test_a_session_for_reading_reads_the_same_and_closes(self, bench: Bench) -> None:
        readable = declared_types(bench, Operation.READ)
        with bench.work() as work:
            wanted = {one.name: work.keys(one.name) for one in readable}
        with bench.company.reading() as session:
            for declared in readable:
                rows = session.read(declared.name, Query())
                found = [str(row[declared.key]) for row in rows]
                equal(found, wanted[declared.name], f"{declared.name}, read for reading only")
        for declared in readable[:1]:
            call = attempt(session, declared, Operation.READ)
            refused(Unreachable, "reading after the session for reading was closed", call)

    def test_a_closed_session_answers_nothing(self, bench: Bench) -> None:
        session = bench.company.session(write=True)
        session.close()
        for declared in declared_types(bench):
            for operation in Operation:
                if bench.can(declared.name, operation):
                    what = f"{declared.name} {operation.value} after the session was closed"
                    refused(Unreachable, what, attempt(session, declared, operation))
        for figure, call in told_figures(session).items():
            if figure in bench.figures:
                refused(Unreachable, f"{figure.value} after the session was closed", call)

    def test_no_iterator_outlives_its_session(self, fresh: Bench) -> None:
        with fresh.work() as work:
            for declared in declared_types(fresh, Operation.CREATE):
                work.made(declared.name)
        with fresh.company.session() as session:
            started: dict[str, Iterator[object]] = {
                declared.name: session.read(declared.name, Query())
                for declared in declared_types(fresh, Operation.READ)
            }
            if Figure.LEDGER_ROWS in fresh.figures:
                started["ledger rows"] = session.ledger_rows()
            if Figure.OPEN_ITEMS in fresh.figures:
                started["open items"] = session.open_items("customer", None)
        for name, rows in started.items():
            _check_ended(name, rows)

    def test_reading_streams(self, bench: Bench) -> None:
        with bench.work() as work:
            for declared in declared_types(bench, Operation.READ):
                rows = work.session.read(declared.name, Query())
                expect(isinstance(rows, Iterator), f"{declared.name}: read gives no iterator")

    def test_two_readings_do_not_disturb_each_other(self, bench: Bench) -> None:
        with bench.work() as work:
            for declared in declared_types(bench, Operation.READ):
                alone = work.keys(declared.name)
                one = work.session.read(declared.name, Query())
                other = work.session.read(declared.name, Query())
                pairs = [
                    (a[declared.key], b[declared.key]) for a, b in zip(one, other, strict=True)
                ]
                equal([str(a) for a, _ in pairs], alone, f"{declared.name}, the first reading")
                equal([str(b) for _, b in pairs], alone, f"{declared.name}, the second reading")

    def test_states_of_sage_give_their_own_error_and_pass(self, fresh: Bench) -> None:
        for situation in self.situations(fresh.company):
            before, body = _customers(fresh)
            with situation.enter:
                start = monotonic()
                error = _meet(fresh, situation, body)
                expect(error.findings[0].remedy, f"{situation.name}: the error has no remedy")
                late = monotonic() - start > DEADLINE_SECONDS
                expect(not late, f"{situation.name}: no answer within {DEADLINE_SECONDS} seconds")
            after, _ = _customers(fresh)
            wanted = sorted([*before, str(body["id"])]) if situation.written else before
            equal(after, wanted, f"{situation.name}: customers afterwards")


def _check_ended(name: str, rows: Iterator[object]) -> None:
    """Fail if an iterator still gives rows; ending with Unreachable is right, too."""
    try:
        given = sum(1 for _ in rows)
    except Unreachable:
        return
    expect(not given, f"{name}: {given} rows came after the session was closed")


def _customers(bench: Bench) -> tuple[list[str], Body]:
    """Return the customers there are, and the body of one more."""
    with bench.work() as work:
        body = work.minimal("customer") if bench.can("customer", Operation.CREATE) else {}
        return sorted(work.keys("customer")), body


def _meet(bench: Bench, situation: Situation, body: Body) -> ClaryError:
    """Return the error of the call on which the situation shows."""
    what = situation.name
    if situation.on == "connect":
        return refused(situation.error, what, lambda: _log_on(bench.company))
    with bench.work() as work:
        if situation.on == "read":
            return refused(situation.error, what, lambda: work.keys("customer"))
        return refused(situation.error, what, lambda: work.session.create("customer", body))


def _log_on(company: Company) -> None:
    company.session(write=True).close()
