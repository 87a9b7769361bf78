"""What UK receipts and payments post: SR and PP against invoices, SA and PA on account.

What is applied settles invoices and the rest stays on account, in one posting.  Discounts
are settlement discounts (SD, PD).  Tax code T9 holds throughout, so that no tax moves.
Source: sage50-uk.md sections 1.4 (allocation flow) and 5 (payments, non-VAT code).
"""

from __future__ import annotations

from dataclasses import dataclass

from clary.kernel.money import money_text, to_minor
from clary.ledger.posting import problems as codes
from clary.ledger.posting import resolve, uk_accounts, uk_party, uk_settle
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting, RowKind, Settled
from clary.ledger.posting.uk_currency import Exchange, exchange_of, fill
from clary.ledger.posting.views import AccountView, Lookups
from clary.ledger.types.purchases import Payment
from clary.ledger.types.sales import Receipt


@dataclass(slots=True)
class _Money:
    """Money in or out in the making.

    Attributes:
        sign: of the bank row: 1 money in, -1 money out.
        party_type: customer or vendor.
        settled: what is settled, in the base currency.
        exchange: the document's currency.
    """

    books: Lookups
    problems: Problems
    posting: Posting
    sign: int
    party_type: str
    exchange: Exchange
    settled: list[Settled]


def post_receipt(books: Lookups, problems: Problems, receipt: Receipt) -> Posting:
    """Return what a receipt posts: Dr bank and sales discount, Cr debtors."""
    return _post(books, problems, receipt, "customer", receipt.customer_id, 1)


def post_payment(books: Lookups, problems: Problems, payment: Payment) -> Posting:
    """Return what a payment posts: Dr creditors, Cr bank and purchase discount."""
    return _post(books, problems, payment, "vendor", payment.vendor_id, -1)


def _post(
    books: Lookups,
    problems: Problems,
    document: Receipt | Payment,
    party_type: str,
    party_id: str | None,
    sign: int,
) -> Posting:
    posting = Posting(party=uk_party.find(books, problems, party_type, party_id))
    resolve.open_day(books, problems, document.date)
    party = posting.party
    exchange = exchange_of(books, problems, party, document.currency, document.exchange_rate)
    bank = uk_accounts.bank(
        books, problems, document.cash_account_id, "cash_account_id", exchange.currency
    )
    settled = (
        uk_settle.settled_by(books, problems, party, document.applications, exchange)
        if party is not None
        else []
    )
    money = _Money(books, problems, posting, sign, party_type, exchange, settled)
    applied = _stated_amount(document)
    amount = to_minor(document.amount) if document.amount is not None else applied
    _check_amount(problems, amount, applied)
    if problems.failed or bank is None:
        return posting
    _add_bank(money, bank, amount)
    _add_control(money, amount - applied)
    _add_discount(money, document.discount_account_id)
    uk_settle.add_variance(books, problems, posting)
    posting.filled["amount"] = money_text(amount)
    fill(posting, exchange, amount, None)
    return posting


def _stated_amount(document: Receipt | Payment) -> int:
    """Return what is applied without discounts, in the document's currency."""
    return sum(to_minor(entry.amount) for entry in document.applications or ())


def _check_amount(problems: Problems, amount: int, applied: int) -> None:
    if amount <= 0:
        problems.error(codes.AMOUNT_NOT_POSITIVE, "amount")
    elif amount < applied:
        problems.error(
            codes.TOTAL_DIFFERS,
            "amount",
            stated=money_text(amount),
            computed=money_text(applied),
        )


def _add_bank(money: _Money, bank: AccountView, amount: int) -> None:
    base = money.exchange.to_base(amount)
    money.posting.add(bank, money.sign * base, RowKind.BANK)
    money.posting.total = base


def _add_control(money: _Money, on_account: int) -> None:
    """Add a control row per settled document, and one for what stays on account."""
    posting = money.posting
    view = uk_accounts.control(money.books, money.problems, uk_settle.CONTROLS[money.party_type])
    base = money.exchange.to_base(on_account)
    whole = base + sum(one.amount + one.discount for one in money.settled)
    posting.settled.extend(money.settled)
    posting.open = base
    posting.foreign_open = on_account if money.exchange.rate else 0
    posting.party_change = -whole
    if view is None:
        return
    for one in money.settled:
        posting.add(
            view,
            -money.sign * (one.amount + one.discount),
            RowKind.CONTROL,
            description=one.document.number,
        )
    if base:
        posting.add(view, -money.sign * base, RowKind.CONTROL, description="On account")


def _add_discount(money: _Money, stated: str | None) -> None:
    """Add the settlement discount, at the rate of the invoices that it settles."""
    discount = sum(one.discount for one in money.settled)
    if not discount:
        return
    books, problems = money.books, money.problems
    if stated is not None:
        view = resolve.plain_account(books, problems, stated, "discount_account_id")
    else:
        view = uk_accounts.control(books, problems, uk_settle.DISCOUNTS[money.party_type])
    if view is not None:
        money.posting.add(view, money.sign * discount, RowKind.DISCOUNT)
