"""Secrets come back to those who may have them, and to nobody else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError
from sqlalchemy import select, update

from clary.hub.installation import Installation
from clary.hub.tables import SECRET
from clary.hub.vault import Place, Vault, chosen_place
from clary.kernel.errors import Misconfigured, Rejected
from tests.hub.test_connections import BOOKS

pytestmark = pytest.mark.both_databases


class MemoryKeyring(KeyringBackend):
    """A keyring that keeps its passwords in memory, and can be locked."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library has no types here
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._need_unlocked()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._need_unlocked()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._need_unlocked()
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError(username)

    def _need_unlocked(self) -> None:
        if self.locked:
            raise KeyringLocked


@pytest.fixture
def system_keyring() -> Iterator[MemoryKeyring]:
    before = keyring.get_keyring()
    made = MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def vault(installation: Installation) -> Vault:
    installation.connections.add(BOOKS)
    return installation.vault


def test_a_secret_comes_back_and_the_last_one_counts(vault: Vault) -> None:
    assert vault.get("Books", "sandbox.password") is None
    assert vault.put("Books", "sandbox.password", "first") is Place.FILE
    vault.put("Books", "sandbox.password", "zwölf ✓")
    assert vault.get("Books", "sandbox.password") == "zwölf ✓"
    assert vault.names("Books") == {"sandbox.password"}


def test_no_file_of_the_installation_holds_the_secret(
    vault: Vault, installation: Installation
) -> None:
    vault.put("Books", "sandbox.password", "open-sesame")
    installation.close()
    files = [path for path in vault.home.rglob("*") if path.is_file()]
    assert vault.key_file in files
    assert not [path for path in files if b"open-sesame" in path.read_bytes()]


def test_the_vault_does_not_show_a_secret_when_printed(vault: Vault) -> None:
    vault.put("Books", "sandbox.password", "open-sesame")
    assert "open-sesame" not in repr(vault)


def test_the_key_file_is_for_its_owner_only(vault: Vault) -> None:
    vault.put("Books", "sandbox.password", "secret")
    assert vault.key_file.stat().st_mode & 0o777 == 0o600


def test_a_key_file_that_others_can_read_is_refused(vault: Vault) -> None:
    vault.put("Books", "sandbox.password", "secret")
    vault.key_file.chmod(0o640)
    with pytest.raises(Misconfigured, match="read by others") as caught:
        vault.get("Books", "sandbox.password")
    assert caught.value.code == "KEY_FILE_OPEN"


def test_a_lost_key_file_is_not_silently_replaced(vault: Vault) -> None:
    vault.put("Books", "sandbox.password", "secret")
    vault.key_file.unlink()
    with pytest.raises(Misconfigured) as caught:
        vault.get("Books", "sandbox.password")
    assert caught.value.code == "KEY_FILE_MISSING"
    with pytest.raises(Misconfigured) as caught:
        vault.put("Books", "sandbox.user", "x")
    assert caught.value.code == "KEY_FILE_MISSING"
    assert not vault.key_file.exists()


@pytest.mark.parametrize("content", [b"", b"short", bytes(range(33))])
def test_a_damaged_key_file_is_told(vault: Vault, content: bytes) -> None:
    vault.put("Books", "sandbox.password", "secret")
    vault.key_file.write_bytes(content)
    with pytest.raises(Misconfigured) as caught:
        vault.get("Books", "sandbox.password")
    assert caught.value.code == "KEY_FILE_INVALID"


def test_another_key_does_not_open_what_was_stored(vault: Vault) -> None:
    vault.put("Books", "sandbox.password", "secret")
    vault.key_file.write_bytes(os.urandom(32))
    with pytest.raises(Misconfigured) as caught:
        vault.get("Books", "sandbox.password")
    assert caught.value.code == "SECRET_UNREADABLE"


def test_one_secret_cannot_be_passed_off_as_another(vault: Vault) -> None:
    vault.put("Books", "sandbox.password", "secret")
    vault.put("Books", "sandbox.user", "public")
    with vault.database.write() as write:
        rows = write.execute(select(SECRET.c.name, SECRET.c.sealed)).all()
        sealed = {row.name: row.sealed for row in rows}
        write.execute(
            update(SECRET)
            .where(SECRET.c.name == "sandbox.user")
            .values(sealed=sealed["sandbox.password"])
        )
    with pytest.raises(Misconfigured) as caught:
        vault.get("Books", "sandbox.user")
    assert caught.value.code == "SECRET_UNREADABLE"


def test_a_folder_that_is_a_file_cannot_take_the_key(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "blocked").write_bytes(b"")
    with pytest.raises(Misconfigured) as caught:
        replace(vault, home=tmp_path / "blocked").put("Books", "sandbox.password", "secret")
    assert caught.value.code == "KEY_FILE_INVALID"


@pytest.mark.parametrize("secret", ["", "x" * 10_001])
def test_an_empty_or_endless_secret_is_refused(vault: Vault, secret: str) -> None:
    with pytest.raises(Rejected) as caught:
        vault.put("Books", "sandbox.password", secret)
    assert caught.value.code == "SECRET_INVALID"


def test_a_removed_secret_is_gone(vault: Vault) -> None:
    vault.put("Books", "sandbox.password", "secret")
    assert vault.remove("Books", "sandbox.password")
    assert not vault.remove("Books", "sandbox.password")
    assert vault.get("Books", "sandbox.password") is None


def test_secrets_go_with_their_connection(vault: Vault, installation: Installation) -> None:
    vault.put("Books", "sandbox.password", "secret")
    installation.connections.remove("Books")
    assert vault.names("Books") == frozenset()


def test_a_usable_keyring_is_chosen_and_the_database_holds_nothing(
    vault: Vault, system_keyring: MemoryKeyring
) -> None:
    automatic = replace(vault, setting="auto")
    assert automatic.put("Books", "sandbox.password", "secret") is Place.KEYRING
    assert list(system_keyring.kept.values()) == ["secret"]
    with vault.database.read() as read:
        assert read.execute(select(SECRET.c.sealed)).scalar_one() is None
    assert not vault.key_file.exists()
    assert vault.get("Books", "sandbox.password") == "secret"
    assert vault.remove("Books", "sandbox.password")
    assert not system_keyring.kept


def test_a_locked_keyring_is_told_and_not_taken_for_no_secret(
    vault: Vault, system_keyring: MemoryKeyring
) -> None:
    replace(vault, setting="keyring").put("Books", "sandbox.password", "secret")
    system_keyring.locked = True
    with pytest.raises(Misconfigured) as caught:
        vault.get("Books", "sandbox.password")
    assert caught.value.code == "KEYRING_UNUSABLE"


def test_a_secret_that_the_person_took_out_of_the_keyring_can_be_forgotten(
    vault: Vault, system_keyring: MemoryKeyring
) -> None:
    replace(vault, setting="keyring").put("Books", "sandbox.password", "secret")
    system_keyring.kept.clear()
    assert vault.get("Books", "sandbox.password") is None
    assert vault.remove("Books", "sandbox.password")


def test_without_a_keyring_secrets_are_encrypted_in_the_database(
    system_keyring: MemoryKeyring,
) -> None:
    assert chosen_place("auto") is Place.KEYRING
    system_keyring.priority = 0
    assert chosen_place("auto") is Place.FILE
