"""Time-outs with late results, Foreign Trader, currencies: how an operation ends in the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from clary.companies.sandbox import SandboxCompany
from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.services.deciding import change_decision
from clary.kernel.clock import timestamp
from tests.api.push.served import Client, Company, Served
from tests.flows.push import documents
from tests.flows.push.shelf import changed
from tests.hub.push.test_pushing import EURO

SUPPLIER = {**documents.UK_SUPPLIER, "id": "EUROSUP", "defaultCurrency": "EUR"}
BILL = changed(
    {**documents.UK_BILL, "currency": "EUR", "currencyRate": 0.85, "reference": "E-1"},
    "EUROSUP",
    "supplierRef",
    "id",
)


@pytest.fixture(scope="module")
def south(server: Served, client: Client) -> Company:
    path = server.installation.sandbox_file("south")
    with SandboxCompany(path).session(write=True) as session:
        session.create(EURO[0], dict(EURO[1]))
    return server.linked(client, "south")


@pytest.fixture
def in_use(server: Served, south: Company) -> Iterator[Company]:
    """Give a company whose own Sage user is at Sage until the test ends."""
    server.act("south", "open-sage", user="CLARY")
    yield south
    server.act("south", "close-sage")


def codes(operation: Any, kind: str) -> str:  # noqa: ANN401 - JSON
    """Return the messages of an operation, one after another."""
    return " ".join(each["message"] for each in operation["validation"][kind])


def test_a_result_after_the_time_out_is_recorded_and_visible(
    server: Served, in_use: Company
) -> None:
    company = in_use
    stated = {**documents.UK_CUSTOMER, "id": "LATE2"}
    accepted = company.push("customers", stated, timeoutInMinutes=1)
    waiting = company.waits(accepted, "USER_NAME_IN_USE")
    assert (waiting["status"], waiting["statusCode"]) == ("Pending", 202)
    past = datetime.now(UTC) - timedelta(minutes=5)
    key = accepted["pushOperationKey"]
    with server.installation.database.write() as write:
        write.execute(
            update(PUSH_OPERATION)
            .where(PUSH_OPERATION.c.key == key)
            .values(requested_at=timestamp(past), timeout_at=timestamp(past + timedelta(minutes=1)))
        )
    timed_out = company.operation(key)
    assert (timed_out["status"], timed_out["statusCode"]) == ("TimedOut", 408)
    assert timed_out["changes"] is None
    found = company.client.good("GET", f"{company.path}/push", query="status=TimedOut")
    assert [each["pushOperationKey"] for each in found["results"]] == [key]
    server.act("south", "close-sage")
    late = company.late(key)
    assert (late["status"], late["statusCode"]) == ("TimedOut", 408)
    assert late["changes"][0]["recordRef"]["id"] == "LATE2"
    assert "PUSH_LATE" in codes(late, "warnings")
    assert late["completedOnUtc"] > late["requestedOnUtc"]
    assert company.client.good("GET", f"{company.path}/data/customers/LATE2")["id"] == "LATE2"


@pytest.mark.parametrize("minutes", ["0", "-1", "soon", "1.5", "999999999", "1e3"])
def test_a_time_out_is_a_whole_number_of_minutes(minutes: str, south: Company) -> None:
    path = f"{south.connected}/push/customers"
    answer = south.client.ask("POST", path, documents.UK_CUSTOMER, timeoutInMinutes=minutes)
    assert answer.status == 400
    assert "timeoutInMinutes" in answer.body["error"]


def test_a_foreign_bill_is_paid_once_foreign_trader_is_on(server: Served, south: Company) -> None:
    assert south.written("suppliers", SUPPLIER) == "EUROSUP"
    accepted = south.push("bills", BILL)
    assert accepted["status"] == "Pending"
    assert "FOREIGN_TRADER_OFF" in codes(accepted, "warnings")
    done = south.ended(accepted)
    assert done["status"] == "Success", done
    assert "FOREIGN_TRADER_OFF" in codes(done, "warnings")
    key = done["changes"][0]["recordRef"]["id"]
    bill = south.client.good("GET", f"{south.path}/data/bills/{key}")
    assert (bill["currency"], bill["status"]) == ("EUR", "Open")
    total = bill["totalAmount"]
    payment = {
        **documents.UK_BILL_PAYMENT,
        "supplierRef": {"id": "EUROSUP"},
        "currency": "EUR",
        "currencyRate": 0.85,
        "totalAmount": total,
        "lines": [{"amount": total, "links": [{"type": "Bill", "id": key, "amount": -total}]}],
    }
    refused = south.ended(south.push("billPayments", payment))
    assert (refused["status"], refused["statusCode"]) == ("Failed", 400)
    assert "FOREIGN_TRADER_OFF" in codes(refused, "errors")
    assert "Foreign Trader" in codes(refused, "errors")
    assert refused["validation"]["errors"][0]["itemId"] == "Currency"
    server.act("south", "foreign-trader on")
    paid = south.ended(south.push("billPayments", payment))
    assert paid["status"] == "Success", paid
    assert south.client.good("GET", f"{south.path}/data/bills/{key}")["status"] == "Paid"


def test_a_company_may_refuse_foreign_bills(server: Served, uk: Company) -> None:
    change_decision(server.installation, "refuse_foreign_bills", "yes", "north")
    try:
        failed = uk.push("bills", BILL)
    finally:
        change_decision(server.installation, "refuse_foreign_bills", None, "north")
    assert (failed["status"], failed["statusCode"]) == ("Failed", 400)
    assert "FOREIGN_TRADER_OFF" in codes(failed, "errors")
    assert failed["validation"]["errors"][0]["itemId"] == "Currency"


@pytest.mark.parametrize("kind", ["invoices", "bills", "creditNotes", "billCreditNotes"])
def test_a_currency_unlike_the_partys_is_refused_by_property(kind: str, uk: Company) -> None:
    stated = {**documents.UK_DOCUMENTS[kind], "currency": "EUR", "currencyRate": 0.85}
    ended = uk.ended(uk.push(kind, stated))
    assert (ended["status"], ended["statusCode"]) == ("Failed", 400)
    assert ended["validation"]["errors"][0]["itemId"] == "Currency"


def test_a_pushed_suppliers_result_says_that_sages_view_needs_a_refresh(uk: Company) -> None:
    stated = {**documents.UK_SUPPLIER, "id": "VIEWED"}
    done = uk.ended(uk.push("suppliers", stated))
    assert "PUSH_SUPPLIER_REFRESH" in codes(done, "warnings")
