"""Reads invoices and credit memos of an export.

Signs: the rows of an invoice are credits and so negative, its header is positive; a credit
memo is the other way round.  Sales tax comes as rows (ST) and again in the header: the
rows are taken.  Cost rows are told by their accounts and never become lines.
Source: connectwise.md section 2.4 (samples of two other integrations).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from clary.apps.connectwise.shapes import ExportTransaction, ExportTransactionDetail
from clary.flows.batch import reading_problems as codes
from clary.flows.batch.kinds import DocumentKind, GlType
from clary.flows.batch.parties import Parties
from clary.flows.batch.source import (
    CostRow,
    SourceDocument,
    SourceItem,
    SourceLine,
    SourceParty,
    SourceTax,
)
from clary.flows.batch.values import Values, gl_ids
from clary.kernel.money import money_text

_KINDS = {"INVOICE": DocumentKind.INVOICE, "CREDITMEMO": DocumentKind.CREDIT_MEMO}


@dataclass(slots=True)
class _Rows:
    """The rows of one document, sorted by what they are."""

    lines: list[SourceLine] = field(default_factory=list)
    taxes: list[SourceTax] = field(default_factory=list)
    costs: list[CostRow] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    freight: int = 0
    freight_account: str | None = None
    is_freight_taxed: bool = False

    @property
    def net(self) -> int:
        """Lines and freight, in minor units."""
        return sum([line.amount for line in self.lines]) + self.freight

    @property
    def total(self) -> int:
        """Lines, freight and the rows of tax, in minor units."""
        return self.net + sum([tax.amount for tax in self.taxes])


def transaction_kind(entry: ExportTransaction) -> DocumentKind | None:
    """Return what a transaction is, or none for a word that nobody knows."""
    return _KINDS.get((entry.document_type or "").upper().replace(" ", ""))


def read_transaction(
    entry: ExportTransaction, kind: DocumentKind, values: Values, parties: Parties, location: str
) -> SourceDocument | None:
    """Return an invoice or credit memo; none, with findings, where it cannot be posted.

    Args:
        entry: the document as exported.
        kind: invoice or credit memo.
        values: reads the values and collects what is wrong.
        parties: the customers of the export.
        location: where the document was made, empty where that is not known.
    """
    sign = -1 if kind is DocumentKind.CREDIT_MEMO else 1
    rows = _rows(entry, values, -sign)
    header_sign = _header_sign(entry, kind, rows)
    party = parties.customer(entry, values)
    day = values.day(entry.document_date, "documentDate")
    if day is None and not entry.document_date:
        values.problems.error(codes.DATE_UNREADABLE, "documentDate", value="")
    taxes = tuple(rows.taxes) or _header_taxes(entry, values, party, header_sign)
    total = _total(entry, values, rows, taxes, header_sign)
    ids = _ids(entry, values, rows)
    if not rows.lines and not rows.freight:
        values.problems.error(codes.LINES_MISSING, "detail")
    number = values.text(entry.document_number, "documentNumber")
    if not number:
        values.problems.error(codes.NUMBER_MISSING, "documentNumber")
    if values.problems.failed or day is None or party is None:
        return None
    return SourceDocument(
        id=f"invoice:{entry.id}",
        kind=kind,
        number=number,
        date=day,
        party=party,
        currency=parties.currency(entry.currency),
        total=total,
        lines=tuple(rows.lines),
        gl_ids=ids,
        raw=entry,
        account=values.text(entry.account_number, "accountNumber"),
        due_date=values.day(entry.due_date, "dueDate"),
        taxes=taxes,
        tax_code=entry.tax_code.shown if entry.tax_code else None,
        freight=rows.freight,
        freight_account=rows.freight_account,
        is_freight_taxed=rows.is_freight_taxed,
        cost_rows=tuple(rows.costs),
        billing_type=entry.billing_type or "",
        purchase_order=_purchase_order(entry, values),
        memo=values.text(entry.memo or entry.description, "memo"),
        location=location,
    )


def _purchase_order(entry: ExportTransaction, values: Values) -> str:
    order = entry.purchase_order
    return values.text(order.name or order.identifier, "purchaseOrder") if order else ""


def _rows(entry: ExportTransaction, values: Values, sign: int) -> _Rows:
    """Sort the rows; `sign` makes their amounts natural."""
    rows = _Rows()
    for position, detail in enumerate(entry.detail or ()):
        where = f"detail.{position}"
        if detail.id is None:
            values.problems.error(codes.GL_IDS_MISSING, f"{where}.id", what="a row")
            continue
        rows.ids.append(detail.id)
        gl_type = (detail.gl_type_id or "").strip().upper()
        amount = sign * values.minor(detail.total, f"{where}.total")
        if gl_type in GlType.TAXES:
            rows.taxes.append(_tax(detail, detail.id, amount, values, where))
        elif gl_type == GlType.FREIGHT:
            rows.freight += amount
            rows.freight_account = values.text(detail.account_number, f"{where}.accountNumber")
            rows.is_freight_taxed = bool(detail.taxable_flag)
        elif is_cost(detail):
            account = values.text(detail.account_number, f"{where}.accountNumber")
            rows.costs.append(CostRow(detail.id, account, sign * amount))
        else:
            rows.lines.append(_line(detail, gl_type, amount, sign, values, where))
    return rows


def is_cost(detail: ExportTransactionDetail) -> bool:
    """Tell whether a row is a cost row of a sale: cost of sales, or inventory or wages.

    Such rows stand among the others where the site exports them (includeCogsEntriesFlag),
    of products and of work alike; they carry the three accounts of what was sold and post
    to one that is not its revenue.
    """
    account = detail.account_number
    return (
        bool(account)
        and account in (detail.cost_account_number, detail.inventory_account_number)
        and account != detail.product_account_number
    )


def _tax(
    detail: ExportTransactionDetail, row: int, amount: int, values: Values, where: str
) -> SourceTax:
    return SourceTax(
        code=values.text(detail.tax_code_xref, f"{where}.taxCodeXref") or None,
        agency=values.text(detail.tax_agency_xref, f"{where}.taxAgencyXref") or None,
        amount=amount,
        account=detail.account_number,
        description=values.text(detail.memo or detail.description, f"{where}.memo"),
        ids=(row,),
    )


def _line(
    detail: ExportTransactionDetail,
    gl_type: str,
    amount: int,
    sign: int,
    values: Values,
    where: str,
) -> SourceLine:
    if gl_type not in GlType.KNOWN:
        values.problems.warn(codes.WORD_UNKNOWN, f"{where}.glTypeId", value=gl_type, what="GL type")
    item = _item(detail, values, where)
    quantity = values.quantity(detail.quantity, f"{where}.quantity") if item else None
    text = detail.description or detail.memo or detail.sales_description or detail.item_description
    return SourceLine(
        gl_type=gl_type,
        account=values.text(detail.account_number, f"{where}.accountNumber"),
        amount=amount,
        description=values.text(text, f"{where}.description"),
        quantity=None if quantity is None else quantity * sign,
        unit_price=values.quantity(detail.item_price, f"{where}.itemPrice") if item else None,
        item=item,
        class_code=values.text(detail.gl_class, f"{where}.glClass"),
        tax_code=values.text(detail.tax_code_xref, f"{where}.taxCodeXref") or None,
        taxable=detail.taxable_flag
        if detail.taxable_flag is not None
        else detail.item_taxable_flag,
        location=detail.location_xref,
        serial_numbers=values.text(detail.serial_numbers, f"{where}.serialNumbers"),
        ids=(detail.id,) if detail.id is not None else (),
    )


def _item(detail: ExportTransactionDetail, values: Values, where: str) -> SourceItem | None:
    item = detail.item
    key = values.key(detail.gl_item_id or (item.identifier if item else None), f"{where}.item")
    if not key:
        return None
    return SourceItem(
        key=key,
        catalog_id=item.id if item else None,
        description=values.text(
            detail.item_description or detail.sales_description, f"{where}.itemDescription"
        ),
        type_xref=detail.item_type_xref,
        serialized=bool(detail.serialized_flag or (item and item.serialized_flag)),
        price=detail.item_price,
        cost=detail.item_cost,
        unit=detail.unit_of_measure.name if detail.unit_of_measure else None,
        sales_account=detail.product_account_number or detail.account_number,
        inventory_account=detail.inventory_account_number,
        cost_account=detail.cost_account_number,
    )


def _header_taxes(
    entry: ExportTransaction, values: Values, party: SourceParty | None, sign: int
) -> tuple[SourceTax, ...]:
    """Return the header's tax, for a document without tax rows."""
    levels = [level for level in entry.tax_levels or () if level.tax_amount]
    if levels:
        return tuple(
            SourceTax(
                code=level.tax_code_xref,
                agency=level.agency_xref or (party.agency_of(level.tax_level) if party else None),
                amount=sign * values.minor(level.tax_amount, f"taxLevels.{position}.taxAmount"),
            )
            for position, level in enumerate(levels)
        )
    amount = sign * values.minor(entry.sales_tax, "salesTax")
    return (SourceTax(entry.state_tax_xref, entry.tax_agency_xref, amount),) if amount else ()


def _header_sign(entry: ExportTransaction, kind: DocumentKind, rows: _Rows) -> int:
    """Return what makes the header's amounts natural.

    The header of a credit memo is taken with either sign: no sample of one was seen.
    """
    if kind is not DocumentKind.CREDIT_MEMO:
        return 1
    return 1 if rows.total * (entry.total or 0) > 0 else -1


def _total(
    entry: ExportTransaction,
    values: Values,
    rows: _Rows,
    taxes: tuple[SourceTax, ...],
    sign: int,
) -> int:
    """Return the document's total, noting where header and rows do not agree."""
    tax = sum([each.amount for each in taxes])
    computed = rows.net + tax
    stated = sign * values.minor(entry.total, "total")
    if values.inexact:
        return computed
    if entry.total is not None and stated != computed:
        if tax and not rows.taxes and stated == rows.net:
            values.problems.error(codes.TAX_ROWS_MISSING, "salesTax", tax=money_text(tax))
        else:
            values.problems.error(
                codes.TOTAL_DIFFERS,
                "total",
                stated=money_text(stated),
                computed=money_text(computed),
            )
    elif rows.taxes:
        _compare_tax(entry, values, tax)
    return computed


def _compare_tax(entry: ExportTransaction, values: Values, tax: int) -> None:
    header = values.minor(abs(entry.sales_tax or Decimal(0)), "salesTax")
    if header and header != abs(tax):
        values.problems.warn(
            codes.TAX_HEADER_DIFFERS,
            "salesTax",
            rows=money_text(abs(tax)),
            header=money_text(header),
        )


def _ids(entry: ExportTransaction, values: Values, rows: _Rows) -> tuple[int, ...]:
    """Return every GL id of the document: the header's text and the rows' own."""
    header = gl_ids(entry.gl_entry_ids)
    if not header:
        what = "the document" if not rows.ids else "the receivable row"
        values.problems.error(codes.GL_IDS_MISSING, "glEntryIds", what=what)
        return ()
    return tuple(sorted({*header, *rows.ids}))
