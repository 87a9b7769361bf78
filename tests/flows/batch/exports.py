"""Exports as ConnectWise gives them, small enough to read: rows are credits, and so on."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from clary.apps.connectwise.shapes import GLExport

Json = dict[str, Any]

ACME: Json = {"id": 11, "identifier": "ACME", "name": "Acme Machine Works"}
WIDGETS: Json = {"id": 21, "identifier": "Widgets", "name": "Widgets Wholesale"}
DOLLARS: Json = {"id": 1, "currencyCode": "USD", "numberOfDecimals": 2}


def parsed(**sections: list[Json]) -> GLExport:
    return GLExport.parse(sections)


def service(row: int, amount: str, **more: object) -> Json:
    """A service row of an invoice of `amount`: a credit, so negative."""
    return {
        "id": row,
        "glTypeId": "R",
        "documentDate": "1/15/2026 5:21:58 AM",
        "accountNumber": "4100",
        "description": "Service",
        "quantity": Decimal(-1),
        "total": -Decimal(amount),
        "taxableFlag": False,
        **more,
    }


def product(row: int, quantity: str, price: str, item: str = "WIDGET", **more: object) -> Json:
    return {
        "id": row,
        "glTypeId": "RP",
        "accountNumber": "4000",
        "productAccountNumber": "4000",
        "costAccountNumber": "5000",
        "inventoryAccountNumber": "1200",
        "description": "Product",
        "glItemId": item,
        "item": {"id": 900, "identifier": item, "serializedFlag": False},
        "itemTypeXref": "Inventory Part",
        "itemDescription": "A widget",
        "itemPrice": Decimal(price),
        "quantity": -Decimal(quantity),
        "total": -Decimal(quantity) * Decimal(price),
        "taxableFlag": True,
        **more,
    }


def cost(row: int, account: str, debit: str) -> Json:
    """A cost row of a product, as a site with cost entries exports it among the others."""
    made = product(row, "1", "0")
    return {**made, "accountNumber": account, "total": Decimal(debit), "itemPrice": None}


def sales_tax(row: int, amount: str, agency: str | None = "STATE", xref: str = "TAX") -> Json:
    return {
        "id": row,
        "glTypeId": "ST",
        "accountNumber": "2310",
        "memo": "Sales Tax",
        "taxNote": "AUTOSTAX",
        "taxCodeXref": xref,
        "taxAgencyXref": agency,
        "quantity": Decimal(0),
        "total": -Decimal(amount),
    }


def invoice(number: str, total: str, *detail: Json, **more: object) -> Json:
    made: Json = {
        "id": int(number),
        "documentNumber": number,
        "documentType": "INVOICE",
        "documentDate": "2026-02-10T00:00:00Z",
        "dueDate": "2026-03-12T00:00:00Z",
        "billingType": "Standard",
        "company": ACME,
        "companyAccountNumber": "ACME",
        "accountNumber": "1100",
        "glEntryIds": str(int(number) * 100),
        "currency": DOLLARS,
        "total": Decimal(total),
        "detail": list(detail),
    }
    return {**made, **more}


def credit(number: str, total: str, *detail: Json, **more: object) -> Json:
    """A credit memo: every sign the other way round."""
    turned = [
        {name: -value if name in ("total", "quantity") else value for name, value in row.items()}
        for row in detail
    ]
    return invoice(number, f"-{total}", *turned, documentType="CREDIT MEMO", **more)


def bill_line(ids: list[int], amount: str, account: str = "6000") -> Json:
    return {
        "id": ids,
        "glTypeId": "EE",
        "memo": "Parking",
        "accountNumber": account,
        "total": Decimal(amount),
    }


def expense_bill(identifier: int, total: str, *detail: Json, **more: object) -> Json:
    made: Json = {
        "id": identifier,
        "documentNumber": f"{identifier}Lee",
        "documentDate": "2026-02-14T00:00:00Z",
        "member": {"id": 5, "identifier": "alee", "name": "Ann Lee"},
        "vendorNumber": "LEE",
        "apAccountNumber": "2000",
        "currency": DOLLARS,
        "total": Decimal(total),
        "detail": list(detail),
    }
    return {**made, **more}


def expense(row: int, amount: str, offset: int, **more: object) -> Json:
    made: Json = {
        "id": row,
        "documentDate": "2026-02-12T00:00:00Z",
        "periodEndDate": "2026-02-14T00:00:00Z",
        "accountNumber": "6000",
        "glTypeId": "EE",
        "description": "Parking",
        "member": {"id": 5, "identifier": "alee", "name": "Ann Lee"},
        "vendorNumber": "LEE",
        "currency": DOLLARS,
        "total": Decimal(amount),
        "offset": {"id": offset, "accountNumber": "2310", "total": -Decimal(amount)},
    }
    return {**made, **more}


def received(row: int, quantity: str, unit_cost: str, **more: object) -> Json:
    return {
        "id": row,
        "glTypeId": "P",
        "accountNumber": "1200",
        "inventoryAccountNumber": "1200",
        "costAccountNumber": "5000",
        "description": "A widget",
        "glItemId": "WIDGET",
        "item": {"id": 900, "identifier": "WIDGET"},
        "itemTypeXref": "Inventory Part",
        "itemCost": Decimal(unit_cost),
        "quantity": -Decimal(quantity),
        "total": -Decimal(quantity) * Decimal(unit_cost),
        **more,
    }


def purchase_freight(row: int, amount: str) -> Json:
    return {"id": row, "glTypeId": "PF", "accountNumber": "6000", "total": -Decimal(amount)}


def purchase_tax(row: int, amount: str) -> Json:
    return {
        "id": row,
        "glTypeId": "PT",
        "accountNumber": "6000",
        "memo": "Purchase Tax",
        "taxCode": {"id": 1, "name": "TAX"},
        "taxAgencyXref": "STATE",
        "total": -Decimal(amount),
    }


def purchase(number: str, total: str, *detail: Json, **more: object) -> Json:
    made: Json = {
        "id": f"{number}-SLIP-purchase",
        "documentNumber": number,
        "documentDate": "2026-02-11T00:00:00Z",
        "company": WIDGETS,
        "vendorNumber": "SUPPLY",
        "apAccountNumber": "2000",
        "currency": DOLLARS,
        "total": Decimal(total),
        "purchaseDetail": list(detail),
        "purchaseDetailTax": [],
    }
    return {**made, **more}


def adjustment(identifier: str, *detail: Json, **more: object) -> Json:
    made: Json = {
        "id": identifier,
        "documentType": "INVENTORY ADJUSTMENT",
        "documentDate": "2026-02-13T00:00:00Z",
        "accountNumber": "5000",
        "adjustmentDescription": "Count",
        "adjustmentDetail": list(detail),
    }
    return {**made, **more}


def adjusted(quantity: int, unit_cost: str, item: str = "WIDGET") -> Json:
    return {
        "item": {"id": 900, "identifier": item},
        "description": "A widget",
        "quantity": quantity,
        "total": quantity * Decimal(unit_cost),
        "cost": Decimal(unit_cost),
        "accountNumber": "5000",
        "inventoryAccountNumber": "1200",
    }


def transfer(identifier: str, offset: int) -> Json:
    return {
        "id": identifier,
        "documentType": "INVENTORY TRANSFER",
        "documentDate": "2026-02-13T00:00:00Z",
        "item": {"id": 900, "identifier": "WIDGET"},
        "quantity": Decimal(2),
        "total": Decimal("9.00"),
        "offset": {"id": offset, "accountNumber": "1200", "total": Decimal("-9.00")},
    }


def customer(account: str, company: Mapping[str, object] = ACME, **more: object) -> Json:
    return {"accountNumber": account, "company": dict(company), **more}
