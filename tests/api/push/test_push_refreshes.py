"""Refreshes, their history and status, and how a connection tells of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.push.served import Client, Company, Served


@pytest.fixture(scope="module")
def company(server: Served, client: Client) -> Company:
    return server.linked(client, "south")


def status(company: Company) -> Any:  # noqa: ANN401 - JSON
    return company.client.good("GET", f"{company.path}/dataStatus")


def connection(company: Company) -> Any:  # noqa: ANN401 - JSON
    return company.client.good("GET", company.connected)


def test_refreshes_tell_of_the_books_type_by_type(server: Served, company: Company) -> None:
    client = company.client
    before = status(company)
    assert {each["currentStatus"] for each in before.values()} == {"Initial"}
    assert connection(company)["dataConnectionErrors"] == []
    done = client.good("POST", f"{company.path}/data/queue/invoices")
    assert (done["status"], done["isCompleted"], done["isErrored"]) == ("Complete", True, False)
    after = status(company)
    assert after["invoices"]["lastSuccessfulSync"] == done["completed"]
    assert after["bills"]["currentStatus"] == "Initial"
    assert connection(company)["lastSync"] == done["completed"]
    assert client.good("GET", company.path)["lastSync"] == done["completed"]
    # The books are out of reach.
    file = server.installation.sandbox_file("south")
    away = file.with_suffix(".away")
    file.rename(away)
    try:
        failed = client.good("POST", f"{company.path}/data/queue/invoices")
        client.good("POST", f"{company.path}/data/all")
    finally:
        away.rename(file)
    assert (failed["status"], failed["isCompleted"], failed["isErrored"]) == (
        "FetchError",
        False,
        True,
    )
    assert failed["errorMessage"]
    now = status(company)
    assert {each["currentStatus"] for each in now.values()} == {"FetchError"}
    assert now["invoices"]["latestSuccessfulSyncId"] == done["id"]
    assert now["invoices"]["latestSyncId"] != done["id"]
    [trouble] = connection(company)["dataConnectionErrors"]
    assert (trouble["status"], trouble["statusText"]) == ("Active", "FetchError")
    # They are back.
    client.good("POST", f"{company.path}/data/all")
    assert {each["currentStatus"] for each in status(company).values()} == {"Complete"}
    [trouble] = connection(company)["dataConnectionErrors"]
    assert trouble["status"] == "Resolved"


def test_the_history_is_paged_queried_and_ordered(company: Company) -> None:
    client = company.client
    path = f"{company.path}/data/history"
    for _ in range(3):
        client.good("POST", f"{company.path}/data/queue/customers")
    first = client.good("GET", path, pageSize=2)
    assert len(first["results"]) == 2
    assert first["totalResults"] >= 3
    moments = [each["requested"] for each in client.good("GET", path)["results"]]
    assert moments == sorted(moments, reverse=True)
    turned = client.good("GET", path, orderBy="requested", query="dataType=customers")
    assert [each["dataType"] for each in turned["results"]] == ["customers"] * len(
        turned["results"]
    )
    assert turned["totalResults"] >= 3
    key = first["results"][0]["id"]
    assert client.good("GET", f"{path}/{key}") == first["results"][0]
    assert client.ask("GET", f"{path}/nothing").status == 404
    assert client.ask("GET", path, query="bogus=1").status == 400


def test_an_unknown_type_cannot_be_refreshed(company: Company) -> None:
    for name in ("bogus", "paymentMethods", "accounts"):
        answer = company.client.ask("POST", f"{company.path}/data/queue/{name}")
        assert answer.status == 404
        assert f"Datatype {name} not supported" in answer.body["error"]


def test_operations_are_queried_in_the_store_and_above(company: Company) -> None:
    client = company.client
    path = f"{company.path}/push"
    failed = company.push("customers", {})
    stated = {"id": "OPS", "customerName": "Operations"}
    done = company.ended(company.push("customers", stated))
    assert done["status"] == "Success", done
    moment = done["requestedOnUtc"]
    wanted = {
        "status=failed": [failed],
        "status=Success&&dataType=Customers": [done],
        f"requestedOnUtc>={moment}": [done],
        f"requestedOnUtc<{moment}": [failed],
        "statusCode>=400": [failed],
        "status=Failed||status=Success": [done, failed],
        "{status=Failed||statusCode=200}&&dataType!=bills": [done, failed],
        f"pushOperationKey={done['pushOperationKey'].upper()}": [done],
        "status=TimedOut": [],
        "status!=Success": [failed],
    }
    for query, operations in wanted.items():
        found = client.good("GET", path, query=query, orderBy="-requestedOnUtc")
        keys = [each["pushOperationKey"] for each in found["results"]]
        assert keys == [each["pushOperationKey"] for each in operations], query
        assert found["totalResults"] == len(operations)
