"""Schedules over the API: from adding one to what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from clary.hub.access import Role
from tests.api.native.asking import Native, client
from tests.api.push.served import Served

WATCH = {"name": "watch", "kind": "check", "company": "north", "every": "1h"}


@pytest.fixture(scope="module")
def shop(server: Served) -> Iterator[Native]:
    made = client(server, "scheduler", Role.ADMIN)
    yield made
    made.http.close()


@pytest.fixture
def watch(shop: Native) -> Iterator[dict[str, Any]]:
    yield shop.good("POST", "/schedules", {**WATCH, "paused": True})
    shop.ask("DELETE", "/schedules/watch")


def test_a_schedule_from_its_adding_to_its_removal(shop: Native) -> None:
    added = shop.ask("POST", "/schedules", WATCH)
    assert (added.status_code, added.headers["location"][-16:]) == (201, "/schedules/watch")
    shop.refused(409, "SCHEDULE_EXISTS", "POST", "/schedules", {**WATCH, "name": "WATCH"})
    ran = shop.ask("POST", "/schedules/watch/run")
    assert ran.status_code == 202
    found = ended(shop, "watch")
    assert (found["last"]["standing"], found["author"]) == ("succeeded", "key scheduler")
    changed = shop.good("PATCH", "/schedules/watch", {"every": "2h", "paused": True})
    assert (changed["every"], changed["next_run_at"]) == ("2h", None)
    gone = shop.good("DELETE", "/schedules/watch")
    assert gone["stored"] is False
    shop.refused(404, "SCHEDULE_UNKNOWN", "GET", "/schedules/watch")


def ended(shop: Native, name: str) -> Any:  # noqa: ANN401 - JSON
    until = time.monotonic() + 30
    while True:
        found = shop.good("GET", f"/schedules/{name}")
        if found["last"]["standing"] not in ("new", "waiting"):
            return found
        assert time.monotonic() < until, found
        time.sleep(0.2)


def test_a_change_names_the_version_that_was_looked_at(shop: Native, watch: dict[str, Any]) -> None:
    assert watch["paused_by"] == "key scheduler"
    first = shop.ask("GET", "/schedules/watch").headers["etag"]
    done = shop.ask("PATCH", "/schedules/watch", {"every": "3h"}, headers={"If-Match": first})
    assert done.status_code == 200
    assert done.headers["etag"] != first
    for verb, body in (("PATCH", {"every": "4h"}), ("DELETE", None)):
        late = shop.ask(verb, "/schedules/watch", body, headers={"If-Match": first})
        assert (late.status_code, late.json()["code"]) == (412, "VERSION_DIFFERS")
    assert shop.good("GET", "/schedules/watch")["every"] == "3h"


@pytest.mark.usefixtures("watch")
def test_dry_runs_change_nothing(shop: Native) -> None:
    shop.good("POST", "/schedules", {**WATCH, "name": "dry"}, dry_run="true")
    shop.refused(404, "SCHEDULE_UNKNOWN", "GET", "/schedules/dry")
    shop.good("PATCH", "/schedules/watch", {"every": "9h"}, dry_run="true")
    shop.good("DELETE", "/schedules/watch", dry_run="true")
    shop.good("POST", "/schedules/watch/run", dry_run="true")
    found = shop.good("GET", "/schedules/watch")
    assert (found["every"], found["last"]["standing"]) == ("1h", "new")


@pytest.mark.usefixtures("watch")
def test_lists_are_paged_and_narrowed_to_a_company(shop: Native) -> None:
    names = ["page-a", "page-b", "page-c"]
    for name in names:
        body = {"name": name, "kind": "check", "company": "west", "paused": True}
        shop.good("POST", "/schedules", body)
    page = shop.good("GET", "/schedules", company="west", limit=2)
    assert [each["name"] for each in page["items"]] == names[:2]
    rest = shop.good("GET", "/schedules", company="west", limit=2, after=page["next"])
    assert ([each["name"] for each in rest["items"]], rest["next"]) == (names[2:], None)
    shop.refused(400, "CURSOR_INVALID", "GET", "/schedules", after=page["next"])
    for name in names:
        shop.good("DELETE", f"/schedules/{name}")


@pytest.mark.usefixtures("watch")
def test_a_key_of_another_company_sees_nothing_of_it(server: Served) -> None:
    foreign = client(server, "south only", Role.ADMIN, ("south",))
    assert foreign.good("GET", "/schedules")["items"] == []
    foreign.refused(404, "CONNECTION_UNKNOWN", "GET", "/schedules", company="north")
    foreign.refused(404, "CONNECTION_UNKNOWN", "POST", "/schedules", {**WATCH, "name": "x"})
    foreign.refused(404, "SCHEDULE_UNKNOWN", "GET", "/schedules/watch")
    foreign.refused(404, "SCHEDULE_UNKNOWN", "PATCH", "/schedules/watch", {"every": "1m"})
    foreign.refused(404, "SCHEDULE_UNKNOWN", "POST", "/schedules/watch/run")
    foreign.refused(404, "SCHEDULE_UNKNOWN", "DELETE", "/schedules/watch")
    foreign.http.close()


@pytest.mark.usefixtures("watch")
def test_a_viewer_looks_and_does_nothing(server: Served) -> None:
    viewer = client(server, "schedule viewer", Role.VIEWER)
    assert viewer.good("GET", "/schedules/watch")["name"] == "watch"
    viewer.refused(403, "ROLE_MISSING", "POST", "/schedules", {**WATCH, "name": "x"})
    viewer.refused(403, "ROLE_MISSING", "POST", "/schedules/watch/run")
    viewer.refused(403, "ROLE_MISSING", "DELETE", "/schedules/watch")
    viewer.http.close()


@pytest.mark.usefixtures("watch")
def test_an_operator_has_it_done_now_and_changes_nothing(server: Served) -> None:
    operator = client(server, "schedule operator")
    assert operator.ask("POST", "/schedules/watch/run").status_code == 202
    operator.refused(403, "ROLE_MISSING", "POST", "/schedules", {**WATCH, "name": "x"})
    operator.refused(403, "ROLE_MISSING", "PATCH", "/schedules/watch", {"every": "1m"})
    operator.refused(403, "ROLE_MISSING", "DELETE", "/schedules/watch")
    operator.http.close()


def test_the_kinds_say_what_they_need(shop: Native) -> None:
    kinds = {each["name"]: each for each in shop.good("GET", "/schedule-kinds")["items"]}
    assert set(kinds) == {"check", "payments", "batch"}
    needed = [each["name"] for each in kinds["batch"]["settings"] if each["required"]]
    assert needed == ["app"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "BODY_UNFIT"),
        ({**WATCH, "more": 1}, "BODY_UNFIT"),
        ({**WATCH, "every": 15}, "BODY_UNFIT"),
        ({**WATCH, "every": "1s"}, "SCHEDULE_INTERVAL_INVALID"),
        ({**WATCH, "every": "32d"}, "SCHEDULE_INTERVAL_INVALID"),
        ({**WATCH, "name": "a/b"}, "SCHEDULE_NAME_INVALID"),
        ({**WATCH, "kind": "sync"}, "SCHEDULE_KIND_UNKNOWN"),
        ({**WATCH, "settings": {"app": "psa"}}, "SCHEDULE_SETTING_UNKNOWN"),
        ({**WATCH, "settings": {"app": None}}, "BODY_UNFIT"),
        ({**WATCH, "first_run_at": "2026-01-31"}, "BODY_UNFIT"),
        ({**WATCH, "first_run_at": "2020-01-31T02:00:00Z"}, "SCHEDULE_FIRST_INVALID"),
        ({**WATCH, "first_run_at": "2026-02-30T02:00:00Z"}, "BODY_UNFIT"),
        ({**WATCH, "kind": "payments"}, "SCHEDULE_SETTING_MISSING"),
    ],
)
def test_what_cannot_be_scheduled_is_refused(
    shop: Native, body: dict[str, object], code: str
) -> None:
    shop.refused(422, code, "POST", "/schedules", body)


def test_a_retry_with_the_same_key_adds_it_once(shop: Native) -> None:
    headers = {"Idempotency-Key": "add-once"}
    body = {**WATCH, "name": "once"}
    first = shop.ask("POST", "/schedules", body, headers=headers)
    again = shop.ask("POST", "/schedules", body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    shop.good("DELETE", "/schedules/once")
