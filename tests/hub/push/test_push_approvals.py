"""Pushes of a company with a limit: each is judged by itself, and only it waits for approval."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from clary.flows.push import answers
from clary.flows.push.answers import Status
from clary.hub.access import Access, Role
from clary.hub.draining import put_back
from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.services.approving import approve_plan
from clary.hub.services.deciding import change_decision
from clary.hub.work import Lane, Work
from clary.hub.work_tables import WORK_ITEM
from tests.flows.push import documents
from tests.hub.push.test_pushing import Office, customer, office

__all__ = ["office"]

pytestmark = pytest.mark.both_databases


def invoice(number: str) -> dict[str, Any]:
    return {**documents.UK_INVOICE, "invoiceNumber": number}


def worth(office: Office) -> Decimal:
    """Return what an invoice of these comes to in the books."""
    made = office.ended("invoices", invoice("MEASURE"))
    assert made.status is Status.SUCCESS, made
    return Decimal(str(documents.UK_INVOICE["totalAmount"]))


def limit(office: Office, amount: Decimal) -> None:
    change_decision(office.installation, "approval_amount", f"{amount:.2f}", "north")


def plans_of(office: Office, accepted: list[Any]) -> list[str]:
    keys = [each["pushOperationKey"] for each in accepted]
    query = select(PUSH_OPERATION.c.key, PUSH_OPERATION.c.plan)
    with office.installation.database.read() as read:
        found = {row.key: row.plan for row in read.execute(query)}
    return [found[key] for key in keys]


def lane(office: Office) -> Lane:
    return Work(office.installation.database, office.clock).lane("north")


def statuses(office: Office, accepted: list[Any]) -> list[Status]:
    return [office.operation(each).status for each in accepted]


def approve(office: Office, plan: str) -> None:
    other = office.installation.acting_as(Access("grace", Role.APPROVER))
    approve_plan(other, plan)


def test_documents_below_the_limit_are_written_however_many_wait_together(office: Office) -> None:
    limit(office, worth(office) * 2)
    sent = [office.push("invoices", invoice(f"LOW-{number}")) for number in range(4)]
    office.drain()
    assert statuses(office, sent) == [Status.SUCCESS] * 4


def test_one_above_the_limit_lets_the_others_go_on_and_ends_once_it_is_approved(
    office: Office,
) -> None:
    limit(office, worth(office) / 2)
    big = [office.push("invoices", invoice(f"BIG-{number}")) for number in range(2)]
    small = office.push("customers", customer("SMALL"))
    office.drain()
    assert office.operation(small).status is Status.SUCCESS
    assert (lane(office).waiting, lane(office).parked) == (0, 2)
    waiting = told(office.operation(big[0]))
    assert "APPROVAL_NEEDED" in waiting
    assert "once that plan is approved" in waiting
    assert "once the cause has gone" not in waiting
    approve(office, plans_of(office, big)[1])
    assert (lane(office).waiting, lane(office).parked) == (1, 1)
    office.drain()
    assert statuses(office, big) == [Status.PENDING, Status.SUCCESS]


def told(found: answers.Operation) -> str:
    assert (found.status, found.status_code) == (Status.PENDING, 202)
    return found.error or ""


def test_a_limit_that_is_lifted_lets_go_on_what_was_set_aside_for_it(office: Office) -> None:
    limit(office, worth(office) / 2)
    sent = [office.push("invoices", invoice("LIFTED"))]
    office.drain()
    assert statuses(office, sent) == [Status.PENDING]
    change_decision(office.installation, "approval_amount", None, "north")
    office.drain()
    assert statuses(office, sent) == [Status.SUCCESS]


def test_an_approval_that_came_as_it_was_set_aside_is_found(office: Office) -> None:
    limit(office, worth(office) / 2)
    sent = [office.push("invoices", invoice("CROSSED"))]
    office.drain()
    approve(office, plans_of(office, sent)[0])
    values = {"state": "parked", "reason_code": "APPROVAL_NEEDED", "reason": "it was too early"}
    with office.installation.database.write() as write:
        key = sent[0]["pushOperationKey"]
        write.execute(update(WORK_ITEM).where(WORK_ITEM.c.reference == key).values(values))
    assert put_back(Work(office.installation.database, office.clock)) == 1
    office.drain()
    assert statuses(office, sent) == [Status.SUCCESS]


class KilledError(BaseException):
    """Ends a drain as a kill would."""


def kill(point: str) -> None:
    """Die once the plan of the documents is kept."""
    if point == "push plan kept":
        raise KilledError


def test_all_documents_of_a_plan_end_with_it_also_those_set_aside(office: Office) -> None:
    sent = [office.push("invoices", invoice(f"OLD-{number}")) for number in range(3)]
    office.installation.trip = kill
    with pytest.raises(KilledError):
        office.drain()
    office.installation.trip = lambda _: None
    assert len(set(plans_of(office, sent))) == 1
    first = sent[0]["pushOperationKey"]
    values = {"state": "parked", "reason_code": "WORK_FAILED", "reason": "it waits"}
    with office.installation.database.write() as write:
        write.execute(update(WORK_ITEM).where(WORK_ITEM.c.reference == first).values(values))
    assert "put it back" in told(office.operation(sent[0]))
    office.drain()
    assert statuses(office, sent) == [Status.SUCCESS] * 3
    assert (lane(office).waiting, lane(office).parked) == (0, 0)


def test_a_plan_of_several_is_set_aside_as_one(office: Office) -> None:
    """The limit was set after they were planned together."""
    sent = [office.push("invoices", invoice(f"SUM-{number}")) for number in range(3)]
    office.installation.trip = kill
    with pytest.raises(KilledError):
        office.drain()
    office.installation.trip = lambda _: None
    small = office.push("customers", customer("AFTER"))
    limit(office, Decimal(200))
    office.drain()
    assert statuses(office, [*sent, small]) == [Status.PENDING] * 3 + [Status.SUCCESS]
    assert lane(office).parked == 3
    approve(office, plans_of(office, sent)[0])
    office.drain()
    assert statuses(office, sent) == [Status.SUCCESS] * 3


def test_a_foreign_bill_whose_worth_has_more_decimals_than_money_keeps_nobody_waiting(
    office: Office,
) -> None:
    limit(office, Decimal(5000))
    supplier = {"supplierName": "Euro", "id": "EUROSUP", "defaultCurrency": "EUR"}
    assert office.ended("suppliers", supplier).status is Status.SUCCESS
    euro = {"supplierRef": {"id": "EUROSUP"}, "currency": "EUR", "currencyRate": 0.8547}
    bill = office.push("bills", {**documents.UK_BILL, **euro})
    behind = office.push("customers", customer("BEHIND"))
    office.drain()
    assert statuses(office, [bill, behind]) == [Status.SUCCESS] * 2
