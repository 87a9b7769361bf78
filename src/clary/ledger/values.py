"""Values that arrive as text, made into what bodies hold; nothing is guessed on the way.

Options of commands (`--field name=value`, `--set item.class=stock`), columns of CSV files
and JSON documents all pass here, so that one text means the same wherever it is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Final, TypeAlias

from clary.kernel.change import JsonValue
from clary.kernel.clock import from_timestamp, timestamp
from clary.kernel.errors import ClaryError, Finding, Rejected, declare
from clary.kernel.money import canonical, round_half_up
from clary.ledger.fields import EditionName, FieldSpec, Kind, Rule
from clary.ledger.json_places import DIGITS_LIMIT, first_refused, in_our_words, place_of
from clary.ledger.record import Member, Record, entry_class, has_field, is_many, member
from clary.ledger.schema import (
    CHOICE_UNKNOWN,
    DECIMALS_TOO_MANY,
    EXPECTED,
    GROUP_LIMIT,
    INTEGER_LIMIT,
    NUMBER,
    NUMBER_TOO_LARGE,
    TYPE_WRONG,
    Scope,
    iso_date,
    largest,
    unknown_field,
    whole_digits,
)

BODY_NOT_JSON = declare(
    "BODY_NOT_JSON",
    Rejected,
    "This is not JSON: {reason} at line {line}, column {column}.",
    "Correct the text there.",
    http_status=400,
    exit_code=2,
)
BODY_TOO_LARGE = declare(
    "BODY_TOO_LARGE",
    Rejected,
    "The document has more than {limit} {unit}.",
    "Split it, or leave out what is not needed.",
    http_status=413,
)
BODY_TOO_DEEP = declare(
    "BODY_TOO_DEEP",
    Rejected,
    "The document is nested more than {limit} levels deep.",
    "Records need three levels at most; take out the nesting.",
    http_status=400,
)
ENTRY_GAP = declare(
    "ENTRY_GAP",
    Rejected,
    "{path} is stated, but the entry before it is not.",
    "Number entries from 0 without gaps.",
)

TEXT_LIMIT: Final = 4_000_000
"""Most characters of one document as JSON: far beyond 1,000 lines with every field."""

DEPTH_LIMIT: Final = 12
"""Most levels of one document; records have three."""

VALUES_LIMIT: Final = 200_000
"""Most values of one document."""

_INTEGER: Final = re.compile("[+-]?[0-9]{1,50}")
_FLAGS: Final = {"true": True, "yes": True, "false": False, "no": False}

Outcome: TypeAlias = tuple[JsonValue, list[Finding]]
_Reader: TypeAlias = Callable[[FieldSpec, Rule, str], JsonValue]


def from_text(spec: FieldSpec, text: str, edition: EditionName, path: str = "") -> Outcome:
    """Return the canonical value that `text` is in this field, and what is wrong with it.

    Empty text is no value.  Dates are written as 2026-01-31, amounts with a point and
    without thousands marks, flags as true, false, yes or no, choices in any case, groups
    as JSON.

    Args:
        spec: the field.
        text: the value as a person or file wrote it.
        edition: the edition whose choices hold.
        path: dotted path of the field for the findings; the field's name if empty.
    """
    if not text.strip():
        return None, []
    try:
        return _READERS[spec.kind](spec, spec.rule(edition) or Rule(), text), []
    except ClaryError as error:
        return None, [replace(each, field=path or spec.name) for each in error.findings]


def _unfit(spec: FieldSpec, rule: Rule) -> ClaryError:
    return TYPE_WRONG.raised(label=rule.label or spec.label, expected=EXPECTED[spec.kind])


def _text(_: FieldSpec, __: Rule, text: str) -> JsonValue:
    return text


def _integer(spec: FieldSpec, rule: Rule, text: str) -> JsonValue:
    if not _INTEGER.fullmatch(text.strip()):
        raise _unfit(spec, rule)
    number = int(text)
    if abs(number) > INTEGER_LIMIT:
        raise NUMBER_TOO_LARGE.raised(label=rule.label or spec.label, limit=largest(spec))
    return number


def _number(spec: FieldSpec, rule: Rule, text: str) -> JsonValue:
    if not NUMBER.fullmatch(text.strip()):
        raise _unfit(spec, rule)
    number = Decimal(text.strip())
    label = rule.label or spec.label
    if number and number.adjusted() >= whole_digits(spec):
        raise NUMBER_TOO_LARGE.raised(label=label, limit=largest(spec))
    if number != round_half_up(number, spec.places):
        raise DECIMALS_TOO_MANY.raised(label=label, places=spec.places)
    return canonical(number, spec.places)


def _day(spec: FieldSpec, rule: Rule, text: str) -> JsonValue:
    try:
        return iso_date(text.strip()).isoformat()
    except ValueError:
        raise _unfit(spec, rule) from None


def _moment(spec: FieldSpec, rule: Rule, text: str) -> JsonValue:
    try:
        return timestamp(from_timestamp(text.strip()))
    except ValueError:
        raise _unfit(spec, rule) from None


def _flag(spec: FieldSpec, rule: Rule, text: str) -> JsonValue:
    found = _FLAGS.get(text.strip().casefold())
    if found is None:
        raise _unfit(spec, rule)
    return found


def _choice(spec: FieldSpec, rule: Rule, text: str) -> JsonValue:
    folded = text.strip().casefold().replace(" ", "_").replace("-", "_")
    if folded not in rule.choices:
        label = rule.label or spec.label
        raise CHOICE_UNKNOWN.raised(label=label, choices=", ".join(rule.choices))
    return folded


def _group(spec: FieldSpec, rule: Rule, text: str) -> JsonValue:
    value = read_json(text)
    if not isinstance(value, dict | list):
        raise _unfit(spec, rule)
    return value


_READERS: Final[dict[Kind, _Reader]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _number,
    Kind.MONEY: _number,
    Kind.DATE: _day,
    Kind.DATETIME: _moment,
    Kind.BOOLEAN: _flag,
    Kind.CHOICE: _choice,
    Kind.GROUP: _group,
}


def body_from_texts(
    base: type[Record],
    name: str,
    texts: Mapping[str, str] | Iterable[tuple[str, str]],
    scope: Scope,
) -> tuple[dict[str, object], list[Finding]]:
    """Return the body that dotted paths and texts describe, and every problem found.

    `bill_to.city` leads into a group, `lines.0.amount` into the first line.

    Args:
        base: the class that declares the fields.
        name: what findings call it.
        texts: path and text of each value; a later one of a path replaces an earlier.
        scope: edition and release whose fields may be named.
    """
    body: dict[str, object] = {}
    findings: list[Finding] = []
    for path, text in texts.items() if isinstance(texts, Mapping) else texts:
        steps = path.split(".")
        place = _place(base, steps, scope)
        if place is None:
            findings.append(unknown_field(name, base, scope, path))
            continue
        value, problems = from_text(place, text, scope.edition, path)
        findings.extend(problems)
        if not problems and not _put(body, steps, value):
            findings.append(ENTRY_GAP.finding(field=path, path=path))
    return body, findings


def _place(base: type[Record], steps: list[str], scope: Scope) -> FieldSpec | None:
    """Return the field that a path leads to, none where it leads nowhere."""
    owner: type[Record] | None = base
    found: Member | None = None
    for step in steps:
        if step.isdecimal():
            # A number stands once, right behind a group of many.
            if found is None or not is_many(found.annotation) or not _is_entry(step):
                return None
            owner, found = entry_class(found.annotation), None
            continue
        if found is not None:
            owner = None if is_many(found.annotation) else _inside(found)
        found = member(owner, step) if owner else None
        if found is None or not has_field(found.spec, scope.edition, scope.release):
            return None
    return found.spec if found else None


def _is_entry(step: str) -> bool:
    return len(step) <= len(str(GROUP_LIMIT)) and int(step) < GROUP_LIMIT


def _inside(found: Member) -> type[Record] | None:
    return entry_class(found.annotation) if found.spec.kind is Kind.GROUP else None


def _put(body: dict[str, object], steps: list[str], value: object) -> bool:
    """Set the value at a path, making groups and entries on the way; false for a gap."""
    here: object = body
    for step, following in pairwise(steps):
        empty: object = [] if following.isdecimal() else {}
        if isinstance(here, list):
            if int(step) > len(here):
                return False
            if int(step) == len(here):
                here.append(empty)
            here = here[int(step)]
        elif isinstance(here, dict):
            here = here.setdefault(step, empty)
    if not isinstance(here, dict):
        return False
    here[steps[-1]] = value
    return True


def read_json(text: str, first_line: int = 1) -> object:
    """Return the value of a JSON text; numbers with decimals become exact Decimals.

    Args:
        text: the text.
        first_line: number of its first line in what it was taken from, for messages.

    Raises:
        Rejected: it is not JSON (BODY_NOT_JSON), too large (BODY_TOO_LARGE) or too
            deeply nested (BODY_TOO_DEEP).
    """
    if len(text) > TEXT_LIMIT:
        raise BODY_TOO_LARGE.raised(limit=TEXT_LIMIT, unit="characters")
    try:
        value = json.loads(
            text,
            parse_float=_exact,
            parse_int=_whole,
            parse_constant=_no_constant,
            object_pairs_hook=_once,
        )
    except json.JSONDecodeError as error:
        raise _not_json(text, in_our_words(error.msg), error.pos, first_line) from None
    except RecursionError:
        raise BODY_TOO_DEEP.raised(limit=DEPTH_LIMIT) from None
    except ValueError:
        refused = first_refused(text)
        raise _not_json(text, refused.reason, refused.offset, first_line) from None
    measure(value)
    return value


def _not_json(text: str, reason: str, offset: int, first_line: int) -> ClaryError:
    line, column = place_of(text, offset, first_line)
    return BODY_NOT_JSON.raised(reason=reason, line=line, column=column)


def _exact(text: str) -> Decimal:
    if len(text) > DIGITS_LIMIT:
        raise ValueError(text)
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error


def _whole(text: str) -> int:
    if len(text) > DIGITS_LIMIT:
        raise ValueError(text)
    return int(text)


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError(pairs)
    return made


_PLAIN: Final = frozenset({bool, int, Decimal, type(None)})
"""Types of values that hold nothing and have no length to bound."""


def measure(value: object) -> None:
    """Refuse a document that is too deep or has too many values, before it is checked.

    Raises:
        Rejected: it is too deep (BODY_TOO_DEEP) or too large (BODY_TOO_LARGE).
    """
    level: list[object] = [value]
    seen = depth = 0
    while level:
        depth += 1
        seen += len(level)
        if seen > VALUES_LIMIT:
            raise BODY_TOO_LARGE.raised(limit=VALUES_LIMIT, unit="values")
        below: list[object] = []
        for each in level:
            if type(each) in _PLAIN:
                continue
            if isinstance(each, str):
                if len(each) > TEXT_LIMIT:
                    raise BODY_TOO_LARGE.raised(limit=TEXT_LIMIT, unit="characters")
            elif isinstance(each, dict | list | tuple):
                if depth > DEPTH_LIMIT:
                    raise BODY_TOO_DEEP.raised(limit=DEPTH_LIMIT)
                below.extend(each.values() if isinstance(each, dict) else each)
        level = below
