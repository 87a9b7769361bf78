"""Scheduled batches: posted once without a person, and refused where one has to decide."""

from __future__ import annotations

from clary.engine.runs import Runs
from clary.flows.batch.kinds import Kind
from clary.hub.access import Access, Role
from clary.hub.draining import drain
from clary.hub.services.approving import approve_plan
from clary.hub.services.apps import remove_app
from clary.hub.services.deciding import change_decision
from clary.hub.services.schedules import (
    ScheduleAnswer,
    ScheduleChange,
    Standing,
    add_schedule,
    change_schedule,
    run_schedule,
    show_schedule,
)
from clary.hub.services.working import list_work
from clary.hub.work import WorkState
from tests.hub.batch.office import APP, BRANCH, COMPANY, Office
from tests.hub.work.office import customers, queue_customers

NAME = "nightly"


def schedule(office: Office, **settings: str) -> None:
    stated = {"app": APP, "location": BRANCH, **settings}
    wanted = ScheduleChange("1d", [each for each in stated.items() if each[1]])
    add_schedule(office.installation, NAME, "batch", COMPANY, wanted)


def comes(office: Office) -> ScheduleAnswer:
    """Let the schedule come and the lane do its work."""
    run_schedule(office.installation, NAME)
    for _ in range(3):
        drain(office.installation, COMPANY)
    return show_schedule(office.installation, NAME)


def parked(office: Office) -> list[str | None]:
    (lane,) = list_work(office.installation, COMPANY)
    return [each.reason_code for each in lane.items if each.state is WorkState.PARKED]


def runs(office: Office) -> int:
    return len(Runs(office.installation.database).list(COMPANY))


def test_what_waits_is_posted_once_and_nothing_is_left_to_do(us: Office) -> None:
    schedule(us)
    answer = comes(us)
    assert (answer.standing, answer.code) == (Standing.SUCCEEDED, None)
    run = Runs(us.installation.database).summary(str(answer.run))
    assert (run.flow, run.author, run.rejected) == ("batch", us.installation.actor, 0)
    assert us.waiting(location=BRANCH) == []
    ours = us.ours()
    assert len(ours) == len(set(ours)) > 0
    again = comes(us)
    assert (again.standing, again.message) == (Standing.SUCCEEDED, "Nothing waits in ConnectWise.")
    assert (us.ours(), runs(us), parked(us)) == (ours, 1, [])


def test_only_the_kinds_that_are_stated(us: Office) -> None:
    schedule(us, kinds="invoices")
    comes(us)
    assert us.waiting(location=BRANCH, kinds=frozenset({Kind.INVOICE})) == []
    assert us.waiting(location=BRANCH) != []


def test_above_the_amount_someone_else_has_to_approve_and_then_it_is_posted(us: Office) -> None:
    change_decision(us.installation, "approval_amount", "1.00")
    schedule(us)
    answer = comes(us)
    assert (answer.standing, answer.code) == (Standing.FAILED, "APPROVAL_NEEDED")
    assert (parked(us), us.ours(), runs(us)) == (["APPROVAL_NEEDED"], [], 0)
    plan = str(answer.as_dict()["last"]["plan"])  # type: ignore[index,call-overload]  # a body
    assert plan in answer.message
    still = comes(us)
    assert still.schedule.last is not None
    assert (still.code, still.schedule.last.plan) == ("APPROVAL_NEEDED", plan)
    assert parked(us) == ["APPROVAL_NEEDED"]
    grace = us.installation.acting_as(Access("grace", Role.APPROVER))
    approve_plan(grace, plan)
    done = comes(us)
    assert (done.standing, parked(us), runs(us)) == (Standing.SUCCEEDED, [], 1)
    assert us.waiting(location=BRANCH) == []


def test_a_changed_schedule_plans_anew_what_waited_for_an_approval(us: Office) -> None:
    change_decision(us.installation, "approval_amount", "1.00")
    schedule(us)
    before = comes(us).schedule.last
    change_schedule(us.installation, NAME, ScheduleChange(settings=(("kinds", "invoices"),)))
    after = comes(us).schedule.last
    assert before is not None
    assert after is not None
    assert before.plan not in (None, after.plan)


def test_documents_that_cannot_be_posted_hold_all_back_unless_told_otherwise(us: Office) -> None:
    schedule(us, location="")
    answer = comes(us)
    assert (answer.standing, answer.code) == (Standing.FAILED, "BATCH_BLOCKED")
    assert (parked(us), us.ours(), runs(us)) == (["BATCH_BLOCKED"], [], 0)
    assert "clary plan show" in answer.message
    wanted = ScheduleChange(settings=(("good_only", "yes"),))
    change_schedule(us.installation, NAME, wanted)
    posted = comes(us)
    assert posted.standing is Standing.WITH_ERRORS
    assert us.ours() != []
    assert runs(us) == 1


def test_a_site_that_is_away_holds_nothing_up_and_is_tried_again(us: Office) -> None:
    schedule(us)
    us.site.fault("login-page", method="GET", path="finance", times=1000)
    run_schedule(us.installation, NAME)
    queue_customers(us.installation, COMPANY, "BEHIND")
    for _ in range(3):
        drain(us.installation, COMPANY)
    assert "BEHIND" in customers(us.installation, COMPANY)
    answer = show_schedule(us.installation, NAME)
    assert answer.standing is Standing.FAILED
    assert parked(us) == [answer.code]
    us.site.clear_faults()
    assert comes(us).standing is Standing.SUCCEEDED
    assert (us.waiting(location=BRANCH), parked(us)) == ([], [])


def test_an_app_that_was_removed_is_named(us: Office) -> None:
    schedule(us)
    remove_app(us.installation, APP)
    answer = comes(us)
    assert (answer.standing, answer.code) == (Standing.FAILED, "CONNECTION_UNKNOWN")
