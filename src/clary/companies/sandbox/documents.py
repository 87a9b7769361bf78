"""Documents as records: read with what the books know of them, found by every key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from clary.companies.contract import Fate, OriginFound, Query
from clary.companies.keys import RECORD_AMBIGUOUS, Key, KeyKind, not_found
from clary.companies.sandbox import identity, reading
from clary.companies.sandbox.books import Books
from clary.companies.sandbox.codec import SqlValue
from clary.kernel.change import Body, JsonValue, Origin
from clary.kernel.money import money_text
from clary.ledger.fields import FieldSpec, Kind
from clary.ledger.filters import BoundTree
from clary.ledger.record import RecordType

_OWN_TOTAL = "CASE WHEN d.foreign_total <> 0 THEN d.foreign_total ELSE d.total END"
_OWN_OPEN = "CASE WHEN d.foreign_total <> 0 THEN d.foreign_open ELSE d.open END"
_STATUS = (
    "CASE WHEN d.reversed_by IS NOT NULL THEN 'reversed'"
    " WHEN d.reverses IS NOT NULL THEN 'reversal' ELSE 'live' END"
)
_STORED = (
    f"d.transaction_number, d.date, d.period, {_OWN_OPEN},"
    " CASE WHEN d.foreign_total = 0 THEN d.tax END, d.reversed_by, d.reverses, d.posted,"
    f" d.entered_at, d.last_saved_at, {_STATUS}"
)
_ALWAYS_KNOWN = frozenset(
    {"transaction_number", "record_number", "guid", "date", "period", "posted", "created_at"}
)
"""Fields that the books know of every document, without the document as stated."""

_BODY = 13
"""Column of the document as stated, after those of `_STORED` and of the party."""

_PUSHED_KINDS = (Kind.TEXT, Kind.CHOICE, Kind.DATE)
_MONEY_COLUMNS = {
    "total": _OWN_TOTAL,
    "amount_due": _OWN_OPEN,
    "unapplied_amount": _OWN_OPEN,
}
"""Amounts of a document are in its own currency; the books keep the base beside them."""


class DocumentSource:
    """The documents of one type, as something that can be read with filters."""

    tie = "d.transaction_number"

    def __init__(self, declared: RecordType, books: Books) -> None:
        """Prepare reading of `declared` in the books' edition."""
        self._declared = declared
        self._edition = books.edition
        self._specs = declared.fields_in(self._edition, int(books.values["release"]))
        self._party = (declared.party or "").removesuffix("_id")
        self._identity = books.values["identity"]

    @property
    def _stated_name(self) -> str | None:
        """The party's name where a document may state another one (receipts, payments)."""
        name = f"{self._party}_name"
        spec = self._specs.get(name)
        return name if spec is not None and not spec.computed else None

    @property
    def condition(self) -> str:
        """What every row must meet."""
        return f"d.record_type = '{self._declared.name}'"

    def column(self, path: str) -> str | None:
        """Return the SQL expression of a field, or none where it is compared above."""
        plain = {
            "transaction_number": "d.transaction_number",
            "record_number": "d.transaction_number",
            "date": "d.date",
            "period": "d.period",
            "origin": "d.origin",
            "reversed_by": "d.reversed_by",
            "reverses": "d.reverses",
            "status": _STATUS,
            "created_at": "d.entered_at",
            "last_saved_at": "d.last_saved_at",
        }
        if path not in self._specs:
            return None
        if path in plain:
            return plain[path]
        if path == self._declared.number:
            return "d.number"
        if path == self._declared.party and self._party in ("customer", "vendor"):
            return "p.id"
        if path == self._stated_name:
            return f"coalesce(json_extract(d.body, '$.{path}'), p.name)"
        if path == self._declared.total or path in _MONEY_COLUMNS:
            return _MONEY_COLUMNS.get(path, _OWN_TOTAL)
        return self._in_body(path, self._specs[path])

    def _in_body(self, path: str, spec: FieldSpec) -> str | None:
        if spec.computed:
            return None
        if spec.kind in _PUSHED_KINDS:
            return f"json_extract(d.body, '$.{path}')"
        if spec.kind is Kind.BOOLEAN:
            return f"coalesce(json_extract(d.body, '$.{path}'), 0)"
        return None

    def kind(self, path: str) -> Kind:
        """Return what a field holds."""
        return self._specs[path].kind

    def encode(self, path: str, value: object) -> object:
        """Return a canonical value as the column holds it."""
        return reading.encode_value(self._specs[path], value)

    def selection(
        self, fields: tuple[str, ...] | None
    ) -> tuple[str, Callable[[tuple[SqlValue, ...]], Body]]:
        """Return the SELECT text, and how a row becomes a body with `fields`."""
        has_party = self._party in ("customer", "vendor")
        party = "p.id, p.name" if has_party else "NULL, NULL"
        join = (
            f" LEFT JOIN {self._party}_record p ON p.record_number = d.party"
            f" AND d.party_type = '{self._party}'"
            if has_party
            else ""
        )
        is_known = fields is not None and _ALWAYS_KNOWN.issuperset(fields)
        stated = "'{}'" if is_known else "d.body"
        text = f"SELECT {_STORED}, {party}, {stated} FROM document d{join}"
        return text, self._reader(fields)

    def _reader(self, fields: tuple[str, ...] | None) -> Callable[[tuple[SqlValue, ...]], Body]:
        """Return how a row becomes a body: the document as stated, and what the books know."""
        known = [
            (name, position, convert)
            for name, position, convert in self._known_fields()
            if name in self._specs
        ]
        loads = json.loads
        stated_name = self._stated_name

        def read(row: tuple[SqlValue, ...]) -> Body:
            body: Body = loads(row[_BODY])  # type: ignore[arg-type]  # the column is text
            for name, position, convert in known:
                value = row[position]
                if value is not None and (name != stated_name or name not in body):
                    body[name] = value if convert is None else convert(int(value))
            return body

        if fields is None:
            return read
        wanted = set(fields)
        return lambda row: {name: value for name, value in read(row).items() if name in wanted}

    def _known_fields(self) -> list[tuple[str, int, Callable[[int], JsonValue] | None]]:
        """Return the fields that the books know: name, column, conversion."""
        party = self._party if self._party in ("customer", "vendor") else "no party"
        return [
            ("transaction_number", 0, None),
            ("record_number", 0, None),
            ("guid", 0, identity.guid_maker(self._identity, self._declared.name)),
            ("date", 1, None),
            ("period", 2, None),
            ("amount_due", 3, money_text),
            ("unapplied_amount", 3, money_text),
            ("tax_total", 4, money_text),
            ("reversed_by", 5, None),
            ("reverses", 6, None),
            ("posted", 7, bool),
            ("created_at", 8, None),
            ("last_saved_at", 9, None),
            ("status", 10, None),
            (f"{party}_id", 11, None),
            (f"{party}_name", 12, None),
        ]


class Documents:
    """What can be read of the documents of one company."""

    def __init__(self, books: Books) -> None:
        """Work on `books`."""
        self.books = books

    def _settle_queue(self) -> None:
        if self.books.in_group:
            self.books.flush()

    def read(self, declared: RecordType, query: Query) -> Iterator[Body]:
        """Yield the documents that `query` asks for."""
        self._settle_queue()
        return reading.read(self.books.connection, DocumentSource(declared, self.books), query)

    def count(self, declared: RecordType, where: BoundTree | None) -> int:
        """Return how many documents a filter chooses."""
        self._settle_queue()
        return reading.count(self.books.connection, DocumentSource(declared, self.books), where)

    def number_of(self, declared: RecordType, key: Key) -> int:
        """Return the transaction number of the document with this key.

        Raises:
            Rejected: there is none (RECORD_NOT_FOUND) or several (RECORD_AMBIGUOUS).
        """
        self._settle_queue()
        found = self._numbers(declared, key)
        if not found:
            raise not_found(declared.name, key)
        if len(found) > 1:
            candidates = ", ".join(str(number) for number in found[:10])
            raise RECORD_AMBIGUOUS.raised(
                record=f"{declared.name} {key.value}",
                type=declared.name,
                key=str(key),
                count=len(found),
                candidates=candidates,
            )
        return found[0]

    def _numbers(self, declared: RecordType, key: Key) -> list[int]:
        if key.kind in (KeyKind.CUSTOMER, KeyKind.VENDOR):
            return self._by_party(declared, key)
        if key.kind is KeyKind.GUID:
            number = identity.number_of(self.books.values["identity"], declared.name, key.value)
        else:
            number = int(key.value)
        rows = self.books.connection.execute(
            "SELECT transaction_number FROM document WHERE transaction_number = ?"
            " AND record_type = ?",
            (number, declared.name),
        )
        return [row[0] for row in rows]

    def _by_party(self, declared: RecordType, key: Key) -> list[int]:
        """Return the party's documents of a number: those that stand, else those voided."""
        rows = self.books.connection.execute(
            "SELECT d.transaction_number, d.reversed_by IS NULL FROM document d"
            f" JOIN {key.kind.value}_record p ON p.record_number = d.party"
            " WHERE d.record_type = ? AND d.number = ? AND p.id = ? COLLATE NOCASE"
            " AND d.reverses IS NULL ORDER BY d.transaction_number",
            (declared.name, key.value, key.party),
        ).fetchall()
        standing = [number for number, stands in rows if stands]
        return standing or [number for number, _ in rows]

    def get(self, declared: RecordType, key: Key) -> Body:
        """Return one document.

        Raises:
            Rejected: there is none, or there are several.
        """
        return self.by_number(declared, self.number_of(declared, key))

    def by_number(self, declared: RecordType, number: int) -> Body:
        """Return the document with this transaction number."""
        text, convert = DocumentSource(declared, self.books).selection(None)
        row = self.books.connection.execute(
            f"{text} WHERE d.transaction_number = ?", (number,)
        ).fetchone()
        return convert(row)

    def get_many(self, declared: RecordType, keys: Sequence[Key]) -> list[Body | None]:
        """Return many documents in one read, none where there is no such document."""
        self._settle_queue()
        if any(key.kind is not KeyKind.NUMBER for key in keys):
            return [self._get_or_none(declared, key) for key in keys]
        text, convert = DocumentSource(declared, self.books).selection(None)
        rows = self.books.connection.execute(
            f"{text} WHERE d.record_type = ? AND d.transaction_number IN"
            " (SELECT value FROM json_each(?))",
            (declared.name, json.dumps([int(key.value) for key in keys])),
        )
        found = {row[0]: convert(row) for row in rows}
        return [found.get(int(key.value)) for key in keys]

    def _get_or_none(self, declared: RecordType, key: Key) -> Body | None:
        if not self._numbers(declared, key):
            return None
        # A key that names several documents is an error here too, never none.
        return self.by_number(declared, self.number_of(declared, key))

    def find_origins(self, declared: RecordType, origins: Sequence[Origin]) -> list[OriginFound]:
        """Tell for each origin what became of the document it made, in one read."""
        self._settle_queue()
        texts = [origin.text for origin in origins]
        # The sign keeps SQLite from looking through every document of the type.
        rows = self.books.connection.execute(
            "SELECT origin, transaction_number, reversed_by FROM document"
            " WHERE origin IN (SELECT value FROM json_each(?)) AND +record_type = ?"
            " ORDER BY transaction_number",
            (json.dumps(texts), declared.name),
        )
        found: dict[str, OriginFound] = {}
        for origin, number, reversed_by in rows:
            fate = Fate.LIVE if reversed_by is None else Fate.REVERSED
            evidence = f"the origin is stored in transaction {number}"
            if fate is Fate.LIVE and found.get(origin, ABSENT).fate is Fate.LIVE:
                fate, evidence = Fate.AMBIGUOUS, f"{evidence} and in another one"
            found[origin] = OriginFound(fate, str(number), evidence)
        return [found.get(text, ABSENT) for text in texts]


ABSENT = OriginFound(Fate.ABSENT)
