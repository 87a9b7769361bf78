"""What a verification looks at: everything that a batch was meant to hold, and no more."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from clary.cli.show_batch import show_verified
from clary.companies.keys import parse_key
from clary.flows.batch.register import Standing
from clary.flows.batch.requests import Decisions
from clary.flows.batch.verified import VerifyReport
from clary.hub.services.applying import Applying
from clary.hub.services.batch_running import Ended, run_a_batch
from clary.hub.services.batch_verifying import verify_a_batch
from clary.kernel.change import Verb
from clary.kernel.exit_codes import ExitCode
from clary.ledger.registry import record_type
from tests.hub.batch.office import (
    APP,
    COMPANY,
    EXPENSES,
    INVOICES,
    MAIN,
    PROCUREMENT,
    TRAINING,
    Office,
)

LEAVES_OUT = """
CREATE TRIGGER leaves_out AFTER UPDATE OF batch_id ON gl
WHEN new.batch_id IS NOT NULL AND new.document = 'I' AND new.document_id = 39002
BEGIN UPDATE gl SET batch_id = NULL WHERE id = new.id; END
"""
"""A site that silently leaves one document out of every batch."""


def verified(office: Office, number: str) -> VerifyReport:
    return verify_a_batch(office.installation, APP, COMPANY, number)


class TestHandled:
    """What Clary did not post is in the batch, and no account of the books moved for it."""

    @pytest.mark.parametrize("kinds", [INVOICES, EXPENSES, PROCUREMENT])
    def test_documents_that_were_cleared_alone(self, us: Office, kinds: frozenset[object]) -> None:
        done = us.run("C", location=MAIN, kinds=kinds, clears=True)
        assert set(done.batches[0].counts) == {Standing.HANDLED}
        report = verified(us, "C")
        assert report.ok, report.as_body()
        assert not any(each.connectwise or each.sage for each in report.accounts.values())

    def test_documents_among_others(self, us: Office) -> None:
        # A credit memo among the others pays 10012.
        some = frozenset(us.waiting(location=MAIN, kinds=INVOICES)[::2]) - {"10012"}
        planned = us.plan("M", location=MAIN, decisions=Decisions(handled=some))
        answer = run_a_batch(us.installation, planned.plan.plan.id, Applying())
        assert answer.batches[0].counts[Standing.HANDLED] >= len(some)
        assert answer.batches[0].counts[Standing.POSTED] > 0
        assert (answer.ended, answer.exit_status) == (Ended.COMPLETED, ExitCode.OK)
        [report] = answer.verified
        assert report.ok, report.as_body()
        assert any(each.connectwise for each in report.accounts.values())

    def test_one_of_two_receipts_of_an_order(self, us: Office) -> None:
        assert us.waiting(kinds=PROCUREMENT).count("PO-2005") == 2
        both = frozenset({"7-PS-7005-purchase", "7-PS-7006-purchase"})
        decided = Decisions(handled=frozenset({"purchase:7-PS-7005-purchase"}))
        done = us.run("O", include=both, decisions=decided)
        assert done.batches[0].counts == {Standing.HANDLED: 1, Standing.POSTED: 1}
        report = verified(us, "O")
        assert report.ok, report.as_body()

    def test_an_invoice_that_was_entered_by_hand(self, us: Office) -> None:
        us.run("B", include=frozenset({"10001"}))
        [made] = us.posted("sales_invoice", "10001")
        us.unbatch("B")
        body = {name: made[name] for name in ("customer_id", "date", "receivable_account_id")}
        line = {"amount": made["total"], "account_id": "40000"}
        us.enter("sales_invoice", {**body, "number": "10001", "lines": [line]})
        decided = Decisions(same=frozenset({"10001"}))
        us.run("H", include=frozenset({"10001", "10002"}), decisions=decided)
        report = verified(us, "H")
        assert report.ok, report.as_body()


class TestHeldOtherwise:
    """A site that makes a batch otherwise than it was asked to is no success."""

    def test_a_document_that_a_batch_lacks_is_an_error(self, us: Office) -> None:
        with us.edited_site() as file:
            file.execute(LEAVES_OUT)
        chosen = frozenset({"10001", "10002"})
        planned = us.plan("V", include=chosen)
        done = run_a_batch(us.installation, planned.plan.plan.id, Applying())
        assert (done.ended, done.exit_status) == (Ended.WITH_ERRORS, ExitCode.REJECTED)
        [error] = done.errors
        assert error.code == "BATCH_HELD_OTHERWISE"
        assert "it lacks 10002" in error.message
        [report] = done.verified
        assert not report.ok
        bad = [each.number for listed in report.lists for each in listed.bad]
        assert bad == ["10002"]
        with us.edited_site() as file:
            file.execute("DROP TRIGGER leaves_out")
        # As the error says: another batch finds it in the books and only marks it as posted.
        again = us.run("W", include=frozenset({"10002"}))
        assert again.ended is Ended.COMPLETED
        assert len(us.posted("sales_invoice", "10002")) == 1
        assert us.waiting(include=chosen) == []
        assert verified(us, "W").ok
        assert verified(us, "V").ok

    def test_entries_that_nobody_asked_for_are_an_error(self, us: Office) -> None:
        more = LEAVES_OUT.replace("SET batch_id = NULL WHERE id = new.id", "{}").format(
            "SET batch_id = new.batch_id WHERE document = 'I' AND document_id = 39003"
        )
        with us.edited_site() as file:
            file.execute(more)
        done = us.run("V", include=frozenset({"10002"}))
        assert done.ended is Ended.WITH_ERRORS
        assert [each.code for each in done.errors] == ["BATCH_HELD_OTHERWISE"]
        assert not verified(us, "V").ok

    def test_a_document_that_cannot_be_read_any_more_is_shown(self, us: Office) -> None:
        us.run("V", include=frozenset({"10001", "10002"}))
        us.site.act("spoil", document="invoice", number="10002", field="total", value=1)
        report = verified(us, "V")
        [bad] = [each for listed in report.lists for each in listed.bad]
        assert bad.number == "10002"
        assert "1.00" in " ".join(bad.differences)


class TestApplications:
    """A credit memo that ConnectWise applies is applied in Sage at least as much."""

    def test_what_sage_does_not_apply_is_a_difference(self, us: Office) -> None:
        us.run("C", include=frozenset({"10012", "10013"}))
        assert verified(us, "C").ok
        [memo] = us.posted("credit_memo", "10013")
        us.change("credit_memo", str(memo["transaction_number"]), applications=[])
        report = verified(us, "C")
        [bad] = [each for listed in report.lists for each in listed.bad]
        assert bad.number == "10013"
        assert all(each.startswith("applications") for each in bad.differences)

    def test_what_only_sage_applies_is_none(self, us: Office) -> None:
        number = us.site.act("add-invoice", company="KELLER-MARINE", lines=[{"price": 200}])
        us.run("C", good_only=True, include=frozenset({"10014", number["number"]}))
        [memo] = us.posted("credit_memo", "10014")
        [invoice] = us.posted("sales_invoice", number["number"])
        details = {
            "invoice": invoice["transaction_number"],
            "amount": "45.00",
            "date": str(invoice["date"]),
        }
        with us.at_sage() as session:
            key = parse_key(record_type("credit_memo"), str(memo["transaction_number"]))
            session.act("credit_memo", key, Verb.ALLOCATE, details)
        assert verified(us, "C").ok


class TestCurrencies:
    """Euros and pounds are never added to each other."""

    def test_each_currency_has_a_line_of_its_own(self, uk: Office) -> None:
        done = uk.run("UKT", location=TRAINING, good_only=True)
        assert done.ended is Ended.WITH_ERRORS
        report = verified(uk, "UKT")
        assert report.ok, report.as_body()
        sales = [each for each in report.lists if each.title == "Sales invoices"]
        assert [(e.currency, e.count, e.connectwise, e.sage) for e in sales] == [
            *(("GBP", 3, 102980, 102980), ("EUR", 1, 90000, 90000)),
        ]
        told = report.as_body()["lists"]
        assert isinstance(told, list)
        assert told[1]["currency"] == "EUR"
        out = Console(width=160, record=True, file=StringIO())
        show_verified(out, report)
        lines = out.export_text().splitlines()
        amounts = [line.split()[4:7] for line in lines if "Sales invoices" in line]
        assert amounts == [["GBP", "1,029.80", "1,029.80"], ["EUR", "900.00", "900.00"]]

    def test_another_currency_is_a_difference_of_the_document(self, uk: Office) -> None:
        lines = [{"price": 120}]
        number = str(uk.site.act("add-invoice", company="RHEINTEC", lines=lines)["number"])
        line = {"amount": "120.00", "account_id": "4000", "tax_code_id": "T0"}
        body = {"customer_id": "RHEINTEC", "currency": "EUR", "date": "2026-01-31"}
        uk.enter("sales_invoice", {**body, "number": number, "form": "ledger", "lines": [line]})
        decided = Decisions(same=frozenset({number}))
        uk.run("H", include=frozenset({number}), decisions=decided)
        report = verified(uk, "H")
        assert not report.ok
        [listed] = report.lists
        assert (listed.currency, listed.connectwise, listed.sage) == ("GBP", 12000, 0)
        [bad] = listed.bad
        assert "currency: GBP in ConnectWise, EUR in Sage" in bad.differences

    def test_pounds_for_a_customer_in_euros_are_refused_and_not_posted_as_euros(
        self, uk: Office
    ) -> None:
        lines = [{"price": 120}]
        number = str(uk.site.act("add-invoice", company="RHEINTEC", lines=lines)["number"])
        planned = uk.plan("G", include=frozenset({number}))
        assert uk.codes(planned, number) == ["CURRENCY_DIFFERS"]
        assert uk.apply(planned).ended is Ended.FAILED
        assert uk.posted("sales_invoice", number) == []


class TestSplit:
    """What was created is told with the batch that it was created for."""

    def test_a_new_record_is_told_with_the_batch_that_needs_it(self, us: Office) -> None:
        done = us.run("S", location=MAIN, split=True)
        assert done.ended is Ended.COMPLETED
        numbers = [view.batch.identifier for view in done.batches]
        created = {number: self.created(verified(us, number)) for number in numbers}
        assert created == {
            "S-P": {"New vendors": 1, "New items": 1},
            "S-I": {"New customers": 1},
            "S-E": {"New vendors": 1},
        }

    @staticmethod
    def created(report: VerifyReport) -> dict[str, int]:
        assert report.ok, report.as_body()
        new = [each for each in report.lists if each.title.startswith("New")]
        return {each.title: each.count for each in new}
