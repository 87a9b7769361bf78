"""Every answer is what the vendor's description says, for every path that the site serves."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from clary.apps.connectwise.sandbox.resources import routes
from tests.apps.connectwise.sandbox.caller import Caller, Description

BEYOND = {
    "system/myMembers",
    "system/mySecurity",
    "system/integratorlogins",
    "system/integratorlogins/count",
    "system/members/{}/tokens",
}
"""Paths of the vendor's full description that its accounting part leaves out."""

PARENTS = {
    "finance/invoices": "39012",
    "finance/accounting/unpostedinvoices": "1039012",
    "procurement/purchaseorders": "6",
}
"""Records that have children worth reading; of other lists the first is taken."""

READABLE = sorted({route.path for route in routes() if route.method == "GET"} - BEYOND)


def as_pattern(path: str) -> str:
    return re.sub(r"\{\w*\}", "{}", path.strip("/")).casefold()


def documented(description: Description) -> dict[str, str]:
    return {as_pattern(path): path for path in description.paths}


def filled(path: str, ask: Caller) -> Iterator[str]:
    """Yield the path with the ids of a record that is there; nothing where none is."""
    start, parameter, rest = path.partition("/{}")
    if not parameter:
        yield path
        return
    found = ask.get(start, pageSize=1) if start not in PARENTS and known(start) else None
    ids = [PARENTS[start]] if start in PARENTS else [str(each["id"]) for each in found or ()]
    if not known(start):
        ids = ["39012"]
    for each in ids[:1]:
        yield from filled(f"{start}/{each}{rest}", ask)


def known(path: str) -> bool:
    pattern = re.sub(r"/\d+", "/{}", path)
    return any(route.path == pattern and route.method == "GET" for route in routes())


def test_the_site_serves_nothing_that_is_not_documented(vendors_own: Description) -> None:
    known_paths = documented(vendors_own)
    served = {(route.method, route.path) for route in routes() if route.path not in BEYOND}
    unknown = {
        (method, path)
        for method, path in served
        if as_pattern(path) not in known_paths
        or method.lower() not in vendors_own.paths[known_paths[as_pattern(path)]]
    }
    assert not unknown


@pytest.mark.parametrize("path", READABLE)
def test_what_is_read_follows_the_description(
    path: str, either: Caller, vendors_own: Description
) -> None:
    for whole in filled(path, either):
        told = either.get(whole) if whole.endswith("count") else either.get(whole, pageSize=1000)
        assert not vendors_own.offences(told, "GET", documented(vendors_own)[as_pattern(path)])


@pytest.mark.parametrize("detail", ["Default", "Condensed", "Detailed"])
def test_an_export_of_everything_follows_the_description(
    detail: str, either: Caller, vendors_own: Description
) -> None:
    export = either.export(summarizeInvoices=detail, locationId=0, batchIdentifier="0", id=None)
    assert not vendors_own.offences_of(export, "GLExport")
    assert {name: len(each) for name, each in export.items() if isinstance(each, list)} == {
        "transactions": len(export["transactions"]),
        "expenseBills": 4,
        "expenses": 0,
        "purchaseTransactions": len(export["purchaseTransactions"]),
        "adjustmentTransactions": 3,
        "inventoryTransfers": 1,
        "customers": len(export["customers"]),
        "vendors": 10,
    }
    assert len(export["transactions"]) > 30
    assert len(export["purchaseTransactions"]) >= 7


def test_expenses_as_a_journal_and_batches_follow_the_description(
    ask: Caller, vendors_own: Description
) -> None:
    ask.patch("finance/accountingPackageSetup/1", ("transferExpensesAsBillFlag", False))
    export = ask.export(exportExpensesFlag=True)
    assert len(export["expenses"]) == 8
    assert not vendors_own.offences_of(export, "GLExport")
    ids = [row for each in export["expenses"] for row in (each["id"], each["offset"]["id"])]
    made = ask.batch("E-1", ids, exportExpensesFlag=True)
    assert not vendors_own.offences_of(made.json, "GLExport")
    for path, schema in (("", "AccountingBatch"), ("/1/entries", "BatchEntry")):
        for each in ask.get(f"finance/accounting/batches{path}"):
            assert not vendors_own.offences_of(each, schema)


@pytest.mark.parametrize(
    ("path", "body", "schema"),
    [
        (
            "company/companies",
            {"identifier": "New", "name": "New", "taxCode": {"id": 1}},
            "Company",
        ),
        ("company/companies/2/sites", {"name": "Second"}, "CompanySite"),
        ("procurement/types", {"name": "Gifts", "typeXref": "OtherCharge"}, "ProductType"),
        ("finance/billingTerms", {"name": "Net 60", "dueDays": 60}, "BillingTerm"),
        (
            "finance/taxCodes/1/taxCodeLevels",
            {"taxRate": 0.5, "rateType": "Percent", "taxLevel": 3, "agencyXref": "CITY"},
            "TaxCodeLevel",
        ),
        ("finance/invoices", {"type": "Standard", "company": {"id": 2}}, "Invoice"),
        (
            "finance/invoices/39001/payments",
            {"type": "P", "amount": 10.5, "paymentDate": "2026-01-31T00:00:00Z"},
            "InvoicePayment",
        ),
        (
            "procurement/purchaseorders",
            {"poNumber": "P-1", "vendorCompany": {"id": 44}, "terms": {"id": 1}},
            "PurchaseOrder",
        ),
        (
            "procurement/purchaseorders/3/lineitems",
            {"product": {"identifier": "CB-03"}, "quantity": 2, "unitCost": 4.5},
            "PurchaseOrderLineItem",
        ),
        (
            "expense/entries",
            {"company": {"id": 2}, "type": {"id": 1}, "amount": 5, "date": "2026-01-31T00:00:00Z"},
            "ExpenseEntry",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_made_and_changed_follows_the_description(
    path: str, body: object, schema: str, ask: Caller, vendors_own: Description
) -> None:
    made = ask.post(path, body)
    assert not vendors_own.offences_of(made, schema)
    told = ask("PUT", f"{path}/{made['id']}", made)
    assert told.status == 200, told.text
    assert not vendors_own.offences_of(told.json, schema)
    assert {**told.json, "_info": None} == {**made, "_info": None}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "finance/invoices/1", 404),
        ("GET", "finance/nothing", 404),
        ("POST", "finance/accounting/export", 400),
        ("DELETE", "finance/accounting/export", 405),
    ],
)
def test_errors_follow_the_description(
    method: str, path: str, status: int, reading: Caller, vendors_own: Description
) -> None:
    told = reading(method, path, {} if method == "POST" else None)
    assert told.status == status
    assert not vendors_own.offences_of(told.json, "ErrorResponseMessage")


def test_the_judge_sees_wrong_types_and_unknown_fields(vendors_own: Description) -> None:
    offences = vendors_own.offences_of(
        {"transactions": [{"id": "x", "company": {"street": "A"}, "detail": [{"totals": 1}]}]},
        "GLExport",
    )
    assert sorted(each.split(":")[0] for each in offences) == [
        "/transactions/0/company/street",
        "/transactions/0/detail/0/totals",
        "transactions/0/id",
    ]
