# /// script
# requires-python = ">=3.11"
# dependencies = ["piecash==1.2.1", "sqlalchemy>=1.4,<1.5"]
# ///
"""The peer: the same invoices as balanced transactions in a GnuCash book by piecash.

It runs as a script of its own because piecash needs an older SQLAlchemy than ours.
"""

from __future__ import annotations

import datetime
import decimal
import json
import sys
import time
import warnings

warnings.simplefilter("ignore")

import piecash  # noqa: E402 - its import warns

ACCOUNTS = (
    ("Receivable", "RECEIVABLE"),
    ("Stock", "ASSET"),
    ("Tax", "LIABILITY"),
    ("Sales", "INCOME"),
    ("Cost", "EXPENSE"),
)
SAVE_EVERY = 2_000
AMOUNTS = ("144.79", "-30.00", "-100.00", "-5.00", "-9.79")


def main() -> None:
    """Post `count` transactions of five splits, saving every 2,000; print the rate."""
    count, path = int(sys.argv[1]), sys.argv[2]
    book = piecash.create_book(sqlite_file=path, currency="USD", overwrite=True)
    currency = book.default_currency
    accounts = [
        piecash.Account(name=name, type=kind, parent=book.root_account, commodity=currency)
        for name, kind in ACCOUNTS
    ]
    book.save()
    started = time.perf_counter()
    for number in range(count):
        splits = [
            piecash.Split(account=accounts[min(position, 4)], value=decimal.Decimal(amount))
            for position, amount in enumerate(AMOUNTS)
        ]
        piecash.Transaction(
            currency=currency,
            description=f"Invoice {number}",
            num=str(number),
            post_date=datetime.date(2026, number % 12 + 1, number % 28 + 1),
            splits=splits,
        )
        if number % SAVE_EVERY == SAVE_EVERY - 1:
            book.save()
    book.save()
    print(json.dumps({"rate": count / (time.perf_counter() - started)}))


main()
