"""Fetches the export of what was selected, piece by piece, so that no size is too large.

Goods come in before they are sold, and a credit comes after what it credits; within that
the oldest first.  What ConnectWise lists and then does not export is said, never dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from typing import Final

from clary.apps.connectwise import menus
from clary.apps.connectwise.gl_ids import documents
from clary.apps.connectwise.resources import Accounting, ExportRequest, KindName
from clary.apps.connectwise.shapes import GLExport, Reference
from clary.flows.batch.ahead import fetched_ahead
from clary.flows.batch.kinds import SOURCES, DetailLevel, Kind
from clary.flows.batch.listing import Candidate
from clary.flows.batch.reading import Reader, Reading, Waiting
from clary.flows.batch.reading_expenses import grouped as journals
from clary.flows.batch.reading_expenses import journal_id
from clary.flows.batch.values import cleaned
from clary.flows.batch.why import unexported
from clary.kernel.errors import Code, Finding, Rejected, declare

COMPANY_UNNUMBERED = declare(
    "BATCH_COMPANY_UNNUMBERED",
    Rejected,
    "ConnectWise lists it and does not export it; usually {party} has no account number.",
    f"Enter the customer ID of Sage in ConnectWise ({menus.ACCOUNT_NUMBER}), then refresh;"
    " `clary batch why` looks closer.",
)
VENDOR_UNNUMBERED = declare(
    "BATCH_VENDOR_UNNUMBERED",
    Rejected,
    "ConnectWise lists it and does not export it; usually {party} has no vendor number.",
    f"Enter the vendor ID of Sage in ConnectWise ({menus.VENDOR_ID}), then refresh; `clary batch"
    " why` looks closer.",
)

PIECE: Final = 250
"""Documents of one export."""

CLOSER: Final = 50
"""Documents missing from exports that are looked at one by one, for the very reason."""

_UNEXPORTED: Mapping[Kind, Code] = {
    Kind.INVOICE: COMPANY_UNNUMBERED,
    Kind.EXPENSE: VENDOR_UNNUMBERED,
    Kind.PROCUREMENT: VENDOR_UNNUMBERED,
}
_STAGES: Mapping[Kind, int] = {Kind.PROCUREMENT: 0, Kind.INVOICE: 1, Kind.EXPENSE: 3}
_WORDS: Mapping[Kind, KindName] = {
    Kind.INVOICE: "invoices",
    Kind.EXPENSE: "expenses",
    Kind.PROCUREMENT: "products",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One export: what became of what was asked for.

    Attributes:
        readings: the documents.
        rows: by document, the unposted rows it was exported from with what they said.
        gl_ids: by document, its GL rows, also where it cannot be read otherwise.
        listed: by document, the first of the unposted rows it was exported from, with the
            total and the earliest day of them all.
    """

    readings: tuple[Reading, ...]
    rows: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    gl_ids: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    listed: Mapping[str, Candidate] = field(default_factory=dict)


def pieces(
    accounting: Accounting,
    reader: Reader,
    candidates: Iterable[Candidate],
    detail: DetailLevel = DetailLevel.DEFAULT,
) -> Iterator[Piece]:
    """Yield the exports of the candidates, in the order in which they are to be posted."""
    looked_at = 0

    def exported(some: Sequence[Candidate]) -> GLExport:
        return accounting.export(_request(some, detail))

    for some, export in fetched_ahead(exported, _cut(sorted(candidates, key=_place))):
        waiting = waiting_of(some)
        found: list[Reading] = []
        rows: dict[str, dict[str, str]] = {}
        gl_ids = {**_stock_rows(waiting), **dict(documents(export)), **_journal_rows(export)}
        listed: dict[str, Candidate] = {}
        readings = list(reader.read(export, waiting))
        for reading, behind in zip(readings, _sources(readings, some, gl_ids), strict=True):
            document = reading.document
            theirs = gl_ids.get(reading.id, ()) if document is None else document.gl_ids
            source = _stable(reading, behind)
            found.append(named(reading, source))
            rows[source] = {str(each.export_id): each.stamp for each in behind}
            gl_ids[source] = theirs
            if behind:
                listed[source] = _together(behind)
        for each in _unexported(some, export, found, rows):
            looked_at += 1
            reading = _without(each, unexported(accounting, each) if looked_at <= CLOSER else ())
            found.append(reading)
            listed[reading.id] = each
        yield Piece(tuple(found), rows, gl_ids, listed)


def _stage(candidate: Candidate) -> int:
    return _STAGES[candidate.kind] + candidate.is_credit


def _place(candidate: Candidate) -> tuple[int, str, date, str]:
    """Return where a candidate comes; expenses of one member stay together."""
    group = candidate.group if candidate.kind is Kind.EXPENSE else ""
    return _stage(candidate), group, candidate.date or date.max, candidate.group


def _cut(candidates: Sequence[Candidate]) -> Iterator[tuple[Candidate, ...]]:
    """Yield pieces of one stage each that never part a group."""
    for _, stage in groupby(candidates, _stage):
        piece: list[Candidate] = []
        for _, group in groupby(stage, lambda each: each.group):
            rows = list(group)
            if piece and len(piece) + len(rows) > PIECE:
                yield tuple(piece)
                piece = []
            piece += rows
        yield tuple(piece)


def _request(candidates: Sequence[Candidate], detail: DetailLevel) -> ExportRequest:
    kind = candidates[0].kind
    ids = tuple(dict.fromkeys(each.export_id for each in candidates))
    numbers = tuple(each for each in ids if isinstance(each, int))
    return ExportRequest(
        kinds=(_WORDS[kind],),
        invoices=numbers if kind is Kind.INVOICE else (),
        expenses=numbers if kind is Kind.EXPENSE else (),
        products=tuple(each for each in ids if isinstance(each, str)),
        detail=detail.value,
    )


def waiting_of(candidates: Sequence[Candidate]) -> Waiting:
    """Return what the unposted rows tell that their export leaves out."""
    ids: dict[str, list[int]] = {}
    for each in candidates:
        if each.kind is Kind.PROCUREMENT and each.row_id:
            ids.setdefault(str(each.export_id), []).append(each.row_id)
    return Waiting(
        invoices={each.number: each.location for each in candidates if each.kind is Kind.INVOICE},
        expenses={each.row_id: each.location for each in candidates if each.kind is Kind.EXPENSE},
        procurement={
            str(each.export_id): each.location
            for each in candidates
            if each.kind is Kind.PROCUREMENT
        },
        gl_ids={key: tuple(sorted(rows)) for key, rows in ids.items()},
        is_known=True,
    )


def _stock_rows(waiting: Waiting) -> dict[str, tuple[int, ...]]:
    """Return the GL ids of stock moves, which only their unposted rows tell."""
    return {
        f"{word}:{key}": rows
        for key, rows in waiting.gl_ids.items()
        for word in ("adjustment", "transfer")
    }


def _journal_rows(export: GLExport) -> dict[str, tuple[int, ...]]:
    """Return the GL ids of journal entries, which are put together here."""
    return {
        journal_id(rows): tuple(
            sorted(
                row
                for each in rows
                for row in (each.id, each.offset.id if each.offset else None)
                if row is not None
            )
        )
        for rows in journals(export.expenses or ())
    }


def _by_id(candidates: Sequence[Candidate]) -> dict[str, list[Candidate]]:
    """Return unposted rows by what an export is asked for, expenses by their GL row."""
    found: dict[str, list[Candidate]] = {}
    for each in candidates:
        key = str(each.row_id if each.kind is Kind.EXPENSE else each.export_id)
        found.setdefault(key, []).append(each)
    return found


def _sources(
    readings: Sequence[Reading],
    candidates: Sequence[Candidate],
    gl_ids: Mapping[str, Sequence[int]],
) -> list[list[Candidate]]:
    """Return, for each document, the unposted rows that it was exported from.

    An expense document that cannot be read stands for what no other one of its member does.
    """
    listed = _by_id(candidates)
    behind = [_behind(reading, listed, gl_ids) for reading in readings]
    for reading, rows in zip(readings, behind, strict=True):
        first = next(iter(listed.get(_key(reading), ())), None)
        if reading.kind is Kind.EXPENSE and not rows and first is not None:
            taken = {each.row_id for some in behind for each in some}
            group = (each for each in candidates if each.group == first.group)
            rows.extend(each for each in group if each.row_id not in taken)
    return behind


def _behind(
    reading: Reading,
    listed: Mapping[str, Sequence[Candidate]],
    gl_ids: Mapping[str, Sequence[int]],
) -> list[Candidate]:
    if reading.kind is not Kind.EXPENSE:
        return list(listed.get(_key(reading), ()))
    document = reading.document
    theirs = gl_ids.get(reading.id, ()) if document is None else document.gl_ids
    return [each for row in theirs for each in listed.get(str(row), ())]


def _together(rows: Sequence[Candidate]) -> Candidate:
    """Return the unposted rows of one document as one: the first, with the total of them all.

    Its day is the earliest of them.
    """
    days = [each.date for each in rows if each.date is not None]
    total = sum(each.total for each in rows)
    return replace(rows[0], total=total, date=min(days, default=None))


def _key(reading: Reading) -> str:
    return reading.id.partition(":")[2]


def _stable(reading: Reading, behind: Sequence[Candidate]) -> str:
    """Return the id of a document; an expense document goes by its first expense.

    The export names it by a GL row, which is another one once an expense was edited.
    """
    expenses = [each.export_id for each in behind if isinstance(each.export_id, int)]
    if reading.kind is not Kind.EXPENSE or not expenses:
        return reading.id
    return f"expense:{min(expenses)}"


def named(reading: Reading, source: str) -> Reading:
    """Return a document under another id."""
    if reading.id == source:
        return reading
    if reading.document is None:
        return replace(reading, id=source)
    return replace(reading, id=source, document=replace(reading.document, id=source))


def _unexported(
    candidates: Sequence[Candidate],
    export: GLExport,
    found: Sequence[Reading],
    rows: Mapping[str, Mapping[str, str]],
) -> list[Candidate]:
    """Return what was asked for and is not in the export."""
    there = {reading.id for reading in found}
    members = {
        _shown(each.member) for each in (*(export.expense_bills or ()), *(export.expenses or ()))
    }
    exported = {row for each in rows.values() for row in each}
    partly = {each.group for each in candidates if str(each.export_id) in exported}
    missing: dict[str, Candidate] = {}
    for each in candidates:
        if each.kind is Kind.EXPENSE:
            is_there = str(each.export_id) in exported or each.group in members - partly
        else:
            is_there = any(f"{word}:{each.export_id}" in there for word in SOURCES[each.kind])
        if not is_there:
            missing.setdefault(each.group, each)
    return list(missing.values())


def _without(listed: Candidate, reasons: Sequence[Finding]) -> Reading:
    """Return a document that is not exported, with the reasons, or else the likely one."""
    record = f"{listed.kind} {listed.number}"
    likely = _UNEXPORTED[listed.kind].finding(record=record, party=listed.party or "its company")
    findings = tuple(replace(each, record=record) for each in reasons) or (likely,)
    source = f"{SOURCES[listed.kind][0]}:{listed.export_id}"
    return Reading(source, record, listed.kind, None, findings)


def _shown(reference: Reference | None) -> str:
    """Return a name as candidates have it."""
    return "" if reference is None else cleaned(reference.name or reference.identifier or "")[0]
