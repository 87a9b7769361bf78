"""What became of earlier requests with the same idempotency key, as the journal knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import and_, select

from clary.engine.journal import JournalState
from clary.engine.tables import JOURNAL, PROPERTIES, RUNS
from clary.flows.operations import marks
from clary.store import Database


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an earlier document.

    Attributes:
        request: fingerprint of what was asked for then.
        state: how far it is.
        run: the run that handled it.
        key: key of the record.
    """

    request: str
    state: JournalState
    run: str
    key: str | None

    @property
    def done(self) -> bool:
        """A retry gets this answer; one that was taken back since is not done again."""
        done = (JournalState.CONFIRMED, JournalState.SKIPPED, JournalState.UNDONE)
        return self.state in done


class KeyMemory(Protocol):
    """Something that remembers idempotency keys."""

    def answers(self, keys: Sequence[str]) -> Mapping[str, Answer]:
        """Return the newest answer of each key that was used before."""
        ...


class NoMemory:
    """Remembers nothing: for planning without an installation."""

    def answers(self, keys: Sequence[str]) -> Mapping[str, Answer]:
        """Return no answers."""
        del keys
        return {}


class JournalMemory:
    """The journal's memory of one company's idempotency keys."""

    def __init__(self, database: Database, system: str, identity: str) -> None:
        """Look up in the journal of `database`.

        Args:
            database: the installation's database.
            system: the connection's name.
            identity: the company behind it: a name may pass from one company to another,
                whose books have none of the documents that the first one answered.
        """
        self._database = database
        self._system = system
        self._identity = identity

    def answers(self, keys: Sequence[str]) -> Mapping[str, Answer]:
        """Return the newest answer of each key that was used before."""
        if not keys:
            return {}
        mark = and_(
            PROPERTIES.c.plan == JOURNAL.c.plan,
            PROPERTIES.c.number == JOURNAL.c.number,
            PROPERTIES.c.name == marks.REQUEST,
        )
        columns = (JOURNAL.c.idempotency_key, PROPERTIES.c.value, JOURNAL.c.state, RUNS.c.id)
        query = (
            select(*columns, JOURNAL.c.key)
            .join_from(JOURNAL, RUNS, RUNS.c.serial == JOURNAL.c.run)
            .join(PROPERTIES, mark, isouter=True)
            .where(
                JOURNAL.c.idempotency_key.in_(list(keys)),
                JOURNAL.c.system == self._system,
                RUNS.c.identity == self._identity,
            )
            .order_by(JOURNAL.c.plan, JOURNAL.c.number)
        )
        with self._database.read() as connection:
            return {
                str(name): Answer(
                    request=request or "",
                    state=JournalState(state),
                    run=run,
                    key=key,
                )
                for name, request, state, run, key in connection.execute(query)
            }
