"""What Sage's own VAT transfer does: it empties the VAT accounts into the VAT liability.

Nobody else may post to the two VAT control accounts, journals included, so this is no
journal entry like another; it leaves one behind.  Source: sage50-uk.md section 5 (control
accounts 2200, 2201 and 2202); the form of the journal is inferred.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from clary.companies.sandbox import figures, posting
from clary.companies.sandbox.books import Books
from clary.kernel.change import Body
from clary.kernel.errors import raise_errors
from clary.kernel.money import money_text
from clary.ledger.editions.uk import NON_VAT_TAX_CODE
from clary.ledger.posting import resolve, uk_accounts
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting, RowKind
from clary.ledger.posting.views import AccountView
from clary.ledger.registry import record_type

EMPTIED: Final = ("sales_tax", "purchase_tax")
LIABILITY: Final = "vat_liability"
REFERENCE: Final = "VATTRAN"
TEXT: Final = "VAT transfer"


def transfer_vat(books: Books, end: date) -> int | None:
    """Post the transfer of all VAT up to `end`; return its number, or none if there is none.

    Raises:
        Rejected: a control account is missing, or nothing can be posted on that day.
    """
    problems = Problems(TEXT)
    with books.writing():
        books.flush()
        resolve.open_day(books, problems, end)
        emptied = [uk_accounts.control(books, problems, name) for name in EMPTIED]
        liability = uk_accounts.control(books, problems, LIABILITY)
        raise_errors(problems.findings)
        balances = {figure.id: figure.balance for figure in figures.trial_balance(books, end)}
        moved = [(view, -balances[view.id]) for view in emptied if view is not None]
        moved = [(view, amount) for view, amount in moved if amount]
        rest = -sum(amount for _, amount in moved)
        if liability is not None and rest:
            moved.append((liability, rest))
        return _post(books, end, moved) if moved else None


def _post(books: Books, end: date, moved: list[tuple[AccountView, int]]) -> int:
    made = Posting(total=sum(max(amount, 0) for _, amount in moved))
    lines: list[Body] = []
    for place, (view, amount) in enumerate(moved):
        made.add(view, amount, RowKind.LINE, line=place, description=TEXT)
        lines.append(
            {
                "account_id": view.id,
                "amount": money_text(amount),
                "description": TEXT,
                "tax_code_id": NON_VAT_TAX_CODE,
            }
        )
    number = books.next_transaction()
    body: Body = {"date": end.isoformat(), "number": REFERENCE, "lines": [*lines]}
    posting.store(books, number, record_type("journal_entry", "uk"), body, made)
    return number
