"""Every setting is read once, checked, and has a default that works."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from clary.kernel.errors import Misconfigured
from clary.kernel.settings import ALL, DATABASE, HOME, SECRETS, Settings, read


def test_the_defaults_need_no_environment() -> None:
    settings = read({})
    assert settings.home == Path("~/.clary").expanduser()
    assert settings.database_url == f"sqlite:///{settings.home / 'clary.db'}"
    assert (settings.secrets, settings.group_documents) == ("auto", 100)
    assert (settings.group_milliseconds, settings.lease_seconds) == (200, 60)
    assert settings.plan_retention is None


def test_what_is_set_counts() -> None:
    settings = read(
        {
            HOME.name: "/srv/clary",
            DATABASE.name: "postgresql+psycopg://clary@db/clary",
            SECRETS.name: "file",
            "CLARY_GROUP_DOCUMENTS": "7",
            "CLARY_PLAN_RETENTION_DAYS": "90",
        }
    )
    assert settings.home == Path("/srv/clary")
    assert settings.database_url == "postgresql+psycopg://clary@db/clary"
    assert (settings.secrets, settings.group_documents) == ("file", 7)
    assert settings.plan_retention == timedelta(days=90)


def test_without_an_argument_the_process_environment_counts(
    installation_folder: Path,
) -> None:
    assert read().home == installation_folder


@pytest.mark.parametrize("setting", [setting.name for setting in ALL])
def test_an_empty_setting_is_an_unset_one(setting: str) -> None:
    assert read({setting: ""}) == read({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLARY_GROUP_DOCUMENTS", "0"),
        ("CLARY_GROUP_DOCUMENTS", "10001"),
        ("CLARY_GROUP_MILLISECONDS", "-5"),
        ("CLARY_GROUP_MILLISECONDS", "fast"),
        ("CLARY_LEASE_SECONDS", "1.5"),
        ("CLARY_SECRETS", "plain"),
        ("CLARY_PLAN_RETENTION_DAYS", "-1"),
        ("CLARY_PLAN_RETENTION_DAYS", "36501"),
    ],
)
def test_a_wrong_value_names_the_setting_and_what_it_takes(name: str, value: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        read({name: value})
    assert caught.value.code == "SETTING_INVALID"
    assert name in str(caught.value)
    assert value in str(caught.value)


def test_every_setting_is_in_the_settings_and_has_a_meaning() -> None:
    assert len(ALL) == len(fields(Settings))
    assert all(setting.meaning for setting in ALL)
