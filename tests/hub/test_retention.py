"""What records held before and after is kept as long as the setting says, outcomes for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from clary.engine.plan import PlanState
from clary.flows.operations.requests import Document, Operation
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying
from clary.hub.services.operations import Asked, operate, plan_operation
from clary.hub.services.plans import show_plan
from clary.hub.services.runs import plan_the_undo, run_results
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.kernel.clock import FixedClock
from clary.kernel.settings import read

DAYS = 30


@pytest.fixture
def books(tmp_path: Path, clock: FixedClock) -> Iterator[Installation]:
    """Give an installation that keeps bodies for 30 days, with the US company `books`."""
    environment = {
        "CLARY_HOME": str(tmp_path / "home"),
        "CLARY_SECRETS": "file",
        "CLARY_PLAN_RETENTION_DAYS": str(DAYS),
    }
    with Installation(read(environment), clock, "Ada") as installation:
        create_sandbox(installation, NewSandbox("books", "us"))
        yield installation


def asked(operation: Operation, **body: object) -> Asked:
    return Asked(operation, "ship_method", [Document("1", {"id": "AIR", **body})])


def test_bodies_go_by_themselves_when_the_next_plan_is_made(
    books: Installation, clock: FixedClock
) -> None:
    first = operate(books, "books", asked(Operation.CREATE), Applying())
    clock.advance(timedelta(days=DAYS - 1))
    plan_operation(books, "books", asked(Operation.UPSERT))
    assert show_plan(books, first.plan.plan.id).plan.state is PlanState.APPLIED
    clock.advance(timedelta(days=1))
    plan_operation(books, "books", asked(Operation.UPSERT))
    assert show_plan(books, first.plan.plan.id).plan.state is PlanState.PRUNED
    [entry] = run_results(books, first.run.run.id)
    assert (entry.body or {})["id"] == "AIR"


def test_an_undo_is_kept_as_long_and_cleans_up_as_well(
    books: Installation, clock: FixedClock
) -> None:
    first = operate(books, "books", asked(Operation.CREATE), Applying())
    clock.advance(timedelta(days=DAYS))
    undo = plan_the_undo(books, first.run.run.id).plan
    assert undo.header.retention == timedelta(days=DAYS)
    assert show_plan(books, first.plan.plan.id).plan.state is PlanState.PRUNED


def test_without_the_setting_bodies_stay_for_ever(
    installation: Installation, clock: FixedClock
) -> None:
    create_sandbox(installation, NewSandbox("books", "us"))
    planned = plan_operation(installation, "books", asked(Operation.CREATE))
    clock.advance(timedelta(days=40_000))
    plan_operation(installation, "books", asked(Operation.CREATE))
    assert show_plan(installation, planned.plan.id).plan.state is PlanState.READY
