"""Allocations: the tie between a credit and an invoice of the same party, made and undone."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


from clary.companies.sandbox.books import Books
from clary.kernel.money import money_text, to_minor
from clary.ledger.posting import problems as codes
from clary.ledger.posting import resolve
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting, RowKind
from clary.ledger.posting.views import PartyView
from clary.ledger.types.sales import Allocation

CREDITS = {
    "customer": ("receipt", "credit_memo"),
    "vendor": ("payment", "vendor_credit"),
}
INVOICES = {"customer": "sales_invoice", "vendor": "purchase"}


class Tie(NamedTuple):
    """What an allocation ties together, in minor units."""

    credit: int
    invoice: int
    amount: int
    discount: int


def post_allocation(books: Books, problems: Problems, allocation: Allocation) -> Posting:
    """Return what an allocation does: nothing but a settlement discount moves the ledger."""
    posting = Posting()
    resolve.open_day(books, problems, allocation.date)
    party = (
        resolve.customer(books, problems, allocation.party_id)
        if allocation.party_type == "customer"
        else resolve.vendor(books, problems, allocation.party_id)
    )
    amount = to_minor(allocation.amount)
    discount = to_minor(allocation.discount_amount) if allocation.discount_amount else 0
    if amount <= 0 or discount < 0:
        problems.error(codes.AMOUNT_NOT_POSITIVE, "amount")
    posting.total = amount
    if party is None or problems.failed:
        return posting
    posting.party = party
    _check_open(books, problems, party, allocation.credit, CREDITS[party.type], amount, "credit")
    control = _check_open(
        books,
        problems,
        party,
        allocation.invoice,
        (INVOICES[party.type],),
        amount + discount,
        "invoice",
    )
    if discount and control is not None:
        _add_discount(books, problems, posting, party, discount, control)
    return posting


def _check_open(
    books: Books,
    problems: Problems,
    party: PartyView,
    number: int,
    types: tuple[str, ...],
    amount: int,
    field: str,
) -> str | None:
    """Note why this much cannot be taken from a document; return its control account."""
    books.flush()
    row = books.connection.execute(
        "SELECT d.record_type, d.open, (SELECT a.id FROM ledger_row r JOIN account_record a"
        " ON a.record_number = r.account WHERE r.transaction_number = d.transaction_number"
        " AND r.kind = 0 LIMIT 1) FROM document d WHERE d.transaction_number = ?"
        " AND d.party_type = ? AND d.party = ? AND d.posted = 1"
        " AND d.reversed_by IS NULL AND d.reverses IS NULL",
        (number, party.type, party.number),
    ).fetchone()
    if row is None or row[0] not in types:
        problems.error(codes.DOCUMENT_NOT_OPEN, field, party=party.id, value=number)
        return None
    if amount > row[1]:
        problems.error(
            codes.APPLIED_TOO_MUCH,
            field,
            amount=money_text(amount),
            open=money_text(row[1]),
            value=number,
        )
    return str(row[2]) if row[2] else None


def _add_discount(
    books: Books,
    problems: Problems,
    posting: Posting,
    party: PartyView,
    discount: int,
    control_id: str,
) -> None:
    sign = 1 if party.type == "customer" else -1
    name = "sales_discount" if party.type == "customer" else "purchase_discount"
    account = resolve.default_account(
        books, problems, None, name, "discount_amount", "Discount account"
    )
    control = resolve.account(books, problems, control_id, "invoice")
    if account is not None and control is not None:
        posting.add(account, sign * discount, RowKind.DISCOUNT)
        posting.add(control, -sign * discount, RowKind.CONTROL)
        posting.party_change = -discount


def tie(books: Books, number: int, made: Tie, day: date) -> None:
    """Settle the invoice out of the credit, by the allocation `number`."""
    books.settle(made.credit, made.invoice, made.amount, made.discount, day, made_by=number)
    books.take_from_credit(made.credit, made.amount)
