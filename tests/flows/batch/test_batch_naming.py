"""Numbers of batches are recognised by people, fit ConnectWise, and are used once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from clary.flows.batch import naming
from clary.flows.batch.kinds import Kind
from clary.kernel.errors import ClaryError

DAY = date(2026, 1, 31)


def taken(*numbers: str) -> Callable[[str], bool]:
    return frozenset(numbers).__contains__


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Ada Lovelace", "AL"), ("ada", "AD"), ("a.b-c d e", "ABCD"), ("", "XX"), ("42", "XX")],
)
def test_initials_come_from_the_name(name: str, initials: str) -> None:
    assert naming.initials_of(name) == initials


@pytest.mark.parametrize(
    ("kinds", "number"),
    [
        ([Kind.INVOICE], "20260131AL-I"),
        ([Kind.EXPENSE], "20260131AL-E"),
        ([Kind.PROCUREMENT], "20260131AL-P"),
        ([Kind.INVOICE, Kind.EXPENSE], "20260131AL"),
    ],
)
def test_a_number_is_day_initials_and_kind(kinds: list[Kind], number: str) -> None:
    assert naming.suggested(DAY, "al", kinds, taken()) == number


def test_a_suggestion_is_free() -> None:
    is_taken = taken("20260131AL-I", "20260131AL2-I")
    assert naming.suggested(DAY, "AL", [Kind.INVOICE], is_taken) == "20260131AL3-I"


@pytest.mark.parametrize("initials", ["", "A1", "TOOLONG", "Ä"])
def test_initials_are_letters(initials: str) -> None:
    with pytest.raises(ClaryError) as caught:
        naming.suggested(DAY, initials, [Kind.INVOICE], taken())
    assert caught.value.code == "INITIALS_INVALID"


@pytest.mark.parametrize(
    ("number", "split"), [("20260131AL", "20260131AL-P"), ("JAN-I", "JAN-P"), ("JAN-X", "JAN-X-P")]
)
def test_a_split_number_ends_with_its_kind(number: str, split: str) -> None:
    assert naming.of_kind(number, Kind.PROCUREMENT) == split


@pytest.mark.parametrize(
    ("number", "there", "rest"),
    [
        ("B", ["B"], "B-1"),
        ("B", ["B", "B-1"], "B-2"),
        ("B-1", ["B", "B-1"], "B-2"),
        ("2026-1", ["2026-1"], "2026-1-1"),
    ],
)
def test_the_rest_of_a_batch_is_counted(number: str, there: list[str], rest: str) -> None:
    assert naming.rest_of(number, taken(*there)) == rest


def test_blanks_around_a_number_are_nothing() -> None:
    assert naming.checked(" 20260131AL-I ", "X") == "20260131AL-I"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", "BATCH_IDENTIFIER_MISSING"),
        ("   ", "BATCH_IDENTIFIER_MISSING"),
        ("A" * 51, "BATCH_IDENTIFIER_INVALID"),
        ("A B", "BATCH_IDENTIFIER_INVALID"),
        ("-A", "BATCH_IDENTIFIER_INVALID"),
        ("A'B", "BATCH_IDENTIFIER_INVALID"),
        ("A\x00", "BATCH_IDENTIFIER_INVALID"),
    ],
)
def test_a_number_must_fit(number: str, code: str) -> None:
    with pytest.raises(ClaryError) as caught:
        naming.checked(number, "20260131AL-I")
    assert caught.value.code == code
    assert "20260131AL-I" in caught.value.findings[0].remedy
