"""A document that is stated twice follows the first of the two, purely."""

from __future__ import annotations

import pytest

from clary.engine.deferred import finisher
from clary.flows.operations.finishing import TWIN_DEFERRED, follow
from clary.kernel.change import Action, Change, Outcome, State
from clary.kernel.errors import Finding, Rejected

TWIN = Change(2, "books", Action.UPDATE, "customer", document="b", after={}, deferred=TWIN_DEFERRED)


def ended(state: State, *codes: str) -> Outcome:
    findings = tuple(Finding(code, "m", "r") for code in codes)
    return Outcome(1, state, "created", "ACME", None, findings)


def test_a_twin_is_left_out_where_the_first_succeeds() -> None:
    assert follow(TWIN, [ended(State.CONFIRMED)]) is None


def test_a_twin_is_rejected_for_the_reasons_of_the_first() -> None:
    with pytest.raises(Rejected) as caught:
        follow(TWIN, [ended(State.REJECTED, "X", "Y")])
    assert [(each.code, each.record) for each in caught.value.findings] == [
        ("X", "customer b"),
        ("Y", "customer b"),
    ]


def test_the_engine_knows_the_function_by_name() -> None:
    assert finisher(TWIN) is follow
