"""`clary batch rerun` and its kin: looking at a batch again, and taking it back."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING

import click

from clary.cli.arguments import DAY, company_argument
from clary.cli.batch import (
    Applied,
    Chosen,
    app_argument,
    print_plan,
    selection_options,
    tell_plan,
    tell_run,
)
from clary.cli.frame import Face, Group, command, console, example
from clary.cli.plan import CHANGES_SHOWN, HowToApply, applying_options, finish

if TYPE_CHECKING:
    from rich.console import Console

    from clary.hub.installation import Installation
    from clary.hub.services.batch_reruns import RerunPlanned
    from clary.hub.services.plans import PlanAnswer

NUMBER = click.argument("number")


@click.group(cls=Group)
def _commands() -> None:
    """Commands on batches that exist."""


@command(_commands, "rerun", writes=True)
@app_argument
@company_argument
@NUMBER
@click.option(
    "--same",
    multiple=True,
    metavar="DOCUMENT",
    help="The document found in the books, entered by hand, is this one.",
)
@click.option(
    "--other",
    multiple=True,
    metavar="DOCUMENT",
    help="It is another one; post this as well.",
)
@click.option(
    "--repost",
    multiple=True,
    metavar="DOCUMENT",
    help="It changed, or was taken back: take back what is posted and post it anew.",
)
@click.option("--exclude", multiple=True, metavar="DOCUMENT", help="Leave this document alone.")
@applying_options
@example("clary batch rerun psa acme 20260131AL-I --dry-run")
def rerun(
    face: Face,
    app: str,
    company: str,
    number: str,
    *,
    same: tuple[str, ...],
    other: tuple[str, ...],
    repost: tuple[str, ...],
    exclude: tuple[str, ...],
    how: HowToApply,
    dry_run: bool,
) -> None:
    """Compare a batch with the books, and post what they lack.

    For books that were restored from a backup. What is there is left alone, and on intact
    books nothing is written. What was posted before and is missing, voided or taken back is
    posted again once a person agrees, or with --post-missing.
    """
    from dataclasses import replace

    from clary.cli.show_batch import show_rerun
    from clary.flows.batch.requests import Decisions
    from clary.hub.services.batch_reruns import plan_a_rerun

    decisions = Decisions(same=frozenset(same), other=frozenset(other), repost=frozenset(repost))
    with face.installation() as installation:
        planned = plan_a_rerun(installation, app, company, number, decisions, frozenset(exclude))
        if dry_run:
            face.answer(planned.as_dict(), lambda out: show_rerun(out, planned))
            click.get_current_context().exit(planned.exit_status)
        if face.asks and planned.posts:
            show_rerun(console(sys.stderr), planned)
            face.agree(f"Post {planned.posts} documents?")
            how = replace(how, post_missing=True)
        if how.post_missing:
            # It says the very same as the guard that asks about restored books.
            how = replace(how, confirmed=(*how.confirmed, "BOOKS_RESTORED"))
        _apply_rerun(face, installation, planned, how)


def _apply_rerun(
    face: Face, installation: Installation, planned: RerunPlanned, how: HowToApply
) -> None:
    from clary.cli.progress import run_progress
    from clary.cli.show_batch import show_rerun
    from clary.cli.show_work import show_run
    from clary.hub.services.working import apply_in_turn

    plan = planned.plan.plan
    with run_progress(face, f"Posting to {plan.header.company}", installation) as progress:
        answer = apply_in_turn(installation, plan.id, how.applying(face, progress))

    def show(out: Console) -> None:
        show_rerun(out, planned)
        out.print()
        show_run(out, answer.run)

    face.answer({"plan": planned.as_dict(), "run": answer.as_dict()}, show)
    click.get_current_context().exit(answer.exit_status)


@command(_commands, "unbatch", writes=True)
@app_argument
@company_argument
@NUMBER
@click.argument("documents", nargs=-1, metavar="[DOCUMENT]...")
@click.option(
    "--delete",
    "delete_posted",
    is_flag=True,
    help="Delete posted documents where the edition can, instead of reversing them.",
)
@applying_options
@example("clary batch unbatch psa acme 20260131AL-I 1001 --dry-run")
def unbatch(
    face: Face,
    app: str,
    company: str,
    number: str,
    documents: tuple[str, ...],
    *,
    delete_posted: bool,
    how: HowToApply,
    dry_run: bool,
) -> None:
    """Take a batch, or some of its documents, back.

    One plan does both. What was paid or edited since stays, and is named with its cause; the
    documents that stay are in the batch afterwards as before.
    """
    from clary.hub.services.batch_reruns import plan_an_unbatching

    with face.installation() as installation:
        planned = plan_an_unbatching(
            installation,
            app,
            company,
            number,
            frozenset(documents),
            posted="delete" if delete_posted else "default",
        )
        _take_back(face, installation, planned, how, dry_run=dry_run)


def _take_back(
    face: Face,
    installation: Installation,
    planned: PlanAnswer,
    how: HowToApply,
    *,
    dry_run: bool,
) -> None:
    from clary.cli.progress import run_progress
    from clary.cli.show_batch import told_of_batch
    from clary.cli.show_work import show_plan, show_problems, show_rows
    from clary.hub.services import plans
    from clary.hub.services.working import apply_in_turn

    plan = planned.plan

    def print_all(out: Console) -> None:
        show_plan(out, plan)
        out.print()
        rows = plans.plan_rows(installation, plan.id, 0, CHANGES_SHOWN)
        show_rows(out, rows, told_of_batch)
        show_problems(out, plans.plan_findings(installation, plan.id))

    if dry_run:
        face.answer(planned.as_dict(), print_all)
        click.get_current_context().exit(planned.exit_status)
    if face.asks:
        print_all(console(sys.stderr))
        face.agree("Take this back?")
    with run_progress(face, f"Taking back from {plan.header.company}", installation) as progress:
        answer = apply_in_turn(installation, plan.id, how.applying(face, progress))
    finish(face, answer)


@command(_commands, "clear", writes=True)
@app_argument
@company_argument
@NUMBER
@selection_options
@applying_options
@example("clary batch clear psa acme OLD-2024 --through 2024-12-31 --include 1001")
def clear(
    face: Face,
    app: str,
    company: str,
    number: str,
    *,
    chosen: Chosen,
    how: HowToApply,
    dry_run: bool,
) -> None:
    """Mark documents in ConnectWise as posted; post nothing.

    For old documents that are in the books already, or shall never be. They stand in a batch
    of this number, which can be un-batched like any other.
    """
    from clary.hub.services.batches import plan_a_batch

    if not chosen.include and chosen.through is None:
        message = "State which documents are meant: --include NUMBER, or --through DATE."
        raise click.UsageError(message)
    with face.installation() as installation:
        asked = chosen.asked(number=number, clears=True, note=f"Marks as posted: {number}.")
        planned = plan_a_batch(installation, app, company, asked)
        if dry_run:
            tell_plan(face, installation, planned)
        if face.asks:
            print_plan(
                console(sys.stderr), installation, planned, confirmed=frozenset(how.confirmed)
            )
            face.agree("Mark these as posted?")
        tell_run(face, Applied(face, installation, how, verify=False).run(planned))


@command(_commands, "verify")
@app_argument
@company_argument
@NUMBER
@example("clary batch verify psa acme 20260131AL-I")
def verify(face: Face, app: str, company: str, number: str) -> None:
    """Compare a batch with the books, to the penny and line.

    Documents by kind with where to look in Sage, debits and credits by account, and every
    GL row of ConnectWise once. Exit code 5 where something differs.
    """
    from clary.cli.show_batch import show_verified
    from clary.hub.services.batch_verifying import verify_a_batch
    from clary.kernel.exit_codes import ExitCode

    with face.installation() as installation:
        report = verify_a_batch(installation, app, company, number)
    face.answer(report.as_body(), lambda out: show_verified(out, report))
    click.get_current_context().exit(ExitCode.OK if report.ok else ExitCode.REJECTED)


@command(_commands, "why")
@app_argument
@click.argument("document")
@click.option("--location", default="", help="The location that was chosen.")
@click.option("--through", type=DAY, help="The last day that was chosen (default: today).")
@example("clary batch why psa 1001 --location 'Main Office'")
def why(face: Face, app: str, document: str, location: str, through: date | None) -> None:
    """Tell why a document is not listed, or that it is.

    DOCUMENT is the number of an invoice, purchase order, vendor's invoice or stock count, or
    the id of an expense.
    """
    from clary.cli.show_batch import show_reasons
    from clary.hub.services.batch_verifying import why_not_listed

    with face.installation() as installation:
        asked = Chosen(location=location, through=through).asked()
        found = why_not_listed(installation, app, document, asked)
    answer = {"document": document, "reasons": [each.as_dict() for each in found]}
    face.answer(answer, lambda out: show_reasons(out, found))
