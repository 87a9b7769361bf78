"""Texts by path -> FileRecord, along a layout's table; the same for XML and CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from clary.companies.files.figures import lines_total
from clary.companies.files.layout import (
    Constant,
    Group,
    Joint,
    Layout,
    Part,
    Place,
    Slots,
    Spread,
    Texts,
    Value,
    Variant,
    WholeApplication,
    put,
)
from clary.companies.files.problems import FILE_ELEMENT_UNKNOWN, FILE_VALUE_INVALID
from clary.companies.files.record import FileRecord, place_of
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import Finding
from clary.kernel.money import money_text, to_minor
from clary.ledger.registry import record_type

SHOWN = 60
"""Most characters of a value that a message shows."""


@dataclass(slots=True)
class Listed:
    """The texts of one repeated entry, and the line it begins on."""

    texts: Texts
    line: int | None


@dataclass(slots=True)
class Bag:
    """The texts of one record of a file, with its repeated entries kept apart.

    What is understood is taken out, so that what is left is what is unknown.
    """

    texts: Texts = field(default_factory=dict)
    entries: dict[str, list[Listed]] = field(default_factory=dict)
    line: int | None = None


@dataclass(slots=True)
class Reading:
    """A record in the making."""

    source: str
    line: int | None
    position: int
    record_type: str
    body: Body = field(default_factory=dict)
    stated: dict[str, JsonValue] = field(default_factory=dict)
    unknown: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Callable[[str], Finding]] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)

    def invalid(self, path: str, name: str, text: str, expected: str) -> None:
        """Keep a text that its form does not know, as unknown and as an error."""
        self.unknown.append((path, text))
        place = place_of(self.line, self.position)
        self.problems.append(
            lambda record: FILE_VALUE_INVALID.finding(
                record=record,
                field=name,
                path=path,
                file=self.source,
                place=place,
                value=text[:SHOWN],
                expected=expected,
            )
        )

    def leave(self, path: str, text: str) -> None:
        """Keep a text that no table names, as unknown and as a warning."""
        self.unknown.append((path, text))
        place = place_of(self.line, self.position)
        self.problems.append(
            lambda record: FILE_ELEMENT_UNKNOWN.warning(
                record=record, field=path, path=path, file=self.source, place=place
            )
        )

    def finished(self) -> FileRecord:
        """Return the record."""
        label = label_of(self.record_type, self.body)
        return FileRecord(
            record_type=self.record_type,
            body=self.body,
            stated=self.stated,
            unknown=tuple(self.unknown),
            source=self.source,
            line=self.line,
            position=self.position,
            findings=tuple(problem(label) for problem in self.problems),
        )


def label_of(name: str, body: Body) -> str:
    """Return a record in words: its type, and its key or number where it has one."""
    declared = record_type(name)
    shown = body.get(declared.key) or body.get(declared.number or "")
    return f"{name} {shown}" if shown else name


def read_record(layout: Layout, bag: Bag, source: str, position: int) -> FileRecord:
    """Return the record that `bag` holds; empties the bag."""
    reading = Reading(source, bag.line, position, layout.record_type)
    for part in layout.parts:
        _read_part(reading, part, bag)
    for part in layout.parts:
        if isinstance(part, Spread):
            _read_spread(reading, part, bag.texts)
        elif isinstance(part, WholeApplication):
            _read_whole(reading, part, bag.texts)
    for path, text in bag.texts.items():
        reading.leave(path, text)
    return reading.finished()


def _read_part(reading: Reading, part: Part, bag: Bag) -> None:
    match part:
        case Value():
            _read_value(reading, part, bag.texts, reading.body, "")
        case Joint():
            _read_joint(reading, part, bag.texts, reading.body, "")
        case Constant():
            put(reading.body, part.field, part.value)
        case Slots():
            _read_slots(reading, part, bag.texts)
        case Group():
            _read_group(reading, part, bag.entries.get(part.path, []))
        case Spread() | WholeApplication():
            pass  # read once the entries are there


def _read_value(reading: Reading, value: Value, texts: Texts, target: Body, prefix: str) -> None:
    path = value.path
    if path not in texts:
        others = [other for other in value.also if other in texts]
        if not others:
            return
        path = others[0]
    text = texts.pop(path)
    if value.place is Place.FIXED:
        if text != value.initial:
            reading.stated[f"{prefix}{path}"] = text
        return
    try:
        found = value.form.read(text)
    except ValueError:
        reading.invalid(_unknown_path(prefix, path), value.field, text, value.form.words)
        return
    if found is None:
        reading.stated[f"{prefix}{path}"] = text
    elif value.place is Place.BODY:
        put(target, value.field, found)
    else:
        reading.stated[f"{prefix}{value.field}"] = found


def _unknown_path(prefix: str, path: str) -> str:
    return f"{prefix.rstrip('.')}/{path}" if prefix else path


def _read_joint(reading: Reading, joint: Joint, texts: Texts, target: Body, prefix: str) -> None:
    there = {path: texts.pop(path) for path in joint.paths if path in texts}
    if not there:
        return
    try:
        fields, used = joint.read(there)
    except ValueError as error:
        for path, text in there.items():
            reading.invalid(_unknown_path(prefix, path), path, text, str(error))
        return
    for name, value in fields.items():
        put(target, name, value)
    for path, text in there.items():
        if path not in used:
            reading.stated[f"{prefix}{path}"] = text


def _read_slots(reading: Reading, slots: Slots, texts: Texts) -> None:
    listed: list[JsonValue] = []
    for offset, values in enumerate(slots.parts):
        if not any(value.path in texts for value in values):
            continue
        entry: Body = {}
        for value in values:
            _read_value(reading, value, texts, entry, "")
        if entry:
            listed.append({slots.number: slots.first + offset} | entry if slots.number else entry)
    if listed:
        reading.body[slots.target] = listed


def _read_spread(reading: Reading, spread: Spread, texts: Texts) -> None:
    value = Value(spread.path, spread.field, spread.form)
    found: Body = {}
    _read_value(reading, value, texts, found, "")
    listed = reading.body.get(spread.target)
    for entry in listed if isinstance(listed, list) else []:
        entry.update(found)


def _read_whole(reading: Reading, whole: WholeApplication, texts: Texts) -> None:
    number = texts.pop(whole.path, None)
    if number is not None:
        amount = money_text(to_minor(lines_total(reading.body)))
        reading.body["applications"] = [{"invoice_number": number.strip(), "amount": amount}]


def _read_group(reading: Reading, group: Group, entries: list[Listed]) -> None:
    taken: set[str] = set()
    strange = 0
    begins = reading.line
    for listed_entry in entries:
        texts = listed_entry.texts
        reading.line = listed_entry.line
        variant = _variant_of(group.variants, texts, taken)
        if variant is None:
            strange += 1
            for path, text in texts.items():
                reading.leave(f"{group.path}[+{strange}]/{path}", text)
        elif variant.single:
            taken.add(variant.target)
            _read_entry(reading, variant, texts, reading.body, f"{variant.target}.")
        elif variant.kept:
            number = reading.kept.get(variant.target, 0)
            reading.kept[variant.target] = number + 1
            _read_entry(reading, variant, texts, {}, f"{variant.target}.{number}.")
        else:
            listed = reading.body.setdefault(variant.target, [])
            entry: Body = {}
            if isinstance(listed, list):
                listed.append(entry)
                _read_entry(reading, variant, texts, entry, f"{variant.target}.{len(listed) - 1}.")
    reading.line = begins


def _variant_of(variants: Iterable[Variant], texts: Texts, taken: set[str]) -> Variant | None:
    for variant in variants:
        if variant.accepts(texts) and not (variant.single and variant.target in taken):
            return variant
    return None


def _read_entry(
    reading: Reading, variant: Variant, texts: Texts, target: Body, prefix: str
) -> None:
    for part in variant.parts:
        if isinstance(part, Value):
            _read_value(reading, part, texts, target, prefix)
        else:
            _read_joint(reading, part, texts, target, prefix)
    for path, text in texts.items():
        reading.leave(_unknown_path(prefix, path), text)


def with_findings(record: FileRecord, findings: Iterator[Finding]) -> FileRecord:
    """Return the record with more findings."""
    more = tuple(findings)
    if not more:
        return record
    return FileRecord(
        record.record_type,
        record.body,
        record.stated,
        record.unknown,
        record.source,
        record.line,
        record.position,
        record.findings + more,
    )
