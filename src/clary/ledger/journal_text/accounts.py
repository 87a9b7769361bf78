"""Account names for plain-text journals: a root by type, then the ID and what it is called.

The two programs accept different characters, and two IDs that differ only in characters
a program does not take must not become one account: a name that is taken already gets a
number behind it.  Names depend on the chart alone, never on the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from clary.kernel.errors import Failed, declare
from clary.ledger.journal_text.rows import Account

JOURNAL_ACCOUNT_UNKNOWN = declare(
    "JOURNAL_ACCOUNT_UNKNOWN",
    Failed,
    "The general ledger has a row of account {account}, which is not in the chart of accounts.",
    "Please report this; the journal that was written so far is not complete.",
)

ROOTS: Final[dict[str, str]] = {
    # US account types
    "cash": "Assets",
    "accounts_receivable": "Assets",
    "inventory": "Assets",
    "receivable_retainage": "Assets",
    "other_current_assets": "Assets",
    "fixed_assets": "Assets",
    "accumulated_depreciation": "Assets",
    "other_assets": "Assets",
    "accounts_payable": "Liabilities",
    "payable_retainage": "Liabilities",
    "other_current_liabilities": "Liabilities",
    "long_term_liabilities": "Liabilities",
    "equity_does_not_close": "Equity",
    "retained_earnings": "Equity",
    "equity_gets_closed": "Equity",
    "income": "Revenue",
    "cost_of_sales": "Expenses",
    "expenses": "Expenses",
    # UK categories of the chart of accounts; fixed assets and long-term liabilities as above
    "sales": "Revenue",
    "purchases": "Expenses",
    "direct_expenses": "Expenses",
    "overheads": "Expenses",
    "current_assets": "Assets",
    "current_liabilities": "Liabilities",
    "capital_and_reserves": "Equity",
}
"""Root of the account tree by account type, both editions."""

UNCLASSIFIED: Final = "Equity:Unclassified"
"""Where an account without a type stands: a UK nominal code outside every range."""


def root_of(account_type: str) -> str:
    """Return the root of the account tree for an account type of either edition."""
    return ROOTS.get(account_type, UNCLASSIFIED)


@dataclass(frozen=True, slots=True)
class Style:
    """How one program wants its account names.

    Attributes:
        roots: what it calls a root, where it has its own word.
        leaf: the part of the name below the root, from ID and name of the account.
    """

    roots: dict[str, str]
    leaf: Callable[[str, str], str]


class Names:
    """The account names of one journal."""

    def __init__(self, accounts: Iterable[Account], style: Style) -> None:
        """Give every account its name, in order of their IDs."""
        self.accounts = tuple(sorted(accounts, key=lambda one: (one.id.casefold(), one.id)))
        self._names: dict[str, str] = {}
        taken: set[str] = set()
        for account in self.accounts:
            name = _free(_full(account, style), taken)
            taken.add(name.casefold())
            self._names[account.id] = name

    def of(self, account_id: str) -> str:
        """Return the name of an account.

        Raises:
            Failed: it is not in the chart (JOURNAL_ACCOUNT_UNKNOWN).
        """
        try:
            return self._names[account_id]
        except KeyError:
            raise JOURNAL_ACCOUNT_UNKNOWN.raised(account=account_id) from None


def _full(account: Account, style: Style) -> str:
    root, _, below = root_of(account.type).partition(":")
    parts = [style.roots.get(root, root), below, style.leaf(account.id, account.name)]
    return ":".join(part for part in parts if part)


def _free(name: str, taken: set[str]) -> str:
    """Return the name, or the first of `name-2`, `name-3` ... that is not taken."""
    candidate, count = name, 1
    while candidate.casefold() in taken:
        count += 1
        candidate = f"{name}-{count}"
    return candidate
