"""The whole way of a client: company, connection, options, pushes, operations, reads."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.push.served import Client, Company
from tests.flows.push import documents
from tests.flows.push.shelf import changed

TEN = (
    "customers",
    "suppliers",
    "invoices",
    "creditNotes",
    "bills",
    "billCreditNotes",
    "payments",
    "billPayments",
    "journalEntries",
    "directCosts",
)
DATA_ONLY = ("accounts", "items", "taxRates", "trackingCategories")
WITH_CONNECTION = ("directCosts", "directIncomes", "bankAccounts")


def test_integrations_say_what_can_be_done(client: Client) -> None:
    found = client.good("GET", "/integrations")
    assert {each["key"] for each in found["results"]} == {"hbql", "shus"}
    own = client.good("GET", "/integrations/hbql")
    features = {f["dataType"]: f["supportedFeatures"] for f in own["datatypeFeatures"]}
    assert {one["featureType"] for one in features["invoices"]} == {"Get", "Post", "Put", "Delete"}
    assert [one["featureType"] for one in features["taxRates"]] == ["Get"]


def test_all_ten_types_are_written_and_read_at_once(uk: Company) -> None:
    options = [*TEN, "chartOfAccounts", "items"]
    for name in options:
        shown = uk.client.good("GET", f"{uk.connected}/options/{name}")
        assert shown["type"] == "Object"
    stated: dict[str, Any] = dict(documents.UK_DOCUMENTS)
    ids: dict[str, str] = {}
    for kind in TEN[:6]:
        ids[kind] = uk.written(kind, stated[kind])
    assert ids["customers"] == "NEWCO"
    links = [{"type": "Invoice", "id": ids["invoices"], "amount": -144.0}]
    payment = {
        **documents.UK_PAYMENT,
        "totalAmount": 144.0,
        "lines": [{"amount": 144.0, "links": links}],
    }
    ids["payments"] = uk.written("payments", payment)
    paid = changed(documents.UK_BILL_PAYMENT, ids["bills"], "lines", "0", "links", "0", "id")
    ids["billPayments"] = uk.written("billPayments", paid)
    for kind in TEN[8:]:
        ids[kind] = uk.written(kind, stated[kind])
    for kind, key in ids.items():
        base = uk.connected if kind in WITH_CONNECTION else uk.path
        shown = uk.client.good("GET", f"{base}/data/{kind}/{key}")
        assert shown["id"] == key
        listed = uk.client.good("GET", f"{base}/data/{kind}")
        assert key in [each["id"] for each in listed["results"]]
    invoice = uk.client.good("GET", f"{uk.path}/data/invoices/{ids['invoices']}")
    assert (invoice["amountDue"], invoice["status"]) == (0, "Paid")


@pytest.mark.parametrize("kind", [*DATA_ONLY, "journals", "paymentMethods"])
def test_lists_are_read(kind: str, uk: Company) -> None:
    answer = uk.client.ask("GET", f"{uk.path}/data/{kind}")
    assert answer.status == (404 if kind == "paymentMethods" else 200)


def test_one_can_page_query_and_order(uk: Company) -> None:
    path = f"{uk.path}/data/accounts"
    first = uk.client.good("GET", path, page=1, pageSize=2, orderBy="-nominalCode")
    assert len(first["results"]) == 2
    assert first["totalResults"] > 2
    assert first["_links"]["next"]["href"].startswith(path)
    codes = [each["nominalCode"] for each in first["results"]]
    assert codes == sorted(codes, reverse=True)
    banks = uk.client.good("GET", path, query="isBankAccount=true")
    assert all(each["isBankAccount"] for each in banks["results"])
    assert 0 < banks["totalResults"] < first["totalResults"]


def test_operations_are_listed_and_queried(uk: Company) -> None:
    key = uk.push("customers", {**documents.UK_CUSTOMER, "id": "LISTED"})["pushOperationKey"]
    uk.ended({"status": "Pending", "pushOperationKey": key})
    found = uk.client.good("GET", f"{uk.path}/push", query=f"pushOperationKey={key}")
    assert [each["pushOperationKey"] for each in found["results"]] == [key]
    failed = uk.client.good(
        "GET", f"{uk.path}/push", query="status=Success", orderBy="requestedOnUtc", pageSize=1
    )
    assert failed["results"][0]["status"] == "Success"


def test_an_update_states_what_the_sender_saw(uk: Company) -> None:
    key = uk.written("customers", {**documents.UK_CUSTOMER, "id": "UPDATED"})
    path = f"{uk.connected}/push/customers/{key}"
    stated = {**documents.UK_CUSTOMER, "id": key, "customerName": "Renamed Ltd"}
    blind = uk.ended(uk.client.good("PUT", path, stated))
    assert (blind["status"], blind["statusCode"]) == ("Failed", 400)
    assert blind["validation"]["errors"][0]["itemId"] == "SourceModifiedDate"
    seen = uk.client.good("GET", f"{uk.path}/data/customers/{key}")
    informed = {**stated, "sourceModifiedDate": seen["sourceModifiedDate"]}
    done = uk.ended(uk.client.good("PUT", path, informed))
    assert done["status"] == "Success", done
    assert done["changes"][0]["type"] == "Modified"
    forced = uk.ended(uk.client.good("PUT", path, stated, forceUpdate="true"))
    assert forced["status"] == "Success"
    after = uk.client.good("GET", f"{uk.path}/data/customers/{key}")
    assert after["customerName"] == "Renamed Ltd"


def test_a_document_is_taken_back(uk: Company) -> None:
    key = uk.written("invoices", {**documents.UK_INVOICE, "invoiceNumber": "BACK-1"})
    operation = uk.client.good("DELETE", f"{uk.connected}/push/invoices/{key}")
    ended = uk.ended(operation)
    assert ended["status"] == "Success", ended
    assert ended["changes"][0]["type"] == "Deleted"
    gone = uk.client.good("GET", f"{uk.path}/data/invoices/{key}")
    assert gone["status"] == "Void"


def test_what_the_books_refuse_is_told_by_property(uk: Company) -> None:
    stated = changed(documents.UK_INVOICE, "NOBODY", "customerRef", "id")
    ended = uk.ended(uk.push("invoices", stated))
    assert (ended["status"], ended["statusCode"]) == ("Failed", 400)
    assert ended["validation"]["errors"][0]["itemId"] == "CustomerRef.Id"
    assert "Correlation ID" in ended["errorMessage"]


def test_documents_of_one_burst_may_refer_to_each_other(uk: Company) -> None:
    customer = uk.push("customers", {**documents.UK_CUSTOMER, "id": "BURST"})
    stated = changed(documents.UK_INVOICE, "BURST", "customerRef", "id")
    invoice = uk.push("invoices", {**stated, "invoiceNumber": "BURST-1"})
    assert uk.ended(customer)["status"] == "Success"
    assert uk.ended(invoice)["status"] == "Success"


def test_refreshes_are_queued_and_told(uk: Company) -> None:
    queued = uk.client.good("POST", f"{uk.path}/data/queue/invoices")
    assert (queued["status"], queued["isCompleted"]) == ("Complete", True)
    status = uk.client.good("GET", f"{uk.path}/dataStatus")
    assert status["invoices"]["latestSyncId"] == queued["id"]
    assert uk.client.good("GET", f"{uk.path}/data/history/{queued['id']}")["id"] == queued["id"]
    uk.client.good("POST", f"{uk.path}/data/all")
    assert uk.client.good("GET", f"{uk.path}/data/history")["totalResults"] > 10
    assert uk.client.good("GET", f"{uk.path}/data/info")["baseCurrency"] == "GBP"
    uk.client.good("POST", f"{uk.path}/data/info")


def test_companies_are_changed_and_forgotten(client: Client) -> None:
    made = client.good("POST", "/companies", {"name": "Short", "tags": {"region": "uk"}})
    path = f"/companies/{made['id']}"
    changed_one = client.good("PATCH", path, {"name": "Longer"})
    assert (changed_one["name"], changed_one["tags"]) == ("Longer", {"region": "uk"})
    client.good("PUT", path, {"name": "Whole"})
    assert client.good("GET", path)["tags"] == {}
    found = client.good("GET", "/companies", query="name=Whole")
    assert [each["id"] for each in found["results"]] == [made["id"]]
    client.good("DELETE", path)
    assert client.ask("GET", path).status == 404


def test_a_connection_is_unlinked(client: Client, server: object) -> None:
    made = client.good("POST", "/companies", {"name": "Linked once"})
    path = f"/companies/{made['id']}/connections"
    connection = client.good("POST", path, {"platformKey": "hbql"})
    here = f"{path}/{connection['id']}"
    refused = client.ask("POST", f"{here}/push/customers", documents.UK_CUSTOMER)
    assert refused.status == 409
    assert client.ask("POST", path, {"platformKey": "hbql"}).status == 409
    client.good("PUT", f"{here}/authorization", {"company": "south"})
    assert client.good("PATCH", here, {"status": "Unlinked"})["status"] == "Unlinked"
    assert client.ask("POST", f"{here}/push/customers", documents.UK_CUSTOMER).status == 409
    listed = client.good("GET", path)
    assert [each["status"] for each in listed["results"]] == ["Unlinked"]
    client.good("DELETE", here)
    assert client.good("GET", path)["results"] == []
    del server


US_DOCUMENTS = {
    "suppliers": documents.US_SUPPLIER,
    "customers": documents.US_CUSTOMER,
    "accounts": documents.US_ACCOUNT,
    "invoices": documents.US_INVOICE,
    "bills": documents.US_BILL,
    "journalEntries": documents.US_JOURNAL_ENTRY,
    "directCosts": documents.US_DIRECT_COST,
}


def test_a_us_company_is_written_and_read(us: Company) -> None:
    for kind, stated in US_DOCUMENTS.items():
        key = us.written(kind, stated)
        base = us.connected if kind in WITH_CONNECTION else us.path
        assert us.client.good("GET", f"{base}/data/{kind}/{key}")["id"] == key
    assert us.client.good("GET", f"{us.path}/data/paymentMethods")["results"] is not None
