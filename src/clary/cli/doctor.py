"""`clary doctor`: is everything that Clary needs in order?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clary.cli.frame import Command, Face, common_options, example, pass_face

if TYPE_CHECKING:
    from rich.console import Console

    from clary.hub.services.checks import Checks


@click.command("doctor", cls=Command)
@click.option(
    "--full", is_flag=True, help="Verify the whole audit trail, not only what was added since."
)
@pass_face
@example("clary doctor", "clary doctor --full")
def doctor(face: Face, *, full: bool) -> None:
    """Check that everything Clary needs is in order.

    Looks at the program, its folder, database and secrets, and opens every connected
    company. Each problem comes with what to do about it. Of the audit trail, what was added
    since the last time is verified.
    """
    from clary.hub.services.checks import check_installation

    with face.installation() as installation:
        checks = check_installation(installation, full=full)
    face.answer(checks.as_dict(), lambda out: show_checks(out, checks))
    click.get_current_context().exit(checks.exit_status)


doctor.params.extend(common_options(writes=False))


def show_checks(out: Console, checks: Checks) -> None:
    """Print checks, each with a mark, and below it what to do where it fails."""
    from rich.text import Text

    width = max(len(check.name) for check in checks.checks)
    for check in checks.checks:
        word, style = ("ok", "green") if check.ok else ("wrong", "red")
        if check.ok and check.findings:
            word, style = "note", "yellow"
        line = Text(f"{word:<6}", style=style)
        line.append(f"{check.name:<{width}}  ", style="bold")
        line.append(check.message, style="default")
        out.print(line, soft_wrap=True)
        for finding in check.findings:
            if finding.message != check.message:
                out.print(Text(f"{'':<6}{finding.message}"), soft_wrap=True)
            out.print(Text(f"{'':<6}{finding.remedy} ({finding.code})", "dim"), soft_wrap=True)
    if checks.ok:
        out.print("Everything is in order.")
    else:
        wrong = sum(not check.ok for check in checks.checks)
        out.print(f"{wrong} of {len(checks.checks)} checks found something wrong.")
