"""`clary plan`: what stored plans would do, and doing it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import click

from clary.cli.arguments import COMPANY, GUARD, PLAN
from clary.cli.frame import Face, Group, as_json, command, example

if TYPE_CHECKING:
    from rich.console import Console

    from clary.hub.installation import Installation
    from clary.hub.services.applying import Applying, Progress, RunAnswer

F = TypeVar("F", bound=Callable[..., object])

CHANGES_SHOWN = 50


@click.group(cls=Group)
def plan() -> None:
    """Look at stored plans, and apply them."""


@dataclass(frozen=True, slots=True)
class HowToApply:
    """What a person decides about applying a plan, as the command's options say it."""

    stop_on_error: bool = False
    post_missing: bool = False
    confirmed: tuple[str, ...] = ()
    no_wait: bool = False

    def applying(self, face: Face, progress: Progress) -> Applying:
        """Return it as the services take it."""
        from clary.hub.services.applying import PATIENCE, Applying, Waiting

        patience = timedelta(0) if self.no_wait else PATIENCE
        return Applying(
            stop_on_error=self.stop_on_error,
            post_missing=self.post_missing,
            confirmed=frozenset(self.confirmed),
            waiting=Waiting(patience=patience, notice=face.note),
            progress=progress,
        )


def applying_options(function: F) -> Callable[..., object]:
    """Add the options of commands that apply a plan; they arrive together as `how`."""

    @functools.wraps(function)
    def collected(*arguments: object, **values: object) -> object:
        names = [field.name for field in fields(HowToApply)]
        how = HowToApply(**{name: values.pop(name) for name in names})  # type: ignore[arg-type]  # the options below
        return function(*arguments, how=how, **values)

    options = (
        click.option(
            "--stop-on-error",
            is_flag=True,
            help="Stop at the first document that is rejected or fails.",
        ),
        click.option(
            "--post-missing",
            is_flag=True,
            help="Post documents again that were posted before and are gone.",
        ),
        click.option(
            "--confirm",
            "confirmed",
            multiple=True,
            type=GUARD,
            metavar="GUARD",
            help="Confirm a guard that stopped it, by its code, such as MASS_CHANGE.",
        ),
        click.option(
            "--no-wait",
            is_flag=True,
            help="Do not wait while another program writes to the company (exit code 4).",
        ),
    )
    dressed: Callable[..., object] = collected
    for option in reversed(options):
        dressed = option(dressed)
    return dressed


@command(plan, "list")
@click.argument("company", type=COMPANY, metavar="[COMPANY]", required=False)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="How many (default: 20).")
@example("clary plan list try")
def list_(face: Face, company: str | None, limit: int) -> None:
    """List stored plans, the newest first."""
    from clary.cli.show import counted, grouped, show_table
    from clary.hub.services.plans import list_plans

    with face.installation() as installation:
        answers = list_plans(installation, company, limit)

    def show(out: Console) -> None:
        rows = [
            (
                answer.plan.id,
                f"{answer.plan.header.created_at:%Y-%m-%d %H:%M}",
                f"{answer.plan.header.flow} for {answer.plan.header.company}",
                f"{answer.plan.state}, {counted(answer.plan.changes, 'change')}",
                ", ".join(f"{c} {grouped(t)}" for c, t in answer.plan.totals.items()),
            )
            for answer in answers
        ]
        show_table(out, ("=Plan", "=Made (UTC)", "What", "State", ">Total"), rows)

    face.answer({"plans": [answer.as_dict() for answer in answers]}, show)


@command(plan, "show")
@click.argument("plan_id", type=PLAN, metavar="ID")
@click.option("--after", type=click.IntRange(0), default=0, help="Only changes after this number.")
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=CHANGES_SHOWN,
    show_default=True,
    help="How many changes; 0 shows them all.",
)
@example("clary plan show plan_01K2M7Q4T8ZD3V5X6Y7W8A9B0C")
def show(face: Face, plan_id: str, after: int, limit: int) -> None:
    """Show what a plan would do, and what stands against it."""
    from clary.cli.show_work import show_plan, show_problems, show_rows
    from clary.hub.services import plans

    with face.installation() as installation:
        answer = plans.show_plan(installation, plan_id)
        rows = plans.plan_rows(installation, plan_id, after, limit or None)
        if face.json:
            found = [f.as_dict() for f in plans.plan_findings(installation, plan_id)]
            head = {**answer.as_dict(), "findings_listed": found}
            face.answer_stream(head, "listed", (row.as_dict() for row in rows))
            return

        def print_all(out: Console) -> None:
            show_plan(out, answer.plan, answer.waiting)
            last = show_rows(out, rows)
            if last and last < answer.plan.changes:
                out.print(f"… {answer.plan.changes - last:,} more: --after {last}, or --limit 0")
            show_problems(out, plans.plan_findings(installation, plan_id))

        face.answer({}, print_all)


@command(plan, "apply", writes=True)
@click.argument("plan_id", type=PLAN, metavar="ID")
@applying_options
@example("clary plan apply plan_01K2M7Q4T8ZD3V5X6Y7W8A9B0C")
def apply(face: Face, plan_id: str, *, how: HowToApply, dry_run: bool) -> None:
    """Do what a plan says.

    Each document is done once, however often this is run.
    """
    from clary.cli.progress import run_progress
    from clary.cli.show_work import show_plan
    from clary.hub.services import plans
    from clary.hub.services.working import apply_in_turn

    with face.installation() as installation:
        planned = plans.show_plan(installation, plan_id)
        if dry_run:
            face.answer(planned.as_dict(), lambda out: show_plan(out, planned.plan))
            click.get_current_context().exit(planned.exit_status)
        with run_progress(face, f"Applying to {planned.plan.header.company}") as progress:
            answer = apply_in_turn(installation, plan_id, how.applying(face, progress))
        finish(face, answer)


@command(plan, "approve", writes=True)
@click.argument("plan_id", type=PLAN, metavar="ID")
@example("clary plan approve plan_01K2M7Q4T8ZD3V5X6Y7W8A9B0C")
def approve(face: Face, plan_id: str, dry_run: bool) -> None:
    """Approve a plan that someone else made.

    Where the setting approval_amount says so, a larger plan is applied only once someone
    other than its author has approved it.
    """
    from clary.hub.services.approving import approve_plan

    with face.installation() as installation:
        answer = approve_plan(installation, plan_id, dry_run=dry_run)
    said = "Would approve" if dry_run else "Approved"
    amount = answer.as_dict()["amount"] or "an amount that cannot be told"
    sentence = f"{said} the plan {plan_id} by {answer.author}: {amount} in {answer.company}."
    face.answer(answer.as_dict(), lambda out: out.print(sentence, markup=False))


def finish(face: Face, answer: RunAnswer) -> None:
    """Print how a run ended, with its problems, and end with its exit code."""
    from clary.cli.show_work import show_problems, show_results, show_run
    from clary.hub.services.runs import run_remarks, run_results

    with face.installation() as installation:
        remarks = run_remarks(installation, answer.run.id)

        def print_all(out: Console) -> None:
            show_run(out, answer.run)
            entries = run_results(installation, answer.run.id)
            findings = show_results(out, answer.run, entries, CHANGES_SHOWN)
            show_problems(out, [*findings, *remarks])
            if answer.run.flow == "batch":
                _show_batch(out, installation, answer)

        face.answer({**answer.as_dict(), "remarks": as_json(remarks)}, print_all)
    click.get_current_context().exit(answer.exit_status)


def _show_batch(out: Console, installation: Installation, answer: RunAnswer) -> None:
    from clary.cli.show_batch import show_way_on
    from clary.hub.services.batch_running import batch_run

    show_way_on(out, batch_run(installation, answer.run.id))
