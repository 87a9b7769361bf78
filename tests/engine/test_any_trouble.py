"""Whatever goes wrong and wherever the process dies, every document is written once."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from clary.engine.executor import JOURNAL_POINTS
from clary.engine.runs import UNFINISHED, RunState
from clary.kernel.change import Body, Change
from tests.engine.little_store import LittleStore
from tests.engine.workshop import Workshop, customer, invoice, update

POINTS = (*JOURNAL_POINTS, "before commit", "after commit")
MOMENTS = ("look", "write", "after", "read", "reconnect")
KINDS = ("busy", "unreachable", "uncertain", "unauthorised", "misconfigured")


class Death(BaseException):
    """The process ends here."""


class Fate:
    """Lets the process die at some of the points it passes."""

    def __init__(self, deaths: list[tuple[str, int]]) -> None:
        self._deaths = dict(deaths)

    def __call__(self, point: str) -> None:
        left = self._deaths.get(point, 0)
        if left:
            self._deaths[point] = left - 1
            if left == 1:
                raise Death


@contextmanager
def folder_with(database: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(database, folder / "clary.db")
        yield folder


def entries(documents: int) -> Iterator[Change]:
    """Yield customers, their invoices, and an update of each."""
    for number in range(documents):
        first = 3 * number + 1
        name = f"C{number}"
        yield customer(first, name)
        yield invoice(first + 1, depends_on=(first,))
        before: Body = {"id": name, "name": f"Customer {name}"}
        yield update(first + 2, name, before, {"name": "New"}, depends_on=(first,))


@settings(max_examples=25)
@given(
    documents=st.integers(1, 5),
    group=st.integers(1, 5),
    deaths=st.lists(st.tuples(st.sampled_from(POINTS), st.integers(1, 4)), max_size=4),
    troubles=st.lists(st.tuples(st.sampled_from(MOMENTS), st.sampled_from(KINDS)), max_size=8),
)
def test_every_document_is_written_once(
    empty_database: Path,
    documents: int,
    group: int,
    deaths: list[tuple[str, int]],
    troubles: list[tuple[str, str]],
) -> None:
    with folder_with(empty_database) as folder:
        fate = Fate(deaths)
        store = LittleStore(folder / "little.db", trip=fate)
        with Workshop(folder, group=group, trip=fate, store=store) as workshop:
            for moment, kind in troubles:
                store.trouble(moment, kind)
            plan = workshop.plan(*entries(documents))
            with suppress(Death):
                workshop.apply_plan(plan.id)
            resume_until_done(workshop)
            assert_written_once(workshop, documents)


def resume_until_done(workshop: Workshop) -> None:
    """Resume as a patient person would: every death and every trouble comes only so often."""
    for _ in range(40):
        [run] = workshop.runs.list()
        if run.state not in UNFINISHED:
            return
        workshop.store.revive()
        with suppress(Death):
            workshop.resume(run.id)


def assert_written_once(workshop: Workshop, documents: int) -> None:
    [run] = workshop.runs.list()
    assert (run.state, run.applied + run.skipped) == (RunState.FINISHED, 3 * documents)
    writes = workshop.store.writes()
    assert len(writes) == len(set(writes)) == 3 * documents
    assert len(workshop.store.bodies("invoice")) == documents
    names = [body["name"] for body in workshop.store.bodies("customer")]
    assert names == ["New"] * documents
