"""What can be done with each data type in each edition: written, changed, taken back, or 404."""

from __future__ import annotations

from typing import Any

import pytest

from clary.flows.push.declaring import PushVerb
from clary.flows.push.types import ALL_TYPES
from clary.ledger.fields import EditionName
from tests.api.push.served import Client, Company, Served
from tests.flows.push import documents
from tests.flows.push.shelf import changed

US_ITEM = {
    "code": "NB-03",
    "name": "Notebook",
    "type": "Service",
    "invoiceItem": {"unitPrice": 4.5, "accountRef": {"id": "40000"}},
}
US_CREDIT_NOTE = {
    "customerRef": {"id": "ACME"},
    "creditNoteNumber": "CN-1",
    "issueDate": "2026-03-01",
    "lineItems": [{"subTotal": 10.0, "accountRef": {"id": "40000"}}],
}
US_BILL_CREDIT_NOTE = {
    "supplierRef": {"id": "SUPPLY"},
    "billCreditNoteNumber": "SC-1",
    "issueDate": "2026-03-01",
    "lineItems": [{"description": "Back", "subTotal": 5.0, "accountRef": {"id": "60000"}}],
}
US_BILL_PAYMENT = {
    "accountRef": {"id": "10200"},
    "supplierRef": {"id": "SUPPLY"},
    "totalAmount": 50.0,
    "reference": "CHECK 2",
    "date": "2026-03-01",
    "lines": [{"amount": 50.0, "links": [{"type": "Bill", "id": "0", "amount": -50.0}]}],
}
US_DOCUMENTS: dict[str, dict[str, Any]] = {
    "suppliers": documents.US_SUPPLIER,
    "customers": documents.US_CUSTOMER,
    "accounts": documents.US_ACCOUNT,
    "items": US_ITEM,
    "invoices": documents.US_INVOICE,
    "creditNotes": US_CREDIT_NOTE,
    "bills": documents.US_BILL,
    "billCreditNotes": US_BILL_CREDIT_NOTE,
    "payments": documents.US_PAYMENT,
    "billPayments": US_BILL_PAYMENT,
    "journalEntries": documents.US_JOURNAL_ENTRY,
    "directCosts": documents.US_DIRECT_COST,
}
DOCUMENTS: dict[EditionName, dict[str, dict[str, Any]]] = {
    "uk": documents.UK_DOCUMENTS,
    "us": US_DOCUMENTS,
}
WITH_CONNECTION = ("directCosts", "directIncomes")
PAID = {"payments": ("invoices", "Invoice"), "billPayments": ("bills", "Bill")}
NUMBERS = {
    "invoices": "invoiceNumber",
    "creditNotes": "creditNoteNumber",
    "bills": "reference",
    "billCreditNotes": "billCreditNoteNumber",
    "payments": "reference",
    "billPayments": "reference",
    "directCosts": "reference",
}
CASES = [(edition, kind) for edition, all_of in DOCUMENTS.items() for kind in all_of]
UPDATED = [(e, k) for e, k in CASES if k in ("customers", "suppliers", *list(NUMBERS)[:4])]
TAKEN_BACK = [(e, k) for e, k in CASES if k in (*NUMBERS, "journalEntries")]


@pytest.fixture(scope="module")
def companies(server: Served, client: Client) -> dict[EditionName, Company]:
    return {"uk": server.linked(client, "north"), "us": server.linked(client, "west", "us")}


def numbered(edition: EditionName, kind: str, mark: str) -> dict[str, Any]:
    """Return a good document with a number, an ID or a code of its own."""
    stated = DOCUMENTS[edition][kind]
    if kind in NUMBERS:
        return {**stated, NUMBERS[kind]: f"{mark}{len(kind)}"}
    own = {"customers": "id", "suppliers": "id", "items": "code", "accounts": "nominalCode"}
    if kind not in own:
        return dict(stated)
    codes = {"uk": "750", "us": "6010"}
    value = (
        f"{codes[edition]}{len(mark) + 2}" if kind == "accounts" else f"{mark}{kind[:1].upper()}"
    )
    return {**stated, own[kind]: value}


def linked(company: Company, edition: EditionName, kind: str, mark: str) -> dict[str, Any]:
    """Return a good document that pays what was just written, where it pays something."""
    stated = numbered(edition, kind, mark)
    if kind not in PAID:
        return stated
    paid, link = PAID[kind]
    key = company.written(paid, numbered(edition, paid, mark))
    found = company.client.good("GET", f"{company.path}/data/{paid}/{key}")
    total = found["totalAmount"]
    links = [{"type": link, "id": key, "amount": -total}]
    return {**stated, "totalAmount": total, "lines": [{"amount": total, "links": links}]}


def shown(company: Company, kind: str, key: str) -> Any:  # noqa: ANN401 - JSON
    """Return a record as it is read."""
    base = company.connected if kind in WITH_CONNECTION else company.path
    return company.client.good("GET", f"{base}/data/{kind}/{key}")


@pytest.mark.parametrize(("edition", "kind"), CASES)
def test_a_record_is_written_and_read_at_once(
    edition: EditionName, kind: str, companies: dict[EditionName, Company]
) -> None:
    company = companies[edition]
    key = company.written(kind, linked(company, edition, kind, "NEW"))
    assert shown(company, kind, key)["id"] == key
    base = company.connected if kind in WITH_CONNECTION else company.path
    found = company.client.good("GET", f"{base}/data/{kind}", query=f"id={key}")
    assert [each["id"] for each in found["results"]] == [key]


def renamed(kind: str, stated: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return a document with another text, and the property that holds it."""
    name = {"customers": "customerName", "suppliers": "supplierName"}.get(kind, "note")
    return {**stated, name: "Said otherwise"}, name


@pytest.mark.parametrize(("edition", "kind"), UPDATED)
def test_an_update_checks_what_its_sender_saw(
    edition: EditionName, kind: str, companies: dict[EditionName, Company]
) -> None:
    company = companies[edition]
    client = company.client
    stated = numbered(edition, kind, "PUT")
    key = company.written(kind, stated)
    changes, name = renamed(kind, stated)
    path = f"{company.connected}/push/{kind}/{key}"
    seen = shown(company, kind, key)
    stale = {**changes, "sourceModifiedDate": "2020-01-01T00:00:00Z"}
    if "sourceModifiedDate" in seen:
        for unseen in (stale, changes):
            refused = company.ended(client.good("PUT", path, unseen))
            assert (refused["status"], refused["statusCode"]) == ("Failed", 400)
            assert refused["validation"]["errors"][0]["itemId"] == "SourceModifiedDate"
    informed = {**changes, "sourceModifiedDate": seen.get("sourceModifiedDate")}
    done = company.ended(client.good("PUT", path, informed))
    assert done["status"] == "Success", done["validation"]
    assert done["changes"][0]["type"] == "Modified"
    after = shown(company, kind, key)
    assert after[name] == "Said otherwise"
    forced = company.ended(client.good("PUT", path, {**stale, name: "Forced"}, forceUpdate="true"))
    assert forced["status"] == "Success", forced
    assert shown(company, kind, key)[name] == "Forced"


@pytest.mark.parametrize(("edition", "kind"), UPDATED)
def test_what_was_read_is_changed_in_a_word_and_sent_back(
    edition: EditionName, kind: str, companies: dict[EditionName, Company]
) -> None:
    company = companies[edition]
    key = company.written(kind, numbered(edition, kind, "RT"))
    if kind in ("invoices", "bills"):
        [paying] = [name for name, (paid, _) in PAID.items() if paid == kind]
        total = shown(company, kind, key)["totalAmount"]
        links = [{"type": PAID[paying][1], "id": key, "amount": -total}]
        stated = numbered(edition, paying, "RT")
        lines = [{"amount": total, "links": links}]
        company.written(paying, {**stated, "totalAmount": total, "lines": lines})
    seen = shown(company, kind, key)
    assert seen["status"] in ("Paid", "Active", "Archived", "Submitted")
    changes, name = renamed(kind, seen)
    path = f"{company.connected}/push/{kind}/{key}"
    done = company.ended(company.client.good("PUT", path, changes))
    assert done["status"] == "Success", done["validation"]
    after = shown(company, kind, key)
    stamps = ("modifiedDate", "sourceModifiedDate", name)
    assert {**after, **dict.fromkeys(stamps)} == {**seen, **dict.fromkeys(stamps)}
    assert after[name] == "Said otherwise"


@pytest.mark.parametrize(("edition", "kind"), UPDATED)
def test_an_update_states_what_it_changes_alone(
    edition: EditionName, kind: str, companies: dict[EditionName, Company]
) -> None:
    company = companies[edition]
    key = company.written(kind, numbered(edition, kind, "ONE"))
    seen = shown(company, kind, key)
    changes, name = renamed(kind, {})
    path = f"{company.connected}/push/{kind}/{key}"
    done = company.ended(company.client.good("PUT", path, changes, forceUpdate="true"))
    assert done["status"] == "Success", done["validation"]
    after = shown(company, kind, key)
    stamps = ("modifiedDate", "sourceModifiedDate", name)
    assert {**after, **dict.fromkeys(stamps)} == {**seen, **dict.fromkeys(stamps)}


@pytest.mark.parametrize(("edition", "kind"), UPDATED)
def test_an_update_of_nothing_fails_by_itself(
    edition: EditionName, kind: str, companies: dict[EditionName, Company]
) -> None:
    company = companies[edition]
    path = f"{company.connected}/push/{kind}/99999999"
    stated = numbered(edition, kind, "NONE")
    for force in ("true", "false"):
        ended = company.ended(company.client.good("PUT", path, stated, forceUpdate=force))
        assert (ended["status"], ended["statusCode"]) == ("Failed", 400)
        assert ended["validation"]["errors"]


@pytest.mark.parametrize(("edition", "kind"), TAKEN_BACK)
def test_a_document_is_taken_back_once(
    edition: EditionName, kind: str, companies: dict[EditionName, Company]
) -> None:
    company = companies[edition]
    key = company.written(kind, linked(company, edition, kind, "DEL"))
    path = f"{company.connected}/push/{kind}/{key}"
    ended = company.ended(company.client.good("DELETE", path))
    assert ended["status"] == "Success", ended
    assert ended["changes"] == [{"type": "Deleted", "recordRef": {"id": key, "dataType": kind}}]
    entries = f"{company.path}/data/journalEntries"
    posted = company.client.good("GET", entries, pageSize=1)["totalResults"]
    again = company.ended(company.client.good("DELETE", path))
    # What is void already may be taken back again; what is gone cannot.  Neither posts anything.
    assert again["status"] == ("Success" if edition == "uk" else "Failed"), again
    assert company.client.good("GET", entries, pageSize=1)["totalResults"] == posted


@pytest.mark.parametrize("edition", ["uk", "us"])
@pytest.mark.parametrize("push_type", ALL_TYPES, ids=lambda each: each.name)
@pytest.mark.parametrize("verb", PushVerb)
def test_what_cannot_be_done_is_404_in_the_apis_words(
    verb: PushVerb,
    push_type: Any,  # noqa: ANN401 - a parameter of the test
    edition: EditionName,
    companies: dict[EditionName, Company],
) -> None:
    company = companies[edition]
    can = edition in push_type.records and verb in push_type.verbs
    method = {PushVerb.CREATE: "POST", PushVerb.UPDATE: "PUT", PushVerb.DELETE: "DELETE"}[verb]
    path = f"{company.connected}/push/{push_type.data_path}"
    path = path if verb is PushVerb.CREATE else f"{path}/99999999"
    answer = company.client.ask(method, path, None if verb is PushVerb.DELETE else {})
    assert answer.status == (200 if can else 404), answer.body
    if can:
        assert company.ended(answer.body)["status"] == "Failed"
        return
    platform = {"uk": "Sage 50 (UK)", "us": "Sage 50 (US)"}[edition]
    assert f"not supported by platform(s) {platform}" in answer.body["error"]


def test_amounts_come_back_as_they_were_stated(companies: dict[EditionName, Company]) -> None:
    company = companies["us"]
    stated = changed(documents.US_INVOICE, 33.33, "lineItems", "1", "subTotal")
    key = company.written("invoices", {**stated, "invoiceNumber": "CENTS"})
    found = shown(company, "invoices", key)
    assert [line["subTotal"] for line in found["lineItems"]] == [100, 33.33]
    assert (found["totalTaxAmount"], found["totalAmount"]) == (7, 140.33)
