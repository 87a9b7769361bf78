"""What waits its turn is done by the rules and the rights of the moment at which it is done."""

from __future__ import annotations

import pytest

from clary.engine.plan_store import PlanStore
from clary.hub.access import Access, Role
from clary.hub.draining import Drained, drain, put_back
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying
from clary.hub.services.approving import approve_plan
from clary.hub.services.deciding import change_decision
from clary.hub.services.keys import add_key, revoke_key
from clary.hub.services.users import UserChange, add_user, change_user
from clary.hub.services.working import list_work, queue_plan, retry_work
from clary.hub.work import Work
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
