"""A batch is run again safely: intact books stay as they are, restored ones get what they lack."""

from __future__ import annotations

from pathlib import Path

import pytest

from clary.companies.sandbox.backup import backup, restore
from clary.engine.tables import JOURNAL, OUTCOMES
from clary.flows.batch.register import Standing
from clary.flows.batch.rerun import Found
from clary.flows.batch.tables import BATCH_DOCUMENTS, BATCHES
from clary.hub.services.applying import Applying, apply_plan
from clary.hub.services.batch_running import Ended
from clary.hub.services.batch_verifying import verify_a_batch
from clary.hub.services.runs import plan_the_undo
from clary.kernel.errors import ClaryError
from tests.hub.batch.office import APP, BRANCH, COMPANY, MAIN, Office

THREE = frozenset({"10001", "10002", "INV-88120"})


def restored(us: Office, file: Path) -> None:
    """Put the books back to what they were when `file` was made."""
    restore(us.installation.sandbox_file(COMPANY), file)


@pytest.fixture
def before(us: Office, tmp_path: Path) -> Path:
    """Return a backup of the books before any batch."""
    file = tmp_path / "before.backup"
    backup(us.installation.sandbox_file(COMPANY), file)
    return file


class TestIntactBooks:
    """Nothing is written."""

    def test_everything_is_found(self, us: Office) -> None:
        us.run("B", location=BRANCH)
        ours = us.ours()
        planned, answer = us.rerun("B", post_missing=False)
        assert dict(planned.counts) == {Found.FOUND: 10}
        assert (planned.posts, answer.run.applied, answer.run.skipped) == (0, 0, 10)
        assert us.ours() == ours

    def test_a_paid_invoice_is_still_the_same(self, us: Office) -> None:
        us.run("B", include=THREE)
        receipt = {
            "reference": "R-1",
            "customer_id": "BRIDGE-INSURANCE",
            "date": us.posted("sales_invoice", "10001")[0]["date"],
            "cash_account_id": "10200",
            "applications": [{"invoice_number": "10001", "amount": "282.50"}],
        }
        us.enter("receipt", receipt)
        assert dict(us.plan_rerun("B").counts) == {Found.FOUND: 3}

    def test_a_completed_receipt_is_still_the_same(self, us: Office) -> None:
        us.run("B", include=frozenset({"PO-2002"}))
        key = us.documents("B")["PO-2002"].key or ""
        us.change("purchase", key, number="V-1", waiting_on_bill=False)
        assert dict(us.plan_rerun("B").counts) == {Found.FOUND: 1}

    def test_it_holds_without_a_journal(self, us: Office) -> None:
        us.run("B", include=THREE)
        with us.installation.database.write() as connection:
            connection.execute(OUTCOMES.delete())
            connection.execute(JOURNAL.delete())
        ours = us.ours()
        _, answer = us.rerun("B")
        assert (answer.run.applied, answer.run.skipped) == (0, 3)
        assert us.ours() == ours


class TestRestoredBooks:
    """Exactly what is missing is posted, once a person agrees."""

    def test_it_is_posted_once_confirmed(self, us: Office, before: Path) -> None:
        us.run("B", include=THREE)
        restored(us, before)
        assert us.ours() == []
        planned, answer = us.rerun("B", post_missing=False)
        assert dict(planned.counts) == {Found.MISSING: 3}
        assert answer.run.rejected == 3
        assert us.ours() == []
        _, answer = us.rerun("B")
        assert answer.run.rejected == 0
        assert len(us.ours()) == 3
        assert verify_a_batch(us.installation, APP, COMPANY, "B").ok
        assert {each.state for each in us.documents("B").values()} == {Standing.POSTED}
        assert us.rerun("B")[1].run.applied == 0

    def test_many_at_once_ask_whether_the_books_were_restored(
        self, us: Office, before: Path
    ) -> None:
        us.run("B", location=MAIN)
        restored(us, before)
        planned = us.plan_rerun("B")
        assert planned.plan.plan.blocked == ("BOOKS_RESTORED",)
        with pytest.raises(ClaryError) as caught:
            us.rerun("B", post_missing=False)
        assert caught.value.code == "BOOKS_RESTORED"
        us.rerun("B")
        assert len(us.ours()) == 28

    def test_what_was_posted_since_is_left_alone(self, us: Office, tmp_path: Path) -> None:
        us.run("A", include=frozenset({"10001"}))
        middle = tmp_path / "middle.backup"
        backup(us.installation.sandbox_file(COMPANY), middle)
        us.run("B", include=frozenset({"10002"}))
        restored(us, middle)
        assert dict(us.plan_rerun("A").counts) == {Found.FOUND: 1}
        planned, _ = us.rerun("B")
        assert dict(planned.counts) == {Found.MISSING: 1}
        assert len(us.ours()) == 2

    def test_one_entered_by_hand_meanwhile_is_asked_about(self, us: Office, before: Path) -> None:
        us.run("B", include=frozenset({"10001"}))
        with us.installation.database.write() as connection:
            for table in (OUTCOMES, JOURNAL, BATCH_DOCUMENTS, BATCHES):
                connection.execute(table.delete())
        restored(us, before)
        key = us.enter(
            "sales_invoice",
            {
                "customer_id": "BRIDGE-INSURANCE",
                "number": "10001",
                "date": us.read("sales_invoice")[-1]["date"],
                "receivable_account_id": "11000",
                "lines": [{"account_id": "40100", "amount": "282.50", "tax_type": 2}],
            },
        )
        planned = us.plan_rerun("B")
        assert dict(planned.counts) == {Found.LIKE_ANOTHER: 1}
        assert key in planned.listed[0].message
        assert us.rerun("B", same=frozenset({"10001"}))[1].run.applied == 0
        assert us.rerun("B", other=frozenset({"10001"}))[1].run.applied == 1


class TestBatchesThatCannotBeRunAgain:
    """They stop with the reason and what to do."""

    def test_a_batch_that_was_deleted_there(self, us: Office) -> None:
        us.run("B", include=THREE)
        us.site.act("delete-batch", batch="B")
        with pytest.raises(ClaryError) as caught:
            us.plan_rerun("B")
        assert caught.value.code == "BATCH_VANISHED"
        assert "only marked as posted" in caught.value.findings[0].remedy

    def test_a_closed_batch(self, us: Office) -> None:
        us.run("B", include=THREE)
        us.site.act("close-batch", batch="B")
        for attempt in (us.plan_rerun, us.plan_unbatch):
            with pytest.raises(ClaryError) as caught:
                attempt("B")
            assert caught.value.code == "BATCH_CLOSED"

    def test_an_unknown_batch(self, us: Office) -> None:
        with pytest.raises(ClaryError) as caught:
            us.plan_rerun("NEVER")
        assert caught.value.code == "BATCH_NEVER_MADE"
        with pytest.raises(ClaryError) as caught:
            us.plan_unbatch("NEVER")
        assert caught.value.code == "BATCH_UNKNOWN"


class TestDocumentsThatComeAgain:
    """What was un-batched at ConnectWise's own screen is found by its origin."""

    def test_the_same_one_is_marked_as_posted_and_not_posted_again(self, us: Office) -> None:
        us.run("B", include=THREE)
        us.site.act("unbatch", invoice="10001")
        assert us.waiting(include=frozenset({"10001"})) == ["10001"]
        done = us.run("AGAIN", include=frozenset({"10001"}))
        assert done.ended is Ended.COMPLETED
        assert [each.code for each in done.warnings] == ["BATCH_POSTED_ALREADY"]
        assert len(us.ours()) == 3
        assert us.half_batched() == []
        assert us.waiting(include=frozenset({"10001"})) == []

    def test_a_changed_one_is_a_finding_and_never_posted_twice(self, us: Office) -> None:
        us.run("B", include=THREE)
        self.change(us)
        done = us.run("AGAIN", include=frozenset({"10001"}))
        assert done.ended is Ended.FAILED
        [finding] = [each for each in done.errors if each.code == "BATCH_DOCUMENT_CHANGED"]
        assert "--repost invoice:39001" in finding.remedy
        assert len(us.posted("sales_invoice", "10001")) == 1

    def test_it_may_be_taken_back_and_posted_anew(self, us: Office) -> None:
        us.run("B", include=THREE)
        self.change(us)
        done = us.run(
            "AGAIN",
            include=frozenset({"10001"}),
            decisions=us.decisions(repost=frozenset({"10001"})),
        )
        assert done.ended is Ended.COMPLETED
        [posted] = us.posted("sales_invoice", "10001")
        assert posted["total"] != "282.50"
        assert str(posted["origin"]).endswith(":2")
        assert us.half_batched() == []
        assert verify_a_batch(us.installation, APP, COMPANY, "AGAIN").ok

    def test_the_batch_that_it_left_is_taken_back_without_it(self, us: Office) -> None:
        us.run("B", include=THREE)
        us.site.act("unbatch", invoice="10001")
        us.run("AGAIN", include=frozenset({"10001"}))
        assert us.documents("B")["10001"].state is Standing.UNBATCHED
        answer = us.unbatch("B", "10002")
        assert (answer.run.applied, answer.run.rejected) == (3, 0)
        assert us.documents("B")["INV-88120"].state is Standing.POSTED
        assert us.documents("AGAIN")["10001"].state is Standing.POSTED
        assert us.half_batched() == []
        assert verify_a_batch(us.installation, APP, COMPANY, "B").ok

    def test_the_undo_of_its_run_leaves_it_to_its_new_batch(self, us: Office) -> None:
        done = us.run("B", include=THREE)
        us.site.act("unbatch", invoice="10001")
        us.run("AGAIN", include=frozenset({"10001"}))
        assert done.run is not None
        planned = plan_the_undo(us.installation, done.run.run.id)
        assert "BATCH_DOCUMENT_MOVED" in us.warned(planned)
        apply_plan(us.installation, planned.plan.id, Applying())
        assert us.waiting(include=THREE) == ["10002", "INV-88120"]
        assert len(us.posted("sales_invoice", "10001")) == 1
        assert verify_a_batch(us.installation, APP, COMPANY, "AGAIN").ok
        us.unbatch("AGAIN")
        assert us.ours() == []

    @staticmethod
    def change(us: Office) -> None:
        us.site.act("unbatch", invoice="10001")
        us.site.act("edit-invoice-line", invoice="10001", line=1, price=99)
        if us.waiting(include=frozenset({"10001"})) == []:
            us.site.act("close-invoice", invoice="10001")

    def test_a_whole_batch_deleted_there_is_marked_again(self, us: Office) -> None:
        us.run("B", location=BRANCH)
        us.site.act("delete-batch", batch="B")
        done = us.run("C", location=BRANCH)
        assert done.run is not None
        assert (done.run.run.applied, done.run.run.skipped) == (1, 10)
        assert len(us.ours()) == 10
        assert us.half_batched() == []
