"""The tables of notifications: who wants to know, what happened, and the messages about it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, LargeBinary, Table, Text

from clary.store.database import METADATA, WHOLE

SUBSCRIPTION = Table(
    "notify_subscriptions",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("owner_kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("targets", Text, nullable=False),
    Column("kinds", Text, nullable=False),
    Column("companies", Text),
    Column("daily_at", Text),
    Column("zone", Text),
    Column("next_digest_at", Text),
    Column("busy_minutes", WHOLE, nullable=False),
    Column("secret", LargeBinary),
    Column("paused", Boolean, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
)
"""One row per subscription; `owner` is whose rights bound what it tells, `targets`, `kinds` and
`companies` (folded names, none is all) are JSON, `secret` is encrypted and signs webhooks."""

HAPPENING = Table(
    "notify_happenings",
    METADATA,
    Column("serial", WHOLE, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("company", Text),
    Column("subject", Text, unique=True),
    Column("facts", Text, nullable=False),
    Column("happened_at", Text, nullable=False),
    Column("sorted_at", Text),
    Index(None, "happened_at"),
    sqlite_autoincrement=True,
)
"""One row per thing that happened, put down in the transaction of what it tells of, or found by
a watch; `subject` keeps a watch from telling the same twice, `facts` is JSON, and `sorted_at` is
when the subscriptions that want it got a notice each."""
_UNSORTED = HAPPENING.c.sorted_at.is_(None)
Index(
    "ix_notify_happenings_unsorted",
    HAPPENING.c.serial,
    sqlite_where=_UNSORTED,
    postgresql_where=_UNSORTED,
)

NOTICE = Table(
    "notify_notices",
    METADATA,
    Column("serial", WHOLE, primary_key=True),
    Column(
        "subscription",
        Text,
        ForeignKey("notify_subscriptions.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column(
        "happening",
        WHOLE,
        ForeignKey("notify_happenings.serial", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("kind", Text, nullable=False),
    Column("many", WHOLE, nullable=False),
    Index(None, "subscription", "kind", "serial"),
    Index(None, "happening"),
    sqlite_autoincrement=True,
)
"""One row per happening that a subscription will be told of; it goes into a message and is gone
then. `many` counts those that were not written down because too many waited."""

MESSAGE = Table(
    "notify_messages",
    METADATA,
    Column("id", Text, primary_key=True),
    Column(
        "subscription",
        Text,
        ForeignKey("notify_subscriptions.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("many", WHOLE, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", WHOLE, nullable=False),
    Column("next_at", Text),
    Column("claimed_by", Text),
    Column("answered", WHOLE),
    Column("reason_code", Text),
    Column("reason", Text),
    Column("created_at", Text, nullable=False),
    Column("ended_at", Text),
    Index(None, "next_at"),
    Index(None, "subscription", "kind", "created_at"),
)
"""One row per message and address; `body` is JSON, written once and the same at every attempt,
`many` how many happenings it tells of, `next_at` when it is tried next, none once it ended."""

POSITION = Table(
    "notify_positions",
    METADATA,
    Column("watch", Text, primary_key=True),
    Column("position", Text, nullable=False),
)
"""How far each watch has read what it watches."""

MAIL_SERVER = Table(
    "notify_mail_server",
    METADATA,
    Column("one", WHOLE, primary_key=True, autoincrement=False),
    Column("host", Text, nullable=False),
    Column("port", WHOLE, nullable=False),
    Column("security", Text, nullable=False),
    Column("user", Text),
    Column("password", LargeBinary),
    Column("sender", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
)
"""At most one row: the server that takes e-mail; `password` is encrypted."""
