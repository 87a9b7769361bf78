"""API keys: how programs prove who they are, and what each may do.

A key is shown once.  Of its secret part only the SHA-256 is kept: a slow hash protects what
people choose and others guess; nobody guesses 256 random bits, and a key is checked with
every request.  The public part names the row, so that the secret part is compared with one
digest only, in constant time.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from clary.hub.access import Access, Role
from clary.hub.connections import ConnectionKind
from clary.hub.installation import Installation
from clary.hub.services.permissions import inner, needs, needs_nothing
from clary.hub.tables import API_KEY
from clary.hub.trail import Entry
from clary.kernel.change import Body
from clary.kernel.clock import from_timestamp, moment_or_none, timestamp, timestamp_or_none
from clary.kernel.errors import Rejected, Unauthorised, declare

KEY_REFUSED = declare(
    "KEY_REFUSED",
    Unauthorised,
    "This is no API key that is in force.",
    "Use a key that `clary key add` made and that has neither expired nor been revoked.",
    http_status=401,
)
KEY_UNKNOWN = declare(
    "KEY_UNKNOWN",
    Rejected,
    "There is no API key {name!r} in force.",
    "`clary key list` lists the keys.",
    http_status=404,
    exit_code=2,
)
KEY_EXISTS = declare(
    "KEY_EXISTS",
    Rejected,
    "There is an API key {name} in force already.",
    "Choose another name, or revoke that key first.",
    http_status=409,
    exit_code=2,
)
KEY_NAME_USED = declare(
    "KEY_NAME_USED",
    Rejected,
    "There was an API key {name} before, which was revoked.",
    "Choose another name: what the earlier key did stays under its own.",
    http_status=409,
    exit_code=2,
)
KEY_NAME_INVALID = declare(
    "KEY_NAME_INVALID",
    Rejected,
    "{name!r} cannot be the name of a key.",
    "Use 1 to 64 letters, digits, blanks and the signs . _ @ + -, a letter or digit first.",
    exit_code=2,
)
KEY_EXPIRES_PAST = declare(
    "KEY_EXPIRES_PAST",
    Rejected,
    "A key cannot expire at {moment}, which is past.",
    "State a day to come, or leave it out for a key that does not expire.",
    exit_code=2,
)

MARK = "clary"
"""How every key begins, so that programs that look for leaked keys recognise it."""
_LETTERS = string.ascii_letters + string.digits
PUBLIC_LENGTH = 12
SECRET_LENGTH = 43
"""Letters and digits of the secret part: 256 bits."""
_KEY = re.compile(f"{MARK}_([A-Za-z0-9]{{{PUBLIC_LENGTH}}})_([A-Za-z0-9]{{{SECRET_LENGTH}}})")
_NAME = re.compile(r"[^\W_][\w.@+ -]{0,63}")
_NOBODY = sha256(b"").hexdigest()

KEYS = "keys"
"""Scope of what writes to keys."""

USED_STEP = timedelta(minutes=1)
"""How exactly it is kept when a key was last used; more would be a write with each request."""


@dataclass(frozen=True, slots=True)
class KeyAnswer:
    """An API key as faces show it; its text only where it was just made.

    Attributes:
        name: what people call it.
        public: its public part, by which a key that was found somewhere is recognised.
        role: its role.
        companies: folded names of the companies it is for; none is all.
        author: who made it.
        used_at: when it was last used, to the minute.
        key: the whole key, right after it was made.
    """

    name: str
    public: str
    role: Role
    companies: tuple[str, ...] | None
    author: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None
    key: str | None = field(default=None, repr=False)

    @property
    def access(self) -> Access:
        """What the key may do."""
        companies = None if self.companies is None else frozenset(self.companies)
        return Access(self.name, self.role, companies, key=self.name)

    def is_in_force(self, now: datetime) -> bool:
        """Tell whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def told(self) -> Body:
        """Return what the audit trail keeps of the key."""
        return {
            "role": self.role.value,
            "companies": None if self.companies is None else list(self.companies),
            "expires_at": timestamp_or_none(self.expires_at),
            "public": self.public,
        }

    def as_dict(self) -> Body:
        """Return the key as JSON-ready values, without its text."""
        return {
            "name": self.name,
            **self.told(),
            "author": self.author,
            "created_at": timestamp(self.created_at),
            "revoked_at": timestamp_or_none(self.revoked_at),
            "used_at": timestamp_or_none(self.used_at),
        }


@needs(Role.ADMIN)
def list_keys(installation: Installation, *, revoked: bool = False) -> list[KeyAnswer]:
    """Return the keys by name, those that are revoked only if asked for."""
    query = select(API_KEY).order_by(API_KEY.c.folded, API_KEY.c.created_at)
    if not revoked:
        query = query.where(API_KEY.c.revoked_at.is_(None))
    with installation.database.read() as read:
        return [_answer(row) for row in read.execute(query)]


@needs(Role.ADMIN)
def add_key(
    installation: Installation,
    name: str,
    role: Role = Role.OPERATOR,
    companies: Sequence[str] | None = None,
    expires_at: datetime | None = None,
    *,
    dry_run: bool = False,
) -> KeyAnswer:
    """Make a key; its text is in the answer and nowhere else.

    Args:
        installation: where it is stored.
        name: what people call it.
        role: its role.
        companies: the companies it is for; none is all of them, those to come, too.
        expires_at: when it ends, aware; none is never.
        dry_run: only check.

    Raises:
        Rejected: the name cannot be used or is taken, or the key would be past its end.
        Misconfigured: there is no such company.
    """
    now = installation.clock.now()
    if _NAME.fullmatch(name) is None:
        raise KEY_NAME_INVALID.raised(name=name[:80])
    if expires_at is not None and expires_at <= now:
        raise KEY_EXPIRES_PAST.raised(moment=timestamp(expires_at))
    scope = None if companies is None else _scope(installation, companies)
    public, secret = _random(PUBLIC_LENGTH), _random(SECRET_LENGTH)
    actor = installation.actor
    made = KeyAnswer(name, public, role, scope, actor, now, expires_at, None, None)
    with installation.database.write(KEYS) as write:
        _require_free(write, name)
        if dry_run:
            return made
        write.execute(insert(API_KEY).values(_values(made, secret)))
        installation.trail.record(write, Entry("key.add", record=name, new=made.told()))
    return replace(made, key=f"{MARK}_{public}_{secret}")


def _require_free(read: Connection, name: str) -> None:
    """Make sure that no key has a name, nor had it: the audit trail names keys by it."""
    query = select(API_KEY.c.name, API_KEY.c.revoked_at).where(API_KEY.c.folded == name.casefold())
    for taken in read.execute(query):
        code = KEY_EXISTS if taken.revoked_at is None else KEY_NAME_USED
        raise code.raised(name=taken.name)


@needs(Role.ADMIN)
def revoke_key(installation: Installation, name: str, *, dry_run: bool = False) -> KeyAnswer:
    """Take a key out of force; the next request with it is refused.

    Raises:
        Rejected: there is no such key in force (KEY_UNKNOWN).
    """
    now = timestamp(installation.clock.now())
    with installation.database.write(KEYS) as write:
        row = write.execute(select(API_KEY).where(_in_force(name))).one_or_none()
        if row is None:
            raise KEY_UNKNOWN.raised(name=name[:80])
        if not dry_run:
            this = API_KEY.c.public == row.public
            write.execute(update(API_KEY).where(this).values(revoked_at=now))
            old = _answer(row).told()
            installation.trail.record(write, Entry("key.revoke", record=row.name, old=old))
            row = write.execute(select(API_KEY).where(this)).one()
    return _answer(row)


@needs_nothing
def authenticate(installation: Installation, key: str) -> Access:
    """Return what the bearer of a key may do.

    Nothing is remembered between two requests: a key that is revoked is refused at once.

    Raises:
        Unauthorised: it is no key, or not in force (KEY_REFUSED).
    """
    match = _KEY.fullmatch(key)
    public, secret = match.groups() if match else ("", "")
    with installation.database.read() as read:
        row = read.execute(select(API_KEY).where(API_KEY.c.public == public)).one_or_none()
    kept = _NOBODY if row is None else row.digest
    right = hmac.compare_digest(_digest(secret), kept)
    now = installation.clock.now()
    if row is None or not right or not _answer(row).is_in_force(now):
        raise KEY_REFUSED.raised()
    if row.used_at is None or now - from_timestamp(row.used_at) >= USED_STEP:
        installation.key_uses.note(public, now)
    return _answer(row).access


@inner
def key_in_force(installation: Installation, name: str) -> Access | None:
    """Return what the bearer of the key called `name` may do; none if it is not in force."""
    with installation.database.read() as read:
        row = read.execute(select(API_KEY).where(_in_force(name))).one_or_none()
    answer = None if row is None else _answer(row)
    in_force = answer is not None and answer.is_in_force(installation.clock.now())
    return answer.access if answer is not None and in_force else None


def _in_force(name: str) -> Any:  # noqa: ANN401 - a condition of the database library
    return (API_KEY.c.folded == name.casefold()) & API_KEY.c.revoked_at.is_(None)


def _scope(installation: Installation, companies: Sequence[str]) -> tuple[str, ...]:
    get = installation.connections.get
    found = {get(name, ConnectionKind.COMPANY).name.casefold() for name in companies}
    return tuple(sorted(found))


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _digest(secret: str) -> str:
    return sha256(secret.encode("ascii")).hexdigest()


def _values(made: KeyAnswer, secret: str) -> dict[str, object]:
    return {
        "public": made.public,
        "name": made.name,
        "folded": made.name.casefold(),
        "digest": _digest(secret),
        "role": made.role.value,
        "companies": None if made.companies is None else json.dumps(made.companies),
        "author": made.author,
        "created_at": timestamp(made.created_at),
        "expires_at": timestamp_or_none(made.expires_at),
    }


def _answer(row: Row[Any]) -> KeyAnswer:
    return KeyAnswer(
        name=row.name,
        public=row.public,
        role=Role(row.role),
        companies=None if row.companies is None else tuple(json.loads(row.companies)),
        author=row.author,
        created_at=from_timestamp(row.created_at),
        expires_at=moment_or_none(row.expires_at),
        revoked_at=moment_or_none(row.revoked_at),
        used_at=moment_or_none(row.used_at),
    )
