"""Stored records by key, read in groups, so that planning many documents asks few questions."""

from __future__ import annotations

from collections.abc import Iterable

from clary.companies.contract import Session
from clary.companies.keys import Key, not_found
from clary.kernel.change import Body
from clary.kernel.errors import ClaryError, Rejected
from clary.ledger.record import RecordType


class Shelf:
    """The stored records of one type that a group of documents is about."""

    def __init__(self, session: Session, declared: RecordType) -> None:
        """Read through `session`."""
        self._session = session
        self._declared = declared
        self._found: dict[Key, Body | None] = {}

    def fetch(self, keys: Iterable[Key]) -> None:
        """Read the records of these keys at once, forgetting those of the group before."""
        wanted = list(dict.fromkeys(keys))
        self._found = {}
        if len(wanted) > 1:
            try:
                found = self._session.get_many(self._declared.name, wanted)
            except Rejected:
                # One key names several records; each document then asks for itself.
                return
            self._found = dict(zip(wanted, found, strict=True))

    def stored(self, key: Key) -> Body | None:
        """Return the record of a key as the company holds it, none where there is none.

        Raises:
            Rejected: several records have the key (RECORD_AMBIGUOUS).
        """
        if key not in self._found:
            self._found[key] = self._session.get_many(self._declared.name, [key])[0]
        return self._found[key]

    def must(self, key: Key) -> Body:
        """Return the record of a key.

        Raises:
            Rejected: there is none (RECORD_NOT_FOUND), or there are several.
        """
        found = self.stored(key)
        if found is None:
            raise self.missing(key)
        return found

    def missing(self, key: Key) -> ClaryError:
        """Return the error for a record that is not there."""
        return not_found(self._declared.name, key)
