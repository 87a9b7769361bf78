"""Notifications and the mail server over the API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clary.hub.access import Role
from tests.api.native.asking import Native, client
from tests.api.push.served import Served

NOWHERE = "http://127.0.0.1:9/hook"
SECRET = "mail-password-4711"


@pytest.fixture(scope="module")
def admin(server: Served) -> Iterator[Native]:
    made = client(server, "admin of messages", Role.ADMIN)
    yield made
    made.http.close()


def test_a_webhook_is_told_its_secret_once(admin: Native) -> None:
    body = {"name": "hook", "webhook": NOWHERE, "about": ["run.problems"], "companies": ["north"]}
    headers = {"Idempotency-Key": "make-a-hook"}
    made = admin.ask("POST", "/notifications", body, headers=headers)
    secret = made.json()["secret"]
    assert (made.status_code, made.json()["owner"]) == (201, "admin of messages")
    assert secret.startswith("whsec_")
    again = admin.ask("POST", "/notifications", body, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "IDEMPOTENCY_SECRET")
    shown = admin.ask("GET", "/notifications/hook")
    assert secret not in shown.text
    tag = shown.headers["etag"]
    changed = admin.ask("PATCH", "/notifications/hook", {"paused": True}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["paused"]) == (200, True)
    late = admin.ask("DELETE", "/notifications/hook", headers={"If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "VERSION_DIFFERS")
    (trial,) = admin.good("POST", "/notifications/hook/test")["items"]
    assert (trial["target"], trial["delivered"]) == (NOWHERE, False)
    page = admin.good("GET", "/notification-messages", notification="hook", limit=1)
    assert page["items"][0]["subscription"] == "hook"
    assert admin.good("DELETE", "/notifications/hook")["stored"] is False
    admin.refused(404, "NOTIFY_UNKNOWN", "GET", "/notifications/hook")


def test_notifications_are_paged_and_one_sees_only_ones_own(server: Served, admin: Native) -> None:
    names = ["page-a", "page-b", "page-c"]
    for name in names:
        admin.good("POST", "/notifications", {"name": name, "webhook": NOWHERE})
    page = admin.good("GET", "/notifications", limit=2)
    rest = admin.good("GET", "/notifications", limit=2, after=page["next"])
    assert [each["name"] for each in (*page["items"], *rest["items"])] == names
    other = client(server, "someone else", Role.OPERATOR, ("south",))
    assert other.good("GET", "/notifications")["items"] == []
    assert other.good("GET", "/notification-messages")["items"] == []
    other.refused(404, "NOTIFY_UNKNOWN", "GET", "/notifications/page-a")
    other.refused(404, "NOTIFY_UNKNOWN", "PATCH", "/notifications/page-a", {"paused": True})
    other.refused(404, "NOTIFY_UNKNOWN", "POST", "/notifications/page-a/test")
    other.refused(404, "NOTIFY_UNKNOWN", "DELETE", "/notifications/page-a")
    other.refused(403, "ROLE_MISSING", "GET", "/mail-server")
    other.refused(403, "ROLE_MISSING", "DELETE", "/mail-server")
    other.http.close()
    for name in names:
        admin.good("DELETE", f"/notifications/{name}")


def test_the_mail_server_is_set_and_forgotten(admin: Native) -> None:
    body = {
        "host": "127.0.0.1",
        "port": 9,
        "security": "none",
        "user": "clary",
        "password": SECRET,
        "sender": "clary@example.com",
    }
    refused = admin.ask("PATCH", "/mail-server", body)
    assert refused.status_code >= 400
    assert SECRET not in refused.text
    stored = admin.ask("PATCH", "/mail-server", body, check="false")
    assert (stored.status_code, stored.json()["has_password"]) == (200, True)
    assert SECRET not in stored.text
    shown = admin.good("GET", "/mail-server")
    assert (shown["host"], shown["port"], shown["user"]) == ("127.0.0.1", 9, "clary")
    admin.good("DELETE", "/mail-server")
    assert admin.good("GET", "/mail-server")["host"] is None


def test_the_kinds_are_named(admin: Native) -> None:
    names = [each["name"] for each in admin.good("GET", "/notification-kinds")["items"]]
    assert {"run.problems", "schedule.failed"} <= set(names)


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x"},
        {"name": "a b", "to": ["ada@example.com"]},
        {"name": "x", "to": ["no address"]},
        {"name": "x", "webhook": "ftp://example.com"},
        {"name": "x", "to": ["ada@example.com"], "about": ["everything else"]},
        {"name": "x", "to": ["ada@example.com"], "daily_at": "25:00"},
        {"name": "x", "to": ["ada@example.com"], "zone": "Nowhere/City"},
        {"name": "x", "to": "ada@example.com"},
        {"name": "x", "webhook": NOWHERE, "to": ["ada@example.com"]},
    ],
)
def test_what_cannot_be_told_is_refused(admin: Native, body: dict[str, object]) -> None:
    got = admin.ask("POST", "/notifications", body)
    assert got.status_code in (400, 422), got.text
