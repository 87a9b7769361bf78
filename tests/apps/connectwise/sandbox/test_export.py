"""What an export computes: documents, signs, ids, texts, selection; and that it marks nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.apps.connectwise.sandbox.caller import Caller, Json, document, record_ids

PERCENT = Decimal("0.01")


def numbers(export: Json) -> set[str]:
    return {each["documentNumber"] for each in export["transactions"]}


def listed(ask: Caller, conditions: str = "") -> list[Json]:
    made: list[Json] = ask.get(
        "finance/accounting/unpostedinvoices", conditions=conditions, pageSize=1000
    )
    return made


# -- documents ---------------------------------------------------------------------------------


def test_an_invoice_is_told_in_credits(reading: Caller) -> None:
    told = document(reading.export(exportInvoicesFlag=True), "10002")
    assert (told["documentType"], told["billingType"]) == ("INVOICE", "Standard")
    assert (told["companyAccountNumber"], told["accountNumber"]) == ("TOPAZ-LAW", "11000")
    assert told["total"] == Decimal("265.05")
    lines = {line["glTypeId"]: line for line in told["detail"] if line["glTypeId"] != "ST"}
    assert (lines["R"]["total"], lines["R"]["quantity"]) == (-220, -2)
    assert (lines["RP"]["total"], lines["RP"]["itemPrice"], lines["RP"]["itemCost"]) == (-42, 21, 9)
    assert lines["RP"]["accountNumber"] == lines["RP"]["productAccountNumber"] == "40000"
    assert lines["RP"]["inventoryAccountNumber"] == "12000"
    assert lines["RP"]["costAccountNumber"] == "50000"
    assert (lines["RP"]["itemTypeXref"], lines["RP"]["glItemId"]) == ("Inventory Part", "UC-04")
    assert "address" not in str(told["company"]).casefold()
    assert set(told["company"]) == {"id", "identifier", "name"}


def test_tax_comes_as_rows_of_their_own_and_in_the_header(reading: Caller) -> None:
    told = document(reading.export(exportInvoicesFlag=True), "10002")
    rows = [line for line in told["detail"] if line["glTypeId"] == "ST"]
    assert [(r["taxAgencyXref"], r["total"], r["taxRate"], r["taxRatePercent"]) for r in rows] == [
        ("STATE", Decimal("-2.52"), Decimal("0.06"), 6),
        ("COUNTY", Decimal("-0.53"), Decimal("0.0125"), Decimal("1.25")),
    ]
    assert {(r["memo"], r["taxNote"], r["taxCodeXref"]) for r in rows} == {
        ("Sales Tax", "AUTOSTAX", "CA")
    }
    assert (told["salesTax"], told["stateTax"], told["countyTax"]) == (
        Decimal("3.05"),
        Decimal("2.52"),
        Decimal("0.53"),
    )
    assert (told["taxableAmount1"], told["taxGroupRate"]) == (42, Decimal("0.0725"))


def test_a_credit_memo_has_the_opposite_signs(reading: Caller) -> None:
    told = document(reading.export(exportInvoicesFlag=True), "10013")
    assert (told["documentType"], told["total"]) == ("CREDIT MEMO", Decimal("-10.73"))
    line = told["detail"][0]
    assert (line["total"], line["quantity"], line["itemPrice"]) == (10, 1, 10)
    assert told["salesTax"] == Decimal("-0.73")


def test_header_and_lines_agree_in_every_document(either: Caller) -> None:
    export = either.export()
    assert len(export["transactions"]) > 30
    for each in export["transactions"]:
        assert each["total"] == -sum(line["total"] for line in each["detail"])
        tax = sum(line["total"] for line in each["detail"] if line["glTypeId"] == "ST")
        assert each["salesTax"] == -tax
    for each in export["purchaseTransactions"]:
        rows = [*each["purchaseDetail"], *each["purchaseDetailTax"]]
        assert each["total"] == -sum(row["total"] for row in rows)
    for each in export["expenseBills"]:
        assert each["total"] == sum(line["total"] for line in each["detail"])


def test_vat_is_rounded_by_line(read_uk: object) -> None:
    export = Caller(getattr(read_uk, "url", "")).export(exportInvoicesFlag=True)
    rates = set()
    for each in export["transactions"]:
        taxed = [line["total"] for line in each["detail"] if line.get("taxableFlag")]
        row = next((line for line in each["detail"] if line["glTypeId"] == "ST"), None)
        if row is None:
            continue
        rates.add((row["taxCodeXref"], row["taxRatePercent"]))
        percent = row["taxRatePercent"]
        by_line = sum((amount * percent * PERCENT).quantize(PERCENT) for amount in taxed)
        assert abs(row["total"] - by_line) <= PERCENT * len(taxed) / 2
    assert ("T1", 20) in rates


def test_the_ids_of_header_and_rows_are_those_of_the_gl_entries(reading: Caller) -> None:
    export = reading.export(exportInvoicesFlag=True)
    ids = record_ids(export)
    for number in ("10001", "10002", "10013", "10023"):
        told = document(export, number)
        rows = reading.get(f"finance/invoices/{told['id']}/glEntries", pageSize=1000)
        assert sorted(ids[number]) == sorted(row["id"] for row in rows)
        assert sum(row["amount"] for row in rows) == 0
        assert len(set(ids[number])) == len(ids[number])


def test_cost_entries_become_lines_where_the_setup_includes_them(ask: Caller) -> None:
    before = document(ask.export(exportInvoicesFlag=True), "10002")
    ask.patch("finance/accountingPackageSetup/1", ("includeCogsEntriesFlag", True))
    after = document(ask.export(exportInvoicesFlag=True), "10002")
    assert sorted(record_ids({**_NOTHING, "transactions": [before]})["10002"]) == sorted(
        record_ids({**_NOTHING, "transactions": [after]})["10002"]
    )
    assert len(before["glEntryIds"].split(",")) == 3
    assert len(after["glEntryIds"].split(",")) == 1
    costs = [
        line for line in after["detail"] if line["id"] not in {d["id"] for d in before["detail"]}
    ]
    assert [(c["accountNumber"], c["total"], c["glTypeId"]) for c in costs] == [
        ("50000", 18, "RP"),
        ("12000", -18, "RP"),
    ]


_NOTHING: Json = {"transactions": [], "purchaseTransactions": [], "expenseBills": []}


def test_what_the_setup_leaves_out_is_left_out(ask: Caller) -> None:
    ask.patch(
        "finance/accountingPackageSetup/1",
        ("includeSalesTaxFlag", False),
        ("includeItemsFlag", False),
        ("inventorySOHFlag", False),
        ("suppressMemoFlag", True),
        ("sendUomFlag", False),
    )
    export = ask.export()
    told = document(export, "10002")
    assert {line["glTypeId"] for line in told["detail"]} == {"R", "RP"}
    assert told["salesTax"] == 0
    assert not [line for line in told["detail"] if {"item", "memo", "unitOfMeasure"} & set(line)]
    assert (export["adjustmentTransactions"], export["inventoryTransfers"]) == ([], [])


def test_purchases_are_told_with_freight_and_tax(reading: Caller) -> None:
    export = reading.export(exportProductsFlag=True)
    orders = {each["documentNumber"]: each for each in export["purchaseTransactions"]}
    assert set(orders) == {f"PO-200{n}" for n in range(1, 7)} | {"PO-2904"}
    first = orders["PO-2001"]
    assert (first["id"], first["packingSlip"]) == ("3-PS-7001-purchase", "PS-7001")
    assert (first["vendorInvoiceNumber"], first["freightAmount"]) == (
        "INV-88120",
        Decimal("24.50"),
    )
    kinds = [
        (line["glTypeId"], line["quantity"], line["total"]) for line in first["purchaseDetail"]
    ]
    assert kinds == [("AP", -2, -1040), ("AP", -2, -224), ("PF", -1, Decimal("-24.50"))]
    assert first["purchaseDetail"][0]["serialNumbers"] == "S7001,S7002"
    assert "vendorInvoiceNumber" not in orders["PO-2002"]
    taxed = orders["PO-2004"]["purchaseDetailTax"]
    assert [(row["lineNumber"], row["taxAgencyXref"], row["total"]) for row in taxed] == [
        (1, "STATE", Decimal("-8.28")),
        (1, "COUNTY", Decimal("-1.73")),
        (2, "STATE", Decimal("-7.44")),
        (2, "COUNTY", Decimal("-1.55")),
    ]


def test_only_what_is_received_and_closed_of_a_purchase_is_told(reading: Caller) -> None:
    export = reading.export(exportProductsFlag=True)
    partly = [p for p in export["purchaseTransactions"] if p["documentNumber"] == "PO-2003"]
    assert [[line["glItemId"] for line in p["purchaseDetail"]] for p in partly] == [["SW-01"]]
    slips = {p["id"] for p in export["purchaseTransactions"] if p["documentNumber"] == "PO-2005"}
    assert slips == {"7-PS-7005-purchase", "7-PS-7006-purchase"}


def test_expenses_are_a_bill_for_each_member_and_report(reading: Caller) -> None:
    bills = reading.export(exportExpensesFlag=True)["expenseBills"]
    told = {each["vendorNumber"]: each for each in bills if "vendorNumber" in each}
    assert set(told) == {"WEBB-M", "SORENSEN-L", "JUNIPER-STAFFING"}
    webb = told["WEBB-M"]
    assert (webb["total"], webb["apAccountNumber"]) == (Decimal("245.45"), "20000")
    assert webb["documentNumber"] == f"{webb['id']}WEBB-M"
    assert [(line["glTypeId"], line["total"], line["billable"]) for line in webb["detail"]] == [
        ("EE", Decimal("184.20"), True),
        ("EE", Decimal("18.50"), False),
        ("EI", Decimal("42.75"), False),
    ]
    assert all(len(line["id"]) == 2 for line in webb["detail"])
    other = next(each for each in bills if "vendorNumber" not in each)
    assert other["member"]["identifier"] == "DWHITLOCK"
    assert [line["companyAdvance"] for line in other["detail"]] == [False, True]
    assert [line["reimbursable"] for line in other["detail"]] == [True, False]


def test_expenses_as_a_journal_have_an_offset(ask: Caller) -> None:
    ask.patch("finance/accountingPackageSetup/1", ("transferExpensesAsBillFlag", False))
    export = ask.export(exportExpensesFlag=True)
    assert export["expenseBills"] == []
    for each in export["expenses"]:
        assert each["total"] == -each["offset"]["total"] > 0
        assert (each["offset"]["accountNumber"], each["offset"]["glTypeId"]) == ("23000", "EO")
        assert each["offset"]["id"] == each["id"] + 1
    waiting = ask.get("finance/accounting/unpostedexpenses")
    assert {each["creditAccount"] for each in waiting} == {"23000"}


def test_adjustments_and_transfers(reading: Caller) -> None:
    export = reading.export(exportProductsFlag=True)
    counts = {each["id"]: each for each in export["adjustmentTransactions"]}
    lines = counts["1-adjustment"]["adjustmentDetail"]
    assert [(line["item"]["identifier"], line["quantity"], line["total"]) for line in lines] == [
        ("CB-03", -2, -8),
        ("UC-04", 1, 9),
    ]
    moved = export["inventoryTransfers"][0]
    assert (moved["id"], moved["transferId"], moved["quantity"]) == ("1-transfer", 1, 4)
    assert (moved["transferFromLocationXref"], moved["transferToLocationXref"]) == ("L1", "L3")
    assert "3-transfer" not in counts


def test_customers_and_vendors_are_those_of_the_documents(reading: Caller) -> None:
    export = reading.export()
    billed = {each["companyAccountNumber"] for each in export["transactions"]}
    assert {each["accountNumber"] for each in export["customers"]} == billed
    numbers_of = {each.get("vendorNumber") for each in export["vendors"]}
    assert {each["vendorNumber"] for each in export["purchaseTransactions"]} <= numbers_of
    bridge = next(c for c in export["customers"] if c["accountNumber"] == "BRIDGE-INSURANCE")
    assert (bridge["stateTaxXref"], bridge["stateTaxRate"], bridge["dueDays"]) == ("CA", 6, 30)
    assert not {"addressLine1", "city", "zip"} & set(bridge)


# -- texts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("detail", "service", "product"),
    [
        ("Default", "Service", "Product"),
        ("Condensed", "Ticket 4712", "USB cable to video"),
        (
            "Detailed",
            "Ticket #4712: New starter: Account, phone and notebook set up.",
            "USB cable to video",
        ),
    ],
)
def test_lines_say_as_much_as_was_asked_for(
    detail: str, service: str, product: str, reading: Caller
) -> None:
    export = reading.export(exportInvoicesFlag=True, summarizeInvoices=detail)
    lines = document(export, "10002")["detail"]
    assert [line["description"] for line in lines[:2]] == [service, product]
    assert {line["invoiceSummaryOption"] for line in lines} == {detail}


def test_texts_may_hold_anything(reading: Caller) -> None:
    export = reading.export(exportInvoicesFlag=True, summarizeInvoices="Detailed")
    text = document(export, "T1007")["detail"][0]["memo"]
    assert "\U0001f680" in text
    assert "\x07" in text
    assert "\x00" in text


# -- selection -----------------------------------------------------------------------------------


def test_an_export_marks_nothing(reading: Caller) -> None:
    count = reading.get("finance/accounting/unpostedinvoices/count")
    assert reading.export() == reading.export()
    assert reading.get("finance/accounting/unpostedinvoices/count") == count
    assert reading.get("finance/accounting/batches") == []


def test_documents_are_chosen_by_their_four_kinds_of_ids(reading: Caller) -> None:
    one = listed(reading, 'invoiceNumber="10002"')[0]
    expense = reading.get("finance/accounting/unpostedexpenses", pageSize=1)[0]
    export = reading.export(
        exportInvoicesFlag=True,
        includedInvoiceIds=[one["billingLogId"]],
        exportExpensesFlag=True,
        includedExpenseIds=[expense["expenseDetailId"]],
        exportProductsFlag=True,
        includedProductIds=["3-PS-7001-purchase", "2-adjustment", "1-transfer"],
    )
    assert numbers(export) == {"10002"}
    assert [len(bill["detail"]) for bill in export["expenseBills"]] == [1]
    assert [each["id"] for each in export["purchaseTransactions"]] == ["3-PS-7001-purchase"]
    assert [each["id"] for each in export["adjustmentTransactions"]] == ["2-adjustment"]
    assert [each["id"] for each in export["inventoryTransfers"]] == ["1-transfer"]
    wrong_kind = reading.export(exportInvoicesFlag=True, includedInvoiceIds=[one["id"]])
    assert numbers(wrong_kind) == set()


def test_documents_are_left_out_by_their_ids(reading: Caller) -> None:
    whole = numbers(reading.export(exportInvoicesFlag=True))
    one = listed(reading, 'invoiceNumber="10002"')[0]["billingLogId"]
    assert numbers(reading.export(exportInvoicesFlag=True, excludedInvoiceIds=[one])) == whole - {
        "10002"
    }
    both = reading.export(
        exportInvoicesFlag=True, includedInvoiceIds=[one], excludedInvoiceIds=[one]
    )
    assert numbers(both) == set()
    export = reading.export(exportProductsFlag=True, excludedProductIds=["1-transfer"])
    assert export["inventoryTransfers"] == []
    assert len(export["purchaseTransactions"]) == 8


def test_the_through_date_includes_its_own_day(reading: Caller) -> None:
    some = listed(reading, 'invoiceNumber="10002"')[0]["invoiceDate"]
    through = reading.export(exportInvoicesFlag=True, thruDate=some)
    expected = {
        each["invoiceNumber"]
        for each in listed(reading)
        if each["invoiceDate"] <= some and each.get("accountNumber")
    }
    assert "10002" in numbers(through)
    assert numbers(through) == expected - {"T1003"}


def test_a_location_is_one_and_0_and_nothing_are_all(reading: Caller) -> None:
    whole = numbers(reading.export(exportInvoicesFlag=True))
    assert numbers(reading.export(exportInvoicesFlag=True, locationId=0)) == whole
    training = reading.export(locationId=3)
    assert numbers(training) == {number for number in whole if number.startswith("T")}
    bought = [each["documentNumber"] for each in training["purchaseTransactions"]]
    assert bought == ["PO-2904"]
    assert len(training["expenseBills"]) == 1
    nothing = reading.export(locationId=4)
    assert numbers(nothing) == set()


def test_what_has_no_account_number_or_no_vendor_number_is_left_out(reading: Caller) -> None:
    assert "T1001" in {each["invoiceNumber"] for each in listed(reading)}
    export = reading.export()
    assert "T1001" not in numbers(export)
    waiting = reading.get("finance/accounting/unpostedprocurement", pageSize=1000)
    orders = {each["purchaseOrder"]["name"] for each in waiting if "purchaseOrder" in each}
    assert "PO-2901" in orders
    assert "PO-2901" not in {each["documentNumber"] for each in export["purchaseTransactions"]}


def test_what_has_no_gl_entries_is_listed_and_never_exported(reading: Caller) -> None:
    waiting = listed(reading, 'invoiceNumber="T1003"')
    assert len(waiting) == 1
    assert reading.get(f"finance/invoices/{waiting[0]['billingLogId']}/glEntries") == []
    assert "T1003" not in numbers(reading.export())


def test_what_is_open_is_not_listed(reading: Caller) -> None:
    assert listed(reading, 'invoiceNumber="T1012"') == []
    assert reading.get("finance/invoices", conditions='invoiceNumber="T1012"')[0]["status"] == {
        "id": 1,
        "name": "New",
        "isClosed": False,
    }


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({}, ["MissingRequiredField"]),
        ({"exportInvoicesFlag": False}, ["MissingRequiredField"]),
        ({"exportInvoicesFlag": True, "summarizeInvoices": "Brief"}, ["InvalidChoice"]),
        ({"exportInvoicesFlag": True, "batchIdentifier": "x" * 51}, ["MaxLengthField"]),
        ({"exportInvoicesFlag": True, "thruDate": "yesterday"}, ["InvalidType"]),
        ({"exportInvoicesFlag": True, "includedInvoiceIds": ["1"]}, ["InvalidType"]),
        ({"exportProductsFlag": True, "includedProductIds": [1]}, ["InvalidType"]),
        (
            {"exportInvoicesFlag": "yes", "nothing": 1},
            ["InvalidField", "InvalidType", "MissingRequiredField"],
        ),
    ],
)
def test_a_wrong_request_is_refused(body: object, codes: list[str], reading: Caller) -> None:
    told = reading("POST", "finance/accounting/export", body)
    assert told.status == 400
    assert sorted(told.codes) == codes


def test_a_spoilt_field_is_told_wrongly_until_it_is_mended(ask: Caller, fresh: object) -> None:
    act = getattr(fresh, "act", None)
    assert act is not None
    act("spoil", document="invoice", number="10002", field="detail/0/total", value=1.234)
    told = document(ask.export(exportInvoicesFlag=True), "10002")
    assert told["detail"][0]["total"] == Decimal("1.234")
    act("spoil", document="invoice", number="10002", field="detail/0/total")
    told = document(ask.export(exportInvoicesFlag=True), "10002")
    assert told["detail"][0]["total"] == -220
