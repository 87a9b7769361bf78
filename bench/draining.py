"""Working off what was pushed to one company, beside the sandbox alone, one document at a time.

The drain plans, journals, reads back and tells; it commits one document after another into the
company, each durably, as the sandbox alone does with the very same bodies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from pathlib import Path
from threading import Event
from typing import Final

from bench.office import BOOKS, KIND, Office, document, fill, office
from clary.companies.sandbox import SandboxCompany
from clary.companies.sandbox.session import SandboxSession
from clary.flows.push import inbound
from clary.flows.push.declaring import PushVerb
from clary.flows.push.inbound import Made, Terms
from clary.flows.push.types import type_named
from clary.hub.draining import Budget, drain
from clary.hub.push.accepting import Acceptor
from clary.hub.push.lookups import Books
from clary.hub.services.push_desk import Desk
from clary.hub.services.push_operations import PushAsked, judge_push
from clary.hub.work import Work
from clary.kernel.change import Origin

ALONE: Final = "sandbox alone, one durable commit each"
EACH: Final = "drain, one durable commit each"
GROUPED: Final = "drain, as the sandbox groups its commits"

WARM: Final = 50
"""Documents of a first drain, which nobody counts: a server has long been warm."""

_BOOKS: Final = "alone"


def accept(made: Office, first: int, count: int) -> None:
    """Accept pushes, all in as few commits as can be."""
    installation = made.installation
    acceptor = Acceptor(Work(installation.database, installation.clock), lambda _: None)
    desk = Desk(acceptor)
    ended = Event()
    asked = (
        PushAsked(made.company, made.connection, KIND, PushVerb.CREATE, document=document(number))
        for number in range(first, first + count)
    )
    acceptor.store([judge_push(installation, desk, each) for each in asked], ended.set)
    ended.wait()
    acceptor.stop()


def measured(folder: Path, count: int) -> dict[str, float]:
    """Return documents per second of drains and of the sandbox alone, in turns.

    The sandbox can commit a group of documents at once, which no other door to a company
    can; the drain is therefore measured without it, too, and that is what counts.
    """
    rates: dict[str, float] = {}
    with office(folder / "home") as made:
        fill(made.installation, _BOOKS)
        accept(made, 2 * count, WARM)
        _drain(made, WARM)
        accept(made, 0, count)
        with _ungrouped():
            rates[EACH] = count / _seconds(lambda: _drain(made, count))
        rates[ALONE] = count / _alone(made, count)
        accept(made, count, count)
        rates[GROUPED] = count / _seconds(lambda: _drain(made, count))
    return rates


@contextmanager
def _ungrouped() -> Iterator[None]:
    """Let the sandbox commit every document by itself, within groups, too."""
    grouped = SandboxSession.group
    SandboxSession.group = lambda _: nullcontext()  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        SandboxSession.group = grouped  # type: ignore[method-assign]


def _seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _drain(made: Office, count: int) -> None:
    budget = Budget(time=timedelta(days=1), forced=True)
    drained = drain(made.installation, BOOKS, budget)
    if drained.done != count or drained.parked or drained.waiting:
        message = f"the drain did not end well: {drained}"
        raise RuntimeError(message)


def _alone(made: Office, count: int) -> float:
    """Return the seconds of writing the same documents to a company of its own."""
    company = SandboxCompany(made.installation.sandbox_file(_BOOKS))
    bodies = [_body(company, number) for number in range(count)]
    with company.session(write=True) as session:
        return _seconds(
            lambda: [
                session.create(each.record_type, dict(each.body), Origin("bench", str(number)))
                for number, each in enumerate(bodies)
            ]
        )


def _body(company: SandboxCompany, number: int) -> Made:
    push_type = type_named(KIND)
    if push_type is None:
        raise LookupError(KIND)
    with company.reading() as session:
        books = Books(session, company.info())
        stated = inbound.document(document(number))
        found = inbound.take(push_type, stated, books, Terms(date(2026, 3, 2)))
    if found.is_refused:
        raise RuntimeError(str(found.findings))
    return found.records[0]
