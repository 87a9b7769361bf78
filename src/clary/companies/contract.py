"""What every door to a Sage 50 company offers, so that no flow knows which door it uses.

A driver is a `Company` (what it is and can do) and its `Session`s (everything that needs
a log-on).  One thread owns a session, and no iterator outlives it.  The conformance suite
in `companies.conformance` proves that a driver keeps this contract.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from datetime import date as Date  # noqa: N812 - some fields are called date
from enum import StrEnum
from itertools import groupby, takewhile
from types import TracebackType
from typing import Self, TypeAlias

from clary.companies.keys import RECORD_NOT_FOUND, Key
from clary.companies.settlements import SettledSince, Settlement
from clary.kernel.change import Body, Origin, Verb, Written, version_of
from clary.kernel.errors import Finding, Rejected, Unreachable, Unsupported, declare
from clary.ledger.fields import EditionName
from clary.ledger.filters import BoundTree
from clary.ledger.posting.views import Policy

OPERATION_UNSUPPORTED = declare(
    "OPERATION_UNSUPPORTED",
    Unsupported,
    "The driver {driver} cannot {operation} records of type {type}.",
    "Add a driver to the connection that can; `clary company info` lists what each one does.",
    http_status=404,
)
FIGURE_UNSUPPORTED = declare(
    "FIGURE_UNSUPPORTED",
    Unsupported,
    "This driver cannot tell {figure} by itself.",
    "Add a driver to the connection that can; `clary company info` lists what each one does.",
)
SESSION_CLOSED = declare(
    "SESSION_CLOSED",
    Unreachable,
    "The session with the company has ended.",
    "Open a new session.",
)


class Operation(StrEnum):
    """What a door may be able to do with records of a type."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    POST = "post"
    VOID = "void"
    REVERSE = "reverse"
    ALLOCATE = "allocate"
    UNALLOCATE = "unallocate"


Use: TypeAlias = tuple[str, Operation]
"""An operation with records of a type."""


class Level(StrEnum):
    """How well a door does an operation."""

    EXACT = "exact"
    DEGRADED = "degraded"
    NONE = "none"


class OriginPlace(StrEnum):
    """How a created document is found again."""

    STORED = "stored"
    NATURAL = "natural"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Support:
    """How well an operation is done, and what changes where it is degraded."""

    level: Level
    note: str = ""


EXACT = Support(Level.EXACT)


@dataclass(frozen=True, slots=True)
class TypeCapability:
    """What a door can do with one record type.

    Attributes:
        operations: the operations it has; one that is not listed is not supported.
        filters: fields whose filters run at the company; others are applied above.
        sorts: fields whose order the company gives; others are sorted above.
        origin: how a created document is found again.
        create_is_upsert: a create of an existing key overwrites it.
        tax_stated: the company keeps the tax it is given (else it works tax out itself).
        lines: most lines of one document; none is no limit.
        lengths: lengths really found at the company, by field.
        feed: which of created, updated and deleted its change feed has.
    """

    operations: Mapping[Operation, Support]
    filters: frozenset[str] = frozenset()
    sorts: frozenset[str] = frozenset()
    origin: OriginPlace = OriginPlace.NONE
    create_is_upsert: bool = False
    tax_stated: bool = True
    lines: int | None = None
    lengths: Mapping[str, int] = field(default_factory=dict)
    feed: frozenset[str] = frozenset()

    def can(self, operation: Operation) -> bool:
        """Tell whether the operation is done at all."""
        return operation in self.operations


class Figure(StrEnum):
    """A figure of the whole books that a door may tell.

    The first five are asked for by the session's methods of these names; `settlements` may
    need that a person lets third-party applications in.  `balances` says that accounts,
    banks, customers and vendors hold their balance when they are read, `stock_value` that
    items hold the quantity on hand and what it is worth.
    """

    TRIAL_BALANCE = "trial_balance"
    LEDGER_ROWS = "ledger_rows"
    OPEN_ITEMS = "open_items"
    AGED_BALANCES = "aged_balances"
    SETTLEMENTS = "settlements"
    BALANCES = "balances"
    STOCK_VALUE = "stock_value"


ALL_FIGURES = frozenset(Figure)


@dataclass(frozen=True, slots=True)
class Period:
    """One accounting period of the company."""

    number: int
    start: date
    end: date
    open: bool


@dataclass(frozen=True, slots=True)
class Info:
    """What a company is.

    Attributes:
        name: the company's name as its books give it.
        edition: us or uk.
        release: release year (US) or version (UK).
        tier: pro, premium, quantum ... as the installation names it.
        currency: base currency, ISO code.
        foreign_trader: foreign currencies are switched on (UK).
        periods: accounting periods, oldest first.
        lock_date: documents dated up to and including this day are refused; none if unset.
        identity: what pins a connection to this very company: GUID, or path and name.
        generation: changes when the books are restored from a backup.
        driver: name of the driver that answers.
        notes: what a person should know, for example a release that was never tested.
    """

    name: str
    edition: EditionName
    release: int
    tier: str
    currency: str
    foreign_trader: bool
    periods: tuple[Period, ...]
    lock_date: date | None
    identity: str
    generation: int
    driver: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """One step of a sort order; nulls come first when ascending."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """Which records to read: all fields and all periods unless said otherwise.

    Attributes:
        where: a bound filter (see `ledger.filters`), or none for all.
        order: sort order; none is the company's own order, stable within a session.
        fields: fields to give; none is all.
        limit: most records to give; none is all.
    """

    where: BoundTree | None = None
    order: tuple[Order, ...] = ()
    fields: tuple[str, ...] | None = None
    limit: int | None = None


class Fate(StrEnum):
    """What became of a document that an origin made; delivered: handed over, and it waits."""

    ABSENT = "absent"
    LIVE = "live"
    REVERSED = "reversed"
    DELIVERED = "delivered"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class OriginFound:
    """What `find_origins` found for one origin."""

    fate: Fate
    key: str | None = None
    evidence: str = ""


class Kind(StrEnum):
    """What happened to a record, as a change feed tells it."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Changed:
    """One entry of a change feed; the stamp may be none and then always counts as new."""

    kind: Kind
    key: str
    stamp: str | None
    body: Body | None


@dataclass(frozen=True, slots=True)
class AccountFigure:
    """The balance of one account: minor units, a debit positive."""

    id: str
    name: str
    type: str
    balance: int


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What is still open of one document: minor units, natural sign of its type."""

    record_type: str
    key: str
    party: str
    number: str | None
    date: Date
    due_date: Date | None
    total: int
    open: int


@dataclass(frozen=True, slots=True)
class AgedBalance:
    """What one party owes or is owed by age, in minor units.

    `buckets` are: not due, 1-30, 31-60, 61-90 and more than 90 days past due.
    """

    party: str
    buckets: tuple[int, int, int, int, int]
    total: int


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row of the general ledger: minor units, a debit positive."""

    transaction_number: int
    date: Date
    record_type: str
    number: str | None
    party: str | None
    account_id: str
    amount: int
    description: str


@dataclass(frozen=True, slots=True)
class Fence:
    """Who holds the lease on a company; a higher epoch has taken over from a lower."""

    owner: str
    epoch: int


class Session(ABC):
    """A log-on to one company.  Everything below needs one and ends with it."""

    def __enter__(self) -> Self:
        """Return the open session."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Log off."""
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Log off; closing twice does nothing."""

    @abstractmethod
    def read(self, record_type: str, query: Query) -> Iterator[Body]:
        """Yield the records that `query` asks for, streaming.

        Raises:
            Unsupported: the door cannot read this type.
        """

    def count(self, record_type: str, where: BoundTree | None = None) -> int:
        """Return how many records a filter chooses, all of them if none.

        Raises:
            Unsupported: the door cannot read this type.
        """
        return sum(1 for _ in self.read(record_type, Query(where=where)))

    @abstractmethod
    def get(self, record_type: str, key: Key) -> Body:
        """Return one record.

        Raises:
            Rejected: there is none (RECORD_NOT_FOUND), or several (RECORD_AMBIGUOUS).
        """

    def get_many(self, record_type: str, keys: Sequence[Key]) -> Sequence[Body | None]:
        """Return many records at once, none where there is no such record."""
        return [self._get_or_none(record_type, key) for key in keys]

    def _get_or_none(self, record_type: str, key: Key) -> Body | None:
        try:
            return self.get(record_type, key)
        except Rejected as error:
            if error.code == RECORD_NOT_FOUND.name:
                return None
            raise

    @abstractmethod
    def find_origins(self, record_type: str, origins: Sequence[Origin]) -> Sequence[OriginFound]:
        """Tell for each origin what became of the document it made, in one bulk read."""

    @abstractmethod
    def create(self, record_type: str, body: Body, origin: Origin | None = None) -> Written:
        """Create a record.

        Raises:
            Rejected: the data or a rule says no; nothing was written.
            Busy, Unreachable, Unauthorised: nothing was written.
            Uncertain: it may or may not have been written.
        """

    @abstractmethod
    def update(self, record_type: str, key: Key, body: Body) -> Written:
        """Change the stated fields of a record; a field stated as none is cleared.

        Raises:
            Rejected, Busy, Unreachable, Unauthorised, Uncertain: as for `create`.
        """

    @abstractmethod
    def delete(self, record_type: str, key: Key) -> Written:
        """Delete a record, as far as the edition's rules allow.

        Raises:
            Rejected, Busy, Unreachable, Unauthorised, Uncertain: as for `create`.
        """

    @abstractmethod
    def act(self, record_type: str, key: Key, verb: Verb, details: Body) -> Written:
        """Do a step that is neither an edit nor a deletion, such as a void.

        `details` may hold `date` (the day of a void or reversal).

        Raises:
            Rejected, Busy, Unreachable, Unauthorised, Uncertain: as for `create`.
        """

    def group(self) -> AbstractContextManager[None]:
        """Return a context in which writes may be committed together, for speed.

        It promises nothing: on an Uncertain error of the context as a whole, every
        write inside it must be looked up.
        """
        return _no_group()

    def whereabouts(self, written: Written) -> Sequence[Finding]:
        """Return where a delivered write waits, and how it gets into the books, as warnings.

        Asked once the group that it was written in has ended; a door that delivers
        nothing answers with nothing.
        """
        del written
        return ()

    def policy(self) -> Policy | None:
        """Return the company's settings that posting rules depend on, such as its defaults.

        A door that cannot tell them answers with none.
        """
        return None

    @abstractmethod
    def uses(self, record_type: str, key: Key) -> Sequence[str]:
        """Return what refers to a record, in words (`sales_invoice 57`), at most 20."""

    @abstractmethod
    def changes(self, record_type: str, since: str | None) -> Iterator[Changed]:
        """Yield what changed at or after the stamp `since`; unstamped records always."""

    @abstractmethod
    def trial_balance(self, as_of: date | None) -> Sequence[AccountFigure]:
        """Return every account with its balance at the end of `as_of` (all dates if none)."""

    @abstractmethod
    def open_items(self, party_type: str, party: str | None) -> Iterator[OpenItem]:
        """Yield the open documents of customers or vendors (of one party if given)."""

    @abstractmethod
    def aged_balances(self, party_type: str, as_of: date) -> Sequence[AgedBalance]:
        """Return what each party owes or is owed by age at `as_of`."""

    @abstractmethod
    def ledger_rows(self) -> Iterator[LedgerRow]:
        """Yield the whole general ledger, in order of transaction number."""

    def ledger_numbers(self) -> Iterator[int]:
        """Yield the numbers of the transactions that the general ledger holds, in order."""
        for number, _ in groupby(self.ledger_rows(), key=_number_of):
            yield number

    def ledger_between(self, first: int, last: int) -> Iterator[LedgerRow]:
        """Yield the rows of the general ledger from one transaction number to another."""
        upto = takewhile(lambda row: row.transaction_number <= last, self.ledger_rows())
        return (row for row in upto if row.transaction_number >= first)

    def settlements(self, since: SettledSince | None) -> Iterator[Settlement]:
        """Yield how invoices to customers were settled, each with all that settles it now.

        Only live, posted invoices of which something is settled are told, in order of their
        transaction numbers: all of them, or those of which a part is new (`since`).

        Raises:
            Unsupported: the door does not tell this figure.
            Unauthorised: third-party access is missing (`settlements.ACCESS_MISSING`).
        """
        del since
        raise FIGURE_UNSUPPORTED.raised(figure="settlements")

    def settlements_of(self, invoices: Sequence[str]) -> Sequence[Settlement | None]:
        """Return how these invoices stand, by key; none where there is no live, posted one.

        Raises:
            Unsupported, Unauthorised: as for `settlements`.
        """
        del invoices
        raise FIGURE_UNSUPPORTED.raised(figure="settlements")

    def missing_rights(self, use: Use | None = None) -> Sequence[Finding]:
        """Return each right that the user of this log-on lacks, with the menu that grants it.

        Of all rights an error is one without which the log-on is of little use, a warning
        one that only some operations need; asked about one `use`, each is an error.  A door
        that cannot tell answers with nothing.
        """
        del use
        return ()

    def version(self, body: Body) -> str:
        """Return a record's version: a hash of it, since Sage has no compare-and-set."""
        return version_of(body)


@contextmanager
def _no_group() -> Iterator[None]:
    yield


def _number_of(row: LedgerRow) -> int:
    return row.transaction_number


class Company(ABC):
    """One door to one set of books."""

    @abstractmethod
    def info(self) -> Info:
        """Return what the company is; needs no log-on.

        Raises:
            Unreachable, Misconfigured: the books cannot be opened.
        """

    @abstractmethod
    def capabilities(self) -> Mapping[str, TypeCapability]:
        """Return what this door can do, by record type; a type not listed it cannot touch."""

    def figures(self) -> frozenset[Figure]:
        """Return which figures this door tells; a session refuses the others as Unsupported."""
        return frozenset()

    @abstractmethod
    def session(self, *, write: bool = False, fence: Fence | None = None) -> Session:
        """Log on.

        Args:
            write: the session will write.
            fence: the lease it writes under; a company that can refuses an older epoch.

        Raises:
            Busy: someone has the company, the user or the program in a state that
                does not let another session in just now.
            Unauthorised: a person must act first.
            Unreachable, Misconfigured: the books cannot be opened.
        """

    def reading(self) -> Session:
        """Log on for reading only, in the way that asks least of a person at Sage.

        Some companies can be read through a door that third-party access does not guard; all
        that a session reads is there, except figures that need such access.  Where there is
        no such door, it is an ordinary session.

        Raises:
            Busy, Unauthorised, Unreachable, Misconfigured: as for `session`.
        """
        return self.session()

    def logged_on(self) -> Sequence[str] | None:
        """Return the users that people have the company open under just now; needs no log-on.

        Sessions of this program are left out, under whatever user.  A door that cannot tell
        answers with none.

        Raises:
            Busy, Unreachable, Misconfigured: the books cannot be opened.
        """
        return None


def require(company: Company, record_type: str, operation: Operation) -> Support:
    """Return how well `company` does the operation.

    Raises:
        Unsupported: it does not do it at all (OPERATION_UNSUPPORTED).
    """
    capability = company.capabilities().get(record_type)
    if capability is None or not capability.can(operation):
        raise OPERATION_UNSUPPORTED.raised(
            driver=company.info().driver, operation=operation.value, type=record_type
        )
    return capability.operations[operation]
