"""Pages of a company's records as the push API shows them, read from the books themselves.

As much as can be is asked of the books: filter, order, limit and number.  What they cannot
answer is answered on the way, one record after another, so that what is held is a page and
never the list that it is of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Final

from clary.companies.contract import Order, Query, Session
from clary.companies.keys import parse_key
from clary.flows.operations.planner import in_groups
from clary.flows.push import outbound, query
from clary.flows.push.allocating import PARTIES, allocated
from clary.flows.push.answers import Page
from clary.flows.push.declaring import PushType
from clary.flows.push.narrowing import body_order, is_exact, narrowed, order_of
from clary.flows.push.query import Ordering
from clary.flows.push.selecting import Counted, selected
from clary.flows.push.showing import Record, Showing
from clary.flows.push.types_lists import TAX_RATES, TRACKING_CATEGORIES
from clary.hub.push.allocations import AT_ONCE, Allocations
from clary.hub.push.problems import ID_LENGTH, PUSH_RECORD_UNKNOWN
from clary.kernel.change import Body
from clary.kernel.errors import Rejected
from clary.ledger.fields import EditionName
from clary.ledger.filters import BoundTree
from clary.ledger.record import Family
from clary.ledger.registry import record_type

_LONGEST_NUMBER: Final = 15
"""Most digits of a transaction number."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A company that is open for reading, and how its records are shown.

    Attributes:
        session: the log-on.
        showing: names of what records refer to.
        is_brief: leave out what was pushed with payments.
    """

    session: Session
    showing: Showing
    is_brief: bool = False

    @property
    def edition(self) -> EditionName:
        """The edition of the company."""
        return self.showing.books.edition

    def page(self, push_type: PushType, page: Page) -> tuple[list[Record], int]:
        """Return a page of the records of a data type, and how many there are.

        Raises:
            Rejected: query or order cannot be used (PUSH_QUERY_INVALID, PUSH_ORDER_INVALID).
        """
        is_chosen = page.query is not None or page.order is not None
        if self.is_brief or not is_chosen or push_type.name not in PARTIES:
            return self._page(push_type, page)
        # Neither names what lines hold: what was pushed with payments is found for the page alone.
        found, total = replace(self, is_brief=True).page(push_type, page)
        return self._whole(push_type, found), total

    def _page(self, push_type: PushType, page: Page) -> tuple[list[Record], int]:
        allocations = self._allocations(push_type)
        if allocations is not None and (count := allocations.count()):
            return self._with_allocations(push_type, page, allocations, count)
        return self._records(push_type, page)

    def _records(self, push_type: PushType, page: Page) -> tuple[list[Record], int]:
        """Return a page without allocations."""
        if push_type.name == "journalEntries" and page.query is None and page.order is None:
            return self._posted(page)
        special = _SPECIAL.get(push_type.name)
        if special is not None:
            return selected(special(self), page, query.kinds_of(push_type))
        asked = _Asked.of(push_type, page, self.edition)
        if asked.is_whole:
            return self._window(push_type, asked, page)
        if asked.by_body is not None:
            return self._ordered(push_type, asked, asked.by_body, page)
        rest = page if asked.order is None else replace(page, order=None)
        if rest.query is not None or rest.order is not None:
            shown = self._shown(push_type, self._bodies(push_type, asked))
            return selected(shown, rest, query.kinds_of(push_type))
        return self._counted(push_type, asked, page)

    def touch(self, push_type: PushType) -> None:
        """Read the first record of a data type, if there is one.

        Raises:
            Unsupported, Unauthorised, Unreachable, Busy: it cannot be read.
        """
        special = _SPECIAL.get(push_type.name)
        if special is not None:
            next(special(self), None)
        elif push_type.records:
            next(self.session.read(push_type.records[self.edition], Query(limit=1)), None)

    def one(self, push_type: PushType, key: str) -> Record:
        """Return one record by its id.

        Raises:
            Rejected: there is none (PUSH_RECORD_UNKNOWN).
        """
        special = _SPECIAL.get(push_type.name)
        if push_type.name == "journalEntries":
            found = self._entry(key)
        elif special is not None:
            found = next((each for each in special(self) if each.get("id") == key), None)
        else:
            found = self._record(push_type, key)
        if found is None:
            raise PUSH_RECORD_UNKNOWN.raised(id=key[:ID_LENGTH], data_type=push_type.name)
        return found

    def _record(self, push_type: PushType, key: str) -> Record | None:
        declared = record_type(push_type.records[self.edition])
        try:
            body: Body | None = self.session.get(declared.name, parse_key(declared, key))
        except Rejected:
            body = None
        allocations = self._allocations(push_type)
        if body is None and allocations is not None:
            body = allocations.payment(key)
        if body is None or not outbound.is_shown(push_type, body, self.showing):
            return None
        return next(self._shown(push_type, [body]))

    # --- what is one record of the books each -----------------------------------------

    def _bodies(self, push_type: PushType, asked: _Asked) -> Iterator[Body]:
        for body in self.session.read(asked.name, asked.query()):
            if outbound.is_shown(push_type, body, self.showing):
                yield body

    def _counted(self, push_type: PushType, asked: _Asked, page: Page) -> tuple[list[Record], int]:
        """Return a page of what shares its record type with others: each is looked at."""
        bodies: list[Body] = []
        total = 0
        for total, body in enumerate(self._bodies(push_type, asked), 1):
            if page.start < total <= page.start + page.size:
                bodies.append(body)
        return list(self._shown(push_type, bodies)), total

    def _ordered(
        self, push_type: PushType, asked: _Asked, ordering: Ordering, page: Page
    ) -> tuple[list[Record], int]:
        """Return a page of what is ordered before it is shown."""
        counted = Counted(self._bodies(push_type, asked))
        first = query.foremost(counted, ordering, page.start + page.size)[page.start :]
        return list(self._shown(push_type, first)), counted.total

    def _window(self, push_type: PushType, asked: _Asked, page: Page) -> tuple[list[Record], int]:
        """Return a page that the books find by themselves; of those before it only the keys."""
        total = self.session.count(asked.name, asked.where)
        bodies: Iterable[Body] = ()
        if page.start < total and page.start == 0:
            bodies = self.session.read(asked.name, asked.query(limit=page.size))
        elif page.start < total:
            bodies = self._behind(asked, page)
        return list(self._shown(push_type, bodies)), total

    def _behind(self, asked: _Asked, page: Page) -> Iterator[Body]:
        declared = record_type(asked.name)
        name = "transaction_number" if declared.family is not Family.LIST else declared.key
        asks = asked.query(limit=page.start + page.size, fields=(name,))
        found = islice(self.session.read(asked.name, asks), page.start, None)
        keys = [parse_key(declared, str(body[name])) for body in found]
        return filter(None, self.session.get_many(asked.name, keys))

    # --- payments, and the allocations that belong to them or are payments of 0 --------

    def _allocations(self, push_type: PushType) -> Allocations | None:
        party_type = PARTIES.get(push_type.name)
        if party_type is None:
            return None
        return Allocations(self.session, self.showing.books, party_type, self.is_brief)

    def _shown(self, push_type: PushType, bodies: Iterable[Body]) -> Iterator[Record]:
        """Yield records as they are shown, payments with all that was pushed with them."""
        allocations = self._allocations(push_type)
        for group in in_groups(bodies, AT_ONCE):
            for body in group if allocations is None else allocations.complete(group):
                yield outbound.show(push_type, body, self.showing)

    def _whole(self, push_type: PushType, brief: Sequence[Record]) -> list[Record]:
        """Return records of a payment each, read again with all that was pushed with them."""
        allocations = self._allocations(push_type)
        if allocations is None or not brief:
            return list(brief)
        declared = record_type(push_type.records[self.edition])
        keys = [str(each["id"]) for each in brief]
        bodies = self.session.get_many(declared.name, [parse_key(declared, key) for key in keys])
        alone = [key for key, body in zip(keys, bodies, strict=True) if body is None]
        paid = chain(filter(None, bodies), allocations.numbered(alone))
        whole = {str(each["id"]): each for each in self._shown(push_type, paid)}
        return [whole.get(key, each) for key, each in zip(keys, brief, strict=True)]

    def _with_allocations(
        self, push_type: PushType, page: Page, allocations: Allocations, count: int
    ) -> tuple[list[Record], int]:
        """Return a page of payments, and behind them or among them allocations.

        Args:
            push_type: the data type.
            page: what is asked for.
            allocations: those of its side.
            count: how many there are.
        """
        end = page.start + page.size
        if page.order is not None:
            found, total = self._records(push_type, replace(page, number=1, size=end))
            chosen = Counted(self._chosen(push_type, page, allocations))
            ordering = query.parse_order(page.order, query.kinds_of(push_type))
            first = query.foremost(chain(found, chosen), ordering, end)
            return first[page.start :], total + chosen.total
        found, total = self._records(push_type, page)
        start, end = max(0, page.start - total), max(0, end - total)
        if page.query is None:
            bodies = islice(allocations.payments(limit=end), start, None) if end else ()
            return [*found, *self._shown(push_type, bodies)], total + count
        chosen = Counted(self._chosen(push_type, page, allocations))
        found += islice(chosen, start, end)
        for _ in chosen:
            pass
        return found, total + chosen.total

    def _chosen(
        self, push_type: PushType, page: Page, allocations: Allocations
    ) -> Iterator[Record]:
        """Yield the allocations that the page's query chooses."""
        where = matches = None
        if page.query is not None:
            kinds = query.kinds_of(push_type)
            tree = query.parse(page.query, kinds)
            where = narrowed(tree, allocated(push_type), self.edition)
            matches = query.matcher(tree, kinds)
        shown = self._shown(push_type, allocations.payments(where))
        return shown if matches is None else filter(matches, shown)

    # --- what is made of several records, or of none ----------------------------------

    def tax_rates(self) -> Iterator[Record]:
        """Yield the tax rates, whose ids are not those of the books."""
        return self._all(TAX_RATES, "tax_code")

    def categories(self) -> Iterator[Record]:
        """Yield departments and projects behind what they are children of."""
        yield from outbound.category_parents(self.showing)
        for name in ("department", "job") if self.edition == "uk" else ("job",):
            yield from self._all(TRACKING_CATEGORIES, name)

    def _all(self, push_type: PushType, name: str) -> Iterator[Record]:
        for body in self.session.read(name, Query()):
            yield outbound.show(push_type, body, self.showing, name)

    def payment_methods(self) -> Iterator[Record]:
        """Yield the payment methods that receipts and payments name (US)."""
        asks = Query(fields=("payment_method",))
        names = {
            str(body["payment_method"])
            for name in ("receipt", "payment")
            for body in self.session.read(name, asks)
            if body.get("payment_method")
        }
        return (outbound.payment_method(name, self.showing) for name in sorted(names))

    def journals(self) -> Iterator[Record]:
        """Yield the one journal."""
        yield outbound.journal(self.showing)

    def entries(self) -> Iterator[Record]:
        """Yield every transaction of the ledger as a journal entry."""
        return outbound.posted_entries(self.session.ledger_rows(), self.showing)

    def _posted(self, page: Page) -> tuple[list[Record], int]:
        """Return a page of the ledger, read by the numbers of its transactions."""
        total = first = last = 0
        for total, number in enumerate(self.session.ledger_numbers(), 1):
            if total == page.start + 1:
                first = number
            if page.start < total <= page.start + page.size:
                last = number
        if not last:
            return [], total
        rows = self.session.ledger_between(first, last)
        return list(outbound.posted_entries(rows, self.showing)), total

    def _entry(self, key: str) -> Record | None:
        if not (key.isascii() and key.isdecimal() and len(key) <= _LONGEST_NUMBER):
            return None
        rows = self.session.ledger_between(int(key), int(key))
        return next(outbound.posted_entries(rows, self.showing), None)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What of a page is asked of the books.

    Attributes:
        name: the record type.
        where: a filter that passes all that the page's query chooses; none for all.
        order: the page's order, where the books have it.
        by_body: the page's order as one of their records, where they have it not themselves
            and all records are wanted.
        is_whole: they answer all of it, so that they can count and cut, too.
    """

    name: str
    where: BoundTree | None
    order: Order | None
    by_body: Ordering | None
    is_whole: bool

    @classmethod
    def of(cls, push_type: PushType, page: Page, edition: EditionName) -> _Asked:
        """Return what can be asked."""
        kinds = query.kinds_of(push_type)
        where, is_whole = None, not outbound.is_shared(push_type, edition)
        if page.query is not None:
            tree = query.parse(page.query, kinds)
            where = narrowed(tree, push_type, edition)
            is_whole = is_whole and is_exact(tree, push_type, edition)
        order = by_body = None
        if page.order is not None:
            ordering = query.parse_order(page.order, kinds)
            order = order_of(ordering, push_type, edition)
            if order is None and page.query is None:
                by_body = body_order(ordering, push_type, edition)
            is_whole = is_whole and order is not None
        return cls(push_type.records[edition], where, order, by_body, is_whole)

    def query(self, limit: int | None = None, fields: tuple[str, ...] | None = None) -> Query:
        """Return the query for the books."""
        order = () if self.order is None else (self.order,)
        return Query(self.where, order, fields, limit)


_SPECIAL: Final[Mapping[str, Callable[[Reading], Iterator[Record]]]] = {
    "taxRates": Reading.tax_rates,
    "trackingCategories": Reading.categories,
    "paymentMethods": Reading.payment_methods,
    "journalEntries": Reading.entries,
    "journals": Reading.journals,
}
"""Data types that are not simply the records of one type."""
