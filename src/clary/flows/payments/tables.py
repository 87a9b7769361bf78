"""The tables of payments: every sync, and what each found of every invoice it looked at.

Neither Sage nor ConnectWise tells which receipts a payment stands for, nor when payments
were last compared; both are kept here, for every user and machine of the installation.
Moments are UTC text that sorts by time, amounts integer minor units.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from clary.store import METADATA, WHOLE

PAYMENT_SYNCS = Table(
    "payment_syncs",
    METADATA,
    Column("id", WHOLE, primary_key=True),
    Column("app", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("generation", WHOLE, nullable=False),
    Column("way", Text, nullable=False),
    Column("asked", Text, nullable=False),
    Column("since", Text),
    Column("day", Text, nullable=False),
    Column("read_at", Text, nullable=False),
    Column("newest", WHOLE, nullable=False),
    Column("plan", Text),
    Index(None, "site", "identity"),
    Index(None, "plan"),
    sqlite_autoincrement=True,
)
"""One row per sync that was planned.

`site` and `identity` pin app and company, whatever their connections are called.  `asked`
is the start as it was stated, `since` the day it stands for (none: everything).  `day`,
`read_at` and `newest` say when the books were read, and the highest transaction number of
a receipt, credit or allocation at that moment: the next sync goes on from there.
"""

PAYMENT_INVOICES = Table(
    "payment_invoices",
    METADATA,
    Column("sync", WHOLE, ForeignKey("payment_syncs.id"), primary_key=True, autoincrement=False),
    Column("invoice", Text, primary_key=True),
    Column("number", Text),
    Column("party", Text, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("settled", BigInteger, nullable=False),
    Column("settled_on", Text),
    Column("billed", WHOLE),
    Column("others", BigInteger, nullable=False),
    Column("ours_before", BigInteger, nullable=False),
    Column("ours_after", BigInteger, nullable=False),
    Column("parts", Text, nullable=False),
    Column("code", Text),
    Index(None, "invoice"),
)
"""One row per invoice that a sync looked at.

`invoice` is its key in Sage, `billed` its id in ConnectWise (none: not found there).
`settled` is what Sage shows as paid, `parts` which receipts and credit memos make that up,
`others` what payments come to that Clary did not make, `ours_before` and `ours_after` what those of
Clary came to and shall come to.  `code` is the finding that kept it back or concerns it.
"""
