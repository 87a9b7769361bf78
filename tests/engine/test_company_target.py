"""How changes become calls of a session, and what a look at a company can tell."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

import pytest

from clary.companies.contract import (
    EXACT,
    Info,
    Operation,
    OriginPlace,
    Session,
    TypeCapability,
)
from clary.companies.sandbox import SandboxCompany
from clary.companies.sandbox.faults import set_fault
from clary.companies.target import CompanyTarget, compared, holds
from clary.kernel.change import Action, Body, Change, Origin, Sight, Sighting, Verb, Written
from clary.kernel.errors import ClaryError
from clary.ledger.registry import record_type
from tests.companies.sandbox.small import invoice, key, lines, plain
from tests.engine.bookkeeping import Bookkeeping, created


@pytest.fixture
def target(books: Bookkeeping) -> CompanyTarget:
    """Return the company as a target."""
    return CompanyTarget(books.session, books.info)


def post(books: Bookkeeping, number: int = 1) -> tuple[Change, str]:
    """Post an invoice; return the change that did it, and the key of the invoice."""
    change = created(number, "sales_invoice", invoice(plain("20.00"), number=f"I-{number}"))
    written = books.session.create("sales_invoice", change.after or {}, change.origin)
    return change, str(written.key)


def update(before: Body | None, after: Body, name: str = "ACME") -> Change:
    return Change(1, "books", Action.UPDATE, "customer", name, before, after)


def act(verb: Verb, name: str, number: str, **stated: object) -> Change:
    given = Change(1, "books", Action.ACT, name, number, after={}, verb=verb)
    return replace(given, **stated)  # type: ignore[arg-type]  # tests state what they need


def look(target: CompanyTarget, change: Change) -> Sighting:
    [sighting] = target.look([change])
    return sighting


class TestLook:
    """A look tells whether a change is done, to be done, or too late."""

    def test_documents_are_found_by_their_origin_in_order(
        self, books: Bookkeeping, target: CompanyTarget
    ) -> None:
        posted, number = post(books)
        new = created(2, "sales_invoice", invoice(plain("1.00")))
        receipt = created(3, "receipt", {})
        sights = target.look([new, posted, receipt])
        assert [each.sight for each in sights] == [Sight.ABSENT, Sight.PRESENT, Sight.ABSENT]
        assert (sights[1].key, (sights[1].body or {})["number"]) == (number, "I-1")

    def test_a_voided_document_is_reversed(self, books: Bookkeeping, target: CompanyTarget) -> None:
        posted, number = post(books)
        books.session.act("sales_invoice", key("sales_invoice", number), Verb.VOID, {})
        assert look(target, posted).sight is Sight.REVERSED

    def test_a_document_without_an_origin_cannot_be_told(self, target: CompanyTarget) -> None:
        change = created(1, "sales_invoice", invoice(plain("1.00")), origin=None)
        assert look(target, change).sight is Sight.UNKNOWN

    def test_a_door_that_cannot_find_origins_says_so(self, books: Bookkeeping) -> None:
        blind = {
            "sales_invoice": TypeCapability({Operation.CREATE: EXACT}, origin=OriginPlace.NONE)
        }
        target = CompanyTarget(books.session, books.info, capabilities=blind)
        posted, _ = post(books)
        assert look(target, posted).sight is Sight.UNKNOWN

    @pytest.mark.parametrize(
        ("body", "sight"),
        [
            ({"id": "NEW", "name": "New"}, Sight.ABSENT),
            ({"id": "ACME", "name": "Acme"}, Sight.PRESENT),
            ({"id": "ACME", "name": "Acme", "inactive": False, "fax": None}, Sight.PRESENT),
            ({"id": "ACME", "name": "Somebody else"}, Sight.UNKNOWN),
            ({"name": "Nameless"}, Sight.UNKNOWN),
        ],
    )
    def test_list_records_are_found_by_their_own_key(
        self, target: CompanyTarget, body: Body, sight: Sight
    ) -> None:
        assert look(target, created(1, "customer", body, origin=Origin("t", "1"))).sight is sight

    @pytest.mark.parametrize(
        ("before", "after", "sight"),
        [
            ({"name": "Acme"}, {"name": "New"}, Sight.ABSENT),
            ({"name": "Acme", "balance": "99.00"}, {"name": "New"}, Sight.ABSENT),
            ({"name": "Acme", "fax": None, "inactive": False}, {"name": "New"}, Sight.ABSENT),
            (None, {"name": "New"}, Sight.ABSENT),
            ({"name": "Old"}, {"name": "Acme"}, Sight.PRESENT),
            ({"name": "Old"}, {"name": "New"}, Sight.STALE),
        ],
    )
    def test_an_update_is_compared_with_what_was_before(
        self, target: CompanyTarget, before: Body | None, after: Body, sight: Sight
    ) -> None:
        assert look(target, update(before, after)).sight is sight

    def test_a_stale_record_says_what_differs(self, target: CompanyTarget) -> None:
        before: Body = {"name": "Old", "email": "x" * 100, "no_such_field": "?"}
        findings = look(target, update(before, {"name": "New"})).findings
        assert [finding.field for finding in findings] == ["name", "email", "no_such_field"]
        assert findings[0].message == "Name was Old when the plan was made and is Acme now."
        assert len(findings[1].message) < 150
        assert findings[1].message.endswith("is empty now.")

    @pytest.mark.parametrize("name", ["NOBODY", "", "number:12", "x" * 300])
    def test_a_record_that_is_not_there_or_has_no_such_key_is_stale(
        self, target: CompanyTarget, name: str
    ) -> None:
        sighting = look(target, update({"name": "Old"}, {"name": "New"}, name))
        assert sighting.sight is Sight.STALE
        assert sighting.findings

    def test_a_key_that_names_several_documents_is_stale_and_no_other(
        self, books: Bookkeeping
    ) -> None:
        for number in (1, 2):
            post(books, number)
        books.session.close()
        with sqlite3.connect(books.path) as raw:
            raw.execute("update document set number = 'I-1' where record_type = 'sales_invoice'")
        raw.close()
        books.session = books.company.session(write=True)
        twins = act(Verb.VOID, "sales_invoice", "customer:ACME:I-1")
        alone = act(Verb.VOID, "sales_invoice", "2")
        target = CompanyTarget(books.session, books.info)
        first, second = target.look([twins, replace(alone, number=2)])
        assert (first.sight, second.sight) == (Sight.STALE, Sight.ABSENT)
        assert first.findings[0].code == "RECORD_AMBIGUOUS"

    def test_a_deletion_is_done_when_the_record_is_gone(self, target: CompanyTarget) -> None:
        gone = Change(1, "books", Action.DELETE, "customer", "NOBODY", {"name": "No"})
        there = replace(gone, key="ACME", before={"name": "Acme"})
        changed = replace(gone, key="ACME", before={"name": "Old"})
        sights = [look(target, each).sight for each in (gone, there, changed)]
        assert sights == [Sight.PRESENT, Sight.ABSENT, Sight.STALE]

    def test_a_void_is_done_when_the_document_shows_it(
        self, books: Bookkeeping, target: CompanyTarget
    ) -> None:
        _, number = post(books)
        change = act(Verb.VOID, "sales_invoice", number)
        assert look(target, change).sight is Sight.ABSENT
        target.write([change])
        assert look(target, change).sight is Sight.PRESENT
        assert look(target, replace(change, key="999")).sight is Sight.STALE

    def test_what_was_paid_since_is_stale(self, books: Bookkeeping, target: CompanyTarget) -> None:
        _, number = post(books)
        before = books.session.get("sales_invoice", key("sales_invoice", number))
        change = act(Verb.VOID, "sales_invoice", number, before=before)
        assert look(target, change).sight is Sight.ABSENT
        pay(books, "20.00")
        [finding] = look(target, change).findings
        assert finding.field == "amount_due"

    def test_an_allocation_is_told_by_what_was_before_only(
        self, books: Bookkeeping, target: CompanyTarget
    ) -> None:
        _, number = post(books)
        credit = invoice(plain("20.00"), number="C-1")
        paid = str(books.session.create("credit_memo", credit).key)
        details: Body = {"invoice": int(number), "amount": "20.00"}
        change = act(Verb.ALLOCATE, "credit_memo", paid, after=details)
        before = books.session.get("credit_memo", key("credit_memo", paid))
        assert look(target, change).sight is Sight.UNKNOWN
        assert look(target, replace(change, before=before)).sight is Sight.ABSENT
        [written] = target.write([change])
        assert isinstance(written, Written)
        assert look(target, replace(change, before=before)).sight is Sight.STALE
        allocation = str((written.undo or {})["allocation"])
        back = act(Verb.UNALLOCATE, "allocation", allocation)
        assert look(target, back).sight is Sight.ABSENT
        target.write([back])
        assert look(target, back).sight is Sight.PRESENT
        assert look(target, replace(back, key="999")).sight is Sight.PRESENT


def pay(books: Bookkeeping, amount: str) -> str:
    body: Body = {
        "reference": "R-1",
        "customer_id": "ACME",
        "date": "2026-03-05",
        "cash_account_id": "1020",
        "applications": lines({"invoice_number": "I-1", "amount": amount}),
    }
    return str(books.session.create("receipt", body).key)


class TestWrite:
    """Every change has its own answer; trouble with the company is the trouble of all."""

    def changes(self, *names: str) -> list[Change]:
        return [
            created(number, "customer", {"id": name, "name": name})
            for number, name in enumerate(names, 1)
        ]

    def test_one_refused_document_stops_no_other(self, target: CompanyTarget) -> None:
        results = target.write(self.changes("A", "ACME", "B"))
        assert [isinstance(each, Written) for each in results] == [True, False, True]

    def test_it_stops_where_it_is_asked_to(self, target: CompanyTarget) -> None:
        results = target.write(self.changes("A", "ACME", "B"), stop=True)
        assert [isinstance(each, Written) for each in results] == [True, False]

    def test_every_kind_of_change_is_called(
        self, books: Bookkeeping, target: CompanyTarget
    ) -> None:
        _, number = post(books)
        results = target.write(
            [
                update(None, {"fax": "1"}),
                Change(2, "books", Action.DELETE, "vendor", "V-BETA"),
                act(Verb.VOID, "sales_invoice", number),
            ]
        )
        assert all(isinstance(each, Written) for each in results)
        assert books.session.get("customer", key("customer", "ACME"))["fax"] == "1"

    @pytest.mark.parametrize(
        "change",
        [
            Change(1, "books", Action.UPDATE, "customer", None, after={"fax": "1"}),
            Change(1, "books", Action.ACT, "sales_invoice", "1"),
        ],
        ids=["no key", "no verb"],
    )
    def test_an_incomplete_change_is_our_own_fault(
        self, target: CompanyTarget, change: Change
    ) -> None:
        [error] = target.write([change])
        assert isinstance(error, ClaryError)
        assert (error.code, error.exit_status) == ("CHANGE_INCOMPLETE", 1)

    @pytest.mark.parametrize(("fault", "written"), [("busy", 0), ("record-in-use", 1)])
    def test_others_wait_for_a_busy_company_and_not_for_a_busy_record(
        self, books: Bookkeeping, target: CompanyTarget, fault: str, written: int
    ) -> None:
        set_fault(books.path, fault)
        first, *others = target.write(self.changes("A", "B"))
        assert isinstance(first, ClaryError)
        assert sum(isinstance(each, Written) for each in others) == written

    def test_a_lost_session_is_the_trouble_of_all_until_a_new_one_is_opened(
        self, books: Bookkeeping
    ) -> None:
        opened: list[Session] = []

        def reopen() -> Session:
            opened.append(SandboxCompany(books.path).session(write=True))
            return opened[-1]

        target = CompanyTarget(books.session, books.info, reopen=reopen)
        set_fault(books.path, "lost-session")
        results = self.settled(target, ["A", "B"])
        assert all(isinstance(each, ClaryError) for each in results)
        target.reconnect()
        assert all(isinstance(each, Written) for each in target.write(self.changes("A", "B")))
        opened[0].close()

    def settled(self, target: CompanyTarget, names: list[str]) -> Sequence[object]:
        try:
            return target.write(self.changes(*names))
        except ClaryError as error:
            return [error]

    def test_without_a_way_to_reopen_nothing_happens(self, target: CompanyTarget) -> None:
        target.reconnect()
        assert isinstance(target.write(self.changes("A"))[0], Written)


def test_records_are_read_back_in_order(books: Bookkeeping, target: CompanyTarget) -> None:
    posted, number = post(books)
    changes = [created(2, "customer", {"id": "ACME"}), posted, created(3, "customer", {})]
    bodies = target.read_back(changes, [Written("ACME"), Written(number), Written("x" * 300)])
    assert [body and (body.get("id") or body["number"]) for body in bodies] == ["ACME", "I-1", None]
    assert target.read_back([created(4, "customer", {})], [Written(None)]) == [None]


def test_a_population_is_counted_no_further_than_needed(target: CompanyTarget) -> None:
    assert target.population("customer", 100) == 2
    assert target.population("account", 5) == 5


def test_the_target_tells_whose_books_it_writes(books: Bookkeeping, target: CompanyTarget) -> None:
    info: Info = books.info
    assert (target.identity, target.generation) == (info.identity, info.generation)


def test_computed_fields_are_not_compared_also_inside_groups() -> None:
    order = record_type("sales_order")
    body: Body = {
        "number": "1",
        "total": "5.00",
        "period": 3,
        "ship_to": {"name": "A"},
        "lines": [{"description": "x", "quantity_delivered": "1"}],
    }
    kept = {"number": "1", "ship_to": {"name": "A"}, "lines": [{"description": "x"}]}
    assert compared(order, body) == kept
    assert compared(order, {"lines": None}) == {"lines": None}
    invoiced = compared(record_type("sales_invoice"), {"amount_due": "1.00", "total": "1.00"})
    assert invoiced == {"amount_due": "1.00", "total": "1.00"}


@pytest.mark.parametrize(
    ("now", "stated", "covered"),
    [
        ({"a": "1", "b": "2"}, {"a": "1"}, True),
        ({"a": {"x": 1, "y": 2}}, {"a": {"x": 1}}, True),
        ({"a": [{"x": 1, "y": 2}]}, {"a": [{"x": 1}]}, True),
        ({"a": [{"x": 1}, {"x": 2}]}, {"a": [{"x": 1}]}, False),
        ({}, {"a": None, "b": False, "c": "", "d": []}, True),
        ({}, {"a": 0}, False),
        ({"a": "1"}, {"a": ["1"]}, False),
    ],
)
def test_a_record_holds_what_is_stated_and_may_hold_more(
    now: Body, stated: Body, *, covered: bool
) -> None:
    assert holds(now, stated) is covered
