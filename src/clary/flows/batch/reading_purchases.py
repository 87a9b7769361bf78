"""Reads the purchases of an export: goods received, with or without the vendor's invoice.

The rows are negative like those of a sale, the header positive (a real sample).  A batch
takes the ids of the detail and tax rows; the payable row has none of its own there.
"""

from __future__ import annotations

from collections.abc import Mapping

from clary.apps.connectwise.shapes import (
    ExportPurchase,
    ExportPurchaseDetail,
    ExportPurchaseDetailTax,
)
from clary.flows.batch import reading_problems as codes
from clary.flows.batch.kinds import DocumentKind, GlType
from clary.flows.batch.parties import Parties
from clary.flows.batch.source import SourceDocument, SourceItem, SourceLine, SourceTax
from clary.flows.batch.values import Values
from clary.kernel.money import money_text


def purchase_kind(entry: ExportPurchase) -> DocumentKind:
    """Return what a purchase is: a bill once the vendor's invoice number is there."""
    stated = (entry.vendor_invoice_number or "").strip()
    return DocumentKind.BILL if stated else DocumentKind.ITEM_RECEIPT


def read_purchase(
    entry: ExportPurchase, values: Values, parties: Parties, location: str
) -> SourceDocument | None:
    """Return a bill or item receipt; none, with findings, where it cannot be posted.

    A bill has the vendor's invoice number and date, a receipt neither: its date is the
    day the goods came.
    """
    kind = purchase_kind(entry)
    party = parties.vendor(entry, values)
    lines, freight, freight_account, row_ids = _rows(entry, values)
    xrefs = _xrefs(entry)
    taxes = tuple(
        _tax(row, position, xrefs, values)
        for position, row in enumerate(entry.purchase_detail_tax or ())
    )
    ids = (*row_ids, *(row for tax in taxes for row in tax.ids))
    if not freight:
        freight = values.minor(entry.freight_amount, "freightAmount")
    total = _total(entry, values, lines, freight, sum(tax.amount for tax in taxes))
    if not lines and not freight:
        values.problems.error(codes.LINES_MISSING, "purchaseDetail")
    order = values.text(entry.document_number, "documentNumber")
    vendor_invoice = values.text(entry.vendor_invoice_number, "vendorInvoiceNumber")
    stated = entry.vendor_invoice_date if kind is DocumentKind.BILL else None
    chosen = stated or entry.document_date or entry.purchase_date
    day = values.day(chosen, "vendorInvoiceDate" if stated else "documentDate")
    if not chosen:
        values.problems.error(codes.DATE_UNREADABLE, "documentDate", value="")
    if values.problems.failed or day is None or party is None:
        return None
    return SourceDocument(
        id=f"purchase:{values.text(entry.id, 'id')}",
        kind=kind,
        number=vendor_invoice or order,
        date=day,
        party=party,
        currency=parties.currency(entry.currency),
        total=total,
        lines=lines,
        gl_ids=tuple(sorted(set(ids))),
        raw=entry,
        account=values.text(entry.ap_account_number, "apAccountNumber"),
        taxes=taxes,
        tax_code=entry.tax_code.shown if entry.tax_code else None,
        freight=freight,
        freight_account=freight_account,
        is_freight_taxed=bool(entry.purchase_header_freight_taxable_flag),
        purchase_order=order,
        vendor_invoice=vendor_invoice,
        memo=values.text(entry.memo or entry.description, "memo"),
        location=location,
    )


def _rows(
    entry: ExportPurchase, values: Values
) -> tuple[tuple[SourceLine, ...], int, str | None, list[int]]:
    """Return lines, freight with its account, and the ids of all rows."""
    lines: list[SourceLine] = []
    ids: list[int] = []
    freight = 0
    freight_account: str | None = None
    for position, row in enumerate(entry.purchase_detail or ()):
        where = f"purchaseDetail.{position}"
        if row.id is None:
            values.problems.error(codes.GL_IDS_MISSING, f"{where}.id", what="a row")
            continue
        ids.append(row.id)
        gl_type = (row.gl_type_id or "").strip().upper()
        amount = -values.minor(row.total, f"{where}.total")
        if gl_type == GlType.FREIGHT:
            freight += amount
            freight_account = values.text(row.account_number, f"{where}.accountNumber")
        else:
            lines.append(_line(row, row.id, gl_type, amount, values, where))
    return tuple(lines), freight, freight_account, ids


def _line(
    row: ExportPurchaseDetail, row_id: int, gl_type: str, amount: int, values: Values, where: str
) -> SourceLine:
    if gl_type not in GlType.KNOWN:
        values.problems.warn(codes.WORD_UNKNOWN, f"{where}.glTypeId", value=gl_type, what="GL type")
    quantity = values.quantity(row.quantity, f"{where}.quantity")
    price = row.item_cost if row.item_cost is not None else row.item_price
    return SourceLine(
        gl_type=gl_type,
        account=values.text(row.account_number, f"{where}.accountNumber"),
        amount=amount,
        description=values.text(
            row.description or row.item_description or row.memo, f"{where}.description"
        ),
        quantity=None if quantity is None else -quantity,
        unit_price=values.quantity(price, f"{where}.itemCost"),
        item=_item(row, values, where),
        class_code=values.text(row.gl_class, f"{where}.glClass"),
        tax_code=values.text(row.tax_code_xref, f"{where}.taxCodeXref") or None,
        taxable=row.taxable,
        location=row.location_xref,
        serial_numbers=values.text(row.serial_numbers, f"{where}.serialNumbers"),
        ids=(row_id,),
    )


def _item(row: ExportPurchaseDetail, values: Values, where: str) -> SourceItem | None:
    item = row.item
    key = values.key(row.gl_item_id or (item.identifier if item else None), f"{where}.item")
    if not key:
        return None
    return SourceItem(
        key=key,
        catalog_id=item.id if item else None,
        description=values.text(row.item_description, f"{where}.itemDescription"),
        type_xref=row.item_type_xref,
        serialized=bool(row.serialized_flag or (item and item.serialized_flag)),
        price=row.item_price,
        cost=row.item_cost,
        unit=row.unit_of_measure.name if row.unit_of_measure else None,
        inventory_account=row.inventory_account_number,
        cost_account=row.cost_account_number,
    )


def _xrefs(entry: ExportPurchase) -> Mapping[int | None, str]:
    """Return what the tax code is called in the books, by line number; none is the header.

    The tax rows name the tax code of ConnectWise only; their lines and the header have the
    xref.
    """
    levels = {level.tax_code_xref for level in entry.tax_levels or () if level.tax_code_xref}
    xrefs: dict[int | None, str] = {None: levels.pop()} if len(levels) == 1 else {}
    for row in entry.purchase_detail or ():
        if row.line_number is not None and row.tax_code_xref:
            xrefs[row.line_number] = row.tax_code_xref
    return xrefs


def _tax(
    row: ExportPurchaseDetailTax, position: int, xrefs: Mapping[int | None, str], values: Values
) -> SourceTax:
    named = row.tax_code.shown if row.tax_code else None
    where = f"purchaseDetailTax.{position}"
    if row.id is None:
        values.problems.error(codes.GL_IDS_MISSING, f"{where}.id", what="a tax row")
    return SourceTax(
        code=xrefs.get(row.line_number) or xrefs.get(None) or named,
        agency=values.text(row.tax_agency_xref, f"{where}.taxAgencyXref") or None,
        amount=-values.minor(row.total, f"{where}.total"),
        account=values.text(row.account_number, f"{where}.accountNumber") or None,
        description=values.text(row.memo, f"{where}.memo"),
        ids=() if row.id is None else (row.id,),
    )


def _total(
    entry: ExportPurchase, values: Values, lines: tuple[SourceLine, ...], freight: int, tax: int
) -> int:
    computed = sum(line.amount for line in lines) + freight + tax
    stated = values.minor(entry.total, "total")
    if entry.total is not None and stated != computed and not values.inexact:
        values.problems.error(
            codes.TOTAL_DIFFERS,
            "total",
            stated=money_text(stated),
            computed=money_text(computed),
        )
    return computed
