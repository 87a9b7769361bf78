"""What waits its turn is done by the rules and the rights of the moment at which it is done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clary.engine.plan_store import PlanStore
from clary.engine.runs import Runs
from clary.hub.access import Access, Role, local_access
from clary.hub.draining import Budget, Drained, drain, put_back
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, apply_plan
from clary.hub.services.approving import approve_plan
from clary.hub.services.deciding import change_decision
from clary.hub.services.keys import add_key, revoke_key
from clary.hub.services.sandbox import act_at_sage, make_fault
from clary.hub.services.users import UserChange, add_user, change_user, remove_user
from clary.hub.services.working import list_work, queue_plan, retry_work
from clary.hub.work import Work
from clary.kernel.clock import FixedClock
from tests.hub.access.posting import plan_invoices, post_accounts

pytestmark = pytest.mark.both_databases

BOB = Access("Bob", Role.APPROVER)
CAROL = Access("Carol", Role.OPERATOR)
ROBOT = Access("robot", Role.OPERATOR, key="robot")


@pytest.fixture
def books(firm: Installation) -> Installation:
    """Give a firm with the accounts that invoices need."""
    post_accounts(firm, "Alpha")
    return firm


def queued(installation: Installation, author: Access, amount: str = "500.00") -> str:
    """Have an invoice wait for its turn, and return its plan."""
    acting = installation.acting_as(author)
    plan = plan_invoices(acting, "Alpha", amount).plan.id
    queue_plan(acting, plan, Applying())
    return plan


def run_of(installation: Installation, plan: str) -> str | None:
    return PlanStore(installation.database).summary(plan).run


def parked_for(installation: Installation, drained: Drained) -> str | None:
    """Return why the one item was set aside that a drain could not do."""
    assert (drained.done, drained.parked, drained.waiting) == (0, 1, 0)
    [lane] = list_work(installation, "Alpha")
    [item] = lane.items
    return item.reason_code


def test_a_limit_that_was_set_meanwhile_holds_until_the_plan_is_approved(
    books: Installation,
) -> None:
    plan = queued(books, CAROL)
    other = queued(books, CAROL, "5.00")
    change_decision(books, "approval_amount", "100")
    drained = drain(books, "Alpha")
    assert (drained.done, drained.parked) == (1, 1)
    assert run_of(books, other) is not None
    [lane] = list_work(books, "Alpha")
    assert [item.reason_code for item in lane.items] == ["APPROVAL_NEEDED"]
    assert run_of(books, plan) is None
    approve_plan(books.acting_as(BOB), plan)
    assert drain(books, "Alpha").done == 1
    assert run_of(books, plan) is not None


def test_an_approval_that_came_as_the_plan_was_set_aside_is_found(books: Installation) -> None:
    plan = queued(books, CAROL)
    change_decision(books, "approval_amount", "100")
    work = Work(books.database, books.clock)
    held = work.waiting("Alpha")
    approve_plan(books.acting_as(BOB), plan)
    assert put_back(work) == 0
    with work.database.write() as write:
        work.park(write, held, "APPROVAL_NEEDED", "it was too early")
    assert put_back(work) == 1
    assert drain(books, "Alpha").done == 1


def test_a_limit_that_is_lifted_lets_the_plan_go_on(books: Installation) -> None:
    plan = queued(books, CAROL)
    change_decision(books, "approval_amount", "100")
    assert parked_for(books, drain(books, "Alpha")) == "APPROVAL_NEEDED"
    change_decision(books, "approval_amount", None)
    assert drain(books, "Alpha").done == 1
    assert run_of(books, plan) is not None


def test_what_a_revoked_key_asked_for_is_not_done(books: Installation) -> None:
    add_key(books, "robot")
    plan = queued(books, ROBOT)
    revoke_key(books, "robot")
    assert parked_for(books, drain(books, "Alpha")) == "AUTHOR_GONE"
    assert run_of(books, plan) is None


def test_what_a_user_asked_for_follows_the_rights_of_the_user(books: Installation) -> None:
    add_user(books, "Carol", UserChange(role=Role.OPERATOR))
    plan = queued(books, CAROL)
    change_user(books, "Carol", UserChange(disabled=True))
    assert parked_for(books, drain(books, "Alpha")) == "AUTHOR_GONE"
    change_user(books, "Carol", UserChange(disabled=False, role=Role.VIEWER))
    retry_work(books, "Alpha")
    assert parked_for(books, drain(books, "Alpha")) == "ROLE_MISSING"
    assert run_of(books, plan) is None
    change_user(books, "Carol", UserChange(role=Role.OPERATOR))
    retry_work(books, "Alpha")
    assert drain(books, "Alpha").done == 1
    assert run_of(books, plan) is not None


@pytest.mark.parametrize("local", ["Carol", "Ada"])
def test_what_a_removed_user_asked_for_is_not_done_as_the_person_at_the_machine(
    books: Installation, now: FixedClock, local: str
) -> None:
    add_user(books, "Carol", UserChange(role=Role.OPERATOR))
    plan = queued(books, CAROL)
    remove_user(books, "Carol")
    assert parked_for(books, drain(books, "Alpha")) == "AUTHOR_GONE"
    assert run_of(books, plan) is None
    now.advance(timedelta(seconds=1))
    queue_plan(books.acting_as(local_access(local)), plan, Applying())
    assert drain(books, "Alpha").done == 1
    assert run_of(books, plan) is not None


def lock(installation: Installation, password: str) -> None:
    """Give the user of the connection another password in Sage, or none."""
    act_at_sage(installation, "Alpha", "set-password", ["CLARY", password], {})


def test_a_company_that_cannot_be_asked_what_a_plan_comes_to_keeps_it_waiting(
    books: Installation,
) -> None:
    plan = queued(books, CAROL, "5.00")
    change_decision(books, "approval_amount", "100")

    def locked(point: str) -> None:
        if point == "company opened":
            lock(books, "sesame")

    books.trip = locked
    drained = drain(books, "Alpha")
    books.trip = lambda _: None
    assert (drained.parked, drained.waiting, drained.code) == (0, 1, "PASSWORD_WRONG")
    lock(books, "")
    assert drain(books, "Alpha", Budget(forced=True)).done == 1
    assert run_of(books, plan) is not None


def test_a_plan_is_queued_while_the_company_cannot_be_asked_and_asked_about_in_its_turn(
    books: Installation,
) -> None:
    carol = books.acting_as(CAROL)
    plan = plan_invoices(carol, "Alpha", "500.00").plan.id
    change_decision(books, "approval_amount", "100")
    lock(books, "sesame")
    queue_plan(carol, plan, Applying())
    assert drain(books, "Alpha").code == "PASSWORD_WRONG"
    lock(books, "")
    drained = drain(books, "Alpha", Budget(forced=True))
    assert parked_for(books, drained) == "APPROVAL_NEEDED"
    assert run_of(books, plan) is None


def test_what_has_begun_needs_no_approval_to_go_on_in_its_turn(books: Installation) -> None:
    carol = books.acting_as(CAROL)
    plan = plan_invoices(carol, "Alpha", "500.00").plan.id
    make_fault(books, "Alpha", "busy", times=100)
    assert apply_plan(carol, plan, Applying()).run.pending == 1
    make_fault(books, "Alpha", "none")
    change_decision(books, "approval_amount", "100")
    queue_plan(carol, plan, Applying())
    assert drain(books, "Alpha").done == 1
    run = run_of(books, plan)
    assert run is not None
    assert Runs(books.database).summary(run).applied == 1
