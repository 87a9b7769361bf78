"""What the changes of a plan are worth, so that somebody looks before a large one is applied.

A document weighs what the books would make of it, by the edition's own posting rules: tax,
stock at its cost, amounts in another currency.  Whoever makes a document also states its rate
of exchange, and could make it weigh nothing by that alone; so it is posted at the books' own
rate as well, and weighs the larger of the two.  What the books would not post in a rehearsal
weighs what it states.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from clary.companies.contract import Company, Info, Session
from clary.flows.rehearsal.rehearsal import Rehearsal
from clary.kernel.change import Action, Body, Change, JsonValue
from clary.kernel.errors import Failed, Rejected, Unsupported
from clary.kernel.money import from_minor
from clary.ledger.nested import entries_of
from clary.ledger.posting.posters import POSTERS
from clary.ledger.posting.uk_currency import RATE_PLACES
from clary.ledger.record import Family, Record, RecordType, fields_of
from clary.ledger.registry import record_type
from clary.ledger.worth import minor_units_above, outcome, stated_worth

_RATE: Final = "exchange_rate"
_UNTOLD: Final = (Unsupported, Rejected, Failed)
"""Errors after which documents weigh what they state: they cannot be posted in a rehearsal."""


class _Weighed(NamedTuple):
    """A document as it was or will be.

    Attributes:
        change: place of its change among those that are weighed together.
        declared: its record type.
        body: its canonical body.
        is_past: it is in the books, with all that they worked out for it.
        is_new: it is created, so that documents after it may build on it.
    """

    change: int
    declared: RecordType
    body: Body
    is_past: bool = False
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Scales:
    """Weighs the changes of one company, in their order."""

    info: Info
    rehearsal: Rehearsal | None

    @classmethod
    def of(cls, company: Company, session: Session, info: Info) -> Scales:
        """Return the scales of a company that can be read through `session`."""
        try:
            rehearsal = Rehearsal(session, info, capabilities=company.capabilities())
        except Unsupported:  # a door that tells nothing of its books
            rehearsal = None
        return cls(info, rehearsal)

    def close(self) -> None:
        """Forget what was weighed."""
        if self.rehearsal is not None:
            self.rehearsal.close()

    def weigh(self, changes: Sequence[Change]) -> list[int | None]:
        """Return what each change is worth in minor units of the company's currency.

        A change weighs the larger of what its document was and will be; none where that cannot
        be told.  Records of lists weigh nothing, but for a rate of exchange: what documents
        come to rests on it.

        Raises:
            Busy, Unreachable, Unauthorised: the company cannot be read.
        """
        found: list[list[int | None]] = [_of_a_list(each) for each in changes]
        documents: list[_Weighed] = []
        for place, change in enumerate(changes):
            declared = record_type(change.record_type)
            if declared.family is Family.LIST:
                self._add_record(change)
                continue
            documents += _documents(place, declared, change)
        for each, worth in zip(documents, self._worths(documents), strict=True):
            found[each.change].append(worth)
        return [_largest(each) for each in found]

    def _worths(self, documents: Sequence[_Weighed]) -> list[int | None]:
        """Return what documents are worth: those in the books say it, others are posted."""
        stated = [self._stated(each) for each in documents]
        unsure = [
            place
            for place, each in enumerate(documents)
            if not each.is_past or stated[place] is None
        ]
        posted = self._posted([documents[place] for place in unsure])
        for place, worth in zip(unsure, posted, strict=True):
            if worth or stated[place] is None:
                stated[place] = worth
        return stated

    def _add_record(self, change: Change) -> None:
        """Let a record that the plan creates be there for its documents."""
        if change.action is Action.CREATE and change.after and self.rehearsal is not None:
            with suppress(*_UNTOLD):
                self.rehearsal.add_record(change.record_type, change.after)

    def _posted(self, documents: Sequence[_Weighed]) -> list[int | None]:
        """Return what the books would make of documents: none of one they would not post."""
        found: list[int | None] = [None] * len(documents)
        rules = POSTERS[self.info.edition]
        fit = [place for place, each in enumerate(documents) if each.declared.name in rules]
        if self.rehearsal is None or not fit:
            return found
        for is_new in (False, True):
            chosen = [place for place in fit if documents[place].is_new is is_new]
            worths = self._rehearsed([documents[place] for place in chosen], keep=is_new)
            for place, worth in zip(chosen, worths, strict=True):
                found[place] = worth
        return found

    def _rehearsed(self, documents: Sequence[_Weighed], *, keep: bool) -> list[int | None]:
        """Return what documents are worth at the rate they state and at that of the books."""
        bodies = [(each.declared.name, _as_new(each.declared, each.body)) for each in documents]
        usual = [place for place, (_, body) in enumerate(bodies) if _RATE in body]
        own = [(name, {**body}) for name, body in (bodies[place] for place in usual)]
        for _, body in own:
            del body[_RATE]
        at_own = dict(zip(usual, self._try(own, keep=False), strict=True))
        found = self._try(bodies, keep=keep)
        return [
            _larger_of(worth, at_own[place]) if place in at_own else worth
            for place, worth in enumerate(found)
        ]

    def _try(self, documents: Sequence[tuple[str, Body]], *, keep: bool) -> list[int | None]:
        if self.rehearsal is None:
            return [None] * len(documents)
        try:
            return [each.worth for each in self.rehearsal.post_many(documents, keep=keep)]
        except _UNTOLD:
            return [None] * len(documents)

    def _stated(self, document: _Weighed) -> int | None:
        """Return what a document states that it is worth, in the company's currency."""
        amount = stated_worth(document.declared, document.body)
        currency = document.body.get("currency")
        if amount is None or currency in (None, self.info.currency):
            return amount
        rates = self.rehearsal.policy.rates if self.rehearsal is not None else {}
        own = from_minor(rates.get(str(currency), 0), RATE_PLACES)
        stated = document.body.get(_RATE)
        rate = own if stated is None else min(own, Decimal(str(stated)))
        # A rate is units of the other currency for one of the company's own.
        return minor_units_above(from_minor(amount) / rate) if rate > 0 else None


def _of_a_list(change: Change) -> list[int | None]:
    """Return what a change weighs beside its documents: a rate of exchange is untold."""
    if record_type(change.record_type).family is not Family.LIST:
        return []
    moves_rate = change.record_type == "currency" and "rate" in (change.after or {})
    return [None if moves_rate else 0]


def _documents(place: int, declared: RecordType, change: Change) -> list[_Weighed]:
    """Return the document of a change as it was and as it will be."""
    was, stated = change.before or {}, change.after or {}
    found = [_Weighed(place, declared, was, is_past=True)] if was else []
    if change.action in (Action.CREATE, Action.UPDATE) and stated:
        will_be = outcome(declared, was, stated)
        is_new = change.action is Action.CREATE
        found.append(_Weighed(place, declared, will_be, is_new=is_new))
    return found


def _as_new(declared: RecordType, body: Body) -> Body:
    """Return the body as somebody would enter it, without what the company works out."""
    return _entered(declared.record, declared.groups, body)


def _entered(record: type[Record], groups: dict[str, type[Record]], body: Body) -> Body:
    entered: Body = {}
    for name, spec in fields_of(record).items():
        value: JsonValue = body.get(name)
        if spec.computed or value is None:
            continue
        if name in groups and isinstance(value, list | tuple):
            value = [_entered(groups[name], {}, dict(each)) for each in entries_of(value)]
        entered[name] = value
    return entered


def _largest(worths: Sequence[int | None]) -> int | None:
    """Return the largest; none where one is not told, or nothing is there to be weighed."""
    told = [each for each in worths if each is not None]
    return max(told) if told and len(told) == len(worths) else None


def _larger_of(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)
