"""Everything that stands against a selection is said at once, before anything is written."""

from __future__ import annotations

from datetime import date

import pytest

from clary.flows.batch.overrides import MappingKind
from clary.flows.batch.register import BatchState, Standing
from clary.flows.batch.requests import Decisions
from clary.hub.services import apps, batch_mappings
from clary.hub.services.batch_running import Ended
from clary.hub.services.batch_verifying import why_not_listed
from clary.hub.services.batches import BatchAsked
from clary.hub.services.stated import Asked
from clary.kernel.errors import ClaryError, Severity
from tests.hub.batch.office import APP, COMPANY, INVOICES, MAIN, TRAINING, Office

EXPECTED = {
    "T1001": ["BATCH_WHY_NO_ACCOUNT_NUMBER"],
    "T1002": ["BATCH_ACCOUNT_UNKNOWN"],
    "T1003": ["BATCH_WHY_NO_GL_ENTRIES"],
    "T1004": ["BATCH_TAX_CODE_UNKNOWN"],
    "T1005": ["BATCH_ITEM_CLASS_ASSUMED"],
    "T1006": ["BATCH_CURRENCY_UNSUPPORTED"],
    "T1007": ["BATCH_TEXT_CLEANED"],
    "T1008": ["BATCH_ID_INVALID"],
    "T1009": ["BATCH_PARTY_AMBIGUOUS"],
    "T1010": ["PARTY_INACTIVE"],
    "T1011": ["PERIOD_CLOSED"],
    "T1013": ["CREDIT_ALWAYS_HOLD"],
    "199DWHITLOCK": ["BATCH_PARTY_MISSING"],
    "PO-2901": ["BATCH_WHY_NO_VENDOR"],
    "1-transfer": ["BATCH_TRANSFER_UNSUPPORTED"],
}
"""What is said of the deliberate gaps of the seeded site."""


class TestAllAtOnce:
    """One plan of the location where everything is wrong."""

    def test_every_gap_has_its_finding_with_a_remedy(self, us: Office) -> None:
        planned = us.plan("T", location=TRAINING)
        found = {number: us.codes(planned, number) for number in EXPECTED}
        assert found == EXPECTED
        assert all(each.remedy for each in us.findings(planned))

    def test_an_account_finding_tells_how_to_refresh_it(self, us: Office) -> None:
        planned = us.plan("T", include=frozenset({"T1002"}))
        [finding] = [e for e in us.findings(planned) if e.code == "BATCH_ACCOUNT_UNKNOWN"]
        assert "set it to Open, save, set it to Closed, save, then refresh" in finding.remedy

    def test_nothing_is_written_and_the_number_stays_free(self, us: Office) -> None:
        waiting, ours = us.waiting(), us.ours()
        done = us.run("T", location=TRAINING)
        assert done.ended is Ended.FAILED
        assert done.run is None
        assert done.exit_status == 6
        assert (us.waiting(), us.ours()) == (waiting, ours)
        assert us.run("T", location=MAIN).ended is Ended.COMPLETED

    def test_the_good_ones_may_go_and_the_rest_stays_queued(self, us: Office) -> None:
        done = us.run("T", location=TRAINING, good_only=True)
        assert done.ended is Ended.WITH_ERRORS
        assert done.exit_status == 5
        states = {number: each.state for number, each in us.documents("T").items()}
        assert {n for n, state in states.items() if state is Standing.POSTED} == {
            *("T1005", "T1007", "T1010", "T1014", "PO-2904", "3-adjustment")
        }
        assert us.half_batched() == []
        waiting = us.waiting(location=TRAINING)
        assert {n for n, state in states.items() if state is Standing.LEFT} == {
            *(number for number in waiting if number not in ("7", "8")),
            "199DWHITLOCK",
        }

    def test_the_rest_goes_into_a_batch_of_the_same_number(self, us: Office) -> None:
        us.run("T", location=TRAINING, good_only=True)
        batch_mappings.set_mapping(
            us.installation, APP, COMPANY, MappingKind.ACCOUNT, "49999", "40100"
        )
        second = us.run("", rest_of="T", good_only=True)
        assert [view.batch.identifier for view in second.batches] == ["T-1"]
        assert us.documents("T-1")["T1002"].state is Standing.POSTED
        third = us.plan("", rest_of="T-1")
        assert [view.batch.identifier for view in third.batches] == ["T-2"]
        assert "T1002" not in us.documents("T-1") or us.half_batched() == []

    def test_without_a_rest_there_is_nothing_to_go_on_with(self, us: Office) -> None:
        us.run("B", include=frozenset({"10001"}))
        with pytest.raises(ClaryError) as caught:
            us.plan("", rest_of="B")
        assert caught.value.code == "BATCH_COMPLETE"
        with pytest.raises(ClaryError) as caught:
            us.plan("", rest_of="NEVER")
        assert caught.value.code == "BATCH_UNKNOWN"


class TestCredit:
    """A customer's credit keeps back that invoice alone, or only warns."""

    def test_a_hold_keeps_back_that_invoice_alone(self, us: Office) -> None:
        planned = us.plan("C", include=frozenset({"10001", "T1013"}))
        assert planned.plan.plan.blocked == ()
        done = us.apply(planned)
        assert done.ended is Ended.WITH_ERRORS
        assert us.documents("C")["10001"].state is Standing.POSTED
        assert us.documents("C")["T1013"].state is Standing.LEFT
        assert us.waiting(include=frozenset({"T1013"})) == ["T1013"]

    @pytest.mark.parametrize(
        ("status", "ended", "code"),
        [
            ("no_credit_limit", Ended.COMPLETED, None),
            ("notify_over_limit", Ended.COMPLETED, "CREDIT_OVER_LIMIT"),
            ("always_notify", Ended.COMPLETED, "CREDIT_ALWAYS_NOTIFY"),
            ("hold_over_limit", Ended.FAILED, "CREDIT_OVER_LIMIT"),
            ("always_hold", Ended.FAILED, "CREDIT_ALWAYS_HOLD"),
        ],
    )
    def test_each_status(self, us: Office, status: str, ended: Ended, code: str | None) -> None:
        us.change("customer", "TOPAZ-LAW", credit_status=status, credit_limit="1.00")
        done = us.run("C", include=frozenset({"10002"}))
        assert done.ended is ended
        said = [*done.errors, *done.warnings]
        assert [each.code for each in said if each.code.startswith("CREDIT")] == (
            [] if code is None else [code]
        )
        if ended is Ended.FAILED:
            assert us.at_site("SELECT count(*) FROM batch") == [(0,)]
            assert us.waiting(include=frozenset({"10002"})) == ["10002"]


class TestDecisions:
    """What a person decides about single documents."""

    def test_one_entered_by_hand_is_asked_about(self, us: Office) -> None:
        key = self.by_hand(us)
        planned = us.plan("H", include=frozenset({"10001"}))
        [finding] = [e for e in us.findings(planned) if e.code == "BATCH_LOOKS_POSTED"]
        assert key in finding.message
        assert us.apply(planned).ended is Ended.FAILED
        assert len(us.posted("sales_invoice", "10001")) == 1

    def test_it_may_be_the_same(self, us: Office) -> None:
        key = self.by_hand(us)
        decided = Decisions(same=frozenset({"10001"}))
        done = us.run("H", include=frozenset({"10001"}), decisions=decided)
        assert done.ended is Ended.COMPLETED
        assert len(us.posted("sales_invoice", "10001")) == 1
        row = us.documents("H")["10001"]
        assert (row.key, row.state) == (key, Standing.HANDLED)
        assert us.waiting(include=frozenset({"10001"})) == []

    def test_it_may_be_another_one(self, us: Office) -> None:
        self.by_hand(us)
        decided = Decisions(other=frozenset({"10001"}))
        done = us.run("H", include=frozenset({"10001"}), decisions=decided)
        assert done.ended is Ended.COMPLETED
        assert len(us.posted("sales_invoice", "10001")) == 2

    @staticmethod
    def by_hand(us: Office) -> str:
        return us.enter(
            "sales_invoice",
            {
                "customer_id": "BRIDGE-INSURANCE",
                "number": "10001",
                "date": us.read("sales_invoice")[-1]["date"],
                "receivable_account_id": "11000",
                "lines": [{"account_id": "40100", "amount": "282.50", "tax_type": 2}],
            },
        )

    def test_transfers_may_be_marked_as_handled(self, us: Office) -> None:
        done = us.run(
            "T",
            include=frozenset({"1-transfer", "10001"}),
            decisions=Decisions(handled=frozenset({"1-transfer"})),
        )
        assert done.ended is Ended.COMPLETED
        assert us.documents("T")["1-transfer"].state is Standing.HANDLED
        assert us.waiting(include=frozenset({"1-transfer"})) == []
        assert us.half_batched() == []

    @pytest.mark.parametrize(
        ("creating", "code"),
        [("ask", "BATCH_RECORD_UNCONFIRMED"), ("refuse", "BATCH_RECORD_MISSING")],
    )
    def test_creation_asks_or_is_refused(self, us: Office, creating: str, code: str) -> None:
        apps.change_app(us.installation, APP, Asked(settings=(("create_vendors", creating),)))
        planned = us.plan("V", include=frozenset({"KITE-1"}))
        assert us.codes(planned, "KITE-1") == [code]
        confirmed = frozenset({"vendor:KITE-DISTRIBUTION"})
        done = us.run("V", include=frozenset({"KITE-1"}), confirmed=confirmed)
        assert done.ended is (Ended.COMPLETED if creating == "ask" else Ended.FAILED)

    def test_mapping_decisions_are_kept_with_their_history(self, us: Office) -> None:
        kind, places = MappingKind.ACCOUNT, (us.installation, APP, COMPANY)
        batch_mappings.set_mapping(*places, kind, "49999", "40100")
        batch_mappings.set_mapping(*places, kind, "49999", "40000")
        [current] = batch_mappings.list_mappings(*places)
        assert (current.target, current.author) == ("40000", "Ada Lovelace")
        history = batch_mappings.mapping_history(*places, kind, "49999")
        assert [each.target for each in history] == ["40100", "40000"]
        assert us.run("M", include=frozenset({"T1002"})).ended is Ended.COMPLETED
        batch_mappings.remove_mapping(*places, kind, "49999")
        assert batch_mappings.list_mappings(*places) == []

    def test_a_mapping_to_an_account_that_is_not_there_is_refused(self, us: Office) -> None:
        places = (us.installation, APP, COMPANY)
        with pytest.raises(ClaryError) as caught:
            batch_mappings.set_mapping(*places, MappingKind.ACCOUNT, "49999", "4000")
        assert caught.value.code == "BATCH_MAPPING_TARGET_UNKNOWN"
        assert "40000" in caught.value.findings[0].remedy

    def test_suggestions_are_made_and_never_applied(self, us: Office) -> None:
        found = batch_mappings.suggest_mappings(
            us.installation, COMPANY, MappingKind.CUSTOMER, "BRIDGEINS", "Bridge Insurance"
        )
        assert found[0].id == "BRIDGE-INSURANCE"
        assert batch_mappings.list_mappings(us.installation, APP, COMPANY) == []


class TestWhy:
    """For any document: why is it not listed?"""

    @pytest.mark.parametrize(
        ("name", "codes"),
        [
            ("10001", ["LISTED"]),
            ("T1012", ["INVOICE_OPEN"]),
            ("T1001", ["LISTED_ONLY", "NO_ACCOUNT_NUMBER"]),
            ("T1003", ["LISTED_ONLY", "NO_GL_ENTRIES"]),
            ("PO-2902", ["LINE_NOT_CLOSED"]),
            ("PO-2903", ["LINE_NOT_RECEIVED"]),
            ("PO-2901", ["LISTED_ONLY", "NO_VENDOR"]),
            ("expense:7", ["LISTED_ONLY", "NO_VENDOR"]),
            ("COUNT-9", ["LISTED"]),
            ("3-adjustment", ["LISTED"]),
            ("INV-88120", ["LISTED"]),
            ("PO-2001", ["LISTED"]),
            ("99999", ["UNKNOWN"]),
            ("99-adjustment", ["UNKNOWN"]),
        ],
    )
    def test_reasons(self, us: Office, name: str, codes: list[str]) -> None:
        found = why_not_listed(us.installation, APP, name, BatchAsked())
        assert [each.code.removeprefix("BATCH_WHY_") for each in found] == codes

    def test_another_location_and_a_later_date(self, us: Office) -> None:
        early = us.installation.clock.now().date().replace(year=2020)
        asked = BatchAsked(location=MAIN, through=early)
        codes = {each.code for each in why_not_listed(us.installation, APP, "10008", asked)}
        assert codes == {"BATCH_WHY_OTHER_LOCATION", "BATCH_WHY_LATER_DATE"}

    def test_today_is_the_last_day_unless_another_is_stated(self, us: Office) -> None:
        line = {"price": 1}
        us.site.act(
            "add-invoice", company="KELLER-MARINE", number="FUT", date="2090-01-01", lines=[line]
        )
        [late] = why_not_listed(us.installation, APP, "FUT", BatchAsked())
        assert late.code == "BATCH_WHY_LATER_DATE"
        assert us.waiting(include=frozenset({"FUT"})) == []
        asked = BatchAsked(through=date(2090, 1, 1))
        [listed] = why_not_listed(us.installation, APP, "FUT", asked)
        assert listed.code == "BATCH_WHY_LISTED"
        assert us.waiting(include=frozenset({"FUT"}), through=date(2090, 1, 1)) == ["FUT"]

    def test_a_count_that_is_open_or_of_a_later_day(self, us: Office) -> None:
        with us.edited_site() as site:
            site.execute("UPDATE adjustment SET closed = 0 WHERE identifier = 'COUNT-9'")
            site.execute("DELETE FROM gl WHERE document = 'A'")
        [found] = why_not_listed(us.installation, APP, "COUNT-9", BatchAsked())
        assert found.code == "BATCH_WHY_COUNT_OPEN"
        early = BatchAsked(through=date(2020, 1, 1))
        [found] = why_not_listed(us.installation, APP, "COUNT-1", early)
        assert found.code == "BATCH_WHY_LATER_DATE"

    def test_what_is_batched_already(self, us: Office) -> None:
        us.run("DONE", include=frozenset({"10001", "INV-88120", "4", "1-adjustment"}))
        for name, code in (
            ("10001", "BATCH_WHY_POSTED"),
            ("PO-2001", "BATCH_WHY_LINE_POSTED"),
            ("INV-88120", "BATCH_WHY_LINE_POSTED"),
            ("COUNT-1", "BATCH_WHY_COUNT_SETTLED"),
            ("1-adjustment", "BATCH_WHY_COUNT_SETTLED"),
            ("4", "BATCH_WHY_EXPENSE_SETTLED"),
        ):
            found = why_not_listed(us.installation, APP, name, BatchAsked())
            assert {each.code for each in found} == {code}


def test_spoilt_documents_are_said_one_by_one(us: Office) -> None:
    us.site.act("spoil", document="invoice", number="10001", field="total", value=1.005)
    us.site.act("spoil", document="invoice", number="10002", field="documentDate", value="soon")
    us.site.act("spoil", document="invoice", number="10003", field="total", value="999.00")
    chosen = frozenset({"10001", "10002", "10003", "10004"})
    planned = us.plan("S", include=chosen, kinds=INVOICES)
    errors = {e.record for e in us.findings(planned) if e.severity is Severity.ERROR and e.record}
    assert errors == {"invoice 10001", "invoice 10002", "invoice 10003"}
    assert us.apply(planned, good_only=True).ended is Ended.WITH_ERRORS
    assert us.documents("S")["10004"].state is Standing.POSTED
    assert us.documents("S")["10001"].state is Standing.LEFT


def test_a_plan_is_refused_once_an_invoice_was_changed(us: Office) -> None:
    planned = us.plan("S", include=frozenset({"10001", "10002"}))
    us.site.act("edit-invoice-line", invoice="10001", line=1, price=99)
    with pytest.raises(ClaryError) as caught:
        us.apply(planned)
    assert [each.code for each in caught.value.findings] == ["BATCH_STALE", "BATCH_DOCUMENT_STALE"]
    assert caught.value.findings[1].record == "invoice 10001"
    assert us.ours() == []
    assert us.apply(us.plan("S", include=frozenset({"10001"}))).ended is Ended.COMPLETED


def test_a_plan_is_refused_once_an_invoice_was_opened_again(us: Office) -> None:
    planned = us.plan("S", include=frozenset({"10001"}))
    us.site.act("open-invoice", invoice="10001")
    with pytest.raises(ClaryError) as caught:
        us.apply(planned)
    assert caught.value.findings[1].code == "BATCH_DOCUMENT_GONE"
    assert [view.batch.state for view in planned.batches] == [BatchState.PLANNED]
