"""One document of ConnectWise as it is to be posted: checked, natural in sign, exact.

A `SourceDocument` is what `reading` makes of an export and what mapping, documents,
verification and the register work with; nothing after it has to know of ConnectWise's
signs, of its four kinds of ids or of its two date formats.  Amounts are integer minor
units, positive as a person reads the document (a credit memo of 10.00 has 1000).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Date  # noqa: N812 - the field is called date
from decimal import Decimal
from typing import TypeAlias

from clary.apps.connectwise.shapes import (
    ExportAdjustment,
    ExportExpense,
    ExportExpenseBill,
    ExportPurchase,
    ExportTransaction,
    ExportTransfer,
)
from clary.flows.batch.kinds import DocumentKind

Raw: TypeAlias = (
    ExportTransaction
    | ExportExpenseBill
    | ExportPurchase
    | ExportAdjustment
    | tuple[ExportExpense, ...]
    | tuple[ExportTransfer, ...]
)


@dataclass(frozen=True, slots=True)
class SourceParty:
    """The customer, vendor or member of a document, with what the export says of it.

    Attributes:
        key: account number of a customer, vendor xref, or vendor number of a member.
        name: its name in ConnectWise.
        company_id: id of the company; none for a member.
        member_id: id of the member; none for a company.
        site_id: the site that bills go to.
        contact_id: the contact that bills go to.
        terms: name of its billing terms.
        due_days: days of its billing terms.
        tax_code: name of its tax code.
        tax_xrefs: what the levels of its tax code are called in the books.
        tax_agencies: level and agency xref of each level of its tax code.
        currency: ISO code of its currency, where it has one.
    """

    key: str
    name: str = ""
    company_id: int | None = None
    member_id: int | None = None
    site_id: int | None = None
    contact_id: int | None = None
    terms: str | None = None
    due_days: int | None = None
    tax_code: str | None = None
    tax_xrefs: tuple[str, ...] = ()
    tax_agencies: tuple[tuple[int, str], ...] = ()
    currency: str | None = None

    def agency_of(self, level: int | None) -> str | None:
        """Return the agency xref of a level of the tax code, or none."""
        return dict(self.tax_agencies).get(level or 0)


@dataclass(frozen=True, slots=True)
class SourceItem:
    """The product of a line, with what the export says of it.

    Attributes:
        key: the product's ID.
        catalog_id: id in the catalog.
        type_xref: what its product type is in the books (`Inventory Part`), as it came.
        accounts: account texts of sales, inventory and cost of sales, where stated.
    """

    key: str
    catalog_id: int | None = None
    description: str = ""
    type_xref: str | None = None
    serialized: bool = False
    price: Decimal | None = None
    cost: Decimal | None = None
    unit: str | None = None
    sales_account: str | None = None
    inventory_account: str | None = None
    cost_account: str | None = None


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line: what is charged, or one item that is adjusted or moved.

    Attributes:
        gl_type: GL type code, as it came (`R`, `RP`, `P` ...).
        account: account text, as it was frozen when the document was closed.
        amount: minor units; for an adjustment the value of the goods, out is negative.
        quantity: of an item, else none; for an adjustment out is negative.
        unit_price: price (sales) or cost (purchases) of one, where stated.
        item: the product, where the line has one.
        class_code: GL class, where stated.
        tax_code: tax xref of the line, where stated.
        taxable: whether ConnectWise taxes the line; none where it does not say.
        location: location xref, where stated.
        offset_account: account of the other side of a journal row.
        ids: GL ids of the rows that the line stands for.
    """

    gl_type: str
    account: str
    amount: int
    description: str = ""
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    item: SourceItem | None = None
    class_code: str = ""
    tax_code: str | None = None
    taxable: bool | None = None
    location: str | None = None
    offset_account: str | None = None
    serial_numbers: str = ""
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceTax:
    """The tax of one agency or tax code, as ConnectWise states it.

    Attributes:
        code: xref of the tax code or level.
        agency: xref of the agency.
        account: account text, where the row has one (purchases).
        amount: minor units.
    """

    code: str | None
    agency: str | None
    amount: int
    account: str | None = None
    description: str = ""
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CostRow:
    """A cost row of the export: never posted, since Sage makes its own; kept to verify.

    Attributes:
        id: its GL id.
        account: account text.
        amount: minor units, a debit positive.
    """

    id: int
    account: str
    amount: int


@dataclass(frozen=True, slots=True)
class Applied:
    """What a credit memo pays of one invoice, as ConnectWise says."""

    invoice_number: str
    amount: int


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """One document of the export.

    Attributes:
        id: stable id, the same in every export (`invoice:39005`).
        number: number of the document (for a receipt the number of its purchase order).
        date: its civil date.
        party: customer, vendor or member; none for adjustments and transfers.
        currency: ISO code, empty where the export does not say.
        total: minor units, tax and freight included.
        account: text of the receivable or payable account, or of an adjustment's source.
        taxes: sales tax by agency; the rows' and never the header's beside them.
        freight: minor units, not part of `lines`.
        freight_account: account text of the freight.
        is_freight_taxed: ConnectWise taxes the freight.
        cost_rows: cost rows that stood in the export as rows of their own.
        gl_ids: every GL id that a batch must hold for this document, sorted.
        billing_type: standard, agreement, miscellaneous or down payment, as it came.
        purchase_order: number of the purchase order (customer's or ours).
        vendor_invoice: the vendor's invoice number; empty for an item receipt.
        tax_code: name of the document's tax code.
        applied: invoices that a credit memo pays.
        raw: the shape or shapes it was read from.
    """

    id: str
    kind: DocumentKind
    number: str
    date: Date
    party: SourceParty | None
    currency: str
    total: int
    lines: tuple[SourceLine, ...]
    gl_ids: tuple[int, ...]
    raw: Raw
    account: str = ""
    due_date: Date | None = None
    taxes: tuple[SourceTax, ...] = ()
    tax_code: str | None = None
    freight: int = 0
    freight_account: str | None = None
    is_freight_taxed: bool = False
    cost_rows: tuple[CostRow, ...] = ()
    billing_type: str = ""
    purchase_order: str = ""
    vendor_invoice: str = ""
    memo: str = ""
    location: str = ""
    applied: tuple[Applied, ...] = ()

    @property
    def record(self) -> str:
        """The document in words, for findings and reports."""
        return f"{self.kind.value} {self.number or self.id}"

    @property
    def tax(self) -> int:
        """All tax, in minor units."""
        return sum(each.amount for each in self.taxes)
