"""The tables of the engine, in the store's metadata.

Rows of plans and journal are keyed by the plan's serial number and the change's number:
a plan is applied at most once, so the pair names a change in its plan, in the journal
and in its run.  Moments are UTC text that sorts by time; bodies are compact JSON.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, Text

from clary.store import METADATA, WHOLE

OPEN_STATES = ("planned", "sent", "delivered", "uncertain", "parked")
"""Journal states of a change that has no final outcome yet."""

RUNS = Table(
    "runs",
    METADATA,
    Column("serial", WHOLE, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("flow", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("undoes", Text),
    Column("epoch", WHOLE, nullable=False),
    Column("planned", WHOLE, nullable=False),
    Column("applied", WHOLE, nullable=False, default=0),
    Column("skipped", WHOLE, nullable=False, default=0),
    Column("rejected", WHOLE, nullable=False, default=0),
    Column("pending", WHOLE, nullable=False, default=0),
    Column("failed", WHOLE, nullable=False, default=0),
    Column("undone", WHOLE, nullable=False, default=0),
    Column("started_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("refusal", Text),
    Index(None, "company", "serial"),
    Index(None, "identity", "state"),
)
"""One row per run; `refusal` is JSON: the plans that a refused run left free, and why."""

EVENTS = Table(
    "run_events",
    METADATA,
    Column("id", WHOLE, primary_key=True),
    Column("run", WHOLE, ForeignKey("runs.serial"), nullable=False),
    Column("time", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("record", Text),
    Column("done", WHOLE, nullable=False),
    Column("total", WHOLE, nullable=False),
    Index(None, "run", "id"),
    sqlite_autoincrement=True,
)

PLANS = Table(
    "plans",
    METADATA,
    Column("serial", WHOLE, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("flow", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("generation", WHOLE, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("undoes", Text),
    Column("retention", WHOLE),
    Column("run", WHOLE, ForeignKey("runs.serial")),
    Column("position", WHOLE),
    Column("changes", WHOLE, nullable=False, default=0),
    Column("rejected", WHOLE, nullable=False, default=0),
    Column("errors", WHOLE, nullable=False, default=0),
    Column("contents", Text, nullable=False, default="{}"),
    Index(None, "company", "serial"),
    Index(None, "run", "position"),
)

PLAN_CHANGES = Table(
    "plan_changes",
    METADATA,
    Column("plan", WHOLE, ForeignKey("plans.serial"), primary_key=True),
    Column("number", WHOLE, primary_key=True, autoincrement=False),
    Column("rejected", Boolean, nullable=False),
    Column("system", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("record_type", Text, nullable=False),
    Column("key", Text),
    Column("document", Text),
    Column("content", Text, nullable=False),
)

PLAN_FINDINGS = Table(
    "plan_findings",
    METADATA,
    Column("plan", WHOLE, ForeignKey("plans.serial"), primary_key=True),
    Column("position", WHOLE, primary_key=True, autoincrement=False),
    Column("number", WHOLE),
    Column("content", Text, nullable=False),
    Index(None, "plan", "number"),
)

JOURNAL = Table(
    "journal",
    METADATA,
    Column("plan", WHOLE, ForeignKey("plans.serial"), primary_key=True),
    Column("number", WHOLE, primary_key=True, autoincrement=False),
    Column("run", WHOLE, ForeignKey("runs.serial"), nullable=False),
    Column("state", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("verb", Text),
    Column("record_type", Text, nullable=False),
    Column("key", Text),
    Column("document", Text),
    Column("origin", Text),
    Column("attempt", WHOLE),
    Column("idempotency_key", Text),
    Column("epoch", WHOLE, nullable=False),
    Column("sent_at", Text),
    Column("ended_at", Text),
    Column("taken", Text),
    Column("version", Text),
    Column("undone_by", WHOLE, ForeignKey("runs.serial")),
    sqlite_with_rowid=False,
)
_OPEN = JOURNAL.c.state.in_(OPEN_STATES)
Index("ix_journal_open", JOURNAL.c.run, sqlite_where=_OPEN, postgresql_where=_OPEN)
_WITH_ORIGIN = JOURNAL.c.origin.is_not(None)
Index(
    "ix_journal_origin",
    JOURNAL.c.origin,
    sqlite_where=_WITH_ORIGIN,
    postgresql_where=_WITH_ORIGIN,
)
_WITH_KEY = JOURNAL.c.idempotency_key.is_not(None)
Index(
    "ix_journal_idempotency_key",
    JOURNAL.c.idempotency_key,
    sqlite_where=_WITH_KEY,
    postgresql_where=_WITH_KEY,
)

OUTCOMES = Table(
    "journal_outcomes",
    METADATA,
    Column("plan", WHOLE, ForeignKey("plans.serial"), primary_key=True),
    Column("number", WHOLE, primary_key=True, autoincrement=False),
    Column("body", Text),
    Column("undo", Text),
    Column("findings", Text),
)

PROPERTIES = Table(
    "journal_properties",
    METADATA,
    Column("plan", WHOLE, ForeignKey("plans.serial"), primary_key=True),
    Column("number", WHOLE, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Index(None, "name", "value"),
    sqlite_with_rowid=False,
)

LEASES = Table(
    "leases",
    METADATA,
    Column("identity", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("epoch", WHOLE, nullable=False),
    Column("expires_at", Text, nullable=False),
)
