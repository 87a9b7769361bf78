"""Every path of the reference files is served in both editions, or refused in the API's words.

Each answer is judged by the schema of its operation, as all answers of these tests are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from clary.api.push.table import ROUTES
from clary.ledger.fields import EditionName
from tests.api.push.served import PLATFORMS, Answer, Client, Company, Served
from tests.flows.push.shelf import ACCOUNTING, PLATFORM, openapi
from tests.surroundings import REFERENCE

EDITIONS: tuple[EditionName, ...] = ("uk", "us")
VERBS = ("get", "post", "put", "patch", "delete")
GONE = {"DELETE /companies/{companyId}", "DELETE /companies/{companyId}/connections/{connectionId}"}
"""What ends what the others need: tested elsewhere."""

NEEDED = {
    "POST /companies": {"name": "From the contract"},
    "PUT /companies/{companyId}": {"name": "Changed whole"},
    "PATCH /companies/{companyId}": {"description": "Changed"},
    "POST /webhooks": {"url": "http://127.0.0.1:9/", "eventTypes": [], "disabled": True},
    "POST /companies/{companyId}/syncSettings": {
        "companyId": "x",
        "settings": [{"dataType": "invoices", "fetchOnFirstLink": True, "syncSchedule": 24}],
        "overridesDefaults": True,
    },
}


def operations() -> Iterator[tuple[str, str]]:
    """Yield verb and path of each operation of the reference files."""
    if not (REFERENCE / ACCOUNTING).exists():
        return
    for name in (ACCOUNTING, PLATFORM):
        for path, verbs in openapi(name)["paths"].items():
            for verb in VERBS:
                if verb in verbs and f"{verb.upper()} {path}" not in GONE:
                    yield verb.upper(), path


@pytest.fixture(scope="module")
def companies(server: Served, client: Client) -> dict[EditionName, Company]:
    return {"uk": server.linked(client, "north"), "us": server.linked(client, "west", "us")}


def places(company: Company, edition: EditionName, path: str) -> dict[str, str]:
    """Return what stands in the places of a path; records that are not there have the id 1."""
    client = company.client
    found = {
        "companyId": company.id,
        "connectionId": company.connection,
        "platformKey": PLATFORMS[edition],
        "dataType": "invoices",
    }
    if "{datasetId}" in path:
        found["datasetId"] = client.good("POST", f"{company.path}/data/queue/invoices")["id"]
    if "{webhookId}" in path:
        hook = {"url": "http://127.0.0.1:9/", "disabled": True}
        found["webhookId"] = client.good("POST", "/webhooks", hook)["id"]
    if "{pushOperationKey}" in path:
        found["pushOperationKey"] = company.push("customers", {})["pushOperationKey"]
    return found


def filled(path: str, values: dict[str, str]) -> str:
    """Return a path with something in each of its places."""
    steps = path.split("/")
    return "/".join(values.get(s[1:-1], "1") if s.startswith("{") else s for s in steps)


def sent(operation: str, edition: EditionName) -> object:
    """Return the body of a request; a document that lacks everything is still answered well."""
    verb, _, path = operation.partition(" ")
    if path.endswith("/authorization"):
        return {"company": "north" if edition == "uk" else "west"}
    if path == "/companies/{companyId}/connections":
        return {"platformKey": PLATFORMS[edition]}
    if verb in ("POST", "PUT", "PATCH"):
        return NEEDED.get(operation, {})
    return None


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(("verb", "path"), list(operations()))
def test_a_path_of_the_reference_files_is_served(
    verb: str, path: str, edition: EditionName, companies: dict[EditionName, Company]
) -> None:
    company = companies[edition]
    here = filled(path, places(company, edition, path))
    answer = company.client.ask(verb, here, sent(f"{verb} {path}", edition))
    assert answer.status < 300 or is_explained(answer, path), (answer.status, answer.body)


def is_explained(answer: Answer, path: str) -> bool:
    """Tell whether a refusal says what is missing, in the API's own words."""
    said = answer.body["error"]
    if path.endswith("/connections"):
        return answer.status == 409 and "connection to accounting software already" in said
    lacks = path.endswith("Id}") and "has no record with the id 1" in said
    return answer.status == 404 and (lacks or "not supported by platform(s) Sage 50" in said)


def test_every_route_is_known_to_the_reference_files_or_ours() -> None:
    known = {(verb, filled(path, {})) for verb, path in operations()}
    if not known:
        pytest.skip("the reference files are absent; name their folder with CLARY_REFERENCE")
    for verb, path, _ in ROUTES:
        place = re.compile(re.sub(r"\{\w+\}", "[^/]+", path))
        ours = path.startswith("/webhooks/{webhook}/") or verb == "DELETE"
        assert ours or any(verb == v and place.fullmatch(p) for v, p in known), path


def test_a_connection_and_a_company_are_deleted(client: Client) -> None:
    made = client.good("POST", "/companies", {"name": "Short-lived"})
    path = f"/companies/{made['id']}"
    connection = client.good("POST", f"{path}/connections", {"platformKey": "hbql"})
    client.good("DELETE", f"{path}/connections/{connection['id']}")
    client.good("DELETE", path)
    assert client.ask("GET", path).status == 404


@pytest.mark.parametrize("edition", EDITIONS)
def test_features_are_what_the_options_and_reads_offer(
    edition: EditionName, companies: dict[EditionName, Company]
) -> None:
    company = companies[edition]
    client = company.client
    found = client.good("GET", f"/integrations/{PLATFORMS[edition]}")["datatypeFeatures"]
    status = client.good("GET", f"{company.path}/dataStatus")
    assert {each["dataType"] for each in found} == set(status)
    for each in found:
        name = each["dataType"]
        features = {one["featureType"] for one in each["supportedFeatures"]}
        offered = client.ask("GET", f"{company.connected}/options/{name}")
        assert offered.status == (200 if "Post" in features else 404), name
        path = {"chartOfAccounts": "accounts", "company": "info"}.get(name, name)
        base = company.connected if name in ("directCosts", "directIncomes") else company.path
        assert client.ask("GET", f"{base}/data/{path}").status == 200, name


@pytest.mark.parametrize("path", ["attachment", "attachments"])
def test_attachments_are_refused_in_the_apis_own_words(
    path: str, companies: dict[EditionName, Company]
) -> None:
    company = companies["uk"]
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    content = b'--x\r\nContent-Disposition: form-data; name="fileName"\r\n\r\n\xff\r\n--x--\r\n'
    here = f"{company.connected}/push/bills/1/{path}"
    answer = company.client.ask("POST", here, headers=kind, content=content)
    assert answer.status == 404
    assert "Attachments of datatype bills not supported" in answer.body["error"]
    assert company.client.ask("GET", "/integrations").status == 200


def test_sync_settings_are_those_of_live_reads(companies: dict[EditionName, Company]) -> None:
    company = companies["uk"]
    found = company.client.good("GET", f"{company.path}/syncSettings")
    assert found["companyId"] == company.id
    assert {each["isLocked"] for each in found["settings"]} == {True}
    path = f"{company.path}/syncSettings"
    for wrong in ({}, {"settings": [{"dataType": "bogus"}]}, {"settings": ["x"]}):
        assert company.client.ask("POST", path, wrong).status == 400
