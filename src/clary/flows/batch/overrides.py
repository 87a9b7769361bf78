"""Mapping decisions of a person: what a reference of ConnectWise becomes in one company.

A decision belongs to one app and one company: the same account number may mean another
customer in other books.  Replacing or removing a decision keeps the old one as history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.engine import Connection

from clary.flows.batch.tables import MAPPING_OVERRIDES
from clary.kernel.clock import Clock, from_timestamp, timestamp
from clary.kernel.errors import Rejected, declare
from clary.store import Database

OVERRIDE_INVALID = declare(
    "MAPPING_OVERRIDE_INVALID",
    Rejected,
    "A mapping needs a source and a target of 1 to {limit} characters.",
    "State both.",
    exit_code=2,
)
OVERRIDE_UNKNOWN = declare(
    "MAPPING_OVERRIDE_UNKNOWN",
    Rejected,
    "No mapping is stored for the {kind} {source!r}.",
    "List the stored mappings and use the source as it stands there.",
    http_status=404,
)

LONGEST = 100
"""Characters of a source or target; the longest reference of ConnectWise has 75."""


class MappingKind(StrEnum):
    """What kind of reference a decision is about."""

    ACCOUNT = "account"
    CUSTOMER = "customer"
    VENDOR = "vendor"
    ITEM = "item"
    ITEM_CLASS = "item_class"
    TAX_CODE = "tax_code"
    TAX_AGENCY = "tax_agency"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True)
class Override:
    """One decision: who made it when, and who replaced or removed it when."""

    kind: MappingKind
    source: str
    target: str
    author: str
    created_at: datetime
    superseded_at: datetime | None = None
    superseded_by: str | None = None


Told: TypeAlias = Callable[[Connection, Override | None, Override | None], None]
"""Is told of a change of decisions in its transaction: the one before and the one since."""


def _untold(write: Connection, before: Override | None, after: Override | None) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """The decisions that hold, for look-up while planning."""

    targets: Mapping[tuple[MappingKind, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, overrides: Iterable[Override]) -> Overrides:
        """Return decisions for look-up."""
        return cls({(each.kind, folded(each.source)): each.target for each in overrides})

    def target(self, kind: MappingKind, source: str) -> str | None:
        """Return what a reference becomes by decision, or none where there is no decision."""
        return self.targets.get((kind, folded(source)))


def folded(source: str) -> str:
    """Return a source in the form in which it is looked up: case does not matter."""
    return source.strip().casefold()


class OverrideStore:
    """The stored decisions of an installation."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Use the decisions in `database`."""
        self._database = database
        self._clock = clock

    def current(self, app: str, company: str) -> list[Override]:
        """Return the decisions that hold for one app and company, by kind and source."""
        return [each for each in self.history(app, company) if each.superseded_at is None]

    def history(
        self,
        app: str,
        company: str,
        kind: MappingKind | None = None,
        source: str | None = None,
    ) -> list[Override]:
        """Return all decisions ever made, by kind and source, the oldest first."""
        table = MAPPING_OVERRIDES
        query = select(table).where(table.c.app == app, table.c.company == company)
        if kind is not None:
            query = query.where(table.c.kind == kind.value)
        if source is not None:
            query = query.where(table.c.folded == folded(source))
        query = query.order_by(table.c.kind, table.c.folded, table.c.id)
        with self._database.read() as connection:
            return [_override(row) for row in connection.execute(query).mappings()]

    def store(
        self,
        app: str,
        company: str,
        kind: MappingKind,
        source: str,
        target: str,
        author: str,
        told: Told = _untold,
    ) -> Override:
        """Store a decision in place of an earlier one about the same reference.

        Args:
            app: the app.
            company: the company.
            kind: kind of the reference.
            source: the reference.
            target: what it becomes.
            author: who decided.
            told: called in the transaction of it.

        Raises:
            Rejected: source or target is empty or too long (MAPPING_OVERRIDE_INVALID).
        """
        shown, chosen = source.strip(), target.strip()
        if not shown or not chosen or max(len(shown), len(chosen)) > LONGEST:
            raise OVERRIDE_INVALID.raised(limit=LONGEST)
        override = Override(kind, shown, chosen, author, self._clock.now())
        with self._database.write() as connection:
            before = self._supersede(connection, app, company, override)
            connection.execute(
                insert(MAPPING_OVERRIDES).values(
                    app=app,
                    company=company,
                    kind=kind.value,
                    source=shown,
                    folded=folded(shown),
                    target=chosen,
                    author=author,
                    created_at=timestamp(override.created_at),
                )
            )
            told(connection, before, override)
        return override

    def remove(
        self,
        app: str,
        company: str,
        kind: MappingKind,
        source: str,
        author: str,
        told: Told = _untold,
    ) -> None:
        """Remove a decision; it stays in the history.

        Args:
            app: the app.
            company: the company.
            kind: kind of the reference.
            source: the reference.
            author: who removes it.
            told: called in the transaction of it.

        Raises:
            Rejected: none is stored (MAPPING_OVERRIDE_UNKNOWN).
        """
        gone = Override(kind, source.strip(), "", author, self._clock.now())
        with self._database.write() as connection:
            before = self._supersede(connection, app, company, gone)
            if before is None:
                raise OVERRIDE_UNKNOWN.raised(kind=kind.value, source=source[:LONGEST])
            told(connection, before, None)

    @staticmethod
    def _supersede(connection: Connection, app: str, company: str, by: Override) -> Override | None:
        """End the decision that holds about a reference, and return it; none if there is none."""
        table = MAPPING_OVERRIDES
        ended = connection.execute(
            update(table)
            .where(
                table.c.app == app,
                table.c.company == company,
                table.c.kind == by.kind.value,
                table.c.folded == folded(by.source),
                table.c.superseded_at.is_(None),
            )
            .values(superseded_at=timestamp(by.created_at), superseded_by=by.author)
            .returning(table)
        )
        row = ended.mappings().one_or_none()
        return None if row is None else _override(row)


def _override(values: RowMapping) -> Override:
    gone = values["superseded_at"]
    return Override(
        kind=MappingKind(values["kind"]),
        source=values["source"],
        target=values["target"],
        author=values["author"],
        created_at=from_timestamp(values["created_at"]),
        superseded_at=None if gone is None else from_timestamp(gone),
        superseded_by=values["superseded_by"],
    )
