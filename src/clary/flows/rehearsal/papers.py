"""Documents that others refer to: those in the books, and those that the plan posts.

A number is looked for among its party's documents, and what is open of an invoice decides
what may be applied to it.  Per group of documents the company is asked once; what the plan
adds or settles goes into a temporary table, so that a plan of any length takes no memory.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from clary.companies.contract import Info, OpenItem, Query, Session, TypeCapability
from clary.companies.keys import Key, KeyKind
from clary.flows.rehearsal import paper
from clary.flows.rehearsal.paper import Paper
from clary.flows.rehearsal.wanted import Wanted
from clary.kernel.change import Body
from clary.kernel.errors import Unsupported
from clary.ledger import filters
from clary.ledger.filters import Comparison, Operator
from clary.ledger.posting.views import OpenDocument
from clary.ledger.record import RecordType
from clary.ledger.registry import record_type as find_type

GROUP: Final = 500
"""Most numbers asked for at once; a filter's list takes 1,000."""

MOST: Final = 50
"""Most documents of one number and party that are told apart."""

_TABLE: Final = f"CREATE TABLE paper ({', '.join(paper.COLUMNS)}) STRICT"
_INDEX: Final = "CREATE INDEX paper_number ON paper (record_type, number)"
_ADD: Final = "INSERT OR IGNORE INTO paper VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
_REPLACE: Final = "INSERT OR REPLACE INTO paper VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
_BY_NUMBER: Final = (
    "SELECT * FROM paper WHERE record_type = ? AND number IN (SELECT value FROM json_each(?))"
)
_BY_TRANSACTION: Final = (
    "SELECT * FROM paper WHERE transaction_number IN (SELECT value FROM json_each(?))"
)


class Papers:
    """The documents of one company and of a plan for it, by number."""

    def __init__(
        self, session: Session, info: Info, capabilities: Mapping[str, TypeCapability]
    ) -> None:
        """Read through `session`; types whose numbers no filter finds are read once, whole."""
        self._session = session
        self._info = info
        self._capabilities = capabilities
        self._table = sqlite3.connect("", isolation_level=None)
        self._table.execute(_TABLE)
        self._table.execute(_INDEX)
        self._papers: dict[int, Paper] = {}
        self._by_number: dict[tuple[str, str], dict[int, None]] = {}
        self._asked: set[tuple[str, int]] = set()
        self._changed: set[int] = set()
        self._open_items: dict[tuple[str, str], dict[str, OpenItem]] = {}
        self._whole: set[str] = set()
        self._last = 0
        self.unreadable: set[str] = set()

    def close(self) -> None:
        """Forget everything."""
        self._table.close()

    # -- what is looked up ---------------------------------------------------------------

    def has(self, record_type: str, party: str, number: str) -> bool:
        """Tell whether a party has a live document of a type and number."""
        owner = party.casefold()
        return any(each.party == owner for each in self._numbered(record_type, number))

    def numbered(self, record_type: str, party: str, number: str) -> list[OpenDocument]:
        """Return a party's live, posted documents of a type and number, in order."""
        owner = party.casefold()
        found = (
            each.document
            for each in self._numbered(record_type, number)
            if each.posted and each.party == owner
        )
        return sorted(found, key=_in_order)[:MOST]

    def _numbered(self, record_type: str, number: str) -> Iterator[Paper]:
        if (record_type, number) not in self._by_number:
            self._fetch_numbers(find_type(record_type), [number])
        return (self._papers[one] for one in self._by_number[record_type, number])

    def transaction(self, record_type: str, party: str, number: int) -> OpenDocument | None:
        """Return a party's live, posted document by its transaction number, or none.

        A document that the plan posts has none yet, so that nothing can name it by one.
        """
        if (record_type, number) not in self._asked:
            self._fetch_transactions(find_type(record_type), [number])
        found = self._papers.get(number) if number > 0 else None
        if found is None or not found.posted or found.party != party.casefold():
            return None
        return found.document if found.document.record_type == record_type else None

    # -- what the plan does --------------------------------------------------------------

    def next_number(self) -> int:
        """Return what stands for the transaction number of a document without one."""
        self._last -= 1
        return self._last

    def add(self, made: Paper) -> None:
        """Add a document that the plan posts."""
        self._keep(made)
        self._changed.add(made.document.transaction_number)

    def settle(self, number: int, amount: int, foreign: int) -> None:
        """Take from what is open of a document that was found since the last `flush`."""
        before = self._papers[number]
        one = before.document
        left = replace(one, open=one.open - amount, foreign_open=one.foreign_open - foreign)
        self._papers[number] = before._replace(document=left)
        self._changed.add(number)

    def flush(self) -> None:
        """Put away what changed; everything is looked up anew after this."""
        if self._changed:
            self._insert(_REPLACE, (self._papers[number].row for number in sorted(self._changed)))
        self._changed.clear()
        self._papers.clear()
        self._by_number.clear()
        self._asked.clear()
        self._open_items.clear()

    def _insert(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        with self._table:
            self._table.execute("BEGIN")
            self._table.executemany(statement, rows)

    # -- what is read --------------------------------------------------------------------

    def fetch(self, wanted: Wanted) -> None:
        """Read the documents that a group will look up."""
        for name, numbers in wanted.numbers.items():
            self._fetch_numbers(find_type(name), sorted(numbers))
        for name, transactions in wanted.transactions.items():
            self._fetch_transactions(find_type(name), sorted(transactions))

    def _fetch_numbers(self, declared: RecordType, numbers: list[str]) -> None:
        for number in numbers:
            self._by_number.setdefault((declared.name, number), {})
        filtered = self._finds_numbers(declared)
        if not filtered:
            self._read_whole(declared)
        self._take_back(_BY_NUMBER, declared.name, json.dumps(numbers))
        if filtered:
            for start in range(0, len(numbers), GROUP):
                self._read_numbers(declared, tuple(numbers[start : start + GROUP]))

    def _finds_numbers(self, declared: RecordType) -> bool:
        capability = self._capabilities.get(declared.name)
        return capability is not None and declared.number in capability.filters

    def _take_back(self, statement: str, *values: str) -> None:
        """Keep again what was put away."""
        for row in self._table.execute(statement, values).fetchall():
            self._keep(paper.of_row(row))

    def _fields(self, declared: RecordType) -> tuple[str, ...]:
        known = declared.fields_in(self._info.edition, self._info.release)
        own = (declared.number, declared.party, declared.total)
        return tuple(name for name in (*own, *paper.READ) if name is not None and name in known)

    def _read_numbers(self, declared: RecordType, numbers: tuple[str, ...]) -> None:
        table = filters.declared_fields(declared, self._info.edition, self._info.release)
        wanted = Comparison(declared.number or "", Operator.IN, numbers)
        query = Query(where=filters.check(wanted, table), fields=self._fields(declared))
        with self._noting(declared):
            self._take(declared, list(self._session.read(declared.name, query)))

    def _read_whole(self, declared: RecordType) -> None:
        if declared.name in self._whole:
            return
        self._whole.add(declared.name)
        with self._noting(declared):
            bodies = self._session.read(declared.name, Query(fields=self._fields(declared)))
            papers = (self._paper(declared, body) for body in bodies)
            self._insert(_ADD, (each.row for each in papers if each is not None))

    def _fetch_transactions(self, declared: RecordType, numbers: list[int]) -> None:
        self._asked.update((declared.name, number) for number in numbers)
        self._take_back(_BY_TRANSACTION, json.dumps(numbers))
        unknown = [number for number in numbers if number > 0 and number not in self._papers]
        if unknown:
            keys = [Key(KeyKind.NUMBER, str(number)) for number in unknown]
            with self._noting(declared):
                found = self._session.get_many(declared.name, keys)
                self._take(declared, [body for body in found if body is not None])

    @contextmanager
    def _noting(self, declared: RecordType) -> Iterator[None]:
        """Note it where the door cannot read documents of a type."""
        try:
            yield
        except Unsupported:
            self.unreadable.add(declared.name)

    def _paper(self, declared: RecordType, body: Body) -> Paper | None:
        return paper.of_body(declared, body, self._info.currency, self.next_number())

    def _take(self, declared: RecordType, bodies: Iterable[Body]) -> None:
        for body in bodies:
            read = self._paper(declared, body)
            if read is not None:
                self._keep(self._in_base(declared, read) if read.document.foreign_total else read)

    def _keep(self, found: Paper) -> None:
        """Keep a paper unless it is here already, perhaps settled since."""
        one = found.document
        self._papers.setdefault(one.transaction_number, found)
        same = self._by_number.get((one.record_type, one.number or ""))
        if same is not None:
            same[one.transaction_number] = None

    def _in_base(self, declared: RecordType, read: Paper) -> Paper:
        """Return a foreign document with what the books themselves say is open of it."""
        items = self._items_of(declared, read.party)
        if items is None:
            return read
        one = read.document
        item = items.get(str(one.transaction_number))
        if item is None:
            return read._replace(document=replace(one, open=0, foreign_open=0))
        return read._replace(document=replace(one, open=item.open, total=item.total))

    def _items_of(self, declared: RecordType, party: str) -> Mapping[str, OpenItem] | None:
        """Return the open items of a party by key, none where the door cannot tell them."""
        party_type = (declared.party or "").removesuffix("_id")
        if (party_type, party) not in self._open_items:
            try:
                found = {item.key: item for item in self._session.open_items(party_type, party)}
            except Unsupported:
                return None
            self._open_items[party_type, party] = found
        return self._open_items[party_type, party]


def _in_order(document: OpenDocument) -> tuple[bool, int]:
    """Sort documents as they were posted: those of the plan come last."""
    number = document.transaction_number
    return number < 0, abs(number)
