"""Backs an installation up into one file, and puts one back, also into another database.

The database goes first and the books after it: what is posted in between is in the books
and not in the journal, where it is found again by its origin.  The other way round the
journal would know of documents that the books lack.

The key file is left out: whoever finds a backup must not be able to read the passwords in it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, select, update

from clary.companies.sandbox.backup import backup, check_restorable
from clary.engine.lease import LEASE_HELD
from clary.engine.owner import is_gone, named
from clary.engine.tables import LEASES
from clary.hub import archive, restoring
from clary.hub.access import Role
from clary.hub.archive import BACKUP_INVALID, BACKUP_NEWER, DATABASE, Manifest
from clary.hub.connections import ConnectionKind
from clary.hub.drivers import SANDBOX
from clary.hub.installation import Installation
from clary.hub.restoring import BOOKS
from clary.hub.services.permissions import needs
from clary.hub.tables import API_KEY
from clary.hub.trail import Entry
from clary.kernel.change import Body
from clary.kernel.clock import from_timestamp, timestamp
from clary.kernel.errors import Guarded, declare
from clary.store import portable
from clary.store.database import allow_idling
from clary.store.migrate import known_revisions, revision

INSTALLATION_NOT_EMPTY = declare(
    "INSTALLATION_NOT_EMPTY",
    Guarded,
    "The installation {home} is in use: it has connections, plans, runs, users or books.",
    "If all of it shall be replaced, add --replace; what is there now is kept in a backup.",
)

KEPT = "before-restore-{stamp}.backup"
"""Name of the backup that a restore makes of what it replaces."""


@dataclass(frozen=True, slots=True)
class InstallationBackup:
    """What was backed up, or put back.

    Attributes:
        file: the backup.
        made_at: when it was made; none where it would only have been made.
        schema: revision of the database's schema in it.
        tables: how many tables are in it.
        books: company files in it, as their paths in the folder of the installation.
        left_out: files of connected sandbox companies elsewhere, which are not in it.
        key_file: the key file that is kept apart; none where there is none.
        kept: backup of what was there before a restore.
        notes: what was done with each company file.
    """

    file: Path
    made_at: str | None = None
    schema: str | None = None
    tables: int = 0
    books: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    key_file: Path | None = None
    kept: Path | None = None
    notes: tuple[str, ...] = ()

    def as_dict(self) -> Body:
        """Return it as JSON-ready values."""
        return {
            "file": str(self.file),
            "made_at": self.made_at,
            "schema": self.schema,
            "tables": self.tables,
            "books": list(self.books),
            "left_out": list(self.left_out),
            "key_file": str(self.key_file) if self.key_file else None,
            "kept": str(self.kept) if self.kept else None,
            "notes": list(self.notes),
        }


@needs(Role.ADMIN)
def backup_installation(
    installation: Installation, file: Path, *, dry_run: bool = False
) -> InstallationBackup:
    """Write a consistent copy of the installation to a new file; work may go on meanwhile.

    Raises:
        Unauthorised: the role admin is missing.
        Misconfigured: there is such a file (BACKUP_EXISTS), or it cannot be written.
        Busy, Unreachable: the database or a company cannot be read.
    """
    if file.exists():
        raise archive.BACKUP_EXISTS.raised(file=file)
    if dry_run:
        books = tuple(_book(installation, path) for path in installation.company_files())
        return InstallationBackup(file, books=books, left_out=_elsewhere(installation))
    manifest = _written(installation, file)
    with installation.database.write() as connection:
        installation.trail.record(connection, Entry("installation.backup", record=file.name))
    return _answer(installation, file, manifest)


def _written(installation: Installation, file: Path) -> Manifest:
    with archive.writing(file) as writer:
        with installation.database.read() as connection:
            allow_idling(connection)
            schema = revision(connection) or ""
            for table in portable.tables(connection):
                encoded = (line.encode() for line in portable.lines(connection, table))
                writer.add(f"{DATABASE}{table.name}.jsonl", encoded)
        with _work_folder(installation) as folder:
            for path in installation.company_files():
                copy = folder / path.name
                backup(path, copy)
                writer.add(f"{BOOKS}{_book(installation, path)}", archive.blocks_of(copy))
                copy.unlink()
        return writer.finish(schema, timestamp(installation.clock.now()), version("clary"))


@needs(Role.ADMIN)
def restore_installation(
    installation: Installation,
    file: Path,
    *,
    replace: bool = False,
    with_books: bool = True,
    dry_run: bool = False,
) -> InstallationBackup:
    """Put a backup back: into an empty installation, or in place of what is there.

    Everything is checked before anything is changed.  Leases that a former process holds
    are lost, and companies that the backup does not have are left as they are.

    Args:
        installation: where to put it.
        file: the backup.
        replace: replace what is there, which is backed up first.
        with_books: put the books of sandbox companies back, too.
        dry_run: only check.

    Raises:
        Unauthorised: the role admin is missing.
        Rejected: the file is no backup, or damaged (BACKUP_INVALID).
        Misconfigured: a newer program wrote it, or the disk has no room.
        Guarded: the installation is in use (INSTALLATION_NOT_EMPTY), or a company file of
            the same name has the books of another company.
        Busy: a process writes to a company, or someone is logged on to one.
    """
    database, home = installation.database, installation.settings.home
    with _work_folder(installation) as folder:
        manifest = _checked(file, folder, with_books=with_books)
        is_used = _is_used(installation, with_books=with_books)
        if is_used and not replace:
            raise INSTALLATION_NOT_EMPTY.raised(home=home)
        for part in manifest.books:
            check_restorable(home / part.path, folder / part.name)
        if dry_run:
            return _answer(installation, file, manifest)
        kept = _keep(installation) if is_used else None
        try:
            _swap(installation, manifest, folder, file)
        finally:
            notes = restoring.finish(database, home)
    return _answer(installation, file, manifest, kept, tuple(notes))


def _swap(installation: Installation, manifest: Manifest, folder: Path, file: Path) -> None:
    """Replace the content of the database, and lay the company files ready, in one step."""
    number, trail = uuid4().hex, installation.trail
    entry = Entry("installation.restore", record=file.name, new={"made_at": manifest.made_at})
    staged = folder / "staged"
    staged.mkdir()
    (folder / BOOKS).mkdir(exist_ok=True)
    shutil.move(folder / BOOKS, staged)
    with installation.database.write() as connection:
        allow_idling(connection)
        _require_idle(installation, connection)
        revoked = _revoked(connection)
        restoring.begin(staged, installation.settings.home, number)
        _replace(connection, manifest, folder, file)
        _revoke_again(connection, revoked)
        connection.execute(update(LEASES).values(owner=""))
        restoring.note(connection, number, installation.clock)
        trail.record(connection, entry)


def _revoked(connection: Connection) -> Mapping[str, str]:
    """Return when keys were revoked, by their public parts."""
    columns = (API_KEY.c.public, API_KEY.c.revoked_at)
    query = select(*columns).where(API_KEY.c.revoked_at.is_not(None))
    return {row.public: row.revoked_at for row in connection.execute(query)}


def _revoke_again(connection: Connection, revoked: Mapping[str, str]) -> None:
    """Keep revoked what is: a key that was lost must not come back with an old backup."""
    for public, at in revoked.items():
        this = (API_KEY.c.public == public) & API_KEY.c.revoked_at.is_(None)
        connection.execute(update(API_KEY).where(this).values(revoked_at=at))


def _checked(file: Path, folder: Path, *, with_books: bool) -> Manifest:
    """Unpack a backup and make sure that this program can read all of it."""
    manifest = archive.unpacked(file, folder)
    if manifest.schema not in known_revisions():
        raise BACKUP_NEWER.raised(file=file.name, found=f"schema {manifest.schema[:20]}")
    if with_books:
        return manifest
    shutil.rmtree(folder / BOOKS, ignore_errors=True)
    return Manifest(manifest.schema, manifest.made_at, manifest.program, manifest.tables)


def _is_used(installation: Installation, *, with_books: bool) -> bool:
    with installation.database.read() as connection:
        if not portable.is_empty(connection):
            return True
    return with_books and bool(installation.company_files())


def _keep(installation: Installation) -> Path:
    stamp = installation.clock.now().strftime("%Y%m%d-%H%M%S-%f")
    kept = installation.settings.home / KEPT.format(stamp=stamp)
    _written(installation, kept)
    return kept


def _require_idle(installation: Installation, connection: Connection) -> None:
    """Make sure that no process writes to a company; none can begin to inside a transaction."""
    now = timestamp(installation.clock.now())
    held = select(LEASES).where(LEASES.c.owner != "", LEASES.c.expires_at > now)
    for row in connection.execute(held):
        if not is_gone(row.owner):
            until = f"{from_timestamp(row.expires_at):%Y-%m-%d %H:%M:%S} UTC"
            raise LEASE_HELD.raised(owner=named(row.owner), company=row.identity, until=until)


def _replace(connection: Connection, manifest: Manifest, folder: Path, file: Path) -> None:
    opened: dict[str, Callable[[], Iterable[str]]] = {
        part.table: partial(_lines, folder / part.name) for part in manifest.tables
    }
    try:
        portable.replace_all(connection, manifest.schema, opened)
    except (portable.UnfitRows, UnicodeDecodeError) as error:
        raise BACKUP_INVALID.raised(file=file.name, reason=str(error)) from error


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="\n") as stream:
        while line := stream.readline(portable.LONGEST_LINE):
            yield line


@contextmanager
def _work_folder(installation: Installation) -> Iterator[Path]:
    """Give a folder that only its owner may read, in the one of the installation."""
    home = installation.settings.home
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=home) as name:
        yield Path(name)


def _book(installation: Installation, path: Path) -> str:
    return path.relative_to(installation.settings.home.absolute()).as_posix()


def _elsewhere(installation: Installation) -> tuple[str, ...]:
    """Return the files of connected sandbox companies that no backup holds."""
    inside = {path.resolve() for path in installation.company_files()}
    paths = {
        installation.whole_path(door.settings["file"]).resolve()
        for connection in installation.connections.all(ConnectionKind.COMPANY)
        for door in connection.doors
        if door.driver == SANDBOX.name and "file" in door.settings
    }
    return tuple(sorted(str(path) for path in paths - inside))


def _answer(
    installation: Installation,
    file: Path,
    manifest: Manifest,
    kept: Path | None = None,
    notes: tuple[str, ...] = (),
) -> InstallationBackup:
    key_file = installation.vault.key_file
    return InstallationBackup(
        file,
        manifest.made_at,
        manifest.schema,
        len(manifest.tables),
        tuple(part.path for part in manifest.books),
        _elsewhere(installation),
        key_file if key_file.exists() else None,
        kept,
        notes,
    )
