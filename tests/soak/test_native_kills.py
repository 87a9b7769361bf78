"""A server of the native API ends at every point: what it had begun goes on, and is found again.

The server is killed at a point, or told to end, while a client waits for its answer.  Started
again it goes on by itself; the request, sent again with its key, finds the outcome of the
first; and the books have each document once.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from clary.engine.executor import JOURNAL_POINTS
from clary.engine.runs import Runs, RunState
from clary.hub.installation import Installation
from clary.hub.services.keys import add_key
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.hub.services.working import pause_work, resume_work
from clary.kernel.settings import read
from tests.hub.work.office import customers, work_of
from tests.soak.armed import Order
from tests.soak.processes import Armed, discarded, free_port

pytestmark = pytest.mark.kills

ENDS_WITHIN = 30
REACH_WITHIN = 20
MANY = 1000
POINTS = tuple(point for point in JOURNAL_POINTS if point != "run closed")
"""Points at which a run is under way."""


class Shop:
    """An installation with a company, and a client of its server."""

    def __init__(self, settings: dict[str, str], installation: Installation) -> None:
        self.settings = settings
        self.installation = installation
        self.processes: list[Armed] = []
        create_sandbox(installation, NewSandbox("north", "uk", users="multi"))
        self._key = add_key(installation, "robot").key
        self._port = free_port()

    def server(self, order: Order | None = None) -> Armed:
        """Start a server and return it once it accepts requests."""
        chosen = order or Order()
        made = Armed(
            self.settings,
            Order(self._port, chosen.works, chosen.point, chosen.occurrence, chosen.signal),
        )
        self.processes.append(made)
        made.wait_until_ready()
        return made

    def send(
        self, path: str, body: object, key: str, method: str = "POST", **stated: str
    ) -> httpx.Response:
        """Send a request with an idempotency key and return its answer."""
        headers = {"Authorization": f"Bearer {self._key}", "Idempotency-Key": key, **stated}
        url = f"http://127.0.0.1:{self._port}/api/v1{path}"
        with httpx.Client(trust_env=False, timeout=60) as http:
            return http.request(method, url, json=body, headers=headers)

    def ended(self, path: str, body: object, key: str, method: str = "POST") -> httpx.Response:
        """Send a request again until it is answered with what came of it."""
        until = time.monotonic() + ENDS_WITHIN
        while (got := self.send(path, body, key, method)).status_code in (202, 409, 503):
            assert time.monotonic() < until, got.text
            time.sleep(0.1)
        return got

    def goes_on(self, planned: int) -> None:
        """Wait until all runs have ended by themselves, and nothing waits or was set aside."""
        until = time.monotonic() + ENDS_WITHIN
        runs = Runs(self.installation.database)
        while any(run.state is not RunState.FINISHED for run in runs.list("north")):
            assert time.monotonic() < until, runs.list("north")
            time.sleep(0.05)
        found = runs.list("north", limit=500)
        assert sum(run.applied for run in found) == planned
        while (lane := work_of(self.installation).lane("north")).waiting:
            assert time.monotonic() < until, lane
            time.sleep(0.05)
        assert lane.parked == 0


@pytest.fixture
def shop(tmp_path: Path, migrated_url: str) -> Iterator[Shop]:
    settings = {
        "CLARY_HOME": str(tmp_path / "home"),
        "CLARY_SECRETS": "file",
        "CLARY_DATABASE_URL": migrated_url,
    }
    with Installation(read(settings), actor="Ada") as installation:
        made = Shop(settings, installation)
        with discarded(made.processes):
            yield made


RECORDS = "/companies/north/records"
INVOICES = f"{RECORDS}/sales_invoice"
OPERATIONS = "/companies/north/operations"


def invoice(mark: str) -> dict[str, Any]:
    line = {
        "quantity": "1",
        "unit_price": "10.00",
        "description": mark,
        "account_id": "4000",
        "tax_code_id": "T1",
    }
    head = {"date": "2026-03-02", "customer_id": "MILLER", "form": "ledger"}
    return {**head, "lines": [line]}


def posted(shop: Shop) -> list[str]:
    got = shop.send(INVOICES + "?limit=500&fields=lines", None, "-", "GET").json()
    return sorted(each["lines"][0]["description"] for each in got["items"])


def many(kind: str = "customer") -> dict[str, Any]:
    documents = [{"id": f"K{number:05}", "name": "x"} for number in range(MANY)]
    return {"operation": "create", "record_type": kind, "documents": documents}


def lost(sent: Future[httpx.Response]) -> None:
    with suppress(httpx.TransportError):
        sent.result(ENDS_WITHIN)


def test_a_document_is_posted_once_wherever_its_server_is_killed(shop: Shop) -> None:
    first = shop.server()
    shop.send(f"{RECORDS}/customer", {"id": "MILLER", "name": "Miller"}, "party")
    first.end()
    planned = 1
    with ThreadPoolExecutor(1) as threads:
        for point in POINTS:
            killed = shop.server(Order(point=point))
            lost_one = threads.submit(shop.send, INVOICES, invoice(point), point)
            killed.wait_until_killed(REACH_WITHIN)
            lost(lost_one)
            planned += 1
            after = shop.server()
            got = shop.ended(INVOICES, invoice(point), point)
            assert got.status_code == 201, (point, got.text)
            [result] = got.json()["results"]
            assert result["status"] == "success"
            again = shop.send(INVOICES, invoice(point), point)
            assert (again.json(), again.headers["idempotent-replayed"]) == (got.json(), "true")
            shop.goes_on(planned)
            assert posted(shop) == sorted(POINTS[: planned - 1])
            after.end()


def test_what_was_begun_goes_on_although_nobody_asks_for_it_again(shop: Shop) -> None:
    shop.server().end()
    with ThreadPoolExecutor(1) as threads:
        killed = shop.server(Order(point="chunk written", occurrence=2))
        sent = threads.submit(shop.send, OPERATIONS, many(), "many")
        killed.wait_until_killed(REACH_WITHIN)
        lost(sent)
    shop.server()
    shop.goes_on(MANY)
    assert sorted(customers(shop.installation, "north")) == [f"K{n:05}" for n in range(MANY)]
    got = shop.ended(OPERATIONS, many(), "many")
    assert {each["status"] for each in got.json()["results"]} == {"success"}


@pytest.mark.both_databases
def test_told_to_end_in_the_middle_it_is_accepted_and_goes_on(shop: Shop) -> None:
    stopped = shop.server(Order(point="chunk concluded", signal=signal.SIGTERM))
    with ThreadPoolExecutor(1) as threads:
        sent = threads.submit(shop.send, OPERATIONS, many(), "many")
        stopped.wait_until_reached(REACH_WITHIN)
        first = sent.result(ENDS_WITHIN)
    stopped.end()
    assert first.status_code == 202, first.text
    run = first.json()["run"]
    assert first.headers["location"].endswith(f"/runs/{run['id']}")
    assert {each["status"] for each in first.json()["results"]} == {"success", "pending"}
    done = len(customers(shop.installation, "north"))
    assert 0 < done < MANY
    lane = work_of(shop.installation).lane("north")
    assert (lane.waiting, lane.reason_code) == (1, None)
    shop.server()
    shop.goes_on(MANY)
    got = shop.ended(OPERATIONS, many(), "many")
    assert (got.status_code, got.json()["run"]["id"]) == (200, run["id"])
    assert {each["status"] for each in got.json()["results"]} == {"success"}
    assert sorted(customers(shop.installation, "north")) == [f"K{n:05}" for n in range(MANY)]


def test_while_the_company_is_paused_nothing_goes_on(shop: Shop) -> None:
    killed = shop.server(Order(point="chunk written"))
    with ThreadPoolExecutor(1) as threads:
        lost_one = threads.submit(shop.send, OPERATIONS, many(), "many")
        killed.wait_until_killed(REACH_WITHIN)
        lost(lost_one)
    pause_work(shop.installation, "north")
    done = customers(shop.installation, "north")
    shop.server()
    assert shop.send(OPERATIONS, many(), "many").status_code == 202
    time.sleep(3)
    assert customers(shop.installation, "north") == done
    resume_work(shop.installation, "north")
    shop.goes_on(MANY)


def test_a_change_that_was_made_is_no_conflict_when_it_is_sent_again(shop: Shop) -> None:
    shop.server().end()
    path = f"{RECORDS}/customer/MILLER"
    first = shop.server(Order(point="run closed", occurrence=2))
    shop.send(f"{RECORDS}/customer", {"id": "MILLER", "name": "Miller"}, "party")
    tag = shop.send(path, None, "-", "GET").headers["etag"]
    with ThreadPoolExecutor(1) as threads:
        stated = {"If-Match": tag}
        sent = threads.submit(shop.send, path, {"name": "New"}, "change", "PATCH", **stated)
        first.wait_until_killed(REACH_WITHIN)
        lost(sent)
    shop.server()
    got = shop.send(path, {"name": "New"}, "change", "PATCH", **stated)
    assert (got.status_code, got.json()["results"][0]["action_taken"]) == (200, "updated")
    assert shop.send(path, None, "-", "GET").json()["record"]["name"] == "New"


def test_without_a_worker_the_request_that_is_sent_again_goes_on(shop: Shop) -> None:
    killed = shop.server(Order(works=False, point="chunk looked at"))
    with ThreadPoolExecutor(1) as threads:
        lost_one = threads.submit(shop.send, OPERATIONS, many(), "many")
        killed.wait_until_killed(REACH_WITHIN)
        lost(lost_one)
    shop.server(Order(works=False))
    got = shop.ended(OPERATIONS, many(), "many")
    assert {each["status"] for each in got.json()["results"]} == {"success"}
    shop.goes_on(MANY)
