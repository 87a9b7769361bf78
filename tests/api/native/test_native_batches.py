"""Batches and payments over the API: a site, a company and a server, each in its own process."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from clary.hub.access import Role
from tests.api.native.asking import Native, client
from tests.api.push.served import Served, served
from tests.hub.batch.office import APP, BRANCH, COMPANY, connect_app, prepare
from tests.sites import Site, connectwise_site

BATCHES = f"/companies/{COMPANY}/batches"
MAPPINGS = f"/companies/{COMPANY}/mappings"


@dataclass
class Branch:
    """A server with a site that has billed, and someone who may post."""

    server: Served
    site: Site
    robot: Native

    def run(self, number: str, status: int = 200, **more: Any) -> Any:  # noqa: ANN401 - JSON
        """Post what waits at the branch."""
        query = {name: more.pop(name) for name in ("dry_run", "good_only") if name in more}
        body = {"app": APP, "number": number, "location": BRANCH, **more}
        got = self.robot.ask("POST", BATCHES, body, **query)
        assert got.status_code == status, got.text
        return got.json()

    def waiting(self) -> list[str]:
        """Return the numbers of what waits at the branch."""
        path = f"/apps/{APP}/unposted"
        found = self.robot.good("GET", path, location=BRANCH, limit=500)
        return [each["number"] for each in found["items"]]


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Branch]:
    folder = tmp_path_factory.mktemp("office")
    prepare(folder, "us")
    with connectwise_site(folder) as site, served(folder) as server:
        connect_app(server.installation, site)
        robot = client(server, "robot")
        yield Branch(server, site, robot)
        robot.http.close()


def test_a_batch_from_what_waits_to_taking_it_back(branch: Branch) -> None:
    robot = branch.robot
    places = robot.good("GET", f"/apps/{APP}/locations")["items"]
    assert BRANCH in [each["name"] for each in places]
    numbers = branch.waiting()
    planned = branch.run("API-1", dry_run="true")
    assert (planned["run"], planned["outcome"], planned["plan"]["blocked"]) == (None, None, [])
    assert branch.waiting() == numbers
    done = branch.run("API-1")
    assert (done["outcome"], done["waits"], done["run"]["author"]) == (
        "completed",
        False,
        "key robot",
    )
    assert branch.waiting() == []
    shown = robot.good("GET", f"/apps/{APP}/batches/API-1")
    assert (shown["state"], shown["run"]) == ("posted", done["run"]["id"])
    assert sum(shown["documents"].values()) == len(documents(robot, "API-1"))
    verified = robot.good("GET", f"{BATCHES}/API-1/verification", app=APP)
    assert verified["ok"], verified
    rerun = robot.good("POST", f"{BATCHES}/API-1/rerun", {"app": APP})
    assert rerun["run"]["applied"] == 0
    one = documents(robot, "API-1")[0]["number"]
    taken = robot.good("POST", f"{BATCHES}/API-1/unbatch", {"app": APP, "documents": [one]})
    assert taken["run"]["rejected"] == 0
    assert branch.waiting() != []
    whole = robot.good("POST", f"{BATCHES}/API-1/unbatch", {"app": APP})
    assert whole["run"]["state"] == "finished"
    assert sorted(branch.waiting()) == sorted(numbers)


def documents(robot: Native, number: str) -> list[Any]:
    """Return the documents of a batch, page by page."""
    found: list[Any] = []
    after: dict[str, str] = {}
    while True:
        page = robot.good("GET", f"/apps/{APP}/batches/{number}/documents", limit=3, **after)
        assert len(page["items"]) <= 3
        found += page["items"]
        if page["next"] is None:
            return found
        after = {"after": page["next"]}


def test_batches_are_listed_page_by_page_the_newest_first(branch: Branch) -> None:
    branch.run("PAGE-1", kinds=["invoices"])
    branch.run("PAGE-2", kinds=["expenses"])
    page = branch.robot.good("GET", "/batches", app=APP, limit=1)
    rest = branch.robot.good("GET", "/batches", app=APP, limit=1, after=page["next"])
    assert [each["number"] for each in (*page["items"], *rest["items"])] == ["PAGE-2", "PAGE-1"]
    foreign = client(branch.server, "stranger", Role.OPERATOR, ())
    for path in ("/batches", f"/apps/{APP}/batches/PAGE-1"):
        got = foreign.ask("GET", path)
        assert "PAGE-1" not in got.text.replace(path, "").replace("batch PAGE-1", "")
        assert got.status_code in (403, 404)
    foreign.http.close()
    for number in ("PAGE-1", "PAGE-2"):
        branch.robot.good("POST", f"{BATCHES}/{number}/unbatch", {"app": APP})


def test_a_retry_with_the_same_key_posts_once(branch: Branch) -> None:
    body = {"app": APP, "number": "ONCE", "location": BRANCH, "kinds": ["invoices"]}
    headers = {"Idempotency-Key": "post-once"}
    first, again = (branch.robot.ask("POST", BATCHES, body, headers=headers) for _ in range(2))
    assert (first.status_code, first.json()) == (200, again.json())
    assert again.headers["idempotent-replayed"] == "true"
    branch.robot.good("POST", f"{BATCHES}/ONCE/unbatch", {"app": APP})


def test_what_cannot_be_posted_is_told_with_its_plan(branch: Branch) -> None:
    got = branch.run("BLOCKED", status=409, location="")
    assert got["code"] == "BATCH_BLOCKED"
    assert "/api/v1/plans/plan_" in got["findings"][0]["remedy"]
    listed = branch.robot.good("GET", f"/apps/{APP}/unposted", limit=500)["items"]
    assert len(listed) > len(branch.waiting())


def test_why_a_document_is_not_listed(branch: Branch) -> None:
    path = f"/apps/{APP}/unposted/no-such/why"
    found = branch.robot.good("GET", path)
    assert found["document"] == "no-such"
    assert found["reasons"]


def test_old_documents_are_marked_and_not_posted(branch: Branch) -> None:
    one = branch.waiting()[0]
    body = {"app": APP, "number": "OLD", "location": BRANCH, "include": [one]}
    done = branch.robot.good("POST", f"{BATCHES}/clear", body)
    assert done["outcome"] == "completed"
    assert one not in branch.waiting()
    branch.robot.good("POST", f"{BATCHES}/OLD/unbatch", {"app": APP})


def test_decisions_are_made_replaced_and_removed(branch: Branch) -> None:
    robot = branch.robot
    path = f"{MAPPINGS}/customer/AC%2FME%201"
    made = robot.good("PUT", path, {"target": "ACME"}, app=APP)
    assert (made["source"], made["author"]) == ("AC/ME 1", "key robot")
    robot.good("PUT", path, {"target": "OTHER"}, app=APP, dry_run="true")
    robot.good("PUT", path, {"target": "BETTER"}, app=APP)
    listed = robot.good("GET", MAPPINGS, app=APP, kind="customer")["items"]
    assert [each["target"] for each in listed] == ["BETTER"]
    page = robot.good("GET", MAPPINGS, app=APP, history="true", limit=1)
    rest = robot.good("GET", MAPPINGS, app=APP, history="true", limit=1, after=page["next"])
    assert [page["items"][0]["target"], rest["items"][0]["target"]] == ["ACME", "BETTER"]
    left = robot.good("DELETE", path, app=APP)["items"]
    assert all(each["superseded_at"] for each in left)
    robot.refused(404, "MAPPING_OVERRIDE_UNKNOWN", "DELETE", path, app=APP)
    robot.refused(422, "PARAMETER_UNFIT", "PUT", f"{MAPPINGS}/colour/x", {"target": "y"}, app=APP)
    unknown = robot.ask("PUT", f"{MAPPINGS}/account/4000", {"target": "nothing"}, app=APP)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "BATCH_MAPPING_TARGET_UNKNOWN")
    where = f"/companies/{COMPANY}/mapping-suggestions"
    assert "items" in robot.good("GET", where, kind="customer", source="TOPAZ")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "BODY_UNFIT"),
        ({"app": APP}, "BATCH_IDENTIFIER_MISSING"),
        ({"app": APP, "number": "a b"}, "BATCH_IDENTIFIER_INVALID"),
        ({"app": APP, "number": "X", "kinds": ["bills"]}, "BODY_UNFIT"),
        ({"app": APP, "number": "X", "through": "2026-02-30"}, "BODY_UNFIT"),
        ({"app": APP, "number": "X", "include": ["no-such"]}, "BATCH_NOT_LISTED"),
        ({"app": APP, "number": "X", "location": "Nowhere"}, "BATCH_LOCATION_UNKNOWN"),
        ({"app": "nobody", "number": "X"}, "CONNECTION_UNKNOWN"),
    ],
)
def test_a_batch_that_cannot_be_is_refused(
    branch: Branch, body: dict[str, object], code: str
) -> None:
    got = branch.robot.ask("POST", BATCHES, body)
    assert (got.status_code // 100, got.json()["code"]) == (4, code), got.text


def test_a_viewer_posts_and_syncs_nothing(branch: Branch) -> None:
    viewer = client(branch.server, "bookkeepers eye", Role.VIEWER)
    body = {"app": APP, "number": "X"}
    viewer.refused(403, "ROLE_MISSING", "POST", BATCHES, body)
    viewer.refused(403, "ROLE_MISSING", "POST", f"/companies/{COMPANY}/payments/sync", {"app": APP})
    viewer.http.close()


def test_payments_reach_connectwise_and_are_listed(branch: Branch) -> None:
    robot = branch.robot
    branch.run("PAID", kinds=["invoices"])
    invoice = next(
        each for each in documents(robot, "PAID") if each["record_type"] == "sales_invoice"
    )
    pay(branch, invoice)
    path = f"/companies/{COMPANY}/payments/sync"
    body = {"app": APP, "since": "month"}
    planned = robot.good("POST", path, body, dry_run="true")
    assert (planned["run"], planned["plan"]["changes"]) == (None, 1)
    done = robot.good("POST", path, body)
    assert (done["outcome"], done["run"]["applied"]) == ("completed", 1)
    assert robot.good("POST", path, body)["outcome"] == "nothing to do"
    page = robot.good("GET", "/payments/syncs", app=APP, limit=1)
    rest = robot.good("GET", "/payments/syncs", app=APP, after=page["next"])
    ids = [each["id"] for each in (*page["items"], *rest["items"])]
    assert ids == sorted(ids, reverse=True)
    number = done["sync"]["id"]
    assert robot.good("GET", f"/payments/syncs/{number}")["succeeded"] is True
    found = robot.good("GET", f"/payments/syncs/{number}/invoices", limit=500)["items"]
    assert invoice["number"] in [each["number"] for each in found]
    for name in ("0", "999", "x", "-1"):
        robot.refused(404, "PAYMENTS_SYNC_UNKNOWN", "GET", f"/payments/syncs/{name}")
    robot.refused(422, "PAYMENTS_SINCE_UNKNOWN", "POST", path, {"app": APP, "since": "ever"})
    robot.refused(422, "BODY_UNFIT", "POST", path, {"app": APP, "way": "ask"})


def test_payments_that_wait_are_gone_on_with_when_asked_for_again(branch: Branch) -> None:
    robot = branch.robot
    path = f"/companies/{COMPANY}/payments/sync"
    body = {"app": APP, "since": "month"}
    stated = {"Idempotency-Key": "payments"}
    work = f"/companies/{COMPANY}/work"
    robot.good("POST", f"{work}/pause")
    first, second = (robot.ask("POST", path, body, headers=stated) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202), second.text
    assert "idempotent-replayed" not in second.headers
    plan = first.json()["plan"]["id"]
    assert (second.json()["plan"]["id"], second.json()["waits"]) == (plan, True)
    robot.good("POST", f"{work}/resume")
    until = time.monotonic() + 60
    while (done := robot.ask("POST", path, body, headers=stated)).status_code == 202:
        assert time.monotonic() < until, done.text
        time.sleep(0.2)
    assert (done.status_code, done.json()["outcome"]) == (200, "nothing to do"), done.text
    assert (done.json()["plan"]["id"], done.json()["sync"]["plan"]) == (plan, plan)
    assert done.json()["sync"]["succeeded"]
    assert robot.good("GET", "/payments/syncs", app=APP, limit=1)["items"][0]["plan"] == plan


def pay(branch: Branch, invoice: dict[str, Any]) -> None:
    """Enter a receipt over some of an invoice."""
    body = {
        "reference": "CK1",
        "customer_id": invoice["party"],
        "date": time.strftime("%Y-%m-%d"),
        "cash_account_id": "10200",
        "applications": [{"invoice_number": invoice["number"], "amount": "1.00"}],
    }
    done = branch.robot.good("POST", f"/companies/{COMPANY}/records/receipt", body)
    assert done["run"]["applied"] == 1, json.dumps(done)


def test_a_scheduled_batch_is_posted_by_the_server(branch: Branch) -> None:
    robot = client(branch.server, "planner of nights", Role.ADMIN)
    settings = {"app": APP, "location": BRANCH, "kinds": "expenses"}
    body = {"name": "nightly", "kind": "batch", "company": COMPANY, "settings": settings}
    robot.good("POST", "/schedules", {**body, "every": "1d"})
    until = time.monotonic() + 60
    while (found := robot.good("GET", "/schedules/nightly"))["last"]["standing"] in (
        "new",
        "waiting",
    ):
        assert time.monotonic() < until, found
        time.sleep(0.2)
    assert found["last"]["standing"] == "succeeded", found
    run = robot.good("GET", f"/runs/{found['last']['run']}")
    assert (run["flow"], run["author"], run["rejected"]) == ("batch", "key planner of nights", 0)
    robot.good("DELETE", "/schedules/nightly")
    robot.http.close()
