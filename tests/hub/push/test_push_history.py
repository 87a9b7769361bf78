"""Lists of push operations: in any order, and without loading the documents that were pushed."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from clary.flows.push.answers import Page, Status
from clary.flows.push.declaring import PushVerb
from clary.hub.installation import Installation
from clary.hub.push.keeping import PushOperation, values_of
from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.services.push_companies import CompanyAsked, create_push_company
from clary.hub.services.push_operations import list_push_operations

pytestmark = pytest.mark.both_databases

COUNT = 60
LARGE = 200_000
"""Characters of each document."""
ROOM = COUNT * LARGE // 4
"""Bytes that a list may take at a time; the documents alone would take four times as much."""
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def company(installation: Installation) -> str:
    """Return a company of the API with operations a minute apart; every third has failed."""
    made = create_push_company(installation, CompanyAsked("North"))
    for number in range(COUNT):
        when = START + timedelta(minutes=number)
        operation = PushOperation(
            key=f"key-{number:03}",
            company=made.id,
            connection="connection",
            data_type="suppliers",
            verb=PushVerb.CREATE,
            document="x" * LARGE,
            author="shop",
            status=Status.SUCCESS if number % 3 else Status.FAILED,
            requested_at=when,
            completed_at=when,
        )
        with installation.database.write() as write:
            write.execute(insert(PUSH_OPERATION).values(values_of(operation)))
    return made.id


def keys(
    installation: Installation, company: str, order: str | None, query: str | None = None
) -> tuple[list[int], int]:
    """Return the numbers of the second page of three, and how many there are."""
    page = Page(2, 3, query, order)
    records, total = list_push_operations(installation, company, page)
    return [int(str(each["pushOperationKey"])[-3:]) for each in records], total


@pytest.mark.parametrize(
    ("order", "query", "expected"),
    [
        (None, None, ([56, 55, 54], 60)),
        ("-requestedOnUtc", None, ([56, 55, 54], 60)),
        ("requestedOnUtc", None, ([3, 4, 5], 60)),
        (None, "status=Failed", ([48, 45, 42], 20)),
        ("-requestedOnUtc", "status=failed", ([48, 45, 42], 20)),
        ("requestedOnUtc", "status!=Success", ([9, 12, 15], 20)),
        ("pushOperationKey", None, ([3, 4, 5], 60)),
        ("-pushOperationKey", "dataType=suppliers&&status=Failed", ([48, 45, 42], 20)),
        ("requestedOnUtc", "requestedOnUtc>2026-01-01T00:49:00Z", ([53, 54, 55], 10)),
    ],
)
def test_a_page_is_that_of_its_order(
    installation: Installation,
    company: str,
    order: str | None,
    query: str | None,
    expected: tuple[list[int], int],
) -> None:
    assert keys(installation, company, order, query) == expected


@pytest.mark.parametrize(
    ("order", "query"),
    [("-requestedOnUtc", None), ("pushOperationKey", None), (None, "status!=Pending")],
)
def test_no_list_loads_the_documents(
    installation: Installation, company: str, order: str | None, query: str | None
) -> None:
    keys(installation, company, order, query)  # what is loaded but once
    tracemalloc.start()
    try:
        keys(installation, company, order, query)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < ROOM
