"""The general ledger as a beancount file, which its checker holds to double entry.

Account names are narrower than in hledger: each part starts with a capital letter or a
digit and holds letters, digits and hyphens only.  The ID and name as the books have them
stand as metadata with the `open` of each account.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from clary.kernel.money import money_text
from clary.ledger.journal_text.accounts import Names, Style
from clary.ledger.journal_text.rows import Account, JournalRow, Title, by_transaction

OPENED: Final = "1900-01-01"
"""Day on which every account is opened: before any document, so rows need not be held."""

_QUOTED: Final = str.maketrans({"\\": "\\\\", '"': '\\"'})


def _leaf(account_id: str, name: str) -> str:
    """Return ID and name as one part: letters, digits and single hyphens."""
    text = unicodedata.normalize("NFC", f"{account_id} {name}")
    marks = "".join(mark if _may_stand(mark) else " " for mark in text)
    part = "-".join(marks.split()) or "X"
    first = unicodedata.category(part[0])
    if first == "Ll":
        part = part[0].upper() + part[1:]
    return part if unicodedata.category(part[0]) in ("Lu", "Nd") else f"X{part}"


def _may_stand(mark: str) -> bool:
    return unicodedata.category(mark) in ("Lu", "Ll", "Lo", "Lt", "Lm", "Nd")


STYLE: Final = Style(roots={"Revenue": "Income"}, leaf=_leaf)


def _quoted(text: str | None) -> str:
    """Return a text as beancount's string: on one line, without control characters."""
    plain = "".join(mark if mark.isprintable() else " " for mark in text or "")
    return f'"{plain.strip().translate(_QUOTED)}"'


def lines(rows: Iterable[JournalRow], accounts: Iterable[Account], title: Title) -> Iterator[str]:
    """Yield the lines of a beancount file.

    Raises:
        Failed: a row's account is not among `accounts` (JOURNAL_ACCOUNT_UNKNOWN).
    """
    names = Names(accounts, STYLE)
    yield f'option "title" {_quoted(title.company)}'
    yield f'option "operating_currency" "{title.currency}"'
    yield ""
    for account in names.accounts:
        yield f"{OPENED} open {names.of(account.id)} {title.currency}"
        yield f"  account_id: {_quoted(account.id)}"
        yield f"  account_name: {_quoted(account.name)}"
        yield f"  account_type: {_quoted(account.type)}"
    for transaction in by_transaction(rows):
        yield ""
        yield from _heading(transaction[0])
        for row in transaction:
            yield f"  {names.of(row.account_id)}  {money_text(row.amount)} {title.currency}"
            if row.description.strip():
                yield f"    description: {_quoted(row.description)}"


def _heading(row: JournalRow) -> Iterator[str]:
    """Yield the first lines of a transaction, with its number as link and metadata."""
    what = " ".join(part for part in (row.record_type, row.number) if part)
    yield (
        f"{row.date.isoformat()} * {_quoted(row.party)} {_quoted(what)}"
        f" #{row.record_type} ^t{row.transaction_number}"
    )
    yield f"  transaction_number: {row.transaction_number}"
    if row.number:
        yield f"  number: {_quoted(row.number)}"
