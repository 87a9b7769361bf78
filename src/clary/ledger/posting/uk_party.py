"""What UK documents ask of a customer's or supplier's account, and when they fall due.

Source: sage50-uk.md section 5 (on hold, terms agreed, inactive, credit limit), section 1.5
(PaymentDueFromOption), section 1.6 (codes 70, 71, 73).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from clary.kernel.money import money_text
from clary.ledger.posting import problems as codes
from clary.ledger.posting import uk_problems
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.terms import day_in_month, first_of_next_month
from clary.ledger.posting.views import Lookups, PartyView


def find(books: Lookups, problems: Problems, party_type: str, key: str | None) -> PartyView | None:
    """Return the active customer or vendor of a document, or note why there is none."""
    label = "customer" if party_type == "customer" else "supplier"
    if key is None:
        problems.error(codes.PARTY_REQUIRED, f"{party_type}_id", type=label)
        return None
    lookup: Callable[[str], PartyView | None] = (
        books.customer if party_type == "customer" else books.vendor
    )
    found = lookup(key)
    if found is None:
        problems.error(codes.UNKNOWN_REFERENCE, f"{party_type}_id", type=label, value=key)
    elif found.inactive:
        problems.error(codes.PARTY_INACTIVE, f"{party_type}_id", type=label.title(), value=found.id)
    return found


def check_status(books: Lookups, problems: Problems, party: PartyView, *, may_stop: bool) -> None:
    """Check that the account is not on hold and that terms are agreed.

    Args:
        books: holds the company's two preferences.
        problems: where problems are noted.
        party: the account of the document.
        may_stop: the preference to stop an account on hold covers this kind of document:
            invoices and credits made as documents, quotes and orders, but not batch
            entry and receipts.
    """
    where = f"{party.type}_id"
    label = "Customer" if party.type == "customer" else "Supplier"
    if party.on_hold:
        stop = may_stop and books.policy.on_hold == "stop"
        note = problems.error if stop else problems.warn
        note(codes.PARTY_ON_HOLD, where, type=label, value=party.id)
    if not party.terms_agreed:
        stop = books.policy.terms_not_agreed == "stop"
        note = problems.error if stop else problems.warn
        note(uk_problems.TERMS_NOT_AGREED, where, type=label.lower(), value=party.id)


def check_credit(problems: Problems, party: PartyView, total: int) -> None:
    """Warn where the document takes the balance over the credit limit.

    Nothing is refused: Sage has no error for it; a limit of zero is none (inferred).
    """
    if party.credit_limit and party.balance + total > party.credit_limit:
        problems.warn(
            codes.CREDIT_OVER_LIMIT,
            f"{party.type}_id",
            value=party.id,
            balance=money_text(party.balance + total),
            limit=money_text(party.credit_limit),
        )


def due_date(party: PartyView, day: date) -> date:
    """Return when a document of `day` is due by the account's payment terms.

    A day of the month is one of the next month (inferred).
    """
    days = party.due_days
    following = first_of_next_month(day)
    if party.payment_due_from == "first_of_next_month":
        return following + timedelta(days=days)
    if party.payment_due_from == "before_end_of_next_month":
        return first_of_next_month(following) - timedelta(days=1 + days)
    if party.payment_due_from == "day_of_month":
        return day_in_month(following, max(days, 1))
    if party.payment_due_from == "one_month_after_invoice":
        return day_in_month(following, day.day) + timedelta(days=days)
    return day + timedelta(days=days)
