"""What somebody entered in Sage by hand, whenever that was, is never posted a second time."""

from __future__ import annotations

from pathlib import Path

import pytest

from clary.companies.sandbox import faults
from clary.companies.sandbox.backup import backup, restore
from clary.flows.batch.rerun import Found
from clary.hub.draining import Budget, Drained, drain
from clary.hub.services.applying import Applying, resume_run
from clary.hub.services.batch_running import Ended
from clary.hub.services.batch_verifying import verify_a_batch
from clary.hub.services.batches import BatchPlanned
from clary.hub.services.plans import plan_rows
from clary.hub.services.working import queue_plan
from clary.kernel.change import Body
from tests.hub.batch.office import APP, COMPANY, Office

ONE, TWO = frozenset({"10001"}), frozenset({"10001", "10002"})


def by_hand(us: Office, number: str = "10001", total: str = "282.50") -> str:
    """Enter an invoice of the batch by hand, on one line of its own; return its key."""
    body: Body = {
        "customer_id": "BRIDGE-INSURANCE",
        "number": number,
        "date": us.read("sales_invoice")[-1]["date"],
        "receivable_account_id": "11000",
        "lines": [{"account_id": "40100", "amount": total, "tax_type": 2}],
    }
    return us.enter("sales_invoice", body)


class TestBetweenPlanAndRun:
    """It is entered after the plan was made, and before it is applied."""

    def test_it_is_kept_back_alone(self, us: Office) -> None:
        planned = us.plan("B", include=TWO)
        key = by_hand(us)
        done = us.apply(planned)
        assert (done.ended, [each.code for each in done.errors]) == (
            Ended.WITH_ERRORS,
            ["BATCH_LOOKS_POSTED"],
        )
        [error] = done.errors
        assert error.record == "invoice 10001"
        assert key in error.message
        assert "--same invoice:39001" in error.remedy
        assert len(us.posted("sales_invoice", "10001")) == 1
        assert len(us.posted("sales_invoice", "10002")) == 1
        assert us.waiting(include=TWO) == ["10001"]
        again = us.run(rest_of="B", decisions=us.decisions(same=frozenset({"invoice:39001"})))
        assert again.ended is Ended.COMPLETED
        assert len(us.posted("sales_invoice", "10001")) == 1
        assert us.waiting(include=TWO) == []

    def test_another_amount_is_another_document(self, us: Office) -> None:
        planned = us.plan("B", include=ONE)
        by_hand(us, total="99.00")
        assert us.apply(planned).ended is Ended.COMPLETED

    def test_what_a_person_said_of_it_still_counts(self, us: Office) -> None:
        by_hand(us)
        planned = us.plan("B", include=ONE, decisions=us.decisions(other=ONE))
        assert us.apply(planned).ended is Ended.COMPLETED
        assert len(us.posted("sales_invoice", "10001")) == 2
        rows = plan_rows(us.installation, planned.plan.plan.id)
        assert [dict(row.tracked) for row in rows if row.document == "invoice:39001"] == [{}]

    def test_what_is_taken_back_by_the_plan_itself_is_not_asked_about(self, us: Office) -> None:
        us.run("B", include=ONE)
        us.site.act("unbatch", invoice="10001")
        with us.edited_site() as connection:
            connection.execute("UPDATE invoice SET customer_po = 'PO-77' WHERE number = '10001'")
        done = us.run("C", include=ONE, decisions=us.decisions(repost=ONE))
        assert (done.ended, done.errors) == (Ended.COMPLETED, [])
        [posted] = us.posted("sales_invoice", "10001")
        assert posted["customer_po"] == "PO-77"

    def test_a_run_that_goes_on_keeps_it_back(self, us: Office) -> None:
        run = self.waiting(us, us.plan("B", include=TWO))
        by_hand(us)
        resumed = resume_run(us.installation, run, Applying())
        assert (resumed.run.rejected, us.said(resumed)) == (1, {"BATCH_LOOKS_POSTED"})
        assert len(us.posted("sales_invoice", "10001")) == 1
        assert us.waiting(include=TWO) == ["10001"]
        assert us.half_batched() == []

    def test_what_the_run_has_posted_is_not_asked_about(self, us: Office) -> None:
        planned = us.plan("B", include=TWO)
        us.site.fault("error-before", method="POST", path="finance/accounting/batches", times=50)
        waiting = us.apply(planned)
        us.site.clear_faults()
        assert waiting.run is not None
        assert waiting.ended is Ended.WAITING
        resumed = resume_run(us.installation, waiting.run.run.id, Applying())
        assert (resumed.run.rejected, resumed.run.pending) == (0, 0)
        assert us.waiting(include=TWO) == []

    @staticmethod
    def waiting(us: Office, planned: BatchPlanned) -> str:
        """Let a run stop before its first document is written; return the run."""
        file = us.installation.sandbox_file(COMPANY)
        faults.set_fault(file, "busy", times=100)
        waiting = us.apply(planned)
        faults.clear_faults(file)
        assert waiting.run is not None
        assert waiting.ended is Ended.WAITING
        return waiting.run.run.id


class TestInALane:
    """The plan waits for its turn, and a lane applies it or goes on with its run."""

    def test_it_is_kept_back_alone(self, us: Office) -> None:
        self.queue(us)
        by_hand(us)
        self.assert_kept_back(us, self.drained(us))

    def test_a_run_that_goes_on_keeps_it_back(self, us: Office) -> None:
        self.queue(us)
        file = us.installation.sandbox_file(COMPANY)
        faults.set_fault(file, "busy", times=100)
        assert self.drained(us).waiting == 1
        faults.clear_faults(file)
        by_hand(us)
        self.assert_kept_back(us, self.drained(us))

    @staticmethod
    def queue(us: Office) -> None:
        queue_plan(us.installation, us.plan("B", include=TWO).plan.plan.id, Applying())

    @staticmethod
    def drained(us: Office) -> Drained:
        return drain(us.installation, COMPANY, Budget(forced=True))

    @staticmethod
    def assert_kept_back(us: Office, drained: Drained) -> None:
        assert (drained.done, drained.parked, drained.waiting) == (1, 0, 0)
        assert len(us.posted("sales_invoice", "10001")) == 1
        assert len(us.posted("sales_invoice", "10002")) == 1
        assert us.waiting(include=TWO) == ["10001"]


@pytest.fixture
def before(us: Office, tmp_path: Path) -> Path:
    """Return a backup of the books before any batch."""
    file = tmp_path / "before.backup"
    backup(us.installation.sandbox_file(COMPANY), file)
    return file


class TestAfterARestore:
    """The books lost what was posted, and somebody entered some of it again."""

    def lost(self, us: Office, before: Path) -> str:
        us.run("B", include=TWO)
        restore(us.installation.sandbox_file(COMPANY), before)
        return by_hand(us)

    def test_a_rerun_asks_about_it(self, us: Office, before: Path) -> None:
        key = self.lost(us, before)
        planned, answer = us.rerun("B")
        assert dict(planned.counts) == {Found.LIKE_ANOTHER: 1, Found.MISSING: 1}
        assert planned.posts == 1
        [question] = [each for each in planned.listed if each.code == "BATCH_LOOKS_POSTED"]
        assert key in question.message
        assert (answer.run.applied, answer.run.rejected) == (1, 1)
        assert len(us.posted("sales_invoice", "10001")) == 1
        assert len(us.posted("sales_invoice", "10002")) == 1

    def test_it_is_this_one(self, us: Office, before: Path) -> None:
        self.lost(us, before)
        planned, answer = us.rerun("B", same=ONE)
        assert dict(planned.counts) == {Found.FOUND: 1, Found.MISSING: 1}
        assert (answer.run.applied, answer.run.rejected) == (1, 0)
        assert len(us.posted("sales_invoice", "10001")) == 1

    def test_it_is_another_one(self, us: Office, before: Path) -> None:
        self.lost(us, before)
        planned, answer = us.rerun("B", other=ONE)
        assert dict(planned.counts) == {Found.MISSING: 2}
        assert (answer.run.applied, answer.run.rejected) == (2, 0)
        assert len(us.posted("sales_invoice", "10001")) == 2

    def test_a_new_batch_asks_as_well(self, us: Office, before: Path) -> None:
        self.lost(us, before)
        us.site.act("delete-batch", batch="B")
        assert us.codes(us.plan("C", include=ONE), "10001") == ["BATCH_LOOKS_POSTED"]


class TestVerified:
    """What a person has accepted is compared by total and party alone."""

    def test_other_lines_of_the_same_total_agree(self, us: Office) -> None:
        body: Body = {
            "customer_id": "BRIDGE-INSURANCE",
            "number": "10001",
            "date": us.read("sales_invoice")[-1]["date"],
            "receivable_account_id": "11000",
            "lines": [
                {"account_id": "40100", "amount": "200.00", "tax_type": 2},
                {"account_id": "40200", "amount": "82.50", "tax_type": 2},
            ],
        }
        us.enter("sales_invoice", body)
        us.run("B", include=TWO, decisions=us.decisions(same=ONE))
        report = verify_a_batch(us.installation, APP, COMPANY, "B")
        assert report.ok

    def test_after_a_restore(self, us: Office, before: Path) -> None:
        us.run("B", include=TWO)
        restore(us.installation.sandbox_file(COMPANY), before)
        by_hand(us)
        us.rerun("B", same=ONE)
        report = verify_a_batch(us.installation, APP, COMPANY, "B")
        assert report.ok
        assert dict(us.plan_rerun("B").counts) == {Found.FOUND: 2}
