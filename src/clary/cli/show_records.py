"""How records look to a person: lists as tables, one record as facts with its groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from clary.cli.show import grouped, new_table, show_facts, show_table
from clary.kernel.change import Body, JsonValue
from clary.ledger.fields import EditionName, FieldSpec, Kind
from clary.ledger.nested import PARENT, POSITION, NestedType, entries_of, nested_types
from clary.ledger.record import RecordType

if TYPE_CHECKING:
    from rich.console import Console

COLUMNS = (
    "id",
    "transaction_number",
    "date",
    "number",
    "reference",
    "customer_id",
    "vendor_id",
    "party_id",
    "name",
    "description",
    "class",
    "type",
    "rate",
    "sales_price",
    "quantity_on_hand",
    "total",
    "amount",
    "status",
    "closed",
    "balance",
    "inactive",
)
"""Fields that a list shows where the type has them, unless others are asked for."""

MOST_COLUMNS = 8
FIGURES = frozenset({Kind.MONEY, Kind.DECIMAL, Kind.INTEGER})
ROWS_AT_ONCE = 1000


def columns_of(declared: RecordType | NestedType, edition: EditionName) -> tuple[str, ...]:
    """Return the fields that a list of such records shows."""
    known = [name for name, spec in declared.fields.items() if spec.rule(edition) is not None]
    if isinstance(declared, NestedType):
        plain = [name for name in known if declared.fields[name].kind is not Kind.GROUP]
        return (PARENT, POSITION, *plain[: MOST_COLUMNS - 2])
    chosen = [name for name in COLUMNS if name in known]
    return tuple(chosen[:MOST_COLUMNS]) or tuple(known[:MOST_COLUMNS])


def show_records(
    out: Console,
    rows: Iterable[Body],
    declared: RecordType | NestedType,
    edition: EditionName,
    columns: Sequence[str],
) -> int:
    """Print records as tables and return how many they were."""
    specs = declared.fields
    titles = [_title(specs.get(name), name, edition) for name in columns]
    waiting: list[list[str]] = []
    count = 0
    for row in rows:
        waiting.append([cell(row.get(name), specs.get(name)) for name in columns])
        count += 1
        if len(waiting) == ROWS_AT_ONCE:
            show_table(out, titles, waiting)
            waiting = []
    if waiting:
        show_table(out, titles, waiting)
    return count


def _title(spec: FieldSpec | None, name: str, edition: EditionName) -> str:
    if spec is None:
        return name.replace("_", " ").capitalize()
    figures = spec.kind in FIGURES and not spec.key
    return (">" if figures else "") + spec.label_in(edition)


def show_record(
    out: Console, record: Body, declared: RecordType | NestedType, edition: EditionName
) -> None:
    """Print one record: its plain fields as facts, each group below them."""
    specs = declared.fields
    groups = {each.field: each for each in groups_of(declared)}
    names = [*(name for name in specs if name in record), *(n for n in record if n not in specs)]
    _show_facts(out, record, [name for name in names if name not in groups], specs, edition)
    for name in names:
        if name in groups and record[name]:
            out.print()
            out.print(f"[bold underline]{groups[name].label_in(edition)}[/]")
            entries = entries_of(record[name] if groups[name].many else [record[name]])
            if groups[name].many:
                _show_entries(out, entries, groups[name].fields, edition)
            else:
                inner = groups[name].fields
                for entry in entries:
                    _show_facts(out, entry, list(inner), inner, edition)


def groups_of(declared: RecordType | NestedType) -> tuple[NestedType, ...]:
    """Return the groups inside records of a type."""
    return nested_types(declared) if isinstance(declared, RecordType) else ()


def _show_facts(
    out: Console,
    values: Mapping[str, JsonValue],
    names: Sequence[str],
    specs: Mapping[str, FieldSpec],
    edition: EditionName,
) -> None:
    facts = [
        (_label(specs.get(name), name, edition), cell(values.get(name), specs.get(name)))
        for name in names
    ]
    show_facts(out, facts)


def _show_entries(
    out: Console,
    rows: Sequence[Mapping[str, JsonValue]],
    specs: Mapping[str, FieldSpec],
    edition: EditionName,
) -> None:
    names = [name for name in specs if any(row.get(name) is not None for row in rows)]
    table = new_table(*(_title(specs[name], name, edition) for name in names))
    for row in rows:
        table.add_row(*(cell(row.get(name), specs[name]) for name in names))
    out.print(table)


def _label(spec: FieldSpec | None, name: str, edition: EditionName) -> str:
    return spec.label_in(edition) if spec else name.replace("_", " ").capitalize()


def cell(value: JsonValue, spec: FieldSpec | None) -> str:
    """Return a value as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, Mapping):
        return ", ".join(str(inner) for inner in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"{len(value)} entries"
    text = str(value)
    return grouped(text) if spec is not None and spec.kind is Kind.MONEY else text
