"""Every revision leads to the tables that the code declares, and no newer one is touched."""

from __future__ import annotations

import importlib
import pkgutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

import clary
from clary.kernel.errors import ClaryError
from clary.store import METADATA, Database
from clary.store.migrate import HEAD, revision


def opened(tmp_path: Path) -> Database:
    return Database.open(f"sqlite:///{tmp_path / 'clary.db'}")


def import_all_tables() -> None:
    """Import every module called `tables`, wherever in the house it lives."""
    for module in pkgutil.walk_packages(clary.__path__, "clary."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)


def test_the_migrated_schema_is_what_the_code_declares(tmp_path: Path) -> None:
    import_all_tables()
    database = opened(tmp_path)
    database.migrate()
    with database.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)
    database.close()
    assert differences == []


def test_the_head_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", "src/clary/store/migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    database = opened(tmp_path)
    database.migrate()
    with database.read() as connection:
        before = inspect(connection).get_table_names()
    database.migrate()
    with database.read() as connection:
        assert inspect(connection).get_table_names() == before
        assert revision(connection) == HEAD
    database.close()


def test_a_database_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    database = opened(tmp_path)
    database.migrate()
    with sqlite3.connect(tmp_path / "clary.db") as raw:
        raw.execute("update alembic_version set version_num = '9999'")
    raw.close()
    with pytest.raises(ClaryError) as caught:
        database.migrate()
    database.close()
    assert caught.value.code == "DATABASE_NEWER"
    assert "9999" in str(caught.value)


def test_a_file_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "clary.db") as raw:
        raw.execute("create table customer (id text)")
    raw.close()
    database = opened(tmp_path)
    with pytest.raises(ClaryError) as caught:
        database.migrate()
    database.close()
    assert caught.value.code == "DATABASE_FOREIGN"


def test_programs_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    together = Barrier(2)

    def start() -> None:
        database = opened(tmp_path)
        together.wait()
        database.migrate()
        database.close()

    with ThreadPoolExecutor(2) as pool:
        for started in [pool.submit(start) for _ in range(2)]:
            started.result()
    with sqlite3.connect(tmp_path / "clary.db") as raw:
        assert raw.execute("select count(*) from alembic_version").fetchall() == [(1,)]
    raw.close()
