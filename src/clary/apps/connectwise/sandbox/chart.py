"""The GL mapping: which account a document's row gets at the moment it is closed.

An account of the mapping belongs to a mapped type (what kind of row) and a mapped record (a
location, a department, a product subcategory ...; record 0 stands for all others).  Its
number is its segments of type Account, joined by the site's delimiter; segments of type
Class become the row's class.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from clary.apps.connectwise.sandbox.file import value_of
from clary.apps.connectwise.sandbox.wire import Json, as_object, parsed

SEGMENTS = tuple(f"segment{number}" for number in range(1, 11))

MAPPED_TYPES: tuple[tuple[int, str, str, str, str], ...] = (
    (1, "Accounts Receivable", "Owner_Level", "Owner_Level_RecID", "AR"),
    (2, "Revenue - Service", "Billing_Unit", "Billing_Unit_RecID", "R"),
    (3, "Revenue - Agreement", "AGR_Type", "AGR_Type_RecID", "RA"),
    (4, "Revenue - Product", "IV_SubCategory", "IV_SubCategory_RecID", "RP"),
    (5, "Revenue - Expense", "TE_Expense_Type", "TE_Expense_Type_RecID", "RE"),
    (6, "Down Payment", "", "", "RD"),
    (7, "Sales Tax", "Tax_Code_Level", "Tax_Code_Level_RecID", "ST"),
    (8, "Accounts Payable", "Owner_Level", "Owner_Level_RecID", "AP"),
    (9, "Purchase", "IV_SubCategory", "IV_SubCategory_RecID", "P"),
    (10, "Purchase Order Freight", "", "", "PF"),
    (11, "Purchase Tax", "Tax_Code_Level", "Tax_Code_Level_RecID", "PT"),
    (12, "Expense External", "TE_Expense_Type", "TE_Expense_Type_RecID", "EE"),
    (13, "Expense Internal", "TE_Expense_Type", "TE_Expense_Type_RecID", "EI"),
    (14, "Expense Offset", "", "", "EO"),
    (15, "Inventory Adjustment", "IV_Adj_Type", "IV_Adj_Type_RecID", "IA"),
    (16, "Inventory Transfer", "IV_Warehouse", "IV_Warehouse_RecID", "IT"),
)
"""Id, name, table, id column and GL type; names of tables are inferred."""

PERCENT = 100_000
"""Rates are kept in thousandths of a percent."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the mapping.

    Attributes:
        number: account number as it appears in exports.
        group: the class, empty if no segment is one.
        cost: cost of goods sold account of products.
        inventory: inventory (or wages) account of products.
        sales_code: sales code.
    """

    number: str
    group: str = ""
    cost: str | None = None
    inventory: str | None = None
    sales_code: str | None = None


@dataclass(frozen=True, slots=True)
class TaxLevel:
    """A level of a tax code.

    Attributes:
        identifier: id of the level, which its account is mapped to.
        level: 1 to 6.
        rate: in thousandths of a percent.
        xref: name of the tax code in the books.
        agency: name of the agency in the books.
    """

    identifier: int
    level: int
    rate: int
    xref: str | None
    agency: str | None

    def tax_on(self, base: int) -> int:
        """Return the tax on an amount, both in minor units, rounded half up."""
        doubled = 2 * abs(base) * self.rate + PERCENT
        tax = doubled // (2 * PERCENT)
        return -tax if base < 0 else tax


@dataclass(frozen=True, slots=True)
class Product:
    """What closing needs of a catalog item."""

    subcategory: int
    xref: str


class Chart:
    """The mapping of this moment, with what it is asked by."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Read the mapping."""
        self._delimiter = value_of(connection, "delimiter") or "-"
        caption = connection.execute("SELECT body FROM gl_caption ORDER BY id LIMIT 1").fetchone()
        self._caption = as_object(parsed(caption[0].encode())) if caption else {}
        self._accounts: dict[tuple[str, int], Account] = {}
        for (text,) in connection.execute("SELECT body FROM gl_account ORDER BY id"):
            self._read(as_object(parsed(text.encode())))
        self._levels = self._read_levels(connection)
        self._products = {
            row[0]: Product(row[1] or 0, row[2] or "")
            for row in connection.execute(
                "SELECT k.id, json_extract(k.body, '$.subcategory.id'), t.typeXref FROM catalog k "
                "LEFT JOIN product_type t ON t.id = json_extract(k.body, '$.type.id')"
            )
        }
        self.tax_per_line = value_of(connection, "tax_per_line") == "1"

    def _read(self, body: Mapping[str, Json]) -> None:
        mapped, record = body.get("mappedType"), body.get("mappedRecord")
        if not isinstance(mapped, dict) or not isinstance(record, dict):
            return
        at = record.get("id")
        key = (str(mapped.get("name")), at if isinstance(at, int) else 0)
        classes = {s for s in SEGMENTS if self._caption.get(f"{s}type") == "Class"}
        self._accounts[key] = Account(
            number=self._joined(body, [s for s in SEGMENTS if s not in classes]),
            group=self._joined(body, [s for s in SEGMENTS if s in classes]),
            cost=self._joined(body, [f"cogs{n}" for n in range(1, 11)]) or None,
            inventory=_text(body.get("inventory")),
            sales_code=_text(body.get("salesCode")),
        )

    def _joined(self, body: Mapping[str, Json], names: list[str]) -> str:
        return self._delimiter.join(str(body[name]) for name in names if body.get(name))

    def _read_levels(self, connection: sqlite3.Connection) -> dict[int, list[TaxLevel]]:
        made: dict[int, list[TaxLevel]] = {}
        for parent, text in connection.execute(
            "SELECT parent, body FROM tax_code_level ORDER BY id"
        ):
            body = as_object(parsed(text.encode()))
            rate = Decimal(str(body.get("taxRate") or 0))
            level = TaxLevel(
                identifier=int(str(body["id"])),
                level=int(str(body.get("taxLevel") or 1)),
                rate=int(rate * 1000),
                xref=_text(body.get("taxCodeXref")),
                agency=_text(body.get("agencyXref")),
            )
            made.setdefault(parent, []).append(level)
        return made

    def account(self, mapped_type: str, record: int | None = 0) -> Account | None:
        """Return the account of a row, that of the record or that of all others; or none."""
        own = self._accounts.get((mapped_type, record or 0))
        made = own or self._accounts.get((mapped_type, 0))
        return made if made and made.number else None

    def levels(self, tax_code: int | None) -> list[TaxLevel]:
        """Return the levels of a tax code; none where there is no code."""
        return self._levels.get(tax_code or 0, [])

    def product(self, catalog: int | None) -> Product | None:
        """Return what is known of a catalog item."""
        return self._products.get(catalog or 0)


def _text(value: Json) -> str | None:
    return str(value) if value else None
