"""Where plans are kept: written once as a stream, read in pages, never held whole.

A plan is written in several short transactions, so that a plan of a million changes
does not keep other processes waiting; until the last one it is marked as being written
and cannot be applied.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from clary.engine import codec
from clary.engine.codec import StoredChange
from clary.engine.plan import Entry, PlanHeader, Planned, PlanState, PlanSummary
from clary.engine.runs import UNFINISHED
from clary.engine.tables import PLAN_CHANGES, PLAN_FINDINGS, PLANS, RUNS
from clary.kernel.change import Change
from clary.kernel.clock import from_timestamp, timestamp
from clary.kernel.collecting import seldom_collected
from clary.kernel.courtesy import make_way
from clary.kernel.errors import Failed, Finding, Rejected, Severity, declare
from clary.kernel.identifiers import new_id
from clary.kernel.money import money_text
from clary.store import Database

PLAN_UNKNOWN = declare(
    "PLAN_UNKNOWN",
    Rejected,
    "There is no plan {plan}.",
    "Check the id; `clary plan list` lists the plans.",
    http_status=404,
    exit_code=2,
)
PLAN_DISORDERED = declare(
    "PLAN_DISORDERED",
    Failed,
    "The planner {flow} gave change {number} after change {last}, or one that needs a later one.",
    "Report this; nothing was written to the company.",
)
PLAN_PRUNED = declare(
    "PLAN_PRUNED",
    Rejected,
    "The bodies of plan {plan} are past their retention and were removed.",
    "Make a new plan; the outcomes are still listed with its run.",
    http_status=410,
)

CHUNK = 500
"""Entries written in one transaction, and changes read in one page."""

_ABANDONED = timedelta(days=1)


class PlanStore:
    """The plans of an installation."""

    def __init__(self, database: Database) -> None:
        """Keep plans in `database`."""
        self._database = database

    @seldom_collected()
    def write(self, header: PlanHeader, entries: Iterable[Entry]) -> PlanSummary:
        """Store a plan from a stream of entries and return what it holds.

        Raises:
            Failed: the changes are not numbered upwards (PLAN_DISORDERED).
            ClaryError: whatever the planner's stream raises; nothing of the plan stays.
        """
        plan_id = new_id("plan")
        tally = _Tally(flow=header.flow)
        stream = iter(entries)
        # A plan that fits one chunk is there at once and whole, in one transaction.
        rows = tally.rows(islice(stream, CHUNK))
        with self._database.write(header.identity) as connection:
            serial = _open(connection, plan_id, header)
            _add(connection, serial, tally, rows)
        if rows.are_more:
            with self._removed_on_failure(serial, header.identity):
                while rows.are_more:
                    rows = tally.rows(islice(stream, CHUNK))
                    with self._database.write(header.identity) as connection:
                        _add(connection, serial, tally, rows)
        return self.summary(plan_id)

    @contextmanager
    def _removed_on_failure(self, serial: int, identity: str) -> Iterator[None]:
        done = False
        try:
            yield
            done = True
        finally:
            if not done:
                with self._database.write(identity) as connection:
                    _remove(connection, serial)

    def discard(self, plan_id: str) -> None:
        """Remove a plan that turned out to be of no use; one that was applied stays."""
        query = select(PLANS.c.serial, PLANS.c.identity).where(
            PLANS.c.id == plan_id, PLANS.c.run.is_(None)
        )
        with self._database.read() as connection:
            found = connection.execute(query).one_or_none()
        if found is not None:
            with self._database.write(found.identity) as connection:
                if connection.execute(query).first() is not None:
                    _remove(connection, found.serial)

    def summary(self, plan_id: str) -> PlanSummary:
        """Return what a plan holds.

        Raises:
            Rejected: there is no such plan (PLAN_UNKNOWN).
        """
        with self._database.read() as connection:
            row = connection.execute(_SUMMARIES.where(PLANS.c.id == plan_id)).first()
        if row is None:
            raise PLAN_UNKNOWN.raised(plan=plan_id)
        return _summary(row)

    def systems(self, plan_id: str) -> frozenset[str]:
        """Return the systems that a plan changes, by the names of their connections."""
        query = (
            select(PLAN_CHANGES.c.system)
            .join(PLANS, PLANS.c.serial == PLAN_CHANGES.c.plan)
            .where(PLANS.c.id == plan_id)
            .distinct()
        )
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def list(
        self,
        company: str | None = None,
        *,
        among: Collection[str] | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Sequence[PlanSummary]:
        """Return at most `limit` plans, the newest first, those older than plan `before`.

        Where `among` is given, only those of the companies in it.
        """
        query = _SUMMARIES.order_by(PLANS.c.serial.desc()).limit(limit)
        if among is not None:
            query = query.where(PLANS.c.company.in_(among))
        if company is not None:
            query = query.where(PLANS.c.company == company)
        if before is not None:
            query = query.where(PLANS.c.serial < _serial(before))
        with self._database.read() as connection:
            return [_summary(row) for row in connection.execute(query)]

    def changes(self, plan_id: str, after: int = 0, limit: int | None = None) -> Iterator[Change]:
        """Yield the changes of a plan in order, those with a number above `after`.

        Raises:
            Rejected: there is no such plan (PLAN_UNKNOWN), or its bodies were removed
                (PLAN_PRUNED).
        """
        for stored in self.stored(plan_id, after, limit):
            yield stored.change

    def stored(
        self, plan_id: str, after: int = 0, limit: int | None = None
    ) -> Iterator[StoredChange]:
        """Yield changes as `changes` does, with what the plan says about each.

        Raises:
            Rejected: as for `changes`.
        """
        if self.summary(plan_id).state is PlanState.PRUNED:
            raise PLAN_PRUNED.raised(plan=plan_id)
        left = limit
        while left is None or left > 0:
            page = self._page(plan_id, after, CHUNK if left is None else min(CHUNK, left))
            for row in page:
                make_way()
                yield codec.stored_change(row)
            if len(page) < CHUNK:
                return
            after = page[-1][0]
            left = None if left is None else left - len(page)

    def _page(self, plan_id: str, after: int, limit: int) -> Sequence[tuple[Any, ...]]:
        columns = PLAN_CHANGES.c
        query = (
            select(
                columns.number,
                columns.rejected,
                columns.system,
                columns.action,
                columns.record_type,
                columns.key,
                columns.document,
                columns.content,
            )
            .where(columns.plan == _serial(plan_id), columns.number > after)
            .order_by(columns.number)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def change(self, plan_id: str, number: int) -> Change | None:
        """Return one change of a plan, or none where it has no such number.

        Raises:
            Rejected: as for `changes`.
        """
        return next(
            (found for found in self.changes(plan_id, number - 1, 1) if found.number == number),
            None,
        )

    def findings(
        self, plan_id: str, after: int = 0, limit: int | None = None, change: int | None = None
    ) -> Iterator[Finding]:
        """Yield the findings of a plan in order: of one change, or all above position `after`.

        Raises:
            Rejected: there is no such plan (PLAN_UNKNOWN).
        """
        self.summary(plan_id)
        left = limit
        while left is None or left > 0:
            page = self._finding_page(plan_id, after, change, CHUNK if left is None else left)
            for _, content in page:
                yield from codec.findings_from(content)
            if len(page) < CHUNK:
                return
            after = page[-1][0]
            left = None if left is None else left - len(page)

    def remarks(self, plan_id: str) -> Sequence[Finding]:
        """Return the findings about a plan as a whole, in order; there are few."""
        columns = PLAN_FINDINGS.c
        query = (
            select(columns.content)
            .where(columns.plan == _serial(plan_id), columns.number.is_(None))
            .order_by(columns.position)
        )
        with self._database.read() as connection:
            contents = connection.execute(query).scalars().all()
        return [each for content in contents for each in codec.findings_from(content)]

    def _finding_page(
        self, plan_id: str, after: int, change: int | None, limit: int
    ) -> Sequence[tuple[int, str]]:
        columns = PLAN_FINDINGS.c
        query = (
            select(columns.position, columns.content)
            .where(columns.plan == _serial(plan_id), columns.position > after)
            .order_by(columns.position)
            .limit(min(limit, CHUNK))
        )
        if change is not None:
            query = query.where(columns.number == change)
        with self._database.read() as connection:
            return [(row.position, row.content) for row in connection.execute(query)]

    def findings_between(
        self, plan_id: str, first: int, last: int
    ) -> Mapping[int, Sequence[Finding]]:
        """Return the findings of the changes from number `first` to `last`, by number."""
        columns = PLAN_FINDINGS.c
        query = (
            select(columns.number, columns.content)
            .where(columns.plan == _serial(plan_id), columns.number.between(first, last))
            .order_by(columns.position)
        )
        found: dict[int, list[Finding]] = defaultdict(list)
        with self._database.read() as connection:
            for number, content in connection.execute(query):
                found[number].extend(codec.findings_from(content))
        return found

    def prune(self, now: datetime) -> int:
        """Remove bodies past their retention and plans that were never finished.

        A plan whose run can still go on is kept whole.  Returns how many plans lost their
        bodies.
        """
        with self._database.read() as connection:
            expired = [
                row.serial
                for row in connection.execute(_EXPIRABLE)
                if from_timestamp(row.created_at) + timedelta(seconds=row.retention) <= now
            ]
            abandoned = connection.scalars(
                select(PLANS.c.serial).where(
                    PLANS.c.state == PlanState.WRITING.value,
                    PLANS.c.created_at < timestamp(now - _ABANDONED),
                )
            ).all()
        for serials, clear in ((expired, _prune), (abandoned, _remove)):
            for serial in serials:
                # One short transaction each, so that nobody waits long.
                with self._database.write() as connection:
                    clear(connection, serial)
        return len(expired)


@dataclass(slots=True)
class _Rows:
    """Rows of a chunk of a plan, made before the transaction that stores them."""

    entries: int = 0
    changes: list[dict[str, object]] = field(default_factory=list)
    findings: list[dict[str, object]] = field(default_factory=list)

    @property
    def are_more(self) -> bool:
        """Tell whether others may follow: a chunk that is not full is the last."""
        return self.entries == CHUNK


def _add(connection: Connection, serial: int, tally: _Tally, rows: _Rows) -> None:
    """Store a chunk; with the last the plan is finished."""
    for table, made in ((PLAN_CHANGES, rows.changes), (PLAN_FINDINGS, rows.findings)):
        if made:
            connection.execute(insert(table), [{"plan": serial, **row} for row in made])
    if not rows.are_more:
        connection.execute(update(PLANS).where(PLANS.c.serial == serial).values(**tally.columns()))


@dataclass(slots=True)
class _Tally:
    """Counts a plan while it goes by, and makes its rows."""

    flow: str
    last: int = 0
    position: int = 0
    changes: int = 0
    rejected: int = 0
    errors: int = 0
    blocked: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    totals: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)

    def rows(self, entries: Iterable[Entry]) -> _Rows:
        """Return the rows of some entries, as yet without the plan."""
        made = _Rows()
        for entry in entries:
            made.entries += 1
            if isinstance(entry, Finding):
                if entry.severity is Severity.ERROR and entry.code not in self.blocked:
                    self.blocked.append(entry.code)
                made.findings.append(self._finding(None, entry))
                continue
            planned = entry if isinstance(entry, Planned) else Planned(entry)
            made.changes.append(self._change(planned))
            number = planned.change.number
            made.findings.extend(self._finding(number, each) for each in planned.findings)
        return made

    def _change(self, planned: Planned) -> dict[str, object]:
        change = planned.change
        if change.number <= self.last or max(change.depends_on, default=0) >= change.number:
            raise PLAN_DISORDERED.raised(flow=self.flow, number=change.number, last=self.last)
        rejected = any(each.severity is Severity.ERROR for each in planned.findings)
        self.last = change.number
        self.changes += 1
        self.rejected += rejected
        action = (change.verb or change.action).value
        self.counts[f"{action} {change.record_type}"] += 1
        if planned.currency and not rejected:
            self.totals[planned.currency] += planned.amount
        return {
            "number": change.number,
            "rejected": rejected,
            "system": change.system,
            "action": change.action.value,
            "record_type": change.record_type,
            "key": change.key,
            "document": change.document,
            "content": codec.change_text(change),
        }

    def _finding(self, number: int | None, finding: Finding) -> dict[str, object]:
        self.position += 1
        self.errors += finding.severity is Severity.ERROR
        self.findings[finding.code] += 1
        content = codec.findings_text([finding])
        return {"position": self.position, "number": number, "content": content}

    def columns(self) -> dict[str, object]:
        """Return the columns of a finished plan."""
        totals = {currency: money_text(units) for currency, units in self.totals.items()}
        contents = {
            "counts": self.counts,
            "totals": totals,
            "findings": self.findings,
            "blocked": self.blocked,
        }
        return {
            "state": PlanState.READY.value,
            "changes": self.changes,
            "rejected": self.rejected,
            "errors": self.errors,
            "contents": codec.text_of(contents),
        }


_SUMMARIES = select(PLANS, RUNS.c.id.label("run_id")).join_from(
    PLANS, RUNS, PLANS.c.run == RUNS.c.serial, isouter=True
)
_GOING_ON = (
    select(RUNS.c.serial)
    .where(RUNS.c.serial == PLANS.c.run, RUNS.c.state.in_([state.value for state in UNFINISHED]))
    .exists()
)
_DISPENSABLE = (
    PLANS.c.retention.is_not(None),
    PLANS.c.state.in_((PlanState.READY.value, PlanState.APPLIED.value)),
    ~_GOING_ON,
)
_EXPIRABLE = select(PLANS.c.serial, PLANS.c.created_at, PLANS.c.retention).where(*_DISPENSABLE)


def _open(connection: Connection, plan_id: str, header: PlanHeader) -> int:
    """Add the row of a plan that is being written; return its serial number."""
    retention = header.retention
    values = {
        "id": plan_id,
        "state": PlanState.WRITING.value,
        "flow": header.flow,
        "company": header.company,
        "identity": header.identity,
        "generation": header.generation,
        "author": header.author,
        "created_at": timestamp(header.created_at),
        "fingerprint": header.fingerprint,
        "note": header.note,
        "undoes": header.undoes,
        "retention": None if retention is None else int(retention.total_seconds()),
    }
    query = insert(PLANS).values(values).returning(PLANS.c.serial)
    return int(connection.execute(query).scalar_one())


def _serial(plan_id: str) -> Any:  # noqa: ANN401 - a scalar subquery fits any comparison
    return select(PLANS.c.serial).where(PLANS.c.id == plan_id).scalar_subquery()


def _summary(row: Row[Any]) -> PlanSummary:
    contents = codec.mapping_from(row.contents)
    header = PlanHeader(
        flow=row.flow,
        company=row.company,
        identity=row.identity,
        generation=row.generation,
        author=row.author,
        created_at=from_timestamp(row.created_at),
        fingerprint=row.fingerprint,
        note=row.note,
        undoes=row.undoes,
        retention=None if row.retention is None else timedelta(seconds=row.retention),
    )
    return PlanSummary(
        id=row.id,
        header=header,
        state=PlanState(row.state),
        run=row.run_id,
        changes=row.changes,
        rejected=row.rejected,
        counts=contents.get("counts", {}),
        totals=contents.get("totals", {}),
        findings=contents.get("findings", {}),
        errors=row.errors,
        blocked=tuple(contents.get("blocked", ())),
    )


def _prune(connection: Connection, serial: int) -> None:
    """Remove the bodies of a plan, unless a run has begun to apply it meanwhile."""
    pruned = connection.execute(
        update(PLANS)
        .where(PLANS.c.serial == serial, *_DISPENSABLE)
        .values(state=PlanState.PRUNED.value)
    )
    if pruned.rowcount:
        connection.execute(
            update(PLAN_CHANGES).where(PLAN_CHANGES.c.plan == serial).values(content="{}")
        )


def _remove(connection: Connection, serial: int) -> None:
    connection.execute(delete(PLAN_FINDINGS).where(PLAN_FINDINGS.c.plan == serial))
    connection.execute(delete(PLAN_CHANGES).where(PLAN_CHANGES.c.plan == serial))
    connection.execute(delete(PLANS).where(PLANS.c.serial == serial))
