"""The tables of the push API: what its clients made, asked for, and are told."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, LargeBinary, Table, Text

from clary.store.database import METADATA, WHOLE

PUSH_COMPANY = Table(
    "push_companies",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("tags", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("created_by", Text, nullable=False),
)
"""One row per company of the API; `tags` is JSON: texts by name."""

PUSH_CONNECTION = Table(
    "push_connections",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("company", Text, ForeignKey("push_companies.id", ondelete="CASCADE"), nullable=False),
    Column("platform", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("bound", Text),
    Column("identity", Text),
    Column("created_at", Text, nullable=False),
    Column("linked_at", Text),
    Index(None, "company"),
    Index(None, "bound"),
)
"""One row per connection of such a company; `bound` names the connection of the installation
whose books it is for, `identity` pins those books."""

PUSH_OPERATION = Table(
    "push_operations",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("company", Text, ForeignKey("push_companies.id", ondelete="CASCADE"), nullable=False),
    Column("connection", Text, nullable=False),
    Column("data_type", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("record_id", Text),
    Column("document", Text, nullable=False),
    Column("force_update", Boolean, nullable=False),
    Column("author", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("requested_at", Text, nullable=False),
    Column("completed_at", Text),
    Column("timeout_minutes", WHOLE),
    Column("timeout_at", Text),
    Column("error", Text),
    Column("findings", Text, nullable=False),
    Column("change_type", Text),
    Column("change_id", Text),
    Column("plan", Text),
    Column("idempotency", Text),
    Column("request", Text),
    Column("answer", Text),
    Column("bound", Text),
    Column("identity", Text),
    Index(None, "company", "requested_at", "key"),
    Index(None, "timeout_at"),
    Index(None, "idempotency", unique=True),
)
"""One row per push; `findings` is JSON, `plan` the plan that it became a part of, `idempotency`
stands for the company and its client's Idempotency-Key, `request` for what was asked with it, and
`answer` is what was answered then; `bound` and `identity` are those of the connection when it was
accepted: the books that it is meant for."""
_PLANNED = PUSH_OPERATION.c.plan.is_not(None) & PUSH_OPERATION.c.completed_at.is_(None)
Index(
    "ix_push_operations_planned",
    PUSH_OPERATION.c.plan,
    sqlite_where=_PLANNED,
    postgresql_where=_PLANNED,
)

PUSH_CONSUMER = Table(
    "push_consumers",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("event_types", Text, nullable=False),
    Column("company_tags", Text, nullable=False),
    Column("companies", Text),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("created_by", Text, nullable=False),
)
"""One row per consumer of webhooks; `secret` is encrypted, `companies` JSON: the companies of
the installation of which it may be told, or none for all."""

PUSH_DELIVERY = Table(
    "push_deliveries",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("consumer", Text, ForeignKey("push_consumers.id", ondelete="CASCADE"), nullable=False),
    Column("event_type", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", WHOLE, nullable=False),
    Column("next_at", Text),
    Column("answered", WHOLE),
    Column("reason", Text),
    Column("created_at", Text, nullable=False),
    Column("ended_at", Text),
    Index(None, "next_at"),
    Index(None, "consumer", "created_at"),
)
"""One row per message to a consumer; `next_at` is when it is tried next, none once it ended."""

PUSH_DATASET = Table(
    "push_datasets",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("company", Text, ForeignKey("push_companies.id", ondelete="CASCADE"), nullable=False),
    Column("connection", Text, nullable=False),
    Column("data_type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("error", Text),
    Column("requested_at", Text, nullable=False),
    Column("completed_at", Text),
    Index(None, "company", "requested_at"),
)
"""One row per refresh of a data type that was asked for."""
