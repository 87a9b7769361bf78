"""Real export files become a company: every record, every posting, nothing twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from clary.companies.contract import EXACT, Operation, Query, TypeCapability
from clary.companies.files import FileRecord, ImportSet, parse_settings
from clary.companies.keys import parse_key
from clary.companies.sandbox import SandboxCompany, create
from clary.engine.plan import PlanSummary
from clary.engine.runs import RunSummary
from clary.flows.operations.import_problems import import_problems
from clary.flows.operations.importing import (
    STATED_DIFFERS,
    compare_stated,
    document_of,
    import_entries,
)
from clary.flows.operations.planner import Planner
from clary.flows.operations.preview import stored_rows
from clary.flows.operations.requests import OperationResult, Status
from clary.flows.operations.results import results
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import Finding
from clary.ledger.registry import record_type
from tests import surroundings
from tests.flows.books import MemoryCompany
from tests.flows.house import SYSTEM, House

SETTINGS = ["item.class=stock", "tax_code.id=ITBMS"]


def exports() -> list[Path]:
    folder = surroundings.reference_file("us")
    return sorted(folder.glob("*_export.xml"))


def bring_in(
    house: House, paths: list[Path], settings: list[str]
) -> tuple[RunSummary, list[OperationResult]]:
    files = ImportSet(paths, "us", parse_settings(settings, "us"))
    with house.company.session() as session:
        planner = Planner(session, house.info, house.company.capabilities(), SYSTEM)
        summary = house.keep(import_entries(planner, files.records()))
    run = house.apply(summary.id)
    return run, list(results(house.database, run.id))


def differences(house: House, run: RunSummary) -> list[Finding]:
    with house.company.session() as session:
        return list(compare_stated(house.database, run.id, session, "us"))


@pytest.fixture
def real(folder: Path) -> House:
    path = folder / "real.clary"
    create(path, name="Real", edition="us", fiscal_year_start=date(2014, 1, 1))
    return House(folder, SandboxCompany(path))


def test_every_record_of_the_real_files_is_loaded(real: House) -> None:
    run, found = bring_in(real, exports(), SETTINGS)
    assert (run.applied, run.rejected) == (run.planned, 0)
    assert {each.status for each in found} == {Status.SUCCESS}
    counts = Counter(len(real.records(name)) for name in ("customer", "item", "account"))
    assert counts == Counter([32, 20, 54])
    assert len(real.records("tax_code")) == 1
    assert len(real.records("ship_method")) == 10
    assert len(real.records("employee")) == 3


def test_the_real_invoice_posts_what_the_file_states(real: House) -> None:
    bring_in(real, exports(), SETTINGS)
    with real.company.session() as session:
        rows = Counter[str]()
        for row in session.ledger_rows():
            rows[row.account_id] += row.amount
        balance = sum(figure.balance for figure in session.trial_balance(None))
    assert rows == {"1150": 6097, "2310": -399, "4000": -5698}
    assert balance == 0
    [invoice] = real.records("sales_invoice")
    assert (invoice["total"], invoice["number"]) == ("60.97", "016-00000670")


def test_what_the_other_company_worked_out_is_compared_and_never_posted(real: House) -> None:
    run, found = bring_in(real, exports(), SETTINGS)
    told = differences(real, run)
    assert {each.code for each in told} == {"STATED_DIFFERS"}
    by_record = {(each.record, each.field): each.message for each in told}
    assert by_record["customer CUST-001", "balance"] == (
        "Balance is 0.00 here; the file states 5090.29."
    )
    assert by_record["sales_invoice 1", "period"] == (
        "Accounting period is 6 here; the file states 34."
    )
    assert not any(field in ("guid", "total") for _, field in by_record)
    assert all(each.tracked == {} for each in found)


def test_the_same_files_again_change_nothing(real: House) -> None:
    bring_in(real, exports(), SETTINGS)
    run, found = bring_in(real, exports(), SETTINGS)
    assert (run.applied, run.skipped) == (0, run.planned)
    taken = Counter((each.status.value, each.action_taken) for each in found)
    assert taken == {("success", "unchanged"): 120, ("skipped_duplicate", "none"): 1}
    assert len(real.records("sales_invoice")) == 1


def problems(house: House, plan_id: str, most: int = 1000) -> list[Finding]:
    return import_problems(stored_rows(house.store, plan_id), "us", most)


def planned(house: House, *records: FileRecord) -> PlanSummary:
    with house.company.session() as session:
        planner = Planner(session, house.info, house.company.capabilities(), SYSTEM)
        return house.keep(import_entries(planner, records))


def test_values_that_the_export_lacks_are_asked_for_together(real: House) -> None:
    summary = planned(real, *ImportSet(exports(), "us").records())
    told = [(each.code, each.record, each.field) for each in problems(real, summary.id)]
    assert told == [
        ("FILE_VALUES_MISSING", "tax_code", "id"),
        ("FILE_VALUES_MISSING", "item", "class"),
        (
            "REFERENCE_REFUSED",
            "sales_invoice 016-00000670 (invoice_detail_export.xml, record 1)",
            "lines.0.item_id",
        ),
    ]
    items = problems(real, summary.id)[1]
    assert "records that lack it: 20 (item 200003 (items_export.xml, record 1); " in items.message
    assert items.message.startswith("Item class (item.class) is missing")


def record(
    name: str, body: Body, position: int = 1, source: str = "made.xml", **stated: JsonValue
) -> FileRecord:
    return FileRecord(name, body, dict(stated), source=source, position=position)


def invoice(number: str | None = "1", amount: str = "10.00", **more: JsonValue) -> Body:
    body: Body = {
        "customer_id": "ACME",
        "date": "2026-01-10",
        "due_date": "2026-02-10",
        "receivable_account_id": "1100",
        "lines": [{"account_id": "4000", "amount": amount}],
        **more,
    }
    return {**body, "number": number} if number else body


def load(house: House, *records: FileRecord) -> list[OperationResult]:
    summary = planned(house, *records)
    return list(results(house.database, house.apply(summary.id).id))


@pytest.fixture
def acme(house: House) -> House:
    house.fill("customer", {"id": "ACME", "name": "Acme"})
    return house


def test_an_invoice_that_is_there_already_is_left_out(acme: House) -> None:
    acme.fill("sales_invoice", dict(invoice("1")))
    [found] = load(acme, record("sales_invoice", invoice("1"), total="10.00"))
    assert (found.status, found.action_taken) == (Status.SKIPPED_DUPLICATE, "none")
    assert "DOCUMENT_PRESENT" in {each.code for each in found.warnings}
    assert found.key is not None
    assert len(acme.records("sales_invoice")) == 1


@pytest.mark.parametrize(
    "other", [invoice("1", "11.00", total="11.00"), invoice("1", date="2026-01-11")]
)
def test_one_of_the_same_number_and_another_content_is_refused(acme: House, other: Body) -> None:
    acme.fill("sales_invoice", dict(invoice("1")))
    [found] = load(acme, record("sales_invoice", other))
    assert (found.status, found.code) == (Status.REJECTED, "DOCUMENT_DIFFERS")


def test_another_customer_may_have_the_same_number(acme: House) -> None:
    acme.fill("customer", {"id": "BETA", "name": "Beta"})
    acme.fill("sales_invoice", dict(invoice("1")))
    [found] = load(acme, record("sales_invoice", invoice("1", customer_id="BETA")))
    assert found.status is Status.SUCCESS


def test_documents_without_a_number_are_told_apart_by_their_place(acme: House) -> None:
    one, two = record("sales_invoice", invoice(None)), record("sales_invoice", invoice(None), 2)
    assert [each.status for each in load(acme, one, two)] == [Status.SUCCESS, Status.SUCCESS]
    again = [each.status for each in load(acme, one, two)]
    assert again == [Status.SKIPPED_DUPLICATE, Status.SKIPPED_DUPLICATE]
    assert len(acme.records("sales_invoice")) == 2


def test_a_door_that_cannot_choose_by_number_is_read_through(folder: Path) -> None:
    blind = TypeCapability(operations=dict.fromkeys(Operation, EXACT))
    with House(folder, MemoryCompany(sales_invoice=blind)) as house:
        house.fill("account", {"id": "4000", "name": "S", "type": "income"})
        house.fill("account", {"id": "1100", "name": "R", "type": "accounts_receivable"})
        house.fill("customer", {"id": "ACME", "name": "Acme"})
        house.fill("sales_invoice", dict(invoice("1")), dict(invoice("2")))
        [found] = load(house, record("sales_invoice", invoice("1")))
        assert found.status is Status.SKIPPED_DUPLICATE


def test_only_our_own_fields_are_kept_as_stated() -> None:
    stated: dict[str, JsonValue] = {
        "total": "9.00",
        "isQuote": "FALSE",
        "lines.0.weight": "1",
        "lines.0.X": "1",
        "lines": None,
        "taxes": "x",
    }
    made = FileRecord("sales_invoice", invoice(), stated, source="made.xml")
    document = document_of(record_type("sales_invoice"), made)
    assert document.stated == {"total": "9.00", "lines.0.weight": "1"}
    assert document.id == "made.xml#1"


def test_a_total_that_differs_is_told(acme: House) -> None:
    with acme.company.session() as session:
        planner = Planner(session, acme.info, acme.company.capabilities(), SYSTEM)
        made = record("sales_invoice", invoice("7"), total="12.00", period=1)
        summary = acme.keep(import_entries(planner, [made]))
    run = acme.apply(summary.id)
    found = [(each.field, each.message) for each in differences(acme, run)]
    assert ("total", "Total is 10.00 here; the file states 12.00.") in found


def test_a_record_that_is_gone_is_not_compared(acme: House) -> None:
    made = record("customer", {"id": "BETA", "name": "Beta"}, balance="5.00")
    with acme.company.session() as session:
        planner = Planner(session, acme.info, acme.company.capabilities(), SYSTEM)
        summary = acme.keep(import_entries(planner, [made]))
    run = acme.apply(summary.id)
    assert len(differences(acme, run)) == 1
    with acme.company.session(write=True) as session:
        session.delete("customer", parse_key(record_type("customer"), "BETA"))
    assert differences(acme, run) == []


def test_every_list_record_is_read_back_equal(real: House) -> None:
    bring_in(real, exports(), SETTINGS)
    files = ImportSet(exports(), "us", parse_settings(SETTINGS, "us"))
    with real.company.session() as session:
        there = {
            (name, body["id"]): body
            for name in ("customer", "account", "item")
            for body in session.read(name, Query())
        }
    for each in files.records():
        stored = there.get((each.record_type, each.body.get("id")))
        if stored is not None:
            for name, value in each.body.items():
                assert stored.get(name) == value or (not value and not stored.get(name)), name


class TestTheSameRecordInTwoFiles:
    """Equal ones are taken once; which of two different ones is right is for a person."""

    def test_equal_list_records_are_taken_once(self, house: House) -> None:
        bodies: tuple[Body, Body] = ({"id": "BETA", "name": "B"}, {"id": "beta", "name": "B"})
        first, _ = (record("customer", body, source=f"{n}.xml") for n, body in enumerate(bodies))
        again = record("customer", {"id": "BETA", "name": "B"}, 7, source="b.xml", balance="5.00")
        summary = planned(house, first, again)
        assert (summary.changes, summary.errors) == (1, 0)
        [remark] = house.store.remarks(summary.id)
        assert remark.code == "IMPORT_RECORDS_SAME"
        assert "1, such as customer BETA in 0.xml (record 1) and b.xml (record 7)" in remark.message

    def test_different_list_records_name_both_places(self, house: House) -> None:
        summary = planned(
            house,
            record("customer", {"id": "BETA", "name": "Beta"}, 3, source="a.xml"),
            record("customer", {"id": "beta", "name": "Other"}, 4, source="b.xml"),
        )
        [problem] = problems(house, summary.id)
        assert (problem.code, problem.record) == (
            "IMPORT_RECORDS_DIFFER",
            "customer beta (b.xml, record 4)",
        )
        assert "in a.xml (record 3) and in b.xml (record 4)" in problem.message

    def test_an_equal_invoice_is_posted_once(self, acme: House) -> None:
        files = [record("sales_invoice", invoice("1"), source=f"{n}.csv") for n in range(3)]
        assert [each.status for each in load(acme, *files)] == [Status.SUCCESS]
        assert len(acme.records("sales_invoice")) == 1

    def test_an_invoice_with_another_amount_is_told(self, acme: House) -> None:
        first = record("sales_invoice", invoice("1"), source="a.csv")
        other = record("sales_invoice", invoice("1", "11.00"), source="b.csv")
        [problem] = problems(acme, planned(acme, first, other).id)
        assert problem.record == "sales_invoice 1 (b.csv, record 1)"

    def test_documents_that_sage_marks_as_two_are_two(self, acme: House) -> None:
        one = record("sales_invoice", invoice("1"), source="a.xml", guid="{1}")
        two = record("sales_invoice", invoice("1"), source="b.xml", guid="{2}")
        again = record("sales_invoice", invoice("1"), source="c.xml", guid="{1}")
        assert planned(acme, one, two, again).changes == 2

    def test_documents_of_one_file_may_share_a_number(self, acme: House) -> None:
        one, two = record("sales_invoice", invoice("1")), record("sales_invoice", invoice("1"), 2)
        assert (planned(acme, one, two).changes, planned(acme, one, two).errors) == (2, 0)

    def test_references_of_documents_without_a_party_repeat_from_day_to_day(
        self, house: House
    ) -> None:
        lines: JsonValue = [
            {"account_id": "4000", "amount": "-1.00"},
            {"account_id": "5000", "amount": "1.00"},
        ]
        entries: list[Body] = [
            {"number": "ADJ", "date": f"2026-01-{day}", "lines": lines} for day in ("30", "31")
        ]
        files = (record("journal_entry", body, source=str(n)) for n, body in enumerate(entries))
        assert planned(house, *files).errors == 0


def test_all_that_is_wrong_with_a_record_is_told_at_once(house: House) -> None:
    house.fill("item", {"id": "WORK", "description": "Work", "class": "service"})
    lines: JsonValue = [
        {"item_id": "NOTHING", "amount": "1.00"},
        {"item_id": "WORK", "amount": "1.00"},
    ]
    bad: Body = {"customer_id": "NOBODY", "lines": lines, "colour": "red"}
    [first, *others] = problems(house, planned(house, record("sales_invoice", bad)).id)
    assert (first.code, first.field) == ("FILE_VALUES_MISSING", "date")
    told = {(each.code, each.field) for each in others}
    assert {
        ("FIELD_UNKNOWN", "colour"),
        ("REFERENCE_UNKNOWN", "customer_id"),
        ("REFERENCE_UNKNOWN", "lines.0.item_id"),
    } <= told
    assert not any(field == "lines.1.item_id" for _, field in told)


def test_a_doubt_that_the_file_raised_hides_no_other(house: House) -> None:
    doubt = STATED_DIFFERS.finding(label="X", found="1", stated="2")
    made = replace(record("sales_invoice", invoice("1")), findings=(doubt,))
    codes = [each.code for each in problems(house, planned(house, made).id)]
    assert codes == ["STATED_DIFFERS", "REFERENCE_UNKNOWN"]


def test_of_many_problems_the_first_are_told_and_the_rest_counted(house: House) -> None:
    records = [record("sales_invoice", invoice(str(n)), n) for n in range(1, 6)]
    *told, more = problems(house, planned(house, *records).id, most=2)
    assert [each.code for each in told] == ["REFERENCE_UNKNOWN"] * 2
    assert more.message == "There are 3 more findings."
