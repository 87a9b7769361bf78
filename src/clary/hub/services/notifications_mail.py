"""The server that takes outgoing e-mail: shown, changed, and tried before it is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import delete, insert, update

from clary.hub.access import Role
from clary.hub.happenings import NOTIFICATIONS
from clary.hub.installation import Installation
from clary.hub.notify_tables import MAIL_SERVER, MESSAGE
from clary.hub.notifying.delivering import password_of
from clary.hub.notifying.gathering import WAITING
from clary.hub.notifying.mail import (
    PORTS,
    SECRET_LABEL,
    MailServer,
    Security,
    check_server,
    checked_server,
    server_of,
    stored_server,
)
from clary.hub.notifying.problems import MAIL_SERVER_INVALID
from clary.hub.services.permissions import needs
from clary.hub.trail import Entry
from clary.hub.vault import require_secret
from clary.kernel.change import Body
from clary.kernel.clock import timestamp


@dataclass(frozen=True, slots=True)
class ServerWanted:
    """What is to be changed of the mail server; what is none stays as it is.

    Attributes:
        host: its name.
        port: its port; the usual one of the security if none is stored.
        security: none, starttls or tls.
        user: whom to log on as; empty logs on as nobody and forgets the password.
        password: that user's password.
        sender: address of the sender.
    """

    host: str | None = None
    port: int | None = None
    security: str | None = None
    user: str | None = None
    password: str | None = None
    sender: str | None = None


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """The mail server as faces show it; never its password."""

    server: MailServer | None
    has_password: bool = False
    stored: bool = True

    def as_dict(self) -> Body:
        """Return it as JSON-ready values."""
        told: Body = {"has_password": self.has_password, "stored": self.stored}
        server = self.server
        if server is None:
            return {"host": None, **told}
        return {
            "host": server.host,
            "port": server.port,
            "security": server.security.value,
            "user": server.user,
            "sender": server.sender,
            **told,
        }


@needs(Role.ADMIN)
def show_mail_server(installation: Installation) -> ServerAnswer:
    """Return the mail server, if one is set."""
    with installation.database.read() as read:
        row = stored_server(read)
    if row is None:
        return ServerAnswer(None)
    return ServerAnswer(server_of(row, None), row.password is not None)


@needs(Role.ADMIN)
def change_mail_server(
    installation: Installation, wanted: ServerWanted, *, check: bool = True, dry_run: bool = False
) -> ServerAnswer:
    """Change the mail server; what waits is then sent at once.

    Args:
        installation: where it is stored.
        wanted: what is to be changed.
        check: log on to it first, and store nothing if that fails.
        dry_run: store nothing.

    Raises:
        Rejected: something about it cannot be used.
        Unreachable, Misconfigured, Unauthorised: it cannot be used as it is, or secrets
            cannot be stored.
    """
    server = checked_server(_changed(installation, wanted))
    if check:
        check_server(server)
    answer = ServerAnswer(server, server.password is not None, stored=not dry_run)
    if dry_run:
        return answer
    sealed = server.password and installation.vault.sealed(server.password, SECRET_LABEL)
    now = timestamp(installation.clock.now())
    with installation.database.write(NOTIFICATIONS) as write:
        before = stored_server(write)
        old = {} if before is None else ServerAnswer(server_of(before, None)).as_dict()
        new = replace(answer, server=replace(server, password=None)).as_dict()
        if wanted.password is not None:
            new["password"] = "changed"  # noqa: S105 - tells that, and not what
        write.execute(delete(MAIL_SERVER))
        write.execute(
            insert(MAIL_SERVER).values(
                one=1,
                host=server.host,
                port=server.port,
                security=server.security.value,
                user=server.user,
                password=sealed,
                sender=server.sender,
                updated_at=now,
            )
        )
        waits = (MESSAGE.c.state == WAITING) & MESSAGE.c.claimed_by.is_(None)
        write.execute(update(MESSAGE).where(waits).values(next_at=now))
        installation.trail.record(write, Entry("notify.mail", old=old, new=new))
    return answer


@needs(Role.ADMIN)
def remove_mail_server(installation: Installation, *, dry_run: bool = False) -> ServerAnswer:
    """Forget the mail server and its password; e-mail waits until another one is set."""
    found = show_mail_server(installation)
    if not dry_run and found.server is not None:
        with installation.database.write(NOTIFICATIONS) as write:
            write.execute(delete(MAIL_SERVER))
            installation.trail.record(write, Entry("notify.mail", old=found.as_dict()))
    return found if dry_run else ServerAnswer(None)


def _changed(installation: Installation, wanted: ServerWanted) -> MailServer:
    """Return the server as wanted; it is checked no further."""
    with installation.database.read() as read:
        row = stored_server(read)
    before = MailServer("", 0, Security.STARTTLS, "")
    if row is not None:
        before = server_of(row, None)
    if wanted.security is not None and wanted.security not in set(Security):
        expected, value = f"one of {', '.join(Security)}", wanted.security[:80]
        raise MAIL_SERVER_INVALID.raised(what="security", value=value, expected=expected)
    if wanted.password is not None:
        require_secret("password", wanted.password)
    security = before.security if wanted.security is None else Security(wanted.security)
    usual = before.port if before.port and security is before.security else PORTS[security]
    user = before.user if wanted.user is None else wanted.user or None
    host = before.host if wanted.host is None else wanted.host
    # A password is for one server and user: another one is never given it.
    password = wanted.password
    if password is None and user and row is not None and (host, user) == (row.host, row.user):
        password = password_of(installation, row)
    if user and password is None:
        expected = f"--password, for {user} at {host}"
        raise MAIL_SERVER_INVALID.raised(what="password", value="", expected=expected)
    return MailServer(
        host=host,
        port=usual if wanted.port is None else wanted.port,
        security=security,
        sender=before.sender if wanted.sender is None else wanted.sender,
        user=user,
        password=password if user else None,
    )
