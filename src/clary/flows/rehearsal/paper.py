"""A document as those see it that settle it or carry its number, and how it is written down."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from clary.kernel.change import Body
from clary.kernel.money import rounded_ratio
from clary.ledger.posting.rows import Posting, RowKind
from clary.ledger.posting.stored import text_of, units_of
from clary.ledger.posting.uk_currency import RATE_PLACES
from clary.ledger.posting.views import EXCHANGE_UNITS, OpenDocument
from clary.ledger.record import Record, RecordType

COLUMNS: Final = (
    "transaction_number INTEGER PRIMARY KEY",
    "record_type TEXT NOT NULL",
    "number TEXT",
    "party TEXT NOT NULL",
    "posted INTEGER NOT NULL",
    "date TEXT NOT NULL",
    "open INTEGER NOT NULL",
    "total INTEGER NOT NULL",
    "account TEXT NOT NULL",
    "currency TEXT",
    "rate INTEGER NOT NULL",
    "foreign_total INTEGER NOT NULL",
    "foreign_open INTEGER NOT NULL",
)
"""The columns of a table of papers, in the order of `row`."""

READ: Final = (
    "transaction_number",
    "date",
    "amount_due",
    "unapplied_amount",
    "reversed_by",
    "reverses",
    "posted",
    "currency",
    "exchange_rate",
    "receivable_account_id",
    "payable_account_id",
)
"""What a paper takes from a stored document, besides its number, party and total."""


class Paper(NamedTuple):
    """One live document, with its party in lower case and whether it has posted."""

    document: OpenDocument
    party: str
    posted: bool

    @property
    def row(self) -> tuple[object, ...]:
        """The paper as a row of a table."""
        one = self.document
        return (
            one.transaction_number,
            one.record_type,
            one.number,
            self.party,
            int(self.posted),
            one.date,
            one.open,
            one.total,
            one.account_id,
            one.currency,
            one.rate,
            one.foreign_total,
            one.foreign_open,
        )


def of_row(row: tuple[Any, ...]) -> Paper:
    """Return the paper that gave a row."""
    number, record_type, text, party, posted, day, still_open, total, account, *foreign = row
    currency, rate, foreign_total, foreign_open = foreign
    document = OpenDocument(
        transaction_number=number,
        record_type=record_type,
        number=text,
        party=0,
        date=day,
        open=still_open,
        total=total,
        account_id=account,
        currency=currency,
        rate=rate,
        foreign_total=foreign_total,
        foreign_open=foreign_open,
    )
    return Paper(document, party, bool(posted))


def of_body(declared: RecordType, body: Body, base: str, number: int) -> Paper | None:
    """Return the paper of a document in the books, none where it was taken back.

    Bodies tell foreign amounts only; what they are in the base currency is converted here,
    and may differ from the books by a few minor units.

    Args:
        declared: the document's record type.
        body: the stored document.
        base: the company's currency.
        number: stands for its transaction number where it tells none.
    """
    if body.get("reversed_by") is not None or body.get("reverses") is not None:
        return None
    total = units_of(body.get(declared.total or ""), 2)
    told = body.get("amount_due", body.get("unapplied_amount"))
    still_open = total if told is None else units_of(told, 2)
    rate = units_of(body.get("exchange_rate"), RATE_PLACES)
    foreign = bool(rate) and body.get("currency") not in (None, base)
    document = OpenDocument(
        transaction_number=int(str(body.get("transaction_number", number))),
        record_type=declared.name,
        number=text_of(body, declared.number or ""),
        party=0,
        date=str(body.get("date")),
        open=rounded_ratio(still_open, EXCHANGE_UNITS, rate) if foreign else still_open,
        total=rounded_ratio(total, EXCHANGE_UNITS, rate) if foreign else total,
        account_id=str(body.get("receivable_account_id") or body.get("payable_account_id") or ""),
        currency=text_of(body, "currency"),
        rate=rate,
        foreign_total=total if foreign else 0,
        foreign_open=still_open if foreign else 0,
    )
    party = str(body.get(declared.party or "") or "").casefold()
    return Paper(document, party, body.get("posted") is not False)


def of_posting(
    declared: RecordType, typed: Record, posting: Posting, number: int, account_ids: list[str]
) -> Paper:
    """Return the paper of a document that the plan posts.

    Args:
        declared: the document's record type.
        typed: the checked document.
        posting: what it does to the books.
        number: stands for its transaction number.
        account_ids: ID of each account, by the number that rows carry.
    """
    values = typed.__dict__
    control = (row.account for row in posting.rows if row.kind == RowKind.CONTROL)
    account = next(control, None)
    currency = posting.filled.get("currency", values.get("currency"))
    rate = posting.filled.get("exchange_rate", values.get("exchange_rate"))
    document = OpenDocument(
        transaction_number=number,
        record_type=declared.name,
        number=values.get(declared.number or ""),
        party=0,
        date=values["date"].isoformat(),
        open=posting.open,
        total=posting.total,
        account_id="" if account is None else account_ids[account],
        currency=None if currency is None else str(currency),
        rate=0 if rate is None else units_of(str(rate), RATE_PLACES),
        foreign_total=posting.foreign_total,
        foreign_open=posting.foreign_open,
    )
    party = posting.party.id.casefold() if posting.party is not None else ""
    return Paper(document, party, values.get("form") != "document")
