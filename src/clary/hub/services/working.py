"""The work that waits for companies, as people see it: lists, drains, pauses and goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import text

from clary.engine.lease import LEASE_HELD
from clary.engine.owner import named
from clary.engine.plan_store import PlanStore
from clary.engine.runs import Runs
from clary.hub.access import ROLE_MISSING, Role
from clary.hub.connections import ConnectionKind
from clary.hub.holding import hold, let_go
from clary.hub.installation import Installation
from clary.hub.pausing import is_held
from clary.hub.plan_work import PLAN_KIND
from clary.hub.queued import item_dict, plans_of
from clary.hub.services.applying import (
    Applying,
    RunAnswer,
    apply_plan,
    reference_of,
    require_appliable,
    resume_run,
)
from clary.hub.services.permissions import inner, needs, needs_nothing, seen
from clary.hub.trail import Entry
from clary.hub.turns import SESSION_TAKEN
from clary.hub.work import Lane, Work, WorkItem, WorkState, scope
from clary.hub.workers import Workers
from clary.kernel.change import Body
from clary.kernel.clock import timestamp_or_none
from clary.kernel.errors import (
    Busy,
    ClaryError,
    Finding,
    Guarded,
    Unauthorised,
    Uncertain,
    Unreachable,
    code_named,
    declare,
    error_of,
)
from clary.kernel.exit_codes import ExitCode

RUN_REFUSED = declare(
    "RUN_REFUSED",
    Guarded,
    "The run {run} was refused before its first write: there is nothing to go on with.",
    "Mend what it was refused for and apply its plan again, or plan anew.",
)


@dataclass(frozen=True, slots=True)
class LaneAnswer:
    """How the work of a company stands, as faces show it."""

    lane: Lane
    items: Sequence[WorkItem] = ()
    plans: Mapping[int, str] = field(default_factory=dict)
    """Ids of the plans that items are about, by the number of the item."""

    @property
    def reason(self) -> tuple[str, str] | None:
        """Why the work waits, as code and text; none if nothing stands against it."""
        return self.lane.why

    @property
    def exit_status(self) -> ExitCode:
        """Exit code of a command that drained it."""
        if self.lane.waiting and self.reason is not None:
            return ExitCode.UNAVAILABLE
        return ExitCode.REJECTED if self.lane.parked else ExitCode.OK

    def as_dict(self) -> Body:
        """Return it as JSON-ready values."""
        lane, (code, reason) = self.lane, self.reason or (None, None)
        return {
            "company": lane.company,
            "waiting": lane.waiting,
            "parked": lane.parked,
            "reason_code": code,
            "reason": reason,
            "waiting_since": timestamp_or_none(lane.waiting_since),
            "next_look_at": timestamp_or_none(lane.not_before),
            "paused_by": lane.paused_by and named(lane.paused_by),
            "paused_at": timestamp_or_none(lane.paused_at),
            "working": lane.draining_by,
            "drained_at": timestamp_or_none(lane.drained_at),
            "items": [item_dict(each, self.plans.get(each.serial)) for each in self.items],
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """How the work of the installation stands."""

    lanes: Sequence[Lane]
    workers: int


def _work(installation: Installation) -> Work:
    return Work(installation.database, installation.clock)


@needs(Role.VIEWER, "company")
def list_work(
    installation: Installation, company: str | None = None, limit: int = 50
) -> list[LaneAnswer]:
    """Return how the work stands, of one company with its items, or of all.

    Raises:
        Misconfigured: there is no such company (CONNECTION_UNKNOWN).
    """
    work = _work(installation)
    if company is None:
        found = seen(installation, work.lanes(), lambda lane: lane.company)
        return [LaneAnswer(lane) for lane in found]
    return [_answer(work, _name(installation, company), limit)]


def _name(installation: Installation, company: str) -> str:
    return installation.connections.get(company, ConnectionKind.COMPANY).name


@inner
def lane_answer(installation: Installation, company: str) -> LaneAnswer:
    """Return how the work of a connected company stands, by its name as stored."""
    return _answer(_work(installation), company)


def _answer(work: Work, company: str, limit: int = 50) -> LaneAnswer:
    items = [*work.parked(company, limit), *work.waiting(company, limit)][:limit]
    with work.database.read() as read:
        plans = plans_of(read, items)
    return LaneAnswer(work.lane(company), items, plans)


@needs(Role.OPERATOR, "company")
def pause_work(installation: Installation, company: str, *, dry_run: bool = False) -> LaneAnswer:
    """Begin nothing more for a company; what is being written is finished.

    Raises:
        Misconfigured: there is no such company (CONNECTION_UNKNOWN).
    """
    work, name = _work(installation), _name(installation, company)
    paused_by = work.paused_by(name)
    if not dry_run and (paused_by is None or is_held(paused_by)):
        with installation.database.write(scope(name)) as connection:
            work.pause(connection, name, installation.actor)
            installation.trail.record(connection, Entry("work.pause", company=name))
    return _answer(work, name)


@needs(Role.OPERATOR, "company")
def resume_work(installation: Installation, company: str, *, dry_run: bool = False) -> LaneAnswer:
    """Go on with a company that was paused, and look at it at once.

    Raises:
        Misconfigured: there is no such company (CONNECTION_UNKNOWN).
    """
    work, name = _work(installation), _name(installation, company)
    if not dry_run:
        with installation.database.write(scope(name)) as connection:
            work.resume(connection, name)
            installation.trail.record(connection, Entry("work.resume", company=name))
    return _answer(work, name)


@needs(Role.OPERATOR, "company")
def retry_work(installation: Installation, company: str, *, dry_run: bool = False) -> LaneAnswer:
    """Put back what was parked for a person, in its old place.

    Raises:
        Misconfigured: there is no such company (CONNECTION_UNKNOWN).
    """
    work, name = _work(installation), _name(installation, company)
    if not dry_run:
        with installation.database.write(scope(name)) as connection:
            work.retry(connection, name)
            installation.trail.record(connection, Entry("work.retry", company=name))
    return _answer(work, name)


@needs(Role.OPERATOR, plan="plan_id")
def queue_plan(installation: Installation, plan_id: str, applying: Applying) -> str:
    """Have a plan applied when its turn comes, and return the name of its company.

    Raises:
        Rejected, Guarded, Misconfigured, Unauthorised: as for `apply_plan`; but a company that
            cannot be read just now is asked what the plan comes to as its turn comes.
    """
    plan = PlanStore(installation.database).summary(plan_id)
    try:
        require_appliable(installation, plan, applying)
    except (Busy, Unreachable, Unauthorised) as error:
        if error.code == ROLE_MISSING.name:
            raise
    company, work = plan.header.company, _work(installation)
    reference = reference_of(plan_id, installation.actor, applying)
    with installation.database.write(scope(company)) as connection:
        # What was set aside of it makes way; what waits already keeps its place.
        work.settle(connection, PLAN_KIND, [reference])
        known = work.of(connection, PLAN_KIND, [reference])
        if not any(each.state is WorkState.WAITING for each in known):
            work.add(connection, company, PLAN_KIND, [reference])
    return company


@needs(Role.OPERATOR, plan="plan_id")
def apply_in_turn(installation: Installation, plan_id: str, applying: Applying) -> RunAnswer:
    """Apply a plan; while another process writes to its company, it waits there in order.

    Where no worker is alive, the other process is waited for instead; so it is where
    `applying` has no patience, and then not at all.

    Raises:
        Rejected, Guarded, Busy, Misconfigured, Unreachable, Unauthorised: as for
            `apply_plan`.
    """

    def apply(how: Applying) -> RunAnswer:
        return apply_plan(installation, plan_id, how)

    return _in_turn(installation, apply, plan_id, applying)


@needs(Role.OPERATOR, run="run_id")
def resume_in_turn(installation: Installation, run_id: str, applying: Applying) -> RunAnswer:
    """Go on with a run as `resume_run` does; it waits in turn as with `apply_in_turn`.

    Raises:
        Guarded: it was refused (RUN_REFUSED).
        Rejected, Guarded, Busy, Misconfigured, Unreachable, Unauthorised: as for
            `resume_run`.
    """
    plan = planned_of(installation, run_id)

    def resume(how: Applying) -> RunAnswer:
        return resume_run(installation, run_id, how)

    return _in_turn(installation, resume, plan, applying)


@inner
def planned_of(installation: Installation, run_id: str) -> str:
    """Return the plan that a run goes on with.

    Raises:
        Rejected: there is no such run (RUN_UNKNOWN).
        Guarded: it was refused (RUN_REFUSED).
    """
    plans = Runs(installation.database).summary(run_id).plans
    if not plans:
        raise RUN_REFUSED.raised(run=run_id)
    return plans[0]


def _in_turn(
    installation: Installation,
    write: Callable[[Applying], RunAnswer],
    plan_id: str,
    applying: Applying,
) -> RunAnswer:
    """Return what `write` did, now or when the turn of its plan has come."""
    waiting = applying.waiting
    alive = Workers(installation.database, installation.clock).alive()
    if not (alive and waiting.patience):
        return write(applying)
    try:
        return write(replace(applying, waiting=replace(waiting, patience=timedelta(0))))
    except Busy as error:
        if error.code not in (LEASE_HELD.name, SESSION_TAKEN.name):
            raise
        waiting.notice(f"Waiting in turn: {error.findings[0].message}")
    company = queue_plan(installation, plan_id, applying)
    return _followed(installation, company, plan_id, applying)


@inner
@contextmanager
def held_back(installation: Installation, company: str, what: str) -> Iterator[Callable[[], None]]:
    """Keep what waits for a company waiting while the block lasts, and this process lives.

    For what has to have the company for itself and is no plan: a lane that does one thing
    after another would hardly ever let it in.

    Gives what keeps them waiting where somebody else did as the block began, and has ended since:
    it is to be called now and then while the block waits for the company.

    Args:
        installation: whose company.
        company: the company, however it is called.
        what: what it is kept for, such as "a restore of its books".
    """
    work = _work(installation)
    connection = installation.connections.find(company)
    if connection is None:
        yield lambda: None
        return
    name = connection.name
    holder: str | None = None

    def keep() -> None:
        nonlocal holder
        if holder is None and work.paused_by(name) is None:
            with installation.database.write(scope(name)) as write:
                holder = hold(work, write, name, f"{what} by {installation.actor}")

    keep()
    try:
        yield keep
    finally:
        if holder is not None:
            with installation.database.write(scope(name)) as write:
                let_go(write, name, holder)


def _followed(
    installation: Installation, company: str, plan_id: str, applying: Applying
) -> RunAnswer:
    """Return the run of a plan that waits, once it has ended."""
    work, waiting = _work(installation), applying.waiting
    reference = reference_of(plan_id, installation.actor, applying)
    told: str | None = None
    while True:
        with installation.database.read() as connection:
            item = work.of(connection, PLAN_KIND, [reference])[-1]
        run = PlanStore(installation.database).summary(plan_id).run
        summary = None if run is None else Runs(installation.database).summary(run)
        if summary is not None:
            applying.progress(summary)
        if item.state is not WorkState.WAITING:
            is_lost = item.state is WorkState.PARKED and not _passes(item)
            if summary is None or is_lost:
                raise _parked(item)
            return RunAnswer(summary)
        if item.reason != told and item.reason is not None:
            waiting.notice(f"{company} waits: {item.reason}")
            told = item.reason
        waiting.pause()


def _passes(item: WorkItem) -> bool:
    """Tell whether what an item was set aside for may pass by itself."""
    declared = code_named(item.reason_code or "")
    return declared is not None and issubclass(declared.error, Busy | Unreachable | Uncertain)


def _parked(item: WorkItem) -> ClaryError:
    """Return what an item was set aside for, as the error that it would have been."""
    code = item.reason_code or ""
    return error_of((Finding(code, item.reason or "", f"See `clary work list {item.company}`."),))


@inner
def look_again(installation: Installation, company: str | None) -> None:
    """Have a company looked at soon, because what it waits for may have gone; all if none."""
    with installation.database.write(scope(company) if company else "") as connection:
        _work(installation).look_again(connection, company)


@needs_nothing
def healthy(installation: Installation) -> Body:
    """Say that the installation works.

    Raises:
        Busy, Unreachable, Misconfigured: its database does not.
    """
    with installation.database.read() as connection:
        connection.execute(text("select 1"))
    return {"status": "ok"}


@needs_nothing
def standing(installation: Installation) -> Standing:
    """Return how much waits; who asks may not tell companies apart.

    Raises:
        Busy, Unreachable, Misconfigured: the database cannot be read.
    """
    alive = Workers(installation.database, installation.clock).alive()
    return Standing(_work(installation).lanes(), len(alive))
