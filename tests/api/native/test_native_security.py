"""Every route of the API: without a key, with a foreign, a revoked and a too weak one.

The routes come from the document, so that a new one is tested as soon as it is declared.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
import pytest

from clary.hub.access import Role
from clary.hub.services.keys import add_key, revoke_key
from tests.api.native.asking import PROBLEM, Native, client, document
from tests.api.push.served import Served

_NUMBERS = count()
WRITES = ("post", "put", "patch", "delete")
ROUTES = [
    (method, path) for path, operations in document()["paths"].items() for method in operations
]
NAMES = [f"{method.upper()} {path}" for method, path in ROUTES]


@dataclass
class Secrets:
    """What belongs to the company north, and nobody else may learn of."""

    owner: Native
    plan: str
    run: str


@pytest.fixture(scope="module")
def secrets(server: Served) -> Iterator[Secrets]:
    owner = client(server, "owner", Role.ADMIN)
    body = {"id": "SECRET", "name": "Secret"}
    done = owner.good("POST", "/companies/north/records/customer", body)
    yield Secrets(owner, done["plan"]["id"], done["run"]["id"])
    owner.http.close()


@pytest.fixture(scope="module")
def foreign(server: Served) -> Iterator[Native]:
    made = client(server, "foreign", Role.OPERATOR, ("south",))
    yield made
    made.http.close()


@pytest.fixture(scope="module")
def viewer(server: Served) -> Iterator[Native]:
    made = client(server, "viewer", Role.VIEWER)
    yield made
    made.http.close()


def _request(method: str, path: str, secrets: Secrets) -> tuple[str, dict[str, Any]]:
    """Return the path and the arguments of a request that would do if the key did."""
    operation = document()["paths"][path][method]
    known = {"company": "north", "plan": secrets.plan, "run": secrets.run, "key": "SECRET"}
    query: dict[str, str] = {}
    for each in operation["parameters"]:
        example = each.get("example", each["schema"].get("examples", [""])[0])
        if each["in"] == "path":
            place = known.get(each["name"], str(example))
            place = "customer" if each["name"] == "type" else place
            path = path.replace(f"{{{each['name']}}}", place)
        elif each["in"] == "query" and (each["required"] or each["name"] == "dry_run"):
            query[each["name"]] = "true" if each["name"] == "dry_run" else str(example)
    more: dict[str, Any] = dict(query)
    if "requestBody" in operation:
        more["body"] = operation["requestBody"]["content"]["application/json"]["example"]
    return path, more


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=NAMES)
def test_without_a_key_in_force_nothing_is_told(
    server: Served, secrets: Secrets, method: str, path: str
) -> None:
    asked, more = _request(method, path, secrets)
    revoked = _revoked(server)
    url = f"{server.url}/api/v1"
    for key in ("", "x", "clary_" + "a" * 12 + "_" + "b" * 43, revoked, secrets.owner.key[:-1]):
        stranger = Native(url, key, secrets.owner.http)
        got = stranger.ask(method.upper(), asked, **more)
        assert (got.status_code, got.json()["code"]) == (401, "API_KEY_MISSING"), got.text
        assert got.headers["www-authenticate"].startswith("Bearer")


def _revoked(server: Served) -> str:
    name = f"revoked {next(_NUMBERS)}"
    made = add_key(server.installation, name, Role.ADMIN).key
    revoke_key(server.installation, name)
    assert made is not None
    return made


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=NAMES)
def test_a_key_of_another_company_sees_and_does_nothing(
    secrets: Secrets, foreign: Native, method: str, path: str
) -> None:
    asked, more = _request(method, path, secrets)
    got = foreign.ask(method.upper(), asked, **more)
    if re.search(r"\{(company|plan|run)\}", path):
        assert got.status_code == 404, got.text
        nobody = asked.replace("north", "nobody").replace(secrets.plan, "plan_x")
        unknown = foreign.ask(method.upper(), nobody.replace(secrets.run, "run_x"), **more)
        assert (unknown.status_code, unknown.json()["code"]) == (404, got.json()["code"])
    else:
        assert got.status_code < 500, got.text
        for secret in ("north", secrets.plan, secrets.run):
            assert secret not in got.text.replace(asked, ""), got.text


@pytest.mark.parametrize(
    ("method", "path"),
    [each for each in ROUTES if each[0] in WRITES],
    ids=[name for name in NAMES if name.split(maxsplit=1)[0].lower() in WRITES],
)
def test_a_key_that_may_only_look_changes_nothing(
    secrets: Secrets, viewer: Native, method: str, path: str
) -> None:
    asked, more = _request(method, path, secrets)
    got = viewer.ask(method.upper(), asked, **more)
    assert got.status_code in (403, 404), got.text


def test_the_document_alone_needs_no_key(server: Served) -> None:
    got = httpx.get(f"{server.url}/api/v1/openapi.json", trust_env=False)
    assert (got.status_code, got.json()["openapi"]) == (200, "3.1.0")


@pytest.mark.parametrize("form", ["{key}:", ":{key}", "any:{key}", "{key}"])
def test_a_key_may_stand_in_basic_authorization(server: Served, form: str) -> None:
    made = add_key(server.installation, f"basic {next(_NUMBERS)}", Role.VIEWER)
    encoded = base64.b64encode(form.format(key=made.key).encode()).decode()
    headers = {"Authorization": f"Basic {encoded}"}
    got = httpx.get(f"{server.url}/api/v1/runs", headers=headers, trust_env=False)
    assert got.status_code == 200, got.text
    revoke_key(server.installation, made.name)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff\xfe").decode(),
        "Digest x",
        "Bearer " + "x" * 5000,
        "Bearer \xe9",
        "bearer a b c",
    ],
)
def test_an_authorization_that_is_none_is_refused(server: Served, header: str) -> None:
    headers = {b"Authorization": header.encode("latin-1").strip()}
    got = httpx.get(f"{server.url}/api/v1/runs", headers=headers, trust_env=False)
    assert (got.status_code, got.headers["content-type"]) == (401, PROBLEM)


@pytest.mark.parametrize(
    "path",
    [
        "/companies/sandbox:%2Fetc%2Fpasswd/record-types",
        "/companies/sandbox:x.clary/info",
        "/companies/..%2F..%2Fetc/info",
        "/companies/%00/info",
        "/companies/north%00/info",
        "/companies/%ff%fe/info",
        "/companies//info",
        "/companies/north/records/customer/",
        "/companies/" + "x" * 5000 + "/info",
        "/plans/..%2F..",
        "/runs/%0d%0aX-Injected:%201",
        "//runs",
        "/runs/",
        "/docs",
        "/redoc",
        "/../healthz",
        "/companies/north/records/no_such_type",
        "/companies/north/records/..%2F..%2Fcustomer",
    ],
)
def test_paths_lead_nowhere_else(server: Served, secrets: Secrets, path: str) -> None:
    headers = {"Authorization": f"Bearer {secrets.owner.key}"}
    url = httpx.URL(server.url).copy_with(raw_path=b"/api/v1" + path.encode())
    with httpx.Client(trust_env=False) as http:
        got = http.get(url, headers=headers)
    assert got.status_code == 404, got.text
    assert "x-injected" not in got.headers
    assert "root:" not in got.text


def test_methods_that_a_path_has_not_are_named(secrets: Secrets) -> None:
    got = secrets.owner.ask("PUT", "/runs")
    assert (got.status_code, got.headers["allow"]) == (405, "GET")
    got = secrets.owner.ask("TRACE", "/companies/north/records/customer/SECRET")
    assert got.headers["allow"] == "DELETE, GET, PATCH, PUT"


def test_no_answer_and_no_log_holds_a_key(secrets: Secrets) -> None:
    got = secrets.owner.ask("GET", "/runs", where=secrets.owner.key)
    assert got.status_code == 422
    assert secrets.owner.key not in got.text
