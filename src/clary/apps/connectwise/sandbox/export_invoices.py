"""Invoices and credit memos as an export gives them.

Totals and quantities of the lines are credits, so that those of an invoice are negative;
those of a credit memo are positive, and its header total is negative.  The ids of the
header and of the cost rows are joined in `glEntryIds`; the rows of revenue and tax carry
theirs.  With cost entries switched on in the package setup the cost rows are lines as well.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from clary.apps.connectwise.sandbox.chart import Chart, TaxLevel
from clary.apps.connectwise.sandbox.conditions import Clause
from clary.apps.connectwise.sandbox.export_parts import (
    PERCENT,
    SHARE,
    XREF_SHOWN,
    company,
    item,
    rate,
    reference,
)
from clary.apps.connectwise.sandbox.export_parts import rows as rows_of
from clary.apps.connectwise.sandbox.export_request import Setup, Wanted
from clary.apps.connectwise.sandbox.export_text import LineText, iso, text_of, united_states
from clary.apps.connectwise.sandbox.listing import Body
from clary.apps.connectwise.sandbox.wire import Raw, money, quantity

CHUNK = 500
_LEVEL_NAMES = {1: "stateTax", 2: "countyTax", 3: "cityTax"}

_HEADS = (
    "SELECT r.id, r.number, r.type, r.date, r.due_date, r.attention, r.customer_po, r.subtotal, "
    "r.sales_tax, r.total, r.tax_code_id, x.identifier AS tax_code, r.bill_to_id, "
    "c.identifier AS company, c.name AS company_name, c.accountNumber AS account, "
    "json_extract(c.body, '$.types[0].id') AS type_id, "
    "json_extract(c.body, '$.types[0].name') AS type_name, "
    "json_extract(c.body, '$.taxIdentifier') AS tax_id, r.ship_to_id, "
    "h.identifier AS ship_company, h.name AS ship_name, h.accountNumber AS ship_account, "
    "r.site_id, s.name AS site, r.terms_id, t.name AS terms, t.dueDays AS due_days, "
    "t.termsXref AS terms_xref, r.currency_id, r.top_comment, l.name AS location, "
    "a.name AS agreement "
    "FROM invoice r JOIN company c ON c.id = r.bill_to_id "
    "LEFT JOIN company h ON h.id = r.ship_to_id "
    "LEFT JOIN site_of_company s ON s.id = r.site_id "
    "LEFT JOIN billing_term t ON t.id = r.terms_id LEFT JOIN tax_code x ON x.id = r.tax_code_id "
    "LEFT JOIN location l ON l.id = r.location_id LEFT JOIN agreement a ON a.id = r.agreement_id "
    "WHERE r.closed = 1 AND coalesce(c.accountNumber, '') <> '' "
    "AND {scope} AND r.id > ? ORDER BY r.id LIMIT {chunk}"
)
_ROWS = (
    "SELECT g.document_id, g.id, g.role, g.type, g.account, g.class, g.amount, g.level, "
    "g.cost_account, g.inventory_account, g.product_account, g.sales_code, n.kind, n.description, "
    "n.ticket_id, n.summary, n.notes, n.quantity, n.price, n.cost, n.taxable, n.serials, "
    "n.catalog_id, g.line_id "
    "FROM gl g LEFT JOIN invoice_line n ON n.id = g.line_id "
    "WHERE g.document = 'I' AND g.document_id IN (SELECT value FROM json_each(?)) AND {rows} "
    "ORDER BY g.document_id, g.id"
)
_ITEM = (
    "SELECT k.id AS item_id, k.identifier AS item, "
    "json_extract(k.body, '$.description') AS item_text, "
    "json_extract(k.body, '$.customerDescription') AS sales_text, "
    "json_extract(k.body, '$.serializedFlag') AS serialised, "
    "json_extract(k.body, '$.dropShipFlag') AS dropship, "
    "json_extract(k.body, '$.subcategory.id') AS sub_id, "
    "json_extract(k.body, '$.subcategory.name') AS sub_name, "
    "json_extract(k.body, '$.unitOfMeasure.id') AS unit_id, "
    "json_extract(k.body, '$.unitOfMeasure.name') AS unit, y.typeXref AS xref "
    "FROM catalog k LEFT JOIN product_type y ON y.id = json_extract(k.body, '$.type.id') "
    "WHERE k.id = ?"
)
_NO_ITEM: Mapping[str, Any] = dict.fromkeys(
    (
        *("item_id", "item", "item_text", "sales_text", "serialised", "dropship", "sub_id"),
        *("sub_name", "unit_id", "unit", "xref"),
    )
)


@dataclass(slots=True)
class InvoiceExport:
    """Builds the transactions of an export, a chunk at a time.

    Attributes:
        connection: the site's file.
        wanted: what was asked for.
        setup: how the site exports.
        chart: for the tax levels.
        currencies: the reference of each currency.
        companies: filled with the companies met, to be told at the end.
    """

    connection: sqlite3.Connection
    wanted: Wanted
    setup: Setup
    chart: Chart
    currencies: dict[int, Raw]
    companies: set[int] = field(default_factory=set)
    _items: dict[int | None, Mapping[str, Any]] = field(default_factory=lambda: {None: _NO_ITEM})

    def documents(self) -> Iterator[Body]:
        """Yield every transaction."""
        wanted = self.wanted
        rows = wanted.rows
        scope = wanted.scope("r.date", "r.location_id").also(wanted.invoices.clause("r.id"))
        scope = scope.also(wanted.has_rows("I", "r.id"))
        sql = _HEADS.format(scope=scope.sql, chunk=CHUNK)
        last = 0
        while True:
            heads = rows_of(self.connection, sql, (*scope.parameters, last))
            if not heads:
                return
            yield from self._chunk(heads, rows)
            last = heads[-1]["id"]

    def _chunk(self, heads: Sequence[dict[str, Any]], rows: Clause) -> Iterator[Body]:
        ids = "[" + ",".join(str(head["id"]) for head in heads) + "]"
        found = rows_of(self.connection, _ROWS.format(rows=rows.sql), (ids, *rows.parameters))
        by_document = {
            document: list(group) for document, group in groupby(found, itemgetter("document_id"))
        }
        for head in heads:
            self.companies.add(head["bill_to_id"])
            yield self._transaction(head, by_document.get(head["id"], []))

    def _transaction(self, head: dict[str, Any], rows: list[dict[str, Any]]) -> Body:
        sign = -1 if head["type"] == "CreditMemo" else 1
        levels = {level.level: level for level in self.chart.levels(head["tax_code_id"])}
        shown_roles = {"detail"} | ({"tax"} if self.setup.sales_tax else set())
        shown_roles |= {"cost"} if self.setup.cogs else set()
        details = [row for row in rows if row["role"] in shown_roles]
        joined = [row for row in rows if row["role"] not in shown_roles]
        receivable = next((row for row in rows if row["role"] == "header"), None)
        currency = self.currencies.get(head["currency_id"])
        made: Body = {
            "id": head["id"],
            "glClass": receivable["class"] if receivable else "",
            "glTypeId": "AR",
            "documentDate": iso(head["date"]),
            "documentNumber": head["number"],
            "documentType": "INVOICE" if sign > 0 else "CREDIT MEMO",
            "memo": None if self.setup.no_memo else head["top_comment"] or head["agreement"],
            "description": head["top_comment"] or head["agreement"] or head["type"],
            "attention": head["attention"],
            "salesTerritory": head["location"],
            **_party(head),
            "site": reference(head["site_id"], head["site"]),
            "billingTerms": reference(head["terms_id"], head["terms"]),
            "billingTermsXref": head["terms_xref"],
            "dueDays": head["due_days"],
            "dueDate": iso(head["due_date"]),
            "emailDeliveryFlag": False,
            "printDeliveryFlag": True,
            "agreementPrePaymentFlag": False,
            "accountNumber": receivable["account"] if receivable else None,
            "billingType": head["type"],
            "glEntryIds": ",".join(str(row["id"]) for row in joined),
            "purchaseOrder": {"name": head["customer_po"]} if head["customer_po"] else None,
            "currency": currency,
            "total": money(head["total"]),
            **self._taxes(head, rows, levels),
            "detail": [self._detail(head, row, levels) for row in details],
        }
        return made

    def _taxes(
        self, head: dict[str, Any], rows: list[dict[str, Any]], levels: dict[int, TaxLevel]
    ) -> Body:
        taxable = sum(-row["amount"] for row in rows if row["role"] == "detail" and row["taxable"])
        given = self.setup.sales_tax
        amounts = {
            row["level"]: (-row["amount"] if given else 0) for row in rows if row["role"] == "tax"
        }
        whole = sum(level.rate for level in levels.values())
        first = levels.get(1)
        second = levels.get(2)
        made: Body = {
            "taxable": bool(levels),
            "taxableTotal": money(taxable),
            "taxCode": reference(head["tax_code_id"], head["tax_code"]),
            "taxGroupRate": rate(whole, SHARE),
            "piggyBackFlag": False,
            "taxAccountNumber": next((r["account"] for r in rows if r["role"] == "tax"), None),
            "salesTax": money(sum(amounts.values())),
            "taxAgencyXref": first.agency if first else None,
            "stateTaxXref": first.xref if first else None,
            "countyTaxXref": second.xref if second else None,
            "taxId": head["tax_id"],
            "taxDpAppliedFlag": False,
            "useAvalaraFlag": False,
            "sendAvalaraTaxFlag": False,
        }
        for level in levels:
            if level in _LEVEL_NAMES:
                made[_LEVEL_NAMES[level]] = money(amounts.get(level, 0))
            if level <= len("12345"):
                made[f"taxableAmount{level}"] = money(taxable)
        made["taxLevels"] = [
            {
                "taxAmount": money(amounts.get(level, 0)),
                "taxableAmount": money(taxable),
                "taxCodeXref": each.xref,
                "taxLevel": level,
            }
            for level, each in levels.items()
        ]
        return made

    def _detail(
        self, head: dict[str, Any], row: dict[str, Any], levels: dict[int, TaxLevel]
    ) -> Body:
        made: Body = {
            "id": row["id"],
            "documentDate": united_states(head["date"]),
            "documentType": "CREDIT MEMO" if head["type"] == "CreditMemo" else "INVOICE",
            "accountNumber": row["account"],
            "glClass": row["class"],
            "glTypeId": row["type"],
            "invoiceSummaryOption": self.wanted.detail,
            "total": money(row["amount"]),
            "currency": self.currencies.get(head["currency_id"]),
            "salesCode": row["sales_code"],
        }
        if row["role"] == "tax":
            return made | self._tax_detail(head, row, levels)
        text = text_of(
            LineText(
                row["kind"], row["description"], row["ticket_id"], row["summary"], row["notes"]
            ),
            self.wanted.detail,
        )
        first = levels.get(1) if row["taxable"] else None
        made |= {
            "memo": None if self.setup.no_memo else text,
            "description": text,
            "quantity": quantity(-row["quantity"]),
            "itemPrice": money(abs(row["price"])),
            "itemCost": money(row["cost"]),
            "cost": money(row["cost"]),
            "taxCode": reference(head["tax_code_id"], head["tax_code"]),
            "taxCodeXref": first.xref if first else None,
            "taxableFlag": bool(row["taxable"]),
            "itemTaxableFlag": bool(row["taxable"]),
            "taxLevels": [
                {"taxLevel": level, "taxableFlag": bool(row["taxable"])} for level in levels
            ],
        }
        return made | self._item(row) if row["type"] == "RP" else made

    def _tax_detail(
        self, head: dict[str, Any], row: dict[str, Any], levels: dict[int, TaxLevel]
    ) -> Body:
        level = levels.get(row["level"])
        return {
            "memo": "Sales Tax",
            "description": "Sales Tax",
            "quantity": quantity(0),
            "taxNote": "AUTOSTAX",
            "taxCode": reference(head["tax_code_id"], head["tax_code"]),
            "taxCodeXref": level.xref if level else None,
            "taxAgencyXref": level.agency if level else None,
            "taxRate": rate(level.rate, SHARE) if level else None,
            "taxRatePercent": rate(level.rate, PERCENT) if level else None,
        }

    def _catalog_item(self, identifier: int | None) -> Mapping[str, Any]:
        """Return a catalog item; the same few are on all the lines, and reading one costs."""
        if identifier not in self._items:
            found = rows_of(self.connection, _ITEM, (identifier,))
            self._items[identifier] = found[0] if found else _NO_ITEM
        return self._items[identifier]

    def _item(self, row: dict[str, Any]) -> Body:
        row = {**row, **self._catalog_item(row["catalog_id"])}
        made: Body = {
            "costAccountNumber": row["cost_account"],
            "inventoryAccountNumber": row["inventory_account"],
            "productAccountNumber": row["product_account"],
            "itemTypeXref": XREF_SHOWN.get(row["xref"]),
            "inventoryXref": row["inventory_account"],
            "cogsXref": row["cost_account"],
            "dropShippedFlag": bool(row["dropship"]),
            "serializedFlag": bool(row["serialised"]),
            "serialNumbers": row["serials"],
            "subCategory": reference(row["sub_id"], row["sub_name"]),
        }
        if self.setup.items and row["item"]:
            made |= {
                "glItemId": row["item"],
                "item": item(row),
                "product": {"id": row["line_id"], "description": row["description"]},
                "itemDescription": row["item_text"],
                "salesDescription": row["sales_text"],
            }
        if self.setup.units:
            made["unitOfMeasure"] = reference(row["unit_id"], row["unit"])
        return made


def _party(head: dict[str, Any]) -> Body:
    kind = reference(head["type_id"], head["type_name"])
    return {
        "company": company(head["bill_to_id"], head["company"], head["company_name"]),
        "companyType": kind,
        "companyAccountNumber": head["account"],
        "shipToCompany": company(head["ship_to_id"], head["ship_company"], head["ship_name"]),
        "shipToCompanyAccountNumber": head["ship_account"],
        "shipToCompanyType": kind,
        "shipSite": reference(head["site_id"], head["site"]),
    }
