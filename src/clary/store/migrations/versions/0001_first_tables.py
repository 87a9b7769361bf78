"""All tables of the first release: plans, journal, runs, leases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from clary.store.database import WHOLE

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables; one that others refer to comes first."""
    _leases()
    _runs()
    _plans()
    _run_events()
    _journal()
    _journal_outcomes()
    _journal_properties()
    _plan_changes()
    _plan_findings()


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("epoch", WHOLE, nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("identity", name=op.f("pk_leases")),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("serial", WHOLE, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("undoes", sa.Text(), nullable=True),
        sa.Column("epoch", WHOLE, nullable=False),
        sa.Column("planned", WHOLE, nullable=False),
        sa.Column("applied", WHOLE, nullable=False),
        sa.Column("skipped", WHOLE, nullable=False),
        sa.Column("rejected", WHOLE, nullable=False),
        sa.Column("pending", WHOLE, nullable=False),
        sa.Column("failed", WHOLE, nullable=False),
        sa.Column("undone", WHOLE, nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_runs")),
        sa.UniqueConstraint("id", name=op.f("uq_runs_id")),
    )
    op.create_index(op.f("ix_runs_company_serial"), "runs", ["company", "serial"], unique=False)
    op.create_index(op.f("ix_runs_identity_state"), "runs", ["identity", "state"], unique=False)


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("serial", WHOLE, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("generation", WHOLE, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("undoes", sa.Text(), nullable=True),
        sa.Column("retention", WHOLE, nullable=True),
        sa.Column("run", WHOLE, nullable=True),
        sa.Column("position", WHOLE, nullable=True),
        sa.Column("changes", WHOLE, nullable=False),
        sa.Column("rejected", WHOLE, nullable=False),
        sa.Column("errors", WHOLE, nullable=False),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.serial"], name=op.f("fk_plans_run")),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_plans")),
        sa.UniqueConstraint("id", name=op.f("uq_plans_id")),
    )
    op.create_index(op.f("ix_plans_company_serial"), "plans", ["company", "serial"], unique=False)
    op.create_index(op.f("ix_plans_run_position"), "plans", ["run", "position"], unique=False)


def _run_events() -> None:
    op.create_table(
        "run_events",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("run", WHOLE, nullable=False),
        sa.Column("time", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("done", WHOLE, nullable=False),
        sa.Column("total", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.serial"], name=op.f("fk_run_events_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_events")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_run_events_run_id"), "run_events", ["run", "id"], unique=False)


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("plan", WHOLE, nullable=False),
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("run", WHOLE, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=True),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("attempt", WHOLE, nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("epoch", WHOLE, nullable=False),
        sa.Column("sent_at", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("taken", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("undone_by", WHOLE, nullable=True),
        sa.ForeignKeyConstraint(["plan"], ["plans.serial"], name=op.f("fk_journal_plan")),
        sa.ForeignKeyConstraint(["run"], ["runs.serial"], name=op.f("fk_journal_run")),
        sa.ForeignKeyConstraint(["undone_by"], ["runs.serial"], name=op.f("fk_journal_undone_by")),
        sa.PrimaryKeyConstraint("plan", "number", name=op.f("pk_journal")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_journal_idempotency_key",
        "journal",
        ["idempotency_key"],
        unique=False,
        sqlite_where=sa.text("idempotency_key IS NOT NULL"),
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    op.create_index(
        "ix_journal_open",
        "journal",
        ["run"],
        unique=False,
        sqlite_where=sa.text("state IN ('planned', 'sent', 'delivered', 'uncertain', 'parked')"),
        postgresql_where=sa.text(
            "state IN ('planned', 'sent', 'delivered', 'uncertain', 'parked')"
        ),
    )
    op.create_index(
        "ix_journal_origin",
        "journal",
        ["origin"],
        unique=False,
        sqlite_where=sa.text("origin IS NOT NULL"),
        postgresql_where=sa.text("origin IS NOT NULL"),
    )


def _journal_outcomes() -> None:
    op.create_table(
        "journal_outcomes",
        sa.Column("plan", WHOLE, nullable=False),
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("undo", sa.Text(), nullable=True),
        sa.Column("findings", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["plan"], ["plans.serial"], name=op.f("fk_journal_outcomes_plan")),
        sa.PrimaryKeyConstraint("plan", "number", name=op.f("pk_journal_outcomes")),
    )


def _journal_properties() -> None:
    op.create_table(
        "journal_properties",
        sa.Column("plan", WHOLE, nullable=False),
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan"], ["plans.serial"], name=op.f("fk_journal_properties_plan")
        ),
        sa.PrimaryKeyConstraint("plan", "number", "name", name=op.f("pk_journal_properties")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_journal_properties_name_value"),
        "journal_properties",
        ["name", "value"],
        unique=False,
    )


def _plan_changes() -> None:
    op.create_table(
        "plan_changes",
        sa.Column("plan", WHOLE, nullable=False),
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("rejected", sa.Boolean(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["plan"], ["plans.serial"], name=op.f("fk_plan_changes_plan")),
        sa.PrimaryKeyConstraint("plan", "number", name=op.f("pk_plan_changes")),
    )


def _plan_findings() -> None:
    op.create_table(
        "plan_findings",
        sa.Column("plan", WHOLE, nullable=False),
        sa.Column("position", WHOLE, autoincrement=False, nullable=False),
        sa.Column("number", WHOLE, nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["plan"], ["plans.serial"], name=op.f("fk_plan_findings_plan")),
        sa.PrimaryKeyConstraint("plan", "position", name=op.f("pk_plan_findings")),
    )
    op.create_index(
        op.f("ix_plan_findings_plan_number"), "plan_findings", ["plan", "number"], unique=False
    )
