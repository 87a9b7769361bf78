"""A client that others wrote works with the site as it does with a real one."""

from __future__ import annotations

from typing import Any

import pytest
from connectwise import ConnectWiseClient  # type: ignore[import-untyped]  # it has no types
from connectwise.exceptions import (  # type: ignore[import-untyped]  # as above
    ConnectWiseAuthenticationError,
    ConnectWiseBadRequestError,
    ConnectWiseServerError,
)

from tests.sites import Site

UNPOSTED = "finance/accounting/unpostedinvoices"


def client_of(site: Site, private_key: str) -> Any:  # noqa: ANN401 - the client has no types
    return ConnectWiseClient(site.url, "demo", "public", private_key, "tests")


@pytest.fixture
def client(fresh: Site) -> Any:  # noqa: ANN401 - as above
    return client_of(fresh, "private")


def test_it_reads_counts_and_pages(client: Any) -> None:  # noqa: ANN401 - as above
    count = client.get_count(UNPOSTED, conditions="locationId=2")
    found = client.get_all(UNPOSTED, conditions="locationId=2", orderby="id asc", pagesize=4)
    assert count == len(found) == len({each["id"] for each in found}) > 4
    one = client.get(f"{UNPOSTED}/{found[0]['id']}", fields="invoiceNumber")
    assert one == {"invoiceNumber": found[0]["invoiceNumber"]}
    assert client.get("finance/invoices/1") is None
    vendors = client.get_all("company/companies", childconditions='types/name="Vendor"')
    assert vendors


def test_it_makes_changes_and_deletes(client: Any) -> None:  # noqa: ANN401 - as above
    made = client.post("company/companies", {"identifier": "Made", "name": "Made"})
    changed = client.patch(
        "company/companies",
        made["id"],
        [{"op": "replace", "path": "accountNumber", "value": "MADE"}],
    )
    assert changed["accountNumber"] == "MADE"
    put = client.put("company/companies", made["id"], {**changed, "name": "Made anew"})
    assert put["name"] == "Made anew"
    assert client.delete("company/companies", made["id"]) is True
    assert client.delete("company/companies", made["id"]) is False


def test_it_runs_the_whole_cycle(client: Any) -> None:  # noqa: ANN401 - as above
    invoice = client.get(UNPOSTED, conditions="invoiceNumber='10001'")[0]
    export = client.post(
        "finance/accounting/export",
        {
            "id": 0,
            "batchIdentifier": "0",
            "locationId": 0,
            "exportInvoicesFlag": True,
            "includedInvoiceIds": [invoice["billingLogId"]],
        }
        | {"id": None},
    )
    told = export["transactions"][0]
    ids = [int(each) for each in told["glEntryIds"].split(",")]
    ids += [line["id"] for line in told["detail"]]
    body = {
        "id": 0,
        "batchIdentifier": "I-10001",
        "exportInvoicesFlag": True,
        "processedRecordIds": ids,
        "summarizeExpenses": False,
    }
    client.post("finance/accounting/batches", body)
    assert client.get(UNPOSTED, conditions="invoiceNumber='10001'") == []
    batch = client.get("finance/accounting/batches", conditions="batchIdentifier='I-10001'")[0]
    entries = client.get_all(f"finance/accounting/batches/{batch['id']}/entries")
    assert sorted(each["id"] for each in entries) == sorted(ids)
    assert client.delete("finance/accounting/batches", batch["id"]) is True
    assert len(client.get(UNPOSTED, conditions="invoiceNumber='10001'")) == 1


def test_it_understands_our_errors(client: Any, fresh: Site) -> None:  # noqa: ANN401 - as above
    with pytest.raises(ConnectWiseBadRequestError) as refused:
        client.post("finance/accounting/batches", {"batchIdentifier": "x"})
    errors = refused.value.response_data["errors"]
    assert {each["code"] for each in errors} == {"MissingRequiredField"}
    with pytest.raises(ConnectWiseAuthenticationError):
        client_of(fresh, "wrong").get("system/info")
    fresh.fault("error-before")
    with pytest.raises(ConnectWiseServerError):
        client.get("system/info")


def test_it_waits_as_long_as_it_is_told(client: Any, fresh: Site) -> None:  # noqa: ANN401 - as above
    fresh.fault("too-many-requests", times=2, seconds=0)
    assert client.get("system/info")["version"].startswith("v2025")
