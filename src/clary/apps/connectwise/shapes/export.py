"""The export of documents to post, and the one way to read it.

One entry that cannot be read must not cost the other ten thousand: `GLExport.parse`
sets it aside and says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from pydantic import Field, ValidationError

from clary.apps.connectwise.shapes.base import (
    CurrencyReference,
    ItemReference,
    Reference,
    Shape,
)


class ExportTaxLevel(Shape):
    """One tax level of a document header; the agency is named by customer and detail."""

    tax_level: int | None = None
    tax_code_xref: str | None = None
    agency_xref: str | None = None
    tax_amount: Decimal | None = None
    taxable_amount: Decimal | None = None
    tax_rate: Decimal | None = None


class ExportTransactionDetail(Shape):
    """One row of an invoice or credit memo: revenue (R RA RD RE RP), tax (ST) or cost."""

    id: int | None = None
    document_date: str | None = None
    account_number: str | None = None
    gl_class: str | None = None
    gl_type_id: str | None = None
    gl_item_id: str | None = None
    memo: str | None = None
    description: str | None = None
    quantity: Decimal | None = None
    total: Decimal | None = None
    cost: Decimal | None = None
    cost_account_number: str | None = None
    inventory_account_number: str | None = None
    product_account_number: str | None = None
    tax_code: Reference | None = None
    tax_code_xref: str | None = None
    tax_agency_xref: str | None = None
    tax_note: str | None = None
    tax_rate: Decimal | None = None
    taxable_flag: bool | None = None
    item: ItemReference | None = None
    item_taxable_flag: bool | None = None
    item_price: Decimal | None = None
    item_cost: Decimal | None = None
    item_description: str | None = None
    sales_description: str | None = None
    unit_of_measure: Reference | None = None
    serialized_flag: bool | None = None
    serial_numbers: str | None = None
    item_type_xref: str | None = None
    location_xref: str | None = None


class ExportTransaction(Shape):
    """An invoice or credit memo; `gl_entry_ids` are the header's ids, joined by commas."""

    id: int | None = None
    gl_class: str | None = None
    gl_type_id: str | None = None
    document_date: str | None = None
    document_number: str | None = None
    document_type: str | None = None
    memo: str | None = None
    description: str | None = None
    attention: str | None = None
    company: Reference | None = None
    company_account_number: str | None = None
    site: Reference | None = None
    billing_terms: Reference | None = None
    billing_terms_xref: str | None = None
    due_days: int | None = None
    due_date: str | None = None
    account_number: str | None = None
    billing_type: str | None = None
    gl_entry_ids: str | None = None
    purchase_order: Reference | None = None
    project: Reference | None = None
    currency: CurrencyReference | None = None
    total: Decimal | None = None
    sales_rep_id: str | None = None
    tax_code: Reference | None = None
    tax_group_rate: Decimal | None = None
    tax_account_number: str | None = None
    sales_tax: Decimal | None = None
    state_tax: Decimal | None = None
    county_tax: Decimal | None = None
    city_tax: Decimal | None = None
    tax_agency_xref: str | None = None
    state_tax_xref: str | None = None
    county_tax_xref: str | None = None
    ship_to_company: Reference | None = None
    ship_site: Reference | None = None
    detail: list[ExportTransactionDetail] | None = None
    tax_levels: list[ExportTaxLevel] | None = None


class ExportExpenseOffset(Shape):
    """The credit side of a reimbursable expense, where expenses travel as a journal."""

    id: int | None = None
    account_number: str | None = None
    gl_type_id: str | None = None
    memo: str | None = None
    description: str | None = None
    member: Reference | None = None
    total: Decimal | None = None


class ExportExpense(Shape):
    """One expense of a member as a journal row, with its offset."""

    id: int | None = None
    document_date: str | None = None
    document_type: str | None = None
    ap_account_number: str | None = None
    account_number: str | None = None
    gl_type_id: str | None = None
    memo: str | None = None
    description: str | None = None
    period_start_date: str | None = None
    period_end_date: str | None = None
    member: Reference | None = None
    vendor_number: str | None = None
    company: Reference | None = None
    company_account_number: str | None = None
    project: Reference | None = None
    currency: CurrencyReference | None = None
    total: Decimal | None = None
    offset: ExportExpenseOffset | None = None


class ExportExpenseBillDetail(Shape):
    """One line of a member's expense bill; its `id` lists every GL row it stands for."""

    id: list[int] | None = None
    document_date: str | None = None
    gl_type_id: str | None = None
    memo: str | None = None
    company: Reference | None = None
    account_number: str | None = None
    currency: CurrencyReference | None = None
    total: Decimal | None = None
    billable: bool | None = None
    reimbursable: bool | None = None
    company_advance: bool | None = None


class ExportExpenseBill(Shape):
    """The expenses of one member and period as a bill."""

    id: int | None = None
    document_date: str | None = None
    document_type: str | None = None
    document_number: str | None = None
    memo: str | None = None
    gl_class: str | None = None
    ap_account_number: str | None = None
    member: Reference | None = None
    vendor_number: str | None = None
    currency: CurrencyReference | None = None
    total: Decimal | None = None
    detail: list[ExportExpenseBillDetail] | None = None


class ExportPurchaseDetailTax(Shape):
    """One tax row of a purchase."""

    id: int | None = None
    account_number: str | None = None
    gl_type_id: str | None = None
    memo: str | None = None
    line_number: int | None = None
    tax_code: Reference | None = None
    tax_rate: Decimal | None = None
    tax_agency_xref: str | None = None
    tax_note: str | None = None
    quantity: Decimal | None = None
    total: Decimal | None = None


class ExportPurchaseDetail(Shape):
    """One received line of a purchase order, or its freight (PF)."""

    id: int | None = None
    document_date: str | None = None
    gl_class: str | None = None
    gl_type_id: str | None = None
    gl_item_id: str | None = None
    description: str | None = None
    memo: str | None = None
    account_number: str | None = None
    cost_account_number: str | None = None
    inventory_account_number: str | None = None
    item: ItemReference | None = None
    item_description: str | None = None
    item_price: Decimal | None = None
    item_cost: Decimal | None = None
    cost: Decimal | None = None
    quantity: Decimal | None = None
    total: Decimal | None = None
    taxable: bool | None = None
    tax_code_xref: str | None = None
    tax_agency_xref: str | None = None
    tax_note: str | None = None
    unit_of_measure: Reference | None = None
    serialized_flag: bool | None = None
    serial_numbers: str | None = None
    line_number: int | None = None
    item_type_xref: str | None = None
    location_xref: str | None = None


class ExportPurchase(Shape):
    """Goods received on a purchase order; a bill once it has the vendor's invoice number."""

    id: str | None = None
    document_date: str | None = None
    document_number: str | None = None
    description: str | None = None
    memo: str | None = None
    ap_account_number: str | None = None
    purchase_date: str | None = None
    company: Reference | None = None
    freight_amount: Decimal | None = None
    freight_packing_slip: str | None = None
    packing_slip: str | None = None
    dropship_flag: bool | None = None
    currency: CurrencyReference | None = None
    total: Decimal | None = None
    billing_terms: Reference | None = None
    due_days: int | None = None
    vendor_number: str | None = None
    vendor_account_number: str | None = None
    vendor_invoice_date: str | None = None
    vendor_invoice_number: str | None = None
    tax_agency_xref: str | None = None
    tax_code: Reference | None = None
    purchase_header_freight_taxable_flag: bool | None = None
    tax_levels: list[ExportTaxLevel] | None = None
    purchase_detail: list[ExportPurchaseDetail] | None = None
    purchase_detail_tax: list[ExportPurchaseDetailTax] | None = None


class ExportAdjustmentDetail(Shape):
    """One item of an inventory adjustment."""

    description: str | None = None
    memo: str | None = None
    item: ItemReference | None = None
    quantity: Decimal | None = None
    total: Decimal | None = None
    cost: Decimal | None = None
    account_number: str | None = None
    cost_account_number: str | None = None
    inventory_account_number: str | None = None
    product_account_number: str | None = None


class ExportAdjustment(Shape):
    """An inventory adjustment; its `id` is the text that its unposted row carries."""

    id: str | None = None
    document_type: str | None = None
    document_date: str | None = None
    account_number: str | None = None
    memo: str | None = None
    adjustment_description: str | None = None
    adjustment_detail: list[ExportAdjustmentDetail] | None = None


class ExportTransferOffset(Shape):
    """The other side of an inventory transfer."""

    id: int | None = None
    account_number: str | None = None
    total: Decimal | None = None


class ExportTransfer(Shape):
    """One item that moved between warehouses."""

    id: str | None = None
    document_type: str | None = None
    document_date: str | None = None
    account_number: str | None = None
    description: str | None = None
    memo: str | None = None
    transfer_id: int | None = None
    item: ItemReference | None = None
    quantity: Decimal | None = None
    cost: Decimal | None = None
    total: Decimal | None = None
    currency: CurrencyReference | None = None
    offset: ExportTransferOffset | None = None


class ExportCustomer(Shape):
    """A customer of the exported documents, with its tax levels."""

    company: Reference | None = None
    contact: Reference | None = None
    site: Reference | None = None
    account_number: str | None = None
    billing_terms: Reference | None = None
    billing_terms_xref: str | None = None
    due_days: int | None = None
    taxable: bool | None = None
    tax_code: Reference | None = None
    currency: CurrencyReference | None = None
    tax_agency_xref: str | None = None
    tax_levels: list[ExportTaxLevel] | None = None


class ExportVendor(Shape):
    """A vendor of the exported documents: a company, or a member for expenses."""

    member: Reference | None = None
    vendor: Reference | None = None
    company: Reference | None = None
    contact: Reference | None = None
    site: Reference | None = None
    vendor_number: str | None = None
    account_number: str | None = None
    billing_terms: Reference | None = None
    due_days: int | None = None
    tax_code: Reference | None = None


@dataclass(frozen=True, slots=True)
class Malformed:
    """An entry of the export that could not be read.

    Attributes:
        section: name of the export's list it stands in (`transactions`).
        label: the best name the entry gives of itself.
        fields: dotted paths of the values that could not be read, with what is wrong.
        id: its id as text, empty where that cannot be read either.
    """

    section: str
    label: str
    fields: tuple[tuple[str, str], ...]
    id: str = ""


class GLExport(Shape):
    """The whole answer of an export: documents, and the parties they name.

    `malformed` holds the entries that `parse` had to leave out.
    """

    vendors: list[ExportVendor] | None = None
    customers: list[ExportCustomer] | None = None
    transactions: list[ExportTransaction] | None = None
    expenses: list[ExportExpense] | None = None
    expense_bills: list[ExportExpenseBill] | None = None
    purchase_transactions: list[ExportPurchase] | None = None
    adjustment_transactions: list[ExportAdjustment] | None = None
    inventory_transfers: list[ExportTransfer] | None = None
    malformed: tuple[Malformed, ...] = Field(default=(), exclude=True)

    @classmethod
    def parse(cls, answer: Mapping[str, Any]) -> Self:
        """Return an export of decoded JSON; an entry that is not readable is set aside.

        Args:
            answer: the decoded answer, its numbers read as Decimal.

        Raises:
            ValidationError: the answer is no export at all (a list is no list).
        """
        try:
            return cls.model_validate(answer)
        except ValidationError:
            return cls._salvaged(answer)

    @classmethod
    def _salvaged(cls, answer: Mapping[str, Any]) -> Self:
        """Return what can be read of an answer in which some entries cannot be."""
        kept: dict[str, object] = {}
        malformed: list[Malformed] = []
        for section, shape in _SECTIONS.items():
            entries = answer.get(section)
            if not isinstance(entries, list):
                kept[section] = entries
                continue
            readable: list[Shape] = []
            for entry in entries:
                try:
                    readable.append(shape.model_validate(entry))
                except ValidationError as error:
                    malformed.append(_malformed(section, entry, error))
            kept[section] = readable
        export = cls.model_validate(kept)
        export.malformed = tuple(malformed)
        return export


class _Row(Shape):
    id: int | None = None


class _Rows(Shape):
    id: list[int] | None = None


class RowsOfTransaction(Shape):
    """The GL rows of an `ExportTransaction`."""

    id: int | None = None
    gl_entry_ids: str | None = None
    detail: list[_Row] | None = None


class RowsOfExpense(Shape):
    """The GL rows of an `ExportExpense`."""

    id: int | None = None
    offset: _Row | None = None


class RowsOfBill(Shape):
    """The GL rows of an `ExportExpenseBill`."""

    id: int | None = None
    detail: list[_Rows] | None = None


class RowsOfPurchase(Shape):
    """The GL rows of an `ExportPurchase`."""

    id: str | None = None
    purchase_detail: list[_Row] | None = None
    purchase_detail_tax: list[_Row] | None = None


class GLRows(Shape):
    """The answer of an export, with nothing but which GL rows its documents stand for."""

    transactions: list[RowsOfTransaction] | None = None
    expenses: list[RowsOfExpense] | None = None
    expense_bills: list[RowsOfBill] | None = None
    purchase_transactions: list[RowsOfPurchase] | None = None


_SECTIONS: Mapping[str, type[Shape]] = {
    "vendors": ExportVendor,
    "customers": ExportCustomer,
    "transactions": ExportTransaction,
    "expenses": ExportExpense,
    "expenseBills": ExportExpenseBill,
    "purchaseTransactions": ExportPurchase,
    "adjustmentTransactions": ExportAdjustment,
    "inventoryTransfers": ExportTransfer,
}
_LABELS: Mapping[str, str] = {"customers": "accountNumber", "vendors": "vendorNumber"}
"""What an entry is called by, where that is not its document number."""


_REASONS = {
    "decimal": "it is no number",
    "finite": "it is no number",
    "int": "it is no whole number",
    "bool": "it is neither true nor false",
    "string": "it is no text",
    "list": "it is no list",
    "model": "it is no record",
}
"""What is wrong with a value, by the start of the validator's word for it."""


def _reason(kind: str, message: str) -> str:
    return _REASONS.get(kind.partition("_")[0], message)


def _malformed(section: str, entry: object, error: ValidationError) -> Malformed:
    named: Mapping[str, object] = entry if isinstance(entry, Mapping) else {}
    names = (_LABELS.get(section, "documentNumber"), "id")
    label = next((str(named[name]) for name in names if named.get(name)), "?")
    wrong = tuple(
        (".".join(map(str, each["loc"])), _reason(each["type"], each["msg"]))
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    )
    identifier = named.get("id")
    known = str(identifier)[:80] if isinstance(identifier, int | str) else ""
    return Malformed(section, label[:80], wrong[:20], known)
