"""Where passwords are kept: the operating system's keyring, else encrypted in the database.

The key of the encryption lies in a file of its own beside the database, readable by its
owner only, so that neither a copy of the database nor a backup gives a secret away.  Each
secret remembers where it was put, so that a change of CLARY_SECRETS, or a service that
runs without the desktop's keyring, is told apart from a secret that was never stored.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import keyring
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from keyring.errors import KeyringError, PasswordDeleteError
from sqlalchemy import ColumnElement, and_, delete, insert, select

from clary.hub.tables import SECRET
from clary.hub.trail import Entry, Recorder
from clary.kernel.clock import Clock, timestamp
from clary.kernel.errors import Misconfigured, Rejected, declare
from clary.kernel.settings import SECRETS
from clary.store.database import Database

KEY_FILE_OPEN = declare(
    "KEY_FILE_OPEN",
    Misconfigured,
    "The key file {path} can be read by others than its owner.",
    "Take the rights of others away (chmod 600), and change the stored passwords if"
    " someone may have read it.",
)
KEY_FILE_MISSING = declare(
    "KEY_FILE_MISSING",
    Misconfigured,
    "The key file {path} is missing, so the stored passwords cannot be read.",
    "Put the key file back from where you keep it; without it, store every password again"
    " with `clary company set NAME --secret KEY` or `clary app set NAME --secret KEY`.",
)
KEY_FILE_INVALID = declare(
    "KEY_FILE_INVALID",
    Misconfigured,
    "The key file {path} cannot be used: {reason}.",
    "Put the key file back from where you keep it, and check that its folder can be written.",
)
SECRET_UNREADABLE = declare(
    "SECRET_UNREADABLE",
    Misconfigured,
    "The stored {name} of {connection} cannot be decrypted with the present key file.",
    "Put back the key file it was stored with, or store it again with"
    " `clary company set {connection} --secret {name}` (`clary app set` for an app).",
)
KEYRING_UNUSABLE = declare(
    "KEYRING_UNUSABLE",
    Misconfigured,
    "The keyring of the operating system cannot be used here ({reason}).",
    f"Unlock it, or set {SECRETS.name} to `file` and store the password again.",
)
SECRET_INVALID = declare(
    "SECRET_INVALID",
    Rejected,
    "The {name} must have {shortest} to {limit} characters.",
    "State it in full.",
    exit_code=2,
)

KEY_FILE = "secret.key"
KEY_BYTES = 32
NONCE_BYTES = 12
SECRET_LENGTH = 10_000
OWNER_ONLY = 0o600


class Place(StrEnum):
    """Where a secret is kept."""

    KEYRING = "keyring"
    FILE = "file"


def keyring_usable() -> bool:
    """Tell whether the operating system offers a keyring that keeps what it is given."""
    return keyring.get_keyring().priority > 0


def chosen_place(setting: str) -> Place:
    """Return where a new secret is put.

    Args:
        setting: the value of CLARY_SECRETS: auto, keyring or file.
    """
    if setting == "auto":
        return Place.KEYRING if keyring_usable() else Place.FILE
    return Place(setting)


def require_secret(name: str, secret: str, shortest: int = 1) -> None:
    """Make sure that a secret can be stored.

    Raises:
        Rejected: it is empty, too short or too long (SECRET_INVALID).
    """
    if not shortest <= len(secret) <= SECRET_LENGTH:
        raise SECRET_INVALID.raised(name=name, shortest=shortest, limit=SECRET_LENGTH)


def _unrecorded(_write: object, _entry: Entry) -> None:
    """Keep no trail, for a vault that is only looked at."""


@dataclass(frozen=True, slots=True)
class Vault:
    """The secrets of one installation.

    Attributes:
        database: holds what is stored and, encrypted, the secrets themselves.
        home: folder of the installation, where the key file is.
        setting: the value of CLARY_SECRETS.
        clock: dates what is stored.
        record: adds to the audit trail that a secret was stored or forgotten, never which.
    """

    database: Database
    home: Path
    setting: str
    clock: Clock
    record: Recorder = _unrecorded

    def put(self, connection: str, name: str, secret: str) -> Place:
        """Store a secret, in place of the one before, and return where it is.

        Raises:
            Rejected: it is empty or too long (SECRET_INVALID).
            Misconfigured: the keyring or the key file cannot be used.
        """
        require_secret(name, secret)
        place = chosen_place(self.setting)
        sealed = None
        if place is Place.KEYRING:
            with keyring_errors():
                keyring.set_password(self._service, f"{connection}/{name}", secret)
        else:
            sealed = seal(self._key(), secret, f"{connection}/{name}")
        with self.database.write() as write:
            write.execute(delete(SECRET).where(_row(connection, name)))
            write.execute(
                insert(SECRET).values(
                    connection=connection,
                    name=name,
                    place=place.value,
                    sealed=sealed,
                    stored_at=timestamp(self.clock.now()),
                )
            )
            self.record(write, _entry("secret.set", connection, name))
        return place

    def get(self, connection: str, name: str) -> str | None:
        """Return a secret, or none where none was stored.

        Raises:
            Misconfigured: it is stored and cannot be read here.
        """
        with self.database.read() as read:
            found = read.execute(
                select(SECRET.c.place, SECRET.c.sealed).where(_row(connection, name))
            ).one_or_none()
        if found is None:
            return None
        if Place(found.place) is Place.FILE:
            return self._opened(connection, name, found.sealed)
        with keyring_errors():
            return keyring.get_password(self._service, f"{connection}/{name}")

    def names(self, connection: str) -> frozenset[str]:
        """Return which secrets of a connection are stored; it reads none of them."""
        with self.database.read() as read:
            rows = read.execute(select(SECRET.c.name).where(SECRET.c.connection == connection))
            return frozenset(row.name for row in rows)

    def remove(self, connection: str, name: str) -> bool:
        """Forget a secret, and tell whether there was one."""
        with self.database.write() as write:
            found = write.execute(
                select(SECRET.c.place).where(_row(connection, name))
            ).scalar_one_or_none()
            write.execute(delete(SECRET).where(_row(connection, name)))
            if found is not None:
                self.record(write, _entry("secret.remove", connection, name))
        if found == Place.KEYRING:
            with keyring_errors(), contextlib.suppress(PasswordDeleteError):
                keyring.delete_password(self._service, f"{connection}/{name}")
        return found is not None

    def sealed(self, secret: str, label: str) -> bytes:
        """Return a secret encrypted for a column of its own, tied to `label`.

        Raises:
            Misconfigured: the key file cannot be used.
        """
        return seal(self._key(), secret, label)

    def unsealed(self, sealed: bytes, label: str) -> str:
        """Return the secret that `sealed` encrypted.

        Raises:
            Misconfigured: it cannot be read here.
        """
        return self._opened("installation", label, sealed, label)

    @property
    def key_file(self) -> Path:
        """Path of the key file; it exists once a secret was stored in the database."""
        return self.home / KEY_FILE

    @property
    def _service(self) -> str:
        return f"clary:{self.home}"

    def _key(self) -> bytes:
        if not self.key_file.exists():
            if self._has_sealed():
                raise KEY_FILE_MISSING.raised(path=self.key_file)
            make_key_file(self.key_file)
        return read_key_file(self.key_file)

    def _has_sealed(self) -> bool:
        with self.database.read() as read:
            query = select(SECRET.c.name).where(SECRET.c.place == Place.FILE.value).limit(1)
            return read.execute(query).first() is not None

    def _opened(self, connection: str, name: str, sealed: bytes, label: str | None = None) -> str:
        if not self.key_file.exists():
            raise KEY_FILE_MISSING.raised(path=self.key_file)
        try:
            key = read_key_file(self.key_file)
            return unseal(key, sealed, label or f"{connection}/{name}")
        except InvalidTag as error:
            raise SECRET_UNREADABLE.raised(connection=connection, name=name) from error


def _entry(what: str, connection: str, name: str) -> Entry:
    return Entry(what, company=connection, record=name)


def _row(connection: str, name: str) -> ColumnElement[bool]:
    return and_(SECRET.c.connection == connection, SECRET.c.name == name)


def seal(key: bytes, secret: str, label: str) -> bytes:
    """Return a secret encrypted and tied to `label`, so that two cannot be swapped."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret.encode("utf-8"), label.encode("utf-8"))


def unseal(key: bytes, sealed: bytes, label: str) -> str:
    """Return the secret that `seal` encrypted.

    Raises:
        InvalidTag: the key or the label is another, or the bytes were changed.
    """
    nonce, text = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    return AESGCM(key).decrypt(nonce, text, label.encode("utf-8")).decode("utf-8")


def make_key_file(path: Path) -> None:
    """Make a key file that its owner alone can read; one that is there already stays.

    The file appears under its name only once it is whole, so that two processes that
    start together end up with one key.

    Raises:
        Misconfigured: the folder cannot be written (KEY_FILE_INVALID).
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(handle, "wb") as file:
            file.write(AESGCM.generate_key(KEY_BYTES * 8))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)
        partial.unlink()
    except OSError as error:
        reason = error.strerror or "no access"
        raise KEY_FILE_INVALID.raised(path=path, reason=reason) from error


def read_key_file(path: Path) -> bytes:
    """Return the key.

    Raises:
        Misconfigured: others can read the file (KEY_FILE_OPEN), or it holds no key
            (KEY_FILE_INVALID).
    """
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & ~OWNER_ONLY:
            raise KEY_FILE_OPEN.raised(path=path)
        key = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "no access"
        raise KEY_FILE_INVALID.raised(path=path, reason=reason) from error
    if len(key) != KEY_BYTES:
        raise KEY_FILE_INVALID.raised(path=path, reason=f"it does not hold {KEY_BYTES} bytes")
    return key


@contextmanager
def keyring_errors() -> Iterator[None]:
    """Turn what the keyring raises inside into our error.

    Raises:
        Misconfigured: the keyring cannot be used (KEYRING_UNUSABLE).
    """
    try:
        yield
    except PasswordDeleteError:
        raise
    except KeyringError as error:
        raise KEYRING_UNUSABLE.raised(reason=str(error) or type(error).__name__) from error
