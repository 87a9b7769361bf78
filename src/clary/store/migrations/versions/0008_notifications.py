"""Tables of notifications: subscriptions, what happened, notices, messages, the mail server."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from clary.store.database import WHOLE

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables."""
    _subscriptions()
    _happenings()
    _notices()
    _messages()
    _positions()
    _mail_server()


def _subscriptions() -> None:
    op.create_table(
        "notify_subscriptions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("owner_kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("targets", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("companies", sa.Text(), nullable=True),
        sa.Column("daily_at", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("next_digest_at", sa.Text(), nullable=True),
        sa.Column("busy_minutes", WHOLE, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notify_subscriptions")),
        sa.UniqueConstraint("folded", name=op.f("uq_notify_subscriptions_folded")),
    )


def _happenings() -> None:
    op.create_table(
        "notify_happenings",
        sa.Column("serial", WHOLE, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.Text(), nullable=False),
        sa.Column("sorted_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_notify_happenings")),
        sa.UniqueConstraint("subject", name=op.f("uq_notify_happenings_subject")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_notify_happenings_happened_at"), "notify_happenings", ["happened_at"])
    op.create_index(
        "ix_notify_happenings_unsorted",
        "notify_happenings",
        ["serial"],
        sqlite_where=sa.text("sorted_at IS NULL"),
        postgresql_where=sa.text("sorted_at IS NULL"),
    )


def _notices() -> None:
    op.create_table(
        "notify_notices",
        sa.Column("serial", WHOLE, nullable=False),
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("happening", WHOLE, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("many", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription"],
            ["notify_subscriptions.id"],
            name=op.f("fk_notify_notices_subscription"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["happening"],
            ["notify_happenings.serial"],
            name=op.f("fk_notify_notices_happening"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_notify_notices")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_notify_notices_subscription_kind_serial"),
        "notify_notices",
        ["subscription", "kind", "serial"],
    )
    op.create_index(op.f("ix_notify_notices_happening"), "notify_notices", ["happening"])


def _messages() -> None:
    op.create_table(
        "notify_messages",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("many", WHOLE, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", WHOLE, nullable=False),
        sa.Column("next_at", sa.Text(), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("answered", WHOLE, nullable=True),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription"],
            ["notify_subscriptions.id"],
            name=op.f("fk_notify_messages_subscription"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notify_messages")),
    )
    op.create_index(op.f("ix_notify_messages_next_at"), "notify_messages", ["next_at"])
    op.create_index(
        op.f("ix_notify_messages_subscription_kind_created_at"),
        "notify_messages",
        ["subscription", "kind", "created_at"],
    )


def _positions() -> None:
    op.create_table(
        "notify_positions",
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("watch", name=op.f("pk_notify_positions")),
    )


def _mail_server() -> None:
    op.create_table(
        "notify_mail_server",
        sa.Column("one", WHOLE, autoincrement=False, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", WHOLE, nullable=False),
        sa.Column("security", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=True),
        sa.Column("password", sa.LargeBinary(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_notify_mail_server")),
    )
