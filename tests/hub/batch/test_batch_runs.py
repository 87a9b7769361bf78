"""A batch is posted whole, once, and marked in ConnectWise to the last GL row."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from clary.flows.batch.kinds import DetailLevel, Kind
from clary.flows.batch.register import BatchState, Standing
from clary.flows.batch.requests import BatchPer
from clary.hub.services import batches
from clary.hub.services.batch_running import Ended
from clary.hub.services.batch_verifying import verify_a_batch
from clary.kernel.clock import local_date
from clary.kernel.errors import ClaryError
from tests.hub.batch.office import (
    APP,
    BRANCH,
    COMPANY,
    EXPENSES,
    INVOICES,
    MAIN,
    PROCUREMENT,
    TRAINING,
    Office,
)

PLACES = {
    "Invoices": "Reports & Forms > Accounts Receivable > Invoice Register",
    "Credit memos": "Tasks > Credits and Returns > Customer Credit Memos > List",
    "Bills": "Reports & Forms > Accounts Payable > Purchase Journal",
    "Item receipts": "Tasks > Purchases/Receive Inventory > List, box Waiting on Bill",
    "New items": "Maintain > Inventory Items",
}
"""Where a bookkeeper looks up in Sage what a batch posted."""


class TestOneLocation:
    """Every kind of document of one location, in one batch."""

    def test_everything_is_posted_and_batched(self, us: Office) -> None:
        waiting = us.waiting(location=MAIN)
        done = us.run("ALL", location=MAIN)
        assert done.ended is Ended.COMPLETED
        assert (done.errors, done.exit_status) == ([], 0)
        assert us.waiting(location=MAIN) == []
        documents = us.documents("ALL")
        assert {each.state for each in documents.values()} == {Standing.POSTED}
        assert documents.keys() >= {number for number in waiting if number.startswith("10")}
        assert len(us.ours()) == len(set(us.ours())) == 28

    def test_the_batch_holds_every_gl_row_of_its_documents(self, us: Office) -> None:
        us.run("ALL", location=MAIN)
        documents = us.documents("ALL").values()
        held = us.batched("ALL")
        assert us.half_batched() == []
        named = {row for each in documents for row in each.gl_ids}
        assert named <= set(held)
        assert len(held) == len(set(held))

    def test_the_books_agree_with_it_to_the_penny_and_line(self, us: Office) -> None:
        us.run("ALL", location=MAIN)
        report = verify_a_batch(us.installation, APP, COMPANY, "ALL")
        assert report.ok, report.as_body()
        places = {listed.title: listed.where for listed in report.lists}
        assert {title: places.get(title) for title in PLACES} == PLACES
        assert report.cost_rows > 0

    def test_what_is_missing_is_created_first(self, us: Office) -> None:
        before = {each["id"] for each in us.read("customer")}
        planned = us.plan("ALL", location=MAIN)
        assert planned.plan.plan.counts["create customer"] == 1
        us.apply(planned)
        [created] = [each for each in us.read("customer") if each["id"] not in before]
        address = created["bill_to"]
        assert isinstance(address, dict)
        assert address["line1"]
        assert created["name"]
        assert created["due_days"] is not None

    def test_a_second_run_finds_nothing(self, us: Office) -> None:
        us.run("ALL", location=MAIN)
        ours = us.ours()
        planned = us.plan("AGAIN", location=MAIN)
        assert planned.plan.plan.changes == 0
        assert [each.code for each in us.findings(planned)] == ["BATCH_NOTHING_WAITS"]
        done = us.apply(planned)
        assert (done.ended, done.batches) == (Ended.COMPLETED, [])
        assert us.ours() == ours

    def test_planning_writes_nothing(self, us: Office) -> None:
        waiting = us.waiting()
        planned = us.plan("ALL", location=MAIN)
        assert us.waiting() == waiting
        assert us.ours() == []
        assert us.at_site("SELECT count(*) FROM batch") == [(0,)]
        assert [view.batch.state for view in planned.batches] == [BatchState.PLANNED]
        assert batches.list_batches(us.installation, APP) == []

    def test_the_preview_balances_and_is_what_the_books_show(self, us: Office) -> None:
        company = us.company
        with company.session() as session:
            before = {each.id: each.balance for each in session.trial_balance(None)}
        planned = us.plan("ALL", location=MAIN, kinds=INVOICES | EXPENSES)
        us.apply(planned)
        with company.session() as session:
            after = {each.id: each.balance for each in session.trial_balance(None)}
        moved = {name: after[name] - before.get(name, 0) for name in after}
        preview = {}
        for move in planned.batches[0].batch.preview:
            assert isinstance(move, dict)
            net = _cents(move["debit"]) - _cents(move["credit"])
            preview[str(move["account"])] = net
            if not move["estimated"]:
                assert moved[str(move["account"])] == net
        assert sum(preview.values()) == 0


def _cents(value: object) -> int:
    return int(str(value).replace(".", ""))


class TestSelection:
    """What is listed, and what of it is meant."""

    def test_only_locations_where_something_waits_are_listed(self, us: Office) -> None:
        found = batches.list_locations(us.installation, APP)
        assert [each.place.name for each in found] == [MAIN, BRANCH, TRAINING]
        us.run("ALL", location=BRANCH)
        found = batches.list_locations(us.installation, APP)
        assert [each.place.name for each in found] == [MAIN, TRAINING]

    def test_blank_means_all_locations(self, us: Office) -> None:
        everywhere = us.waiting()
        each = [us.waiting(location=name) for name in (MAIN, BRANCH, TRAINING)]
        assert sorted(everywhere) == sorted(number for some in each for number in some)

    def test_the_through_date_includes_its_own_day(self, us: Office) -> None:
        [(text,)] = us.at_site("SELECT date FROM invoice WHERE number = '10005'")
        day = date.fromisoformat(text[:10])
        assert "10005" in us.waiting(through=day)
        assert "10005" not in us.waiting(through=day - timedelta(days=1))

    @pytest.mark.parametrize(("kinds", "count"), [(INVOICES, 18), (EXPENSES, 4), (PROCUREMENT, 8)])
    def test_only_chosen_kinds(self, us: Office, kinds: frozenset[Kind], count: int) -> None:
        assert len(us.waiting(location=MAIN, kinds=kinds)) == count

    def test_documents_are_included_and_excluded_by_number(self, us: Office) -> None:
        included = us.waiting(include=frozenset({"10001", "10002"}))
        assert included == ["10001", "10002"]
        left = us.waiting(location=MAIN, kinds=INVOICES, exclude=frozenset({"10001"}))
        assert "10001" not in left
        assert len(left) == 17

    def test_a_document_that_does_not_wait_is_named(self, us: Office) -> None:
        with pytest.raises(ClaryError) as caught:
            us.plan("X", include=frozenset({"10001", "T1012"}))
        [found] = caught.value.findings
        assert (found.code, found.record) == ("BATCH_NOT_LISTED", "T1012")

    def test_an_unknown_location_is_refused_with_those_there_are(self, us: Office) -> None:
        with pytest.raises(ClaryError) as caught:
            us.waiting(location="Mars")
        assert caught.value.code == "BATCH_LOCATION_UNKNOWN"
        assert MAIN in caught.value.findings[0].remedy

    @pytest.mark.parametrize("detail", list(DetailLevel))
    def test_the_detail_decides_how_much_a_line_says(self, us: Office, detail: DetailLevel) -> None:
        us.run("D", include=frozenset({"10001"}), detail=detail)
        [posted] = us.posted("sales_invoice", "10001")
        lines = posted["lines"]
        assert isinstance(lines, list)
        texts = [str(line["description"]) for line in lines if isinstance(line, dict)]
        [(summary,)] = us.at_site(
            "SELECT l.summary FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id "
            "WHERE i.number = '10001' AND l.kind = 'service' LIMIT 1"
        )
        if detail is DetailLevel.DEFAULT:
            assert texts[0] == "Service"
        if detail is DetailLevel.DETAILED:
            assert any(str(summary) in text for text in texts)
        assert all(len(text) <= 160 for text in texts)

    def test_receipts_are_listed_under_their_purchase_order(self, us: Office) -> None:
        found = batches.list_unposted(
            us.installation, APP, batches.BatchAsked(location=MAIN, kinds=PROCUREMENT)
        )
        titles = {each.number: each.title for each in found}
        assert titles["PO-2002"] == "Item receipt (PO PO-2002)"
        assert "PO-2902" not in titles


class TestNumbers:
    """Numbers of batches are suggested, checked and used once."""

    def test_an_empty_number_is_refused_with_a_suggestion(self, us: Office) -> None:
        with pytest.raises(ClaryError) as caught:
            us.plan("", kinds=INVOICES)
        assert caught.value.code == "BATCH_IDENTIFIER_MISSING"
        today = f"{local_date(us.installation.clock):%Y%m%d}"
        assert f"{today}AL-I" in caught.value.findings[0].remedy

    def test_initials_may_be_stated(self, us: Office) -> None:
        with pytest.raises(ClaryError) as caught:
            us.plan(" ", kinds=EXPENSES, initials="bk")
        assert "BK-E" in caught.value.findings[0].remedy

    def test_a_number_that_connectwise_has_is_refused(self, us: Office) -> None:
        us.run("ONCE", include=frozenset({"10001"}))
        with pytest.raises(ClaryError) as caught:
            us.plan("once", include=frozenset({"10002"}))
        assert caught.value.code == "BATCH_IDENTIFIER_TAKEN"
        assert "once-1" in caught.value.findings[0].remedy

    def test_a_mixed_selection_is_split_by_kind(self, us: Office) -> None:
        done = us.run("20260131AL", location=BRANCH, split=True)
        assert {view.batch.identifier for view in done.batches} == {
            "20260131AL-I",
            "20260131AL-E",
            "20260131AL-P",
        }
        assert done.ended is Ended.COMPLETED
        assert us.half_batched() == []
        for view in done.batches:
            assert len(view.batch.kinds) == 1
            assert us.batched(view.batch.identifier)

    def test_one_batch_for_each_document(self, us: Office) -> None:
        chosen = frozenset({"10001", "10002"})
        done = us.run("D", include=chosen, batch_per=BatchPer.DOCUMENT)
        assert [view.batch.identifier for view in done.batches] == ["D-10001", "D-10002"]
        assert us.half_batched() == []
        assert us.waiting(include=chosen) == []


class TestOneByOne:
    """Documents of single kinds land where they belong."""

    def test_a_credit_memo_is_applied_to_its_invoice(self, us: Office) -> None:
        us.run("C", include=frozenset({"10012", "10013"}))
        [memo] = us.posted("credit_memo", "10013")
        [paid] = us.posted("sales_invoice", "10012")
        assert memo["applications"]
        assert memo["amount_due"] == "0.00"
        assert _cents(paid["amount_due"]) == _cents(paid["total"]) - _cents(memo["total"])

    def test_an_item_receipt_waits_for_its_bill_and_may_be_completed(self, us: Office) -> None:
        us.run("R", include=frozenset({"PO-2002"}))
        row = us.documents("R")["PO-2002"]
        [receipt] = [
            each for each in us.read("purchase") if str(each["transaction_number"]) == row.key
        ]
        assert receipt["waiting_on_bill"] is True
        assert receipt.get("number") is None
        assert receipt["customer_invoice_number"] == "PO-2002"
        us.change("purchase", row.key or "", number="V-77", waiting_on_bill=False)
        assert verify_a_batch(us.installation, APP, COMPANY, "R").ok

    def test_a_bill_carries_the_vendors_number_and_date(self, us: Office) -> None:
        us.run("R", include=frozenset({"INV-88120"}))
        [bill] = us.posted("purchase", "INV-88120")
        [(day,)] = us.at_site(
            "SELECT vendor_invoice_date FROM purchase_order "
            "WHERE vendor_invoice_number = 'INV-88120'"
        )
        assert bill["date"] == str(day)[:10]
        assert not bill.get("waiting_on_bill")
        assert bill["customer_invoice_number"] == "PO-2001"
