"""A plan for those who cannot wait overtakes nothing: it is queued, or refused with the reason."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from clary.flows.operations.requests import Document, Operation
from clary.hub.draining import drain
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, RunAnswer, apply_plan
from clary.hub.services.operations import Asked, plan_operation
from clary.hub.services.plans import show_plan
from clary.hub.services.queueing import apply_or_queue, resume_or_queue
from clary.hub.services.runs import list_runs
from clary.hub.services.sandbox import make_fault
from clary.hub.services.working import pause_work, resume_in_turn, resume_work
from clary.hub.work import Work
from clary.hub.workers import Workers
from clary.kernel.errors import ClaryError
from tests.hub.work.office import company, customers, queue_customers, work_of

pytestmark = pytest.mark.both_databases


@pytest.fixture
def alpha(installation: Installation) -> Path:
    return company(installation, "Alpha")


@pytest.fixture
def work(installation: Installation, alpha: Path) -> Work:
    assert alpha.exists()
    return work_of(installation)


def planned(installation: Installation, name: str) -> str:
    documents = [Document("1", {"id": name, "name": f"Customer {name}"})]
    asked = Asked(Operation.CREATE, "customer", documents)
    return plan_operation(installation, "Alpha", asked).plan.id


def asked_for(installation: Installation, name: str) -> RunAnswer | None:
    return apply_or_queue(installation, planned(installation, name), Applying())


def with_a_worker(installation: Installation) -> None:
    Workers(installation.database, installation.clock).begin("worker", alone=False)


def code_of(installation: Installation, name: str) -> str:
    with pytest.raises(ClaryError) as caught:
        asked_for(installation, name)
    return caught.value.code


@pytest.mark.usefixtures("alpha")
def test_a_company_that_is_free_is_written_to_at_once(installation: Installation) -> None:
    with_a_worker(installation)
    run = asked_for(installation, "A")
    assert run is not None
    assert run.run.applied == 1


def test_what_waits_is_not_overtaken(installation: Installation, work: Work) -> None:
    with_a_worker(installation)
    queue_customers(installation, "Alpha", "FIRST")
    until = installation.clock.now() + timedelta(minutes=1)
    work.wait("Alpha", "COMPANY_BUSY", "Somebody has the company for themselves.", until)
    assert asked_for(installation, "SECOND") is None
    assert customers(installation, "Alpha") == []
    resume_work(installation, "Alpha")
    assert drain(installation, "Alpha").done == 2
    assert customers(installation, "Alpha") == ["FIRST", "SECOND"]


def test_nothing_is_written_into_a_paused_company(installation: Installation, work: Work) -> None:
    with_a_worker(installation)
    pause_work(installation, "Alpha")
    plan = planned(installation, "A")
    assert apply_or_queue(installation, plan, Applying()) is None
    assert customers(installation, "Alpha") == []
    waiting = show_plan(installation, plan).waiting
    assert waiting is not None
    assert waiting.reason_code == "WORK_PAUSED"
    assert work.lane("Alpha").waiting == 1


@pytest.mark.usefixtures("alpha")
def test_without_a_worker_it_is_refused_with_the_reason(installation: Installation) -> None:
    pause_work(installation, "Alpha")
    assert code_of(installation, "A") == "WORK_PAUSED"
    resume_work(installation, "Alpha")
    queue_customers(installation, "Alpha", "FIRST")
    assert code_of(installation, "B") == "WORK_AHEAD"
    assert customers(installation, "Alpha") == []
    drain(installation, "Alpha")
    assert asked_for(installation, "C") is not None
    assert customers(installation, "Alpha") == ["FIRST", "C"]


@pytest.mark.usefixtures("alpha")
def test_a_run_that_goes_on_overtakes_nothing_either(installation: Installation) -> None:
    make_fault(installation, "Alpha", "busy", times=100)
    run = apply_plan(installation, planned(installation, "A"), Applying()).run
    make_fault(installation, "Alpha", "none")
    with_a_worker(installation)
    pause_work(installation, "Alpha")
    assert resume_or_queue(installation, run.id, Applying()) is None
    assert customers(installation, "Alpha") == []
    resume_work(installation, "Alpha")
    drain(installation, "Alpha")
    assert customers(installation, "Alpha") == ["A"]


@pytest.mark.usefixtures("alpha")
def test_a_refused_run_cannot_go_on(installation: Installation) -> None:
    asked_for(installation, "A")
    stale, other = (
        plan_operation(
            installation,
            "Alpha",
            Asked(Operation.UPDATE, "customer", [Document("1", {"name": name}, key="A")]),
        ).plan.id
        for name in ("Mine", "Theirs")
    )
    apply_plan(installation, other, Applying())
    with pytest.raises(ClaryError):
        apply_plan(installation, stale, Applying())
    run = list_runs(installation, "Alpha")[0].run.id
    for resume in (resume_or_queue, resume_in_turn):
        with pytest.raises(ClaryError) as caught:
            resume(installation, run, Applying())
        assert caught.value.code == "RUN_REFUSED"
