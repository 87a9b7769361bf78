"""Records of any company: everything that `clary records` does, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.native.asking import Native

UK = "/companies/north/records"
US = "/companies/west/records"


def _invoice(edition: str) -> tuple[str, dict[str, Any]]:
    line = {"quantity": "2", "unit_price": "50.00", "description": "Work"}
    if edition == "uk":
        line |= {"account_id": "4000", "tax_code_id": "T1"}
    return "sales_invoice", {"date": "2026-03-02", "lines": [line]}


def test_types_and_descriptions_are_those_of_the_edition(shop: Native) -> None:
    uk = {each["name"]: each for each in shop.good("GET", "/companies/north/record-types")["items"]}
    us = {each["name"]: each for each in shop.good("GET", "/companies/west/record-types")["items"]}
    assert uk["vendor"]["one"] == "Supplier"
    assert us["vendor"]["one"] == "Vendor"
    described = shop.good("GET", "/companies/north/record-types/supplier")
    assert described["name"] == "vendor"
    assert described["create"]["type"] == "object"
    nested = shop.good("GET", "/companies/north/record-types", nested="true")
    assert "customer.contacts" in {each["name"] for each in nested["items"]}


@pytest.mark.parametrize("records", [UK, US])
def test_a_record_lives_from_its_creation_to_its_deletion(shop: Native, records: str) -> None:
    body = {"id": "LIFE", "name": "Life Ltd"}
    created = shop.ask("POST", f"{records}/customer", body)
    assert created.status_code == 201, created.text
    [result] = created.json()["results"]
    assert (result["status"], result["action_taken"], result["key"]) == (
        "success",
        "created",
        "LIFE",
    )
    assert created.headers["location"].endswith(f"{records}/customer/LIFE")
    got = shop.ask("GET", f"{records}/customer/LIFE")
    assert got.json()["record"]["name"] == "Life Ltd"
    assert got.headers["etag"] == created.headers["etag"]
    changed = shop.good("PATCH", f"{records}/customer/LIFE", {"name": "Live Ltd"})
    assert changed["results"][0]["action_taken"] == "updated"
    again = shop.good("PATCH", f"{records}/customer/LIFE", {"name": "Live Ltd"})
    assert again["results"][0]["action_taken"] == "unchanged"
    page = shop.good("GET", f"{records}/customer", where="name = 'Live Ltd'", fields="id,name")
    assert page["items"] == [{"id": "LIFE", "name": "Live Ltd"}]
    deleted = shop.good("DELETE", f"{records}/customer/LIFE")
    assert deleted["results"][0]["action_taken"] == "deleted"
    shop.refused(404, "RECORD_NOT_FOUND", "GET", f"{records}/customer/LIFE")
    shop.refused(404, "RECORD_NOT_FOUND", "DELETE", f"{records}/customer/LIFE")


@pytest.mark.parametrize("records", [UK, US])
def test_put_creates_what_is_missing_and_changes_what_is_there(shop: Native, records: str) -> None:
    created = shop.ask("PUT", f"{records}/vendor/PUTTER", {"name": "Putter"})
    assert created.status_code == 201, created.text
    assert created.json()["results"][0]["key"] == "PUTTER"
    sparse = shop.ask("PUT", f"{records}/vendor/PUTTER", {"name": "Putter 2"}, mode="sparse")
    assert sparse.status_code == 200, sparse.text
    assert sparse.json()["results"][0]["record"]["name"] == "Putter 2"
    shop.refused(
        404, "RECORD_NOT_FOUND", "PUT", f"{records}/vendor/NOBODY", {"name": "x"}, on_missing="fail"
    )
    shop.refused(
        412,
        "RECORD_THERE",
        "PUT",
        f"{records}/vendor/PUTTER",
        {"name": "x"},
        headers={"If-None-Match": "*"},
    )


@pytest.mark.parametrize("records", [UK, US])
def test_a_put_of_the_record_as_it_was_read_changes_nothing(shop: Native, records: str) -> None:
    shop.good("PUT", f"{records}/customer/SAME", {"name": "Same", "email": "same@example.com"})
    record = shop.good("GET", f"{records}/customer/SAME")["record"]
    again = shop.good("PUT", f"{records}/customer/SAME", record)
    assert again["results"][0]["action_taken"] == "unchanged"
    del record["email"]
    cleared = shop.good("PUT", f"{records}/customer/SAME", record)
    assert "email" not in cleared["results"][0]["record"]


def test_a_dry_run_answers_the_plan_and_writes_nothing(shop: Native) -> None:
    planned = shop.good("POST", f"{UK}/customer", {"id": "DRY", "name": "Dry"}, dry_run="true")
    assert planned["run"] is None
    assert not planned["waits"]
    [row] = planned["preview"]
    assert (row["action"], row["rejected"]) == ("create", False)
    assert {"field": "id", "before": None, "after": "DRY"} in row["fields"]
    shop.refused(404, "RECORD_NOT_FOUND", "GET", f"{UK}/customer/DRY")
    applied = shop.good("POST", f"/plans/{planned['plan']['id']}/apply")
    assert applied["results"][0]["status"] == "success"
    assert shop.good("GET", f"{UK}/customer/DRY")["record"]["name"] == "Dry"


def test_everything_that_is_wrong_is_told_at_once(shop: Native) -> None:
    body = {"id": "MUCHTOOLONG", "name": 5, "nonsense": True}
    found = shop.refused(422, "TYPE_WRONG", "POST", f"{UK}/customer", body)
    told = {each["code"]: each["field"] for each in found["findings"]}
    assert told == {"TYPE_WRONG": "name", "TEXT_TOO_LONG": "id", "FIELD_UNKNOWN": "nonsense"}
    assert all(each["remedy"] for each in found["findings"])


def test_a_document_is_posted_and_reversed(shop: Native) -> None:
    shop.good("PUT", f"{UK}/customer/POSTER", {"name": "Poster"})
    kind, body = _invoice("uk")
    made = shop.good("POST", f"{UK}/{kind}", {**body, "customer_id": "POSTER", "form": "ledger"})
    [result] = made["results"]
    assert result["record"]["total"] == "120.00"
    planned = shop.good("POST", f"{UK}/{kind}/{result['key']}/reverse", dry_run="true")
    assert planned["preview"][0]["action"] == "reverse"
    reversed_ = shop.good("POST", f"{UK}/{kind}/{result['key']}/reverse", {"date": "2026-03-31"})
    assert reversed_["results"][0]["status"] == "success"
    shop.refused(404, "PATH_UNKNOWN", "POST", f"{UK}/{kind}/{result['key']}/frob")


def test_the_same_document_is_posted_once_unless_it_is_meant_again(shop: Native) -> None:
    shop.good("PUT", f"{UK}/customer/TWICE", {"name": "Twice"})
    kind, body = _invoice("uk")
    stated = {**body, "customer_id": "TWICE", "form": "ledger"}
    first = shop.ask("POST", f"{UK}/{kind}", stated)
    second = shop.ask("POST", f"{UK}/{kind}", stated)
    third = shop.ask("POST", f"{UK}/{kind}", stated, again="true")
    assert [each.status_code for each in (first, second, third)] == [201, 200, 201]
    assert second.json()["results"][0]["status"] == "skipped_duplicate"


def test_many_documents_have_one_result_each(shop: Native) -> None:
    documents = [
        {"id": "MANY1", "name": "One"},
        {"document": "mine", "body": {"id": "MANY2", "name": 7}, "tracked": {"ticket": "4711"}},
        {"id": "MANY1TOOLONG", "name": "Three"},
    ]
    body = {"operation": "create", "record_type": "customer", "documents": documents}
    done = shop.good("POST", "/companies/north/operations", body)
    told = [(each["document"], each["status"]) for each in done["results"]]
    assert told == [("1", "success"), ("mine", "rejected"), ("3", "rejected")]
    assert done["results"][1]["tracked"] == {"ticket": "4711"}
    assert done["run"]["applied"] == 1
    found = shop.good("GET", "/runs", tracked="ticket=4711")
    assert [each["id"] for each in found["items"]] == [done["run"]["id"]]
    gone = {
        "operation": "delete",
        "record_type": "customer",
        "documents": [{"key": "MANY1", "body": {}}],
    }
    assert shop.good("POST", "/companies/north/operations", gone)["run"]["applied"] == 1


def test_an_entry_inside_a_record_has_a_key_with_a_slash(shop: Native) -> None:
    contact = {"name": "Ann", "email": "ann@example.com"}
    shop.good("PUT", f"{UK}/customer/NESTED", {"name": "Nested", "contacts": [contact]})
    found = shop.good("GET", f"{UK}/customer.contacts", where="parent = 'NESTED'")
    assert len(found["items"]) == 1
    entry = f"{UK}/customer.contacts/NESTED%2FAnn"
    assert shop.good("GET", entry)["record"]["name"] == "Ann"
    changed = shop.ask("PATCH", entry, {"email": "a@example.com"})
    assert changed.headers["location"].endswith(entry)
    assert shop.good("GET", entry)["record"]["email"] == "a@example.com"
    shop.refused(405, "METHOD_UNKNOWN", "GET", f"{UK}/customer.contacts/NESTED/Ann")


@pytest.mark.parametrize("company", ["north", "west"])
def test_figures_are_those_of_the_books(shop: Native, company: str) -> None:
    info = shop.good("GET", f"/companies/{company}/info")
    assert info["name"] == company
    balance = shop.good("GET", f"/companies/{company}/trial-balance", as_of="2026-12-31")
    assert balance["total_debit"] == balance["total_credit"]
    text = shop.ask("GET", f"/companies/{company}/journal", format="beancount")
    assert text.headers["content-type"].startswith("text/plain")
    assert "open" in text.text
