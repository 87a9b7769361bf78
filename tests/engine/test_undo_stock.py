"""A run that buys and sells the same goods is taken back whole, whatever they cost."""

from __future__ import annotations

import pytest

from tests.companies.sandbox.small import bill, everything, goods, invoice
from tests.engine.bookkeeping import Bookkeeping, numbered


@pytest.mark.parametrize("item", ["FIFO", "LIFO", "AVERAGE"])
def test_goods_bought_and_sold_in_one_run_go_back(books: Bookkeeping, item: str) -> None:
    before = everything(books.session)
    run = books.apply(
        *numbered(
            ("purchase", bill(goods(item, "10", "4"), number="A")),
            ("purchase", bill(goods(item, "5", "6"), number="B")),
            ("sales_invoice", invoice(goods(item, "12", "9"), number="C")),
        )
    )
    assert run.applied == 3
    assert everything(books.session) != before
    undone = books.undo(run)
    assert (undone.applied, undone.rejected) == (3, 0)
    assert everything(books.session) == before


def test_goods_that_a_later_run_sold_are_named_when_the_undo_is_planned(
    books: Bookkeeping,
) -> None:
    bought = books.apply(*numbered(("purchase", bill(goods("FIFO", "10", "4"), number="A"))))
    sold = books.apply(*numbered(("sales_invoice", invoice(goods("FIFO", "3", "9"), number="C"))))
    plan = books.plan_undo(bought)
    assert books.stopped(plan), "the plan must say what stands in the way"
    books.undo(sold)
    assert books.undo(bought).rejected == 0
