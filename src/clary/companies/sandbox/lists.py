"""List records: created, read, changed and deleted by the declarations and the edition."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from clary.companies.contract import Query
from clary.companies.keys import Key, KeyKind, not_found
from clary.companies.sandbox import identity, list_rules, reading, renaming, rules, usage
from clary.companies.sandbox.books import Books
from clary.companies.sandbox.codec import SqlValue, codec_of
from clary.companies.sandbox.schema import table_name
from clary.kernel.change import Body, Written
from clary.kernel.clock import timestamp
from clary.kernel.errors import error_of, raise_errors
from clary.ledger import schema
from clary.ledger.fields import Kind, Rule
from clary.ledger.filters import BoundTree
from clary.ledger.posting.problems import Problems
from clary.ledger.record import RecordType
from clary.ledger.schema import Purpose

STAMPS = ("record_number", "created_at", "last_saved_at")


class ListSource:
    """The table of a list record type, as something that can be read with filters."""

    condition = ""
    tie = "record_number"

    def __init__(self, declared: RecordType, books: Books) -> None:
        """Prepare reading of `declared` in the books' edition."""
        self._declared = declared
        self._edition = books.edition
        self._codec = codec_of(declared, self._edition)
        self._specs = declared.fields_in(self._edition)
        self._release = int(books.values["release"])
        self._identity = books.values["identity"]

    def column(self, path: str) -> str | None:
        """Return the SQL expression of a field, or none where it has no column."""
        if path in STAMPS and path in self._specs:
            return path
        spec = self._codec.fields.get(path)
        if spec is None or spec.kind is Kind.GROUP:
            return None
        return f'coalesce("{path}", 0)' if spec.kind is Kind.BOOLEAN else f'"{path}"'

    def kind(self, path: str) -> Kind:
        """Return what a field holds."""
        return self._specs[path].kind

    def encode(self, path: str, value: object) -> object:
        """Return a canonical value as the column holds it."""
        return reading.encode_value(self._specs[path], value)

    def selection(
        self, fields: tuple[str, ...] | None
    ) -> tuple[str, Callable[[tuple[SqlValue, ...]], Body]]:
        """Return the SELECT text for the fields, and how a row becomes a body."""
        visible = self._declared.fields_in(self._edition, self._release)
        wanted = [name for name in visible if fields is None or name in fields]
        names = [name for name in wanted if name in STAMPS or name in self._codec.fields]
        if "guid" in wanted and "record_number" not in names:
            names.append("record_number")
        columns = ", ".join(f'"{name}"' for name in names) or "record_number"
        convert: Callable[[tuple[SqlValue, ...]], Body] = self._codec.reader(names)
        if "guid" in wanted:
            convert = self._with_guid(convert, keep_number="record_number" in wanted)
        return f"SELECT {columns} FROM {table_name(self._declared)}", convert

    def _with_guid(
        self, convert: Callable[[tuple[SqlValue, ...]], Body], *, keep_number: bool
    ) -> Callable[[tuple[SqlValue, ...]], Body]:
        make = identity.guid_maker(self._identity, self._declared.name)

        def read(row: tuple[SqlValue, ...]) -> Body:
            body = convert(row)
            number = body["record_number"] if keep_number else body.pop("record_number")
            body["guid"] = make(int(str(number)))
            return body

        return read


class Lists:
    """What can be done to list records of one company."""

    def __init__(self, books: Books) -> None:
        """Work on `books`."""
        self.books = books
        self.edition = books.edition

    @property
    def release(self) -> int:
        """The release year or version of the company."""
        return int(self.books.values["release"])

    def source(self, declared: RecordType) -> ListSource:
        """Return the type's table as something that can be read."""
        return ListSource(declared, self.books)

    def read(self, declared: RecordType, query: Query) -> Iterator[Body]:
        """Yield the records that `query` asks for."""
        if self.books.in_group:
            self.books.flush()
        return reading.read(self.books.connection, self.source(declared), query)

    def count(self, declared: RecordType, where: BoundTree | None) -> int:
        """Return how many records a filter chooses."""
        if self.books.in_group:
            self.books.flush()
        return reading.count(self.books.connection, self.source(declared), where)

    def number_of(self, declared: RecordType, key: Key) -> int:
        """Return the record number of the record with this key.

        Raises:
            Rejected: there is none (RECORD_NOT_FOUND).
        """
        column, value = self._where(declared, key)
        row = self.books.connection.execute(
            f"SELECT record_number FROM {table_name(declared)} WHERE {column}",
            (value,),
        ).fetchone()
        if row is None:
            raise not_found(declared.name, key)
        return int(row[0])

    def key_of(self, declared: RecordType, key: Key) -> str:
        """Return the record's own key as the books have it, whatever it was named by.

        Raises:
            Rejected: there is none (RECORD_NOT_FOUND).
        """
        row = self.books.connection.execute(
            f'SELECT "{declared.key}" FROM {table_name(declared)} WHERE record_number = ?',
            (self.number_of(declared, key),),
        ).fetchone()
        return str(row[0])

    def _where(self, declared: RecordType, key: Key) -> tuple[str, SqlValue]:
        if key.kind is KeyKind.GUID:
            number = identity.number_of(self.books.values["identity"], declared.name, key.value)
            return "record_number = ?", number
        if key.kind is KeyKind.NUMBER:
            return "record_number = ?", int(key.value)
        return f'"{declared.key}" = ? COLLATE NOCASE', key.value

    def get(self, declared: RecordType, key: Key) -> Body:
        """Return one record.

        Raises:
            Rejected: there is none (RECORD_NOT_FOUND).
        """
        if self.books.in_group:
            self.books.flush()
        return self._body(declared, self.number_of(declared, key))

    def _body(self, declared: RecordType, number: int) -> Body:
        text, convert = self.source(declared).selection(None)
        row = self.books.connection.execute(f"{text} WHERE record_number = ?", (number,)).fetchone()
        return convert(row)

    def get_many(self, declared: RecordType, keys: Sequence[Key]) -> list[Body | None]:
        """Return many records, none where there is no such record."""
        if self.books.in_group:
            self.books.flush()
        text, convert = self.source(declared).selection(None)
        found: list[Body | None] = []
        for key in keys:
            column, value = self._where(declared, key)
            row = self.books.connection.execute(f"{text} WHERE {column}", (value,)).fetchone()
            found.append(None if row is None else convert(row))
        return found

    def create(self, declared: RecordType, body: Body) -> Written:
        """Create a record.

        Raises:
            Rejected: the data or a rule says no; nothing was written.
        """
        record = f"{declared.name} {body.get(declared.key)}"
        checked = self._checked(declared, body, Purpose.CREATE, record)
        problems = Problems(record)
        list_rules.before_create(self.books, problems, declared, checked)
        self._check_key(declared, problems, checked)
        usage.check_references(self.books, problems, declared, checked)
        if problems.failed:
            raise_errors(problems.findings)
        with self.books.writing():
            self._insert(declared, checked)
            list_rules.after_create(self.books, declared, checked)
        return Written(key=str(checked[declared.key]), warnings=tuple(problems.findings))

    def _checked(self, declared: RecordType, body: Body, purpose: Purpose, record: str) -> Body:
        typed, findings = schema.check(
            declared.name, body, self.edition, self.release, purpose, record
        )
        if typed is None:
            raise error_of(tuple(findings))
        return schema.canonical_body(typed)

    def _check_key(self, declared: RecordType, problems: Problems, body: Body) -> None:
        key = str(body[declared.key])
        if self._exists(declared, key):
            problems.error(rules.DUPLICATE_KEY, declared.key, type=declared.name, value=key)

    def _exists(self, declared: RecordType, key: str) -> bool:
        """Tell whether a key is taken in any case; SQLite folds the case of ASCII only."""
        table = table_name(declared)
        if key.isascii():
            found = self.books.connection.execute(
                f'SELECT 1 FROM {table} WHERE "{declared.key}" = ? COLLATE NOCASE', (key,)
            ).fetchone()
            return found is not None
        folded = key.casefold()
        rows = self.books.connection.execute(f'SELECT "{declared.key}" FROM {table}')
        return any(str(row[0]).casefold() == folded for row in rows)

    def _insert(self, declared: RecordType, body: Body) -> None:
        values = codec_of(declared, self.edition).encode(body)
        values["created_at"] = timestamp(self.books.clock.now())
        if self.edition == "uk":
            values["last_saved_at"] = values["created_at"]
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" * len(values))
        self.books.connection.execute(
            f"INSERT INTO {table_name(declared)} ({names}) VALUES ({marks})",
            tuple(values.values()),
        )
        self.books.forget(declared.name, str(body[declared.key]))

    def update(self, declared: RecordType, key: Key, body: Body) -> Written:
        """Change the stated fields; a field stated as none is cleared.

        Raises:
            Rejected: the data or a rule says no; nothing was written.
        """
        number = self.number_of(declared, key)
        record = f"{declared.name} {key.value}"
        before = self._body(declared, number)
        checked = self._checked(declared, body, Purpose.UPDATE, record)
        problems = Problems(record)
        self._check_cleared(declared, problems, checked)
        self._check_new_key(declared, problems, before, checked)
        list_rules.before_update(self.books, problems, declared, before, checked)
        usage.check_references(self.books, problems, declared, checked)
        if problems.failed:
            raise_errors(problems.findings)
        old_key = str(before[declared.key])
        new_key = str(checked.get(declared.key) or old_key)
        with self.books.writing():
            self._change(declared, number, checked)
            if new_key != old_key:
                renaming.rename(self.books, declared, number, old_key, new_key)
            self.books.forget(declared.name, old_key)
        return Written(key=new_key, warnings=tuple(problems.findings))

    def _check_cleared(self, declared: RecordType, problems: Problems, body: Body) -> None:
        for name, spec in declared.fields_in(self.edition, self.release).items():
            required = (spec.rule(self.edition) or Rule()).required or spec.key
            if required and name in body and body[name] is None:
                label = spec.label_in(self.edition)
                problems.error(schema.FIELD_REQUIRED, name, label=label, name=name)

    def _check_new_key(
        self, declared: RecordType, problems: Problems, before: Body, body: Body
    ) -> None:
        new = body.get(declared.key)
        old = str(before[declared.key])
        if new is None or str(new) == old:
            return
        if not list_rules.key_may_change(declared, self.edition):
            label = declared.fields[declared.key].label_in(self.edition)
            problems.error(rules.KEY_FIXED, declared.key, label=label, type=declared.name)
        elif str(new).casefold() != old.casefold() and self._exists(declared, str(new)):
            problems.error(rules.DUPLICATE_KEY, declared.key, type=declared.name, value=new)

    def _change(self, declared: RecordType, number: int, body: Body) -> None:
        values = codec_of(declared, self.edition).encode(body)
        values["last_saved_at"] = timestamp(self.books.clock.now())
        changes = ", ".join(f'"{name}" = ?' for name in values)
        self.books.connection.execute(
            f"UPDATE {table_name(declared)} SET {changes} WHERE record_number = ?",
            (*values.values(), number),
        )

    def delete(self, declared: RecordType, key: Key) -> Written:
        """Delete a record that nothing refers to.

        Raises:
            Rejected: it is in use or has a balance; nothing was written.
        """
        number = self.number_of(declared, key)
        before = self._body(declared, number)
        shown = str(before[declared.key])
        problems = Problems(f"{declared.name} {shown}")
        list_rules.before_delete(self.books, problems, declared, before)
        used = usage.uses_of(self.books, declared, number, shown)
        if used:
            problems.error(
                rules.RECORD_IN_USE_BY, type=declared.name, value=shown, uses=_in_words(used)
            )
        if problems.failed:
            raise_errors(problems.findings)
        with self.books.writing():
            self._remove(declared, number, before)
        return Written(key=shown)

    def _remove(self, declared: RecordType, number: int, before: Body) -> None:
        shown = str(before[declared.key])
        self.books.connection.execute(
            f"DELETE FROM {table_name(declared)} WHERE record_number = ?",
            (number,),
        )
        self.books.connection.execute(
            "INSERT INTO deleted_record (record_type, record_key, deleted_at, body)"
            " VALUES (?,?,?,?)",
            (
                declared.name,
                shown,
                timestamp(self.books.clock.now()),
                json.dumps(before, ensure_ascii=False),
            ),
        )
        self.books.forget(declared.name, shown)
        list_rules.after_delete(self.books, declared, shown)


def _in_words(used: Sequence[str]) -> str:
    most = 5
    more = f" and {len(used) - most} more" if len(used) > most else ""
    return "it is used by " + ", ".join(used[:most]) + more
