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
from clary.ledger.posting.views import AccountView, Lookups, OpenDocument, PartyView
from clary.ledger.types.purchases import Payment
from clary.ledger.types.sales import Allocation, Receipt


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
    us_sales.add_lines(books, problems, posting, receipt.lines or [], -1)
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


def post_allocation(
    books: Lookups,
    problems: Problems,
    allocation: Allocation,
    party: PartyView,
    credit: OpenDocument,
    invoice: OpenDocument,
) -> settle.Allocated | None:
    """Return what allocating a credit to an invoice of its party does, or none.

    Only a discount moves the ledger: what the invoice takes less of its control account.
    """
    amounts = settle.allocated_amounts(problems, allocation, credit, invoice)
    if amounts is None:
        return None
    amount, discount = amounts
    side = IN if party.type == "customer" else OUT
    posting = Posting(party=party, total=amount, party_change=-discount)
    if discount:
        control = resolve.account(books, problems, invoice.account_id, "invoice")
        if control is not None:
            posting.add(control, -side.sign * discount, RowKind.CONTROL)
        _add_discount(books, problems, posting, None, discount, side, "discount_amount")
    return settle.Allocated(posting, Settled(invoice, amount, discount), amount)


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
        stated = document.discount_account_id
        view = _add_discount(books, problems, posting, stated, discount, side)
        if view is not None:
            posting.filled["discount_account_id"] = view.id
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
    stated: str | None,
    discount: int,
    side: _Side,
    where: str = "discount_account_id",
) -> AccountView | None:
    """Add the row of a discount; return the stated or default account that it goes to."""
    view = resolve.default_account(
        books, problems, stated, side.discount, where, "Discount account"
    )
    if view is not None:
        posting.add(view, side.sign * discount, RowKind.DISCOUNT)
    return view
