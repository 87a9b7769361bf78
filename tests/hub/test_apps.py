"""Apps are connected, pinned, changed and forgotten, and their keys stay in the vault."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from clary.hub.apps import APPS
from clary.hub.connections import ConnectionKind
from clary.hub.installation import Installation
from clary.hub.services.apps import (
    add_app,
    app_target,
    change_app,
    list_apps,
    open_app,
    remove_app,
)
from clary.hub.services.stated import Asked
from clary.kernel.change import Identified
from clary.kernel.errors import ClaryError, Guarded, Misconfigured, Rejected, Unauthorised
from tests.sites import Site, connectwise_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with connectwise_site(tmp_path_factory.mktemp("site")) as served:
        yield served


def asked(served: Site, *, private: str = "private", **changed: str) -> Asked:
    stated = {"site": served.url, "company": "demo", "client_id": "tests", "public_key": "public"}
    return Asked([*{**stated, **changed}.items()], [("private_key", private)])


def test_an_app_is_logged_on_to_and_stored(installation: Installation, site: Site) -> None:
    answer = add_app(
        installation, "cw", "connectwise", asked(site, site=f"{site.url}/v4_6_release/")
    )
    shown = answer.as_dict()
    assert shown["settings"] == {
        "site": site.url,
        "company": "demo",
        "client_id": "tests",
        "public_key": "public",
        "private_key": "********",
    }
    assert (shown["kind"], shown["stored"]) == ("connectwise", True)
    assert re.fullmatch(r"127\.0\.0\.1/demo#[0-9a-f-]{36}", str(shown["identity"]))
    assert "company demo" in answer.greeting
    assert [each.connection.name for each in list_apps(installation)] == ["cw"]
    assert installation.vault.get("cw", "connectwise.private_key") == "private"


def test_the_keys_are_nowhere_in_the_database(installation: Installation, site: Site) -> None:
    with pytest.raises(Unauthorised):
        add_app(installation, "cw", "connectwise", asked(site, private="canary-secret"))
    add_app(installation, "cw", "connectwise", asked(site))
    installation.vault.put("cw", "connectwise.private_key", "canary-secret")
    files = installation.settings.home.glob("clary.db*")
    assert not [file for file in files if b"canary-secret" in file.read_bytes()]


def test_a_wrong_key_stores_nothing(installation: Installation, site: Site) -> None:
    with pytest.raises(Unauthorised) as caught:
        add_app(installation, "cw", "connectwise", asked(site, private="another key"))
    assert caught.value.code == "CONNECTWISE_KEYS_REFUSED"
    assert list_apps(installation) == []
    assert installation.vault.names("cw") == frozenset()


@pytest.mark.parametrize("private", ["", "key"])
def test_a_secret_that_no_text_can_hide_is_refused(
    installation: Installation, site: Site, private: str
) -> None:
    with pytest.raises(Rejected) as caught:
        add_app(installation, "cw", "connectwise", asked(site, private=private))
    assert caught.value.code == "SECRET_INVALID"
    assert "4 to 10000 characters" in str(caught.value)
    assert list_apps(installation) == []


def test_a_dry_run_stores_nothing(installation: Installation, site: Site) -> None:
    tried = add_app(installation, "cw", "connectwise", asked(site), dry_run=True)
    assert (tried.stored, list_apps(installation)) == (False, [])
    add_app(installation, "cw", "connectwise", asked(site))
    change_app(installation, "cw", Asked([("costing", "yes")]), dry_run=True)
    remove_app(installation, "cw", dry_run=True)
    assert "costing" not in list_apps(installation)[0].connection.doors[0].settings


@pytest.mark.parametrize(
    ("kind", "stated", "code"),
    [
        ("crm", {}, "APP_KIND_UNKNOWN"),
        ("connectwise", {"sites": "x"}, "APP_SETTING_UNKNOWN"),
        ("connectwise", {"account_delimiter": "dot"}, "APP_SETTING_INVALID"),
        ("connectwise", {"timeout": "soon"}, "APP_SETTING_INVALID"),
        ("connectwise", {"site": "ftp://x"}, "CONNECTWISE_SITE_INVALID"),
        ("connectwise", {"site": "http://psa.example.com"}, "CONNECTWISE_SITE_UNENCRYPTED"),
        ("connectwise", {"timeout": "0"}, "APP_SETTING_INVALID"),
        ("connectwise", {"timeout": "601"}, "APP_SETTING_INVALID"),
        ("connectwise", {"page_size": "0"}, "APP_SETTING_INVALID"),
        ("connectwise", {"page_size": "1001"}, "APP_SETTING_INVALID"),
        ("connectwise", {"tax_limit": "9" * 5000}, "APP_SETTING_INVALID"),
        ("connectwise", {"version": "abc"}, "APP_SETTING_INVALID"),
        ("connectwise", {"codebase": "../x"}, "APP_SETTING_INVALID"),
        ("connectwise", {"client_id": ""}, "APP_SETTING_INVALID"),
        ("connectwise", {"rounding_account": " "}, "APP_SETTING_INVALID"),
        ("connectwise", {"company": "demo\r\nX-Else: 1"}, "APP_SETTING_INVALID"),
        ("connectwise", {"initials": "../A L"}, "INITIALS_INVALID"),
        ("connectwise", {"company": "another"}, "CONNECTWISE_COMPANY_UNKNOWN"),
    ],
)
def test_what_cannot_be_connected_is_told(
    installation: Installation, site: Site, kind: str, stated: dict[str, str], code: str
) -> None:
    with pytest.raises(ClaryError) as caught:
        add_app(installation, "cw", kind, asked(site, **stated))
    assert caught.value.code == code
    assert list_apps(installation) == []


def test_what_a_setting_takes_is_told_and_its_bounds_are_taken(
    installation: Installation, site: Site
) -> None:
    with pytest.raises(Rejected) as caught:
        add_app(
            installation,
            "cw",
            "connectwise",
            asked(site, page_size="5000", version="abc", client_id="", tax_limit=""),
        )
    remedies = {each.field: each.remedy for each in caught.value.findings}
    assert remedies["page_size"] == "Use a whole number from 1 to 1000."
    assert remedies["version"] == "Use a version such as 2025.1."
    assert remedies["client_id"] == "Use a text."
    assert remedies["tax_limit"].endswith("from 0 to 10000; --unset tax_limit forgets it.")
    taken = {"page_size": "1000", "timeout": "600", "version": "2025.16", "tax_limit": "0"}
    answer = add_app(installation, "cw", "connectwise", asked(site, initials="al", **taken))
    settings = answer.connection.doors[0].settings
    assert {**taken, "initials": "AL"}.items() <= settings.items()


def test_keys_are_needed(installation: Installation, site: Site) -> None:
    stated = asked(site)
    with pytest.raises(Misconfigured) as caught:
        add_app(installation, "cw", "connectwise", Asked(stated.settings))
    assert caught.value.code == "CONNECTWISE_CREDENTIALS_MISSING"


def test_all_missing_settings_are_told_together(installation: Installation) -> None:
    with pytest.raises(Misconfigured) as caught:
        add_app(installation, "cw", "connectwise", Asked())
    missing = [finding.field for finding in caught.value.findings]
    required = [each.name for each in APPS["connectwise"].settings if each.required]
    assert missing == required == ["site", "company", "client_id"]
    assert all("--set" in finding.remedy for finding in caught.value.findings)


def test_a_secret_among_the_settings_is_refused_and_not_shown(
    installation: Installation, site: Site
) -> None:
    add_app(installation, "cw", "connectwise", asked(site))
    for name in ("private_key", "connectwise.private_key"):
        with pytest.raises(Rejected) as caught:
            change_app(installation, "cw", Asked([(name, "canary-secret")]))
        assert caught.value.code == "SECRET_IN_SIGHT"
        assert f"--secret {name}" in caught.value.findings[0].remedy
        assert "canary-secret" not in str(caught.value.findings)
    assert installation.vault.get("cw", "connectwise.private_key") == "private"
    with pytest.raises(Rejected, match="not a secret"):
        change_app(installation, "cw", Asked(secrets=[("company", "demo")]))


def test_settings_are_changed_and_forgotten(installation: Installation, site: Site) -> None:
    add_app(installation, "cw", "connectwise", asked(site))
    changed = change_app(installation, "CW", Asked([("costing", "yes"), ("timeout", "9")]))
    assert changed.connection.doors[0].settings["timeout"] == "9"
    changed = change_app(installation, "cw", Asked(removed=["timeout"]))
    assert "timeout" not in changed.connection.doors[0].settings
    with pytest.raises(Misconfigured):
        change_app(installation, "cw", Asked(removed=["private_key"]))
    assert installation.vault.get("cw", "connectwise.private_key") == "private"


def test_a_connection_never_comes_to_lead_to_another_company_by_accident(
    installation: Installation, site: Site
) -> None:
    add_app(installation, "cw", "connectwise", asked(site))
    elsewhere = Asked([("site", site.url.replace("127.0.0.1", "localhost"))])
    with pytest.raises(Guarded) as caught:
        change_app(installation, "cw", elsewhere)
    assert caught.value.code == "APP_CHANGED"
    assert "--relink" in caught.value.findings[0].remedy
    moved = change_app(installation, "cw", elsewhere, relink=True)
    assert str(moved.connection.identity).startswith("localhost/demo#")


@pytest.fixture(scope="module")
def other_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve another site of the same host and the same company id, at another port."""
    with connectwise_site(tmp_path_factory.mktemp("other"), "--seed", "uk") as served:
        yield served


def test_another_site_of_the_same_host_is_refused_until_it_is_linked_anew(
    installation: Installation, site: Site, other_site: Site
) -> None:
    add_app(installation, "cw", "connectwise", asked(site))
    elsewhere = Asked([("site", other_site.url)])
    with pytest.raises(Guarded) as caught:
        change_app(installation, "cw", elsewhere)
    assert caught.value.code == "APP_CHANGED"
    assert site.url in caught.value.findings[0].message
    assert other_site.url in caught.value.findings[0].message
    assert list_apps(installation)[0].connection.doors[0].settings["site"] == site.url
    before = list_apps(installation)[0].connection.identity
    moved = change_app(installation, "cw", elsewhere, relink=True)
    assert moved.connection.identity != before
    with open_app(installation, "cw") as app:
        assert app.identity == "127.0.0.1/demo"


def test_a_site_that_moves_to_another_port_stays_the_same(
    installation: Installation, tmp_path: Path
) -> None:
    with connectwise_site(tmp_path / "moving") as first:
        linked = add_app(installation, "cw", "connectwise", asked(first))
    with connectwise_site(tmp_path / "moving") as second:
        assert second.url != first.url
        moved = change_app(installation, "cw", Asked([("site", second.url)]))
    assert moved.connection.identity == linked.connection.identity


def test_a_site_whose_mark_was_never_seen_is_marked_at_the_next_change(
    installation: Installation, site: Site
) -> None:
    linked = add_app(installation, "cw", "connectwise", asked(site)).connection
    installation.connections.save(replace(linked, identity="127.0.0.1/demo"), linked)
    changed = change_app(installation, "cw", Asked([("costing", "yes")]))
    assert changed.connection.identity == linked.identity
    unseen = Asked([("public_key", "weak")], [("private_key", "weak")])
    assert change_app(installation, "cw", unseen).connection.identity == linked.identity


def test_a_forgotten_app_takes_its_keys_with_it(installation: Installation, site: Site) -> None:
    add_app(installation, "cw", "connectwise", asked(site))
    remove_app(installation, "cw")
    assert list_apps(installation) == []
    assert installation.vault.names("cw") == frozenset()
    with pytest.raises(Misconfigured, match="no app called"):
        remove_app(installation, "cw")


def test_a_company_is_no_app_and_names_are_shared(installation: Installation, site: Site) -> None:
    add_app(installation, "cw", "connectwise", asked(site))
    assert installation.connections.all(ConnectionKind.COMPANY) == []
    with pytest.raises(Misconfigured, match="called cw already"):
        add_app(installation, "CW", "connectwise", asked(site))


def test_an_app_is_opened_with_its_settings_and_secrets(
    installation: Installation, site: Site
) -> None:
    add_app(installation, "cw", "connectwise", asked(site))
    with open_app(installation, "cw") as app:
        assert app.prove()
        assert app.identity == "127.0.0.1/demo"
    with ExitStack() as stack:
        target: object = app_target(installation, "cw", stack, lambda _wait: None)
        assert isinstance(target, Identified)
        assert target.identity == "127.0.0.1/demo"
    with pytest.raises(Misconfigured):
        open_app(installation, "nowhere")


def test_a_database_without_apps_lists_none(installation: Installation) -> None:
    assert list_apps(installation) == []
    with sqlite3.connect(installation.settings.home / "clary.db") as connection:
        assert connection.execute("SELECT count(*) FROM connections").fetchone() == (0,)
    connection.close()
