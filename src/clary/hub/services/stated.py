"""What a person states for a connection: settings to store, and secrets for the vault.

The same for companies and for other systems, so that a setting is checked, stored, masked
and put together again in one way everywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clary.hub.connections import Door
from clary.hub.installation import Installation
from clary.hub.kinds import ConnectionSetting, Kind, tidied, unknown_setting
from clary.hub.services.permissions import inner
from clary.hub.vault import require_secret
from clary.kernel.change import Body
from clary.kernel.errors import Finding, Rejected, declare, raise_errors
from clary.kernel.masking import MASK

SECRET_IN_OPEN = declare(
    "SECRET_IN_OPEN",
    Rejected,
    "{name} is not a secret.",
    "State it with --set {name}=… instead.",
    exit_code=2,
)
SECRET_IN_SIGHT = declare(
    "SECRET_IN_SIGHT",
    Rejected,
    "{name} is a secret, and what is written on a command line can be read by others.",
    "State it with --secret {name} instead: it is asked for without echo, or read from a line of"
    " input. One that was written here should be replaced where it was made.",
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


@inner
def doors_asked(
    installation: Installation, kinds: Sequence[Kind], doors: Sequence[Door], asked: Asked
) -> tuple[Door, ...]:
    """Return the doors with the settings that were asked for.

    Raises:
        Rejected: settings that no kind has, values that they do not take, a secret in sight
            (SECRET_IN_SIGHT), or what is no secret stated as one (SECRET_IN_OPEN).
    """
    settings = {door.driver: dict(door.settings) for door in doors}
    findings: list[Finding] = []
    for name in asked.removed:
        for kind, setting in _places(kinds, name, findings):
            settings[kind.name].pop(setting.name, None)
    for name, value in asked.settings:
        for kind, setting in _places(kinds, name, findings):
            if setting.secret:
                findings.append(SECRET_IN_SIGHT.finding(field=setting.name, name=name))
                continue
            kept, problems = tidied(kind, setting, value)
            findings.extend(problems)
            whole = installation.stored_path(Path(kept)) if setting.path else kept
            settings[kind.name][setting.name] = whole
    for name, _ in asked.secrets:
        for _, setting in _places(kinds, name, findings):
            if not setting.secret:
                findings.append(SECRET_IN_OPEN.finding(field=name, name=name))
    raise_errors(findings)
    return tuple(Door(door.driver, settings[door.driver]) for door in doors)


def secrets_asked(kinds: Sequence[Kind], asked: Asked) -> dict[str, str]:
    """Return the secrets that were stated, by the name the vault keeps them under.

    Raises:
        Rejected: one of them cannot be stored (SECRET_INVALID).
    """
    secrets: dict[str, str] = {}
    for name, value in asked.secrets:
        for kind, setting in _places(kinds, name, []):
            require_secret(name, value, setting.shortest)
            secrets[secret_name(kind.name, setting.name)] = value
    return secrets


def secrets_forgotten(kinds: Sequence[Kind], asked: Asked) -> frozenset[str]:
    """Return the secrets to forget, by the name the vault keeps them under."""
    return frozenset(
        secret_name(kind.name, setting.name)
        for name in asked.removed
        for kind, setting in _places(kinds, name, [])
        if setting.secret
    )


def _places(
    kinds: Sequence[Kind], name: str, findings: list[Finding]
) -> list[tuple[Kind, ConnectionSetting]]:
    """Return the kinds and settings that a name means; a finding if it means none."""
    prefix, dot, rest = name.partition(".")
    meant = [kind for kind in kinds if not dot or kind.name == prefix]
    wanted = rest if dot else name
    found = [(kind, kind.setting(wanted)) for kind in meant]
    places = [(kind, setting) for kind, setting in found if setting is not None]
    if not places:
        findings.append(unknown_setting(name, kinds))
    return places


@inner
def stored_secrets(installation: Installation, connection: str) -> dict[str, str]:
    """Return the secrets of a connection, by the name the vault keeps them under.

    Raises:
        Misconfigured: one of them cannot be read.
    """
    vault = installation.vault
    stored = {name: vault.get(connection, name) for name in vault.names(connection)}
    return {name: secret for name, secret in stored.items() if secret is not None}


@inner
def complete_settings(
    installation: Installation, kind: Kind, door: Door, secrets: Mapping[str, str]
) -> dict[str, str]:
    """Return the settings of a door as its kind takes them: whole paths, and secrets.

    Args:
        installation: where stored paths start.
        kind: the kind of the door.
        door: the stored settings.
        secrets: secrets by the name the vault keeps them under.
    """
    paths = {setting.name for setting in kind.settings if setting.path}
    settings = {
        name: str(installation.whole_path(value)) if name in paths else value
        for name, value in door.settings.items()
    }
    for setting in kind.settings:
        secret = secrets.get(secret_name(kind.name, setting.name))
        if setting.secret and secret is not None:
            settings[setting.name] = secret
    return settings


def shown_settings(door: Door, secrets: Collection[str]) -> Body:
    """Return the settings of a door as faces show them: each secret is a mask.

    Args:
        door: the stored settings.
        secrets: names of the stored secrets, as the vault keeps them.
    """
    prefix = secret_name(door.driver, "")
    masked = {
        name.removeprefix(prefix): MASK for name in sorted(secrets) if name.startswith(prefix)
    }
    return {**door.settings, **masked}


def secret_name(kind: str, setting: str) -> str:
    """Return the name that the vault keeps a secret of a kind of connection under."""
    return f"{kind}.{setting}"
