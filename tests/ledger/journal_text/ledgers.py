"""Random charts of accounts and ledgers, and what the two programs make of their journals."""

from __future__ import annotations

import csv
import io
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from beancount import loader
from beancount.core import data
from hypothesis import strategies as st

from clary.companies.contract import AccountFigure, LedgerRow
from clary.kernel.money import to_minor
from clary.ledger.journal_text import Title
from clary.ledger.types.lists import UK_ACCOUNT_TYPES, US_ACCOUNT_TYPES

TITLE = Title(company="Bellwether [2024/1/1] & Söhne: date:x", edition="us", currency="USD")

TYPES = sorted({*US_ACCOUNT_TYPES, *UK_ACCOUNT_TYPES, ""})


@dataclass(frozen=True, slots=True)
class Ledger:
    """A chart of accounts and the rows of a balanced ledger."""

    accounts: tuple[AccountFigure, ...]
    rows: tuple[LedgerRow, ...]

    @property
    def balances(self) -> dict[str, int]:
        """The balance of each account that has rows, in minor units."""
        sums: dict[str, int] = defaultdict(int)
        for row in self.rows:
            sums[row.account_id] += row.amount
        return dict(sums)


# Letters, digits, spaces and whatever means something to one of the programs.
_MARKS = "aAbB1 0-:;,|()[]{}\"'\\*!@=#^~%/.&$€éßŉǅ株ª²\t\xa0\u2028"
_WORDS = st.text(alphabet=_MARKS, max_size=12) | st.sampled_from(
    ["date:x", "[2024/1/1]", "A  B", "date2: 1/1", "; note", "(57)", "1200-00", "type:A", "P 1"]
)


def plain(text: str) -> str:
    """Return a text as a quoted string of beancount keeps it: control characters are spaces."""
    return "".join(mark if mark.isprintable() else " " for mark in text).strip()


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    """A ledger whose transactions balance, with hostile names and words."""
    ids = draw(
        st.lists(
            _WORDS.filter(str.strip),
            min_size=2,
            max_size=8,
            unique_by=lambda one: plain(one).casefold(),
        )
    )
    accounts = tuple(
        AccountFigure(id=one, name=draw(_WORDS), type=draw(st.sampled_from(TYPES)), balance=0)
        for one in ids
    )
    rows: list[LedgerRow] = []
    for number in range(1, draw(st.integers(0, 5)) + 1):
        rows.extend(_transaction(draw, number, ids))
    return Ledger(accounts, tuple(rows))


def _transaction(draw: st.DrawFn, number: int, ids: Sequence[str]) -> Iterable[LedgerRow]:
    day = draw(st.dates(min_value=date(1980, 1, 1), max_value=date(2100, 12, 31)))
    name = draw(st.none() | _WORDS)
    party = draw(st.none() | _WORDS)
    amounts = draw(st.lists(st.integers(-(10**14), 10**14), min_size=1, max_size=5))
    for amount in (*amounts, -sum(amounts)):
        yield LedgerRow(
            transaction_number=number,
            date=day,
            record_type="sales_invoice",
            number=name,
            party=party,
            account_id=draw(st.sampled_from(list(ids))),
            amount=amount,
            description=draw(_WORDS),
        )


def run_hledger(program: str, journal: str, *arguments: str) -> str:
    """Return what hledger prints for a journal; fail with what it has to say."""
    finished = subprocess.run(
        [program, "-f", "-", *arguments],
        input=journal,
        capture_output=True,
        encoding="utf-8",
        env={"LC_ALL": "C.UTF-8"},
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def hledger_balances(program: str, journal: str) -> dict[str, int]:
    """Return the balance of each account by its ID, in minor units, as hledger sees it."""
    arguments = ("bal", "--flat", "--no-total", "--empty", "-O", "csv")
    found = list(csv.reader(io.StringIO(run_hledger(program, journal, *arguments))))[1:]
    return {account: _minor(amount) for account, amount in found}


def _minor(text: str) -> int:
    match = re.fullmatch(r"(-?[0-9.]+)(?: [A-Z]{3})?", text)
    assert match, text
    return to_minor(Decimal(match[1]))


def beancount_balances(journal: str) -> dict[str, int]:
    """Return the balance of each account by its ID, as beancount sees it."""
    entries, errors, _ = loader.load_string(journal)
    assert not errors, errors
    ids = {
        entry.account: str(entry.meta["account_id"])
        for entry in entries
        if isinstance(entry, data.Open)
    }
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        if isinstance(entry, data.Transaction):
            for posting in entry.postings:
                assert posting.units is not None
                assert posting.units.number is not None
                sums[ids[posting.account]] += posting.units.number
    return {account: to_minor(amount) for account, amount in sums.items()}
