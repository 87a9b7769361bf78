"""A push that is dropped ends as failed, says who dropped it, and is never written after that."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from clary.engine.plan_store import PlanStore
from clary.engine.runs import RunState
from clary.engine.tables import JOURNAL
from clary.flows.push.answers import Status
from clary.hub.access import Access, Role
from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.services.applying import Applying, apply_plan, resume_run
from clary.hub.services.approving import approve_plan
from clary.hub.services.auditing import audit_rows, verify_audit
from clary.hub.services.deciding import change_decision
from clary.hub.services.dropping import drop_work
from clary.hub.services.plans import show_plan
from clary.hub.services.runs import list_runs
from clary.hub.services.sandbox import make_fault
from clary.hub.services.working import list_work
from clary.kernel.errors import ClaryError
from clary.ledger.nested import entries_of
from tests.flows.push import documents
from tests.hub.push.test_pushing import Office, customer, office
from tests.hub.work.office import customers

__all__ = ["office"]

pytestmark = pytest.mark.both_databases


def number_of(office: Office, accepted: Any) -> int:  # noqa: ANN401 - JSON
    """Return the number of the work that a push is."""
    (answer,) = list_work(office.installation, "north")
    return next(
        each.serial for each in answer.items if each.reference == accepted["pushOperationKey"]
    )


def plan_of(office: Office, accepted: Any) -> str:  # noqa: ANN401 - JSON
    key = accepted["pushOperationKey"]
    query = select(PUSH_OPERATION.c.plan).where(PUSH_OPERATION.c.key == key)
    with office.installation.database.read() as read:
        return str(read.execute(query).scalar_one())


def drop(office: Office, accepted: Any) -> None:  # noqa: ANN401 - JSON
    other = office.installation.acting_as(Access("grace", Role.OPERATOR))
    drop_work(other, "north", number_of(office, accepted))


def limited(office: Office) -> Any:  # noqa: ANN401 - JSON
    """Push an invoice that needs an approval, so that it is set aside."""
    change_decision(office.installation, "approval_amount", "1.00", "north")
    accepted = office.push("invoices", {**documents.UK_INVOICE, "invoiceNumber": "BIG"})
    office.drain()
    return accepted


def test_it_ends_as_failed_and_says_who_dropped_it(office: Office) -> None:
    accepted = limited(office)
    drop(office, accepted)
    found = office.operation(accepted)
    assert (found.status, found.status_code) == (Status.FAILED, 400)
    assert found.findings[0].code == "WORK_DROPPED"
    assert "grace dropped" in (found.error or "")
    (answer,) = list_work(office.installation, "north")
    assert (answer.lane.waiting, answer.lane.parked, list(answer.items)) == (0, 0, [])
    entry = next(iter(audit_rows(office.installation, "north")))
    assert (entry.what, entry.actor) == ("work.drop", "grace")
    assert entry.record == accepted["pushOperationKey"]
    assert verify_audit(office.installation).broken is None


def test_the_work_of_a_push_names_its_plan_and_the_plan_its_work(office: Office) -> None:
    accepted = limited(office)
    plan = plan_of(office, accepted)
    (answer,) = list_work(office.installation, "north")
    (item,) = entries_of(answer.as_dict()["items"])
    assert (item["plan"], item["operation"]) == (plan, accepted["pushOperationKey"])
    assert show_plan(office.installation, plan).as_dict()["waiting"] == item
    drop(office, accepted)
    assert show_plan(office.installation, plan).as_dict()["waiting"] is None


def test_its_plan_writes_it_no_more_whoever_applies_it(office: Office) -> None:
    accepted = limited(office)
    plan = plan_of(office, accepted)
    drop(office, accepted)
    approve_plan(office.installation.acting_as(Access("grace", Role.APPROVER)), plan)
    run = apply_plan(office.installation, plan, Applying()).run
    assert (run.applied, run.rejected, run.state) == (0, run.planned, RunState.FINISHED)
    assert office.operation(accepted).status is Status.FAILED


def parked_together(office: Office) -> tuple[Any, Any]:
    """Push two customers that one run has begun to write, and that wait."""
    first, second = (office.push("customers", customer(key)) for key in ("FIRST", "SECOND"))
    make_fault(office.installation, "north", "busy", times=100)
    office.drain()
    assert plan_of(office, first) == plan_of(office, second)
    assert list_runs(office.installation, "north")[0].run.state is RunState.PARKED
    return first, second


def test_the_others_of_its_run_are_written_without_it(office: Office) -> None:
    first, second = parked_together(office)
    drop(office, first)
    make_fault(office.installation, "north", "none")
    office.drain()
    assert office.operation(first).status is Status.FAILED
    assert office.operation(second).status is Status.SUCCESS
    made = customers(office.installation, "north")
    assert "SECOND" in made
    assert "FIRST" not in made


def test_a_run_that_a_person_goes_on_with_leaves_it_out(office: Office) -> None:
    first, second = parked_together(office)
    drop(office, first)
    drop(office, second)
    make_fault(office.installation, "north", "none")
    run = list_runs(office.installation, "north")[0].run
    ended = resume_run(office.installation, run.id, Applying()).run
    assert (ended.state, ended.applied, ended.rejected) == (RunState.FINISHED, 0, 2)
    assert not {"FIRST", "SECOND"} & set(customers(office.installation, "north"))
    assert verify_audit(office.installation).broken is None


@pytest.mark.parametrize("state", ["sent", "uncertain", "delivered", "confirmed"])
def test_what_may_be_in_the_books_is_not_dropped(office: Office, state: str) -> None:
    first, _ = parked_together(office)
    key = first["pushOperationKey"]
    with office.installation.database.write() as write:
        write.execute(update(JOURNAL).where(JOURNAL.c.document == key).values(state=state))
    with pytest.raises(ClaryError) as caught:
        drop(office, first)
    assert caught.value.code == "WORK_BEGUN"
    run = PlanStore(office.installation.database).summary(plan_of(office, first)).run
    assert str(run) in caught.value.findings[0].remedy
    assert office.operation(first).status is Status.PENDING
