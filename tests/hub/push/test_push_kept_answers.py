"""What is kept for an Idempotency-Key: answers to what was stored, and never a failure of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text

from clary.flows.push.declaring import PushVerb
from clary.hub.installation import Installation
from clary.hub.services.push_operations import PushAsked, accept_push
from clary.kernel.clock import FixedClock
from clary.kernel.errors import Failed
from tests.hub.push.test_pushing import Office, customer


@pytest.fixture
def office(installation: Installation, clock: FixedClock) -> Iterator[Office]:
    made = Office(installation, clock)
    yield made
    made.acceptor.stop()


def keyed(office: Office, verb: PushVerb = PushVerb.CREATE) -> Any:  # noqa: ANN401 - JSON
    asked = PushAsked(
        office.company,
        office.connection,
        "customers",
        verb,
        record_id=None if verb is PushVerb.CREATE else "ONCE",
        document=json.dumps(customer("ONCE")),
        idempotency_key="kept",
    )
    return json.loads(accept_push(office.installation, office.desk, asked))


@contextmanager
def broken(office: Office) -> Iterator[None]:
    """Take away the table that pushes wait in, so that nothing can be accepted."""
    database = office.installation.database
    with database.write() as write:
        write.execute(text("ALTER TABLE work_items RENAME TO work_items_away"))
    yield
    with database.write() as write:
        write.execute(text("ALTER TABLE work_items_away RENAME TO work_items"))


@pytest.mark.both_databases
@pytest.mark.parametrize("verb", [PushVerb.CREATE, PushVerb.UPDATE])
def test_a_failure_of_ours_is_not_replayed(office: Office, verb: PushVerb) -> None:
    with broken(office):
        for _ in range(2):
            with pytest.raises(Failed):
                keyed(office, verb)
    accepted = keyed(office, verb)
    assert accepted["status"] == "Pending"
    assert keyed(office, verb) == accepted
    office.drain()
    assert keyed(office, verb) == accepted
