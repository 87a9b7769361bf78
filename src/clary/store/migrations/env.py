"""Runs the revisions inside the caller's transaction; `store.migrate` hands it over."""

from __future__ import annotations

from alembic import context

from clary.store.database import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
