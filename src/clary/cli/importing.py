"""`clary records import`: taking over the records of files."""

from __future__ import annotations

from pathlib import Path

import click

from clary.cli.arguments import PAIR, READABLE_FILE, company_argument
from clary.cli.changing import show_applied, show_planned
from clary.cli.frame import Face, command, example
from clary.cli.plan import HowToApply, applying_options
from clary.cli.progress import run_progress
from clary.cli.records import records


@command(records, "import", writes=True)
@company_argument
@click.argument("files", nargs=-1, required=True, type=READABLE_FILE, metavar="FILE...")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="TYPE.FIELD=VALUE",
    help="A value for records that lack it, such as item.class=stock.",
)
@click.option(
    "--layout",
    "layouts",
    type=PAIR,
    multiple=True,
    metavar="FILE=TABLE[:COLUMNS]",
    help="What a CSV file holds that does not tell it, and its columns if not all in order.",
)
@click.option(
    "--continue-on-error",
    is_flag=True,
    help="Take over the records that are right, also where others are wrong.",
)
@applying_options
@example("clary records import try customers.xml items.xml --set item.class=stock --dry-run")
def import_(
    face: Face,
    company: str,
    files: tuple[Path, ...],
    *,
    settings: tuple[str, ...],
    layouts: tuple[tuple[str, str], ...],
    continue_on_error: bool,
    how: HowToApply,
    dry_run: bool,
) -> None:
    """Take over the records of Sage 50 files.

    The files are read together and ordered by what depends on what. If any record is
    wrong, lacks a value or refers to nothing, all such problems are listed and nothing is
    written, unless --continue-on-error is given. A record that stands in two files is
    taken once. Balances that a file states are compared afterwards and never posted.
    """
    from clary.flows.operations.requests import OnError
    from clary.hub.services.importing import compared, plan_import
    from clary.hub.services.operations import apply_operation

    if continue_on_error and how.stop_on_error:
        message = "--continue-on-error and --stop-on-error contradict each other."
        raise click.UsageError(message)
    on_error = OnError.CONTINUE if continue_on_error else OnError.STOP
    with face.installation() as installation:
        planned = plan_import(installation, company, files, settings, layouts, on_error)
        if dry_run:
            show_planned(face, installation, planned)
            return
        with run_progress(face, f"Importing into {company}") as progress:
            applied = apply_operation(installation, planned, how.applying(face, progress))
        doubts = list(compared(installation, company, applied))
        show_applied(face, installation, applied, doubts)
