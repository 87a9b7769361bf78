"""Apps are connected, pinned, changed and forgotten, and their keys stay in the vault."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack

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
    assert (shown["kind"], shown["identity"], shown["stored"]) == (
        "connectwise",
        "127.0.0.1/demo",
        True,
    )
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
        ("connectwise", {"public_key": ""}, "CONNECTWISE_CREDENTIALS_MISSING"),
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


def test_all_missing_settings_are_told_together(installation: Installation) -> None:
    with pytest.raises(Misconfigured) as caught:
        add_app(installation, "cw", "connectwise", Asked())
    missing = [finding.field for finding in caught.value.findings]
    required = [each.name for each in APPS["connectwise"].settings if each.required]
    assert missing == required == ["site", "company", "client_id"]
    assert all("--set" in finding.remedy for finding in caught.value.findings)


def test_a_secret_in_the_open_is_kept_secret_all_the_same(
    installation: Installation, site: Site
) -> None:
    add_app(installation, "cw", "connectwise", asked(site))
    changed = change_app(installation, "cw", Asked([("private_key", "private")]))
    assert "private_key" not in changed.connection.doors[0].settings
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
    assert moved.connection.identity == "localhost/demo"


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
        target: object = app_target(installation, "cw", stack)
        assert isinstance(target, Identified)
        assert target.identity == "127.0.0.1/demo"
    with pytest.raises(Misconfigured):
        open_app(installation, "nowhere")


def test_a_database_without_apps_lists_none(installation: Installation) -> None:
    assert list_apps(installation) == []
    with sqlite3.connect(installation.settings.home / "clary.db") as connection:
        assert connection.execute("SELECT count(*) FROM connections").fetchone() == (0,)
    connection.close()
