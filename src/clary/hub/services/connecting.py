"""Adds, changes and removes connections of companies.

A company is opened before its connection is stored, so that a wrong path or password is
found at once and the connection is pinned to the books that a person has just seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from clary.hub.connections import Connection, ConnectionKind, Door, require_name
from clary.hub.drivers import (
    DRIVERS,
    Driver,
    DriverSetting,
    driver_named,
    invalid_value,
    unknown_setting,
)
from clary.hub.installation import Installation
from clary.hub.services.opening import assembled, require_same, secret_name
from clary.hub.vault import MASK, require_secret
from clary.kernel.change import Body
from clary.kernel.clock import timestamp
from clary.kernel.errors import Finding, Rejected, declare, raise_errors

DRIVER_NEEDED = declare(
    "DRIVER_NEEDED",
    Rejected,
    "A company needs at least one driver, and each driver once.",
    "State --driver with one of: {known}.",
    exit_code=2,
)
SECRET_IN_OPEN = declare(
    "SECRET_IN_OPEN",
    Rejected,
    "{name} is not a secret.",
    "State it with --set {name}=… instead.",
    exit_code=2,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Settings as a person states them; `driver.name` means one driver, `name` every one.

    Attributes:
        settings: name and value.
        secrets: name and secret value.
        removed: names of settings and secrets to forget.
    """

    settings: Sequence[tuple[str, str]] = ()
    secrets: Sequence[tuple[str, str]] = field(default=(), repr=False)
    removed: Sequence[str] = ()


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
                {"driver": door.driver, "settings": self._settings(door)} for door in shown.doors
            ],
            "identity": shown.identity,
            "generation": shown.generation,
            "created_at": timestamp(shown.created_at),
            "updated_at": timestamp(shown.updated_at),
            "stored": self.stored,
        }

    def _settings(self, door: Door) -> Body:
        prefix = secret_name(door.driver, "")
        masked = {
            name.removeprefix(prefix): MASK
            for name in sorted(self.secrets)
            if name.startswith(prefix)
        }
        return {**door.settings, **masked}


def list_companies(installation: Installation) -> list[ConnectionAnswer]:
    """Return the connected companies by name; none of them is opened."""
    return [
        ConnectionAnswer(connection, installation.vault.names(connection.name))
        for connection in installation.connections.all(ConnectionKind.COMPANY)
    ]


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
    doors = _doors(installation, chosen, [Door(driver.name, {}) for driver in chosen], asked)
    secrets = _secrets(chosen, asked)
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
        installation.connections.add(connection)
        for key, secret in secrets.items():
            installation.vault.put(name, key, secret)
    return ConnectionAnswer(connection, frozenset(secrets), stored=not dry_run)


def change_company(
    installation: Installation,
    name: str,
    asked: Asked,
    *,
    relink: bool = False,
    dry_run: bool = False,
) -> ConnectionAnswer:
    """Change the settings of a connection; the books behind it must stay the same.

    Args:
        installation: where it is stored.
        name: the connection.
        asked: what to set and what to forget.
        relink: pin the connection to the company that it shows now.
        dry_run: check and open, store nothing.

    Raises:
        Rejected: a setting cannot be used; all problems together.
        Guarded: the new settings lead to another company, and `relink` is not given.
        Misconfigured, Unreachable, Busy, Unauthorised: as for `add_company`.
    """
    connection = installation.connections.get(name, ConnectionKind.COMPANY)
    chosen = [driver_named(door.driver) for door in connection.doors]
    doors = _doors(installation, chosen, connection.doors, asked)
    fresh = _secrets(chosen, asked)
    forgotten = _forgotten_secrets(chosen, asked)
    kept = installation.vault.names(connection.name) - forgotten - fresh.keys()
    stored = {key: installation.vault.get(connection.name, key) or "" for key in kept}
    info = assembled(installation, doors, {**stored, **fresh}).info()
    if not relink:
        require_same(connection, info)
    changed = replace(
        connection,
        doors=doors,
        title=info.name,
        edition=info.edition,
        identity=info.identity,
        generation=info.generation,
    )
    if not dry_run:
        changed = installation.connections.save(changed)
        for key in forgotten:
            installation.vault.remove(connection.name, key)
        for key, secret in fresh.items():
            installation.vault.put(connection.name, key, secret)
    return ConnectionAnswer(changed, kept | fresh.keys(), stored=not dry_run)


def remove_company(
    installation: Installation, name: str, *, dry_run: bool = False
) -> ConnectionAnswer:
    """Forget a connection and its secrets; the books it leads to stay as they are.

    Plans and runs of the company are kept: they say what was done.

    Raises:
        Misconfigured: there is no such connection (CONNECTION_UNKNOWN).
    """
    connection = installation.connections.get(name, ConnectionKind.COMPANY)
    secrets = installation.vault.names(connection.name)
    if not dry_run:
        for secret in secrets:
            installation.vault.remove(connection.name, secret)
        installation.connections.remove(connection.name)
    return ConnectionAnswer(connection, secrets, stored=dry_run)


def register_sandbox(installation: Installation, name: str, path: Path) -> ConnectionAnswer:
    """Store the connection of a sandbox company that was just made."""
    return add_company(installation, name, ["sandbox"], Asked(settings=[("file", str(path))]))


def _doors(
    installation: Installation, drivers: Sequence[Driver], doors: Sequence[Door], asked: Asked
) -> tuple[Door, ...]:
    """Return the doors with the settings that were asked for.

    Raises:
        Rejected: settings that no driver has, or values that they do not take.
    """
    settings = {door.driver: dict(door.settings) for door in doors}
    findings: list[Finding] = []
    for name in asked.removed:
        for driver, setting in _places(drivers, name, findings):
            settings[driver.name].pop(setting.name, None)
    for name, value in asked.settings:
        for driver, setting in _places(drivers, name, findings):
            if setting.secret:
                continue
            problem = invalid_value(setting, value)
            findings.extend([problem] if problem else [])
            kept = installation.stored_path(Path(value)) if setting.path else value
            settings[driver.name][setting.name] = kept
    for name, _ in asked.secrets:
        for _, setting in _places(drivers, name, findings):
            if not setting.secret:
                findings.append(SECRET_IN_OPEN.finding(field=name, name=name))
    raise_errors(findings)
    return tuple(Door(door.driver, settings[door.driver]) for door in doors)


def _places(
    drivers: Sequence[Driver], name: str, findings: list[Finding]
) -> list[tuple[Driver, DriverSetting]]:
    """Return the drivers and settings that a name means; a finding if it means none."""
    prefix, dot, rest = name.partition(".")
    meant = [driver for driver in drivers if not dot or driver.name == prefix]
    wanted = rest if dot else name
    found = [(driver, driver.setting(wanted)) for driver in meant]
    places = [(driver, setting) for driver, setting in found if setting is not None]
    if not places:
        findings.append(unknown_setting(name, tuple(drivers)))
    return places


def _secrets(drivers: Sequence[Driver], asked: Asked) -> dict[str, str]:
    """Return the secrets that were stated, by the name the vault keeps them under.

    Raises:
        Rejected: one of them cannot be stored (SECRET_INVALID).
    """
    secrets: dict[str, str] = {}
    for name, value in (*asked.settings, *asked.secrets):
        for driver, setting in _places(drivers, name, []):
            if setting.secret:
                require_secret(name, value)
                secrets[secret_name(driver.name, setting.name)] = value
    return secrets


def _forgotten_secrets(drivers: Sequence[Driver], asked: Asked) -> frozenset[str]:
    return frozenset(
        secret_name(driver.name, setting.name)
        for name in asked.removed
        for driver, setting in _places(drivers, name, [])
        if setting.secret
    )
