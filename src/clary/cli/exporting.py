"""Writes records to a file or to standard output, line by line."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import Misconfigured, declare
from clary.ledger.nested import PARENT, POSITION, NestedType

if TYPE_CHECKING:
    from clary.cli.frame import Face
    from clary.hub.services.records import Queried

OUTPUT_EXISTS = declare(
    "OUTPUT_EXISTS",
    Misconfigured,
    "There is a file {file} already.",
    "Choose another name, or remove the file.",
)
OUTPUT_REQUIRED = declare(
    "OUTPUT_REQUIRED",
    Misconfigured,
    "An import file of Sage 50 needs a name.",
    "Name it with --output FILE.",
    exit_code=2,
)
OUTPUT_UNWRITABLE = declare(
    "OUTPUT_UNWRITABLE",
    Misconfigured,
    "The file {file} cannot be written: {reason}.",
    "Check its folder, the disk and the rights there.",
)

STEP = 500
"""Records between two reports of progress."""


def write_records(
    rows: Iterable[Body],
    form: str,
    output: Path | None,
    progress: Callable[[int], None],
    fields: Sequence[str],
) -> int:
    """Write records, and return how many they were.

    The file appears under its name only once it is whole.

    Raises:
        Misconfigured: there is such a file already (OUTPUT_EXISTS), or it cannot be
            written (OUTPUT_UNWRITABLE).
    """
    with _opened(output) as file:
        write = _csv_writer(file, fields) if form == "csv" else _line_writer(file)
        count = 0
        for row in rows:
            write(row)
            count += 1
            if count % STEP == 0:
                progress(count)
    return count


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    if output.exists():
        raise OUTPUT_EXISTS.raised(file=output)
    partial = output.with_name(output.name + ".part")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            yield file
        partial.rename(output)
    except OSError as error:
        raise OUTPUT_UNWRITABLE.raised(file=output, reason=error.strerror or "no access") from error
    finally:
        partial.unlink(missing_ok=True)


def _line_writer(file: TextIO) -> Callable[[Body], None]:
    def write(row: Body) -> None:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")

    return write


def _csv_writer(file: TextIO, names: Sequence[str]) -> Callable[[Body], None]:
    writer = csv.writer(file)
    writer.writerow(names)

    def write(row: Body) -> None:
        writer.writerow([_cell(row.get(name)) for name in names])

    return write


def write_import_file(face: Face, found: Queried, form: str, output: Path | None) -> None:
    """Write records as an import file of Sage 50 with its note, and say what was left out.

    Raises:
        Misconfigured: no file was named (OUTPUT_REQUIRED), there is such a file already
            (OUTPUT_EXISTS), or it cannot be written.
        Unsupported: Sage 50 has no such import file for the type.
    """
    from clary.cli.show import counted, note_findings
    from clary.hub.services.records import export_import_file

    if output is None:
        raise OUTPUT_REQUIRED.raised()
    if output.exists():
        raise OUTPUT_EXISTS.raised(file=output)
    report = export_import_file(found, output, form)
    if face.json:
        document = {
            **found.head(),
            "file": str(report.file),
            "note": str(report.note),
            "count": report.records,
            "refused": report.refused,
            "findings": [finding.as_dict() for finding in report.findings],
        }
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return
    wrote = counted(report.records, "record")
    face.note(f"Wrote {wrote} to {report.file}; how to import: {report.note}.")
    note_findings(report.findings)


def all_fields(found: Queried, *, stated: bool) -> list[str]:
    """Return the names of all fields, or of those that a new record may state."""
    known = [
        name
        for name, spec in found.declared.fields.items()
        if spec.rule(found.edition) is not None and not (stated and spec.computed)
    ]
    return [PARENT, POSITION, *known] if isinstance(found.declared, NestedType) else known


def _cell(value: JsonValue) -> str:
    """Return a value as one cell; groups are JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    return json.dumps(value, ensure_ascii=False)
