"""Who refers to a record, and whether what a record refers to exists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from clary.companies.sandbox.books import Books
from clary.companies.sandbox.schema import list_types, table_name
from clary.kernel.change import Body, JsonValue
from clary.ledger.fields import Kind
from clary.ledger.posting import problems as codes
from clary.ledger.posting.problems import Problems
from clary.ledger.record import Record, RecordType, fields_of

MOST = 20
"""Uses that are listed at the most."""


def check_references(books: Books, problems: Problems, declared: RecordType, body: Body) -> None:
    """Note every stated reference to a record that does not exist."""
    edition = books.edition
    for path, record_type, value in references(declared.record, body):
        if declared.name == record_type and path == declared.key:
            continue
        if edition in _words(record_type) and not books.known(record_type, value):
            problems.error(codes.UNKNOWN_REFERENCE, path, type=record_type, value=value)


@cache
def _words(record_type: str) -> tuple[str, ...]:
    from clary.ledger.registry import record_type as find  # noqa: PLC0415 - read once per type

    return tuple(find(record_type).words)


def references(
    record: type[Record], body: Mapping[str, JsonValue], prefix: str = ""
) -> Iterator[tuple[str, str, str]]:
    """Yield path, record type and value of every reference that a body states."""
    specs = fields_of_cached(record)
    groups = groups_of_cached(record)
    for name, value in body.items():
        spec = specs.get(name)
        if spec is None or value is None:
            continue
        path = f"{prefix}{name}"
        if spec.reference is not None:
            yield path, spec.reference, str(value)
        elif spec.kind is Kind.GROUP:
            yield from _in_group(groups[name], value, path)


def _in_group(entry: type[Record], value: JsonValue, path: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, Mapping):
        yield from references(entry, value, f"{path}.")
    elif isinstance(value, list):
        for position, one in enumerate(value):
            if isinstance(one, Mapping):
                yield from references(entry, one, f"{path}.{position}.")


fields_of_cached = cache(fields_of)


@cache
def groups_of_cached(record: type[Record]) -> dict[str, type[Record]]:
    """Return the nested groups of a class; read once per class."""
    from clary.ledger.record import groups_of  # noqa: PLC0415 - as above

    return groups_of(record)


def uses_of(books: Books, declared: RecordType, number: int, key: str) -> list[str]:
    """Return what refers to a list record, in words, at most MOST."""
    if books.in_group:
        books.flush()
    found: list[str] = []
    for use in _uses(books, declared, number, key):
        found.append(use)
        if len(found) >= MOST:
            break
    return found


def _uses(books: Books, declared: RecordType, number: int, key: str) -> Iterator[str]:
    if declared.name in ("customer", "vendor"):
        yield from _rows(
            books,
            "SELECT record_type || ' ' || transaction_number FROM document"
            " WHERE party_type = ? AND party = ? ORDER BY transaction_number LIMIT 20",
            declared.name,
            number,
        )
    if declared.name in ("account", "bank", "item"):
        column = "item" if declared.name == "item" else "account"
        yield from _rows(
            books,
            "SELECT DISTINCT d.record_type || ' ' || d.transaction_number FROM ledger_row r"
            f" JOIN document d USING (transaction_number) WHERE r.{column} = ? LIMIT 20",
            _nominal_number(books, key) if declared.name == "bank" else number,
        )
    if declared.name == "item":
        yield from _rows(
            books,
            "SELECT DISTINCT d.record_type || ' ' || d.transaction_number FROM stock_move m"
            " JOIN document d USING (transaction_number) WHERE m.item = ? LIMIT 20",
            number,
        )
    yield from _in_documents(books, declared, key)
    yield from _in_lists(books, declared, key)


def _nominal_number(books: Books, bank_id: str) -> int | None:
    """Return the record number of the nominal account behind a bank account."""
    row = books.connection.execute(
        "SELECT record_number FROM account_record WHERE id = ? COLLATE NOCASE", (bank_id,)
    ).fetchone()
    return None if row is None else int(row[0])


def _rows(books: Books, sql: str, *parameters: object) -> Iterator[str]:
    for row in books.connection.execute(sql, parameters):
        yield str(row[0])


def _in_documents(books: Books, declared: RecordType, key: str) -> Iterator[str]:
    """Yield documents whose body names the key in a field that refers to this type."""
    names = document_fields(declared.name)
    if not names:
        return
    rows = books.connection.execute(
        "SELECT DISTINCT d.record_type || ' ' || d.transaction_number"
        " FROM document d, json_tree(d.body) t"
        f" WHERE t.key IN ({', '.join('?' * len(names))})"
        " AND t.atom = ? COLLATE NOCASE LIMIT 20",
        (*names, key),
    )
    for row in rows:
        yield str(row[0])


@cache
def document_fields(record_type: str) -> tuple[str, ...]:
    """Return the field names in documents that refer to `record_type`."""
    from clary.ledger.record import Family  # noqa: PLC0415 - as above
    from clary.ledger.registry import all_record_types  # noqa: PLC0415 - as above

    names: set[str] = set()
    for declared in all_record_types():
        if declared.family is not Family.LIST:
            names.update(reference_names(declared.record, record_type))
    return tuple(sorted(names))


def reference_names(record: type[Record], record_type: str) -> set[str]:
    """Return the field names in a class and its groups that refer to `record_type`."""
    names = {
        name for name, spec in fields_of_cached(record).items() if spec.reference == record_type
    }
    for entry in groups_of_cached(record).values():
        names |= reference_names(entry, record_type)
    return names


def _in_lists(books: Books, declared: RecordType, key: str) -> Iterator[str]:
    edition = books.edition
    for other in list_types(edition):
        for name, spec in other.fields_in(edition).items():
            if spec.reference == declared.name and other.name != declared.name:
                yield from _rows(
                    books,
                    f"SELECT '{other.name} ' || \"{other.key}\" FROM {table_name(other)}"
                    f' WHERE "{name}" = ? COLLATE NOCASE LIMIT 20',
                    key,
                )
        for group, entry in other.groups.items():
            names = reference_names(entry, declared.name)
            if names and group in other.fields_in(edition):
                yield from _rows(
                    books,
                    f"SELECT DISTINCT '{other.name} ' || r.\"{other.key}\""
                    f" FROM {table_name(other)} r,"
                    f' json_tree(r."{group}") t WHERE r."{group}" IS NOT NULL'
                    f" AND t.key IN ({', '.join('?' * len(names))}) AND t.atom = ? COLLATE NOCASE"
                    " LIMIT 20",
                    *sorted(names),
                    key,
                )
