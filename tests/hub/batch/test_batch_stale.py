"""What ConnectWise changes after a plan was made is not posted as it was, and marks nothing."""

from __future__ import annotations

import pytest

from clary.companies.sandbox import faults
from clary.engine.runs import RunSummary
from clary.flows.batch.register import BatchState, Standing
from clary.hub.services import batches
from clary.hub.services.applying import Applying, resume_run
from clary.hub.services.batch_running import BatchRun, Ended, batch_run
from clary.kernel.errors import ClaryError
from tests.hub.batch.office import APP, COMPANY, EXPENSES, PROCUREMENT, Office

TWO = frozenset({"10001", "10002"})


def move_entries(us: Office, document: str, number: int) -> None:
    """Give a document other GL rows, with nothing else changed."""
    with us.edited_site() as site:
        site.execute(
            "UPDATE gl SET id = id + 100000 WHERE document = ? AND document_id = ?",
            (document, number),
        )


def edit(us: Office, number: str) -> None:
    """Open an invoice, change its price and close it again."""
    us.site.act("open-invoice", invoice=number)
    us.site.act("edit-invoice-line", invoice=number, line=1, price=999)
    us.site.act("close-invoice", invoice=number)


def resumed(us: Office, waiting: BatchRun) -> BatchRun:
    """Go on with a run."""
    assert waiting.ended is Ended.WAITING
    assert waiting.run is not None
    resume_run(us.installation, waiting.run.run.id, Applying())
    return batch_run(us.installation, waiting.run.run.id)


class TestBeforeTheFirstWrite:
    """Nothing is written where entries have moved, whatever kind of document has them."""

    @pytest.mark.parametrize(
        ("included", "document", "number"),
        [("10001", "I", 39001), ("2", "E", 2), ("1-adjustment", "A", 1)],
    )
    def test_entries_that_moved_are_noticed(
        self, us: Office, included: str, document: str, number: int
    ) -> None:
        planned = us.plan("M", include=frozenset({included}))
        move_entries(us, document, number)
        with pytest.raises(ClaryError) as caught:
            us.apply(planned)
        codes = [each.code for each in caught.value.findings]
        assert codes == ["BATCH_STALE", "BATCH_ENTRIES_MOVED"]
        assert us.ours() == []
        assert us.run("M", include=frozenset({included})).ended is Ended.COMPLETED

    def test_an_entry_that_came_is_noticed(self, us: Office) -> None:
        planned = us.plan("M", include=TWO)
        with us.edited_site() as site:
            site.execute(
                "INSERT INTO gl (document, document_id, role, type, account, amount, line_id)"
                " SELECT document, document_id, role, type, account, 0, line_id FROM gl"
                " WHERE document = 'I' AND document_id = 39001 AND role = 'detail' LIMIT 1"
            )
        with pytest.raises(ClaryError) as caught:
            us.apply(planned)
        assert [each.record for each in caught.value.findings[1:]] == ["invoice 10001"]

    def test_what_is_as_it_was_passes_for_every_kind(self, us: Office) -> None:
        assert us.run("P", kinds=PROCUREMENT, location="Main office").ended is Ended.COMPLETED
        assert us.run("E", kinds=EXPENSES, location="Main office").ended is Ended.COMPLETED


class TestGoingOn:
    """A run that goes on keeps back alone what became stale while it waited."""

    def test_what_was_never_sent_is_not_posted_and_the_rest_gets_its_batch(
        self, us: Office
    ) -> None:
        planned = us.plan("S", include=TWO)
        file = us.installation.sandbox_file(COMPANY)
        faults.set_fault(file, "busy", times=100)
        waiting = us.apply(planned)
        faults.clear_faults(file)
        edit(us, "10001")
        done = resumed(us, waiting)
        assert done.ended is Ended.WITH_ERRORS
        assert [each.code for each in done.errors] == ["BATCH_CHANGED_MEANWHILE"]
        assert us.posted("sales_invoice", "10001") == []
        states = {number: each.state for number, each in us.documents("S").items()}
        assert states == {"10001": Standing.LEFT, "10002": Standing.POSTED}
        assert (us.half_batched(), us.waiting(include=TWO)) == ([], ["10001"])
        assert us.run("", rest_of="S").ended is Ended.COMPLETED
        [invoice] = us.posted("sales_invoice", "10001")
        assert invoice["total"] != "282.50"

    def test_what_was_posted_already_is_left_out_of_the_batch(self, us: Office) -> None:
        planned = us.plan("S", include=TWO)
        us.site.fault("login-page", method="POST", path="finance/accounting/batches")
        waiting = us.apply(planned)
        us.site.clear_faults()
        edit(us, "10001")
        done = resumed(us, waiting)
        assert [each.code for each in done.warnings] == ["BATCH_LEFT_OUT"]
        states = {number: each.state for number, each in us.documents("S").items()}
        assert states == {"10001": Standing.UNBATCHED, "10002": Standing.POSTED}
        rest = us.run("", rest_of="S")
        assert [each.code for each in rest.errors] == ["BATCH_DOCUMENT_CHANGED", "BATCH_BLOCKED"]
        assert len(us.posted("sales_invoice", "10001")) == 1

    def test_a_batch_that_was_made_without_an_answer_stays_as_it_is(self, us: Office) -> None:
        planned = us.plan("S", include=TWO)
        us.site.fault("drop-after", method="POST", path="finance/accounting/batches", times=1)
        us.site.fault("login-page", method="GET", path="finance/accounting/batches", times=50)
        waiting = us.apply(planned)
        us.site.clear_faults()
        done = resumed(us, waiting)
        assert (done.ended, list(done.errors)) == (Ended.COMPLETED, [])
        assert (us.half_batched(), us.waiting(include=TWO)) == ([], [])

    def test_with_nothing_left_no_batch_is_made(self, us: Office) -> None:
        planned = us.plan("S", include=frozenset({"10001"}))
        us.site.fault("login-page", method="POST", path="finance/accounting/batches")
        waiting = us.apply(planned)
        us.site.clear_faults()
        edit(us, "10001")
        done = resumed(us, waiting)
        assert done.batches[0].batch.state is BatchState.UNMADE
        assert us.at_site("SELECT count(*) FROM batch") == [(0,)]


class TestRefusedAfterPosting:
    """ConnectWise refuses the batch once its documents are posted."""

    def refused(self, us: Office) -> BatchRun:
        planned = us.plan("M", include=TWO)

        def moving(run: RunSummary) -> None:
            if run.applied == len(TWO):
                move_entries(us, "I", 39001)

        return us.apply(planned, progress=moving)

    def test_it_says_what_can_be_done_and_the_rest_is_marked(self, us: Office) -> None:
        done = self.refused(us)
        [error] = done.errors
        assert (done.ended, error.code) == (Ended.WITH_ERRORS, "BATCH_REFUSED")
        assert "no GL entries" in error.message
        assert done.batches[0].counts == {Standing.UNBATCHED: 2}
        rest = us.plan("", rest_of="M")
        assert rest.batches[0].batch.identifier == "M-1"
        assert us.apply(rest).ended is Ended.COMPLETED
        assert (us.half_batched(), us.waiting(include=TWO), len(us.ours())) == ([], [], 2)
        with pytest.raises(ClaryError) as caught:
            us.plan("", rest_of="M")
        assert caught.value.code == "BATCH_COMPLETE"

    def test_it_stays_unmade_once_another_has_its_number(self, us: Office) -> None:
        self.refused(us)
        us.run("M", include=frozenset({"10003"}))
        listed = [view.batch.state for view in batches.list_batches(us.installation, APP)]
        assert listed == [BatchState.POSTED, BatchState.UNMADE]
