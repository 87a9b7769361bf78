"""Users: who may log on to the pages and what they may do there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from clary.hub import passwords
from clary.hub.access import Access, Role
from clary.hub.connections import ConnectionKind
from clary.hub.installation import Installation
from clary.hub.services.permissions import needs, needs_nothing
from clary.hub.trail import Entry
from clary.hub.users import (
    USERS,
    User,
    add_user_row,
    all_users,
    attempt,
    find_user,
    forget_failures,
    get_user,
    remove_user_row,
    renew_hash,
    require_an_admin,
    require_email,
    require_free,
    require_user_name,
    save_user_row,
)
from clary.kernel.change import Body
from clary.kernel.clock import timestamp
from clary.kernel.errors import Unauthorised, declare

LOGON_REFUSED = declare(
    "LOGON_REFUSED",
    Unauthorised,
    "Name and password do not fit, or there were too many attempts.",
    "Try again with the right ones; after many failed attempts, wait up to 15 minutes.",
    http_status=401,
)


REMOVED = "user.remove"
"""What the audit trail calls that a user was removed."""


@dataclass(frozen=True, slots=True)
class UserAnswer:
    """A user as faces show one; never the password."""

    user: User
    stored: bool = True

    def as_dict(self) -> Body:
        """Return the user as JSON-ready values."""
        user = self.user
        return {
            "name": user.name,
            "email": user.email,
            "role": user.role.value if user.role else None,
            "companies": {name: role.value for name, role in sorted(user.roles.items())},
            "disabled": user.disabled,
            "has_password": user.password is not None,
            "created_at": timestamp(user.created_at),
            "updated_at": timestamp(user.updated_at),
            "stored": self.stored,
        }


@dataclass(frozen=True, slots=True)
class UserChange:
    """What is to be changed of a user; what is none stays as it is.

    Attributes:
        email: the e-mail address; empty forgets it.
        password: the new password.
        role: role for all companies; `no_role` takes it away.
        roles: roles for single companies, by any spelling of their names; none as the
            role takes it away.
        disabled: may not log on.
    """

    email: str | None = None
    password: str | None = None
    role: Role | None = None
    no_role: bool = False
    roles: Mapping[str, Role | None] = field(default_factory=dict)
    disabled: bool | None = None


@needs(Role.ADMIN)
def list_users(installation: Installation) -> list[UserAnswer]:
    """Return the users by name."""
    with installation.database.read() as read:
        return [UserAnswer(user) for user in all_users(read)]


@needs(Role.ADMIN)
def show_user(installation: Installation, name: str) -> UserAnswer:
    """Return one user.

    Raises:
        Rejected: there is no such user (USER_UNKNOWN).
    """
    with installation.database.read() as read:
        return UserAnswer(get_user(read, name))


@needs(Role.ADMIN)
def add_user(
    installation: Installation, name: str, wanted: UserChange, *, dry_run: bool = False
) -> UserAnswer:
    """Add a user.

    Args:
        installation: where the user is stored.
        name: what they log on with.
        wanted: e-mail, password and roles; without a password the user cannot log on yet.
        dry_run: only check.

    Raises:
        Rejected: name, e-mail or password cannot be used, or the name is taken.
        Misconfigured: there is no such company.
    """
    require_user_name(name)
    change = _change(installation, wanted)
    now = installation.clock.now()
    user = change(User(name, None, None, disabled=False, created_at=now, updated_at=now))
    with installation.database.write(USERS) as write:
        require_free(write, name)
        if not dry_run:
            add_user_row(write, user)
            installation.trail.record(write, Entry("user.add", record=name, new=user.told()))
    return UserAnswer(user, stored=not dry_run)


@needs(Role.ADMIN)
def change_user(
    installation: Installation, name: str, wanted: UserChange, *, dry_run: bool = False
) -> UserAnswer:
    """Change a user.

    Raises:
        Rejected: there is no such user, or e-mail or password cannot be used.
        Guarded: nobody with the role admin would be left (LAST_ADMIN).
        Misconfigured: there is no such company.
    """
    change = _change(installation, wanted)
    with installation.database.write(USERS) as write:
        before = get_user(write, name)
        user = change(before)
        if dry_run:
            return UserAnswer(user, stored=False)
        save_user_row(write, user)
        new = user.told()
        if wanted.password is not None:
            forget_failures(write, user.name)
            new["password"] = "changed"  # noqa: S105 - tells that, and not what
        entry = Entry("user.set", record=user.name, old=before.told(), new=new)
        installation.trail.record(write, entry)
        # Counted under the lock of the trail: of two last admins, only one can be demoted.
        require_an_admin(write, before)
    return UserAnswer(user)


@needs(Role.ADMIN)
def remove_user(installation: Installation, name: str, *, dry_run: bool = False) -> UserAnswer:
    """Remove a user; what they did stays in the audit trail.

    Raises:
        Rejected: there is no such user (USER_UNKNOWN).
        Guarded: nobody with the role admin would be left (LAST_ADMIN).
    """
    with installation.database.write(USERS) as write:
        user = get_user(write, name)
        if dry_run:
            return UserAnswer(user)
        remove_user_row(write, user)
        installation.trail.record(write, Entry(REMOVED, record=user.name, old=user.told()))
        require_an_admin(write, user)
    return UserAnswer(user, stored=False)


@needs_nothing
def log_on(installation: Installation, name: str, password: str) -> Access:
    """Return what a user may do who knows the password.

    Whoever fails again and again waits longer and longer; the answer never tells whether
    there is such a user, nor whether the password was looked at.

    Raises:
        Unauthorised: name and password do not fit, or there were too many attempts
            (LOGON_REFUSED).
    """
    now = installation.clock.now()
    database = installation.database
    with database.write(USERS) as write:
        user = find_user(write, name[:256])
        looked_at = attempt(write, name[:256], known=user is not None, now=now)
    right = passwords.is_right(user.password if user else None, password)
    if user is None or user.disabled or not (looked_at and right):
        raise LOGON_REFUSED.raised()
    with database.write(USERS) as write:
        forget_failures(write, user.name)
        if user.password is not None and passwords.is_weak(user.password):
            renew_hash(write, user, passwords.hash_of(password))
    return user.access


@needs_nothing
def access_of(installation: Installation, name: str) -> Access:
    """Return what a user may do now, for a face where they have logged on before.

    Raises:
        Unauthorised: the user is gone or may not log on any more (LOGON_REFUSED).
    """
    with installation.database.read() as read:
        user = find_user(read, name)
    if user is None or user.disabled:
        raise LOGON_REFUSED.raised()
    return user.access


def _change(installation: Installation, wanted: UserChange) -> Callable[[User], User]:
    """Return what makes a user as wanted; what takes time or can fail is done here.

    Raises:
        Rejected: e-mail or password cannot be used.
        Misconfigured: there is no such company.
    """
    now = installation.clock.now()
    values: dict[str, Any] = {"updated_at": now}
    if wanted.email is not None:
        require_email(wanted.email or None)
        values["email"] = wanted.email or None
    if wanted.role is not None or wanted.no_role:
        values["role"] = wanted.role
    if wanted.disabled is not None:
        values["disabled"] = wanted.disabled
    if wanted.password is not None:
        passwords.require_password(wanted.password)
        values |= {"password": passwords.hash_of(wanted.password), "password_at": now}
    roles = {_folded(installation, name, role): role for name, role in wanted.roles.items()}

    def change(user: User) -> User:
        merged = {**user.roles, **roles}
        kept = {company: role for company, role in merged.items() if role is not None}
        return replace(user, roles=kept, **values)

    return change


def _folded(installation: Installation, name: str, role: Role | None) -> str:
    """Return the folded name of a company; a role can be taken away for one that is gone."""
    if role is None:
        return name.casefold()
    return installation.connections.get(name, ConnectionKind.COMPANY).name.casefold()
