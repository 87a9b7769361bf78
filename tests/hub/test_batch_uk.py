"""A batch into a UK company: ledger entries with VAT per line, references, codes, currencies."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from clary.companies.sandbox.acts import perform
from clary.flows.batch.overrides import MappingKind
from clary.flows.batch.register import Standing
from clary.flows.batch.requests import Decisions
from clary.flows.batch.rerun import Found
from clary.hub.services import batch_mappings, batches
from clary.hub.services.applying import Applying, apply_plan
from clary.hub.services.batch_reruns import plan_a_rerun
from clary.hub.services.batch_running import BatchRun, Ended
from clary.hub.services.batch_verifying import verify_a_batch
from clary.kernel.change import Body
from clary.kernel.errors import ClaryError
from clary.ledger.journal_text import Title
from tests.announcing import CLARY
from tests.hub.batch.office import APP, COMPANY, EXPENSES, MAIN, TRAINING, Office, prepare
from tests.hub.batch.shared import SharedSite, shared_site
from tests.judge import judge


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedSite]:
    prepared = tmp_path_factory.mktemp("uk-office")
    prepare(prepared, "uk")
    with shared_site(prepared, tmp_path_factory.mktemp("uk-site")) as site:
        yield site


@pytest.fixture
def uk(served: SharedSite, tmp_path: Path) -> Iterator[Office]:
    with served.office(tmp_path) as ready:
        yield ready


@pytest.fixture(scope="class")
def posted(
    served: SharedSite, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Office, BatchRun]]:
    """Give an office after one batch of everything of a location."""
    with served.office(tmp_path_factory.mktemp("whole")) as office:
        yield office, office.run("UK", location=MAIN)


def lines_of(body: Body) -> list[Body]:
    lines = body["lines"]
    assert isinstance(lines, list)
    return [line for line in lines if isinstance(line, dict)]


def cents(value: object) -> int:
    return int(str(value).replace(".", ""))


def command_in(remedy: str) -> list[str]:
    """Return the words after `clary batch map set` in a remedy."""
    _, _, command = remedy.partition("clary batch map set")
    return shlex.split(command.partition(";")[0])


def account_of(uk: Office, invoice: str) -> str:
    [(account,)] = uk.at_site(
        "SELECT c.accountNumber FROM company c JOIN invoice i ON i.bill_to_id = c.id "
        "WHERE i.number = ?",
        invoice,
    )
    return str(account)


class TestWholeLocation:
    """Every kind of document of one location, in one batch."""

    def test_it_is_completed(self, posted: tuple[Office, BatchRun]) -> None:
        office, done = posted
        assert (done.ended, done.errors) == (Ended.COMPLETED, [])
        documents = office.documents("UK")
        assert {each.state for each in documents.values()} == {Standing.POSTED}
        assert len(documents) == len(office.ours())
        assert (office.half_batched(), office.waiting(location=MAIN)) == ([], [])

    def test_the_books_agree_to_the_penny_and_line(self, posted: tuple[Office, BatchRun]) -> None:
        office, _ = posted
        report = verify_a_batch(office.installation, APP, COMPANY, "UK")
        assert report.ok, report.as_body()
        assert {listed.title for listed in report.lists} == {
            *("Sales invoices", "Sales credit notes", "Purchase invoices", "Expense bills"),
            *("Stock adjustments", "New customers", "New suppliers"),
        }
        assert report.cost_rows > 0

    def test_another_judge_agrees(self, posted: tuple[Office, BatchRun], hledger: str) -> None:
        office, _ = posted
        company = office.company
        info = company.info()
        with company.session() as session:
            title = Title(info.name, info.edition, info.currency)
            found, stated = judge(hledger, session, title)
        assert found == stated

    def test_sales_are_ledger_entries_with_vat_on_each_line(
        self, posted: tuple[Office, BatchRun]
    ) -> None:
        office, _ = posted
        [invoice] = office.posted("sales_invoice", "10002")
        assert (invoice["form"], invoice["posted"]) == ("ledger", True)
        charged = office.at_site(
            "SELECT l.amount, l.taxable FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id "
            "WHERE i.number = '10002' ORDER BY l.position"
        )
        assert {bool(taxable) for _, taxable in charged} == {True, False}
        rows = [
            (cents(line["amount"]), line["tax_code_id"], cents(line["tax_amount"]))
            for line in lines_of(invoice)
        ]
        assert rows == [
            (net, "T1" if taxable else "T0", net // 5 if taxable else 0) for net, taxable in charged
        ]
        assert cents(invoice["total"]) == sum(net + tax for net, _, tax in rows)
        assert all("item_id" not in line for line in lines_of(invoice))

    def test_a_credit_note_pays_the_invoice_it_belongs_to(
        self, posted: tuple[Office, BatchRun]
    ) -> None:
        office, _ = posted
        [note] = office.posted("credit_memo", "10013")
        [invoice] = office.posted("sales_invoice", "10012")
        assert note["amount_due"] == "0.00"
        assert cents(invoice["amount_due"]) == cents(invoice["total"]) - cents(note["total"])

    def test_bills_and_expenses_are_purchase_invoices(
        self, posted: tuple[Office, BatchRun]
    ) -> None:
        office, _ = posted
        [bill] = office.posted("purchase", "R-5531")
        taxed = [line for line in lines_of(bill) if line["tax_code_id"] == "T1"]
        assert cents(bill["tax_total"]) == sum(cents(line["tax_amount"]) for line in taxed) > 0
        [spent] = [each for each in office.read("purchase") if each["vendor_id"] == "WEBBM"]
        [(total,)] = office.at_site(
            "SELECT sum(e.amount) FROM expense e JOIN member m ON m.id = e.member_id "
            "WHERE m.identifier = 'MWEBB'"
        )
        assert cents(spent["total"]) == total
        assert {line["tax_code_id"] for line in lines_of(spent)} == {"T0"}

    def test_what_was_missing_was_created(self, posted: tuple[Office, BatchRun]) -> None:
        office, _ = posted
        customers = {each["id"]: each for each in office.read("customer")}
        vendors = {each["id"]: each for each in office.read("vendor")}
        assert customers["HELIOSVE"]["name"] == "Helios Ventures Ltd"
        address = customers["HELIOSVE"]["bill_to"]
        assert isinstance(address, dict)
        assert (address["line1"], address["zip"], address["country"]) == (
            *("9 Station Street", "CB7 4AA", "GB"),
        )
        assert vendors["WEBBM"]["name"] == "Marcus Webb"
        assert vendors["KITEDIST"]["name"] == "Kite Distribution Ltd"

    def test_a_rerun_writes_nothing(self, posted: tuple[Office, BatchRun]) -> None:
        office, _ = posted
        ours, held = office.ours(), office.batched("UK")
        planned = plan_a_rerun(office.installation, APP, COMPANY, "UK", Decisions())
        assert planned.counts == {Found.FOUND: len(ours)}
        assert (planned.new, planned.posts) == (0, 0)
        run = apply_plan(office.installation, planned.plan.plan.id, Applying()).run
        assert (run.applied, run.skipped) == (0, len(ours))
        assert (office.ours(), office.batched("UK")) == (ours, held)


class TestUnbatching:
    """UK books are never edited: what is taken back is reversed."""

    def test_an_invoice_is_reversed_and_may_be_posted_again(self, uk: Office) -> None:
        chosen = frozenset({"10001", "10002"})
        uk.run("UK", include=chosen)
        [before] = uk.posted("sales_invoice", "10001")
        trail = self.trail(uk)
        uk.unbatch("UK", "10001")
        assert self.trail(uk)[: len(trail)] == trail
        assert len(self.trail(uk)) > len(trail)
        assert uk.posted("sales_invoice", "10001") == []
        every = {each["transaction_number"]: each for each in uk.read("sales_invoice", live=False)}
        original = every[before["transaction_number"]]
        assert original["lines"] == before["lines"]
        assert original["reversed_by"] is not None
        assert uk.waiting(include=chosen) == ["10001"]
        assert verify_a_batch(uk.installation, APP, COMPANY, "UK").ok
        assert uk.run("UK-2", include=frozenset({"10001"})).ended is Ended.COMPLETED
        assert len(uk.posted("sales_invoice", "10001")) == 1

    @staticmethod
    def trail(uk: Office) -> list[tuple[int, str, int]]:
        """Return the rows of the audit trail, the oldest first."""
        with uk.company.session() as session:
            rows = sorted(session.ledger_rows(), key=lambda row: row.transaction_number)
            return [(row.transaction_number, row.account_id, row.amount) for row in rows]


class TestReferences:
    """Account numbers become references of 8 upper-case letters and digits, once confirmed."""

    LUMEN = frozenset({"T1014"})

    def test_the_command_of_the_finding_confirms_one_for_good(self, uk: Office) -> None:
        planned = uk.plan("R", include=self.LUMEN)
        [finding] = [e for e in uk.findings(planned) if e.code == "BATCH_REFERENCE_UNCONFIRMED"]
        assert uk.apply(planned).ended is Ended.FAILED
        assert "LUMENGAL" not in {each["id"] for each in uk.read("customer")}
        words = command_in(finding.remedy)
        assert words == [APP, COMPANY, "customer", "Lumen Gallery", "LUMENGAL"]
        told = self.by_command(uk, words)
        assert told == "customer Lumen Gallery becomes LUMENGAL.\n"
        assert uk.run("R", include=self.LUMEN).ended is Ended.COMPLETED
        made = uk.site.act("add-invoice", company="Lumen Gallery", lines=[{"price": 10}])
        again = uk.plan("R-2", include=frozenset({made["number"]}))
        assert uk.codes(again, made["number"]) == []
        assert uk.apply(again).ended is Ended.COMPLETED
        billed = [*uk.posted("sales_invoice", "T1014"), *uk.posted("sales_invoice", made["number"])]
        assert [each["customer_id"] for each in billed] == ["LUMENGAL", "LUMENGAL"]

    @staticmethod
    def by_command(uk: Office, words: list[str]) -> str:
        home = {"CLARY_HOME": str(uk.folder / "home"), "CLARY_SECRETS": "file"}
        done = subprocess.run(
            [CLARY, "batch", "map", "set", *words],
            env={**os.environ, **home},
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        return done.stdout

    def test_another_reference_may_be_chosen_and_is_stored_in_upper_case(self, uk: Office) -> None:
        stored = self.map(uk, "Lumen Gallery", " gallery1 ")
        assert stored == "GALLERY1"
        uk.run("R", include=self.LUMEN)
        assert [each["customer_id"] for each in uk.posted("sales_invoice", "T1014")] == [stored]

    def test_one_of_a_customer_that_is_there_creates_nobody(self, uk: Office) -> None:
        self.map(uk, "Lumen Gallery", account_of(uk, "10001"))
        planned = uk.plan("R", include=self.LUMEN)
        assert "create customer" not in planned.plan.plan.counts
        assert not planned.plan.plan.blocked

    @pytest.mark.parametrize("target", ["VERY LONG", "NINELETTR", "A-B"])
    def test_what_sage_cannot_hold_is_refused(self, uk: Office, target: str) -> None:
        with pytest.raises(ClaryError) as caught:
            self.map(uk, "Lumen Gallery", target)
        assert caught.value.code == "BATCH_MAPPING_TARGET_INVALID"
        assert batch_mappings.list_mappings(uk.installation, APP, COMPANY) == []

    def test_a_proposal_is_never_somebody_elses(self, uk: Office) -> None:
        taken = str(uk.read("customer")[0]["id"])
        with uk.edited_site() as site:
            for number, account in (("10001", f"{taken}-1"), ("10002", f"{taken} 2")):
                site.execute(
                    "UPDATE company SET body = json_set(body, '$.accountNumber', ?1, '$.name', ?2) "
                    "WHERE id = (SELECT bill_to_id FROM invoice WHERE number = ?3)",
                    (account, taken, number),
                )
        planned = uk.plan("R", include=frozenset({"10001", "10002"}))
        found = [e for e in uk.findings(planned) if e.code == "BATCH_REFERENCE_UNCONFIRMED"]
        proposed = [command_in(each.remedy)[-1] for each in found]
        assert proposed == [f"{taken[:7]}1", f"{taken[:7]}2"]

    def test_one_in_lower_case_is_the_same_account(self, uk: Office) -> None:
        account = account_of(uk, "10001")
        with uk.edited_site() as site:
            site.execute(
                "UPDATE company SET body = json_set(body, '$.accountNumber', lower(accountNumber)) "
                "WHERE accountNumber = ?",
                (account,),
            )
        uk.run("R", include=frozenset({"10001"}))
        assert [each["customer_id"] for each in uk.posted("sales_invoice", "10001")] == [account]

    @staticmethod
    def map(uk: Office, source: str, target: str) -> str:
        places = (uk.installation, APP, COMPANY, MappingKind.CUSTOMER)
        return batch_mappings.set_mapping(*places, source, target).target


class TestCodes:
    """Nominals, tax codes and departments."""

    def test_an_unknown_nominal_is_mapped_as_its_finding_says(self, uk: Office) -> None:
        chosen = frozenset({"T1002"})
        planned = uk.plan("N", include=chosen)
        [finding] = [e for e in uk.findings(planned) if e.code == "BATCH_ACCOUNT_UNKNOWN"]
        app, company, kind, source, target = command_in(finding.remedy)
        assert (app, company, source, target) == (APP, COMPANY, "4999", "ACCOUNT")
        batch_mappings.set_mapping(uk.installation, app, company, MappingKind(kind), source, "4001")
        assert uk.run("N", include=chosen).ended is Ended.COMPLETED
        [posted] = uk.posted("sales_invoice", "T1002")
        assert {line["account_id"] for line in lines_of(posted)} == {"4001"}

    @pytest.mark.parametrize("xref", ["1", "t1"])
    def test_a_tax_xref_may_leave_out_its_letter(self, uk: Office, xref: str) -> None:
        with uk.edited_site() as site:
            for table, field in (("tax_code_level", ""), ("tax_code", "levelOne")):
                name = f"$.{field}TaxCodeXref" if field else "$.taxCodeXref"
                site.execute(
                    f"UPDATE {table} SET body = json_set(body, ?1, ?2) "
                    "WHERE json_extract(body, ?1) = 'T1'",
                    (name, xref),
                )
            site.execute("UPDATE gl SET sales_code = ? WHERE sales_code = 'T1'", (xref,))
        assert uk.run("X", include=frozenset({"10002", "R-5531"})).ended is Ended.COMPLETED
        [invoice], [bill] = uk.posted("sales_invoice", "10002"), uk.posted("purchase", "R-5531")
        assert cents(invoice["tax_total"]) * cents(bill["tax_total"]) > 0
        codes = {line["tax_code_id"] for line in (*lines_of(invoice), *lines_of(bill))}
        assert codes == {"T0", "T1"}

    def test_an_unknown_tax_code_is_said_once_and_mapped_in_either_form(self, uk: Office) -> None:
        chosen = frozenset({"T1004"})
        planned = uk.plan("X", include=chosen)
        assert uk.codes(planned, "T1004") == ["BATCH_TAX_CODE_UNKNOWN"]
        places = (uk.installation, APP, COMPANY, MappingKind.TAX_CODE, "T777")
        assert batch_mappings.set_mapping(*places, "t5").target == "T5"
        assert batch_mappings.set_mapping(*places, "1").target == "T1"
        assert not uk.plan("X", include=chosen).plan.plan.blocked

    def test_a_class_is_a_department(self, uk: Office) -> None:
        self.tell(uk, "10002", "detail/0/glClass", "2")
        self.tell(uk, "10003", "detail/0/glClass", "LAB")
        self.tell(uk, "10004", "detail/0/accountNumber", "4000-3")
        planned = uk.plan("D", include=frozenset({"10002", "10003", "10004"}))
        assert uk.codes(planned, "10003") == ["BATCH_DEPARTMENT_UNKNOWN"]
        assert uk.apply(planned).ended is Ended.COMPLETED
        assert (self.department(uk, "10002"), self.department(uk, "10004")) == ("2", "3")
        assert verify_a_batch(uk.installation, APP, COMPANY, "D").ok

    def test_classes_and_locations_are_mapped_to_departments(self, uk: Office) -> None:
        places = (uk.installation, APP, COMPANY, MappingKind.DEPARTMENT)
        assert batch_mappings.set_mapping(*places, "LAB", "04").target == "4"
        batch_mappings.set_mapping(*places, MAIN, "1")
        self.tell(uk, "10003", "detail/0/glClass", "LAB")
        done = uk.run("D", include=frozenset({"10002", "10003"}))
        assert (done.ended, done.warnings) == (Ended.COMPLETED, [])
        assert (self.department(uk, "10002"), self.department(uk, "10003")) == ("1", "4")
        with pytest.raises(ClaryError) as caught:
            batch_mappings.set_mapping(*places, "LAB", "99")
        assert caught.value.code == "BATCH_MAPPING_TARGET_UNKNOWN"

    @staticmethod
    def tell(uk: Office, number: str, field: str, value: object) -> None:
        uk.site.act("spoil", document="invoice", number=number, field=field, value=value)

    @staticmethod
    def department(uk: Office, number: str) -> object:
        [posted] = uk.posted("sales_invoice", number)
        return lines_of(posted)[0].get("department_id")


class TestForeign:
    """Documents in euros: with Foreign Trader they keep their currency."""

    LINES = (
        {"price": 33.33, "taxable": True},
        {"price": 0.05},
        {"price": 12.17, "taxable": True},
    )

    def euros(self, uk: Office, **more: object) -> str:
        lines = list(self.LINES)
        made = uk.site.act("add-invoice", company="RHEINTEC", currency=2, lines=lines, **more)
        return str(made["number"])

    def test_they_are_posted_and_agree_in_both_currencies(self, uk: Office) -> None:
        numbers = frozenset(
            {self.euros(uk), self.euros(uk), self.euros(uk, type="CreditMemo"), "T1006", "10002"}
        )
        assert uk.run("EUR", include=numbers).ended is Ended.COMPLETED
        [invoice] = uk.posted("sales_invoice", "T1006")
        assert (invoice["currency"], invoice["total"]) == ("EUR", "900.00")
        rate = invoice["exchange_rate"]
        assert isinstance(rate, str)
        report = verify_a_batch(uk.installation, APP, COMPANY, "EUR")
        assert report.ok, report.as_body()
        with uk.company.session() as session:
            number = invoice["transaction_number"]
            rows = [e.amount for e in session.ledger_rows() if e.transaction_number == number]
        assert max(rows) == round(90000 / float(rate))

    def test_without_foreign_trader_there_is_a_finding(self, uk: Office) -> None:
        perform(uk.installation.sandbox_file(COMPANY), "foreign-trader", ["off"], {})
        planned = uk.plan("EUR", include=frozenset({"T1006"}))
        assert "BATCH_FOREIGN_TRADER_NEEDED" in uk.codes(planned, "T1006")
        assert uk.apply(planned).ended is Ended.FAILED
        assert uk.ours() == []


GAPS = {
    "T1001": ["BATCH_WHY_NO_ACCOUNT_NUMBER"],
    "T1002": ["BATCH_ACCOUNT_UNKNOWN"],
    "T1003": ["BATCH_WHY_NO_GL_ENTRIES"],
    "T1004": ["BATCH_TAX_CODE_UNKNOWN"],
    "T1005": [],
    "T1006": [],
    "T1007": ["BATCH_TEXT_CLEANED"],
    "T1008": ["BATCH_REFERENCE_UNCONFIRMED"],
    "T1009": ["BATCH_PARTY_AMBIGUOUS"],
    "T1010": ["PARTY_INACTIVE"],
    "T1011": [],
    "T1014": ["BATCH_REFERENCE_UNCONFIRMED"],
    "3-adjustment": ["STOCK_SHORT"],
    "1-transfer": ["BATCH_TRANSFER_UNSUPPORTED"],
    "PO-2901": ["BATCH_WHY_NO_VENDOR"],
    "PO-2904": ["BATCH_RECEIPT_UNSUPPORTED"],
}
"""What is said of the deliberate gaps of the seeded site; UK books take any day and euros."""


def test_every_gap_has_its_finding_and_the_good_ones_go(uk: Office) -> None:
    planned = uk.plan("T", location=TRAINING)
    assert {number: uk.codes(planned, number) for number in GAPS} == GAPS
    assert all(each.remedy for each in uk.findings(planned))
    assert uk.apply(planned).ended is Ended.FAILED
    assert uk.ours() == []
    done = uk.run("T", location=TRAINING, good_only=True)
    assert (done.ended, uk.half_batched()) == (Ended.WITH_ERRORS, [])
    documents = uk.documents("T")
    states = {number: documents[number].state for number in GAPS}
    good = {number for number, codes in GAPS.items() if codes in ([], ["BATCH_TEXT_CLEANED"])}
    assert {number for number, state in states.items() if state is Standing.POSTED} == good
    assert {state for number, state in states.items() if number not in good} == {Standing.LEFT}
    rest = uk.plan(rest_of="T")
    assert [view.batch.identifier for view in rest.batches] == ["T-1"]
    left = {each.source for each in documents.values() if each.state is Standing.LEFT}
    again = batches.batch_documents(uk.installation, rest.batches[0])
    assert {each.source for each in again} == left


class TestWhatTheEditionHasNot:
    """Findings, each with what to do, and the way on."""

    def test_transfers_and_goods_without_a_bill(self, uk: Office) -> None:
        planned = uk.plan("G", include=frozenset({"PO-2904", "1-transfer"}))
        assert uk.codes(planned, "PO-2904") == ["BATCH_RECEIPT_UNSUPPORTED"]
        assert uk.codes(planned, "1-transfer") == ["BATCH_TRANSFER_UNSUPPORTED"]
        done = uk.run("G", include=frozenset({"1-transfer"}), clears=True)
        assert done.ended is Ended.COMPLETED
        assert uk.waiting(include=frozenset({"1-transfer"})) == []

    def test_expenses_may_leave_as_a_journal(self, uk: Office) -> None:
        self.as_journal(uk)
        done = uk.run("J", kinds=EXPENSES, location=MAIN)
        assert done.ended is Ended.COMPLETED
        documents = uk.documents("J").values()
        assert {each.record_type for each in documents} == {"journal_entry"}
        assert uk.half_batched() == []
        report = verify_a_batch(uk.installation, APP, COMPANY, "J")
        assert report.ok, report.as_body()

    def test_a_journal_of_nobody_is_one_document_and_marked_whole(self, uk: Office) -> None:
        self.as_journal(uk)
        planned = uk.plan("J", kinds=EXPENSES, location=TRAINING)
        [document] = batches.batch_documents(uk.installation, planned.batches[0])
        assert (len(document.rows), document.total) == (2, 10600)
        done = uk.run("J", kinds=EXPENSES, location=TRAINING, clears=True)
        assert done.ended is Ended.COMPLETED
        assert (uk.half_batched(), uk.waiting(kinds=EXPENSES, location=TRAINING)) == ([], [])

    @staticmethod
    def as_journal(uk: Office) -> None:
        done = httpx.patch(
            f"{uk.site.url}/v4_6_release/apis/3.0/finance/accountingPackageSetup/1",
            json=[{"op": "replace", "path": "transferExpensesAsBillFlag", "value": False}],
            auth=("demo+public", "private"),
            headers={"clientId": "tests"},
        )
        assert done.status_code == httpx.codes.OK, done.text
