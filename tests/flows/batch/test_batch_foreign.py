"""Entries in a foreign currency are compared as the books convert them."""

from __future__ import annotations

from collections import Counter
from datetime import date

from clary.apps.connectwise.shapes import ExportPurchase
from clary.flows.batch.foreign import ForeignEntries
from clary.flows.batch.kinds import DocumentKind
from clary.flows.batch.source import SourceDocument, SourceTax

ENTRIES = ((1, "5000", 3333), (2, "5100", 5), (3, "2201", 667), (4, "2201", 1), (9, "2100", -4006))
"""Id, account and amount of a bill's rows; 3 and 4 are tax, 9 is what is owed."""


def bill() -> SourceDocument:
    return SourceDocument(
        id="purchase:1",
        kind=DocumentKind.BILL,
        number="V-1",
        date=date(2026, 1, 31),
        party=None,
        currency="EUR",
        total=4006,
        lines=(),
        gl_ids=(1, 2, 3, 4),
        raw=ExportPurchase(),
        account="2100",
        taxes=(SourceTax("T1", None, 667, ids=(3,)), SourceTax("T1", None, 1, ids=(4,))),
    )


def moved(entries: ForeignEntries) -> Counter[str]:
    found: Counter[str] = Counter()
    for row, account, amount in ENTRIES:
        found[account] += entries.converted(row, account, amount)
    for account, amount in entries.rest():
        found[account] += amount
    return found


def test_each_row_is_converted_tax_as_one_and_the_control_account_takes_the_rest() -> None:
    entries = ForeignEntries()
    entries.learn(bill(), {"exchange_rate": "1.17"})
    found = moved(entries)
    assert found == {"5000": 2849, "5100": 4, "2201": 571, "2100": -3424}
    assert found.total() == 0


def test_documents_in_the_currency_of_the_books_stay_as_they_are() -> None:
    entries = ForeignEntries()
    entries.learn(bill(), {"total": "40.06"})
    assert moved(entries) == {"5000": 3333, "5100": 5, "2201": 668, "2100": -4006}
