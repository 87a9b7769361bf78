"""Sends one e-mail through the server that the installation is given.

Certificates are verified, a password never travels without encryption, and nothing that comes
from outside becomes a header as it is.  The Message-ID is that of the stored message: if a
process dies after the server took it and before that is recorded, it is sent once more under
the same id, which mail programs show once.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime, parseaddr
from enum import StrEnum
from threading import Event, Timer
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from clary.hub.notify_tables import MAIL_SERVER
from clary.hub.notifying.problems import (
    MAIL_CERTIFICATE,
    MAIL_DEFERRED,
    MAIL_LOGIN_REFUSED,
    MAIL_PASSWORD_OPEN,
    MAIL_REFUSED,
    MAIL_SECURITY_MISSING,
    MAIL_SENDER_REFUSED,
    MAIL_SERVER_INVALID,
    MAIL_UNREACHABLE,
)
from clary.hub.notifying.rendering import one_line
from clary.kernel.errors import ClaryError
from clary.kernel.masking import Masking

SECONDS: Final = 20
"""How long each step of talking to the server may take."""

_STEPS: Final = 3
"""How many such times all of an attempt may take: a server can drip its answers for ever."""

REASON_LENGTH: Final = 200
ADDRESS_LENGTH: Final = 254
SECRET_LABEL: Final = "mail server"  # noqa: S105 - what a secret is tied to, not the secret
PORTS: Final = {"none": 25, "starttls": 587, "tls": 465}
MOST_PORT: Final = 65_535

_PERMANENT: Final = 500
_HOST = re.compile("[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:]{2,45}")
_LOCAL: Final = "A-Za-z0-9!#$%&'*+/=?^_`{|}~-"
_LABEL: Final = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"[{_LOCAL}]+(?:\.[{_LOCAL}]+)*@{_LABEL}(?:\.{_LABEL})+")
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_MESSAGE_DOMAIN: Final = "notifications.clary"


class Security(StrEnum):
    """How the connection is encrypted: not, after STARTTLS, or from its beginning."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that takes e-mail.

    Attributes:
        host: its name, as it stands in its certificate.
        port: its port.
        security: how the connection is encrypted.
        sender: address of the sender, with or without a name.
        user: whom to log on as; none where it asks for no log-on.
        password: that user's password.
    """

    host: str
    port: int
    security: Security
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail to one address.

    Attributes:
        id: id of the stored message.
        to: the address.
        subject: one line.
        text: as plain text.
        page: as HTML.
        written_at: when it was written, aware.
    """

    id: str
    to: str
    subject: str
    text: str
    page: str
    written_at: datetime


def is_address(text: str) -> bool:
    """Tell whether a text is an e-mail address that every server takes."""
    return len(text) <= ADDRESS_LENGTH and _ADDRESS.fullmatch(text) is not None


def checked_server(server: MailServer) -> MailServer:
    """Return the settings of a server if they can be used.

    Raises:
        Rejected: host, port, user or sender cannot be used (MAIL_SERVER_INVALID), or the
            password would travel without encryption (MAIL_PASSWORD_OPEN).
    """
    _, address = parseaddr(server.sender)
    checks = (
        ("host", server.host, _HOST.fullmatch(server.host), "a name such as smtp.example.com"),
        ("port", server.port, 0 < server.port <= MOST_PORT, f"a number from 1 to {MOST_PORT}"),
        (
            "sender",
            server.sender,
            server.sender.isprintable() and is_address(address),
            "an address such as clary@example.com or Clary <clary@example.com>",
        ),
        (
            "user",
            server.user,
            server.user is None or (server.user.isprintable() and server.user),
            "the name to log on with, or leave it out",
        ),
    )
    for what, value, good, expected in checks:
        if not good:
            shown = str(value)[:80]
            raise MAIL_SERVER_INVALID.raised(what=what, value=shown, expected=expected)
    if server.user and server.security is Security.NONE and server.host not in _THIS_MACHINE:
        raise MAIL_PASSWORD_OPEN.raised(host=server.host)
    return server


def stored_server(read: Connection) -> Row[Any] | None:
    """Return the row of the mail server, or none where none is set."""
    return read.execute(select(MAIL_SERVER)).one_or_none()


def server_of(row: Row[Any], password: str | None) -> MailServer:
    """Return the server as it is stored, with its password in clear."""
    security = Security(row.security)
    return MailServer(row.host, row.port, security, row.sender, row.user, password)


def check_server(server: MailServer) -> None:
    """Log on to the server and off again.

    Raises:
        ClaryError: as `send`.
    """
    with _told(server), _connected(server, SECONDS):
        pass


def send(server: MailServer, mail: Mail, seconds: int = SECONDS) -> None:
    """Hand an e-mail over to the server; whatever comes after that is the server's to tell.

    Args:
        server: the server.
        mail: the e-mail.
        seconds: how long each step may take; all of them may take three times as long.

    Raises:
        Unreachable, Misconfigured, Unauthorised: the server cannot be used, whatever the
            message (MAIL_UNREACHABLE, MAIL_CERTIFICATE, MAIL_SECURITY_MISSING,
            MAIL_LOGIN_REFUSED, MAIL_SENDER_REFUSED).
        Rejected: the server refuses this message for good (MAIL_REFUSED).
        Busy: the server puts this message off (MAIL_DEFERRED).
    """
    # Headers in one line each, however long: some programs show where a line was folded.
    content = composed(server, mail).as_bytes(policy=WIRE.clone(max_line_length=None))
    _, sender = parseaddr(server.sender)
    with _told(server), _connected(server, seconds) as smtp:
        smtp.sendmail(sender, [mail.to], content)


def composed(server: MailServer, mail: Mail) -> EmailMessage:
    """Return the message with its headers."""
    name, address = parseaddr(server.sender)
    user, _, domain = address.rpartition("@")
    message = EmailMessage(policy=WIRE)
    message["From"] = Address(one_line(name), user, domain)
    message["To"] = mail.to
    message["Subject"] = one_line(mail.subject)
    message["Date"] = format_datetime(mail.written_at)
    message["Message-ID"] = f"<{mail.id}@{_MESSAGE_DOMAIN}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.page, subtype="html", cte="quoted-printable")
    return message


class _Client(smtplib.SMTP):
    """A client that talks over a connection which was made for it."""

    def __init__(self, server: MailServer, connection: socket.socket) -> None:
        """Have the server introduce itself."""
        self._connection = connection
        _, _, domain = parseaddr(server.sender)[1].rpartition("@")
        super().__init__(server.host, server.port, local_hostname=domain)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Return the connection that is there; the library would make one."""
        del host, port, timeout
        return self._connection


@contextmanager
def _connected(server: MailServer, seconds: int) -> Iterator[smtplib.SMTP]:
    """Give a connection that is encrypted and logged on as the settings say."""
    context = ssl.create_default_context()
    with ExitStack() as stack:
        connection = socket.create_connection((server.host, server.port), timeout=seconds)
        stack.callback(connection.close)
        stack.enter_context(_ended_in_time(connection, seconds * _STEPS))
        if server.security is Security.TLS:
            connection = context.wrap_socket(connection, server_hostname=server.host)
            stack.callback(connection.close)
        smtp = _Client(server, connection)
        stack.callback(smtp.close)
        if server.security is Security.STARTTLS:
            smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password or "")
        yield smtp
        # What was handed over is taken, whether or not the parting is polite.
        with suppress(OSError):
            smtp.quit()


@contextmanager
def _ended_in_time(connection: socket.socket, seconds: float) -> Iterator[None]:
    """Cut a connection off, whatever it is wrapped in, if the block takes too long.

    Raises:
        TimeoutError: it was cut off before all was done.
    """
    cut = Event()

    def cut_off() -> None:
        cut.set()
        with suppress(OSError):  # the other side was faster
            same.shutdown(socket.SHUT_RDWR)

    with connection.dup() as same:
        timer = Timer(seconds, cut_off)
        timer.daemon = True
        timer.start()
        try:
            yield
        except OSError as error:
            if cut.is_set():
                raise TimeoutError from error
            raise
        finally:
            timer.cancel()
            timer.join()


@contextmanager
def _told(server: MailServer) -> Iterator[None]:
    """Turn what goes wrong inside into our errors."""
    try:
        yield
    except OSError as error:  # smtplib's own errors are of this class, too
        raise _error_of(server, error) from error


def _error_of(server: MailServer, error: OSError) -> ClaryError:
    """Return our error for one of the library's, without the password in its words."""
    secret = server.password or ""
    masking = Masking.of([secret, f"\0{server.user}\0{secret}"] if secret else [])
    code, said = _answer(error)
    reason = one_line(masking.masked(said), REASON_LENGTH) or type(error).__name__
    if code is not None:
        return _refused(server, error, code, reason)
    if isinstance(error, ssl.SSLCertVerificationError):
        return MAIL_CERTIFICATE.raised(host=server.host, reason=error.verify_message)
    if isinstance(error, ssl.SSLError | smtplib.SMTPNotSupportedError):
        wanted = "STARTTLS" if "STARTTLS" in said else "log-on"
        wanted = "encryption from the beginning" if isinstance(error, ssl.SSLError) else wanted
        return MAIL_SECURITY_MISSING.raised(host=server.host, port=server.port, wanted=wanted)
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        reason = "it does not answer in time"
    return MAIL_UNREACHABLE.raised(host=server.host, port=server.port, reason=reason)


def _answer(error: OSError) -> tuple[int | None, str]:
    """Return the code and the words of the server's answer; without a code it gave none."""
    said: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, said = error.smtp_code, error.smtp_error
    else:
        return None, error.strerror or str(error)
    return code, said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _refused(server: MailServer, error: OSError, code: int, reason: str) -> ClaryError:
    """Return the error of an answer with a code: for good, or for now."""
    if isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError):
        return MAIL_UNREACHABLE.raised(host=server.host, port=server.port, reason=reason)
    if code < _PERMANENT:
        return MAIL_DEFERRED.raised(host=server.host, reason=f"{code} {reason}")
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return MAIL_LOGIN_REFUSED.raised(host=server.host, reason=reason)
    if isinstance(error, smtplib.SMTPSenderRefused):
        sender = one_line(server.sender)
        return MAIL_SENDER_REFUSED.raised(host=server.host, sender=sender, reason=reason)
    return MAIL_REFUSED.raised(host=server.host, reason=f"{code} {reason}")
