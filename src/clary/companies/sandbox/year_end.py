"""The end of a fiscal year: which journal closes it, worked out without touching the books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from clary.companies.contract import AccountFigure
from clary.kernel.change import Body
from clary.kernel.errors import Rejected, declare
from clary.kernel.money import money_text

RETAINED_EARNINGS_MISSING = declare(
    "RETAINED_EARNINGS_MISSING",
    Rejected,
    "The company has no retained earnings account, which the result of the year goes to.",
    "Create an account of the type retained_earnings, then close the year.",
)

CLOSED_TYPES: Final = frozenset({"income", "cost_of_sales", "expenses", "equity_gets_closed"})
"""US account types that start each year at zero (Sage 50 US help, chart of accounts)."""

RETAINED_EARNINGS: Final = "retained_earnings"


def closing_entry(balances: Sequence[AccountFigure], day: date) -> Body | None:
    """Return the journal entry that closes a year, or none where there is nothing to close.

    It brings every account of a closed type to zero and carries the sum, the result of
    the year, to the one retained earnings account.

    Args:
        balances: every account with its balance at the end of the year.
        day: the last day of the year.

    Raises:
        Rejected: there is a result but no retained earnings account.
    """
    closed = [each for each in balances if each.type in CLOSED_TYPES and each.balance]
    if not closed:
        return None
    target = next((each.id for each in balances if each.type == RETAINED_EARNINGS), None)
    if target is None:
        raise RETAINED_EARNINGS_MISSING.raised()
    lines: list[Body] = [
        {"account_id": each.id, "amount": money_text(-each.balance)} for each in closed
    ]
    result = sum(each.balance for each in closed)
    if result:
        lines.append({"account_id": target, "amount": money_text(result)})
    return {
        "date": day.isoformat(),
        "number": f"CLOSE {day.year}",
        "lines": lines,
    }
