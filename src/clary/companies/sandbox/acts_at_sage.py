"""Acts on the installation: Sage open or closed, who gets in, users, records held open."""

from __future__ import annotations

import sqlite3
from typing import Final

from clary.companies.keys import parse_key
from clary.companies.sandbox import logons, situations, users
from clary.companies.sandbox.acting import ACT_ARGUMENTS, ACT_IMPOSSIBLE, USER, Act, Argument, Play
from clary.companies.sandbox.logons import SAGE_PROGRAM
from clary.companies.sandbox.situations import company_values, met, set_value
from clary.companies.sandbox.users import FoundUser
from clary.ledger.record import RecordType
from clary.ledger.registry import record_type
from clary.ledger.types.people import RIGHT_AREAS, RIGHT_LEVELS

_ON_OFF: Final = ("on", "off")
_NAME_LENGTH: Final = 32


def _user(play: Play, connection: sqlite3.Connection, name: str) -> FoundUser:
    found = users.find_user(connection, play.edition, name)
    if found is None:
        raise met(situations.LOGON_FAILED, play.edition, user=name)
    return found


# -- Sage open and closed ----------------------------------------------------------------


def _open_sage(play: Play) -> str:
    with play.writing() as connection:
        values = company_values(connection)
        named = play.options.get("user")
        if named is None:
            set_value(connection, "program", "open")
            return "Sage 50 is running, with nobody logged in."
        user = _user(play, connection, named).name
        if values["exclusive"] not in ("", user):
            raise met(situations.COMPANY_EXCLUSIVE, play.edition, holder=values["exclusive"])
        alive = [each for each in logons.all_logons(connection) if not each.is_left_behind]
        situations.check_seat(values, user, alive)
        logons.add_person(connection, user, play.now)
        set_value(connection, "program", "open")
        set_value(connection, "program_user", user)
    return f"Sage 50 is running, and {user} has the company open."


def _close_sage(play: Play) -> str:
    only = play.options.get("user")
    with play.writing() as connection:
        at_sage = [each for each in logons.all_logons(connection) if each.program == SAGE_PROGRAM]
        for each in at_sage:
            if only is None or each.user.casefold() == only.casefold():
                _leave(connection, each.session, each.user)
        left = [each.user for each in logons.all_logons(connection) if each.program == SAGE_PROGRAM]
        set_value(connection, "program", "open" if left else "closed")
        set_value(connection, "program_user", left[-1] if left else "")
    return f"{', '.join(left)} still use Sage 50." if left else "Sage 50 is closed."


def _leave(connection: sqlite3.Connection, session: str, user: str) -> None:
    """End a person's session with everything it holds."""
    logons.remove(connection, session)
    connection.execute("DELETE FROM record_lock WHERE user = ? COLLATE NOCASE", (user,))
    connection.execute(
        "UPDATE company SET value = '' WHERE name = 'exclusive' AND value = ? COLLATE NOCASE",
        (user,),
    )


def _exclusive(play: Play) -> str:
    with play.writing() as connection:
        if play.arguments["state"] == "off":
            set_value(connection, "exclusive", "")
            return "The company is open to everybody again."
        user = _user(play, connection, play.person).name
        situations.check_alone(connection, play.edition, user, "open it exclusively")
        set_value(connection, "exclusive", user)
    return f"{user} has the company open exclusively."


# -- who gets in --------------------------------------------------------------------------


def _allow_access(play: Play) -> str:
    answer = play.arguments["answer"]
    with play.writing() as connection:
        set_value(connection, "access", "unasked" if answer == "ask" else answer)
    return {
        "once": "The next session of a third-party application is let in.",
        "always": "Third-party applications are let in.",
        "never": "Third-party applications are kept out.",
        "ask": "The next session of a third-party application asks for access.",
    }[answer]


def _set_rights(play: Play) -> str:
    level = play.arguments["level"]
    area = play.arguments["area"].replace("-", "_").casefold()
    with play.writing() as connection:
        user = _user(play, connection, play.arguments["name"])
        users.set_level(connection, user, area, level, play.now)
    label = users.AREA_LABELS[play.edition][area]
    was = " and is no administrator any more" if user.rights.administrator else ""
    return f"{user.name} has the level {level} in {label}{was}."


def _add_user(play: Play) -> str:
    name = play.arguments["name"].strip()
    name = name.upper() if play.edition == "uk" else name
    administrator = play.options.get("administrator", "yes") == "yes"
    if not 0 < len(name) <= _NAME_LENGTH:
        reason = f"a user name has 1 to {_NAME_LENGTH} characters"
        raise ACT_ARGUMENTS.raised(name="add-user", reason=reason, usage="add-user NAME")
    with play.writing() as connection:
        if users.find_user(connection, play.edition, name) is not None:
            raise ACT_IMPOSSIBLE.raised(
                reason=f"There is a user {name} already", remedy="Choose another name."
            )
        users.add_user(connection, name, play.now, administrator=administrator)
        users.set_password(connection, name, play.options.get("password", ""))
    kind = "an administrator" if administrator else "a user without rights"
    return f"{name} was added as {kind}."


def _set_password(play: Play) -> str:
    password = play.arguments.get("password", "")
    with play.writing() as connection:
        user = _user(play, connection, play.arguments["name"]).name
        users.set_password(connection, user, password)
    return f"{user} has {'a new' if password else 'no'} password."


def _remove_session(play: Play) -> str:
    with play.writing() as connection:
        user = _user(play, connection, play.arguments["name"]).name
        session = logons.session_of(connection, user)
        if session is None:
            raise ACT_IMPOSSIBLE.raised(
                reason=f"{user} is not logged on", remedy="Nothing is left to do."
            )
        _leave(connection, session, user)
    return f"The session of {user} was removed."


def _leave_session(play: Play) -> str:
    with play.writing() as connection:
        user = _user(play, connection, play.arguments["name"]).name
        alive = [each for each in logons.all_logons(connection) if not each.is_left_behind]
        situations.check_seat(company_values(connection), user, alive)
        logons.add_person(connection, user, play.now, "a program on another machine")
    return f"A crash on another machine has left {user} logged on."


# -- releases -----------------------------------------------------------------------------


def _upgrade(play: Play) -> str:
    release = _release(play)
    with play.writing() as connection:
        values = company_values(connection)
        if int(release) < int(values["release"]):
            raise ACT_IMPOSSIBLE.raised(
                reason=f"The company is of release {values['release']} already",
                remedy="Books cannot go back to an older release; restore a backup instead.",
            )
        set_value(connection, "interface", values.get("interface") or values["release"])
        set_value(connection, "release", release)
    return f"The company was converted to release {release}; the interface was not."


def _install_interface(play: Play) -> str:
    release = _release(play)
    with play.writing() as connection:
        set_value(connection, "interface", release)
    return f"The programming interface of release {release} is installed."


def _release(play: Play) -> str:
    text = play.arguments["release"]
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):  # noqa: PLR2004 - digits of a year
        raise ACT_ARGUMENTS.raised(
            name="upgrade",
            reason="a release is a year or a version number",
            usage="upgrade RELEASE",
        )
    return str(int(text))


# -- records held open ----------------------------------------------------------------------


def _hold_record(play: Play) -> str:
    declared, key = _record(play)
    with play.writing() as connection:
        user = _user(play, connection, play.person).name
        situations.check_record(connection, play.edition, user, declared.name, key)
        connection.execute(
            "INSERT OR REPLACE INTO record_lock (record_type, record_key, user) VALUES (?, ?, ?)",
            (declared.name, key, user),
        )
    return f"{user} has {declared.name} {key} open."


def _release_record(play: Play) -> str:
    if "type" not in play.arguments:
        with play.writing() as connection:
            count = connection.execute("DELETE FROM record_lock").rowcount
        return f"{count} records were closed."
    declared, key = _record(play)
    with play.writing() as connection:
        connection.execute(
            "DELETE FROM record_lock WHERE record_type = ? AND record_key = ?",
            (declared.name, key),
        )
    return f"{declared.name} {key} is closed."


def _record(play: Play) -> tuple[RecordType, str]:
    """Return the type and the own key of the record that the act names."""
    declared = record_type(play.arguments["type"], play.edition)
    with play.at_screen(write=False) as session:
        body = session.get(declared.name, parse_key(declared, play.arguments.get("key", "")))
    return declared, str(body[declared.key])


_NAME: Final = Argument("name", "the Sage user")
_TYPE: Final = Argument("type", "record type, such as customer")
_KEY: Final = Argument("key", "the record's key")

ACTS_AT_SAGE: Final[tuple[Act, ...]] = (
    Act(
        "open-sage",
        "Start Sage 50; with a user, log in and open the company.",
        _open_sage,
        options=(Argument("user", "who logs in; nobody if left out", required=False),),
    ),
    Act(
        "close-sage",
        "Close Sage 50, and with it every record and exclusive mode held there.",
        _close_sage,
        options=(Argument("user", "whose Sage to close; all if left out", required=False),),
    ),
    Act(
        "exclusive",
        "Take the company into exclusive mode, as a backup in Sage does, or let it go.",
        _exclusive,
        (Argument("state", "on or off", _ON_OFF),),
        (USER,),
    ),
    Act(
        "allow-access",
        "Answer whether third-party applications may use the company; `once` lets one"
        " session in, `ask` forgets the answer.",
        _allow_access,
        (Argument("answer", "the answer", ("once", "always", "never", "ask")),),
    ),
    Act(
        "set-rights",
        "Give a user a level in one area; an administrator keeps full rights elsewhere.",
        _set_rights,
        (
            _NAME,
            Argument("area", "the area", RIGHT_AREAS),
            Argument("level", "the level", RIGHT_LEVELS),
        ),
    ),
    Act(
        "add-user",
        "Add a Sage user.",
        _add_user,
        (_NAME,),
        (
            Argument("administrator", "with all rights (the default) or none", ("yes", "no")),
            Argument("password", "its password; none if left out"),
        ),
    ),
    Act(
        "set-password",
        "Change a Sage user's password; without one, take it away.",
        _set_password,
        (_NAME, Argument("password", "the new password", required=False)),
    ),
    Act(
        "remove-session",
        "Remove a session, as the manager does after a crash.",
        _remove_session,
        (_NAME,),
    ),
    Act(
        "leave-session",
        "Leave a user logged on, as a crash on another machine does.",
        _leave_session,
        (_NAME,),
    ),
    Act(
        "upgrade",
        "Convert the company to a newer release; the programming interface stays behind.",
        _upgrade,
        (Argument("release", "release year (US) or version (UK)"),),
    ),
    Act(
        "install-interface",
        "Install the programming interface of a release where the connector runs.",
        _install_interface,
        (Argument("release", "release year (US) or version (UK)"),),
    ),
    Act(
        "hold-record",
        "Open a record in Sage and leave it open.",
        _hold_record,
        (_TYPE, _KEY),
        (USER,),
    ),
    Act(
        "release-record",
        "Close a record in Sage; all of them if none is named.",
        _release_record,
        (
            Argument("type", "record type", required=False),
            Argument("key", "the record's key", required=False),
        ),
        (USER,),
    ),
)
"""In the order help shows them."""
