"""What a connector meets when it logs on to Sage 50, and while it is logged on.

Each situation has a code and a text of its own, because each asks for something else: to
wait, to grant access, to remove a session that a crash left behind.  The words of the
two programming interfaces stand in brackets, so that what Sage says can be found here.

A session that a crash of ours left on this very machine is taken over by the next logon,
which says so.  Real Sage would keep it until the manager removes it (UK: User Management,
Active Sessions; the act `remove-session`); that we may tell our own dead session apart is
a convenience of the sandbox, unproven for Sage.  What another machine left is never taken.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clary.companies.sandbox import logons, releases, users
from clary.companies.sandbox.file import transaction
from clary.companies.sandbox.logons import CONNECTOR_PROGRAM, SAGE_PROGRAM, Logon
from clary.companies.sandbox.users import FoundUser, Rights
from clary.kernel.clock import Clock, timestamp
from clary.kernel.errors import (
    Busy,
    ClaryError,
    Code,
    Finding,
    Misconfigured,
    Unauthorised,
    Unreachable,
    declare,
)
from clary.ledger.editions import uk_sdo
from clary.ledger.fields import EditionName

PROGRAM_STARTED = declare(
    "PROGRAM_STARTED",
    Busy,
    "Sage 50 was not running; it was started with a log-in of {user}.",
    "Nothing needs to be done.",
)
PROGRAM_WITHOUT_USER = declare(
    "PROGRAM_WITHOUT_USER",
    Busy,
    "Sage 50 was running without a user; {user} was logged in.",
    "Nothing needs to be done.",
)
PROGRAM_WITH_USER = declare(
    "PROGRAM_WITH_USER",
    Busy,
    "Sage 50 is running with the user {holder}, whose session cannot be used; {user} has a"
    " new one.",
    "Nothing needs to be done.",
)
SESSION_TAKEN_OVER = declare(
    "SESSION_TAKEN_OVER",
    Busy,
    "A session of {user} that a crash on this machine had left behind was ended.",
    "Check in the run log what the crashed run had written.",
)
ACCESS_PENDING = declare(
    "ACCESS_PENDING",
    Unauthorised,
    "Access by third-party applications was asked for and waits for a person at Sage{words}.",
    "Open the company in Sage 50 and answer the question with Always (sandbox:"
    " `clary sandbox act NAME allow-access always`).",
)
ACCESS_DENIED = declare(
    "ACCESS_DENIED",
    Unauthorised,
    "Access by third-party applications was refused in Sage{words}.",
    "Have it allowed under Maintain > Users > Set Up Security (sandbox:"
    " `clary sandbox act NAME allow-access always`).",
)
NOT_REGISTERED = declare(
    "NOT_REGISTERED",
    Unauthorised,
    "Third-party access is not registered in this installation of Sage{words}.",
    "Register it in Sage 50 Accounts (sandbox: `clary sandbox act NAME allow-access always`).",
)
COMPANY_EXCLUSIVE = declare(
    "COMPANY_EXCLUSIVE",
    Busy,
    "{holder} has the company open exclusively{words}.",
    "Wait until the backup or other exclusive task has ended; the work is tried again.",
)
COMPANY_SINGLE_USER = declare(
    "COMPANY_SINGLE_USER",
    Busy,
    "The company is in single-user mode and {holder} is using it{words}.",
    "Close Sage 50 there, or use a multi-user licence; the work is tried again.",
)
USER_NAME_IN_USE = declare(
    "USER_NAME_IN_USE",
    Busy,
    "The Sage user {user} is logged on already, by {program} since {since}{words}.",
    "Close Sage 50 there, or give the connector a user of its own; a session that a crash"
    " left behind is removed by {removal} (sandbox: `clary sandbox act NAME remove-session"
    " {user}`).",
)
USER_COUNT_EXCEEDED = declare(
    "USER_COUNT_EXCEEDED",
    Busy,
    "The licence allows {limit} users at once, and as many are logged on{words}.",
    "Wait until one of them has logged off ({holders}); the work is tried again.",
)
LOGON_FAILED = declare(
    "LOGON_FAILED",
    Unauthorised,
    "{user} cannot log on: there is no such Sage user, or it is inactive{words}.",
    "Name an active user of the company: `clary company set NAME --set user=U`.",
)
PASSWORD_WRONG = declare(
    "PASSWORD_WRONG",
    Unauthorised,
    "The password of the Sage user {user} is wrong{words}.",
    "Store the right one: `clary company set NAME --secret password`.",
)
VERSION_MISMATCH = declare(
    "VERSION_MISMATCH",
    Misconfigured,
    "The company is of release {release}, the programming interface of release {engine}{words}.",
    "Install the interface of the company's release where the connector runs (sandbox:"
    " `clary sandbox act NAME install-interface {release}`).",
)
DATA_RESTORED = declare(
    "DATA_RESTORED",
    Unreachable,
    "The company was restored from a backup while this session was open{words}.",
    "Open a new session, and check with `clary runs list` which documents are missing now.",
)
SESSION_REMOVED = declare(
    "SESSION_REMOVED",
    Unreachable,
    "The session of {user} was removed by a person at Sage{words}.",
    "Open a new session; nothing of the present group was written.",
)
RECORD_IN_USE = declare(
    "RECORD_IN_USE",
    Busy,
    "{holder} has {record} open{words}.",
    "Wait until it is closed there; the work is tried again.",
)
OTHERS_LOGGED_ON = declare(
    "OTHERS_LOGGED_ON",
    Busy,
    "It takes the company alone to {doing}, and it is in use by {holders}{words}.",
    "Wait until they have logged off; the work is tried again.",
)

_WORDS: Final[dict[EditionName, dict[str, str]]] = {
    "us": {
        "ACCESS_PENDING": "authorization result 1, Pending",
        "ACCESS_DENIED": "authorization result 2, Denied",
        "COMPANY_EXCLUSIVE": "CompanyExclusiveAccessException",
        "COMPANY_SINGLE_USER": "authorization result 6, CompanyLocked",
        "USER_NAME_IN_USE": "authorization result 5, LoginRestricted",
        "USER_COUNT_EXCEEDED": "LicenseNotAvailableException",
        "PASSWORD_WRONG": "E_ACCESSDENIED",
        "LOGON_FAILED": "E_ACCESSDENIED",
        "RECORD_IN_USE": "RecordInUseException",
        "SERVER_START_FAILED": "COM 80080005, CO_E_SERVER_EXEC_FAILURE",
        "READ_ONLY_USER": "InadequatePermissionException",
    },
    "uk": {
        "LOGON_FAILED": uk_sdo.told(21),
        "PASSWORD_WRONG": uk_sdo.told(22),
        "USER_NAME_IN_USE": uk_sdo.told(23),
        "COMPANY_EXCLUSIVE": uk_sdo.told(24),
        "OTHERS_LOGGED_ON": uk_sdo.told(24),
        "VERSION_MISMATCH": uk_sdo.told(26),
        "USER_COUNT_EXCEEDED": uk_sdo.told(30),
        "NOT_REGISTERED": uk_sdo.told(31),
        "READ_ONLY_USER": uk_sdo.told(32),
        "COMPANY_BUSY": uk_sdo.told(48),
        "RECORD_IN_USE": uk_sdo.told(48),
        "DATA_RESTORED": uk_sdo.shown(64),
        "SESSION_REMOVED": uk_sdo.told(91),
        "SERVER_START_FAILED": "COM 80080005, CO_E_SERVER_EXEC_FAILURE",
    },
}
"""What Sage's own interfaces call a situation (sage50-us.md 4.2 and 4.5, sage50-uk.md 1.6).

That a user name in use is what the US interface calls a restricted login is inferred.
"""

_REMOVAL: Final[dict[EditionName, str]] = {
    "us": "restarting Sage 50 there",
    "uk": "the manager under User Management > Active Sessions",
}

READS_MEET_SITUATIONS: Final[dict[EditionName, bool]] = {"us": True, "uk": False}
"""Whether a session that only reads meets the same situations as one that writes.

UK reads go through the read-only ODBC driver: they need a user and its password and no
more, so they go on while writes wait.  US reads meet what writes meet, unless they are
plain: then they go through ODBC, too (sage50-us.md section 5).  In neither does a reading
session take a seat of its own: it shares that of the connector's user, as no source shows
a seat taken by ODBC (inferred for the US).
"""


def met(
    code: Code, edition: EditionName, *, record: str | None = None, **values: object
) -> ClaryError:
    """Return a situation as its error, in the words of the edition's own interface."""
    words = _WORDS[edition].get(code.name)
    return code.raised(record=record, field=None, words=f" ({words})" if words else "", **values)


@dataclass(frozen=True, slots=True)
class LogOn:
    """One successful logon.

    Attributes:
        user: the user's name as the company has it.
        rights: what the user may do.
        write: the session may write.
        session: its row among the logons; none where it takes no seat of its own.
        marker: marks the very file content it was opened on; a restore changes it.
        admitted: third-party access was granted to it, or it needs none.
        notes: what was met on the way and stops nothing.
    """

    user: str
    rights: Rights
    write: bool
    session: str | None
    marker: str
    admitted: bool = True
    notes: tuple[Finding, ...] = ()


def company_values(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the company's own values by name."""
    return dict(connection.execute("SELECT name, value FROM company"))


def set_value(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Set one of the company's own values, in the open transaction."""
    connection.execute(
        "INSERT INTO company (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def edition_of(values: dict[str, str]) -> EditionName:
    """Return the edition of a company from its values."""
    return "uk" if values["edition"] == "uk" else "us"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who wants to log on.

    Attributes:
        user: Sage user name; the connector's own if none.
        password: that user's password; none is the same as empty.
        write: the session will write.
        at_screen: it is the person at Sage's own screen, who needs no third-party access
            and goes on in the session that Sage has open under that name.
        plain: it reads the data as the read-only ODBC driver does, which no third-party
            access guards.
    """

    user: str | None = None
    password: str | None = None
    write: bool = False
    at_screen: bool = False
    plain: bool = False


def log_on(connection: sqlite3.Connection, path: Path, caller: Caller, clock: Clock) -> LogOn:
    """Log on to the company, or say what stands in the way.

    Raises:
        Busy: someone uses the company, the user name or the last seat.
        Unauthorised: a person must grant access, mend the user or the password.
        Misconfigured: the interface is of another release than the company.
    """
    values = company_values(connection)
    edition = edition_of(values)
    writes = caller.write or caller.at_screen
    guarded = not (caller.at_screen or caller.plain)
    meets = guarded and (writes or READS_MEET_SITUATIONS[edition])
    if meets:
        _check_version(values, edition)
        _check_access(connection, path, values, edition)
    found = _known_user(connection, edition, caller)
    if guarded:
        users.check_access_right(found.rights)
    session: str | None = None
    notes: tuple[Finding, ...] = ()
    if writes:
        with transaction(connection, path):
            session, notes = _take_seat(connection, edition, found.name, caller, clock)
    elif meets:
        notes = _look_in(connection, path, values, found.name)
    return LogOn(
        user=found.name,
        rights=found.rights,
        write=writes,
        session=session,
        marker=values.get("marker", ""),
        admitted=meets or caller.at_screen,
        notes=notes,
    )


def check_access(connection: sqlite3.Connection, path: Path, logon: LogOn) -> None:
    """Check that third-party access was granted, for a session that logged on without it.

    Raises:
        Unauthorised: a person at Sage must grant it.
    """
    if not logon.admitted:
        values = company_values(connection)
        _check_access(connection, path, values, edition_of(values))


def _check_version(values: dict[str, str], edition: EditionName) -> None:
    engine = values.get("interface") or values["release"]
    if engine != values["release"]:
        raise met(VERSION_MISMATCH, edition, release=values["release"], engine=engine)


def _check_access(
    connection: sqlite3.Connection, path: Path, values: dict[str, str], edition: EditionName
) -> None:
    """Check that a person lets third-party applications in; the first to come asks."""
    access = values["access"]
    if access == "always" or (access == "once" and edition == "us"):
        return
    if edition == "uk":
        raise met(NOT_REGISTERED, edition)
    if access == "never":
        raise met(ACCESS_DENIED, edition)
    if access != "pending":
        with transaction(connection, path):
            set_value(connection, "access", "pending")
    raise met(ACCESS_PENDING, edition)


def _known_user(connection: sqlite3.Connection, edition: EditionName, caller: Caller) -> FoundUser:
    name = caller.user or users.CONNECTOR
    found = users.find_user(connection, edition, name)
    if found is None or found.inactive:
        raise met(LOGON_FAILED, edition, user=name)
    if not caller.at_screen and not users.password_fits(connection, found.name, caller.password):
        raise met(PASSWORD_WRONG, edition, user=found.name)
    return found


def _take_seat(
    connection: sqlite3.Connection,
    edition: EditionName,
    user: str,
    caller: Caller,
    clock: Clock,
) -> tuple[str | None, tuple[Finding, ...]]:
    """Check everyone who is logged on, and add the caller; in the open transaction."""
    values = company_values(connection)
    _check_exclusive(values, user if caller.at_screen else None)
    notes = list(_end_left_behind(connection))
    others = logons.all_logons(connection)
    if caller.at_screen and any(_is_screen_of(each, user) for each in others):
        return None, tuple(notes)
    check_seat(values, user, others)
    now = timestamp(clock.now())
    if caller.at_screen:
        return logons.add_person(connection, user, now), tuple(notes)
    if values["access"] == "once":
        set_value(connection, "access", "unasked")
    if edition == "us":
        notes.append(_program_note(values, user, others))
    return logons.add(connection, user, now), tuple(notes)


def _look_in(
    connection: sqlite3.Connection, path: Path, values: dict[str, str], user: str
) -> tuple[Finding, ...]:
    """Check everyone who is logged on, for a session that only reads."""
    _check_exclusive(values, None)
    others = [
        each
        for each in logons.all_logons(connection)
        if not each.is_left_behind and not (each.program == CONNECTOR_PROGRAM and each.user == user)
    ]
    check_seat(values, user, others)
    if values["access"] == "once":
        with transaction(connection, path):
            set_value(connection, "access", "unasked")
    return (_program_note(values, user, others),)


def _check_exclusive(values: dict[str, str], person: str | None) -> None:
    if values["exclusive"] not in ("", person):
        raise met(COMPANY_EXCLUSIVE, edition_of(values), holder=values["exclusive"])


def _is_screen_of(logon: Logon, user: str) -> bool:
    return logon.program == SAGE_PROGRAM and logon.user == user


def _end_left_behind(connection: sqlite3.Connection) -> Iterator[Finding]:
    for logon in logons.all_logons(connection):
        if logon.is_left_behind:
            logons.remove(connection, logon.session)
            yield SESSION_TAKEN_OVER.warning(user=logon.user)


def check_seat(values: dict[str, str], user: str, others: list[Logon]) -> None:
    """Check that there is a seat for `user` beside those who are logged on.

    Raises:
        Busy: the name is in use, the company is used by its single user, or the licence
            is full.
    """
    edition = edition_of(values)
    for each in others:
        if each.user.casefold() == user.casefold():
            raise met(
                USER_NAME_IN_USE,
                edition,
                user=each.user,
                program=each.program,
                since=each.since,
                removal=_REMOVAL[edition],
            )
    if edition == "us" and values["users"] == "single" and others:
        raise met(COMPANY_SINGLE_USER, edition, holder=others[0].user)
    limit = releases.user_limit(edition, values["tier"], values["users"])
    if len(others) >= limit:
        raise met(USER_COUNT_EXCEEDED, edition, limit=limit, holders=_names(others))


def _names(logged_on: list[Logon]) -> str:
    return ", ".join(each.user for each in logged_on)


def _program_note(values: dict[str, str], user: str, others: list[Logon]) -> Finding:
    holder = next((each.user for each in others if each.program == SAGE_PROGRAM), None)
    if holder is not None:
        return PROGRAM_WITH_USER.warning(user=user, holder=holder)
    if values["program"] == "open":
        return PROGRAM_WITHOUT_USER.warning(user=user)
    return PROGRAM_STARTED.warning(user=user)


def log_off(connection: sqlite3.Connection, path: Path, logon: LogOn) -> None:
    """End a logon; ending one that is gone already does nothing."""
    if logon.session is not None:
        with transaction(connection, path):
            logons.remove(connection, logon.session)


def leave_behind(connection: sqlite3.Connection, path: Path, logon: LogOn) -> None:
    """Leave a session logged on, as a crash of its process does."""
    if logon.session is not None:
        with transaction(connection, path):
            logons.abandon(connection, logon.session)


def check_standing(connection: sqlite3.Connection, edition: EditionName, logon: LogOn) -> None:
    """Check that a session still stands: two look-ups, at the start of each transaction.

    Raises:
        Unreachable: the books were restored, or a person removed the session.
    """
    row = connection.execute("SELECT value FROM company WHERE name = 'marker'").fetchone()
    if (row[0] if row else "") != logon.marker:
        raise met(DATA_RESTORED, edition)
    if logon.session is None:
        return
    if logons.session_of(connection, logon.user) != logon.session:
        raise met(SESSION_REMOVED, edition, user=logon.user)


def check_record(
    connection: sqlite3.Connection,
    edition: EditionName,
    user: str,
    record_type: str,
    record_key: str,
) -> None:
    """Check that nobody else has a record open.

    Args:
        connection: the open company.
        edition: us or uk.
        user: who wants to change it.
        record_type: canonical name of its type.
        record_key: its own key as the books have it: an ID, or a transaction number.

    Raises:
        Busy: someone has (RECORD_IN_USE).
    """
    row = connection.execute(
        "SELECT user FROM record_lock WHERE record_type = ? AND record_key = ?",
        (record_type, record_key),
    ).fetchone()
    if row is not None and row[0] != user:
        record = f"{record_type} {record_key}"
        raise met(RECORD_IN_USE, edition, holder=row[0], record=record)


def check_alone(
    connection: sqlite3.Connection, edition: EditionName, user: str | None, doing: str
) -> None:
    """Check that nobody but `user` is logged on, for what needs the company alone.

    UK: deletion of records, imports, restore (Sage help on locking).

    Raises:
        Busy: others are (OTHERS_LOGGED_ON).
    """
    others = [
        each
        for each in logons.all_logons(connection)
        if each.user != user and not each.is_left_behind
    ]
    if others:
        raise met(OTHERS_LOGGED_ON, edition, doing=doing, holders=_names(others))
