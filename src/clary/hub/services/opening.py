"""Opens a company by what a person calls it, and makes sure that it is the right one.

COMPANY on every face is the name of a connection, or `sandbox:FILE` for a company file
that is not registered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from clary.companies.contract import Company, Info
from clary.companies.route import routed
from clary.hub.access import Role
from clary.hub.connections import Connection, ConnectionKind, Door
from clary.hub.drivers import SANDBOX, driver_named
from clary.hub.installation import Installation
from clary.hub.services.permissions import inner, needs
from clary.hub.services.stated import complete_settings, stored_secrets
from clary.kernel.errors import Guarded, Rejected, declare, raise_errors

COMPANY_CHANGED = declare(
    "COMPANY_CHANGED",
    Guarded,
    "The connection {name} was linked to {title} ({pinned}) and now leads to {found} ({shown}).",
    "Open the right company again; if the books really moved, link them anew with"
    " `clary company set {name} --relink`.",
)

NOT_A_SANDBOX = declare(
    "NOT_A_SANDBOX",
    Rejected,
    "{name} is not a sandbox company.",
    "Use a company that `clary sandbox create` made, or sandbox:FILE.",
    exit_code=2,
)
FILE_PREFIX = f"{SANDBOX.name}:"


@dataclass(frozen=True, slots=True)
class Opened:
    """A company that was opened and is the one it should be.

    Attributes:
        name: what plans and runs call it: a connection's name, or `sandbox:` and a path.
        company: the company itself.
        info: what it said of itself when it was opened.
        connection: the stored connection; none for a file that is not registered.
    """

    name: str
    company: Company
    info: Info
    connection: Connection | None


@needs(Role.VIEWER, "reference")
def open_company(installation: Installation, reference: str) -> Opened:
    """Return the company that `reference` names.

    Raises:
        Misconfigured: there is no such connection, or its settings do not work.
        Guarded: the connection now leads to another company (COMPANY_CHANGED).
        Unreachable, Busy: the books cannot be opened just now.
    """
    if reference.startswith(FILE_PREFIX):
        path = Path(reference.removeprefix(FILE_PREFIX)).expanduser().resolve()
        company = SANDBOX.open({"file": str(path)}, installation.clock)
        return Opened(f"{FILE_PREFIX}{path}", company, company.info(), None)
    connection = installation.connections.get(reference, ConnectionKind.COMPANY)
    company = company_of(installation, connection)
    info = company.info()
    require_same(connection, info)
    return Opened(connection.name, company, info, connection)


@inner
def company_of(installation: Installation, connection: Connection) -> Company:
    """Return the company of a connection, whichever it leads to now.

    Raises:
        Misconfigured: a setting is missing or a secret cannot be read.
    """
    secrets = stored_secrets(installation, connection.name)
    return assembled(installation, connection.doors, secrets)


@inner
def assembled(
    installation: Installation, doors: Sequence[Door], secrets: Mapping[str, str]
) -> Company:
    """Return the company behind `doors`, with the settings and secrets given.

    Args:
        installation: where stored paths start.
        doors: drivers and settings, the preferred one first.
        secrets: secrets by the name the vault keeps them under.

    Raises:
        Misconfigured: a driver lacks a setting; all missing ones together.
    """
    companies, findings = [], []
    for door in doors:
        driver = driver_named(door.driver)
        settings = complete_settings(installation, driver, door, secrets)
        missing = driver.missing(frozenset(settings))
        findings.extend(missing)
        if not missing:
            companies.append(driver.open(settings, installation.clock))
    raise_errors(findings)
    return routed(companies)


def require_same(connection: Connection, info: Info) -> None:
    """Make sure that a connection leads to the company it was linked to.

    Raises:
        Guarded: it leads to another one (COMPANY_CHANGED).
    """
    if connection.identity is not None and connection.identity != info.identity:
        raise COMPANY_CHANGED.raised(
            name=connection.name,
            title=connection.title,
            pinned=connection.identity,
            found=info.name,
            shown=info.identity,
        )


@inner
def sandbox_path(installation: Installation, reference: str) -> Path:
    """Return the file of the sandbox company that `reference` names.

    Raises:
        Misconfigured: there is no such connection (CONNECTION_UNKNOWN).
        Rejected: it is no sandbox company (NOT_A_SANDBOX).
    """
    if reference.startswith(FILE_PREFIX):
        return Path(reference.removeprefix(FILE_PREFIX)).expanduser().resolve()
    connection = installation.connections.get(reference, ConnectionKind.COMPANY)
    for door in connection.doors:
        if door.driver == SANDBOX.name:
            return installation.whole_path(door.settings["file"])
    raise NOT_A_SANDBOX.raised(name=connection.name)
