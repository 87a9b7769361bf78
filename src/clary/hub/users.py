"""The users of an installation as they are stored: names, roles, and failed log-ons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from clary.hub.access import Access, Role
from clary.hub.tables import LOGON, USER, USER_ROLE
from clary.kernel.clock import from_timestamp, timestamp
from clary.kernel.errors import Guarded, Rejected, declare

USER_UNKNOWN = declare(
    "USER_UNKNOWN",
    Rejected,
    "There is no user {name!r}.",
    "`clary user list` lists the users.",
    http_status=404,
    exit_code=2,
)
USER_EXISTS = declare(
    "USER_EXISTS",
    Rejected,
    "There is a user {name} already.",
    "Choose another name, or change the user with `clary user set`.",
    http_status=409,
    exit_code=2,
)
USER_NAME_INVALID = declare(
    "USER_NAME_INVALID",
    Rejected,
    "{name!r} cannot be the name of a user.",
    "Use 1 to 64 letters, digits and the signs . _ @ + -, a letter or digit first.",
    exit_code=2,
)
EMAIL_INVALID = declare(
    "EMAIL_INVALID",
    Rejected,
    "{email!r} is no e-mail address.",
    "Write it as name@example.com, with at most 254 characters.",
    exit_code=2,
)
LAST_ADMIN = declare(
    "LAST_ADMIN",
    Guarded,
    "{name} is the last user with the role admin.",
    "Give another user the role admin first.",
)

_NAME = re.compile(r"[^\W_][\w.@+-]{0,63}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_EMAIL_LENGTH = 254

USERS = "users"
"""Scope of what writes to users: nothing else reads them to decide what it writes."""

FREE_FAILURES = 5
"""Failed log-ons in a row that cost nothing but the time of each."""
SHARED_PLACES = 1000
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class User:
    """One user.

    Attributes:
        name: what they log on with; case does not tell two apart.
        email: where notifications go.
        role: role for all companies and the installation; none if only for some.
        roles: roles for single companies, by folded name.
        disabled: may not log on.
        password: hash of the password; none where none was set.
        password_at: when the password was set; sessions from before are over.
    """

    name: str
    email: str | None
    role: Role | None
    disabled: bool
    created_at: datetime
    updated_at: datetime
    roles: Mapping[str, Role] = field(default_factory=dict)
    password: str | None = field(default=None, repr=False)
    password_at: datetime | None = None

    @property
    def access(self) -> Access:
        """What the user may do."""
        if self.role is None:
            return Access(self.name, Role.VIEWER, frozenset(), granted=dict(self.roles))
        return Access(self.name, self.role, granted=dict(self.roles))

    @property
    def is_admin(self) -> bool:
        """Tell whether the user can give others access."""
        return self.role is Role.ADMIN and not self.disabled

    def told(self) -> dict[str, object]:
        """Return what faces and the audit trail show of the user."""
        return {
            "name": self.name,
            "email": self.email,
            "role": self.role.value if self.role else None,
            "companies": {name: role.value for name, role in sorted(self.roles.items())},
            "disabled": self.disabled,
        }


def require_user_name(name: str) -> None:
    """Make sure that `name` can be that of a user.

    Raises:
        Rejected: it cannot (USER_NAME_INVALID).
    """
    if _NAME.fullmatch(name) is None:
        raise USER_NAME_INVALID.raised(name=name[:80])


def require_email(email: str | None) -> None:
    """Make sure that an e-mail address looks like one.

    Raises:
        Rejected: it does not (EMAIL_INVALID).
    """
    if email is not None and (len(email) > _EMAIL_LENGTH or _EMAIL.fullmatch(email) is None):
        raise EMAIL_INVALID.raised(email=email[:80])


def all_users(read: Connection) -> list[User]:
    """Return every user by name."""
    rows = read.execute(select(USER).order_by(USER.c.folded)).all()
    roles: dict[str, dict[str, Role]] = {}
    for row in read.execute(select(USER_ROLE)):
        roles.setdefault(row.user, {})[row.company] = Role(row.role)
    return [_user(row, roles.get(row.folded, {})) for row in rows]


def find_user(read: Connection, name: str) -> User | None:
    """Return the user called `name` in any case, or none."""
    folded = name.casefold()
    row = read.execute(select(USER).where(USER.c.folded == folded)).one_or_none()
    if row is None:
        return None
    found = read.execute(select(USER_ROLE).where(USER_ROLE.c.user == folded))
    return _user(row, {each.company: Role(each.role) for each in found})


def get_user(read: Connection, name: str) -> User:
    """Return the user called `name`.

    Raises:
        Rejected: there is none (USER_UNKNOWN).
    """
    found = find_user(read, name)
    if found is None:
        raise USER_UNKNOWN.raised(name=name[:80])
    return found


def require_free(read: Connection, name: str) -> None:
    """Make sure that a new user can be called `name`.

    Raises:
        Rejected: the name is taken (USER_EXISTS).
    """
    found = find_user(read, name)
    if found is not None:
        raise USER_EXISTS.raised(name=found.name)


def add_user_row(write: Connection, user: User) -> None:
    """Store a new user, whose name must be free."""
    write.execute(insert(USER).values(folded=user.name.casefold(), **_values(user)))
    _store_roles(write, user)


def save_user_row(write: Connection, user: User) -> None:
    """Store a changed user."""
    folded = user.name.casefold()
    write.execute(update(USER).where(USER.c.folded == folded).values(**_values(user)))
    write.execute(delete(USER_ROLE).where(USER_ROLE.c.user == folded))
    _store_roles(write, user)


def renew_hash(write: Connection, user: User, password: str) -> None:
    """Store another hash of the same password, unless it was changed meanwhile."""
    same = (USER.c.folded == user.name.casefold()) & (USER.c.password == user.password)
    write.execute(update(USER).where(same).values(password=password))


def remove_user_row(write: Connection, user: User) -> None:
    """Forget a user; what they did stays in the audit trail."""
    forget_failures(write, user.name)
    write.execute(delete(USER).where(USER.c.folded == user.name.casefold()))


def require_an_admin(write: Connection, before: User) -> None:
    """Make sure that a change has left a user with the role admin, if there was one.

    Raises:
        Guarded: `before` was the last one (LAST_ADMIN).
    """
    query = select(func.count()).where(USER.c.role == Role.ADMIN.value, USER.c.disabled.is_(False))
    if before.is_admin and not write.execute(query).scalar_one():
        raise LAST_ADMIN.raised(name=before.name)


def attempt(write: Connection, name: str, *, known: bool, now: datetime) -> bool:
    """Count an attempt to log on as failed until it succeeds; tell whether it is looked at.

    It is counted before the password is checked, so that many attempts at once do not get
    past the wait together, and for names that no user has as well, so that it takes as long.
    """
    place = name.casefold() if known else _shared_place(name)
    row = write.execute(select(LOGON).where(LOGON.c.user == place)).one_or_none()
    if row is not None and from_timestamp(row.waits_until) > now:
        return False
    failures = 1 if row is None else row.failures + 1
    values = {"failures": failures, "waits_until": timestamp(now + wait_after(failures))}
    if row is None:
        write.execute(insert(LOGON).values(user=place, **values))
    else:
        write.execute(update(LOGON).where(LOGON.c.user == place).values(**values))
    return True


def _shared_place(name: str) -> str:
    """Return one of a thousand places: names that are made up fill no database."""
    return f"?{crc32(name.casefold().encode('utf-8', 'replace')) % SHARED_PLACES}"


def wait_after(failures: int) -> timedelta:
    """Return how long no other attempt is looked at after so many failures in a row."""
    beyond = failures - FREE_FAILURES
    if beyond < 0:
        return timedelta(0)
    doubled: int = 1 << min(beyond, 16)
    return min(LONGEST_WAIT, FIRST_WAIT * doubled)


def forget_failures(write: Connection, name: str) -> None:
    """Forget the failed log-ons of a user, after one that succeeded or a new password."""
    write.execute(delete(LOGON).where(LOGON.c.user == name.casefold()))


def _store_roles(write: Connection, user: User) -> None:
    folded = user.name.casefold()
    rows = [
        {"user": folded, "company": company, "role": role.value}
        for company, role in user.roles.items()
    ]
    if rows:
        write.execute(insert(USER_ROLE), rows)


def _values(user: User) -> dict[str, object]:
    return {
        "name": user.name,
        "email": user.email,
        "password": user.password,
        "role": user.role.value if user.role else None,
        "disabled": user.disabled,
        "created_at": timestamp(user.created_at),
        "updated_at": timestamp(user.updated_at),
        "password_at": timestamp(user.password_at) if user.password_at else None,
    }


def _user(row: Row[Any], roles: Mapping[str, Role]) -> User:
    return User(
        name=row.name,
        email=row.email,
        role=Role(row.role) if row.role else None,
        disabled=bool(row.disabled),
        created_at=from_timestamp(row.created_at),
        updated_at=from_timestamp(row.updated_at),
        roles=roles,
        password=row.password,
        password_at=from_timestamp(row.password_at) if row.password_at else None,
    )
