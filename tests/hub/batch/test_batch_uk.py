"""The same batch into a UK company: account references, nominals, VAT, departments."""

from __future__ import annotations

from clary.flows.batch.overrides import MappingKind
from clary.flows.batch.register import Standing
from clary.hub.services.batch_mappings import set_mapping
from clary.hub.services.batch_running import Ended
from clary.hub.services.batch_verifying import verify_a_batch
from tests.hub.batch.office import APP, BRANCH, COMPANY, MAIN, TRAINING, Office


def test_a_location_is_posted_and_agrees(uk: Office) -> None:
    done = uk.run("UK", location=MAIN)
    assert done.ended is Ended.COMPLETED
    assert uk.waiting(location=MAIN) == []
    assert uk.half_batched() == []
    report = verify_a_batch(uk.installation, APP, COMPANY, "UK")
    assert report.ok, report.as_body()
    titles = {listed.title for listed in report.lists}
    assert titles >= {"Sales invoices", "Sales credit notes", "Purchase invoices"}


def test_invoices_are_ledger_entries_with_vat_by_line(uk: Office) -> None:
    uk.run("UK", location=BRANCH)
    row = next(each for each in uk.documents("UK").values() if each.record_type == "sales_invoice")
    [posted] = [e for e in uk.read("sales_invoice") if str(e["transaction_number"]) == row.key]
    assert posted["form"] == "ledger"
    lines = posted["lines"]
    assert isinstance(lines, list)
    assert all(isinstance(line, dict) and line["tax_code_id"] for line in lines)
    assert len(str(posted["customer_id"])) <= 8


def test_an_id_is_translated_once_a_person_has_confirmed_it(uk: Office) -> None:
    chosen = frozenset({"T1014"})
    planned = uk.plan("UK", include=chosen)
    [finding] = [e for e in uk.findings(planned) if e.code == "BATCH_REFERENCE_UNCONFIRMED"]
    assert "LUMENGAL" in finding.message
    assert uk.apply(planned).ended is Ended.FAILED
    set_mapping(uk.installation, APP, COMPANY, MappingKind.CUSTOMER, "Lumen Gallery", "LUMENGAL")
    assert uk.run("UK", include=chosen).ended is Ended.COMPLETED
    [posted] = [e for e in uk.read("sales_invoice") if e["customer_id"] == "LUMENGAL"]
    assert posted["number"] == "T1014"


def test_a_receipt_waits_for_its_invoice_in_connectwise(uk: Office) -> None:
    done = uk.run("UK", location=TRAINING, good_only=True)
    assert done.ended is Ended.WITH_ERRORS
    assert uk.documents("UK")["PO-2904"].state is Standing.LEFT
    uk.site.act("add-vendor-invoice", order="PO-2904", number="V-904")
    second = uk.run("UK2", include=frozenset({"V-904"}))
    assert second.ended is Ended.COMPLETED


def test_foreign_currency_goes_into_books_with_foreign_trader(uk: Office) -> None:
    uk.run("UK", include=frozenset({"T1006"}))
    row = uk.documents("UK")["T1006"]
    [posted] = [e for e in uk.read("sales_invoice") if str(e["transaction_number"]) == row.key]
    assert posted["currency"] == "EUR"


def test_it_is_taken_back_by_reversal(uk: Office) -> None:
    waiting = uk.waiting(location=BRANCH)
    uk.run("UK", location=BRANCH)
    assert uk.unbatch("UK").run.rejected == 0
    assert uk.waiting(location=BRANCH) == waiting
    assert uk.ours() == []


def test_a_rerun_finds_everything(uk: Office) -> None:
    uk.run("UK", location=MAIN)
    planned, answer = uk.rerun("UK")
    assert planned.posts == 0
    assert answer.run.applied == 0
