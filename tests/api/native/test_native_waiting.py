"""A company that something else writes to: the plan is put in line and the answer is 202."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from clary.engine.lease import Lease, Leases
from clary.engine.owner import this_process
from clary.flows.operations.requests import Document, Operation
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, apply_plan
from clary.hub.services.companies import company_info
from clary.hub.services.operations import Asked, operate, plan_operation
from clary.kernel.clock import SystemClock
from tests.api.native.asking import Native
from tests.api.push.served import Served

CUSTOMERS = "/companies/south/records/customer"
WORK = "/companies/south/work"
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
    assert first.status_code == 202
    assert again.status_code in (202, 201)  # what it came to meanwhile
    assert again.json()["plan"]["id"] == first.json()["plan"]["id"]
    run = _ended(shop, first.json()["plan"]["id"])
    assert run["applied"] == 1
    undone = shop.ask("POST", f"/runs/{run['id']}/undo", headers={"Prefer": "respond-async"})
    assert undone.status_code == 202
    assert _ended(shop, undone.json()["plan"]["id"])["undoes"] == run["id"]
    shop.refused(404, "RECORD_NOT_FOUND", "GET", f"{CUSTOMERS}/LATER")


def _set_aside(client: Native, location: str) -> Any:  # noqa: ANN401 - JSON
    """Return what waits of a plan once it was set aside, as whoever follows it learns."""
    until = time.monotonic() + ENDS_WITHIN
    while time.monotonic() < until:
        plan = client.good("GET", location.removeprefix(client.url))
        if plan["waiting"] is not None and plan["waiting"]["state"] == "parked":
            return plan["waiting"]
        time.sleep(0.2)
    message = "the plan was never set aside"
    raise AssertionError(message)


def _renamed(installation: Installation, key: str, name: str) -> None:
    """Rename a customer as a person at the machine does."""
    asked = Asked(Operation.UPDATE, "customer", [Document("1", {"name": name}, key=key)])
    operate(installation, "south", asked, Applying())


def test_whoever_follows_a_plan_learns_that_it_was_refused(server: Served, shop: Native) -> None:
    shop.good("POST", CUSTOMERS, {"id": "STALE", "name": "Before"})
    shop.good("POST", f"{WORK}/pause")
    got = shop.ask("PATCH", f"{CUSTOMERS}/STALE", {"name": "Mine"})
    assert got.status_code == 202, got.text
    assert got.json()["plan"]["waiting"]["reason_code"] == "WORK_PAUSED"
    _renamed(server.installation, "STALE", "Theirs")
    shop.good("POST", f"{WORK}/resume")
    found = _set_aside(shop, got.headers["location"])
    plan = got.json()["plan"]["id"]
    assert (found["reason_code"], found["plan"]) == ("PLAN_STALE", plan)
    assert [each["plan"] for each in shop.good("GET", WORK)["items"]] == [plan]
    listed = shop.good("GET", "/runs", company="south", limit=20)["items"]
    (run,) = (each for each in listed if each["state"] == "refused")
    assert run["plans"] == [plan]
    told = shop.good("GET", f"/runs/{run['id']}")["remarks"]
    assert told[0]["code"] == "PLAN_STALE"
    log = shop.good("GET", f"/runs/{run['id']}/log")["items"]
    assert any("PLAN_STALE" in each["message"] for each in log)
    shop.refused(409, "RUN_REFUSED", "POST", f"/runs/{run['id']}/resume")
    item = f"{WORK}/{found['serial']}"
    assert shop.good("DELETE", item, dry_run="true")["parked"] == 1
    assert shop.good("DELETE", item)["parked"] == 0
    shop.refused(404, "WORK_UNKNOWN", "DELETE", item)
    shop.refused(404, "WORK_UNKNOWN", "DELETE", f"{WORK}/none")
    after = shop.good("GET", f"/plans/{plan}")
    assert (after["state"], after["run"], after["waiting"]) == ("ready", None, None)


def test_what_was_dropped_is_not_done_when_it_is_sent_again(shop: Native) -> None:
    body = {"id": "DROPPED", "name": "Dropped"}
    stated = {"Idempotency-Key": "dropped"}
    shop.good("POST", f"{WORK}/pause")
    got = shop.ask("POST", CUSTOMERS, body, headers=stated)
    assert got.status_code == 202, got.text
    shop.good("DELETE", f"{WORK}/{got.json()['plan']['waiting']['serial']}")
    shop.good("POST", f"{WORK}/resume")
    for is_replayed in (False, True):
        again = shop.ask("POST", CUSTOMERS, body, headers=stated)
        assert (again.status_code, again.json()["code"]) == (422, "WORK_DROPPED"), again.text
        assert ("idempotent-replayed" in again.headers) is is_replayed
    shop.refused(404, "RECORD_NOT_FOUND", "GET", f"{CUSTOMERS}/DROPPED")


def test_that_a_run_waits_to_go_on_is_no_final_answer(server: Served, shop: Native) -> None:
    asked = Asked(Operation.CREATE, "customer", [Document("1", {"id": "GOES", "name": "Goes"})])
    plan = plan_operation(server.installation, "south", asked).plan.id
    stopped = Applying(stopped=lambda: True)
    run = apply_plan(server.installation, plan, stopped).run.id
    stated = {"Idempotency-Key": "goes on"}
    shop.good("POST", f"{WORK}/pause")
    got = shop.ask("POST", f"/runs/{run}/resume", headers=stated)
    assert (got.status_code, got.json()["waits"]) == (202, True), got.text
    shop.good("POST", f"{WORK}/resume")
    until = time.monotonic() + ENDS_WITHIN
    while shop.good("GET", WORK)["waiting"]:
        assert time.monotonic() < until
        time.sleep(0.2)
    again = shop.ask("POST", f"/runs/{run}/resume", headers=stated)
    assert (again.status_code, again.json()["run"]["applied"]) == (200, 1), again.text


def test_nothing_overtakes_what_was_accepted_and_a_pause_holds(shop: Native) -> None:
    shop.good("POST", CUSTOMERS, {"id": "ORDER", "name": "None"})
    shop.good("POST", f"{WORK}/pause")
    stated = {"Prefer": "respond-async"}
    first = shop.ask("PATCH", f"{CUSTOMERS}/ORDER", {"name": "First"}, headers=stated)
    second = shop.ask("POST", CUSTOMERS, {"id": "ORDER2", "name": "Second"})
    assert first.status_code == second.status_code == 202, second.text
    shop.refused(404, "RECORD_NOT_FOUND", "GET", f"{CUSTOMERS}/ORDER2")
    shop.good("POST", f"{WORK}/resume")
    runs = [_ended(shop, each.json()["plan"]["id"]) for each in (first, second)]
    assert [run["applied"] for run in runs] == [1, 1]
    assert runs[0]["started_at"] < runs[1]["started_at"]
