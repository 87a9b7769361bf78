"""A document that comes once more, in another shape or from another side, is not posted twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from sqlite3 import connect
from typing import Any, cast

import httpx
import pytest

from clary.companies.contract import OriginFound, Query, Session
from clary.companies.keys import parse_key
from clary.companies.sandbox import SandboxCompany
from clary.engine.plan_store import PlanStore
from clary.engine.tables import JOURNAL
from clary.flows.batch.planning import plan_batch
from clary.flows.batch.requests import BatchRequest, Selection
from clary.flows.batch.rerun import Found
from clary.flows.batch.settings import BatchSettings
from clary.flows.payments.settled import Way
from clary.flows.payments.since import Start
from clary.hub.connections import ConnectionKind
from clary.hub.installation import Installation
from clary.hub.services import apps, batches
from clary.hub.services.applying import Applying, apply_plan, resume_run
from clary.hub.services.apps import leading_elsewhere
from clary.hub.services.batch_running import BatchRun, Ended, run_a_batch
from clary.hub.services.batch_sides import author_of, opened_sides
from clary.hub.services.batch_verifying import verify_a_batch
from clary.hub.services.batches import BatchAsked, BatchPlanned
from clary.hub.services.payments import plan_sync, run_sync
from clary.hub.services.runs import plan_the_undo
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.hub.services.stated import Asked
from clary.kernel.change import Body, Origin, Verb
from clary.kernel.errors import ClaryError, Finding
from clary.kernel.settings import read
from clary.ledger.registry import record_type
from tests.hub.batch.office import APP, COMPANY, EXPENSES, MAIN, Office, connect_app
from tests.sites import connectwise_site

OTHER = "beta"
ONE = frozenset({"10001"})
SIX = frozenset({"expense:6"})
"""An expense that is a document of its own; 1, 2 and 3 of another member come as one."""


def as_bills(office: Office, *, yes: bool) -> None:
    """Set up the accounting package to transfer expenses as bills, or as journal entries."""
    operation = {"op": "replace", "path": "transferExpensesAsBillFlag", "value": yes}
    httpx.patch(
        f"{office.site.url}/v4_6_release/apis/3.0/finance/accountingPackageSetup/1",
        json=[operation],
        auth=("demo+public", "private"),
        headers={"clientId": "tests"},
    ).raise_for_status()


def unbatch_expenses(office: Office, *expenses: str) -> None:
    for each in expenses:
        office.site.act("unbatch", expense=each)


def errors(planned: BatchPlanned, office: Office) -> list[str]:
    return [each.code for each in office.findings(planned) if each.severity.value == "error"]


def the_one(found: Sequence[Finding], code: str) -> Finding:
    [finding] = [each for each in found if each.code == code]
    return finding


# --- another record type than before --------------------------------------------------------


class TestAnotherRecordType:
    """Expenses were posted as a journal entry and come as a bill now, or the other way round."""

    def test_it_is_taken_back_and_posted_as_what_it_is_now(self, uk: Office) -> None:
        as_bills(uk, yes=False)
        uk.run("J", kinds=EXPENSES, location=MAIN)
        for number, bill in (("P", True), ("K", False)):
            unbatch_expenses(uk, "1", "2", "3", "6")
            as_bills(uk, yes=bill)
            planned = uk.plan(number, kinds=EXPENSES, location=MAIN)
            assert errors(planned, uk).count("BATCH_DOCUMENT_CHANGED") == 2
            decided = uk.decisions(repost=frozenset({"expense:1", "expense:6"}))
            done = uk.run(number, kinds=EXPENSES, location=MAIN, decisions=decided)
            assert (done.ended, done.errors) == (Ended.COMPLETED, [])
            assert len(uk.ours()) == 2
            name = "purchase" if bill else "journal_entry"
            assert {each.record_type for each in uk.documents(number).values()} == {name}
            assert verify_a_batch(uk.installation, APP, COMPANY, number).ok
        assert [each[-1] for each in uk.ours()] == ["2", "2"]
        assert uk.half_batched() == []

    def test_what_is_still_pending_as_the_old_one_is_not_posted(self, us: Office) -> None:
        self.removed(us)
        with us.installation.database.write() as connection:
            connection.execute(JOURNAL.update().values(state="uncertain"))
        planned = us.plan("J", include=SIX)
        assert errors(planned, us) == ["ORIGIN_PENDING", "BATCH_BLOCKED"]
        assert us.ours() == []

    def test_what_is_missing_as_the_old_one_is_asked_about(self, us: Office) -> None:
        self.removed(us)
        planned = us.plan("J", include=SIX)
        finding = the_one(us.findings(planned), "BATCH_DOCUMENT_CHANGED")
        assert "not in the books any more, and it would be a journal entry" in finding.message
        decided = us.decisions(repost=frozenset({"expense:6"}))
        done = us.run("J", include=SIX, decisions=decided)
        assert done.ended is Ended.COMPLETED
        assert us.ours() == ["connectwise/demo:expense%3A6:1:1"]

    def test_what_was_voided_as_the_old_one_is_posted_with_a_warning(self, us: Office) -> None:
        key = self.posted(us)
        us.void("purchase", key)
        done = us.run("J", include=SIX)
        assert done.ended is Ended.COMPLETED
        assert [each.code for each in done.warnings] == ["ORIGIN_REVERSED"]

    def removed(self, us: Office) -> None:
        key = self.posted(us)
        with us.at_sage() as session:
            session.delete("purchase", parse_key(record_type("purchase"), key))

    @staticmethod
    def posted(us: Office) -> str:
        """Post an expense as a bill, and let it come again as a journal entry."""
        us.run("E", include=SIX)
        [document] = us.documents("E").values()
        unbatch_expenses(us, "6")
        as_bills(us, yes=False)
        return document.key or ""


class Deleting:
    """A session during which a colleague deletes a document right after it was found."""

    def __init__(self, session: Session, us: Office, name: str, key: str) -> None:
        self._session = session
        self._us = us
        self._record = (name, key)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a session has
        return getattr(self._session, name)

    def find_origins(self, name: str, origins: Sequence[Origin]) -> Sequence[OriginFound]:
        found = self._session.find_origins(name, origins)
        with self._us.at_sage() as other:
            other.delete(name, parse_key(record_type(name), self._record[1]))
        return found


def test_what_is_deleted_while_it_is_looked_at_counts_as_missing(us: Office) -> None:
    us.run("B", include=ONE)
    key = us.documents("B")["10001"].key or ""
    us.site.act("unbatch", invoice="10001")
    with opened_sides(us.installation, APP, COMPANY) as sides:
        deleting = cast("Session", Deleting(sides.session, us, "sales_invoice", key))
        request = BatchRequest(Selection(include=ONE), "C")
        author = author_of(us.installation)
        plan = plan_batch(replace(sides, session=deleting), request, BatchSettings(), author)
    assert dict(plan.findings) == {"ORIGIN_MISSING": 1}
    assert dict(plan.counts)["create sales_invoice"] == 1
    assert apply_plan(us.installation, plan.id, Applying()).run.rejected == 1
    assert us.ours() == []


# --- the installation was lost --------------------------------------------------------------


@contextmanager
def fresh(us: Office) -> Iterator[tuple[Office, str]]:
    """Give an installation that knows nothing of what was posted, and the same books."""
    stated = {"CLARY_HOME": str(us.folder / "fresh"), "CLARY_SECRETS": "file"}
    with Installation(read(stated), actor="Ada Lovelace") as installation:
        connect_app(installation, us.site)
        yield Office(installation, us.site, us.folder), f"sandbox:{us.company.path}"


class TestExpensesWithoutARecord:
    """The books name the first expense of a document alone."""

    @pytest.mark.parametrize("bill", [True, False])
    def test_what_may_be_part_of_another_document_is_asked_about(
        self, us: Office, *, bill: bool
    ) -> None:
        as_bills(us, yes=bill)
        us.run("E", kinds=EXPENSES, location=MAIN)
        unbatch_expenses(us, "2", "3")
        with fresh(us) as (other, books):
            asked = BatchAsked(number="F", kinds=EXPENSES, location=MAIN)
            planned = batches.plan_a_batch(other.installation, APP, books, asked)
            finding = the_one(other.findings(planned), "BATCH_EXPENSES_UNKNOWN")
            assert "WEBB" in finding.message
            assert "--other" in finding.remedy
            decided = replace(asked, decisions=us.decisions(other=frozenset({"expense:2"})))
            planned = batches.plan_a_batch(other.installation, APP, books, decided)
            assert errors(planned, other) == []

    def test_what_surely_is_part_of_another_document_stays_out(self, us: Office) -> None:
        us.run("OFF", kinds=EXPENSES, include=SIX | {"expense:1"}, clears=True)
        us.run("E", kinds=EXPENSES, location=MAIN)
        assert us.ours() == ["connectwise/demo:expense%3A2:1:1"]
        us.unbatch("OFF")
        unbatch_expenses(us, "2", "3")
        with fresh(us) as (other, books):
            asked = BatchAsked(
                number="F",
                kinds=EXPENSES,
                location=MAIN,
                decisions=us.decisions(other=frozenset({"expense:1"})),
            )
            planned = batches.plan_a_batch(other.installation, APP, books, asked)
            assert errors(planned, other) == ["BATCH_EXPENSES_UNKNOWN", "BATCH_BLOCKED"]

    def test_later_expenses_and_those_of_others_are_not_asked_about(self, us: Office) -> None:
        us.run("E", kinds=EXPENSES, location=MAIN)
        unbatch_expenses(us, "2", "3")
        with us.edited_site() as connection:
            connection.execute("UPDATE expense SET date = '2027-01-04' WHERE id IN (2, 3)")
        with fresh(us) as (other, books):
            asked = BatchAsked(number="F", kinds=EXPENSES, location=MAIN, through=date(2027, 1, 31))
            planned = batches.plan_a_batch(other.installation, APP, books, asked)
            assert "BATCH_EXPENSES_UNKNOWN" not in errors(planned, other)


# --- another company ------------------------------------------------------------------------


def plan_into(us: Office, company: str, number: str, **asked: Any) -> BatchPlanned:  # noqa: ANN401
    return batches.plan_a_batch(us.installation, APP, company, BatchAsked(number=number, **asked))


def posted_to(us: Office, planned: BatchPlanned) -> BatchRun:
    return run_a_batch(us.installation, planned.plan.plan.id, Applying(), verify=False)


def ours_in(us: Office, company: str, name: str) -> list[str]:
    with SandboxCompany(us.installation.sandbox_file(company)).session() as session:
        return [
            str(each["origin"])
            for each in session.read(name, Query())
            if str(each.get("origin") or "").startswith("connectwise/")
            and each.get("reversed_by") is None
        ]


@pytest.fixture
def two(us: Office) -> Office:
    """Return an office that keeps the books of two companies."""
    create_sandbox(us.installation, NewSandbox(OTHER, "us", seed="demo"))
    return us


class TestTwoCompanies:
    """A document goes into the books of one."""

    def waiting(self, two: Office, planned: BatchPlanned) -> BatchRun:
        """Run a batch at a site that fails when the batch is to be made."""
        two.site.fault("error-before", method="POST", path="finance/accounting/batches", times=50)
        done = posted_to(two, planned)
        two.site.clear_faults()
        assert done.ended is Ended.WAITING
        return done

    def test_one_whose_run_waits_is_a_finding(self, two: Office) -> None:
        done = self.waiting(two, plan_into(two, COMPANY, "A", include=ONE))
        planned = plan_into(two, OTHER, "B", include=ONE)
        finding = the_one(two.findings(planned), "BATCH_OTHER_COMPANY")
        assert "Batch A has posted it to the company acme" in finding.message
        assert done.run is not None
        run = done.run.run.id
        assert f"clary runs undo {run}" in finding.remedy
        resume_run(two.installation, run, Applying())
        assert ours_in(two, OTHER, "sales_invoice") == []
        assert len(two.ours()) == 1

    def test_one_that_was_posted_and_comes_again_is_taken_back_there_first(
        self, two: Office
    ) -> None:
        posted_to(two, plan_into(two, COMPANY, "A", include=ONE))
        asked: dict[str, Any] = {"include": ONE}
        with two.edited_site() as connection:
            connection.execute("UPDATE gl SET batch_id = NULL WHERE document_id = 39001")
        finding = the_one(two.findings(plan_into(two, OTHER, "B", **asked)), "BATCH_OTHER_COMPANY")
        assert "clary batch unbatch psa acme A invoice:39001" in finding.remedy
        two.void("sales_invoice", two.documents("A")["10001"].key or "")
        decided = two.decisions(other=ONE)
        done = posted_to(two, plan_into(two, OTHER, "B", **asked, decisions=decided))
        assert done.ended is Ended.COMPLETED
        assert len(ours_in(two, OTHER, "sales_invoice")) == 1

    def test_one_that_was_taken_back_there_goes(self, two: Office) -> None:
        posted_to(two, plan_into(two, COMPANY, "A", include=ONE))
        two.unbatch("A")
        done = posted_to(two, plan_into(two, OTHER, "B", include=ONE))
        assert done.ended is Ended.COMPLETED
        assert two.ours() == []

    def test_plans_that_were_both_made_before_are_not_both_applied(self, two: Office) -> None:
        first = plan_into(two, COMPANY, "A", include=ONE)
        second = plan_into(two, OTHER, "B", include=ONE)
        self.waiting(two, first)
        with pytest.raises(ClaryError) as caught:
            posted_to(two, second)
        codes = [each.code for each in caught.value.findings]
        assert codes == ["BATCH_RIVALLED", "BATCH_DOCUMENT_RIVALLED"]
        assert ours_in(two, OTHER, "sales_invoice") == []

    def test_expenses_that_are_grouped_otherwise_are_known(self, two: Office) -> None:
        posted_to(two, plan_into(two, COMPANY, "A", kinds=EXPENSES, location=MAIN))
        unbatch_expenses(two, "2", "3")
        planned = plan_into(two, OTHER, "B", kinds=EXPENSES, location=MAIN)
        assert "BATCH_OTHER_COMPANY" in errors(planned, two)

    def test_expenses_that_a_run_of_these_books_still_posts_are_left_to_it(
        self, two: Office
    ) -> None:
        first = plan_into(two, COMPANY, "A", kinds=EXPENSES, location=MAIN)
        second = plan_into(
            two, COMPANY, "B", kinds=EXPENSES, location=MAIN, exclude=frozenset({"expense:1"})
        )
        done = self.waiting(two, first)
        with pytest.raises(ClaryError) as caught:
            posted_to(two, second)
        assert caught.value.code == "BATCH_RIVALLED"
        assert done.run is not None
        with two.installation.database.write() as connection:
            bills = JOURNAL.c.record_type == "purchase"
            connection.execute(JOURNAL.update().where(bills).values(state="sent"))
        planned = plan_into(
            two, COMPANY, "C", kinds=EXPENSES, location=MAIN, exclude=SIX | {"expense:1"}
        )
        finding = the_one(two.findings(planned), "BATCH_EXPENSES_WAITING")
        assert f"clary runs resume {done.run.run.id}" in finding.remedy


def test_a_copy_of_the_site_posts_nothing_a_second_time(us: Office, tmp_path: Path) -> None:
    copy = tmp_path / "staging"
    copy.mkdir()
    # What the site has written last may stand beside its file.
    with closing(connect(us.site.file)) as there, closing(connect(copy / "connectwise.db")) as here:
        there.backup(here)
    us.run("B", include=ONE)
    with connectwise_site(copy) as staging:
        settings = ("site", staging.url), ("company", "demo"), ("client_id", "tests")
        stated = Asked((*settings, ("public_key", "public")), (("private_key", "private"),))
        apps.add_app(us.installation, "staging", "connectwise", stated)
        asked = BatchAsked(number="S", include=ONE)
        planned = batches.plan_a_batch(us.installation, "staging", COMPANY, asked)
        assert "BATCH_POSTED_ALREADY" in {each.code for each in us.findings(planned)}
        assert posted_to(us, planned).ended is Ended.COMPLETED
    assert len(us.ours()) == 1


def test_another_site_of_the_same_company_id_is_another_one(us: Office, tmp_path: Path) -> None:
    """Two sites may well call a company, and an invoice, the same."""
    posted_to(us, plan_into(us, COMPANY, "A", include=ONE))
    create_sandbox(us.installation, NewSandbox(OTHER, "us", seed="demo"))
    with connectwise_site(tmp_path, "--seed", "us", "--invoices", "1") as site:
        settings = ("site", site.url), ("company", "demo"), ("client_id", "tests")
        stated = Asked((*settings, ("public_key", "public")), (("private_key", "private"),))
        apps.add_app(us.installation, "far", "connectwise", stated)
        planned = batches.plan_a_batch(
            us.installation, "far", OTHER, BatchAsked(number="B", include=ONE)
        )
        assert errors(planned, us) == []
        assert posted_to(us, planned).ended is Ended.COMPLETED
    assert len(us.ours()) == len(ours_in(us, OTHER, "sales_invoice")) == 1


@pytest.mark.parametrize(
    ("pin", "elsewhere"),
    [
        ("127.0.0.1/demo", []),
        ("elsewhere/demo", ["second"]),
        ("127.0.0.1/demo#another", ["second"]),
    ],
)
def test_what_leads_to_another_site_is_known(us: Office, pin: str, elsewhere: list[str]) -> None:
    own = us.installation.connections.get(APP, ConnectionKind.APP)
    us.installation.connections.add(replace(own, name="second", identity=own.identity))
    assert leading_elsewhere(us.installation, APP) == frozenset()
    second = us.installation.connections.get("second", ConnectionKind.APP)
    us.installation.connections.save(replace(second, identity=pin), second)
    assert sorted(leading_elsewhere(us.installation, APP)) == elsewhere


# --- entered by hand ------------------------------------------------------------------------


def drafted(planned: BatchPlanned, us: Office, name: str) -> Body:
    """Enter by hand what a plan creates first; return the body of its first document."""
    stored = PlanStore(us.installation.database).stored(planned.plan.plan.id)
    changes = [each.change for each in stored if each.change.system == COMPANY]
    for change in changes:
        if change.record_type in ("vendor", "item"):
            us.enter(change.record_type, change.after or {})
    return next(each.after or {} for each in changes if each.record_type == name)


class TestEnteredByHand:
    """What somebody entered before its batch came is asked about, whatever its kind."""

    def asked_about(self, us: Office, name: str, **fields: Any) -> tuple[Finding, str]:  # noqa: ANN401
        """Enter the first document of a plan by hand with other fields, and plan again."""
        asked: dict[str, Any] = fields.pop("asked")
        body = {**drafted(us.plan("B", **asked), us, name), **fields}
        key = us.enter(name, {field: value for field, value in body.items() if value is not None})
        return the_one(us.findings(us.plan("B", **asked)), "BATCH_LOOKS_POSTED"), key

    def test_goods_received_go_by_their_order(self, us: Office) -> None:
        asked: dict[str, Any] = {"include": frozenset({"PO-2002"})}
        finding, key = self.asked_about(us, "purchase", asked=asked)
        assert "PO-2002 of PARKER-ELECTRONICS for 544.00" in finding.message
        same = us.decisions(same=frozenset({"PO-2002"}))
        done = us.run("S", **asked, decisions=same)
        assert (done.ended, us.ours()) == (Ended.COMPLETED, [])
        assert us.documents("S")["PO-2002"].key == key

    def test_goods_received_that_have_their_bill_by_now(self, us: Office) -> None:
        asked: dict[str, Any] = {"include": frozenset({"PO-2002"})}
        finding, _ = self.asked_about(
            us, "purchase", asked=asked, number="V-7", waiting_on_bill=False
        )
        assert "--other purchase:" in finding.remedy
        done = us.run("S", **asked, decisions=us.decisions(other=frozenset({"PO-2002"})))
        assert (done.ended, len(us.ours())) == (Ended.COMPLETED, 1)

    def test_two_deliveries_of_one_order_are_both_posted(self, us: Office) -> None:
        asked: dict[str, Any] = {"include": frozenset({"PO-2002"})}
        body = drafted(us.plan("B", **asked), us, "purchase")
        with us.at_sage() as session:
            session.create("purchase", body, Origin("connectwise/demo", "purchase:999"))
        assert errors(us.plan("B", **asked), us) == []

    def test_another_bill_of_the_same_order_is_another_one(self, us: Office) -> None:
        asked = {"include": frozenset({"KITE-1"})}
        body = {**drafted(us.plan("B", **asked), us, "purchase"), "number": "OTHER-1"}
        us.enter("purchase", body)
        assert errors(us.plan("B", **asked), us) == []

    @pytest.mark.parametrize("number", ["kite-1", "Kite-1"])
    def test_a_number_in_another_case(self, us: Office, number: str) -> None:
        asked = {"include": frozenset({"KITE-1"})}
        finding, _ = self.asked_about(us, "purchase", asked=asked, number=number)
        assert number in finding.message

    def test_a_journal_entry(self, uk: Office) -> None:
        as_bills(uk, yes=False)
        asked: dict[str, Any] = {"include": SIX}
        finding, key = self.asked_about(uk, "journal_entry", asked=asked)
        assert "for 99.00 already" in finding.message
        done = uk.run("S", **asked, decisions=uk.decisions(same=SIX))
        assert (done.ended, uk.ours()) == (Ended.COMPLETED, [])
        [document] = uk.documents("S").values()
        assert (document.key, document.record_type) == (key, "journal_entry")

    def test_an_adjustment(self, us: Office) -> None:
        asked = {"include": frozenset({"procurement:1-adjustment"})}
        body = drafted(us.plan("B", **asked), us, "inventory_adjustment")
        lines = cast("list[dict[str, str]]", body["lines"])
        other = [{**each, "quantity": "7"} for each in lines]
        us.enter("inventory_adjustment", {**body, "lines": other})
        assert errors(us.plan("B", **asked), us) == []
        us.enter("inventory_adjustment", body)
        assert errors(us.plan("B", **asked), us) == ["BATCH_LOOKS_POSTED", "BATCH_BLOCKED"]


# --- taken back on purpose ------------------------------------------------------------------


class TestRerunOfWhatWasTakenBack:
    """What somebody voided is posted again only when a person says so."""

    def voided(self, us: Office) -> None:
        us.run("B", include=frozenset({"10001", "10002"}))
        us.void("sales_invoice", us.documents("B")["10001"].key or "")

    def test_it_is_shown_and_left_alone(self, us: Office) -> None:
        self.voided(us)
        planned, answer = us.rerun("B", post_missing=False)
        assert dict(planned.counts) == {Found.REVERSED: 1, Found.FOUND: 1}
        assert (answer.run.applied, answer.run.rejected) == (0, 1)
        assert us.said(answer) >= {"ORIGIN_VOIDED"}
        assert us.posted("sales_invoice", "10001") == []

    @pytest.mark.parametrize("one", [True, False])
    def test_it_is_posted_once_confirmed(self, us: Office, *, one: bool) -> None:
        self.voided(us)
        decided = {"repost": ONE} if one else {}
        _, answer = us.rerun("B", post_missing=not one, **decided)
        assert (answer.run.applied, answer.run.rejected) == (1, 0)
        assert len(us.posted("sales_invoice", "10001")) == 1
        assert verify_a_batch(us.installation, APP, COMPANY, "B").ok

    def test_it_may_be_left_out(self, us: Office) -> None:
        self.voided(us)
        planned, answer = us.rerun("B", exclude=ONE)
        assert dict(planned.counts) == {Found.FOUND: 1}
        assert (answer.run.applied, answer.run.rejected) == (0, 0)

    def test_what_an_undo_took_back_is_left_alone_too(self, us: Office) -> None:
        done = us.run("B", include=ONE)
        assert done.run is not None
        planned = plan_the_undo(us.installation, done.run.run.id)
        us.site.fault("error-before", method="DELETE", times=50)
        apply_plan(us.installation, planned.plan.id, Applying())
        us.site.clear_faults()
        compared, answer = us.rerun("B", post_missing=False)
        assert dict(compared.counts) == {Found.REVERSED: 1}
        assert (answer.run.applied, us.ours()) == (0, [])

    def test_a_changed_one_may_be_posted_anew(self, us: Office) -> None:
        us.run("B", include=ONE)
        with us.edited_site() as connection:
            connection.execute("UPDATE invoice SET customer_po = 'PO-77' WHERE number = '10001'")
        planned, answer = us.rerun("B")
        assert (dict(planned.counts), answer.run.applied) == ({Found.DIFFERENT: 1}, 0)
        remedy = planned.listed[0].remedy
        assert "--repost invoice:39001" in remedy
        assert "leave it as it is" in remedy
        _, answer = us.rerun("B", repost=ONE)
        assert (answer.run.applied, answer.run.rejected) == (2, 0)
        [posted] = us.posted("sales_invoice", "10001")
        assert posted["customer_po"] == "PO-77"
        assert str(posted["origin"]).endswith(":2")
        assert verify_a_batch(us.installation, APP, COMPANY, "B").ok


# --- credit memos ---------------------------------------------------------------------------


class TestAppliedLater:
    """A memo that was applied in Sage, and in ConnectWise by our own sync, is as it was."""

    def applied(self, us: Office) -> tuple[str, str]:
        """Post a memo and an invoice, and apply the one to the other in Sage and by a sync."""
        number = us.site.act("add-invoice", company="KELLER-MARINE", lines=[{"price": 200}])
        us.run("B", good_only=True, include=frozenset({"10014", number["number"]}))
        [memo] = us.posted("credit_memo", "10014")
        [invoice] = us.posted("sales_invoice", number["number"])
        details = {
            "invoice": invoice["transaction_number"],
            "amount": "45.00",
            "date": str(invoice["date"]),
        }
        key = str(memo["transaction_number"])
        with us.at_sage() as session:
            declared = record_type("credit_memo")
            session.act("credit_memo", parse_key(declared, key), Verb.ALLOCATE, details)
        planned = plan_sync(us.installation, APP, COMPANY, Start.LAST, Way.FALLBACK)
        run_sync(us.installation, planned, Applying())
        return key, str(number["number"])

    def test_a_rerun_finds_it(self, us: Office) -> None:
        self.applied(us)
        assert dict(us.plan_rerun("B").counts) == {Found.FOUND: 2}
        us.site.act("unbatch", invoice="10014")
        planned = us.plan("C", include=frozenset({"10014"}))
        assert us.codes(planned, "10014") == ["BATCH_POSTED_ALREADY"]

    def test_what_connectwise_applies_and_sage_does_not_is_different(self, us: Office) -> None:
        _, number = self.applied(us)
        *_, allocation = (each for each in us.read("allocation") if each["amount"] == "45.00")
        key = parse_key(record_type("allocation"), str(allocation["transaction_number"]))
        with us.at_sage() as session:
            session.act("allocation", key, Verb.UNALLOCATE, {})
        planned = us.plan_rerun("B")
        assert planned.counts[Found.DIFFERENT] == 1
        assert number in planned.listed[0].message

    def test_one_that_was_posted_as_applied(self, us: Office) -> None:
        memos = [each for each in us.waiting(location=MAIN) if each.startswith("100")]
        us.run("M", good_only=True, location=MAIN)
        stored = [each for each in us.read("credit_memo") if each.get("applications")]
        ours = [each for each in stored if each.get("number") in memos]
        assert ours
        assert dict(us.plan_rerun("M").counts).keys() == {Found.FOUND}
