"""Works off what waits for one company: opened once, in order, and logged off at the end.

A company that cannot be worked on keeps what waits, in order and with the reason, and is
looked at again after a time that grows up to a cap.  A document that has trouble of its own
is tried a few times and then parked, so that it never stops those behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from clary.engine.lease import LEASE_HELD, LEASE_LOST
from clary.engine.owner import this_process
from clary.engine.steps import Pace
from clary.hub import begun, planned, pushing, scheduled
from clary.hub.access import Role
from clary.hub.connections import ConnectionKind
from clary.hub.decisions import NOT_WHILE_IN_USE, QUIET_HOURS, SESSION_GROUP, YES, value_for
from clary.hub.handling import Ending, Handler, Outcome, Writing
from clary.hub.happenings import Happening, Kind, put
from clary.hub.installation import Installation
from clary.hub.passing import OF_DOCUMENTS, passing_codes
from clary.hub.plan_work import PLAN_KIND
from clary.hub.presence import people_in, require_nobody
from clary.hub.push import approved
from clary.hub.quiet import quiet_until
from clary.hub.services.applying import Waiting, writing
from clary.hub.services.approving import APPROVAL_NEEDED, APPROVED
from clary.hub.services.opening import Opened, open_company
from clary.hub.services.permissions import needs
from clary.hub.services.working import LaneAnswer, lane_answer
from clary.hub.turns import SESSION_TAKEN, others_wait
from clary.hub.work import Lane, Work, WorkItem
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
HANDLERS: Mapping[str, Handler] = {
    PLAN_KIND: planned.handle,
    pushing.KIND: pushing.handle,
    **scheduled.HANDLERS,
}
"""What does each kind of work."""

CHANGING: Mapping[str, Callable[[Installation, WorkItem], bool]] = {
    PLAN_KIND: planned.changes_company,
    **dict.fromkeys(scheduled.HANDLERS, lambda _, __: False),
}
"""Tells of the kinds of work that may change nothing in the company whether an item does."""

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
_OF_COMPANIES = (Busy, Unreachable, Unauthorised, Misconfigured)
"""Trouble that all the work of a company has: nothing of it is set aside for that."""
LEASE_SECONDS = 20
"""Longest lease of a lane: what a worker leaves that died on another machine waits as long."""

AGAIN = timedelta(seconds=30)
"""How long what was set aside for trouble that passes by itself stays there at a time."""

GROUP_TIME = timedelta(seconds=2)
"""How long a group of items is to take: what came of each is told when all of it has ended.
One of the least size takes longer where each item does."""
_LEAST_GROUP = 10
"""Each group is a plan and a run, which is too much for single documents that take seconds;
the first is no larger, as nobody knows yet how long its documents take."""
_GROWTH = 8
"""Documents that are refused take no time of Sage, and tell nothing of those behind them."""

_DOUBLINGS = 10
_SHORTLY = timedelta(seconds=2)
_BUSY = timedelta(seconds=20)
_PERSON = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is done in one drain, so that others get their turn.

    Attributes:
        time: no items are begun after this time, and a plan makes way after it where another
            company behind the same Sage installation waits.
        group: most items handed over at once; fewer where the company is slow.
        stopped: asked between groups of documents; true ends the drain.
        forced: look at the company although its time has not come yet, or it is paused.
    """

    time: timedelta = timedelta(seconds=10)
    group: int = 500
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
        may = chosen.forced or not (lane.paused_at or early)
        if lane.waiting and may and not chosen.stopped():
            return _Drain(installation, work, lane, chosen, handlers).run()
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
    begun.take_over(Work(installation.database, installation.clock))
    drained = drain(installation, name, Budget(time=timedelta(days=1), forced=True))
    return drained, lane_answer(installation, name)


def _told(work: Work, company: str, done: int, parked: int) -> Drained:
    lane = work.lane(company)
    code, reason = lane.why or (None, None)
    return Drained(company, done, parked, lane.waiting, code, reason)


class _Drain:
    """One drain of one company."""

    def __init__(
        self,
        installation: Installation,
        work: Work,
        lane: Lane,
        budget: Budget,
        handlers: Mapping[str, Handler],
    ) -> None:
        self._installation = installation
        self._work = work
        self._lane = lane
        self._company = lane.company
        self._budget = budget
        self._handlers = handlers
        self._ends = installation.clock.now() + budget.time
        self._done = self._parked = 0
        self._paced: str | None = None
        self._pace = self._first_pace()
        with installation.database.read() as connection:
            self._group = value_for(connection, SESSION_GROUP, self._company)
            hours = value_for(connection, QUIET_HOURS, self._company)
            alone = value_for(connection, NOT_WHILE_IN_USE, self._company) == YES
        # What a person drains by hand, a person has decided.
        self._hours = None if budget.forced else hours
        self._only_alone = alone and not budget.forced

    def _first_pace(self) -> Pace:
        least = min(_LEAST_GROUP, self._budget.group)
        return Pace(self._budget.group, GROUP_TIME, least, least, _GROWTH)

    def run(self) -> Drained:
        """Do it."""
        quiet = self._hours and quiet_until(self._hours, self._installation.clock.now())
        if quiet:
            found = QUIET.finding(company=self._company, until=f"{quiet.astimezone():%H:%M}")
            self._wait_until(quiet, found.code, found.message)
        else:
            self._try()
        return _told(self._work, self._company, self._done, self._parked)

    def _try(self) -> None:
        try:
            self._work_off()
        except ClaryError as error:
            finding = error.findings[0]
            self._wait(error.code, finding.message, self._lane.tries)

    def _work_off(self) -> None:
        while self._work_off_alike():
            pass

    def _work_off_alike(self) -> bool:
        """Work off what waits, up to what the company is opened for otherwise, if such is there.

        Nobody at Sage has to let a writer in for what changes nothing in the company.
        """
        trip = self._installation.trip
        first = self._work.waiting(self._company, 1)
        changed = not first or self._changes(first[0])
        with self._opened(changed=changed) as (opened, held):
            trip("company opened")
            while items := self._next(held):
                if self._changes(items[0]) is not changed:
                    return True
                started = self._installation.clock.now()
                endings = self._handled(opened, held, items)
                self._pace.learn(len(endings), self._installation.clock.now() - started)
                trip("group handled")
                if self._conclude(endings, held):
                    return False
                trip("group concluded")
            self._work.go_on(self._company)
        return False

    def _changes(self, item: WorkItem) -> bool:
        """Tell whether an item changes anything in the company."""
        changes = CHANGING.get(item.kind)
        return changes is None or changes(self._installation, item)

    @contextmanager
    def _opened(self, *, changed: bool) -> Iterator[tuple[Opened, Writing]]:
        """Give the company and its lease; one that is changed is logged on to until the end."""
        installation = self._installation
        seconds = min(LEASE_SECONDS, installation.settings.lease_seconds)
        at_once = Waiting(patience=timedelta(0))
        opened = open_company(installation, self._company)
        if self._only_alone and changed:
            require_nobody(self._company, opened.company)
        held = writing(installation, opened, at_once, changed=changed, seconds=seconds)
        with held as (lease, targets):
            yield opened, Writing(lease, targets, lambda: self._makes_way(opened, changed))

    def _makes_way(self, opened: Opened, changed: bool) -> bool:  # noqa: FBT001 - as it was opened
        """Tell whether the rest is left for a later look, even in the middle of a plan."""
        if self._budget.stopped():
            return True
        if self._is_over and others_wait(self._installation, self._group):
            return True
        if self._only_alone and changed and people_in(self._company, opened.company):
            return True
        return not self._budget.forced and self._work.is_paused(self._company)

    @property
    def _is_over(self) -> bool:
        return self._installation.clock.now() >= self._ends

    def _next(self, held: Writing) -> Sequence[WorkItem]:
        """Return the next items of one kind, or none if the drain is to end."""
        if self._is_over or held.stopped():
            return ()
        items = self._work.waiting(self._company, self._pace.size)
        if items and items[0].kind != self._paced:
            self._paced, self._pace = items[0].kind, self._first_pace()
            items = items[: self._pace.size]
        alike = [(items[0].kind, self._changes(items[0]))] if items else []
        return list(takewhile(lambda each: (each.kind, self._changes(each)) in alike, items))

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
            put(connection, _set_aside(parked, self._installation.clock.now()))
            for each in waits:
                self._work.hold(connection, [each.item], each.code, each.text)
        self._done += len(done)
        self._parked += len(parked)
        if not waits or done or parked:
            self._work.go_on(self._company)
        if waits:
            first = waits[0]
            self._wait(first.code, first.text, first.item.attempts)
        # A handler that ends nothing would be asked for ever.
        return bool(waits) or not (done or parked)

    def _wait(self, code: str, reason: str, tries: int) -> None:
        until = self._installation.clock.now() + pause_after(code, tries)
        self._wait_until(until, code, reason)

    def _wait_until(self, until: datetime, code: str, reason: str) -> None:
        self._work.wait(self._company, code, reason, until, look=self._lane.look)


def _judged(ending: Ending) -> Ending:
    """Return an ending, parked if the document has been tried often enough."""
    is_own = ending.is_own or _is_of_document(ending.code)
    if ending.outcome is not Outcome.WAIT or not is_own:
        return ending
    tried = ending.item.attempts + 1
    return replace(ending, outcome=Outcome.PARKED) if tried >= ATTEMPTS else ending


def _set_aside(parked: Iterable[Ending], at: datetime) -> Iterator[Happening]:
    """Yield what people are told of items that are set aside for the first time.

    Of scheduled work its own handler tells, and of plans that need an approval who asks for it.
    """
    for each in parked:
        item = each.item
        is_told = item.kind in scheduled.HANDLERS or each.code == APPROVAL_NEEDED.name
        if item.attempts < ATTEMPTS and not is_told:
            facts = {"work": item.kind, "about": item.reference}
            facts |= {"code": each.code, "reason": each.text}
            yield Happening(Kind.DOCUMENT_PARKED, at, item.company, facts)


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


def put_back(work: Work) -> int:
    """Put back what was set aside for trouble that passes by itself, and what dead processes left.

    Each is tried once more and, if it must, makes way again: so it is done soon after a
    record is closed or a server is back, and nobody has to know that it was set aside.
    """
    passing = work.put_back(passing_codes(), work.clock.now() - AGAIN)
    return passing + _put_back_approved(work) + begun.take_over(work)


def _put_back_approved(work: Work) -> int:
    """Put back pushes that were set aside just as their plan was approved."""
    code = APPROVAL_NEEDED.name
    with work.database.read() as read:
        if not approved.is_due(read, code, APPROVED):
            return 0
    with work.database.write() as write:
        return approved.put_back(write, code, APPROVED)
