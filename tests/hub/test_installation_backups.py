"""An installation is backed up as one file and put back, whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from clary.companies import sandbox
from clary.companies.contract import Query
from clary.engine.tables import RUNS
from clary.flows.operations.requests import Document, Operation, Status
from clary.hub import archive, restoring
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, Waiting, acquired
from clary.hub.services.connecting import register_sandbox
from clary.hub.services.installation_backups import (
    InstallationBackup,
    backup_installation,
    restore_installation,
)
from clary.hub.services.keys import add_key, authenticate, revoke_key
from clary.hub.services.operations import Asked, operate, operation_results
from clary.kernel.change import Body
from clary.kernel.clock import FixedClock
from clary.kernel.errors import Busy, ClaryError, Guarded, Misconfigured, Rejected, Unauthorised
from clary.kernel.settings import read
from clary.store import Database, portable
from clary.store.migrate import HEAD, revision, upgrade
from tests.databases import Server

CANARY = "canary-4711"
ENTRY: Body = {
    "date": "2026-01-10",
    "lines": [
        {"account_id": "4000", "amount": "-5.00"},
        {"account_id": "5000", "amount": "5.00"},
    ],
}


def made(path: Path) -> Path:
    """Return the file of a new company with two accounts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sandbox.create(path, name="Books", edition="us", fiscal_year_start=date(2026, 1, 1))
    with sandbox.SandboxCompany(path).session(write=True) as session:
        session.create("account", {"id": "4000", "name": "Sales", "type": "income"})
        session.create("account", {"id": "5000", "name": "Costs", "type": "expenses"})
    return path


def post(installation: Installation, key: str) -> Status:
    """Post an entry under a key; return what became of it."""
    documents = [Document(key, ENTRY, idempotency_key=key)]
    asked = Asked(Operation.CREATE, "journal_entry", documents)
    applied = operate(installation, "Books", asked, Applying())
    [found] = operation_results(installation, applied)
    return found.status


def entries_in(path: Path) -> int:
    with sandbox.SandboxCompany(path).session() as session:
        return len(list(session.read("journal_entry", Query())))


def content(installation: Installation) -> Mapping[str, list[str]]:
    """Return all rows, but for the audit trail and the leases, which a restore adds to."""
    with installation.database.read() as connection:
        return {
            table.name: list(portable.lines(connection, table))
            for table in portable.tables(connection)
            if not table.name.startswith(("audit", "leases"))
        }


def furnished(installation: Installation) -> None:
    """Give an installation the company `Books` with a secret, and post one entry."""
    register_sandbox(installation, "Books", made(installation.sandbox_file("Books")))
    installation.vault.put("Books", "password", CANARY)
    assert post(installation, "first") is Status.SUCCESS


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a furnished installation, to copy."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    clock = FixedClock(datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    settings = read({"CLARY_HOME": str(home), "CLARY_SECRETS": "file"})
    with Installation(settings, clock, "Ada") as installation:
        furnished(installation)
    return home


@pytest.fixture
def books(installation: Installation, database_kind: str, prepared: Path) -> Path:
    """Give the file of the company `Books` inside the furnished installation."""
    if database_kind == "sqlite":
        shutil.copytree(prepared, installation.settings.home)
    else:
        furnished(installation)
    return installation.sandbox_file("Books")


@pytest.fixture
def elsewhere(installation: Installation, tmp_path: Path) -> Path:
    """Give the same outside of it, where no restore reaches: as the books of Sage are."""
    path = made(tmp_path / "sage" / "books.clary")
    register_sandbox(installation, "Books", path)
    assert post(installation, "first") is Status.SUCCESS
    return path


@pytest.fixture
def other(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock
) -> Iterator[Installation]:
    """Give an empty installation on the other kind of database."""
    stated = {"CLARY_HOME": str(tmp_path / "other"), "CLARY_SECRETS": "file"}
    if database_kind == "sqlite":
        server: Server = request.getfixturevalue("server")
        stated["CLARY_DATABASE_URL"] = server.url(server.new())
    with Installation(read(stated), clock, "Ada") as installation:
        yield installation


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kept.backup"


def backed_up(installation: Installation, file: Path) -> InstallationBackup:
    return backup_installation(installation, file)


@pytest.mark.both_databases
@pytest.mark.usefixtures("books")
class TestThereAndBack:
    def test_an_installation_moves_to_the_other_kind_of_database(
        self, installation: Installation, other: Installation, file: Path
    ) -> None:
        answer = backed_up(installation, file)
        assert (answer.schema, answer.books) == (HEAD, ("companies/Books.clary",))
        before = content(installation)
        restore_installation(other, file)
        assert content(other) == before
        shutil.copy(installation.vault.key_file, other.vault.key_file)
        assert other.vault.get("Books", "password") == CANARY
        assert post(other, "first") is Status.SKIPPED_DUPLICATE
        assert post(other, "second") is Status.SUCCESS
        assert entries_in(other.sandbox_file("Books")) == 2

    def test_secrets_stay_sealed_and_the_key_file_apart(
        self, installation: Installation, other: Installation, file: Path
    ) -> None:
        assert backed_up(installation, file).key_file == installation.vault.key_file
        with zipfile.ZipFile(file) as parts:
            everything = b"".join(parts.read(name) for name in parts.namelist())
        assert CANARY.encode() not in everything
        assert installation.vault.key_file.read_bytes() not in everything
        restore_installation(other, file)
        with pytest.raises(Misconfigured) as caught:
            other.vault.get("Books", "password")
        assert caught.value.code == "KEY_FILE_MISSING"

    def test_what_is_replaced_is_kept_and_can_come_back(
        self, installation: Installation, books: Path, file: Path, clock: FixedClock
    ) -> None:
        backed_up(installation, file)
        assert post(installation, "second") is Status.SUCCESS
        newer = content(installation)
        with pytest.raises(Guarded) as caught:
            restore_installation(installation, file)
        assert caught.value.code == "INSTALLATION_NOT_EMPTY"
        assert content(installation) == newer
        answer = restore_installation(installation, file, replace=True)
        assert entries_in(books) == 1
        assert answer.kept is not None
        clock.advance(timedelta(seconds=1))
        restore_installation(installation, answer.kept, replace=True)
        assert (entries_in(books), content(installation)) == (2, newer)

    def test_a_key_that_was_revoked_since_stays_revoked(
        self, installation: Installation, file: Path
    ) -> None:
        kept, lost = add_key(installation, "kept").key, add_key(installation, "lost").key
        assert kept is not None
        assert lost is not None
        backed_up(installation, file)
        revoke_key(installation, "lost")
        restore_installation(installation, file, replace=True)
        assert authenticate(installation, kept).key == "kept"
        with pytest.raises(Unauthorised):
            authenticate(installation, lost)

    def test_a_rehearsal_changes_nothing(
        self, installation: Installation, other: Installation, file: Path
    ) -> None:
        assert backup_installation(installation, file, dry_run=True).schema is None
        assert not file.exists()
        backed_up(installation, file)
        restore_installation(other, file, dry_run=True)
        assert content(other) != content(installation)
        assert other.company_files() == []

    def test_nothing_is_replaced_while_a_process_writes_to_a_company(
        self, installation: Installation, books: Path, file: Path
    ) -> None:
        backed_up(installation, file)
        before = content(installation)
        identity = sandbox.SandboxCompany(books).info().identity
        with acquired(installation, identity, Waiting()), pytest.raises(Busy) as caught:
            restore_installation(installation, file, replace=True)
        assert caught.value.code == "LEASE_HELD"
        assert content(installation) == before
        assert restoring.pending(installation.settings.home) is None

    def test_nothing_is_replaced_while_someone_is_logged_on(
        self, installation: Installation, books: Path, file: Path
    ) -> None:
        backed_up(installation, file)
        with sandbox.SandboxCompany(books).session(write=True), pytest.raises(Busy):
            restore_installation(installation, file, replace=True)

    def test_an_older_schema_is_brought_up_to_date(
        self, installation: Installation, other: Installation, file: Path, tmp_path: Path
    ) -> None:
        with installation.database.read() as connection:
            known = [each for each in RUNS.columns if each.name != "refusal"]
            runs = [dict(row) for row in connection.execute(select(*known)).mappings()]
        old = Database.open(f"sqlite:///{tmp_path / 'old.db'}")
        with archive.writing(file) as writer, old.write() as connection:
            upgrade(connection, "0001")
            connection.execute(insert(RUNS), runs)
            for table in portable.tables(connection):
                encoded = [line.encode() for line in portable.lines(connection, table)]
                writer.add(f"database/{table.name}.jsonl", encoded)
            writer.finish("0001", "2026-01-01T00:00:00Z", "0.1.0")
        old.close()
        restore_installation(other, file)
        with other.database.read() as connection:
            found = [dict(row) for row in connection.execute(select(RUNS)).mappings()]
            assert found == [{**each, "refusal": None} for each in runs]
            assert revision(connection) == HEAD


@pytest.mark.both_databases
def test_with_the_journal_of_yesterday_nothing_is_posted_twice(
    installation: Installation, elsewhere: Path, file: Path, clock: FixedClock
) -> None:
    assert backed_up(installation, file).left_out == (str(elsewhere.resolve()),)
    clock.advance(timedelta(days=1))
    assert post(installation, "second") is Status.SUCCESS
    assert entries_in(elsewhere) == 2
    clock.advance(timedelta(minutes=5))
    restore_installation(installation, file, replace=True)
    with installation.database.read() as connection:
        assert len(connection.execute(select(RUNS)).all()) == 1
    for key in ("first", "second"):
        assert post(installation, key) is not Status.FAILED
        documents = [Document(key, ENTRY, idempotency_key=key)]
        asked = Asked(Operation.CREATE, "journal_entry", documents)
        applied = operate(installation, "Books", asked, Applying())
        assert applied.run.run.applied == 0
    assert entries_in(elsewhere) == 2
    assert post(installation, "third") is Status.SUCCESS
    assert entries_in(elsewhere) == 3


@pytest.mark.usefixtures("books")
class TestInterrupted:
    def staged(self, installation: Installation, file: Path, tmp_path: Path) -> Path:
        """Return a folder with what a restore lays ready."""
        unpacked = tmp_path / "unpacked"
        unpacked.mkdir()
        archive.unpacked(file, unpacked)
        staged = installation.settings.home / ".backup-left"
        staged.mkdir()
        shutil.move(unpacked / "books", staged)
        return staged

    @pytest.mark.parametrize(("noted", "entries"), [(True, 1), (False, 2)])
    def test_a_restore_that_was_cut_off_is_brought_to_its_end(
        self,
        installation: Installation,
        books: Path,
        file: Path,
        tmp_path: Path,
        *,
        noted: bool,
        entries: int,
    ) -> None:
        backed_up(installation, file)
        assert post(installation, "second") is Status.SUCCESS
        home = installation.settings.home
        restoring.begin(self.staged(installation, file, tmp_path), home, "42")
        if noted:
            with installation.database.write() as connection:
                restoring.note(connection, "42", installation.clock)
        with Installation(installation.settings, installation.clock, "Ada") as again:
            assert again.database.kind == "sqlite"
        assert entries_in(books) == entries
        assert restoring.pending(home) is None

    @pytest.mark.parametrize("delay", [0.0, 0.05, 0.2])
    def test_a_killed_restore_leaves_the_old_or_the_new(
        self, installation: Installation, books: Path, file: Path, delay: float
    ) -> None:
        backed_up(installation, file)
        older = content(installation)
        assert post(installation, "second") is Status.SUCCESS
        newer = content(installation)
        installation.close()
        home = installation.settings.home
        process = subprocess.Popen(
            [
                str(Path(sys.executable).parent / "clary"),
                "restore",
                str(file),
                "--replace",
                "--yes",
            ],
            env={**os.environ, "CLARY_HOME": str(home), "CLARY_SECRETS": "file"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and restoring.pending(home) is None:
            time.sleep(0.001)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        with Installation(installation.settings, installation.clock, "Ada") as again:
            now, entries = content(again), entries_in(books)
        assert (now, entries) in ((older, 1), (newer, 2))
        assert restoring.pending(home) is None


def repacked(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Return a copy of a backup whose parts were changed."""
    with zipfile.ZipFile(file) as parts:
        content = {name: parts.read(name) for name in parts.namelist()}
    change(content)
    spoilt = file.with_name("spoilt.backup")
    with zipfile.ZipFile(spoilt, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, data in content.items():
            parts.writestr(name, data)
    return spoilt


def stating(**stated: object) -> Callable[[dict[str, bytes]], None]:
    def change(parts: dict[str, bytes]) -> None:
        manifest = json.loads(parts[archive.MANIFEST]) | stated
        parts[archive.MANIFEST] = json.dumps(manifest).encode()

    return change


def renamed(old: str, new: str) -> Callable[[dict[str, bytes]], None]:
    def change(parts: dict[str, bytes]) -> None:
        parts[new] = parts.pop(old)
        parts[archive.MANIFEST] = parts[archive.MANIFEST].replace(old.encode(), new.encode())

    return change


def filled(name: str, data: bytes) -> Callable[[dict[str, bytes]], None]:
    """Return a change of a part whose manifest is made to fit, as a forger would."""

    def change(parts: dict[str, bytes]) -> None:
        parts[name] = data
        manifest = json.loads(parts[archive.MANIFEST])
        for part in manifest["parts"]:
            if part["name"] == name:
                part |= {"size": len(data), "sha256": sha256(data).hexdigest()}
        parts[archive.MANIFEST] = json.dumps(manifest).encode()

    return change


def swollen(parts: dict[str, bytes]) -> None:
    """Let a part hold far more than is stated of it."""
    parts["database/plans.jsonl"] = bytes(50_000_000)


BOOK = "books/companies/Books.clary"
PLANS = "database/plans.jsonl"
BAD = {
    "no manifest": lambda parts: parts.pop(archive.MANIFEST),
    "manifest of another program": stating(format="other"),
    "manifest without parts": stating(parts=None),
    "parts that are none": stating(parts=[1]),
    "a negative size": stating(parts=[{"name": PLANS, "size": -1, "sha256": ""}]),
    "no JSON": lambda parts: parts.update({archive.MANIFEST: b"{"}),
    "deep JSON": lambda parts: parts.update({archive.MANIFEST: b"[" * 200_000}),
    "a part too many": lambda parts: parts.update({"books/more.clary": b""}),
    "a part missing": lambda parts: parts.pop(PLANS),
    "a changed part": lambda parts: parts.update({PLANS: b"{}\n"}),
    "more than is stated": swollen,
    "out of the folder": renamed(BOOK, "books/../../escape.clary"),
    "an absolute name": renamed(BOOK, "/escape.clary"),
    "a hidden name": renamed(BOOK, "books/.clary"),
    "another folder": renamed(BOOK, "books/deeper/Books.clary"),
    "another table": renamed(PLANS, "database/plans2.jsonl"),
    "rows with other columns": filled(PLANS, b'{"serial": 1}\n'),
    "rows that are none": filled(PLANS, b"[1]\n"),
    "rows that are no text": filled(PLANS, b"\xff\xfe\n"),
    "rows that are no JSON": filled(PLANS, b"{"),
}


@pytest.mark.usefixtures("books")
class TestBadFiles:
    @pytest.mark.parametrize("change", BAD.values(), ids=BAD.keys())
    def test_a_spoilt_backup_changes_nothing(
        self,
        installation: Installation,
        file: Path,
        change: Callable[[dict[str, bytes]], None],
    ) -> None:
        backed_up(installation, file)
        before = content(installation)
        with pytest.raises(Rejected) as caught:
            restore_installation(installation, repacked(file, change), replace=True)
        assert caught.value.code == "BACKUP_INVALID"
        assert content(installation) == before
        assert restoring.pending(installation.settings.home) is None
        assert not (installation.settings.home.parent / "escape.clary").exists()

    @pytest.mark.parametrize("stated", [{"version": 2}, {"schema": "9999"}])
    def test_one_of_a_newer_program_is_told_as_such(
        self, installation: Installation, file: Path, stated: dict[str, object]
    ) -> None:
        backed_up(installation, file)
        with pytest.raises(Misconfigured) as caught:
            restore_installation(installation, repacked(file, stating(**stated)), replace=True)
        assert caught.value.code == "BACKUP_NEWER"

    def test_one_that_the_disk_has_no_room_for(
        self, installation: Installation, file: Path
    ) -> None:
        backed_up(installation, file)

        def grow(parts: dict[str, bytes]) -> None:
            manifest = json.loads(parts[archive.MANIFEST])
            manifest["parts"][0]["size"] = 2**60
            parts[archive.MANIFEST] = json.dumps(manifest).encode()

        with pytest.raises(Misconfigured) as caught:
            restore_installation(installation, repacked(file, grow), replace=True)
        assert caught.value.code == "BACKUP_NO_ROOM"

    @pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x03\x04"])
    def test_what_is_no_archive(self, installation: Installation, file: Path, data: bytes) -> None:
        file.write_bytes(data)
        with pytest.raises(ClaryError) as caught:
            restore_installation(installation, file, replace=True)
        assert caught.value.code == "BACKUP_INVALID"

    def test_one_that_is_cut_off_at_any_place(self, installation: Installation, file: Path) -> None:
        backed_up(installation, file)
        whole = file.read_bytes()
        for part in range(1, 10):
            file.write_bytes(whole[: len(whole) * part // 10])
            with pytest.raises(ClaryError) as caught:
                restore_installation(installation, file, replace=True)
            assert caught.value.code == "BACKUP_INVALID"

    def test_a_file_that_is_there_stays(self, installation: Installation, file: Path) -> None:
        file.write_text("mine", encoding="utf-8")
        with pytest.raises(Misconfigured) as caught:
            backed_up(installation, file)
        assert (caught.value.code, file.read_text("utf-8")) == ("BACKUP_EXISTS", "mine")

    def test_books_of_another_company_under_the_same_name(
        self, installation: Installation, books: Path, file: Path
    ) -> None:
        backed_up(installation, file)
        books.unlink()
        made(books)
        before = content(installation)
        with pytest.raises(Guarded) as caught:
            restore_installation(installation, file, replace=True)
        assert caught.value.code == "BACKUP_OF_ANOTHER"
        assert content(installation) == before
