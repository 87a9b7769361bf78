"""A batch holds exactly what is in the books, whatever became of its documents."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clary.engine.deferred import finisher
from clary.flows.batch.finishing import (
    POSTED,
    RECORD_TYPE,
    REMAINING,
    UNPOSTED,
    Share,
    body_of,
    shares_in,
)
from clary.kernel.change import Action, Body, Change, Outcome, State
from clary.kernel.errors import ClaryError

FIRST = Share(1, "invoices", (11, 12))
SECOND = Share(2, "expenses", (21,))
FIXED = Share(0, "invoices", (91,))


def change(function: str, body: Body) -> Change:
    return Change(9, "psa", Action.CREATE, RECORD_TYPE, after=body, deferred=function)


def finish(planned: Change, *states: tuple[int, State]) -> Body | None:
    outcomes = (Outcome(number, state, "created") for number, state in states)
    return finisher(planned)(planned, outcomes)


def posted(*states: tuple[int, State], shares: tuple[Share, ...] = (FIRST, SECOND)) -> Body | None:
    return finish(change(POSTED, body_of("B", shares)), *states)


def test_shares_are_read_as_they_were_written() -> None:
    assert list(shares_in(body_of("B", (FIRST, FIXED)))) == [FIRST, FIXED]
    assert list(shares_in(None)) == []


def test_the_batch_holds_what_is_posted_or_was_already() -> None:
    body = posted((1, State.CONFIRMED), (2, State.SKIPPED))
    assert body == {
        "identifier": "B",
        "kinds": ["expenses", "invoices"],
        "record_ids": [11, 12, 21],
    }


@pytest.mark.parametrize("state", [State.REJECTED, State.FAILED, State.PENDING])
def test_what_is_not_in_the_books_stays_out(state: State) -> None:
    body = posted((1, State.CONFIRMED), (2, state))
    assert body == {"identifier": "B", "kinds": ["invoices"], "record_ids": [11, 12]}


def test_without_any_document_there_is_no_batch() -> None:
    assert posted((1, State.REJECTED), (2, State.FAILED)) is None


def test_what_depends_on_nothing_is_always_in() -> None:
    body = posted((1, State.REJECTED), shares=(FIRST, FIXED))
    assert body == {"identifier": "B", "kinds": ["invoices"], "record_ids": [91]}


class TestRemoval:
    """A batch is removed only once something of it was taken back."""

    PLANNED = replace(
        change(UNPOSTED, body_of("B", (FIRST, SECOND))), action=Action.DELETE, key="B"
    )

    def test_one_document_is_enough(self) -> None:
        assert finish(self.PLANNED, (1, State.REJECTED), (2, State.CONFIRMED)) == {}

    def test_none_leaves_the_batch_alone(self) -> None:
        assert finish(self.PLANNED, (1, State.REJECTED), (2, State.FAILED)) is None

    def test_what_was_never_posted_is_enough_too(self) -> None:
        planned = replace(self.PLANNED, after=body_of("B", (FIXED,)))
        assert finish(planned) == {}


class TestWhatRemains:
    """The rest goes back under the same name, with what could not be taken back."""

    STAYING = Share(0, "invoices", (51, 52))

    def planned(self, *staying: Share) -> Change:
        leaving = [each.as_value() for each in (FIRST, SECOND)]
        body = body_of("B", staying, leaving=leaving, removal=3, expected=[["invoice:5", [51, 52]]])
        return change(REMAINING, body)

    def test_the_rest_is_posted_again(self) -> None:
        states = ((1, State.CONFIRMED), (2, State.SKIPPED), (3, State.CONFIRMED))
        assert finish(self.planned(self.STAYING), *states) == {
            "identifier": "B",
            "kinds": ["invoices"],
            "record_ids": [51, 52],
            "expected": [["invoice:5", [51, 52]]],
        }

    def test_what_could_not_be_taken_back_stays_in_the_batch(self) -> None:
        states = ((1, State.CONFIRMED), (2, State.REJECTED), (3, State.CONFIRMED))
        body = finish(self.planned(self.STAYING), *states)
        assert body is not None
        assert (body["kinds"], body["record_ids"]) == (["expenses", "invoices"], [21, 51, 52])

    def test_nothing_left_needs_no_batch(self) -> None:
        states = ((1, State.CONFIRMED), (2, State.CONFIRMED), (3, State.CONFIRMED))
        assert finish(self.planned(), *states) is None

    def test_a_batch_that_was_left_alone_is_not_made_again(self) -> None:
        states = ((1, State.REJECTED), (2, State.FAILED), (3, State.SKIPPED))
        assert finish(self.planned(self.STAYING), *states) is None

    def test_a_batch_that_could_not_be_removed_is_said(self) -> None:
        states = ((1, State.CONFIRMED), (2, State.CONFIRMED), (3, State.REJECTED))
        with pytest.raises(ClaryError) as caught:
            finish(self.planned(self.STAYING), *states)
        assert caught.value.code == "BATCH_STILL_THERE"
