"""Runs that a guard refused: what they keep, and that the audit trail holds with them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, select, update

from clary.engine.plan import PlanState
from clary.engine.plan_store import PlanStore
from clary.engine.runs import Runs, RunState, RunSummary
from clary.engine.tables import PLAN_CHANGES, PLANS, RUNS
from clary.flows.operations.requests import Document, Operation
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, apply_plan
from clary.hub.services.auditing import verify_audit
from clary.hub.services.operations import Asked, operate, plan_operation
from clary.hub.services.runs import list_runs, run_remarks
from clary.hub.tables import AUDIT, AUDIT_HEAD
from clary.hub.trail import SEALED, digest_of_old, sealed
from clary.kernel.errors import ClaryError
from tests.hub.access.posting import post_customers

pytestmark = pytest.mark.both_databases


def renaming(*customers: str, name: str) -> Asked:
    documents = [Document(each, {"name": name}, key=each) for each in customers]
    return Asked(Operation.UPDATE, "customer", documents)


def outdated(firm: Installation) -> str:
    """Return a plan whose record was changed since."""
    plan = plan_operation(firm, "Alpha", renaming("ACME", name="First")).plan.id
    operate(firm, "Alpha", renaming("ACME", name="Second"), Applying())
    return plan


def of_many(firm: Installation) -> str:
    """Return a plan that overwrites most records of a type."""
    names = [f"C{number}" for number in range(12)]
    post_customers(firm, "Alpha", *names)
    return plan_operation(firm, "Alpha", renaming(*names, name="Same")).plan.id


def _made_for(firm: Installation, **values: object) -> str:
    plan = plan_operation(firm, "Alpha", renaming("ACME", name="First")).plan.id
    with firm.database.write() as write:
        write.execute(update(PLANS).where(PLANS.c.id == plan).values(**values))
    return plan


def of_other_books(firm: Installation) -> str:
    """Return a plan that was made for another company."""
    return _made_for(firm, identity="{OTHER}")


def from_before_a_restore(firm: Installation) -> str:
    """Return a plan that was made before the books were restored."""
    return _made_for(firm, generation=99)


def for_another_system(firm: Installation) -> str:
    """Return a plan that changes a system that is not connected."""
    plan = _made_for(firm, note="elsewhere")
    with firm.database.write() as write:
        serial = select(PLANS.c.serial).where(PLANS.c.id == plan).scalar_subquery()
        one = PLAN_CHANGES.c.plan == serial
        write.execute(update(PLAN_CHANGES).where(one).values(system="elsewhere"))
    return plan


GUARDS = [
    (outdated, "PLAN_STALE"),
    (of_many, "MASS_CHANGE"),
    (of_other_books, "WRONG_COMPANY"),
    (from_before_a_restore, "COMPANY_RESTORED"),
    (for_another_system, "CONNECTION_UNKNOWN"),
]
by_each_guard = pytest.mark.parametrize(("make", "code"), GUARDS, ids=[code for _, code in GUARDS])


def refused(firm: Installation, plan: str) -> tuple[RunSummary, str]:
    """Apply a plan that a guard refuses; return its run and the code."""
    with pytest.raises(ClaryError) as caught:
        apply_plan(firm, plan, Applying())
    return list_runs(firm, "Alpha")[0].run, caught.value.code


@by_each_guard
def test_the_trail_holds_and_what_is_changed_later_is_found(
    firm: Installation, make: Callable[[Installation], str], code: str
) -> None:
    run, found = refused(firm, make(firm))
    assert (run.state, found) == (RunState.REFUSED, code)
    post_customers(firm, "Beta", "LATER")
    assert verify_audit(firm).broken is None
    last = list_runs(firm, "Beta")[0].run.id
    with firm.database.write() as write:
        write.execute(update(RUNS).where(RUNS.c.id == last).values(author="Nobody"))
    broken = verify_audit(firm).broken
    assert broken is not None
    assert last in broken.message


@by_each_guard
def test_it_keeps_its_plan_and_the_reason(
    firm: Installation, make: Callable[[Installation], str], code: str
) -> None:
    plan = make(firm)
    run, _ = refused(firm, plan)
    assert (run.plans, run.named_plans) == ((), (plan,))
    assert run_remarks(firm, run.id)[0].code == code
    told = [each for each in Runs(firm.database).events(run.id) if each.level == "error"]
    assert told[0].message.startswith(f"{code}: ")
    stored = PlanStore(firm.database).summary(plan)
    assert (stored.state, stored.run) == (PlanState.READY, None)


def test_a_plan_that_is_applied_after_all_leaves_the_seal_whole(firm: Installation) -> None:
    plan = of_many(firm)
    refused(firm, plan)
    confirmed = Applying(confirmed=frozenset({"MASS_CHANGE"}))
    assert apply_plan(firm, plan, confirmed).run.applied == 12
    assert verify_audit(firm).broken is None


def forget_the_reason(write: Connection, run: str) -> None:
    write.execute(update(RUNS).where(RUNS.c.id == run).values(refusal=None))


def change_the_reason(write: Connection, run: str) -> None:
    other = '{"plans":["plan_other"],"findings":[]}'
    write.execute(update(RUNS).where(RUNS.c.id == run).values(refusal=other))


def spoil_the_reason(write: Connection, run: str) -> None:
    write.execute(update(RUNS).where(RUNS.c.id == run).values(refusal="{}"))


def change_the_author(write: Connection, run: str) -> None:
    write.execute(update(RUNS).where(RUNS.c.id == run).values(author="Nobody"))


tampered = pytest.mark.parametrize(
    "tamper", [forget_the_reason, change_the_reason, spoil_the_reason, change_the_author]
)


@tampered
def test_a_refused_run_that_was_changed_is_named(
    firm: Installation, tamper: Callable[[Connection, str], None]
) -> None:
    run, _ = refused(firm, outdated(firm))
    with firm.database.write() as write:
        tamper(write, run.id)
    broken = verify_audit(firm).broken
    assert broken is not None
    assert run.id in broken.message


def as_sealed_by_older_programs(firm: Installation, run: RunSummary) -> None:
    """Seal the newest entry as it was done when a refused run kept nothing of its plan."""
    digest = digest_of_old(run, run.named_plans)
    with firm.database.write() as write:
        forget_the_reason(write, run.id)
        newest = write.execute(select(AUDIT).order_by(AUDIT.c.id.desc()).limit(2)).mappings().all()
        row = {**newest[0], "digest": digest}
        assert row["run"] == run.id
        seal = sealed(str(newest[1]["seal"]), {name: row[name] for name in SEALED})
        one = AUDIT.c.id == row["id"]
        write.execute(update(AUDIT).where(one).values(digest=digest, seal=seal))
        write.execute(update(AUDIT_HEAD).values(seal=seal))


def test_a_trail_that_an_older_program_sealed_holds(firm: Installation) -> None:
    plan = of_many(firm)
    run, _ = refused(firm, plan)
    as_sealed_by_older_programs(firm, run)
    assert verify_audit(firm).broken is None
    apply_plan(firm, plan, Applying(confirmed=frozenset({"MASS_CHANGE"})))
    assert verify_audit(firm).broken is None


@pytest.mark.parametrize("tamper", [change_the_author, change_the_reason, spoil_the_reason])
def test_a_run_that_an_older_program_sealed_is_named_when_it_was_changed(
    firm: Installation, tamper: Callable[[Connection, str], None]
) -> None:
    run, _ = refused(firm, outdated(firm))
    as_sealed_by_older_programs(firm, run)
    with firm.database.write() as write:
        tamper(write, run.id)
    broken = verify_audit(firm).broken
    assert broken is not None
    assert run.id in broken.message
