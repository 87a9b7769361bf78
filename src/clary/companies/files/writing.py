"""FileRecord -> texts by path, along a layout's table; the same for XML and CSV.

What a record states is written as it stands.  Where it states nothing, a new import file
(`complete`) gets the values that Sage needs and that follow from the record itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain
from typing import Final

from clary.companies.files.figures import (
    SETTLING,
    added,
    count_of,
    entries_of,
    lines_total,
    total_of,
)
from clary.companies.files.layout import (
    Constant,
    Group,
    Joint,
    Layout,
    Moment,
    Part,
    Place,
    Slots,
    Spread,
    Texts,
    Value,
    Variant,
    WholeApplication,
    look,
)
from clary.companies.files.problems import FILE_FIELD_HAS_NO_PLACE, FILE_VALUE_UNWRITABLE
from clary.companies.files.reading import label_of
from clary.companies.files.record import FileRecord
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import Finding, raise_errors
from clary.ledger.registry import record_type

INSTRUCTIONS: Final = ("tax_override", "origin")
"""Fields that tell us what to do with a document; they are no part of it in Sage."""


@dataclass(slots=True)
class Entry:
    """One repeated entry as it is written."""

    path: str
    texts: Texts
    target: str = ""
    index: int = 0


@dataclass(slots=True)
class Rendered:
    """A record as texts: header texts and entries, in the order of the table."""

    texts: Texts = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    order: list[str | Entry] = field(default_factory=list)

    def put(self, path: str, text: str) -> None:
        """Add a header text."""
        if path not in self.texts:
            self.order.append(path)
        self.texts[path] = text

    def add(self, entry: Entry) -> None:
        """Add an entry."""
        self.entries.append(entry)
        self.order.append(entry)


def render(layout: Layout, record: FileRecord, *, complete: bool) -> Rendered:
    """Return the record as texts.

    Args:
        layout: the table to write along.
        record: what to write.
        complete: add what a new import file needs and the record does not state.

    Raises:
        Rejected: the layout has no place for a field, or a value cannot be written.
    """
    problems = [*homeless(layout, record), *_refused(layout, record)]
    writer = _Writer(record, problems, complete=complete)
    rendered = Rendered()
    for part in layout.parts:
        writer.part(part, rendered)
    raise_errors(problems)
    _put_unknown(record, layout, rendered)
    return rendered


def homeless(layout: Layout, record: FileRecord) -> Iterator[Finding]:
    """Yield a finding for each field of the record that the layout has no place for."""
    label = label_of(record.record_type, record.body)
    total = record_type(record.record_type).total
    for path, value in leaves_of(record.body):
        # A flag that says no is the same as one that is absent; totals are checked instead.
        if value in (None, False) or path in layout.fields or path in (*INSTRUCTIONS, total):
            continue
        yield FILE_FIELD_HAS_NO_PLACE.finding(record=label, field=path, layout=layout.name)


def _refused(layout: Layout, record: FileRecord) -> Iterator[Finding]:
    label = label_of(record.record_type, record.body)
    reasons = (layout.refuses(record), _other_total(layout, record), _too_many(layout, record))
    for found in chain(*reasons):
        yield replace(found, record=label)


def _other_total(layout: Layout, record: FileRecord) -> Iterator[Finding]:
    """Refuse a total that the lines do not make: no file has another place for the rest."""
    name = record_type(record.record_type).total or ""
    given = record.body.get(name)
    if given is None or name in layout.fields:
        return
    found = total_of(record.record_type, record.body)
    if Decimal(str(given)) != found:
        reason = f"its lines add up to {found}"
        if record.record_type in SETTLING:
            reason += "; money on account needs a line with the receivable or payable account"
        yield FILE_VALUE_UNWRITABLE.finding(field=name, layout=layout.name, reason=reason)


def _too_many(layout: Layout, record: FileRecord) -> Iterator[Finding]:
    found = count_of(record.record_type, record.body)
    if layout.most is not None and found > layout.most:
        reason = f"it has {found} distributions, tax and freight among them, of {layout.most}"
        yield FILE_VALUE_UNWRITABLE.finding(field="lines", layout=layout.name, reason=reason)


def leaves_of(body: Mapping[str, JsonValue], prefix: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Yield the dotted path and value of every plain field, entries without position."""
    for name, value in body.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from leaves_of(value, f"{path}.")
        elif isinstance(value, list):
            for entry in value:
                if isinstance(entry, Mapping):
                    yield from leaves_of(entry, f"{path}.")
        else:
            yield path, value


class _Writer:
    """Writes the parts of one record."""

    def __init__(self, record: FileRecord, problems: list[Finding], *, complete: bool) -> None:
        self._record = record
        self._problems = problems
        self._complete = complete

    def part(self, part: Part, rendered: Rendered) -> None:
        """Write one part of the table."""
        match part:
            case Value():
                self.header(part, rendered)
            case Joint():
                self.joint(part, rendered)
            case Spread():
                self.spread(part, rendered)
            case Constant():
                self.constant(part)
            case Slots():
                self.slots(part, rendered)
            case WholeApplication():
                self.whole(part, rendered)
            case Group():
                self.group(part, rendered)

    def constant(self, constant: Constant) -> None:
        """Refuse a record that is not what every record of such a file is."""
        value = look(self._record.body, constant.field)
        if value not in (None, constant.value):
            self._refuse("such a file", constant.field, f"it can only be {constant.value}")

    def slots(self, slots: Slots, rendered: Rendered) -> None:
        """Write a list into numbered columns."""
        listed = self._record.body.get(slots.target)
        for index, entry in enumerate(listed if isinstance(listed, list) else []):
            number = entry.get(slots.number) if slots.number else slots.first + index
            offset = int(str(number)) - slots.first
            if not 0 <= offset < len(slots.parts):
                self._refuse("such a file", f"{slots.target}.{index}", f"it has no slot {number}")
                continue
            for value in slots.parts[offset]:
                found = look(entry, value.field)
                text = None if found is None else self._written(value, found, "")
                if text is not None:
                    rendered.put(value.path, text)

    def whole(self, whole: WholeApplication, rendered: Rendered) -> None:
        """Write the number of the document that a credit settles as a whole."""
        applied = entries_of(self._record.body, "applications")
        if not applied:
            return
        number = applied[0].get("invoice_number")
        if len(applied) > 1 or number is None or added(applied) != lines_total(self._record.body):
            self._refuse(
                "such a file", "applications", "a credit is applied whole, to one document"
            )
        else:
            rendered.put(whole.path, str(number))

    def header(self, value: Value, rendered: Rendered) -> None:
        """Write one value of the record itself."""
        body = self._record.body
        text = self._text(value, body, "", Moment(self._record.record_type, body, body, 0))
        if text is not None:
            rendered.put(value.path, text)

    def joint(self, joint: Joint, rendered: Rendered) -> None:
        """Write values of the record that make fields together."""
        for path, text in self._joint(joint, self._record.body, "").items():
            rendered.put(path, text)

    def _joint(self, joint: Joint, entry: Body, prefix: str) -> Texts:
        """Return the texts of values that make fields together; what is stated wins."""
        texts = joint.write(entry)
        for path in joint.paths:
            stated = self._record.stated.get(f"{prefix}{path}")
            if stated is not None:
                texts[path] = str(stated)
        return {path: texts[path] for path in joint.paths if path in texts}

    def spread(self, spread: Spread, rendered: Rendered) -> None:
        """Write a value that all entries have alike."""
        listed = self._record.body.get(spread.target)
        entries = [dict(entry) for entry in listed] if isinstance(listed, list) else []
        values = {str(entry.get(spread.field)) for entry in entries}
        if len(values) > 1:
            self._refuse(spread.path, f"{spread.target}.{spread.field}", "its lines differ in it")
        elif entries and entries[0].get(spread.field) is not None:
            value = Value(spread.path, spread.field, spread.form, mark=spread.mark)
            text = self._written(value, entries[0][spread.field], f"{spread.target}.0.")
            if text is not None:
                rendered.put(spread.path, text)

    def group(self, group: Group, rendered: Rendered) -> None:
        """Write the entries of a repeated group, variant by variant."""
        for variant in group.variants:
            for index, entry, prefix in self._entries(variant):
                texts = self._entry(variant, entry, index, prefix)
                if texts:
                    rendered.add(Entry(group.path, texts, variant.target, index))

    def _entries(self, variant: Variant) -> Iterator[tuple[int, Body, str]]:
        if variant.single:
            yield 0, self._record.body, f"{variant.target}."
        elif variant.kept:
            for index in range(_count(self._record.stated, variant.target)):
                yield index, {}, f"{variant.target}.{index}."
        else:
            listed = self._record.body.get(variant.target)
            for index, entry in enumerate(listed if isinstance(listed, list) else []):
                yield index, dict(entry), f"{variant.target}.{index}."

    def _entry(self, variant: Variant, entry: Body, index: int, prefix: str) -> Texts:
        if variant.single and not self._has_single(variant, entry, prefix):
            return {}
        moment = Moment(self._record.record_type, self._record.body, entry, index)
        texts: Texts = {}
        for part in variant.parts:
            if isinstance(part, Joint):
                texts.update(self._joint(part, entry, prefix))
                continue
            text = self._text(part, entry, prefix, moment)
            if text is not None:
                texts[part.path] = text
        return texts

    def _has_single(self, variant: Variant, entry: Body, prefix: str) -> bool:
        if any(name.startswith(prefix) for name in self._record.stated):
            return True
        return any(
            look(entry, value.field) is not None
            for value in variant.parts
            if isinstance(value, Value) and value.place is Place.BODY
        )

    def _text(self, value: Value, entry: Body, prefix: str, moment: Moment) -> str | None:
        if value.place is Place.BODY:
            found = look(entry, value.field)
            if found is None:
                found = self._record.stated.get(f"{prefix}{value.path}")
                if found is not None:
                    return str(found)
        elif value.place is Place.STATED:
            found = self._record.stated.get(f"{prefix}{value.field}")
        else:
            stated = self._record.stated.get(f"{prefix}{value.path}")
            return str(stated) if stated is not None else str(value.initial)
        if found is not None:
            return self._written(value, found, prefix)
        return self._initial(value, moment)

    def _initial(self, value: Value, moment: Moment) -> str | None:
        if not self._complete or value.initial is None:
            return None
        return value.initial if isinstance(value.initial, str) else value.initial(moment)

    def _written(self, value: Value, found: JsonValue, prefix: str) -> str | None:
        try:
            return value.form.write(found)
        except (ValueError, KeyError, ArithmeticError):
            self._refuse(value.path, f"{prefix}{value.field}", f"it is not {value.form.words}")
            return None

    def _refuse(self, path: str, name: str, reason: str) -> None:
        label = label_of(self._record.record_type, self._record.body)
        self._problems.append(
            FILE_VALUE_UNWRITABLE.finding(record=label, field=name, layout=path, reason=reason)
        )


def _count(stated: Mapping[str, JsonValue], target: str) -> int:
    """Return how many entries the stated values of a list without a place speak of."""
    highest = -1
    for name in stated:
        first, _, rest = name.partition(".")
        number = rest.partition(".")[0]
        if first == target and number.isdecimal():
            highest = max(highest, int(number))
    return highest + 1


def _put_unknown(record: FileRecord, layout: Layout, rendered: Rendered) -> None:
    """Put back what was not understood, each at its path."""
    words = {variant.target: part.path for part, variant in _variants(layout)}
    for path, text in record.unknown:
        head, _, tail = path.partition("/")
        target, dot, number = head.partition(".")
        group = next((group for group in layout.groups if path.startswith(f"{group}[+")), None)
        if group is not None:
            key, _, inner = path.removeprefix(group).partition("/")
            _entry_of(rendered, group, key, 0).texts[inner] = text
        elif target in words and (not dot or number.isdecimal()) and tail:
            _entry_of(rendered, words[target], target, int(number or 0)).texts[tail] = text
        else:
            rendered.put(path, text)


def _variants(layout: Layout) -> Iterator[tuple[Group, Variant]]:
    for part in layout.parts:
        if isinstance(part, Group):
            for variant in part.variants:
                yield part, variant


def _entry_of(rendered: Rendered, path: str, target: str, index: int) -> Entry:
    """Return the entry number `index` of a variant; a new one where none was written."""
    for entry in rendered.entries:
        if entry.target == target and entry.index == index:
            return entry
    made = Entry(path, {}, target, index)
    rendered.add(made)
    return made
