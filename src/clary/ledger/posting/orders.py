"""Quotes and orders: they post nothing, but their lines are checked and added up."""

from __future__ import annotations

from collections.abc import Sequence

from clary.kernel.money import money_text
from clary.ledger.posting import problems as codes
from clary.ledger.posting import resolve
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting
from clary.ledger.posting.views import Lookups
from clary.ledger.types.documents import PricedLine
from clary.ledger.types.purchases import PurchaseOrder
from clary.ledger.types.sales import Quote, SalesOrder


def plan_sales_order(books: Lookups, problems: Problems, order: Quote | SalesOrder) -> Posting:
    """Return the total of a quote or sales order; nothing posts (sage50-us.md 6.8)."""
    posting = Posting()
    posting.party = resolve.customer(books, problems, order.customer_id)
    resolve.reference(books, problems, "tax_code", order.tax_code_id, "tax_code_id")
    resolve.reference(books, problems, "sales_rep", order.sales_rep_id, "sales_rep_id")
    control = order.receivable_account_id
    resolve.reference(books, problems, "account", control, "receivable_account_id")
    _add_up(books, problems, posting, order.lines)
    return posting


def plan_purchase_order(books: Lookups, problems: Problems, order: PurchaseOrder) -> Posting:
    """Return the total of a purchase order; nothing posts (sage50-us.md 6.8)."""
    posting = Posting()
    posting.party = resolve.vendor(books, problems, order.vendor_id)
    control = order.payable_account_id
    resolve.reference(books, problems, "account", control, "payable_account_id")
    _add_up(books, problems, posting, order.lines)
    return posting


def _add_up(
    books: Lookups, problems: Problems, posting: Posting, lines: Sequence[PricedLine]
) -> None:
    if not lines:
        problems.error(codes.LINES_REQUIRED, "lines")
    filled = []
    for position, line in enumerate(lines):
        where = f"lines.{position}"
        resolve.item(books, problems, line.item_id, f"{where}.item_id")
        if line.account_id is not None:
            resolve.plain_account(books, problems, line.account_id, f"{where}.account_id")
        resolve.reference(books, problems, "job", line.job_id, f"{where}.job_id")
        amount = resolve.line_amount(problems, where, line.amount, line.quantity, line.unit_price)
        if line.quantity is not None and line.quantity < 0:
            problems.error(codes.QUANTITY_NEGATIVE, f"{where}.quantity")
        posting.total += amount
        filled.append((position, {"amount": money_text(amount)}))
    posting.filled["lines"] = filled
