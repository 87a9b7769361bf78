"""What accounting asks of a body beyond its declaration, as data.

Some fields are required by a rule although the declaration lets them be absent, because a
company without defaults has nothing else to take (`NEEDED`).  Others have few values that
make sense, or ones that hang together: an amount is quantity times price (`FIXED`).  What
must be added up stands in `arithmetic`.
"""

from __future__ import annotations

from typing import Final

from clary.companies.conformance.references import Purpose
from clary.kernel.change import JsonValue
from clary.ledger.fields import EditionName

NEEDED: Final = frozenset(
    {
        "us.customer.account_id",
        "us.vendor.account_id",
        "us.receivable_account_id",
        "us.payable_account_id",
        "us.receipt.lines",
        "us.payment.lines",
        "uk.receipt.amount",
        "uk.payment.amount",
        "uk.lines.tax_code_id",
        "sales_invoice.lines",
        "credit_memo.lines",
        "purchase.lines",
        "vendor_credit.lines",
        "quote.lines",
        "sales_order.lines",
        "purchase_order.lines",
        "journal_entry.lines",
        "bank_payment.lines",
        "bank_receipt.lines",
        "inventory_adjustment.lines",
        "lines.account_id",
        "lines.amount",
    }
)
"""Fields that even the smallest body states: a company that has no default accounts would
refuse it otherwise.  Named as in `FIXED`; `lines.` are the lines of any document."""

ORDERS: Final = frozenset({"quote", "sales_order", "purchase_order"})
"""Types that post nothing, so that their smallest body names no control account."""

FIXED: Final[dict[str, JsonValue]] = {
    "country": "GB",
    "state": "GA",
    "quantity": "2",
    "unit_price": "12.5",
    "lines.discount_percent": "10",
    "lines.amount": "25.00",
    "lines.unit_cost": "3.5",
    "lines.tax_type": 1,
    "components.quantity": "2",
    "freight_amount": "5.00",
    "exchange_rate": "1",
    "form": "ledger",
    "party_type": "customer",
    "us.item.class": "assembly",
    "uk.item.class": "stock",
    "account.kind": "normal",
    "us.account.type": "expenses",
    "uk.account.type": "overheads",
    "item.cost_method": "fifo",
    "bank_transfer.total": "25.00",
    "due_days": 30,
    "discount_days": 10,
    "administrator": False,
    "tax_code.exempt": False,
}
"""Values that rules ask for, by the most telling of a field's names (see `names_of`)."""

MINIMAL: Final[dict[str, JsonValue]] = {
    "us.item.class": "service",
    "us.account.type": "expenses",
}
"""Values that differ in the smallest body."""

ACCOUNT_PURPOSES: Final[dict[str, Purpose]] = {
    "customer.account_id": Purpose.INCOME,
    "item.sales_account_id": Purpose.INCOME,
    "item.inventory_account_id": Purpose.INVENTORY,
    "item.cost_account_id": Purpose.COST,
    "item.purchase_account_id": Purpose.COST,
    "cash_account_id": Purpose.CASH,
    "default_cash_account_id": Purpose.CASH,
    "receivable_account_id": Purpose.RECEIVABLE,
    "payable_account_id": Purpose.PAYABLE,
    "freight_account_id": Purpose.INCOME,
    "discount_account_id": Purpose.INCOME,
    "agencies.account_id": Purpose.TAX,
    "taxes.account_id": Purpose.TAX,
    "quote.lines.account_id": Purpose.INCOME,
    "sales_order.lines.account_id": Purpose.INCOME,
    "sales_invoice.lines.account_id": Purpose.INCOME,
    "credit_memo.lines.account_id": Purpose.INCOME,
    "receipt.lines.account_id": Purpose.INCOME,
    "bank_receipt.lines.account_id": Purpose.INCOME,
    "inventory_adjustment.lines.account_id": Purpose.COST,
}
"""What the account of a field is for; any other account is an expense."""

ITEM_PURPOSES: Final[dict[str, Purpose]] = {
    "inventory_adjustment.lines.item_id": Purpose.STOCK,
    "components.item_id": Purpose.STOCK,
}
"""What the item of a field is for; any other is one whose stock is not kept."""

BANK_PURPOSES: Final[dict[str, Purpose]] = {"to_bank_id": Purpose.SECOND}
"""What the bank of a field is for; any other is the usual one."""

SINGLE: Final = frozenset({"components", "agencies", "taxes", "applications"})
"""Groups of which a full body has one entry; of any other it has two."""


def names_of(edition: EditionName, path: str) -> tuple[str, ...]:
    """Return the names under which a field is looked up in these tables, most telling first.

    `sales_invoice.lines.amount` of the edition us is `us.sales_invoice.lines.amount`, the
    same without edition, `us.lines.amount`, `lines.amount`, `us.amount`, `amount`.
    """
    steps = path.split(".")
    tails = [".".join(steps[start:]) for start in range(len(steps))]
    return tuple(name for tail in tails for name in (f"{edition}.{tail}", tail))
