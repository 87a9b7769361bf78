"""A batch, or one document of it, is taken out of the books and of ConnectWise by one plan."""

from __future__ import annotations

import pytest

from clary.flows.batch.register import BatchState, Standing
from clary.flows.batch.requests import BatchPer
from clary.hub.services import batches
from clary.hub.services.applying import Applying, apply_plan
from clary.hub.services.batch_verifying import verify_a_batch
from clary.hub.services.runs import plan_the_undo
from clary.kernel.errors import ClaryError
from tests.hub.batch.office import APP, BRANCH, COMPANY, Office

THREE = frozenset({"10001", "10002", "INV-88120"})


def pay(us: Office, number: str) -> None:
    [invoice] = us.posted("sales_invoice", number)
    body = {
        "reference": f"R-{number}",
        "customer_id": invoice["customer_id"],
        "date": invoice["date"],
        "cash_account_id": "10200",
        "applications": [{"invoice_number": number, "amount": invoice["total"]}],
    }
    us.enter("receipt", body)


class TestOneDocument:
    """It leaves the books and the batch; the others stay in both."""

    def test_it_waits_again_and_the_rest_is_batched_as_before(self, us: Office) -> None:
        us.run("B", include=THREE)
        held = us.batched("B")
        leaving = us.documents("B")["10001"].gl_ids
        answer = us.unbatch("B", "10001")
        assert (answer.run.applied, answer.run.rejected) == (3, 0)
        assert us.batched("B") == [row for row in held if row not in leaving]
        assert us.half_batched() == []
        assert us.waiting(include=THREE) == ["10001"]
        assert us.posted("sales_invoice", "10001") == []
        assert us.documents("B")["10001"].state is Standing.TAKEN_BACK
        assert verify_a_batch(us.installation, APP, COMPANY, "B").ok

    def test_planning_it_writes_nothing(self, us: Office) -> None:
        us.run("B", include=THREE)
        held = us.batched("B")
        planned = us.plan_unbatch("B", "10001")
        assert planned.plan.counts == {
            "void sales_invoice": 1,
            "delete accounting_batch": 1,
            "create accounting_batch": 1,
        }
        assert us.batched("B") == held
        assert len(us.posted("sales_invoice", "10001")) == 1

    def test_it_can_be_posted_again(self, us: Office) -> None:
        us.run("B", include=THREE)
        us.unbatch("B", "10001")
        us.run("C", include=frozenset({"10001"}))
        [posted] = us.posted("sales_invoice", "10001")
        assert str(posted["origin"]).endswith(":2")
        assert us.documents("C")["10001"].state is Standing.POSTED
        us.unbatch("C")
        assert us.posted("sales_invoice", "10001") == []

    def test_what_was_paid_stays_in_the_books_and_in_the_batch(self, us: Office) -> None:
        us.run("B", include=THREE)
        held = us.batched("B")
        pay(us, "10001")
        planned = us.plan_unbatch("B", "10001")
        assert "UNDO_SETTLED" in us.warned(planned)
        apply_plan(us.installation, planned.plan.id, Applying())
        assert us.batched("B") == held
        assert len(us.posted("sales_invoice", "10001")) == 1

    def test_what_was_paid_between_plan_and_run_stops_it(self, us: Office) -> None:
        us.run("B", include=THREE)
        planned = us.plan_unbatch("B", "10001")
        pay(us, "10001")
        with pytest.raises(ClaryError) as caught:
            apply_plan(us.installation, planned.plan.id, Applying())
        assert caught.value.code == "PLAN_STALE"
        assert len(us.batched("B")) > 0

    def test_a_batch_closed_between_plan_and_run_stops_it_in_time(self, us: Office) -> None:
        us.run("B", include=THREE)
        planned = us.plan_unbatch("B", "10001")
        us.site.act("close-batch", batch="B")
        with pytest.raises(ClaryError) as caught:
            apply_plan(us.installation, planned.plan.id, Applying())
        assert [each.code for each in caught.value.findings] == ["PLAN_STALE", "BATCH_CLOSED"]
        assert len(us.posted("sales_invoice", "10001")) == 1

    def test_two_of_which_one_was_paid(self, us: Office) -> None:
        us.run("B", include=THREE)
        pay(us, "10001")
        us.unbatch("B", "10001", "10002")
        assert us.waiting(include=THREE) == ["10002"]
        assert us.half_batched() == []
        assert len(us.posted("sales_invoice", "10001")) == 1
        assert us.documents("B")["10001"].state is Standing.POSTED

    def test_a_document_that_is_not_in_it(self, us: Office) -> None:
        us.run("B", include=THREE)
        with pytest.raises(ClaryError) as caught:
            us.plan_unbatch("B", "10003", "10004")
        codes = [each.code for each in caught.value.findings]
        assert codes == ["BATCH_DOCUMENT_NOT_IN_BATCH"] * 2

    def test_other_gl_rows_than_before_stop_the_new_batch(self, us: Office) -> None:
        """That GL ids stay the same is an assumption; where it fails nothing is guessed."""
        us.run("B", include=THREE)
        planned = us.plan_unbatch("B", "10001")
        with us.edited_site() as connection:
            connection.execute(
                "CREATE TRIGGER renumber AFTER DELETE ON batch BEGIN "
                "UPDATE gl SET id = id + 100000 WHERE document = 'I' AND document_id = "
                "(SELECT id FROM invoice WHERE number = '10002'); END"
            )
        answer = apply_plan(us.installation, planned.plan.id, Applying())
        assert answer.run.rejected == 1
        assert "BATCH_ROWS_CHANGED" in us.said(answer)
        assert us.at_site("SELECT count(*) FROM batch") == [(0,)]
        done = us.run("AFTER", include=frozenset({"10002", "INV-88120"}))
        assert us.half_batched() == []
        assert done.exit_status == 0


class TestWholeBatch:
    """Nothing of it is left in the books, and ConnectWise has no such batch."""

    def test_everything_waits_again(self, us: Office) -> None:
        waiting = us.waiting(location=BRANCH)
        us.run("B", location=BRANCH)
        answer = us.unbatch("B")
        assert answer.run.rejected == 0
        assert us.waiting(location=BRANCH) == waiting
        assert us.ours() == []
        view = batches.show_batch(us.installation, APP, "B")
        assert view.batch.state is BatchState.REMOVED
        assert view.counts == {Standing.TAKEN_BACK: 10}

    def test_its_number_may_be_used_again(self, us: Office) -> None:
        us.run("B", include=THREE)
        us.unbatch("B")
        us.run("B", include=THREE)
        assert len(us.ours()) == 3
        assert us.half_batched() == []

    def test_the_undo_of_its_run_takes_what_was_created_along(self, us: Office) -> None:
        customers = us.read("vendor")
        done = us.run("B", include=frozenset({"KITE-1", "10001"}))
        assert done.run is not None
        planned = plan_the_undo(us.installation, done.run.run.id)
        answer = apply_plan(us.installation, planned.plan.id, Applying())
        assert answer.run.rejected == 0
        assert us.ours() == []
        assert us.at_site("SELECT count(*) FROM batch") == [(0,)]
        [kite] = [each for each in us.read("vendor") if each not in customers]
        assert kite["inactive"] is True

    def test_an_undo_cannot_be_undone(self, us: Office) -> None:
        us.run("B", include=THREE)
        answer = us.unbatch("B")
        with pytest.raises(ClaryError) as caught:
            plan_the_undo(us.installation, answer.run.id)
        assert caught.value.code == "BATCH_RUN_BARE"

    def test_a_batch_for_each_document_is_taken_back_alone(self, us: Office) -> None:
        us.run("D", include=THREE, batch_per=BatchPer.DOCUMENT)
        us.unbatch("D-10001")
        assert us.waiting(include=THREE) == ["10001"]
        assert len(us.ours()) == 2


class TestClear:
    """Old documents are marked as posted without posting, and taken back like any batch."""

    def test_nothing_is_posted(self, us: Office) -> None:
        done = us.run("OLD", include=frozenset({"10001", "1-transfer", "T1011"}), clears=True)
        assert us.ours() == []
        assert us.waiting(include=frozenset({"10001", "1-transfer", "T1011"})) == []
        assert {each.state for each in us.documents("OLD").values()} == {Standing.HANDLED}
        assert us.half_batched() == []
        assert done.exit_status == 0

    def test_documents_that_cannot_be_read_are_cleared_all_the_same(self, us: Office) -> None:
        us.site.act(
            "spoil", document="invoice", number="10001", field="documentType", value="RIDDLE"
        )
        us.run("OLD", include=frozenset({"10001"}), clears=True)
        assert us.waiting(include=frozenset({"10001"})) == []

    def test_it_is_taken_back(self, us: Office) -> None:
        us.run("OLD", include=THREE, clears=True)
        us.unbatch("OLD", "10001")
        assert us.waiting(include=THREE) == ["10001"]
        us.unbatch("OLD")
        assert sorted(us.waiting(include=THREE)) == sorted(THREE)
        assert us.half_batched() == []
