"""Which pushed documents go into one plan: no two of them are about the same record.

A plan is made against the books as they are.  A document that builds on what another of the
plan does to the same record would be judged by what will be gone; it comes into the next plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from clary.companies.keys import KeyKind, parse_key
from clary.flows.operations.requests import OperationRequest
from clary.flows.push.types import type_named
from clary.hub.push.keeping import PushOperation
from clary.kernel.errors import Rejected
from clary.ledger.fields import EditionName
from clary.ledger.record import Family, RecordType
from clary.ledger.registry import record_type

Touched: TypeAlias = tuple[str, str]
"""A record: its type, or what all documents have in common, and its key or number."""

_DOCUMENT: Final = "document"
"""Stands for the types of all documents: their keys differ from type to type."""

_NAMED: Final = ("transaction_number", "credit", "invoice")
"""Fields that name another document, whose balance changes with the one that has them."""


@dataclass(slots=True)
class Bundle:
    """The documents of one plan in the making.

    Attributes:
        edition: edition of the company.
        alone: it takes one document only, as what it comes to decides what happens with it.
    """

    edition: EditionName
    alone: bool = False
    _is_empty: bool = True
    _touched: set[Touched] = field(default_factory=set)
    _names_any: bool = False

    def has_room(self, operation: PushOperation) -> bool:
        """Tell whether an operation may be judged by the books as they are."""
        if self._is_empty:
            return True
        push_type, key = type_named(operation.data_type), operation.record_id
        if self.alone or push_type is None or key is None:
            return not self.alone
        plain = _plain(record_type(push_type.records[self.edition]), key)
        return plain is not None and not self._names_any and plain not in self._touched

    def add(self, requests: Sequence[OperationRequest]) -> bool:
        """Take what an operation asks for; tell whether it fits, and change nothing if not."""
        touched = {each for each in _touched(requests) if each is not None}
        if not touched.isdisjoint(self._touched):
            return False
        self._touched |= touched
        self._names_any |= any(each is None for each in _touched(requests))
        self._is_empty = False
        return True


def _place(declared: RecordType) -> str:
    return declared.name if declared.family is Family.LIST else _DOCUMENT


def _plain(declared: RecordType, key: str) -> Touched | None:
    """Return a record by its own key, however it is named; none for one that may be any.

    A GUID, or a party and a number, says nothing of the key until the books are asked.
    """
    try:
        named = parse_key(declared, key)
    except Rejected:
        return _place(declared), key.casefold()
    is_own = named.kind in (KeyKind.ID, KeyKind.NUMBER)
    return (_place(declared), named.value.casefold()) if is_own else None


def _touched(requests: Iterable[OperationRequest]) -> Iterator[Touched | None]:
    """Yield the records that requests are about; none for one that may be any."""
    for request in requests:
        declared = request.record_type
        for each in request.documents:
            if each.key is not None:
                yield _plain(declared, each.key)
            yield from _of_body(declared, each.body or {})


def _of_body(declared: RecordType, body: Mapping[str, object]) -> Iterator[Touched]:
    key, number = body.get("id"), body.get(declared.number or "")
    if isinstance(key, str):
        yield _place(declared), key.casefold()
    if isinstance(number, str):
        yield declared.name, number.casefold()
    paid = body.get("applications")
    for entry in (body, *(paid if isinstance(paid, list | tuple) else ())):
        if isinstance(entry, Mapping):
            for name in _NAMED:
                if entry.get(name) is not None:
                    yield _DOCUMENT, str(entry[name])
