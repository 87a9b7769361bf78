"""Secrets are found in no log, answer, plan, event, message or database column in clear.

Every secret that can be stored is stored, everything that shows something is asked, things
go wrong on purpose, and then all of it is searched.
"""

from __future__ import annotations

import base64
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from clary.hub.access import Role
from clary.hub.services import notifications, notifications_mail
from clary.hub.services.notifications import Wanted
from clary.hub.services.notifications_mail import ServerWanted
from clary.hub.services.push_webhooks import create_consumer
from tests.api.native.asking import Native, client, document
from tests.api.push.served import Served, served
from tests.cli.conftest import CommandLine
from tests.hub.batch.office import APP, BRANCH, COMPANY, prepare
from tests.sites import Site, connectwise_site

NOWHERE = "http://127.0.0.1:9/hook"
"""A port that nothing listens on."""

CANARIES = {
    "app": "Canary-of-app-4711!",
    "company": "Canary-of-company-4712!",
    "user": "Canary of the user 4713!",
    "mail": "Canary-of-mail-4714!",
    "wrong": "Canary-that-is-wrong-4715!",
    "misplaced": "Canary-in-settings-4716!",
}
"""Secrets that people state, one of them wrong and one in the wrong place."""


class Said:
    """All that was ever shown, in one place."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def ask(self, who: Native, method: str, path: str, body: object = None, **more: Any) -> Any:  # noqa: ANN401 - JSON
        got = who.ask(method, path, body, **more)
        self.texts += [got.text, json.dumps(dict(got.headers))]
        return got.json() if "json" in got.headers.get("content-type", "") else None

    def good(self, who: Native, method: str, path: str, body: object = None, **more: Any) -> Any:  # noqa: ANN401 - JSON
        shown = self.ask(who, method, path, body, **more)
        assert shown is not None
        assert "findings" not in shown or "status" not in shown, shown
        return shown


def forms(secret: str) -> set[bytes]:
    """Return a secret as it may stand somewhere."""
    raw = secret.encode()
    return {
        raw,
        base64.b64encode(raw).rstrip(b"="),
        base64.urlsafe_b64encode(raw).rstrip(b"="),
        raw.hex().encode(),
        quote(secret).encode(),
        json.dumps(secret).encode()[1:-1],
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("office")
    prepare(folder, "us")
    with connectwise_site(folder) as running:
        with closing(sqlite3.connect(running.file, timeout=20)) as file:
            file.execute("UPDATE api_key SET private = ?", (CANARIES["app"],))
            file.commit()
        yield running


def test_no_secret_is_ever_shown_or_kept_in_clear(
    site: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    said = Said()
    folder = site.file.parent
    with served(folder) as server:
        admin = client(server, "canary admin", Role.ADMIN)
        found = dict(CANARIES) | {"admin key": admin.key.rsplit("_", 1)[1]}
        with closing(admin.http):
            _store(server, said, admin, site, found)
            _work(said, admin)
            _go_wrong(said, admin)
            _read_everything(said, admin)
        _commands(said, folder)
    captured = capfd.readouterr()
    said.texts += [captured.out, captured.err]
    everything = "\n".join(said.texts).encode()
    assert len(everything) > 50_000
    for name, secret in found.items():
        for form in forms(secret):
            assert form not in everything, f"the {name} was shown"
    _search_files(folder / "home", found)
    _search_columns(folder / "home" / "clary.db", found)
    with pytest.raises(AssertionError, match="api_key"):  # what does stand in clear is found
        _search_columns(site.file, found)


def _store(server: Served, said: Said, admin: Native, site: Site, found: dict[str, str]) -> None:
    """Store every secret; those that are made and shown once go to `found`."""
    settings = {"site": site.url, "company": "demo", "client_id": "tests", "public_key": "public"}
    app = {"name": APP, "kind": "connectwise", "settings": settings}
    headers = {"Idempotency-Key": "canary-app"}
    body = {**app, "secrets": {"private_key": CANARIES["app"]}}
    said.good(admin, "POST", "/apps", body, headers=headers)
    server.act(COMPANY, "add-user Connector")
    server.act(COMPANY, f"set-password Connector {CANARIES['company']}")
    logon = {"settings": {"user": "Connector"}, "secrets": {"password": CANARIES["company"]}}
    said.good(admin, "PATCH", f"/companies/{COMPANY}", logon)
    said.good(admin, "POST", "/users", {"name": "ada", "password": CANARIES["user"]})
    wanted = ServerWanted("127.0.0.1", 9, "none", "ada", CANARIES["mail"], "clary@example.com")
    notifications_mail.change_mail_server(server.installation, wanted, check=False)
    consumer = create_consumer(server.installation, NOWHERE)
    subscribed = notifications.subscribe(server.installation, "hook", Wanted(webhook=NOWHERE))
    notifications.subscribe(server.installation, "mail", Wanted(to=("ada@example.com",)))
    assert consumer.secret
    assert subscribed.secret
    found["webhook secret"] = consumer.secret.removeprefix("whsec_")
    found["notification secret"] = subscribed.secret.removeprefix("whsec_")
    made = admin.ask("POST", "/keys", {"name": "canary"}, headers={"Idempotency-Key": "canary"})
    found["made key"] = made.json()["key"].rsplit("_", 1)[1]
    again = {"Idempotency-Key": "canary"}
    said.ask(admin, "POST", "/keys", {"name": "canary"}, headers=again)


def _work(said: Said, admin: Native) -> None:
    """Have plans, runs, events and messages made."""
    body = {"app": APP, "number": "CANARY", "location": BRANCH}
    said.good(admin, "POST", f"/companies/{COMPANY}/batches", body)
    said.good(admin, "POST", f"/companies/{COMPANY}/payments/sync", {"app": APP})
    customer = {"id": "CANARY", "name": "Canary"}
    said.good(admin, "POST", f"/companies/{COMPANY}/records/customer", customer)
    watch = {"name": "watch", "kind": "payments", "company": COMPANY, "settings": {"app": APP}}
    said.good(admin, "POST", "/schedules", watch)


def _go_wrong(said: Said, admin: Native) -> None:
    """Let things fail that hold a secret."""
    wrong = {"secrets": {"private_key": CANARIES["wrong"]}}
    said.ask(admin, "PATCH", f"/apps/{APP}", wrong)
    said.ask(admin, "PATCH", f"/companies/{COMPANY}", {"secrets": {"file": CANARIES["wrong"]}})
    misplaced = {"settings": {"private_key": CANARIES["misplaced"]}}
    said.ask(admin, "PATCH", f"/apps/{APP}", misplaced)
    said.ask(admin, "PATCH", f"/apps/{APP}", {"secrets": {"private_key": [CANARIES["wrong"]]}})
    said.ask(admin, "POST", "/users", {"name": "x", "password": CANARIES["wrong"], "more": 1})
    said.ask(Native(admin.url, f"clary_{CANARIES['wrong']}", admin.http), "GET", "/runs")
    said.ask(admin, "POST", f"/apps/{APP}/test")


def _read_everything(said: Said, admin: Native) -> None:
    """Ask every path that shows something, as the document gives it."""
    known = {"company": COMPANY, "app": APP, "number": "CANARY", "schedule": "watch"}
    known |= {"user": "ada", "setting": "quiet_hours", "name": "canary", "sync": "1"}
    known |= {"type": "customer", "key": "CANARY", "document": "x"}
    known["plan"] = said.ask(admin, "GET", "/plans")["items"][0]["id"]
    known["run"] = said.ask(admin, "GET", "/runs")["items"][0]["id"]
    for path, operations in document()["paths"].items():
        operation = operations.get("get")
        if operation is None or path.endswith("/events"):
            continue
        asked = path
        for name, value in known.items():
            asked = asked.replace(f"{{{name}}}", value)
        needed = {
            each["name"]: str(each.get("example", each["schema"].get("examples", ["x"])[0]))
            for each in operation["parameters"]
            if each["in"] == "query" and each["required"]
        }
        said.ask(admin, "GET", asked, **(needed | ({"app": APP} if "app" in needed else {})))


def _commands(said: Said, folder: Path) -> None:
    """Run the commands that show something."""
    clary = CommandLine(folder / "home")
    before = sys.excepthook
    for words in (
        "app list",
        "company list",
        f"app test {APP}",
        "user list",
        "key list",
        "audit list --limit 0",
        "notify list",
        "notify log",
        "schedule list",
        f"work list {COMPANY}",
        "plan list",
        "runs list",
        "setting list",
        "doctor",
    ):
        for form in ((), ("--json",)):
            done = clary(*words.split(), *form)
            said.texts += [done.out, done.err]
    sys.excepthook = before


def _search_files(home: Path, found: dict[str, str]) -> None:
    """Search every file of the installation, byte by byte; the books are Sage's own."""
    for file in (each for each in home.rglob("*") if each.is_file() and each.suffix != ".clary"):
        held = file.read_bytes()
        for name, secret in found.items():
            for form in forms(secret):
                assert form not in held, f"the {name} stands in {file.name}"


def _search_columns(file: Path, found: dict[str, str]) -> None:
    """Search every column of every row."""
    with closing(sqlite3.connect(file)) as database:
        tables = [
            row[0]
            for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        assert len(tables) > 20
        rows = 0
        for table in tables:
            for row in database.execute(f'SELECT * FROM "{table}"'):
                rows += 1
                cells = [
                    each if isinstance(each, bytes) else str(each).encode()
                    for each in row
                    if each is not None
                ]
                for name, secret in found.items():
                    assert not any(form in each for form in forms(secret) for each in cells), (
                        name,
                        table,
                    )
        assert rows > 100
