"""`clary records`: reading the records of a company."""

from __future__ import annotations

import json
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clary.cli.arguments import (
    COMPANY,
    EDITION,
    NEW_FILE,
    company_argument,
    edition_of,
    type_argument,
)
from clary.cli.frame import Face, Group, command, example
from clary.cli.progress import counting

if TYPE_CHECKING:
    from rich.console import Console

    from clary.hub.services.records import QueryAsked
    from clary.ledger.describe import Description, FieldRow

ROWS_SHOWN = 200
"""Rows that a query prints for people unless told otherwise; programs get all."""


@click.group(
    cls=Group,
    lazy={
        "create": "clary.cli.changing:create",
        "update": "clary.cli.changing:update",
        "upsert": "clary.cli.changing:upsert",
        "delete": "clary.cli.changing:delete",
        "act": "clary.cli.changing:act",
        "import": "clary.cli.importing:import_",
    },
)
def records() -> None:
    """Read and change customers, invoices and all other records."""


@command(records, "types")
@click.argument("company", type=COMPANY, metavar="[COMPANY]", required=False)
@click.option("--edition", type=EDITION, help="Without a company: of which edition.")
@click.option("--nested", is_flag=True, help="List the groups inside records too.")
@example("clary records types try")
def types(face: Face, company: str | None, edition: str | None, nested: bool) -> None:
    """List the types of records."""
    from clary.cli.show import show_table
    from clary.hub.services.records import record_types

    with face.installation() as installation:
        answers = record_types(installation, company, edition_of(edition) or "us", nested=nested)

    def show(out: Console) -> None:
        rows = [(answer.name, answer.many, ", ".join(answer.operations)) for answer in answers]
        if company is None:
            show_table(out, ("Type", "What it is called"), [row[:2] for row in rows])
        else:
            show_table(out, ("Type", "What it is called", "What can be done"), rows)

    face.answer({"company": company, "types": [answer.as_dict() for answer in answers]}, show)


@command(records, "describe")
@click.argument("names", nargs=-1, required=True, metavar="[COMPANY] TYPE")
@click.option("--edition", type=EDITION, help="Without a company: of which edition.")
@click.option("--release", type=int, help="Without a company: of which year or version.")
@example("clary records describe try customer", "clary records describe item --edition uk --json")
def describe(face: Face, names: tuple[str, ...], edition: str | None, release: int | None) -> None:
    """Describe the fields of a type.

    With --json this is the JSON Schema of what a new record, a change and a stored
    record may hold.
    """
    from clary.hub.services.records import describe_type

    if len(names) > len(("company", "type")):
        message = "State a company and a type, or a type alone."
        raise click.UsageError(message)
    company = names[0] if len(names) > 1 else None
    with face.installation() as installation:
        answer = describe_type(
            installation, names[-1], company, edition_of(edition) or "us", release
        )
    face.answer(answer.as_dict(), lambda out: _show_description(out, answer))


def _show_description(out: Console, answer: Description) -> None:
    from clary.cli.show import show_facts, show_table

    out.print(f"[bold]{answer.label}[/bold] ({answer.name}), {answer.edition.upper()}")
    show_facts(
        out,
        [
            ("Also called", ", ".join(answer.aliases)),
            ("Named by", ", ".join(answer.identifiers.values())),
            ("Can be done", ", ".join(answer.operations)),
            ("Inside it", ", ".join(answer.nested)),
            ("Note", answer.notes),
        ],
    )
    out.print()
    rows = [(_path(row.path), row.label, _holds(row), _rules(row)) for row in answer.fields]
    show_table(out, ("=Field", "Label", "Holds", "Rule"), rows)
    told = [
        (act, row.path, _holds(row), _rules(row))
        for act, details in answer.details.items()
        for row in details
    ]
    if told:
        out.print()
        show_table(out, ("=Act", "=Field", "Holds", "Rule"), told)


def _path(path: str) -> str:
    """Return a field's path, those inside a group set in a little."""
    return "  " * path.count(".") + path


def _holds(row: FieldRow) -> str:
    if row.reference:
        return f"a {row.reference.replace('_', ' ')}"
    return "entries" if row.many else row.kind


def _rules(row: FieldRow) -> str:
    """Return in words what a field asks for."""
    parts = [
        "required" if row.required else "",
        "worked out" if row.computed else "",
        f"up to {row.length}" if row.length else "",
        f"{row.places} decimals" if row.places else "",
        f"one of {', '.join(row.choices)}" if row.choices else "",
        f"since {row.since}" if row.since else "",
        f"until {row.until}" if row.until else "",
    ]
    return "; ".join(part for part in parts if part)


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def _asked(
    where: str | None, fields: str | None, order: str | None, limit: int | None, period: str | None
) -> QueryAsked:
    from clary.hub.services.records import QueryAsked

    return QueryAsked(where, _names(fields) or None, _names(order), limit or None, period)


WHERE = click.option("--where", help="Which records, such as \"balance > 100 and name like 'A%'\".")
FIELDS = click.option("--fields", metavar="A,B", help="Which fields (default: the usual ones).")
ORDER = click.option("--order", metavar="F,-G", help="Sort by these; - is from high to low.")
PERIOD = click.option(
    "--period", help="all (the default), this_month, this_year, or 2026-01-01..2026-01-31."
)


@command(records, "query")
@company_argument
@type_argument
@WHERE
@FIELDS
@ORDER
@PERIOD
@click.option(
    "--limit", type=click.IntRange(0), help=f"How many; 0 is all (shown: {ROWS_SHOWN}; JSON: all)."
)
@example(
    'clary records query try sales_invoice --where "total > 500" --order=-date',
    "clary records query try customer --fields id,name,balance --json",
)
def query(
    face: Face,
    company: str,
    record_type: str,
    *,
    where: str | None,
    fields: str | None,
    order: str | None,
    period: str | None,
    limit: int | None,
) -> None:
    """List records.

    Says which days it covered; all periods unless --period names one.
    """
    from clary.cli.show import counted, note_findings
    from clary.cli.show_records import columns_of, show_records
    from clary.hub.services.records import querying

    most = limit if face.json or limit is not None else ROWS_SHOWN + 1
    asked = _asked(where, fields, order, most, period)
    with (
        face.installation() as installation,
        querying(installation, company, record_type, asked) as found,
    ):
        if face.json:
            face.answer_stream(found.head(), "records", found.answer.rows, counted=True)
            return
        note_findings(found.answer.findings)
        columns = asked.fields or columns_of(found.declared, found.edition)
        cut = None if limit is not None else ROWS_SHOWN
        rows = iter(found.answer.rows)

        def show(out: Console) -> None:
            count = show_records(out, islice(rows, cut), found.declared, found.edition, columns)
            more = next(rows, None) is not None
            covered = found.answer.covered
            days = f", {covered.words}" if covered else ""
            total = f"The first {counted(count, 'record')}" if more else counted(count, "record")
            face.note(f"{total}{days}.{' --limit 0 lists all.' if more else ''}")

        face.answer({}, show)


@command(records, "get")
@company_argument
@type_argument
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@example(
    "clary records get try customer ACME",
    "clary records get try sales_invoice customer:ACME:1001",
)
def get(face: Face, company: str, record_type: str, keys: tuple[str, ...]) -> None:
    """Show single records by their keys.

    A key is the record's ID or transaction number; guid:, customer:ID:NUMBER and
    vendor:ID:NUMBER work too. What is found is shown, and each key that names nothing is
    told.
    """
    from clary.cli.show import note_findings
    from clary.cli.show_records import show_record
    from clary.hub.services.records import get_records

    with face.installation() as installation:
        got = get_records(installation, company, record_type, keys)

    def show(out: Console) -> None:
        for place, record in enumerate(got.records):
            if place:
                out.print()
            show_record(out, record, got.declared, got.edition)

    face.answer({"company": company, **got.as_dict()}, show)
    if not face.json:
        note_findings(finding for _, finding in got.missing)
    click.get_current_context().exit(got.exit_status)


@command(records, "export")
@company_argument
@type_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv", "sage-csv", "sage-xml"]),
    default="jsonl",
    show_default=True,
    help="One JSON object a line, a table with commas, or an import file of Sage 50.",
)
@click.option("--stated", is_flag=True, help="Only what a new record may state elsewhere.")
@click.option("--output", type=NEW_FILE, help="A new file (default: standard output).")
@WHERE
@FIELDS
@ORDER
@PERIOD
@example("clary records export try customer --format csv --output customers.csv")
def export(
    face: Face,
    company: str,
    record_type: str,
    *,
    form: str,
    stated: bool,
    output: Path | None,
    where: str | None,
    fields: str | None,
    order: str | None,
    period: str | None,
) -> None:
    """Write records to a file.

    Everything the records hold is written, all periods unless --period names one. With
    --stated the lines can be read by `clary records create` for another company. The
    formats sage-csv and sage-xml write a file that a person imports in Sage 50, with a
    note beside it that says how.
    """
    from clary.cli.exporting import all_fields, write_import_file, write_records
    from clary.cli.show import counted
    from clary.hub.services.records import querying, statable

    asked = _asked(where, fields, order, None, period)
    with (
        face.installation() as installation,
        querying(installation, company, record_type, asked) as found,
        counting(face, f"Exporting {record_type}") as progress,
    ):
        if form.startswith("sage-"):
            write_import_file(face, found, form.removeprefix("sage-"), output)
            return
        rows = found.answer.rows
        if stated:
            rows = (statable(found.declared, row) for row in rows)
        if face.json and output is None:
            face.answer_stream(found.head(), "records", rows, counted=True)
            return
        names = asked.fields or all_fields(found, stated=stated)
        count = write_records(rows, form, output, progress, names)
    document = {**found.head(), "file": str(output) if output else None, "count": count}
    if face.json:
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        face.note(f"Wrote {counted(count, 'record')}{f' to {output}' if output else ''}.")
