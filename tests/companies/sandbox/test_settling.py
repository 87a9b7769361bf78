"""Settlements need third-party access; reading the data as ODBC does needs none."""

from __future__ import annotations

from pathlib import Path

import pytest

from clary.companies.contract import Figure, Query
from clary.companies.route import RoutedCompany, lazy
from clary.companies.sandbox import SandboxCompany
from clary.companies.settlements import ACCESS_MISSING
from clary.kernel.errors import ClaryError, Unauthorised, Unsupported
from clary.ledger.fields import EditionName
from tests.companies.sandbox.at_sage import act, make

EDITIONS: tuple[EditionName, ...] = ("us", "uk")


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("answer", ["never", "ask"])
def test_a_plain_reader_needs_no_access_but_for_settlements(
    tmp_path: Path, edition: EditionName, answer: str
) -> None:
    path = make(tmp_path, edition)
    act(path, f"allow-access {answer}")
    company = SandboxCompany(path)
    for door in (company, RoutedCompany((company, company))):
        with door.reading() as session:
            assert list(session.read("customer", Query())) == []
            assert list(session.open_items("customer", None)) == []
            with pytest.raises(Unauthorised) as caught:
                list(session.settlements(None))
            assert caught.value.code in ACCESS_MISSING
            with pytest.raises(Unauthorised):
                session.settlements_of(["1"])


@pytest.mark.parametrize("edition", EDITIONS)
def test_with_access_every_session_tells_settlements(tmp_path: Path, edition: EditionName) -> None:
    company = SandboxCompany(make(tmp_path, edition))
    routed = RoutedCompany((company, company))
    assert Figure.SETTLEMENTS in routed.figures()
    for session in (company.session(), company.reading(), routed.session(), lazy(company)):
        with session:
            assert list(session.settlements(None)) == []
            assert session.settlements_of(["1", "x"]) == [None, None]


def test_access_given_once_is_not_used_up_by_a_plain_reader(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    act(path, "allow-access once")
    company = SandboxCompany(path)
    with company.reading() as session:
        assert list(session.read("customer", Query())) == []
    with company.session() as session:
        assert list(session.settlements(None)) == []
    with pytest.raises(Unauthorised):
        company.session()


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_plain_reader_still_needs_a_user_and_its_password_and_only_reads(
    tmp_path: Path, edition: EditionName
) -> None:
    path = make(tmp_path, edition)
    with SandboxCompany(path).reading() as session, pytest.raises(Unsupported):
        session.create("customer", {"id": "A", "name": "A"})
    act(path, "set-password CLARY sesame")
    with pytest.raises(Unauthorised):
        SandboxCompany(path).reading()
    SandboxCompany(path, password="sesame").reading().close()


def test_a_lazy_session_logs_on_only_when_it_is_asked(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    act(path, "allow-access never")
    with lazy(SandboxCompany(path), write=True) as session, pytest.raises(ClaryError):
        list(session.read("customer", Query()))
    with lazy(SandboxCompany(path)):
        """Nothing was asked, so nobody logged on."""
