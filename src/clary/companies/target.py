"""A company as a target of the executor: how changes become calls of a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import TypeAlias, TypeGuard

from clary.companies.contract import (
    Fate,
    Info,
    OriginFound,
    OriginPlace,
    Query,
    Session,
    TypeCapability,
)
from clary.companies.keys import Key, key_of, parse_key
from clary.kernel.change import (
    OF_RECORDS,
    Action,
    Body,
    Change,
    JsonValue,
    Sight,
    Sighting,
    Verb,
    Written,
)
from clary.kernel.courtesy import make_way
from clary.kernel.errors import ClaryError, Failed, Rejected, Unsupported, declare
from clary.kernel.money import canonical
from clary.ledger.fields import FieldSpec, Kind
from clary.ledger.record import Family, Record, RecordType, fields_of, groups_of
from clary.ledger.registry import record_type
from clary.ledger.schema import NUMBER

FIELD_CHANGED = declare(
    "FIELD_CHANGED",
    Rejected,
    "{name} was {before} when the plan was made and is {now} now.",
    "Plan again; the new plan starts from the record as it is now.",
    http_status=409,
)
RECORD_GONE = declare(
    "RECORD_GONE",
    Rejected,
    "The record was there when the plan was made and is gone now.",
    "Plan again without it.",
    http_status=409,
)
ORIGIN_AMBIGUOUS = declare(
    "ORIGIN_AMBIGUOUS",
    Rejected,
    "Several documents in the books look like this one ({evidence}).",
    "Look which of them it is; give the document another number if it is none.",
    http_status=409,
)
CHANGE_INCOMPLETE = declare(
    "CHANGE_INCOMPLETE",
    Failed,
    "The planner made a change that lacks its {part}.",
    "Report this; nothing was written for this change.",
)

SETTLEMENT_FIELDS = frozenset({"amount_due", "unapplied_amount", "reversed_by"})
"""Computed fields that count when a document is compared: whether it was paid, used or
reversed since."""

SHOWN_LENGTH = 80

_REFUSED = (Rejected, Unsupported, Failed)


def compared(declared: RecordType, body: Mapping[str, JsonValue]) -> Body:
    """Return the fields of a body by which two states of a record are compared.

    Stamps and other figures that the company works out are left out, also inside nested
    groups, except those that tell whether a document was settled.
    """
    return _without_computed(declared.record, body)


def _without_computed(record: type[Record], body: Mapping[str, JsonValue]) -> Body:
    fields, groups = _declared(record)
    kept: Body = {}
    for name, value in body.items():
        spec = fields.get(name)
        if _is_worked_out(spec, name):
            continue
        entry = groups.get(name)
        kept[name] = value if entry is None else _group_without_computed(entry, value)
    return kept


def _is_worked_out(spec: FieldSpec | None, name: str) -> bool:
    return spec is not None and spec.computed and name not in SETTLEMENT_FIELDS


def _group_without_computed(entry: type[Record], value: JsonValue) -> JsonValue:
    if isinstance(value, Mapping):
        return _without_computed(entry, value)
    if _is_list(value):
        return [_group_without_computed(entry, each) for each in value]
    return value


@cache
def _declared(record: type[Record]) -> tuple[dict[str, FieldSpec], dict[str, type[Record]]]:
    return fields_of(record), groups_of(record)


class CompanyTarget:
    """Applies changes to one company inside one session."""

    def __init__(
        self,
        session: Session,
        info: Info,
        *,
        capabilities: Mapping[str, TypeCapability] | None = None,
        reopen: Callable[[], Session] | None = None,
    ) -> None:
        """Write through `session`.

        Args:
            session: a session that may write.
            info: what the company is; tells the executor whose books these are.
            capabilities: what the door can do; tells where origins are not found again.
            reopen: opens a new session after this one was lost.
        """
        self._session = session
        self._reopen = reopen
        self._capabilities = capabilities or {}
        self.identity = info.identity
        self.generation = info.generation

    @property
    def session(self) -> Session:
        """The session that it writes through."""
        return self._session

    def reconnect(self) -> None:
        """Close the session and open a new one.

        Raises:
            Unreachable, Busy, Unauthorised: the company still cannot be reached.
        """
        if self._reopen is not None:
            self._session.close()
            self._session = self._reopen()

    def population(self, record_type: str, at_most: int) -> int:
        """Return how many records of a type there are, counting no further than `at_most`."""
        query = Query(limit=at_most)
        return sum(1 for _ in islice(self._session.read(record_type, query), at_most))

    def look(self, changes: Sequence[Change]) -> Sequence[Sighting]:
        """Tell for each change whether it is done already, can be done, or is stale.

        A created document is found by its origin, a list record by its own key, each in
        one bulk read per record type; any other change is compared with the record as it
        is now.
        """
        found: dict[int, Sighting] = {}
        for name, group in _by_type(changes).items():
            declared = record_type(name)
            by_origin = [change for change in group if _goes_by_origin(declared, change)]
            found.update(self._look_for_origins(declared, by_origin))
            others = [change for change in group if change.number not in found]
            found.update(self._look_at_records(declared, others))
        return [found[change.number] for change in changes]

    def _look_for_origins(
        self, declared: RecordType, changes: Sequence[Change]
    ) -> Mapping[int, Sighting]:
        capability = self._capabilities.get(declared.name)
        if capability is not None and capability.origin is OriginPlace.NONE:
            return {change.number: Sighting(Sight.UNKNOWN) for change in changes}
        origins = [change.origin for change in changes if change.origin is not None]
        answers = self._session.find_origins(declared.name, origins) if origins else ()
        pairs = list(zip(changes, answers, strict=True))
        live = [
            (change, answer.key)
            for change, answer in pairs
            if answer.fate is Fate.LIVE and answer.key is not None
        ]
        bodies = self._records(declared, live)
        return {
            change.number: _by_origin(change, answer, bodies.get(change.number))
            for change, answer in pairs
        }

    def _look_at_records(
        self, declared: RecordType, changes: Sequence[Change]
    ) -> Mapping[int, Sighting]:
        keyed: list[tuple[Change, str]] = []
        found: dict[int, Sighting] = {}
        for change in changes:
            key = _own_key(declared, change)
            if key is None:
                # A document without an origin cannot be told from another one like it.
                found[change.number] = Sighting(Sight.UNKNOWN)
            else:
                keyed.append((change, key))
        records = self._records(declared, keyed)
        for change, key in keyed:
            now = records[change.number]
            if isinstance(now, ClaryError):
                found[change.number] = Sighting(Sight.STALE, key, findings=now.findings)
            else:
                found[change.number] = _compare(declared, change, key, now)
        return found

    def _records(
        self, declared: RecordType, keyed: Sequence[tuple[Change, str]]
    ) -> dict[int, Body | ClaryError | None]:
        """Return the record of each change, or none; an error where the key is ambiguous."""
        found: dict[int, Body | ClaryError | None] = {}
        keys: dict[int, Key] = {}
        for change, text in keyed:
            try:
                keys[change.number] = parse_key(declared, text)
            except Rejected as error:
                found[change.number] = error
        if keys:
            try:
                bodies = self._session.get_many(declared.name, list(keys.values()))
                found.update(zip(keys, bodies, strict=True))
            except Rejected:
                found.update({number: self._one(declared, key) for number, key in keys.items()})
        return found

    def _one(self, declared: RecordType, key: Key) -> Body | ClaryError | None:
        try:
            return self._session.get_many(declared.name, [key])[0]
        except Rejected as error:
            return error

    def write(
        self, changes: Sequence[Change], *, stop: bool = False
    ) -> Sequence[Written | ClaryError]:
        """Write each change, all inside one session group.

        Raises:
            Uncertain: the group as a whole has no known outcome.
        """
        results: list[Written | ClaryError] = []
        with self._session.group():
            for change in changes:
                make_way()
                result = self._write_one(change)
                results.append(result)
                if stop and isinstance(result, _REFUSED):
                    break
                if isinstance(result, ClaryError) and not _is_of_one(result):
                    # Without company or session the rest would only fail one by one, and
                    # past a company that is busy for a moment it would be out of order.
                    results += [result] * (len(changes) - len(results))
                    break
        return [self._located(result) for result in results]

    def _located(self, result: Written | ClaryError) -> Written | ClaryError:
        """Return a delivered write with a warning that says where it waits."""
        if isinstance(result, ClaryError) or not result.delivered:
            return result
        found = self._session.whereabouts(result)
        return replace(result, warnings=(*found, *result.warnings))

    def _write_one(self, change: Change) -> Written | ClaryError:
        try:
            return self._call(change)
        except ClaryError as error:
            return error

    def _call(self, change: Change) -> Written:
        session, name, after = self._session, change.record_type, change.after or {}
        if change.action is Action.CREATE:
            return session.create(name, after, change.origin)
        if change.key is None:
            raise CHANGE_INCOMPLETE.raised(record=change.record, part="key")
        key = parse_key(record_type(name), change.key)
        if change.action is Action.UPDATE:
            return session.update(name, key, after)
        if change.action is Action.DELETE:
            return session.delete(name, key)
        if change.verb is None:
            raise CHANGE_INCOMPLETE.raised(record=change.record, part="verb")
        return session.act(name, key, change.verb, after)

    def read_back(
        self, changes: Sequence[Change], written: Sequence[Written]
    ) -> Sequence[Body | None]:
        """Return each record as it stands now, none where it is gone, in bulk reads."""
        keys = {
            change.number: answer.key or change.key
            for change, answer in zip(changes, written, strict=True)
        }
        found: dict[int, Body | ClaryError | None] = {}
        for name, group in _by_type(changes).items():
            keyed = [(change, key) for change in group if (key := keys[change.number])]
            found.update(self._records(record_type(name), keyed))
        bodies = [found.get(change.number) for change in changes]
        return [None if isinstance(body, ClaryError) else body for body in bodies]

    def unlike(self, change: Change, body: Body) -> Sequence[tuple[str, str, str]]:
        """Return name, sent and stored value, in words, of each stated field that differs."""
        return unlike(change.record_type, change.after or {}, body)


def _is_of_one(error: ClaryError) -> bool:
    """Tell whether an error says nothing about the next document: it is written all the same."""
    return isinstance(error, _REFUSED) or error.code in OF_RECORDS


def unlike(name: str, stated: Body, stored: Body) -> Sequence[tuple[str, str, str]]:
    """Return name, stated and stored value, in words, of each stated field that differs.

    The company may fill more fields; figures that it works out are not compared.  Of
    entries, as of lines, the fields that differ are named one by one.
    """
    return list(_unlike(record_type(name).record, stated, stored, ""))


def _unlike(
    record: type[Record],
    stated: Mapping[str, JsonValue],
    stored: Mapping[str, JsonValue],
    place: str,
) -> Iterator[tuple[str, str, str]]:
    _, groups = _declared(record)
    for name, value in stated.items():
        now, entry = stored.get(name), groups.get(name)
        if _alike(record, {name: value}, stored):
            continue
        pairs = _pairs(value, now) if entry is not None else []
        if entry is None or not pairs:
            yield place + name, _shown(value), _shown(now)
            continue
        for inner, sent, kept in pairs:
            yield from _unlike(entry, sent, kept, f"{place}{name}.{inner}")


_Pair: TypeAlias = tuple[str, Mapping[str, JsonValue], Mapping[str, JsonValue]]


def _pairs(sent: JsonValue, stored: JsonValue) -> list[_Pair]:
    """Return entries that can be compared one with one, each with its place in a list."""
    if isinstance(sent, Mapping) and isinstance(stored, Mapping):
        return [("", sent, stored)]
    if not (_is_list(sent) and _is_list(stored)) or len(sent) != len(stored):
        return []
    return [
        (f"{number}.", one, other)
        for number, (one, other) in enumerate(zip(sent, stored, strict=True))
        if isinstance(one, Mapping) and isinstance(other, Mapping)
    ]


def _alike(
    record: type[Record], sent: Mapping[str, JsonValue], stored: Mapping[str, JsonValue]
) -> bool:
    """Tell whether a body holds what another states, each value in its canonical form."""
    fields, groups = _declared(record)
    for name, value in sent.items():
        now = stored.get(name)
        if now == value:
            continue
        spec, entry = fields.get(name), groups.get(name)
        if _is_worked_out(spec, name):
            continue
        if entry is not None:
            if not _alike_groups(entry, value, now):
                return False
        elif not same(_canonical(spec, now), _canonical(spec, value)):
            return False
    return True


def _alike_groups(entry: type[Record], sent: JsonValue, stored: JsonValue) -> bool:
    if isinstance(sent, Mapping) and isinstance(stored, Mapping):
        return _alike(entry, sent, stored)
    if _is_list(sent) and _is_list(stored):
        pairs = zip(sent, stored, strict=False)
        return len(sent) == len(stored) and all(_alike_groups(entry, *pair) for pair in pairs)
    return same(sent or None, stored or None)


def _canonical(spec: FieldSpec | None, value: JsonValue) -> JsonValue:
    """Return a value in the one form that all its spellings have."""
    if spec is None or not isinstance(value, str):
        return value
    text = value.strip()
    if spec.kind in (Kind.DECIMAL, Kind.MONEY):
        return canonical(Decimal(text), spec.places) if NUMBER.fullmatch(text) else text
    # Keys are found in any case, and stored in the company's own.
    return text.casefold() if spec.reference or spec.key else text


def _by_type(changes: Sequence[Change]) -> Mapping[str, list[Change]]:
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.record_type, []).append(change)
    return groups


def _goes_by_origin(declared: RecordType, change: Change) -> bool:
    created = change.action is Action.CREATE and change.origin is not None
    return created and declared.family is not Family.LIST


def _own_key(declared: RecordType, change: Change) -> str | None:
    """Return the text of the key that names a change's record; none for a new document."""
    if change.action is not Action.CREATE:
        return change.key
    if declared.family is not Family.LIST:
        return None
    value = (change.after or {}).get(declared.key)
    return None if value is None else str(key_of(declared, value))


def _by_origin(change: Change, answer: OriginFound, body: Body | ClaryError | None) -> Sighting:
    record = None if isinstance(body, ClaryError) else body
    match answer.fate:
        case Fate.LIVE:
            return Sighting(Sight.PRESENT, answer.key, record, answer.evidence)
        case Fate.REVERSED:
            return Sighting(Sight.REVERSED, answer.key, evidence=answer.evidence)
        case Fate.DELIVERED:
            return Sighting(Sight.DELIVERED, evidence=answer.evidence)
        case Fate.AMBIGUOUS:
            finding = ORIGIN_AMBIGUOUS.finding(record=change.record, evidence=answer.evidence)
            return Sighting(Sight.UNKNOWN, answer.key, None, answer.evidence, (finding,))
        case Fate.ABSENT:
            return Sighting(Sight.ABSENT)


def _compare(declared: RecordType, change: Change, key: str, now: Body | None) -> Sighting:
    """Return what the record as it is now says of a change that goes by its key."""
    match change.action:
        case Action.CREATE:
            return _compare_create(change, key, now)
        case Action.UPDATE if now is not None and holds(now, change.after or {}):
            return Sighting(Sight.PRESENT, key, now, "the record holds it already")
        case Action.DELETE if now is None:
            return Sighting(Sight.PRESENT, key, None, "the record is gone")
        case Action.ACT if _is_done(change, now):
            return Sighting(Sight.PRESENT, key, now, "the record shows it")
    if now is None:
        return Sighting(Sight.STALE, key, findings=(RECORD_GONE.finding(record=change.record),))
    return _compare_before(declared, change, key, now)


def _compare_create(change: Change, key: str, now: Body | None) -> Sighting:
    if now is None:
        return Sighting(Sight.ABSENT)
    if holds(now, change.after or {}):
        return Sighting(Sight.PRESENT, key, now, "a record with this key holds all of it")
    return Sighting(Sight.UNKNOWN, key, now, "a record with this key holds something else")


def _is_done(change: Change, now: Body | None) -> bool:
    if now is None:
        return change.verb is Verb.UNALLOCATE
    if change.verb is Verb.POST:
        return now.get("posted") is True
    return change.verb is not Verb.ALLOCATE and now.get("reversed_by") is not None


def _compare_before(declared: RecordType, change: Change, key: str, now: Body) -> Sighting:
    if change.before is None:
        # A second allocation is as good as the first; only the record before tells.
        unknown = change.verb is Verb.ALLOCATE
        return Sighting(Sight.UNKNOWN if unknown else Sight.ABSENT, key, now)
    present = compared(declared, now)
    findings = tuple(
        FIELD_CHANGED.finding(
            record=change.record,
            field=name,
            name=_label(declared, name),
            before=_shown(value),
            now=_shown(present.get(name)),
        )
        for name, value in compared(declared, change.before).items()
        if not same(present.get(name), value)
    )
    return Sighting(Sight.STALE if findings else Sight.ABSENT, key, now, findings=findings)


def holds(now: Mapping[str, JsonValue], stated: Mapping[str, JsonValue]) -> bool:
    """Tell whether a record holds everything that a body states; it may hold more."""
    return all(_covers(now.get(name), value) for name, value in stated.items())


def _covers(now: JsonValue, stated: JsonValue) -> bool:
    if isinstance(stated, Mapping) and isinstance(now, Mapping):
        return holds(now, stated)
    if _is_list(stated) and _is_list(now):
        return len(now) == len(stated) and all(map(_covers, now, stated))
    return same(now, stated)


def _is_list(value: JsonValue) -> TypeGuard[Sequence[JsonValue]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def same(one: JsonValue, other: JsonValue) -> bool:
    """Tell whether two values are the same; absent, none, no and empty are one thing.

    So it is inside groups and their entries as well.
    """
    return one == other or _plain(one) == _plain(other)


def _plain(value: JsonValue) -> JsonValue:
    """Return a value with none for whatever means nothing, and groups without it."""
    if isinstance(value, Mapping):
        kept = {name: _plain(inner) for name, inner in value.items()}
        return {name: inner for name, inner in kept.items() if inner is not None} or None
    if _is_list(value):
        return [_plain(entry) for entry in value] or None
    return None if value is False or value == "" else value


def _label(declared: RecordType, name: str) -> str:
    spec = declared.fields.get(name)
    return spec.label if spec else name


def _shown(value: JsonValue) -> str:
    text = "empty" if value is None else str(value)
    return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 3] + "..."
