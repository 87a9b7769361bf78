"""What waits or was set aside can be dropped: once, by those who may, and never half done."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from clary.engine.plan import PlanState
from clary.flows.operations.requests import Document, Operation
from clary.hub.access import Access, Role
from clary.hub.connections import ConnectionKind
from clary.hub.draining import drain
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, Waiting, acquired, apply_plan, resume_run
from clary.hub.services.auditing import audit_rows, verify_audit
from clary.hub.services.dropping import drop_work, require_not_dropped
from clary.hub.services.operations import Asked, operate, plan_operation
from clary.hub.services.plans import PlanAnswer, list_plans, show_plan
from clary.hub.services.working import list_work, pause_work, queue_plan, resume_work, retry_work
from clary.hub.work import Work
from clary.kernel.errors import ClaryError
from tests.hub.work.office import company, customers, queue_customers, work_of

pytestmark = pytest.mark.both_databases

AT_ONCE = Waiting(patience=timedelta(0))


@pytest.fixture
def alpha(installation: Installation) -> Path:
    return company(installation, "Alpha")


@pytest.fixture
def work(installation: Installation, alpha: Path) -> Work:
    assert alpha.exists()
    return work_of(installation)


def renaming(name: str) -> Asked:
    return Asked(Operation.UPDATE, "customer", [Document("1", {"name": name}, key="ACME")])


def queue_outdated(installation: Installation) -> str:
    """Have a plan wait whose record was changed since, and return its id."""
    made = Asked(Operation.CREATE, "customer", [Document("1", {"id": "ACME", "name": "Acme"})])
    operate(installation, "Alpha", made, Applying())
    plan = plan_operation(installation, "Alpha", renaming("First")).plan.id
    operate(installation, "Alpha", renaming("Second"), Applying())
    queue_plan(installation, plan, Applying())
    return plan


def told(answer: PlanAnswer) -> tuple[object, object, object]:
    """Return whether a plan waits, why by code, and which run has applied it."""
    waiting = answer.waiting
    state = None if waiting is None else waiting.state.value
    return state, None if waiting is None else waiting.reason_code, answer.plan.run


def test_a_plan_tells_that_it_waits_and_that_it_was_set_aside(
    installation: Installation, work: Work
) -> None:
    plan = queue_outdated(installation)
    pause_work(installation, "Alpha")
    assert told(show_plan(installation, plan)) == ("waiting", "WORK_PAUSED", None)
    resume_work(installation, "Alpha")
    drain(installation, "Alpha")
    assert told(show_plan(installation, plan)) == ("parked", "PLAN_STALE", None)
    shown = show_plan(installation, plan).as_dict()["waiting"]
    (answer,) = list_work(installation, "Alpha")
    assert [shown] == answer.as_dict()["items"]
    assert isinstance(shown, dict)
    assert (shown["plan"], shown["kind"], shown["operation"]) == (plan, "plan", None)
    listed = {each.plan.id: told(each) for each in list_plans(installation, "Alpha")}
    assert listed.pop(plan) == ("parked", "PLAN_STALE", None)
    assert {state for state, _, _ in listed.values()} == {None}
    assert work.lane("Alpha").parked == 1


def test_a_plan_that_is_queued_again_waits_once(installation: Installation, work: Work) -> None:
    plan = queue_outdated(installation)
    queue_plan(installation, plan, Applying())
    assert work.lane("Alpha").waiting == 1
    drain(installation, "Alpha")
    assert (work.lane("Alpha").waiting, work.lane("Alpha").parked) == (0, 1)
    queue_plan(installation, plan, Applying())
    assert (work.lane("Alpha").waiting, work.lane("Alpha").parked) == (1, 0)


def test_what_was_set_aside_can_be_dropped(installation: Installation, work: Work) -> None:
    plan = queue_outdated(installation)
    drain(installation, "Alpha")
    retry_work(installation, "Alpha")
    assert drain(installation, "Alpha").parked == 1
    (item,) = work.parked("Alpha")
    dropped = drop_work(installation, "alpha", item.serial)
    assert (dropped.item.serial, dropped.lane.lane.parked) == (item.serial, 0)
    assert told(show_plan(installation, plan)) == (None, None, None)
    assert show_plan(installation, plan).plan.state is PlanState.READY
    entry = next(iter(audit_rows(installation, "Alpha")))
    assert (entry.what, entry.actor, entry.record) == ("work.drop", "Ada", plan)
    assert entry.old is not None
    assert (entry.old["number"], entry.old["reason_code"]) == (item.serial, "PLAN_STALE")
    assert verify_audit(installation).broken is None
    assert retry_work(installation, "Alpha").lane.waiting == 0


def test_what_waits_can_be_dropped_and_the_rest_goes_on(
    installation: Installation, work: Work
) -> None:
    dropped = queue_customers(installation, "Alpha", "A")
    queue_customers(installation, "Alpha", "B")
    drop_work(installation, "Alpha", work.waiting("Alpha")[0].serial)
    assert drain(installation, "Alpha").done == 1
    assert customers(installation, "Alpha") == ["B"]
    assert apply_plan(installation, dropped, Applying()).run.applied == 1


def refused(installation: Installation, number: int, name: str = "Alpha") -> str:
    with pytest.raises(ClaryError) as caught:
        drop_work(installation, name, number, AT_ONCE)
    return caught.value.code


def making(name: str) -> Asked:
    return Asked(Operation.CREATE, "customer", [Document("1", {"id": name, "name": name})])


def test_what_was_sent_and_not_looked_up_is_not_dropped(
    installation: Installation, work: Work
) -> None:
    def fail(point: str) -> None:
        if point == "chunk written":
            raise RuntimeError(point)

    plan = plan_operation(installation, "Alpha", making("A")).plan.id
    installation.trip = fail
    with pytest.raises(RuntimeError):
        apply_plan(installation, plan, Applying(goes_on=True))
    installation.trip = lambda _: None
    (item,) = work.waiting("Alpha")
    assert refused(installation, item.serial) == "WORK_BEGUN"
    assert work.waiting("Alpha") == [item]
    require_not_dropped(installation, plan)
    assert drain(installation, "Alpha").done == 1
    assert customers(installation, "Alpha") == ["A"]


def test_what_was_begun_and_not_written_can_be_dropped(
    installation: Installation, work: Work
) -> None:
    plan = plan_operation(installation, "Alpha", making("A")).plan.id
    run = apply_plan(installation, plan, Applying(goes_on=True, stopped=lambda: True)).run.id
    (item,) = work.waiting("Alpha")
    drop_work(installation, "Alpha", item.serial)
    with pytest.raises(ClaryError) as caught:
        require_not_dropped(installation, plan)
    assert caught.value.code == "WORK_DROPPED"
    # Whoever goes on with it after all finds how it ended.
    assert resume_run(installation, run, Applying()).run.applied == 1
    require_not_dropped(installation, plan)


def test_what_is_done_or_elsewhere_is_not_there_to_drop(
    installation: Installation, work: Work
) -> None:
    company(installation, "Beta")
    queue_customers(installation, "Alpha", "A")
    (item,) = work.waiting("Alpha")
    assert refused(installation, item.serial, "Beta") == "WORK_UNKNOWN"
    assert refused(installation, item.serial + 1) == "WORK_UNKNOWN"
    drain(installation, "Alpha")
    assert refused(installation, item.serial) == "WORK_UNKNOWN"


def test_nothing_is_dropped_while_somebody_is_at_it(installation: Installation, work: Work) -> None:
    queue_customers(installation, "Alpha", "A")
    (item,) = work.waiting("Alpha")
    identity = installation.connections.get("Alpha", ConnectionKind.COMPANY).identity
    with acquired(installation, str(identity), Waiting(), 20):
        assert refused(installation, item.serial) == "LEASE_HELD"
    assert work.waiting("Alpha") == [item]


def test_a_dry_run_drops_nothing(installation: Installation, work: Work) -> None:
    queue_customers(installation, "Alpha", "A")
    (item,) = work.waiting("Alpha")
    assert drop_work(installation, "Alpha", item.serial, dry_run=True).item == item
    assert work.waiting("Alpha") == [item]
    assert next(iter(audit_rows(installation, "Alpha"))).what != "work.drop"


@pytest.mark.parametrize(
    ("role", "companies"), [(Role.VIEWER, None), (Role.OPERATOR, frozenset({"beta"}))]
)
def test_who_may_not_drops_nothing(
    installation: Installation, work: Work, role: Role, companies: frozenset[str] | None
) -> None:
    queue_customers(installation, "Alpha", "A")
    (item,) = work.waiting("Alpha")
    other = installation.acting_as(Access("shop", role, companies, key="shop"))
    assert refused(other, item.serial) in ("ROLE_MISSING", "COMPANY_HIDDEN", "CONNECTION_UNKNOWN")
    assert work.waiting("Alpha") == [item]


def test_what_waited_for_something_goes_on_at_once_without_it(
    installation: Installation, work: Work
) -> None:
    queue_customers(installation, "Alpha", "A")
    queue_customers(installation, "Alpha", "B")
    until = installation.clock.now() + timedelta(minutes=5)
    work.wait("Alpha", "COMPANY_BUSY", "A record is open.", until)
    drop_work(installation, "Alpha", work.waiting("Alpha")[0].serial)
    assert work.companies_with_work(installation.clock.now()) == ["Alpha"]
