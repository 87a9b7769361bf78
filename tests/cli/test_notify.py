"""`clary notify`: added, tried, listed and removed; the server that does it, from start to end."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from clary.cli import notify
from clary.hub.happenings import KINDS
from tests.cli.conftest import CommandLine
from tests.cli.test_serve import running
from tests.hub.notifying.mailbox import PASSWORD, USER, Mailbox, certificate, mail_server

SECONDS = 60
CUSTOMER = '{"id": "A", "name": "B"}'


def use_mail(clary: CommandLine, box: Mailbox) -> None:
    clary.ok(
        *("notify", "mail", "--host", "127.0.0.1", "--port", box.port, "--security", "none"),
        *("--sender", "clary@example.com"),
    )


def test_help_states_every_kind() -> None:
    assert set(notify.KINDS) == set(KINDS)


def test_from_the_first_command_to_the_last(clary: CommandLine) -> None:
    clary.ok("sandbox", "create", "acme", "--edition", "us")
    assert "Nobody is told" in clary.ok("notify", "list").err
    assert "No server" in clary.ok("notify", "mail").out
    stated = ("--to", "ada@example.com", "--about", "run.problems", "--company", "ACME")
    assert "Would add" in clary.ok("notify", "add", "books", *stated, "--dry-run").out
    assert clary.json("notify", "list") == {"notifications": []}
    assert "Added" in clary.ok("notify", "add", "books", *stated).out
    with mail_server() as box:
        use_mail(clary, box)
        assert "ada@example.com: taken" in clary.ok("notify", "test", "books").out
        box.answers["ada@example.com"] = "550 no such person"
        tried = clary("notify", "test", "books")
        assert tried.code == 5
        assert "no such person" in tried.out
        assert "clary notify set" in tried.out
    assert len(box.received) == 1
    log = clary.json("notify", "log", "books")["messages"]
    assert [each["state"] for each in log] == ["failed", "delivered"]
    clary.ok("notify", "set", "books", "--daily", "07:30", "--zone", "Europe/London")
    (listed,) = clary.json("notify", "list")["notifications"]
    assert (listed["daily_at"], listed["zone"]) == ("07:30", "Europe/London")
    assert (listed["about"], listed["companies"]) == (["run.problems"], ["acme"])
    shown = clary.ok("notify", "list").out
    assert "daily 07:30 Europe/London" in shown
    wrong = clary("notify", "set", "books", "--zone", "Mars", "--json")
    assert (wrong.code, wrong.error["code"]) == (2, "NOTIFY_INVALID")
    clary.ok("notify", "set", "books", "--at-once", "--all-companies", "--pause")
    assert "paused" in clary.ok("notify", "list").out
    clary.ok("notify", "remove", "books", "--yes")
    assert clary("notify", "test", "books", "--json").error["code"] == "NOTIFY_UNKNOWN"
    assert clary.json("notify", "mail", "--forget")["host"] is None


def test_a_password_is_read_from_input_and_never_shown(
    clary: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, public = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    with mail_server(tls=context, log_on=True) as box:
        stated = (
            *("notify", "mail", "--host", "127.0.0.1", "--port", box.port),
            *("--user", USER, "--password", "--sender", "clary@example.com"),
        )
        refused = clary(*stated, text="another-canary\n")
        assert (refused.code, "canary" in refused.out + refused.err) == (3, False)
        stored = clary.ok(*stated, text=f"{PASSWORD}\n")
    shown = clary.ok("notify", "mail").out
    assert "stored" in shown
    assert PASSWORD not in stored.out + shown


def test_doctor_and_the_list_tell_what_does_not_get_through(clary: CommandLine) -> None:
    clary.ok("notify", "add", "books", "--to", "ada@example.com")
    tried = clary("notify", "test", "books")
    assert (tried.code, "No server for outgoing e-mail is set" in tried.out) == (3, True)
    checks = {each["name"]: each for each in clary.json("doctor")["checks"]}
    assert checks["notifications"]["findings"][0]["code"] == "NOTIFY_FAILING"
    assert "No server" in clary.ok("notify", "list").out


def test_the_server_tells_and_ends_cleanly(clary: CommandLine) -> None:
    clary.ok("sandbox", "create", "acme", "--edition", "us")
    with mail_server() as box:
        use_mail(clary, box)
        clary.ok("notify", "add", "books", "--to", "ada@example.com")
        with running(clary.home, "serve", "--port", "0") as (process, _):
            for _ in range(2):
                clary("records", "create", "acme", "customer", "-", text=CUSTOMER)
            until = time.monotonic() + SECONDS
            while len(box.received) < 2 and time.monotonic() < until:
                time.sleep(0.2)
            process.terminate()
            assert process.wait(30) == 0
    subjects = {str(each.mail["Subject"]) for each in box.received}
    assert subjects == {
        "1 document for acme was not written",
        "Everything for acme was written: 1 document",
    }
