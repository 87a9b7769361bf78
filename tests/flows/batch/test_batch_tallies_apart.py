"""What a verification adds up apart: currencies, and tax that the policy moved."""

from __future__ import annotations

from clary.flows.batch.kinds import DocumentKind
from clary.flows.batch.row_sets import RowSet
from clary.flows.batch.tax_policy import TaxMoves
from clary.flows.batch.verified import DocumentChecked, State, Tallies, VerifyReport

INVOICE = DocumentKind.INVOICE


def report(tallies: Tallies) -> VerifyReport:
    return tallies.report("B", RowSet(), RowSet())


def test_each_currency_has_a_list_of_its_own_and_that_of_the_books_comes_first() -> None:
    tallies = Tallies("uk", "GBP")
    for currency, amount in (("USD", 100), ("EUR", 200), ("GBP", 300), ("EUR", 400)):
        tallies.add(DocumentChecked(INVOICE, "1", "1", amount, amount, State.OK, (), currency))
    lists = report(tallies).lists
    assert [(each.currency, each.count, each.sage) for each in lists] == [
        *(("GBP", 1, 300), ("EUR", 2, 600), ("USD", 1, 100)),
    ]


def test_tax_that_the_policy_moved_agrees_and_is_told() -> None:
    tallies = Tallies("us", "USD")
    for adjustment in (-20, -6):
        moves = TaxMoves({"23100": adjustment}, -725, "11000", "40300", -adjustment)
        tallies.explain(moves, int)
    tallies.explain(TaxMoves({"23100": -3, "23200": 3}, -725, "11000"), int)
    tallies.explain(TaxMoves({"23100": -4}, -725, "11000"), int)
    tallies.move("23100", connectwise=-2900, sage=-2933)
    tallies.move("23200", sage=3)
    tallies.move("40300", sage=26)
    tallies.move("11000", connectwise=100, sage=104)
    found = report(tallies)
    assert found.ok, found.as_body()
    assert list(found.notes) == [
        "0.26 of tax posted to 40300 by tax_policy (2 documents)",
        "0.04 of tax accepted by tax_policy (1 document)",
    ]
    tallies.move("40300", sage=1)
    assert not report(tallies).ok
