"""What is written to a file is read back equal, for every table of every kind of file."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clary.companies.files import FileRecord, Template, read_files
from clary.companies.files.csv_tables import CSV_TABLES
from clary.companies.files.csv_writer import write_csv
from clary.companies.files.decoding import open_source
from clary.companies.files.figures import entries_of, lines_total
from clary.companies.files.layout import Constant, Layout, Slots, WholeApplication
from clary.companies.files.xml_reader import read_xml
from clary.companies.files.xml_tables import XML_FILES
from clary.companies.files.xml_writer import write_xml
from clary.kernel.change import Body
from clary.kernel.money import canonical, money_text, round_half_up, to_minor
from tests.companies.files.bodies import bodies

XML_LAYOUTS = {
    layout.record_type: layout for declared in XML_FILES.values() for layout in declared.layouts
}
CSV_LAYOUTS = {
    f"{table.edition}-{table.name}-{layout.record_type}": (table, layout)
    for tables in CSV_TABLES.values()
    for table in tables
    for layout in table.layouts
}
ALWAYS = frozenset(
    {
        "id",
        "date",
        "number",
        "reference",
        "customer_id",
        "vendor_id",
        "lines.*",
        "lines.amount",
        "lines.account_id",
        "lines.item_id",
        "lines.quantity",
        "taxes.agency_id",
        "taxes.amount",
        "applications.invoice_number",
        "applications.amount",
        "agencies.id",
        "price_levels.price",
        "custom_fields.value",
        "custom_fields.index",
        "price_levels.level",
    }
)


def mended(layout: Layout, body: Body) -> Body:
    """Return the body without what no such file can say."""
    if layout.edition == "us":
        mended_us(layout.record_type, body)
    else:
        mended_uk(body)
    numbered(body, "custom_fields", "index", 1)
    numbered(body, "price_levels", "level", 2)
    for part in layout.parts:
        if isinstance(part, Slots):
            # Labels of custom fields are settings of the company, not part of such a file.
            for entry in entries_of(body, part.target):
                for name in part.settings:
                    entry.pop(name, None)
        if isinstance(part, Constant):
            body[part.field] = part.value
        if isinstance(part, WholeApplication) and entries_of(body, "applications"):
            amount = money_text(to_minor(lines_total(body)))
            body["applications"] = [entries_of(body, "applications")[0] | {"amount": amount}]
    return body


def numbered(body: Body, name: str, field: str, first: int) -> None:
    for place, entry in enumerate(entries_of(body, name), start=first):
        entry[field] = place


def mended_us(record_type: str, body: Body) -> None:
    if "freight_amount" not in body:
        body.pop("freight_account_id", None)
    if record_type in ("receipt", "payment"):
        body.pop("amount", None)
    if record_type == "inventory_adjustment":
        for entry in entries_of(body, "lines"):
            entry["item_id"] = entries_of(body, "lines")[0]["item_id"]


def mended_uk(body: Body) -> None:
    if entries_of(body, "custom_fields"):
        body["custom_fields"] = entries_of(body, "custom_fields")[:3]
    codes(body)
    for name in ("discount_percent", "trade_discount_percent"):
        if name in body:
            body[name] = canonical(round_half_up(Decimal(str(body[name]))) + 0, 5)


def codes(body: Body) -> None:
    for entry in (body, *entries_of(body, "lines")):
        if "tax_code_id" in entry:
            entry["tax_code_id"] = f"T{len(str(entry['tax_code_id']))}"
        if entry.get("exchange_rate") in ("1", "0"):
            entry["exchange_rate"] = "1.25"


def drawn(data: st.DataObject, layout: Layout) -> list[FileRecord]:
    made = st.lists(bodies(layout, ALWAYS), min_size=1, max_size=4)
    found = [mended(layout, body) for body in data.draw(made)]
    for number, body in enumerate(found):
        # Rows of documents are told apart by their numbers.
        for name in ("id", "number", "reference"):
            if isinstance(body.get(name), str) and name in layout.fields:
                body[name] = f"{number}X"
    return [FileRecord(layout.record_type, body) for body in found]


def same(body: Body) -> Body:
    """Return a body so that those are equal which mean the same: no flag, no zero lines."""
    return {name: value for name, value in body.items() if value not in (None, [], {})}


@pytest.mark.parametrize("name", XML_LAYOUTS)
@given(data=st.data())
@settings(max_examples=12)
def test_xml_is_read_back_equal(name: str, data: st.DataObject) -> None:
    records = drawn(data, XML_LAYOUTS[name])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.xml"
        write_xml(path, records, complete=False)
        plain = list(read_xml(open_source(path)))
        write_xml(path, records)
        complete = list(read_xml(open_source(path)))
        before = path.read_bytes()
        write_xml(path, complete)
        assert path.read_bytes() == before
    wanted = [same(record.body) for record in records]
    assert [same(record.body) for record in plain] == wanted
    filled = [
        without_defaults(record.body, of.body) for record, of in zip(complete, records, strict=True)
    ]
    assert filled == wanted
    assert not any(record.errors for record in complete)


DEFAULTS = {"drop_ship", "beginning_balance", "prepayment", "closed", "quantity", "tax_type"}


def without_defaults(body: Body, given: Body) -> Body:
    """Return the body without what a complete file states though the record did not."""
    found = same(body)
    for name in DEFAULTS & found.keys() - given.keys():
        del found[name]
    for made, entry in zip(entries_of(found, "lines"), entries_of(given, "lines"), strict=True):
        for name in DEFAULTS & made.keys() - entry.keys():
            del made[name]
    return found


@pytest.mark.parametrize("name", CSV_LAYOUTS)
@given(data=st.data())
@settings(max_examples=12)
def test_csv_is_read_back_equal(name: str, data: st.DataObject) -> None:
    table, layout = CSV_LAYOUTS[name]
    records = drawn(data, layout)
    headings = data.draw(st.booleans())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.csv"
        written = write_csv(path, table, records, headings=headings)
        columns = () if headings else tuple(column.name for column in written.columns)
        template = Template(table.name, columns, encoding="windows-1252")
        again = list(read_files([path], table.edition, templates={path.name: template}))
        before = path.read_bytes()
        write_csv(path, table, again, headings=headings)
        assert path.read_bytes() == before
    assert written.records == len(records)
    wanted = [same(record.body) for record in records]
    assert [
        without_defaults(r.body, of.body) for r, of in zip(again, records, strict=True)
    ] == wanted
    assert not any(record.errors for record in again)


def test_amounts_of_a_new_invoice_carry_the_ledger_sign(tmp_path: Path) -> None:
    body: Body = {
        "customer_id": "C1",
        "number": "7",
        "date": "2026-01-31",
        "receivable_account_id": "1100",
        "taxes": [{"agency_id": "NY", "account_id": "2310", "amount": "8.00"}],
        "freight_amount": "5.00",
        "freight_account_id": "4500",
        "lines": [{"account_id": "4000", "quantity": "2", "unit_price": "50", "amount": "100.00"}],
    }
    path = tmp_path / "sales.xml"
    write_xml(path, [FileRecord("sales_invoice", body)])
    text = path.read_text(encoding="utf-8")
    assert "<Accounts_Receivable_Amount>113.00<" in text
    assert "<Number_of_Distributions>3<" in text
    assert [part.split("<")[0] for part in text.split("<Amount>")[1:]] == [
        "-8.00",
        "-5.00",
        "-100.00",
    ]
    assert "<Tax_Type>26<" in text
    assert '<Date xsi:type="paw:date">01/31/26</Date>' in text
    (record,) = read_xml(open_source(path))
    assert record.stated["total"] == "113.00"
    assert Decimal(str(record.body["freight_amount"])) == 5
    assert record.findings == ()
