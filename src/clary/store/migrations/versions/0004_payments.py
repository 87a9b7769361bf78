"""Tables of payments: every sync, and what each found of every invoice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from clary.store.database import WHOLE

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "payment_syncs",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("generation", WHOLE, nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=True),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("read_at", sa.Text(), nullable=False),
        sa.Column("newest", WHOLE, nullable=False),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_syncs")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_payment_syncs_plan"), "payment_syncs", ["plan"])
    op.create_index(op.f("ix_payment_syncs_site_identity"), "payment_syncs", ["site", "identity"])
    op.create_table(
        "payment_invoices",
        sa.Column("sync", WHOLE, autoincrement=False, nullable=False),
        sa.Column("invoice", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=False),
        sa.Column("settled_on", sa.Text(), nullable=True),
        sa.Column("billed", WHOLE, nullable=True),
        sa.Column("others", sa.BigInteger(), nullable=False),
        sa.Column("ours_before", sa.BigInteger(), nullable=False),
        sa.Column("ours_after", sa.BigInteger(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["sync"], ["payment_syncs.id"], name=op.f("fk_payment_invoices_sync")
        ),
        sa.PrimaryKeyConstraint("sync", "invoice", name=op.f("pk_payment_invoices")),
    )
    op.create_index(op.f("ix_payment_invoices_invoice"), "payment_invoices", ["invoice"])
