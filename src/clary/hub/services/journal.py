"""Writes the whole general ledger in the formats of two independent accounting programs.

hledger and beancount check by themselves that every transaction balances and work out
every account's balance, so the books can be judged by programs that know nothing of us.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from clary.companies.contract import AccountFigure, Info, LedgerRow
from clary.hub.installation import Installation
from clary.hub.services.opening import open_company
from clary.kernel.money import money_text


class JournalFormat(StrEnum):
    """Whose format the ledger is written in."""

    HLEDGER = "hledger"
    BEANCOUNT = "beancount"


ROOTS: Mapping[str, str] = {
    "cash": "Assets",
    "accounts_receivable": "Assets",
    "inventory": "Assets",
    "receivable_retainage": "Assets",
    "other_current_assets": "Assets",
    "fixed_assets": "Assets",
    "accumulated_depreciation": "Assets",
    "other_assets": "Assets",
    "current_assets": "Assets",
    "accounts_payable": "Liabilities",
    "payable_retainage": "Liabilities",
    "other_current_liabilities": "Liabilities",
    "long_term_liabilities": "Liabilities",
    "current_liabilities": "Liabilities",
    "equity_does_not_close": "Equity",
    "retained_earnings": "Equity",
    "equity_gets_closed": "Equity",
    "capital_and_reserves": "Equity",
    "income": "Income",
    "sales": "Income",
    "cost_of_sales": "Expenses",
    "expenses": "Expenses",
    "purchases": "Expenses",
    "direct_expenses": "Expenses",
    "overheads": "Expenses",
}
"""Which of the five roots each account type of both editions belongs to."""

OPENED_ON = "1900-01-01"
"""The day beancount accounts are opened: before any document."""


@dataclass(frozen=True, slots=True)
class Books:
    """What a ledger in text needs to know beside its rows."""

    info: Info
    accounts: Sequence[AccountFigure]
    names: Mapping[str, str]


def journal_lines(installation: Installation, reference: str, form: JournalFormat) -> Iterator[str]:
    """Yield the general ledger of a company line by line, without line ends.

    Raises:
        Misconfigured, Unreachable, Busy, Unauthorised: the company cannot be opened.
        Unsupported: its driver cannot read the general ledger.
    """
    opened = open_company(installation, reference)
    with opened.company.session() as session:
        accounts = session.trial_balance(None)
        books = Books(opened.info, accounts, account_names(accounts))
        write = _WRITERS[form]
        yield from write(books, session.ledger_rows())


def account_names(accounts: Iterable[AccountFigure]) -> dict[str, str]:
    """Return the name of each account ID in both formats, such as `Assets:10200`.

    Characters that a format does not take become hyphens; where that makes two IDs the
    same, the later one gets a number.
    """
    names: dict[str, str] = {}
    for account in accounts:
        root = ROOTS.get(account.type, "Equity")
        plain = re.sub("[^A-Za-z0-9-]", "-", account.id).strip("-") or "0"
        first = f"{root}:{plain[0].upper()}{plain[1:]}"
        name, number = first, 1
        while name in names.values():
            number += 1
            name = f"{first}-{number}"
        names[account.id] = name
    return names


def _grouped(rows: Iterable[LedgerRow]) -> Iterator[list[LedgerRow]]:
    for _, group in groupby(rows, key=lambda row: (row.transaction_number, row.date)):
        yield list(group)


def _document(row: LedgerRow) -> str:
    return f"{row.record_type} {row.number}" if row.number else row.record_type


def _hledger(books: Books, rows: Iterable[LedgerRow]) -> Iterator[str]:
    currency = books.info.currency
    yield f"; {_plain(books.info.name)}"
    yield "decimal-mark ."
    yield f"commodity 1000.00 {currency}"
    yield ""
    for account in books.accounts:
        name = books.names[account.id]
        yield f"account {name}  ; id: {_tag(account.id)}, name: {_tag(account.name)}"
    for group in _grouped(rows):
        first = group[0]
        party = f"{_plain(first.party)} | " if first.party else ""
        yield ""
        yield f"{first.date} * ({first.transaction_number}) {party}{_plain(_document(first))}"
        for row in group:
            text = f"  ; {_plain(row.description)}" if row.description else ""
            yield f"    {books.names[row.account_id]}  {money_text(row.amount)} {currency}{text}"


def _beancount(books: Books, rows: Iterable[LedgerRow]) -> Iterator[str]:
    currency = books.info.currency
    yield f'option "title" {_quoted(books.info.name)}'
    yield f'option "operating_currency" "{currency}"'
    yield ""
    for account in books.accounts:
        yield f"{OPENED_ON} open {books.names[account.id]} {currency}"
        yield f"  id: {_quoted(account.id)}"
        yield f"  name: {_quoted(account.name)}"
    for group in _grouped(rows):
        first = group[0]
        yield ""
        yield f"{first.date} * {_quoted(first.party or '')} {_quoted(_document(first))}"
        yield f'  transaction: "{first.transaction_number}"'
        for row in group:
            yield f"  {books.names[row.account_id]}  {money_text(row.amount)} {currency}"


def _plain(text: str) -> str:
    """Return text without what ends a line or begins a comment."""
    return re.sub(r"[\s;|]+", " ", text).strip()


def _tag(text: str) -> str:
    """Return text fit for the value of a tag, which a comma would end."""
    return _plain(text).replace(",", " ")


def _quoted(text: str) -> str:
    escaped = re.sub(r"\s+", " ", text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_WRITERS: Mapping[JournalFormat, Callable[[Books, Iterable[LedgerRow]], Iterator[str]]] = {
    JournalFormat.HLEDGER: _hledger,
    JournalFormat.BEANCOUNT: _beancount,
}
