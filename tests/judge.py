"""hledger as the independent judge of a company's books, account by account."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from clary.companies.contract import Session
from clary.kernel.money import to_minor
from clary.ledger.journal_text import Names, Title, write
from clary.ledger.journal_text.hledger import STYLE
from tests.ledger.journal_text.ledgers import run_hledger


def judge(hledger: str, session: Session, title: Title) -> tuple[dict[str, int], dict[str, int]]:
    """Return the balances as hledger works them out, and as the company states them.

    Both by hledger's account name, in minor units, without accounts at zero.
    """
    accounts = session.trial_balance(None)
    journal = "\n".join(write("hledger", session.ledger_rows(), accounts, title)) + "\n"
    run_hledger(hledger, journal, "check", "--strict")
    text = run_hledger(hledger, journal, "bal", "--flat", "--no-total", "--empty", "-O", "csv")
    found = {
        name: to_minor(Decimal(amount.split(" ")[0]))
        for name, amount in list(csv.reader(io.StringIO(text)))[1:]
    }
    names = Names(accounts, STYLE)
    stated = {names.of(one.id): one.balance for one in accounts if one.balance}
    return {name: amount for name, amount in found.items() if amount}, stated
