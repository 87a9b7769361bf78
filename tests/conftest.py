"""Fixtures and settings that every test folder shares."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest
from hypothesis import HealthCheck, settings

from clary.store import Database
from tests import surroundings
from tests.databases import KINDS, URL_FILE, Server, running_server

# Two shared cores make single examples slow at random, so no example has a deadline.
settings.register_profile(
    "clary", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("clary")


@pytest.fixture(scope="session", autouse=True)
def installation_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Point CLARY_HOME to a folder of this run, so that no test meets a real installation."""
    folder = tmp_path_factory.mktemp("clary-home")
    before = os.environ.get("CLARY_HOME")
    os.environ["CLARY_HOME"] = str(folder)
    yield folder
    if before is None:
        del os.environ["CLARY_HOME"]
    else:
        os.environ["CLARY_HOME"] = before


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark of tests that run on both kinds of database."""
    config.addinivalue_line("markers", "both_databases: run on SQLite and on PostgreSQL")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with that mark, and all of store and engine, once on each kind."""
    wanted = "database_kind" in metafunc.fixturenames
    if wanted and metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("database_kind", KINDS, indirect=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Store what was measured before the process ends, which must not take long then."""
    measured = coverage.Coverage.current()
    if measured is not None and os.environ.get("PYTEST_XDIST_WORKER"):
        measured.stop()
        measured.save()


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """Return the kind of database that a test uses: SQLite, unless it is marked for both."""
    return str(getattr(request, "param", KINDS[0]))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Give the PostgreSQL server of this test run."""
    with running_server() as running:
        yield running


@pytest.fixture
def migrated_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """Give the URL of a database with all tables and no rows, of the test's own.

    The test's folder names it, so that what the test starts finds it, too.
    """
    if database_kind == KINDS[0]:
        template = request.getfixturevalue("empty_database")
        shutil.copy(template, tmp_path / "clary.db")
        yield f"sqlite:///{tmp_path / 'clary.db'}"
        return
    server: Server = request.getfixturevalue("server")
    name = server.new(migrated=True)
    (tmp_path / URL_FILE).write_text(server.url(name), encoding="utf-8")
    yield server.url(name)
    server.drop(name)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a migrated database that nothing was ever written to."""
    path = tmp_path_factory.mktemp("migrated") / "empty.db"
    database = Database.open(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture
def hledger() -> str:
    """Return the path of hledger, the independent judge of the books."""
    return surroundings.system_command("hledger")


@pytest.fixture(scope="session")
def reference() -> Path:
    """Return the folder of the reference data, or skip with the reason."""
    return surroundings.reference_file(".")
