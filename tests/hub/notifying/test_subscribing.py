"""Who may have what sent where; what cannot be used; and no secret anywhere in clear."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from clary.hub.access import Access, Role
from clary.hub.installation import Installation
from clary.hub.services.auditing import audit_rows
from clary.hub.services.deciding import change_decision
from clary.hub.services.notifications import (
    Wanted,
    list_messages,
    list_subscriptions,
    modify_subscription,
    subscribe,
    try_subscription,
    unsubscribe,
)
from clary.hub.services.notifications_mail import (
    ServerWanted,
    change_mail_server,
    remove_mail_server,
    show_mail_server,
)
from clary.kernel.clock import FixedClock
from clary.kernel.errors import ClaryError, Misconfigured, Rejected, Unauthorised
from clary.kernel.settings import read
from clary.store.portable import tables
from tests.hub.notifying.mailbox import PASSWORD, USER, certificate, mail_server
from tests.hub.notifying.office import delivered, gathered, park, told_of, viewer

BOTH = pytest.mark.both_databases


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"to": ()},
        {"to": ("ada@example.com\r\nBcc: eve@example.com",)},
        {"to": ("Ada <ada@example.com>",)},
        {"to": tuple(f"n{n}@example.com" for n in range(21))},
        {"to": ("ada@example.com",), "webhook": "https://192.0.2.1/"},
        {"to": ("ada@example.com",), "about": ("everything",)},
        {"to": ("ada@example.com",), "daily_at": "24:00"},
        {"to": ("ada@example.com",), "daily_at": "7:30"},
        {"to": ("ada@example.com",), "daily_at": "07:30:00"},
        {"to": ("ada@example.com",), "zone": "Mars/Olympus"},
        {"to": ("ada@example.com",), "zone": "../../etc/passwd"},
        {"to": ("ada@example.com",), "busy_minutes": 0},
        {"to": ("ada@example.com",), "busy_minutes": 10_081},
    ],
)
def test_what_cannot_be_used_is_refused(firm: Installation, wanted: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as caught:
        subscribe(firm, "books", Wanted(**wanted))
    assert caught.value.code == "NOTIFY_INVALID"
    assert list_subscriptions(firm) == []


@pytest.mark.parametrize("name", ["", "a b", "-a", "a" * 65, "a\n", "../a"])
def test_names_that_cannot_be_used(firm: Installation, name: str) -> None:
    with pytest.raises(Rejected) as caught:
        told_of(firm, name=name)
    assert caught.value.code == "NOTIFY_INVALID"


def test_a_name_is_taken_once_and_a_company_must_be_there(firm: Installation) -> None:
    told_of(firm, name="Books")
    refusals: tuple[tuple[str, Callable[[], object]], ...] = (
        ("NOTIFY_EXISTS", lambda: told_of(firm, name="bOOKS")),
        ("CONNECTION_UNKNOWN", lambda: told_of(firm, name="other", companies=("Gamma",))),
        ("USER_UNKNOWN", lambda: told_of(firm, name="other", owner="nobody")),
        ("NOTIFY_UNKNOWN", lambda: unsubscribe(firm, "other")),
    )
    for code, refused in refusals:
        with pytest.raises(ClaryError) as caught:
            refused()
        assert caught.value.code == code


@BOTH
def test_it_is_changed_and_removed_and_the_trail_tells(firm: Installation) -> None:
    told_of(firm, "run.problems", companies=("Alpha",))
    changed = modify_subscription(
        firm, "books", Wanted(to=("bob@example.com",), companies=(), busy_minutes=7)
    ).as_dict()
    assert (changed["targets"], changed["companies"]) == (["bob@example.com"], None)
    assert (changed["about"], changed["busy_minutes"]) == (["run.problems"], 7)
    dry = modify_subscription(firm, "books", Wanted(about=("all",)), dry_run=True)
    assert not dry.stored
    assert list_subscriptions(firm)[0].as_dict()["about"] == ["run.problems"]
    unsubscribe(firm, "books", dry_run=True)
    assert len(list_subscriptions(firm)) == 1
    unsubscribe(firm, "books")
    assert list_subscriptions(firm) == []
    told = [row.what for row in audit_rows(firm)]
    assert told[:3] == ["notify.remove", "notify.set", "notify.add"]


# --- who may -----------------------------------------------------------------------------------


@pytest.fixture
def vic(firm: Installation) -> Installation:
    """Give the same installation to a viewer of Alpha."""
    viewer(firm, "vic", "Alpha", "vic@example.com")
    access = Access("vic", Role.VIEWER, frozenset(), granted={"alpha": Role.VIEWER})
    return firm.acting_as(access)


def test_a_viewer_has_messages_sent_to_their_own_address_only(vic: Installation) -> None:
    made = subscribe(vic, "mine", Wanted(to=("VIC@example.com",))).subscription
    assert (made.owner, made.owner_kind) == ("vic", "user")
    for wanted in (
        Wanted(to=("eve@example.com",)),
        Wanted(to=("vic@example.com", "eve@example.com")),
        Wanted(webhook="https://192.0.2.1/"),
        Wanted(to=("vic@example.com",), companies=("Beta",)),
        Wanted(to=("vic@example.com",), owner="ada"),
    ):
        with pytest.raises(Unauthorised):
            subscribe(vic, "other", wanted)
    with pytest.raises(Unauthorised):
        modify_subscription(vic, "mine", Wanted(to=("eve@example.com",)))
    with pytest.raises(Unauthorised):
        show_mail_server(vic)


def test_nobody_sees_or_changes_those_of_others(firm: Installation, vic: Installation) -> None:
    told_of(firm, companies=("Beta",))
    subscribe(vic, "mine", Wanted(to=("vic@example.com",)))
    assert [each.subscription.name for each in list_subscriptions(vic)] == ["mine"]
    assert len(list_subscriptions(firm)) == 2
    for call in (
        lambda: modify_subscription(vic, "books", Wanted(paused=True)),
        lambda: unsubscribe(vic, "books"),
        lambda: try_subscription(vic, "books"),
        lambda: list_messages(vic, "books"),
    ):
        with pytest.raises(Rejected) as caught:
            call()
        assert caught.value.code == "NOTIFY_UNKNOWN"


def test_who_has_no_role_at_all_is_refused(firm: Installation) -> None:
    nobody = firm.acting_as(Access("nobody", Role.VIEWER, frozenset()))
    with pytest.raises(Unauthorised):
        list_subscriptions(nobody)
    with pytest.raises(Unauthorised):
        subscribe(nobody, "mine", Wanted(to=("ada@example.com",)))


# --- the mail server ---------------------------------------------------------------------------


def test_the_server_is_tried_before_it_is_stored(firm: Installation) -> None:
    wanted = ServerWanted(
        host="127.0.0.1", port=1, security="none", sender="Clary <clary@example.com>"
    )
    with pytest.raises(ClaryError) as caught:
        change_mail_server(firm, wanted)
    assert caught.value.code == "MAIL_UNREACHABLE"
    assert show_mail_server(firm).server is None
    change_mail_server(firm, wanted, check=False, dry_run=True)
    assert show_mail_server(firm).server is None
    change_mail_server(firm, wanted, check=False)
    assert show_mail_server(firm).as_dict()["port"] == 1
    remove_mail_server(firm)
    assert show_mail_server(firm).as_dict()["host"] is None


def test_usual_ports_and_a_password_for_one_server_only(firm: Installation) -> None:
    first = ServerWanted(
        host="smtp.example.com", user="clary", password=PASSWORD, sender="clary@example.com"
    )
    stored = change_mail_server(firm, first, check=False).as_dict()
    assert (stored["port"], stored["security"]) == (587, "starttls")
    tls = change_mail_server(firm, ServerWanted(security="tls"), check=False)
    assert (tls.as_dict()["port"], tls.has_password) == (465, True)
    with pytest.raises(Rejected) as caught:
        change_mail_server(firm, ServerWanted(host="smtp.example.net"), check=False)
    assert caught.value.code == "MAIL_SERVER_INVALID"
    assert not change_mail_server(firm, ServerWanted(user=""), check=False).has_password


def test_a_password_that_cannot_be_read_any_more_is_stored_anew(firm: Installation) -> None:
    wanted = ServerWanted(
        host="smtp.example.com", user="clary", password=PASSWORD, sender="clary@example.com"
    )
    change_mail_server(firm, wanted, check=False)
    firm.vault.key_file.unlink()
    with pytest.raises(Misconfigured):
        change_mail_server(firm, ServerWanted(port=25), check=False)
    assert change_mail_server(firm, ServerWanted(password=PASSWORD), check=False).has_password


def test_the_base_url_is_for_all_companies(firm: Installation) -> None:
    for wrong in ("clary.example.com", "ftp://clary.example.com", "https://a b", "https://u:p@a/"):
        with pytest.raises(Rejected) as caught:
            change_decision(firm, "base_url", wrong)
        assert caught.value.code == "DECISION_INVALID"
    with pytest.raises(Rejected) as caught:
        change_decision(firm, "base_url", "https://clary.example.com", "Alpha")
    assert caught.value.code == "DECISION_FOR_ALL"


# --- secrets -----------------------------------------------------------------------------------


@BOTH
def test_no_secret_is_anywhere_in_clear(
    firm: Installation,
    clock: FixedClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    context, public = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    wrong = f"{PASSWORD}-wrong"
    with mail_server(tls=context, log_on=True) as box:
        wanted = ServerWanted("127.0.0.1", box.port, "starttls", USER, wrong, "clary@example.com")
        with pytest.raises(Unauthorised) as caught:
            change_mail_server(firm, wanted)
        assert wrong not in str(caught.value)
        change_mail_server(firm, wanted, check=False)
        told_of(firm)
        park(firm, "Alpha")
        gathered(firm, clock)
        assert delivered(firm) == 1
        assert "MAIL_LOGIN_REFUSED" in json.dumps(list_subscriptions(firm)[0].as_dict())
        change_mail_server(firm, ServerWanted(password=PASSWORD))
        assert delivered(firm) == 1
    answers = [
        show_mail_server(firm).as_dict(),
        *(each.as_dict() for each in list_subscriptions(firm)),
        *(each.as_dict() for each in list_messages(firm)),
        *(each.as_dict() for each in audit_rows(firm)),
    ]
    assert "canary" not in json.dumps(answers, default=str)
    assert "canary" not in box.received[0].mail.as_string()
    # The test's own mail server writes down what it is told.
    ours = [each for each in caplog.records if not each.name.startswith("mail.")]
    assert not any("canary" in each.getMessage() for each in ours)
    with firm.database.read() as rows:
        for table in tables(rows):
            assert "canary" not in repr(rows.execute(select(table)).all()), table.name


def test_the_secret_of_a_webhook_is_shown_once_and_stored_encrypted(
    environment: dict[str, str], clock: FixedClock
) -> None:
    settings = read({**environment, "CLARY_WEBHOOKS": "any"})
    with Installation(settings, clock, "Ada") as house:
        made = subscribe(house, "hook", Wanted(webhook="http://127.0.0.1:1/"))
        assert made.secret is not None
        assert made.secret not in json.dumps(list_subscriptions(house)[0].as_dict())
        assert made.secret not in json.dumps([row.as_dict() for row in audit_rows(house)])
        assert made.secret not in repr(made)
        with house.database.read() as rows:
            for table in tables(rows):
                assert made.secret not in repr(rows.execute(select(table)).all())


# --- at once -------------------------------------------------------------------------------


@BOTH
def test_two_changes_at_once_are_both_kept(firm: Installation) -> None:
    to = ("ada@example.com",)
    subscribe(firm, "office", Wanted(to=to, daily_at="07:30", busy_minutes=10_000))
    for minutes in range(1, 16):
        changes = (Wanted(busy_minutes=minutes), Wanted(daily_at=f"08:{minutes:02}"))
        together = Barrier(len(changes))

        def change(wanted: Wanted, together: Barrier = together) -> None:
            together.wait()
            modify_subscription(firm, "office", wanted)

        with ThreadPoolExecutor(len(changes)) as both:
            list(both.map(change, changes))
        found = list_subscriptions(firm)[0].subscription
        assert (found.busy_minutes, str(found.daily_at)) == (minutes, f"08:{minutes:02}:00")


@BOTH
def test_a_notification_that_two_remove_at_once_is_removed_once(firm: Installation) -> None:
    for _ in range(5):
        subscribe(firm, "office", Wanted(to=("ada@example.com",)))
        together = Barrier(2)

        def remove(_: int, together: Barrier = together) -> str:
            together.wait()
            try:
                unsubscribe(firm, "office")
            except ClaryError as error:
                return error.code
            return "removed"

        with ThreadPoolExecutor(2) as both:
            assert sorted(both.map(remove, range(2))) == ["NOTIFY_UNKNOWN", "removed"]
    rows = [row.what for row in audit_rows(firm, limit=None) if row.what.startswith("notify.")]
    assert rows.count("notify.add") == rows.count("notify.remove") == 5
