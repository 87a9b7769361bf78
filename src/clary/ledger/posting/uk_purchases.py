"""What UK purchase invoices and purchase credit notes post (PI, PC).

Products of a purchase go into stock at the line's amount: the one step stands for goods
received and their invoice (inferred; a batch entry in Sage has no products).
Source: sage50-uk.md sections 1.4, 1.5 and 5.
"""

from __future__ import annotations

from clary.ledger.posting import resolve, uk_party, uk_settle, uk_trade
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting
from clary.ledger.posting.uk_currency import TraderOff, exchange_of
from clary.ledger.posting.uk_trade import PURCHASES, Trade
from clary.ledger.posting.views import Lookups
from clary.ledger.types.purchases import Purchase, PurchaseDocument, VendorCredit


def post_purchase(books: Lookups, problems: Problems, purchase: Purchase) -> Posting:
    """Return what a purchase invoice posts: Dr purchases, VAT on purchases; Cr creditors."""
    posting = _trade(books, problems, purchase, sign=1).posting
    posting.party_change = posting.total
    party = posting.party
    if party is not None:
        uk_party.check_credit(problems, party, posting.total)
        if purchase.due_date is None:
            posting.filled["due_date"] = uk_party.due_date(party, purchase.date).isoformat()
    return posting


def post_purchase_credit(books: Lookups, problems: Problems, credit: VendorCredit) -> Posting:
    """Return what a purchase credit note posts: the reverse, goods out at their cost."""
    trade = _trade(books, problems, credit, sign=-1)
    posting = trade.posting
    posting.party_change = -posting.total
    uk_settle.apply_credit(books, problems, posting, credit.applications, trade.exchange)
    return posting


def _trade(books: Lookups, problems: Problems, document: PurchaseDocument, *, sign: int) -> Trade:
    resolve.open_day(books, problems, document.date)
    posting = Posting(party=uk_party.find(books, problems, "vendor", document.vendor_id))
    party = posting.party
    if party is not None:
        uk_party.check_status(books, problems, party, may_stop=False)
    trade = Trade(
        books=books,
        problems=problems,
        posting=posting,
        side=PURCHASES,
        sign=sign,
        exchange=exchange_of(
            books,
            problems,
            party,
            document.currency,
            document.exchange_rate,
            TraderOff.WARNED,
        ),
        keep_tax=bool(document.tax_override),
        moves_stock=True,
    )
    uk_trade.add_lines(trade, document.lines)
    uk_trade.finish(trade, document.total)
    uk_trade.refuse_zero(problems, posting)
    record_type = "purchase" if isinstance(document, Purchase) else "vendor_credit"
    resolve.note_number(books, problems, record_type, party, document.number)
    return trade
