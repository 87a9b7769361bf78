"""Lists: conditions, order, fields, pages and counts, straight from the tables.

Two styles of paging are known: `page` with links to the next and the last page, and
`pagination-type: forward-only`, where `pageId` means "ids above this" and only the next page
is linked.  An answer without a link is the last.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias
from urllib.parse import urlencode

from clary.apps.connectwise.sandbox.call import LARGEST_PAGE, USUAL_PAGE, Answer, Call, answered
from clary.apps.connectwise.sandbox.conditions import ALWAYS, Clause, Term, clause
from clary.apps.connectwise.sandbox.fields import Field, Kind, shown
from clary.apps.connectwise.sandbox.problems import Mistake, Refused
from clary.apps.connectwise.sandbox.wire import Json, encoded, listed, parsed

Body: TypeAlias = dict[str, Json]
Finish: TypeAlias = Callable[[sqlite3.Connection, list[Body]], None]

HIGHEST_ID = 2**31 - 1
REFERENCE_PARTS = {
    part.casefold(): part
    for part in [
        "id",
        "name",
        "identifier",
        "symbol",
        "currencyCode",
        "isClosed",
        "summary",
        "type",
        "caption",
        "value",
    ]
}


@dataclass(frozen=True, slots=True)
class Listing:
    """What can be listed, and how.

    Attributes:
        word: what one of it is called in errors.
        source: the FROM clause; the main table is `r`.
        fields: every field.
        where: condition that every record of the list meets.
        identifier: SQL by which records are found and ordered.
        base: what the id shown has on top of the identifier.
        raw: the records are JSON bodies in `r.body`.
        forward: forward-only paging is supported.
        finish: adds to the records what one row cannot hold.
    """

    word: str
    source: str
    fields: tuple[Field, ...]
    where: str = "1"
    identifier: str = "r.id"
    base: int = 0
    raw: bool = False
    forward: bool = True
    finish: Finish | None = None


# -- names -------------------------------------------------------------------------------------


@cache
def _named(listing: Listing) -> Mapping[str, Field]:
    return {each.name.casefold(): each for each in listing.fields}


def term_of(listing: Listing, path: str) -> Term:
    """Return what a name in conditions or order stands for.

    Raises:
        Refused: the list has no such field (400).
    """
    name = path.replace(".", "/")
    named = _named(listing)
    found = named.get(name.casefold())
    if found is not None:
        return Term(found.sql, found.kind)
    if name.casefold() == "id":
        return Term(f"({listing.identifier} + {listing.base})", Kind.WHOLE)
    head, _, part = name.partition("/")
    inner = named.get(head.casefold())
    sub = REFERENCE_PARTS.get(part.casefold())
    if head == "_info" and part.casefold() == "lastupdated" and listing.raw:
        return Term("json_extract(r.body, '$._info.lastUpdated')", Kind.MOMENT)
    if listing.raw and inner is not None and inner.kind is Kind.REFERENCE and sub:
        kind = Kind.NUMBER if sub == "id" else Kind.TEXT
        return Term(f"json_extract(r.body, '$.{inner.name}.{sub}')", kind)
    message = f"{listing.word} has no field {path}."
    raise Refused.invalid(message, Mistake("InvalidField", message, path, listing.word))


def wanted(listing: Listing, call: Call) -> Clause:
    """Return the condition that the query of a call makes."""
    query = call.query
    made = clause(query.get("conditions", ""), lambda path: term_of(listing, path))
    children = query.get("childconditions", "")
    if children:
        made = made.also(_of_children(listing, children))
    custom = query.get("customfieldconditions", "")
    if custom:
        made = made.also(_of_children(listing, custom, "customFields"))
    return made


def _of_children(listing: Listing, text: str, array: str = "") -> Clause:
    """Return the condition that one member of an array meets `text`."""
    arrays: set[str] = set()

    def lookup(path: str) -> Term:
        head, _, part = path.replace(".", "/").partition("/")
        name, inner = (array, path) if array else (head, part)
        field = _named(listing).get(name.casefold())
        sub = REFERENCE_PARTS.get(inner.casefold())
        if field is None or field.kind is not Kind.LIST or not listing.raw or sub is None:
            message = f"{listing.word} has no list with {path}."
            raise Refused.invalid(message, Mistake("InvalidField", message, path, listing.word))
        arrays.add(field.name)
        kind = Kind.NUMBER if sub == "id" else Kind.TEXT
        return Term(f"json_extract(member.value, '$.{sub}')", kind)

    inside = clause(text, lookup)
    if len(arrays) != 1:
        message = "Child conditions name the members of one list."
        raise Refused.invalid(message, Mistake("InvalidCondition", message, "childConditions"))
    exists = f"SELECT 1 FROM json_each(r.body, '$.{arrays.pop()}') member WHERE {inside.sql}"
    return Clause(f"EXISTS ({exists})", inside.parameters)


def _order(listing: Listing, text: str) -> str:
    orders = []
    for each in filter(None, (part.strip() for part in text.split(","))):
        matched = re.fullmatch(r"([\w/.]+)(?:\s+(asc|desc))?", each, flags=re.IGNORECASE)
        if matched is None:
            message = f"{each} is no order such as: invoiceDate desc"
            raise Refused.invalid(message, Mistake("InvalidOrder", message, "orderBy"))
        term = term_of(listing, matched.group(1))
        collation = " COLLATE NOCASE" if term.kind is Kind.TEXT else ""
        orders.append(f"{term.sql}{collation} {matched.group(2) or 'asc'}")
    return ", ".join([*orders, listing.identifier])


# -- records -----------------------------------------------------------------------------------


def chosen_fields(listing: Listing, text: str) -> tuple[Field, ...]:
    """Return the fields that `fields=id,company/name` asks for; all of them if it is empty."""
    names = {name.strip().replace(".", "/").casefold() for name in text.split(",") if name.strip()}
    if not names:
        return listing.fields
    return tuple(
        each
        for each in listing.fields
        if each.name.casefold() in names or each.name.partition("/")[0].casefold() in names
    )


def built(fields: Sequence[Field], row: Sequence[object]) -> Body:
    """Return the body that a row gives."""
    made: Body = {}
    for each, value in zip(fields, row, strict=True):
        if value is None:
            continue
        head, slash, part = each.name.partition("/")
        if not slash:
            made[head] = shown(each.kind, value)
            continue
        inner = made.setdefault(head, {})
        if isinstance(inner, dict):
            inner[part] = shown(each.kind, value)
    return made


def bodies(
    connection: sqlite3.Connection,
    listing: Listing,
    scope: Clause,
    fields: Sequence[Field],
    tail: str = "",
) -> list[Body]:
    """Return the records that meet `scope`, built from rows."""
    columns = ", ".join(each.sql for each in fields)
    sql = f"SELECT {columns} FROM {listing.source} WHERE {listing.where} AND {scope.sql} {tail}"
    made = [built(fields, row) for row in connection.execute(sql, scope.parameters)]
    if listing.finish is not None:
        listing.finish(connection, made)
    return made


def texts(
    connection: sqlite3.Connection, listing: Listing, scope: Clause, asked: str, tail: str = ""
) -> list[str]:
    """Return the records that meet `scope` as JSON texts, with the fields asked for."""
    if not listing.raw:
        fields = chosen_fields(listing, asked)
        return [encoded(body) for body in bodies(connection, listing, scope, fields, tail)]
    sql = f"SELECT r.body FROM {listing.source} WHERE {listing.where} AND {scope.sql} {tail}"
    rows: Iterable[str] = (row[0] for row in connection.execute(sql, scope.parameters))
    if not asked.strip():
        return list(rows)
    return [encoded(_pruned(parsed(text.encode()), asked)) for text in rows]


def _pruned(body: Json, asked: str) -> Json:
    """Return the parts of a body that `fields` names."""
    if not isinstance(body, dict):
        return body
    kept: Body = {}
    members = {name.casefold(): name for name in body}
    for path in (each.strip().replace(".", "/") for each in asked.split(",")):
        head, _, part = path.partition("/")
        name = members.get(head.casefold())
        if name is None:
            continue
        value = body[name]
        if part and isinstance(value, dict):
            inner = _pruned(value, part)
            before = kept.get(name)
            kept[name] = (
                before | inner if isinstance(before, dict) and isinstance(inner, dict) else inner
            )
        else:
            kept[name] = value
    return kept


# -- answers -----------------------------------------------------------------------------------


def page_of(listing: Listing, call: Call, scope: Clause = ALWAYS) -> Answer:
    """Answer a list with one page of it."""
    made = scope.also(wanted(listing, call))
    size = call.number("pageSize", USUAL_PAGE, LARGEST_PAGE) or USUAL_PAGE
    if call.forward_only and listing.forward:
        return _forward(listing, call, made, size)
    page = max(1, call.number("page", 1, HIGHEST_ID))
    order = _order(listing, call.query.get("orderby", ""))
    tail = f"ORDER BY {order} LIMIT {size} OFFSET {(page - 1) * size}"
    found = texts(call.connection, listing, made, call.query.get("fields", ""), tail)
    pages = -(-_counted(listing, call, made) // size)
    links = []
    if page < pages:
        links = [_link(call, "next", page=page + 1), _link(call, "last", page=pages)]
    headers = {"Link": ", ".join(links)} if links else {}
    return Answer(200, "".join(listed(found)), headers)


def _forward(listing: Listing, call: Call, scope: Clause, size: int) -> Answer:
    after = call.number("pageId", 0, HIGHEST_ID)
    made = scope.also(Clause(f"{listing.identifier} > ?", (after - listing.base,)))
    ids = f"SELECT {listing.identifier} FROM {listing.source} WHERE {listing.where} AND {made.sql}"
    tail = f"ORDER BY {listing.identifier} LIMIT {size}"
    numbers = [row[0] for row in call.connection.execute(f"{ids} {tail}", made.parameters)]
    found = texts(call.connection, listing, made, call.query.get("fields", ""), tail)
    headers = {}
    if len(numbers) == size:
        rest = scope.also(Clause(f"{listing.identifier} > ?", (numbers[-1],)))
        sql = f"SELECT 1 FROM {listing.source} WHERE {listing.where} AND {rest.sql} LIMIT 1"
        if call.connection.execute(sql, rest.parameters).fetchone():
            headers = {"Link": _link(call, "next", pageid=numbers[-1] + listing.base)}
    return Answer(200, "".join(listed(found)), headers)


def _link(call: Call, relation: str, **changed: int) -> str:
    query = {**call.query, **{name: str(value) for name, value in changed.items()}}
    named = {"pageid": "pageId", "pagesize": "pageSize", "orderby": "orderBy"}
    encoded_query = urlencode({named.get(name, name): value for name, value in query.items()})
    return f'<{call.url}?{encoded_query}>; rel="{relation}"'


def _counted(listing: Listing, call: Call, scope: Clause) -> int:
    sql = f"SELECT count(*) FROM {listing.source} WHERE {listing.where} AND {scope.sql}"
    return call.file.remembered(
        (call.generation, sql, scope.parameters),
        lambda: int(call.connection.execute(sql, scope.parameters).fetchone()[0]),
    )


def count_of(listing: Listing, call: Call, scope: Clause = ALWAYS) -> Answer:
    """Answer how many records a list has."""
    return answered({"count": _counted(listing, call, scope.also(wanted(listing, call)))})


def one_of(
    listing: Listing, call: Call, identifier: int, scope: Clause = ALWAYS, status: int = 200
) -> Answer:
    """Answer one record.

    Raises:
        Refused: there is none of this id (404).
    """
    key = identifier - listing.base
    made = scope.also(Clause(f"{listing.identifier} = ?", (key,)))
    found = texts(call.connection, listing, made, call.query.get("fields", ""))
    if not found:
        raise Refused.missing(listing.word, identifier)
    return Answer(status, found[0])
