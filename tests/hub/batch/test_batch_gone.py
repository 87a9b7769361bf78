"""A batch that ConnectWise does not have, or not whole: the reason, and what can be done."""

from __future__ import annotations

import pytest

from clary.companies.sandbox import faults
from clary.flows.batch.register import BatchState, Standing
from clary.flows.batch.rerun import Found
from clary.hub.services import batches
from clary.hub.services.applying import Applying, RunAnswer, apply_plan, resume_run
from clary.hub.services.batch_running import Ended, batch_run
from clary.hub.services.batch_verifying import verify_a_batch
from clary.hub.services.runs import plan_the_undo
from clary.kernel.errors import ClaryError, Finding
from tests.hub.batch.office import APP, COMPANY, Office

ONE = frozenset({"10001"})
THREE = frozenset({"10001", "10002", "INV-88120"})


def refusals(us: Office, number: str) -> list[Finding]:
    """Return what verify, rerun and un-batching say of a batch; each is refused."""
    found = []
    for attempt in (
        lambda: verify_a_batch(us.installation, APP, COMPANY, number),
        lambda: us.plan_rerun(number),
        lambda: us.plan_unbatch(number),
    ):
        with pytest.raises(ClaryError) as caught:
            attempt()
        found.append(caught.value.findings[0])
    return found


def waiting(us: Office, number: str, include: frozenset[str]) -> str:
    """Run a batch at a site that fails when the batch is to be made; return the run."""
    us.site.fault("error-before", method="POST", path="finance/accounting/batches", times=50)
    done = us.run(number, include=include)
    us.site.clear_faults()
    assert done.run is not None
    assert done.ended is Ended.WAITING
    return done.run.run.id


def undone(us: Office, run: str) -> RunAnswer:
    planned = plan_the_undo(us.installation, run)
    return apply_plan(us.installation, planned.plan.id, Applying())


class TestWhy:
    """Our own copy tells why ConnectWise does not have a batch."""

    def test_its_run_waits(self, us: Office) -> None:
        run = waiting(us, "B", THREE)
        for found in refusals(us, "B"):
            assert found.code == "BATCH_UNFINISHED"
            assert found.remedy.endswith(f"clary runs resume {run}")
        with pytest.raises(ClaryError) as caught:
            us.plan("B", include=THREE)
        assert caught.value.findings[0].remedy.endswith(f"clary runs resume {run}")

    def test_a_document_was_being_taken_out(self, us: Office) -> None:
        us.run("B", include=THREE)
        us.site.fault("error-before", method="POST", path="finance/accounting/batches", times=50)
        run = us.unbatch("B", "10001").run.id
        us.site.clear_faults()
        assert {found.code for found in refusals(us, "B")} == {"BATCH_UNFINISHED"}
        assert run in refusals(us, "B")[0].remedy

    def test_it_was_un_batched_before(self, us: Office) -> None:
        us.run("B", include=THREE)
        answer = us.unbatch("B")
        for found in refusals(us, "B"):
            assert found.code == "BATCH_REMOVED"
            assert (
                f"on {us.installation.clock.now().date()}, by run {answer.run.id}" in found.message
            )
            assert found.remedy.startswith("Nothing needs to be done")

    def test_its_run_ended_without_it(self, us: Office) -> None:
        run = waiting(us, "K-1", ONE)
        us.run("K-2", include=ONE)
        resume_run(us.installation, run, Applying())
        for found in refusals(us, "K-1"):
            assert found.code == "BATCH_UNMADE"
            assert f"clary runs undo {run}" in found.remedy

    def test_it_was_deleted_there(self, us: Office) -> None:
        done = us.run("B", include=THREE)
        us.site.act("delete-batch", batch="B")
        assert done.run is not None
        with pytest.raises(ClaryError) as caught:
            us.plan_rerun("B")
        assert caught.value.code == "BATCH_VANISHED"
        assert f"clary runs undo {done.run.run.id}" in caught.value.findings[0].remedy


class TestDeletedThere:
    """What ConnectWise has un-batched by itself is taken out of the books alone."""

    def deleted(self, us: Office) -> str:
        done = us.run("B", include=THREE)
        us.site.act("delete-batch", batch="B")
        assert done.run is not None
        return done.run.run.id

    def test_the_undo_of_its_run(self, us: Office) -> None:
        run = self.deleted(us)
        answer = undone(us, run)
        assert (answer.run.rejected, answer.run.failed, us.ours()) == (0, 0, [])
        assert us.at_site("SELECT count(*) FROM batch") == [(0,)]
        assert sorted(us.waiting(include=THREE)) == sorted(THREE)
        view = batches.show_batch(us.installation, APP, "B")
        assert (view.batch.state, view.counts) == (BatchState.REMOVED, {Standing.TAKEN_BACK: 3})
        assert us.run("B", include=THREE).ended is Ended.COMPLETED

    def test_un_batching_it(self, us: Office) -> None:
        self.deleted(us)
        answer = us.unbatch("B")
        assert (answer.run.rejected, us.ours()) == (0, [])
        assert {found.code for found in refusals(us, "B")} == {"BATCH_REMOVED"}

    def test_one_document_of_it(self, us: Office) -> None:
        self.deleted(us)
        us.unbatch("B", "10001")
        assert us.posted("sales_invoice", "10001") == []
        assert len(us.ours()) == 2

    def test_a_new_batch_of_its_number_is_left_alone(self, us: Office) -> None:
        run = self.deleted(us)
        planned = plan_the_undo(us.installation, run)
        us.run("C", include=frozenset({"10003"}))
        with us.edited_site() as connection:
            connection.execute("UPDATE batch SET identifier = 'B' WHERE identifier = 'C'")
        with pytest.raises(ClaryError) as caught:
            apply_plan(us.installation, planned.plan.id, Applying())
        assert caught.value.code == "PLAN_STALE"
        assert us.at_site("SELECT identifier FROM batch") == [("B",)]


class TestOneLeftIt:
    """One document was un-batched on ConnectWise's own screen."""

    def left(self, us: Office) -> list[int]:
        us.run("B", include=THREE)
        us.site.act("unbatch", invoice="10001")
        return us.batched("B")

    def test_it_is_taken_out_of_the_books_alone(self, us: Office) -> None:
        held = self.left(us)
        planned = us.plan_unbatch("B", "10001")
        assert dict(planned.plan.counts) == {"void sales_invoice": 1}
        answer = apply_plan(us.installation, planned.plan.id, Applying())
        assert (answer.run.applied, answer.run.rejected) == (1, 0)
        assert us.posted("sales_invoice", "10001") == []
        assert us.batched("B") == held
        assert us.documents("B")["10001"].state is Standing.TAKEN_BACK
        assert us.run("C", include=ONE).ended is Ended.COMPLETED

    def test_it_goes_with_another_one(self, us: Office) -> None:
        self.left(us)
        us.unbatch("B", "10001", "10002")
        assert len(us.ours()) == 1
        assert us.half_batched() == []
        assert sorted(us.waiting(include=THREE)) == ["10001", "10002"]


class TestTakenUpByAnother:
    """A run waited, and another batch took its documents up meanwhile."""

    def test_it_ends_well(self, us: Office) -> None:
        run = waiting(us, "K-1", THREE | {"KITE-1"})
        us.run("K-2", include=THREE | {"KITE-1"})
        answer = resume_run(us.installation, run, Applying())
        done = batch_run(us.installation, run)
        assert (done.ended, done.errors, answer.run.rejected) == (Ended.COMPLETED, [], 0)
        [said] = [each for each in done.warnings if each.record == "accounting_batch K-1"]
        assert (said.code, said.message) == (
            "BATCH_TAKEN_UP",
            "4 of its documents are in batch K-2 by now.",
        )
        assert us.half_batched() == []

    def test_its_undo_leaves_them_and_what_they_need(self, us: Office) -> None:
        known = us.read("vendor")
        run = waiting(us, "K-1", ONE | {"KITE-1"})
        us.run("K-2", include=ONE | {"KITE-1"})
        resume_run(us.installation, run, Applying())
        planned = plan_the_undo(us.installation, run)
        assert us.warned(planned) == {"BATCH_DOCUMENT_MOVED", "BATCH_RECORDS_STAY"}
        assert planned.plan.changes == 0
        assert len(us.read("vendor")) == len(known) + 1

    def test_what_was_never_sent_is_not_posted(self, us: Office) -> None:
        planned = us.plan("K-1", include=ONE)
        file = us.installation.sandbox_file(COMPANY)
        faults.set_fault(file, "busy", times=100)
        stopped = us.apply(planned)
        faults.clear_faults(file)
        us.run("OFF", include=ONE, clears=True)
        assert stopped.run is not None
        answer = resume_run(us.installation, stopped.run.run.id, Applying())
        assert (us.ours(), us.said(answer)) == ([], {"BATCH_TAKEN_UP"})

    def test_our_copy_of_it_says_where_they_are(self, us: Office) -> None:
        run = waiting(us, "K-1", THREE)
        us.run("K-2", include=THREE)
        resume_run(us.installation, run, Applying())
        view = batches.show_batch(us.installation, APP, "K-1")
        assert (view.batch.state, view.counts) == (BatchState.UNMADE, {})
        assert view.elsewhere == {"K-2": 3}
        assert batches.show_batch(us.installation, APP, "K-2").elsewhere == {}


class TestRerun:
    """A rerun tells of what it leaves alone."""

    def test_of_a_document_that_was_un_batched_there(self, us: Office) -> None:
        us.run("B", include=THREE)
        us.site.act("unbatch", invoice="10001")
        planned, answer = us.rerun("B")
        assert dict(planned.counts) == {Found.FOUND: 2, Found.UNBATCHED: 1}
        [said] = [each for each in planned.listed if each.code == "BATCH_DOCUMENT_UNBATCHED"]
        assert said.record == "invoice 10001"
        assert said.remedy.endswith("clary batch unbatch psa acme B invoice:39001")
        assert answer.run.applied == 0
        us.run("C", include=ONE)
        assert dict(us.plan_rerun("B").counts) == {Found.FOUND: 2}

    def test_of_a_batch_that_was_cleared(self, us: Office) -> None:
        us.run("OLD", include=THREE, clears=True)
        planned, answer = us.rerun("OLD")
        assert dict(planned.counts) == {Found.HANDLED: 3}
        assert (planned.posts, answer.run.planned, us.ours()) == (0, 0, [])
