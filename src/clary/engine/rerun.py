"""A rerun as an explicit plan against the books: what is there, what is missing, what is new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clary.companies.contract import Session
from clary.engine.plan import Entry
from clary.kernel.change import Change
from clary.store import Database


def rerun_entries(
    database: Database, session: Session, changes: Iterable[Change]
) -> Iterator[Entry]:
    """Yield the changes with their attempts set and what the books say of each origin."""
    raise NotImplementedError
