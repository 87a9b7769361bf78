"""Drafts documents for US books: what each kind of ConnectWise document becomes there.

Invoices and credit memos carry ConnectWise's tax by agency; goods received become a bill
where the vendor's invoice number is there, else an item receipt that waits for its bill;
expenses become a bill, or a journal entry.  Cost rows are never posted: Sage makes its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from clary.flows.batch.drafts import (
    CURRENCY_UNSUPPORTED,
    Draft,
    Writer,
    Written,
    adjusted,
    adjustment,
    amount_line,
    applications,
    cut,
    drafted,
    journal,
    limit,
    priced,
    refuse_transfer,
    rounding_account,
    stated,
)
from clary.flows.batch.kinds import DocumentKind
from clary.flows.batch.mapping import BatchMapping, Drafting
from clary.flows.batch.source import SourceDocument, SourceLine
from clary.flows.batch.tax_us import UsTax, tax_of
from clary.flows.batch.values import shortened
from clary.kernel.change import Body
from clary.kernel.errors import Rejected, declare
from clary.kernel.money import money_text

ITEM_ACCOUNT_DIFFERS = declare(
    "BATCH_ITEM_ACCOUNT_DIFFERS",
    Rejected,
    "ConnectWise says {stated}, but goods of {value} always go to {used}, the item's own"
    " inventory account.",
    "Nothing needs to be done, unless the item's account in Sage is wrong.",
)

_TEXT = partial(shortened, length=limit("sales_invoice", "us", "lines", "description"))


def draft(document: SourceDocument, mapping: BatchMapping) -> Draft:
    """Return what a document becomes in US books, with every problem it has."""
    return drafted(document, mapping, _WRITERS[document.kind])


def _check_currency(document: SourceDocument, mapping: BatchMapping, drafting: Drafting) -> None:
    base = mapping.books.policy.currency
    if document.currency and document.currency != base:
        drafting.problems.error(
            CURRENCY_UNSUPPORTED, "currency", currency=document.currency, base=base
        )


# --- invoices and credit memos -----------------------------------------------------


def _sale(record_type: str) -> Writer:
    def write(
        document: SourceDocument, mapping: BatchMapping, drafting: Drafting
    ) -> Written | None:
        _check_currency(document, mapping, drafting)
        party = document.party
        customer = mapping.customer(party, drafting) if party is not None else None
        receivable = mapping.account(
            document.account, drafting, "receivable_account_id", "accounts receivable"
        )
        tax = tax_of(document, customer or "", record_type, mapping, drafting)
        lines = [
            _sales_line(line, position, tax, mapping, drafting)
            for position, line in enumerate(document.lines)
        ]
        freight = _freight(document, mapping, drafting) if document.freight else {}
        if tax.decision.adjustment:
            lines.append(_rounding(tax, mapping, drafting, len(lines)))
        if customer is None or receivable is None:
            return None
        total = document.total - tax.decision.difference
        rounding = mapping.known_account(mapping.settings.rounding_account)
        sign = 1 if record_type == "credit_memo" else -1
        drafting.tax_moves = tax.decision.moves(
            tax.accounts, receivable.id, rounding, document.tax, sign
        )
        body = stated(
            customer_id=customer,
            date=document.date.isoformat(),
            number=document.number,
            receivable_account_id=receivable.id,
            customer_po=cut(
                document.purchase_order,
                limit(record_type, "us", "customer_po"),
                drafting,
                "customer_po",
                "The purchase order's number",
            ),
            total=money_text(total),
        )
        body |= {**freight, **_tax_fields(tax), "lines": lines}
        if record_type == "sales_invoice" and document.due_date is not None:
            body["due_date"] = document.due_date.isoformat()
        if record_type == "credit_memo" and document.applied:
            body["applications"] = applications(document)
        return record_type, body, total

    return write


def _tax_fields(tax: UsTax) -> Body:
    """Return the fields of the tax: stated by agency, or left for the company to work out."""
    body: Body = {} if tax.code is None else {"tax_code_id": tax.code.id}
    if tax.decision.is_stated:
        body["taxes"] = [
            {"agency_id": agency, "amount": money_text(amount)}
            for agency, amount in tax.amounts.items()
        ]
        if tax.decision.is_kept:
            body["tax_override"] = True
    return body


def _sales_line(
    line: SourceLine, position: int, tax: UsTax, mapping: BatchMapping, drafting: Drafting
) -> Body:
    where = f"lines.{position}"
    account = mapping.account(line.account, drafting, f"{where}.account_id")
    body = stated(
        account_id=account.id if account is not None else None,
        amount=money_text(line.amount),
        description=_TEXT(line.description),
    )
    if line.item is not None:
        item = mapping.item(line.item, drafting, f"{where}.item_id")
        if item is not None:
            body["item_id"] = item.id
            body |= priced(line, is_stock=item.is_stock)
    tax_type = tax.types[position]
    if tax_type is not None:
        body["tax_type"] = tax_type
    return body


def _freight(document: SourceDocument, mapping: BatchMapping, drafting: Drafting) -> Body:
    body: Body = {"freight_amount": money_text(document.freight)}
    text = document.freight_account or mapping.settings.freight_account
    if text:
        account = mapping.account(text, drafting, "freight_account_id", "freight")
        if account is not None:
            body["freight_account_id"] = account.id
    return body


def _exempt(mapping: BatchMapping) -> int | None:
    types = mapping.books.policy.tax_types
    return next((number for number, taxable in sorted(types.items()) if not taxable), None)


def _rounding(tax: UsTax, mapping: BatchMapping, drafting: Drafting, position: int) -> Body:
    """Return the line that makes up for tax that the books work out otherwise."""
    account = rounding_account(mapping, drafting, position) or ""
    line = amount_line(account, tax.decision.adjustment, "Tax difference to ConnectWise")
    exempt = _exempt(mapping)
    return line if exempt is None else {**line, "tax_type": exempt}


# --- purchases and expenses --------------------------------------------------------


def _purchase(
    document: SourceDocument, mapping: BatchMapping, drafting: Drafting
) -> Written | None:
    """Write a bill, with the vendor's number and date, or an item receipt with neither."""
    is_waiting = document.kind is DocumentKind.ITEM_RECEIPT
    lines = [
        _purchase_line(line, position, mapping, drafting)
        for position, line in enumerate(document.lines)
    ]
    lines += _charges(document, mapping, drafting)
    written = _payable(document, lines, mapping, drafting)
    if written is None:
        return None
    record_type, body, total = written
    body["customer_invoice_number"] = cut(
        document.purchase_order,
        limit("purchase", "us", "customer_invoice_number"),
        drafting,
        "customer_invoice_number",
        "The purchase order's number",
    )
    if is_waiting:
        body["waiting_on_bill"] = True
        del body["number"]
    return record_type, stated(**body), total


def _payable(
    document: SourceDocument, lines: list[Body], mapping: BatchMapping, drafting: Drafting
) -> Written | None:
    """Return what bills and receipts have in common."""
    _check_currency(document, mapping, drafting)
    party = document.party
    vendor = mapping.vendor(party, drafting) if party is not None else None
    payable = mapping.account(document.account, drafting, "payable_account_id", "accounts payable")
    if vendor is None or payable is None:
        return None
    body: Body = {
        "vendor_id": vendor,
        "date": document.date.isoformat(),
        "number": document.number,
        "payable_account_id": payable.id,
        "total": money_text(document.total),
        "lines": lines,
    }
    return "purchase", body, document.total


def _purchase_line(
    line: SourceLine, position: int, mapping: BatchMapping, drafting: Drafting
) -> Body:
    where = f"lines.{position}"
    body = stated(amount=money_text(line.amount), description=_TEXT(line.description))
    item = None
    if line.item is not None:
        item = mapping.item(line.item, drafting, f"{where}.item_id")
        if item is None:
            return body
        body["item_id"] = item.id
        body |= priced(line, is_stock=item.is_stock)
    if item is not None and item.is_stock:
        _tell_account(line, item.inventory_account_id, mapping, drafting, where)
        return body
    account = mapping.account(line.account, drafting, f"{where}.account_id")
    if account is not None:
        body["account_id"] = account.id
    return body


def _tell_account(
    line: SourceLine, used: str | None, mapping: BatchMapping, drafting: Drafting, where: str
) -> None:
    """Warn where goods go to another account than ConnectWise says: Sage has no choice."""
    known = mapping.known_account(line.account)
    if used is not None and known is not None and known != used and line.item is not None:
        drafting.problems.warn(
            ITEM_ACCOUNT_DIFFERS,
            f"{where}.account_id",
            stated=known,
            value=line.item.key,
            used=used,
        )


def _charges(document: SourceDocument, mapping: BatchMapping, drafting: Drafting) -> list[Body]:
    """Return freight and tax of a purchase as lines: the books have no fields for them."""
    charges = []
    position = len(document.lines)
    if document.freight:
        text = document.freight_account or mapping.settings.freight_account or ""
        account = mapping.account(text, drafting, f"lines.{position}.account_id", "freight")
        if account is not None:
            charges.append(amount_line(account.id, document.freight, "Freight"))
    for tax in document.taxes:
        if not tax.amount:
            continue
        where = f"lines.{position + len(charges)}.account_id"
        account = mapping.account(tax.account or "", drafting, where, "purchase tax")
        if account is not None:
            text = _TEXT(tax.description) or "Sales tax"
            charges.append(amount_line(account.id, tax.amount, text))
    return charges


def _expense_bill(
    document: SourceDocument, mapping: BatchMapping, drafting: Drafting
) -> Written | None:
    lines = [
        _plain_line(line, f"lines.{position}", mapping, drafting)
        for position, line in enumerate(document.lines)
    ]
    return _payable(document, lines, mapping, drafting)


def _plain_line(line: SourceLine, where: str, mapping: BatchMapping, drafting: Drafting) -> Body:
    account = mapping.account(line.account, drafting, f"{where}.account_id")
    return stated(
        account_id=account.id if account is not None else None,
        amount=money_text(line.amount),
        description=_TEXT(line.description),
    )


def _expense_journal(
    document: SourceDocument, mapping: BatchMapping, drafting: Drafting
) -> Written | None:
    """Write a journal entry: each expense a debit, its offset the credit."""
    _check_currency(document, mapping, drafting)
    return journal(document, mapping, drafting, _TEXT)


# --- stock -------------------------------------------------------------------------


def _adjustment(
    document: SourceDocument, mapping: BatchMapping, drafting: Drafting
) -> Written | None:
    """Write an inventory adjustment; what comes in brings its cost, what goes out has one."""
    lines = [
        _adjusted(document, line, f"lines.{position}", mapping, drafting)
        for position, line in enumerate(document.lines)
    ]
    return adjustment(document, mapping, lines)


def _adjusted(
    document: SourceDocument,
    line: SourceLine,
    where: str,
    mapping: BatchMapping,
    drafting: Drafting,
) -> Body:
    body, item = adjusted(line, where, mapping, drafting)
    if item is None:
        return body
    source = _source_account(document, line, item.inventory_account_id, mapping)
    account = mapping.account(source, drafting, f"{where}.account_id", "the adjustment")
    if account is not None:
        body["account_id"] = account.id
    return body


def _source_account(
    document: SourceDocument, line: SourceLine, inventory: str | None, mapping: BatchMapping
) -> str:
    """Return the text of the account against inventory: the header's, else the line's."""
    for text in (document.account, line.account):
        if text and mapping.known_account(text) not in (None, inventory):
            return text
    return document.account or line.account


_WRITERS: Mapping[DocumentKind, Writer] = {
    DocumentKind.INVOICE: _sale("sales_invoice"),
    DocumentKind.CREDIT_MEMO: _sale("credit_memo"),
    DocumentKind.BILL: _purchase,
    DocumentKind.ITEM_RECEIPT: _purchase,
    DocumentKind.EXPENSE_BILL: _expense_bill,
    DocumentKind.EXPENSE_JOURNAL: _expense_journal,
    DocumentKind.ADJUSTMENT: _adjustment,
    DocumentKind.TRANSFER: refuse_transfer,
}
