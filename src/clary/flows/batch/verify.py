"""Compares a batch in ConnectWise with what the books hold of it, to the penny and line.

Three sources speak: ConnectWise's export of the batch, its debits and credits, and the
documents and ledger of the company.  Costs of sales are Sage's own, so they are shown
beside ConnectWise's and only warned about; everything else must agree exactly.  What Clary
did not post is in the batch, and no account of ours moved for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby, islice
from typing import Final, TypeAlias

from clary.apps.connectwise.batch_target import IMPLIED
from clary.apps.connectwise.shapes import BatchEntry
from clary.companies.keys import parse_key
from clary.companies.target import unlike
from clary.flows.batch import documents_uk, documents_us
from clary.flows.batch.ahead import fetched_ahead
from clary.flows.batch.applied import Amounts, applied_in_sage, is_applied
from clary.flows.batch.directory import CachedDirectory, with_applications
from clary.flows.batch.drafts import Draft
from clary.flows.batch.fetching import PIECE, Piece
from clary.flows.batch.foreign import ForeignEntries, exchange_of
from clary.flows.batch.kinds import DocumentKind
from clary.flows.batch.mapping import BatchMapping
from clary.flows.batch.overrides import Overrides
from clary.flows.batch.planner import CompanyLists, Sides
from clary.flows.batch.reading import Reading
from clary.flows.batch.recognising import COMPLETED_FIELDS
from clary.flows.batch.register import BatchDocument
from clary.flows.batch.rereading import Existing, reread
from clary.flows.batch.row_sets import RowSet
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
from clary.kernel.collecting import seldom_collected
from clary.kernel.money import money_text, round_half_up, to_minor
from clary.ledger.registry import record_type as declared_type

COSTS: Final = frozenset({"costofgoodssold", "inventory"})
"""Account types of ConnectWise's own cost entries (of invoices)."""

_ENTRY_FIELDS: Final = (
    *("id", "accountType", "accountNumber", "debit", "credit"),
    *("invoice", "expense", "purchaseOrder", "adjustmentDetail"),
)
SALES: Final = frozenset({"sales_invoice", "credit_memo"})
_DRAFTERS: Final = {"us": documents_us.draft, "uk": documents_uk.draft}


@dataclass(frozen=True, slots=True)
class Ours:
    """What our copy says that a batch shall hold; read once, and never held whole.

    Attributes:
        documents: its documents, those of a kind together.
        masters: record type, key and body of the customers, vendors and items that were
            created for it.
    """

    documents: Iterable[BatchDocument] = ()
    masters: Iterable[tuple[str, str, Body]] = ()


@seldom_collected()
def verify_batch(
    sides: Sides, batch: Existing, ours: Ours, settings: BatchSettings, overrides: Overrides
) -> VerifyReport:
    """Return how the books compare with a batch.

    Args:
        sides: the two systems.
        batch: the batch, without documents.
        ours: what it shall hold; nothing for a batch that somebody else made.
        settings: how documents are drafted.
        overrides: stored mapping decisions.

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
        verifying.documents(ours.documents)
        verifying.masters(ours.masters)
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
        self._rows: dict[str, BatchDocument] = {}
        self._tallies = Tallies(sides.info.edition, sides.info.currency)
        self._moved: dict[int, _Accounts] = {}
        self._alike: dict[object, _Accounts] = {}
        self._apart = RowSet()
        self._wanted = RowSet()
        self._held = RowSet()
        self._repeated = RowSet()
        self._foreign = ForeignEntries()
        self._directory = CachedDirectory(sides.accounting)

    def report(self) -> VerifyReport:
        """Return what was found."""
        number = self._batch.batch.batch_identifier or ""
        return self._tallies.report(number, self._wanted, self._held, self._repeated)

    # --- documents --------------------------------------------------------------------------

    def documents(self, ours: Iterable[BatchDocument]) -> None:
        """Compare every document of the batch with the record that it became."""
        for rows, pieces in fetched_ahead(self._reread, _some(ours)):
            self._rows = {each.source: each for each in rows}
            seen: dict[str, Reading] = {}
            for piece in pieces:
                self._piece([each for each in piece.readings if each.document is not None])
                for each in piece.readings:
                    seen[each.id] = each
                    self._wanted.update(piece.gl_ids.get(each.id, ()))
            for row in rows:
                self._own(row, seen.get(row.source))

    def _reread(self, rows: Sequence[BatchDocument]) -> list[Piece]:
        """Return the export of some documents; without any the batch comes whole."""
        return [*reread(self._sides.accounting, replace(self._batch, documents=rows))]

    def _own(self, row: BatchDocument, reading: Reading | None) -> None:
        """Note what is to be known of a document whether ConnectWise's can be read or not."""
        if row.origin is None:
            self._apart.update(row.gl_ids)
        if row.record_type is None:
            self._wanted.update(row.gl_ids)
            self._tallies.add(_handled(row))
        elif reading is None:
            self._tallies.add(_unlike(row, ["ConnectWise's batch does not hold it"]))
        elif reading.document is None:
            self._tallies.add(_unlike(row, [each.message for each in reading.findings]))

    def _piece(self, readings: Sequence[Reading]) -> None:
        documents = [
            with_applications(each.document, self._directory)
            for each in readings
            if each.document is not None
        ]
        drafts = {each.id: self._draft(each, self._mapping) for each in documents}
        stored = self._stored(readings, drafts)
        memos = [
            body
            for source, body in stored.items()
            if body is not None and (drafts[source].body or {}).get("applications")
        ]
        applied = applied_in_sage(self._sides.session, self._sides.capabilities, memos)
        for document in documents:
            body = stored.get(document.id)
            pays = applied.get(str((body or {}).get("transaction_number")), {})
            self._compare(document, drafts[document.id], body, pays)

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

    def _compare(
        self, document: SourceDocument, draft: Draft, stored: Body | None, applied: Amounts
    ) -> None:
        row = self._rows.get(document.id)
        if row is not None and row.record_type is None:
            return
        base = self._sides.info.currency
        checked = DocumentChecked(
            kind=document.kind,
            number=document.number,
            key=None if row is None else row.key,
            source=document.total,
            stored=None,
            state=State.MISSING,
            currency=document.currency or base,
        )
        if stored is None or stored.get("reversed_by") is not None:
            self._tallies.add(checked)
            return
        name = row.record_type if row is not None and row.record_type else draft.record_type
        total = _total(name, stored, document)
        by_hand = row is not None and row.origin is None
        # What was entered by hand is the same document, not the same in every field.
        compared = replace(draft, body=None, tax_moves=None) if by_hand else draft
        currency = str(stored.get("currency") or base)
        differences = [*_differences(name, compared, stored, total, applied)]
        if currency != checked.currency:
            said = f"currency: {checked.currency} in ConnectWise, {currency} in Sage"
            differences = [said, *(each for each in differences if not _is_of_currency(each))]
        self._tallies.add(
            replace(
                checked,
                stored=total if currency == checked.currency else None,
                state=State.DIFFERENT if differences else State.OK,
                differences=tuple(differences),
                tax_policy=draft.total - document.total,
            )
        )
        self._foreign.learn(document, stored)
        if compared.tax_moves is not None:
            self._tallies.explain(compared.tax_moves, exchange_of(document, stored).to_base)
        if not by_hand:
            self._expect(name, stored)

    def _expect(self, name: str, stored: Body) -> None:
        """Note which accounts a document may move, its costs apart from the rest."""
        number = stored.get("transaction_number")
        if not isinstance(number, int):
            return
        if self._mapping.edition == "uk":
            self._moved[number] = _ANY
            return
        moved = _accounts(name, stored, self._mapping)
        # Most documents move the same few accounts: what is equal is kept once.
        same = (moved.main, moved.costs, frozenset(moved.late.items()))
        self._moved[number] = self._alike.setdefault(same, moved)

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
        apart: Counter[_Source] = Counter()
        other_sides: dict[_Source, tuple[str, bool]] = {}
        for entry in self._sides.accounting.entries(self._batch.id, _ENTRY_FIELDS):
            kind = _folded(entry.account_type)
            is_asked = entry.id is not None and entry.id in self._wanted
            if entry.id is not None and (is_asked or kind not in IMPLIED):
                (self._repeated if entry.id in self._held else self._held).update((entry.id,))
            sold = kind in COSTS and entry.invoice is not None
            if sold and entry.id is not None:
                self._tallies.cost_rows.update((entry.id,))
            is_cost = sold or entry.adjustment_detail is not None
            text, net, source = entry.account_number or "", _net(entry), _source(entry)
            if entry.id is not None and entry.id in self._apart:
                apart[source] += net
                continue
            if not is_asked and kind in IMPLIED:
                other_sides[source] = (text, is_cost)
            if not is_cost:
                net = self._foreign.converted(entry.id, text, net)
            self._move(text, net, is_cost=is_cost)
        for source, (text, is_cost) in other_sides.items():
            # The site's own other side of what was left out; which entry that is, it does not say.
            self._move(text, apart[source], is_cost=is_cost)
        for text, net in self._foreign.rest():
            self._move(text, net)

    def _move(self, text: str, net: int, *, is_cost: bool = False) -> None:
        account = self._mapping.known_account(text) or text
        self._tallies.move(account, connectwise=net, is_cost=is_cost)

    def ledger(self) -> None:
        """Add up what the books posted for the documents, by account."""
        if not self._moved:
            return
        for row in self._sides.session.ledger_rows():
            moved = self._moved.get(row.transaction_number)
            if moved is None:
                continue
            is_cost = row.account_id in moved.costs or row.record_type == "inventory_adjustment"
            if moved is not _ANY and not is_cost and row.account_id not in moved.main:
                record = (
                    f"{row.record_type.replace('_', ' ')} {row.number or row.transaction_number}"
                )
                self._tallies.strange(record, row.account_id)
            self._tallies.move(row.account_id, sage=row.amount, is_cost=is_cost)
            stock = moved.late.get(row.account_id)
            if stock is not None:
                # The other half of the cost stands in the account that the goods came into.
                self._tallies.move(stock, sage=row.amount)
                self._tallies.move(stock, sage=-row.amount, is_cost=True)


def _some(documents: Iterable[BatchDocument]) -> Iterator[Sequence[BatchDocument]]:
    """Yield documents as they are asked for: of one kind, and not too many.

    Where our copy knows none there is one piece without any.
    """
    is_known = False
    for _, group in groupby(documents, lambda each: each.kind.kind):
        while piece := tuple(islice(group, PIECE)):
            is_known = True
            yield piece
    if not is_known:
        yield ()


_Source: TypeAlias = tuple[int | None, ...]
"""Invoice, expense, purchase order and adjustment that an entry belongs to, by their ids."""


def _source(entry: BatchEntry) -> _Source:
    named = (entry.invoice, entry.expense, entry.purchase_order, entry.adjustment_detail)
    return tuple(each.id if each is not None else None for each in named)


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


def _differences(
    name: str, draft: Draft, stored: Body, total: int, applied: Amounts
) -> Iterator[str]:
    """Yield in words how a record differs from what ConnectWise's document becomes.

    What a credit memo pays in Sage besides what ConnectWise says is no difference.
    """
    body = draft.body or {}
    if draft.record_type and draft.record_type != name:
        yield f"it is a {name.replace('_', ' ')} in Sage"
        return
    waits = body.get("waiting_on_bill") is True and not stored.get("waiting_on_bill")
    passed = COMPLETED_FIELDS if waits else frozenset[str]()
    if is_applied(body, applied):
        passed |= {"applications"}
    for field, wanted, there in unlike(name, body, stored):
        if field.partition(".")[0] not in passed:
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


_ANY: Final = _Accounts(frozenset(), frozenset(), {})
"""Books in which a document's lines do not tell every account that it moves."""


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
    return DocumentChecked(
        row.kind, row.number, None, row.total, None, State.HANDLED, currency=row.currency
    )


def _unlike(row: BatchDocument, said: Iterable[str]) -> DocumentChecked:
    differences = tuple(said)
    return DocumentChecked(
        row.kind, row.number, row.key, row.total, None, State.DIFFERENT, differences, row.currency
    )


def _amount(line: JsonValue) -> int:
    value = line.get("amount") if isinstance(line, dict) else None
    return to_minor(round_half_up(Decimal(value))) if isinstance(value, str) else 0


def _is_of_currency(difference: str) -> bool:
    return difference.startswith("currency: ")


def _folded(text: str | None) -> str:
    return (text or "").casefold().replace(" ", "")
