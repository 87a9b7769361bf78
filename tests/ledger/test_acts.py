"""The details of every step are declared once, checked by it and shown by describe."""

from __future__ import annotations

from clary.kernel.change import Verb
from clary.ledger.acts import DETAILS, check_details, details_of
from clary.ledger.describe import describe
from clary.ledger.registry import record_type


def test_every_step_has_its_details() -> None:
    assert set(DETAILS) == set(Verb)
    assert {verb: tuple(details_of(verb)) for verb in Verb} == {
        Verb.POST: (),
        Verb.VOID: ("date",),
        Verb.REVERSE: ("date",),
        Verb.ALLOCATE: ("date", "invoice", "amount", "discount_amount"),
        Verb.UNALLOCATE: ("date",),
    }


def test_details_come_back_canonical_and_none_is_not_stated() -> None:
    stated = {"invoice": "7", "amount": "5", "date": "2026-01-10", "discount_amount": None}
    assert check_details(Verb.ALLOCATE, stated) == (
        {"invoice": 7, "amount": "5.00", "date": "2026-01-10"},
        [],
    )


def test_all_problems_are_told_with_the_record() -> None:
    details, findings = check_details(Verb.VOID, {"date": "x", "dat": "y"}, "receipt 5")
    assert details == {}
    assert {each.field for each in findings} == {"date", "dat"}
    assert {each.record for each in findings} == {"receipt 5"}


def test_describe_shows_the_details_of_what_can_be_done() -> None:
    shown = describe(record_type("receipt"), "us").details
    assert [row.path for row in shown["void"]] == ["date"]
    assert [row.path for row in shown["allocate"] if row.required] == ["invoice", "amount"]
    assert describe(record_type("customer"), "us").details == {}
