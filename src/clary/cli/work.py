"""`clary work`: what waits for companies, why, and going on with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clary.cli.arguments import COMPANY
from clary.cli.frame import Face, Group, command, example

if TYPE_CHECKING:
    from rich.console import Console

    from clary.hub.services.working import LaneAnswer


@click.group(cls=Group)
def work() -> None:
    """See what waits for companies, and pause it or go on with it."""


company_argument = click.argument("company", type=COMPANY)


@command(work, "list")
@click.argument("company", type=COMPANY, metavar="[COMPANY]", required=False)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, help="How many (default: 50).")
@example("clary work list acme")
def list_(face: Face, company: str | None, limit: int) -> None:
    """Show what waits and why, for all companies or for one."""
    from clary.hub.services.working import list_work

    with face.installation() as installation:
        answers = list_work(installation, company, limit)

    def show(out: Console) -> None:
        if not answers:
            face.note("No company ever had work that waited.")
            return
        _show_lanes(out, answers)
        for answer in answers:
            _show_items(out, answer)

    face.answer({"lanes": [each.as_dict() for each in answers]}, show)


@command(work, "drain")
@company_argument
@example("clary work drain acme")
def drain(face: Face, company: str) -> None:
    """Do now what waits for a company.

    For machines without a server.

    Exit code 4 if something still waits because the company is busy.
    """
    from clary.hub.draining import drain_work

    with face.installation() as installation:
        drained, answer = drain_work(installation, company)
    document = {"done": drained.done, "set_aside": drained.parked, **answer.as_dict()}

    def show(out: Console) -> None:
        out.print(f"{drained.done:,} done, {drained.parked:,} set aside.")
        _show_lanes(out, [answer])

    face.answer(document, show)
    click.get_current_context().exit(answer.exit_status)


@command(work, "pause", writes=True)
@company_argument
@example("clary work pause acme")
def pause(face: Face, company: str, dry_run: bool) -> None:
    """Begin nothing more for a company until it is resumed.

    Work is still accepted meanwhile.
    """
    from clary.hub.services.working import pause_work

    with face.installation() as installation:
        answer = pause_work(installation, company, dry_run=dry_run)
    _tell(face, "Would pause" if dry_run else "Paused", answer)


@command(work, "resume", writes=True)
@company_argument
@example("clary work resume acme")
def resume(face: Face, company: str, dry_run: bool) -> None:
    """Go on with a company that is paused or waits."""
    from clary.hub.services.working import resume_work

    with face.installation() as installation:
        answer = resume_work(installation, company, dry_run=dry_run)
    _tell(face, "Would go on with" if dry_run else "Going on with", answer)


@command(work, "retry", writes=True)
@company_argument
@example("clary work retry acme")
def retry(face: Face, company: str, dry_run: bool) -> None:
    """Put back what was set aside for a person, in its old place."""
    from clary.hub.services.working import retry_work

    with face.installation() as installation:
        answer = retry_work(installation, company, dry_run=dry_run)
    _tell(face, "Would put back what was set aside for" if dry_run else "Put back for", answer)


@command(work, "drop", writes=True)
@company_argument
@click.argument("number", type=click.IntRange(1))
@example("clary work drop acme 12")
def drop(face: Face, company: str, number: int, dry_run: bool) -> None:
    """Drop what is not to be done any more, by its number.

    `clary work list COMPANY` shows the numbers. What a program has pushed ends as failed, and
    says who dropped it; a plan stays, and can be applied again.
    """
    from clary.hub.services.applying import Waiting
    from clary.hub.services.dropping import drop_work

    with face.installation() as installation:
        waiting = Waiting(notice=face.note)
        dropped = drop_work(installation, company, number, waiting, dry_run=dry_run)
    said = "Would drop" if dry_run else "Dropped"
    _tell(face, f"{said} work {number} for", dropped.lane)


def _tell(face: Face, said: str, answer: LaneAnswer) -> None:
    lane = answer.lane
    sentence = f"{said} {lane.company}: {lane.waiting:,} waiting, {lane.parked:,} set aside."
    face.answer(answer.as_dict(), lambda out: out.print(sentence, markup=False))


def _show_lanes(out: Console, answers: list[LaneAnswer]) -> None:
    from clary.cli.show import show_table

    rows = [
        (
            answer.lane.company,
            f"{answer.lane.waiting:,}",
            f"{answer.lane.parked:,}",
            answer.reason[0] if answer.reason else "",
            answer.reason[1] if answer.reason else "",
        )
        for answer in answers
    ]
    show_table(out, ("Company", ">Waiting", ">Set aside", "=Why", "In words"), rows)


def _show_items(out: Console, answer: LaneAnswer) -> None:
    from clary.cli.show import show_table

    rows = [
        (
            str(item.serial),
            item.kind,
            answer.plans.get(item.serial, ""),
            item.state.value,
            f"{item.accepted_at:%Y-%m-%d %H:%M}",
            item.reason or "",
        )
        for item in answer.items
    ]
    if rows:
        out.print()
        show_table(out, (">Number", "Kind", "=Plan", "State", "=Accepted (UTC)", "Why"), rows)
