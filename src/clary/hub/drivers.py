"""The drivers an installation can use, and the settings each one asks for.

A driver is loaded only when a company is opened with it, so that a machine that lacks
what one driver needs can still use all others.  To add a driver, declare it here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from clary.companies.contract import Company
from clary.hub.kinds import ConnectionSetting, Kind, SettingCodes
from clary.kernel.clock import Clock
from clary.kernel.errors import Misconfigured, Rejected, declare

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
    "The driver {kind} needs the setting {name} ({meaning}).",
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


@dataclass(frozen=True)
class Driver(Kind):
    """One kind of door to a company.

    Attributes:
        open: makes the door from settings whose paths are whole; imports the driver.
    """

    codes = SettingCodes(DRIVER_SETTING_UNKNOWN, DRIVER_SETTING_MISSING, DRIVER_SETTING_INVALID)

    open: Callable[[Mapping[str, str], Clock], Company]


def _open_sandbox(settings: Mapping[str, str], clock: Clock) -> Company:
    from clary.companies.sandbox import SandboxCompany  # noqa: PLC0415 - drivers load when used

    return SandboxCompany(
        Path(settings["file"]),
        user=settings.get("user"),
        password=settings.get("password"),
        clock=clock,
        computes_tax=settings.get("tax") == "computed",
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
        ConnectionSetting("file", "the company file", required=True, path=True),
        ConnectionSetting("user", "the Sage user to log on as"),
        ConnectionSetting("password", "that user's password", secret=True),
        ConnectionSetting(
            "tax",
            "tax is stated, as in import files (default), or computed by the books, as for"
            " programs at Sage's own interface",
            choices=("stated", "computed"),
        ),
    ),
    _open_sandbox,
)
FILES = Driver(
    "files",
    "A folder of Sage 50 export files to read, and of import files to hand over.",
    (
        ConnectionSetting("folder", "the folder with the files", required=True, path=True),
        ConnectionSetting(
            "edition", "edition, where the files do not tell it", choices=("us", "uk")
        ),
        ConnectionSetting(
            "format", "kind of import files that are written", choices=("csv", "xml")
        ),
        ConnectionSetting("release", "release year (US) or version (UK)", bounds=(1, 9999)),
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
