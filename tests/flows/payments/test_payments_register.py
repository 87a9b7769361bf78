"""What syncs found is kept, and the next one goes on where the last that counts ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from clary.companies.settlements import SettledPart
from clary.engine.tables import RUNS
from clary.flows.payments.register import Looked, Pair, PaymentRegister, Standing, Sync
from clary.flows.payments.settled import Way
from clary.kernel.errors import Rejected
from tests.engine.workshop import START, Workshop

pytestmark = pytest.mark.both_databases

PAIR = Pair("cw", "site/demo", "shop", "little")
PART = SettledPart("receipt", "9", "CK1", date(2026, 1, 4), -150, 50, 9)


@pytest.fixture
def workshop(folder: Path) -> Iterator[Workshop]:
    with Workshop(folder) as made:
        yield made


@pytest.fixture
def register(workshop: Workshop) -> PaymentRegister:
    return PaymentRegister(workshop.database)


def sync(asked: str = "last", since: date | None = None, day: int = 1) -> Sync:
    return Sync(PAIR, 1, Way.FAST, asked, since, date(2026, 1, day), START, newest=day)


def looked(invoice: str, after: int = 100, code: str | None = None) -> Looked:
    return Looked(
        invoice, f"N{invoice}", "ACME", 100, 100, date(2026, 1, 4), 7, after=after, code=code
    )


def applied(workshop: Workshop, register: PaymentRegister, one: Sync, *rows: Looked) -> int:
    """Store a sync with rows, and apply its empty plan."""
    number = register.open(one)
    register.add(number, rows)
    plan = workshop.plan(flow="payments")
    register.planned(number, plan.id)
    with workshop.lease() as lease:
        workshop.executor.apply(plan.id, workshop.targets, lease)
    workshop.clock.advance(timedelta(minutes=1))
    return number


def spoil(workshop: Workshop, register: PaymentRegister, number: int, **counts: int) -> None:
    """Let the run of a sync have rejected, failed or undone changes."""
    run = register.find(number).run
    with workshop.database.write() as connection:
        connection.execute(update(RUNS).where(RUNS.c.id == run).values(**counts))


def test_what_is_kept_comes_back_as_it_was(workshop: Workshop, register: PaymentRegister) -> None:
    row = replace(looked("5"), parts=(PART,), others=3, before=2)
    number = applied(workshop, register, sync(since=date(2026, 1, 1)), row, looked("6"))
    found = register.find(number)
    assert (found.pair, found.since, found.way) == (PAIR, date(2026, 1, 1), Way.FAST)
    assert found.succeeded
    assert list(register.invoices(number)) == [row, looked("6")]
    assert row.as_dict()["parts"] == [
        {
            "record_type": "receipt",
            "key": "9",
            "number": "CK1",
            "date": "2026-01-04",
            "amount": "-1.50",
            "discount": "0.50",
            "made_by": 9,
        }
    ]


def test_many_rows_come_in_pages(workshop: Workshop, register: PaymentRegister) -> None:
    rows = [looked(f"{n:05d}") for n in range(1203)]
    number = applied(workshop, register, sync(), *rows)
    assert list(register.invoices(number)) == rows
    assert [each.looked for each in register.known(PAIR)] == rows


def test_the_last_sync_is_the_newest_that_went_on_from_the_one_before(
    workshop: Workshop, register: PaymentRegister
) -> None:
    assert register.last(PAIR) is None
    applied(workshop, register, sync("week", date(2026, 1, 1), day=2))
    applied(workshop, register, sync("2026-01-03", date(2026, 1, 3), day=4))
    # Nothing went on from anything yet, so all since the first has to be looked at.
    last = register.last(PAIR)
    assert last is not None
    assert (last.day, last.newest) == (date(2026, 1, 2), 2)
    number = applied(workshop, register, sync(day=6))
    applied(workshop, register, sync("month", date(2026, 1, 3), day=8))
    last = register.last(PAIR)
    assert last is not None
    assert (last.day, last.newest) == (date(2026, 1, 6), 6)
    spoil(workshop, register, number, rejected=1)
    last = register.last(PAIR)
    assert last is not None
    assert last.day == date(2026, 1, 2)
    assert register.last(replace(PAIR, site="other/demo")) is None
    assert register.last(replace(PAIR, identity="other")) is None


@pytest.mark.parametrize("count", ["rejected", "failed", "undone"])
def test_a_sync_that_did_not_write_all_is_none_to_go_on_from(
    workshop: Workshop, register: PaymentRegister, count: str
) -> None:
    number = applied(workshop, register, sync(), looked("1", after=0))
    assert register.last(PAIR) is not None
    assert list(register.known(PAIR)) == []
    spoil(workshop, register, number, **{count: 1})
    assert register.last(PAIR) is None
    (known,) = register.known(PAIR)
    assert (known.looked.invoice, known.sure) == ("1", False)


def test_only_what_may_have_to_change_is_known(
    workshop: Workshop, register: PaymentRegister
) -> None:
    rows = [
        looked("1"),
        looked("2", after=0),
        looked("3", after=0, code="PAYMENTS_INVOICE_AMBIGUOUS"),
        looked("4", after=0, code="PAYMENTS_INVOICE_UNKNOWN"),
    ]
    applied(workshop, register, sync(), *rows)
    assert [each.looked.invoice for each in register.known(PAIR)] == ["1", "3"]
    applied(workshop, register, sync(), looked("1", after=0))
    assert [each.looked.invoice for each in register.known(PAIR)] == ["3"]


def test_a_sync_that_was_only_planned_counts_for_nothing(
    workshop: Workshop, register: PaymentRegister
) -> None:
    number = register.open(sync())
    register.add(number, [looked("1")])
    register.add(number, [])
    register.planned(number, workshop.plan(flow="payments").id)
    assert (register.last(PAIR), list(register.known(PAIR))) == (None, [])
    [listed] = register.newest()
    assert (listed.id, listed.standing, listed.run) == (number, Standing.PLANNED, None)
    register.forget(number)
    with pytest.raises(Rejected):
        register.find(number)


def test_syncs_are_listed_newest_first(workshop: Workshop, register: PaymentRegister) -> None:
    first = applied(workshop, register, sync())
    second = applied(workshop, register, sync())
    assert [each.id for each in register.newest()] == [second, first]
    assert [each.id for each in register.newest("cw", "shop", 1)] == [second]
    assert register.newest("other") == []
    assert register.newest(company="other") == []
