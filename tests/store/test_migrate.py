"""Every revision leads to the tables that the code declares, and no newer one is touched."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    INTEGER,
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    insert,
    inspect,
    select,
    text,
)

import clary
from clary.kernel.errors import ClaryError
from clary.store import METADATA, Database
from clary.store.migrate import HEAD, known_revisions, revision, upgrade
from clary.store.portable import tables
from tests.databases import Server


def import_all_tables() -> None:
    """Import every module called `tables`, wherever in the house it lives."""
    for module in pkgutil.walk_packages(clary.__path__, "clary."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)


@pytest.fixture
def database(empty_url: str) -> Iterator[Database]:
    opened = Database.open(empty_url)
    yield opened
    opened.close()


def test_the_migrated_schema_is_what_the_code_declares(database: Database) -> None:
    import_all_tables()
    database.migrate()
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, METADATA)
    assert differences == []


def test_texts_sort_by_bytes_and_numbers_have_64_bits_on_a_server(server: Server) -> None:
    """Whatever the language that the database was made for."""
    name = server.new()
    database = Database.open(server.url(name))
    database.migrate()
    with database.read() as connection:
        columns = [
            (table, column["name"], column["type"])
            for table in inspect(connection).get_table_names()
            if table != "alembic_version"
            for column in inspect(connection).get_columns(table)
        ]
    database.close()
    server.drop(name)
    collations = {
        (table, name): kind.collation for table, name, kind in columns if isinstance(kind, String)
    }
    assert collations
    assert [each for each, collation in collations.items() if collation != "C"] == []
    assert [each for each in columns if type(each[2]) is INTEGER] == []


def test_the_head_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", "src/clary/store/migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_migrating_again_changes_nothing(database: Database) -> None:
    database.migrate()
    with database.read() as connection:
        before = inspect(connection).get_table_names()
    database.migrate()
    with database.read() as connection:
        assert inspect(connection).get_table_names() == before
        assert revision(connection) == HEAD


def test_a_database_of_a_newer_program_is_left_alone(database: Database) -> None:
    database.migrate()
    with database.write() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(ClaryError) as caught:
        database.migrate()
    assert caught.value.code == "DATABASE_NEWER"
    assert "9999" in str(caught.value)


def test_a_database_of_another_program_is_left_alone(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("create table customer (id text)"))
    with pytest.raises(ClaryError) as caught:
        database.migrate()
    assert caught.value.code == "DATABASE_FOREIGN"


def test_programs_that_start_at_once_migrate_once(empty_url: str, database: Database) -> None:
    together = Barrier(2)

    def start() -> None:
        other = Database.open(empty_url)
        together.wait()
        other.migrate()
        other.close()

    with ThreadPoolExecutor(2) as pool:
        for started in [pool.submit(start) for _ in range(2)]:
            started.result()
    with database.read() as connection:
        assert connection.execute(text("select count(*) from alembic_version")).scalar_one() == 1


def values_for(table: Table, number: int) -> dict[str, object]:
    """Return a row that fits a table, its references to row `number` of the others."""
    return {column.name: value_for(column, number) for column in table.columns}


def value_for(column: Column[Any], number: int) -> object:
    if isinstance(column.type, Boolean):
        return bool(number % 2)
    if isinstance(column.type, LargeBinary):
        return bytes([number, 0, 255])
    if isinstance(column.type, Integer):
        return number
    return f"{column.name} {number} £ \u2028 'quoted'"


def content(connection: Connection, names: Iterable[str]) -> dict[str, list[dict[str, object]]]:
    """Return the rows of these tables, with the columns that they have now."""
    found = MetaData()
    found.reflect(connection)
    return {
        name: [
            dict(row)
            for row in connection.execute(
                select(found.tables[name]).order_by(*found.tables[name].primary_key.columns)
            ).mappings()
        ]
        for name in names
    }


def test_a_filled_database_of_the_first_revision_keeps_its_data(database: Database) -> None:
    """Each later revision is applied to rows in every table that there was then."""
    with database.write() as connection:
        upgrade(connection, FIRST)
        made = tables(connection)
        for table in made:
            connection.execute(insert(table), [values_for(table, n) for n in range(1, 4)])
        before = content(connection, [table.name for table in made])
    assert all(len(rows) == 3 for rows in before.values())
    later = sorted(known_revisions() - {FIRST})
    for each in later:
        with database.write() as connection:
            upgrade(connection, each)
            now = content(connection, before)
        for name, rows in before.items():
            kept = [
                {column: row[column] for column in old}
                for row, old in zip(now[name], rows, strict=True)
            ]
            assert kept == rows, (each, name)
    database.migrate()
    assert later[-1] == HEAD


FIRST = "0001"
