"""Sage in use, Foreign Trader, time-outs: what waits, why, and how it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.push.served import Client, Company, Served
from tests.flows.push import documents
from tests.flows.push.shelf import changed

EURO_SUPPLIER = {
    **documents.UK_SUPPLIER,
    "id": "EUROSUP",
    "supplierName": "Euro Supply SA",
    "defaultCurrency": "EUR",
}


@pytest.fixture
def closed(server: Served) -> Iterator[Served]:
    """Give the server, and close Sage afterwards."""
    yield server
    server.act("north", "close-sage")


def customer(key: str) -> dict[str, Any]:
    return {**documents.UK_CUSTOMER, "id": key}


def test_sage_open_under_the_connectors_user_keeps_pushes_waiting(
    closed: Served, uk: Company
) -> None:
    closed.act("north", "open-sage", user="CLARY")
    first = uk.push("customers", customer("WAIT1"))
    second = uk.push("customers", customer("WAIT2"))
    waiting = uk.waits(first, "USER_NAME_IN_USE")
    assert (waiting["status"], waiting["statusCode"]) == ("Pending", 202)
    assert waiting["validation"]["warnings"]
    connection = uk.client.good("GET", uk.connected)
    assert connection["connectionInfo"]["reasonCode"] == "USER_NAME_IN_USE"
    # Reads go on meanwhile.
    assert uk.client.good("GET", f"{uk.path}/data/customers")["results"]
    closed.act("north", "close-sage")
    ended = [uk.ended(first, 60), uk.ended(second, 60)]
    assert [each["status"] for each in ended] == ["Success", "Success"]
    assert ended[0]["completedOnUtc"] <= ended[1]["completedOnUtc"]


def test_someone_else_at_sage_stops_nothing(closed: Served, uk: Company) -> None:
    closed.act("north", "add-user PAT")
    closed.act("north", "open-sage", user="PAT")
    assert uk.written("customers", customer("BESIDE")) == "BESIDE"


def test_a_push_that_ends_before_its_time_out_succeeds(closed: Served, uk: Company) -> None:
    closed.act("north", "open-sage", user="CLARY")
    accepted = uk.push("customers", customer("LATE1"), timeoutInMinutes=60)
    assert accepted["timeoutInMinutes"] == 60
    closed.act("north", "close-sage")
    assert uk.ended(accepted, 60)["status"] == "Success"


def test_a_currency_unlike_the_partys_is_refused_by_property(uk: Company) -> None:
    stated = changed(documents.UK_INVOICE, "EUR", "currency")
    ended = uk.ended(uk.push("invoices", stated))
    assert ended["status"] == "Failed"
    assert ended["validation"]["errors"][0]["itemId"] == "Currency"


def test_a_foreign_bill_is_accepted_with_a_warning_while_foreign_trader_is_off(
    server: Served, client: Client
) -> None:
    south = server.linked(client, "south")
    bill = changed(documents.UK_BILL, "EUR", "currency")
    accepted = south.push("bills", bill)
    assert accepted["status"] == "Pending"
    warnings = accepted["validation"]["warnings"]
    assert any("FOREIGN_TRADER_OFF" in each["message"] for each in warnings), warnings
