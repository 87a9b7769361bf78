"""What UK sales invoices and credit notes post (SI, SC), as batch entries or documents.

An invoice or credit note made as a document posts nothing until its ledgers are updated;
then the same rules hold as for a batch entry.
Source: sage50-uk.md sections 1.4, 1.5 and 5.
"""

from __future__ import annotations

from clary.ledger.posting import problems as codes
from clary.ledger.posting import resolve, uk_party, uk_settle, uk_trade
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting
from clary.ledger.posting.uk_currency import exchange_of
from clary.ledger.posting.uk_trade import SALES, Trade
from clary.ledger.posting.views import Lookups
from clary.ledger.types.sales import CreditMemo, SalesDocument, SalesInvoice

DOCUMENT = "document"
"""The form of an invoice or credit note that is made first and posted later."""


def post_invoice(books: Lookups, problems: Problems, invoice: SalesInvoice) -> Posting:
    """Return what an invoice posts: Dr debtors; Cr sales, VAT on sales."""
    resolve.open_day(books, problems, invoice.date)
    trade = _trade(books, problems, invoice, sign=-1, moves_stock=_is_document(invoice))
    posting = trade.posting
    posting.party_change = posting.total
    uk_trade.refuse_zero(problems, posting)
    return posting


def post_credit_memo(books: Lookups, problems: Problems, memo: CreditMemo) -> Posting:
    """Return what a credit note posts: the reverse of an invoice, goods back at cost."""
    resolve.open_day(books, problems, memo.date)
    trade = _trade(books, problems, memo, sign=1, moves_stock=_is_document(memo))
    posting = trade.posting
    posting.party_change = -posting.total
    uk_trade.refuse_zero(problems, posting)
    uk_settle.apply_credit(books, problems, posting, memo.applications, trade.exchange)
    return posting


def check_document(books: Lookups, problems: Problems, document: SalesDocument) -> Posting:
    """Return the figures of a document that is made and not posted: no rows, no stock.

    A document may be dated before the lock date and may be worth nothing; it is refused
    only when the ledgers are to be updated (KB-lockdate; zero value inferred).
    """
    sign = 1 if isinstance(document, CreditMemo) else -1
    posting = _trade(books, problems, document, sign=sign, moves_stock=False).posting
    posting.rows.clear()
    posting.open = posting.foreign_open = 0
    return posting


def _is_document(document: SalesDocument) -> bool:
    return document.form == DOCUMENT


def _trade(
    books: Lookups, problems: Problems, document: SalesDocument, *, sign: int, moves_stock: bool
) -> Trade:
    """Add lines, carriage, tax and the control row with `sign` (-1 credits sales)."""
    posting = Posting(party=uk_party.find(books, problems, "customer", document.customer_id))
    is_document = _is_document(document)
    if posting.party is not None:
        uk_party.check_status(books, problems, posting.party, may_stop=is_document)
    trade = Trade(
        books=books,
        problems=problems,
        posting=posting,
        side=SALES,
        sign=sign,
        exchange=exchange_of(
            books, problems, posting.party, document.currency, document.exchange_rate
        ),
        keep_tax=bool(document.tax_override),
        is_document=is_document,
        moves_stock=moves_stock,
        bank_lines=isinstance(document, CreditMemo),
    )
    uk_trade.add_lines(trade, document.lines)
    uk_trade.carriage(
        trade,
        document.freight_amount,
        document.freight_account_id,
        document.freight_tax_code_id,
    )
    uk_trade.finish(trade, document.total)
    if posting.party is not None:
        _note_party(books, problems, posting, document, moves_stock=moves_stock)
    return trade


def _note_party(
    books: Lookups,
    problems: Problems,
    posting: Posting,
    document: SalesDocument,
    *,
    moves_stock: bool,
) -> None:
    """Warn of a number used before and of the credit limit; work out the due date."""
    party = posting.party
    if party is None:
        return
    record_type = "sales_invoice" if isinstance(document, SalesInvoice) else "credit_memo"
    number = document.number
    # A document that is posted now was made, and warned of, under its number before.
    if number is not None and not moves_stock and books.has_document(record_type, party, number):
        problems.warn(codes.NUMBER_DUPLICATE, "number", party=party.id, value=number)
    if isinstance(document, SalesInvoice):
        uk_party.check_credit(problems, party, posting.total)
        if document.due_date is None:
            posting.filled["due_date"] = uk_party.due_date(party, document.date).isoformat()
