"""What stops a plan before its first write, and which of it a person may confirm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from clary.engine.executor import ApplyOptions
from clary.engine.guards import check_confirmed, confirmable, guards_to_confirm
from clary.engine.plan import Planned, PlanState
from clary.engine.runs import RunState
from clary.kernel.change import Action, Body, Change, Sighting, Verb
from clary.kernel.errors import ClaryError, Finding, Guarded, Rejected, declare
from tests.engine.little_store import LittleStore
from tests.engine.workshop import Workshop, customer, invoice, invoices, update, void

SIDE_EMPTIED = confirmable(
    declare("TEST_SIDE_EMPTIED", Guarded, "One side is empty.", "Confirm it.")
)
SIDE_MISSING = declare("TEST_SIDE_MISSING", Guarded, "One side is missing.", "Add it.")
NOT_READABLE = declare("TEST_NOT_READABLE", Rejected, "It cannot be read.", "Mend it.")


def refused(workshop: Workshop, plan_id: str, options: ApplyOptions | None = None) -> ClaryError:
    with pytest.raises(ClaryError) as caught:
        workshop.apply_plan(plan_id, options)
    assert workshop.store.writes() == []
    return caught.value


def fill(workshop: Workshop, count: int) -> None:
    for number in range(count):
        workshop.store.put("customer", f"C{number:03}", {"id": f"C{number:03}", "name": "Old"})


def overwrite(count: int, first: int = 0) -> list[Change]:
    before: Body = {"name": "Old"}
    return [
        update(number + 1, f"C{number + first:03}", before, {"name": "New"})
        for number in range(count)
    ]


class TestStale:
    """A record that was changed since refuses the whole plan before its first write."""

    def test_it_names_the_records(self, workshop: Workshop) -> None:
        fill(workshop, 12)
        workshop.store.put("customer", "C003", {"id": "C003", "name": "Edited"})
        workshop.store.drop("customer", "C005")
        error = refused(workshop, workshop.plan(invoice(1), *self.later(6)).id)
        assert (error.code, error.exit_status) == ("PLAN_STALE", 6)
        assert "2 of its records" in str(error)
        assert [f.record for f in error.findings[1:]] == ["customer C003", "customer C005"]

    def later(self, count: int) -> list[Change]:
        return [update(n + 2, f"C{n:03}", {"name": "Old"}, {"name": "New"}) for n in range(count)]

    def test_the_plan_can_be_shown_and_the_run_says_refused(self, workshop: Workshop) -> None:
        fill(workshop, 1)
        plan = workshop.plan(*overwrite(1))
        workshop.store.put("customer", "C000", {"id": "C000", "name": "Edited"})
        refused(workshop, plan.id)
        [run] = workshop.runs.list()
        assert (run.state, run.plans) == (RunState.REFUSED, ())
        assert workshop.plans.summary(plan.id).state is PlanState.READY

    def test_records_of_several_chunks_and_systems_are_looked_at(self, workshop: Workshop) -> None:
        other = LittleStore(workshop.folder / "other.db")
        workshop.targets["branch"] = other
        fill(workshop, 150)
        other.put("customer", "X", {"id": "X", "name": "Edited"})
        changes = overwrite(20)
        changes.append(update(21, "X", {"name": "Old"}, {"name": "New"}, system="branch"))
        error = refused(workshop, workshop.plan(*changes).id, self.confirmed())
        other.close()
        assert [f.record for f in error.findings[1:]] == ["customer X"]

    def confirmed(self) -> ApplyOptions:
        return ApplyOptions(confirmed=frozenset({"MASS_CHANGE"}))

    def test_more_than_one_look_is_taken_for_a_long_plan(self, workshop: Workshop) -> None:
        fill(workshop, 150)
        run = workshop.apply(*overwrite(150), options=self.confirmed())
        assert run.applied == 150

    def test_later_changes_of_the_same_record_are_looked_at_in_their_turn(
        self, workshop: Workshop
    ) -> None:
        fill(workshop, 1)
        run = workshop.apply(
            update(1, "C000", {"name": "Old"}, {"name": "New"}),
            update(2, "C000", {"name": "Else"}, {"name": "Newer"}),
        )
        assert workshop.states(run.id) == ["confirmed", "rejected"]

    def test_changes_planned_as_rejected_are_not_looked_at(self, workshop: Workshop) -> None:
        wrong = Finding("NOT_GOOD", "It is wrong.", "Mend it.")
        plan = workshop.plan(Planned(overwrite(1)[0], (wrong,)))
        assert workshop.apply_plan(plan.id).rejected == 1


class TestMassChange:
    """More than ten, and more than one in five, of a type must be confirmed."""

    @pytest.mark.parametrize(
        ("there", "changed", "stopped"),
        [(10, 10, False), (12, 11, True), (54, 11, True), (55, 11, False), (100, 20, False)],
    )
    def test_the_limit(
        self, workshop: Workshop, there: int, changed: int, *, stopped: bool
    ) -> None:
        fill(workshop, there)
        plan = workshop.plan(*overwrite(changed))
        if stopped:
            error = refused(workshop, plan.id)
            assert (error.code, error.exit_status) == ("MASS_CHANGE", 6)
            options = ApplyOptions(confirmed=frozenset({"MASS_CHANGE"}))
            assert workshop.apply_plan(plan.id, options).applied == changed
        else:
            assert workshop.apply_plan(plan.id).applied == changed

    def test_deletions_count_and_creations_do_not(self, workshop: Workshop) -> None:
        fill(workshop, 12)
        gone = [
            Change(n + 1, "shop", Action.DELETE, "customer", f"C{n:03}", {"name": "Old"})
            for n in range(6)
        ]
        more = [update(n + 7, f"C{n + 6:03}", {"name": "Old"}, {"name": "N"}) for n in range(5)]
        assert refused(workshop, workshop.plan(*gone, *more).id).code == "MASS_CHANGE"
        assert workshop.apply(*invoices(50)).applied == 50

    def test_documents_taken_back_count_like_deletions(self, workshop: Workshop) -> None:
        for number in range(12):
            workshop.store.put("invoice", f"{number}", {"amount": "1.00"})
        acts = [void(n + 1, f"{n}", verb=Verb.REVERSE if n % 2 else Verb.VOID) for n in range(11)]
        assert refused(workshop, workshop.plan(*acts).id).code == "MASS_CHANGE"
        undo = workshop.plan(*acts, undoes="run_X")
        assert workshop.apply_plan(undo.id).planned == 11

    def test_other_acts_are_not_counted(self, workshop: Workshop) -> None:
        for number in range(12):
            workshop.store.put("invoice", f"{number}", {"amount": "1.00"})
        acts = [void(n + 1, f"{n}", verb=Verb.POST) for n in range(11)]
        assert workshop.apply(*acts).planned == 11

    def test_an_undo_plan_is_not_counted(self, workshop: Workshop) -> None:
        fill(workshop, 12)
        plan = workshop.plan(*overwrite(12), undoes="run_X")
        assert workshop.apply_plan(plan.id).applied == 12

    def test_a_target_that_cannot_count_is_taken_at_its_smallest(self, workshop: Workshop) -> None:
        class Uncounted(LittleStore):
            population = None  # type: ignore[assignment]  # it has none

        fill(workshop, 100)
        workshop.targets["shop"] = store = Uncounted(workshop.folder / "little.db")
        del store
        assert workshop.apply(*overwrite(10)).applied == 10


class TestCompany:
    """A plan meets the books it was made for, in the state it was made for."""

    def test_a_lease_on_another_company(self, workshop: Workshop) -> None:
        plan = workshop.plan(invoice(1), identity="other books")
        assert refused(workshop, plan.id).code == "WRONG_COMPANY"

    def test_another_company_answers(self, workshop: Workshop) -> None:
        workshop.store.identity = "other books"
        assert refused(workshop, workshop.plan(invoice(1)).id).code == "WRONG_COMPANY"

    def test_books_that_were_restored(self, workshop: Workshop) -> None:
        plan = workshop.plan(invoice(1))
        workshop.store.generation = 2
        assert refused(workshop, plan.id).code == "COMPANY_RESTORED"

    def ended_early(self, workshop: Workshop) -> str:
        """Leave a run of 11 of 12 records behind that has died before its guards."""

        class CrashError(BaseException):
            pass

        def trip(point: str) -> None:
            if point == "run opened":
                raise CrashError

        fill(workshop, 12)
        crashing = Workshop(workshop.folder, trip=trip)
        with pytest.raises(CrashError):
            crashing.apply(*overwrite(11))
        crashing.store.close()
        crashing.database.close()
        return workshop.runs.list()[0].id

    def test_a_run_that_ended_before_its_guards_is_asked_as_it_goes_on(
        self, workshop: Workshop
    ) -> None:
        run = self.ended_early(workshop)
        with pytest.raises(ClaryError) as stopped:
            workshop.resume(run)
        assert stopped.value.code == "MASS_CHANGE"
        assert workshop.runs.summary(run).state is RunState.REFUSED
        assert workshop.store.writes() == []

    def test_trouble_while_its_guards_are_asked_leaves_it_to_go_on_later(
        self, workshop: Workshop
    ) -> None:
        run = self.ended_early(workshop)
        confirmed = ApplyOptions(confirmed=frozenset({"MASS_CHANGE"}))
        workshop.store.trouble("look", "unreachable")
        with pytest.raises(ClaryError) as trouble:
            workshop.resume(run, confirmed)
        assert trouble.value.code == "LITTLE_UNREACHABLE"
        assert workshop.runs.summary(run).state is RunState.INTERRUPTED
        assert workshop.resume(run, confirmed).applied == 11

    def test_a_run_is_not_resumed_on_other_books(self, workshop: Workshop) -> None:
        workshop.store.trouble("write", "unauthorised")
        run = workshop.apply(invoice(1))
        workshop.store.generation = 2
        with pytest.raises(ClaryError) as caught:
            workshop.resume(run.id)
        assert caught.value.code == "COMPANY_RESTORED"

    def test_a_system_that_is_not_connected(self, workshop: Workshop) -> None:
        plan = workshop.plan(invoice(1, system="elsewhere"))
        assert refused(workshop, plan.id).code == "TARGET_MISSING"

    def test_a_target_that_says_nothing_of_itself_is_trusted(self, workshop: Workshop) -> None:
        plan = workshop.plan(customer(1, "ACME"))

        class Plain:
            look = workshop.store.look
            write = workshop.store.write
            read_back = workshop.store.read_back

        workshop.targets["shop"] = Plain()
        assert workshop.apply_plan(plan.id).applied == 1


def test_a_run_that_lost_its_lease_while_checked_leaves_its_plan_to_the_new_holder(
    workshop: Workshop,
) -> None:
    class TakenOver(LittleStore):
        """Another process takes the lease over while this one looks."""

        def look(self, changes: Sequence[Change]) -> Sequence[Sighting]:
            workshop.clock.advance(timedelta(hours=1))
            workshop.leases.acquire("little", "other", 60)
            return super().look(changes)

    fill(workshop, 1)
    plan = workshop.plan(update(1, "C000", {"name": "Other"}, {"name": "New"}))
    workshop.targets["shop"] = TakenOver(workshop.folder / "little.db")
    with pytest.raises(Guarded):
        workshop.apply_plan(plan.id)
    assert workshop.plans.summary(plan.id).state is PlanState.APPLIED


class TestPlans:
    """A plan is applied once, whole, and with others of its company only."""

    def test_it_is_applied_once(self, workshop: Workshop) -> None:
        plan = workshop.plan(customer(1, "ACME"))
        run = workshop.apply_plan(plan.id)
        with pytest.raises(ClaryError) as caught:
            workshop.apply_plan(plan.id)
        assert caught.value.code == "PLAN_APPLIED"
        assert run.id in str(caught.value)
        assert workshop.plans.summary(plan.id).run == run.id

    def test_plans_of_two_companies_are_no_run(self, workshop: Workshop) -> None:
        plans = [workshop.plan(invoice(1)).id, workshop.plan(invoice(1), company="other").id]
        with workshop.lease() as lease, pytest.raises(ClaryError) as caught:
            workshop.executor.apply(plans, workshop.targets, lease)
        assert caught.value.code == "PLANS_MIXED"

    def test_a_guard_among_the_findings_stops_it_until_it_is_confirmed(
        self, workshop: Workshop
    ) -> None:
        plan = workshop.plan(invoice(1), SIDE_EMPTIED.finding())
        assert refused(workshop, plan.id).code == "TEST_SIDE_EMPTIED"
        options = ApplyOptions(confirmed=frozenset({"TEST_SIDE_EMPTIED"}))
        assert workshop.apply_plan(plan.id, options).applied == 1

    def test_an_error_that_is_no_guard_cannot_be_confirmed(self, workshop: Workshop) -> None:
        plan = workshop.plan(invoice(1), NOT_READABLE.finding(), SIDE_EMPTIED.finding())
        options = ApplyOptions(confirmed=frozenset({"TEST_NOT_READABLE", "TEST_SIDE_EMPTIED"}))
        assert refused(workshop, plan.id, options).code == "TEST_NOT_READABLE"

    def test_a_guard_that_nobody_may_confirm_stays(self, workshop: Workshop) -> None:
        plan = workshop.plan(invoice(1), SIDE_MISSING.finding())
        options = ApplyOptions(confirmed=frozenset({"TEST_SIDE_MISSING"}))
        assert refused(workshop, plan.id, options).code == "TEST_SIDE_MISSING"

    def test_a_guard_that_there_is_not_cannot_be_confirmed(self) -> None:
        check_confirmed(["MASS_CHANGE", "TEST_SIDE_EMPTIED"])
        with pytest.raises(ClaryError) as caught:
            check_confirmed(["MASS_CHANGE", "MASS_CHANGES", "WRONG_COMPANY"])
        assert [each.code for each in caught.value.findings] == ["GUARD_UNKNOWN"] * 2
        assert caught.value.exit_status == 2
        assert "MASS_CHANGE" in caught.value.findings[0].remedy
        assert {"BOOKS_RESTORED", "MASS_CHANGE"} <= set(guards_to_confirm())

    def test_a_code_that_nobody_declares_stops_it_too(self, workshop: Workshop) -> None:
        plan = workshop.plan(Finding("NEVER_DECLARED", "Stop.", "Stop."))
        options = ApplyOptions(confirmed=frozenset({"NEVER_DECLARED"}))
        assert refused(workshop, plan.id, options).code == "NEVER_DECLARED"
