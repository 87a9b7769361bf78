"""Documents that are in the books already, recognised by party, number, date and total."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from clary.companies.contract import Info, Query, Session, TypeCapability
from clary.companies.target import same
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import Rejected, declare
from clary.ledger import filters
from clary.ledger.filters import Comparison, Operator
from clary.ledger.record import RecordType

DOCUMENT_DIFFERS = declare(
    "DOCUMENT_DIFFERS",
    Rejected,
    "{type} {number} of {party} is in the books as {key} already, with another {fields}.",
    "Compare the two; give the new document another number if it is really a new one.",
    http_status=409,
)

GROUP: Final = 500
"""Most numbers asked for at once; a filter's list takes 1,000."""


class Naturals:
    """The documents of one type that carry the numbers of a group of documents."""

    def __init__(
        self,
        session: Session,
        info: Info,
        capabilities: Mapping[str, TypeCapability],
        declared: RecordType,
        number: str,
    ) -> None:
        """Read through `session`; `number` is the field that holds a document's number."""
        self._number = number
        self._session = session
        self._declared = declared
        self._table = filters.declared_fields(declared, info.edition, info.release)
        capability = capabilities.get(declared.name)
        self._pushed = capability is not None and number in capability.filters
        self._found: dict[tuple[str, str], list[Body]] = {}

    def fetch(self, bodies: Iterable[Body]) -> None:
        """Read the documents with the numbers of these bodies."""
        self._found = {}
        name = self._number
        numbers = sorted({str(body[name]) for body in bodies if body.get(name)})
        for start in range(0, len(numbers), GROUP):
            self._read(numbers[start : start + GROUP])

    def _read(self, numbers: list[str]) -> None:
        where = filters.check(Comparison(self._number, Operator.IN, tuple(numbers)), self._table)
        matches = filters.compile(where)
        rows = self._session.read(self._declared.name, Query(where=where if self._pushed else None))
        for body in rows:
            if matches(body) and body.get("reversed_by") is None:
                self._found.setdefault(self._mark(body), []).append(body)

    def _mark(self, body: Mapping[str, JsonValue]) -> tuple[str, str]:
        declared = self._declared
        party = str(body.get(declared.party or "") or "")
        return party.casefold(), str(body.get(self._number) or "")

    def present(self, body: Body, total: JsonValue, record: str) -> Body | None:
        """Return the document in the books that this one already is, none if there is none.

        Args:
            body: the document.
            total: its total, as stated; compared where both are known.
            record: the document in words.

        Raises:
            Rejected: one of the same party and number is there, but of another date or
                total (DOCUMENT_DIFFERS).
        """
        found = self._found.get(self._mark(body), [])
        wanted: Body = {"date": body.get("date"), "total": total}
        differing: list[str] = []
        for each in found:
            there: Body = {"date": each.get("date"), "total": self._total(each)}
            differing = [
                name
                for name, value in wanted.items()
                if value is not None and there[name] is not None and not same(value, there[name])
            ]
            if not differing:
                return each
        if not found:
            return None
        declared = self._declared
        raise DOCUMENT_DIFFERS.raised(
            record=record,
            type=declared.name,
            number=body.get(self._number),
            party=body.get(declared.party or "") or "nobody",
            key=found[-1].get(declared.key),
            fields=" and ".join(differing),
        )

    def _total(self, body: Body) -> JsonValue:
        return body.get(self._declared.total) if self._declared.total else None
