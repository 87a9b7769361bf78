from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clary.companies.sandbox import logons, situations
from clary.companies.sandbox.file import connect
from clary.companies.sandbox.situations import Caller
from clary.kernel.errors import Busy, Misconfigured, Severity, Unauthorised, Unreachable
from clary.ledger.fields import EditionName
from tests.companies.sandbox.at_sage import (
    CLOCK,
    READER,
    WRITER,
    act,
    logged_on,
    make,
    notes,
    refusal,
    rows,
)

# -- the program (US) --------------------------------------------------------------------------


def test_a_program_that_does_not_run_is_started(tmp_path: Path) -> None:
    assert notes(make(tmp_path, "us")) == ["PROGRAM_STARTED"]


def test_in_a_program_without_a_user_the_connector_logs_in(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    act(path, "open-sage")
    assert notes(path) == ["PROGRAM_WITHOUT_USER"]


def test_beside_another_user_a_multi_user_company_gives_a_new_session(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    act(path, "open-sage", user="PERSON")
    assert notes(path) == ["PROGRAM_WITH_USER"]


def test_beside_another_user_a_single_user_company_is_busy(tmp_path: Path) -> None:
    path = make(tmp_path, "us", "single")
    act(path, "open-sage", user="PERSON")
    error = refusal(path)
    assert (type(error), error.code) == (Busy, "COMPANY_SINGLE_USER")
    assert "PERSON is using it" in str(error)
    act(path, "close-sage")
    assert notes(path) == ["PROGRAM_STARTED"]


@pytest.mark.parametrize("users", ["single", "multi"])
def test_the_session_open_under_the_same_name_cannot_be_used(tmp_path: Path, users: str) -> None:
    path = make(tmp_path, "us", users)
    act(path, "open-sage", user="CLARY")
    for caller in (WRITER, READER):
        error = refusal(path, caller)
        assert (type(error), error.code) == (Busy, "USER_NAME_IN_USE")


def test_notes_warn_and_stop_nothing(tmp_path: Path) -> None:
    with logged_on(make(tmp_path, "us")) as logon:
        assert [note.severity for note in logon.notes] == [Severity.WARNING]


def test_uk_logons_do_not_depend_on_the_program(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    act(path, "open-sage", user="MANAGER")
    assert notes(path) == []


# -- access by third-party applications --------------------------------------------------------


def test_the_first_session_asks_and_waits_for_a_person(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    act(path, "allow-access ask")
    for _ in range(2):
        error = refusal(path)
        assert (type(error), error.code) == (Unauthorised, "ACCESS_PENDING")
    assert rows(path, "SELECT value FROM company WHERE name = 'access'") == [("pending",)]
    act(path, "allow-access always")
    assert notes(path) == ["PROGRAM_STARTED"]


def test_refused_access_keeps_the_connector_out(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    act(path, "allow-access never")
    assert refusal(path, READER).code == "ACCESS_DENIED"


@pytest.mark.parametrize("caller", [READER, WRITER])
def test_access_given_once_lets_one_session_in(tmp_path: Path, caller: Caller) -> None:
    path = make(tmp_path, "us")
    act(path, "allow-access once")
    assert notes(path, caller) == ["PROGRAM_STARTED"]
    assert refusal(path, caller).code == "ACCESS_PENDING"


def test_a_logon_that_fails_does_not_use_up_access_given_once(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    act(path, "allow-access once")
    act(path, "set-password CLARY sesame")
    assert refusal(path).code == "PASSWORD_WRONG"
    assert notes(path, Caller(password="sesame", write=True)) == ["PROGRAM_STARTED"]


def test_unregistered_uk_installations_refuse_writes_with_their_number(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    act(path, "allow-access never")
    error = refusal(path)
    assert (type(error), error.code) == (Unauthorised, "NOT_REGISTERED")
    assert "SDO error 31, sdoNotRegistered: a person must act" in str(error)


# -- users, passwords, seats -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edition", "words"), [("us", "E_ACCESSDENIED"), ("uk", "SDO error 22, sdoLogonPassword")]
)
def test_a_wrong_password_is_said_in_the_words_of_the_edition(
    tmp_path: Path, edition: EditionName, words: str
) -> None:
    path = make(tmp_path, edition)
    act(path, "set-password CLARY sesame")
    for caller in (READER, Caller(password="Sesame"), Caller(password="wrong", write=True)):
        error = refusal(path, caller)
        assert (type(error), error.code) == (Unauthorised, "PASSWORD_WRONG")
        assert words in str(error)
    with logged_on(path, Caller(password="sesame", write=True)) as logon:
        assert logon.user == "CLARY"


def test_unknown_and_inactive_users_cannot_log_on(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    assert "SDO error 21" in str(refusal(path, Caller(user="NOBODY")))
    act(path, "edit-record user CLARY inactive=true")
    assert refusal(path).code == "LOGON_FAILED"


def test_a_us_user_without_sdk_data_access_cannot_connect(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    act(path, "set-rights CLARY sdk_data_access edit")
    error = refusal(path, READER)
    assert error.code == "RIGHT_MISSING"
    assert "Company: SDK Data Access" in error.findings[0].remedy


def test_one_user_name_logs_on_once(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    with logged_on(path):
        error = refusal(path, Caller(user="clary", write=True))
        assert (type(error), error.code) == (Busy, "USER_NAME_IN_USE")
        assert "SDO error 23, sdoLogonNameInUse: try again" in str(error)
        assert "remove-session CLARY" in error.findings[0].remedy
    assert notes(path) == []


@pytest.mark.parametrize("edition", ["us", "uk"])
def test_reading_goes_on_beside_the_writing_of_the_same_connector(
    tmp_path: Path, edition: EditionName
) -> None:
    path = make(tmp_path, edition, "single")
    with logged_on(path, WRITER), logged_on(path, READER) as reader:
        assert reader.session is None


def test_uk_reads_go_on_while_writes_wait(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    act(path, "open-sage", user="CLARY")
    with logged_on(path, READER) as reader:
        assert not reader.write
    assert refusal(path, WRITER).code == "USER_NAME_IN_USE"
    act(path, "close-sage")
    assert notes(path, WRITER) == []


def test_uk_reads_leave_no_trace_in_the_file(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    with logged_on(path, READER):
        assert rows(path, "SELECT * FROM logon") == []


def test_a_full_licence_is_busy(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")  # the usual tier has two seats
    act(path, "open-sage", user="MANAGER")
    act(path, "add-user BOB")
    with logged_on(path):
        error = refusal(path, Caller(user="BOB", write=True))
    assert (type(error), error.code) == (Busy, "USER_COUNT_EXCEEDED")
    assert "SDO error 30" in str(error)
    assert "CLARY, MANAGER" in error.findings[0].remedy


def test_the_one_seat_of_a_single_uk_licence_is_taken_by_the_person(tmp_path: Path) -> None:
    path = make(tmp_path, "uk", "single")
    act(path, "open-sage", user="MANAGER")
    assert refusal(path).code == "USER_COUNT_EXCEEDED"


@pytest.mark.parametrize(
    ("edition", "words"),
    [("us", "CompanyExclusiveAccessException"), ("uk", "SDO error 24, sdoLogonExclusive")],
)
def test_exclusive_mode_keeps_writers_out(tmp_path: Path, edition: EditionName, words: str) -> None:
    path = make(tmp_path, edition)
    act(path, "exclusive on")
    error = refusal(path)
    assert (type(error), error.code) == (Busy, "COMPANY_EXCLUSIVE")
    assert words in str(error)
    act(path, "exclusive off")
    with logged_on(path):
        pass


def test_an_interface_of_another_release_cannot_open_the_company(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    act(path, "upgrade 34")
    error = refusal(path)
    assert (type(error), error.code) == (Misconfigured, "VERSION_MISMATCH")
    assert "SDO error 26, sdoWrongVersion" in str(error)
    act(path, "install-interface 34")
    assert notes(path) == []


# -- sessions that a crash leaves behind -------------------------------------------------------

_CRASH = """
import os, sys
from pathlib import Path
from clary.companies.sandbox.file import connect
from clary.companies.sandbox.situations import Caller, log_on
from clary.kernel.clock import SystemClock
path = Path(sys.argv[1])
log_on(connect(path), path, Caller(write=True), SystemClock())
os._exit(9)
"""


@pytest.mark.kills
@pytest.mark.parametrize("edition", ["us", "uk"])
def test_a_session_of_a_dead_process_of_this_machine_is_taken_over(
    tmp_path: Path, edition: EditionName
) -> None:
    path = make(tmp_path, edition)
    died = subprocess.run([sys.executable, "-c", _CRASH, str(path)], check=False)
    assert died.returncode == 9
    assert rows(path, "SELECT user FROM logon") == [("CLARY",)]
    assert "SESSION_TAKEN_OVER" in notes(path)
    assert "SESSION_TAKEN_OVER" not in notes(path)


@pytest.mark.kills
def test_a_dead_process_counts_as_dead_before_its_parent_has_noticed(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    with subprocess.Popen([sys.executable, "-c", _CRASH, str(path)]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert notes(path) == ["SESSION_TAKEN_OVER"]


def test_another_process_with_the_same_number_is_not_the_holder(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    with contextlib.closing(connect(path)) as connection:
        logons.add(connection, "CLARY", "2026-01-01")
        assert [each.is_left_behind for each in logons.all_logons(connection)] == [False]
        connection.execute("UPDATE logon SET started = 'another start'")
        left = [each.is_left_behind for each in logons.all_logons(connection)]
    assert left == [bool(rows(path, "SELECT 1 FROM logon WHERE started <> ''"))]


def test_what_another_machine_left_is_removed_by_a_person_only(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    act(path, "leave-session CLARY")
    assert refusal(path).code == "USER_NAME_IN_USE"
    act(path, "remove-session CLARY")
    assert notes(path) == []


def test_a_session_left_behind_on_purpose_is_taken_over(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    with contextlib.closing(connect(path)) as connection:
        logon = situations.log_on(connection, path, WRITER, CLOCK)
        situations.leave_behind(connection, path, logon)
    assert notes(path) == ["SESSION_TAKEN_OVER"]


def test_a_removed_session_notices(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    with contextlib.closing(connect(path)) as connection:
        logon = situations.log_on(connection, path, WRITER, CLOCK)
        situations.check_standing(connection, "uk", logon)
        act(path, "remove-session CLARY")
        with pytest.raises(Unreachable, match="SDO error 91, sdoConnectionKickedOut"):
            situations.check_standing(connection, "uk", logon)
        with logged_on(path), pytest.raises(Unreachable):
            situations.check_standing(connection, "uk", logon)


# -- records and the company alone -------------------------------------------------------------


def test_a_record_open_at_sage_is_busy_for_others_only(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    act(path, "hold-record user CLARY")
    with contextlib.closing(connect(path)) as connection:
        situations.check_record(connection, "uk", "MANAGER", "user", "CLARY")
        situations.check_record(connection, "uk", "CLARY", "user", "MANAGER")
        with pytest.raises(Busy, match="MANAGER has user clary open") as caught:
            situations.check_record(connection, "uk", "CLARY", "user", "clary")
    assert caught.value.findings[0].record == "user clary"


def test_what_needs_the_company_alone_waits_for_the_others(tmp_path: Path) -> None:
    path = make(tmp_path, "uk")
    with logged_on(path) as logon, contextlib.closing(connect(path)) as connection:
        situations.check_alone(connection, "uk", logon.user, "delete the user")
        act(path, "open-sage", user="MANAGER")
        with pytest.raises(Busy, match="alone to delete the user, and it is in use by MANAGER"):
            situations.check_alone(connection, "uk", logon.user, "delete the user")
