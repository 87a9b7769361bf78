"""Tables of the work that waits: items, lanes, workers, schedules and turns of a session."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from clary.store.database import WHOLE

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    _work_items()
    _lanes()
    _schedules()


def _work_items() -> None:
    op.create_table(
        "work_items",
        sa.Column("serial", WHOLE, nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("accepted_at", sa.Text(), nullable=False),
        sa.Column("not_before", sa.Text(), nullable=True),
        sa.Column("attempts", WHOLE, nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_work_items")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_work_items_waiting",
        "work_items",
        ["company", "serial"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_work_items_parked",
        "work_items",
        ["company", "serial"],
        sqlite_where=sa.text("state = 'parked'"),
        postgresql_where=sa.text("state = 'parked'"),
    )
    op.create_index(op.f("ix_work_items_kind_reference"), "work_items", ["kind", "reference"])


def _lanes() -> None:
    op.create_table(
        "lanes",
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("look", WHOLE, nullable=False),
        sa.Column("draining_by", sa.Text(), nullable=True),
        sa.Column("drained_at", sa.Text(), nullable=True),
        sa.Column("paused_at", sa.Text(), nullable=True),
        sa.Column("paused_by", sa.Text(), nullable=True),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("waiting_since", sa.Text(), nullable=True),
        sa.Column("not_before", sa.Text(), nullable=True),
        sa.Column("tries", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("company", name=op.f("pk_lanes")),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )
    op.create_table(
        "session_turns",
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("group", "company", name=op.f("pk_session_turns")),
    )


def _schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("every_seconds", WHOLE, nullable=False),
        sa.Column("next_run_at", sa.Text(), nullable=False),
        sa.Column("last_run_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedules")),
    )
    op.create_index(op.f("ix_schedules_next_run_at"), "schedules", ["next_run_at"])
