"""What a plan will do, document by document and field by field: the answer of a dry run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from clary.engine.plan import Planned
from clary.engine.plan_store import PlanStore
from clary.flows.operations.marks import ENTRY, NESTED, RESERVED, SETTLED, TAKEN
from clary.kernel.change import Action, Change, JsonValue
from clary.kernel.errors import Finding, Severity

PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of one document: what it holds and what it shall hold."""

    field: str
    before: JsonValue
    after: JsonValue


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What a plan will do with one document.

    Attributes:
        number: number of the change in its plan.
        document: the caller's id.
        record_type: the record type, or the nested type.
        key: key of the record or entry; none for a new record.
        action: create, update, delete, the verb of an act, or `none`.
        rejected: it will not be sent; the findings say why.
        fields: the fields that change.
        findings: what was found about it.
        tracked: the caller's properties.
    """

    number: int
    document: str | None
    record_type: str
    key: str | None
    action: str
    rejected: bool
    fields: tuple[FieldChange, ...]
    findings: tuple[Finding, ...]
    tracked: Mapping[str, str]

    def as_dict(self) -> dict[str, object]:
        """Return the row as JSON-ready values."""
        return {
            "number": self.number,
            "document": self.document,
            "record_type": self.record_type,
            "key": self.key,
            "action": self.action,
            "rejected": self.rejected,
            "fields": [
                {"field": each.field, "before": each.before, "after": each.after}
                for each in self.fields
            ],
            "findings": [each.as_dict() for each in self.findings],
            "tracked": dict(self.tracked),
        }


def row(change: Change, findings: Iterable[Finding] = ()) -> PreviewRow:
    """Return what a change will do."""
    found = tuple(findings)
    tracked = change.tracked
    return PreviewRow(
        number=change.number,
        document=change.document,
        record_type=tracked.get(NESTED, change.record_type),
        key=tracked.get(ENTRY, change.key),
        action=_action(change),
        rejected=any(each.severity is Severity.ERROR for each in found),
        fields=tuple(_fields(change)),
        findings=found,
        tracked={name: text for name, text in tracked.items() if not name.startswith(RESERVED)},
    )


_BY_TAKEN: Final = {"created": "create", "updated": "update", "deleted": "delete"}


def _action(change: Change) -> str:
    if change.tracked.get(SETTLED):
        return "none"
    if change.verb is not None:
        return change.verb.value
    return _BY_TAKEN.get(change.tracked.get(TAKEN, ""), change.action.value)


def _fields(change: Change) -> Iterator[FieldChange]:
    before, after = change.before or {}, change.after or {}
    names = before if change.action is Action.DELETE else after
    for name in names:
        yield FieldChange(name, before.get(name), after.get(name))


def planned_rows(entries: Iterable[Planned]) -> Iterator[PreviewRow]:
    """Yield what entries fresh from the planner will do."""
    return (row(each.change, each.findings) for each in entries)


def stored_rows(store: PlanStore, plan_id: str, after: int = 0) -> Iterator[PreviewRow]:
    """Yield what a stored plan will do, changes with a number above `after`, in order.

    Raises:
        Rejected: there is no such plan, or its bodies were removed.
    """
    changes = store.changes(plan_id, after)
    while page := list(islice(changes, PAGE)):
        found = store.findings_between(plan_id, page[0].number, page[-1].number)
        for change in page:
            yield row(change, found.get(change.number, ()))
