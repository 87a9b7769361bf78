"""Compares a batch in ConnectWise with what the books hold of it, to the penny and line.

Three sources speak: ConnectWise's export of the batch, its debits and credits, and the
documents and ledger of the company.  Costs of sales are Sage's own, so they are shown
beside ConnectWise's and only warned about; everything else must agree exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from clary.apps.connectwise.batch_target import IMPLIED
from clary.apps.connectwise.shapes import BatchEntry
from clary.companies.keys import parse_key
from clary.companies.target import unlike
from clary.flows.batch import documents_uk, documents_us
from clary.flows.batch.drafts import Draft
from clary.flows.batch.foreign import ForeignEntries
from clary.flows.batch.kinds import DocumentKind
from clary.flows.batch.mapping import BatchMapping
from clary.flows.batch.overrides import Overrides
from clary.flows.batch.planner import CompanyLists, Sides
from clary.flows.batch.reading import Reading
from clary.flows.batch.recognising import COMPLETED_FIELDS
from clary.flows.batch.register import BatchDocument
from clary.flows.batch.rereading import Existing, reread
from clary.flows.batch.settings import BatchSettings
from clary.flows.batch.source import SourceDocument
from clary.flows.batch.verified import (
    DocumentChecked,
    State,
    Tallies,
    VerifyReport,
)
from clary.flows.rehearsal.rehearsal import Rehearsal
from clary.kernel.change import Body, JsonValue
from clary.kernel.money import money_text, round_half_up, to_minor
from clary.ledger.registry import record_type as declared_type

COSTS: Final = frozenset({"costofgoodssold", "inventory"})
"""Account types of ConnectWise's own cost entries (of invoices)."""

_ENTRY_FIELDS: Final = (
    *("id", "accountType", "accountNumber", "debit", "credit"),
    *("invoice", "adjustmentDetail"),
)
SALES: Final = frozenset({"sales_invoice", "credit_memo"})
_DRAFTERS: Final = {"us": documents_us.draft, "uk": documents_uk.draft}


def verify_batch(
    sides: Sides,
    batch: Existing,
    settings: BatchSettings,
    overrides: Overrides,
    masters: Iterable[tuple[str, str, Body]] = (),
) -> VerifyReport:
    """Return how the books compare with a batch.

    Args:
        sides: the two systems.
        batch: the batch, with the documents that our copy has of it.
        settings: how documents are drafted.
        overrides: stored mapping decisions.
        masters: record type, key and body of the customers, vendors and items that were
            created for it.

    Raises:
        ClaryError: one of the sides cannot be read.
    """
    rehearsal = Rehearsal(sides.session, sides.info, capabilities=sides.capabilities)
    with closing(rehearsal):
        mapping = BatchMapping(
            rehearsal.books,
            overrides,
            settings,
            CompanyLists(sides.session),
            computes_tax=frozenset(
                name for name, each in sides.capabilities.items() if not each.tax_stated
            ),
        )
        verifying = _Verifying(sides, mapping, batch)
        verifying.documents()
        verifying.masters(masters)
        verifying.entries()
        verifying.ledger()
        return verifying.report()


class _Verifying:
    """One verification at work."""

    def __init__(self, sides: Sides, mapping: BatchMapping, batch: Existing) -> None:
        self._sides = sides
        self._mapping = mapping
        self._batch = batch
        self._draft = _DRAFTERS[sides.info.edition]
        self._rows = {each.source: each for each in batch.documents}
        self._tallies = Tallies(sides.info.edition)
        self._moved: dict[int, _Accounts] = {}
        self._records: dict[int, str] = {}
        self._apart = frozenset(
            gl_id for row in batch.documents if row.origin is None for gl_id in row.gl_ids
        )
        self._wanted: Counter[int] = Counter()
        self._held: Counter[int] = Counter()
        self._foreign = ForeignEntries()

    def report(self) -> VerifyReport:
        """Return what was found."""
        number = self._batch.batch.batch_identifier or ""
        return self._tallies.report(number, self._wanted, self._held)

    # --- documents --------------------------------------------------------------------------

    def documents(self) -> None:
        """Compare every document of the batch with the record that it became."""
        seen: set[str] = set()
        for piece in reread(self._sides.accounting, self._batch):
            self._piece([each for each in piece.readings if each.document is not None])
            seen.update(each.id for each in piece.readings)
            for each in piece.readings:
                self._wanted.update(piece.gl_ids.get(each.id, ()))
        for row in self._batch.documents:
            if row.record_type is None:
                self._wanted.update(row.gl_ids)
                self._tallies.add(_handled(row))
            elif row.source not in seen:
                self._tallies.add(_unexported(row))

    def _piece(self, readings: Sequence[Reading]) -> None:
        drafts = {
            each.id: self._draft(each.document, self._mapping)
            for each in readings
            if each.document is not None
        }
        stored = self._stored(readings, drafts)
        for each in readings:
            if each.document is not None:
                self._compare(each.document, drafts[each.id], stored.get(each.id))

    def _stored(
        self, readings: Sequence[Reading], drafts: Mapping[str, Draft]
    ) -> dict[str, Body | None]:
        """Return the records of documents whose key our copy knows, in bulk."""
        keyed: dict[str, list[tuple[str, str]]] = {}
        for each in readings:
            row = self._rows.get(each.id)
            if row is not None and row.key is not None:
                name = row.record_type or drafts[each.id].record_type
                keyed.setdefault(name, []).append((each.id, row.key))
        found: dict[str, Body | None] = {}
        for name, pairs in keyed.items():
            declared = declared_type(name)
            keys = [parse_key(declared, key) for _, key in pairs]
            bodies = self._sides.session.get_many(name, keys)
            found.update(zip((source for source, _ in pairs), bodies, strict=True))
        return found

    def _compare(self, document: SourceDocument, draft: Draft, stored: Body | None) -> None:
        row = self._rows.get(document.id)
        if row is not None and row.record_type is None:
            return
        checked = DocumentChecked(
            kind=document.kind,
            number=document.number,
            key=None if row is None else row.key,
            source=document.total,
            stored=None,
            state=State.MISSING,
        )
        if stored is None or stored.get("reversed_by") is not None:
            self._tallies.add(checked)
            return
        name = row.record_type if row is not None and row.record_type else draft.record_type
        total = _total(name, stored, document)
        by_hand = row is not None and row.origin is None
        # What was entered by hand is the same document, not the same in every field.
        compared = replace(draft, body=None) if by_hand else draft
        differences = tuple(_differences(name, compared, stored, total))
        self._tallies.add(
            DocumentChecked(
                kind=document.kind,
                number=document.number,
                key=checked.key,
                source=document.total,
                stored=total,
                state=State.DIFFERENT if differences else State.OK,
                differences=differences,
            )
        )
        self._foreign.learn(document, stored)
        if not by_hand:
            self._expect(name, document.record, stored)

    def _expect(self, name: str, record: str, stored: Body) -> None:
        """Note which accounts a document may move, its costs apart from the rest."""
        number = stored.get("transaction_number")
        if not isinstance(number, int):
            return
        self._records[number] = record
        if self._mapping.edition == "uk":
            return
        self._moved[number] = _accounts(name, stored, self._mapping)

    # --- customers, vendors, items ----------------------------------------------------------

    def masters(self, created: Iterable[tuple[str, str, Body]]) -> None:
        """Compare what was created for the batch with what the books hold."""
        groups: dict[str, list[tuple[str, Body]]] = {}
        for name, key, body in created:
            groups.setdefault(name, []).append((key, body))
        for name, pairs in groups.items():
            declared = declared_type(name)
            keys = [parse_key(declared, key) for key, _ in pairs]
            bodies = self._sides.session.get_many(name, keys)
            for (key, body), stored in zip(pairs, bodies, strict=True):
                found = () if stored is None else unlike(name, body, stored)
                self._tallies.add_master(
                    name,
                    key,
                    is_there=stored is not None,
                    differences=[f"{what}: {sent} sent, {kept} kept" for what, sent, kept in found],
                )

    # --- debits and credits -----------------------------------------------------------------

    def entries(self) -> None:
        """Add up ConnectWise's debits and credits by the account that they become.

        Entries of documents that we did not post are left out: no account of ours moved.
        """
        for entry in self._sides.accounting.entries(self._batch.id, _ENTRY_FIELDS):
            kind = _folded(entry.account_type)
            if entry.id is not None and (entry.id in self._wanted or kind not in IMPLIED):
                self._held[entry.id] += 1
            sold = kind in COSTS and entry.invoice is not None
            if sold and entry.id is not None:
                self._tallies.cost_rows[entry.id] += 1
            is_cost = sold or entry.adjustment_detail is not None
            text, net = entry.account_number or "", _net(entry)
            if not is_cost:
                net = self._foreign.converted(entry.id, text, net)
            self._move(text, net, is_cost=is_cost)
        for text, net in self._foreign.rest():
            self._move(text, net)

    def _move(self, text: str, net: int, *, is_cost: bool = False) -> None:
        account = self._mapping.known_account(text) or text
        self._tallies.move(account, connectwise=net, is_cost=is_cost)

    def ledger(self) -> None:
        """Add up what the books posted for the documents, by account."""
        if not self._records:
            return
        for row in self._sides.session.ledger_rows():
            record = self._records.get(row.transaction_number)
            if record is None:
                continue
            moved = self._moved.get(row.transaction_number)
            is_cost = moved is not None and row.account_id in moved.costs
            is_cost = is_cost or row.record_type == "inventory_adjustment"
            if moved is not None and not is_cost and row.account_id not in moved.main:
                self._tallies.strange(record, row.account_id)
            self._tallies.move(row.account_id, sage=row.amount, is_cost=is_cost)
            stock = moved.late.get(row.account_id) if moved is not None else None
            if stock is not None:
                # The other half of the cost stands in the account that the goods came into.
                self._tallies.move(stock, sage=row.amount)
                self._tallies.move(stock, sage=-row.amount, is_cost=True)


def _net(entry: BatchEntry) -> int:
    debit, credit = (
        to_minor(round_half_up(each or Decimal(0))) for each in (entry.debit, entry.credit)
    )
    return debit - credit


def _total(name: str, stored: Body, document: SourceDocument) -> int:
    """Return what a record comes to; what has no total of its own goes by its lines."""
    declared = declared_type(name)
    value = stored.get(declared.total or "")
    if isinstance(value, str) and document.kind is not DocumentKind.ADJUSTMENT:
        return to_minor(round_half_up(Decimal(value)))
    if document.kind is DocumentKind.EXPENSE_JOURNAL:
        lines = stored.get("lines")
        amounts = [_amount(each) for each in lines] if isinstance(lines, list) else []
        return sum(each for each in amounts if each > 0)
    return document.total


def _differences(name: str, draft: Draft, stored: Body, total: int) -> Iterator[str]:
    """Yield in words how a record differs from what ConnectWise's document becomes."""
    body = draft.body or {}
    if draft.record_type and draft.record_type != name:
        yield f"it is a {name.replace('_', ' ')} in Sage"
        return
    waits = body.get("waiting_on_bill") is True and not stored.get("waiting_on_bill")
    passed = COMPLETED_FIELDS if waits else frozenset[str]()
    for field, wanted, there in unlike(name, body, stored):
        if field not in passed:
            yield f"{field}: {wanted} in ConnectWise, {there} in Sage"
    if total != draft.total:
        yield f"total: {money_text(draft.total)} in ConnectWise, {money_text(total)} in Sage"


@dataclass(frozen=True, slots=True)
class _Accounts:
    """The accounts that a document may move.

    Attributes:
        main: what it states itself, or its parties and taxes stand for.
        costs: what its goods cost, worked out by Sage.
        late: account of the cost of goods sold before they came in, and the account of
            the stock that it leaves; only of purchases.
    """

    main: frozenset[str]
    costs: frozenset[str]
    late: Mapping[str, str]


def _accounts(name: str, stored: Body, mapping: BatchMapping) -> _Accounts:
    main = {
        str(stored[field])
        for field in ("receivable_account_id", "payable_account_id", "freight_account_id")
        if stored.get(field)
    }
    code = mapping.books.tax_code(str(stored["tax_code_id"])) if stored.get("tax_code_id") else None
    main |= {agency.account_id for agency in code.agencies} if code is not None else set()
    costs: set[str] = set()
    late: dict[str, str] = {}
    lines = stored.get("lines")
    for line in lines if isinstance(lines, list) else []:
        if not isinstance(line, dict):
            continue
        if line.get("account_id"):
            main.add(str(line["account_id"]))
        item = mapping.books.item(str(line["item_id"])) if line.get("item_id") else None
        if item is None or item.item_class == "description_only":
            continue
        stock, cost = item.inventory_account_id, item.cost_account_id
        if name in SALES:
            costs |= {each for each in (stock, cost) if each}
        elif stock:
            main.add(stock)
            if cost:
                late[cost] = stock
    costs |= late.keys()
    late = {cost: stock for cost, stock in late.items() if cost not in main}
    return _Accounts(frozenset(main), frozenset(costs - main), late)


def _handled(row: BatchDocument) -> DocumentChecked:
    return DocumentChecked(row.kind, row.number, None, row.total, None, State.HANDLED)


def _unexported(row: BatchDocument) -> DocumentChecked:
    said = ("ConnectWise's batch does not hold it",)
    return DocumentChecked(row.kind, row.number, row.key, row.total, None, State.DIFFERENT, said)


def _amount(line: JsonValue) -> int:
    value = line.get("amount") if isinstance(line, dict) else None
    return to_minor(round_half_up(Decimal(value))) if isinstance(value, str) else 0


def _folded(text: str | None) -> str:
    return (text or "").casefold().replace(" ", "")
