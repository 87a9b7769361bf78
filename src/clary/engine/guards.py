"""What stops a plan before its first write: wrong books, too many changes, stale records.

Each guard has a code; some may be confirmed by a person, by naming the code.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sqlalchemy import func, or_, select

from clary.engine.decide import RECORD_STALE
from clary.engine.lease import Lease
from clary.engine.plan import PlanState, PlanSummary
from clary.engine.plan_store import PlanStore
from clary.engine.tables import PLAN_CHANGES, PLANS
from clary.kernel.change import Action, Census, Change, Identified, Sight, Target, Verb
from clary.kernel.errors import (
    Code,
    Finding,
    Guarded,
    Misconfigured,
    Rejected,
    declare,
    raise_errors,
)
from clary.store import Database

_CONFIRMABLE: dict[str, Code] = {}


def confirmable(code: Code) -> Code:
    """Let a person who knows better confirm a guard, by the name of its code; return it."""
    _CONFIRMABLE[code.name] = code
    return code


PLAN_UNFINISHED = declare(
    "PLAN_UNFINISHED",
    Guarded,
    "The plan {plan} was never finished and cannot be applied.",
    "Make the plan again.",
)
PLAN_APPLIED = declare(
    "PLAN_APPLIED",
    Guarded,
    "The plan {plan} was applied by run {run}.",
    "See `clary runs show {run}`; a run that was interrupted is resumed, not applied again.",
)
PLAN_GONE = declare(
    "PLAN_GONE",
    Guarded,
    "The bodies of plan {plan} are past their retention; it cannot be applied any more.",
    "Make the plan again.",
)
PLANS_MIXED = declare(
    "PLANS_MIXED",
    Guarded,
    "The plans of one run must be for one company; {plan} is for another.",
    "Apply the plans one by one.",
)
PLAN_STALE = declare(
    "PLAN_STALE",
    Guarded,
    "Changed after the plan was made: {count} of its records; nothing was written.",
    "Plan again; the new plan starts from the records as they are now.",
)
WRONG_COMPANY = declare(
    "WRONG_COMPANY",
    Guarded,
    "The plan is for the company {planned}, and {found} answered.",
    "Open the right company, or correct the connection's settings.",
)
COMPANY_RESTORED = declare(
    "COMPANY_RESTORED",
    Guarded,
    "The books were restored from a backup after the plan was made.",
    "Plan again; documents posted before that the restored books lack are then named, and"
    " posted again only with --post-missing.",
)
MASS_CHANGE = confirmable(
    declare(
        "MASS_CHANGE",
        Guarded,
        "The plan deletes, takes back or overwrites {count} of {population} records of type"
        " {type}.",
        "Look through the plan; if it is really meant, apply it with --confirm {code}.",
    )
)
BOOKS_RESTORED = confirmable(
    declare(
        "BOOKS_RESTORED",
        Guarded,
        "{missing} of {known} documents that were posted before are missing. "
        "Were the books restored from a backup?",
        "Look at the company; if the documents shall be posted again, do the same with"
        " --post-missing (`clary batch run` and `clary plan apply` need --confirm {code} as well).",
    )
)
GUARD_UNKNOWN = declare(
    "GUARD_UNKNOWN",
    Rejected,
    "There is no guard {name} that can be confirmed.",
    "Use one of: {known}.",
    http_status=400,
    exit_code=2,
)
TARGET_MISSING = declare(
    "TARGET_MISSING",
    Misconfigured,
    "The plan changes the system {system}, which is not connected here.",
    "Add the connection {system}, or plan without it.",
)

MASS_COUNT = 10
MASS_SHARE = 5
"""A plan may change this many records of a type, or one in five, whichever is more."""

STALE_SHOWN = 100
"""Most stale records that one refusal names."""

LOOKED_AT_ONCE = 100


def guards_to_confirm() -> tuple[str, ...]:
    """Return the codes of the guards that a person may confirm, by name."""
    return tuple(sorted(_CONFIRMABLE))


def check_confirmed(names: Iterable[str]) -> None:
    """Make sure that a person confirms guards that there are.

    Raises:
        Rejected: there is no such guard (GUARD_UNKNOWN), for each of them.
    """
    known = ", ".join(guards_to_confirm())
    wrong = sorted(set(names) - _CONFIRMABLE.keys())
    raise_errors([GUARD_UNKNOWN.finding(name=name, known=known) for name in wrong])


def check_appliable(plans: Sequence[PlanSummary]) -> None:
    """Make sure that plans can be applied as one run.

    Raises:
        Guarded: one is unfinished, applied or pruned, or they are for different companies.
    """
    first = plans[0].header
    for plan in plans:
        if plan.state is PlanState.WRITING:
            raise PLAN_UNFINISHED.raised(plan=plan.id)
        if plan.state is PlanState.PRUNED:
            raise PLAN_GONE.raised(plan=plan.id)
        if plan.state is PlanState.APPLIED:
            raise PLAN_APPLIED.raised(plan=plan.id, run=plan.run)
        header = plan.header
        if (header.company, header.identity) != (first.company, first.identity):
            raise PLANS_MIXED.raised(plan=plan.id)


def check_blocked(store: PlanStore, plan: PlanSummary, confirmed: Collection[str]) -> None:
    """Make sure that no error stands against the plan as a whole.

    Raises:
        ClaryError: an error that is not a guard, or a guard that nobody confirmed; all
            of them together.
    """
    left = [code for code in plan.blocked if not (code in confirmed and code in _CONFIRMABLE)]
    if left:
        raise_errors([each for each in store.remarks(plan.id) if each.code in left])


def check_company(plan: PlanSummary, lease: Lease, targets: Mapping[str, Target]) -> None:
    """Make sure that the plan meets the books it was made for.

    Raises:
        Guarded: other books answer (WRONG_COMPANY), or they were restored since
            (COMPANY_RESTORED).
    """
    header = plan.header
    if lease.identity != header.identity:
        raise WRONG_COMPANY.raised(planned=header.identity, found=lease.identity)
    target: object = targets.get(header.company)
    if isinstance(target, Identified):
        if target.identity != header.identity:
            raise WRONG_COMPANY.raised(planned=header.identity, found=target.identity)
        if target.generation != header.generation:
            raise COMPANY_RESTORED.raised()


def check_mass(
    database: Database,
    plan: PlanSummary,
    targets: Mapping[str, Target],
    confirmed: Collection[str],
) -> None:
    """Make sure that every system is connected and no record type is mostly overwritten.

    An undo plan is not counted: it touches only what its run made, and was shown.

    Raises:
        Misconfigured: a system of the plan is not connected (TARGET_MISSING).
        Guarded: too many records of a type would be changed (MASS_CHANGE).
    """
    found: list[Finding] = []
    for system, record_type, count in _touched(database, plan):
        target: object = target_of(targets, system)
        if count <= MASS_COUNT or plan.header.undoes or MASS_CHANGE.name in confirmed:
            continue
        enough = MASS_SHARE * count
        population = target.population(record_type, enough) if isinstance(target, Census) else count
        if population < enough:
            found.append(
                MASS_CHANGE.finding(
                    count=count, population=population, type=record_type, code=MASS_CHANGE.name
                )
            )
    if found:
        raise Guarded(*found)


def target_of(targets: Mapping[str, Target], system: str) -> Target:
    """Return the target of a system.

    Raises:
        Misconfigured: it is not connected (TARGET_MISSING).
    """
    target = targets.get(system)
    if target is None:
        raise TARGET_MISSING.raised(system=system)
    return target


def _touched(database: Database, plan: PlanSummary) -> Iterator[tuple[str, str, int]]:
    """Yield each system and record type with how many records lose what they hold."""
    columns = PLAN_CHANGES.c
    # An update that states nothing (unchanged, answered before) overwrites nothing.
    states_something = columns.content.not_like('%"after":{}%')
    overwrites = columns.action.in_((Action.UPDATE.value, Action.DELETE.value)) & states_something
    reverses = (columns.action == Action.ACT.value) & or_(
        *(columns.content.like(f'%"verb":"{verb.value}"%') for verb in (Verb.VOID, Verb.REVERSE))
    )
    query = (
        select(columns.system, columns.record_type, func.count().filter(overwrites | reverses))
        .join(PLANS, PLANS.c.serial == columns.plan)
        .where(PLANS.c.id == plan.id, columns.rejected.is_(False))
        .group_by(columns.system, columns.record_type)
    )
    with database.read() as connection:
        rows = connection.execute(query).all()
    yield from ((system, record_type, count) for system, record_type, count in rows)


def check_stale(
    store: PlanStore, plan: PlanSummary, targets: Mapping[str, Target], lease: Lease
) -> None:
    """Look at every record that the plan changes, before the first write.

    A record that an earlier change of the same plan makes or changes is looked at only
    when its turn comes.  What another system waits with for the company's changes is not
    changed by them, and so it is looked at.

    Raises:
        Guarded: some were changed since the plan was made (PLAN_STALE); it names them.
        Busy: the lease was lost (LEASE_LOST).
        ClaryError: the company cannot be looked at just now.
    """
    stale: list[Finding] = []
    count = 0
    for system, changes in _first_looks(store, plan):
        lease.check()
        for change, sighting in zip(changes, targets[system].look(changes), strict=True):
            if sighting.sight is Sight.STALE:
                count += 1
                stale.extend(sighting.findings or (RECORD_STALE.finding(record=change.record),))
    if count:
        raise Guarded(PLAN_STALE.finding(count=count), *stale[:STALE_SHOWN])


def _first_looks(store: PlanStore, plan: PlanSummary) -> Iterator[tuple[str, list[Change]]]:
    """Yield the changes of records that exist already, in groups of one system."""
    if not any(not name.startswith(f"{Action.CREATE.value} ") for name in plan.counts):
        return
    seen: set[int] = set()
    elsewhere: set[int] = set()
    group: list[Change] = []
    for stored in store.stored(plan.id):
        change = stored.change
        follows = not elsewhere.isdisjoint(change.depends_on)
        if change.system == plan.header.company:
            follows = bool(change.depends_on)
        else:
            elsewhere.add(change.number)
        if change.before is None or stored.rejected or stored.refers or follows:
            continue
        mark = hash((change.system, change.record_type, change.key))
        if mark in seen:
            continue
        seen.add(mark)
        if group and (len(group) == LOOKED_AT_ONCE or group[0].system != change.system):
            yield group[0].system, group
            group = []
        group.append(change)
    if group:
        yield group[0].system, group
