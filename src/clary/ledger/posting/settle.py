"""What postings share: settling open documents, and moving stock with its bookkeeping."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from clary.kernel.money import money_text, rounded_ratio, to_minor
from clary.ledger.posting import costing, resolve
from clary.ledger.posting import problems as codes
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting, RowKind, Settled, StockMove
from clary.ledger.posting.views import ItemView, Lookups, OpenDocument, PartyView
from clary.ledger.types.documents import TradeDocument
from clary.ledger.types.groups import Application
from clary.ledger.types.purchases import PurchaseDocument
from clary.ledger.types.sales import Allocation, SalesDocument


class Control(NamedTuple):
    """The control account of one side of trade: its type, the field that states it, its label.

    The type is also the name of the company's default for it.
    """

    type: str
    field: str
    label: str


def begin(
    books: Lookups,
    problems: Problems,
    document: SalesDocument | PurchaseDocument,
    party: PartyView | None,
) -> Posting:
    """Return the posting of a US trade document, its day, party and lines checked."""
    resolve.open_day(books, problems, document.date)
    if party is not None and party.inactive:
        label = party.type.title()
        problems.warn(codes.PARTY_INACTIVE, f"{party.type}_id", type=label, value=party.id)
    if not document.lines:
        problems.error(codes.LINES_REQUIRED, "lines")
    return Posting(party=party)


def add_control(
    books: Lookups,
    problems: Problems,
    posting: Posting,
    document: TradeDocument,
    control: Control,
    sign: int,
) -> None:
    """Add the control row of a US trade document, against its total with `sign`."""
    resolve.check_total(problems, document.total, posting.total, "total")
    if posting.total < 0:
        problems.error(codes.TOTAL_NEGATIVE, "total", computed=money_text(posting.total))
    stated = getattr(document, control.field)
    view = resolve.default_account(
        books, problems, stated, control.type, control.field, control.label
    )
    if view is None:
        return
    if view.type != control.type:
        problems.error(
            codes.ACCOUNT_TYPE_WRONG,
            control.field,
            value=view.id,
            found=view.type,
            expected=control.type,
        )
        return
    posting.filled[control.field] = view.id
    posting.add(view, -sign * posting.total, RowKind.CONTROL)


def find_open(
    books: Lookups, problems: Problems, party: PartyView, entry: Application, where: str
) -> OpenDocument | None:
    """Return the one document that an application names, or note why there is none."""
    shown = entry.invoice_number or str(entry.transaction_number)
    found = books.open_documents(
        party, number=entry.invoice_number, transaction_number=entry.transaction_number
    )
    if len(found) > 1:
        still_open = [one for one in found if one.open]
        found = still_open if len(still_open) == 1 else found
    if not found:
        problems.error(codes.DOCUMENT_NOT_OPEN, where, party=party.id, value=shown)
        return None
    if len(found) > 1:
        candidates = ", ".join(str(one.transaction_number) for one in found[:10])
        problems.error(
            codes.DOCUMENT_AMBIGUOUS,
            where,
            party=party.id,
            count=len(found),
            value=shown,
            candidates=candidates,
        )
        return None
    return found[0]


def add_applications(
    books: Lookups,
    problems: Problems,
    posting: Posting,
    party: PartyView,
    entries: Sequence[Application] | None,
) -> None:
    """Settle open documents out of what is open of this posting; no rows move.

    Used where the control row is this document's own (credit memos and vendor credits).
    """
    refuse_discounts(problems, entries)
    for settled in settled_by(books, problems, party, entries):
        posting.settled.append(settled)
        posting.open -= settled.amount
    if posting.open < 0:
        problems.error(
            codes.APPLIED_TOO_MUCH,
            "applications",
            amount=money_text(posting.total - posting.open),
            open=money_text(posting.total),
            value="this document",
        )


def refuse_discounts(problems: Problems, entries: Sequence[Application] | None) -> None:
    """Note discounts of a credit's applications: no ledger row would stand behind them."""
    for position, entry in enumerate(entries or ()):
        if entry.discount_amount:
            problems.error(codes.DISCOUNT_ON_CREDIT, f"applications.{position}.discount_amount")


def base_open(document: OpenDocument) -> int:
    """Return what is open of a document in the base currency."""
    return document.open


def settled_by(
    books: Lookups,
    problems: Problems,
    party: PartyView,
    entries: Sequence[Application] | None,
    open_of: Callable[[OpenDocument], int] = base_open,
) -> list[Settled]:
    """Return what each application settles, checked against what is open.

    Amounts are in the currency of `open_of`, which tells what is open of a document.
    """
    settled: list[Settled] = []
    used: dict[int, int] = {}
    for position, entry in enumerate(entries or ()):
        where = f"applications.{position}"
        amount, discount = applied_amounts(entry)
        if amount < 0 or discount < 0 or not amount + discount:
            wrong = f"{where}.discount_amount" if amount >= 0 > discount else f"{where}.amount"
            problems.error(codes.AMOUNT_NOT_POSITIVE, wrong)
            continue
        document = find_open(books, problems, party, entry, where)
        if document is None:
            continue
        already = used.get(document.transaction_number, 0)
        still_open = open_of(document) - already
        fields = f"{where}.amount", f"{where}.discount_amount"
        if not fits_open(problems, document, still_open, amount, discount, fields):
            continue
        used[document.transaction_number] = already + amount + discount
        settled.append(Settled(document, amount, discount))
    return settled


def applied_amounts(entry: Application | Allocation) -> tuple[int, int]:
    """Return amount and discount of an application or allocation, in minor units."""
    return to_minor(entry.amount), to_minor(entry.discount_amount or Decimal(0))


def fits_open(
    problems: Problems,
    document: OpenDocument,
    still_open: int,
    amount: int,
    discount: int,
    fields: tuple[str, str],
) -> bool:
    """Tell whether a document has enough open; note the field that asks for too much.

    Args:
        problems: gets APPLIED_TOO_MUCH.
        document: what is settled, or the credit that settles.
        still_open: what is open of it, in the currency of the amounts.
        amount: what is asked of it.
        discount: what a discount asks besides.
        fields: paths of amount and discount.
    """
    if amount + discount <= still_open:
        return True
    of_amount, of_discount = fields
    problems.error(
        codes.APPLIED_TOO_MUCH,
        of_amount if amount > still_open else of_discount,
        amount=money_text(amount + discount),
        open=money_text(still_open),
        value=document.number or str(document.transaction_number),
    )
    return False


class Allocated(NamedTuple):
    """What an allocation does.

    Attributes:
        posting: discount and exchange variance; most allocations have no rows at all.
        settled: what the invoice has settled of it.
        used: what the credit has used up of it, in the base currency.
    """

    posting: Posting
    settled: Settled
    used: int


def allocated_amounts(
    problems: Problems,
    allocation: Allocation,
    credit: OpenDocument,
    invoice: OpenDocument,
    open_of: Callable[[OpenDocument], int] = base_open,
) -> tuple[int, int] | None:
    """Return amount and discount of an allocation that both documents have open, or none."""
    amount, discount = applied_amounts(allocation)
    if amount <= 0 or discount < 0:
        problems.error(codes.AMOUNT_NOT_POSITIVE, "discount_amount" if amount > 0 else "amount")
        return None
    fits_open(problems, credit, open_of(credit), amount, 0, ("credit", "credit"))
    fields = "invoice", "discount_amount"
    fits_open(problems, invoice, open_of(invoice), amount, discount, fields)
    return None if problems.failed else (amount, discount)


def issue_stock(
    books: Lookups,
    problems: Problems,
    posting: Posting,
    item: ItemView,
    line: int,
    quantity: int,
    where: str,
) -> StockMove:
    """Take goods out of stock; note it where there are too few."""
    move = costing.issue(_standing(books, posting, item), line, quantity)
    if move.short:
        values = {
            "value": item.id,
            "on_hand": resolve.shown_quantity(quantity - move.short),
            "wanted": resolve.shown_quantity(quantity),
        }
        if books.policy.negative_stock:
            problems.warn(codes.STOCK_SHORT, where, **values)
        else:
            problems.error(codes.STOCK_SHORT, where, **values)
    posting.stock.append(move)
    return move


def receive_stock(
    books: Lookups, posting: Posting, item: ItemView, line: int, quantity: int, cost: int
) -> int:
    """Put goods into stock at `cost`; return the cost of what had been sold before.

    Goods that were sold before they came never enter stock: their cost belongs to cost
    of sales at once (inferred).
    """
    standing = _standing(books, posting, item)
    late = min(quantity, max(0, -standing.quantity))
    late_cost = rounded_ratio(cost, late, quantity) if late else 0
    posting.stock.append(StockMove(item, line, quantity, cost - late_cost, late=late))
    return late_cost


def _standing(books: Lookups, posting: Posting, item: ItemView) -> costing.Standing:
    """Return the stock of an item after the moves this posting has made so far."""
    before = [move for move in posting.stock if move.item is item]
    layers = books.layers(item) if item.cost_method != "average" else []
    if not before:
        return costing.Standing(item, item.quantity, item.value, layers)
    layers = _less([*layers, *_received(item, before)], before)
    return costing.Standing(
        item=item,
        quantity=item.quantity + sum(move.quantity for move in before),
        value=item.value + sum(move.cost for move in before),
        layers=layers,
    )


def _received(item: ItemView, moves: Sequence[StockMove]) -> list[tuple[int, int, int]]:
    """Return the layers that this posting itself makes, under numbers of their lines.

    A layer gets its real number when it is stored; until then it is called `own_layer`.
    """
    if item.cost_method == "average":
        return []
    return [
        (own_layer(move.line), move.quantity - move.late, move.cost)
        for move in moves
        if move.quantity > move.late
    ]


def own_layer(line: int) -> int:
    """Return what the layer made by a line of the same document is called before it is stored."""
    return -(line + 1)


def _less(
    layers: list[tuple[int, int, int]], moves: Sequence[StockMove]
) -> list[tuple[int, int, int]]:
    """Return what moves of this posting have left of the layers."""
    taken: dict[int, tuple[int, int]] = {}
    for move in moves:
        for number, quantity, cost in move.uses:
            earlier = taken.get(number, (0, 0))
            taken[number] = (earlier[0] + quantity, earlier[1] + cost)
    left = []
    for number, quantity, cost in layers:
        used = taken.get(number, (0, 0))
        if quantity > used[0]:
            left.append((number, quantity - used[0], cost - used[1]))
    return left
