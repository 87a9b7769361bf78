"""The database is opened safely, and what goes wrong with it says what to do."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from clary.kernel.errors import ClaryError
from clary.store import Database


def url(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Return a database with one table."""
    opened = Database.open(url(tmp_path / "clary.db"), busy_milliseconds=50)
    with opened.write() as connection:
        connection.execute(text("create table note (id integer primary key, body text)"))
    yield opened
    opened.close()


def count(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(text("select count(*) from note")).scalar_one())


def add(database: Database, body: str = "x") -> None:
    with database.write() as connection:
        connection.execute(text("insert into note (body) values (:body)"), {"body": body})


def code_of(caught: pytest.ExceptionInfo[ClaryError]) -> str:
    return caught.value.code


def test_the_file_and_its_folder_are_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "clary.db"
    Database.open(url(path)).close()
    assert path.exists()


def test_a_new_file_is_never_seen_empty_and_belongs_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "clary.db"
    Database.open(url(path)).close()
    assert path.stat().st_size > 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir() if not each.name.startswith(path.name)] == []


def test_an_empty_file_is_a_lost_database_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "clary.db"
    path.write_bytes(b"")
    with pytest.raises(ClaryError) as caught:
        Database.open(url(path))
    assert (code_of(caught), caught.value.exit_status) == ("DATABASE_EMPTY", 3)
    assert str(path) in str(caught.value)
    assert path.stat().st_size == 0


def test_many_that_open_a_new_database_at_once_all_get_the_same(tmp_path: Path) -> None:
    def open_it(_: int) -> None:
        Database.open(url(tmp_path / "clary.db")).close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(open_it, range(40)))
    assert [each.name for each in tmp_path.glob("*.db")] == ["clary.db"]
    assert list(tmp_path.glob(".clary.db.*")) == []


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 50)],
)
def test_every_connection_is_durable_and_patient(
    database: Database, pragma: str, value: object
) -> None:
    with database.read() as connection:
        assert connection.exec_driver_sql(f"pragma {pragma}").scalar_one() == value


def test_a_write_is_all_or_nothing(database: Database) -> None:
    def fail_halfway() -> None:
        with database.write() as connection:
            connection.execute(text("insert into note (body) values ('lost')"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert count(database) == 0
    add(database)
    assert count(database) == 1


def test_a_read_sees_one_state(database: Database) -> None:
    with database.read() as connection:
        before = connection.execute(text("select count(*) from note")).scalar_one()
        add(database)
        assert connection.execute(text("select count(*) from note")).scalar_one() == before


def test_a_second_writer_waits_and_then_is_told_that_it_is_busy(
    database: Database, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "clary.db", isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(ClaryError) as caught:
        add(database)
    other.close()
    assert (code_of(caught), caught.value.exit_status) == ("DATABASE_LOCKED", 4)
    add(database)


def test_a_full_disk_loses_nothing_that_was_there(database: Database) -> None:
    def fill_the_disk() -> None:
        with database.write() as connection:
            pages = connection.exec_driver_sql("pragma page_count").scalar_one()
            connection.exec_driver_sql(f"pragma max_page_count = {pages}")
            for _ in range(100):
                connection.execute(text("insert into note (body) values (:b)"), {"b": "x" * 4000})

    add(database)
    with pytest.raises(ClaryError) as caught:
        fill_the_disk()
    assert code_of(caught) == "DATABASE_FULL"
    assert count(database) == 1


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "clary.db"
    path.write_bytes(b"this is not a database" * 100)
    with pytest.raises(ClaryError) as caught:
        Database.open(url(path))
    assert code_of(caught) == "DATABASE_CORRUPT"
    assert str(path) in str(caught.value)


def test_a_folder_in_place_of_the_file_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(ClaryError) as caught:
        Database.open(url(tmp_path))
    assert code_of(caught) == "DATABASE_UNREADABLE"


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ClaryError) as caught:
        Database.open(url(tmp_path / "file" / "clary.db"))
    assert code_of(caught) == "DATABASE_URL_INVALID"


@pytest.mark.parametrize(
    "text",
    ["sqlite://", "sqlite:///:memory:", "nonsense", "nosuch://host/name"],
)
def test_an_unusable_url_is_refused(text: str) -> None:
    with pytest.raises(ClaryError) as caught:
        Database.open(text)
    assert code_of(caught) == "DATABASE_URL_INVALID"


def test_a_mistake_in_a_statement_is_our_own_fault(database: Database) -> None:
    with pytest.raises(ClaryError) as caught, database.read() as connection:
        connection.execute(text("select nothing from nowhere"))
    assert (code_of(caught), caught.value.exit_status) == ("DATABASE_FAILED", 1)


def test_the_password_of_a_url_is_never_shown(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'clary.db'}")
    assert database.url.endswith("clary.db")
    database.close()
