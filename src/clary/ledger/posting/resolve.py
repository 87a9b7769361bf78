"""Resolves what documents refer to, the same way for every document and edition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from clary.kernel.money import decimal_text, money_text, rounded_ratio, to_minor
from clary.ledger.posting import problems as codes
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.views import PRICE_UNITS, AccountView, ItemView, Lookups, PartyView
from clary.ledger.types.documents import PricedLine

CONTROL_TYPES = ("accounts_receivable", "accounts_payable", "inventory")
"""US account types that only their own documents post to (inferred: the sandbox's rule)."""

DEFAULT_MENUS = {
    "accounts_receivable": "Maintain > Default Information > Customers",
    "accounts_payable": "Maintain > Default Information > Vendors",
    "freight": "Maintain > Default Information > Customers",
    "sales_discount": "Maintain > Default Information > Customers",
    "purchase_discount": "Maintain > Default Information > Vendors",
}


def account(books: Lookups, problems: Problems, account_id: str, where: str) -> AccountView | None:
    """Return an active account, or note why it cannot be used."""
    found = books.account(account_id)
    if found is None:
        problems.error(codes.UNKNOWN_REFERENCE, where, type="account", value=account_id)
    elif found.inactive:
        problems.error(codes.ACCOUNT_INACTIVE, where, value=found.id)
    else:
        return found
    return None


def is_control(view: AccountView) -> bool:
    """Tell whether an account is moved by its own documents only."""
    return view.kind == "control" or view.type in CONTROL_TYPES


def plain_account(
    books: Lookups, problems: Problems, account_id: str, where: str
) -> AccountView | None:
    """Return an active account that lines may post to, or note why not."""
    found = account(books, problems, account_id, where)
    if found is not None and is_control(found):
        problems.error(codes.CONTROL_ACCOUNT, where, value=found.id)
        return None
    return found


def default_account(
    books: Lookups, problems: Problems, stated: str | None, name: str, where: str, label: str
) -> AccountView | None:
    """Return the stated account or the company's default `name`, or note that both lack."""
    chosen = stated or books.policy.defaults.get(name)
    if chosen is None:
        menu = DEFAULT_MENUS.get(name, "the company's default accounts")
        problems.error(codes.REFERENCE_REQUIRED, where, label=label, menu=menu)
        return None
    return account(books, problems, chosen, where)


def customer(books: Lookups, problems: Problems, customer_id: str) -> PartyView | None:
    """Return the customer, or note that there is none."""
    found = books.customer(customer_id)
    if found is None:
        problems.error(codes.UNKNOWN_REFERENCE, "customer_id", type="customer", value=customer_id)
    return found


def vendor(books: Lookups, problems: Problems, vendor_id: str) -> PartyView | None:
    """Return the vendor, or note that there is none."""
    found = books.vendor(vendor_id)
    if found is None:
        problems.error(codes.UNKNOWN_REFERENCE, "vendor_id", type="vendor", value=vendor_id)
    return found


def item(books: Lookups, problems: Problems, item_id: str | None, where: str) -> ItemView | None:
    """Return the item of a line, none for a line without one, or note that it is unknown."""
    if item_id is None:
        return None
    found = books.item(item_id)
    if found is None:
        problems.error(codes.UNKNOWN_REFERENCE, where, type="item", value=item_id)
    return found


def open_day(books: Lookups, problems: Problems, day: date) -> None:
    """Note why nothing can be posted on `day`, if so."""
    closed = books.closed_reason(day)
    if closed is not None:
        reason, remedy = closed
        problems.error(
            codes.PERIOD_CLOSED, "date", day=day.isoformat(), reason=reason, remedy=remedy
        )


def units(value: Decimal | None) -> int | None:
    """Return a quantity, price or cost in units of five decimals."""
    return None if value is None else to_minor(value, 5)


def line_amount(
    problems: Problems,
    where: str,
    amount: Decimal | None,
    quantity: Decimal | None,
    unit_price: Decimal | None,
    discount_percent: Decimal | None = None,
) -> int:
    """Return a line's amount in minor units: stated, or quantity times unit price.

    A stated amount may differ from quantity times unit price, less the line's discount,
    by one minor unit, since programs round either way.
    """
    computed = None
    if quantity is not None and unit_price is not None:
        computed = rounded_ratio(
            to_minor(quantity, 5) * to_minor(unit_price, 5), 1, PRICE_UNITS * PRICE_UNITS // 100
        )
        if discount_percent:
            whole = 100 * PRICE_UNITS
            computed = rounded_ratio(computed, whole - to_minor(discount_percent, 5), whole)
    if amount is None:
        if computed is None:
            problems.error(codes.AMOUNT_REQUIRED, where)
        return computed or 0
    stated = to_minor(amount)
    if computed is not None and abs(computed - stated) > 1:
        problems.error(
            codes.AMOUNT_DIFFERS,
            f"{where}.amount",
            stated=money_text(stated),
            computed=money_text(computed),
        )
    return stated


def stock_quantity(
    problems: Problems, where: str, view: ItemView | None, quantity: Decimal | None
) -> int | None:
    """Return a line's quantity in units, noting where it lacks or is negative."""
    if quantity is None:
        if view is not None and view.is_stock:
            problems.error(codes.QUANTITY_REQUIRED, f"{where}.quantity", value=view.id)
        return None
    if quantity < 0:
        problems.error(codes.QUANTITY_NEGATIVE, f"{where}.quantity")
    return to_minor(quantity, 5)


def priced_line(
    books: Lookups, problems: Problems, line: PricedLine, where: str
) -> tuple[ItemView | None, int, int | None]:
    """Return the item of a US line, its amount and its quantity; note a job that is unknown."""
    found = item(books, problems, line.item_id, f"{where}.item_id")
    amount = line_amount(problems, where, line.amount, line.quantity, line.unit_price)
    quantity = stock_quantity(problems, where, found, line.quantity)
    reference(books, problems, "job", line.job_id, f"{where}.job_id")
    return found, amount, quantity


def note_number(
    books: Lookups,
    problems: Problems,
    record_type: str,
    party: PartyView | None,
    number: str | None,
) -> None:
    """Warn of a number that the party has already; it need not be unique (UK-INV-REF)."""
    if party is not None and number is not None and books.has_document(record_type, party, number):
        problems.warn(codes.NUMBER_DUPLICATE, "number", party=party.id, value=number)


def orders(
    books: Lookups,
    problems: Problems,
    party: PartyView,
    order_type: str,
    lines: Sequence[PricedLine],
    field: str,
) -> None:
    """Warn of lines that name an order which the party does not have."""
    for position, line in enumerate(lines):
        number = getattr(line, field)
        if number is not None and not books.has_document(order_type, party, number):
            problems.warn(
                codes.ORDER_UNKNOWN,
                f"lines.{position}.{field}",
                party=party.id,
                type=order_type.replace("_", " "),
                value=number,
            )


def reference(
    books: Lookups, problems: Problems, record_type: str, value: str | None, where: str
) -> None:
    """Note it where a stated reference is unknown."""
    if value is not None and not books.known(record_type, value):
        problems.error(codes.UNKNOWN_REFERENCE, where, type=record_type, value=value)


def check_total(problems: Problems, stated: Decimal | None, computed: int, where: str) -> None:
    """Note it where the stated total is not the computed one."""
    if stated is not None and to_minor(stated) != computed:
        problems.error(
            codes.TOTAL_DIFFERS,
            where,
            stated=money_text(to_minor(stated)),
            computed=money_text(computed),
        )


def shown_quantity(quantity: int) -> str:
    """Return a quantity in units of five decimals as text."""
    return decimal_text(quantity, 5)
