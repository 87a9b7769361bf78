"""Company files that are missing, damaged, foreign, newer, locked or on a full disk."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from clary.companies.contract import Fence, Session
from clary.companies.sandbox import SandboxCompany, create
from clary.companies.sandbox.schema import FORMAT
from clary.kernel.errors import Busy, ClaryError, Guarded, Misconfigured, Rejected, Unreachable
from tests.companies.sandbox.small import everything, invoice, plain


def code_of(path: Path) -> str:
    """Return the code that opening the file ends with."""
    with pytest.raises(ClaryError) as error:
        SandboxCompany(path).info()
    return error.value.code


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    assert code_of(tmp_path / "none.clary") == "COMPANY_MISSING"


@pytest.mark.parametrize(
    "content", [b"", b"not a database", b"SQLite format 3\x00" + b"\xff" * 900]
)
def test_a_file_that_is_no_company_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.clary"
    path.write_bytes(content)
    assert code_of(path) == "COMPANY_CORRUPT"
    assert path.read_bytes() == content


def test_another_sqlite_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.clary"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    assert code_of(path) == "COMPANY_CORRUPT"


def test_a_damaged_company_is_refused(us_path: Path) -> None:
    content = bytearray(us_path.read_bytes())
    content[8192 : 8192 * 4] = b"\x5a" * (8192 * 3)
    us_path.write_bytes(bytes(content))
    assert code_of(us_path) == "COMPANY_CORRUPT"


def test_a_newer_format_is_refused(us_path: Path) -> None:
    with closing(sqlite3.connect(us_path)) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    assert code_of(us_path) == "COMPANY_NEWER"


def test_a_company_is_never_made_over_another(us_path: Path) -> None:
    before = us_path.read_bytes()
    with pytest.raises(Misconfigured) as error:
        create(us_path, name="Again", edition="us")
    assert error.value.code == "COMPANY_EXISTS"
    assert us_path.read_bytes() == before


@pytest.mark.parametrize("name", ["", "x" * 40, "../up", "a/b", "line\nbreak"])
def test_a_name_that_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Rejected) as error:
        create(tmp_path / "new.clary", name=name, edition="us")
    assert error.value.code == "NAME_INVALID"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("day", [date(2026, 1, 2), date(1979, 1, 1), date(2101, 1, 1)])
def test_a_fiscal_year_starts_with_a_month(tmp_path: Path, day: date) -> None:
    with pytest.raises(Rejected) as error:
        create(tmp_path / "new.clary", name="New", edition="us", fiscal_year_start=day)
    assert error.value.code == "FISCAL_YEAR_INVALID"


def connection_of(session: Session) -> sqlite3.Connection:
    """Return the session's connection, to set limits of SQLite's own."""
    return session._books.connection  # type: ignore[attr-defined,no-any-return]  # noqa: SLF001 - as said


def test_a_locked_file_is_busy_and_nothing_is_written(us_path: Path) -> None:
    with SandboxCompany(us_path).session(write=True) as session:
        before = everything(session)
        connection_of(session).execute("PRAGMA busy_timeout = 50")
        with closing(sqlite3.connect(us_path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Busy) as error:
                session.create("sales_invoice", invoice(plain("10.00")))
            assert error.value.code == "COMPANY_LOCKED"
        assert everything(session) == before


def test_a_full_disk_loses_nothing(us_path: Path) -> None:
    def fill(session: Session) -> None:
        with session.group():
            for number in range(2_000):
                session.create("sales_invoice", invoice(plain("1.00"), number=str(number)))

    with SandboxCompany(us_path).session(write=True) as session:
        before = everything(session)
        connection = connection_of(session)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(Unreachable) as error:
            fill(session)
        assert error.value.code == "DISK_FULL"
        connection.execute("PRAGMA max_page_count = 1000000")
        assert everything(session) == before
        session.create("sales_invoice", invoice(plain("1.00")))


def test_an_older_lease_writes_nothing(us_path: Path) -> None:
    company = SandboxCompany(us_path)
    with company.session(write=True, fence=Fence("old", 1)) as session:
        before = everything(session)
        with closing(sqlite3.connect(us_path)) as other:
            other.execute("UPDATE company SET value = '2' WHERE name = 'fence'")
            other.commit()
        with pytest.raises(Guarded) as error:
            session.create("sales_invoice", invoice(plain("10.00")))
        assert error.value.code == "LEASE_SUPERSEDED"
        assert everything(session) == before
    with pytest.raises(Guarded):
        company.session(write=True, fence=Fence("old", 1))
