"""The lists of JSON bodies: read, made, changed and deleted by their declarations."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import cache, partial

from clary.apps.connectwise.sandbox.call import Answer, Call
from clary.apps.connectwise.sandbox.checking import mistakes_in, reference, refuse
from clary.apps.connectwise.sandbox.closing import remap_offsets
from clary.apps.connectwise.sandbox.conditions import ALWAYS, Clause
from clary.apps.connectwise.sandbox.declared import LISTS, ListOf
from clary.apps.connectwise.sandbox.fields import Kind, body_fields
from clary.apps.connectwise.sandbox.listing import Listing, count_of, one_of, page_of
from clary.apps.connectwise.sandbox.patching import patched
from clary.apps.connectwise.sandbox.problems import Mistake, Refused
from clary.apps.connectwise.sandbox.routing import Route
from clary.apps.connectwise.sandbox.tax_levels import levels_from_code, levels_to_code
from clary.apps.connectwise.sandbox.wire import Json, as_object, encoded, parsed

UNIQUE = {
    "company": "identifier",
    "member": "identifier",
    "catalog": "identifier",
    "tax_code": "identifier",
}
"""What no two records of a list share."""

USES = {
    "company": (("invoice", "company_id"), ("purchase_order", "vendor_id")),
    "catalog": (("invoice_line", "catalog_id"), ("purchase_line", "catalog_id")),
    "tax_code": (("invoice", "tax_code_id"),),
    "billing_term": (("invoice", "terms_id"),),
    "billing_status": (("invoice", "status_id"),),
    "currency": (("invoice", "currency_id"),),
    "location": (("invoice", "location_id"),),
    "warehouse": (("purchase_order", "warehouse_id"),),
}
"""Where a record of a list may be in use, so that it cannot be deleted."""


MEMBERS = next(each for each in LISTS if each.table == "member")


@cache
def listing_of(declared: ListOf) -> Listing:
    """Return how a list is listed."""
    return Listing(
        declared.word,
        f"{declared.table} r",
        body_fields(declared.fields, declared.columns),
        raw=True,
        forward=not declared.parent,
    )


def routes() -> list[Route]:
    """Return the paths of all lists."""
    made = []
    for declared in LISTS:
        one = declared.path + "/{}"
        for method, path, handler in (
            ("GET", declared.path, _list),
            ("POST", declared.path, _create),
            ("GET", one, _get),
            ("PUT", one, _put),
            ("PATCH", one, _patch),
            ("DELETE", one, _delete),
        ):
            if method in declared.methods and (declared.single or path == declared.path):
                made.append(Route(method, path, partial(handler, declared), declared.module))
        if declared.counted:
            made.append(
                Route("GET", declared.path + "/count", partial(_count, declared), declared.module)
            )
    return made


def _scope(declared: ListOf, call: Call) -> Clause:
    """Return the condition of the parent in the path, which must be there."""
    if not declared.parent:
        return ALWAYS
    parent = call.ids[0]
    sql = f"SELECT 1 FROM {declared.parent} WHERE id = ?"
    if call.connection.execute(sql, (parent,)).fetchone() is None:
        raise Refused.missing(declared.parent.replace("_", " "), parent)
    return Clause("r.parent = ?", (parent,))


def _list(declared: ListOf, call: Call) -> Answer:
    return page_of(listing_of(declared), call, _scope(declared, call))


def _count(declared: ListOf, call: Call) -> Answer:
    return count_of(listing_of(declared), call, _scope(declared, call))


def _get(declared: ListOf, call: Call) -> Answer:
    return one_of(listing_of(declared), call, call.ids[-1], _scope(declared, call))


def _create(declared: ListOf, call: Call) -> Answer:
    scope = _scope(declared, call)
    parent = call.ids[0] if declared.parent else None
    body = _checked(declared, call, call.object(), None)
    made = insert(call.connection, declared.table, body, parent=parent)
    _after(declared, call, made)
    return one_of(listing_of(declared), call, made, scope, status=201)


def _put(declared: ListOf, call: Call) -> Answer:
    _text(declared, call)
    return _save(declared, call, call.object())


def _patch(declared: ListOf, call: Call) -> Answer:
    before = as_object(parsed(_text(declared, call).encode()))
    names = [each.name for each in listing_of(declared).fields]
    return _save(declared, call, patched(before, call.json(), names))


def _save(declared: ListOf, call: Call, given: Mapping[str, Json]) -> Answer:
    identifier = call.ids[-1]
    body = _checked(declared, call, given, identifier) | {"id": identifier}
    call.connection.execute(
        f"UPDATE {declared.table} SET body = ? WHERE id = ?", (encoded(body), identifier)
    )
    _after(declared, call, identifier)
    return one_of(listing_of(declared), call, identifier, _scope(declared, call))


def _delete(declared: ListOf, call: Call) -> Answer:
    _text(declared, call)
    for table, column in USES.get(declared.table, ()):
        sql = f"SELECT 1 FROM {table} WHERE {column} = ?"
        if call.connection.execute(sql, (call.ids[-1],)).fetchone():
            raise Refused.conflict(f"{declared.word} {call.ids[-1]} is in use.")
    call.connection.execute(f"DELETE FROM {declared.table} WHERE id = ?", (call.ids[-1],))
    _after(declared, call, call.ids[-1])
    return Answer(204, "")


def _text(declared: ListOf, call: Call) -> str:
    scope = _scope(declared, call)
    sql = f"SELECT r.body FROM {declared.table} r WHERE r.id = ? AND {scope.sql}"
    row = call.connection.execute(sql, (call.ids[-1], *scope.parameters)).fetchone()
    if row is None:
        raise Refused.missing(declared.word, call.ids[-1])
    return str(row[0])


def _checked(
    declared: ListOf, call: Call, given: Mapping[str, Json], identifier: int | None
) -> dict[str, Json]:
    """Return the body to store: checked, with whole references and its stamp."""
    fields = listing_of(declared).fields
    mistakes = mistakes_in(given, fields, declared.word)
    body: dict[str, Json] = {name: value for name, value in given.items() if value is not None}
    for each in fields:
        if each.kind is Kind.REFERENCE and isinstance(body.get(each.name), dict):
            whole, wrong = reference(call.connection, each.name, body[each.name], declared.word)
            body[each.name] = whole
            mistakes += [wrong] if wrong else []
    mistakes += _taken(declared, call, body, identifier)
    refuse(mistakes, declared.word)
    return body | {"_info": {"lastUpdated": call.now, "updatedBy": call.caller.name}}


def _taken(
    declared: ListOf, call: Call, body: Mapping[str, Json], identifier: int | None
) -> list[Mistake]:
    unique = UNIQUE.get(declared.table)
    value = body.get(unique) if unique else None
    if not isinstance(value, str):
        return []
    sql = f"SELECT id FROM {declared.table} WHERE {unique} = ? COLLATE NOCASE AND id IS NOT ?"
    if call.connection.execute(sql, (value, identifier)).fetchone() is None:
        return []
    message = f"There is a {declared.word} with {unique} {value} already."
    return [Mistake("ObjectExists", message, unique or "", declared.word)]


def _after(declared: ListOf, call: Call, identifier: int) -> None:
    """Make what depends on a changed record follow it."""
    if declared.table == "tax_code":
        levels_from_code(call.connection, identifier)
    elif declared.table == "tax_code_level":
        levels_to_code(call.connection, call.ids[0])
    elif declared.table == "accounting_package_setup":
        remap_offsets(call.connection)


def insert(
    connection: sqlite3.Connection,
    table: str,
    body: Mapping[str, Json],
    *,
    identifier: int | None = None,
    parent: int | None = None,
) -> int:
    """Add a record to a list and return its id."""
    made = connection.execute(
        f"INSERT INTO {table} (id, parent, body) VALUES (?, ?, '{{}}') RETURNING id",
        (identifier, parent),
    ).fetchone()[0]
    whole = encoded({"id": made, **{k: v for k, v in body.items() if k != "id"}})
    connection.execute(f"UPDATE {table} SET body = ? WHERE id = ?", (whole, made))
    return int(made)
