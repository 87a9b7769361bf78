"""How UK receipts, payments and credits settle documents, with exchange differences.

What is open is kept in the base currency at each document's own rate.  A foreign amount
settles its share of that; what the two sides differ by is exchange variance.
Source: sage50-uk.md sections 1.4 (allocation, on account) and 1.5 (control account 15);
how variance is worked out is inferred.
"""

from __future__ import annotations

from collections.abc import Sequence

from clary.kernel.money import money_text, rounded_ratio
from clary.ledger.posting import problems as codes
from clary.ledger.posting import resolve, settle, uk_accounts, uk_currency
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting, RowKind, Settled
from clary.ledger.posting.uk_currency import Exchange
from clary.ledger.posting.views import Lookups, OpenDocument, PartyView
from clary.ledger.types.groups import Application
from clary.ledger.types.sales import Allocation

CONTROLS = {"customer": "debtors", "vendor": "creditors"}
DISCOUNTS = {"customer": "sales_discount", "vendor": "purchase_discount"}
SIGNS = {"customer": 1, "vendor": -1}
"""Sign of what a party owes in the ledger: debtors are debits, creditors credits."""


def settled_by(
    books: Lookups,
    problems: Problems,
    party: PartyView,
    entries: Sequence[Application] | None,
    exchange: Exchange,
) -> list[Settled]:
    """Return what each application settles, in the base currency at the document's rate."""
    if not exchange.rate:
        return settle.settled_by(books, problems, party, entries)
    stated = settle.settled_by(books, problems, party, entries, uk_currency.foreign_open)
    left: dict[int, tuple[int, int]] = {}
    return [_in_base(one, left) for one in stated]


def _in_base(stated: Settled, left: dict[int, tuple[int, int]]) -> Settled:
    """Return an application of foreign amounts as one of base amounts."""
    document = stated.document
    key = document.transaction_number
    base, foreign = left.get(key) or (document.open, document.foreign_open)
    whole = stated.amount + stated.discount
    taken = share(base, foreign, whole)
    discount = rounded_ratio(taken, stated.discount, whole)
    left[key] = (base - taken, foreign - whole)
    return Settled(document, taken - discount, discount, whole)


def share(base: int, foreign: int, wanted: int) -> int:
    """Return the base amount that `wanted` of `foreign` stands for; the last takes the rest."""
    return base if wanted == foreign else rounded_ratio(base, wanted, foreign)


def apply_credit(
    books: Lookups,
    problems: Problems,
    posting: Posting,
    entries: Sequence[Application] | None,
    exchange: Exchange,
) -> None:
    """Settle open documents out of a credit that is being posted."""
    party = posting.party
    if party is None or not entries:
        return
    if not exchange.rate:
        settle.add_applications(books, problems, posting, party, entries)
        return
    settle.refuse_discounts(problems, entries)
    settled = settled_by(books, problems, party, entries, exchange)
    wanted = sum(one.foreign for one in settled)
    if wanted > posting.foreign_open:
        problems.error(
            codes.APPLIED_TOO_MUCH,
            "applications",
            amount=money_text(wanted),
            open=money_text(posting.foreign_open),
            value="this document",
        )
        return
    used = share(posting.open, posting.foreign_open, wanted)
    posting.settled.extend(settled)
    posting.open -= used
    posting.foreign_open -= wanted
    _add_difference(books, problems, posting, party, used - sum(one.amount for one in settled))


def _add_difference(
    books: Lookups, problems: Problems, posting: Posting, party: PartyView, difference: int
) -> None:
    """Move the control account by what a credit and the debts it settles differ by."""
    if not difference:
        return
    view = uk_accounts.control(books, problems, CONTROLS[party.type])
    if view is not None:
        posting.add(view, SIGNS[party.type] * difference, RowKind.CONTROL)
    add_variance(books, problems, posting)
    posting.party_change += difference


def add_variance(books: Lookups, problems: Problems, posting: Posting) -> None:
    """Take what the rows lack to add up to zero to exchange rate variance."""
    residual = -sum(row.amount for row in posting.rows)
    if residual:
        view = uk_accounts.control(books, problems, "exchange_variance")
        if view is not None:
            posting.add(view, residual, RowKind.VARIANCE)


def post_allocation(
    books: Lookups,
    problems: Problems,
    allocation: Allocation,
    party: PartyView,
    credit: OpenDocument,
    invoice: OpenDocument,
) -> settle.Allocated | None:
    """Return what allocating a credit to an invoice of its party does, or none.

    Nothing is looked up here but accounts: the caller has found the two documents.
    """
    posting = Posting(party=party)
    foreign = bool(invoice.rate)
    open_of = uk_currency.foreign_open if foreign else settle.base_open
    amounts = settle.allocated_amounts(problems, allocation, credit, invoice, open_of)
    if amounts is None:
        return None
    amount, discount = amounts
    settled = Settled(invoice, amount, discount)
    used = amount
    if foreign:
        settled = _in_base(settled, {})
        used = share(credit.open, credit.foreign_open, amount)
        posting.foreign_total = amount
        posting.filled["amount"] = money_text(amount)
    posting.total = used
    _add_allocation_rows(books, problems, posting, party, settled)
    if posting.rows:
        resolve.open_day(books, problems, allocation.date)
    return settle.Allocated(posting, settled, used)


def _add_allocation_rows(
    books: Lookups, problems: Problems, posting: Posting, party: PartyView, settled: Settled
) -> None:
    """Add the discount, and what credit and invoice differ by in the base currency."""
    sign = SIGNS[party.type]
    moved = posting.total - settled.amount - settled.discount
    posting.party_change = moved
    if settled.discount:
        view = uk_accounts.control(books, problems, DISCOUNTS[party.type])
        if view is not None:
            posting.add(view, sign * settled.discount, RowKind.DISCOUNT)
    if moved:
        view = uk_accounts.control(books, problems, CONTROLS[party.type])
        if view is not None:
            posting.add(view, sign * moved, RowKind.CONTROL)
    add_variance(books, problems, posting)
