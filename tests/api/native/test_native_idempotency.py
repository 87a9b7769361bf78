"""Idempotency-Key: a request that is sent again is answered as before, and done once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import select, update

from clary.api.native.answers import failed
from clary.engine.owner import this_process
from clary.flows.operations.planner import KEY_PENDING, KEY_REUSED
from clary.flows.payments.problems import UNFINISHED
from clary.hub.access import Role
from clary.hub.tables import REPEAT
from clary.kernel.errors import error_of
from tests.api.native.asking import Native, client
from tests.api.push.served import Served

CUSTOMERS = "/companies/north/records/customer"
INVOICES = "/companies/north/records/sales_invoice"
REPLAYED = "idempotent-replayed"


def _key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": name}


def _invoice(client: Native, customer: str) -> dict[str, Any]:
    client.good("PUT", f"{CUSTOMERS}/{customer}", {"name": "Once"})
    line = {
        "quantity": "1",
        "unit_price": "10.00",
        "description": "Work",
        "account_id": "4000",
        "tax_code_id": "T1",
    }
    head = {"date": "2026-03-02", "customer_id": customer, "form": "ledger"}
    return {**head, "lines": [line]}


def _count(client: Native, customer: str) -> int:
    where = f"customer_id = '{customer}'"
    return len(client.good("GET", INVOICES, where=where, fields="date")["items"])


def test_the_same_request_is_done_once(shop: Native) -> None:
    body = _invoice(shop, "IDEM1")
    first = shop.ask("POST", INVOICES, body, headers=_key("one"), again="true")
    second = shop.ask("POST", INVOICES, body, headers=_key("one"), again="true")
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second.headers["etag"] == first.headers["etag"]
    assert second.headers["location"] == first.headers["location"]
    assert REPLAYED not in first.headers
    assert second.headers[REPLAYED] == "true"
    assert _count(shop, "IDEM1") == 1


def test_another_body_or_query_under_the_key_is_refused(shop: Native) -> None:
    shop.good("POST", CUSTOMERS, {"id": "IDEM2", "name": "x"}, headers=_key("two"))
    refused = (422, "IDEMPOTENCY_OTHER", "POST", CUSTOMERS)
    shop.refused(*refused, {"id": "IDEM2", "name": "y"}, headers=_key("two"))
    shop.refused(*refused, {"id": "IDEM2", "name": "x"}, headers=_key("two"), again="true")
    # Another path, method or user has keys of its own.
    shop.good("PATCH", f"{CUSTOMERS}/IDEM2", {"name": "z"}, headers=_key("two"))


def test_each_api_key_has_keys_of_its_own(server: Served, shop: Native) -> None:
    other = client(server, "other shop")
    shop.good("POST", CUSTOMERS, {"id": "IDEM3", "name": "x"}, headers=_key("three"))
    other.good("POST", CUSTOMERS, {"id": "IDEM3B", "name": "y"}, headers=_key("three"))
    other.http.close()


def test_a_refusal_is_repeated_too(shop: Native) -> None:
    first = shop.ask("POST", CUSTOMERS, {"id": "TOOLONGTOOLONG"}, headers=_key("four"))
    second = shop.ask("POST", CUSTOMERS, {"id": "TOOLONGTOOLONG"}, headers=_key("four"))
    assert first.status_code == second.status_code == 422
    assert second.json() == first.json()
    assert second.headers[REPLAYED] == "true"


def test_of_requests_at_once_one_is_done(shop: Native) -> None:
    body = _invoice(shop, "IDEM5")

    def send(_: int) -> tuple[int, str]:
        got = shop.ask("POST", INVOICES, body, headers=_key("five"), again="true")
        return got.status_code, got.json().get("code", "")

    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(send, range(6)))
    assert set(found) <= {(201, ""), (409, "IDEMPOTENCY_RUNNING")}
    assert (201, "") in found
    assert _count(shop, "IDEM5") == 1
    assert shop.ask("POST", INVOICES, body, headers=_key("five"), again="true").status_code == 201


def test_after_a_crash_before_the_answer_was_kept_nothing_is_done_twice(
    server: Served, shop: Native
) -> None:
    body = _invoice(shop, "IDEM6")
    shop.good("POST", INVOICES, body, headers=_key("six"), again="true")
    machine = this_process("request").partition("[")[2].partition("/")[0]
    with server.installation.database.write() as write:
        # What the death of the process between the two commits would have left.
        newest = select(REPEAT.c.name).order_by(REPEAT.c.ends_at.desc()).limit(1).scalar_subquery()
        left = {"status": None, "answer": None, "owner": f"request [{machine}/999999999/1]"}
        write.execute(update(REPEAT).where(REPEAT.c.name == newest).values(left))
    again = shop.ask("POST", INVOICES, body, headers=_key("six"), again="true")
    assert again.status_code in (200, 201), again.text
    assert REPLAYED not in again.headers
    assert _count(shop, "IDEM6") == 1


def test_a_missing_right_is_not_remembered(server: Served, shop: Native) -> None:
    plan = shop.good("POST", CUSTOMERS, {"id": "IDEM7", "name": "x"}, dry_run="true")["plan"]["id"]
    viewer = client(server, "onlooker", Role.VIEWER)
    stated = _key("seven")
    for _ in range(2):
        got = viewer.ask("POST", f"/plans/{plan}/apply", headers=stated)
        assert (got.status_code, REPLAYED in got.headers) == (403, False)
    viewer.http.close()
    assert shop.good("POST", f"/plans/{plan}/apply", headers=stated)["run"]["applied"] == 1


def test_what_is_under_way_is_no_final_answer() -> None:
    pending = KEY_PENDING.finding(key="k", run="run_1")
    unfinished = UNFINISHED.finding(run="run_1", app="psa")
    for found in (pending, unfinished):
        assert not failed(error_of((found,)), "request_1").is_final
    assert failed(KEY_REUSED.raised(key="k"), "request_1").is_final


def test_a_key_has_a_bounded_length(shop: Native) -> None:
    body = {"id": "IDEM8", "name": "x"}
    shop.refused(400, "HEADER_UNFIT", "POST", CUSTOMERS, body, headers=_key("x" * 501))
    shop.refused(400, "HEADER_UNFIT", "POST", CUSTOMERS, body, headers=_key(""))
    shop.refused(404, "RECORD_NOT_FOUND", "GET", f"{CUSTOMERS}/IDEM8")
