"""How answers look to a person at a terminal: tables, facts, findings and counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from clary.kernel.errors import Finding, Severity

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

STATE_STYLES: Mapping[str, str] = {
    "confirmed": "green",
    "success": "green",
    "finished": "green",
    "ready": "green",
    "skipped": "cyan",
    "skipped_duplicate": "cyan",
    "pending": "yellow",
    "parked": "yellow",
    "running": "yellow",
    "interrupted": "yellow",
    "rejected": "red",
    "failed": "red",
    "refused": "red",
    "stopped": "red",
}
"""Colours that go with the words of states; the word itself always stands there too."""


def new_table(*columns: str) -> Table:
    """Return an empty table.

    A column whose name starts with `>` holds figures, one that starts with `=` words that
    are never broken, such as ids that people copy.
    """
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        header_style="bold",
        show_edge=False,
    )
    for column in columns:
        figures, whole = column.startswith(">"), column.startswith("=")
        table.add_column(
            column.removeprefix(">").removeprefix("="),
            justify="right" if figures else "left",
            no_wrap=figures or whole,
            overflow="fold",
        )
    return table


def show_table(out: Console, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table of plain texts."""
    from rich.text import Text

    table = new_table(*columns)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    out.print(table)


def show_facts(out: Console, facts: Iterable[tuple[str, str | None]]) -> None:
    """Print names and values, one pair a line; a pair without a value is left out."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in facts:
        if value:
            grid.add_row(Text(name), Text(value))
    out.print(grid)


def show_findings(out: Console, findings: Iterable[Finding]) -> None:
    """Print findings as data: weight, where, what and what to do."""
    from rich.text import Text

    for finding in findings:
        wrong = finding.severity is Severity.ERROR
        line = Text("error  " if wrong else "note   ", style="bold red" if wrong else "bold")
        where = " ".join(part for part in (finding.record, finding.field) if part)
        line.append(f"{where}: " if where else "", style="bold")
        line.append(f"{finding.message} ", style="default not bold")
        line.append(f"({finding.code})", style="dim not bold")
        out.print(line, soft_wrap=True)
        out.print(Text(f"       {finding.remedy}", style="dim"), soft_wrap=True)


def styled(word: str) -> str:
    """Return a state's word in its colour, as the console's own markup."""
    style = STATE_STYLES.get(word)
    return f"[{style}]{word}[/{style}]" if style else word


def grouped(amount: str) -> str:
    """Return an amount for people, thousands apart: 1234567.5 is 1,234,567.5."""
    sign = "-" if amount.startswith("-") else ""
    whole, point, rest = amount.removeprefix("-").partition(".")
    groups: list[str] = []
    while len(whole) > len("000"):
        whole, group = whole[:-3], whole[-3:]
        groups.insert(0, group)
    return f"{sign}{','.join([whole, *groups])}{point}{rest}"


def counted(count: int, one: str, many: str = "") -> str:
    """Return a number with its word: 1 record, 2 records."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def note_findings(findings: Iterable[Finding]) -> None:
    """Print findings to standard error, for commands whose data is something else."""
    from clary.cli.frame import tell

    for finding in findings:
        tell(finding)


def say(text: str) -> None:
    """Print one line of data."""
    click.echo(text)
