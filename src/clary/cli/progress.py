"""Progress of long work: a bar on a terminal, nothing anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clary.cli.frame import Face

if TYPE_CHECKING:
    from clary.engine.runs import RunSummary
    from clary.hub.services.applying import Progress


@contextmanager
def run_progress(face: Face, title: str) -> Iterator[Progress]:
    """Give a function that shows how far a run is."""
    with _bar(face, title) as show:

        def progress(run: RunSummary) -> None:
            ended = run.applied + run.skipped + run.rejected + run.failed
            show(ended, run.planned)

        yield progress


@contextmanager
def counting(face: Face, title: str) -> Iterator[Callable[[int], None]]:
    """Give a function that shows how many records were handled so far."""
    with _bar(face, title) as show:
        yield lambda count: show(count, None)


@contextmanager
def _bar(face: Face, title: str) -> Iterator[Callable[[int, int | None], None]]:
    if face.json or not sys.stderr.isatty():
        yield lambda _done, _total: None
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
        yield lambda done, total: progress.update(task, completed=done, total=total)
