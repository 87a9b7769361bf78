"""Stored records by key, read in groups, so that planning many documents asks few questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from clary.companies.contract import Query, Session, TypeCapability
from clary.companies.keys import RECORD_NOT_FOUND, Key, KeyKind
from clary.kernel.change import Body
from clary.kernel.errors import ClaryError, Rejected
from clary.ledger import filters
from clary.ledger.fields import EditionName
from clary.ledger.filters import Comparison, Operator
from clary.ledger.record import RecordType

GROUP = 500
"""Most keys asked for in one read; a filter's list takes 1,000."""


class Shelf:
    """The stored records of one type that a group of documents is about."""

    def __init__(
        self,
        session: Session,
        declared: RecordType,
        edition: EditionName,
        capabilities: Mapping[str, TypeCapability],
    ) -> None:
        """Read through `session`."""
        self._session = session
        self._declared = declared
        self._edition: EditionName = edition
        capability = capabilities.get(declared.name)
        self._bulk = capability is not None and declared.key in capability.filters
        self._found: dict[Key, Body | Rejected] = {}

    def fetch(self, keys: Iterable[Key]) -> None:
        """Read the records of these keys, forgetting those of the group before."""
        self._found = {}
        wanted = list(dict.fromkeys(keys))
        plain = [key for key in wanted if key.kind in (KeyKind.ID, KeyKind.NUMBER)]
        if self._bulk and len(plain) > 1:
            for start in range(0, len(plain), GROUP):
                self._read(plain[start : start + GROUP])

    def _read(self, keys: list[Key]) -> None:
        field = self._declared.key
        comparison = Comparison(field, Operator.IN, tuple(key.value for key in keys))
        fields = filters.declared_fields(self._declared, self._edition)
        by_value = {key.value: key for key in keys}
        for body in self._session.read(
            self._declared.name, Query(where=filters.check(comparison, fields))
        ):
            key = by_value.get(str(body.get(field)))
            if key is not None:
                self._found[key] = body

    def stored(self, key: Key) -> Body | None:
        """Return the record of a key as the company holds it, none where there is none.

        Raises:
            Rejected: several records have the key (RECORD_AMBIGUOUS).
        """
        if key not in self._found:
            self._found[key] = self._get(key)
        found = self._found[key]
        if not isinstance(found, Rejected):
            return found
        if found.code == RECORD_NOT_FOUND.name:
            return None
        raise found

    def _get(self, key: Key) -> Body | Rejected:
        # IDs may differ in case from what was asked for, so what a bulk read did not
        # find is asked for by itself.
        try:
            return self._session.get(self._declared.name, key)
        except Rejected as error:
            return error

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
        shown = key.value if key.kind is KeyKind.ID else str(key)
        name = self._declared.name
        return RECORD_NOT_FOUND.raised(record=f"{name} {shown}", type=name, key=shown)
