"""Stored list records, as canonical bodies, made into the views that posting rules take.

Whoever knows a company only through its records (see `companies.contract`) gets the same
views as a company that reads them from its own columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from clary.kernel.change import Body, JsonValue
from clary.kernel.money import to_minor
from clary.ledger.fields import EditionName
from clary.ledger.posting.views import (
    AccountView,
    AgencyView,
    ItemView,
    PartyView,
    TaxCodeView,
)

UNITS = 5
"""Decimals of quantities, unit costs and discount percentages in views."""

RATE = 6
"""Decimals of tax rates in views."""


def account_view(number: int, body: Body) -> AccountView:
    """Return the view of an account; the currency of a bank stands in another record."""
    return AccountView(
        number=number,
        id=str(body["id"]),
        name=text_of(body, "name") or "",
        type=text_of(body, "type") or "",
        kind=text_of(body, "kind"),
        inactive=bool(body.get("inactive")),
    )


def party_view(number: int, party_type: str, body: Body) -> PartyView:
    """Return the view of a customer or vendor."""
    terms_agreed = body.get("terms_agreed")
    limit = body.get("credit_limit")
    return PartyView(
        number=number,
        id=str(body["id"]),
        type=party_type,
        name=text_of(body, "name") or "",
        inactive=bool(body.get("inactive")),
        prospect=bool(body.get("prospect")),
        credit_status=text_of(body, "credit_status"),
        credit_limit=None if limit is None else units_of(limit, 2),
        balance=units_of(body.get("balance"), 2),
        tax_code_id=text_of(body, "tax_code_id"),
        account_id=text_of(body, "account_id"),
        terms=text_of(body, "terms"),
        due_days=_whole(body, "due_days"),
        discount_days=_whole(body, "discount_days"),
        discount_percent=units_of(body.get("discount_percent"), UNITS),
        payment_due_from=text_of(body, "payment_due_from"),
        on_hold=bool(body.get("on_hold")),
        terms_agreed=terms_agreed is None or bool(terms_agreed),
        currency=text_of(body, "currency"),
        department_id=text_of(body, "department_id"),
        last_invoice_date=text_of(body, "last_invoice_date"),
        last_payment_date=text_of(body, "last_payment_date"),
    )


def item_view(number: int, edition: EditionName, body: Body) -> ItemView:
    """Return the view of an item."""
    return ItemView(
        number=number,
        id=str(body["id"]),
        item_class=text_of(body, "class") or "stock",
        description=text_of(body, "description") or "",
        inactive=bool(body.get("inactive")),
        tax_type=_whole(body, "tax_type") or 1,
        tax_code_id=text_of(body, "tax_code_id"),
        sales_account_id=text_of(body, "sales_account_id"),
        inventory_account_id=text_of(body, "inventory_account_id"),
        cost_account_id=text_of(body, "cost_account_id"),
        purchase_account_id=text_of(body, "purchase_account_id"),
        cost_method=text_of(body, "cost_method") or usual_cost_method(edition),
        unit_cost=units_of(body.get("unit_cost"), UNITS),
        quantity=units_of(body.get("quantity_on_hand"), UNITS),
        value=units_of(body.get("stock_value"), 2),
        department_id=text_of(body, "department_id"),
    )


def usual_cost_method(edition: str) -> str:
    """Return how stock of an item that names no method is costed."""
    return "average" if edition == "us" else "fifo"


def tax_code_view(body: Body) -> TaxCodeView:
    """Return the view of a tax code."""
    entries = body.get("agencies")
    return TaxCodeView(
        id=str(body["id"]),
        inactive=bool(body.get("inactive")),
        exempt=bool(body.get("exempt")),
        tax_freight=bool(body.get("tax_freight")),
        agencies=agencies(entries) if isinstance(entries, list) else (),
        rate=units_of(body.get("rate"), RATE),
        reverse_charge=bool(body.get("reverse_charge")),
    )


def agencies(entries: Iterable[Mapping[str, JsonValue]]) -> tuple[AgencyView, ...]:
    """Return the views of a US tax code's agencies."""
    return tuple(
        AgencyView(
            id=str(entry["id"]),
            description=str(entry.get("description") or entry["id"]),
            rate=units_of(entry["rate"], RATE),
            account_id=str(entry["account_id"]),
        )
        for entry in entries
    )


def text_of(body: Body, name: str) -> str | None:
    """Return a value of a body as text, or none."""
    value = body.get(name)
    return None if value is None else str(value)


def _whole(body: Body, name: str) -> int:
    return int(str(body.get(name) or 0))


def units_of(value: JsonValue, places: int) -> int:
    """Return a number of a body in integer units of `places` decimals; none is 0."""
    return 0 if value is None else to_minor(Decimal(str(value)), places)
