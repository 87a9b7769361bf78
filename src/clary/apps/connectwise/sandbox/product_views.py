"""What clients see of product lines on invoices."""

from __future__ import annotations

from clary.apps.connectwise.sandbox.fields import Field, Kind, reference
from clary.apps.connectwise.sandbox.listing import Listing

PRODUCTS = Listing(
    "ProductItem",
    "invoice_line r JOIN invoice i ON i.id = r.invoice_id "
    "JOIN catalog k ON k.id = r.catalog_id LEFT JOIN location l ON l.id = i.location_id "
    "LEFT JOIN company c ON c.id = i.company_id",
    (
        Field("id", Kind.WHOLE, "r.id"),
        *reference("catalogItem", "k", "identifier"),
        Field("description", Kind.TEXT, "r.description"),
        Field("sequenceNumber", Kind.WHOLE, "r.position"),
        Field("quantity", Kind.QUANTITY, "r.quantity"),
        Field("price", Kind.MONEY, "r.price"),
        Field("cost", Kind.MONEY, "r.cost"),
        Field("extPrice", Kind.MONEY, "r.amount"),
        Field("extCost", Kind.MONEY, "(r.cost * r.quantity / 1000)"),
        Field("billableOption", Kind.TEXT, "'Billable'"),
        Field("taxableFlag", Kind.FLAG, "r.taxable"),
        Field("customerDescription", Kind.TEXT, "json_extract(k.body, '$.customerDescription')"),
        Field("locationId", Kind.WHOLE, "i.location_id"),
        *reference("location", "l", "name"),
        *reference("company", "c", "identifier", "name"),
        Field("invoice/id", Kind.WHOLE, "i.id"),
        Field("invoice/identifier", Kind.TEXT, "i.number"),
    ),
    where="r.kind = 'product'",
)
