"""The settings that posting rules depend on, as each door tells them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from clary.companies.contract import Company, Info, Query
from clary.companies.files import FilesCompany
from clary.companies.hostile import HostileCompany, Mischief, Scripted
from clary.companies.route import RoutedCompany
from clary.companies.sandbox import SandboxCompany, create
from clary.companies.sandbox.values import set_values
from clary.kernel.errors import Unreachable


def company(folder: Path) -> SandboxCompany:
    path = folder / "acme.clary"
    create(path, name="Acme", edition="us", fiscal_year_start=date(2026, 1, 1))
    settings = {"defaults_required": True, "negative_stock": False}
    set_values(path, defaults=json.dumps({"sales": "4000"}), settings=json.dumps(settings))
    return SandboxCompany(path)


def test_a_sandbox_company_tells_its_settings(tmp_path: Path) -> None:
    with company(tmp_path).session() as session:
        policy = session.policy()
    assert policy is not None
    assert dict(policy.defaults) == {"sales": "4000"}
    assert policy.party_defaults_required
    assert not policy.negative_stock


def test_files_tell_no_settings(tmp_path: Path) -> None:
    with FilesCompany(tmp_path, edition="us").session() as session:
        assert session.policy() is None


class FilesOf(FilesCompany):
    """Import files of a company that another door leads to as well."""

    def __init__(self, folder: Path, company: Company) -> None:
        super().__init__(folder, edition="us")
        self._identity = company.info().identity

    def info(self) -> Info:
        return replace(super().info(), identity=self._identity)


def test_of_several_doors_the_first_that_knows_tells_them(tmp_path: Path) -> None:
    inner = company(tmp_path)
    files = FilesOf(tmp_path, inner)
    with RoutedCompany((files, inner)).session() as session:
        assert session.policy() is not None
    with RoutedCompany((files, files)).session() as session:
        assert session.policy() is None


def test_a_lost_session_tells_nothing(tmp_path: Path) -> None:
    malice = Scripted(("read", 1, Mischief.DROP))
    with HostileCompany(company(tmp_path), malice).session() as session:
        assert session.policy() is not None
        with pytest.raises(Unreachable):
            list(session.read("account", Query()))
        with pytest.raises(Unreachable):
            session.policy()
