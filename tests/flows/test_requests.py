"""What cannot be planned is told before anything is read, and limits hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from clary.companies.contract import EXACT, Level, Operation, Support, TypeCapability
from clary.companies.keys import parse_key
from clary.engine.plan import Planned
from clary.flows.operations.drafts import draft
from clary.flows.operations.planner import Planner
from clary.flows.operations.requests import (
    Document,
    Mode,
    OperationOptions,
    OperationRequest,
    Status,
)
from clary.flows.operations.requests import Operation as Asked
from clary.kernel.change import Verb
from clary.kernel.errors import Finding, Rejected, Unsupported
from clary.ledger.nested import find_type
from clary.ledger.registry import record_type
from clary.ledger.values import DEPTH_LIMIT
from tests.flows.books import MemoryCompany
from tests.flows.conftest import add_accounts
from tests.flows.house import SYSTEM, House
from tests.flows.test_operations import ACME, invoice


def entries(
    company: MemoryCompany, operation: Asked, name: str, *documents: Document, **options: object
) -> list[object]:
    declared = find_type(name, company.edition)
    chosen = OperationOptions(**options)  # type: ignore[arg-type]  # tests state what they need
    planner = Planner(company.session(), company.info(), company.capabilities(), SYSTEM)
    return list(planner.plan(OperationRequest(operation, declared, documents, chosen)))


def codes(found: list[object]) -> list[list[str]]:
    return [[each.code for each in entry.findings] for entry in found if isinstance(entry, Planned)]


def us() -> MemoryCompany:
    company = MemoryCompany()
    add_accounts(company)
    return company


@pytest.mark.parametrize(
    ("operation", "name", "options"),
    [
        (Asked.CREATE, "customer", {"batch": 0}),
        (Asked.CREATE, "customer", {"batch": 1001}),
        (Asked.CREATE, "customer", {"verb": Verb.VOID}),
        (Asked.ACT, "sales_invoice", {}),
        (Asked.ACT, "customer.ship_to", {"verb": Verb.VOID}),
    ],
)
def test_options_that_do_not_fit_are_refused(
    operation: Asked, name: str, options: dict[str, object]
) -> None:
    with pytest.raises(Rejected) as caught:
        entries(us(), operation, name, **options)
    assert caught.value.code == "REQUEST_INVALID"


def test_a_type_of_the_other_edition_is_refused() -> None:
    company = us()
    planner = Planner(company.session(), company.info(), company.capabilities(), SYSTEM)
    with pytest.raises(Rejected, match="has no bank"):
        list(planner.plan(OperationRequest(Asked.CREATE, record_type("bank"), [])))


@pytest.mark.parametrize(
    ("operation", "options", "missing"),
    [
        (Asked.CREATE, {}, Operation.CREATE),
        (Asked.UPDATE, {}, Operation.READ),
        (Asked.UPSERT, {}, Operation.CREATE),
        (Asked.DELETE, {}, Operation.DELETE),
        (Asked.ACT, {"verb": Verb.POST}, Operation.POST),
    ],
)
def test_what_no_door_does_is_unsupported(
    operation: Asked, options: dict[str, object], missing: Operation
) -> None:
    able = {each: EXACT for each in Operation if each is not missing}
    for operations in (able, {**able, missing: Support(Level.NONE)}):
        company = MemoryCompany(customer=TypeCapability(operations=operations))
        with pytest.raises(Unsupported) as caught:
            entries(company, operation, "customer", **options)
        assert caught.value.code == "OPERATION_UNSUPPORTED"


def test_a_door_that_does_less_says_so_before_the_documents() -> None:
    less = Support(Level.DEGRADED, "the notes are lost")
    capability = TypeCapability(
        operations={**dict.fromkeys(Operation, EXACT), Operation.CREATE: less}
    )
    company = MemoryCompany(customer=capability)
    warning, _ = entries(company, Asked.CREATE, "customer", Document("1", ACME))
    assert isinstance(warning, Finding)
    assert (warning.code, "the notes are lost" in warning.message) == ("OPERATION_DEGRADED", True)


def test_the_limits_of_a_door_are_findings() -> None:
    capability = TypeCapability(
        operations=dict.fromkeys(Operation, EXACT),
        lines=1,
        lengths={"number": 3, "note": 5, "nothing": 1},
    )
    company = MemoryCompany(sales_invoice=capability)
    add_accounts(company)
    company.session().create("customer", dict(ACME))
    line = {"account_id": "4000", "amount": "1"}
    body = invoice("1234", lines=[line, line], note="short")
    found = entries(company, Asked.CREATE, "sales_invoice", Document("1", body))
    assert codes(found) == [["ENTRIES_TOO_MANY", "TEXT_TOO_LONG"]]


def test_what_no_door_can_look_up_is_left_to_the_company() -> None:
    company = MemoryCompany(account=TypeCapability(operations={}))
    document = Document("1", {**ACME, "account_id": "9999"})
    assert codes(entries(company, Asked.CREATE, "customer", document)) == [[]]


def test_a_body_is_bounded_in_depth() -> None:
    deep: object = "x"
    for _ in range(DEPTH_LIMIT + 1):
        deep = [deep]
    found = entries(us(), Asked.CREATE, "customer", Document("1", {"name": deep}))
    assert codes(found) == [["BODY_TOO_DEEP"]]


def test_a_document_must_say_which_record_it_means() -> None:
    company = us()
    for name, operation in (("customer", Asked.UPDATE), ("sales_invoice", Asked.DELETE)):
        found = entries(company, operation, name, Document("1"))
        assert codes(found) == [["KEY_MISSING"]]
    found = entries(company, Asked.UPSERT, "customer", Document("1", {"name": "x"}))
    assert codes(found) == [["KEY_MISSING", "RECORD_NOT_FOUND"]] or codes(found) == [
        ["KEY_MISSING"]
    ]


def test_a_document_without_a_number_is_upserted_as_a_new_one(house: House) -> None:
    house.fill("customer", ACME)
    [found] = house.operate("upsert", "sales_invoice", Document("1", invoice("1")))
    assert (found.status, found.action_taken) == (Status.SUCCESS, "created")
    body = {**invoice("1"), "note": "again"}
    [found] = house.operate("upsert", "sales_invoice", Document("1", body, key="customer:ACME:1"))
    assert (found.status, found.action_taken) == (Status.SUCCESS, "updated")


def test_a_key_and_a_body_must_not_name_two_records() -> None:
    document = Document("1", {"id": "OTHER", "name": "x"}, key="ACME")
    assert codes(entries(us(), Asked.CREATE, "customer", document)) == [["KEY_DIFFERS"]]
    same = Document("1", {"id": "acme", "name": "x"}, key="ACME")
    assert codes(entries(us(), Asked.CREATE, "customer", same)) == [[]]


def test_details_of_an_act_are_kept_in_canonical_form() -> None:
    company = us()
    session = company.session()
    session.create("customer", dict(ACME))
    session.create("sales_invoice", {"customer_id": "ACME", "date": "2026-01-10", "number": "1"})
    [stored] = session.get_many("sales_invoice", [parse_key(record_type("sales_invoice"), "5")])
    assert stored is not None
    document = Document("1", {"date": date(2026, 1, 12)}, key="customer:ACME:1")
    again = Document("2", {"transaction_number": 5, "date": None})
    found = entries(company, Asked.ACT, "sales_invoice", document, again, verb=Verb.VOID)
    [first, second] = [each for each in found if isinstance(each, Planned)]
    assert (first.change.after, second.change.after) == ({"date": "2026-01-12"}, {})
    assert first.change.before is not None
    assert (second.change.before, second.change.depends_on) == (None, (1,))


@pytest.mark.parametrize(
    ("verb", "details", "wrong"),
    [
        (Verb.VOID, {"dat": "2026-01-12"}, {"dat": "FIELD_UNKNOWN"}),
        (Verb.VOID, {"date": "2026-13-01"}, {"date": "TYPE_WRONG"}),
        (
            Verb.REVERSE,
            {"date": "soon", "memo": "x"},
            {"date": "TYPE_WRONG", "memo": "FIELD_UNKNOWN"},
        ),
        (
            Verb.ALLOCATE,
            {"amount": "1.005"},
            {"amount": "DECIMALS_TOO_MANY", "invoice": "FIELD_REQUIRED"},
        ),
        (Verb.ALLOCATE, {"invoice": "12x", "amount": "1"}, {"invoice": "TYPE_WRONG"}),
        (Verb.POST, {"date": "2026-01-12"}, {"date": "FIELD_UNKNOWN"}),
    ],
)
def test_details_of_an_act_that_mean_nothing_are_refused(
    verb: Verb, details: dict[str, object], wrong: dict[str, str]
) -> None:
    request = OperationRequest(
        Asked.ACT, record_type("sales_invoice"), (), OperationOptions(verb=verb)
    )
    made = draft(Document("1", details, key="5"), request, "us", None)
    assert {str(each.field): each.code for each in made.findings} == wrong
    assert {each.record for each in made.findings} == {"sales_invoice 5"}


def test_details_of_an_act_may_come_as_text() -> None:
    request = OperationRequest(
        Asked.ACT, record_type("receipt"), (), OperationOptions(verb=Verb.ALLOCATE)
    )
    details = {"invoice": "12", "amount": "5", "discount_amount": Decimal("0.1")}
    made = draft(Document("1", details, key="5"), request, "us", None)
    assert made.findings == []
    assert made.details == {"invoice": 12, "amount": "5.00", "discount_amount": "0.10"}


def test_what_is_worked_out_inside_lines_is_kept_apart(house: House) -> None:
    house.fill("customer", ACME)
    line = {"description": "Work", "account_id": "4000", "quantity": "2", "unit_price": "5"}
    order = {"customer_id": "ACME", "number": "S1", "date": "2026-01-10", "lines": [line]}
    house.fill("sales_order", order)
    [stored] = house.records("sales_order")
    [again] = house.operate("update", "sales_order", Document("1", stored))
    assert (again.status, again.action_taken) == (Status.SUCCESS, "unchanged"), again
    lines = [{**line, "quantity_delivered": "9"}]
    [wrong] = house.operate(
        "update", "sales_order", Document("1", {"lines": lines}, key=str(again.key))
    )
    assert (wrong.code, list(wrong.field_errors)) == (
        "FIELD_COMPUTED",
        ["lines.0.quantity_delivered"],
    )
    lines = [{**line, "quantity_delivered": "many"}]
    [wrong] = house.operate(
        "update", "sales_order", Document("1", {"lines": [*lines, "x"]}, key=str(again.key))
    )
    assert set(wrong.field_errors) == {"lines.1", "lines.0.quantity_delivered"}


def test_an_order_that_was_delivered_in_part_is_written_as_it_was_read(house: House) -> None:
    house.fill("customer", ACME)
    line = {"description": "Work", "account_id": "4000", "quantity": "2", "unit_price": "5"}
    order = {"customer_id": "ACME", "number": "S1", "date": "2026-01-10", "lines": [line]}
    house.fill("sales_order", order)
    part = {**line, "quantity": "1", "sales_order_number": "S1", "sales_order_line": 1}
    sold = {"customer_id": "ACME", "date": "2026-01-11", "receivable_account_id": "1100"}
    house.fill("sales_invoice", {**sold, "lines": [part]})
    [stored] = house.records("sales_order")
    [same] = house.operate("update", "sales_order", Document("1", stored))
    assert (same.status, same.action_taken) == (Status.SUCCESS, "unchanged"), same
    [closed] = house.operate("update", "sales_order", Document("2", {**stored, "closed": True}))
    assert closed.status == Status.SUCCESS, closed
    [after] = house.records("sales_order")
    assert (after["closed"], after["lines"]) == (True, stored["lines"])


def test_a_full_update_clears_numbers_that_are_zero(house: House) -> None:
    house.fill("customer", {**ACME, "due_days": 0})
    options = OperationOptions(mode=Mode.FULL)
    asked = house.request("update", "customer", [Document("1", {"name": "Acme"}, "ACME")], options)
    [entry] = house.entries(asked)
    assert entry.change.after is not None
    assert entry.change.after["due_days"] is None


def test_entries_that_share_a_key_cannot_be_told_apart(house: House) -> None:
    twins = [{"name": "Ann"}, {"name": "ann"}]
    house.fill("customer", {**ACME, "contacts": twins})
    [found] = house.operate(
        "update", "customer.contacts", Document("1", {"title": "x"}, "ACME/Ann")
    )
    assert found.code == "ENTRY_AMBIGUOUS"


def test_acts_on_one_record_follow_each_other(house: House) -> None:
    house.fill("customer", ACME)
    house.fill("sales_invoice", invoice("1"))
    options = OperationOptions(verb=Verb.VOID)
    documents = [Document(n, key="customer:ACME:1") for n in ("1", "2")]
    found = house.operate("act", "sales_invoice", *documents, options=options)
    assert found[0].action_taken == "voided"
    assert found[1].status is not Status.FAILED


def test_a_group_remembers_only_what_it_must(folder: Path) -> None:
    with House(folder, us()) as house:
        house.fill("customer", ACME)
        both = [
            house.request("create", "customer.bill_to", [Document("1", {"city": "R"}, "ACME")]),
            house.request("create", "customer.ship_to", [Document("1", {"city": "S"}, "ACME")]),
            house.request("create", "customer.ship_to", [Document("1", {"city": "T"}, "ACME")]),
        ]
        run = house.apply(house.plan(*both).id)
        assert run.applied == 3
        [customer] = house.records("customer")
        assert customer["bill_to"] == {"city": "R"}
        assert customer["ship_to"] == [{"city": "S"}, {"city": "T"}]


def test_an_entry_that_an_earlier_change_made_superfluous_is_skipped(house: House) -> None:
    house.fill("customer", {**ACME, "contacts": [{"name": "Ann"}]})
    both = [
        house.request("update", "customer.contacts", [Document("1", {"title": "x"}, "ACME/Ann")]),
        house.request("update", "customer.contacts", [Document("1", {"title": "y"}, "ACME/Ann")]),
        house.request("delete", "customer.contacts", [Document("1", key="ACME/Ann")]),
    ]
    run = house.apply(house.plan(*both).id)
    assert run.applied == 3
    [customer] = house.records("customer")
    assert not customer.get("contacts")
