"""Allocations: the tie between a credit and an invoice of the same party.

The credit and the invoice stay as they are; what is open of both goes down, and only a
settlement discount or an exchange difference moves the ledger.
"""

from __future__ import annotations

from typing import Protocol

from clary.ledger.posting import problems as codes
from clary.ledger.posting import resolve, uk_settle, us_cash
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting
from clary.ledger.posting.views import Lookups, OpenDocument, PartyView
from clary.ledger.types.sales import Allocation

CREDITS = {
    "customer": ("receipt", "credit_memo"),
    "vendor": ("payment", "vendor_credit"),
}
INVOICES = {"customer": ("sales_invoice",), "vendor": ("purchase",)}
RULES = {"us": us_cash.post_allocation, "uk": uk_settle.post_allocation}


class Finder(Lookups, Protocol):
    """Books in which a document of several types is found by its transaction number."""

    def open_document(
        self, party: PartyView, number: int, types: tuple[str, ...]
    ) -> OpenDocument | None:
        """Return a live, posted document of a party that is of one of `types`, or none."""
        ...


def post_allocation(books: Finder, problems: Problems, allocation: Allocation) -> Posting:
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
    rule = RULES[books.policy.edition]
    made = rule(books, problems, allocation, party, credit, invoice)
    if made is None:
        return Posting()
    made.posting.credit, made.posting.credit_amount = credit.transaction_number, made.used
    made.posting.settled.append(made.settled)
    return made.posting


def _find(
    books: Finder,
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
