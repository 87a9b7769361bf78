"""Schedules know who made them, that they are paused, and what came of them last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from clary.store.database import WHOLE

revision = "0010"
down_revision = "0009"

_COLUMNS = (
    ("starts_at", sa.Text()),
    ("author", sa.Text()),
    ("paused_by", sa.Text()),
    ("paused_at", sa.Text()),
    ("serial", WHOLE),
    ("ended_at", sa.Text()),
    ("code", sa.Text()),
    ("message", sa.Text()),
    ("plan", sa.Text()),
)


def upgrade() -> None:
    """Add the columns."""
    for name, kind in _COLUMNS:
        op.add_column("schedules", sa.Column(name, kind, nullable=True))
