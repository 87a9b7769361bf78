"""Which rule posts which record type of each edition, and what a document then holds.

One table, so that a company and whoever rehearses it never post by different rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from clary.kernel.change import Body
from clary.kernel.errors import Failed, declare
from clary.kernel.money import money_text
from clary.ledger.fields import EditionName
from clary.ledger.posting import (
    allocating,
    journals,
    orders,
    uk_bank,
    uk_cash,
    uk_orders,
    uk_purchases,
    uk_sales,
    us_cash,
    us_purchases,
    us_sales,
)
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting
from clary.ledger.record import RecordType

POSTING_UNBALANCED = declare(
    "POSTING_UNBALANCED",
    Failed,
    "The ledger rows of {record} do not add up to zero.",
    "Please report this with the run's log; nothing was written.",
)

Poster: TypeAlias = Callable[[Any, Problems, Any], Posting]
"""A rule: books to look things up in, where problems are noted, the checked document."""

POSTERS: dict[EditionName, dict[str, Poster]] = {
    "us": {
        "sales_invoice": us_sales.post_invoice,
        "credit_memo": us_sales.post_credit_memo,
        "purchase": us_purchases.post_purchase,
        "vendor_credit": us_purchases.post_vendor_credit,
        "receipt": us_cash.post_receipt,
        "payment": us_cash.post_payment,
        "journal_entry": journals.post_journal_entry,
        "inventory_adjustment": journals.post_adjustment,
        "quote": orders.plan_sales_order,
        "sales_order": orders.plan_sales_order,
        "purchase_order": orders.plan_purchase_order,
        "allocation": allocating.post_allocation,
    },
    "uk": {
        "sales_invoice": uk_sales.post_invoice,
        "credit_memo": uk_sales.post_credit_memo,
        "purchase": uk_purchases.post_purchase,
        "vendor_credit": uk_purchases.post_purchase_credit,
        "receipt": uk_cash.post_receipt,
        "payment": uk_cash.post_payment,
        "bank_payment": uk_bank.post_bank_payment,
        "bank_receipt": uk_bank.post_bank_receipt,
        "bank_transfer": uk_bank.post_bank_transfer,
        "journal_entry": journals.post_journal_entry,
        "inventory_adjustment": journals.post_adjustment,
        "quote": uk_orders.plan_sales_order,
        "sales_order": uk_orders.plan_sales_order,
        "purchase_order": uk_orders.plan_purchase_order,
        "allocation": allocating.post_allocation,
    },
}


def complete(body: Body, posting: Posting, declared: RecordType) -> Body:
    """Return the document with what the books worked out filled in."""
    for name, value in posting.filled.items():
        if name != "lines":
            body[name] = value  # type: ignore[assignment]  # rules fill canonical values only
        elif isinstance(value, list):
            _complete_lines(body, value)
    if declared.total is not None and declared.total not in posting.filled:
        body[declared.total] = money_text(posting.total)
    return body


def _complete_lines(body: Body, filled: list[tuple[int, Mapping[str, str]]]) -> None:
    lines = body.get("lines")
    if isinstance(lines, list):
        for position, values in filled:
            lines[position].update(values)
