"""Numbers of batches and documents mean one thing alone, or nothing is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from clary.flows.batch.kinds import Kind
from clary.flows.batch.pruning import prune_batches
from clary.flows.batch.requests import BatchPer, Decisions
from clary.flows.batch.tables import BATCH_DOCUMENTS, BATCHES
from clary.hub.installation import Installation
from clary.hub.services import batches
from clary.hub.services.batch_reruns import plan_a_rerun
from clary.hub.services.batch_running import Ended
from clary.hub.services.plans import prune_plans
from clary.kernel.clock import FixedClock
from clary.kernel.errors import ClaryError, Rejected, Severity
from clary.kernel.settings import read
from tests.hub.batch.office import APP, COMPANY, INVOICES, MAIN, PROCUREMENT, Office

BILL = "procurement:3-PS-7001-purchase"
LONG = "N" * 50


@pytest.fixture
def alike(us: Office) -> Office:
    """Return an office where a vendor's bill has the number of an invoice."""
    us.site.act("add-vendor-invoice", order="PO-2001", number="10001")
    return us


def batched(us: Office) -> list[str]:
    return [row[0] for row in us.at_site("SELECT identifier FROM batch ORDER BY id")]


class TestOfDocuments:
    """A name that several documents have is asked about."""

    @pytest.mark.parametrize("option", ["include", "exclude"])
    def test_a_selection(self, alike: Office, option: str) -> None:
        with pytest.raises(Rejected) as caught:
            alike.plan("L", **{option: frozenset({"10001", "10002"})})
        [finding] = caught.value.findings
        assert (finding.code, caught.value.exit_status) == ("BATCH_NAME_AMBIGUOUS", 2)
        assert finding.remedy == f"State which one is meant: invoice:39001, {BILL}."
        assert alike.waiting(include=frozenset({BILL})) == ["10001"]
        assert alike.waiting(include=frozenset({"purchase:3-PS-7001-purchase"})) == ["10001"]

    def test_a_decision(self, alike: Office) -> None:
        chosen = frozenset({"invoice:39001", BILL, "10002"})
        decisions = alike.decisions(handled=frozenset({"10001"}))
        with pytest.raises(Rejected) as caught:
            alike.plan("L", include=chosen, decisions=decisions)
        assert caught.value.code == "BATCH_NAME_AMBIGUOUS"
        assert rows(alike) == (0, 0)
        done = alike.run("L", include=chosen, decisions=alike.decisions(handled=frozenset({BILL})))
        assert done.ended is Ended.COMPLETED
        assert alike.posted("purchase", "10001") == []
        assert len(alike.posted("sales_invoice", "10001")) == 1

    def test_what_is_taken_back(self, alike: Office) -> None:
        alike.run("U", include=frozenset({"invoice:39001", BILL}))
        with pytest.raises(Rejected) as caught:
            alike.plan_unbatch("U", "10001")
        assert "invoice:39001, purchase:3-PS-7001-purchase" in caught.value.findings[0].remedy
        alike.unbatch("U", BILL)
        assert alike.waiting(include=frozenset({"invoice:39001"})) == []
        assert alike.waiting(include=frozenset({BILL})) == ["10001"]

    def test_what_a_rerun_leaves_out(self, alike: Office) -> None:
        alike.run("U", include=frozenset({"invoice:39001", BILL}))
        with pytest.raises(Rejected) as caught:
            looked_at(alike, "10001")
        assert caught.value.code == "BATCH_NAME_AMBIGUOUS"
        assert looked_at(alike, BILL.replace("procurement", "purchase")) == 1

    def test_a_bare_id_counts_where_nothing_else_fits(self, us: Office) -> None:
        assert us.waiting(include=frozenset({"39001"})) == ["10001"]
        assert us.waiting(include=frozenset({"5"})) == ["5"]
        added = us.site.act(
            "add-invoice", company="KELLER-MARINE", lines=[{"price": 10}], number="39001"
        )
        assert us.waiting(include=frozenset({"39001"})) == ["39001"]
        assert added["invoice"] != 39001

    def test_receipts_of_one_order_are_named_by_their_ids(self, us: Office) -> None:
        with pytest.raises(Rejected) as caught:
            us.waiting(include=frozenset({"PO-2005"}))
        assert "procurement:7-PS-7005-purchase" in caught.value.findings[0].remedy


def looked_at(us: Office, excluded: str) -> int:
    """Return how many documents a rerun without one looks at."""
    left_out = frozenset({excluded})
    made = plan_a_rerun(us.installation, APP, COMPANY, "U", Decisions(), exclude=left_out)
    return sum(made.counts.values())


class TestOfBatches:
    """A number is checked as ConnectWise will have it, before anything is posted."""

    def test_a_number_that_is_too_long_with_its_letter(self, us: Office) -> None:
        with pytest.raises(ClaryError) as caught:
            us.plan(LONG, split=True, kinds=INVOICES)
        assert caught.value.code == "BATCH_IDENTIFIER_INVALID"
        assert "52 characters" in str(caught.value)
        assert us.run(LONG[:48], split=True, include=frozenset({"10001"})).ended is Ended.COMPLETED
        assert batched(us) == [f"{LONG[:48]}-I"]

    def test_the_rest_of_the_longest_number_fits(self, us: Office) -> None:
        us.site.act("spoil", document="invoice", number="10002", field="accountNumber", value="NO")
        us.run(LONG, good_only=True, include=frozenset({"10001", "10002"}))
        us.site.act("spoil", document="invoice", number="10002", field="accountNumber")
        assert us.run("", rest_of=LONG, split=True).ended is Ended.COMPLETED
        assert batched(us) == [LONG, f"{LONG[:46]}-1-I"]

    def test_a_suggestion_with_a_split_is_free(self, us: Office) -> None:
        day = date(2099, 12, 31)
        us.run("20991231AL", split=True, kinds=INVOICES, include=frozenset({"10001"}))
        asked = {"split": True, "kinds": INVOICES, "through": day, "initials": "AL"}
        with pytest.raises(ClaryError) as caught:
            us.plan("", **asked)
        assert "20991231AL2." in caught.value.findings[0].remedy
        with pytest.raises(ClaryError) as caught:
            us.plan("20991231AL", **asked)
        assert "20991231AL-1;" in caught.value.findings[0].remedy
        assert us.plan("20991231AL-1", **asked).plan.plan.changes

    def test_the_last_day_that_there_is(self, us: Office) -> None:
        assert us.waiting(through=date.max, kinds=INVOICES) == us.waiting(kinds=INVOICES)
        found = batches.list_locations(us.installation, APP, date.max)
        assert found == batches.list_locations(us.installation, APP)


class TestOnePerDocument:
    """Each document gets a batch of its own, whatever numbers others have already."""

    def run(self, us: Office, number: str, *names: str) -> None:
        done = us.run(number, include=frozenset(names), batch_per=BatchPer.DOCUMENT)
        assert (done.ended, list(done.errors)) == (Ended.COMPLETED, [])
        assert us.half_batched() == []
        assert us.waiting(include=frozenset(names)) == []

    def test_the_number_of_an_earlier_batch_of_the_document(self, us: Office) -> None:
        for _ in range(3):
            self.run(us, "D", "10001")
            us.site.act("unbatch", invoice="10001")
        first, token, numbered = batched(us)
        assert (first, numbered) == ("D-10001", f"{token}-1")
        assert us.ours() == ["connectwise/demo:invoice%3A39001:1:1"]

    def test_the_number_of_another_batch(self, us: Office) -> None:
        us.run("x-10001", include=frozenset({"10002"}))
        self.run(us, "X", "10001")
        assert batched(us)[0] == "x-10001"
        assert len(set(map(str.casefold, batched(us)))) == 2

    def test_numbers_that_differ_in_case_alone(self, us: Office) -> None:
        lines = [{"price": 10}]
        added = us.site.act("add-invoice", company="KELLER-MARINE", lines=lines, number="po-2002")
        self.run(us, "K", "procurement:4-PS-7002-purchase", f"invoice:{added['invoice']}")
        assert len(set(map(str.casefold, batched(us)))) == 2

    def test_the_longest_number(self, us: Office) -> None:
        self.run(us, LONG, "10001")
        assert len(batched(us)[0]) == 50


def test_entries_of_two_documents_stop_the_plan(us: Office) -> None:
    sql = "SELECT id FROM gl WHERE document = 'I' AND document_id = ? ORDER BY id"
    own, other = ([row[0] for row in us.at_site(sql, number)] for number in (39001, 39002))
    listed = ",".join(map(str, [*own, other[0]]))
    us.site.act("spoil", document="invoice", number="10001", field="glEntryIds", value=listed)
    planned = us.plan("G", include=frozenset({"10001", "10002", "10003"}))
    [error] = [each for each in us.findings(planned) if each.severity is Severity.ERROR]
    assert error.code == "BATCH_ENTRIES_SHARED"
    assert "--exclude invoice:39001 --exclude invoice:39002" in error.remedy
    assert us.apply(planned, good_only=True).ended is Ended.FAILED
    without = frozenset({"invoice:39001", "invoice:39002"})
    done = us.run("G", location=MAIN, kinds=INVOICES, exclude=without)
    assert (done.ended, us.half_batched()) == (Ended.COMPLETED, [])


class TestStockWithoutPurchaseDate:
    """An adjustment has no purchase date, and is selected by the day it was closed."""

    def test_it_is_listed_and_counted(self, us: Office) -> None:
        [closed] = {
            date.fromisoformat(row[0][:10])
            for row in us.at_site("SELECT closed_on FROM adjustment WHERE id = 1")
        }
        before = closed - timedelta(days=1)
        assert "1-adjustment" in us.waiting(kinds=PROCUREMENT, through=closed)
        assert "1-adjustment" not in us.waiting(kinds=PROCUREMENT, through=before)
        listed = us.waiting(kinds=PROCUREMENT, through=closed)
        found = batches.list_locations(us.installation, APP, closed)
        assert sum(each.counts.get(Kind.PROCUREMENT, 0) for each in found) == len(listed)


def rows(us: Office) -> tuple[int, int]:
    """Return how many batches our copies hold, and how many documents."""
    with us.installation.database.read() as connection:
        return (
            connection.execute(select(func.count()).select_from(BATCHES)).scalar_one(),
            connection.execute(select(func.count()).select_from(BATCH_DOCUMENTS)).scalar_one(),
        )


class TestPruning:
    """What nobody applied is forgotten with its plan, what was applied never."""

    def later(self, us: Office, days: int) -> FixedClock:
        return FixedClock(us.installation.clock.now() + timedelta(days=days))

    def test_a_plan_past_its_retention_takes_its_batch_along(self, us: Office) -> None:
        stated = {"CLARY_SECRETS": "file", "CLARY_PLAN_RETENTION_DAYS": "30"}
        settings = read({**stated, "CLARY_HOME": str(us.folder / "home")})
        with Installation(settings, actor="Ada") as kept:
            brief = replace(us, installation=kept)
            brief.run("A", include=frozenset({"10001"}))
            brief.plan("B", include=frozenset({"10002"}))
            assert rows(us) == (2, 2)
            with Installation(settings, self.later(us, 29), "Ada") as soon:
                prune_plans(soon)
                assert rows(us) == (2, 2)
            with Installation(settings, self.later(us, 31), "Ada") as later:
                prune_plans(later)
        assert rows(us) == (1, 1)
        assert batches.show_batch(us.installation, APP, "A").batch.identifier == "A"

    def test_what_was_never_planned_to_the_end_goes_after_a_day(self, us: Office) -> None:
        planned = us.plan("B", include=frozenset({"10002"}))
        with us.installation.database.write() as connection:
            connection.execute(update(BATCHES).values(plan=None))
        prune_batches(us.installation.database, us.installation.clock)
        assert rows(us) == (1, 1)
        prune_batches(us.installation.database, self.later(us, 2))
        assert rows(us) == (0, 0)
        assert planned.batches
