"""The drivers an installation can use, and the settings each one asks for.

A driver is loaded only when a company is opened with it, so that a machine that lacks
what one driver needs can still use all others.  To add a driver, declare it here.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from clary.companies.contract import Company
from clary.kernel.clock import Clock
from clary.kernel.errors import Finding, Misconfigured, Rejected, declare

DRIVER_UNKNOWN = declare(
    "DRIVER_UNKNOWN",
    Rejected,
    "There is no driver {name!r}.",
    "Use one of: {known}.",
    http_status=404,
    exit_code=2,
)
DRIVER_SETTING_UNKNOWN = declare(
    "DRIVER_SETTING_UNKNOWN",
    Rejected,
    "No driver of this connection has a setting {name!r}{near}.",
    "Use one of: {known}.",
    exit_code=2,
)
DRIVER_SETTING_MISSING = declare(
    "DRIVER_SETTING_MISSING",
    Misconfigured,
    "The driver {driver} needs the setting {name} ({meaning}).",
    "State it with {option}.",
    exit_code=2,
)
DRIVER_SETTING_INVALID = declare(
    "DRIVER_SETTING_INVALID",
    Rejected,
    "The setting {name} cannot be {value!r}.",
    "Use {expected}.",
    exit_code=2,
)


@dataclass(frozen=True, slots=True)
class DriverSetting:
    """One setting of a driver.

    Attributes:
        name: its name in `--set NAME=VALUE`.
        meaning: what it is, for the person who sets it.
        required: the driver cannot do without.
        secret: it goes to the vault and is never shown.
        path: it is a file or folder; kept relative to the installation where it lies in it.
        number: it is a whole number.
        choices: the only values it takes; empty for any.
    """

    name: str
    meaning: str
    required: bool = False
    secret: bool = False
    path: bool = False
    number: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Driver:
    """One kind of door to a company.

    Attributes:
        name: its name in `--driver NAME`.
        meaning: what it reaches, in one sentence.
        settings: what it asks for.
        open: makes the door from settings whose paths are whole; imports the driver.
    """

    name: str
    meaning: str
    settings: tuple[DriverSetting, ...]
    open: Callable[[Mapping[str, str], Clock], Company]

    def setting(self, name: str) -> DriverSetting | None:
        """Return the setting called `name`, or none."""
        return next((setting for setting in self.settings if setting.name == name), None)


def _open_sandbox(settings: Mapping[str, str], clock: Clock) -> Company:
    from clary.companies.sandbox import SandboxCompany  # noqa: PLC0415 - drivers load when used

    return SandboxCompany(
        Path(settings["file"]),
        user=settings.get("user"),
        password=settings.get("password"),
        clock=clock,
    )


def _open_files(settings: Mapping[str, str], clock: Clock) -> Company:
    from clary.companies.files import FilesCompany  # noqa: PLC0415 - drivers load when used

    edition, release = settings.get("edition"), settings.get("release")
    return FilesCompany(
        Path(settings["folder"]),
        edition=None if edition is None else "uk" if edition == "uk" else "us",
        clock=clock,
        file_format="xml" if settings.get("format") == "xml" else "csv",
        release=int(release) if release else None,
    )


SANDBOX = Driver(
    "sandbox",
    "A company that lives in one file on this machine and follows Sage 50's rules.",
    (
        DriverSetting("file", "the company file", required=True, path=True),
        DriverSetting("user", "the Sage user to log on as"),
        DriverSetting("password", "that user's password", secret=True),
    ),
    _open_sandbox,
)
FILES = Driver(
    "files",
    "A folder of Sage 50 export files to read, and of import files to hand over.",
    (
        DriverSetting("folder", "the folder with the files", required=True, path=True),
        DriverSetting("edition", "edition, where the files do not tell it", choices=("us", "uk")),
        DriverSetting("format", "kind of import files that are written", choices=("csv", "xml")),
        DriverSetting("release", "release year (US) or version (UK)", number=True),
    ),
    _open_files,
)

DRIVERS: Mapping[str, Driver] = {driver.name: driver for driver in (SANDBOX, FILES)}
"""Every driver by its name."""


def driver_named(name: str) -> Driver:
    """Return the driver called `name`.

    Raises:
        Rejected: there is none (DRIVER_UNKNOWN).
    """
    found = DRIVERS.get(name)
    if found is None:
        raise DRIVER_UNKNOWN.raised(name=name, known=", ".join(DRIVERS))
    return found


def unknown_setting(name: str, drivers: tuple[Driver, ...]) -> Finding:
    """Return the finding about a setting that none of the drivers has."""
    known = [setting.name for driver in drivers for setting in driver.settings]
    near = difflib.get_close_matches(name, known, n=1)
    return DRIVER_SETTING_UNKNOWN.finding(
        field=name,
        name=name,
        near=f" (did you mean {near[0]}?)" if near else "",
        known=", ".join(known),
    )


def missing_settings(driver: Driver, present: frozenset[str]) -> list[Finding]:
    """Return a finding for each required setting that is not present."""
    return [
        DRIVER_SETTING_MISSING.finding(
            field=setting.name,
            driver=driver.name,
            name=setting.name,
            meaning=setting.meaning,
            option=f"--secret {setting.name}" if setting.secret else f"--set {setting.name}=…",
        )
        for setting in driver.settings
        if setting.required and setting.name not in present
    ]


def invalid_value(setting: DriverSetting, value: str) -> Finding | None:
    """Return the finding about a value that a setting does not take, or none."""
    if setting.number and not (value.isascii() and value.isdecimal()):
        expected = "a whole number"
    elif setting.choices and value not in setting.choices:
        expected = f"one of {', '.join(setting.choices)}"
    else:
        return None
    return DRIVER_SETTING_INVALID.finding(
        field=setting.name, name=setting.name, value=value, expected=expected
    )
