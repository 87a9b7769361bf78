"""Companies and apps over the API: connected, changed, tested and forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clary.hub.access import Role
from tests.api.native.asking import Native, client
from tests.api.push.served import Served
from tests.sites import Site, connectwise_site

SECRET = "a-secret-nobody-sees"


@pytest.fixture(scope="module")
def admin(server: Served) -> Iterator[Native]:
    made = client(server, "admin of connections", Role.ADMIN)
    yield made
    made.http.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with connectwise_site(tmp_path_factory.mktemp("site"), "--seed", "us") as running:
        yield running


def test_a_company_from_its_connecting_to_its_forgetting(server: Served, admin: Native) -> None:
    file = str(server.installation.sandbox_file("south"))
    body = {
        "name": "second",
        "drivers": ["sandbox"],
        "settings": {"file": file},
        "secrets": {"password": SECRET},
    }
    tried = admin.good("POST", "/companies", body, dry_run="true")
    assert (tried["stored"], tried["identity"] is not None) == (False, True)
    added = admin.ask("POST", "/companies", body)
    assert added.status_code == 201
    assert added.headers["location"].endswith("/companies/second")
    assert SECRET not in added.text
    shown = added.json()
    assert shown["drivers"][0]["settings"]["password"] == "********"
    admin.refused(409, "CONNECTION_EXISTS", "POST", "/companies", body)
    tag = admin.ask("GET", "/companies/second").headers["etag"]
    changed = admin.ask(
        "PATCH", "/companies/second", {"secrets": {"password": None}}, headers={"If-Match": tag}
    )
    assert changed.status_code == 200
    assert "password" not in changed.json()["drivers"][0]["settings"]
    late = admin.ask("DELETE", "/companies/second", headers={"If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "VERSION_DIFFERS")
    tested = admin.good("POST", "/companies/second/test")
    assert (tested["ok"], tested["checks"][0]["name"]) == (True, "settings")
    assert admin.good("DELETE", "/companies/second", dry_run="true")["stored"] is True
    assert admin.good("DELETE", "/companies/second")["stored"] is False
    admin.refused(404, "CONNECTION_UNKNOWN", "GET", "/companies/second")


def test_other_books_are_refused_unless_they_are_meant(server: Served, admin: Native) -> None:
    file = str(server.installation.sandbox_file("south"))
    body = {"name": "moved", "drivers": ["sandbox"], "settings": {"file": file}}
    admin.good("POST", "/companies", body)
    other = {"settings": {"file": str(server.installation.sandbox_file("north"))}}
    admin.refused(409, "COMPANY_CHANGED", "PATCH", "/companies/moved", other)
    relinked = admin.good("PATCH", "/companies/moved", {**other, "relink": True})
    assert relinked["identity"] == admin.good("GET", "/companies/north")["identity"]
    admin.good("DELETE", "/companies/moved")


def test_companies_are_paged_and_only_those_that_may_be_seen(server: Served, admin: Native) -> None:
    page = admin.good("GET", "/companies", limit=2)
    rest = admin.good("GET", "/companies", limit=2, after=page["next"])
    names = [each["name"] for each in (*page["items"], *rest["items"])]
    assert names == ["north", "south", "west"]
    foreign = client(server, "south of connections", Role.VIEWER, ("south",))
    assert [each["name"] for each in foreign.good("GET", "/companies")["items"]] == ["south"]
    foreign.refused(404, "CONNECTION_UNKNOWN", "GET", "/companies/north")
    foreign.refused(404, "CONNECTION_UNKNOWN", "POST", "/companies/north/test")
    foreign.refused(403, "ROLE_MISSING", "POST", "/companies/south/test")
    foreign.refused(403, "ROLE_MISSING", "PATCH", "/companies/south", {})
    foreign.refused(403, "ROLE_MISSING", "DELETE", "/companies/south")
    foreign.refused(403, "ROLE_MISSING", "GET", "/doctor")
    foreign.http.close()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "x"}, "BODY_UNFIT"),
        ({"name": "x", "drivers": []}, "BODY_UNFIT"),
        ({"name": "x", "drivers": ["no-such"]}, "DRIVER_UNKNOWN"),
        ({"name": "a b", "drivers": ["sandbox"]}, "CONNECTION_NAME_INVALID"),
        ({"name": "x", "drivers": ["sandbox", "sandbox"]}, "DRIVER_NEEDED"),
        ({"name": "x", "drivers": ["sandbox"], "settings": {"password": "p"}}, "SECRET_IN_SIGHT"),
        ({"name": "x", "drivers": ["sandbox"], "secrets": {"file": "p"}}, "SECRET_IN_OPEN"),
        ({"name": "x", "drivers": ["sandbox"], "settings": {"file": 7}}, "BODY_UNFIT"),
        ({"name": "x", "drivers": ["sandbox"], "settings": {"file": "none"}}, "CONNECTION_UNFIT"),
        ({"name": "x", "drivers": ["sandbox"]}, "CONNECTION_UNFIT"),
    ],
)
def test_what_cannot_be_connected_is_refused(
    admin: Native, body: dict[str, object], code: str
) -> None:
    got = admin.ask("POST", "/companies", body)
    assert (got.status_code // 100, got.json()["code"]) == (4, code), got.text


def test_an_app_from_its_connecting_to_its_forgetting(admin: Native, site: Site) -> None:
    settings = {
        "site": site.url,
        "company": "demo",
        "client_id": "tests",
        "public_key": "public",
    }
    body = {
        "name": "psa",
        "kind": "connectwise",
        "settings": settings,
        "secrets": {"private_key": "private"},
    }
    wrong = {**body, "secrets": {"private_key": SECRET}}
    refused = admin.ask("POST", "/apps", wrong)
    assert refused.status_code >= 400
    assert SECRET not in refused.text
    added = admin.ask("POST", "/apps", body)
    assert (added.status_code, added.json()["settings"]["private_key"]) == (201, "********")
    shown = admin.good("GET", "/apps/psa")
    assert (shown["kind"], [each["name"] for each in admin.good("GET", "/apps")["items"]]) == (
        "connectwise",
        ["psa"],
    )
    changed = admin.good("PATCH", "/apps/psa", {"settings": {"timeout": "30", "member": None}})
    assert changed["settings"]["timeout"] == "30"
    tested = admin.good("POST", "/apps/psa/test", company="west")
    assert tested["checks"]
    assert admin.good("DELETE", "/apps/psa")["stored"] is False
    admin.refused(404, "CONNECTION_UNKNOWN", "GET", "/apps/psa")
    admin.refused(404, "APP_KIND_UNKNOWN", "POST", "/apps", {"name": "x", "kind": "no-such"})


def test_the_doctor_looks_at_everything(admin: Native, server: Served) -> None:
    found = admin.good("GET", "/doctor")
    names = {each["name"] for each in found["checks"]}
    assert names >= {"database", "audit trail", "company north"}
    assert Path(found["name"]) == server.installation.settings.home
