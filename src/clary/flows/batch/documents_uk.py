"""Drafts documents for UK books: batch entries with value added tax per line.

Invoices and credits become sales invoices and credit notes of the form `ledger`, which
have nominals and no products; bills and expenses become purchase invoices.  The edition
has no goods received that wait for their bill, so those wait in ConnectWise.
Source: sage50-uk.md sections 1.4 and 5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from clary.flows.batch.drafts import (
    Draft,
    Writer,
    Written,
    adjusted,
    adjustment,
    applications,
    drafted,
    journal,
    limit,
    refuse_transfer,
    rounding_account,
    stated,
)
from clary.flows.batch.kinds import DocumentKind, GlType
from clary.flows.batch.mapping import BatchMapping, Drafting
from clary.flows.batch.source import SourceDocument, SourceLine
from clary.flows.batch.tax_policy import TaxMoves
from clary.flows.batch.tax_uk import UkTax, tax_of
from clary.flows.batch.values import shortened
from clary.kernel.change import Body
from clary.kernel.errors import Rejected, declare
from clary.kernel.money import money_text

RECEIPT_UNSUPPORTED = declare(
    "BATCH_RECEIPT_UNSUPPORTED",
    Rejected,
    "Goods received without the vendor's invoice cannot be posted in this edition.",
    "Enter the vendor's invoice number on the purchase order in ConnectWise, then refresh; or"
    " mark it as handled with `clary batch clear`.",
)
FOREIGN_TRADER_NEEDED = declare(
    "BATCH_FOREIGN_TRADER_NEEDED",
    Rejected,
    "The document is in {currency}, and Foreign Trader is switched off.",
    "Run the Foreign Trader Setup Wizard in Sage (Tools > Activation), and give the customer or"
    " supplier the currency {currency}.",
)

_TEXT = partial(shortened, length=limit("sales_invoice", "uk", "lines", "description"))


def draft(document: SourceDocument, mapping: BatchMapping) -> Draft:
    """Return what a document becomes in UK books, with every problem it has."""
    return drafted(document, mapping, _WRITERS[document.kind])


def _currency(
    document: SourceDocument, mapping: BatchMapping, drafting: Drafting, usual: str | None = None
) -> str | None:
    """Return the currency that a document must state: none for the base currency.

    The books take what states none in the `usual` currency of its account, so that the base
    currency must be stated where that is another one.
    """
    policy = mapping.books.policy
    if not document.currency or document.currency == policy.currency:
        return policy.currency if usual not in (None, policy.currency) else None
    if not policy.foreign_trader:
        drafting.problems.error(FOREIGN_TRADER_NEEDED, "currency", currency=document.currency)
    return document.currency


# --- invoices, credit notes, bills -------------------------------------------------


def _trade(record_type: str, party_type: str) -> Writer:
    def write(
        document: SourceDocument, mapping: BatchMapping, drafting: Drafting
    ) -> Written | None:
        party = document.party
        find = mapping.customer if party_type == "customer" else mapping.vendor
        party_id = find(party, drafting) if party is not None else None
        sources = _with_freight(document, mapping)
        tax = tax_of(document, sources, record_type, mapping, drafting)
        lines = _lines(document, sources, tax, mapping, drafting)
        look_up = mapping.books.customer if party_type == "customer" else mapping.books.vendor
        known = look_up(party_id) if party_id is not None else None
        usual = known.currency if known is not None else party.currency if party else None
        currency = _currency(document, mapping, drafting, usual)
        if party_id is None:
            return None
        total = document.total - tax.decision.difference
        drafting.tax_moves = _tax_moves(record_type, document, tax, mapping)
        body = stated(
            date=document.date.isoformat(),
            number=document.number,
            currency=currency,
            total=money_text(total),
            lines=lines,
            tax_override=True if tax.decision.is_kept else None,
            form="ledger" if party_type == "customer" else None,
        )
        body[f"{party_type}_id"] = party_id
        if document.due_date is not None and record_type != "credit_memo":
            body["due_date"] = document.due_date.isoformat()
        if record_type == "credit_memo" and document.applied:
            body["applications"] = applications(document)
        return record_type, body, total

    return write


def _with_freight(document: SourceDocument, mapping: BatchMapping) -> Sequence[SourceLine]:
    """Return the lines that move something, freight as one more of them."""
    lines = [line for line in document.lines if line.amount]
    if document.freight:
        account = document.freight_account or mapping.settings.freight_account or ""
        taxable = document.is_freight_taxed
        freight = document.freight
        lines.append(SourceLine(GlType.FREIGHT, account, freight, "Carriage", taxable=taxable))
    return lines


def _lines(
    document: SourceDocument,
    sources: Sequence[SourceLine],
    tax: UkTax,
    mapping: BatchMapping,
    drafting: Drafting,
) -> list[Body]:
    lines: list[Body] = []
    for position, (line, (code, amount)) in enumerate(zip(sources, tax.lines, strict=True)):
        where = f"lines.{position}"
        account = mapping.account(line.account, drafting, f"{where}.account_id")
        body = stated(
            account_id=account.id if account is not None else None,
            amount=money_text(line.amount),
            description=_TEXT(line.description),
            tax_code_id=code.id if code is not None else None,
        )
        if tax.decision.is_stated:
            body["tax_amount"] = money_text(amount)
        classes = (line.class_code, account.class_code if account is not None else None)
        department = mapping.department(
            classes, drafting, f"{where}.department_id"
        ) or mapping.department_of_location(line.location or document.location)
        if department is not None:
            body["department_id"] = department
        lines.append(body)
    if tax.decision.adjustment:
        lines.append(_rounding(tax, mapping, drafting, len(lines)))
    return lines


def _tax_moves(
    record_type: str, document: SourceDocument, tax: UkTax, mapping: BatchMapping
) -> TaxMoves | None:
    """Return what tax that the books work out moves otherwise than ConnectWise's."""
    names = ("purchase_tax", "creditors") if record_type == "purchase" else ("sales_tax", "debtors")
    vat, control = (mapping.books.policy.defaults.get(name, "") for name in names)
    rounding = mapping.known_account(mapping.settings.rounding_account)
    sign = -1 if record_type == "sales_invoice" else 1
    accounts = [vat] * len(tax.decision.parts)
    return tax.decision.moves(accounts, control, rounding, document.tax, sign)


def _rounding(tax: UkTax, mapping: BatchMapping, drafting: Drafting, position: int) -> Body:
    """Return the line that makes up for tax that the books work out otherwise."""
    return stated(
        account_id=rounding_account(mapping, drafting, position),
        amount=money_text(tax.decision.adjustment),
        description="Tax difference to ConnectWise",
        tax_code_id=mapping.books.policy.defaults.get("non_vat_tax_code"),
    )


def _expense_bill(
    document: SourceDocument, mapping: BatchMapping, drafting: Drafting
) -> Written | None:
    """Write a member's expenses as a purchase invoice; ConnectWise states no tax on them."""
    untaxed = tuple(replace(line, taxable=False) for line in document.lines)
    return _trade("purchase", "vendor")(replace(document, lines=untaxed), mapping, drafting)


def _refuse_receipt(
    document: SourceDocument, mapping: BatchMapping, drafting: Drafting
) -> Written | None:
    del document, mapping
    drafting.problems.error(RECEIPT_UNSUPPORTED)
    return None


def _expense_journal(
    document: SourceDocument, mapping: BatchMapping, drafting: Drafting
) -> Written | None:
    _currency(document, mapping, drafting)
    return journal(document, mapping, drafting, _TEXT)


# --- stock -------------------------------------------------------------------------


def _adjustment(
    document: SourceDocument, mapping: BatchMapping, drafting: Drafting
) -> Written | None:
    """Write a stock adjustment: it moves quantities and, in this edition, no nominals."""
    lines = [
        adjusted(line, f"lines.{position}", mapping, drafting)[0]
        for position, line in enumerate(document.lines)
    ]
    return adjustment(document, mapping, lines)


_WRITERS: Mapping[DocumentKind, Writer] = {
    DocumentKind.INVOICE: _trade("sales_invoice", "customer"),
    DocumentKind.CREDIT_MEMO: _trade("credit_memo", "customer"),
    DocumentKind.BILL: _trade("purchase", "vendor"),
    DocumentKind.ITEM_RECEIPT: _refuse_receipt,
    DocumentKind.EXPENSE_BILL: _expense_bill,
    DocumentKind.EXPENSE_JOURNAL: _expense_journal,
    DocumentKind.ADJUSTMENT: _adjustment,
    DocumentKind.TRANSFER: refuse_transfer,
}
