"""The list of journal formats: to add one, write its module and name it here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal, TypeAlias

from clary.ledger.journal_text import beancount, hledger
from clary.ledger.journal_text.rows import Account, JournalRow, Title

Format: TypeAlias = Literal["hledger", "beancount"]
Writer: TypeAlias = Callable[[Iterable[JournalRow], Iterable[Account], Title], Iterator[str]]

FORMATS: Final[dict[Format, Writer]] = {"hledger": hledger.lines, "beancount": beancount.lines}
"""Writer of each format by its name in `clary company journal --format`."""


def write(
    format_name: Format,
    rows: Iterable[JournalRow],
    accounts: Iterable[Account],
    title: Title,
) -> Iterator[str]:
    """Yield the lines of a journal in a format, without their ends.

    Args:
        format_name: one of `FORMATS`.
        rows: the general ledger in order of transaction number.
        accounts: the whole chart of accounts.
        title: what stands above the journal.

    Raises:
        Failed: a row's account is not among `accounts` (JOURNAL_ACCOUNT_UNKNOWN).
    """
    return FORMATS[format_name](rows, accounts, title)
