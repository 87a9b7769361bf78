"""One company behind several doors: each operation goes to the first door that has it.

Real installations need this: a US company may be read by ODBC and written by the SDK,
with items and vendor credits by import files.  All doors must lead to the same books, so
the identity that each shows is compared before anything is read or written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import TypeVar

from clary.companies.contract import (
    OPERATION_UNSUPPORTED,
    AccountFigure,
    AgedBalance,
    Changed,
    Company,
    Fence,
    Figure,
    Info,
    LedgerRow,
    OpenItem,
    Operation,
    OriginFound,
    OriginPlace,
    Query,
    Session,
    TypeCapability,
    Use,
)
from clary.companies.keys import Key
from clary.companies.settlements import SettledSince, Settlement
from clary.kernel.change import Body, Origin, Verb, Written
from clary.kernel.errors import Finding, Misconfigured, Unsupported, declare
from clary.ledger.filters import BoundTree
from clary.ledger.posting.views import Policy

DOORS_DIFFER = declare(
    "DOORS_DIFFER",
    Misconfigured,
    "The drivers of this connection do not lead to the same company: {shown}.",
    "Correct the settings of one with `clary company set`, so that all name one company.",
)

T = TypeVar("T")


def lazy(company: Company, *, write: bool = False, fence: Fence | None = None) -> Session:
    """Return a session that logs on to a company only once something is asked of it."""
    return RoutedSession((company,), company.info().driver, write=write, fence=fence)


def routed(doors: Sequence[Company]) -> Company:
    """Return one company behind `doors`, which are asked in their order.

    Raises:
        ValueError: there is no door.
    """
    if not doors:
        message = "a company needs at least one driver"
        raise ValueError(message)
    return doors[0] if len(doors) == 1 else RoutedCompany(tuple(doors))


class RoutedCompany(Company):
    """A company that several doors lead to."""

    def __init__(self, doors: tuple[Company, ...]) -> None:
        self._doors = doors

    def info(self) -> Info:
        """Return what the first door says, once every door showed the same identity.

        Raises:
            Misconfigured: they show different companies (DOORS_DIFFER).
            Unreachable: the books cannot be opened.
        """
        shown = [door.info() for door in self._doors]
        if len({info.identity for info in shown}) > 1:
            text = ", ".join(f"{info.driver} shows {info.name} ({info.identity})" for info in shown)
            raise DOORS_DIFFER.raised(shown=text)
        return replace(
            shown[0],
            driver=" + ".join(info.driver for info in shown),
            notes=tuple(dict.fromkeys(note for info in shown for note in info.notes)),
        )

    def capabilities(self) -> Mapping[str, TypeCapability]:
        """Return what the doors can do together, by record type."""
        each = [door.capabilities() for door in self._doors]
        names = dict.fromkeys(name for capabilities in each for name in capabilities)
        return {name: joined([c[name] for c in each if name in c]) for name in names}

    def figures(self) -> frozenset[Figure]:
        """Return which figures one of the doors tells."""
        return frozenset[Figure]().union(*(door.figures() for door in self._doors))

    def session(self, *, write: bool = False, fence: Fence | None = None) -> Session:
        """Return a session that logs on to a door when it is first needed.

        Raises:
            Misconfigured: the doors show different companies (DOORS_DIFFER).
        """
        shown = self.info()
        return RoutedSession(self._doors, shown.driver, write=write, fence=fence)

    def reading(self) -> Session:
        """Return a session for reading, which logs on to each door in its easiest way.

        Raises:
            Misconfigured: the doors show different companies (DOORS_DIFFER).
        """
        shown = self.info()
        return RoutedSession(tuple(map(Readable, self._doors)), shown.driver)

    def logged_on(self) -> Sequence[str] | None:
        """Return whom any door that can tell sees at the company; none if none can."""
        told = [found for door in self._doors if (found := door.logged_on()) is not None]
        return tuple(dict.fromkeys(chain.from_iterable(told))) if told else None


class Readable(Company):
    """A door whose every session is one for reading only."""

    def __init__(self, door: Company) -> None:
        """Stand before `door`."""
        self._door = door

    def info(self) -> Info:
        """Return what the door says."""
        return self._door.info()

    def capabilities(self) -> Mapping[str, TypeCapability]:
        """Return what the door can do."""
        return self._door.capabilities()

    def figures(self) -> frozenset[Figure]:
        """Return which figures the door tells."""
        return self._door.figures()

    def session(self, *, write: bool = False, fence: Fence | None = None) -> Session:
        """Log on for reading."""
        del write, fence
        return self._door.reading()

    def logged_on(self) -> Sequence[str] | None:
        """Return whom the door sees at the company."""
        return self._door.logged_on()


def joined(capabilities: Sequence[TypeCapability]) -> TypeCapability:
    """Return what several doors can do with one record type.

    What concerns reading is that of the first door that reads; what concerns writing
    that of the first door that creates; the rest is that of the first door.
    """
    operations = {
        operation: support
        for capability in reversed(capabilities)
        for operation, support in capability.operations.items()
    }
    reader = first_with(capabilities, Operation.READ) or capabilities[0]
    writer = first_with(capabilities, Operation.CREATE) or capabilities[0]
    return TypeCapability(
        operations=operations,
        filters=reader.filters,
        sorts=reader.sorts,
        feed=reader.feed,
        origin=(finder(capabilities) or writer).origin,
        create_is_upsert=writer.create_is_upsert,
        tax_stated=writer.tax_stated,
        lines=writer.lines,
        lengths=writer.lengths,
    )


def first_with(
    capabilities: Sequence[TypeCapability], operation: Operation
) -> TypeCapability | None:
    """Return the first of `capabilities` that has `operation`, or none."""
    return next((capability for capability in capabilities if capability.can(operation)), None)


def can_write(door: Company) -> bool:
    """Tell whether a door does anything but read; one that only reads takes no seat."""
    return any(
        operation is not Operation.READ
        for capability in door.capabilities().values()
        for operation in capability.operations
    )


def finder(capabilities: Sequence[TypeCapability]) -> TypeCapability | None:
    """Return what the door can do that finds origins: it reads, and creates if one does both."""
    able = [c for c in capabilities if c.can(Operation.READ) and c.origin is not OriginPlace.NONE]
    return first_with(able, Operation.CREATE) or (able[0] if able else None)


class RoutedSession(Session):
    """A log-on to as many doors as the work turns out to need."""

    def __init__(
        self,
        doors: tuple[Company, ...],
        driver: str,
        *,
        write: bool = False,
        fence: Fence | None = None,
    ) -> None:
        self._doors = doors
        self._driver = driver
        self._write = write
        self._fence = fence
        self._open: dict[int, Session] = {}
        self._sessions = ExitStack()
        self._groups: ExitStack | None = None

    def close(self) -> None:
        """Log off from every door that was used."""
        self._open.clear()
        self._sessions.close()

    def _at(self, place: int) -> Session:
        if place not in self._open:
            write = self._write and can_write(self._doors[place])
            session = self._doors[place].session(write=write, fence=self._fence)
            self._open[place] = self._sessions.enter_context(session)
            if self._groups is not None:
                self._groups.enter_context(session.group())
        return self._open[place]

    def _for(self, record_type: str, operation: Operation) -> Session:
        for place, door in enumerate(self._doors):
            capability = door.capabilities().get(record_type)
            if capability is not None and capability.can(operation):
                return self._at(place)
        raise OPERATION_UNSUPPORTED.raised(
            driver=self._driver, operation=operation.value, type=record_type
        )

    def _finder(self, record_type: str) -> Session:
        each = [door.capabilities().get(record_type) for door in self._doors]
        found = finder([capability for capability in each if capability is not None])
        if found is None:
            return self._for(record_type, Operation.READ)
        return self._at(next(place for place, c in enumerate(each) if c is found))

    def _first_able(self, figures: Callable[[Session], T]) -> T:
        """Return the figures of the first door that has them."""
        for place in range(len(self._doors) - 1):
            try:
                return figures(self._at(place))
            except Unsupported:
                continue
        return figures(self._at(len(self._doors) - 1))

    def read(self, record_type: str, query: Query) -> Iterator[Body]:
        """Yield records through the first door that reads the type."""
        return self._for(record_type, Operation.READ).read(record_type, query)

    def count(self, record_type: str, where: BoundTree | None = None) -> int:
        """Count records through the first door that reads the type."""
        return self._for(record_type, Operation.READ).count(record_type, where)

    def get(self, record_type: str, key: Key) -> Body:
        """Return one record through the first door that reads the type."""
        return self._for(record_type, Operation.READ).get(record_type, key)

    def find_origins(self, record_type: str, origins: Sequence[Origin]) -> Sequence[OriginFound]:
        """Find origins through the door that recognises them."""
        return self._finder(record_type).find_origins(record_type, origins)

    def create(self, record_type: str, body: Body, origin: Origin | None = None) -> Written:
        """Create through the first door that creates the type."""
        return self._for(record_type, Operation.CREATE).create(record_type, body, origin)

    def update(self, record_type: str, key: Key, body: Body) -> Written:
        """Update through the first door that updates the type."""
        return self._for(record_type, Operation.UPDATE).update(record_type, key, body)

    def delete(self, record_type: str, key: Key) -> Written:
        """Delete through the first door that deletes the type."""
        return self._for(record_type, Operation.DELETE).delete(record_type, key)

    def act(self, record_type: str, key: Key, verb: Verb, details: Body) -> Written:
        """Do a step through the first door that has it for the type."""
        return self._for(record_type, Operation(verb.value)).act(record_type, key, verb, details)

    def group(self) -> AbstractContextManager[None]:
        """Return a context in which each door may commit its writes together."""
        return self._grouped()

    @contextmanager
    def _grouped(self) -> Iterator[None]:
        with ExitStack() as groups:
            for session in self._open.values():
                groups.enter_context(session.group())
            self._groups = groups
            try:
                yield
            finally:
                self._groups = None

    def whereabouts(self, written: Written) -> Sequence[Finding]:
        """Return where a delivered write waits, as the door that took it tells it."""
        found = (session.whereabouts(written) for session in self._open.values())
        return next(filter(None, found), ())

    def policy(self) -> Policy | None:
        """Return the settings that the first door which knows them tells."""
        each = (self._at(place).policy() for place in range(len(self._doors)))
        return next((policy for policy in each if policy is not None), None)

    def uses(self, record_type: str, key: Key) -> Sequence[str]:
        """Return what refers to a record, as the first reading door tells it."""
        return self._for(record_type, Operation.READ).uses(record_type, key)

    def changes(self, record_type: str, since: str | None) -> Iterator[Changed]:
        """Yield what changed, as the first reading door tells it."""
        return self._for(record_type, Operation.READ).changes(record_type, since)

    def missing_rights(self, use: Use | None = None) -> Sequence[Finding]:
        """Return what the users of all doors lack; every door is logged on to.

        Asked about one use, only the door that it goes through is.
        """
        if use is not None:
            return self._for(*use).missing_rights(use)
        return [
            finding
            for place in range(len(self._doors))
            for finding in self._at(place).missing_rights()
        ]

    def trial_balance(self, as_of: date | None) -> Sequence[AccountFigure]:
        """Return the trial balance of the first door that has one."""
        return self._first_able(lambda session: session.trial_balance(as_of))

    def open_items(self, party_type: str, party: str | None) -> Iterator[OpenItem]:
        """Yield the open documents that the first door which has them gives."""
        return self._first_able(lambda session: begun(session.open_items(party_type, party)))

    def aged_balances(self, party_type: str, as_of: date) -> Sequence[AgedBalance]:
        """Return the aged balances of the first door that has them."""
        return self._first_able(lambda session: session.aged_balances(party_type, as_of))

    def ledger_rows(self) -> Iterator[LedgerRow]:
        """Yield the general ledger of the first door that has it."""
        return self._first_able(lambda session: begun(session.ledger_rows()))

    def ledger_numbers(self) -> Iterator[int]:
        """Yield the numbers of the transactions in that ledger."""
        return self._first_able(lambda session: begun(session.ledger_numbers()))

    def ledger_between(self, first: int, last: int) -> Iterator[LedgerRow]:
        """Yield a part of that ledger."""
        return self._first_able(lambda session: begun(session.ledger_between(first, last)))

    def settlements(self, since: SettledSince | None) -> Iterator[Settlement]:
        """Yield how invoices were settled, as the first door that tells it does."""
        return self._first_able(lambda session: begun(session.settlements(since)))

    def settlements_of(self, invoices: Sequence[str]) -> Sequence[Settlement | None]:
        """Return how invoices stand, as the first door that tells it does."""
        return self._first_able(lambda session: session.settlements_of(invoices))


def begun(items: Iterator[T]) -> Iterator[T]:
    """Return the same items, the first one fetched, so that an early error comes at once."""
    for first in items:
        return chain([first], items)
    return iter(())
