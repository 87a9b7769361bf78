"""What a plan waits as is found without reading what else waits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event

from clary.hub.draining import put_back
from clary.hub.installation import Installation
from clary.hub.plan_work import PLAN_KIND, plan_reference
from clary.hub.services.plans import list_plans, show_plan
from clary.hub.services.queueing import is_under_way
from clary.hub.work import Work
from tests.hub.work.office import company, queue_customers, work_of

pytestmark = pytest.mark.both_databases

MANY = 120


@pytest.fixture
def work(installation: Installation) -> Work:
    assert company(installation, "Alpha").exists()
    return work_of(installation)


def more(work: Work) -> None:
    """Let many other plans wait for the company."""
    others = [
        plan_reference(
            f"plan_{n:026}", "Ada", stop_on_error=False, post_missing=False, confirmed=()
        )
        for n in range(MANY)
    ]
    with work.database.write() as write:
        work.add(write, "Alpha", PLAN_KIND, others)


def park(work: Work, code: str) -> None:
    """Set aside all that waits."""
    items = work.waiting("Alpha", 2 * MANY)
    with work.database.write() as write:
        work.park(write, items, code, "A person has to look at it.")


def items_read(installation: Installation, ask: Callable[[], object]) -> int:
    """Return how many rows of the work are read while something is asked."""
    engine, found = installation.database._engine, []  # noqa: SLF001 - counts

    def count(connection: Any, _: Any, statement: str, values: Any, *__: Any) -> None:  # noqa: ANN401 - the library's
        if statement.startswith("SELECT work_items.serial"):
            cursor = connection.connection.cursor()
            cursor.execute(statement, values)
            found.append(len(cursor.fetchall()))
            cursor.close()

    event.listen(engine, "before_cursor_execute", count)
    try:
        ask()
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert found
    return sum(found)


def test_a_plan_is_found_among_many_that_wait(installation: Installation, work: Work) -> None:
    plan = queue_customers(installation, "Alpha", "A")
    more(work)
    for park_all in (False, True):
        if park_all:
            park(work, "WORK_FAILED")
        for ask in (show_plan, is_under_way):
            assert items_read(installation, partial(ask, installation, plan)) == 1
        assert items_read(installation, partial(list_plans, installation, "Alpha")) == 1
        waiting = show_plan(installation, plan).waiting
        assert waiting is not None
        assert waiting.reason_code == ("WORK_FAILED" if park_all else None)


def test_what_waits_comes_before_what_was_set_aside(installation: Installation, work: Work) -> None:
    plan = queue_customers(installation, "Alpha", "A")
    [first] = work.waiting("Alpha")
    park(work, "WORK_FAILED")
    with work.database.write() as write:
        work.add(write, "Alpha", PLAN_KIND, [first.reference])
    [second] = work.waiting("Alpha")
    waiting = show_plan(installation, plan).waiting
    assert waiting is not None
    assert waiting.serial == second.serial


def test_plans_that_wait_for_an_approval_are_not_read_at_each_look(
    installation: Installation, work: Work
) -> None:
    queue_customers(installation, "Alpha", "A")
    more(work)
    park(work, "APPROVAL_NEEDED")
    assert items_read(installation, partial(put_back, work)) == 0
    assert len(work.parked("Alpha", 2 * MANY)) == MANY + 1
