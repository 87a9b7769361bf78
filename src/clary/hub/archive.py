"""The one file of a backup: parts in a zip archive, and a manifest with a hash of each.

Whatever is wrong with a file that somebody hands over is found before anything is changed:
it is no archive, parts are missing, cut off, larger than stated or called what they must
not be, or it was written by a newer program.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from clary.companies.files.atomic import replacing
from clary.hub.restoring import BOOKS
from clary.kernel.errors import Misconfigured, Rejected, declare

BACKUP_EXISTS = declare(
    "BACKUP_EXISTS",
    Misconfigured,
    "There is a file {file} already.",
    "Choose another name; a backup never takes the place of another file.",
    http_status=409,
)
BACKUP_INVALID = declare(
    "BACKUP_INVALID",
    Rejected,
    "{file} is no backup of an installation, or it is damaged: {reason}.",
    "Use a file that `clary backup` wrote, copied as a whole. Nothing was changed.",
    exit_code=2,
)
BACKUP_NEWER = declare(
    "BACKUP_NEWER",
    Misconfigured,
    "{file} was written by a newer version of this program ({found}).",
    "Install the newer version, then restore it. Nothing was changed.",
)
BACKUP_NO_ROOM = declare(
    "BACKUP_NO_ROOM",
    Misconfigured,
    "What {file} holds needs {needed} bytes, and {free} are free in {folder}.",
    "Make room on the disk. Nothing was changed.",
    http_status=507,
)

BACKUP_UNREADABLE = declare(
    "BACKUP_UNREADABLE",
    Misconfigured,
    "{file} cannot be unpacked: {reason}.",
    "Check that the file can be read and the folder of the installation be written."
    " Nothing was changed.",
)

FORMAT: Final = "clary-backup"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
DATABASE: Final = "database/"
LARGEST_MANIFEST: Final = 64 * 1024 * 1024
MOST_PARTS: Final = 200_000
_BLOCK: Final = 1024 * 1024
_OWNER_ONLY: Final = 0o600
_TABLE = re.compile(r"database/[a-z][a-z0-9_]{0,62}\.jsonl")
_FILE = r"[^/\\:\x00-\x1f.][^/\\:\x00-\x1f]{0,120}\.clary"
_COMPANY = re.compile(rf"books/(companies/)?{_FILE}")
"""Names of parts: one folder of each kind and no way out of it."""

_DAMAGED: Final = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
"""What reading an archive raises: cut off, encrypted, packed in another way, changed."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its name in the archive, its size in bytes and its SHA-256 in hexadecimal."""

    name: str
    size: int
    digest: str

    @property
    def table(self) -> str:
        """The table that a part of the database holds."""
        return self.name.removeprefix(DATABASE).removesuffix(".jsonl")

    @property
    def path(self) -> str:
        """The path of a company file, relative to the folder of the installation."""
        return self.name.removeprefix(BOOKS)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    Attributes:
        schema: revision of the database's schema.
        made_at: when it was made, as text.
        program: version of the program that made it.
        parts: everything in it.
    """

    schema: str
    made_at: str
    program: str
    parts: tuple[Part, ...]

    @property
    def tables(self) -> tuple[Part, ...]:
        """The tables of the database."""
        return tuple(part for part in self.parts if part.name.startswith(DATABASE))

    @property
    def books(self) -> tuple[Part, ...]:
        """The company files."""
        return tuple(part for part in self.parts if part.name.startswith(BOOKS))


class Writer:
    """Writes the parts of an archive."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._parts: list[Part] = []

    def add(self, name: str, blocks: Iterable[bytes]) -> None:
        """Add a part."""
        digest, size = sha256(), 0
        with self._archive.open(name, "w", force_zip64=True) as stream:
            for block in blocks:
                stream.write(block)
                digest.update(block)
                size += len(block)
        self._parts.append(Part(name, size, digest.hexdigest()))

    def finish(self, schema: str, made_at: str, program: str) -> Manifest:
        """Add the manifest, as the last part."""
        manifest = Manifest(schema, made_at, program, tuple(self._parts))
        document = {
            "format": FORMAT,
            "version": VERSION,
            "schema": schema,
            "made_at": made_at,
            "program": program,
            "parts": [{"name": p.name, "size": p.size, "sha256": p.digest} for p in manifest.parts],
        }
        self._archive.writestr(MANIFEST, json.dumps(document, indent=1))
        return manifest


@contextmanager
def writing(file: Path) -> Iterator[Writer]:
    """Give a writer of a new file, which is there whole at the end of the block, or not at all.

    Raises:
        Misconfigured: there is such a file (BACKUP_EXISTS), or it cannot be written.
    """
    if file.exists():
        raise BACKUP_EXISTS.raised(file=file)
    with replacing(file) as stream:
        if hasattr(os, "fchmod"):
            os.fchmod(stream.fileno(), _OWNER_ONLY)
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            yield Writer(archive)


def blocks_of(path: Path) -> Iterator[bytes]:
    """Yield the content of a file in blocks."""
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield block


def unpacked(file: Path, folder: Path) -> Manifest:
    """Check a backup and put all its parts into a folder, each under its name.

    Raises:
        Rejected: it is no backup, or damaged (BACKUP_INVALID).
        Misconfigured: a newer program wrote it (BACKUP_NEWER), or the disk has no room for
            it (BACKUP_NO_ROOM).
    """
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(archive, file)
            _check_room(manifest, file, folder)
            for part in manifest.parts:
                _unpack(archive, part, folder, file)
    except _DAMAGED as error:
        raise BACKUP_INVALID.raised(file=file.name, reason=str(error) or "it is cut off") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BACKUP_UNREADABLE.raised(file=file.name, reason=reason) from error
    return manifest


def _manifest(archive: zipfile.ZipFile, file: Path) -> Manifest:
    entries = archive.infolist()
    listed = [entry.filename for entry in entries]
    if len(set(listed)) != len(listed) or len(listed) > MOST_PARTS or MANIFEST not in listed:
        raise BACKUP_INVALID.raised(file=file.name, reason="it has no manifest of its parts")
    if archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
        raise BACKUP_INVALID.raised(file=file.name, reason="its manifest is too large")
    with archive.open(MANIFEST) as stream:
        document = _read(stream, file)
    if isinstance(document.get("version"), int) and document["version"] != VERSION:
        raise BACKUP_NEWER.raised(file=file.name, found=f"format {document['version']}")
    try:
        manifest = _understood(document)
    except (KeyError, TypeError, AttributeError) as error:
        reason = "its manifest is incomplete"
        raise BACKUP_INVALID.raised(file=file.name, reason=reason) from error
    if sorted([MANIFEST, *(part.name for part in manifest.parts)]) != sorted(listed):
        raise BACKUP_INVALID.raised(file=file.name, reason="parts are missing or were added")
    for part in manifest.parts:
        if not (_TABLE.fullmatch(part.name) or _COMPANY.fullmatch(part.name)):
            reason = f"{part.name[:80]!r} is no name of a part"
            raise BACKUP_INVALID.raised(file=file.name, reason=reason)
    return manifest


def _read(stream: Iterable[bytes] | BinaryIO, file: Path) -> Mapping[str, object]:
    try:
        document = json.loads(stream.read(LARGEST_MANIFEST))  # type: ignore[union-attr]
    except (ValueError, RecursionError) as error:
        raise BACKUP_INVALID.raised(file=file.name, reason="its manifest is no JSON") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BACKUP_INVALID.raised(file=file.name, reason="it is of another program")
    return document


def _understood(document: Mapping[str, object]) -> Manifest:
    """Return the manifest that a document states.

    Raises:
        KeyError, TypeError, AttributeError: it is of another shape.
    """
    listed = document["parts"]
    if not isinstance(listed, list):
        raise TypeError
    parts = tuple(Part(_text(p["name"]), _size(p["size"]), _text(p["sha256"])) for p in listed)
    stated = [_text(document[name]) for name in ("schema", "made_at", "program")]
    return Manifest(stated[0], stated[1], stated[2], parts)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _size(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise TypeError
    return value


def _check_room(manifest: Manifest, file: Path, folder: Path) -> None:
    needed, free = sum(part.size for part in manifest.parts), shutil.disk_usage(folder).free
    if needed > free:
        raise BACKUP_NO_ROOM.raised(file=file.name, needed=needed, free=free, folder=folder)


def _unpack(archive: zipfile.ZipFile, part: Part, folder: Path, file: Path) -> None:
    """Put one part into the folder; never more of it than the manifest states."""
    path = folder / part.name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, left = sha256(), part.size
    with archive.open(part.name) as source, path.open("xb") as target:
        while block := source.read(min(_BLOCK, left + 1)):
            left -= len(block)
            if left < 0:
                break
            digest.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    if left or digest.hexdigest() != part.digest:
        raise BACKUP_INVALID.raised(file=file.name, reason=f"{part.name} is not what was backed up")
