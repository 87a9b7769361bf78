"""The general ledger as an hledger journal (also read by ledger and its kin).

Every word that comes from the books is made harmless first: in hledger's comments a word
with a colon is a tag, `date:` and `[...]` change the date of a posting, and two spaces
end an account name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clary.kernel.money import money_text
from clary.ledger.journal_text.accounts import Names, Style
from clary.ledger.journal_text.rows import Account, JournalRow, Title, by_transaction


def _words(text: str) -> str:
    """Return a text on one line, without control characters and doubled spaces."""
    plain = "".join(mark if mark.isprintable() else " " for mark in text)
    return " ".join(plain.split())


_COMMENT = str.maketrans({":": " :", "[": "(", "]": ")", ",": " "})
_NAME = str.maketrans({":": "-", ";": "-"})
_DESCRIPTION = str.maketrans({";": ",", "|": "/"})


def _comment(text: str) -> str:
    """Return a text that hledger takes neither for a tag nor for a date."""
    return _words(text.translate(_COMMENT))


def _leaf(account_id: str, name: str) -> str:
    return _words(f"{account_id} {name}".translate(_NAME))


STYLE = Style(roots={}, leaf=_leaf)


def lines(rows: Iterable[JournalRow], accounts: Iterable[Account], title: Title) -> Iterator[str]:
    """Yield the lines of an hledger journal.

    Raises:
        Failed: a row's account is not among `accounts` (JOURNAL_ACCOUNT_UNKNOWN).
    """
    names = Names(accounts, STYLE)
    yield f"; General ledger of {_comment(title.company)} ({title.edition})"
    yield "decimal-mark ."
    yield f"commodity 1000.00 {title.currency}"
    for account in names.accounts:
        tags = f"account_id:{_comment(account.id)}, account_type:{_comment(account.type)}"
        yield f"account {names.of(account.id)}  ; {tags}"
    for transaction in by_transaction(rows):
        yield ""
        yield _heading(transaction[0])
        for row in transaction:
            yield _posting(row, names, title.currency)


def _heading(row: JournalRow) -> str:
    """Return the first line of a transaction: date, number as code, what it is, for whom."""
    what = " ".join(part for part in (row.record_type, row.number) if part)
    description = f"{_plain(row.party)} | {_plain(what)}" if row.party else _plain(what)
    tags = f"type:{row.record_type}"
    if row.number:
        tags += f", number:{_comment(row.number)}"
    if row.party:
        tags += f", party:{_comment(row.party)}"
    return f"{row.date.isoformat()} ({row.transaction_number}) {description}  ; {tags}"


def _plain(text: str | None) -> str:
    return _words((text or "").translate(_DESCRIPTION))


def _posting(row: JournalRow, names: Names, currency: str) -> str:
    text = f"    {names.of(row.account_id)}  {money_text(row.amount)} {currency}"
    comment = _comment(row.description)
    return f"{text}  ; {comment}" if comment else text
