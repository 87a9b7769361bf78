"""Allocations: the tie between a credit and an invoice of the same party.

The credit and the invoice stay as they are; what is open of both goes down, and only a
settlement discount or an exchange difference moves the ledger.
"""

from __future__ import annotations

from clary.companies.sandbox.books import Books
from clary.kernel.money import money_text, to_minor
from clary.ledger.posting import problems as codes
from clary.ledger.posting import resolve, uk_settle
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting, RowKind, Settled
from clary.ledger.posting.views import OpenDocument, PartyView
from clary.ledger.types.sales import Allocation

CREDITS = {
    "customer": ("receipt", "credit_memo"),
    "vendor": ("payment", "vendor_credit"),
}
INVOICES = {"customer": ("sales_invoice",), "vendor": ("purchase",)}


def post_allocation(books: Books, problems: Problems, allocation: Allocation) -> Posting:
    """Return what an allocation does: it settles an invoice out of a credit."""
    resolve.open_day(books, problems, allocation.date)
    if allocation.party_type == "customer":
        party = resolve.customer(books, problems, allocation.party_id)
    else:
        party = resolve.vendor(books, problems, allocation.party_id)
    if party is None:
        return Posting()
    credit = _find(books, problems, party, allocation.credit, CREDITS[party.type], "credit")
    invoice = _find(books, problems, party, allocation.invoice, INVOICES[party.type], "invoice")
    if credit is None or invoice is None or problems.failed:
        return Posting()
    if books.edition == "uk":
        made = uk_settle.post_allocation(books, problems, allocation, party, credit, invoice)
        if made is None:
            return Posting()
        made.posting.credit, made.posting.credit_amount = credit.transaction_number, made.used
        made.posting.settled.append(made.settled)
        return made.posting
    return _post_us(books, problems, allocation, party, credit, invoice)


def _find(
    books: Books,
    problems: Problems,
    party: PartyView,
    number: int,
    types: tuple[str, ...],
    field: str,
) -> OpenDocument | None:
    found = books.open_document(party, number, types)
    if found is None:
        problems.error(codes.DOCUMENT_NOT_OPEN, field, party=party.id, value=number)
    return found


def _post_us(
    books: Books,
    problems: Problems,
    allocation: Allocation,
    party: PartyView,
    credit: OpenDocument,
    invoice: OpenDocument,
) -> Posting:
    posting = Posting(party=party)
    amount = to_minor(allocation.amount)
    discount = to_minor(allocation.discount_amount) if allocation.discount_amount else 0
    if amount <= 0 or discount < 0:
        problems.error(codes.AMOUNT_NOT_POSITIVE, "amount")
    _check_open(problems, "credit", credit, amount)
    _check_open(problems, "invoice", invoice, amount + discount)
    posting.total = amount
    posting.credit, posting.credit_amount = credit.transaction_number, amount
    posting.settled.append(Settled(invoice, amount, discount))
    if discount and not problems.failed:
        _add_discount(books, problems, posting, party, discount, invoice.account_id)
    return posting


def _check_open(problems: Problems, field: str, document: OpenDocument, amount: int) -> None:
    if amount > document.open:
        problems.error(
            codes.APPLIED_TOO_MUCH,
            field,
            amount=money_text(amount),
            open=money_text(document.open),
            value=document.number or document.transaction_number,
        )


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
