"""Tables of the push API: companies, connections, operations, webhooks, refreshes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from clary.store.database import WHOLE

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables."""
    _companies()
    _connections()
    _operations()
    _consumers()
    _deliveries()
    _datasets()


def _companies() -> None:
    op.create_table(
        "push_companies",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_companies")),
    )


def _connections() -> None:
    op.create_table(
        "push_connections",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("bound", sa.Text(), nullable=True),
        sa.Column("identity", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("linked_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company"],
            ["push_companies.id"],
            name=op.f("fk_push_connections_company"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_connections")),
    )
    op.create_index(op.f("ix_push_connections_company"), "push_connections", ["company"])
    op.create_index(op.f("ix_push_connections_bound"), "push_connections", ["bound"])


def _operations() -> None:
    op.create_table(
        "push_operations",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("data_type", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("force_update", sa.Boolean(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.Text(), nullable=False),
        sa.Column("completed_at", sa.Text(), nullable=True),
        sa.Column("timeout_minutes", WHOLE, nullable=True),
        sa.Column("timeout_at", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("change_type", sa.Text(), nullable=True),
        sa.Column("change_id", sa.Text(), nullable=True),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("idempotency", sa.Text(), nullable=True),
        sa.Column("request", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company"],
            ["push_companies.id"],
            name=op.f("fk_push_operations_company"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_push_operations")),
    )
    op.create_index(
        op.f("ix_push_operations_company_requested_at_key"),
        "push_operations",
        ["company", "requested_at", "key"],
    )
    op.create_index(op.f("ix_push_operations_timeout_at"), "push_operations", ["timeout_at"])
    op.create_index(
        op.f("ix_push_operations_idempotency"), "push_operations", ["idempotency"], unique=True
    )


def _consumers() -> None:
    op.create_table(
        "push_consumers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("event_types", sa.Text(), nullable=False),
        sa.Column("company_tags", sa.Text(), nullable=False),
        sa.Column("companies", sa.Text(), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_consumers")),
    )


def _deliveries() -> None:
    op.create_table(
        "push_deliveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", WHOLE, nullable=False),
        sa.Column("next_at", sa.Text(), nullable=True),
        sa.Column("answered", WHOLE, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["consumer"],
            ["push_consumers.id"],
            name=op.f("fk_push_deliveries_consumer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_deliveries")),
    )
    op.create_index(op.f("ix_push_deliveries_next_at"), "push_deliveries", ["next_at"])
    op.create_index(
        op.f("ix_push_deliveries_consumer_created_at"),
        "push_deliveries",
        ["consumer", "created_at"],
    )


def _datasets() -> None:
    op.create_table(
        "push_datasets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("data_type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.Text(), nullable=False),
        sa.Column("completed_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company"],
            ["push_companies.id"],
            name=op.f("fk_push_datasets_company"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_datasets")),
    )
    op.create_index(
        op.f("ix_push_datasets_company_requested_at"), "push_datasets", ["company", "requested_at"]
    )
