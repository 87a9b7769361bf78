"""`clary schedule`: work that is done again and again by itself."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

import click

from clary.cli.arguments import COMPANY, PAIR
from clary.cli.frame import Face, Group, command, example
from clary.cli.stating import unset_option
from clary.kernel.clock import next_at

if TYPE_CHECKING:
    from rich.console import Console

    from clary.hub.kinds import ConnectionSetting
    from clary.hub.services.schedules import ScheduleAnswer

KINDS = ("check", "payments", "batch")
"""Names of the kinds, as `hub.scheduled_kinds` declares them; stated again so that help loads
nothing."""


@click.group(cls=Group)
def schedule() -> None:
    """Have work done again and again.

    A server or worker that runs does it: `clary serve`.
    """


class TimeType(click.ParamType[time]):
    """A time of the day, written as 02:00."""

    name = "time"

    def convert(
        self,
        value: str | time,
        parameter: click.Parameter | None,
        context: click.Context | None,
    ) -> time:
        """Return the time."""
        if isinstance(value, time):
            return value
        try:
            return time.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time such as 02:00.", parameter, context)


every_option = click.option(
    "--every", metavar="TIME", help="From one time to the next: 15m, 2h, 1d ... (1m to 31d)."
)
set_option = click.option(
    "--set",
    "settings",
    type=PAIR,
    multiple=True,
    help="A setting of the kind, such as app=psa (`clary schedule kinds`). May be repeated.",
)
at_option = click.option(
    "--at",
    type=TimeType(),
    metavar="TIME",
    help="When it comes first, by the clock of this machine, such as 02:00 (default: at once).",
)


def _first(face_time: time | None, now: datetime) -> datetime | None:
    """Return the next moment at which the clock of this machine shows a time."""
    if face_time is None:
        return None
    return next_at(face_time, now)


@command(schedule, "add", writes=True)
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What is done.")
@click.option("--company", type=COMPANY, required=True, help="For which company.")
@every_option
@at_option
@set_option
@click.option("--paused", is_flag=True, help="Begin only once it is resumed.")
@example(
    "clary schedule add watch --kind check --company acme --every 15m",
    "clary schedule add paid --kind payments --company acme --set app=psa --every 1h",
    "clary schedule add nightly --kind batch --company acme --set app=psa --every 1d --at 02:00",
)
def add(
    face: Face,
    name: str,
    kind: str,
    company: str,
    every: str | None,
    at: time | None,
    settings: tuple[tuple[str, str], ...],
    *,
    paused: bool,
    dry_run: bool,
) -> None:
    """Have something done again and again for a company.

    What it does is done in your name. A plan that needs an approval waits for it, and what
    a person has to decide is refused: `clary schedule list` says so.
    """
    from clary.hub.services.schedules import ScheduleChange, add_schedule

    with face.installation() as installation:
        first = _first(at, installation.clock.now())
        wanted = ScheduleChange(every, settings, paused=paused or None, first=first)
        answer = add_schedule(installation, name, kind, company, wanted, dry_run=dry_run)
    _tell(face, "Would add" if dry_run else "Added", answer)


@command(schedule, "set", writes=True)
@click.argument("name")
@every_option
@at_option
@set_option
@unset_option
@click.option("--pause/--resume", "paused", default=None, help="Stop it for now, or go on.")
@example("clary schedule set paid --every 30m", "clary schedule set paid --pause")
def change(
    face: Face,
    name: str,
    every: str | None,
    at: time | None,
    settings: tuple[tuple[str, str], ...],
    removed: tuple[str, ...],
    *,
    paused: bool | None,
    dry_run: bool,
) -> None:
    """Change a schedule, pause it or go on with it.

    From then on it is done in your name. A plan of it that waits for an approval is made anew.
    """
    from clary.hub.services.schedules import ScheduleChange, change_schedule

    with face.installation() as installation:
        first = _first(at, installation.clock.now())
        wanted = ScheduleChange(every, settings, removed, paused, first)
        answer = change_schedule(installation, name, wanted, dry_run=dry_run)
    _tell(face, "Would change" if dry_run else "Changed", answer)


@command(schedule, "list")
@click.argument("company", type=COMPANY, metavar="[COMPANY]", required=False)
@example("clary schedule list")
def list_(face: Face, company: str | None) -> None:
    """List the schedules, when each is next, and its last result."""
    from clary.hub.services.schedules import list_schedules

    with face.installation() as installation:
        answers = list_schedules(installation, company)

    def show(out: Console) -> None:
        if answers:
            _show(out, answers)
        else:
            face.note(
                "Nothing is scheduled yet. Try:"
                " clary schedule add NAME --kind check --company COMPANY --every 15m"
            )

    face.answer({"schedules": [each.as_dict() for each in answers]}, show)


@command(schedule, "remove", writes=True)
@click.argument("name")
@example("clary schedule remove paid")
def remove(face: Face, name: str, dry_run: bool) -> None:
    """Forget a schedule; what it has done stays."""
    from clary.hub.services.schedules import remove_schedule

    with face.installation() as installation:
        if not dry_run:
            face.agree(f"Remove the schedule {name}?")
        answer = remove_schedule(installation, name, dry_run=dry_run)
    _tell(face, "Would remove" if dry_run else "Removed", answer)


@command(schedule, "run", writes=True)
@click.argument("name")
@example("clary schedule run paid")
def run(face: Face, name: str, dry_run: bool) -> None:
    """Have it done now, once, besides its times.

    It waits its turn among the other work of the company. A server does it at once; where none
    runs: clary work drain COMPANY
    """
    from clary.hub.services.schedules import run_schedule

    with face.installation() as installation:
        answer = run_schedule(installation, name, dry_run=dry_run)
    _tell(face, "Would do now" if dry_run else "To be done now by the server:", answer)
    if not dry_run and not face.json:
        face.note(f"Without a server: clary work drain {answer.schedule.company}")


@command(schedule, "kinds")
@example("clary schedule kinds")
def kinds(face: Face) -> None:
    """List what can be scheduled, with the settings of each."""
    from clary.cli.show import show_table
    from clary.hub.scheduled_kinds import KINDS as DECLARED

    document = {
        "kinds": [
            {
                "name": kind.name,
                "meaning": kind.meaning,
                "settings": [
                    {"name": each.name, "meaning": each.meaning, "required": each.required}
                    for each in kind.settings
                ],
            }
            for kind in DECLARED.values()
        ]
    }

    def show(out: Console) -> None:
        rows = [
            row
            for kind in DECLARED.values()
            for row in (
                (kind.name, "", kind.meaning),
                *(("", _named(each), each.meaning) for each in kind.settings),
            )
        ]
        show_table(out, ("Kind", "Setting", "What it is"), rows)

    face.answer(document, show)


def _named(setting: ConnectionSetting) -> str:
    return f"{setting.name} (needed)" if setting.required else setting.name


def _tell(face: Face, said: str, answer: ScheduleAnswer) -> None:
    from clary.hub.services.schedules import interval_text

    shown = answer.schedule
    every = interval_text(shown.every)
    sentence = f"{said} the schedule {shown.name}: {shown.kind} of {shown.company} every {every}"
    if shown.paused_at is not None:
        sentence += ", paused"
    face.answer(answer.as_dict(), lambda out: out.print(f"{sentence}.", markup=False))


def _show(out: Console, answers: list[ScheduleAnswer]) -> None:
    from clary.cli.show import show_table
    from clary.hub.services.schedules import interval_text

    def when(answer: ScheduleAnswer) -> str:
        shown = answer.schedule
        return "paused" if shown.paused_at else f"{shown.next_run_at:%Y-%m-%d %H:%M}"

    rows = [
        (
            each.schedule.name,
            each.schedule.kind,
            each.schedule.company,
            interval_text(each.schedule.every),
            when(each),
            each.standing.value,
            f"{each.message} ({each.code})" if each.code else each.message,
        )
        for each in answers
    ]
    columns = ("Name", "Kind", "Company", "Every", "=Next (UTC)", "=Last time", "In words")
    show_table(out, columns, rows)
