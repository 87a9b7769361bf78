"""Progress of long work: a bar on a terminal, with what goes wrong as it happens.

Nothing is shown anywhere else: what went wrong is part of the answer as well.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clary.cli.frame import Face

if TYPE_CHECKING:
    from clary.engine.runs import RunSummary
    from clary.hub.installation import Installation
    from clary.hub.services.applying import Progress


@contextmanager
def run_progress(
    face: Face, title: str, installation: Installation | None = None
) -> Iterator[Progress]:
    """Give a function that shows how far a run is.

    With the installation that the run belongs to, everything that was rejected or failed
    is printed above the bar the moment it happens.
    """
    with _bar(face, title) as bar:
        if bar is None:
            yield lambda _run: None
            return
        told = 0
        last = 0

        def progress(run: RunSummary) -> None:
            nonlocal told, last
            bar.show(run.applied + run.skipped + run.rejected + run.failed, run.planned)
            if installation is not None and run.rejected + run.failed > told:
                told = run.rejected + run.failed
                last = _tell(bar, installation, run.id, last)

        yield progress


def _tell(bar: _Bar, installation: Installation, run: str, after: int) -> int:
    """Print what went wrong since the event `after`; return the last event."""
    from clary.hub.services.runs import run_events

    for event in run_events(installation, run, after):
        after = event.id
        if event.level != "info":
            about = f" [{event.record}]" if event.record else ""
            bar.tell(f"{event.time:%H:%M:%S} {event.message}{about}")
    return after


@contextmanager
def counting(face: Face, title: str) -> Iterator[Callable[[int], None]]:
    """Give a function that shows how many records were handled so far."""
    with _bar(face, title) as bar:
        yield (lambda _count: None) if bar is None else (lambda count: bar.show(count, None))


@dataclass(frozen=True, slots=True)
class _Bar:
    """A bar on a terminal.

    Attributes:
        show: shows how much is done, of how much if that is known.
        tell: prints a line above it.
    """

    show: Callable[[int, int | None], None]
    tell: Callable[[str], None]


@contextmanager
def _bar(face: Face, title: str) -> Iterator[_Bar | None]:
    if face.json or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield _Bar(
            show=lambda done, total: progress.update(task, completed=done, total=total),
            tell=lambda line: progress.console.print(line, markup=False, highlight=False),
        )
