"""UK quotations and orders: they post nothing, but lines, VAT and account are checked.

Source: sage50-uk.md sections 1.4 (document only) and 5 (status stops quotes and orders).
"""

from __future__ import annotations

from clary.ledger.posting import uk_party, uk_trade
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting
from clary.ledger.posting.uk_currency import exchange_of
from clary.ledger.posting.uk_trade import PURCHASES, SALES, Side, Trade
from clary.ledger.posting.views import Lookups
from clary.ledger.types.purchases import PurchaseOrder
from clary.ledger.types.sales import Quote, SalesOrder


def plan_sales_order(books: Lookups, problems: Problems, order: Quote | SalesOrder) -> Posting:
    """Return the figures of a quotation or sales order; nothing posts."""
    return _plan(books, problems, order, "customer", order.customer_id, SALES)


def plan_purchase_order(books: Lookups, problems: Problems, order: PurchaseOrder) -> Posting:
    """Return the figures of a purchase order; nothing posts."""
    return _plan(books, problems, order, "vendor", order.vendor_id, PURCHASES)


def _plan(
    books: Lookups,
    problems: Problems,
    order: Quote | SalesOrder | PurchaseOrder,
    party_type: str,
    party_id: str,
    side: Side,
) -> Posting:
    posting = Posting(party=uk_party.find(books, problems, party_type, party_id))
    if posting.party is not None:
        uk_party.check_status(books, problems, posting.party, may_stop=True)
    trade = Trade(
        books=books,
        problems=problems,
        posting=posting,
        side=side,
        sign=1 if side.buying else -1,
        exchange=exchange_of(books, problems, posting.party, order.currency, None),
        is_document=True,
    )
    uk_trade.add_lines(trade, order.lines)
    uk_trade.finish(trade, None)
    posting.rows.clear()
    posting.open = posting.foreign_open = 0
    return posting
