"""Runs that were refused before their first write keep their plans and the reason."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column; of runs that were refused before, the plans are not known any more."""
    op.add_column("runs", sa.Column("refusal", sa.Text(), nullable=True))
