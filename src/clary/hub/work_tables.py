"""The tables of the work that waits, and of those who do it."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from clary.store.database import METADATA, WHOLE

WORK_ITEM = Table(
    "work_items",
    METADATA,
    Column("serial", WHOLE, primary_key=True),
    Column("company", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason_code", Text),
    Column("reason", Text),
    Column("accepted_at", Text, nullable=False),
    Column("not_before", Text),
    Column("attempts", WHOLE, nullable=False),
    Column("ended_at", Text),
    Index(None, "kind", "reference"),
    sqlite_autoincrement=True,
)
"""One row per accepted piece of work; `reference` is text that its kind understands."""
_WAITING = WORK_ITEM.c.state == "waiting"
_PARKED = WORK_ITEM.c.state == "parked"
for _name, _where in (("waiting", _WAITING), ("parked", _PARKED)):
    Index(
        f"ix_work_items_{_name}",
        WORK_ITEM.c.company,
        WORK_ITEM.c.serial,
        sqlite_where=_where,
        postgresql_where=_where,
    )

LANE = Table(
    "lanes",
    METADATA,
    Column("company", Text, primary_key=True),
    Column("look", WHOLE, nullable=False),
    Column("draining_by", Text),
    Column("drained_at", Text),
    Column("paused_at", Text),
    Column("paused_by", Text),
    Column("reason_code", Text),
    Column("reason", Text),
    Column("waiting_since", Text),
    Column("not_before", Text),
    Column("tries", WHOLE, nullable=False),
)
"""One row per company that ever had work: whether it is paused, why all of it waits and until
when, and `look`, which grows with every look at the company."""

WORKER = Table(
    "workers",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("seen_at", Text, nullable=False),
    Column("ended_at", Text),
)
"""One row per process that drains companies, with its heartbeat."""

SESSION_TURN = Table(
    "session_turns",
    METADATA,
    Column("group", Text, primary_key=True),
    Column("company", Text, primary_key=True),
    Column("asked_at", Text, nullable=False),
    Column("seen_at", Text, nullable=False),
)
"""Companies that wait for their turn at a session that several of them share."""

SCHEDULE = Table(
    "schedules",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("company", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("every_seconds", WHOLE, nullable=False),
    Column("next_run_at", Text, nullable=False),
    Column("last_run_at", Text),
    Column("starts_at", Text),
    Column("author", Text),
    Column("paused_by", Text),
    Column("paused_at", Text),
    Column("serial", WHOLE),
    Column("ended_at", Text),
    Column("code", Text),
    Column("message", Text),
    Column("plan", Text),
    Index(None, "next_run_at"),
)
"""Work that is added again and again, by name; from `serial` on, what came of it last."""
