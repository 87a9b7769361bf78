"""The database is opened safely, and what goes wrong with it says what to do."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, Table, Text, func, insert, select, text

from clary.kernel.errors import ClaryError
from clary.store import WHOLE, Database


def url(path: Path) -> str:
    return f"sqlite:///{path}"


NOTE = Table("note", MetaData(), Column("id", WHOLE, primary_key=True), Column("body", Text))


@pytest.fixture
def database(empty_url: str) -> Iterator[Database]:
    """Return a database with one table."""
    opened = Database.open(empty_url, busy_milliseconds=200)
    with opened.write() as connection:
        NOTE.create(connection)
    yield opened
    opened.close()


@pytest.fixture
def file_database(tmp_path: Path) -> Iterator[Database]:
    """Return the same in a SQLite file."""
    opened = Database.open(url(tmp_path / "clary.db"), busy_milliseconds=50)
    with opened.write() as connection:
        NOTE.create(connection)
    yield opened
    opened.close()


def count(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(text("select count(*) from note")).scalar_one())


def add(database: Database, body: str = "x", scope: str = "") -> None:
    with database.write(scope) as connection:
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
    file_database: Database, pragma: str, value: object
) -> None:
    with file_database.read() as connection:
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


@contextmanager
def another_writer(empty_url: str, scope: str = "") -> Iterator[None]:
    """Hold a writing transaction in another connection pool, as another process does."""
    other = Database.open(empty_url)
    with other.write(scope):
        yield
    other.close()


def test_a_second_writer_waits_and_then_is_told_that_it_is_busy(
    database: Database, empty_url: str
) -> None:
    with another_writer(empty_url), pytest.raises(ClaryError) as caught:
        add(database)
    assert (code_of(caught), caught.value.exit_status) == ("DATABASE_LOCKED", 4)
    add(database)


def test_a_writer_without_a_scope_waits_for_those_with_one_and_they_for_it(
    database: Database, empty_url: str
) -> None:
    with another_writer(empty_url, "books"), pytest.raises(ClaryError) as caught:
        add(database)
    assert code_of(caught) == "DATABASE_LOCKED"
    with another_writer(empty_url), pytest.raises(ClaryError) as caught:
        add(database, scope="books")
    assert code_of(caught) == "DATABASE_LOCKED"


def test_writers_of_one_scope_wait_for_each_other(database: Database, empty_url: str) -> None:
    with another_writer(empty_url, "books"), pytest.raises(ClaryError) as caught:
        add(database, scope="books")
    assert code_of(caught) == "DATABASE_LOCKED"


def test_writers_of_two_scopes_work_beside_each_other_on_a_server(
    database: Database, empty_url: str
) -> None:
    with another_writer(empty_url, "books"):
        if database.kind == "postgresql":
            add(database, scope="others")
            assert count(database) == 1
        else:
            with pytest.raises(ClaryError):
                add(database, scope="others")


@pytest.mark.parametrize("scope", ["", "books"])
def test_no_count_is_lost_among_writers_that_read_first(database: Database, scope: str) -> None:
    patient = Database.open(database.url)

    def count_one(_: int) -> None:
        with patient.write(scope) as connection:
            found = connection.execute(select(func.count()).select_from(NOTE)).scalar_one()
            connection.execute(insert(NOTE).values(body=str(found)))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count_one, range(64)))
    with patient.read() as connection:
        bodies = connection.execute(select(NOTE.c.body).order_by(NOTE.c.id)).scalars().all()
    patient.close()
    assert bodies == [str(number) for number in range(64)]


def test_ids_of_one_scope_are_seen_in_their_order(database: Database) -> None:
    """A reader that goes on after the last id that it saw misses none."""
    patient = Database.open(database.url)
    seen: list[int] = []

    def write(number: int) -> None:
        with patient.write("run") as connection:
            connection.execute(insert(NOTE).values(body=str(number)))

    def tail() -> None:
        with patient.read() as connection:
            last = seen[-1] if seen else 0
            query = select(NOTE.c.id).where(NOTE.c.id > last).order_by(NOTE.c.id)
            seen.extend(connection.execute(query).scalars())

    with ThreadPoolExecutor(6) as threads:
        written = [threads.submit(write, number) for number in range(100)]
        while not all(each.done() for each in written):
            tail()
        for each in written:
            each.result()
    tail()
    patient.close()
    assert len(seen) == 100


def test_a_full_disk_loses_nothing_that_was_there(file_database: Database) -> None:
    def fill_the_disk() -> None:
        with file_database.write() as connection:
            pages = connection.exec_driver_sql("pragma page_count").scalar_one()
            connection.exec_driver_sql(f"pragma max_page_count = {pages}")
            for _ in range(100):
                connection.execute(text("insert into note (body) values (:b)"), {"b": "x" * 4000})

    add(file_database)
    with pytest.raises(ClaryError) as caught:
        fill_the_disk()
    assert code_of(caught) == "DATABASE_FULL"
    assert count(file_database) == 1


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
    [
        "sqlite://",
        "sqlite:///:memory:",
        "nonsense",
        "nosuch://host/name",
        "mysql://host/name",
        "postgresql+asyncpg://host/name",
        "postgresql://host:port/name",
    ],
)
def test_an_unusable_url_is_refused(text: str) -> None:
    with pytest.raises(ClaryError) as caught:
        Database.open(text)
    assert code_of(caught) == "DATABASE_URL_INVALID"


def test_a_mistake_in_a_statement_is_our_own_fault(database: Database) -> None:
    with pytest.raises(ClaryError) as caught, database.read() as connection:
        connection.execute(text("select nothing from nowhere"))
    assert (code_of(caught), caught.value.exit_status) == ("DATABASE_FAILED", 1)


def test_large_numbers_are_kept(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(NOTE).values(id=2**62, body="large"))
    with database.read() as connection:
        assert connection.execute(select(NOTE.c.id)).scalars().all() == [2**62]


class Pressed:
    """A value at which a person interrupts the program."""

    def __conform__(self, _: object) -> str:
        raise KeyboardInterrupt


def test_a_statement_that_a_person_interrupts_lets_go_of_the_lock(file_database: Database) -> None:
    rows = [{"id": 1, "body": "first"}, {"id": 2, "body": Pressed()}]
    with pytest.raises(KeyboardInterrupt) as held, file_database.write() as connection:
        connection.execute(insert(NOTE), rows)
    # Whoever handles the interruption still holds what was under way.
    assert held.tb is not None
    with file_database.write() as connection:
        connection.execute(insert(NOTE).values(id=3, body="after"))
    with file_database.read() as connection:
        assert connection.execute(select(NOTE.c.id)).scalars().all() == [3]
