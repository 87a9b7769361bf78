"""What was written and could not be read back: what needs its values waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from clary.companies.contract import Session
from clary.companies.sandbox.faults import clear_faults, list_faults, set_fault
from clary.companies.target import CompanyTarget
from clary.engine.executor import Executor
from clary.engine.journal import JournalState
from clary.engine.lease import Lease, Leases
from clary.engine.runs import RunState, RunSummary
from clary.kernel.change import Body, Change, Ref, Target
from clary.kernel.settings import read
from tests.companies.sandbox.small import invoice as invoice_body
from tests.companies.sandbox.small import plain
from tests.engine.bookkeeping import Bookkeeping, created
from tests.engine.workshop import Workshop, customer, invoice

GIVEN_UP = 4
"""Tries after which a target is given up: the first one and three more."""


def for_the_new(number: int, field: str = "name") -> Change:
    """Return an invoice that needs a value of the customer made by change 1."""
    return invoice(number, after={"amount": "1.00", "for": Ref(1, field).as_value()})


@pytest.fixture(params=["unreachable", "busy", "uncertain"])
def parked(workshop: Workshop, request: pytest.FixtureRequest) -> RunSummary:
    """Return a run whose customer was written and not read back."""
    workshop.store.trouble("read", request.param, times=GIVEN_UP)
    return workshop.apply(customer(1, "ACME"), for_the_new(2))


def codes(workshop: Workshop, run: RunSummary) -> list[list[str]]:
    return [[each.code for each in entry.findings] for entry in workshop.results(run.id)]


def test_what_needs_a_value_of_it_waits(workshop: Workshop, parked: RunSummary) -> None:
    assert (parked.state, parked.applied, parked.pending) == (RunState.PARKED, 1, 1)
    assert workshop.states(parked.id) == ["confirmed", "parked"]
    assert codes(workshop, parked) == [["READ_BACK_FAILED"], ["DEPENDENCY_UNREAD"]]


def test_a_resumed_run_reads_it_and_goes_on(workshop: Workshop, parked: RunSummary) -> None:
    again = workshop.resume(parked.id)
    assert (again.state, again.applied, again.pending) == (RunState.FINISHED, 2, 0)
    assert workshop.store.writes() == ["create customer ACME", "create invoice 1"]
    assert workshop.store.bodies("invoice")[0]["for"] == "Customer ACME"
    assert codes(workshop, parked) == [[], []]
    first = workshop.results(parked.id)[0]
    assert (first.state, first.key) == (JournalState.CONFIRMED, "ACME")
    assert first.body == {"id": "ACME", "name": "Customer ACME"}


def test_as_long_as_it_cannot_be_read_it_waits_on(workshop: Workshop, parked: RunSummary) -> None:
    workshop.store.trouble("read", "unreachable", times=GIVEN_UP)
    again = workshop.resume(parked.id)
    assert (again.state, again.applied, again.pending) == (RunState.PARKED, 1, 1)
    assert codes(workshop, parked) == [["READ_BACK_FAILED"], ["DEPENDENCY_UNREAD"]]
    assert workshop.resume(parked.id).applied == 2


def test_what_was_removed_since_is_not_written_again(
    workshop: Workshop, parked: RunSummary
) -> None:
    workshop.store.drop("customer", "ACME")
    again = workshop.resume(parked.id)
    assert workshop.states(again.id) == ["confirmed", "rejected"]
    assert codes(workshop, parked)[1] == ["REFERENCE_EMPTY"]
    assert workshop.store.writes() == ["create customer ACME"]


def test_another_plan_finds_it_by_its_origin_and_goes_on(workshop: Workshop) -> None:
    workshop.store.trouble("read", "unreachable", times=GIVEN_UP)
    plan = (invoice(1), for_the_new(2, "number"))
    first = workshop.apply(*plan)
    assert workshop.states(first.id) == ["confirmed", "parked"]
    second = workshop.apply(*plan)
    assert workshop.states(second.id) == ["skipped", "confirmed"]
    assert workshop.resume(first.id).skipped == 1
    assert workshop.store.bodies("invoice")[1]["for"] == 1


def test_a_key_is_known_without_reading(workshop: Workshop) -> None:
    workshop.store.trouble("read", "unreachable", times=GIVEN_UP)
    run = workshop.apply(customer(1, "ACME"), for_the_new(2, "key"))
    assert workshop.states(run.id) == ["confirmed", "parked"]
    assert codes(workshop, run)[1] == ["LITTLE_UNREACHABLE"]
    assert workshop.resume(run.id).applied == 2
    assert codes(workshop, run)[0] == ["READ_BACK_FAILED"]


class Struck:
    """Applies to a sandbox company whose sessions are lost after the first write."""

    def __init__(self, books: Bookkeeping) -> None:
        self.books = books
        self.executor = Executor(
            books.database, read({}), books.clock, trip=self.trip, pause=lambda _: None
        )
        self.struck = False

    def trip(self, point: str) -> None:
        if point == "chunk written" and not self.struck:
            self.struck = True
            set_fault(self.books.path, "lost-session", times=100, on="read")

    @contextmanager
    def logged_on(self) -> Iterator[tuple[Lease, dict[str, Target]]]:
        leases = Leases(self.books.database, self.books.clock)
        with leases.acquire(self.books.info.identity, "test", 60) as lease, ExitStack() as open_:

            def log_on() -> Session:
                return open_.enter_context(self.books.company.session(write=True))

            yield lease, {"books": CompanyTarget(log_on(), self.books.info, reopen=log_on)}

    def apply(self, *changes: Change) -> RunSummary:
        plan = self.books.plan(*changes)
        with self.logged_on() as (lease, targets):
            return self.executor.apply(plan.id, targets, lease)

    def resume(self, run: RunSummary) -> RunSummary:
        with self.logged_on() as (lease, targets):
            return self.executor.resume(run.id, targets, lease)


def test_a_sandbox_company_that_goes_away_after_writing(books: Bookkeeping) -> None:
    books.session.close()
    struck = Struck(books)
    body: Body = invoice_body(plain("20.00"), customer_id=Ref(1, "id").as_value())
    new = created(1, "customer", {"id": "NEW", "name": "New"})
    run = struck.apply(new, created(2, "sales_invoice", body))
    assert [entry.state.value for entry in books.results(run)] == ["confirmed", "parked"]
    assert list_faults(books.path)
    clear_faults(books.path)
    again = struck.resume(run)
    assert (again.state, again.applied, again.pending) == (RunState.FINISHED, 2, 0)
    customer_, made = books.results(run)
    assert (customer_.body or {})["name"] == "New"
    assert (made.body or {})["customer_id"] == "NEW"
