"""What the author of a driver fills in, and what every part of the suite works with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import ClassVar

import pytest

from clary.companies.conformance import bodies, fitting
from clary.companies.conformance.expecting import canonical, kept
from clary.companies.conformance.furnishing import Furnisher, Stock
from clary.companies.contract import (
    ALL_FIGURES,
    Company,
    Figure,
    Info,
    Level,
    Operation,
    Query,
    Session,
    TypeCapability,
)
from clary.companies.keys import Key, key_of
from clary.kernel.change import Body, Origin, Written
from clary.kernel.errors import ClaryError
from clary.ledger.fields import EditionName
from clary.ledger.record import RecordType
from clary.ledger.registry import record_type, record_types_in
from clary.ledger.schema import Purpose


@dataclass(frozen=True, slots=True)
class Situation:
    """A state of Sage 50 that a driver can be brought into, and how it must answer.

    Attributes:
        name: what is the matter, in words.
        enter: a context in which the company is in this state.
        error: the class of the error that a log-on, a read or a write then gives.
        on: where it shows: `connect`, `read` or `write`.
        written: the write is done all the same, although it ends with the error.
    """

    name: str
    enter: AbstractContextManager[None]
    error: type[ClaryError]
    on: str = "write"
    written: bool = False


@dataclass
class Bench:
    """One company under test, shared by the tests of a class; each makes its own records.

    Attributes:
        company: the door.
        info: what it said at first.
        capabilities: what it said at first that it can do.
        figures: what it said at first that it tells of the whole books.
        stock: what was found or made to refer to.
        sampled: types of which records were made to be queried.
    """

    company: Company
    info: Info
    capabilities: Mapping[str, TypeCapability]
    figures: frozenset[Figure] = frozenset()
    stock: Stock = field(default_factory=Stock)
    sampled: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, company: Company, known: Mapping[tuple[str, str], str] | None = None) -> Bench:
        """Return a bench for a company, with keys of records that are there."""
        stock = Stock(keys=dict(known or {}))
        told = company.capabilities(), company.figures()
        return cls(company, company.info(), *told, stock)

    @property
    def tells_books(self) -> bool:
        """Tell whether the door has every figure that proves the books."""
        return ALL_FIGURES - {Figure.SETTLEMENTS} <= self.figures

    @property
    def edition(self) -> EditionName:
        """The company's edition."""
        return self.info.edition

    def can(self, type_name: str, *operations: Operation) -> bool:
        """Tell whether the door does all of these operations for the type."""
        found = self.capabilities.get(type_name)
        return found is not None and all(found.can(each) for each in operations)

    def exact(self, type_name: str, operation: Operation) -> bool:
        """Tell whether the door does an operation without any loss."""
        found = self.capabilities.get(type_name)
        support = found.operations.get(operation) if found is not None else None
        return support is not None and support.level is Level.EXACT

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Log on, and log off at the end."""
        with self.company.session(write=True) as session:
            yield Work(self, session)


class Work:
    """One log-on of a test, with what it takes to make valid records."""

    def __init__(self, bench: Bench, session: Session) -> None:
        """Work on the bench's company through `session`."""
        self.bench = bench
        self.session = session
        self.references = Furnisher(session, bench.info, bench.capabilities, bench.stock)

    def minimal(self, type_name: str) -> Body:
        """Return the smallest valid body of a type; what it refers to is there."""
        info = self.bench.info
        return bodies.minimal(type_name, info.edition, info.release, self.references)

    def maximal(self, type_name: str) -> Body:
        """Return the fullest valid body of a type; what it refers to is there."""
        info = self.bench.info
        full = bodies.maximal(type_name, info.edition, info.release, self.references)
        return self._fitted(type_name, full)

    def _fitted(self, type_name: str, body: Body) -> Body:
        """Return a body whose texts are no longer than the door takes them."""
        capability = self.bench.capabilities.get(type_name)
        if capability is None:
            return body
        fitted = dict(body)
        for name, length in capability.lengths.items():
            value = fitted.get(name)
            if isinstance(value, str):
                fitted[name] = value[:length].rstrip()
        return fitted

    def stated(self, type_name: str, body: Body, purpose: Purpose = Purpose.CREATE) -> Body:
        """Return a body in canonical form: what the books must hold of it afterwards."""
        info = self.bench.info
        return canonical(type_name, body, info.edition, info.release, purpose)

    def create(self, type_name: str, body: Body, origin: Origin | None = None) -> str | None:
        """Create a record; return its key, none where it was only handed over.

        See `fitting` for doors that create with losses.
        """
        capability = self.bench.capabilities.get(type_name)
        return landed(fitting.create(self.session, capability, type_name, body, origin))

    def made(self, type_name: str) -> Key | None:
        """Create a smallest record; return its key, none where it was only handed over."""
        key = self.create(type_name, self.minimal(type_name))
        return None if key is None else key_of(record_type(type_name), key)

    def get(self, type_name: str, key: str) -> Body:
        """Return the record with the type's own key."""
        return self.session.get(type_name, key_of(record_type(type_name), key))

    def keys(self, type_name: str, query: Query | None = None) -> list[str]:
        """Return the keys of the records that a query gives, in its order."""
        name = record_type(type_name).key
        return [str(body[name]) for body in self.session.read(type_name, query or Query())]

    def check_kept(self, type_name: str, body: Body, key: str) -> None:
        """Fail unless the record holds all that `body` states."""
        kept(type_name, self.stated(type_name, body), self.get(type_name, key), type_name)

    def snapshot(self) -> dict[str, object]:
        """Return what a refused write must not change: counts of records, and figures."""
        seen: dict[str, object] = {}
        for type_name, capability in self.bench.capabilities.items():
            if capability.can(Operation.READ):
                seen[type_name] = sorted(self.keys(type_name))
        if self.bench.tells_books:
            seen["figures"] = sorted(
                (each.id, each.balance) for each in self.session.trial_balance(None)
            )
            seen["rows"] = sum(1 for _ in self.session.ledger_rows())
        return seen


def landed(written: Written) -> str | None:
    """Return the key of a record that is there now, none where it was only handed over."""
    return None if written.delivered else written.key


class Harness:
    """What a driver's author states of the driver; a subclass per edition runs the suite.

    Attributes:
        edition: us or uk.
        releases: release years or versions on which the part that depends on fields runs;
            none stands for what `make_company` makes by itself.
        tells_uses: the door tells what refers to a record; else asking must say so.
        known: keys of records that are there and that the door can neither find nor make,
            by record type and purpose (see `references.Purpose`).
        samples: further bodies by record type that the door must take, with references
            to records that `make_company` put there.
    """

    edition: ClassVar[EditionName] = "us"
    releases: ClassVar[tuple[int | None, ...]] = (None,)
    tells_uses: ClassVar[bool] = True
    known: ClassVar[Mapping[tuple[str, str], str]] = {}
    samples: ClassVar[Mapping[str, Sequence[Body]]] = {}

    @classmethod
    def make_company(cls, folder: Path, release: int | None = None) -> Company:
        """Return a company of the edition, new or with records, that may be written to.

        Args:
            folder: an empty folder of this company's own.
            release: release year or version it shall have; none is the driver's choice.
        """
        message = f"{cls.__name__} does not say how to make a company"
        raise NotImplementedError(message)

    @classmethod
    def situations(cls, company: Company) -> Sequence[Situation]:
        """Return the states of Sage that this driver can be brought into for a test."""
        del company
        return ()

    @staticmethod
    def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
        """Run a test once per record type of the edition, or once per release."""
        harness = metafunc.cls
        if harness is None or not issubclass(harness, Harness):
            return
        if "type_name" in metafunc.fixturenames:
            names = [declared.name for declared in record_types_in(harness.edition)]
            metafunc.parametrize("type_name", names)
        if "release" in metafunc.fixturenames:
            metafunc.parametrize("release", harness.releases, ids=str)

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, tmp_path_factory: pytest.TempPathFactory) -> Bench:
        """Return a company that the tests of the class share."""
        return cls.bench_in(tmp_path_factory.mktemp("company"))

    @pytest.fixture
    def fresh(self, tmp_path: Path) -> Bench:
        """Return a company of the test's own."""
        return self.bench_in(tmp_path)

    @classmethod
    def bench_in(cls, folder: Path, release: int | None = None) -> Bench:
        """Return a company in a folder, ready to be tested."""
        return Bench.of(cls.make_company(folder, release), cls.known)


def told_figures(session: Session) -> dict[Figure, Callable[[], object]]:
    """Return a call for each figure that a session is asked for by a method of its own."""
    return {
        Figure.TRIAL_BALANCE: lambda: session.trial_balance(None),
        Figure.LEDGER_ROWS: lambda: list(session.ledger_rows()),
        Figure.OPEN_ITEMS: lambda: list(session.open_items("customer", None)),
        Figure.AGED_BALANCES: lambda: session.aged_balances("customer", date(2026, 1, 31)),
        Figure.SETTLEMENTS: lambda: list(session.settlements(None)),
    }


def declared_types(bench: Bench, *operations: Operation) -> list[RecordType]:
    """Return the record types for which a door does all of these operations."""
    return [one for one in record_types_in(bench.edition) if bench.can(one.name, *operations)]
