"""A changed ID follows its record everywhere it is named (US: customers, vendors, items).

Documents and other lists keep the ID as text beside the record number, so every mention
is rewritten in the same transaction; otherwise a new record with the old ID would take
over another one's history.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from clary.companies.sandbox import usage
from clary.companies.sandbox.books import Books
from clary.companies.sandbox.schema import list_types, table_name
from clary.kernel.change import JsonValue
from clary.ledger.record import RecordType

PARTY_FIELD = "party_id"
"""Field of an allocation that names a customer or a vendor, by its `party_type`."""


def rename(books: Books, declared: RecordType, number: int, old: str, new: str) -> None:
    """Rewrite every mention of a record's ID, inside the open transaction."""
    books.flush()
    names = set(usage.document_fields(declared.name))
    _in_documents(books, names, old, new)
    if declared.name in ("customer", "vendor"):
        books.connection.execute(
            "UPDATE document SET body = json_set(body, '$.party_id', ?)"
            " WHERE record_type = 'allocation' AND party_type = ? AND party = ?",
            (new, declared.name, number),
        )
    _in_lists(books, declared, old, new)


def _in_documents(books: Books, names: set[str], old: str, new: str) -> None:
    rows = books.connection.execute(
        "SELECT DISTINCT d.transaction_number, d.body FROM document d, json_tree(d.body) t"
        f" WHERE t.key IN ({_marks(names)}) AND t.atom = ? COLLATE NOCASE",
        (*sorted(names), old),
    ).fetchall()
    books.connection.executemany(
        "UPDATE document SET body = ? WHERE transaction_number = ?",
        [(_rewritten(body, names, old, new), transaction) for transaction, body in rows],
    )


def _in_lists(books: Books, declared: RecordType, old: str, new: str) -> None:
    for other in list_types(books.edition):
        table = table_name(other)
        for name, spec in other.fields_in(books.edition).items():
            if spec.reference == declared.name:
                books.connection.execute(
                    f'UPDATE {table} SET "{name}" = ? WHERE "{name}" = ? COLLATE NOCASE',
                    (new, old),
                )
        for group, entry in other.groups.items():
            names = usage.reference_names(entry, declared.name)
            if names and group in other.fields_in(books.edition):
                _in_group(books, table, group, names, old, new)


def _in_group(books: Books, table: str, group: str, names: set[str], old: str, new: str) -> None:
    rows = books.connection.execute(
        f'SELECT DISTINCT r.record_number, r."{group}" FROM {table} r, json_tree(r."{group}") t'
        f' WHERE r."{group}" IS NOT NULL AND t.key IN ({_marks(names)})'
        " AND t.atom = ? COLLATE NOCASE",
        (*sorted(names), old),
    ).fetchall()
    books.connection.executemany(
        f'UPDATE {table} SET "{group}" = ? WHERE record_number = ?',
        [(_rewritten(text, names, old, new), number) for number, text in rows],
    )


def _marks(names: Iterable[str]) -> str:
    return ", ".join("?" for _ in names)


def _rewritten(text: str, names: set[str], old: str, new: str) -> str:
    value = _replaced(json.loads(text), names, old.casefold(), new)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _replaced(value: JsonValue, names: set[str], old: str, new: str) -> JsonValue:
    if isinstance(value, Mapping):
        return {
            name: new
            if name in names and isinstance(inner, str) and inner.casefold() == old
            else _replaced(inner, names, old, new)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_replaced(inner, names, old, new) for inner in value]
    return value
