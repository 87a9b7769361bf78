"""Makes sandbox companies, plays the person at Sage, and makes companies misbehave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from clary.companies import sandbox
from clary.companies.sandbox import releases
from clary.companies.sandbox.acts import perform
from clary.companies.sandbox.faults import Armed, clear_faults, list_faults, set_fault
from clary.companies.sandbox.file import COMPANY_EXISTS
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.services.connecting import ConnectionAnswer, register_sandbox
from clary.hub.services.opening import sandbox_path
from clary.hub.services.permissions import needs
from clary.kernel.change import Body, JsonValue
from clary.ledger.fields import EditionName

NO_FAULT = "none"
"""Name that ends all faults of a company."""


@dataclass(frozen=True, slots=True)
class NewSandbox:
    """What a sandbox company is made with.

    Attributes:
        name: its name, for the connection and the file.
        edition: us or uk.
        seed: `empty`, or `demo` for a company with two years of documents.
        release: release year (US) or version (UK); the newest if none.
        tier: the product; the edition's usual one if none.
        users: single or multi.
        fiscal_year_start: first day of the first fiscal year.
        title: what its books call the company; the name if none.
    """

    name: str
    edition: EditionName
    seed: str = "empty"
    release: int | None = None
    tier: str | None = None
    users: str = "single"
    fiscal_year_start: date | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class SandboxAnswer:
    """What was done to a sandbox company, in one sentence."""

    name: str
    file: Path
    message: str

    def as_dict(self) -> Body:
        """Return it as JSON-ready values."""
        return {"name": self.name, "file": str(self.file), "message": self.message}


@needs(Role.ADMIN)
def create_sandbox(
    installation: Installation, wanted: NewSandbox, *, dry_run: bool = False
) -> tuple[ConnectionAnswer | None, SandboxAnswer]:
    """Make the file of a company and connect it under its name.

    Returns:
        The connection (none for a dry run) and what was done.

    Raises:
        Rejected: name, tier or another value cannot be used.
        Misconfigured: there is such a connection or file already.
    """
    installation.connections.require_free(wanted.name)
    path = installation.sandbox_file(wanted.name)
    if path.exists():
        raise COMPANY_EXISTS.raised(path=path.name)
    if dry_run:
        message = f"Would make the {wanted.edition.upper()} company {wanted.name}."
        return None, SandboxAnswer(wanted.name, path, message)
    sandbox.create(
        path,
        name=wanted.title or wanted.name,
        edition=wanted.edition,
        release=wanted.release,
        tier=wanted.tier,
        users=wanted.users,
        fiscal_year_start=wanted.fiscal_year_start,
        clock=installation.clock,
    )
    if wanted.seed == "demo":
        from clary.companies.sandbox.seed import seed_demo  # noqa: PLC0415 - large and seldom used

        seed_demo(path, installation.clock)
    message = f"Made the {wanted.edition.upper()} company {wanted.name}."
    note = releases.note_for(wanted.edition, wanted.release) if wanted.release else None
    if note is not None:
        message += f" {note.message} {note.remedy}"
    return register_sandbox(installation, wanted.name, path), SandboxAnswer(
        wanted.name, path, message
    )


@needs(Role.ADMIN, "reference")
def act_at_sage(
    installation: Installation,
    reference: str,
    act: str,
    arguments: Sequence[str],
    options: Mapping[str, str],
    *,
    dry_run: bool = False,
) -> SandboxAnswer:
    """Do what the person at Sage would do, such as opening the program.

    Raises:
        Rejected: there is no such act, or its arguments are wrong.
    """
    path = sandbox_path(installation, reference)
    if dry_run:
        return SandboxAnswer(reference, path, f"Would do at Sage: {act} {' '.join(arguments)}")
    return SandboxAnswer(reference, path, perform(path, act, arguments, options))


@needs(Role.ADMIN, "reference")
def make_fault(
    installation: Installation,
    reference: str,
    kind: str,
    *,
    times: int = 1,
    on: str | None = None,
    dry_run: bool = False,
) -> SandboxAnswer:
    """Make a sandbox company misbehave, or behave again with the kind `none`.

    Args:
        installation: where its connection is.
        reference: the company.
        kind: the fault's name, or `none`.
        times: how often it strikes before it is over.
        on: what it strikes on: write, connect or read; the fault's own default if none.
        dry_run: only say what would be done.

    Raises:
        Rejected: there is no such fault, or it cannot strike on that.
    """
    path = sandbox_path(installation, reference)
    if dry_run:
        return SandboxAnswer(reference, path, f"Would arm the fault {kind}.")
    if kind != NO_FAULT:
        return SandboxAnswer(reference, path, set_fault(path, kind, times=times, on=on))
    count = clear_faults(path)
    ended = f"{count} faults ended" if count != 1 else "One fault ended"
    return SandboxAnswer(reference, path, f"{ended if count else 'No fault was armed'}.")


@dataclass(frozen=True, slots=True)
class FaultsAnswer:
    """The faults of a sandbox company that wait to strike."""

    name: str
    faults: Sequence[Armed]

    def as_dict(self) -> Body:
        """Return them as JSON-ready values."""
        listed: list[JsonValue] = [
            {"kind": each.kind, "on": each.on, "times": each.times} for each in self.faults
        ]
        return {"name": self.name, "faults": listed}


@needs(Role.VIEWER, "reference")
def armed_faults(installation: Installation, reference: str) -> FaultsAnswer:
    """Return the faults of a sandbox company that wait to strike.

    Raises:
        Rejected: it is no sandbox company (NOT_A_SANDBOX).
        Misconfigured, Busy: the company cannot be opened.
    """
    return FaultsAnswer(reference, list_faults(sandbox_path(installation, reference)))
