"""A PostgreSQL server is used safely, and what goes wrong with it says what to do."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import text

from clary.kernel.errors import Busy, ClaryError, Misconfigured, Rejected, Unreachable
from clary.store import Database
from clary.store.database import allow_idling
from clary.store.postgresql import CONNECTIONS, lock_number
from tests.databases import Server

CANARY = "canary-4711"


@pytest.fixture
def name(server: Server) -> Iterator[str]:
    """Give the name of an empty database."""
    made = server.new()
    yield made
    server.drop(made)


@pytest.fixture
def database(server: Server, name: str) -> Iterator[Database]:
    opened = Database.open(server.url(name), busy_milliseconds=200)
    yield opened
    opened.close()


def refused(url: str) -> ClaryError:
    with pytest.raises(ClaryError) as caught:
        Database.open(url)
    assert CANARY not in str(caught.value)
    assert CANARY not in repr(caught.value.findings)
    return caught.value


def test_a_plain_url_and_one_with_the_driver_lead_to_the_same(server: Server, name: str) -> None:
    for url in (server.url(name), server.url(name).replace("postgresql:", "postgresql+psycopg:")):
        with closing(Database.open(url)) as database:
            assert database.kind == "postgresql"


def test_a_database_that_is_not_there(server: Server) -> None:
    error = refused(server.url("nosuch"))
    assert (error.code, type(error)) == ("DATABASE_MISSING", Misconfigured)


def test_a_user_that_is_not_there(server: Server, name: str) -> None:
    error = refused(server.url(name).replace("postgres@", f"nobody:{CANARY}@"))
    assert (error.code, type(error)) == ("DATABASE_LOGIN_REFUSED", Misconfigured)


def test_a_wrong_password(server: Server, name: str) -> None:
    rules = server.folder / "data" / "pg_hba.conf"
    rules.write_text("local all careful scram-sha-256\nlocal all all trust\n", encoding="utf-8")
    server.execute("create role careful login password 'other'")
    server.execute("select pg_reload_conf()")
    for user in (f"careful:{CANARY}", "careful"):
        error = refused(server.url(name).replace("postgres@", f"{user}@"))
        assert (error.code, type(error)) == ("DATABASE_LOGIN_REFUSED", Misconfigured)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://user:{CANARY}@127.0.0.1:{{port}}/name",
        f"postgresql://user@127.0.0.1:{{port}}/name?password={CANARY}&connect_timeout=2",
    ],
)
def test_a_server_that_does_not_answer(url: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = refused(url.format(port=unused.getsockname()[1]))
    assert (error.code, type(error)) == ("DATABASE_UNREACHABLE", Unreachable)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://user:{CANARY}@host:port/name",
        f"nosuch://user:{CANARY}@host/name",
        f"postgresql+asyncpg://user@host/name?password={CANARY}",
    ],
)
def test_a_url_that_cannot_be_used_is_shown_without_its_password(url: str) -> None:
    assert refused(url).code == "DATABASE_URL_INVALID"


def test_the_password_of_a_url_is_never_shown(server: Server, name: str) -> None:
    url = server.url(name, password=CANARY).replace("postgres@", f"postgres:{CANARY}@")
    with closing(Database.open(url)) as database:
        assert CANARY not in database.url


def test_another_encoding_is_refused(server: Server) -> None:
    name = server.new(options="encoding 'LATIN1'")
    error = refused(server.url(name))
    server.drop(name)
    assert error.code == "DATABASE_ENCODING"


def test_a_user_that_may_not_make_tables(server: Server, name: str) -> None:
    server.execute("create role reader login")
    database = Database.open(server.url(name).replace("postgres@", "reader@"))
    with pytest.raises(ClaryError) as caught, closing(database):
        database.migrate()
    assert caught.value.code == "DATABASE_FORBIDDEN"


def test_a_reader_writes_nothing(database: Database) -> None:
    with pytest.raises(ClaryError) as caught, database.read() as connection:
        connection.execute(text("create table note (id int)"))
    assert caught.value.code == "DATABASE_FORBIDDEN"


def test_a_text_that_cannot_be_kept_is_the_senders_fault(database: Database) -> None:
    with pytest.raises(Rejected) as caught, database.read() as connection:
        connection.execute(text("select :given"), {"given": "a\x00b"})
    assert caught.value.code == "DATABASE_TEXT_INVALID"


def test_what_was_committed_is_on_the_disk_whatever_the_server_says(
    server: Server, name: str
) -> None:
    server.execute(f'alter database "{name}" set synchronous_commit = off')
    with closing(Database.open(server.url(name))) as database, database.read() as connection:
        assert connection.execute(text("show synchronous_commit")).scalar_one() == "on"


def test_a_connection_that_the_server_closed_is_replaced(
    server: Server, database: Database
) -> None:
    with database.read() as connection:
        number = connection.execute(text("select pg_backend_pid()")).scalar_one()
    server.execute(f"select pg_terminate_backend({number})")
    with database.read() as connection:
        assert connection.execute(text("select pg_backend_pid()")).scalar_one() != number


def test_a_connection_that_is_lost_in_the_middle(server: Server, database: Database) -> None:
    def lose_it() -> None:
        with database.write("books") as connection:
            number = connection.execute(text("select pg_backend_pid()")).scalar_one()
            server.execute(f"select pg_terminate_backend({number})")
            connection.execute(text("select 1"))

    with pytest.raises(Unreachable) as caught:
        lose_it()
    assert caught.value.code == "DATABASE_UNREACHABLE"


def test_connections_are_bounded(server: Server, name: str) -> None:
    database = Database.open(server.url(name), busy_milliseconds=200)
    held = [database.read() for _ in range(CONNECTIONS)]
    for each in held:
        each.__enter__()
    with pytest.raises(Busy) as caught, database.read():
        pass
    for each in held:
        each.__exit__(None, None, None)
    database.close()
    assert caught.value.code == "DATABASE_CROWDED"


def test_many_statements_of_one_kind_begin_as_the_first_did(database: Database) -> None:
    """The driver prepares what it sees often, which several statements at once cannot be."""
    for _ in range(12):
        with database.write("books") as connection:
            held = connection.execute(
                text("select count(*) from pg_locks where locktype='advisory'")
            )
            assert held.scalar_one() == 2


def test_a_transaction_that_does_nothing_is_ended_unless_it_says_so(database: Database) -> None:
    limit = text("show idle_in_transaction_session_timeout")
    with database.write() as connection:
        assert connection.execute(limit).scalar_one() == "20s"
        allow_idling(connection)
        assert connection.execute(limit).scalar_one() == "0"
    with database.read() as connection:
        assert connection.execute(limit).scalar_one() == "20s"


def test_a_lock_has_a_number_of_64_bits() -> None:
    numbers = {lock_number(f"company {number}") for number in range(1000)}
    assert len(numbers) == 1000
    assert all(-(2**63) <= number < 2**63 for number in numbers)


HOLD = """
import sys, time
from clary.store import Database
from clary.store.database import allow_idling
with Database.open(sys.argv[1]).write("books"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_lock_of_a_killed_process_is_free_at_once(server: Server, name: str) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, server.url(name)], stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    start = time.monotonic()
    with closing(Database.open(server.url(name))) as database, database.write("books"):
        pass
    assert time.monotonic() - start < 10
