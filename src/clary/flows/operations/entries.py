"""Changes of one entry inside its parent: pure functions on the parent's group.

A door to Sage changes records, not addresses; so adding, changing or deleting an address
is planned as an update of its customer that states the whole group anew.  Where one plan
touches the same group again, the next change starts from what the one before leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clary.companies.target import same
from clary.flows.operations.bodies import stated_only
from clary.flows.operations.requests import Mode, OnMissing, Operation
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import ClaryError, Rejected, declare
from clary.ledger.fields import EditionName
from clary.ledger.nested import NestedType, entries_of
from clary.ledger.schema import Purpose, Scope, canonical_body, check_class

ENTRY_NOT_FOUND = declare(
    "ENTRY_NOT_FOUND",
    Rejected,
    "{parent} has no {type} {entry}.",
    "Check the key; `clary records query` on {type} lists the entries.",
    http_status=404,
)
ENTRY_EXISTS = declare(
    "ENTRY_EXISTS",
    Rejected,
    "{parent} already has a {type} {entry}.",
    "Update it instead, or give the new one another {field}.",
    http_status=409,
)
ENTRY_AMBIGUOUS = declare(
    "ENTRY_AMBIGUOUS",
    Rejected,
    "{parent} has {count} entries {entry} of {type}.",
    "Change the parent record itself and state the whole group.",
    http_status=409,
)
ENTRY_CHANGES_KEY = declare(
    "ENTRY_CHANGES_KEY",
    Rejected,
    "The document names the entry {entry} but states {stated} as its {field}.",
    "State the same {field} as the key, or leave it out.",
)
ENTRY_NOT_NAMED = declare(
    "ENTRY_NOT_NAMED",
    Rejected,
    "The document does not say which {type} of {parent} is meant.",
    "Name it with a key such as {example}.",
)


@dataclass(frozen=True, slots=True)
class EntryChange:
    """One intended change of one entry.

    Attributes:
        operation: create, update, upsert or delete.
        entry: key of the entry; none for a single group, or for a new entry.
        body: what it shall hold, canonical.
        mode: whether fields that are not stated stay.
        on_missing: what an upsert does without such an entry.
    """

    operation: Operation
    entry: str | None
    body: Body
    mode: Mode = Mode.SPARSE
    on_missing: OnMissing = OnMissing.CREATE

    def as_body(self) -> Body:
        """Return the change as JSON values, for its fingerprint."""
        return {
            "operation": self.operation.value,
            "entry": self.entry,
            "body": self.body,
            "mode": self.mode.value,
            "on_missing": self.on_missing.value,
        }


@dataclass(frozen=True, slots=True)
class GroupAfter:
    """A group after a change of one entry.

    Attributes:
        value: the whole group; none where nothing is left.
        taken: created, updated, unchanged or deleted.
        entry: key of the entry as it stands now; none for a single group.
    """

    value: JsonValue
    taken: str
    entry: str | None


def changed(
    nested: NestedType, group: JsonValue, change: EntryChange, parent: str, edition: EditionName
) -> GroupAfter:
    """Return a parent's group after the change of one entry.

    Args:
        nested: the nested type.
        group: the group as it stands.
        change: what shall happen.
        parent: the parent in words, for findings.
        edition: whose rules an entry must keep.

    Raises:
        Rejected: there is no such entry, or already one, or it would not be complete.
    """
    if not nested.many:
        return _single(nested, group, change, parent, edition)
    entries = [dict(each) for each in entries_of(group)]
    at = _position(nested, entries, change, parent)
    if change.operation is Operation.DELETE:
        if at is None:
            raise _missing(nested, change, parent)
        del entries[at]
        return GroupAfter(entries or None, "deleted", change.entry)
    if at is None:
        return _added(nested, entries, change, parent, edition)
    if change.operation is Operation.CREATE:
        raise _present(nested, change, parent)
    return _replaced(nested, entries, at, change, parent, edition)


def _single(
    nested: NestedType, group: JsonValue, change: EntryChange, parent: str, edition: EditionName
) -> GroupAfter:
    there = isinstance(group, Mapping) and bool(stated_only(group))
    before = dict(group) if isinstance(group, Mapping) else {}
    if change.operation is Operation.CREATE and there:
        raise _present(nested, change, parent)
    fails = change.operation is Operation.UPSERT and change.on_missing is OnMissing.FAIL
    if not there and (fails or change.operation in (Operation.UPDATE, Operation.DELETE)):
        raise _missing(nested, change, parent)
    if change.operation is Operation.DELETE:
        return GroupAfter(None, "deleted", None)
    kept = before if there and change.mode is Mode.SPARSE else {}
    value = _complete(nested, {**kept, **change.body}, parent, edition)
    if not there:
        return GroupAfter(value, "created", None)
    return GroupAfter(value, "unchanged" if same(before, value) else "updated", None)


def _position(
    nested: NestedType, entries: list[Body], change: EntryChange, parent: str
) -> int | None:
    """Return where the entry meant by a change stands, none where there is none."""
    wanted = change.entry
    if wanted is None and nested.entry_key is not None:
        stated = change.body.get(nested.entry_key)
        wanted = None if stated is None else str(stated)
    if wanted is None:
        _accept_unnamed(nested, change, parent)
        return None
    found = nested.positions(entries, wanted)
    if len(found) > 1:
        raise ENTRY_AMBIGUOUS.raised(
            record=parent, parent=parent, count=len(found), entry=wanted, type=nested.name
        )
    return found[0] if found else None


def _accept_unnamed(nested: NestedType, change: EntryChange, parent: str) -> None:
    """Accept a new entry without a name; refuse any other change without one."""
    if change.operation in (Operation.UPDATE, Operation.DELETE):
        raise ENTRY_NOT_NAMED.raised(
            record=parent, parent=parent, type=nested.name, example=nested.key_text("ACME", "1")
        )


def _added(
    nested: NestedType,
    entries: list[Body],
    change: EntryChange,
    parent: str,
    edition: EditionName,
) -> GroupAfter:
    fails = change.operation is Operation.UPSERT and change.on_missing is OnMissing.FAIL
    if change.operation is Operation.UPDATE or fails:
        raise _missing(nested, change, parent)
    entry = _complete(nested, _keyed(nested, change, parent), parent, edition)
    after = [*entries, entry]
    key = entry.get(nested.entry_key) if nested.entry_key else len(after)
    return GroupAfter(after, "created", str(key))


def _keyed(nested: NestedType, change: EntryChange, parent: str) -> Body:
    """Return the body of a new entry with the key that the document names it by."""
    if change.entry is None or nested.entry_key is None:
        return change.body
    name = nested.entry_key
    spec = nested.fields[name]
    stated = change.body.get(name)
    if stated is not None and str(stated).casefold() != change.entry.casefold():
        raise ENTRY_CHANGES_KEY.raised(record=parent, entry=change.entry, stated=stated, field=name)
    number = spec.kind.value == "integer" and change.entry.isdecimal()
    return {**change.body, name: int(change.entry) if number else change.entry}


def _replaced(
    nested: NestedType,
    entries: list[Body],
    at: int,
    change: EntryChange,
    parent: str,
    edition: EditionName,
) -> GroupAfter:
    before = entries[at]
    kept: Body = before if change.mode is Mode.SPARSE else {}
    if change.mode is Mode.FULL and nested.entry_key:
        kept = {nested.entry_key: before.get(nested.entry_key)}
    entry = _complete(nested, {**kept, **change.body}, parent, edition)
    after = [*entries[:at], entry, *entries[at + 1 :]]
    key = entry.get(nested.entry_key) if nested.entry_key else at + 1
    return GroupAfter(after, "unchanged" if same(before, entry) else "updated", str(key))


def _complete(nested: NestedType, entry: Body, parent: str, edition: EditionName) -> Body:
    """Return an entry that keeps the rules of a whole one.

    Raises:
        Rejected: with every problem.
    """
    kept = {
        name: value
        for name, value in entry.items()
        if value is not None and not nested.fields[name].computed
    }
    scope = Scope(edition, None, Purpose.CREATE)
    record, findings = check_class(nested.record, nested.name, kept, scope, parent)
    if record is None:
        raise Rejected(*findings)
    return stated_only(canonical_body(record))


def _missing(nested: NestedType, change: EntryChange, parent: str) -> ClaryError:
    return ENTRY_NOT_FOUND.raised(
        record=parent, parent=parent, type=nested.name, entry=_shown(nested, change)
    )


def _present(nested: NestedType, change: EntryChange, parent: str) -> ClaryError:
    return ENTRY_EXISTS.raised(
        record=parent,
        parent=parent,
        type=nested.name,
        entry=_shown(nested, change),
        field=nested.entry_key or "position",
    )


def _shown(nested: NestedType, change: EntryChange) -> str:
    stated = change.body.get(nested.entry_key) if nested.entry_key else None
    return str(change.entry or stated or "").strip()
