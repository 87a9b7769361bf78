"""Conditions hold what was meant, whatever stands in a value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.apps.connectwise.conditions import (
    both,
    equal,
    one_of,
    through,
)
from clary.kernel.errors import Rejected


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (equal("locationId", 2), "locationId = 2"),
        (equal("closedFlag", value=True), "closedFlag = True"),
        (equal("contact/id", None), "contact/id = null"),
        (equal("total", Decimal("1E+2")), "total = 100"),
        (equal("invoiceDate", date(2026, 1, 31)), "invoiceDate = [2026-01-31T00:00:00Z]"),
        (through("invoiceDate", date(2026, 1, 31)), "invoiceDate < [2026-02-01T00:00:00Z]"),
        (equal("name", 'Say "hi"'), "name = 'Say \"hi\"'"),
        (equal("name", "O'Neill"), 'name = "O\'Neill"'),
        (one_of("id", [1, 2]), "id in (1,2)"),
        (one_of("name", ["a", "b"]), 'name in ("a","b")'),
        (both(equal("a", 1), "", equal("b", 2)), "(a = 1) and (b = 2)"),
        (both("", equal("a", 1)), "a = 1"),
        (both(), ""),
    ],
)
def test_conditions_are_written_as_connectwise_reads_them(made: str, text: str) -> None:
    assert made == text


def test_a_moment_is_asked_for_in_utc() -> None:
    moment = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    assert equal("lastUpdated", moment) == "lastUpdated = [2025-12-31T23:00:00Z]"
    assert equal("lastUpdated", datetime(2026, 1, 1, tzinfo=UTC)).endswith("[2026-01-01T00:00:00Z]")


def test_the_last_day_that_there_is_leaves_nothing_out() -> None:
    assert through("invoiceDate", date.max) == ""


@pytest.mark.parametrize("value", ["both ' and \"", "a\nb", "nul\0"])
def test_a_value_that_cannot_be_asked_for_is_refused(value: str) -> None:
    with pytest.raises(Rejected) as caught:
        equal("name", value)
    assert caught.value.code == "CONNECTWISE_CONDITION_VALUE"


@given(st.text(max_size=40))
def test_a_value_never_ends_its_own_quotation_marks(value: str) -> None:
    try:
        text = equal("name", value)
    except Rejected:
        return
    mark = text[len("name = ")]
    inside = text[len("name = ") + 1 : -1]
    assert (text[-1], inside) == (mark, value)
    assert mark not in inside


WRONG: dict[str, Callable[[], str]] = {
    "a blank in a name": lambda: equal("a b", 1),
    "a condition as a name": lambda: equal("id = 1 or id", 1),
    "no values": lambda: one_of("id", []),
    "no time zone": lambda: equal("at", datetime(2026, 1, 1)),  # noqa: DTZ001 - the point of it
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_of_the_program_is_found_at_once(mistake: str) -> None:
    with pytest.raises(ValueError, match=r"name of a field|at least one|time zone"):
        WRONG[mistake]()
