"""Sage in use, seen from every face of a running server: what waits, why, and how it goes on.

The person at Sage acts through `clary sandbox act`, whoever looks after the server through
`clary work` and `clary company set`, each a process of its own beside the server.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx
import pytest

from clary.engine.runs import Runs
from tests.announcing import CLARY
from tests.api.push.served import Client, Company, Served, served
from tests.flows.push import documents
from tests.hub.work.office import customers

MARK = "clary_lanes_waiting"
GROUP = ("one", "two", "three")
PATIENCE = 40.0
"""Longest time until a lane has been looked at again, and has done what waited."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    books = dict.fromkeys(("north", "keys", "held", "quiet", *GROUP), "uk")
    with served(tmp_path_factory.mktemp("busy"), **books) as running:  # type: ignore[arg-type]  # uk is an edition
        yield running


@pytest.fixture(scope="module")
def client(server: Served) -> Client:
    return server.client("shop")


@pytest.fixture(autouse=True)
def left_as_found(server: Served) -> Iterator[None]:
    """Close Sage after each test, whatever came of it."""
    yield
    for books in ("north", "keys", "held", "quiet", *GROUP):
        server.act(books, "close-sage")
        server.act(books, "exclusive off")
        server.act(books, "release-record")


@pytest.fixture(scope="module")
def north(server: Served, client: Client) -> Company:
    return server.linked(client, "north")


def clary(server: Served, *arguments: str, text: str = "") -> Any:  # noqa: ANN401 - any document
    """Run a command beside the server and return its document."""
    home = str(server.installation.settings.home)
    finished = subprocess.run(
        [CLARY, *arguments, "--json"],
        env={**os.environ, "CLARY_HOME": home, "CLARY_SECRETS": "file"},
        input=text,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert finished.returncode == 0, (arguments, finished.stdout, finished.stderr)
    return json.loads(finished.stdout)


def act(server: Served, books: str, *words: str) -> None:
    """Let the person at Sage do something, in a process of its own."""
    clary(server, "sandbox", "act", books, *words)


def customer(key: str) -> dict[str, Any]:
    return {**documents.UK_CUSTOMER, "id": key}


def pushed(company: Company, *keys: str) -> list[Any]:
    return [company.push("customers", customer(key)) for key in keys]


def lane(server: Served, books: str) -> Any:  # noqa: ANN401 - any document
    [found] = clary(server, "work", "list", books)["lanes"]
    return found


def waits_everywhere(server: Served, company: Company, books: str, first: Any, code: str) -> None:  # noqa: ANN401
    """Make sure that every face says why a company waits."""
    waiting = company.waits(first, code)
    assert (waiting["status"], waiting["statusCode"]) == ("Pending", 202)
    assert waiting.get("completedOnUtc") is None
    assert waiting["validation"]["warnings"]
    connection = company.client.good("GET", company.connected)
    assert connection["connectionInfo"]["reasonCode"] == code
    assert connection["connectionInfo"]["reason"]
    whole = company.client.good("GET", company.path)
    assert whole["dataConnections"][-1]["connectionInfo"]["reasonCode"] == code
    told = lane(server, books)
    assert told["reason_code"] == code
    assert told["waiting_since"]
    assert {each["reason_code"] for each in told["items"]} == {code}
    assert f'{MARK}{{reason="{code}"}}' in httpx.get(f"{server.url}/metrics").text


def ended_in_order(company: Company, operations: list[Any]) -> None:
    """Wait until operations have ended well, and make sure that they did so in order."""
    ended = [company.ended(each, PATIENCE) for each in operations]
    assert [each["status"] for each in ended] == ["Success"] * len(ended), ended
    times = [each["completedOnUtc"] for each in ended]
    assert times == sorted(times)


def in_books(server: Served, books: str, *keys: str) -> list[str]:
    """Return which of these customers the books have, in the order in which they came in."""
    return [each for each in customers(server.installation, books) if each in keys]


# --- the three cases of the dedicated user ---------------------------------------------------


def test_sage_open_under_the_connectors_own_user(server: Served, north: Company) -> None:
    # The connector has logged off after what it wrote last, so that a person gets in.
    north.written("customers", customer("BEFORE"))
    act(server, "north", "open-sage", "--user", "CLARY")
    keys = ("WAIT1", "WAIT2", "WAIT3")
    operations = pushed(north, *keys)
    waits_everywhere(server, north, "north", operations[0], "USER_NAME_IN_USE")
    # Reads go on, and more is accepted, in order behind what waits.
    assert north.client.good("GET", f"{north.path}/data/customers")["results"]
    operations += pushed(north, "WAIT4")
    assert [north.operation(each["pushOperationKey"])["status"] for each in operations] == [
        "Pending"
    ] * 4
    assert lane(server, "north")["waiting"] == 4
    assert in_books(server, "north", *keys) == []
    act(server, "north", "close-sage")
    ended_in_order(north, operations)
    assert in_books(server, "north", *keys, "WAIT4") == [*keys, "WAIT4"]
    told = lane(server, "north")
    assert (told["waiting"], told["reason_code"], told["items"]) == (0, None, [])
    assert MARK + "{" not in httpx.get(f"{server.url}/metrics").text


def test_sage_open_under_another_user(server: Served, north: Company) -> None:
    act(server, "north", "add-user", "PAT")
    act(server, "north", "open-sage", "--user", "PAT")
    ended_in_order(north, pushed(north, "BESIDE1", "BESIDE2"))
    act(server, "north", "close-sage")


def test_other_credentials_are_stored_while_pushes_wait(server: Served, client: Client) -> None:
    keys = server.linked(client, "keys")
    act(server, "keys", "add-user", "ROBOT", "--password", "right")
    act(server, "keys", "open-sage", "--user", "CLARY")
    operations = pushed(keys, "KEY1", "KEY2", "KEY3")
    waits_everywhere(server, keys, "keys", operations[0], "USER_NAME_IN_USE")
    wrong = ("company", "set", "keys", "--set", "user=ROBOT", "--secret", "password")
    clary(server, *wrong, text="wrong\n")
    # These do not test well: everything still waits, and says so at once.
    waits_everywhere(server, keys, "keys", operations[0], "PASSWORD_WRONG")
    began = time.monotonic()
    clary(server, "company", "set", "keys", "--secret", "password", text="right\n")
    ended_in_order(keys, operations)
    assert time.monotonic() - began < PATIENCE / 2
    act(server, "keys", "close-sage")


# --- exclusive mode, a record in use -----------------------------------------------------------


def test_exclusive_mode(server: Served, north: Company) -> None:
    act(server, "north", "exclusive", "on")
    operations = pushed(north, "ALONE1", "ALONE2")
    waits_everywhere(server, north, "north", operations[0], "COMPANY_EXCLUSIVE")
    assert north.client.good("GET", f"{north.path}/data/customers")["results"]
    act(server, "north", "exclusive", "off")
    ended_in_order(north, operations)


def test_a_record_that_somebody_has_open(server: Served, client: Client) -> None:
    held = server.linked(client, "held")
    held.written("customers", customer("OPENED"))
    act(server, "held", "add-user", "PAT")
    act(server, "held", "hold-record", "customer", "OPENED", "--user", "PAT")
    path = f"{held.connected}/push/customers/OPENED"
    changed = {**customer("OPENED"), "customerName": "Other Name Ltd"}
    update = client.good("PUT", path, changed, forceUpdate="true")
    behind = held.push("customers", customer("BEHIND"))
    held.waits(update, "RECORD_IN_USE")
    # Nobody has those behind it open: they go on.
    assert held.ended(behind, PATIENCE)["status"] == "Success"
    ended_in_order(held, pushed(held, "BEHIND2"))
    still = held.operation(update["pushOperationKey"])
    assert still["status"] == "Pending"
    assert "RECORD_IN_USE" in still["errorMessage"]
    act(server, "held", "release-record", "customer", "OPENED")
    # It comes back by itself.
    assert held.ended(update, 100)["status"] == "Success"


# --- while somebody is in Sage ------------------------------------------------------------------


def test_a_company_that_is_left_alone_while_somebody_is_in_sage(
    server: Served, client: Client
) -> None:
    quiet = server.linked(client, "quiet")
    clary(server, "setting", "set", "not_while_in_use", "yes", "--company", "quiet")
    act(server, "quiet", "add-user", "PAT")
    act(server, "quiet", "open-sage", "--user", "PAT")
    operations = pushed(quiet, "ALONE1", "ALONE2")
    waits_everywhere(server, quiet, "quiet", operations[0], "COMPANY_IN_USE")
    assert client.good("GET", f"{quiet.path}/data/customers")["results"]
    act(server, "quiet", "close-sage")
    ended_in_order(quiet, operations)
    # Without the setting, it is tried at once, and nobody is in the way.
    act(server, "quiet", "open-sage", "--user", "PAT")
    operations = pushed(quiet, "ALONE3")
    waits_everywhere(server, quiet, "quiet", operations[0], "COMPANY_IN_USE")
    clary(server, "setting", "unset", "not_while_in_use", "--company", "quiet")
    ended_in_order(quiet, operations)


def test_a_paused_company_says_so_everywhere(server: Served, north: Company) -> None:
    clary(server, "work", "pause", "north")
    operations = pushed(north, "PAUSED1", "PAUSED2")
    waiting = north.waits(operations[0], "WORK_PAUSED")
    assert waiting["status"] == "Pending"
    connection = north.client.good("GET", north.connected)
    assert connection["connectionInfo"]["reasonCode"] == "WORK_PAUSED"
    assert f'{MARK}{{reason="WORK_PAUSED"}} 1.0' in httpx.get(f"{server.url}/metrics").text
    clary(server, "work", "resume", "north")
    ended_in_order(north, operations)


def test_a_dialog_may_show_while_pushes_run_and_suppliers_show_after_a_refresh(
    server: Served, north: Company
) -> None:
    act(server, "north", "open-sage", "--user", "MANAGER")
    clary(server, "work", "pause", "north")
    operations = pushed(north, *(f"MANY{number:03}" for number in range(150)))
    assert "notice" not in north.client.good("GET", north.connected)["connectionInfo"]
    clary(server, "work", "resume", "north")
    told: list[str] = []
    until = time.monotonic() + PATIENCE
    while not told and time.monotonic() < until:
        found = north.client.good("GET", north.path)["dataConnections"][-1]["connectionInfo"]
        told = [found["notice"]] if "notice" in found else []
    assert "processing dialog" in told[0]
    supplier = north.push("suppliers", {**documents.UK_SUPPLIER, "id": "VIEWED"})
    ended = north.ended(supplier, PATIENCE)
    assert ended["status"] == "Success"
    assert any("refresh" in each["message"] for each in ended["validation"]["warnings"])
    assert north.ended(operations[-1], PATIENCE)["status"] == "Success"
    act(server, "north", "close-sage")


# --- companies behind one installation ----------------------------------------------------------


def test_three_companies_behind_one_sage_with_a_busy_one_among_them(
    server: Served, client: Client
) -> None:
    linked = {name: server.linked(client, name) for name in GROUP}
    for name in GROUP:
        clary(server, "setting", "set", "session_group", "HOST/clary/sdo", "--company", name)
    act(server, "two", "open-sage", "--user", "CLARY")
    waiting: dict[str, list[Any]] = {name: [] for name in GROUP}
    for number in range(15):
        for name in GROUP:
            waiting[name] += pushed(linked[name], f"TURN{number:02}")
    for name in ("one", "three"):
        ended_in_order(linked[name], waiting[name])
    linked["two"].waits(waiting["two"][0], "USER_NAME_IN_USE")
    # What comes now does not wait for the busy one either.
    ended_in_order(linked["one"], pushed(linked["one"], "LATER"))
    act(server, "two", "close-sage")
    ended_in_order(linked["two"], waiting["two"])
    runs = [run for name in GROUP for run in Runs(server.installation.database).list(name)]
    times = sorted((run.started_at, run.ended_at) for run in runs)
    assert len({run.company for run in runs}) == len(GROUP)
    for (_, ended), (started, _) in pairwise(times):
        assert ended is not None
        assert ended <= started
