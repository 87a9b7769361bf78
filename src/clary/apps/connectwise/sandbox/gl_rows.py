"""The GL rows of a document: computed from it and the mapping, without the database.

Amounts are debits; a credit is negative.  The rows of a document sum to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clary.apps.connectwise.sandbox.chart import Account, Chart, TaxLevel

LINE_TYPES = {
    "service": ("R", "Revenue - Service"),
    "miscellaneous": ("R", "Revenue - Service"),
    "agreement": ("RA", "Revenue - Agreement"),
    "product": ("RP", "Revenue - Product"),
    "expense": ("RE", "Revenue - Expense"),
    "downpayment": ("RD", "Down Payment"),
}
"""GL type and mapped type of each kind of invoice line."""


@dataclass(frozen=True, slots=True)
class GlRow:
    """One row, not stored yet."""

    role: str
    type: str
    account: str
    amount: int
    group: str = ""
    line_id: int | None = None
    level: int | None = None
    cost_account: str | None = None
    inventory_account: str | None = None
    product_account: str | None = None
    sales_code: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A line of an invoice, as closing sees it; amounts have the invoice's own sign."""

    id: int
    kind: str
    catalog_id: int | None
    quantity: int
    cost: int
    amount: int
    taxable: int
    expense_type: int | None
    description: str


@dataclass(frozen=True, slots=True)
class InvoiceHead:
    """What closing needs of an invoice besides its lines."""

    location_id: int
    department_id: int
    agreement_type: int | None
    tax_code_id: int | None


@dataclass(frozen=True, slots=True)
class Tax:
    """The tax of one level: on how much, and how much."""

    level: TaxLevel
    base: int
    amount: int


def extended(price: int, thousandths: int) -> int:
    """Return price times quantity in minor units, rounded half up away from zero."""
    size = (abs(price) * abs(thousandths) * 2 + 1000) // 2000
    return -size if (price < 0) is not (thousandths < 0) else size


class Unmapped(Exception):
    """The mapping has no account for a row, so that the document gets no rows at all."""


def taxes_of(chart: Chart, tax_code: int | None, taxable: Sequence[int]) -> list[Tax]:
    """Return the tax of each level on the taxable amounts of the lines.

    A site rounds either the tax of the whole document or that of each line.
    """
    base = sum(taxable)
    made = []
    for level in chart.levels(tax_code):
        if chart.tax_per_line:
            amount = sum(level.tax_on(each) for each in taxable)
        else:
            amount = level.tax_on(base)
        made.append(Tax(level, base, amount))
    return made


def invoice_rows(chart: Chart, head: InvoiceHead, lines: Sequence[InvoiceLine]) -> list[GlRow]:
    """Return the rows of an invoice or credit memo.

    Raises:
        Unmapped: an account is missing.
    """
    revenue: list[GlRow] = []
    costs: list[GlRow] = []
    for line in lines:
        revenue.append(_revenue(chart, head, line))
        costs += _costs(revenue[-1], line)
    taxes = taxes_of(chart, head.tax_code_id, [each.amount for each in lines if each.taxable])
    taxed = [_tax(chart, each) for each in taxes if each.amount]
    receivable = _needed(chart, "Accounts Receivable", head.location_id)
    total = -sum(row.amount for row in (*revenue, *taxed))
    header = GlRow("header", "AR", receivable.number, total, receivable.group)
    return [header, *revenue, *costs, *taxed]


def _needed(chart: Chart, mapped_type: str, record: int | None) -> Account:
    account = chart.account(mapped_type, record)
    if account is None:
        message = f"no account is mapped to {mapped_type} {record}"
        raise Unmapped(message)
    return account


def _revenue(chart: Chart, head: InvoiceHead, line: InvoiceLine) -> GlRow:
    code, mapped = LINE_TYPES[line.kind]
    record: int | None = head.department_id
    product = chart.product(line.catalog_id)
    if line.kind == "product":
        record = product.subcategory if product else None
    elif line.kind == "agreement":
        record = head.agreement_type
    elif line.kind == "expense":
        record = line.expense_type
    account = _needed(chart, mapped, record)
    is_product = code == "RP"
    return GlRow(
        role="detail",
        type=code,
        account=account.number,
        amount=-line.amount,
        group=account.group,
        line_id=line.id,
        cost_account=account.cost if is_product else None,
        inventory_account=account.inventory if is_product else None,
        product_account=account.number if is_product else None,
        sales_code=account.sales_code,
        description=line.description,
    )


def _costs(revenue: GlRow, line: InvoiceLine) -> list[GlRow]:
    """Return the cost of what is sold, and what it is taken out of."""
    if not (line.cost and revenue.cost_account and revenue.inventory_account):
        return []
    cost = extended(line.cost, line.quantity)
    return [
        GlRow(
            role="cost",
            type="RP",
            account=account,
            amount=amount,
            line_id=line.id,
            cost_account=revenue.cost_account,
            inventory_account=revenue.inventory_account,
            product_account=revenue.product_account,
            description=line.description,
        )
        for account, amount in (
            (revenue.cost_account, cost),
            (revenue.inventory_account, -cost),
        )
    ]


def _tax(chart: Chart, tax: Tax) -> GlRow:
    account = _needed(chart, "Sales Tax", tax.level.identifier)
    return GlRow(
        role="tax",
        type="ST",
        account=account.number,
        amount=-tax.amount,
        group=account.group,
        level=tax.level.level,
        description="Sales Tax",
    )


# -- purchases ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """A received line of a purchase order; `amount` in minor units."""

    id: int
    catalog_id: int
    amount: int
    description: str


def receipt_rows(
    chart: Chart,
    location_id: int,
    tax_code_id: int | None,
    lines: Sequence[ReceivedLine],
    freight: int,
) -> list[GlRow]:
    """Return the rows of what was received: purchases, taxes, freight, and what is owed.

    Args:
        chart: the mapping.
        location_id: location of the order.
        tax_code_id: tax code of the order, none if it is not taxed.
        lines: what was received.
        freight: freight of the order in minor units, if it comes with this receipt.

    Raises:
        Unmapped: an account is missing.
    """
    made: list[GlRow] = []
    for line in lines:
        made.append(_purchase(chart, line))
        for tax in taxes_of(chart, tax_code_id, [line.amount]):
            account = _needed(chart, "Purchase Tax", tax.level.identifier)
            made.append(
                GlRow(
                    role="tax",
                    type="PT",
                    account=account.number,
                    amount=tax.amount,
                    line_id=line.id,
                    level=tax.level.level,
                    description="Purchase Tax",
                )
            )
    if freight:
        account = _needed(chart, "Purchase Order Freight", 0)
        made.append(GlRow("freight", "PF", account.number, freight, description="Freight"))
    payable = _needed(chart, "Accounts Payable", location_id)
    owed = -sum(row.amount for row in made)
    return [*made, GlRow("implied", "AP", payable.number, owed)]


def _purchase(chart: Chart, line: ReceivedLine) -> GlRow:
    product = chart.product(line.catalog_id)
    sold = chart.account("Revenue - Product", product.subcategory if product else None)
    is_stock = product is not None and product.xref == "InventoryPart"
    if is_stock and sold is not None and sold.inventory:
        number = sold.inventory
    else:
        number = _needed(chart, "Purchase", product.subcategory if product else None).number
    return GlRow(
        role="detail",
        type="AP",
        account=number,
        amount=line.amount,
        line_id=line.id,
        cost_account=sold.cost if sold else None,
        inventory_account=sold.inventory if sold else None,
        description=line.description,
    )


# -- expenses and stock ------------------------------------------------------------------------


def expense_rows(
    chart: Chart, expense_type: int, amount: int, *, external: bool, as_bill: bool, place: int
) -> list[GlRow]:
    """Return the two rows of an expense: what was spent, and what is owed for it.

    Args:
        chart: the mapping.
        expense_type: id of the expense type.
        amount: minor units.
        external: it was spent for a customer.
        as_bill: it is owed through payables; otherwise through the expense offset account.
        place: location.

    Raises:
        Unmapped: an account is missing.
    """
    code, mapped = ("EE", "Expense External") if external else ("EI", "Expense Internal")
    spent = _needed(chart, mapped, expense_type)
    owed = owed_account(chart, place, as_bill=as_bill)
    if owed is None:
        message = "no account is mapped to what is owed for expenses"
        raise Unmapped(message)
    return [
        GlRow("detail", code, spent.number, amount, spent.group),
        GlRow("offset", "AP" if as_bill else "EO", owed.number, -amount, owed.group),
    ]


def owed_account(chart: Chart, place: int, *, as_bill: bool) -> Account | None:
    """Return the account through which the expenses of a location are owed."""
    if as_bill:
        return chart.account("Accounts Payable", place)
    return chart.account("Expense Offset", 0)


def stock_rows(
    chart: Chart, mapped: str, record: int, code: str, changes: Sequence[tuple[int, int]]
) -> list[GlRow]:
    """Return the rows of an adjustment: its own account, and the stock of each item.

    Args:
        chart: the mapping.
        mapped: mapped type of its own account.
        record: mapped record of its own account.
        code: GL type of the rows.
        changes: item and change of the stock's value in minor units.

    Raises:
        Unmapped: an account is missing.
    """
    own = _needed(chart, mapped, record)
    whole = sum(value for _, value in changes)
    made = [GlRow("detail", code, own.number, -whole, own.group)]
    for catalog, value in changes:
        product = chart.product(catalog)
        sold = _needed(chart, "Revenue - Product", product.subcategory if product else None)
        made.append(GlRow("implied", code, sold.inventory or sold.number, value))
    return made
