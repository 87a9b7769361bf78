"""What the four trade documents of the UK edition share: lines, tax and the control row.

Stock moves with products but never posts: its value enters the nominal ledger only by a
closing stock journal (inferred).  A batch entry (form `ledger`) has no products in Sage,
so there a product gives nominal and tax code only.
Source: sage50-uk.md sections 1.4 (posting objects) and 5 (nominal and tax of a line).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from clary.kernel.money import money_text, to_minor
from clary.ledger.posting import costing, resolve, settle, uk_accounts, uk_problems, uk_tax
from clary.ledger.posting import problems as codes
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting, RowKind
from clary.ledger.posting.uk_currency import Exchange, fill
from clary.ledger.posting.uk_tax import Vat
from clary.ledger.posting.views import AccountView, ItemView, Lookups, PartyView
from clary.ledger.types.documents import PricedLine
from clary.ledger.types.sales import SalesLine


@dataclass(frozen=True, slots=True)
class Side:
    """What differs between selling and buying.

    Attributes:
        buying: a purchase or its credit.
        control: default that names the party's control account.
        tax: default that names the control account of tax.
        nominal: default that names the nominal of a line without one.
    """

    buying: bool
    control: str
    tax: str
    nominal: str


SALES = Side(buying=False, control="debtors", tax="sales_tax", nominal="default_sales")
PURCHASES = Side(buying=True, control="creditors", tax="purchase_tax", nominal="default_purchases")


@dataclass(slots=True)
class Trade:
    """One trade document in the making.

    Attributes:
        books: where lists are looked up.
        problems: where problems are noted.
        posting: what the document does to the books.
        side: selling or buying.
        sign: of the lines' rows: -1 credits (invoice, purchase credit), 1 debits.
        exchange: the document's currency.
        keep_tax: stated tax that differs is kept.
        is_document: made as a document with products, not as a batch entry.
        moves_stock: products go in or out of stock.
        bank_lines: lines may post to bank accounts.
        net: net of the lines so far, in minor units of the document's currency.
        vat: tax of the lines so far.
    """

    books: Lookups
    problems: Problems
    posting: Posting
    side: Side
    sign: int
    exchange: Exchange
    keep_tax: bool = False
    is_document: bool = False
    moves_stock: bool = False
    bank_lines: bool = True
    net: int = 0
    vat: Vat = field(default_factory=Vat)

    @property
    def party(self) -> PartyView | None:
        """The customer or supplier."""
        return self.posting.party


def add_lines(trade: Trade, lines: Sequence[PricedLine]) -> None:
    """Add every line; what was filled in is kept by position."""
    if not lines:
        trade.problems.error(codes.LINES_REQUIRED, "lines")
    filled: list[tuple[int, dict[str, str]]] = []
    for position, line in enumerate(lines):
        if trade.is_document and is_text(line):
            continue
        entry = _add_line(trade, position, line)
        if entry is not None:
            filled.append((position, entry))
    trade.posting.filled["lines"] = filled


def is_text(line: PricedLine) -> bool:
    """Tell whether a document's line is a message only (stock codes of type message)."""
    return (
        line.amount is None
        and line.unit_price is None
        and line.item_id is None
        and line.account_id is None
        and not line.quantity
    )


def _add_line(trade: Trade, position: int, line: PricedLine) -> dict[str, str] | None:
    books, problems, where = trade.books, trade.problems, f"lines.{position}"
    item = resolve.item(books, problems, line.item_id, f"{where}.item_id")
    net = resolve.line_amount(
        problems, where, line.amount, line.quantity, line.unit_price, _discount(line)
    )
    quantity = resolve.stock_quantity(
        problems, where, item if trade.is_document else None, line.quantity
    )
    view = _nominal(trade, line, item, f"{where}.account_id")
    code = uk_tax.code_of_line(books, problems, line.tax_code_id, item, trade.party, where)
    if line.department_id is not None:
        uk_accounts.department(books, problems, line.department_id, f"{where}.")
    resolve.reference(books, problems, "job", line.job_id, f"{where}.job_id")
    if view is None or code is None:
        return None
    tax = uk_tax.add_line(
        problems,
        trade.vat,
        code,
        net,
        line.tax_amount,
        where,
        keep_stated=trade.keep_tax,
        buying=trade.side.buying,
    )
    _check_zero(trade, line, net, tax, where)
    base = trade.exchange.to_base(net)
    trade.net += net
    trade.posting.add(
        view,
        trade.sign * base,
        RowKind.LINE,
        line=position,
        item=item,
        quantity=quantity,
        description=line.description,
    )
    if trade.moves_stock and item is not None and item.is_stock and quantity:
        _move_stock(trade, item, position, quantity, base)
    return _filled(line, view.id, code.id, net, tax, _department(trade, line, item))


def _discount(line: PricedLine) -> Decimal | None:
    return line.discount_percent if isinstance(line, SalesLine) else None


def _filled(
    line: PricedLine, nominal: str, code: str, net: int, tax: int, department: str | None
) -> dict[str, str]:
    entry = {
        "account_id": nominal,
        "amount": money_text(net),
        "tax_code_id": code,
        "tax_amount": money_text(tax),
    }
    if line.department_id is None and department is not None:
        entry["department_id"] = department
    return entry


def _department(trade: Trade, line: PricedLine, item: ItemView | None) -> str | None:
    """Return a line's department: stated, else the product's, else the account's."""
    if line.department_id is not None:
        return line.department_id
    usual = item.department_id if item is not None else None
    if usual is None and trade.party is not None:
        usual = trade.party.department_id
    return usual


def _nominal(
    trade: Trade, line: PricedLine, item: ItemView | None, where: str
) -> AccountView | None:
    """Return a line's nominal: stated, else the product's, the account's, the company's."""
    chosen = line.account_id
    if chosen is None and item is not None:
        chosen = item.purchase_account_id if trade.side.buying else item.sales_account_id
    if chosen is None and trade.party is not None:
        chosen = trade.party.account_id
    if chosen is None:
        chosen = trade.books.policy.defaults.get(trade.side.nominal)
    if chosen is None:
        trade.problems.error(uk_problems.NOMINAL_REQUIRED, where)
        return None
    view = resolve.plain_account(trade.books, trade.problems, chosen, where)
    if view is not None and view.kind == "bank" and not trade.bank_lines:
        trade.problems.error(uk_problems.NOMINAL_IS_BANK, where, value=view.id)
        return None
    return view


def _check_zero(trade: Trade, line: PricedLine, net: int, tax: int, where: str) -> None:
    """Refuse a batch entry's line that moves nothing; a document may have such lines."""
    if net or tax or trade.is_document:
        return
    priced = line.quantity is not None and line.unit_price is not None
    if line.amount is not None or priced:
        trade.problems.error(uk_problems.LINE_ZERO, f"{where}.amount")


def _move_stock(trade: Trade, item: ItemView, position: int, quantity: int, base: int) -> None:
    """Move stock at its cost; bought goods cost what the line says, returned ones as now."""
    if trade.problems.failed:
        return
    books, posting = trade.books, trade.posting
    if trade.sign < 0:
        where = f"lines.{position}.quantity"
        settle.issue_stock(books, trade.problems, posting, item, position, quantity, where)
        return
    cost = base if trade.side.buying else costing.current_cost(item, quantity)
    settle.receive_stock(books, posting, item, position, quantity, cost)


def finish(trade: Trade, stated_total: Decimal | None) -> None:
    """Add tax and the control row, and check the total of the document."""
    posting, problems = trade.posting, trade.problems
    uk_tax.add_rows(
        trade.books,
        problems,
        posting,
        trade.exchange.to_base(trade.vat.charged),
        trade.exchange.to_base(trade.vat.reverse),
        control=trade.side.tax,
        sign=trade.sign,
    )
    total = trade.net + trade.vat.charged
    resolve.check_total(problems, stated_total, total, "total")
    if total < 0:
        problems.error(codes.TOTAL_NEGATIVE, "total", computed=money_text(total))
    rows = sum(row.amount for row in posting.rows)
    posting.total = trade.sign * rows
    view = uk_accounts.control(trade.books, problems, trade.side.control)
    if view is not None:
        posting.add(view, -rows, RowKind.CONTROL)
    fill(posting, trade.exchange, total, trade.vat.charged)
    posting.open = posting.total
    posting.foreign_open = posting.foreign_total


def refuse_zero(problems: Problems, posting: Posting) -> None:
    """Refuse a transaction without value, unless something else is wrong already."""
    if not posting.total and not problems.failed:
        problems.error(codes.TOTAL_ZERO, "lines")


def carriage(trade: Trade, net: Decimal | None, nominal: str | None, tax_code: str | None) -> None:
    """Add carriage as one more line, with the invoice defaults' nominal and tax code."""
    books, problems = trade.books, trade.problems
    if not net:
        resolve.reference(books, problems, "account", nominal, "freight_account_id")
        resolve.reference(books, problems, "tax_code", tax_code, "freight_tax_code_id")
        return
    amount = to_minor(net)
    code = uk_tax.tax_code(books, problems, tax_code, "carriage_tax_code", "freight")
    chosen = nominal or books.policy.defaults.get("freight")
    if chosen is None:
        problems.error(uk_problems.NOMINAL_REQUIRED, "freight_account_id")
        return
    view = resolve.plain_account(books, problems, chosen, "freight_account_id")
    if view is None or code is None:
        return
    uk_tax.add_line(
        problems,
        trade.vat,
        code,
        amount,
        None,
        "freight",
        keep_stated=True,
        buying=trade.side.buying,
    )
    trade.net += amount
    base = trade.exchange.to_base(amount)
    trade.posting.add(view, trade.sign * base, RowKind.FREIGHT, description="Carriage")
    trade.posting.filled["freight_account_id"] = view.id
    trade.posting.filled["freight_tax_code_id"] = code.id
