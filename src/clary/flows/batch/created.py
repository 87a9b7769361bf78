"""Which customers, vendors and items were made for a batch.

One plan makes the records of all its batches; each belongs to the batch whose document
needed it first, so that a report names it where it is looked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from clary.engine.journal import JournalEntry, JournalState
from clary.engine.plan import PlanState
from clary.engine.plan_store import PlanStore
from clary.engine.runs import Runs
from clary.flows.batch.register import Batch
from clary.flows.batch.tables import BATCH_DOCUMENTS, BATCHES
from clary.kernel.change import Action, Body
from clary.store import Database

MASTERS = frozenset({"customer", "vendor", "item"})


def created_for(database: Database, batch: Batch) -> Iterator[tuple[str, str, Body]]:
    """Yield type, key and body of the customers, vendors and items made for a batch."""
    plans = PlanStore(database)
    summary = None if batch.plan is None else plans.summary(batch.plan)
    if summary is None or summary.run is None or summary.state is PlanState.PRUNED:
        return
    is_alone = _is_alone(database, batch)
    for entry in Runs(database).results(summary.run):
        made = entry.action is Action.CREATE and entry.state is JournalState.CONFIRMED
        if not made or entry.record_type not in MASTERS or entry.key is None:
            continue
        change = plans.change(entry.plan, entry.number)
        if change is None or change.after is None:
            continue
        if is_alone or batch.id in _owners(database, entry, batch):
            yield entry.record_type, entry.key, change.after


def _is_alone(database: Database, batch: Batch) -> bool:
    """Tell whether a plan makes no other batch."""
    query = select(func.count()).select_from(BATCHES).where(BATCHES.c.plan == batch.plan)
    with database.read() as connection:
        return connection.execute(query).scalar_one() == 1


def _owners(database: Database, entry: JournalEntry, batch: Batch) -> frozenset[int]:
    """Return the batches of the first document that needs a record; else the one asked about."""
    later = PlanStore(database).changes(entry.plan, entry.number)
    source = next((each.document for each in later if entry.number in each.depends_on), None)
    query = (
        select(BATCH_DOCUMENTS.c.batch)
        .join(BATCHES, BATCHES.c.id == BATCH_DOCUMENTS.c.batch)
        .where(BATCHES.c.plan == batch.plan, BATCH_DOCUMENTS.c.source == source)
    )
    with database.read() as connection:
        return frozenset(connection.execute(query).scalars()) or frozenset({batch.id})
