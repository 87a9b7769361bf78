"""Works off what waits for one company: opened once, in order, and logged off at the end.

A company that cannot be worked on keeps what waits, in order and with the reason, and is
looked at again after a time that grows up to a cap.  A document that has trouble of its own
is tried a few times and then parked, so that it never stops those behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import takewhile

from clary.engine.lease import LEASE_HELD, LEASE_LOST
from clary.engine.owner import this_process
from clary.hub import planned, pushing
from clary.hub.access import Role
from clary.hub.connections import ConnectionKind
from clary.hub.decisions import QUIET_HOURS, SESSION_GROUP, value_for
from clary.hub.handling import Ending, Handler, Outcome, Writing
from clary.hub.installation import Installation
from clary.hub.quiet import quiet_until
from clary.hub.services.applying import Waiting, writing
from clary.hub.services.opening import Opened, open_company
from clary.hub.services.permissions import needs
from clary.hub.services.working import PLAN_KIND, LaneAnswer, lane_answer
from clary.hub.turns import SESSION_TAKEN, turn
from clary.hub.work import WORK_PAUSED, Work, WorkItem
from clary.kernel.errors import (
    Busy,
    ClaryError,
    Failed,
    Misconfigured,
    Unauthorised,
    Uncertain,
    Unreachable,
    Unsupported,
    code_named,
    declare,
)

WORK_KIND_UNKNOWN = declare(
    "WORK_KIND_UNKNOWN",
    Unsupported,
    "This program does not know work of the kind {kind}.",
    "Update Clary on this machine, then put it back with `clary work retry {company}`.",
)
WORK_FAILED = declare(
    "WORK_FAILED",
    Failed,
    "Clary itself failed at this work ({problem}).",
    "Report the problem; once it is mended, put the work back with `clary work retry {company}`.",
)
QUIET = declare(
    "QUIET_HOURS",
    Busy,
    "The quiet hours of {company} last until {until}.",
    "Wait, or change the setting quiet_hours.",
)
HANDLERS: Mapping[str, Handler] = {PLAN_KIND: planned.handle, pushing.KIND: pushing.handle}
"""What does each kind of work."""

DRAIN_POINTS = (
    "look begun",
    "company opened",
    "group handled",
    "group concluded",
    "look ended",
)
"""Points between two durable steps of a drain, in their order; the executor has its own."""

ATTEMPTS = 5
"""How often a document with trouble of its own is tried before it is parked."""
OF_DOCUMENTS = frozenset(
    {"RECORD_IN_USE", "DELIVERED_WAITING", "DEPENDENCY_PENDING", "WORK_FAILED"}
)
"""Codes of trouble that one document has, and the others of its company do not."""
_OF_COMPANIES = (Busy, Unreachable, Unauthorised, Misconfigured)
"""Trouble that all the work of a company has: nothing of it is set aside for that."""
LEASE_SECONDS = 20
"""Longest lease of a lane: what a worker leaves that died on another machine waits as long."""

_DOUBLINGS = 10
_SHORTLY = timedelta(seconds=2)
_BUSY = timedelta(seconds=20)
_PERSON = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is done in one drain, so that others get their turn.

    Attributes:
        time: no group is begun after this time.
        group: most items handed over at once.
        stopped: asked between groups; true ends the drain.
        forced: look at the company although its time has not come yet, or it is paused.
    """

    time: timedelta = timedelta(seconds=10)
    group: int = 100
    stopped: Callable[[], bool] = lambda: False
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Drained:
    """What a drain did.

    Attributes:
        company: the company.
        done: how many items ended.
        parked: how many were set aside for a person.
        waiting: how many still wait.
        code: why they wait, by code; none if nothing stands against going on.
        reason: the same for people.
    """

    company: str
    done: int = 0
    parked: int = 0
    waiting: int = 0
    code: str | None = None
    reason: str | None = None


class _Stopped(Exception):
    """The lane has to wait; holds why."""

    def __init__(self, code: str, reason: str, tries: int) -> None:
        super().__init__(reason)
        self.code, self.reason, self.tries = code, reason, tries


def drain(
    installation: Installation,
    company: str,
    budget: Budget | None = None,
    handlers: Mapping[str, Handler] = HANDLERS,
) -> Drained:
    """Work off what waits for a company, as far as it can be done now.

    Trouble with the company is no error: it is what the answer and every face tell.

    Args:
        installation: whose company.
        company: name of the connection.
        budget: how much to do.
        handlers: what does each kind of work.
    """
    chosen = budget or Budget()
    work = Work(installation.database, installation.clock)
    owner = this_process(installation.actor)
    lane = work.begin(company, owner)
    installation.trip("look begun")
    try:
        until = lane.not_before
        early = until is not None and until > installation.clock.now()
        if lane.waiting and (chosen.forced or not (lane.paused_at or early)):
            return _Drain(installation, work, company, chosen, handlers).run(lane.tries)
    finally:
        work.end(company, owner)
        installation.trip("look ended")
    return _told(work, company, 0, 0)


@needs(Role.OPERATOR, "company")
def drain_work(installation: Installation, company: str) -> tuple[Drained, LaneAnswer]:
    """Work off what waits for a company, whether or not a server does, as long as it takes.

    Raises:
        Misconfigured: there is no such company (CONNECTION_UNKNOWN).
    """
    name = installation.connections.get(company, ConnectionKind.COMPANY).name
    drained = drain(installation, name, Budget(time=timedelta(days=1), forced=True))
    return drained, lane_answer(installation, name)


def _told(work: Work, company: str, done: int, parked: int) -> Drained:
    lane = work.lane(company)
    code, reason = lane.reason_code, lane.reason
    if lane.paused_by is not None:
        paused = WORK_PAUSED.finding(company=company, actor=lane.paused_by)
        code, reason = paused.code, paused.message
    return Drained(company, done, parked, lane.waiting, code, reason)


class _Drain:
    """One drain of one company."""

    def __init__(
        self,
        installation: Installation,
        work: Work,
        company: str,
        budget: Budget,
        handlers: Mapping[str, Handler],
    ) -> None:
        self._installation = installation
        self._work = work
        self._company = company
        self._budget = budget
        self._handlers = handlers
        self._ends = installation.clock.now() + budget.time
        self._done = self._parked = 0

    def run(self, tries: int) -> Drained:
        """Do it; `tries` is how often in a row the company could not be worked on."""
        try:
            self._require_open_hours()
            self._work_off()
        except ClaryError as error:
            finding = error.findings[0]
            self._wait(error.code, finding.message, tries)
        return _told(self._work, self._company, self._done, self._parked)

    def _require_open_hours(self) -> None:
        if self._budget.forced:
            return
        with self._installation.database.read() as connection:
            hours = value_for(connection, QUIET_HOURS, self._company)
        until = hours and quiet_until(hours, self._installation.clock.now())
        if until:
            raise QUIET.raised(company=self._company, until=f"{until.astimezone():%H:%M}")

    def _work_off(self) -> None:
        trip = self._installation.trip
        with self._opened() as (opened, held):
            trip("company opened")
            while items := self._next():
                endings = self._handled(opened, held, items)
                trip("group handled")
                if self._conclude(endings, held):
                    return
                trip("group concluded")
            self._work.go_on(self._company)

    @contextmanager
    def _opened(self) -> Iterator[tuple[Opened, Writing]]:
        """Give the company, its turn and its lease, logged on to until the end."""
        installation = self._installation
        with installation.database.read() as connection:
            group = value_for(connection, SESSION_GROUP, self._company)
        seconds = min(LEASE_SECONDS, installation.settings.lease_seconds)
        at_once = Waiting(patience=timedelta(0))
        with turn(installation, group, self._company, seconds) as held:
            opened = open_company(installation, self._company)
            with writing(installation, opened, at_once, seconds=seconds) as (lease, targets):
                lease.beside = held
                yield opened, Writing(lease, targets)

    def _next(self) -> Sequence[WorkItem]:
        """Return the next items of one kind, or none if the drain is to end."""
        if self._budget.stopped() or self._installation.clock.now() >= self._ends:
            return ()
        if not self._budget.forced and self._work.is_paused(self._company):
            return ()
        items = self._work.waiting(self._company, self._budget.group)
        return list(takewhile(lambda item: item.kind == items[0].kind, items))

    def _handled(
        self, opened: Opened, held: Writing, items: Sequence[WorkItem]
    ) -> Sequence[Ending]:
        kind = items[0].kind
        handler = self._handlers.get(kind)
        if handler is None:
            unknown = WORK_KIND_UNKNOWN.finding(kind=kind, company=self._company)
            return [Ending(i, Outcome.PARKED, unknown.code, unknown.message) for i in items]
        try:
            return handler(self._installation, opened, held, items)
        except _OF_COMPANIES:
            raise
        except ClaryError as error:
            text = error.findings[0].message
            return [Ending(items[0], Outcome.WAIT, error.code, text, is_own=True)]
        except Exception as error:
            # The first one is to blame as far as can be told; in time it makes way for others.
            failed = WORK_FAILED.finding(
                problem=f"{type(error).__name__}: {error}"[:200], company=self._company
            )
            self._conclude([Ending(items[0], Outcome.WAIT, failed.code, failed.message)], held)
            raise

    def _conclude(self, endings: Sequence[Ending], held: Writing) -> bool:
        """Record how items ended; tell whether the drain has to end."""
        judged = [_judged(ending) for ending in endings]
        done = [each.item for each in judged if each.outcome is Outcome.DONE]
        parked = [each for each in judged if each.outcome is Outcome.PARKED]
        waits = [each for each in judged if each.outcome is Outcome.WAIT]
        with self._installation.database.write(held.lease.identity) as connection:
            held.lease.fence(connection)
            self._work.done(connection, done)
            for each in parked:
                self._work.park(connection, [each.item], each.code, each.text)
            for each in waits:
                self._work.hold(connection, [each.item], each.code, each.text)
        self._done += len(done)
        self._parked += len(parked)
        if done or parked:
            self._work.go_on(self._company)
        if waits:
            first = waits[0]
            self._wait(first.code, first.text, first.item.attempts)
        # A handler that ends nothing would be asked for ever.
        return bool(waits) or not (done or parked)

    def _wait(self, code: str, reason: str, tries: int) -> None:
        now = self._installation.clock.now()
        self._work.wait(self._company, code, reason, now + pause_after(code, tries))


def _judged(ending: Ending) -> Ending:
    """Return an ending, parked if the document has been tried often enough."""
    is_own = ending.is_own or _is_of_document(ending.code)
    if ending.outcome is not Outcome.WAIT or not is_own:
        return ending
    tried = ending.item.attempts + 1
    return replace(ending, outcome=Outcome.PARKED) if tried >= ATTEMPTS else ending


def _is_of_document(code: str) -> bool:
    declared = code_named(code)
    return code in OF_DOCUMENTS or (declared is not None and issubclass(declared.error, Uncertain))


def pause_after(code: str, tries: int) -> timedelta:
    """Return how long a lane waits for a reason, after so many tries in a row."""
    declared = code_named(code)
    if code in (LEASE_HELD.name, LEASE_LOST.name, SESSION_TAKEN.name):
        cap = _SHORTLY
    elif declared is not None and issubclass(declared.error, Busy | Unreachable | Uncertain):
        cap = _BUSY
    else:
        cap = _PERSON
    return min(cap, timedelta(seconds=1 << min(tries, _DOUBLINGS)))
