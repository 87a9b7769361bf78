"""Copies the books of sandbox companies, and puts a copy back.

Books inside Sage itself are copied by Sage; a driver that can do it would be asked here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from clary.companies.sandbox.backup import backup, restore
from clary.hub.access import Role
from clary.hub.installation import KEPT_MARK, Installation
from clary.hub.services.applying import Waiting, acquired
from clary.hub.services.opening import open_company, sandbox_path
from clary.hub.services.permissions import needs
from clary.hub.services.working import held_back
from clary.hub.trail import Entry
from clary.kernel.change import Body
from clary.kernel.errors import ClaryError, Misconfigured


@dataclass(frozen=True, slots=True)
class BackupAnswer:
    """What was copied where.

    Attributes:
        company: what the caller called the company.
        file: the copy that was written or put back.
        message: what was done, in a sentence.
        kept: copy of the books as they were before a restore.
    """

    company: str
    file: Path
    message: str
    kept: Path | None = None

    def as_dict(self) -> Body:
        """Return it as JSON-ready values."""
        return {
            "company": self.company,
            "file": str(self.file),
            "message": self.message,
            "kept": str(self.kept) if self.kept else None,
        }


@needs(Role.ADMIN, "reference")
def backup_company(
    installation: Installation, reference: str, file: Path, *, dry_run: bool = False
) -> BackupAnswer:
    """Write a copy of the books of a company to a new file; it may be in use meanwhile.

    Raises:
        Rejected: it is no sandbox company.
        Misconfigured: there is such a file already, or the books cannot be opened.
        Busy, Unreachable: the books cannot be read, or the copy not be written.
    """
    path = sandbox_path(installation, reference)
    if dry_run:
        info = open_company(installation, reference).info
        message = f"Would copy the books of {info.name} to {file.name}."
        return BackupAnswer(reference, file, message)
    return BackupAnswer(reference, file, backup(path, file))


@needs(Role.ADMIN, "reference")
def restore_company(
    installation: Installation,
    reference: str,
    file: Path,
    waiting: Waiting,
    *,
    dry_run: bool = False,
) -> BackupAnswer:
    """Put a copy back in place of the books of a company.

    The books as they are now are kept beside the company's file, so that a restore of the
    wrong copy can itself be taken back.

    Raises:
        Rejected: it is no sandbox company.
        Misconfigured: the file is no such copy, or damaged.
        Guarded: it is a copy of another company.
        Busy: someone is logged on, or another process writes to the company.
    """
    path = sandbox_path(installation, reference)
    if dry_run:
        message = f"Would put {file.name} back in place of the books of {reference}."
        return BackupAnswer(reference, file, message)
    identity = _identity(installation, reference)
    if identity is None:
        return BackupAnswer(reference, file, _restored(installation, reference, path, file))
    with (
        held_back(installation, reference, "a restore of its books") as keep,
        acquired(installation, identity, _keeping(waiting, keep)),
    ):
        stamp = installation.clock.now().strftime("%Y%m%d-%H%M%S-%f")
        kept = path.with_name(f"{path.stem}{KEPT_MARK}{stamp}{path.suffix}")
        backup(path, kept)
        try:
            message = _restored(installation, reference, path, file, kept)
        except ClaryError:
            kept.unlink(missing_ok=True)
            raise
    return BackupAnswer(reference, file, message, kept)


def _keeping(waiting: Waiting, keep: Callable[[], None]) -> Waiting:
    """Return how to wait for a company, so that its lane is kept waiting meanwhile."""

    def pause() -> None:
        keep()
        waiting.pause()

    return replace(waiting, pause=pause)


def _restored(
    installation: Installation, reference: str, path: Path, file: Path, kept: Path | None = None
) -> str:
    """Put a copy back and return a sentence about it.

    The audit trail tells it before it happens, so that no books are replaced untold, and
    tells it again where it then failed.

    Raises:
        ClaryError: as `restore_company`.
    """
    connection = installation.connections.find(reference)
    company = reference if connection is None else connection.name
    told: list[Entry] = []

    def begin(before: int | None, after: int) -> None:
        old = {} if before is None else {"generation": before}
        new = {"generation": after, "file": file.name, "kept": kept and kept.name}
        told.append(Entry("company.restore", company=company, old=old, new=new))
        _tell(installation, told[0])

    try:
        return restore(path, file, begin)
    except ClaryError as error:
        if told:
            failed = {"file": file.name, "code": error.code}
            _tell(installation, Entry("company.restore_failed", company=company, new=failed))
        raise


def _tell(installation: Installation, entry: Entry) -> None:
    with installation.database.write() as write:
        installation.trail.record(write, entry)


def _identity(installation: Installation, reference: str) -> str | None:
    """Return the identity of the company; none where its file is missing or damaged."""
    try:
        return open_company(installation, reference).info.identity
    except Misconfigured:
        return None
