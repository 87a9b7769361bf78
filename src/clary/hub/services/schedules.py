"""Schedules as people see them: what comes again, when, and what came of it last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from clary.engine.plan_store import PlanStore
from clary.engine.runs import UNFINISHED, Runs, RunState, RunSummary
from clary.hub.access import Role
from clary.hub.connections import ConnectionKind, is_name
from clary.hub.installation import Installation
from clary.hub.kinds import tidied, unknown_setting
from clary.hub.plan_work import PLAN_KIND
from clary.hub.scheduled_kinds import ScheduledKind, kind_named, settings_of, settings_text
from clary.hub.schedules import SCHEDULES, Schedule, Schedules, next_run
from clary.hub.services.applying import Applying
from clary.hub.services.applying import reference_of as plan_reference
from clary.hub.services.permissions import companies_seen, inner, needs, needs_somewhere
from clary.hub.trail import Entry
from clary.hub.work import WORK_DROPPED, Work, WorkItem, WorkState
from clary.kernel.change import Body
from clary.kernel.clock import timestamp
from clary.kernel.errors import Finding, Rejected, declare, raise_errors

SCHEDULE_UNKNOWN = declare(
    "SCHEDULE_UNKNOWN",
    Rejected,
    "There is no schedule {name!r}.",
    "`clary schedule list` lists the schedules.",
    http_status=404,
    exit_code=2,
)
SCHEDULE_EXISTS = declare(
    "SCHEDULE_EXISTS",
    Rejected,
    "There is a schedule {name} already.",
    "Use another name, or change it with `clary schedule set {name}`.",
    http_status=409,
    exit_code=2,
)
SCHEDULE_NAME_INVALID = declare(
    "SCHEDULE_NAME_INVALID",
    Rejected,
    "{name!r} cannot be the name of a schedule.",
    "Use 1 to 39 letters, digits, dots, hyphens and underscores, a letter or digit first.",
    exit_code=2,
)
SCHEDULE_INTERVAL_INVALID = declare(
    "SCHEDULE_INTERVAL_INVALID",
    Rejected,
    "A schedule cannot come every {every!r}.",
    "Use 1 minute to 31 days, such as 15m, 2h or 1d.",
    exit_code=2,
)
SCHEDULE_FIRST_INVALID = declare(
    "SCHEDULE_FIRST_INVALID",
    Rejected,
    "A schedule cannot come first at {first}.",
    "State a moment from now on, at most 31 days ahead.",
    exit_code=2,
)

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=31)
_UNITS: Mapping[str, timedelta] = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
}
_INTERVAL = re.compile("([1-9][0-9]{0,4})([mhd])")


class Standing(StrEnum):
    """How a schedule stands by what came of it last.

    new: it has not come yet; waiting: what it added waits or is being done; with errors: some
    documents were refused; failed: nothing was done, and somebody has to look at it.
    """

    NEW = "new"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    WITH_ERRORS = "with errors"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ScheduleAnswer:
    """A schedule as faces show it.

    Attributes:
        schedule: the schedule.
        standing: how it stands.
        message: the same in words.
        code: why it waits or failed, by code.
        run: id of the run that applied its last plan.
        stored: it is there.
    """

    schedule: Schedule
    standing: Standing = Standing.NEW
    message: str = ""
    code: str | None = None
    run: str | None = None
    stored: bool = True

    def as_dict(self) -> Body:
        """Return it as JSON-ready values."""
        shown = self.schedule
        last = shown.last
        return {
            "name": shown.name,
            "company": shown.company,
            "kind": shown.kind,
            "settings": {**settings_of(shown)},
            "every": interval_text(shown.every),
            "next_run_at": None if shown.paused_at else timestamp(shown.next_run_at),
            "last_run_at": None if shown.last_run_at is None else timestamp(shown.last_run_at),
            "author": shown.author,
            "paused_by": shown.paused_by,
            "paused_at": None if shown.paused_at is None else timestamp(shown.paused_at),
            "last": {
                "standing": self.standing.value,
                "code": self.code,
                "message": self.message,
                "plan": None if last is None else last.plan,
                "run": self.run,
                "ended_at": None if last is None else timestamp(last.ended_at),
            },
            "stored": self.stored,
        }


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """What is to be changed of a schedule; what is none stays as it is.

    Attributes:
        every: from one run to the next, such as 15m.
        settings: name and value.
        removed: names of settings to forget.
        paused: add nothing until it is resumed, or go on.
        first: when it comes next, aware; all later ones are reckoned from there.
    """

    every: str | None = None
    settings: Sequence[tuple[str, str]] = ()
    removed: Sequence[str] = field(default=())
    paused: bool | None = None
    first: datetime | None = None


def interval_of(text: str) -> timedelta:
    """Return an interval that is written as 15m, 2h or 1d.

    Raises:
        Rejected: it is none, or shorter or longer than a schedule can be
            (SCHEDULE_INTERVAL_INVALID).
    """
    found = _INTERVAL.fullmatch(text.strip())
    every = int(found[1]) * _UNITS[found[2]] if found else timedelta(0)
    if not SHORTEST <= every <= LONGEST:
        raise SCHEDULE_INTERVAL_INVALID.raised(field="every", every=text[:20])
    return every


def interval_text(every: timedelta) -> str:
    """Return an interval as `interval_of` reads it, in the largest unit that fits."""
    for unit, length in _UNITS.items():
        if every >= length and not every % length:
            return f"{every // length}{unit}"
    return f"{int(every.total_seconds())}s"


def applying_of(schedule: Schedule) -> Applying:
    """Return how the plans of a schedule are applied."""
    return Applying(confirmed=kind_named(schedule.kind).confirmed(settings_of(schedule)))


def reference_of(schedule: Schedule, plan: str) -> str:
    """Return what the work remembers of a plan that a schedule has made."""
    return plan_reference(plan, schedule.author or "", applying_of(schedule))


@needs_somewhere(Role.VIEWER)
def list_schedules(
    installation: Installation,
    company: str | None = None,
    after: str = "",
    limit: int | None = None,
) -> list[ScheduleAnswer]:
    """Return the schedules by name with what came of them last.

    Args:
        installation: whose schedules.
        company: only those of this company.
        after: only those after the one of this name.
        limit: most schedules; all if none.

    Raises:
        Misconfigured: there is no such company (CONNECTION_UNKNOWN).
    """
    among = companies_seen(installation)
    if company is not None:
        installation.access.require(Role.VIEWER, company)
        among = [installation.connections.get(company, ConnectionKind.COMPANY).name]
    found = _schedules(installation).all(among, after, limit)
    return _answers(installation, found)


@needs_somewhere(Role.VIEWER)
def show_schedule(installation: Installation, name: str) -> ScheduleAnswer:
    """Return one schedule.

    Raises:
        Rejected: there is none of this name (SCHEDULE_UNKNOWN).
    """
    with installation.database.read() as read:
        found = _get(installation, read, name, Role.VIEWER)
    return _answers(installation, [found])[0]


@needs(Role.ADMIN, "company")
def add_schedule(
    installation: Installation,
    name: str,
    kind: str,
    company: str,
    wanted: ScheduleChange,
    *,
    dry_run: bool = False,
) -> ScheduleAnswer:
    """Have work done again and again.

    Args:
        installation: where it is stored.
        name: what it is called.
        kind: name of its kind.
        company: name of the company.
        wanted: how often, and the settings of the kind; it comes first at once where no
            first time is stated.
        dry_run: only check.

    Raises:
        Rejected: name, kind, interval or setting cannot be used; all problems together.
        Misconfigured: there is no such company or app (CONNECTION_UNKNOWN).
    """
    connected = installation.connections.get(company, ConnectionKind.COMPANY)
    if not is_name(name):
        raise SCHEDULE_NAME_INVALID.raised(field="name", name=name[:80])
    chosen = kind_named(kind)
    settings = _settings(installation, chosen, {}, wanted)
    now = installation.clock.now()
    schedule = Schedule(
        name=name,
        company=connected.name,
        kind=chosen.name,
        reference=settings_text(settings),
        every=interval_of(wanted.every or "15m"),
        next_run_at=_first(wanted, now) or now,
        author=installation.actor,
    )
    schedule = _paused(schedule, wanted, installation.actor, now)
    schedules = _schedules(installation)
    with installation.database.write(SCHEDULES) as write:
        found = schedules.find(write, name)
        if found is not None:
            raise SCHEDULE_EXISTS.raised(field="name", name=found.name)
        if not dry_run:
            schedules.put(write, schedule)
            _note(installation, write, "add", schedule, new=_told(schedule))
    return ScheduleAnswer(schedule, stored=not dry_run)


@needs_somewhere(Role.ADMIN)
def change_schedule(
    installation: Installation, name: str, wanted: ScheduleChange, *, dry_run: bool = False
) -> ScheduleAnswer:
    """Change a schedule; from then on its work is done in the name of whoever changed it.

    A plan that waits for an approval is forgotten, and made anew when the schedule comes next.

    Raises:
        Rejected: there is none of this name (SCHEDULE_UNKNOWN), or interval or setting cannot
            be used.
        Unauthorised: its company is one where the role admin is missing (ROLE_MISSING).
    """
    while True:
        with installation.database.read() as read:
            before = _get(installation, read, name, Role.ADMIN)
        settings = _settings(installation, kind_named(before.kind), settings_of(before), wanted)
        changed = _stored(installation, before, settings_text(settings), wanted, dry_run=dry_run)
        if changed is not None:
            return replace(_answers(installation, [changed])[0], stored=not dry_run)


def _stored(
    installation: Installation,
    looked_at: Schedule,
    settings: str,
    wanted: ScheduleChange,
    *,
    dry_run: bool,
) -> Schedule | None:
    """Store a changed schedule and return it; none if its settings were changed since.

    Args:
        installation: where it is stored.
        looked_at: the schedule that the settings were made of.
        settings: its settings as they shall be.
        wanted: what else is changed.
        dry_run: store nothing.

    Raises:
        Rejected, Unauthorised: as for `change_schedule`.
    """
    schedules, name = _schedules(installation), looked_at.name
    now = installation.clock.now()
    wanted_every = None if wanted.every is None else interval_of(wanted.every)
    first = _first(wanted, now)
    with installation.database.write(SCHEDULES) as write:
        before = _get(installation, write, name, Role.ADMIN)
        if (before.kind, before.reference) != (looked_at.kind, looked_at.reference):
            return None
        every = wanted_every or before.every
        changed = replace(
            before,
            reference=settings,
            every=every,
            starts_at=first or before.starts_at,
            next_run_at=first or before.next_run_at,
            author=installation.actor,
        )
        changed = _paused(changed, wanted, installation.actor, now)
        if before.last is not None and before.last.code is not None:
            changed = replace(changed, last=replace(before.last, plan=None))
        if first is None and every != before.every:
            changed = replace(changed, next_run_at=next_run(changed, now))
        if not dry_run:
            schedules.put(write, changed)
            _note(installation, write, "set", changed, old=_told(before), new=_told(changed))
    return changed


@needs_somewhere(Role.ADMIN)
def remove_schedule(
    installation: Installation, name: str, *, dry_run: bool = False
) -> ScheduleAnswer:
    """Forget a schedule; what it has done stays, and what it added already is still done.

    Raises:
        Rejected: there is none of this name (SCHEDULE_UNKNOWN).
        Unauthorised: its company is one where the role admin is missing (ROLE_MISSING).
    """
    with installation.database.write(SCHEDULES) as write:
        found = _get(installation, write, name, Role.ADMIN)
        if not dry_run:
            _remove(installation, write, found)
    return ScheduleAnswer(found, stored=dry_run)


@needs_somewhere(Role.OPERATOR)
def run_schedule(installation: Installation, name: str, *, dry_run: bool = False) -> ScheduleAnswer:
    """Have the work of a schedule done now, once, whether or not it is paused.

    It goes to the lane of its company, where a server does it; what waits there already is not
    added again.  When the schedule comes next does not change.

    Raises:
        Rejected: there is none of this name (SCHEDULE_UNKNOWN).
        Unauthorised: its company is one where the role operator is missing (ROLE_MISSING).
    """
    schedules = _schedules(installation)
    with installation.database.write(SCHEDULES) as write:
        found = _get(installation, write, name, Role.OPERATOR)
        if not dry_run and schedules.add_work(write, found):
            _note(installation, write, "run", found)
    return _answers(installation, [found])[0]


@inner
def forget_schedules(installation: Installation, company: str) -> None:
    """Forget the schedules of a company whose connection is removed."""
    for each in _schedules(installation).all([company]):
        with installation.database.write(SCHEDULES) as write:
            _remove(installation, write, each)


def _schedules(installation: Installation) -> Schedules:
    return Schedules(installation.database, installation.clock)


def _get(installation: Installation, read: Connection, name: str, role: Role) -> Schedule:
    """Return a schedule; one of a company that may not be seen is not there.

    Raises:
        Rejected: there is none (SCHEDULE_UNKNOWN).
        Unauthorised: the role is missing for its company (ROLE_MISSING).
    """
    found = _schedules(installation).find(read, name)
    if found is None or not installation.access.allows(Role.VIEWER, found.company):
        raise SCHEDULE_UNKNOWN.raised(name=name[:80])
    installation.access.require(role, found.company)
    return found


def _remove(installation: Installation, write: Connection, schedule: Schedule) -> None:
    _schedules(installation).remove(write, schedule.name)
    _note(installation, write, "remove", schedule, old=_told(schedule))


def _settings(
    installation: Installation,
    kind: ScheduledKind,
    before: Mapping[str, str],
    wanted: ScheduleChange,
) -> dict[str, str]:
    """Return the settings of a schedule as they are stored.

    Raises:
        Rejected: settings that the kind does not have, values that it does not take, or some
            that are missing; all problems together.
        Misconfigured: there is no such app (CONNECTION_UNKNOWN).
    """
    settings, findings = dict(before), list[Finding]()
    for name in wanted.removed:
        if kind.setting(name) is None:
            findings.append(unknown_setting(name, [kind]))
        settings.pop(name, None)
    for name, value in wanted.settings:
        setting = kind.setting(name)
        if setting is None:
            findings.append(_unknown(kind, name))
        else:
            settings[name], problems = tidied(kind, setting, value)
            findings.extend(problems)
    raise_errors([*findings, *kind.missing(frozenset(settings))])
    if "app" in settings:
        settings["app"] = installation.connections.get(settings["app"], ConnectionKind.APP).name
    return settings


def _unknown(kind: ScheduledKind, name: str) -> Finding:
    finding = unknown_setting(name, [kind])
    return finding if kind.settings else replace(finding, remedy="It has none: leave this out.")


def _first(wanted: ScheduleChange, now: datetime) -> datetime | None:
    first = wanted.first
    if first is not None and not now - SHORTEST <= first <= now + LONGEST:
        raise SCHEDULE_FIRST_INVALID.raised(field="first", first=timestamp(first))
    return first


def _paused(schedule: Schedule, wanted: ScheduleChange, actor: str, now: datetime) -> Schedule:
    """Return a schedule paused or resumed as wanted."""
    if wanted.paused is None:
        return schedule
    if not wanted.paused:
        return replace(schedule, paused_by=None, paused_at=None)
    return replace(schedule, paused_by=actor, paused_at=schedule.paused_at or now)


def _told(schedule: Schedule) -> Mapping[str, object]:
    """Return what the audit trail keeps of a schedule."""
    return {
        "kind": schedule.kind,
        "settings": settings_of(schedule),
        "every": interval_text(schedule.every),
        "paused": schedule.paused_at is not None,
    }


def _note(
    installation: Installation,
    write: Connection,
    verb: str,
    schedule: Schedule,
    old: Mapping[str, object] | None = None,
    new: Mapping[str, object] | None = None,
) -> None:
    entry = Entry(
        f"schedule.{verb}",
        company=schedule.company,
        record=schedule.name,
        old=old or {},
        new=new or {},
    )
    installation.trail.record(write, entry)


# --- what came of it ----------------------------------------------------------------------


def _answers(installation: Installation, schedules: Sequence[Schedule]) -> list[ScheduleAnswer]:
    """Return schedules with how they stand."""
    work = Work(installation.database, installation.clock)
    waiting: dict[tuple[str, str], WorkItem] = {}
    with installation.database.read() as read:
        for kind in {each.kind for each in schedules}:
            names = [each.name for each in schedules if each.kind == kind]
            for item in work.of(read, kind, names):
                if item.state is WorkState.WAITING:
                    waiting[item.kind, item.reference] = item
    return [_answer(installation, each, waiting.get((each.kind, each.name))) for each in schedules]


def _answer(
    installation: Installation, schedule: Schedule, item: WorkItem | None
) -> ScheduleAnswer:
    last = schedule.last
    if item is not None:
        message = item.reason or "It waits its turn."
        return ScheduleAnswer(schedule, Standing.WAITING, message, item.reason_code)
    if last is None:
        return ScheduleAnswer(schedule, message="It has not come yet.")
    if last.code is not None:
        return ScheduleAnswer(schedule, Standing.FAILED, last.message, last.code)
    if last.plan is None:
        return ScheduleAnswer(schedule, Standing.SUCCEEDED, last.message)
    run_id = PlanStore(installation.database).summary(last.plan).run
    if run_id is not None:
        return _of_run(schedule, Runs(installation.database).summary(run_id))
    return _of_plan(schedule, _plan_items(installation, schedule, last.plan))


def _plan_items(installation: Installation, schedule: Schedule, plan: str) -> list[WorkItem]:
    work = Work(installation.database, installation.clock)
    with installation.database.read() as read:
        return work.of(read, PLAN_KIND, [reference_of(schedule, plan)])


def _of_plan(schedule: Schedule, items: Iterable[WorkItem]) -> ScheduleAnswer:
    """Return how a schedule stands whose plan was not applied."""
    parked = next((each for each in items if each.state is WorkState.PARKED), None)
    if parked is not None:
        return ScheduleAnswer(schedule, Standing.FAILED, parked.reason or "", parked.reason_code)
    item = next((each for each in items if each.state is WorkState.WAITING), None)
    dropped = next((each for each in items if each.reason_code == WORK_DROPPED.name), None)
    if item is None and dropped is not None:
        return ScheduleAnswer(schedule, Standing.FAILED, dropped.reason or "", WORK_DROPPED.name)
    message = (item.reason if item else None) or "The plan waits its turn."
    return ScheduleAnswer(schedule, Standing.WAITING, message, item.reason_code if item else None)


def _of_run(schedule: Schedule, run: RunSummary) -> ScheduleAnswer:
    counts = {
        "applied": run.applied,
        "there already": run.skipped,
        "rejected": run.rejected,
        "pending": run.pending,
        "failed": run.failed,
    }
    told = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    if run.state in UNFINISHED:
        standing = Standing.WAITING
    elif run.state in (RunState.REFUSED, RunState.STOPPED):
        standing = Standing.FAILED
    else:
        standing = Standing.WITH_ERRORS if run.rejected or run.failed else Standing.SUCCEEDED
    message = f"{told or 'nothing had to be written'} (run {run.state.value})"
    return ScheduleAnswer(schedule, standing, message, run=run.id)
