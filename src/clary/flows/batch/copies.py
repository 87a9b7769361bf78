"""The shapes of our own copy of a batch, and how they are kept as rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Row

from clary.engine.codec import text_of
from clary.flows.batch.kinds import DocumentKind, Kind
from clary.kernel.change import JsonValue
from clary.kernel.clock import from_timestamp, timestamp


class BatchState(StrEnum):
    """How a batch stands.

    planned: nothing was applied; waiting: a run is under way or waits to go on; posted: it
    is in ConnectWise; unmade: the run ended without it; removed: it was un-batched.
    """

    PLANNED = "planned"
    WAITING = "waiting"
    POSTED = "posted"
    UNMADE = "unmade"
    REMOVED = "removed"

    @property
    def holds_number(self) -> bool:
        """Its number is in use."""
        return self in (BatchState.WAITING, BatchState.POSTED)


class Standing(StrEnum):
    """How a document of a batch stands.

    planned, waiting: not decided yet; posted: in the books and in the batch; unbatched: in
    the books, and the batch does not hold it; handled: in the batch without a document of
    ours in the books; left: not posted, it stays queued; taken_back: posted and undone.
    """

    PLANNED = "planned"
    WAITING = "waiting"
    POSTED = "posted"
    UNBATCHED = "unbatched"
    HANDLED = "handled"
    LEFT = "left"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class BatchDocument:
    """One document of a batch, as our copy has it.

    Attributes:
        source: its stable id.
        party: account, vendor or member number in ConnectWise.
        total: minor units of `currency`.
        record_type: what it is in Sage; none where nothing is posted for it.
        origin: its origin without the attempt; none where nothing is posted for it.
        key: its key in Sage, as far as it is known.
        gl_ids: every GL id that it has in ConnectWise.
        rows: the unposted rows it was exported from, each with what it said then.
    """

    source: str
    kind: DocumentKind
    number: str
    date: date | None
    party: str
    total: int
    currency: str
    gl_ids: tuple[int, ...]
    record_type: str | None = None
    origin: str | None = None
    key: str | None = None
    rows: Mapping[str, str] = field(default_factory=dict)
    state: Standing = Standing.PLANNED

    @property
    def names(self) -> frozenset[str]:
        """What a person may call it, as in lists of what waits and of what is batched."""
        return frozenset({self.number, self.source, *(f"{self.kind.kind}:{r}" for r in self.rows)})


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch, as our copy has it.

    Attributes:
        id: its number among our copies.
        identifier: its number in ConnectWise.
        plan: plan that makes it; none while it is being planned.
        asked: the selection, JSON-ready.
        preview: debits and credits by account, JSON-ready.
    """

    app: str
    company: str
    identifier: str
    kinds: frozenset[Kind]
    created_at: datetime
    note: str = ""
    asked: Mapping[str, JsonValue] = field(default_factory=dict)
    preview: Sequence[JsonValue] = ()
    plan: str | None = None
    state: BatchState = BatchState.PLANNED
    id: int = 0


def batch_values(batch: Batch) -> dict[str, object]:
    """Return a batch as a row of its table."""
    return {
        "app": batch.app,
        "company": batch.company,
        "identifier": batch.identifier,
        "kinds": "".join(kind.letter for kind in Kind if kind in batch.kinds),
        "plan": batch.plan,
        "state": batch.state.value,
        "created_at": timestamp(batch.created_at),
        "note": batch.note,
        "asked": text_of(batch.asked),
        "preview": text_of(batch.preview),
    }


def batch_of(row: Row[Any]) -> Batch:
    """Return the batch of a row."""
    return Batch(
        id=row.id,
        app=row.app,
        company=row.company,
        identifier=row.identifier,
        kinds=frozenset(kind for kind in Kind if kind.letter in row.kinds),
        created_at=from_timestamp(row.created_at),
        note=row.note,
        asked=json.loads(row.asked),
        preview=json.loads(row.preview),
        plan=row.plan,
        state=BatchState(row.state),
    )


def document_values(document: BatchDocument) -> dict[str, object]:
    """Return a document as a row of its table."""
    return {
        "source": document.source,
        "kind": document.kind.value,
        "number": document.number,
        "date": None if document.date is None else document.date.isoformat(),
        "party": document.party,
        "total": document.total,
        "currency": document.currency,
        "record_type": document.record_type,
        "origin": document.origin,
        "key": document.key,
        "gl_ids": text_of(document.gl_ids),
        "rows": text_of(document.rows),
        "state": document.state.value,
    }


def document_of(row: Row[Any]) -> BatchDocument:
    """Return the document of a row of its table, which has the columns in this order."""
    # By place: a batch may have a hundred thousand, and each look by name costs.
    values: tuple[Any, ...] = tuple(row)
    _, source, kind, number, day, party, total, currency, record_type, origin, key, *more = values
    gl_ids, rows, state = more
    return BatchDocument(
        source=source,
        kind=_KINDS[kind],
        number=number,
        date=None if day is None else date.fromisoformat(day),
        party=party,
        total=total,
        currency=currency,
        gl_ids=tuple(from_json(gl_ids)),
        record_type=record_type,
        origin=origin,
        key=key,
        rows=from_json(rows),
        state=_STANDINGS[state],
    )


_KINDS = {kind.value: kind for kind in DocumentKind}
_STANDINGS = {state.value: state for state in Standing}
