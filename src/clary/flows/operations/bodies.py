"""Pure work on bodies: what a caller may state, what differs, what a full update clears."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from clary.companies.target import same
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import Finding, Rejected, declare
from clary.ledger.fields import FieldSpec, Kind
from clary.ledger.nested import entries_of
from clary.ledger.record import (
    Record,
    entry_class,
    fields_of,
    groups_of,
    has_field,
    is_many,
    member,
    visible,
)
from clary.ledger.schema import (
    FIELD_COMPUTED,
    FIELD_REQUIRED,
    Purpose,
    Scope,
    canonical_body,
    check_class,
)

FIELD_IGNORED = declare(
    "FIELD_IGNORED",
    Rejected,
    "{label} is worked out by the company; it already is what the document states.",
    "Leave {name} out.",
)
FIELD_STATED = declare(
    "FIELD_STATED",
    Rejected,
    "{label} is worked out by the company; the stated value is kept for comparison only.",
    "Leave {name} out, or compare it in the report.",
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A caller's body, checked.

    Attributes:
        body: canonical, without what the company works out; none where it is not usable.
        computed: what the caller stated of that, canonical, by dotted path.
        findings: every problem.
    """

    body: Body | None
    computed: dict[str, JsonValue] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def prepare(
    base: type[Record], name: str, body: Mapping[str, object], scope: Scope, record: str
) -> Prepared:
    """Check a caller's body and take out of it what the company works out.

    Args:
        base: the class that declares the fields.
        name: what findings call the type.
        body: values as they came.
        scope: edition, release and purpose.
        record: the record in words, for the findings.
    """
    rest, computed = _separated(base, body, scope) if _states_computed(base, body) else (body, {})
    checked, findings = check_class(base, name, rest, scope, record)
    stated: dict[str, JsonValue] = {}
    if computed:
        stored = Scope(scope.edition, scope.release, Purpose.STORED)
        typed, problems = check_class(base, name, computed, stored, record)
        findings = [*findings, *problems]
        stated = dict(_paths(canonical_body(typed))) if typed is not None else {}
        stated = {path: value for path, value in stated.items() if value is not None}
    if checked is None or findings:
        return Prepared(None, stated, tuple(findings))
    canonical = canonical_body(checked)
    whole = scope.purpose is Purpose.CREATE
    return Prepared(stated_only(canonical) if whole else cleared(canonical), stated)


@cache
def _layout(base: type[Record]) -> tuple[frozenset[str], dict[str, type[Record]]]:
    """Return the names of a class's computed fields, and the classes of its groups."""
    names = frozenset(name for name, spec in fields_of(base).items() if spec.computed)
    return names, groups_of(base)


def _states_computed(base: type[Record], body: Mapping[str, object]) -> bool:
    """Tell whether a body states anything that the company works out; most do not."""
    computed, groups = _layout(base)
    if not computed.isdisjoint(body):
        return True
    for name, inner in groups.items():
        value = body.get(name)
        entries = value if isinstance(value, list) else [value] if value else ()
        if any(isinstance(each, dict) and _states_computed(inner, each) for each in entries):
            return True
    return False


def _separated(
    base: type[Record], body: Mapping[str, object], scope: Scope
) -> tuple[dict[str, object], dict[str, object]]:
    """Return a body without its computed fields, and those alone in the same places."""
    rest: dict[str, object] = {}
    computed: dict[str, object] = {}
    for name, value in body.items():
        found = member(base, name)
        if found is None or not has_field(found.spec, scope.edition, scope.release):
            rest[name] = value
        elif found.spec.computed:
            computed[name] = value
        elif found.spec.kind is Kind.GROUP and isinstance(value, Mapping | list | tuple):
            inner = entry_class(found.annotation)
            rest[name], apart = _separated_group(inner, value, scope)
            if apart:
                computed[name] = apart
        else:
            rest[name] = value
    return rest, computed


def _separated_group(
    inner: type[Record],
    value: Mapping[str, object] | list[object] | tuple[object, ...],
    scope: Scope,
) -> tuple[object, object]:
    if isinstance(value, Mapping):
        return _separated(inner, value, scope)
    pairs = [
        _separated(inner, entry, scope) if isinstance(entry, Mapping) else (entry, {})
        for entry in value
    ]
    apart = [computed for _, computed in pairs]
    return [rest for rest, _ in pairs], apart if any(apart) else None


def _paths(value: JsonValue, prefix: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Yield every plain value below `value` with its dotted path."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _paths(inner, f"{prefix}{name}.")
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _paths(inner, f"{prefix}{position}.")
    else:
        yield prefix[:-1], value


_EMPTY: Final[tuple[object, ...]] = (None, "", {}, [])


def stated_only(body: Mapping[str, JsonValue]) -> Body:
    """Return a body without empty values: a new record states what it has, no more."""
    kept = {name: _stated_value(value) for name, value in body.items()}
    return {name: value for name, value in kept.items() if value or value not in _EMPTY}


def cleared(body: Mapping[str, JsonValue]) -> Body:
    """Return a body whose empty values are none, which clears the field in an update.

    So does a field inside a single group, such as the town of an address.
    """
    kept = {
        name: cleared(value) if isinstance(value, Mapping) else _stated_value(value)
        for name, value in body.items()
    }
    return {name: None if value in ("", {}, []) else value for name, value in kept.items()}


def _stated_value(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return stated_only(value)
    if isinstance(value, list):
        return [_stated_value(entry) for entry in value]
    return value


def computed_findings(
    base: type[Record],
    computed: Mapping[str, JsonValue],
    stored: Body | None,
    scope: Scope,
    record: str,
) -> list[Finding]:
    """Return what to say of stated fields that the company works out.

    In a new record they are kept for comparison, in a change they must be what the
    company already has.
    """
    findings = []
    for path, value in computed.items():
        label = _label(base, path, scope)
        if stored is None:
            code, warns = FIELD_STATED, True
        elif same(value, at_path(stored, path)):
            code, warns = FIELD_IGNORED, True
        else:
            code, warns = FIELD_COMPUTED, False
        make = code.warning if warns else code.finding
        findings.append(make(record=record, field=path, label=label, name=path))
    return findings


def _label(base: type[Record], path: str, scope: Scope) -> str:
    spec: FieldSpec | None = None
    owner = base
    for step in path.split("."):
        found = None if step.isdecimal() else member(owner, step)
        if found is not None:
            spec = found.spec
            owner = entry_class(found.annotation) if spec.kind is Kind.GROUP else owner
    return spec.label_in(scope.edition) if spec else path


def at_path(body: JsonValue, path: str) -> JsonValue:
    """Return the value at a dotted path, none where there is none."""
    here = body
    for step in path.split("."):
        if isinstance(here, Mapping):
            here = here.get(step)
        elif isinstance(here, list) and step.isdecimal() and int(step) < len(here):
            here = here[int(step)]
        else:
            return None
    return here


def merged(stored: Body, wanted: Body) -> Body:
    """Return a sparse body with single groups filled up from the record as it stands.

    A field inside an address that is not stated stays as it is, as fields outside do, and one
    that is stated as none is cleared; lists are replaced as a whole.
    """
    result: Body = {}
    for name, value in wanted.items():
        before = stored.get(name)
        if isinstance(value, Mapping):
            kept = before if isinstance(before, Mapping) else {}
            value = stated_only({**kept, **value}) or None  # noqa: PLW2901 - the filled up group
        result[name] = value
    return result


def full(base: type[Record], stored: Body, wanted: Body, scope: Scope) -> Body:
    """Return a full body: fields that the caller may state and does not are cleared."""
    clearing: Body = {
        name: None
        for name, spec in visible(fields_of(base), scope.edition, scope.release).items()
        if not spec.computed
        and not spec.key
        and name not in wanted
        and not same(stored.get(name), None)
    }
    return {**clearing, **merged({}, wanted)}


def explicit(base: type[Record], stored: Body, after: Body) -> Body:
    """Return an update with none for what it takes out of groups and entries.

    Whether an update is done already is told by what it states; an entry that merely
    lacks a field could not be told from one that still has it.
    """
    result: Body = {}
    for name, value in after.items():
        found = member(base, name)
        if found is not None and found.spec.kind is Kind.GROUP:
            inner = fields_of(entry_class(found.annotation))
            result[name] = _explicit_group(inner, stored.get(name), value)
        else:
            result[name] = value
    return result


def _explicit_group(
    fields: Mapping[str, FieldSpec], stored: JsonValue, value: JsonValue
) -> JsonValue:
    if isinstance(stored, Mapping) and isinstance(value, Mapping):
        gone = [name for name in stored if name not in value and not fields[name].computed]
        return {**value, **dict.fromkeys(gone)}
    if isinstance(stored, list) and isinstance(value, list) and len(stored) == len(value):
        pairs = zip(stored, value, strict=True)
        return [_explicit_group(fields, before, entry) for before, entry in pairs]
    return value


def differences(base: type[Record], stored: Body, wanted: Body) -> Body:
    """Return those fields of `wanted` that are not so in the stored record."""
    return {
        name: value
        for name, value in wanted.items()
        if not same(_stateable(base, name, stored.get(name)), value)
    }


def without_computed(base: type[Record], stored: Body) -> Body:
    """Return a stored record without what the company works out, groups included."""
    fields = fields_of(base)
    return {
        name: _stateable(base, name, value)
        for name, value in stored.items()
        if not fields[name].computed and value is not None
    }


def _stateable(base: type[Record], name: str, value: JsonValue) -> JsonValue:
    """Return a stored group without what the company works out inside it."""
    found = member(base, name)
    if found is None or found.spec.kind is not Kind.GROUP:
        return value
    inner = fields_of(entry_class(found.annotation))
    if isinstance(value, Mapping):
        return _stateable_entry(inner, value)
    return [_stateable_entry(inner, entry) for entry in entries_of(value)]


def _stateable_entry(fields: Mapping[str, FieldSpec], entry: Mapping[str, JsonValue]) -> Body:
    return {key: each for key, each in entry.items() if not fields[key].computed}


def emptied(base: type[Record], after: Body, scope: Scope, record: str) -> list[Finding]:
    """Return a finding for each required field that an update would clear."""
    findings = []
    for name, value in after.items():
        found = member(base, name)
        rule = found.spec.rule(scope.edition) if found else None
        if found is not None and rule is not None and rule.required and value is None:
            label = found.spec.label_in(scope.edition)
            findings.append(
                FIELD_REQUIRED.finding(record=record, field=name, label=label, name=name)
            )
    return findings


def touched(base: type[Record], stored: Body, after: Body, *, whole: bool) -> Body:
    """Return what a change is based on: the old values of its fields, or of all fields.

    What the company works out is left out: a new balance does not make an address stale.
    """
    if not whole:
        return {name: stored.get(name) for name in after}
    specs = fields_of(base)
    kept = {name: value for name, value in stored.items() if not specs[name].computed}
    return {**dict.fromkeys(after), **kept}


def repeated_groups(base: type[Record], body: Body) -> Iterator[tuple[str, int]]:
    """Yield each group of many in a body with its number of entries."""
    for name, value in body.items():
        found = member(base, name)
        if found is not None and found.spec.kind is Kind.GROUP and is_many(found.annotation):
            yield name, len(value) if isinstance(value, list) else 0
