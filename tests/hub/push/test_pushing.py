"""Pushes without a server: time-outs, crashes between two steps, foreign bills, approvals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from clary.companies.sandbox import SandboxCompany
from clary.companies.sandbox.values import set_values
from clary.flows.push import answers
from clary.flows.push.answers import Status
from clary.flows.push.declaring import PushVerb
from clary.hub.draining import Budget, drain
from clary.hub.installation import Installation
from clary.hub.push.accepting import KIND, Acceptor
from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.services.deciding import change_decision
from clary.hub.services.push_companies import CompanyAsked, create_push_company
from clary.hub.services.push_connections import create_push_connection, link_push_connection
from clary.hub.services.push_desk import Desk
from clary.hub.services.push_operations import (
    PushAsked,
    accept_push,
    push_operation,
    time_out_operations,
)
from clary.hub.services.sandbox import NewSandbox, act_at_sage, create_sandbox
from clary.hub.work import Work
from clary.hub.work_tables import WORK_ITEM
from clary.kernel.change import Body
from clary.kernel.clock import FixedClock
from tests.flows.push import documents
from tests.flows.push.shelf import changed
from tests.flows.push.test_push_round_trip import LISTS

FORCED = Budget(forced=True)
EURO: tuple[str, Body] = ("currency", {"id": "EUR", "name": "Euro", "rate": "1.17"})


class Office:
    """An installation with one UK company that a company of the API is linked to."""

    def __init__(self, installation: Installation, clock: FixedClock) -> None:
        self.installation, self.clock = installation, clock
        start = date(2026, 1, 1)
        create_sandbox(installation, NewSandbox("north", "uk", fiscal_year_start=start))
        self.path = installation.sandbox_file("north")
        with SandboxCompany(self.path, clock=clock).session(write=True) as session:
            for kind, body in (*LISTS["uk"], EURO):
                session.create(kind, dict(body))
        company = create_push_company(installation, CompanyAsked("North"))
        made = create_push_connection(installation, company.id, "hbql")
        link_push_connection(installation, company.id, made.connection.id, "north")
        self.company, self.connection = company.id, made.connection.id
        self.acceptor = Acceptor(Work(installation.database, clock), lambda _: None)
        self.desk = Desk(self.acceptor)

    def push(self, kind: str, document: object, timeout: str | None = None) -> Any:  # noqa: ANN401 - JSON
        asked = PushAsked(
            self.company,
            self.connection,
            kind,
            PushVerb.CREATE,
            document=json.dumps(document),
            timeout=timeout,
        )
        return json.loads(accept_push(self.installation, self.desk, asked))

    def drain(self) -> None:
        drain(self.installation, "north", FORCED)

    def operation(self, accepted: Any) -> answers.Operation:  # noqa: ANN401 - JSON
        key = accepted["pushOperationKey"]
        return push_operation(self.installation, self.company, key)

    def ended(self, kind: str, document: object) -> answers.Operation:
        accepted = self.push(kind, document)
        self.drain()
        return self.operation(accepted)


@pytest.fixture
def office(installation: Installation, clock: FixedClock) -> Iterator[Office]:
    made = Office(installation, clock)
    yield made
    made.acceptor.stop()


def customer(key: str) -> dict[str, Any]:
    return {**documents.UK_CUSTOMER, "id": key}


def codes(found: answers.Operation) -> set[str]:
    return {one.code for one in found.findings}


@pytest.mark.both_databases
def test_a_result_after_the_time_out_is_recorded_and_told(office: Office) -> None:
    accepted = office.push("customers", customer("LATE"), timeout="1")
    office.clock.advance(timedelta(minutes=2))
    assert office.operation(accepted).status is Status.TIMED_OUT
    assert "PUSH_TIME_OVER" in codes(office.operation(accepted))
    assert time_out_operations(office.installation) == 1
    assert time_out_operations(office.installation) == 0
    office.drain()
    found = office.operation(accepted)
    assert found.status is Status.TIMED_OUT
    assert found.change is not None
    assert found.change.id == "LATE"
    assert "PUSH_LATE" in codes(found)


@pytest.mark.both_databases
def test_what_was_written_before_a_crash_is_not_written_again(office: Office) -> None:
    """The run had ended, and neither the operation nor the work item knew it yet."""
    accepted = office.push("customers", customer("ONCE"))
    office.drain()
    key = accepted["pushOperationKey"]
    with office.installation.database.write() as write:
        write.execute(
            update(PUSH_OPERATION)
            .where(PUSH_OPERATION.c.key == key)
            .values(status="Pending", completed_at=None, change_type=None, change_id=None)
        )
        write.execute(update(WORK_ITEM).where(WORK_ITEM.c.reference == key).values(state="waiting"))
    assert office.operation(accepted).status is Status.PENDING
    office.drain()
    found = office.operation(accepted)
    assert (found.status, found.change and found.change.id) == (Status.SUCCESS, "ONCE")


def test_a_group_keeps_its_order_and_one_bad_document_stops_no_other(office: Office) -> None:
    keys = [f"C{number:03}" for number in range(120)]
    accepted = [office.push("customers", customer(key)) for key in keys]
    bad = office.push("customers", customer("C000"))
    office.drain()
    found = [office.operation(each) for each in accepted]
    assert [each.change.id if each.change else None for each in found] == keys
    again = office.operation(bad)
    assert (again.status, again.status_code) == (Status.FAILED, 400)


def test_foreign_bills_wait_for_foreign_trader_to_be_paid(office: Office) -> None:
    euro = {**documents.UK_SUPPLIER, "id": "EUROSUP", "defaultCurrency": "EUR"}
    made = office.ended("suppliers", euro)
    assert made.status is Status.SUCCESS, made
    bill = changed(changed(documents.UK_BILL, "EUR", "currency"), "EUROSUP", "supplierRef", "id")
    written = office.ended("bills", {**bill, "currencyRate": 0.85})
    assert written.status is Status.SUCCESS, written
    assert [one.code for one in written.findings].count("FOREIGN_TRADER_OFF") == 1
    assert written.change is not None
    paid = changed(documents.UK_BILL_PAYMENT, written.change.id, "lines", "0", "links", "0", "id")
    paid = {**paid, "supplierRef": {"id": "EUROSUP"}, "currency": "EUR", "currencyRate": 0.85}
    refused = office.ended("billPayments", paid)
    assert refused.status is Status.FAILED
    assert "FOREIGN_TRADER_OFF" in codes(refused)
    set_values(office.path, foreign_trader="1")
    done = office.ended("billPayments", paid)
    assert done.status is Status.SUCCESS, done


def test_a_company_may_refuse_foreign_bills(office: Office) -> None:
    change_decision(office.installation, "refuse_foreign_bills", "yes", "north")
    refused = office.push("bills", changed(documents.UK_BILL, "EUR", "currency"))
    assert refused["status"] == "Failed"
    assert refused["validation"]["errors"][0]["itemId"] == "Currency"


def test_sage_in_use_is_the_reason_that_is_told(office: Office) -> None:
    act_at_sage(office.installation, "north", "open-sage", [], {"user": "CLARY"})
    accepted = office.push("customers", customer("WAITS"))
    office.drain()
    waiting = office.operation(accepted)
    assert waiting.status is Status.PENDING
    assert "USER_NAME_IN_USE" in codes(waiting)
    act_at_sage(office.installation, "north", "close-sage", [], {})
    office.drain()
    assert office.operation(accepted).status is Status.SUCCESS
    with office.installation.database.read() as read:
        [item] = Work(office.installation.database, office.clock).of(
            read, KIND, [accepted["pushOperationKey"]]
        )
    assert item.state == "done"


def test_what_is_timed_out_and_still_waits_tells_so_and_why(office: Office) -> None:
    act_at_sage(office.installation, "north", "open-sage", [], {"user": "CLARY"})
    accepted = office.push("customers", customer("LONG"), timeout="1")
    office.drain()
    office.clock.advance(timedelta(minutes=2))
    time_out_operations(office.installation)
    waiting = office.operation(accepted)
    assert (waiting.status, waiting.completed) == (Status.TIMED_OUT, None)
    assert codes(waiting) == {"PUSH_TIME_OVER", "USER_NAME_IN_USE"}
    assert "Do not push the document again" in (waiting.error or "")
    act_at_sage(office.installation, "north", "close-sage", [], {})
    office.drain()
    assert codes(office.operation(accepted)) == {"PUSH_LATE"}


def test_a_plan_above_the_limit_waits_for_an_approval(office: Office) -> None:
    change_decision(office.installation, "approval_amount", "100.00")
    accepted = office.push("invoices", documents.UK_INVOICE)
    office.drain()
    waiting = office.operation(accepted)
    assert waiting.status is Status.PENDING
    assert "APPROVAL_NEEDED" in codes(waiting)
