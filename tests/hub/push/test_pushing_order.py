"""Pushes that meet passing trouble: what stands behind them stays behind, and is not to blame."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import select

from clary.companies.sandbox.faults import set_fault
from clary.hub.work import Work
from clary.hub.work_tables import WORK_ITEM
from tests.hub.push.test_pushing import Office, customer, office

__all__ = ["office"]

IDS = ("FIRST", "SECOND", "THIRD")


def customers(office: Office) -> list[str]:
    """Return the ids of the customers that were pushed, in the order of the books."""
    query = "SELECT id FROM customer_record WHERE id <> 'ACME' ORDER BY record_number"
    with closing(sqlite3.connect(office.path)) as books:
        return [row[0] for row in books.execute(query)]


def attempts(office: Office) -> list[int]:
    """Return how often each piece of work was tried and had to wait, in order."""
    query = select(WORK_ITEM.c.attempts).order_by(WORK_ITEM.c.serial)
    with office.installation.database.read() as read:
        return list(read.execute(query).scalars())


@pytest.mark.both_databases
def test_nothing_is_written_past_a_company_that_is_busy_for_a_moment(office: Office) -> None:
    for key in IDS:
        office.push("customers", customer(key))
    set_fault(office.path, "busy", times=4)
    office.drain()
    assert customers(office) == []
    assert attempts(office) == [1, 0, 0]
    office.drain()
    assert customers(office) == list(IDS)
    assert Work(office.installation.database, office.clock).lane("north").waiting == 0
