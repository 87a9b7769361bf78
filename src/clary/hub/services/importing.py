"""Imports files into a company: read together, planned in the order of dependency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from clary.companies.files import ImportSet, Template, parse_settings
from clary.engine.plan import PlanSummary
from clary.flows.operations.import_problems import import_problems
from clary.flows.operations.importing import compare_stated, import_entries
from clary.flows.operations.requests import OnError
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.services.opening import open_company
from clary.hub.services.operations import Applied, planning, stored_plan
from clary.hub.services.permissions import needs
from clary.hub.services.plans import PlanAnswer, plan_rows
from clary.kernel.errors import ClaryError, Finding, Rejected, declare, raise_errors
from clary.ledger.fields import EditionName

FLOW = "import"


IMPORT_STOPPED = declare(
    "IMPORT_STOPPED",
    Rejected,
    "Nothing was written: {rejected} of {count} records are wrong.",
    "Correct what follows; or take over the others alone with --continue-on-error."
    " `clary plan show {plan} --limit 0` lists all records.",
)

FINDINGS_SHOWN: Final = 1000
"""Most findings that are given one by one; the rest is counted."""


@needs(Role.OPERATOR, "reference")
def plan_import(
    installation: Installation,
    reference: str,
    paths: Sequence[Path],
    settings: Sequence[str] = (),
    layouts: Sequence[tuple[str, str]] = (),
    on_error: OnError = OnError.STOP,
) -> PlanAnswer:
    """Store the plan of an import; nothing is written to the company.

    Args:
        installation: where the company is connected.
        reference: the company that takes the records.
        paths: the files, in any order.
        settings: values for what the files lack, such as `item.class=stock`.
        layouts: name of a CSV file that does not tell what it holds, and its table, with
            the columns behind a colon where they are not all in Sage's order.
        on_error: whether one record that is wrong stops all others.

    Raises:
        Rejected: files cannot be read, all of them together; or records are wrong and stop
            the others, every problem of every file together (IMPORT_STOPPED).
        Misconfigured, Unreachable, Busy, Unauthorised, Guarded: the company cannot be
            opened.
    """
    opened = open_company(installation, reference)
    edition = opened.info.edition
    values = parse_settings(settings, edition)
    templates = {name: _template(layout) for name, layout in layouts}
    once = list(dict.fromkeys(path.resolve() for path in paths))
    files = ImportSet(once, edition, values, templates=templates)
    raise_errors(files.unreadable())
    with planning(installation, opened) as planner:
        note = f"Import of {', '.join(path.name for path in once)}"
        entries = import_entries(planner, files.records())
        answer = stored_plan(installation, opened, FLOW, note, entries)
    if on_error is OnError.STOP and answer.plan.errors:
        raise _stopped(installation, answer.plan, edition)
    return answer


def _stopped(installation: Installation, plan: PlanSummary, edition: EditionName) -> ClaryError:
    """Return the error that stops an import, with all that stands against its records."""
    stopped = IMPORT_STOPPED.finding(rejected=plan.rejected, count=plan.changes, plan=plan.id)
    rows = plan_rows(installation, plan.id)
    problems = import_problems(rows, edition, FINDINGS_SHOWN)
    return Rejected(stopped, *problems)


def _template(layout: str) -> Template:
    """Return a layout from its text, `TABLE` or `TABLE:COLUMN,COLUMN`."""
    table, _, columns = layout.partition(":")
    return Template(table, tuple(name.strip() for name in columns.split(",") if name.strip()))


@needs(Role.VIEWER, "reference")
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
