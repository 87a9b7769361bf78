"""A folder of files as a company: what is read, and what is left in the outbox."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from clary.companies.contract import (
    Fate,
    Level,
    Operation,
    OriginFound,
    OriginPlace,
    Query,
    require,
)
from clary.companies.files import FilesCompany, parse_settings, read_files
from clary.companies.files.atomic import replacing
from clary.companies.files.importing import ImportSet
from clary.companies.keys import Key, KeyKind, parse_key
from clary.kernel.change import Body, JsonValue, Origin, Verb, Written
from clary.kernel.errors import Misconfigured, Rejected, Severity, Uncertain, Unsupported
from clary.ledger.fields import EditionName
from clary.ledger.filters import check, declared_fields, parse
from clary.ledger.record import Family
from clary.ledger.registry import record_type
from tests.surroundings import reference_files

SETTINGS = parse_settings(["item.class=stock", "tax_code.id=ITBMS"], "us")
INVOICE: Body = {
    "customer_id": "CUST-001",
    "number": "1001",
    "date": "2026-01-31",
    "receivable_account_id": "1100",
    "lines": [{"account_id": "4000", "tax_type": 1, "amount": "60.00"}],
}
SIDES: list[JsonValue] = [
    {"account_id": "1", "amount": "1.00"},
    {"account_id": "2", "amount": "-1.00"},
]
ORIGIN = Origin("crm", "order-7")


@pytest.fixture
def real(tmp_path: Path) -> FilesCompany:
    files = reference_files("us/*_export.xml")
    if not files:
        pytest.skip("reference data is absent")
    folder = tmp_path / "real"
    folder.mkdir()
    for path in files:
        shutil.copy(path, folder / path.name)
    return FilesCompany(folder, overrides=SETTINGS)


def empty(folder: Path, edition: EditionName = "us") -> FilesCompany:
    return FilesCompany(folder, edition=edition)


def where(text: str, name: str) -> Query:
    return Query(where=check(parse(text), declared_fields(record_type(name), "us")))


def test_a_folder_tells_its_edition_by_its_files(real: FilesCompany) -> None:
    info = real.info()
    assert (info.edition, info.name, info.driver) == ("us", "real", "files")
    assert info.identity.startswith("files:")


def test_a_folder_that_does_not_tell_its_edition_says_so(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        FilesCompany(tmp_path).info()
    assert caught.value.code == "FILES_EDITION_UNKNOWN"
    with pytest.raises(Misconfigured) as caught:
        FilesCompany(tmp_path / "absent", edition="us").info()
    assert caught.value.code == "FOLDER_MISSING"


def test_all_real_records_are_read(real: FilesCompany) -> None:
    with real.session() as session:
        counts = {
            name: sum(1 for _ in session.read(name, Query()))
            for name in ("customer", "item", "account", "tax_code", "sales_invoice")
        }
    assert counts == {
        "customer": 32,
        "item": 20,
        "account": 54,
        "tax_code": 1,
        "sales_invoice": 1,
    }


def test_filters_fields_and_limits_hold(real: FilesCompany) -> None:
    with real.session() as session:
        cod = list(session.read("customer", where("terms = 'cod'", "customer")))
        high = list(session.read("customer", where("balance > 5000", "customer")))
        three = list(session.read("item", Query(fields=("id", "class"), limit=3)))
    assert len(cod) == 1
    assert high
    assert all(float(str(body["balance"])) > 5000 for body in high)
    assert [body.keys() for body in three] == [{"id", "class"}] * 3


def test_records_are_found_by_every_kind_of_key(real: FilesCompany) -> None:
    with real.session() as session:
        customer = session.get("customer", Key(KeyKind.ID, "cust-022"))
        guid = str(customer["guid"])
        assert session.get("customer", Key(KeyKind.GUID, guid)) == customer
        invoice = session.get("sales_invoice", Key(KeyKind.NUMBER, "57"))
        by_party = parse_key(record_type("sales_invoice"), "customer:CUST-022:016-00000670")
        assert session.get("sales_invoice", by_party) == invoice
        assert invoice["total"] == "60.97"
        absent = Key(KeyKind.ID, "NOBODY")
        assert session.get_many("customer", [absent, Key(KeyKind.ID, "CUST-022")]) == [
            None,
            customer,
        ]
        with pytest.raises(Rejected) as caught:
            session.get("customer", absent)
    assert caught.value.code == "RECORD_NOT_FOUND"


def test_a_key_in_two_files_is_never_the_first(tmp_path: Path) -> None:
    content = "<PAW_Customers><PAW_Customer><ID>C1</ID></PAW_Customer></PAW_Customers>"
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).write_text(content, encoding="utf-8")
    with FilesCompany(tmp_path).session() as session, pytest.raises(Rejected) as caught:
        session.get("customer", Key(KeyKind.ID, "C1"))
    assert caught.value.code == "RECORD_AMBIGUOUS"


def test_a_file_that_is_not_understood_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<PAW_Budgets/>", encoding="utf-8")
    (tmp_path / "b.xml").write_text(
        "<PAW_Accounts><PAW_Account><ID>1</ID></PAW_Account></PAW_Accounts>", encoding="utf-8"
    )
    (tmp_path / "readme.txt").write_text("not a file of Sage", encoding="utf-8")
    company = FilesCompany(tmp_path)
    assert any("a.xml" in note for note in company.info().notes)
    with company.session() as session:
        assert [body["id"] for body in session.read("account", Query())] == ["1"]


def test_a_record_with_a_wrong_value_is_not_given_out(tmp_path: Path) -> None:
    (tmp_path / "b.xml").write_text(
        "<PAW_Accounts><PAW_Account><ID>1</ID><Type>99</Type></PAW_Account></PAW_Accounts>",
        encoding="utf-8",
    )
    with FilesCompany(tmp_path).session() as session, pytest.raises(Rejected) as caught:
        list(session.read("account", Query()))
    assert caught.value.code == "FILE_VALUE_INVALID"


def test_a_created_document_is_delivered_with_note_and_contents(tmp_path: Path) -> None:
    with empty(tmp_path).session(write=True) as session:
        written = session.create("sales_invoice", INVOICE, ORIGIN)
        (found,) = session.find_origins("sales_invoice", [ORIGIN])
        (other,) = session.find_origins("sales_invoice", [Origin("crm", "order-8")])
    assert (written.delivered, written.key) == (True, None)
    outbox = tmp_path / "outbox"
    assert sorted(path.name for path in outbox.iterdir()) == [
        "0001-sales.csv",
        "0001-sales.json",
        "0001-sales.txt",
    ]
    (record,) = read_files([outbox / "0001-sales.csv"])
    assert record.body == INVOICE
    assert (found.fate, other.fate) == (Fate.DELIVERED, Fate.ABSENT)
    assert "0001-sales.csv" in found.evidence


def handed_over(folder: Path, body: Body = INVOICE) -> Path:
    """Hand one invoice over and return its file."""
    with empty(folder).session(write=True) as session:
        session.create("sales_invoice", body, ORIGIN)
    return folder / "outbox" / "0001-sales.csv"


def fate_of(folder: Path) -> OriginFound:
    with empty(folder).session() as session:
        (found,) = session.find_origins("sales_invoice", [ORIGIN])
    return found


@pytest.mark.parametrize("kept", [True, False], ids=["file kept", "file taken away"])
def test_a_document_that_was_imported_is_found_in_a_later_export(
    tmp_path: Path, *, kept: bool
) -> None:
    file = handed_over(tmp_path)
    shutil.copy(file, tmp_path / "export.csv")
    if not kept:
        file.unlink()
    found = fate_of(tmp_path)
    assert (found.fate, found.key) == (Fate.LIVE, "customer:CUST-001:1001")
    assert "export.csv" in found.evidence
    with empty(tmp_path).session() as session:
        invoice = session.get(
            "sales_invoice", parse_key(record_type("sales_invoice"), found.key or "")
        )
    assert invoice["number"] == "1001"


@pytest.mark.parametrize(
    ("wrong", "fate"),
    [
        ({"number": "1002"}, Fate.DELIVERED),
        ({"date": "2026-01-30"}, Fate.DELIVERED),
        ({"customer_id": "CUST-002"}, Fate.DELIVERED),
        (
            {"lines": [{"account_id": "4000", "tax_type": 1, "amount": "60.01"}]},
            Fate.AMBIGUOUS,
        ),
    ],
)
def test_another_document_of_an_export_is_not_taken_for_it(
    tmp_path: Path, wrong: Body, fate: Fate
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(handed_over(other, INVOICE | wrong), tmp_path / "export.csv")
    handed_over(tmp_path)
    assert fate_of(tmp_path).fate is fate


def test_of_two_alike_in_the_exports_none_is_chosen(tmp_path: Path) -> None:
    file = handed_over(tmp_path)
    for name in ("one.csv", "two.csv"):
        shutil.copy(file, tmp_path / name)
    found = fate_of(tmp_path)
    assert (found.fate, found.key) == (Fate.AMBIGUOUS, None)


def test_contents_that_somebody_changed_still_wait(tmp_path: Path) -> None:
    contents = handed_over(tmp_path).with_suffix(".json")
    listed = json.loads(contents.read_text(encoding="utf-8"))
    listed["documents"][0]["total"] = "a lot"
    contents.write_text(json.dumps(listed), encoding="utf-8")
    shutil.copy(tmp_path / "outbox" / "0001-sales.csv", tmp_path / "export.csv")
    assert fate_of(tmp_path).fate is Fate.DELIVERED


def test_where_each_record_of_a_group_waits_is_told_once_it_is_written(tmp_path: Path) -> None:
    with empty(tmp_path).session(write=True) as session:
        with session.group():
            invoice = session.create("sales_invoice", INVOICE, ORIGIN)
            customer = session.create("customer", {"id": "CUST-001", "name": "One"})
            assert list(session.whereabouts(invoice)) == []
        (of_invoice,) = session.whereabouts(invoice)
        (of_customer,) = session.whereabouts(customer)
        assert list(session.whereabouts(Written("1"))) == []
    assert str(tmp_path / "outbox" / "0002-sales.csv") in of_invoice.message
    assert str(tmp_path / "outbox" / "0001-customers.csv") in of_customer.message
    for found, note in ((of_invoice, "0002-sales.txt"), (of_customer, "0001-customers.txt")):
        assert (found.code, found.severity) == ("FILE_TO_IMPORT", Severity.WARNING)
        assert note in found.remedy
        assert f"export it from Sage 50 again to the folder {tmp_path}" in found.remedy


def test_a_document_without_a_number_says_that_no_export_will_tell(tmp_path: Path) -> None:
    body = {name: value for name, value in INVOICE.items() if name != "number"}
    with empty(tmp_path).session(write=True) as session:
        written = session.create("sales_invoice", body, ORIGIN)
        (found,) = session.whereabouts(written)
    assert "it has no number" in found.remedy
    shutil.copy(tmp_path / "outbox" / "0001-sales.csv", tmp_path / "export.csv")
    assert fate_of(tmp_path).fate is Fate.DELIVERED


def test_a_group_makes_one_file_per_kind_in_order_of_dependency(tmp_path: Path) -> None:
    company = empty(tmp_path)
    with company.session(write=True) as session, session.group():
        for number in range(5):
            session.create("sales_invoice", INVOICE | {"number": str(number)})
        session.create("customer", {"id": "CUST-001", "name": "One"})
        session.create("credit_memo", INVOICE)
        assert not (tmp_path / "outbox").exists()
    names = sorted(path.name for path in (tmp_path / "outbox").glob("*.csv"))
    assert names == ["0001-customers.csv", "0002-sales.csv"]
    sales = list(read_files([tmp_path / "outbox" / "0002-sales.csv"]))
    assert [record.record_type for record in sales] == ["sales_invoice"] * 5 + ["credit_memo"]


def test_xml_is_written_where_it_is_wanted_and_known(tmp_path: Path) -> None:
    company = FilesCompany(tmp_path, edition="us", file_format="xml")
    with company.session(write=True) as session, session.group():
        session.create("sales_invoice", INVOICE)
        session.create("journal_entry", {"date": "2026-01-31", "lines": SIDES})
    names = sorted(path.name for path in (tmp_path / "outbox").iterdir() if path.suffix != ".json")
    assert names == [
        "0001-invoice.txt",
        "0001-invoice.xml",
        "0002-general.csv",
        "0002-general.txt",
    ]
    note = (tmp_path / "outbox" / "0001-invoice.txt").read_text(encoding="utf-8")
    assert "import interface of Sage 50 US" in note


def test_an_update_has_only_the_key_and_what_changes(tmp_path: Path) -> None:
    with empty(tmp_path).session(write=True) as session, session.group():
        session.update("customer", Key(KeyKind.ID, "C1"), {"fax": "1"})
        session.update("customer", Key(KeyKind.ID, "C2"), {"fax": "2"})
        session.update("customer", Key(KeyKind.ID, "C1"), {"email": "a@b"})
    files = sorted((tmp_path / "outbox").glob("*.csv"))
    texts = [path.read_text(encoding="cp1252") for path in files]
    assert texts == [
        "Customer ID,Customer Fax\nC1,1\nC2,2\n",
        "Customer ID,Customer Email\nC1,a@b\n",
    ]


def test_a_cleared_field_cannot_be_written(tmp_path: Path) -> None:
    with empty(tmp_path).session(write=True) as session, pytest.raises(Unsupported) as caught:
        session.update("customer", Key(KeyKind.ID, "C1"), {"fax": None})
    assert caught.value.code == "FILES_CANNOT_TELL"


def test_a_document_that_the_schema_refuses_is_not_written(tmp_path: Path) -> None:
    with empty(tmp_path).session(write=True) as session, pytest.raises(Rejected) as caught:
        session.create("sales_invoice", {"number": "x" * 21})
    codes = {found.code for found in caught.value.findings}
    assert codes == {"TEXT_TOO_LONG", "FIELD_REQUIRED"}
    assert list(tmp_path.iterdir()) == []


def test_what_files_cannot_do_is_unsupported(tmp_path: Path) -> None:
    key = Key(KeyKind.NUMBER, "1")
    with empty(tmp_path).session(write=True) as session:
        for call in (
            lambda: session.delete("customer", key),
            lambda: session.act("sales_invoice", key, Verb.VOID, {}),
            lambda: session.update("sales_invoice", key, {"note": "x"}),
            lambda: session.uses("customer", key),
            lambda: session.changes("customer", None),
            lambda: session.trial_balance(None),
            lambda: session.open_items("customer", None),
            session.ledger_rows,
            lambda: session.create("user", {"id": "X"}),
        ):
            with pytest.raises(Unsupported):
                call()


@pytest.mark.parametrize("edition", ["us", "uk"])
def test_capabilities_say_that_writing_is_not_done_at_once(
    tmp_path: Path, edition: EditionName
) -> None:
    company = empty(tmp_path, edition)
    support = require(company, "sales_invoice", Operation.CREATE)
    assert support.level is Level.DEGRADED
    assert "outbox" in support.note
    for name, capability in company.capabilities().items():
        declared = record_type(name)
        found_again = declared.family is Family.LIST or declared.number
        assert capability.origin is (OriginPlace.NATURAL if found_again else OriginPlace.NONE)
        assert not capability.can(Operation.DELETE)


def test_a_uk_folder_writes_the_audit_trail(tmp_path: Path) -> None:
    body: Body = {
        "customer_id": "ABC001",
        "number": "42",
        "date": "2026-01-31",
        "form": "ledger",
        "lines": [{"account_id": "4000", "amount": "10.00", "tax_code_id": "T1"}],
    }
    with empty(tmp_path, "uk").session(write=True) as session:
        session.create("sales_invoice", body)
        with pytest.raises(Rejected) as caught:
            session.create("sales_invoice", body | {"form": "document"})
    assert caught.value.code == "FILE_VALUE_UNWRITABLE"
    path = tmp_path / "outbox" / "0001-audit_trail.csv"
    assert path.read_bytes().splitlines()[1] == b"SI,ABC001,4000,,31/01/2026,42,,10.00,T1,,1"


def test_a_folder_of_its_own_outbox_files_is_a_company_again(tmp_path: Path) -> None:
    with empty(tmp_path).session(write=True) as session, session.group():
        session.create("customer", {"id": "C1", "name": "One"})
        session.create("sales_invoice", INVOICE | {"customer_id": "C1"})
    again = FilesCompany(tmp_path / "outbox", edition="us")
    with again.session() as session:
        assert [body["id"] for body in session.read("customer", Query())] == ["C1"]
        (invoice,) = session.read("sales_invoice", Query())
    assert invoice["number"] == "1001"
    paths = sorted((tmp_path / "outbox").glob("*.csv"), reverse=True)
    assert [record.record_type for record in ImportSet(paths).records()] == [
        "customer",
        "sales_invoice",
    ]


def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"old")
    with pytest.raises(ValueError, match="stop"), replacing(path) as stream:  # noqa: PT012 - the block writes first
        stream.write(b"new")
        raise ValueError("stop")  # noqa: EM101 - any error of the block
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["file.csv"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_an_error_of_ours(tmp_path: Path) -> None:
    def fill() -> None:
        with replacing(tmp_path / "x.csv") as stream:
            handle = os.open("/dev/full", os.O_WRONLY)
            os.dup2(handle, stream.fileno())
            os.close(handle)
            stream.write(b"x")

    with pytest.raises(Misconfigured) as caught:
        fill()
    assert caught.value.code == "FILE_UNWRITABLE"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file stands in the way", encoding="utf-8")
    with empty(tmp_path).session(write=True) as session, pytest.raises(Misconfigured) as caught:
        session.create("sales_invoice", INVOICE)
    assert caught.value.code == "FILE_UNWRITABLE"


def test_a_group_that_was_written_in_part_is_uncertain(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox"
    outbox.mkdir()
    (outbox / ".0002-sales.csv.waiting").mkdir()  # stands in the way of the second file
    company = empty(tmp_path)

    def write() -> None:
        with company.session(write=True) as session, session.group():
            session.create("customer", {"id": "C1", "name": "One"})
            session.create("sales_invoice", INVOICE)

    with pytest.raises(Uncertain) as caught:
        write()
    assert caught.value.code == "FILE_DELIVERY_UNCERTAIN"
    assert "0001-customers.csv" in caught.value.findings[0].message


def test_contents_without_their_data_file_count_for_nothing(tmp_path: Path) -> None:
    company = empty(tmp_path)
    with company.session(write=True) as session:
        session.create("sales_invoice", INVOICE, ORIGIN)
        contents = tmp_path / "outbox" / "0001-sales.json"
        assert json.loads(contents.read_text(encoding="utf-8"))["documents"][0]["origin"]
        (tmp_path / "outbox" / "0001-sales.csv").unlink()
        (found,) = session.find_origins("sales_invoice", [ORIGIN])
        assert found.fate is Fate.ABSENT
        contents.write_text("not json", encoding="utf-8")
        (tmp_path / "outbox" / "0001-sales.csv").write_text("", encoding="utf-8")
        (found,) = session.find_origins("sales_invoice", [ORIGIN])
        assert found.fate is Fate.ABSENT
