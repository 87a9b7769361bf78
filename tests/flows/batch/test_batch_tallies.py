"""What a verification found is added up by kind, record and account, and said in words."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from clary.flows.batch.kinds import DocumentKind
from clary.flows.batch.row_sets import RowSet
from clary.flows.batch.verified import DocumentChecked, State, Tallies, VerifyReport
from clary.ledger.fields import EditionName

INVOICE = DocumentKind.INVOICE


def checked(
    state: State, stored: int | None = 1000, kind: DocumentKind = INVOICE
) -> DocumentChecked:
    return DocumentChecked(kind, "1001", "1001", 1000, stored, state, ("total",))


def report(
    tallies: Tallies,
    wanted: Iterable[int] = (),
    held: Iterable[int] = (),
    repeated: Iterable[int] = (),
) -> VerifyReport:
    return tallies.report("B", RowSet(wanted), RowSet(held), RowSet(repeated))


def test_nothing_found_is_nothing_wrong() -> None:
    found = report(Tallies("us"), (1, 2), (2, 1))
    assert found.ok
    shown = found.as_body()
    assert (shown["number"], shown["ok"], shown["cost_rows"]) == ("B", True, 0)
    assert (shown["lists"], shown["accounts"], shown["problems"]) == ([], [], [])


def test_what_was_handled_counts_as_good_and_moves_no_total() -> None:
    tallies = Tallies("us")
    tallies.add(checked(State.OK))
    tallies.add(checked(State.HANDLED, None))
    [listed] = report(tallies).lists
    assert (listed.count, listed.good, listed.connectwise, listed.sage) == (2, 2, 1000, 1000)
    assert listed.ok


@pytest.mark.parametrize(("state", "stored"), [(State.MISSING, None), (State.DIFFERENT, 900)])
def test_what_does_not_agree_is_shown_with_both_sides(state: State, stored: int | None) -> None:
    tallies = Tallies("us")
    tallies.add(checked(state, stored))
    found = report(tallies)
    assert not found.ok
    [listed] = found.lists
    assert (listed.good, listed.sage) == (0, stored or 0)
    [bad] = [each.as_body() for each in listed.bad]
    assert (bad["kind"], bad["number"], bad["key"]) == ("invoice", "1001", "1001")
    assert (bad["connectwise"], bad["sage"]) == ("10.00", None if stored is None else "9.00")
    assert (bad["state"], bad["differences"]) == (state.value, ["total"])


@pytest.mark.parametrize(("edition", "title"), [("us", "New vendors"), ("uk", "New suppliers")])
def test_a_created_record_is_there_and_as_it_was_made_or_it_is_told(
    edition: EditionName, title: str
) -> None:
    tallies = Tallies(edition)
    tallies.add_master("vendor", "GOOD", is_there=True, differences=())
    tallies.add_master("vendor", "GONE", is_there=False, differences=("name",))
    tallies.add_master("vendor", "OTHER", is_there=True, differences=("name", "terms"))
    [listed] = report(tallies).lists
    assert (listed.title, listed.count, listed.good) == (title, 3, 1)
    assert listed.wrong == ["GONE: it is not in the books", "OTHER: name; terms"]
    assert not listed.ok


def test_documents_come_before_created_records_in_the_order_of_their_kinds() -> None:
    tallies = Tallies("us")
    tallies.add_master("item", "CABLE", is_there=True, differences=())
    tallies.add(checked(State.OK, kind=DocumentKind.BILL))
    tallies.add(checked(State.OK))
    titles = [each.title for each in report(tallies).lists]
    assert titles == ["Invoices", "Bills", "New items"]


def test_costs_stand_beside_what_an_account_was_moved_by_and_are_not_compared() -> None:
    tallies = Tallies("us")
    tallies.move("5000", connectwise=500, is_cost=True)
    tallies.move("5000", sage=450, is_cost=True)
    tallies.move("4000", connectwise=-1000)
    tallies.move("4000", sage=-1000)
    tallies.move("1100", connectwise=1000)
    tallies.move("1100", connectwise=-1000)
    found = report(tallies)
    assert found.ok
    assert list(found.accounts) == ["4000", "5000"]
    sales, costs = (found.accounts[each].as_body(each) for each in ("4000", "5000"))
    assert (sales["connectwise"], sales["sage"], sales["ok"]) == ("-10.00", "-10.00", True)
    assert (costs["connectwise"], costs["sage"], costs["ok"]) == ("0.00", "0.00", True)
    assert (costs["connectwise_costs"], costs["sage_costs"]) == ("5.00", "4.50")


def test_an_account_that_was_moved_otherwise_is_wrong() -> None:
    tallies = Tallies("us")
    tallies.move("4000", connectwise=-1000, sage=-999)
    found = report(tallies)
    assert not found.ok
    assert not found.problems


def test_gl_rows_that_are_missing_extra_or_there_twice_are_counted_and_named() -> None:
    found = report(Tallies("us"), wanted=(1, 2, 3), held=(3, 4), repeated=(4,))
    assert not found.ok
    assert list(found.problems) == [
        "2 GL rows of its documents are not in the batch: 1, 2",
        "1 GL rows of the batch belong to none of its documents: 4",
        "1 GL rows stand in the batch more than once: 4",
    ]


def test_of_many_rows_and_strange_accounts_only_some_are_named() -> None:
    tallies = Tallies("us")
    for number in range(25):
        tallies.strange(f"invoice {number}", "9999")
        tallies.strange(f"invoice {number}", "9999")
    problems = report(tallies, wanted=range(25)).problems
    assert problems[0] == "invoice 0 moved the account 9999, which none of its lines names"
    assert len(problems) == 21
    assert problems[-1].startswith("25 GL rows")
    assert problems[-1].endswith("18, 19")


def test_cost_rows_are_counted_once_each() -> None:
    tallies = Tallies("us")
    tallies.cost_rows.update([7, 7, 8])
    assert report(tallies).cost_rows == 2


def test_lists_are_shown_with_what_they_come_to() -> None:
    tallies = Tallies("uk")
    tallies.add(checked(State.OK, kind=DocumentKind.BILL))
    [listed] = (each.as_body() for each in report(tallies).lists)
    assert listed["title"] == "Purchase invoices"
    assert listed["where"] == "Suppliers > the account > Activity"
    assert (listed["count"], listed["good"], listed["ok"]) == (1, 1, True)
    assert (listed["connectwise"], listed["sage"]) == ("10.00", "10.00")
    assert (listed["bad"], listed["wrong"]) == ([], [])
