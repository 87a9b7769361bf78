"""The hub's own tables: what is connected, who may do what, and the trail of what was done."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, LargeBinary, Table, Text

from clary.store.database import METADATA, WHOLE

CONNECTION = Table(
    "connections",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("folded", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("doors", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("edition", Text),
    Column("identity", Text),
    Column("generation", WHOLE),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
)
"""One row per connection; `doors` is JSON: the drivers in order with their settings."""

SECRET = Table(
    "secrets",
    METADATA,
    Column(
        "connection", Text, ForeignKey("connections.name", ondelete="CASCADE"), primary_key=True
    ),
    Column("name", Text, primary_key=True),
    Column("place", Text, nullable=False),
    Column("sealed", LargeBinary),
    Column("stored_at", Text, nullable=False),
)
"""One row per secret; `sealed` is its encrypted text, empty where the keyring holds it."""

USER = Table(
    "users",
    METADATA,
    Column("folded", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("password", Text),
    Column("role", Text),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("password_at", Text),
)
"""One row per user; `role` holds for all companies, `password` is an argon2id hash."""

USER_ROLE = Table(
    "user_roles",
    METADATA,
    Column("user", Text, ForeignKey("users.folded", ondelete="CASCADE"), primary_key=True),
    Column("company", Text, primary_key=True),
    Column("role", Text, nullable=False),
)
"""Roles for single companies, by folded name."""

LOGON = Table(
    "logon_failures",
    METADATA,
    Column("user", Text, primary_key=True),
    Column("failures", WHOLE, nullable=False),
    Column("waits_until", Text, nullable=False),
)
"""How often in a row a log-on failed, and until when no other is looked at; names that no user
has share some rows, so that an attempt takes as long for them."""

API_KEY = Table(
    "api_keys",
    METADATA,
    Column("public", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("companies", Text),
    Column("author", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text),
    Column("revoked_at", Text),
    Column("used_at", Text),
)
"""One row per API key; `digest` is the SHA-256 of its secret part, `companies` JSON or none."""
_IN_FORCE = API_KEY.c.revoked_at.is_(None)
Index(
    "uq_api_keys_name",
    API_KEY.c.folded,
    unique=True,
    sqlite_where=_IN_FORCE,
    postgresql_where=_IN_FORCE,
)

SETTING = Table(
    "settings",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("company", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Stored settings; `company` is a folded name, empty for the whole installation."""

APPROVAL = Table(
    "plan_approvals",
    METADATA,
    Column("plan", Text, primary_key=True),
    Column("approver", Text, nullable=False),
    Column("approved_at", Text, nullable=False),
)
"""Who approved a plan; a plan never changes, so that one approval is for all of it."""

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", WHOLE, primary_key=True, autoincrement=False),
    Column("time", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("company", Text),
    Column("record", Text),
    Column("run", Text),
    Column("old", Text),
    Column("new", Text),
    Column("digest", Text),
    Column("seal", Text, nullable=False),
    Index(None, "run", "id"),
    Index(None, "company", "id"),
    Index(None, "actor", "id"),
)
"""The audit trail: rows are only ever added, numbered without gaps, each sealed with the one
before it; `digest` is the hash of what a run wrote in the journal."""

AUDIT_HEAD = Table(
    "audit_head",
    METADATA,
    Column("one", WHOLE, primary_key=True, autoincrement=False),
    Column("last", WHOLE, nullable=False),
    Column("seal", Text, nullable=False),
    Column("unsealed", WHOLE, nullable=False),
)
"""One row: number and seal of the newest row of the trail, which whoever adds one locks, and
the newest run that is older than the trail."""

REPEAT = Table(
    "repeats",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("token", Text, nullable=False),
    Column("print", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("ends_at", Text, nullable=False),
    Column("status", WHOLE),
    Column("media", Text),
    Column("headers", Text),
    Column("answer", Text),
    Index(None, "ends_at"),
)
"""One row per request with an idempotency key; without a status it is still being worked on, or
had no final answer, and `answer` is the id of the plan that it came to, if it came so far."""
