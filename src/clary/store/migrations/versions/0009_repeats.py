"""Table of requests with an idempotency key, and what they were answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from clary.store.database import WHOLE

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "repeats",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("print", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.Text(), nullable=False),
        sa.Column("status", WHOLE, nullable=True),
        sa.Column("media", sa.Text(), nullable=True),
        sa.Column("headers", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_repeats")),
    )
    op.create_index(op.f("ix_repeats_ends_at"), "repeats", ["ends_at"])
