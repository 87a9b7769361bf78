"""Adds, changes, removes, opens and tests connections of apps: the other systems.

An app is logged on to before its connection is stored, so that a wrong key is found at
once; the connection is pinned to the company at the site that a person has just seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta

from clary.companies.contract import Query
from clary.hub.access import Role
from clary.hub.apps import App, AppKind, Line, app_kind_named
from clary.hub.connections import Connection, ConnectionKind, Door
from clary.hub.installation import Installation
from clary.hub.keeping import forget, keep, keep_changed
from clary.hub.services.opening import open_company
from clary.hub.services.permissions import inner, needs, needs_somewhere
from clary.hub.services.stated import (
    Asked,
    complete_settings,
    doors_asked,
    secrets_asked,
    secrets_forgotten,
    shown_settings,
    stored_secrets,
)
from clary.kernel.change import Body, Target
from clary.kernel.clock import timestamp
from clary.kernel.errors import Finding, Guarded, Severity, declare, error_of, raise_errors
from clary.kernel.exit_codes import ExitCode

APP_CHANGED = declare(
    "APP_CHANGED",
    Guarded,
    "The connection {name} was linked to {pinned} and would now lead to {shown}.",
    "Add another connection for another system; if it is the same one and has moved, link it"
    " anew with `clary app set {name} --relink`.",
)


@dataclass(frozen=True, slots=True)
class AppAnswer:
    """An app's connection as faces show it; secrets are masked."""

    connection: Connection
    secrets: frozenset[str]
    stored: bool = True
    greeting: str = ""

    def as_dict(self) -> Body:
        """Return the connection as JSON-ready values."""
        shown = self.connection
        door = shown.doors[0]
        return {
            "name": shown.name,
            "kind": door.driver,
            "title": shown.title,
            "settings": shown_settings(door, self.secrets),
            "identity": shown.identity,
            "created_at": timestamp(shown.created_at),
            "updated_at": timestamp(shown.updated_at),
            "stored": self.stored,
            "greeting": self.greeting,
        }


@dataclass(frozen=True, slots=True)
class AppChecks:
    """What was looked at of an app, line by line."""

    name: str
    lines: Sequence[Line]

    @property
    def ok(self) -> bool:
        """Tell whether nothing failed; a warning is not against it."""
        return not self._errors

    @property
    def exit_status(self) -> ExitCode:
        """Exit code of a command that tested it: that of the first failure."""
        return error_of(self._errors).exit_status if self._errors else ExitCode.OK

    @property
    def _errors(self) -> tuple[Finding, ...]:
        return tuple(
            finding
            for line in self.lines
            for finding in line.findings
            if finding.severity is Severity.ERROR
        )

    def as_dict(self) -> Body:
        """Return all lines as JSON-ready values."""
        return {
            "name": self.name,
            "ok": self.ok,
            "checks": [line.as_dict() for line in self.lines],
        }


@needs_somewhere(Role.VIEWER)
def list_apps(
    installation: Installation, after: str = "", limit: int | None = None
) -> list[AppAnswer]:
    """Return the connected apps by name; none of them is opened.

    Args:
        installation: whose apps.
        after: only those after the one of this name, in any case.
        limit: most apps; all if none.
    """
    return [
        AppAnswer(connection, installation.vault.names(connection.name))
        for connection in installation.connections.all(ConnectionKind.APP, after)[:limit]
    ]


@needs_somewhere(Role.VIEWER)
def show_app(installation: Installation, name: str) -> AppAnswer:
    """Return the connection of an app; it is not opened.

    Raises:
        Misconfigured: there is none of this name (CONNECTION_UNKNOWN).
    """
    connection = installation.connections.get(name, ConnectionKind.APP)
    return AppAnswer(connection, installation.vault.names(connection.name))


@needs(Role.ADMIN)
def add_app(
    installation: Installation, name: str, kind_name: str, asked: Asked, *, dry_run: bool = False
) -> AppAnswer:
    """Log on to an app, and store a connection that is pinned to it.

    Args:
        installation: where it is stored.
        name: what every face will call it.
        kind_name: what kind of app it is.
        asked: its settings.
        dry_run: check and log on, store nothing.

    Raises:
        Rejected: name, kind or setting cannot be used; all problems together.
        Misconfigured: the name is taken, or nothing fitting answers.
        Unreachable, Busy, Unauthorised: the app cannot be logged on to.
    """
    installation.connections.require_free(name)
    kind = app_kind_named(kind_name)
    doors = doors_asked(installation, [kind], [Door(kind.name, {})], asked)
    secrets = secrets_asked([kind], asked)
    now = installation.clock.now()
    with _assembled(installation, kind, doors[0], secrets) as app:
        greeting = app.prove()
        pin = pin_of(app)
        connection = Connection(
            name=name,
            kind=ConnectionKind.APP,
            doors=doors,
            title=app.title,
            edition=None,
            identity=pin,
            generation=None,
            created_at=now,
            updated_at=now,
        )
    if not dry_run:
        keep(installation, connection, secrets)
    return AppAnswer(connection, frozenset(secrets), stored=not dry_run, greeting=greeting)


@needs(Role.ADMIN)
def change_app(
    installation: Installation,
    name: str,
    asked: Asked,
    *,
    relink: bool = False,
    dry_run: bool = False,
) -> AppAnswer:
    """Change the settings of a connection; it must lead to the same company at the app.

    Args:
        installation: where it is stored.
        name: the connection.
        asked: what to set and what to forget.
        relink: pin the connection to where it leads now.
        dry_run: check and log on, store nothing.

    Raises:
        Rejected: a setting cannot be used; all problems together.
        Guarded: it would lead elsewhere, and `relink` is not given (APP_CHANGED).
        Misconfigured, Unreachable, Busy, Unauthorised: as for `add_app`.
    """
    connection = installation.connections.get(name, ConnectionKind.APP)
    kind = app_kind_named(connection.doors[0].driver)
    doors = doors_asked(installation, [kind], connection.doors, asked)
    fresh = secrets_asked([kind], asked)
    forgotten = secrets_forgotten([kind], asked) - fresh.keys()
    kept = {
        key: secret
        for key, secret in stored_secrets(installation, connection.name).items()
        if key not in forgotten
    }
    with _assembled(installation, kind, doors[0], {**kept, **fresh}) as app:
        if not relink:  # before any key goes to another server
            _require_same(connection, app, app.identity)
        greeting = app.prove()
        pin = pin_of(app)
        if not relink:
            pin = _require_same(connection, app, pin)
        changed = replace(connection, doors=doors, title=app.title, identity=pin)
    if not dry_run:
        changed = keep_changed(installation, connection, changed, forgotten, fresh)
    names = frozenset(kept) | fresh.keys()
    return AppAnswer(changed, names, stored=not dry_run, greeting=greeting)


MARKED = "#"
"""What stands between the identity of an app and its mark."""


def pin_of(app: App) -> str:
    """Return what pins a connection to where it leads: the identity, and the mark if any.

    Raises:
        ClaryError: the app cannot be read.
    """
    mark = app.mark()
    return f"{app.identity}{MARKED}{mark}" if mark else app.identity


@inner
def leading_elsewhere(installation: Installation, name: str) -> frozenset[str]:
    """Return the connections that lead to other systems than the one called `name` does.

    Where both are marked the marks tell, as one system may be reached under several names.
    """
    own = installation.connections.get(name, ConnectionKind.APP)
    others = installation.connections.all(ConnectionKind.APP)
    return frozenset(each.name for each in others if _differ(own.identity, each.identity))


def _differ(one: str | None, other: str | None) -> bool:
    identity, _, mark = (one or "").partition(MARKED)
    found, _, another = (other or "").partition(MARKED)
    return mark != another if mark and another else identity != found


def _require_same(connection: Connection, app: App, shown: str) -> str:
    """Return what pins a connection on, once it is sure that it leads where it led.

    A mark that one side lacks, as the member may not see it, cannot differ.

    Raises:
        Guarded: it leads elsewhere (APP_CHANGED).
    """
    pinned = connection.identity or ""
    identity, _, mark = pinned.partition(MARKED)
    found, _, other = shown.partition(MARKED)
    if identity != found or (mark and other and mark != other):
        raise APP_CHANGED.raised(
            name=connection.name,
            pinned=f"{connection.title} ({pinned})",
            shown=f"{app.title} ({shown})",
        )
    return shown if other else pinned


@needs(Role.ADMIN)
def remove_app(installation: Installation, name: str, *, dry_run: bool = False) -> AppAnswer:
    """Forget a connection and its secrets; the app itself stays as it is.

    Raises:
        Misconfigured: there is no such connection (CONNECTION_UNKNOWN).
    """
    connection = installation.connections.get(name, ConnectionKind.APP)
    secrets = installation.vault.names(connection.name)
    if not dry_run:
        forget(installation, connection)
    return AppAnswer(connection, secrets, stored=dry_run)


@inner
def open_app(installation: Installation, name: str) -> App:
    """Return an app ready to be worked with; the caller closes it.

    Raises:
        Misconfigured: there is no such connection, or its settings do not work.
    """
    connection = installation.connections.get(name, ConnectionKind.APP)
    kind = app_kind_named(connection.doors[0].driver)
    secrets = stored_secrets(installation, connection.name)
    return _assembled(installation, kind, connection.doors[0], secrets)


@inner
def app_target(
    installation: Installation, name: str, until: ExitStack, hold: Callable[[timedelta], None]
) -> Target:
    """Log on to an app and return it as a target of the executor.

    Args:
        installation: whose connection.
        name: the connection.
        until: closes the app at its end.
        hold: makes sure, before each request, that nobody else may write meanwhile.

    Raises:
        Misconfigured, Unreachable, Busy, Unauthorised: it cannot be logged on to.
    """
    app = until.enter_context(open_app(installation, name))
    app.prove()
    return app.target(hold)


@needs(Role.VIEWER)
def check_app(installation: Installation, name: str, company: str | None = None) -> AppChecks:
    """Look at everything that must be right before an app is worked with.

    Args:
        installation: whose connection.
        name: the connection.
        company: the company that is posted into, whose accounts are looked at, too.

    Raises:
        Misconfigured: there is no such connection, or its settings do not work.
        Guarded, Unreachable, Busy, Unauthorised: the company cannot be opened.
    """
    accounts = _accounts(installation, company) if company else ()
    with open_app(installation, name) as app:
        return AppChecks(name, tuple(app.check(accounts)))


def _accounts(installation: Installation, company: str) -> tuple[str, ...]:
    """Return the account numbers of a company."""
    opened = open_company(installation, company)
    with opened.company.session() as session:
        return tuple(str(record["id"]) for record in session.read("account", Query()))


def _assembled(
    installation: Installation, kind: AppKind, door: Door, secrets: Mapping[str, str]
) -> App:
    """Return the app behind a door.

    Raises:
        Misconfigured: a setting is missing; all missing ones together.
    """
    settings = complete_settings(installation, kind, door, secrets)
    raise_errors(kind.missing(frozenset(settings)))
    return kind.open(settings, installation.clock)
