"""`clary app`: other systems are connected, tested and forgotten from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Answer, CommandLine
from tests.sites import Site, connectwise_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with connectwise_site(tmp_path_factory.mktemp("site")) as served:
        yield served


def add(clary: CommandLine, site: Site, *more: str, private: str = "private") -> Answer:
    stated = (
        f"site={site.url}/v4_6_release/",
        "company=demo",
        "client_id=tests",
        "public_key=public",
    )
    options = [part for each in stated for part in ("--set", each)]
    return clary(
        "app",
        "add",
        "cw",
        "--kind",
        "connectwise",
        *options,
        "--secret",
        "private_key",
        *more,
        text=f"{private}\n",
    )


def test_an_app_is_connected_listed_changed_and_forgotten(clary: CommandLine, site: Site) -> None:
    added = add(clary, site, "--json")
    assert added.code == 0
    assert added.json["settings"]["site"] == site.url
    assert added.json["settings"]["private_key"] == "********"
    listed = clary.json("app", "list")["apps"]
    assert [(each["name"], each["kind"]) for each in listed] == [("cw", "connectwise")]
    changed = clary.json("app", "set", "cw", "--set", "account_delimiter=colon")
    assert changed["settings"]["account_delimiter"] == "colon"
    changed = clary.json("app", "set", "cw", "--unset", "account_delimiter")
    assert "account_delimiter" not in changed["settings"]
    clary.ok("app", "remove", "cw")
    assert clary.json("app", "list")["apps"] == []


def test_what_people_see_names_the_site_and_hides_the_key(clary: CommandLine, site: Site) -> None:
    added = add(clary, site, private="private")
    assert added.out.startswith("Connected cw.")
    assert "company demo" in added.out
    assert "private_key=********" in added.out
    assert "demo at http://127.0.0.1" in clary.ok("app", "list").out


def test_a_wrong_key_is_told_with_what_to_do_and_never_shown(
    clary: CommandLine, site: Site
) -> None:
    refused = add(clary, site, "--debug", private="canary-secret")
    assert refused.code == 3
    assert "CONNECTWISE_KEYS_REFUSED" in refused.err
    assert "canary-secret" not in refused.out + refused.err
    assert clary.json("app", "list")["apps"] == []


def test_an_empty_list_says_how_to_begin(clary: CommandLine) -> None:
    answer = clary.ok("app", "list")
    assert (answer.out, "clary app add" in answer.err) == ("", True)


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("add", "x", "--kind", "sap"), 2, "APP_KIND_UNKNOWN"),
        (("add", "x", "--kind", "connectwise"), 2, "APP_SETTING_MISSING"),
        (("add", "a b", "--kind", "connectwise"), 2, "CONNECTION_NAME_INVALID"),
        (("set", "nowhere", "--set", "costing=yes"), 3, "CONNECTION_UNKNOWN"),
        (("add", "x", "--kind", "connectwise", "--set", "private_key=k"), 2, "SECRET_IN_SIGHT"),
        (("test", "nowhere"), 3, "CONNECTION_UNKNOWN"),
        (("remove", "nowhere"), 3, "CONNECTION_UNKNOWN"),
    ],
)
def test_what_cannot_be_done_is_told(
    clary: CommandLine, arguments: tuple[str, ...], status: int, code: str
) -> None:
    answer = clary("app", *arguments, "--json")
    assert (answer.code, answer.error["code"]) == (status, code)


def test_everything_that_must_be_right_is_listed(clary: CommandLine, site: Site) -> None:
    add(clary, site)
    shown = clary.ok("app", "test", "cw")
    assert "What to change, and where" in shown.out
    assert "Accounting Interface" in shown.out
    document = clary.json("app", "test", "cw")
    assert document["ok"] is True
    assert {line["state"] for line in document["checks"]} <= {"ok", "warning"}


def test_the_accounts_of_a_company_are_looked_at_too(books: CommandLine, site: Site) -> None:
    add(books, site)
    cash = {"id": "1-2-3-4-5-6-7-8", "name": "Long", "type": "cash"}
    books.ok("records", "create", "books", "account", "-", text=json.dumps(cash))
    tested = books("app", "test", "cw", "--company", "books", "--json")
    lines = {line["name"]: line for line in tested.json["checks"]}
    assert tested.code == 3
    assert lines["account segments"]["state"] == "failed"
    assert "1-2-3-4-5-6-7-8 has 8" in lines["account segments"]["findings"][0]["message"]


@pytest.mark.parametrize("key", ["finance", "executive", "admin"])
def test_the_roles_of_accountants_pass(clary: CommandLine, site: Site, key: str) -> None:
    add(clary, site, "--set", f"public_key={key}", private=key)
    lines = clary.json("app", "test", "cw")["checks"]
    rights = [line for line in lines if line["name"].startswith("right ")]
    assert [line["state"] for line in rights] == ["ok", "ok"]


def test_a_member_with_a_weak_role_fails_with_the_menu(clary: CommandLine, site: Site) -> None:
    add(clary, site, "--set", "public_key=weak", private="weak")
    tested = clary("app", "test", "cw")
    assert tested.code == 3
    assert "System > Security Roles > Service" in tested.out


def test_a_member_of_a_lower_level_is_told(clary: CommandLine, site: Site) -> None:
    add(clary, site, "--set", "public_key=branch", private="branch")
    lines = {line["name"]: line for line in clary("app", "test", "cw", "--json").json["checks"]}
    assert lines["system level"]["state"] == "failed"
    assert "Level 1" in lines["system level"]["remedy"]


def test_a_member_is_acted_for_with_an_integrator_login(clary: CommandLine, site: Site) -> None:
    stated = (f"site={site.url}", "company=demo", "client_id=tests", "member=mdelgado")
    options = [part for each in (*stated, "integrator=integrator") for part in ("--set", each)]
    secret = ("--secret", "integrator_password")
    added = clary.ok(
        "app", "add", "cw", "--kind", "connectwise", *options, *secret, text="integrator\n"
    )
    assert "as mdelgado" in added.out
    lines = {line["name"]: line for line in clary.json("app", "test", "cw")["checks"]}
    assert lines["acting for a member"]["state"] == "ok"
    for weak in ("own-records", "no-member-api"):
        refused = clary(
            "app", "set", "cw", "--set", f"integrator={weak}", *secret, text=f"{weak}\n"
        )
        assert refused.code == 3
        assert "CONNECTWISE_NOT_ACTED_FOR" in refused.err
        assert "Integrator Login" in refused.err
