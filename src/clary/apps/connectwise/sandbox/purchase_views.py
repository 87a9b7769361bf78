"""What clients see of purchasing and stock: orders, lines, adjustments, and what waits."""

from __future__ import annotations

import sqlite3

from clary.apps.connectwise.sandbox.fields import (
    STAMP,
    Field,
    Kind,
    currency,
    reference,
)
from clary.apps.connectwise.sandbox.listing import Body, Listing
from clary.apps.connectwise.sandbox.wire import Json, Number, money

RECEIVED = ("Waiting", "FullyReceived", "PartiallyReceiveCancelRest", "PartiallyReceiveCloneRest")

_SUBTOTAL = (
    "coalesce((SELECT sum(n.quantity * n.unit_cost / 1000) FROM purchase_line n "
    "WHERE n.order_id = r.id AND n.canceled = 0), 0)"
)
_TAX = (
    "coalesce((SELECT sum(n.tax) FROM purchase_line n "
    "WHERE n.order_id = r.id AND n.canceled = 0), 0)"
)

ORDERS = Listing(
    "PurchaseOrder",
    "purchase_order r LEFT JOIN company c ON c.id = r.vendor_id "
    "LEFT JOIN location l ON l.id = r.location_id "
    "LEFT JOIN department d ON d.id = r.department_id "
    "LEFT JOIN billing_term t ON t.id = r.terms_id LEFT JOIN tax_code x ON x.id = r.tax_code_id "
    "LEFT JOIN currency cu ON cu.id = r.currency_id "
    "LEFT JOIN order_status b ON b.id = r.status_id "
    "LEFT JOIN warehouse w ON w.id = r.warehouse_id",
    (
        Field("id", Kind.WHOLE, "r.id"),
        Field("poNumber", Kind.TEXT, "r.number", "number", required=True, length=50),
        Field("poDate", Kind.DAY, "r.date", "date"),
        *reference("status", "b", "name", column="status_id", table="order_status"),
        Field("closedFlag", Kind.FLAG, "r.closed"),
        Field("dateClosed", Kind.MOMENT, "r.closed_on"),
        *reference(
            "vendorCompany",
            "c",
            "identifier",
            "name",
            column="vendor_id",
            table="company",
            required=True,
        ),
        *reference("terms", "t", "name", column="terms_id", table="billing_term"),
        Field("locationId", Kind.WHOLE, "r.location_id", "location_id"),
        *reference("location", "l", "name"),
        Field("businessUnitId", Kind.WHOLE, "r.department_id", "department_id"),
        *reference("businessUnit", "d", "name"),
        *reference("taxCode", "x", column="tax_code_id", table="tax_code"),
        Field("taxCode/name", Kind.TEXT, "x.identifier"),
        Field("taxPoFlag", Kind.FLAG, "r.tax_po", "tax_po"),
        Field("taxFreightFlag", Kind.FLAG, "r.tax_freight", "tax_freight"),
        Field("freightCost", Kind.MONEY, "r.freight", "freight"),
        Field("freightPackingSlip", Kind.TEXT, "r.freight_slip", "freight_slip"),
        Field("subTotal", Kind.MONEY, _SUBTOTAL),
        Field("salesTax", Kind.MONEY, _TAX),
        Field("total", Kind.MONEY, f"({_SUBTOTAL} + {_TAX} + r.freight)"),
        Field("trackingNumber", Kind.TEXT, "r.tracking", "tracking", length=50),
        Field("internalNotes", Kind.TEXT, "r.notes", "notes"),
        Field(
            "vendorInvoiceNumber",
            Kind.TEXT,
            "r.vendor_invoice_number",
            "vendor_invoice_number",
            length=50,
        ),
        Field("vendorInvoiceDate", Kind.DAY, "r.vendor_invoice_date", "vendor_invoice_date"),
        Field(
            "vendorOrderNumber",
            Kind.TEXT,
            "r.vendor_order_number",
            "vendor_order_number",
            length=50,
        ),
        *reference("warehouse", "w", "name", column="warehouse_id", table="warehouse"),
        Field("warehouse/lockedFlag", Kind.FLAG, "0 + (w.id IS NULL)"),
        *currency(column="currency_id"),
        Field("enteredBy", Kind.TEXT, "r.entered_by"),
        *STAMP,
    ),
)

ORDER_LINES = Listing(
    "PurchaseOrderLineItem",
    "purchase_line r JOIN purchase_order o ON o.id = r.order_id "
    "LEFT JOIN catalog k ON k.id = r.catalog_id LEFT JOIN warehouse w ON w.id = r.warehouse_id "
    "LEFT JOIN unit_of_measure u ON u.id = json_extract(k.body, '$.unitOfMeasure.id')",
    (
        Field("id", Kind.WHOLE, "r.id"),
        Field("lineNumber", Kind.WHOLE, "r.number", "number"),
        Field("description", Kind.TEXT, "r.description", "description", length=6000),
        Field("product/id", Kind.WHOLE, "k.id", "catalog_id", required=True, table="catalog"),
        Field("product/identifier", Kind.TEXT, "k.identifier"),
        Field(
            "product/serializedFlag",
            Kind.FLAG,
            "coalesce(json_extract(k.body, '$.serializedFlag'), 0)",
        ),
        Field("purchaseOrderId", Kind.WHOLE, "r.order_id"),
        Field("purchaseOrderNumber", Kind.TEXT, "o.number"),
        Field("quantity", Kind.QUANTITY, "r.quantity", "quantity", required=True),
        Field("receivedQuantity", Kind.WHOLE, "r.received", "received"),
        Field(
            "receivedStatus",
            Kind.TEXT,
            "r.received_status",
            "received_status",
            choices=RECEIVED,
        ),
        Field("dateReceived", Kind.DAY, "r.received_on", "received_on"),
        Field("closedFlag", Kind.FLAG, "r.closed", "closed"),
        Field("canceledFlag", Kind.FLAG, "r.canceled", "canceled"),
        Field("packingSlip", Kind.TEXT, "r.packing_slip", "packing_slip", length=50),
        Field("serialNumbers", Kind.TEXT, "r.serials", "serials"),
        Field("tax", Kind.MONEY, "r.tax"),
        Field("unitCost", Kind.MONEY, "r.unit_cost", "unit_cost"),
        Field("extCost", Kind.MONEY, "(r.quantity * r.unit_cost / 1000)"),
        *reference("unitOfMeasure", "u", "name"),
        *reference("warehouse", "w", "name", column="warehouse_id", table="warehouse"),
        Field("warehouse/lockedFlag", Kind.FLAG, "0 + (w.id IS NULL)"),
        Field(
            "batchedFlag",
            Kind.FLAG,
            "(r.receipt_id IS NOT NULL AND EXISTS (SELECT 1 FROM gl g WHERE g.document = 'P' "
            "AND g.document_id = r.receipt_id AND g.line_id = r.id AND g.batch_id IS NOT NULL))",
        ),
        Field("unbatchedRecId", Kind.WHOLE, "r.unbatched_id"),
        *STAMP,
    ),
    forward=False,
)


def _with_details(connection: sqlite3.Connection, made: list[Body]) -> None:
    """Add its details to each adjustment."""
    sql = (
        "SELECT d.id, k.id, k.identifier, json_extract(k.body, '$.description'), d.on_hand, "
        "d.unit_cost, w.id, w.name, d.quantity, d.serial "
        "FROM adjustment_detail d JOIN catalog k ON k.id = d.catalog_id "
        "JOIN warehouse w ON w.id = d.warehouse_id WHERE d.adjustment_id = ? ORDER BY d.id"
    )
    for body in made:
        if "id" in body:
            rows = connection.execute(sql, (body["id"],))
            body["adjustmentDetails"] = [adjustment_detail(row) for row in rows]


def adjustment_detail(row: tuple[object, ...]) -> Json:
    """Return a line of an adjustment."""
    identifier, item, code, text, on_hand, cost, warehouse, name, count, serial = row
    return {
        "id": _whole(identifier),
        "catalogItem": {"id": _whole(item), "identifier": str(code)},
        "description": str(text)[:50],
        "quantityOnHand": Number(on_hand),
        "unitCost": money(_whole(cost)),
        "warehouse": {"id": _whole(warehouse), "name": str(name), "lockedFlag": False},
        "warehouseBin": {"id": _whole(warehouse), "name": "Default Bin"},
        "quantityAdjusted": _whole(count),
        "serialNumber": None if serial is None else str(serial),
    }


def _whole(value: object) -> int:
    return int(str(value))


ADJUSTMENTS = Listing(
    "ProcurementAdjustment",
    "adjustment r LEFT JOIN adjustment_type t ON t.id = r.type_id",
    (
        Field("id", Kind.WHOLE, "r.id"),
        Field("identifier", Kind.TEXT, "r.identifier"),
        *reference("type", "t", "identifier"),
        Field("reason", Kind.TEXT, "r.reason", "reason", length=100),
        Field("notes", Kind.TEXT, "r.notes", "notes"),
        Field("closedFlag", Kind.FLAG, "r.closed"),
        Field("closedBy", Kind.TEXT, "r.closed_by"),
        Field("closedDate", Kind.MOMENT, "r.closed_on"),
        *STAMP,
    ),
    finish=_with_details,
)

_WAITS = (
    "(SELECT {0} FROM gl g WHERE g.document = '{1}' AND g.document_id = {2}.id "
    "AND g.role {3} AND g.batch_id IS NULL)"
)
_MOVED = "IN ('detail')"

WAITING_SOURCE = f"""(
    SELECT q.first_gl AS id, q.id AS document_id, 'P' AS document,
        o.id || '-' || q.packing_slip || '-purchase' AS product_id, 'Purchase' AS kind,
        'PO ' || o.number AS description, o.location_id, o.department_id, o.id AS order_id,
        o.number AS order_number, q.date, o.tracking, o.terms_id, o.currency_id,
        {_WAITS.format("sum(g.amount)", "P", "q", "<> 'implied'")} AS total, o.tax_code_id,
        o.tax_po, {_WAITS.format("sum(g.amount)", "P", "q", "= 'tax'")} AS tax,
        o.vendor_id, o.vendor_invoice_number, o.vendor_invoice_date, o.tax_freight,
        {_WAITS.format("sum(g.amount)", "P", "q", "= 'freight'")} AS freight, q.closed_on
    FROM receipt q JOIN purchase_order o ON o.id = q.order_id
    UNION ALL
    SELECT {_WAITS.format("min(g.id)", "A", "j", _MOVED)}, j.id, 'A', j.id || '-adjustment',
        'Adjustment', coalesce(j.reason, j.identifier), j.location_id, 1, NULL, NULL,
        NULL, NULL, NULL, {{currency}},
        {_WAITS.format("-sum(g.amount)", "A", "j", _MOVED)}, NULL, 0, NULL, NULL, NULL, NULL, 0,
        NULL, j.closed_on
    FROM adjustment j WHERE j.closed = 1
    UNION ALL
    SELECT {_WAITS.format("min(g.id)", "T", "v", _MOVED)}, v.id, 'T', v.id || '-transfer',
        'Transfer', 'Transfer ' || v.id, v.location_id, 1, NULL, NULL, v.date, NULL, NULL,
        {{currency}}, {_WAITS.format("-sum(g.amount)", "T", "v", _MOVED)}, NULL, 0, NULL, NULL,
        NULL, NULL, 0, NULL, v.closed_on
    FROM transfer v
) r""".replace("{currency}", "(SELECT min(id) FROM currency)")

"""What waits of purchases and stock.  An adjustment buys nothing, so it has no purchase date
[inferred: the vendor documents none]; when it was closed tells its day."""

UNPOSTED_PROCUREMENT = Listing(
    "UnpostedProcurement",
    f"{WAITING_SOURCE} LEFT JOIN billing_term t ON t.id = r.terms_id "
    "LEFT JOIN currency cu ON cu.id = r.currency_id LEFT JOIN tax_code x ON x.id = r.tax_code_id "
    "LEFT JOIN company c ON c.id = r.vendor_id",
    (
        Field("id", Kind.WHOLE, "r.id"),
        Field("description", Kind.TEXT, "r.description"),
        Field("unpostedProductId", Kind.TEXT, "r.product_id"),
        Field("locationId", Kind.WHOLE, "r.location_id"),
        Field("departmentId", Kind.WHOLE, "r.department_id"),
        Field("procurementType", Kind.TEXT, "r.kind"),
        Field("purchaseOrder/id", Kind.WHOLE, "r.order_id"),
        Field("purchaseOrder/name", Kind.TEXT, "r.order_number"),
        Field("purchaseDate", Kind.DAY, "r.date"),
        Field("trackingNumber", Kind.TEXT, "r.tracking"),
        *reference("billingTerms", "t", "name"),
        *currency(),
        Field("total", Kind.MONEY, "r.total"),
        *reference("taxCode", "x"),
        Field("taxCode/name", Kind.TEXT, "x.identifier"),
        Field("avalaraTaxFlag", Kind.FLAG, "0"),
        Field("purchaseOrderTaxableFlag", Kind.FLAG, "r.tax_po"),
        Field("taxTotal", Kind.MONEY, "r.tax"),
        *reference("vendor", "c", "identifier", "name"),
        Field("vendorAccountNumber", Kind.TEXT, "c.vendorIdentifier"),
        Field("vendorInvoiceNumber", Kind.TEXT, "r.vendor_invoice_number"),
        Field("vendorInvoiceDate", Kind.DAY, "r.vendor_invoice_date"),
        Field("taxFreightFlag", Kind.FLAG, "r.tax_freight"),
        Field("freightCost", Kind.MONEY, "r.freight"),
        Field("dateClosed", Kind.MOMENT, "r.closed_on"),
    ),
    where="r.total IS NOT NULL",
)

PROCUREMENT_LEVELS = Listing(
    "UnpostedProcurementTaxableLevel",
    "(SELECT min(g.id) AS id, q.first_gl, g.level, sum(g.amount) AS amount, v.body "
    "FROM gl g JOIN receipt q ON q.id = g.document_id JOIN purchase_order o ON o.id = q.order_id "
    "LEFT JOIN tax_code_level v ON v.parent = o.tax_code_id "
    "AND json_extract(v.body, '$.taxLevel') = g.level "
    "WHERE g.document = 'P' AND g.role = 'tax' AND g.batch_id IS NULL "
    "GROUP BY q.id, g.level) r",
    (
        Field("id", Kind.WHOLE, "r.id"),
        Field("taxLevel", Kind.WHOLE, "r.level"),
        Field("taxCodeXref", Kind.TEXT, "json_extract(r.body, '$.taxCodeXref')"),
        Field("taxAmount", Kind.MONEY, "r.amount"),
    ),
    forward=False,
)
