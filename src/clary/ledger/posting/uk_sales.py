"""What UK sales invoices and credit notes post (SI, SC), as batch entries or documents.

An invoice or credit note of the form `document` posts nothing until its ledgers are
updated; then the rules of a batch entry hold, and its products move.
Source: sage50-uk.md sections 1.4, 1.5 and 5.
"""

from __future__ import annotations

from enum import Enum

from clary.ledger.posting import resolve, uk_party, uk_settle, uk_trade
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting
from clary.ledger.posting.uk_currency import exchange_of
from clary.ledger.posting.uk_trade import SALES, Trade
from clary.ledger.posting.views import Lookups
from clary.ledger.types.sales import CreditMemo, SalesDocument, SalesInvoice


class Step(Enum):
    """What is being done with an invoice or credit note."""

    BATCH = "posted as a batch entry"
    MADE = "made as a document"
    UPDATED = "its ledgers updated"


def post_invoice(books: Lookups, problems: Problems, invoice: SalesInvoice) -> Posting:
    """Return what an invoice posts: Dr debtors; Cr sales, VAT on sales; a document nothing."""
    return _take(books, problems, invoice, _first_step(invoice))


def post_credit_memo(books: Lookups, problems: Problems, memo: CreditMemo) -> Posting:
    """Return what a credit note posts: the reverse of an invoice; a document nothing."""
    return _take(books, problems, memo, _first_step(memo))


def update_ledgers(books: Lookups, problems: Problems, document: SalesDocument) -> Posting:
    """Return what a document posts when its ledgers are updated: its entry and its stock."""
    return _take(books, problems, document, Step.UPDATED)


def _first_step(document: SalesDocument) -> Step:
    return Step.MADE if document.form == "document" else Step.BATCH


def _take(books: Lookups, problems: Problems, document: SalesDocument, step: Step) -> Posting:
    trade = _trade(books, problems, document, step)
    posting = trade.posting
    if step is not Step.UPDATED:
        record_type = "credit_memo" if isinstance(document, CreditMemo) else "sales_invoice"
        resolve.note_number(books, problems, record_type, posting.party, document.number)
    if isinstance(document, SalesInvoice):
        _note_invoice(problems, posting, document)
    if step is Step.MADE:
        _keep_figures_only(posting)
        return posting
    resolve.open_day(books, problems, document.date)
    uk_trade.refuse_zero(problems, posting)
    if isinstance(document, CreditMemo):
        posting.party_change = -posting.total
        uk_settle.apply_credit(books, problems, posting, document.applications, trade.exchange)
    else:
        posting.party_change = posting.total
    return posting


def _trade(books: Lookups, problems: Problems, document: SalesDocument, step: Step) -> Trade:
    """Add lines, carriage, tax and the control row; an invoice credits sales."""
    posting = Posting(party=uk_party.find(books, problems, "customer", document.customer_id))
    is_document = step is not Step.BATCH
    if posting.party is not None:
        uk_party.check_status(books, problems, posting.party, may_stop=is_document)
    is_credit = isinstance(document, CreditMemo)
    trade = Trade(
        books=books,
        problems=problems,
        posting=posting,
        side=SALES,
        sign=1 if is_credit else -1,
        exchange=exchange_of(
            books, problems, posting.party, document.currency, document.exchange_rate
        ),
        keep_tax=bool(document.tax_override),
        is_document=is_document,
        moves_stock=step is Step.UPDATED,
        bank_lines=is_credit,
    )
    uk_trade.add_lines(trade, document.lines)
    uk_trade.carriage(
        trade,
        document.freight_amount,
        document.freight_account_id,
        document.freight_tax_code_id,
    )
    uk_trade.finish(trade, document.total)
    return trade


def _keep_figures_only(posting: Posting) -> None:
    """Leave the figures of a document that posts nothing yet.

    It may be dated before the lock date and may be worth nothing: both are refused only
    when its ledgers are updated (KB-lockdate; zero value inferred).
    """
    posting.rows.clear()
    posting.open = posting.foreign_open = 0


def _note_invoice(problems: Problems, posting: Posting, invoice: SalesInvoice) -> None:
    """Warn of the credit limit, and work out when the invoice is due."""
    party = posting.party
    if party is None:
        return
    uk_party.check_credit(problems, party, posting.total)
    if invoice.due_date is None:
        posting.filled["due_date"] = uk_party.due_date(party, invoice.date).isoformat()
