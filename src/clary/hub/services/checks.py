"""Checks of an installation and of a company, each with what to do where it fails."""

from __future__ import annotations

import platform
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from clary.companies.contract import Company, Info
from clary.hub.access import Role
from clary.hub.chain import Verified, remember, remembered, verify_trail
from clary.hub.connections import Connection, ConnectionKind
from clary.hub.happenings import Happening, Kind, put_once
from clary.hub.installation import Installation
from clary.hub.services.companies import figures_in_words
from clary.hub.services.notifications import failing_subscriptions
from clary.hub.services.opening import FILE_PREFIX, company_of, open_company, require_same
from clary.hub.services.permissions import needs
from clary.hub.services.unlinked import unlinked_companies
from clary.hub.vault import Place, chosen_place, read_key_file
from clary.kernel.change import Body
from clary.kernel.errors import ClaryError, Finding, Misconfigured, Severity, declare
from clary.kernel.exit_codes import ExitCode
from clary.kernel.identifiers import fingerprint
from clary.store.migrate import HEAD, revision

CONNECTION_RESTORED = declare(
    "CONNECTION_RESTORED",
    Misconfigured,
    "The books were restored from a backup since {name} was linked (generation {linked}, now"
    " {found}).",
    "Run again what is missing now, then link anew with `clary company set {name} --relink`.",
)
FOLDER_UNWRITABLE = declare(
    "FOLDER_UNWRITABLE",
    Misconfigured,
    "The folder {path} cannot be written: {reason}.",
    "Give this user the right to write there, or set CLARY_HOME to another folder.",
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked.

    Attributes:
        name: what was checked.
        message: what was found.
        findings: what is wrong or doubtful; empty where all is well.
    """

    name: str
    message: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Tell whether nothing stands against it; a doubt is not against it."""
        return all(finding.severity is Severity.WARNING for finding in self.findings)

    def as_dict(self) -> Body:
        """Return the check as JSON-ready values."""
        return {
            "name": self.name,
            "ok": self.ok,
            "message": self.message,
            "findings": [{**finding.as_dict()} for finding in self.findings],
        }


@dataclass(slots=True)
class Checks:
    """Checks one after another; what fails is kept and the rest goes on where it can."""

    name: str
    checks: list[Check] = field(default_factory=list)
    failure: ClaryError | None = None

    @property
    def ok(self) -> bool:
        """Tell whether every check passed."""
        return all(check.ok for check in self.checks)

    @property
    def exit_status(self) -> ExitCode:
        """Exit code of the command: that of the first failure."""
        return self.failure.exit_status if self.failure else ExitCode.OK

    def step(self, name: str, do: Callable[[], T], told: Callable[[T], str]) -> T | None:
        """Do one step and keep how it went; none where it failed."""
        try:
            done = do()
        except ClaryError as error:
            self.failure = self.failure or error
            self.checks.append(Check(name, error.findings[0].message, error.findings))
            return None
        self.checks.append(Check(name, told(done)))
        return done

    def note(self, name: str, message: str, findings: Sequence[Finding] = ()) -> None:
        """Keep something that was seen."""
        check = Check(name, message, tuple(findings))
        if not check.ok:
            self.failure = self.failure or Misconfigured(*check.findings)
        self.checks.append(check)

    def as_dict(self) -> Body:
        """Return all checks as JSON-ready values."""
        return {
            "name": self.name,
            "ok": self.ok,
            "checks": [check.as_dict() for check in self.checks],
        }


@needs(Role.OPERATOR, "reference")
def check_company(installation: Installation, reference: str) -> Checks:
    """Check everything that work with a company needs, from settings to rights.

    Raises:
        Misconfigured: there is no such connection (CONNECTION_UNKNOWN).
    """
    checks = Checks(reference)
    if reference.startswith(FILE_PREFIX):
        opened = checks.step(
            "books", lambda: open_company(installation, reference), lambda found: found.info.name
        )
        if opened:
            _log_on(checks, opened.company)
        return checks
    connection = installation.connections.get(reference, ConnectionKind.COMPANY)
    company = checks.step(
        "settings", lambda: company_of(installation, connection), lambda _: _doors(connection)
    )
    if company is None:
        return checks
    info = checks.step("books", company.info, _described)
    if info is not None and _same(checks, connection, info):
        _log_on(checks, company)
    return checks


def _doors(connection: Connection) -> str:
    return " + ".join(door.driver for door in connection.doors)


def _described(info: Info) -> str:
    return f"{info.name}, {info.edition.upper()} {info.release} {info.tier}".strip()


def _same(checks: Checks, connection: Connection, info: Info) -> bool:
    def compare() -> Info:
        require_same(connection, info)
        return info

    if checks.step("identity", compare, lambda found: found.identity) is None:
        return False
    findings = []
    if connection.generation not in (None, info.generation):
        findings.append(
            CONNECTION_RESTORED.warning(
                name=connection.name, linked=connection.generation, found=info.generation
            )
        )
    checks.note("generation", f"generation {info.generation}", findings)
    for note in info.notes:
        checks.note("note", note)
    return True


def _log_on(checks: Checks, company: Company) -> None:
    def log_on(*, write: bool) -> tuple[Finding, ...]:
        with company.session(write=write) as session:
            return tuple(session.missing_rights())

    reading = checks.step("log on to read", lambda: log_on(write=False), lambda _: "yes")
    writing = checks.step("log on to write", lambda: log_on(write=True), lambda _: "yes")
    checks.note("figures", figures_in_words(company.figures()))
    missing = reading if writing is None else writing
    if missing is not None:
        message = "some are missing" if missing else "all that is needed"
        checks.note("rights", message, missing)


@needs(Role.ADMIN)
def check_installation(installation: Installation, *, full: bool = False) -> Checks:
    """Check the program, its folder, database, secrets and connected companies.

    Args:
        installation: what is checked.
        full: verify the whole audit trail, not only what was added since the last time.
    """
    settings = installation.settings
    checks = Checks(str(settings.home))
    bits = struct.calcsize("P") * 8
    python = f"Python {platform.python_version()}, {bits} bits, {platform.system()}"
    checks.note("program", f"Clary {version('clary')}, {python}")
    checks.step("folder", lambda: _writable(settings.home), str)
    database = checks.step("database", lambda: installation.database, lambda found: found.url)
    if database is None:
        return checks
    with database.read() as read:
        found = revision(read)
    checks.note("schema", f"revision {found}" + (" (newest)" if found == HEAD else ""))
    checks.step("secrets", lambda: _secrets(installation), str)
    trail = checks.step(
        "audit trail", lambda: _trail(installation, full=full), lambda each: each.told
    )
    if trail is not None and trail.replaced is not None:
        checks.note("audit trail", "not the one that was verified before", [trail.replaced])
    for connection in installation.connections.all(ConnectionKind.COMPANY):
        name = connection.name
        checks.step(
            f"company {name}",
            lambda name=name: open_company(installation, name).info,  # type: ignore[misc]  # a bound loop variable
            _described,
        )
    message, failing = failing_subscriptions(installation)
    checks.note("notifications", message, failing)
    unlinked = unlinked_companies(installation)
    if unlinked:
        some = "1 company file is" if len(unlinked) == 1 else f"{len(unlinked)} company files are"
        message = f"{some} connected under no name"
        checks.note("company files", message, [each.finding() for each in unlinked])
    return checks


def _trail(installation: Installation, *, full: bool) -> Verified:
    home, database = installation.settings.home, installation.database
    found = verify_trail(database, None if full else remembered(home))
    if found.broken is not None:
        _tell_broken(installation, found.broken)
        raise Misconfigured(found.broken)
    with suppress(OSError):  # the check of the folder has told of it
        remember(home, found)
    return found


def _tell_broken(installation: Installation, broken: Finding) -> None:
    """Tell those of it who asked for it, once for each such finding."""
    facts = {"reason": broken.message, "remedy": broken.remedy}
    at = installation.clock.now()
    subject = f"audit {fingerprint(broken.message)}"
    put_once(installation.database, [Happening(Kind.AUDIT_BROKEN, at, None, facts, subject)])


def _writable(home: Path) -> Path:
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".probe"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise FOLDER_UNWRITABLE.raised(path=home, reason=error.strerror or "no access") from error
    return home


def _secrets(installation: Installation) -> str:
    place = chosen_place(installation.settings.secrets)
    if place is Place.KEYRING:
        return "in the keyring of this system"
    key_file = installation.vault.key_file
    if key_file.exists():
        read_key_file(key_file)
        return f"encrypted, key file {key_file}"
    return "encrypted; no key file yet, as nothing is stored"
