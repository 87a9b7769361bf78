"""Purchases, adjustments and transfers as an export gives them.

The header of a purchase is positive and its lines are negative, as the vendor's samples
have it.  Quantities of adjustments are the changes of stock: positive where stock came in.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from clary.apps.connectwise.sandbox.chart import Chart, TaxLevel
from clary.apps.connectwise.sandbox.export_parts import (
    PERCENT,
    SHARE,
    XREF_SHOWN,
    item,
    rate,
    reference,
)
from clary.apps.connectwise.sandbox.export_parts import rows as rows_of
from clary.apps.connectwise.sandbox.export_request import Setup, Wanted
from clary.apps.connectwise.sandbox.export_text import iso, united_states
from clary.apps.connectwise.sandbox.listing import Body
from clary.apps.connectwise.sandbox.wire import Json, Number, Raw, money, quantity

_RECEIPTS = (
    "SELECT q.id, q.packing_slip, q.date, o.id AS order_id, o.number, o.vendor_id, "
    "c.identifier AS vendor, c.name AS vendor_name, c.vendorIdentifier AS vendor_number, "
    "c.accountNumber AS vendor_account, json_extract(c.body, '$.types[0].id') AS type_id, "
    "json_extract(c.body, '$.types[0].name') AS type_name, o.date AS ordered, o.notes, "
    "o.freight_slip, o.terms_id, t.name AS terms, t.termsXref AS terms_xref, "
    "t.dueDays AS due_days, o.vendor_invoice_number, o.vendor_invoice_date, o.tax_code_id, "
    "x.identifier AS tax_code, o.tax_po, o.tax_freight, o.currency_id, o.warehouse_id, "
    "w.name AS warehouse, w.locationXref AS location_xref "
    "FROM receipt q JOIN purchase_order o ON o.id = q.order_id "
    "JOIN company c ON c.id = o.vendor_id LEFT JOIN billing_term t ON t.id = o.terms_id "
    "LEFT JOIN tax_code x ON x.id = o.tax_code_id LEFT JOIN warehouse w ON w.id = o.warehouse_id "
    "WHERE coalesce(c.vendorIdentifier, '') <> '' AND {scope} ORDER BY q.id"
)
_LINES = (
    "SELECT g.id, g.role, g.type, g.account, g.class, g.amount, g.level, g.cost_account, "
    "g.inventory_account, n.number AS line, n.received, n.unit_cost, n.description, n.serials, "
    "k.id AS item_id, k.identifier AS item, json_extract(k.body, '$.description') AS item_text, "
    "json_extract(k.body, '$.customerDescription') AS sales_text, "
    "CAST(json_extract(k.body, '$.price') AS TEXT) AS price, "
    "json_extract(k.body, '$.serializedFlag') AS serialised, "
    "json_extract(k.body, '$.unitOfMeasure.id') AS unit_id, "
    "json_extract(k.body, '$.unitOfMeasure.name') AS unit, "
    "json_extract(k.body, '$.subcategory.id') AS sub_id, "
    "json_extract(k.body, '$.subcategory.name') AS sub_name, y.typeXref AS xref "
    "FROM gl g LEFT JOIN purchase_line n ON n.id = g.line_id "
    "LEFT JOIN catalog k ON k.id = n.catalog_id "
    "LEFT JOIN product_type y ON y.id = json_extract(k.body, '$.type.id') "
    "WHERE g.document = 'P' AND g.document_id = ? AND {rows} ORDER BY g.id"
)
_ADJUSTMENTS = (
    "SELECT j.id, j.identifier, j.reason, j.closed_on, t.identifier AS type "
    "FROM adjustment j LEFT JOIN adjustment_type t ON t.id = j.type_id "
    "WHERE j.closed = 1 AND {scope} ORDER BY j.id"
)
_CHANGES = (
    "SELECT d.quantity, d.unit_cost, k.id AS item_id, k.identifier AS item, "
    "json_extract(k.body, '$.description') AS item_text, "
    "json_extract(k.body, '$.serializedFlag') AS serialised, "
    "json_extract(k.body, '$.subcategory.id') AS sub_id "
    "FROM adjustment_detail d JOIN catalog k ON k.id = d.catalog_id "
    "WHERE d.adjustment_id = ? ORDER BY d.id"
)
_TRANSFERS = (
    "SELECT v.id, v.date, v.quantity, v.unit_cost, v.from_id, v.to_id, a.name AS from_name, "
    "b.name AS to_name, a.locationXref AS from_xref, b.locationXref AS to_xref, k.id AS item_id, "
    "k.identifier AS item, json_extract(k.body, '$.description') AS item_text, "
    "CAST(json_extract(k.body, '$.price') AS TEXT) AS price, "
    "json_extract(k.body, '$.subcategory.id') AS sub_id, "
    "json_extract(k.body, '$.subcategory.name') AS sub_name "
    "FROM transfer v JOIN catalog k ON k.id = v.catalog_id "
    "LEFT JOIN warehouse a ON a.id = v.from_id LEFT JOIN warehouse b ON b.id = v.to_id "
    "WHERE {scope} ORDER BY v.id"
)


@dataclass(slots=True)
class ProductExport:
    """Builds what was bought and moved; `vendors` are the companies met."""

    connection: sqlite3.Connection
    wanted: Wanted
    setup: Setup
    chart: Chart
    currencies: dict[int, Raw]
    vendors: set[int] = field(default_factory=set)

    # -- purchases -----------------------------------------------------------------------------

    def purchases(self) -> Iterator[Body]:
        """Yield what was received of purchase orders."""
        key = "o.id || '-' || q.packing_slip || '-purchase'"
        for head in self._found(_RECEIPTS, "P", "q", "q.date", "o.location_id", key):
            self.vendors.add(head["vendor_id"])
            yield self._purchase(head)

    def _purchase(self, head: dict[str, Any]) -> Body:
        rows = self._rows(_LINES.format(rows=self.wanted.rows.sql), head["id"])
        levels = {level.level: level for level in self.chart.levels(head["tax_code_id"])}
        payable = next((row["account"] for row in rows if row["role"] == "implied"), None)
        shown = [row for row in rows if row["role"] != "implied"]
        freight = sum(row["amount"] for row in rows if row["role"] == "freight")
        first, second = levels.get(1), levels.get(2)
        vendor: Json = {
            "id": head["vendor_id"],
            "identifier": head["vendor"],
            "name": head["vendor_name"],
        }
        return {
            "id": f"{head['order_id']}-{head['packing_slip']}-purchase",
            "documentDate": iso(head["date"]),
            "documentNumber": head["number"],
            "description": f"PO {head['number']}",
            "memo": None if self.setup.no_memo else head["notes"] or f"PO {head['number']}",
            "apAccountNumber": payable or self._payable(),
            "purchaseDate": iso(head["ordered"]),
            "company": vendor,
            "companyType": reference(head["type_id"], head["type_name"]),
            "freightAmount": money(freight),
            "freightPackingSlip": head["freight_slip"],
            "packingSlip": head["packing_slip"],
            "dropshipFlag": False,
            "currency": self.currencies.get(head["currency_id"]),
            "total": money(sum(row["amount"] for row in shown)),
            "billingTerms": reference(head["terms_id"], head["terms"]),
            "billingTermsXref": head["terms_xref"],
            "dueDays": head["due_days"],
            "vendorNumber": head["vendor_number"],
            "vendorAccountNumber": head["vendor_account"],
            "vendorInvoiceDate": iso(head["vendor_invoice_date"]),
            "vendorInvoiceNumber": head["vendor_invoice_number"],
            "taxAgencyXref": first.agency if first else None,
            "stateTaxXref": first.xref if first else None,
            "countyTaxXref": second.xref if second else None,
            "taxCode": reference(head["tax_code_id"], head["tax_code"]),
            "taxGroupRate": rate(sum(level.rate for level in levels.values()), SHARE),
            "useAvalaraTaxFlag": False,
            "purchaseHeaderTaxGroup": head["tax_code"],
            "purchaseHeaderTaxableFlag": bool(head["tax_po"]),
            "purchaseHeaderFreightTaxableFlag": bool(head["tax_freight"]),
            "taxLevels": [
                {"taxCodeXref": level.xref, "taxLevel": number} for number, level in levels.items()
            ],
            "purchaseDetail": [
                self._line(head, row, levels) for row in shown if row["role"] != "tax"
            ],
            "purchaseDetailTax": [
                self._tax(head, row, levels) for row in shown if row["role"] == "tax"
            ],
        }

    def _payable(self) -> str | None:
        account = self.chart.account("Accounts Payable", 0)
        return account.number if account else None

    def _line(self, head: dict[str, Any], row: dict[str, Any], levels: dict[int, TaxLevel]) -> Json:
        freight = row["role"] == "freight"
        text = "Freight" if freight else row["description"]
        first = levels.get(1) if head["tax_po"] and not freight else None
        made: Body = {
            "id": row["id"],
            "documentDate": united_states(head["date"]),
            "glClass": row["class"],
            "glTypeId": row["type"],
            "description": text,
            "memo": None if self.setup.no_memo else text,
            "vendorNumber": head["vendor_number"],
            "accountNumber": row["account"],
            "vendorAccountNumber": head["vendor_account"],
            "taxable": first is not None,
            "quantity": quantity(-1000 if freight else -row["received"] * 1000),
            "total": money(-row["amount"]),
            "currency": self.currencies.get(head["currency_id"]),
            "lineNumber": row["line"] or 0,
            "taxCode": reference(head["tax_code_id"], head["tax_code"]),
            "purchaseHeaderTaxGroup": head["tax_code"],
            "taxCodeXref": first.xref if first else None,
            "taxRate": rate(first.rate, SHARE) if first else Number("0"),
            "taxAgencyXref": first.agency if first else None,
        }
        return made if freight else made | self._item(head, row)

    def _item(self, head: dict[str, Any], row: dict[str, Any]) -> Body:
        made: Body = {
            "costAccountNumber": row["cost_account"],
            "inventoryAccountNumber": row["inventory_account"],
            "cost": money(row["unit_cost"]),
            "itemCost": money(row["unit_cost"]),
            "itemPrice": _price(row["price"]),
            "itemTypeXref": XREF_SHOWN.get(row["xref"]),
            "serializedFlag": bool(row["serialised"]),
            "serialNumbers": row["serials"],
            "subCategory": reference(row["sub_id"], row["sub_name"]),
            "warehouseBin": reference(head["warehouse_id"], "Default Bin"),
            "locationXref": head["location_xref"],
        }
        if self.setup.items:
            made |= {
                "glItemId": row["item"],
                "item": item(row),
                "itemDescription": row["item_text"],
                "salesDescription": row["sales_text"],
            }
        if self.setup.units:
            made["unitOfMeasure"] = reference(row["unit_id"], row["unit"])
        return made

    def _tax(self, head: dict[str, Any], row: dict[str, Any], levels: dict[int, TaxLevel]) -> Json:
        level = levels.get(row["level"])
        return {
            "id": row["id"],
            "documentDate": united_states(head["date"]),
            "accountNumber": row["account"],
            "glClass": row["class"],
            "glTypeId": row["type"],
            "memo": "Purchase Tax",
            "vendorNumber": head["vendor_number"],
            "vendorAccountNumber": head["vendor_account"],
            "taxableFlag": True,
            "quantity": quantity(0),
            "total": money(-row["amount"]),
            "currency": self.currencies.get(head["currency_id"]),
            "lineNumber": row["line"] or 0,
            "taxCode": reference(head["tax_code_id"], head["tax_code"]),
            "taxRate": rate(level.rate, SHARE) if level else None,
            "taxRatePercent": rate(level.rate, PERCENT) if level else None,
            "taxAgencyXref": level.agency if level else None,
            "taxNote": "AUTOPTAX",
            "purchaseHeaderTaxGroup": head["tax_code"],
        }

    # -- stock ---------------------------------------------------------------------------------

    def adjustments(self) -> Iterator[Body]:
        """Yield what was counted or written off, where the setup sends stock."""
        if not self.setup.stock:
            return
        date, key = "substr(j.closed_on, 1, 10)", "j.id || '-adjustment'"
        for head in self._found(_ADJUSTMENTS, "A", "j", date, "j.location_id", key):
            rows = self._own_rows("A", head["id"])
            account = rows[0]["account"] if rows else None
            yield {
                "id": f"{head['id']}-adjustment",
                "documentType": "INVENTORY ADJUSTMENT",
                "documentDate": iso(head["closed_on"][: len("2026-01-31")]),
                "glTypeID": "IA",
                "accountNumber": account,
                "memo": None if self.setup.no_memo else head["reason"] or head["identifier"],
                "glClass": rows[0]["class"] if rows else "",
                "adjustmentDescription": head["identifier"],
                "adjustmentDetail": [
                    self._change(row, account)
                    for row in self._rows(_CHANGES, head["id"], plain=True)
                ],
            }

    def _change(self, row: dict[str, Any], account: str | None) -> Json:
        mapped = self.chart.account("Revenue - Product", row["sub_id"])
        return {
            "description": row["item_text"],
            "memo": None if self.setup.no_memo else row["item_text"],
            "item": item(row),
            "quantity": row["quantity"],
            "total": money(row["quantity"] * row["unit_cost"]),
            "cost": money(row["unit_cost"]),
            "accountNumber": account,
            "costAccountNumber": mapped.cost if mapped else None,
            "inventoryAccountNumber": mapped.inventory if mapped else None,
            "productAccountNumber": mapped.number if mapped else None,
        }

    def transfers(self) -> Iterator[Body]:
        """Yield what was moved between warehouses, where the setup sends stock."""
        if not self.setup.stock:
            return
        key = "v.id || '-transfer'"
        for head in self._found(_TRANSFERS, "T", "v", "v.date", "v.location_id", key):
            yield self._transfer(head)

    def _transfer(self, head: dict[str, Any]) -> Body:
        rows = self._own_rows("T", head["id"])
        account = rows[0]["account"] if rows else None
        value = head["quantity"] * head["unit_cost"]
        mapped = self.chart.account("Revenue - Product", head["sub_id"])
        return {
            "id": f"{head['id']}-transfer",
            "documentType": "INVENTORY TRANSFER",
            "documentDate": iso(head["date"]),
            "accountNumber": account,
            "glTypeId": "IT",
            "description": f"Transfer {head['id']}",
            "memo": None if self.setup.no_memo else f"Transfer {head['id']}",
            "costAccountNumber": mapped.cost if mapped else None,
            "inventoryAccountNumber": mapped.inventory if mapped else None,
            "transferId": head["id"],
            "item": item(head),
            "glItemId": head["item"],
            "itemDescription": head["item_text"],
            "itemPrice": _price(head["price"]),
            "quantity": quantity(head["quantity"] * 1000),
            "cost": money(head["unit_cost"]),
            "total": money(value),
            "subCategory": reference(head["sub_id"], head["sub_name"]),
            "warehouse": _warehouse(head["from_id"], head["from_name"]),
            "transferFromBin": reference(head["from_id"], "Default Bin"),
            "transferFromLocationXref": head["from_xref"],
            "transferToBin": reference(head["to_id"], "Default Bin"),
            "transferToLocationXref": head["to_xref"],
            "offset": {
                "id": rows[0]["id"] if rows else None,
                "documentType": "INVENTORY TRANSFER",
                "documentDate": iso(head["date"]),
                "accountNumber": account,
                "total": money(-value),
                "glTypeId": "IT",
            },
        }

    # -- rows ----------------------------------------------------------------------------------

    def _found(
        self, sql: str, document: str, alias: str, date: str, location: str, key: str
    ) -> list[dict[str, Any]]:
        wanted = self.wanted
        scope = wanted.scope(date, location).also(wanted.products.clause(key))
        scope = scope.also(wanted.has_rows(document, f"{alias}.id"))
        return rows_of(self.connection, sql.format(scope=scope.sql), scope.parameters)

    def _own_rows(self, document: str, identifier: int) -> list[dict[str, Any]]:
        sql = (
            "SELECT g.id, g.account, g.class FROM gl g WHERE g.document = ? "
            f"AND g.document_id = ? AND g.role = 'detail' AND {self.wanted.rows.sql} ORDER BY g.id"
        )
        return rows_of(self.connection, sql, (document, identifier, *self.wanted.rows.parameters))

    def _rows(self, sql: str, identifier: int, *, plain: bool = False) -> list[dict[str, Any]]:
        more = () if plain else self.wanted.rows.parameters
        return rows_of(self.connection, sql, (identifier, *more))


def _warehouse(identifier: int, name: str) -> Json:
    return {"id": identifier, "name": name, "lockedFlag": False}


def _price(value: object) -> Number | None:
    return None if value is None else Number(str(value))
