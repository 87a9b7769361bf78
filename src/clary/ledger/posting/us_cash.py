"""What US receipts and payments post: cash against invoices, direct lines, or on account.

Source: sage50-us.md section 6.8; the signs are those of a real receipt import.
"""

from __future__ import annotations

from dataclasses import dataclass

from clary.kernel.money import money_text, to_minor
from clary.ledger.posting import problems as codes
from clary.ledger.posting import resolve, settle, us_purchases, us_sales
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting, RowKind, Settled
from clary.ledger.posting.views import Lookups, PartyView
from clary.ledger.types.purchases import Payment
from clary.ledger.types.sales import Receipt


@dataclass(frozen=True, slots=True)
class _Side:
    """What differs between money in and money out; `sign` is that of the cash row."""

    sign: int
    control: str
    control_label: str
    discount: str
    party: str


IN = _Side(1, "accounts_receivable", "Accounts receivable account", "sales_discount", "customer")
OUT = _Side(-1, "accounts_payable", "Accounts payable account", "purchase_discount", "vendor")


def post_receipt(books: Lookups, problems: Problems, receipt: Receipt) -> Posting:
    """Return what a receipt posts: Dr cash and discount, Cr receivable or revenue."""
    posting = Posting()
    resolve.open_day(books, problems, receipt.date)
    if receipt.customer_id is not None:
        posting.party = resolve.customer(books, problems, receipt.customer_id)
    for position, line in enumerate(receipt.lines or ()):
        where = f"lines.{position}"
        item = resolve.item(books, problems, line.item_id, f"{where}.item_id")
        amount = resolve.line_amount(problems, where, line.amount, line.quantity, line.unit_price)
        quantity = resolve.stock_quantity(problems, where, item, line.quantity)
        chosen = line.account_id or (item.sales_account_id if item else None)
        if chosen is None:
            problems.error(codes.ACCOUNT_REQUIRED, f"{where}.account_id")
            continue
        view = resolve.plain_account(books, problems, chosen, f"{where}.account_id")
        if view is None:
            continue
        posting.add(
            view,
            -amount,
            RowKind.LINE,
            line=position,
            item=item,
            quantity=quantity,
            description=line.description,
        )
        if item is not None and quantity and not problems.failed:
            us_sales.add_cost(books, problems, posting, item, position, quantity, -1)
    direct = -sum(row.amount for row in posting.rows if row.kind is RowKind.LINE)
    _settle(books, problems, posting, receipt, direct, IN)
    return posting


def post_payment(books: Lookups, problems: Problems, payment: Payment) -> Posting:
    """Return what a payment posts: Dr payable or expense, Cr cash and discount."""
    posting = Posting()
    resolve.open_day(books, problems, payment.date)
    if payment.vendor_id is not None:
        posting.party = resolve.vendor(books, problems, payment.vendor_id)
    posting.filled["lines"] = us_purchases.add_lines(
        books, problems, posting, payment.lines or [], 1
    )
    direct = sum(row.amount for row in posting.rows)
    _settle(books, problems, posting, payment, direct, OUT)
    return posting


def _settle(
    books: Lookups,
    problems: Problems,
    posting: Posting,
    document: Receipt | Payment,
    direct: int,
    side: _Side,
) -> None:
    """Add what invoices take, what stays on account, the discount and the cash row."""
    party = posting.party
    if document.applications and party is None:
        problems.error(codes.PARTY_REQUIRED, f"{side.party}_id", type=side.party)
        return
    settled = settle.settled_by(books, problems, party, document.applications) if party else []
    applied = sum(one.amount for one in settled)
    discount = sum(one.discount for one in settled)
    if not discount:
        stated = document.discount_account_id
        resolve.reference(books, problems, "account", stated, "discount_account_id")
    amount = to_minor(document.amount) if document.amount is not None else applied + direct
    on_account = amount - applied - direct
    if problems.failed:
        return
    _check_amount(problems, amount, on_account, party, side)
    _add_applied(books, problems, posting, settled, side)
    if on_account > 0 and party is not None:
        _add_on_account(books, problems, posting, on_account, side)
    if discount:
        _add_discount(books, problems, posting, document, discount, side)
    cash = resolve.account(books, problems, document.cash_account_id, "cash_account_id")
    if cash is not None:
        if resolve.is_control(cash):
            problems.error(codes.CONTROL_ACCOUNT, "cash_account_id", value=cash.id)
        posting.add(cash, side.sign * amount, RowKind.BANK)
    posting.total = amount
    posting.open = max(on_account, 0)
    posting.party_change = -(applied + discount + posting.open)
    posting.filled["amount"] = money_text(amount)


def _check_amount(
    problems: Problems, amount: int, on_account: int, party: PartyView | None, side: _Side
) -> None:
    if amount <= 0:
        problems.error(codes.AMOUNT_NOT_POSITIVE, "amount")
    if on_account < 0:
        problems.error(
            codes.TOTAL_DIFFERS,
            "amount",
            stated=money_text(amount),
            computed=money_text(amount - on_account),
        )
    if on_account > 0 and party is None:
        problems.error(codes.PARTY_REQUIRED, f"{side.party}_id", type=side.party)


def _add_applied(
    books: Lookups,
    problems: Problems,
    posting: Posting,
    settled: list[Settled],
    side: _Side,
) -> None:
    for one in settled:
        posting.settled.append(one)
        view = resolve.account(books, problems, one.document.account_id, "applications")
        if view is not None:
            posting.add(
                view,
                -side.sign * (one.amount + one.discount),
                RowKind.CONTROL,
                description=one.document.number,
            )


def _add_on_account(
    books: Lookups, problems: Problems, posting: Posting, amount: int, side: _Side
) -> None:
    settled = posting.settled[0].document.account_id if posting.settled else None
    view = resolve.default_account(
        books, problems, settled, side.control, f"{side.party}_id", side.control_label
    )
    if view is not None:
        posting.add(view, -side.sign * amount, RowKind.CONTROL, description="On account")


def _add_discount(
    books: Lookups,
    problems: Problems,
    posting: Posting,
    document: Receipt | Payment,
    discount: int,
    side: _Side,
) -> None:
    view = resolve.default_account(
        books,
        problems,
        document.discount_account_id,
        side.discount,
        "discount_account_id",
        "Discount account",
    )
    if view is not None:
        posting.add(view, side.sign * discount, RowKind.DISCOUNT)
        posting.filled["discount_account_id"] = view.id
