"""Routes that read a company's records: what types there are, queries, single records."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field

from clary.api.native.calls import Call, Reply
from clary.api.native.conditional import etag
from clary.api.native.routes import Route
from clary.api.native.shown import EXAMPLE_RECORD
from clary.api.native.values import Asked, FindingShown, Flag, JsonObject, Paged, Shown, Text
from clary.hub.services import records as service

TAG: Final = "records"
TYPES: Final = "/companies/{company}/record-types"
RECORDS: Final = "/companies/{company}/records/{type}"
RECORD: Final = "/companies/{company}/records/{type}/{key}"
_NAMES: Final = r"^-?[A-Za-z_][A-Za-z0-9_.]*( *, *-?[A-Za-z_][A-Za-z0-9_.]*){0,99}$"

Names = Annotated[str, Field(max_length=2000, pattern=_NAMES)]
"""Names of fields with commas between."""


class TypesAsked(Asked):
    """Parameters of the list of record types."""

    nested: Flag = Field(default=False, description="List the groups inside records, too.")


class TypeShown(Shown):
    """A record type, and what can be done with it in this company."""

    name: str
    one: str
    many: str
    aliases: list[str]
    parent: str | None
    operations: list[str]


class Types(Shown):
    """The record types of a company."""

    company: str
    items: list[TypeShown]


class QueryShown(Shown):
    """A page of records."""

    company: str
    record_type: str
    period: JsonObject | None = Field(description="The days that are covered.")
    above: list[str] = Field(description="What the company could not do itself.")
    findings: list[FindingShown]
    items: list[JsonObject]
    next: str | None


class RecordsAsked(Paged):
    """Parameters of a query."""

    where: Text | None = Field(
        default=None,
        description="Which records, such as `balance > 100 and name like 'A%'`.",
        examples=["balance > 100 and name like 'A%'"],
    )
    order: Names | None = Field(
        default=None,
        description="Fields to sort by, with commas between; `-` before one is from high to low.",
        examples=["-balance,name"],
    )
    fields: Names | None = Field(
        default=None, description="Fields to give, with commas between.", examples=["id,name"]
    )
    period: Annotated[str, Field(max_length=100)] | None = Field(
        default=None,
        description="all (the default), this_month, this_year, or 2026-01-01..2026-01-31.",
        examples=["this_year"],
    )


class RecordShown(Shown):
    """A record and its version."""

    company: str
    record_type: str
    key: str
    version: str
    record: JsonObject


def types(call: Call) -> Reply:
    """List the record types of a company."""
    nested = call.query(TypesAsked).nested
    found = service.record_types(call.installation, call["company"], nested=nested)
    return Reply.of({"company": call["company"], "items": [each.as_dict() for each in found]})


def describe(call: Call) -> Reply:
    """Describe a record type."""
    found = service.describe_type(call.installation, call["type"], call["company"])
    return Reply.of(found.as_dict())


def query(call: Call) -> Reply:
    """List records."""
    asked = call.query(RecordsAsked)
    found = service.record_page(
        call.installation,
        call["company"],
        call["type"],
        service.QueryAsked(
            where=asked.where,
            fields=_names(asked.fields) or None,
            order=_names(asked.order),
            period=asked.period,
        ),
        asked.limit,
        call.after(),
    )
    return call.paged(found.records, found.end, found.head)


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def get(call: Call) -> Reply:
    """Show one record."""
    found = service.get_records(call.installation, call["company"], call["type"], [call["key"]])
    version = found.versions[0]
    shown: dict[str, Any] = {
        "company": call["company"],
        "record_type": found.declared.name,
        "key": call["key"],
        "version": version,
        "record": found.records[0],
    }
    return Reply.of(shown, ETag=etag(version))


_EXAMPLE_TYPE: Final = {
    "name": "customer",
    "one": "Customer",
    "many": "Customers",
    "aliases": ["customers"],
    "parent": None,
    "operations": ["read", "create", "update", "delete"],
}

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        verb="GET",
        path=TYPES,
        name="list_record_types",
        tag=TAG,
        summary="List the record types of a company",
        query=TypesAsked,
        answer=types,
        shown=Types,
        example={"company": "acme", "items": [_EXAMPLE_TYPE]},
    ),
    Route(
        verb="GET",
        path=f"{TYPES}/{{type}}",
        name="describe_record_type",
        tag=TAG,
        summary="Describe a record type",
        description="Its fields, what can be done with it, and the JSON Schema of what a new"
        " record, a change and a stored record may hold.",
        answer=describe,
        shown={"type": "object", "required": ["name", "fields", "create", "update", "stored"]},
        example={"name": "customer", "fields": [], "create": {}, "update": {}, "stored": {}},
    ),
    Route(
        verb="GET",
        path=RECORDS,
        name="query_records",
        tag=TAG,
        summary="List records",
        description="In the order that is asked for, then by key. What is added meanwhile"
        " shifts no page.",
        query=RecordsAsked,
        answer=query,
        shown=QueryShown,
        example={
            "company": "acme",
            "record_type": "customer",
            "period": None,
            "above": [],
            "findings": [],
            "items": [EXAMPLE_RECORD],
            "next": None,
        },
    ),
    Route(
        verb="GET",
        path=RECORD,
        name="get_record",
        tag=TAG,
        summary="Show one record",
        description="The ETag is the record's version.",
        headers=("if-none-match",),
        answer=get,
        shown=RecordShown,
        example={
            "company": "acme",
            "record_type": "customer",
            "key": "ACME",
            "version": "2c26b46b68ffc68f",
            "record": EXAMPLE_RECORD,
        },
    ),
)
