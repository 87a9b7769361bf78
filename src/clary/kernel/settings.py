"""Every setting of an installation, declared once, read from the environment.

Declared as data so that the reference page, `clary doctor` and the code that reads a
setting cannot drift apart.  Settings of one connection live with the connection.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from clary.kernel.errors import Misconfigured, declare

SETTING_INVALID = declare(
    "SETTING_INVALID",
    Misconfigured,
    "The setting {name} has the value {value!r}, which is not {expected}.",
    "Set {name} to {expected}, or unset it to use {default!r}.",
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its environment name, default and meaning."""

    name: str
    default: str
    meaning: str
    unit: str = ""


HOME = Setting(
    "CLARY_HOME",
    "~/.clary",
    "Folder of the installation: its database, sandbox companies, key file.",
)
DATABASE = Setting(
    "CLARY_DATABASE_URL",
    "",
    "Database of the installation; empty means the file `clary.db` in CLARY_HOME.",
)
SECRETS = Setting(
    "CLARY_SECRETS",
    "auto",
    "Where secrets are kept: `keyring`, `file` (encrypted, key file of mode 0600) or `auto`.",
)
GROUP_DOCUMENTS = Setting(
    "CLARY_GROUP_DOCUMENTS", "100", "Documents journalled and written as one group.", "documents"
)
GROUP_MILLISECONDS = Setting(
    "CLARY_GROUP_MILLISECONDS", "200", "Longest time a group stays open.", "milliseconds"
)
LEASE_SECONDS = Setting(
    "CLARY_LEASE_SECONDS",
    "60",
    "How long a lease on a company lasts unless renewed; longer while a call to an app may take"
    " longer.",
    "seconds",
)

PLAN_RETENTION_DAYS = Setting(
    "CLARY_PLAN_RETENTION_DAYS",
    "0",
    "How long a plan keeps what records held before and after, which taking a change or a"
    " deletion back needs; 0 is for ever. Outcomes are always kept.",
    "days",
)

WEBHOOKS = Setting(
    "CLARY_WEBHOOKS",
    "public",
    "Where webhooks may go: `public` is encrypted and on the internet, `any` also inside the own"
    " network and without encryption, for trials.",
)

ALL = (
    HOME,
    DATABASE,
    SECRETS,
    GROUP_DOCUMENTS,
    GROUP_MILLISECONDS,
    LEASE_SECONDS,
    PLAN_RETENTION_DAYS,
    WEBHOOKS,
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force, read once at the start of a command or process."""

    home: Path
    database_url: str
    secrets: str
    group_documents: int
    group_milliseconds: int
    lease_seconds: int
    plan_retention_days: int
    webhooks: str

    @property
    def plan_retention(self) -> timedelta | None:
        """How long a plan made now keeps its bodies; none is for ever."""
        return timedelta(days=self.plan_retention_days) if self.plan_retention_days else None


def _number(setting: Setting, environment: Mapping[str, str], highest: int, lowest: int = 1) -> int:
    text = environment.get(setting.name) or setting.default
    if text.isdecimal() and lowest <= int(text) <= highest:
        return int(text)
    raise SETTING_INVALID.raised(
        name=setting.name,
        value=text,
        expected=f"a whole number from {lowest} to {highest}",
        default=setting.default,
    )


def _choice(setting: Setting, environment: Mapping[str, str], allowed: tuple[str, ...]) -> str:
    text = environment.get(setting.name) or setting.default
    if text in allowed:
        return text
    raise SETTING_INVALID.raised(
        name=setting.name,
        value=text,
        expected="one of " + ", ".join(allowed),
        default=setting.default,
    )


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in force.

    Args:
        environment: names and values; the process's environment when not given.

    Raises:
        Misconfigured: a value is not what its setting takes (SETTING_INVALID).
    """
    values = os.environ if environment is None else environment
    home = Path(values.get(HOME.name) or HOME.default).expanduser()
    return Settings(
        home=home,
        database_url=values.get(DATABASE.name) or f"sqlite:///{home / 'clary.db'}",
        secrets=_choice(SECRETS, values, ("auto", "keyring", "file")),
        group_documents=_number(GROUP_DOCUMENTS, values, 10_000),
        group_milliseconds=_number(GROUP_MILLISECONDS, values, 60_000),
        lease_seconds=_number(LEASE_SECONDS, values, 3_600),
        plan_retention_days=_number(PLAN_RETENTION_DAYS, values, 36_500, lowest=0),
        webhooks=_choice(WEBHOOKS, values, ("public", "any")),
    )
