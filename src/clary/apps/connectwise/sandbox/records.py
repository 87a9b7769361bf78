"""Changes of records that live in tables: what was sent becomes columns, or is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from clary.apps.connectwise.sandbox.call import Answer, Call
from clary.apps.connectwise.sandbox.checking import (
    REFERENCES,
    find,
    refuse,
    stored,
    wrong_with,
)
from clary.apps.connectwise.sandbox.conditions import ALWAYS, Clause
from clary.apps.connectwise.sandbox.fields import Field
from clary.apps.connectwise.sandbox.listing import Body, Listing, bodies
from clary.apps.connectwise.sandbox.patching import patched
from clary.apps.connectwise.sandbox.problems import Mistake, Refused
from clary.apps.connectwise.sandbox.wire import Json

Columns = dict[str, str | int | None]

_FOUND_BY = {"invoice": {"identifier": "number"}}
_USUALLY: tuple[str, Mapping[str, str]] = ("", {"name": "name"})


def body_of(call: Call, listing: Listing, identifier: int, scope: Clause = ALWAYS) -> Body:
    """Return a record as it is shown.

    Raises:
        Refused: there is none (404).
    """
    made = scope.also(Clause(f"{listing.identifier} = ?", (identifier,)))
    found = bodies(call.connection, listing, made, listing.fields)
    if not found:
        raise Refused.missing(listing.word, identifier)
    return found[0]


def patch_of(call: Call, listing: Listing, before: Body) -> dict[str, Json]:
    """Return the record after the patch in the body; what was removed holds nothing.

    Raises:
        Refused: the patch cannot be applied (400).
    """
    names = {each.name.partition("/")[0] for each in listing.fields}
    after = patched(before, call.json(), names)
    return {**dict.fromkeys(before), **after}


def columns_of(
    call: Call, listing: Listing, before: Mapping[str, Json], after: Mapping[str, Json]
) -> Columns:
    """Return the columns that a change or a new record sets.

    Args:
        call: the request.
        listing: the fields there are.
        before: the record as it is shown; empty for a new one.
        after: the record as it shall be; fields that are not named stay as they are.

    Raises:
        Refused: with everything that is wrong (400).
    """
    heads = {each.name.partition("/")[0] for each in listing.fields}
    mistakes = [
        Mistake("InvalidField", f"{listing.word} has no field {name}.", name, listing.word)
        for name in after
        if name not in heads and name not in {"id", "_info"}
    ]
    made: Columns = {}
    for each in listing.fields:
        head, slash, part = each.name.partition("/")
        if each.required and not before and after.get(head) in (None, ""):
            message = f"The {head} field is required."
            mistakes.append(Mistake("MissingRequiredField", message, head, listing.word))
        elif head not in after or head == "_info" or after[head] == before.get(head):
            continue
        elif slash and part == "id":
            mistakes += _refer(call, listing, each, after[head], made)
        elif not slash:
            mistakes += _set(listing, each, before.get(head), after[head], made)
    refuse(mistakes, listing.word)
    return made


def _anywhere(_: Call) -> Clause:
    return ALWAYS


def changing(
    listing: Listing,
    save: Callable[[Call, Columns], Answer],
    scope: Callable[[Call], Clause] = _anywhere,
) -> tuple[Callable[[Call], Answer], Callable[[Call], Answer]]:
    """Return what answers a PUT and what answers a PATCH of a record: both save its changes.

    Args:
        listing: its fields; the last id in the path names it.
        save: stores the columns that change and answers.
        scope: the records that there are for the caller.
    """

    def put(call: Call) -> Answer:
        before = body_of(call, listing, call.ids[-1], scope(call))
        return save(call, columns_of(call, listing, before, call.object()))

    def patch(call: Call) -> Answer:
        before = body_of(call, listing, call.ids[-1], scope(call))
        return save(call, columns_of(call, listing, before, patch_of(call, listing, before)))

    return put, patch


def _set(
    listing: Listing, field: Field, before: Json, after: Json, made: Columns
) -> Sequence[Mistake]:
    wrong = None if after is None else wrong_with(field, after)
    if wrong is not None:
        return [Mistake(wrong[0], wrong[1], field.name, listing.word)]
    value = stored(field.kind, after)
    if value == stored(field.kind, before):
        return []
    if not field.column:
        return [_fixed(field.name, listing)]
    made[field.column] = value
    return []


def _refer(
    call: Call, listing: Listing, field: Field, after: Json, made: Columns
) -> Sequence[Mistake]:
    head = field.name.partition("/")[0]
    if not field.column:
        return [_fixed(head, listing)]
    if after is None:
        made[field.column] = None
        return []
    parts = _FOUND_BY.get(field.table) or REFERENCES.get(head, _USUALLY)[1]
    row = find(call.connection, field.table, parts, after) if isinstance(after, dict) else None
    if row is None:
        message = f"{head} does not exist."
        return [Mistake("NotFound", message, head, listing.word)]
    made[field.column] = row[0]
    return []


def _fixed(name: str, listing: Listing) -> Mistake:
    return Mistake("ReadOnlyField", f"{name} cannot be changed.", name, listing.word)


def update(call: Call, table: str, identifier: int, columns: Columns) -> None:
    """Write changed columns, and who changed them when."""
    whole = {**columns, "updated_on": call.now, "updated_by": call.caller.name}
    sets = ", ".join(f"{name} = ?" for name in whole)
    call.connection.execute(
        f"UPDATE {table} SET {sets} WHERE id = ?", (*whole.values(), identifier)
    )


def insert(call: Call, table: str, columns: Columns) -> int:
    """Write a new row and return its id."""
    whole = {**columns, "updated_on": call.now, "updated_by": call.caller.name}
    marks = ", ".join("?" * len(whole))
    made = call.connection.execute(
        f"INSERT INTO {table} ({', '.join(whole)}) VALUES ({marks}) RETURNING id",
        tuple(whole.values()),
    ).fetchone()[0]
    return int(made)
