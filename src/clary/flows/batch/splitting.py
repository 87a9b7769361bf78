"""Tells where one batch would hold documents of several kinds, so that a person may split it.

ConnectWise's own screen exports invoices, expenses and procurement into batches of their
own, which are closed and un-batched apart from each other.
"""

from __future__ import annotations

from sqlalchemy import select

from clary.flows.batch import naming
from clary.flows.batch.kinds import DocumentKind
from clary.flows.batch.register import Batch
from clary.flows.batch.tables import BATCH_DOCUMENTS
from clary.store import Database


def could_be_split(database: Database, batch: Batch) -> list[str]:
    """Return the numbers of the batches that one could be split into; none for one kind."""
    query = select(BATCH_DOCUMENTS.c.kind).where(BATCH_DOCUMENTS.c.batch == batch.id).distinct()
    with database.read() as connection:
        kinds = {DocumentKind(name).kind for name in connection.scalars(query)}
    numbers = naming.made_of(batch.identifier, kinds, split=True)
    return numbers if len(numbers) > 1 else []
