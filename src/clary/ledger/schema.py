"""Checks bodies against the declarations: one compiled schema per edition and release.

The declared classes say what every edition has in common; from their field rules this
module makes one stricter class per edition, release and purpose, so that checking runs
in the model library's compiled core, reports every problem at once, and `describe` is
the JSON Schema of exactly what is checked.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, LiteralString, get_origin

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    StrictBool,
    StrictInt,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    create_model,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError, PydanticOmit

from clary.kernel.change import Body
from clary.kernel.clock import from_timestamp, timestamp
from clary.kernel.errors import Finding, Rejected, declare
from clary.kernel.money import MONEY_PLACES, canonical
from clary.ledger.fields import EditionName, FieldSpec, Kind, Rule, spec_of
from clary.ledger.record import (
    Record,
    entry_class,
    fields_of,
    has_field,
    is_many,
    member,
    visible,
)
from clary.ledger.registry import record_type

FIELD_UNKNOWN = declare(
    "FIELD_UNKNOWN",
    Rejected,
    "{type} has no field {name!r}.",
    "Use one of its fields{near}; `clary records describe` lists them.",
    http_status=400,
    exit_code=2,
)
FIELD_REQUIRED = declare(
    "FIELD_REQUIRED", Rejected, "{label} is missing.", "State {label} ({name})."
)
FIELD_COMPUTED = declare(
    "FIELD_COMPUTED",
    Rejected,
    "{label} is worked out by the company and cannot be stated.",
    "Leave {name} out.",
)
TEXT_TOO_LONG = declare(
    "TEXT_TOO_LONG",
    Rejected,
    "{label} has more than {limit} characters.",
    "Shorten it to {limit} characters.",
)
TEXT_CHARACTERS = declare(
    "TEXT_CHARACTERS",
    Rejected,
    "{label} holds a character that is not allowed there.",
    "{allowed}",
)
TYPE_WRONG = declare(
    "TYPE_WRONG", Rejected, "{label} is not {expected}.", "State {label} as {expected}."
)
DECIMALS_TOO_MANY = declare(
    "DECIMALS_TOO_MANY",
    Rejected,
    "{label} has more than {places} decimals.",
    "Round {label} to {places} decimals.",
)
NUMBER_TOO_LARGE = declare(
    "NUMBER_TOO_LARGE",
    Rejected,
    "{label} is too large; the largest number that fits is {limit}.",
    "State {label} within that limit; check whether it is the number that is meant.",
)
CHOICE_UNKNOWN = declare(
    "CHOICE_UNKNOWN", Rejected, "{label} is none of {choices}.", "Use one of {choices}."
)
ENTRIES_TOO_MANY = declare(
    "ENTRIES_TOO_MANY",
    Rejected,
    "{label} has more than {limit} entries.",
    "Split the document, or leave out entries, so that at most {limit} remain.",
)

MONEY_DIGITS = 15
DECIMAL_DIGITS = 18
INTEGER_LIMIT = 2**53
GROUP_LIMIT = 10_000
NUMBER = re.compile(r"[+-]?(?:[0-9]{1,50}(?:\.[0-9]{0,50})?|\.[0-9]{1,50})")
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Purpose(StrEnum):
    """What a body is checked for."""

    CREATE = "create"
    UPDATE = "update"
    STORED = "stored"


def iso_date(value: object) -> date:
    """Return the date that a text such as 2026-01-31 is; a date stays what it is.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    message = "not a date"
    raise ValueError(message)


def _iso_moment(value: object) -> object:
    if isinstance(value, str):
        return from_timestamp(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    message = "not a moment"
    raise ValueError(message)


def _decimal_input(value: object) -> object:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
        return value
    message = "not a decimal number"
    raise ValueError(message)


def whole_digits(spec: FieldSpec) -> int:
    """Return how many digits a decimal or amount may have before its point."""
    return (MONEY_DIGITS if spec.kind is Kind.MONEY else DECIMAL_DIGITS) - spec.places


def largest(spec: FieldSpec) -> str:
    """Return the largest number that a field of numbers takes, for people."""
    if spec.kind is Kind.INTEGER:
        return f"{INTEGER_LIMIT:,}"
    return f"{10 ** whole_digits(spec) - 1:,}" + ("." + "9" * spec.places if spec.places else "")


def _decimal(digits: int, places: int) -> object:
    whole = digits - places
    text = {"type": "string", "pattern": rf"^ *[+-]?([0-9]{{1,{whole}}}(\.[0-9]*)?|\.[0-9]+) *$"}
    given = {"type": "string", "pattern": _canonical_pattern(whole, places)}
    return Annotated[
        Decimal,
        Field(max_digits=digits, decimal_places=places, allow_inf_nan=False),
        BeforeValidator(_decimal_input),
        PlainSerializer(lambda value: canonical(value, places), return_type=str, when_used="json"),
        WithJsonSchema({"anyOf": [text, {"type": "number"}]}, mode="validation"),
        WithJsonSchema(given, mode="serialization"),
    ]


def _canonical_pattern(whole: int, places: int) -> str:
    if places == MONEY_PLACES:
        return rf"^-?[0-9]{{1,{whole}}}\.[0-9]{{2}}$"
    return rf"^-?[0-9]{{1,{whole}}}(\.[0-9]{{1,{places}}})?$"


def _text(spec: FieldSpec, rule: Rule, purpose: Purpose) -> object:
    must = spec.key or (rule.required and purpose is Purpose.CREATE)
    return Annotated[
        str,
        StringConstraints(
            strip_whitespace=not spec.multiline,
            to_upper=rule.upper or None,
            max_length=rule.length,
            pattern=_pattern(spec, rule),
            min_length=1 if must else None,
        ),
    ]


def _pattern(spec: FieldSpec, rule: Rule) -> str:
    if rule.characters == "alphanumeric":
        return "^[A-Za-z0-9]*$"
    controls = r"\x00-\x08\x0b\x0c\x0e-\x1f" if spec.multiline else r"\x00-\x1f"
    forbidden = "".join(f"\\x{ord(mark):02x}" for mark in rule.characters)
    if rule.upper:
        forbidden += _other_in_capitals()
    return f"^[^{controls}{forbidden}]*$"


@cache
def _other_in_capitals() -> str:
    """Return the letters beyond ASCII whose capitals are in it: the ID would be another's."""
    beyond = map(chr, range(0x80, 0x10000))
    return "".join(each for each in beyond if any(mark.isascii() for mark in each.upper()))


def _plain(spec: FieldSpec, rule: Rule, purpose: Purpose) -> object:
    kinds: dict[Kind, object] = {
        Kind.INTEGER: Annotated[StrictInt, Field(ge=-INTEGER_LIMIT, le=INTEGER_LIMIT)],
        Kind.DATE: Annotated[
            date,
            BeforeValidator(iso_date),
            PlainSerializer(date.isoformat, return_type=str, when_used="json"),
        ],
        Kind.DATETIME: Annotated[
            datetime,
            BeforeValidator(_iso_moment),
            PlainSerializer(timestamp, return_type=str, when_used="json"),
        ],
        Kind.BOOLEAN: StrictBool,
    }
    if spec.kind is Kind.TEXT:
        return _text(spec, rule, purpose)
    if spec.kind is Kind.MONEY:
        return _decimal(MONEY_DIGITS, spec.places)
    if spec.kind is Kind.DECIMAL:
        return _decimal(DECIMAL_DIGITS, spec.places)
    if spec.kind is Kind.CHOICE:
        return Literal[rule.choices]
    return kinds[spec.kind]


def _annotation(
    spec: FieldSpec,
    rule: Rule,
    declared: Any,  # noqa: ANN401 - an annotation is any object
    scope: Scope,
) -> Any:  # noqa: ANN401 - as above
    if spec.kind is not Kind.GROUP:
        return _plain(spec, rule, scope.purpose)
    if not is_many(declared):
        return _compile(entry_class(declared), scope)
    # A list is replaced as a whole, so its entries are complete even in an update.
    whole = replace(scope, purpose=Purpose.CREATE) if scope.purpose is Purpose.UPDATE else scope
    inner = _compile(entry_class(declared), whole)
    return Annotated[list[inner], Field(max_length=rule.length or GROUP_LIMIT)]  # type: ignore[valid-type]  # a class made at run time


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom and for what a schema is compiled."""

    edition: EditionName
    release: int | None
    purpose: Purpose


class _Hidden:
    """Keeps a field out of the JSON Schema."""

    def __get_pydantic_json_schema__(self, _: object, __: object) -> dict[str, Any]:
        raise PydanticOmit


def _absent(reason: LiteralString) -> object:
    def refuse(_: object) -> object:
        raise PydanticCustomError(reason, reason)

    return Annotated[None, BeforeValidator(refuse), _Hidden()]


_ABSENT = _absent("field_absent")
_COMPUTED = _absent("field_computed")


def _entries(value: object) -> object:
    return [] if value is None else value


@cache
def _compile(record: type[Record], scope: Scope) -> type[Record]:
    """Return the stricter class of `record` for one edition, release and purpose."""
    definitions: dict[str, Any] = {}
    for name, info in record.model_fields.items():
        definitions[name] = _definition(spec_of(name, info), info, scope)
    made = create_model(
        record.__name__, __base__=record, __module__=record.__module__, **definitions
    )
    made.__doc__ = record.__doc__
    return made


def _definition(spec: FieldSpec, info: FieldInfo, scope: Scope) -> tuple[Any, Any]:
    rule = spec.rule(scope.edition)
    if rule is None or not has_field(spec, scope.edition, scope.release):
        return (_ABSENT, Field(default=None, alias=info.alias))
    if spec.computed and scope.purpose is not Purpose.STORED:
        return (_COMPUTED, Field(default=None, alias=info.alias))
    kind = _annotation(spec, rule, info.annotation, scope)
    title = spec.label_in(scope.edition)
    if get_origin(info.annotation) is list:
        # Rules count such entries, so that none stated are no entries, never nothing.
        entries: Any = Annotated[kind, BeforeValidator(_entries)]
        return (entries, Field(default_factory=list, alias=info.alias, title=title))
    if rule.required and scope.purpose is Purpose.CREATE:
        return (kind, Field(alias=info.alias, title=title))
    return (kind | None, Field(default=info.default, alias=info.alias, title=title))


def schema_class(
    name: str,
    edition: EditionName,
    release: int | None = None,
    purpose: Purpose = Purpose.CREATE,
) -> type[Record]:
    """Return the class that checks bodies of the record type `name`.

    Raises:
        Rejected: there is no such record type (TYPE_UNKNOWN).
    """
    return _compile(record_type(name).record, Scope(edition, release, purpose))


def check(
    name: str,
    body: Mapping[str, object],
    edition: EditionName,
    release: int | None = None,
    purpose: Purpose = Purpose.CREATE,
    record: str | None = None,
) -> tuple[Record | None, list[Finding]]:
    """Check a body; return the typed record, or none with every problem found.

    Args:
        name: canonical name of the record type.
        body: values as they came; text is trimmed, references are put in upper case
            where the edition does so.
        edition: the edition whose rules hold.
        release: release year (US) or version (UK); none means any.
        purpose: what the body is for.
        record: the record in words, for the findings.
    """
    scope = Scope(edition, release, purpose)
    return check_class(record_type(name).record, name, body, scope, record)


def check_class(
    base: type[Record],
    name: str,
    body: Mapping[str, object],
    scope: Scope,
    record: str | None = None,
) -> tuple[Record | None, list[Finding]]:
    """Check a body against a declared class, such as one entry of a nested group.

    Args:
        base: the class that declares the fields.
        name: what findings call it.
        body: values as they came.
        scope: edition, release and purpose.
        record: the record in words, for the findings.
    """
    try:
        return _compile(base, scope).model_validate(body), []
    except ValidationError as error:
        return None, list(_findings(error, name, base, scope, record))


def canonical_body(record: Record) -> Body:
    """Return a checked record as a canonical body; fields that were not stated are left out."""
    return record.model_dump(mode="json", by_alias=True, exclude_unset=True)


def json_schema(
    name: str,
    edition: EditionName,
    release: int | None = None,
    purpose: Purpose = Purpose.CREATE,
) -> dict[str, Any]:
    """Return the JSON Schema of the bodies that `check` accepts, or gives for STORED."""
    return json_schema_of(record_type(name).record, name, Scope(edition, release, purpose))


def json_schema_of(base: type[Record], name: str, scope: Scope) -> dict[str, Any]:
    """Return the JSON Schema of a declared class, such as one entry of a nested group."""
    stored = scope.purpose is Purpose.STORED
    mode: Literal["validation", "serialization"] = "serialization" if stored else "validation"
    schema = _compile(base, scope).model_json_schema(mode=mode)
    schema["$id"] = f"urn:clary:{scope.edition}:{name}:{scope.purpose.value}"
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema


def _findings(
    error: ValidationError, name: str, base: type[Record], scope: Scope, record: str | None
) -> Iterator[Finding]:
    for problem in error.errors(include_url=False, include_context=True, include_input=True):
        path = problem["loc"]
        owner, spec = _locate(base, path)
        where = ".".join(str(step) for step in path)
        context = problem.get("ctx") or {}
        if spec is None or problem["type"] in ("extra_forbidden", "field_absent"):
            yield _unknown(name, owner, scope, str(path[-1]) if path else "", where, record)
        else:
            kind = _named(problem["type"], problem["input"], spec)
            yield _translated(kind, context, spec, scope, where, record)


def _named(kind: str, value: object, spec: FieldSpec) -> str:
    """Return the kind of a problem, where the model library's own says too little."""
    if value is None and spec.kind is not Kind.GROUP:
        return "missing"
    if kind != "decimal_max_digits":
        return kind
    # The library counts all digits before it looks on which side of the point they are.
    is_large = Decimal(str(value)).adjusted() >= whole_digits(spec)
    return "decimal_whole_digits" if is_large else "decimal_max_places"


def _locate(
    base: type[Record], path: tuple[int | str, ...]
) -> tuple[type[Record], FieldSpec | None]:
    """Return the class at the end of a path and the field there, as far as they exist."""
    owner, spec = base, None
    for step in path:
        if isinstance(step, int):
            continue
        found = member(owner, step)
        if found is None:
            return owner, spec if spec is not None and spec.kind is not Kind.GROUP else None
        spec = found.spec
        if spec.kind is Kind.GROUP:
            owner = entry_class(found.annotation)
    return owner, spec


def unknown_field(
    name: str, base: type[Record], scope: Scope, path: str, record: str | None = None
) -> Finding:
    """Return the finding for a dotted path that names no field, with near matches."""
    steps = path.split(".")
    owner, _ = _locate(base, tuple(step for step in steps[:-1] if not step.isdecimal()))
    return _unknown(name, owner, scope, steps[-1], path, record)


def _unknown(
    name: str, owner: type[Record], scope: Scope, field: str, where: str, record: str | None
) -> Finding:
    known = visible(fields_of(owner), scope.edition, scope.release)
    near = difflib.get_close_matches(field, known, n=3)
    hint = f" (did you mean {' or '.join(near)}?)" if near else ""
    return FIELD_UNKNOWN.finding(record=record, field=where, type=name, name=where, near=hint)


EXPECTED = {
    Kind.TEXT: "text",
    Kind.INTEGER: "a whole number",
    Kind.DECIMAL: "a decimal number such as 12.5",
    Kind.MONEY: "an amount such as 12.50",
    Kind.DATE: "a date such as 2026-01-31",
    Kind.DATETIME: "a moment such as 2026-01-31T09:30:00.000000Z",
    Kind.BOOLEAN: "true or false",
    Kind.CHOICE: "one of its words",
    Kind.GROUP: "a list of entries",
}


_TOO_LARGE = frozenset({"decimal_whole_digits", "greater_than_equal", "less_than_equal"})


def _translated(  # noqa: PLR0911 - one return for each kind of problem
    kind: str,
    context: dict[str, Any],
    spec: FieldSpec,
    scope: Scope,
    where: str,
    record: str | None,
) -> Finding:
    rule = spec.rule(scope.edition) or Rule()
    label = spec.label_in(scope.edition)
    if kind in {"missing", "string_too_short"}:
        return FIELD_REQUIRED.finding(record=record, field=where, label=label, name=where)
    if kind == "field_computed":
        return FIELD_COMPUTED.finding(record=record, field=where, label=label, name=where)
    if kind == "string_too_long":
        limit = context["max_length"]
        return TEXT_TOO_LONG.finding(record=record, field=where, label=label, limit=limit)
    if kind == "string_pattern_mismatch":
        return TEXT_CHARACTERS.finding(
            record=record, field=where, label=label, allowed=_allowed(rule)
        )
    if kind == "decimal_max_places":
        return DECIMALS_TOO_MANY.finding(
            record=record, field=where, label=label, places=spec.places
        )
    if kind in _TOO_LARGE:
        limit = largest(spec)
        return NUMBER_TOO_LARGE.finding(record=record, field=where, label=label, limit=limit)
    if kind == "literal_error":
        choices = ", ".join(rule.choices)
        return CHOICE_UNKNOWN.finding(record=record, field=where, label=label, choices=choices)
    if kind == "too_long":
        limit = rule.length or GROUP_LIMIT
        return ENTRIES_TOO_MANY.finding(record=record, field=where, label=label, limit=limit)
    return TYPE_WRONG.finding(record=record, field=where, label=label, expected=EXPECTED[spec.kind])


def _allowed(rule: Rule) -> str:
    if rule.characters == "alphanumeric":
        return "Use only the letters A-Z and the digits 0-9."
    if rule.upper and not rule.characters:
        return "Leave out control characters, and letters that have no capital of their own."
    if rule.characters:
        return "Leave out " + " ".join(rule.characters) + " and control characters."
    return "Leave out line breaks and other control characters."
