"""Two ways to learn how invoices were settled, which give the same answer.

The fast one asks a door that tells settlements by itself, which third-party access may
guard.  The other works them out of what every reader of the books sees: the open items,
and what receipts, credit memos and allocations say they were applied to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

from clary.companies.contract import Query, Session
from clary.companies.keys import key_of
from clary.companies.settlements import SettledPart, SettledSince, Settlement, in_order
from clary.kernel.change import Body, JsonValue
from clary.kernel.money import to_minor
from clary.ledger.registry import record_type as declared_type


class Way(StrEnum):
    """How settlements are read."""

    FAST = "fast"
    FALLBACK = "fallback"


class Settlements(Protocol):
    """How invoices to customers were settled."""

    def touched(self, since: SettledSince | None) -> Iterator[Settlement]:
        """Yield the invoices of which something is settled, or something that is new."""
        ...

    def of(self, keys: Sequence[str]) -> Sequence[Settlement | None]:
        """Return how these invoices stand, none where there is no live, posted one."""
        ...


class Standings(Protocol):
    """How some invoices stand now.

    Attributes:
        dated: the day of a payment in full is told, too.
    """

    dated: bool

    def of(self, keys: Sequence[str]) -> Sequence[Settlement | None]:
        """Return how these invoices stand, none where there is no live, posted one."""
        ...


class Direct:
    """Settlements as a door tells them by itself."""

    dated = True

    def __init__(self, session: Session) -> None:
        """Ask through `session`."""
        self._session = session

    def touched(self, since: SettledSince | None) -> Iterator[Settlement]:
        """Yield the invoices of which something is settled, or something that is new."""
        return self._session.settlements(since)

    def of(self, keys: Sequence[str]) -> Sequence[Settlement | None]:
        """Return how these invoices stand."""
        return self._session.settlements_of(keys)


@dataclass(frozen=True, slots=True)
class _Credit:
    """What a receipt or credit memo is called."""

    record_type: str
    number: str | None


@dataclass(frozen=True, slots=True)
class _Tie:
    """One statement that a credit was applied to an invoice, which it may name by number."""

    part: SettledPart
    party: str
    invoice: str | None
    number: str | None


@dataclass(slots=True)
class _Invoice:
    """An invoice of which something is settled, and what was found to settle it."""

    settlement: Settlement
    parts: list[SettledPart] = field(default_factory=list)

    @property
    def unexplained(self) -> int:
        """What of the settled amount no part explains yet."""
        return self.settlement.settled - sum(part.whole for part in self.parts)

    def told(self) -> Settlement:
        """Return it with its parts."""
        one = self.settlement
        parts = in_order(self.parts)
        return Settlement(one.key, one.party, one.number, one.date, one.total, one.open, parts)


CREDITS: Final[Mapping[str, str]] = {"receipt": "reference", "credit_memo": "number"}
"""What settles invoices, and the field that holds its number."""

_ALLOCATION_FIELDS: Final = (
    "transaction_number",
    "date",
    "party_type",
    "party_id",
    "credit",
    "invoice",
    "amount",
    "discount_amount",
    "status",
    "last_saved_at",
)
_INVOICE_FIELDS: Final = (
    "transaction_number",
    "customer_id",
    "number",
    "date",
    "total",
    "amount_due",
    "currency",
    "status",
    "posted",
)


class FromOpenItems:
    """Settlements worked out of open items and documents, read once as a whole."""

    def __init__(self, session: Session) -> None:
        """Read through `session`."""
        found = _invoices(session, _open_items(session))
        self._invoices = {each.key: _Invoice(each) for each in found}
        self._explain(_ties(session))

    def touched(self, since: SettledSince | None) -> Iterator[Settlement]:
        """Yield the invoices of which something is settled, or something that is new."""
        for key in sorted(self._invoices, key=int):
            told = self._invoices[key].told()
            new = since is None or any(map(since.covers, told.parts))
            if new and (told.parts or told.settled):
                yield told

    def of(self, keys: Sequence[str]) -> Sequence[Settlement | None]:
        """Return how these invoices stand."""
        found = (self._invoices.get(key) for key in keys)
        return [None if each is None else each.told() for each in found]

    # --- which invoice a credit means -------------------------------------------------------

    def _explain(self, ties: Iterable[_Tie]) -> None:
        """Give every tie to its invoice: the surest first, the rest by what is left open."""
        left: list[_Tie] = []
        for tie in ties:
            if tie.invoice is None:
                left.append(tie)
            elif tie.invoice in self._invoices:
                self._invoices[tie.invoice].parts.append(tie.part)
        numbers = self._by_number()
        left = _given(left, lambda tie: numbers.get((tie.party.casefold(), tie.number or ""), ()))
        # Either its number was changed since, or it is one of several alike.
        parties = self._by_party()
        _given(left, lambda tie: parties.get(tie.party.casefold(), ()))

    def _by_number(self) -> Mapping[tuple[str, str], list[_Invoice]]:
        found: dict[tuple[str, str], list[_Invoice]] = {}
        for each in self._invoices.values():
            if each.settlement.number is not None:
                mark = (each.settlement.party.casefold(), each.settlement.number)
                found.setdefault(mark, []).append(each)
        return found

    def _by_party(self) -> Mapping[str, list[_Invoice]]:
        found: dict[str, list[_Invoice]] = {}
        for each in self._invoices.values():
            found.setdefault(each.settlement.party.casefold(), []).append(each)
        return found


class OnlyAmounts:
    """How some invoices stand without what settled them, which saves reading every receipt."""

    dated = False

    def __init__(self, session: Session) -> None:
        """Read through `session`."""
        self._session = session
        self._open_items = _open_items(session)

    def of(self, keys: Sequence[str]) -> Sequence[Settlement | None]:
        """Return how these invoices stand."""
        declared = declared_type("sales_invoice")
        bodies = self._session.get_many("sales_invoice", [key_of(declared, key) for key in keys])
        return [None if body is None else _unexplained(body, self._open_items) for body in bodies]


def _open_items(session: Session) -> Mapping[str, int]:
    """Return what is open of each invoice of which anything is, in minor units."""
    return {
        item.key: item.open
        for item in session.open_items("customer", None)
        if item.record_type == "sales_invoice"
    }


def _given(ties: list[_Tie], candidates: Callable[[_Tie], Sequence[_Invoice]]) -> list[_Tie]:
    """Give each tie to the one candidate that it can be of; return the others.

    What is given away may leave one candidate for a tie that had several, so it is tried
    until nothing changes.
    """
    while True:
        left = [tie for tie in ties if not _give(tie, candidates(tie))]
        if len(left) == len(ties):
            return left
        ties = left


def _give(tie: _Tie, candidates: Sequence[_Invoice]) -> bool:
    fitting = [one for one in candidates if one.unexplained >= tie.part.whole]
    # An invoice that came after the credit can be meant only if the credit was edited.
    older = [one for one in fitting if int(one.settlement.key) < tie.part.made_by]
    chosen = older or fitting
    if len(chosen) != 1:
        return False
    chosen[0].parts.append(tie.part)
    return True


def _invoices(session: Session, open_items: Mapping[str, int]) -> Iterator[Settlement]:
    """Yield every live, posted invoice, without what settles it."""
    for body in session.read("sales_invoice", Query(fields=_INVOICE_FIELDS)):
        settlement = _unexplained(body, open_items)
        if settlement is not None:
            yield settlement


def _unexplained(body: Body, open_items: Mapping[str, int]) -> Settlement | None:
    """Return how an invoice stands, without what settles it; none if it is not live and posted."""
    if not _is_live(body) or body.get("posted") is False:
        return None
    key = str(body["transaction_number"])
    # Open items are in the base currency; a foreign invoice tells its own.
    own = body.get("currency") is not None and body.get("amount_due") is not None
    number = body.get("number")
    return Settlement(
        key=key,
        party=str(body.get("customer_id")),
        number=None if number is None else str(number),
        date=_day(body),
        total=_minor(body.get("total")),
        open=_minor(body.get("amount_due")) if own else open_items.get(key, 0),
    )


def _ties(session: Session) -> Iterator[_Tie]:
    """Yield what every live credit and allocation says that it settles."""
    credits_: dict[str, _Credit] = {}
    for record_type, number in CREDITS.items():
        for body in session.read(record_type, Query()):
            if _is_live(body):
                key = str(body["transaction_number"])
                stated = body.get(number)
                name = None if stated is None else str(stated)
                credits_[key] = _Credit(record_type, name)
                yield from _applied(body, key, credits_[key])
    for body in session.read("allocation", Query(fields=_ALLOCATION_FIELDS)):
        credit = credits_.get(str(body.get("credit")))
        if _is_live(body) and credit is not None and body.get("party_type") == "customer":
            part = _part(body, str(body["credit"]), credit, body)
            yield _Tie(part, str(body.get("party_id")), str(body.get("invoice")), None)


def _applied(body: Body, key: str, credit: _Credit) -> Iterator[_Tie]:
    for entry in _entries(body.get("applications")):
        invoice, number = entry.get("transaction_number"), entry.get("invoice_number")
        yield _Tie(
            part=_part(body, key, credit, entry),
            party=str(body.get("customer_id")),
            invoice=None if invoice is None else str(invoice),
            number=None if number is None else str(number),
        )


def _part(made_by: Body, key: str, credit: _Credit, entry: Mapping[str, JsonValue]) -> SettledPart:
    saved = made_by.get("last_saved_at")
    return SettledPart(
        record_type=credit.record_type,
        key=key,
        number=credit.number,
        date=_day(made_by),
        amount=_minor(entry.get("amount")),
        discount=_minor(entry.get("discount_amount")),
        made_by=int(str(made_by["transaction_number"])),
        saved=None if saved is None else str(saved),
    )


def _entries(value: JsonValue) -> Iterable[Mapping[str, JsonValue]]:
    entries = value if isinstance(value, list) else []
    return [entry for entry in entries if isinstance(entry, Mapping)]


def _is_live(body: Body) -> bool:
    return body.get("status", "live") == "live"


def _day(body: Body) -> date:
    return date.fromisoformat(str(body["date"]))


def _minor(value: JsonValue) -> int:
    return to_minor(Decimal(str(value or 0)))
