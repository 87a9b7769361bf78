"""`clary runs`: what was done, its log, and taking it back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from clary.cli.arguments import COMPANY, PAIR, RUN
from clary.cli.frame import Face, Group, as_json, command, console, example
from clary.cli.plan import CHANGES_SHOWN, HowToApply, applying_options, finish

if TYPE_CHECKING:
    from rich.console import Console


@click.group(cls=Group)
def runs() -> None:
    """See what was done, and take it back."""


@command(runs, "list")
@click.argument("company", type=COMPANY, metavar="[COMPANY]", required=False)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="How many (default: 20).")
@click.option(
    "--tracked",
    type=PAIR,
    metavar="NAME=VALUE",
    help="Only runs of documents that the caller marked so.",
)
@example("clary runs list try", "clary runs list --tracked ticket=4711")
def list_(face: Face, company: str | None, limit: int, tracked: tuple[str, str] | None) -> None:
    """List runs, the newest first."""
    from clary.cli.show import show_table
    from clary.cli.show_work import counts_of
    from clary.hub.services.runs import list_runs

    with face.installation() as installation:
        answers = list_runs(installation, company, tracked, limit)

    def show(out: Console) -> None:
        rows = [
            (
                answer.run.id,
                f"{answer.run.started_at:%Y-%m-%d %H:%M}",
                f"{answer.run.flow} for {answer.run.company}",
                f"{answer.run.state}: {counts_of(answer.run)}",
            )
            for answer in answers
        ]
        show_table(out, ("=Run", "=Started (UTC)", "What", "Outcome"), rows)

    face.answer({"runs": [answer.as_dict() for answer in answers]}, show)


@command(runs, "show")
@click.argument("run_id", type=RUN, metavar="ID")
@click.option("--all", "everything", is_flag=True, help="List every document of the run.")
@example("clary runs show run_01K2M7Q4T8ZD3V5X6Y7W8A9B0C")
def show(face: Face, run_id: str, everything: bool) -> None:
    """Show how a run ended, document by document."""
    from clary.cli.show_work import show_problems, show_results, show_run
    from clary.hub.services import runs as service

    with face.installation() as installation:
        answer = service.show_run(installation, run_id)
        entries = service.run_results(installation, run_id)
        remarks = service.run_remarks(installation, run_id)
        if face.json:
            head = {**answer.as_dict(), "remarks": as_json(remarks)}
            face.answer_stream(head, "results", map(service.result_dict, entries))
            return

        def print_all(out: Console) -> None:
            show_run(out, answer.run)
            most = None if everything else CHANGES_SHOWN
            findings = show_results(out, answer.run, entries, most)
            show_problems(out, [*findings, *remarks])

        face.answer({}, print_all)


@command(runs, "log")
@click.argument("run_id", type=RUN, metavar="ID")
@click.option("--follow", is_flag=True, help="Go on until the run has ended.")
@click.option("--after", type=click.IntRange(0), default=0, help="Only events after this one.")
@example("clary runs log run_01K2M7Q4T8ZD3V5X6Y7W8A9B0C --follow")
def log(face: Face, run_id: str, follow: bool, after: int) -> None:
    """Show the log of a run."""
    from clary.hub.services.runs import event_dict, run_events

    with face.installation() as installation:
        events = run_events(installation, run_id, after, follow=follow)
        if face.json:
            face.answer_stream({"run": run_id}, "events", map(event_dict, events))
            return
        for event in events:
            count = f"{event.done:,}/{event.total:,}" if event.total else ""
            about = f"  [{event.record}]" if event.record else ""
            level = "" if event.level == "info" else f"{event.level.upper()} "
            click.echo(
                f"{event.time:%Y-%m-%d %H:%M:%S}  {count:>13}  {level}{event.message}{about}"
            )


@command(runs, "undo", writes=True)
@click.argument("run_id", type=RUN, metavar="ID")
@click.option(
    "--delete",
    "delete_posted",
    is_flag=True,
    help="Delete posted documents where the edition can, instead of reversing them.",
)
@applying_options
@example("clary runs undo run_01K2M7Q4T8ZD3V5X6Y7W8A9B0C --dry-run")
def undo(
    face: Face,
    run_id: str,
    *,
    delete_posted: bool,
    how: HowToApply,
    dry_run: bool,
) -> None:
    """Take a run back.

    What it did is voided, reversed, restored or deleted, as the edition has it. What was
    edited, paid or used since is named with its cause and left alone; the rest is taken
    back. Undo is a run itself and can be looked at like any other.
    """
    from clary.cli.progress import run_progress
    from clary.cli.show_work import show_plan, show_problems, show_rows
    from clary.hub.services import plans
    from clary.hub.services.runs import plan_the_undo
    from clary.hub.services.working import apply_in_turn

    with face.installation() as installation:
        planned = plan_the_undo(installation, run_id, delete_posted=delete_posted)

        def print_plan(out: Console) -> None:
            show_plan(out, planned.plan)
            show_rows(out, plans.plan_rows(installation, planned.plan.id, 0, CHANGES_SHOWN))
            show_problems(out, plans.plan_findings(installation, planned.plan.id))

        if dry_run:
            remarks = plans.plan_remarks(installation, planned.plan.id)
            face.answer({**planned.as_dict(), "remarks": as_json(remarks)}, print_plan)
            click.get_current_context().exit(planned.exit_status)
        if planned.plan.changes and face.asks:
            print_plan(console(sys.stderr))
            face.agree("Take this back?")
        with run_progress(face, f"Taking back from {planned.plan.header.company}") as progress:
            applying = how.applying(face, progress)
            answer = apply_in_turn(installation, planned.plan.id, applying)
        finish(face, answer)


@command(runs, "resume", writes=True)
@click.argument("run_id", type=RUN, metavar="ID")
@applying_options
@example("clary runs resume run_01K2M7Q4T8ZD3V5X6Y7W8A9B0C")
def resume(
    face: Face,
    run_id: str,
    *,
    how: HowToApply,
    dry_run: bool,
) -> None:
    """Go on with a run that waits or was interrupted.

    What was sent before is looked up first, so nothing is done twice.
    """
    from clary.cli.progress import run_progress
    from clary.cli.show_work import show_run
    from clary.hub.services.runs import show_run as summary_of
    from clary.hub.services.working import resume_in_turn

    with face.installation() as installation:
        before = summary_of(installation, run_id)
        if dry_run:
            face.answer(before.as_dict(), lambda out: show_run(out, before.run))
            return
        with run_progress(face, f"Going on with {before.run.company}") as progress:
            applying = how.applying(face, progress)
            answer = resume_in_turn(installation, run_id, applying)
        finish(face, answer)
