"""What the push API need not keep goes, and what happened stays known for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from clary.hub.installation import Installation
from clary.hub.push.pruning import AT_ONCE, prune_pushes
from clary.hub.push.tables import PUSH_DATASET, PUSH_DELIVERY, PUSH_OPERATION
from clary.hub.services.push_companies import CompanyAsked, create_push_company
from clary.hub.services.push_webhooks import create_consumer
from clary.kernel.clock import timestamp

pytestmark = pytest.mark.both_databases
MONTH = timedelta(days=31)


def operation(company: str, key: str, completed: str | None) -> dict[str, object]:
    return {
        "key": key,
        "company": company,
        "connection": "c",
        "data_type": "customers",
        "verb": "create",
        "document": '{"id": "A"}',
        "force_update": False,
        "author": "key shop",
        "status": "Success" if completed else "Pending",
        "requested_at": completed or "2026-01-01T00:00:00.000000Z",
        "completed_at": completed,
        "findings": "[]",
    }


def refresh(company: str, name: str, at: str, status: str) -> dict[str, object]:
    return {
        "id": name,
        "company": company,
        "connection": "c",
        "data_type": "customers",
        "status": status,
        "requested_at": at,
        "completed_at": at,
    }


def test_documents_go_with_the_bodies_of_plans_and_operations_stay(
    installation: Installation,
) -> None:
    now = installation.clock.now()
    company = create_push_company(installation, CompanyAsked("Acme")).id
    old, young = timestamp(now - MONTH), timestamp(now - timedelta(days=1))
    rows = [operation(company, *each) for each in (("a", old), ("b", young), ("c", None))]
    with installation.database.write() as write:
        write.execute(insert(PUSH_OPERATION), rows)
    assert prune_pushes(installation.database, now, None) == 0
    assert prune_pushes(installation.database, now, timedelta(days=30)) == 1
    with installation.database.read() as read:
        query = select(PUSH_OPERATION.c.key, PUSH_OPERATION.c.document)
        kept = {row.key: row.document for row in read.execute(query)}
    assert kept == {"a": "", "b": '{"id": "A"}', "c": '{"id": "A"}'}


def test_messages_go_once_they_have_ended_and_are_old(installation: Installation) -> None:
    now = installation.clock.now()
    consumer = create_consumer(installation, "https://93.184.216.34/hook").id
    old = timestamp(now - MONTH)
    message = {
        "consumer": consumer,
        "event_type": "x",
        "body": "{}",
        "attempts": 1,
        "created_at": old,
    }
    ended = [
        {**message, "id": f"old {n}", "state": "delivered", "ended_at": old}
        for n in range(AT_ONCE + 5)
    ]
    others = [
        {**message, "id": "waits", "state": "waiting", "ended_at": None},
        {**message, "id": "young", "state": "delivered", "ended_at": timestamp(now)},
    ]
    with installation.database.write() as write:
        write.execute(insert(PUSH_DELIVERY), [*ended, *others])
    assert prune_pushes(installation.database, now, None) == AT_ONCE + 5
    with installation.database.read() as read:
        assert set(read.execute(select(PUSH_DELIVERY.c.id)).scalars()) == {"waits", "young"}


def test_of_old_refreshes_the_newest_of_each_end_stays(installation: Installation) -> None:
    now = installation.clock.now()
    company = create_push_company(installation, CompanyAsked("Acme")).id
    first, second = timestamp(now - 2 * MONTH), timestamp(now - MONTH)
    rows = [
        refresh(company, "followed", first, "Complete"),
        refresh(company, "newest good", second, "Complete"),
        refresh(company, "newest bad", first, "FetchError"),
    ]
    with installation.database.write() as write:
        write.execute(insert(PUSH_DATASET), rows)
    assert prune_pushes(installation.database, now, None) == 1
    with installation.database.read() as read:
        assert read.execute(select(func.count()).select_from(PUSH_DATASET)).scalar_one() == 2
