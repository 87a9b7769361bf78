"""What a document refers to: is it there, or does an earlier change of the plan make it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from clary.companies.contract import Operation, Session, TypeCapability
from clary.companies.keys import RECORD_NOT_FOUND, Key, KeyKind
from clary.flows.operations.seen import Seen
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import Finding, Rejected, declare
from clary.ledger.fields import EditionName
from clary.ledger.record import Record, fields_of, groups_of
from clary.ledger.registry import record_type

REFERENCE_UNKNOWN = declare(
    "REFERENCE_UNKNOWN",
    Rejected,
    "There is no {type} {value}, which {field} names.",
    "Correct {field}, or create the {type} first.",
)
REFERENCE_REFUSED = declare(
    "REFERENCE_REFUSED",
    Rejected,
    "The {type} {value}, which {field} names, is rejected in the same plan.",
    "Mend that document; this one then follows.",
)

ALSO: Final = {"sales_rep": "employee"}
"""Record types whose place another one may take: in Sage 50 US a sales representative is
an employee with that mark (real export files show it so)."""

REMEMBERED: Final = 50_000
"""Most references that are remembered to exist; beyond it the oldest are asked for again."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference of a document: where it stands, to what type, and its value."""

    field: str
    record_type: str
    value: str


def references_of(base: type[Record], body: Mapping[str, JsonValue]) -> Iterator[Reference]:
    """Yield every reference that a canonical body holds, groups included."""
    yield from _walk(base, body, "")


@cache
def layout(
    base: type[Record],
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, type[Record]], ...]]:
    """Return the references of a class with their types, and its groups that hold any."""
    direct = tuple((n, s.reference) for n, s in fields_of(base).items() if s.reference)
    groups = tuple((n, inner) for n, inner in groups_of(base).items() if any(layout(inner)))
    return direct, groups


def _walk(base: type[Record], body: Mapping[str, JsonValue], prefix: str) -> Iterator[Reference]:
    direct, groups = layout(base)
    for name, record_type_name in direct:
        value = body.get(name)
        if value and isinstance(value, str):
            yield Reference(prefix + name, record_type_name, value)
    for name, inner in groups:
        value = body.get(name)
        if isinstance(value, dict):
            yield from _walk(inner, value, f"{prefix}{name}.")
        elif isinstance(value, list):
            for position, entry in enumerate(value):
                if isinstance(entry, dict):
                    yield from _walk(inner, entry, f"{prefix}{name}.{position}.")


class References:
    """Answers for one planning whether what documents refer to is there."""

    def __init__(
        self,
        session: Session,
        edition: EditionName,
        capabilities: Mapping[str, TypeCapability],
        seen: Seen,
    ) -> None:
        """Ask the company through `session`; `seen` tells what the plan makes itself."""
        self._session = session
        self._edition: EditionName = edition
        self._capabilities = capabilities
        self._seen = seen
        self._known: OrderedDict[tuple[str, str], bool] = OrderedDict()

    def check(
        self, base: type[Record], body: Body, record: str
    ) -> tuple[tuple[int, ...], list[Finding]]:
        """Return the changes that a document depends on, and what it refers to in vain."""
        depends: set[int] = set()
        findings: list[Finding] = []
        for reference in references_of(base, body):
            if self._known.get((reference.record_type, reference.value)):
                continue
            makers = (self._seen.maker(name, reference.value) for name in _types(reference))
            made = next((number for number in makers if number is not None), None)
            if made is not None:
                depends.add(made)
                continue
            if self._exists(reference):
                continue
            refused = any(self._seen.refused(name, reference.value) for name in _types(reference))
            code = REFERENCE_REFUSED if refused else REFERENCE_UNKNOWN
            findings.append(
                code.finding(
                    record=record,
                    field=reference.field,
                    type=reference.record_type,
                    value=reference.value,
                )
            )
        return tuple(sorted(depends)), findings

    def _exists(self, reference: Reference) -> bool:
        capability = self._capabilities.get(reference.record_type)
        readable = capability is not None and capability.can(Operation.READ)
        if not readable or self._edition not in record_type(reference.record_type).words:
            # Nobody here can tell; the company itself will.
            return True
        known = (reference.record_type, reference.value)
        if known not in self._known:
            self._known[known] = self._ask(reference)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return self._known[known]

    def _ask(self, reference: Reference) -> bool:
        key = Key(KeyKind.ID, reference.value)
        return any(self._has(name, key) for name in _types(reference))

    def _has(self, name: str, key: Key) -> bool:
        try:
            self._session.get(name, key)
        except Rejected as error:
            return error.code != RECORD_NOT_FOUND.name
        return True


def _types(reference: Reference) -> tuple[str, ...]:
    name = reference.record_type
    return (name, ALSO[name]) if name in ALSO else (name,)
