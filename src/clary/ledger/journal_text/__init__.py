"""The general ledger as text that an independent program can read and judge.

A company that says of itself that its books balance proves little.  hledger and beancount
are other people's programs: what they make of the journal written here is compared with
the company's own trial balance, account by account.  Accountants who keep plain-text
books get their Sage 50 ledger in the same way.

- `rows`: what the writers need of a ledger row and of an account.
- `accounts`: roots by account type, and account names that are legal, unique and stable.
- `hledger` and `beancount`: one writer each.

Both writers take an iterable and yield lines without their ends, so that a ledger of any
size passes through without being held; the same rows always give the same text.

    lines = write("hledger", session.ledger_rows(), session.trial_balance(None), title)
"""

from __future__ import annotations

from clary.ledger.journal_text.accounts import ROOTS, Names, root_of
from clary.ledger.journal_text.rows import Account, JournalRow, Title
from clary.ledger.journal_text.writing import FORMATS, write

__all__ = ["FORMATS", "ROOTS", "Account", "JournalRow", "Names", "Title", "root_of", "write"]
