"""`GLExport`: the documents that wait, or those of a batch, as one long JSON answer.

An export computes and marks nothing.  It is written piece by piece from one moment of the
site's file, so that a hundred thousand documents need no more memory than a few hundred.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from clary.apps.connectwise.sandbox.call import Answer, Call
from clary.apps.connectwise.sandbox.chart import Chart
from clary.apps.connectwise.sandbox.conditions import ALWAYS
from clary.apps.connectwise.sandbox.export_expenses import ExpenseExport
from clary.apps.connectwise.sandbox.export_invoices import InvoiceExport
from clary.apps.connectwise.sandbox.export_parties import customers, vendors
from clary.apps.connectwise.sandbox.export_products import ProductExport
from clary.apps.connectwise.sandbox.export_request import Setup, Wanted, read
from clary.apps.connectwise.sandbox.fields import currency
from clary.apps.connectwise.sandbox.listing import Body, Listing, bodies
from clary.apps.connectwise.sandbox.spoiling import Spoiling
from clary.apps.connectwise.sandbox.wire import Json, Raw, encoded

_CURRENCIES = Listing("Currency", "currency cu", currency(), identifier="cu.id")


def export(call: Call) -> Answer:
    """Answer POST finance/accounting/export."""
    wanted = read(call.object(), seen=call.caller.location)
    return Answer(201, pieces(call.connection, wanted))


def pieces(connection: sqlite3.Connection, wanted: Wanted) -> Iterator[str]:
    """Yield the JSON text of an export, piece by piece.

    The customers and vendors come last, since only then is it known who they are.
    """
    setup = Setup.of(connection)
    chart = Chart(connection)
    currencies = currency_references(connection)
    spoiling = Spoiling(connection)
    invoices = InvoiceExport(connection, wanted, setup, chart, currencies)
    expenses = ExpenseExport(connection, wanted, setup, currencies)
    products = ProductExport(connection, wanted, setup, chart, currencies)
    billed = invoices.documents() if wanted.invoices.wanted else ()
    bills = expenses.bills() if wanted.expenses.wanted else ()
    journal = expenses.journal() if wanted.expenses.wanted else ()
    bought = products.purchases() if wanted.products.wanted else ()
    counted = products.adjustments() if wanted.products.wanted else ()
    moved = products.transfers() if wanted.products.wanted else ()
    yield f'{{"exportSettings":{encoded(_settings(setup, wanted))}'
    yield from _member("transactions", spoiling.applied("invoice", billed))
    yield from _member("expenseBills", spoiling.applied("expense", bills))
    yield from _member("expenses", spoiling.applied("expense", journal))
    yield from _member("purchaseTransactions", spoiling.applied("purchase", bought))
    yield from _member("adjustmentTransactions", spoiling.applied("adjustment", counted))
    yield from _member("inventoryTransfers", spoiling.applied("transfer", moved))
    met = customers(connection, chart, currencies, sorted(invoices.companies))
    yield from _member("customers", met)
    owed = vendors(connection, sorted(products.vendors), sorted(expenses.members))
    yield from _member("vendors", owed)
    yield "}"


def currency_references(connection: sqlite3.Connection) -> dict[int, Raw]:
    """Return the reference of each currency by its id, as text since every line repeats it."""
    made = {}
    for body in bodies(connection, _CURRENCIES, ALWAYS, _CURRENCIES.fields):
        reference = body["currency"]
        if isinstance(reference, dict) and isinstance(reference["id"], int):
            made[reference["id"]] = Raw(encoded(reference))
    return made


def _member(name: str, items: Iterable[Body]) -> Iterator[str]:
    opening = f',"{name}":['
    for item in items:
        yield opening + encoded(item)
        opening = ","
    yield opening + "]" if opening != "," else "]"


def _settings(setup: Setup, wanted: Wanted) -> Json:
    """Return the export settings, by the names that the site's older interface had."""
    return {
        "CogsOption": setup.cogs,
        "SalesTaxOption": setup.sales_tax,
        "InventoryPostOption": setup.stock,
        "ExpenseAsBillOption": setup.as_bill,
        "UomProductOption": setup.units,
        "ExportInvoices": wanted.invoices.wanted,
        "ExportExpenses": wanted.expenses.wanted,
        "ExportInventory": wanted.products.wanted,
        "GLBatchID": wanted.identifier,
    }
