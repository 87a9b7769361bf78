"""One e-mail and one server: encryption, log-on, refusals, and headers that nobody can forge."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clary.hub.notifying import mail
from clary.hub.notifying.mail import Mail, MailServer, Security, checked_server, composed, send
from clary.kernel.errors import Busy, ClaryError, Misconfigured, Rejected, Unauthorised, Unreachable
from tests.hub.notifying.mailbox import (
    PASSWORD,
    USER,
    Mailbox,
    certificate,
    dripping_server,
    free_port,
    mail_server,
    silent_server,
)

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MAIL = Mail("msg_1", "ada@example.com", "A subject", "The text.\n", "<p>The text.</p>", NOW)
SENDER = "Clary <clary@example.com>"


def server_at(box: Mailbox, security: Security = Security.NONE, **values: str) -> MailServer:
    return MailServer("127.0.0.1", box.port, security, SENDER, **values)


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Trust the certificate that the test's server will have; return its folder."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    return tmp_path


def test_a_plain_server_takes_text_and_page() -> None:
    with mail_server() as box:
        send(server_at(box), MAIL)
    (found,) = box.received
    assert (found.sender, found.to) == ("clary@example.com", ["ada@example.com"])
    assert found.text.strip() == "The text."
    assert found.page.strip() == "<p>The text.</p>"
    headers = found.mail
    assert headers["From"] == SENDER
    assert headers["To"] == "ada@example.com"
    assert headers["Message-ID"] == "<msg_1@notifications.clary>"
    assert headers["Date"].datetime == NOW
    assert headers["Auto-Submitted"] == "auto-generated"


# The test's server cannot tell that a connection was encrypted from its beginning.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_an_encrypted_server_with_log_on(trusted: Path, security: Security) -> None:
    context, _ = certificate(trusted, "127.0.0.1")
    beginning = security is Security.TLS
    with mail_server(tls=context, from_beginning=beginning, log_on=True) as box:
        send(server_at(box, security, user=USER, password=PASSWORD), MAIL)
        with pytest.raises(Unauthorised) as caught:
            send(server_at(box, security, user=USER, password="wrong-password"), MAIL)
    assert len(box.received) == 1
    assert caught.value.code == "MAIL_LOGIN_REFUSED"
    assert "wrong-password" not in str(caught.value)
    assert "********" in str(caught.value)


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_certificate_for_another_name_is_refused(trusted: Path, security: Security) -> None:
    context, _ = certificate(trusted, "mail.example.com")
    beginning = security is Security.TLS
    server = mail_server(tls=context, from_beginning=beginning)
    with server as box, pytest.raises(Misconfigured) as caught:
        send(server_at(box, security), MAIL)
    assert caught.value.code == "MAIL_CERTIFICATE"
    assert not box.received


def test_a_certificate_of_nobody_that_is_known_is_refused(tmp_path: Path) -> None:
    context, _ = certificate(tmp_path, "127.0.0.1")
    with mail_server(tls=context) as box, pytest.raises(Misconfigured) as caught:
        send(server_at(box, Security.STARTTLS), MAIL)
    assert caught.value.code == "MAIL_CERTIFICATE"
    assert "SSL_CERT_FILE" in caught.value.findings[0].remedy


def test_a_server_without_starttls_is_given_nothing() -> None:
    with mail_server() as box, pytest.raises(Misconfigured) as caught:
        send(server_at(box, Security.STARTTLS, user=USER, password=PASSWORD), MAIL)
    assert caught.value.code == "MAIL_SECURITY_MISSING"
    assert "STARTTLS" in str(caught.value)
    assert not box.received


def test_a_server_that_does_not_speak_tls() -> None:
    with mail_server() as box, pytest.raises(Misconfigured) as caught:
        send(server_at(box, Security.TLS), MAIL)
    assert caught.value.code == "MAIL_SECURITY_MISSING"


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        ("550 5.1.1 no such person", Rejected, "MAIL_REFUSED"),
        ("451 4.7.1 greylisted, come again", Busy, "MAIL_DEFERRED"),
    ],
)
def test_an_address_is_refused_for_good_or_for_now(
    answer: str, error: type[ClaryError], code: str
) -> None:
    with mail_server() as box:
        box.answers["ada@example.com"] = answer
        with pytest.raises(error) as caught:
            send(server_at(box), MAIL)
    assert caught.value.code == code
    assert answer in str(caught.value)


def test_a_message_is_refused_after_its_text() -> None:
    with mail_server() as box:
        box.at_data = "554 5.7.1 looks like spam"
        with pytest.raises(Rejected) as caught:
            send(server_at(box), MAIL)
    assert "looks like spam" in str(caught.value)


def test_a_server_that_is_not_there() -> None:
    nobody = MailServer("127.0.0.1", free_port(), Security.NONE, SENDER)
    with pytest.raises(Unreachable) as caught:
        send(nobody, MAIL)
    assert caught.value.code == "MAIL_UNREACHABLE"


@pytest.mark.parametrize("security", [Security.NONE, Security.STARTTLS, Security.TLS])
def test_a_server_that_says_nothing(security: Security) -> None:
    with silent_server() as port, pytest.raises(Unreachable) as caught:
        send(MailServer("127.0.0.1", port, security, SENDER), MAIL, seconds=1)
    assert caught.value.code == "MAIL_UNREACHABLE"
    assert "in time" in str(caught.value)


GREETING = b"220 here\r\n"
CAPABILITIES = b"250-here\r\n250 STARTTLS\r\n"
TLS_RECORD = b"\x16\x03\x03\x40\x00"


@pytest.mark.parametrize(
    ("security", "said", "dripped"),
    [
        (Security.NONE, (), b"2"),
        (Security.NONE, (GREETING,), b"2"),
        (Security.STARTTLS, (GREETING, CAPABILITIES, b"220 go on\r\n"), TLS_RECORD),
        (Security.TLS, (), TLS_RECORD),
    ],
)
def test_a_server_that_answers_a_byte_at_a_time(
    security: Security, said: tuple[bytes, ...], dripped: bytes
) -> None:
    began = time.monotonic()
    server = dripping_server(*said, dripped=dripped)
    with server as port, pytest.raises(Unreachable) as caught:
        send(MailServer("127.0.0.1", port, security, SENDER), MAIL, seconds=1)
    assert time.monotonic() - began < 6
    assert caught.value.code == "MAIL_UNREACHABLE"
    assert "in time" in str(caught.value)


@pytest.mark.parametrize(
    "subject",
    [
        "Hello\r\nBcc: eve@example.com",
        "Hello\nBcc: eve@example.com",
        "Hello\x00\x0b\u2028Bcc: eve@example.com",
    ],
)
def test_no_subject_becomes_a_header(subject: str) -> None:
    with mail_server() as box:
        send(server_at(box), replace(MAIL, subject=subject))
    (found,) = box.received
    assert found.to == ["ada@example.com"]
    assert found.mail["Bcc"] is None
    assert found.mail["Subject"] == "Hello Bcc: eve@example.com"


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com, eve@example.com",
        "Ada <ada@example.com>",
        '"a b"@example.com',
        "ada@exa mple.com",
        "ada@localhost",
        "ädä@example.com",
        "ada@example.com\n",
        "@example.com",
        "a" * 250 + "@example.com",
    ],
)
def test_what_is_no_plain_address_is_none(address: str) -> None:
    assert not mail.is_address(address)


def test_a_long_subject_and_a_foreign_name_survive() -> None:
    server = MailServer("127.0.0.1", 25, Security.NONE, "Bücher & Söhne <clary@example.com>")
    message = composed(server, replace(MAIL, subject="ü" * 500))
    assert len(message["Subject"]) == 150
    assert message["From"].addresses[0].display_name == "Bücher & Söhne"
    assert max(len(line) for line in message.as_bytes().split(b"\r\n")) <= 998


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"host": "smtp.example.com\r\nQUIT"}, "MAIL_SERVER_INVALID"),
        ({"host": ""}, "MAIL_SERVER_INVALID"),
        ({"port": 0}, "MAIL_SERVER_INVALID"),
        ({"port": 65_536}, "MAIL_SERVER_INVALID"),
        ({"sender": "nobody"}, "MAIL_SERVER_INVALID"),
        ({"sender": "A\r\nBcc: eve@example.com <clary@example.com>"}, "MAIL_SERVER_INVALID"),
        ({"user": "cl\nary"}, "MAIL_SERVER_INVALID"),
        ({"user": "clary", "security": Security.NONE}, "MAIL_PASSWORD_OPEN"),
    ],
)
def test_settings_that_cannot_be_used(changed: dict[str, object], code: str) -> None:
    good = MailServer("smtp.example.com", 587, Security.STARTTLS, SENDER)
    assert checked_server(good) == good
    with pytest.raises(Rejected) as caught:
        checked_server(replace(good, **changed))  # type: ignore[arg-type]  # values under test
    assert caught.value.code == code
