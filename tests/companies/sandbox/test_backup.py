from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from clary.companies.sandbox import SandboxCompany, situations
from clary.companies.sandbox.backup import backup, restore
from clary.companies.sandbox.faults import list_faults, set_fault
from clary.companies.sandbox.file import connect, transaction
from clary.companies.sandbox.situations import set_value
from clary.kernel.errors import Busy, Guarded, Misconfigured, Unreachable
from tests.companies.sandbox.at_sage import CLOCK, READER, WRITER, act, logged_on, make, notes, rows


def put(path: Path, name: str, value: str) -> None:
    with contextlib.closing(connect(path)) as connection, transaction(connection, path):
        set_value(connection, name, value)


def value(path: Path, name: str) -> object:
    found = rows(path, f"SELECT value FROM company WHERE name = '{name}'")
    return found[0][0] if found else None


def test_a_restore_brings_the_books_back_as_a_new_generation(tmp_path: Path) -> None:
    path, file = make(tmp_path, "us"), tmp_path / "kept.backup"
    act(path, "add-user EARLY")
    assert backup(path, file) == "The books of Small were copied to kept.backup."
    act(path, "add-user LATE")
    before = SandboxCompany(path).info()
    assert restore(path, file).endswith("this is generation 2.")
    after = SandboxCompany(path).info()
    assert (after.identity, after.generation) == (before.identity, before.generation + 1)
    assert rows(path, "SELECT id FROM user_record ORDER BY id") == [
        ("CLARY",),
        ("EARLY",),
        ("PERSON",),
    ]


def test_the_generation_is_above_both(tmp_path: Path) -> None:
    path, file, later = make(tmp_path, "us"), tmp_path / "one", tmp_path / "two"
    backup(path, file)
    restore(path, file)
    restore(path, file)
    assert SandboxCompany(path).info().generation == 3
    backup(path, later)
    restore(path, file)
    assert SandboxCompany(path).info().generation == 4
    path.unlink()
    restore(path, later)
    assert SandboxCompany(path).info().generation == 4


def test_each_restore_gives_the_file_another_marker(tmp_path: Path) -> None:
    path, file = make(tmp_path, "us"), tmp_path / "kept"
    backup(path, file)
    markers = {value(path, "marker")}
    for _ in range(2):
        restore(path, file)
        markers.add(value(path, "marker"))
    assert len(markers) == 3


def test_a_backup_is_one_plain_file_and_holds_what_was_just_committed(tmp_path: Path) -> None:
    path, folder = make(tmp_path, "us"), tmp_path / "copies"
    with contextlib.closing(connect(path)) as open_elsewhere:
        open_elsewhere.execute("INSERT INTO company VALUES ('just', 'now')")
        backup(path, folder / "kept")
    assert [each.name for each in folder.iterdir()] == ["kept"]
    assert value(folder / "kept", "just") == "now"
    assert [each.name for each in folder.iterdir()] == ["kept"]


def test_a_backup_leaves_out_what_is_not_committed(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    with contextlib.closing(connect(path)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO company VALUES ('just', 'now')")
        backup(path, tmp_path / "kept")
        writer.execute("ROLLBACK")
    assert value(tmp_path / "kept", "just") is None


def test_a_backup_never_overwrites_a_file(tmp_path: Path) -> None:
    path, file = make(tmp_path, "us"), tmp_path / "kept"
    file.write_bytes(b"mine")
    with pytest.raises(Misconfigured, match="There is a file kept already"):
        backup(path, file)
    assert file.read_bytes() == b"mine"


@pytest.mark.parametrize("content", [b"", b"no company", b"SQLite format 3\0 and then rubbish"])
def test_what_is_no_company_is_not_restored(tmp_path: Path, content: bytes) -> None:
    path, file = make(tmp_path, "us"), tmp_path / "kept"
    file.write_bytes(content)
    with pytest.raises(Misconfigured, match=r"kept is damaged or is not a sandbox company"):
        restore(path, file)
    assert SandboxCompany(path).info().generation == 1
    assert file.read_bytes() == content


def test_a_damaged_backup_is_not_restored(tmp_path: Path) -> None:
    path, file = make(tmp_path, "us"), tmp_path / "kept"
    backup(path, file)
    whole = file.read_bytes()
    file.write_bytes(whole[:40_000] + b"\xff" * 30_000 + whole[70_000:])
    with pytest.raises(Misconfigured, match="kept is damaged"):
        restore(path, file)
    assert SandboxCompany(path).info().generation == 1


def test_a_backup_of_a_newer_version_is_not_restored(tmp_path: Path) -> None:
    path, file = make(tmp_path, "us"), tmp_path / "kept"
    backup(path, file)
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(Misconfigured, match=r"kept was made by a newer version"):
        restore(path, file)


def test_a_missing_backup_is_said(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no company file gone"):
        restore(make(tmp_path, "us"), tmp_path / "gone")


def test_a_backup_of_another_company_is_stopped(tmp_path: Path) -> None:
    path, other, file = make(tmp_path, "us"), make(tmp_path, "uk"), tmp_path / "kept"
    backup(other, file)
    with pytest.raises(Guarded, match="kept is a backup of the company Small, not of"):
        restore(path, file)
    assert value(path, "edition") == "us"


def test_nothing_is_restored_while_someone_is_logged_on(tmp_path: Path) -> None:
    path, file = make(tmp_path, "us"), tmp_path / "kept"
    backup(path, file)
    with logged_on(path), pytest.raises(Busy, match="in use by CLARY"):
        restore(path, file)
    act(path, "open-sage", user="PERSON")
    with pytest.raises(Busy, match="PERSON"):
        restore(path, file)
    act(path, "close-sage")
    restore(path, file)


def test_a_session_that_reads_meanwhile_sees_old_books_or_notices(tmp_path: Path) -> None:
    path, file = make(tmp_path, "uk"), tmp_path / "kept"
    backup(path, file)
    act(path, "add-user LATE")
    with contextlib.closing(connect(path)) as connection:
        logon = situations.log_on(connection, path, READER, CLOCK)
        connection.execute("BEGIN")
        count = "SELECT count(*) FROM user_record"
        assert connection.execute(count).fetchone() == (3,)
        restore(path, file)
        assert connection.execute(count).fetchone() == (3,)
        situations.check_standing(connection, "uk", logon)
        connection.execute("COMMIT")
        assert connection.execute(count).fetchone() == (2,)
        with pytest.raises(Unreachable, match="SDO error 64, sdoDataHasBeenRestored"):
            situations.check_standing(connection, "uk", logon)


def test_what_belongs_to_the_installation_survives_a_restore(tmp_path: Path) -> None:
    path, file = make(tmp_path, "us"), tmp_path / "kept"
    act(path, "hold-record user CLARY")
    set_fault(path, "slow")
    put(path, "fence", "4")
    backup(path, file)
    act(path, "allow-access never")
    set_fault(path, "busy")
    put(path, "fence", "9")
    put(path, "fence_owner", "newer")
    restore(path, file)
    assert (value(path, "access"), value(path, "fence")) == ("never", "9")
    assert value(path, "fence_owner") == "newer"
    assert [armed.kind for armed in list_faults(path)] == ["busy", "slow"]
    assert rows(path, "SELECT * FROM record_lock") == []


def test_a_backup_taken_during_a_session_holds_no_session(tmp_path: Path) -> None:
    path, file = make(tmp_path, "us"), tmp_path / "kept"
    with logged_on(path):
        backup(path, file)
    restore(path, file)
    assert notes(path, WRITER) == ["PROGRAM_STARTED"]


def test_a_damaged_company_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path, file = make(tmp_path, "us"), tmp_path / "kept"
    backup(path, file)
    path.write_bytes(b"rubbish")
    path.with_name(path.name + "-wal").write_bytes(b"more rubbish")
    restore(path, file)
    assert SandboxCompany(path).info().generation == 2
    act(path, "add-user BOB")


def test_a_restore_that_another_program_keeps_waiting_gives_up(tmp_path: Path) -> None:
    path, file = make(tmp_path, "us"), tmp_path / "kept"
    backup(path, file)
    with contextlib.closing(connect(path)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy, match="is locked by another program"):
            restore(path, file)
        writer.execute("ROLLBACK")
    assert SandboxCompany(path).info().generation == 1


def test_no_restore_leaves_anything_behind(tmp_path: Path) -> None:
    path, file = make(tmp_path, "us"), tmp_path / "kept"
    backup(path, file)
    file.write_bytes(b"no company")
    with pytest.raises(Misconfigured):
        restore(path, file)
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []
