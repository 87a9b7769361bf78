from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from clary.companies.sandbox import faults
from clary.companies.sandbox.admission import Admission, admit
from clary.companies.sandbox.books import Books
from clary.companies.sandbox.faults import (
    FAULTS,
    Armed,
    Stage,
    clear_faults,
    list_faults,
    set_fault,
)
from clary.companies.sandbox.file import connect
from clary.companies.sandbox.situations import set_value
from clary.kernel.errors import (
    Busy,
    ClaryError,
    Guarded,
    Rejected,
    Unauthorised,
    Uncertain,
    Unreachable,
)
from clary.ledger.fields import EditionName
from tests.companies.sandbox.at_sage import CLOCK, READER, WRITER, make, notes, rows


def write_groups(path: Path, *groups: tuple[str, ...]) -> None:
    """Log on, write each group of values in one transaction, and log off, as a session does."""
    with contextlib.closing(connect(path)) as connection:
        books = Books(connection, path, "", CLOCK)
        admission = admit(books, WRITER)
        try:
            for group in groups:
                _write(books, admission, group)
        finally:
            admission.end()


def _write(books: Books, admission: Admission, group: tuple[str, ...]) -> None:
    try:
        with books.writing():
            admission.begun()
            for value in group:
                admission.before_write("user")
                set_value(books.connection, value, "written")
            admission.before_commit()
    except ClaryError:
        admission.after_rollback()
        raise
    admission.after_commit()


def written(path: Path) -> list[str]:
    return [str(row[0]) for row in rows(path, "SELECT name FROM company WHERE value = 'written'")]


def met(path: Path, *groups: tuple[str, ...]) -> ClaryError:
    with pytest.raises(ClaryError) as caught:
        write_groups(path, *(groups or (("a",),)))
    return caught.value


@pytest.mark.parametrize("edition", ["us", "uk"])
@pytest.mark.parametrize(
    ("kind", "error", "code", "books"),
    [
        ("busy", Busy, "COMPANY_BUSY", []),
        ("lost-session", Unreachable, "SESSION_LOST", []),
        ("server-start-failed", Unreachable, "SERVER_START_FAILED", []),
        ("crash-after-commit", Uncertain, "CONNECTION_BROKE", ["a"]),
        ("crash-before-commit", Uncertain, "CONNECTION_BROKE", []),
        ("wrong-company", Guarded, "WRONG_COMPANY_OPEN", []),
        ("read-only-user", Unauthorised, "READ_ONLY_USER", []),
        ("slow", Uncertain, "ANSWER_LATE", ["a"]),
        ("disk-full", Unreachable, "DISK_FULL", []),
        ("record-in-use", Busy, "RECORD_IN_USE", []),
    ],
)
def test_each_fault_strikes_once_in_its_own_way(  # the table has one column per argument
    tmp_path: Path,
    edition: EditionName,
    kind: str,
    error: type[ClaryError],
    code: str,
    books: list[str],
) -> None:
    path = make(tmp_path, edition)
    set_fault(path, kind)
    struck = met(path)
    assert (type(struck), struck.code) == (error, code)
    assert written(path) == books
    write_groups(path, ("b",))
    assert written(path) == [*books, "b"]


def test_the_table_above_names_every_fault() -> None:
    (parameters,) = (
        mark.args[1]
        for mark in test_each_fault_strikes_once_in_its_own_way.pytestmark  # type: ignore[attr-defined]  # pytest adds it
        if mark.args[0] != "edition"
    )
    assert {row[0] for row in parameters} == set(FAULTS)


@pytest.mark.parametrize("kind", sorted(FAULTS))
def test_a_fault_strikes_as_often_as_it_was_told_even_where_the_write_is_lost(
    tmp_path: Path, kind: str
) -> None:
    path = make(tmp_path, "uk")
    set_fault(path, kind, times=3)
    for left in (2, 1, 0):
        met(path)
        assert [armed.times for armed in list_faults(path)] == ([left] if left else [])
    write_groups(path, ("b",))


def test_one_refusal_in_a_group_leaves_the_others_and_is_counted(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    with contextlib.closing(connect(path)) as connection:
        books = Books(connection, path, "", CLOCK)
        admission = admit(books, WRITER)
        set_fault(path, "busy", times=2)
        with books.writing():
            admission.begun()
            for value in ("a", "b", "c"):
                with contextlib.suppress(Busy):
                    admission.before_write("user")
                    set_value(connection, value, "written")
            admission.before_commit()
        admission.after_commit()
        admission.end()
    assert written(path) == ["c"]
    assert list_faults(path) == []


def test_a_fault_that_was_struck_in_a_lost_transaction_is_counted_once(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    set_fault(path, "busy", times=5)
    set_fault(path, "disk-full", times=1)
    with contextlib.closing(connect(path)) as connection:
        books = Books(connection, path, "", CLOCK)
        admission = admit(books, WRITER)
        with pytest.raises(Unreachable), books.writing():  # noqa: PT012 - the group is what fails
            admission.begun()
            with contextlib.suppress(Busy):
                admission.before_write("user")
            admission.before_commit()
        admission.after_rollback()
        admission.end()
    assert list_faults(path) == [Armed("busy", Stage.WRITE, 4)]


@pytest.mark.parametrize("kind", ["lost-session", "crash-after-commit", "crash-before-commit"])
def test_a_broken_session_does_nothing_more_and_stays_behind(tmp_path: Path, kind: str) -> None:
    path = make(tmp_path, "us")
    set_fault(path, kind)
    with contextlib.closing(connect(path)) as connection:
        books = Books(connection, path, "", CLOCK)
        admission = admit(books, WRITER)
        with pytest.raises(ClaryError):
            _write(books, admission, ("a",))
        with pytest.raises(Unreachable, match="session with Sage 50 was lost"):
            admission.before_write("user")
        with pytest.raises(Unreachable, match="session with Sage 50 was lost"):
            admission.before_read()
        admission.end()
    assert rows(path, "SELECT user FROM logon") == [("CLARY",)]
    assert "SESSION_TAKEN_OVER" in notes(path)


def test_a_group_that_lost_its_session_is_not_committed(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    with contextlib.closing(connect(path)) as connection:
        books = Books(connection, path, "", CLOCK)
        admission = admit(books, WRITER)
        with pytest.raises(Uncertain), books.writing():  # noqa: PT012 - the group is what fails
            admission.begun()
            set_value(connection, "a", "written")
            admission_error = _lose(path, admission)
            admission.before_commit()
        admission.after_rollback()
        admission.end()
    assert admission_error == "SESSION_LOST"
    assert written(path) == []


def _lose(path: Path, admission: Admission) -> str:
    # armed from within, since nobody else can write while the group is open
    del path
    connection = admission._books.connection  # noqa: SLF001 - the test's own way in
    connection.execute("INSERT INTO fault VALUES ('lost-session', 'write', 1)")
    admission._faults.load()  # noqa: SLF001 - as above
    with pytest.raises(Unreachable) as caught:
        admission.before_write("user")
    return caught.value.code


def test_a_read_fault_strikes_reads_only(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    set_fault(path, "slow", on="read")
    write_groups(path, ("a",))
    with contextlib.closing(connect(path)) as connection:
        admission = admit(Books(connection, path, "", CLOCK), READER)
        with pytest.raises(Unreachable, match="did not answer before the deadline"):
            admission.before_read()
        admission.before_read()
        admission.end()


def test_the_com_error_names_its_number_and_remedy(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    set_fault(path, "server-start-failed")
    struck = met(path)
    assert "COM 80080005, CO_E_SERVER_EXEC_FAILURE" in str(struck)
    assert "same user session" in struck.findings[0].remedy
    assert "same elevation" in struck.findings[0].remedy


def test_uk_faults_carry_sage_s_own_numbers(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    set_fault(path, "read-only-user")
    assert "SDO error 32, sdoReadOnlyAccess" in str(met(path))
    set_fault(path, "busy")
    assert "SDO error 48, sdoFileLockedAccountsBusy" in str(met(path))


def test_faults_are_listed_and_cleared(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    assert set_fault(path, "busy", times=2, on="connect") == (
        "The fault busy strikes on connect the next 2 times."
    )
    set_fault(path, "slow")
    assert list_faults(path) == [
        Armed("busy", Stage.CONNECT, 2),
        Armed("slow", Stage.COMMITTED, 1),
    ]
    assert clear_faults(path) == 2
    write_groups(path, ("a",))


@pytest.mark.parametrize(
    ("kind", "times", "on", "code"),
    [
        ("fire", 1, None, "FAULT_UNKNOWN"),
        ("busy", 0, None, "FAULT_TIMES"),
        ("busy", faults.MOST_TIMES + 1, None, "FAULT_TIMES"),
        ("disk-full", 1, "read", "FAULT_STAGE"),
    ],
)
def test_an_impossible_fault_is_refused(
    tmp_path: Path, kind: str, times: int, on: str | None, code: str
) -> None:
    path = make(tmp_path, "us")
    with pytest.raises(Rejected) as caught:
        set_fault(path, kind, times=times, on=on)
    assert caught.value.code == code
    assert list_faults(path) == []
