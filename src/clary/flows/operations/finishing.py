"""Finishes changes that depend on how earlier changes of the same plan ended.

An entry inside a parent: the first change of a parent states the whole group.  A later
one cannot know whether those before it will succeed, so it states the entry only, and
`finish` puts it into the group as the last change that succeeded left it.

A document that is stated twice: the second follows the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from clary.engine.deferred import deferred
from clary.flows.operations.bodies import explicit
from clary.flows.operations.entries import EntryChange, changed
from clary.kernel.change import Body, Change, JsonValue, Outcome, State
from clary.kernel.errors import Rejected
from clary.ledger.fields import EditionName
from clary.ledger.nested import NestedType, nested_named

ENTRY_DEFERRED: Final = "operations.entry"
"""Name under which plans know the function."""


TWIN_DEFERRED: Final = "operations.twin"
"""Name under which plans know the function for a document that is stated twice."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What an unfinished change holds.

    Attributes:
        nested: the nested type.
        edition: whose rules the entry keeps.
        parent: key of the parent.
        change: what shall happen to the entry.
        stored: the group as the company holds it when the plan is made.
        shown: the group as it will be if every change before succeeds.
    """

    nested: NestedType
    edition: EditionName
    parent: str
    change: EntryChange
    stored: JsonValue
    shown: JsonValue

    def as_body(self) -> Body:
        """Return it as JSON values."""
        return {
            "type": self.nested.name,
            "edition": self.edition,
            "parent": self.parent,
            "change": self.change.as_body(),
            "stored": self.stored,
            "shown": self.shown,
        }

    @classmethod
    def from_body(cls, values: Body) -> Unfinished:
        """Return what `as_body` gave."""
        edition: EditionName = "uk" if values["edition"] == "uk" else "us"
        nested, change = nested_named(str(values["type"])), values["change"]
        if nested is None or not isinstance(change, Mapping):
            message = f"{values['type']} is no unfinished change of an entry"
            raise TypeError(message)
        return cls(
            nested,
            edition,
            str(values["parent"]),
            EntryChange.from_body(change),
            values["stored"],
            values["shown"],
        )


@deferred(ENTRY_DEFERRED)
def finish(change: Change, outcomes: Iterable[Outcome]) -> Body | None:
    """Return the parent's group with the change of the entry put in.

    Raises:
        Rejected: an earlier change of the plan has left no place for it.
    """
    wanted = Unfinished.from_body(change.after or {})
    nested, group = wanted.nested, wanted.stored
    for outcome in outcomes:
        # What the entry refers to ends before it as well; only the parent counts here.
        if outcome.body and str(outcome.body.get(nested.parent.key)) == wanted.parent:
            group = outcome.body.get(nested.field)
    result = changed(nested, group, wanted.change, change.record, wanted.edition)
    if result.taken == "unchanged":
        return None
    before, after = {nested.field: group}, {nested.field: result.value}
    return explicit(nested.parent.record, before, after)


@deferred(TWIN_DEFERRED)
def follow(change: Change, outcomes: Iterable[Outcome]) -> Body | None:
    """Leave out a document that was stated before, as the first of the two ended.

    Raises:
        Rejected: the first one was rejected, for the same reasons.
    """
    for outcome in outcomes:
        if outcome.state is State.REJECTED:
            raise Rejected(*(replace(each, record=change.record) for each in outcome.findings))
    return None
