"""Reads the lists into the small views that posting rules work with."""

from __future__ import annotations

import json
import sqlite3

from clary.ledger.posting import stored
from clary.ledger.posting.views import AccountView, ItemView, PartyView, TaxCodeView


def read_account(connection: sqlite3.Connection, edition: str, key: str) -> AccountView | None:
    """Return the account with the ID `key`, or none."""
    kind = "kind" if edition == "uk" else "NULL"
    row = connection.execute(
        f"SELECT record_number, id, name, type, {kind}, inactive"
        " FROM account_record WHERE id = ? COLLATE NOCASE",
        (key,),
    ).fetchone()
    if row is None:
        return None
    number, account_id, name, account_type, nominal_kind, inactive = row
    currency = None
    if edition == "uk" and nominal_kind == "bank":
        found = connection.execute(
            "SELECT currency FROM bank_record WHERE id = ? COLLATE NOCASE", (key,)
        ).fetchone()
        currency = found[0] if found else None
    return AccountView(
        number, account_id, name, account_type or "", nominal_kind, bool(inactive), currency
    )


_PARTY_COLUMNS = {
    "us": {
        "customer": ("prospect, credit_status, tax_code_id, terms, NULL, NULL, 1, NULL, NULL"),
        "vendor": "NULL, NULL, NULL, terms, NULL, NULL, 1, NULL, NULL",
    },
    "uk": {
        "customer": (
            "NULL, NULL, tax_code_id, NULL, payment_due_from, on_hold, terms_agreed,"
            " currency, department_id"
        ),
        "vendor": (
            "NULL, NULL, tax_code_id, NULL, payment_due_from, on_hold, terms_agreed,"
            " currency, department_id"
        ),
    },
}


def read_party(
    connection: sqlite3.Connection, edition: str, party_type: str, key: str | int
) -> PartyView | None:
    """Return the customer or vendor with this ID (text) or record number, or none."""
    column = "record_number" if isinstance(key, int) else "id COLLATE NOCASE"
    row = connection.execute(
        "SELECT record_number, id, name, inactive, credit_limit, balance, account_id,"
        " due_days, discount_days, discount_percent, last_invoice_date, last_payment_date,"
        f" {_PARTY_COLUMNS[edition][party_type]} FROM {party_type}_record WHERE {column} = ?",
        (key,),
    ).fetchone()
    if row is None:
        return None
    return PartyView(
        number=row[0],
        id=row[1],
        type=party_type,
        name=row[2] or "",
        inactive=bool(row[3]),
        credit_limit=row[4],
        balance=row[5],
        account_id=row[6],
        due_days=row[7] or 0,
        discount_days=row[8] or 0,
        discount_percent=row[9] or 0,
        last_invoice_date=row[10],
        last_payment_date=row[11],
        prospect=bool(row[12]),
        credit_status=row[13],
        tax_code_id=row[14],
        terms=row[15],
        payment_due_from=row[16],
        on_hold=bool(row[17]),
        terms_agreed=row[18] is None or bool(row[18]),
        currency=row[19],
        department_id=row[20],
    )


_ITEM_COLUMNS = {
    "us": (
        "tax_type, NULL, sales_account_id, inventory_account_id, cost_account_id, NULL,"
        " cost_method, NULL"
    ),
    "uk": (
        "NULL, tax_code_id, sales_account_id, NULL, NULL, purchase_account_id, NULL, department_id"
    ),
}


def read_item(connection: sqlite3.Connection, edition: str, key: str | int) -> ItemView | None:
    """Return the item with this ID (text) or record number, or none."""
    column = "record_number" if isinstance(key, int) else "id COLLATE NOCASE"
    row = connection.execute(
        "SELECT record_number, id, class, description, inactive, unit_cost,"
        f" quantity_on_hand, stock_value, {_ITEM_COLUMNS[edition]}"
        f" FROM item_record WHERE {column} = ?",
        (key,),
    ).fetchone()
    if row is None:
        return None
    return ItemView(
        number=row[0],
        id=row[1],
        item_class=row[2] or "stock",
        description=row[3] or "",
        inactive=bool(row[4]),
        unit_cost=row[5] or 0,
        quantity=row[6],
        value=row[7],
        tax_type=row[8] or 1,
        tax_code_id=row[9],
        sales_account_id=row[10],
        inventory_account_id=row[11],
        cost_account_id=row[12],
        purchase_account_id=row[13],
        cost_method=row[14] or stored.usual_cost_method(edition),
        department_id=row[15],
    )


def read_tax_code(connection: sqlite3.Connection, edition: str, key: str) -> TaxCodeView | None:
    """Return the tax code with the ID `key`, or none."""
    columns = (
        "exempt, tax_freight, agencies, NULL, NULL"
        if edition == "us"
        else "NULL, NULL, NULL, rate, reverse_charge"
    )
    row = connection.execute(
        f"SELECT id, inactive, {columns} FROM tax_code_record WHERE id = ? COLLATE NOCASE",
        (key,),
    ).fetchone()
    if row is None:
        return None
    return TaxCodeView(
        id=row[0],
        inactive=bool(row[1]),
        exempt=bool(row[2]),
        tax_freight=bool(row[3]),
        agencies=stored.agencies(json.loads(row[4] or "[]")),
        rate=(row[5] or 0) * 1000,
        reverse_charge=bool(row[6]),
    )
