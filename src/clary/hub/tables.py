"""The hub's own tables: what is connected, and where each secret is kept."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table, Text

from clary.store.database import METADATA

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
    Column("generation", Integer),
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
