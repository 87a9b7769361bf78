"""The tables of the batch: our own copy of every batch, and the stored mapping decisions.

ConnectWise forgets which documents stood in a batch once it is deleted, and tells nothing
of a batch that somebody closed; what was posted as what is therefore kept here for ever.
Moments are UTC text that sorts by time, amounts integer minor units.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, text

from clary.store import METADATA, WHOLE

BATCHES = Table(
    "batches",
    METADATA,
    Column("id", WHOLE, primary_key=True),
    Column("app", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("identifier", Text, nullable=False),
    Column("kinds", Text, nullable=False),
    Column("plan", Text),
    Column("state", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("asked", Text, nullable=False, default="{}"),
    Column("preview", Text, nullable=False, default="[]"),
    Index(None, "app", "identifier"),
    Index(None, "plan"),
    sqlite_autoincrement=True,
)
"""One row per batch that was planned.

`kinds` is its letters (`IEP`), `plan` the plan that makes it in ConnectWise (none while it
is being planned), `asked` the selection and `preview` the debits and credits by account,
both as JSON.  `state` is how the batch stood when it was last compared with the journal.
"""

BATCH_DOCUMENTS = Table(
    "batch_documents",
    METADATA,
    Column("batch", WHOLE, ForeignKey("batches.id"), primary_key=True, autoincrement=False),
    Column("source", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("date", Text),
    Column("party", Text, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("record_type", Text),
    Column("origin", Text),
    Column("key", Text),
    Column("gl_ids", Text, nullable=False),
    Column("rows", Text, nullable=False, default="{}"),
    Column("state", Text, nullable=False),
    Index(None, "source"),
)
"""One row per document that was selected for a batch.

`source` is the document's stable id (`invoice:39005`), `total` its amount in minor units
of `currency`, `record_type` and `key` what it became in Sage (none: handled without
posting), `origin` how journal and books know it, `gl_ids` the JSON list of its GL ids in
ConnectWise, `rows` the JSON object of the unposted rows it was exported from, each with
what it said then.  `state` and `key` are as of the last comparison with the journal.
"""

MAPPING_OVERRIDES = Table(
    "mapping_overrides",
    METADATA,
    Column("id", WHOLE, primary_key=True),
    Column("app", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("superseded_at", Text),
    Column("superseded_by", Text),
    Index(
        "uq_mapping_overrides_current",
        "app",
        "company",
        "kind",
        "folded",
        unique=True,
        sqlite_where=text("superseded_at IS NULL"),
        postgresql_where=text("superseded_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)
"""One row per decision of a person: what a reference of ConnectWise becomes in a company.

Rows are never changed but for `superseded_at` and `superseded_by` (who replaced or removed
the decision), so that the table is its own history.  `folded` is the source in the form in
which it is looked up.
"""
