"""Read shapes: valid against the reference file, with all that its SDK insists on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clary.companies.contract import LedgerRow
from clary.flows.push import answers, outbound
from clary.flows.push.showing import Showing
from clary.flows.push.types import type_named
from clary.kernel.change import Body
from tests.flows.books import MemoryCompany
from tests.flows.push.shelf import ACCOUNTING, faults, uk_shelf, us_shelf

STAMP = "2026-03-02T10:00:00Z"
UK = Showing(uk_shelf(), STAMP)
US = Showing(us_shelf())

INVOICE: Body = {
    "transaction_number": 92,
    "number": "A1",
    "customer_id": "ACME",
    "customer_name": "Acme Ltd",
    "date": "2026-01-10",
    "due_date": "2026-02-09",
    "form": "ledger",
    "posted": True,
    "total": "120.00",
    "tax_total": "20.00",
    "amount_due": "120.00",
    "status": "live",
    "created_at": "2026-01-10T09:00:00.000000Z",
    "lines": [
        {
            "description": "Work",
            "account_id": "4000",
            "amount": "100.00",
            "tax_code_id": "T1",
            "tax_amount": "20.00",
            "job_id": "PROJ1",
        }
    ],
}


def shown(name: str, body: Mapping[str, Any], showing: Showing = UK, kind: str = "") -> Any:  # noqa: ANN401 - an answer is looked into by name
    push_type = type_named(name)
    assert push_type is not None
    return outbound.show(push_type, dict(body), showing, kind)


def test_an_invoice() -> None:
    found = shown("invoices", INVOICE)
    assert faults(ACCOUNTING, "Invoice", found) == []
    assert found["id"] == "92"
    assert found["issueDate"] == "2026-01-10T00:00:00"
    assert found["customerRef"] == {"id": "ACME", "companyName": "Acme Ltd"}
    assert (found["modifiedDate"], found["sourceModifiedDate"]) == (STAMP, INVOICE["created_at"])
    assert found["lineItems"][0] == {
        "description": "Work",
        "unitAmount": Decimal("100.00"),
        "quantity": Decimal(1),
        "discountAmount": Decimal(0),
        "discountPercentage": Decimal(0),
        "subTotal": Decimal("100.00"),
        "taxAmount": Decimal("20.00"),
        "totalAmount": Decimal("120.00"),
        "accountRef": {"id": "4000", "name": "Sales"},
        "taxRateRef": {"id": "1", "name": "Standard rate", "effectiveTaxRate": Decimal(20)},
        "trackingCategoryRefs": [
            {"id": "department_0", "name": "Default"},
            {"id": "project_PROJ1", "name": "New roof"},
        ],
    }


@pytest.mark.parametrize(
    ("changes", "status", "due"),
    [
        ({}, "Submitted", "120.00"),
        ({"amount_due": "0.00"}, "Paid", "0.00"),
        ({"amount_due": "20.00"}, "PartiallyPaid", "20.00"),
        ({"status": "reversed"}, "Void", "0"),
        ({"status": "reversal"}, "Void", "0"),
        ({"form": "document", "posted": False}, "Draft", "120.00"),
        ({"total": "0.00", "tax_total": "0.00", "amount_due": "0.00"}, "Submitted", "0.00"),
    ],
)
def test_the_status_of_an_invoice(changes: dict[str, Any], status: str, due: str) -> None:
    found = shown("invoices", {**INVOICE, **changes})
    assert (found["status"], found["amountDue"]) == (status, Decimal(due))
    assert faults(ACCOUNTING, "Invoice", found) == []


def test_required_amounts_that_the_books_lack_are_zero() -> None:
    bare: Body = {"transaction_number": 1, "date": "2026-01-10"}
    for name, schema, needed in (
        ("invoices", "Invoice", ("totalAmount", "amountDue", "totalTaxAmount")),
        ("creditNotes", "CreditNote", ("totalDiscount", "remainingCredit", "subTotal")),
        ("bills", "Bill", ("subTotal", "taxAmount", "totalAmount")),
        ("billCreditNotes", "BillCreditNote", ("remainingCredit", "discountPercentage")),
        ("directCosts", "DirectCost", ("subTotal", "taxAmount", "totalAmount")),
    ):
        found = shown(name, bare)
        assert faults(ACCOUNTING, schema, found) == []
        assert [found[each] for each in needed] == [0] * len(needed)


def test_a_foreign_bill() -> None:
    bill = {
        "transaction_number": 5,
        "number": "S1",
        "vendor_id": "EUROSUP",
        "vendor_name": "Euro Supply",
        "date": "2026-01-10",
        "details": "Paper",
        "currency": "EUR",
        "exchange_rate": "1.25",
        "total": "50.00",
        "tax_total": "0.00",
        "amount_due": "50.00",
        "lines": [{"amount": "50.00", "quantity": "2", "unit_price": "25", "item_id": "P"}],
    }
    found = shown("bills", bill)
    assert faults(ACCOUNTING, "Bill", found) == []
    assert (found["currency"], found["currencyRate"]) == ("EUR", Decimal("0.8"))
    assert (found["status"], found["reference"], found["note"]) == ("Open", "S1", "Paper")
    line = found["lineItems"][0]
    assert (line["quantity"], line["unitAmount"]) == (2, 25)
    assert line["itemRef"] == {"id": "P"}


def test_a_payment_is_one_line_with_what_it_settles() -> None:
    books = uk_shelf()
    books.documents = {("customer", "ACME", "A1"): "92"}
    receipt = {
        "transaction_number": 100,
        "customer_id": "ACME",
        "cash_account_id": "1200",
        "date": "2026-02-01",
        "amount": "50.00",
        "unapplied_amount": "10.00",
        "applications": [
            {"invoice_number": "A1", "amount": "30.00"},
            {"transaction_number": 93, "amount": "5.00"},
            {"invoice_number": "unknown", "amount": "5.00"},
        ],
        "details": "Thanks",
        "status": "reversed",
    }
    found = shown("payments", receipt, Showing(books))
    assert faults(ACCOUNTING, "Payment", found) == []
    assert found["metadata"] == {"isDeleted": True}
    assert found["lines"] == [
        {
            "amount": Decimal("50.00"),
            "links": [
                {"type": "Invoice", "id": "92", "amount": Decimal("-30.00")},
                {"type": "Invoice", "id": "93", "amount": Decimal("-5.00")},
                {"type": "Invoice", "amount": Decimal("-5.00")},
                {"type": "PaymentOnAccount", "id": "ACME", "amount": Decimal("-10.00")},
            ],
            "allocatedOnDate": "2026-02-01T00:00:00",
        }
    ]


def test_a_bill_payment_on_account_is_linked_to_nothing() -> None:
    payment = {
        "transaction_number": 101,
        "vendor_id": "SUPPLY",
        "cash_account_id": "10200",
        "date": "2026-02-01",
        "amount": "50.00",
        "unapplied_amount": "50.00",
        "payment_method": "Check",
    }
    found = shown("billPayments", payment, US)
    assert faults(ACCOUNTING, "BillPayment", found) == []
    assert found["paymentMethodRef"] == {"id": "Check", "name": "Check"}
    assert found["lines"][0]["links"] == [{"type": "Unlinked", "amount": Decimal("-50.00")}]


def test_a_party() -> None:
    customer: dict[str, Any] = {
        "id": "ACME",
        "name": "Acme Ltd",
        "inactive": True,
        "bill_to": {"line1": "1 High Street", "country": "GB"},
        "ship_to": [{"line1": "2 High Street"}],
        "contacts": [{"name": "Ann", "telephone": "1"}, {"name": "Bob"}],
    }
    found = shown("customers", customer)
    assert faults(ACCOUNTING, "Customer", found) == []
    assert [each["type"] for each in found["addresses"]] == ["Unknown", "Delivery"]
    assert found["defaultCurrency"] == "GBP"
    assert [len(each["phone"]) for each in found["contacts"]] == [1, 0]
    assert found["status"] == "Archived"
    supplier = {"id": "S", "name": "S", "mail_to": {"line1": "x"}, "currency": "EUR"}
    found = shown("suppliers", supplier, US)
    assert faults(ACCOUNTING, "Supplier", found) == []
    assert (found["addresses"][0]["type"], found["defaultCurrency"]) == ("Billing", "EUR")
    assert "contacts" not in found


@pytest.mark.parametrize(
    ("kind", "balance", "shown_type", "shown_balance"),
    [
        ("sales", "-10.00", "Income", "10.00"),
        ("overheads", "10.00", "Expense", "10.00"),
        ("current_assets", "-10.00", "Asset", "-10.00"),
        ("capital_and_reserves", "-5.00", "Equity", "5.00"),
        ("current_liabilities", "0.00", "Liability", "0.00"),
        (None, "1.00", "Unknown", "1.00"),
    ],
)
def test_an_accounts_balance_is_positive_on_its_own_side(
    kind: str | None, balance: str, shown_type: str, shown_balance: str
) -> None:
    found = shown("chartOfAccounts", {"id": "4000", "name": "X", "type": kind, "balance": balance})
    assert faults(ACCOUNTING, "Account", found) == []
    assert (found["type"], found["currentBalance"]) == (shown_type, Decimal(shown_balance))
    assert not answers.encoded(found["currentBalance"]).startswith("-0")


def test_an_account_that_holds_money() -> None:
    found = shown("chartOfAccounts", {"id": "1210", "name": "Euro", "type": "current_assets"})
    assert (found["isBankAccount"], found["currency"]) == (True, "EUR")
    bank = shown("bankAccounts", {"id": "1210", "name": "Euro", "balance": "5.00"})
    assert (bank["balance"], bank["accountType"]) == (Decimal("5.00"), "Unknown")
    unknown = shown("chartOfAccounts", {"id": "9", "name": "x"})
    assert (unknown["isBankAccount"], unknown["currency"]) == (False, "GBP")


def test_items_and_tax_rates() -> None:
    item = shown("items", {"id": "P", "description": "Paper", "class": "stock", "sales_price": "4"})
    assert faults(ACCOUNTING, "Item", item) == []
    assert (item["type"], item["invoiceItem"]["unitPrice"]) == ("Inventory", 4)
    rate = shown("taxRates", {"id": "T1", "description": "Standard rate", "rate": "20"})
    assert faults(ACCOUNTING, "TaxRate", rate) == []
    assert (rate["id"], rate["code"], rate["effectiveTaxRate"]) == ("1", "T1", 20)
    agencies = [{"id": "STATE", "rate": "6"}, {"id": "COUNTY", "rate": "1.25"}]
    code = shown("taxRates", {"id": "CA", "agencies": agencies}, US)
    assert faults(ACCOUNTING, "TaxRate", code) == []
    assert (code["id"], code["effectiveTaxRate"]) == ("CA", Decimal("7.25"))
    assert len(code["components"]) == 2
    exempt = shown("taxRates", {"id": "X", "agencies": agencies, "exempt": True}, US)
    assert exempt["effectiveTaxRate"] == 0


def test_tracking_categories() -> None:
    department = shown("trackingCategories", {"id": "7", "name": "North"}, UK, "department")
    assert faults(ACCOUNTING, "TrackingCategory", department) == []
    assert (department["id"], department["parentId"]) == ("department_7", "DEPARTMENTS")
    job = shown("trackingCategories", {"id": "J1"}, US, "job")
    assert (job["id"], job["name"], job["parentId"]) == ("project_J1", "J1", "PROJECTS")
    assert [each["id"] for each in outbound.category_parents(UK)] == ["DEPARTMENTS", "PROJECTS"]
    parents = outbound.category_parents(US)
    assert [each["id"] for each in parents] == ["PROJECTS"]
    assert faults(ACCOUNTING, "TrackingCategory", parents[0]) == []


def test_what_is_no_record() -> None:
    assert faults(ACCOUNTING, "PaymentMethod", outbound.payment_method("Check", US)) == []
    assert faults(ACCOUNTING, "Journal", outbound.journal(UK)) == []
    info = MemoryCompany("uk").info()
    found = outbound.company(info)
    assert faults(ACCOUNTING, "CompanyDataset", found) == []
    assert (found["baseCurrency"], found["financialYearStartDate"]) == (
        "GBP",
        "2026-01-01T00:00:00",
    )


def row(number: int, account: str, units: int, record_type: str) -> LedgerRow:
    return LedgerRow(number, date(2026, 1, 10), record_type, "B1", None, account, units, "")


def test_every_posting_is_a_journal_entry_of_its_source() -> None:
    ledger = [
        row(92, "2100", -12000, "purchase"),
        row(92, "5000", 10000, "purchase"),
        row(92, "2201", 2000, "purchase"),
        row(93, "1200", 500, "allocation"),
    ]
    found: list[Any] = list(outbound.posted_entries(ledger, UK))
    assert [each["id"] for each in found] == ["92", "93"]
    assert found[0]["recordRef"] == {"id": "92", "dataType": "bills"}
    assert "recordRef" not in found[1]
    assert [line["netAmount"] for line in found[0]["journalLines"]] == [-120, 100, 20]
    for each in found:
        assert faults(ACCOUNTING, "JournalEntry", each) == []


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("directCosts", {"lines": [{}]}, True),
        ("directCosts", {"applications": [{}]}, False),
        ("directIncomes", {}, False),
        ("billPayments", {"lines": [{}]}, False),
        ("billPayments", {"lines": [{}], "applications": [{}]}, True),
        ("payments", {}, True),
        ("bankAccounts", {"type": "cash"}, True),
        ("bankAccounts", {"type": "income"}, False),
        ("chartOfAccounts", {"type": "income"}, True),
    ],
)
def test_us_records_that_several_data_types_share(name: str, body: Body, *, expected: bool) -> None:
    push_type = type_named(name)
    assert push_type is not None
    assert outbound.is_shown(push_type, body, US) is expected
    assert outbound.is_shown(push_type, body, UK)
