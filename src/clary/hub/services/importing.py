"""Imports files into a company: read together, planned in the order of dependency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from clary.companies.files import ImportSet, Template, parse_settings
from clary.flows.operations.importing import compare_stated, import_entries
from clary.hub.installation import Installation
from clary.hub.services.opening import open_company
from clary.hub.services.operations import Applied, planning, stored_plan
from clary.hub.services.plans import PlanAnswer
from clary.kernel.errors import Finding

FLOW = "import"


def plan_import(
    installation: Installation,
    reference: str,
    paths: Sequence[Path],
    settings: Sequence[str] = (),
    layouts: Sequence[tuple[str, str]] = (),
) -> PlanAnswer:
    """Store the plan of an import; nothing is written to the company.

    Args:
        installation: where the company is connected.
        reference: the company that takes the records.
        paths: the files, in any order.
        settings: values for what the files lack, such as `item.class=stock`.
        layouts: name of a CSV file that does not tell what it holds, and its table, with
            the columns behind a colon where they are not all in Sage's order.

    Raises:
        Rejected: a file cannot be read or a record is wrong or lacks a value: every
            problem of every file together.
        Misconfigured, Unreachable, Busy, Unauthorised, Guarded: the company cannot be
            opened.
    """
    opened = open_company(installation, reference)
    edition, release = opened.info.edition, opened.info.release
    values = parse_settings(settings, edition)
    templates = {name: _template(layout) for name, layout in layouts}
    files = ImportSet(paths, edition, values, release, templates=templates)
    records = files.records()
    with planning(installation, opened) as planner:
        note = f"Import of {', '.join(path.name for path in paths)}"
        return stored_plan(installation, opened, FLOW, note, import_entries(planner, records))


def _template(layout: str) -> Template:
    """Return a layout from its text, `TABLE` or `TABLE:COLUMN,COLUMN`."""
    table, _, columns = layout.partition(":")
    return Template(table, tuple(name.strip() for name in columns.split(",") if name.strip()))


def compared(installation: Installation, reference: str, applied: Applied) -> Iterator[Finding]:
    """Yield a warning for each figure that the files state and the company does not have.

    Raises:
        Misconfigured, Unreachable, Busy, Unauthorised, Guarded: the company cannot be
            opened.
    """
    opened = open_company(installation, reference)
    with opened.company.session() as session:
        yield from compare_stated(
            installation.database, applied.run.run.id, session, opened.info.edition
        )
