"""Adds, changes and removes connections of companies.

A company is opened before its connection is stored, so that a wrong path or password is
found at once and the connection is pinned to the books that a person has just seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clary.hub import begun
from clary.hub.access import Role
from clary.hub.connections import Connection, ConnectionKind, Door, require_name
from clary.hub.drivers import DRIVERS, driver_named
from clary.hub.installation import Installation
from clary.hub.keeping import forget, keep, keep_changed
from clary.hub.services.opening import assembled, require_same
from clary.hub.services.permissions import needs, needs_somewhere, seen
from clary.hub.services.schedules import forget_schedules
from clary.hub.services.stated import (
    Asked,
    doors_asked,
    secrets_asked,
    secrets_forgotten,
    shown_settings,
)
from clary.hub.services.working import look_again
from clary.hub.work import Work
from clary.kernel.change import Body
from clary.kernel.clock import timestamp
from clary.kernel.errors import Guarded, Rejected, declare

DRIVER_NEEDED = declare(
    "DRIVER_NEEDED",
    Rejected,
    "A company needs at least one driver, and each driver once.",
    "State --driver with one of: {known}.",
    exit_code=2,
)
WORK_WAITS = declare(
    "WORK_WAITS",
    Guarded,
    "{count} accepted pieces of work wait for {company} and would not be done: they are for these"
    " books only.",
    "Let them be done first (`clary work drain {company}`, `clary work list {company}`), or confirm"
    " that they may be left undone (--leave-work, leave_work in the API).",
)


@dataclass(frozen=True, slots=True)
class ConnectionAnswer:
    """A connection as faces show it; secrets are masked."""

    connection: Connection
    secrets: frozenset[str]
    stored: bool = True

    def as_dict(self) -> Body:
        """Return the connection as JSON-ready values."""
        shown = self.connection
        return {
            "name": shown.name,
            "title": shown.title,
            "edition": shown.edition,
            "drivers": [
                {"driver": door.driver, "settings": shown_settings(door, self.secrets)}
                for door in shown.doors
            ],
            "identity": shown.identity,
            "generation": shown.generation,
            "created_at": timestamp(shown.created_at),
            "updated_at": timestamp(shown.updated_at),
            "stored": self.stored,
        }


@needs_somewhere(Role.VIEWER)
def list_companies(
    installation: Installation, after: str = "", limit: int | None = None
) -> list[ConnectionAnswer]:
    """Return the connected companies by name; none of them is opened.

    Args:
        installation: whose companies.
        after: only those after the one of this name, in any case.
        limit: most companies; all if none.
    """
    connected = installation.connections.all(ConnectionKind.COMPANY, after)
    return [
        ConnectionAnswer(connection, installation.vault.names(connection.name))
        for connection in seen(installation, connected, lambda each: each.name)[:limit]
    ]


@needs(Role.VIEWER, "name")
def show_company(installation: Installation, name: str) -> ConnectionAnswer:
    """Return the connection of a company; it is not opened.

    Raises:
        Misconfigured: there is none of this name (CONNECTION_UNKNOWN).
    """
    connection = installation.connections.get(name, ConnectionKind.COMPANY)
    return ConnectionAnswer(connection, installation.vault.names(connection.name))


@needs(Role.ADMIN)
def add_company(
    installation: Installation,
    name: str,
    drivers: Sequence[str],
    asked: Asked,
    *,
    dry_run: bool = False,
) -> ConnectionAnswer:
    """Open a company, and store a connection that is pinned to it.

    Args:
        installation: where it is stored.
        name: what every face will call it.
        drivers: names of its drivers, the preferred one first.
        asked: their settings.
        dry_run: check and open, store nothing.

    Raises:
        Rejected: name, driver or setting cannot be used; all problems together.
        Misconfigured: the name is taken, or the company cannot be opened with these.
        Unreachable, Busy, Unauthorised: the company cannot be opened just now.
    """
    require_name(name)
    installation.connections.require_free(name)
    chosen = [driver_named(driver) for driver in dict.fromkeys(drivers)]
    if not chosen or len(chosen) != len(drivers):
        raise DRIVER_NEEDED.raised(known=", ".join(DRIVERS))
    doors = doors_asked(installation, chosen, [Door(driver.name, {}) for driver in chosen], asked)
    secrets = secrets_asked(chosen, asked)
    info = assembled(installation, doors, secrets).info()
    now = installation.clock.now()
    connection = Connection(
        name=name,
        kind=ConnectionKind.COMPANY,
        doors=doors,
        title=info.name,
        edition=info.edition,
        identity=info.identity,
        generation=info.generation,
        created_at=now,
        updated_at=now,
    )
    if not dry_run:
        keep(installation, connection, secrets)
    return ConnectionAnswer(connection, frozenset(secrets), stored=not dry_run)


@needs(Role.ADMIN)
def change_company(
    installation: Installation,
    name: str,
    asked: Asked,
    *,
    relink: bool = False,
    leave_work: bool = False,
    dry_run: bool = False,
) -> ConnectionAnswer:
    """Change the settings of a connection; the books behind it must stay the same.

    Args:
        installation: where it is stored.
        name: the connection.
        asked: what to set and what to forget.
        relink: pin the connection to the company that it shows now.
        leave_work: relink to other books although work waits for the former ones.
        dry_run: check and open, store nothing.

    Raises:
        Rejected: a setting cannot be used; all problems together.
        Guarded: the new settings lead to another company, and `relink` is not given; or work
            waits for the former one (WORK_WAITS).
        Misconfigured, Unreachable, Busy, Unauthorised: as for `add_company`.
    """
    connection = installation.connections.get(name, ConnectionKind.COMPANY)
    chosen = [driver_named(door.driver) for door in connection.doors]
    doors = doors_asked(installation, chosen, connection.doors, asked)
    fresh = secrets_asked(chosen, asked)
    forgotten = secrets_forgotten(chosen, asked)
    kept = installation.vault.names(connection.name) - forgotten - fresh.keys()
    stored = {key: installation.vault.get(connection.name, key) or "" for key in kept}
    info = assembled(installation, doors, {**stored, **fresh}).info()
    if not relink:
        require_same(connection, info)
    elif info.identity != connection.identity and not leave_work:
        _require_idle(installation, connection)
    changed = replace(
        connection,
        doors=doors,
        title=info.name,
        edition=info.edition,
        identity=info.identity,
        generation=info.generation,
    )
    if not dry_run:
        changed = keep_changed(installation, connection, changed, forgotten, fresh)
        look_again(installation, connection.name)
    return ConnectionAnswer(changed, kept | fresh.keys(), stored=not dry_run)


@needs(Role.ADMIN)
def remove_company(
    installation: Installation, name: str, *, leave_work: bool = False, dry_run: bool = False
) -> ConnectionAnswer:
    """Forget a connection and its secrets; the books it leads to stay as they are.

    Plans and runs of the company are kept: they say what was done.  Its schedules are gone.

    Args:
        installation: where it is stored.
        name: the connection.
        leave_work: forget it although work waits for it; that goes on once the same books
            are connected under the same name again, and never in others.
        dry_run: only check.

    Raises:
        Misconfigured: there is no such connection (CONNECTION_UNKNOWN).
        Guarded: work waits for it (WORK_WAITS).
    """
    connection = installation.connections.get(name, ConnectionKind.COMPANY)
    if not leave_work:
        _require_idle(installation, connection)
    secrets = installation.vault.names(connection.name)
    if not dry_run:
        forget_schedules(installation, connection.name)
        forget(installation, connection)
    return ConnectionAnswer(connection, secrets, stored=dry_run)


def _require_idle(installation: Installation, connection: Connection) -> None:
    """Make sure that nothing waits for the books of a connection.

    Raises:
        Guarded: something does (WORK_WAITS).
    """
    work = Work(installation.database, installation.clock)
    lane = work.lane(connection.name)
    # What a server is at, or died at, goes on as work of these books.
    if count := lane.waiting + lane.parked + begun.noted(work, connection.name):
        raise WORK_WAITS.raised(count=count, company=connection.name)


@needs(Role.ADMIN)
def register_sandbox(installation: Installation, name: str, path: Path) -> ConnectionAnswer:
    """Store the connection of a sandbox company that was just made."""
    return add_company(installation, name, ["sandbox"], Asked(settings=[("file", str(path))]))
