"""Every route without a key, with a foreign, a revoked and a too weak one: nothing is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from clary.api.push.table import ROUTES
from clary.hub.access import Role
from clary.hub.services.keys import revoke_key
from tests.api.push.served import Client, Company, Served
from tests.flows.push import documents

EVERY = [(verb, path) for verb, path, _ in ROUTES]
IDS = [f"{verb} {path}" for verb, path in EVERY]
PUBLIC = {"/companies", "/integrations", "/integrations/{platform}", "/webhooks"}
"""Paths that belong to no company: whoever has a key may use them, for itself."""


@dataclass
class Place:
    """A company of the API with one of everything."""

    company: Company
    places: dict[str, str]

    def filled(self, path: str) -> str:
        """Return a path that leads to what is there."""
        return "/".join(
            self.places.get(step[1:-1], "1") if step.startswith("{") else step
            for step in path.split("/")
        )


@pytest.fixture(scope="module")
def place(client: Client, uk: Company) -> Place:
    operation = uk.push("customers", {})
    refresh = client.good("POST", f"{uk.path}/data/queue/customers")
    hook = {"url": "http://127.0.0.1:9/", "disabled": True}
    places = {
        "company": uk.id,
        "connection": uk.connection,
        "operation": operation["pushOperationKey"],
        "dataset": refresh["id"],
        "webhook": client.good("POST", "/webhooks", hook)["id"],
        "platform": "hbql",
        "type": "customers",
        "record": "ACME",
    }
    return Place(uk, places)


@pytest.fixture(scope="module")
def foreigner(server: Served) -> Client:
    return server.client("foreigner", companies=("south",))


@pytest.fixture(scope="module")
def weak(server: Served) -> Client:
    return server.client("weak", Role.VIEWER)


@pytest.fixture(scope="module")
def revoked(server: Served) -> Client:
    made = server.client("revoked")
    revoke_key(server.installation, "revoked")
    return made


def ask(who: Client, place: Place, verb: str, path: str) -> Any:  # noqa: ANN401 - an answer
    body: object = {"PATCH": {"status": "Unlinked"}, "POST": {}, "PUT": {}}.get(verb)
    return who.ask(verb, place.filled(path), body)


@pytest.mark.parametrize(("verb", "path"), EVERY, ids=IDS)
def test_without_a_good_key_nothing_is_told(
    verb: str, path: str, server: Served, place: Place, revoked: Client
) -> None:
    for who in (server.bearer(""), server.bearer("clary_aaaaaaaaaaaa_bbbbbbbbbbbbb"), revoked):
        answer = ask(who, place, verb, path)
        assert (answer.status, answer.body["error"]) == (401, "Unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Basic"


@pytest.mark.parametrize(("verb", "path"), EVERY, ids=IDS)
def test_a_foreign_key_sees_nothing_of_the_company(
    verb: str, path: str, place: Place, foreigner: Client
) -> None:
    answer = ask(foreigner, place, verb, path)
    if path not in PUBLIC:
        assert answer.status == 404, answer.body
        assert "There is no" in answer.body["error"]
        return
    assert answer.status in (200, 400)
    for key in (place.company.id, place.places["webhook"]):
        assert key not in str(answer.body)


@pytest.mark.parametrize(("verb", "path"), EVERY, ids=IDS)
def test_a_key_that_may_only_look_changes_nothing(
    verb: str, path: str, place: Place, weak: Client
) -> None:
    answer = ask(weak, place, verb, path)
    assert answer.status == (200 if verb == "GET" else 403), answer.body


def test_the_company_is_as_it_was(place: Place) -> None:
    """Behind the tests above: none of their requests did anything."""
    client = place.company.client
    assert client.good("GET", place.company.connected)["status"] == "Linked"
    for path in ("/companies/{company}/push/{operation}", "/webhooks/{webhook}/deliveries"):
        assert client.ask("GET", place.filled(path)).status == 200


def test_a_key_for_one_company_links_no_other(foreigner: Client) -> None:
    made = foreigner.good("POST", "/companies", {"name": "Mine"})
    path = f"/companies/{made['id']}/connections"
    connection = foreigner.good("POST", path, {"platformKey": "hbql"})
    here = f"{path}/{connection['id']}/authorization"
    for books in ("north", "west", "nobody", "../north", ""):
        assert foreigner.ask("PUT", here, {"company": books}).status in (400, 403), books
    assert foreigner.good("GET", path)["results"][0]["status"] == "PendingAuth"


def test_a_consumer_of_one_company_hears_of_no_other(
    server: Served, foreigner: Client, uk: Company
) -> None:
    hook = {"url": "http://127.0.0.1:9/"}
    made = foreigner.good("POST", "/webhooks", hook)
    stated = {**documents.UK_CUSTOMER, "id": "UNHEARD"}
    uk.written("customers", stated)
    assert foreigner.good("GET", f"/webhooks/{made['id']}/deliveries")["results"] == []
    south = server.linked(foreigner, "south")
    south.written("customers", stated)
    heard = foreigner.good("GET", f"/webhooks/{made['id']}/deliveries")["results"]
    kinds = {each["eventType"] for each in heard}
    assert "customers.write.successful" in kinds
    foreigner.good("DELETE", f"/webhooks/{made['id']}")


@pytest.mark.parametrize("verb", ["OPTIONS", "TRACE", "PATCH", "MKCOL"])
def test_methods_that_no_route_has_are_405(verb: str, client: Client) -> None:
    got = client.http.request(verb, f"{client.url}/integrations")
    assert got.status_code == 405
