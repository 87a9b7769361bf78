"""A company that something else writes to: the plan is put in line and the answer is 202."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from clary.engine.lease import Lease, Leases
from clary.engine.owner import this_process
from clary.hub.installation import Installation
from clary.hub.services.companies import company_info
from clary.kernel.clock import SystemClock
from tests.api.native.asking import Native
from tests.api.push.served import Served

CUSTOMERS = "/companies/south/records/customer"
ENDS_WITHIN = 60


def _held(installation: Installation) -> Lease:
    """Return the lease on the company, which is this process's as soon as nobody writes."""
    identity = company_info(installation, "south").info.identity
    leases = Leases(installation.database, SystemClock())
    return leases.acquire(identity, this_process("somebody else"), 60, "south")


def _ended(client: Native, plan: str) -> Any:  # noqa: ANN401 - JSON
    """Return the run of a plan once it has ended."""
    until = time.monotonic() + ENDS_WITHIN
    while time.monotonic() < until:
        run = client.good("GET", f"/plans/{plan}")["run"]
        if run is not None:
            found = client.good("GET", f"/runs/{run}")
            if found["ended_at"] is not None:
                return found
        time.sleep(0.2)
    message = "the plan was never applied"
    raise AssertionError(message)


def test_a_plan_waits_its_turn_and_can_be_followed(server: Served, shop: Native) -> None:
    with _held(server.installation):
        began = datetime.now(UTC)
        got = shop.ask("POST", CUSTOMERS, {"id": "WAITS", "name": "Waits"})
        assert datetime.now(UTC) - began < timedelta(seconds=20)
        assert got.status_code == 202, got.text
        answer = got.json()
        assert (answer["waits"], answer["run"], answer["results"]) == (True, None, [])
        plan = answer["plan"]["id"]
        assert got.headers["location"] == f"{shop.url}/plans/{plan}"
        bulk = {
            "operation": "create",
            "record_type": "customer",
            "documents": [{"id": f"WAITS{n}", "name": "x"} for n in range(3)],
        }
        many = shop.ask("POST", "/companies/south/operations", bulk)
        assert many.status_code == 202
        # Reading goes on meanwhile.
        shop.refused(404, "RECORD_NOT_FOUND", "GET", f"{CUSTOMERS}/WAITS")
    assert _ended(shop, plan)["applied"] == 1
    assert _ended(shop, many.json()["plan"]["id"])["applied"] == 3
    assert shop.good("GET", f"{CUSTOMERS}/WAITS")["record"]["name"] == "Waits"


def test_a_client_that_would_rather_not_wait_is_answered_at_once(shop: Native) -> None:
    stated = {"Prefer": "handling=lenient, respond-async", "Idempotency-Key": "later"}
    body = {"id": "LATER", "name": "Later"}
    first = shop.ask("POST", CUSTOMERS, body, headers=stated)
    again = shop.ask("POST", CUSTOMERS, body, headers=stated)
    assert first.status_code == again.status_code == 202
    assert again.json() == first.json()
    run = _ended(shop, first.json()["plan"]["id"])
    assert run["applied"] == 1
    undone = shop.ask("POST", f"/runs/{run['id']}/undo", headers={"Prefer": "respond-async"})
    assert undone.status_code == 202
    assert _ended(shop, undone.json()["plan"]["id"])["undoes"] == run["id"]
    shop.refused(404, "RECORD_NOT_FOUND", "GET", f"{CUSTOMERS}/LATER")
