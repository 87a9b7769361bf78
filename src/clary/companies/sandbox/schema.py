"""The tables of a sandbox company, made from the declarations of the record types.

A list record has a column per plain field, so that every field can be filtered in SQL;
nested groups are JSON text.  All documents share one table, as they do in Sage's journal
header: what the books need has a column, the document as stated is JSON.  The ledger
rows are the books; balances, open amounts and stock figures are kept with the records
they belong to and proved equal to the rows by the tests.
"""

from __future__ import annotations

from functools import cache

from clary.ledger.fields import EditionName, FieldSpec, Kind
from clary.ledger.record import Family, RecordType
from clary.ledger.registry import record_types_in

FORMAT = 1
"""Version of the file format; a newer file is refused, not guessed at."""

APPLICATION_ID = 0x434C5259
"""Marks a SQLite file as a sandbox company ("CLRY")."""

STAMP_COLUMNS = ("guid", "record_number", "created_at", "last_saved_at")
"""Fields that the file gives every list record by itself."""

_COLUMN_TYPES = {
    Kind.TEXT: "TEXT",
    Kind.CHOICE: "TEXT",
    Kind.DATE: "TEXT",
    Kind.DATETIME: "TEXT",
    Kind.GROUP: "TEXT",
    Kind.INTEGER: "INTEGER",
    Kind.DECIMAL: "INTEGER",
    Kind.MONEY: "INTEGER",
    Kind.BOOLEAN: "INTEGER",
}

_FIXED = """
CREATE TABLE company (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE period (
    number INTEGER PRIMARY KEY,
    start TEXT NOT NULL,
    end TEXT NOT NULL,
    open INTEGER NOT NULL
) STRICT;
CREATE TABLE document (
    transaction_number INTEGER PRIMARY KEY,
    record_type TEXT NOT NULL,
    date TEXT NOT NULL,
    period INTEGER NOT NULL,
    number TEXT,
    party_type TEXT,
    party INTEGER,
    total INTEGER NOT NULL,
    open INTEGER NOT NULL,
    tax INTEGER NOT NULL,
    foreign_total INTEGER NOT NULL,
    foreign_open INTEGER NOT NULL,
    origin TEXT,
    reversed_by INTEGER,
    reverses INTEGER,
    posted INTEGER NOT NULL,
    entered_at TEXT NOT NULL,
    last_saved_at TEXT,
    user TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX document_number ON document (record_type, number);
CREATE INDEX document_party ON document (party_type, party);
CREATE INDEX document_origin ON document (origin) WHERE origin IS NOT NULL;
CREATE TABLE ledger_row (
    transaction_number INTEGER NOT NULL,
    row_number INTEGER NOT NULL,
    account INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    line INTEGER,
    item INTEGER,
    quantity INTEGER,
    description TEXT,
    PRIMARY KEY (transaction_number, row_number)
) STRICT, WITHOUT ROWID;
CREATE TABLE application (
    application_number INTEGER PRIMARY KEY,
    credit INTEGER NOT NULL,
    invoice INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    discount INTEGER NOT NULL,
    credit_amount INTEGER NOT NULL,
    foreign_amount INTEGER NOT NULL,
    date TEXT NOT NULL,
    made_by INTEGER NOT NULL
) STRICT;
CREATE INDEX application_credit ON application (credit);
CREATE INDEX application_invoice ON application (invoice);
CREATE TABLE stock_move (
    move_number INTEGER PRIMARY KEY,
    transaction_number INTEGER NOT NULL,
    line INTEGER NOT NULL,
    item INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    short INTEGER NOT NULL,
    late INTEGER NOT NULL
) STRICT;
CREATE INDEX stock_move_item ON stock_move (item, move_number);
CREATE INDEX stock_move_document ON stock_move (transaction_number);
CREATE TABLE cost_layer (
    layer_number INTEGER PRIMARY KEY,
    item INTEGER NOT NULL,
    transaction_number INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    remaining INTEGER NOT NULL,
    remaining_cost INTEGER NOT NULL
) STRICT;
CREATE INDEX cost_layer_open ON cost_layer (item, layer_number) WHERE remaining <> 0;
CREATE INDEX cost_layer_document ON cost_layer (transaction_number);
CREATE TABLE cost_use (
    transaction_number INTEGER NOT NULL,
    layer_number INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    cost INTEGER NOT NULL
) STRICT;
CREATE INDEX cost_use_document ON cost_use (transaction_number);
CREATE INDEX cost_use_layer ON cost_use (layer_number);
CREATE TABLE deleted_record (
    record_type TEXT NOT NULL,
    record_key TEXT NOT NULL,
    deleted_at TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE audit_note (
    note_number INTEGER PRIMARY KEY,
    transaction_number INTEGER NOT NULL,
    noted_at TEXT NOT NULL,
    user TEXT NOT NULL,
    note TEXT NOT NULL
) STRICT;
CREATE TABLE password (
    user TEXT PRIMARY KEY COLLATE NOCASE,
    salt BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE logon (
    user TEXT PRIMARY KEY COLLATE NOCASE,
    program TEXT NOT NULL,
    since TEXT NOT NULL,
    session TEXT NOT NULL,
    machine TEXT NOT NULL,
    process INTEGER NOT NULL,
    started TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE record_lock (
    record_type TEXT NOT NULL,
    record_key TEXT NOT NULL COLLATE NOCASE,
    user TEXT NOT NULL,
    PRIMARY KEY (record_type, record_key)
) STRICT, WITHOUT ROWID;
CREATE TABLE fault (
    kind TEXT NOT NULL,
    stage TEXT NOT NULL,
    times INTEGER NOT NULL,
    PRIMARY KEY (kind, stage)
) STRICT, WITHOUT ROWID;
"""


def table_name(declared: RecordType) -> str:
    """Return the table of a list record type."""
    return f"{declared.name}_record"


def list_types(edition: EditionName) -> tuple[RecordType, ...]:
    """Return the edition's list record types: each has a table of its own."""
    return tuple(one for one in record_types_in(edition) if one.family is Family.LIST)


@cache
def columns_of(declared: RecordType, edition: EditionName) -> dict[str, FieldSpec]:
    """Return the fields of a list record type that have a column of their own.

    All releases share one layout: a file keeps its columns when its release changes.
    """
    return {
        name: spec
        for name, spec in declared.fields_in(edition).items()
        if name not in STAMP_COLUMNS
    }


def statements(edition: EditionName) -> str:
    """Return the SQL that makes every table of a company of `edition`."""
    return _FIXED + "".join(_list_table(declared, edition) for declared in list_types(edition))


def _list_table(declared: RecordType, edition: EditionName) -> str:
    lines = [
        "    record_number INTEGER PRIMARY KEY",
        "    created_at TEXT NOT NULL",
        "    last_saved_at TEXT",
    ]
    for name, spec in columns_of(declared, edition).items():
        collation = " NOT NULL" if name == declared.key else ""
        zero = " NOT NULL DEFAULT 0" if _is_figure(spec) else ""
        lines.append(f'    "{name}" {_COLUMN_TYPES[spec.kind]}{collation}{zero}')
    table = table_name(declared)
    text = f"CREATE TABLE {table} (\n" + ",\n".join(lines) + "\n) STRICT;\n"
    text += f'CREATE UNIQUE INDEX {table}_key ON {table} ("{declared.key}" COLLATE NOCASE);\n'
    text += f'CREATE INDEX {table}_exact ON {table} ("{declared.key}");\n'
    if "name" in columns_of(declared, edition):
        text += f'CREATE INDEX {table}_name ON {table} ("name");\n'
    return text


def _is_figure(spec: FieldSpec) -> bool:
    return spec.computed and spec.kind in (Kind.MONEY, Kind.DECIMAL)
