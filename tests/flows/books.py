"""A small company kept in memory: real behaviour of the contract, without a driver's bulk.

It keeps records as canonical bodies, numbers documents, works balances out of them, finds
IDs in any case and refuses what every company refuses.  The flows are tested against it
where a sandbox company would only be slower; the same tests hold for the sandbox.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from clary.companies.contract import (
    EXACT,
    AccountFigure,
    AgedBalance,
    Changed,
    Company,
    Fate,
    Fence,
    Info,
    LedgerRow,
    OpenItem,
    Operation,
    OriginFound,
    OriginPlace,
    Period,
    Query,
    Session,
    TypeCapability,
)
from clary.companies.keys import RECORD_AMBIGUOUS, RECORD_NOT_FOUND, Key, KeyKind
from clary.kernel.change import Body, JsonValue, Origin, Verb, Written
from clary.kernel.errors import Rejected, declare
from clary.kernel.identifiers import named_guid
from clary.ledger import filters
from clary.ledger.fields import EditionName
from clary.ledger.record import Family, RecordType
from clary.ledger.registry import record_type, record_types_in

CLOSED = declare("TEST_CLOSED", Rejected, "{date} is in a closed year.", "Use another day.")

BULK = frozenset({"id", "name", "inactive", "transaction_number", "date", "number", "customer_id"})
SORTED = frozenset({"id", "transaction_number"})


@dataclass
class Shelf:
    """The records of one type, by their key."""

    records: dict[str, Body] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)


class MemoryCompany(Company):
    """A company of one edition in memory."""

    def __init__(self, edition: EditionName = "us", **changes: TypeCapability) -> None:
        self.edition = edition
        self.shelves: dict[str, Shelf] = {t.name: Shelf() for t in record_types_in(edition)}
        self.last = 0
        self.calls: list[str] = []
        self._changes = changes

    def info(self) -> Info:
        release = 2022 if self.edition == "us" else 28
        periods = tuple(
            Period(month, date(2026, month, 1), date(2026, month, 28), open=True)
            for month in range(1, 13)
        )
        currency = "USD" if self.edition == "us" else "GBP"
        return Info(
            name="Memory",
            edition=self.edition,
            release=release,
            tier="premium",
            currency=currency,
            foreign_trader=False,
            periods=periods,
            lock_date=None,
            identity="memory:1",
            generation=1,
            driver="memory",
        )

    def capabilities(self) -> Mapping[str, TypeCapability]:
        every = dict.fromkeys(Operation, EXACT)
        known = {
            name: TypeCapability(
                operations=every, filters=BULK, sorts=SORTED, origin=OriginPlace.STORED
            )
            for name in self.shelves
        }
        return {**known, **self._changes}

    def session(self, *, write: bool = False, fence: Fence | None = None) -> MemorySession:
        del write, fence
        return MemorySession(self)


class MemorySession(Session):
    """A log-on to a company in memory."""

    def __init__(self, company: MemoryCompany) -> None:
        self.company = company

    def close(self) -> None:
        """Nothing is held open."""

    def _shelf(self, name: str) -> tuple[RecordType, Shelf]:
        return record_type(name), self.company.shelves[name]

    def read(self, record_type: str, query: Query) -> Iterator[Body]:
        self.company.calls.append(f"read {record_type}")
        declared, shelf = self._shelf(record_type)
        matches = filters.compile(query.where) if query.where is not None else None
        found = [body for body in shelf.records.values() if matches is None or matches(body)]
        for step in reversed(query.order):
            found.sort(key=lambda body: str(body.get(step.field)), reverse=step.descending)
        for body in found[: query.limit]:
            kept = query.fields or tuple(declared.fields)
            yield {name: value for name, value in body.items() if name in kept}

    def get(self, record_type: str, key: Key) -> Body:
        self.company.calls.append(f"get {record_type} {key}")
        declared, shelf = self._shelf(record_type)
        found = [body for body in shelf.records.values() if _is(declared, body, key)]
        if not found:
            raise RECORD_NOT_FOUND.raised(type=record_type, key=str(key))
        if len(found) > 1:
            candidates = ", ".join(str(body.get(declared.key)) for body in found)
            raise RECORD_AMBIGUOUS.raised(
                type=record_type, key=str(key), count=len(found), candidates=candidates
            )
        return dict(found[0])

    def find_origins(self, record_type: str, origins: Sequence[Origin]) -> Sequence[OriginFound]:
        _, shelf = self._shelf(record_type)
        found = []
        for origin in origins:
            key = shelf.origins.get(origin.text)
            live = key is not None and key in shelf.records
            found.append(OriginFound(Fate.LIVE if live else Fate.ABSENT, key, "stored origin"))
        return found

    def create(self, record_type: str, body: Body, origin: Origin | None = None) -> Written:
        declared, shelf = self._shelf(record_type)
        if str(body.get("date", "9999")) < "2026":
            raise CLOSED.raised(date=body["date"])
        self.company.last += 1
        stored: Body = {**body, "record_number": self.company.last}
        if self.company.edition == "us":
            stored["guid"] = named_guid(str(self.company.last))
        if declared.family is Family.LIST:
            key = str(body[declared.key])
            if "balance" in declared.fields:
                stored["balance"] = "0.00"
        else:
            key = str(self.company.last)
            stored["transaction_number"] = self.company.last
            if declared.total and declared.fields[declared.total].computed is False:
                stored.setdefault(declared.total, _total(body))
        shelf.records[key] = stored
        if origin is not None:
            shelf.origins[origin.text] = key
        return Written(key, body=dict(stored))

    def update(self, record_type: str, key: Key, body: Body) -> Written:
        declared, shelf = self._shelf(record_type)
        stored = self.get(record_type, key)
        before = str(stored[declared.key])
        merged = {**stored, **body}
        kept = stated_only(merged)
        del shelf.records[before]
        shelf.records[str(kept[declared.key])] = kept
        return Written(str(kept[declared.key]), body=dict(kept))

    def delete(self, record_type: str, key: Key) -> Written:
        declared, shelf = self._shelf(record_type)
        stored = self.get(record_type, key)
        del shelf.records[str(stored[declared.key])]
        return Written(None)

    def act(self, record_type: str, key: Key, verb: Verb, details: Body) -> Written:
        declared, shelf = self._shelf(record_type)
        stored = self.get(record_type, key)
        self.company.last += 1
        stored["reversed_by"] = self.company.last
        shelf.records[str(stored[declared.key])] = stored
        return Written(
            str(stored[declared.key]),
            body=dict(stored),
            undo={"verb": verb.value, "stated": details},
        )

    def uses(self, record_type: str, key: Key) -> Sequence[str]:
        if record_type != "customer":
            return []
        return [
            f"sales_invoice {number}"
            for number, body in self.company.shelves["sales_invoice"].records.items()
            if body.get("customer_id") == key.value
        ][:20]

    def changes(self, record_type: str, since: str | None) -> Iterator[Changed]:
        del record_type, since
        return iter(())

    def trial_balance(self, as_of: date | None) -> Sequence[AccountFigure]:
        del as_of
        return []

    def open_items(self, party_type: str, party: str | None) -> Iterator[OpenItem]:
        del party_type, party
        return iter(())

    def aged_balances(self, party_type: str, as_of: date) -> Sequence[AgedBalance]:
        del party_type, as_of
        return []

    def ledger_rows(self) -> Iterator[LedgerRow]:
        return iter(())


def stated_only(body: Mapping[str, JsonValue]) -> Body:
    kept = {name: _stated(value) for name, value in body.items()}
    return {name: value for name, value in kept.items() if value is not None}


def _stated(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return stated_only(value)
    return [_stated(each) for each in value] if isinstance(value, list) else value


def _total(body: Body) -> str:
    lines = body.get("lines")
    entries = lines if isinstance(lines, list) else []
    amounts = [Decimal(str(e["amount"])) for e in entries if isinstance(e, dict) and "amount" in e]
    return str(sum(amounts, Decimal("0.00")))


def _is(declared: RecordType, body: Body, key: Key) -> bool:
    if key.kind is KeyKind.ID:
        return str(body.get(declared.key, "")).casefold() == key.value.casefold()
    if key.kind is KeyKind.NUMBER:
        field = declared.key if declared.family is not Family.LIST else "record_number"
        return str(body.get(field)) == key.value
    if key.kind is KeyKind.GUID:
        return body.get("guid") == key.value
    party, number = declared.party or "", declared.number or ""
    return body.get(party) == key.party and body.get(number) == key.value
