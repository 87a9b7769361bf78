"""Pushed documents know which books they were accepted for, by name and by identity."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_PLANNED = "plan IS NOT NULL AND completed_at IS NULL"


def upgrade() -> None:
    """Add the columns; what was accepted before is for what its connection is linked to."""
    for name in ("bound", "identity"):
        op.add_column("push_operations", sa.Column(name, sa.Text(), nullable=True))
        linked = (
            f"SELECT push_connections.{name} FROM push_connections"  # noqa: S608 - names of ours
            " WHERE push_connections.id = push_operations.connection"
        )
        op.execute(f"UPDATE push_operations SET {name} = ({linked})")  # noqa: S608 - as before
    op.create_index(
        "ix_push_operations_planned",
        "push_operations",
        ["plan"],
        sqlite_where=sa.text(_PLANNED),
        postgresql_where=sa.text(_PLANNED),
    )
