"""How records look to a person: lists as tables, one record as facts with its groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from clary.cli.show import grouped, new_table, show_facts, show_table
from clary.kernel.change import Body, JsonValue
from clary.ledger.fields import EditionName, FieldSpec, Kind
from clary.ledger.nested import PARENT, POSITION, NestedType
from clary.ledger.record import RecordType, fields_of

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
    """Print one record: its plain fields as facts, each group as a table of its own."""
    specs = declared.fields
    groups = {name for name in record if name in specs and specs[name].kind is Kind.GROUP}
    show_facts(
        out,
        [
            (_label(specs.get(name), name, edition), cell(value, specs.get(name)))
            for name, value in record.items()
            if name not in groups
        ],
    )
    inner = declared.groups if isinstance(declared, RecordType) else {}
    for name in groups:
        value = record[name]
        entries = [value] if isinstance(value, Mapping) else value
        if name in inner and isinstance(entries, Sequence) and not isinstance(entries, str):
            out.print()
            out.print(f"[bold]{_label(specs[name], name, edition)}[/bold]")
            _show_entries(out, entries, fields_of(inner[name]), edition)


def _show_entries(
    out: Console,
    entries: Sequence[JsonValue],
    specs: Mapping[str, FieldSpec],
    edition: EditionName,
) -> None:
    rows = [entry for entry in entries if isinstance(entry, Mapping)]
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
