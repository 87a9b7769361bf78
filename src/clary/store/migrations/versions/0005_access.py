"""Tables of access: users, keys, settings, approvals, and the sealed audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from clary.store.database import WHOLE

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables, and begin the trail after the runs that are there already."""
    _users()
    _api_keys()
    _decisions()
    _audit()


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("password_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("folded", name=op.f("pk_users")),
    )
    op.create_table(
        "user_roles",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user"], ["users.folded"], name=op.f("fk_user_roles_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user", "company", name=op.f("pk_user_roles")),
    )
    op.create_table(
        "logon_failures",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("failures", WHOLE, nullable=False),
        sa.Column("waits_until", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("user", name=op.f("pk_logon_failures")),
    )


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("companies", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=True),
        sa.Column("revoked_at", sa.Text(), nullable=True),
        sa.Column("used_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("public", name=op.f("pk_api_keys")),
    )
    op.create_index(
        "uq_api_keys_name",
        "api_keys",
        ["folded"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def _decisions() -> None:
    op.create_table(
        "settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "company", name=op.f("pk_settings")),
    )
    op.create_table(
        "plan_approvals",
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("approver", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("plan", name=op.f("pk_plan_approvals")),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("time", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("run", sa.Text(), nullable=True),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_run_id"), "audit", ["run", "id"])
    op.create_index(op.f("ix_audit_company_id"), "audit", ["company", "id"])
    op.create_index(op.f("ix_audit_actor_id"), "audit", ["actor", "id"])
    op.create_table(
        "audit_head",
        sa.Column("one", WHOLE, autoincrement=False, nullable=False),
        sa.Column("last", WHOLE, nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("unsealed", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_audit_head")),
    )
    op.execute(
        "INSERT INTO audit_head (one, last, seal, unsealed)"
        " SELECT 1, 0, '', coalesce(max(serial), 0) FROM runs"
    )
