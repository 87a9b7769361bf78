"""An address is taken however a person types it, and refused where it cannot be meant."""

from __future__ import annotations

import pytest

from clary.apps.connectwise.settings import Settings
from clary.apps.connectwise.site import parse_site
from clary.kernel.errors import Misconfigured, Rejected

STATED = {
    "site": "https://psa.example.com/v4_6_release/",
    "company": " acme ",
    "client_id": "client",
    "public_key": "pub",
    "private_key": "private-canary",
}


@pytest.mark.parametrize(
    ("typed", "text", "url"),
    [
        ("psa.example.com", "psa.example.com", "https://psa.example.com"),
        ("https://PSA.Example.com/", "psa.example.com", "https://psa.example.com"),
        ("  https://psa.example.com/v4_6_release/services/system_io  ", "psa.example.com", None),
        ("https://psa.example.com:8443/x?y=1#z", "psa.example.com:8443", None),
        ("psa.example.com:443", "psa.example.com", "https://psa.example.com"),
        ("na.myconnectwise.net", "na.myconnectwise.net", "https://api-na.myconnectwise.net"),
        ("https://api-eu.myconnectwise.net", None, "https://api-eu.myconnectwise.net"),
        ("http://127.0.0.1:8070/", "http://127.0.0.1:8070", "http://127.0.0.1:8070"),
        ("127.0.0.1:8070", "http://127.0.0.1:8070", None),
        ("localhost:8070", "http://localhost:8070", None),
        ("http://[::1]:8070", "http://[::1]:8070", None),
        ("https://localhost", "https://localhost", "https://localhost"),
    ],
)
def test_what_is_typed_is_trimmed_to_the_host(
    typed: str, text: str | None, url: str | None
) -> None:
    site = parse_site(typed)
    assert site.text == (text or site.text)
    assert site.url == (url or site.url)
    assert parse_site(site.text) == site


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "https://",
        "ftp://psa.example.com",
        "a b",
        "https://psa.example.com:99999",
        "http://[::1",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Rejected) as caught:
        parse_site(typed)
    assert (caught.value.code, caught.value.exit_status) == ("CONNECTWISE_SITE_INVALID", 2)
    assert caught.value.findings[0].field == "site"


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(Rejected) as caught:
        parse_site("https://user:canary-password@psa.example.com")
    assert "canary" not in str(caught.value.findings)


def test_http_is_for_this_machine_only_unless_a_setting_allows_it() -> None:
    with pytest.raises(Rejected) as caught:
        parse_site("http://psa.example.com")
    assert caught.value.code == "CONNECTWISE_SITE_UNENCRYPTED"
    assert parse_site("http://psa.example.com", unencrypted=True).url == "http://psa.example.com"
    allowed = Settings.of({**STATED, "site": "http://psa.example.com", "unencrypted": "yes"})
    assert allowed.site.url == "http://psa.example.com"


def test_settings_are_tidied_and_never_show_a_secret() -> None:
    settings = Settings.of({**STATED, "page_size": "5000", "account_delimiter": "colon"})
    assert (settings.company, settings.page_size, settings.delimiter) == ("acme", 1000, ":")
    assert settings.identity == "psa.example.com/acme"
    assert "canary" not in repr(settings)


@pytest.mark.parametrize(
    "left",
    [
        {"public_key": ""},
        {"private_key": ""},
        {"public_key": "", "integrator": "int", "integrator_password": "secret"},
        {"public_key": "", "member": "ada", "integrator": "int"},
    ],
)
def test_without_keys_or_integrator_and_member_there_is_nothing_to_log_on_with(
    left: dict[str, str],
) -> None:
    with pytest.raises(Misconfigured) as caught:
        Settings.of({**STATED, **left})
    assert caught.value.code == "CONNECTWISE_CREDENTIALS_MISSING"
