"""Nominal accounts, banks and departments that UK documents name.

Source: sage50-uk.md sections 1.6 (codes 65 to 68, 88) and 5 (control accounts, departments).
"""

from __future__ import annotations

from clary.ledger.editions.uk import DEFAULT_DEPARTMENT
from clary.ledger.posting import problems as codes
from clary.ledger.posting import resolve, uk_problems
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.views import AccountView, Lookups


def control(books: Lookups, problems: Problems, name: str) -> AccountView | None:
    """Return the control account that the company's defaults call `name`."""
    code = books.policy.defaults.get(name)
    found = books.account(code) if code is not None else None
    if found is None:
        problems.error(uk_problems.CONTROL_ACCOUNT_UNSET, None, name=name)
    return found


def bank(
    books: Lookups, problems: Problems, account_id: str, where: str, currency: str
) -> AccountView | None:
    """Return the bank account, in the base currency or in `currency`, or note why not."""
    found = books.account(account_id)
    if found is None:
        problems.error(codes.UNKNOWN_REFERENCE, where, type="bank account", value=account_id)
        return None
    base = books.policy.currency
    held = found.currency or base
    if found.inactive:
        problems.error(codes.ACCOUNT_INACTIVE, where, value=found.id)
    elif resolve.is_control(found):
        problems.error(uk_problems.BANK_IS_CONTROL, where, value=found.id)
    elif found.kind != "bank":
        problems.error(uk_problems.BANK_EXPECTED, where, value=found.id)
    elif held not in (base, currency):
        expected = base if currency == base else f"{base} or {currency}"
        problems.error(
            uk_problems.BANK_NOT_BASE_CURRENCY,
            where,
            value=found.id,
            held=held,
            expected=expected,
        )
    else:
        return found
    return None


def department(books: Lookups, problems: Problems, stated: str | None, where: str) -> None:
    """Note it where a stated department does not exist; department 0 always does."""
    if stated is not None and stated != DEFAULT_DEPARTMENT:
        resolve.reference(books, problems, "department", stated, f"{where}department_id")
