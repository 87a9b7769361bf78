"""`clary setting`: decisions that hold for the installation or for one company."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clary.cli.arguments import COMPANY
from clary.cli.frame import Face, Group, command, example

if TYPE_CHECKING:
    from rich.console import Console

    from clary.hub.services.deciding import DecisionAnswer


@click.group(cls=Group)
def setting() -> None:
    """Decide how work is done, everywhere or for one company."""


company_option = click.option(
    "--company", type=COMPANY, help="Only for this company (default: for all that say nothing)."
)


@command(setting, "list")
@example("clary setting list")
def list_(face: Face) -> None:
    """List the settings and what is decided."""
    from clary.cli.show import show_table
    from clary.hub.services.deciding import list_decisions

    with face.installation() as installation:
        answers = list_decisions(installation)

    def show(out: Console) -> None:
        rows = [
            (each.name, each.company or "all companies", each.value or "not set", each.meaning)
            for each in answers
        ]
        show_table(out, ("Setting", "For", "Value", "What it decides"), rows)

    face.answer({"settings": [each.as_dict() for each in answers]}, show)


@command(setting, "set", writes=True)
@click.argument("name")
@click.argument("value")
@company_option
@example("clary setting set approval_amount 10000 --company try")
def change(face: Face, name: str, value: str, company: str | None, dry_run: bool) -> None:
    """Decide something."""
    from clary.hub.services.deciding import change_decision

    with face.installation() as installation:
        answer = change_decision(installation, name, value, company, dry_run=dry_run)
    _tell(face, answer, dry_run=dry_run)


@command(setting, "unset", writes=True)
@click.argument("name")
@company_option
@example("clary setting unset approval_amount")
def forget(face: Face, name: str, company: str | None, dry_run: bool) -> None:
    """Forget what was decided."""
    from clary.hub.services.deciding import change_decision

    with face.installation() as installation:
        answer = change_decision(installation, name, None, company, dry_run=dry_run)
    _tell(face, answer, dry_run=dry_run)


def _tell(face: Face, answer: DecisionAnswer, *, dry_run: bool) -> None:
    where = f"for {answer.company}" if answer.company else "for the installation"
    value = "not set" if answer.value is None else answer.value
    would = "would be" if dry_run else "is"
    sentence = f"{answer.name} {would} {value} {where}."
    face.answer(answer.as_dict(), lambda out: out.print(sentence, markup=False))
