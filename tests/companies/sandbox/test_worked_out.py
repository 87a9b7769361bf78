"""A company reached as programs reach Sage's own interface: its books work tax out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from clary.companies.sandbox import SandboxCompany, create
from clary.kernel.change import Body
from clary.ledger.fields import EditionName
from tests.companies.sandbox.small import invoice, key, lines, plain

US_TAXED: Body = invoice(plain("100.00"), tax_code_id="TAXED")
STATED: tuple[Body, ...] = (
    {"agency_id": "STATE", "amount": "9.00"},
    {"agency_id": "CITY", "amount": "1.25"},
)


@pytest.fixture
def uk_path(tmp_path: Path) -> Path:
    """Return the file of a UK company with one customer."""
    path = tmp_path / "uk.clary"
    create(path, name="Small", edition="uk", fiscal_year_start=date(2026, 1, 1))
    with SandboxCompany(path).session(write=True) as session:
        session.create("customer", {"id": "ACME", "name": "Acme"})
    return path


def test_stated_tax_is_worked_out_and_that_is_told(us_path: Path) -> None:
    company = SandboxCompany(us_path, computes_tax=True)
    with company.session(write=True) as session:
        forced = {**US_TAXED, "taxes": lines(*STATED), "tax_override": True}
        written = session.create("sales_invoice", forced)
        stored = session.get("sales_invoice", key("sales_invoice", written.key))
        assert stored["tax_total"] == "7.25"
        assert [each.code for each in written.warnings] == ["TAX_WORKED_OUT"]
        changed = session.update("sales_invoice", key("sales_invoice", written.key), forced)
        assert [each.code for each in changed.warnings] == ["TAX_WORKED_OUT"]
        assert session.create("sales_invoice", US_TAXED).warnings == ()
        assert forced["tax_override"] is True


def test_the_tax_of_lines_is_worked_out_too(uk_path: Path) -> None:
    with SandboxCompany(uk_path, computes_tax=True).session(write=True) as session:
        line: Body = {"account_id": "4000", "amount": "100.00", "tax_code_id": "T1"}
        body: Body = {
            "customer_id": "ACME",
            "date": "2026-03-02",
            "form": "ledger",
            "tax_override": True,
            "lines": lines({**line, "tax_amount": "1.00"}),
        }
        written = session.create("sales_invoice", body)
        stored = session.get("sales_invoice", key("sales_invoice", written.key))
    assert stored["tax_total"] == "20.00"
    assert [each.code for each in written.warnings] == ["TAX_WORKED_OUT"]


@pytest.mark.parametrize(
    ("edition", "types"),
    [
        ("us", {"sales_invoice", "credit_memo"}),
        ("uk", {"sales_invoice", "credit_memo", "purchase", "vendor_credit"}),
    ],
)
def test_its_capabilities_say_whose_tax_counts(
    us_path: Path, uk_path: Path, edition: EditionName, types: set[str]
) -> None:
    path = us_path if edition == "us" else uk_path
    told = SandboxCompany(path, computes_tax=True).capabilities()
    computed = {name for name, each in told.items() if not each.tax_stated}
    assert types <= computed
    assert {"account", "customer", "journal_entry"}.isdisjoint(computed)
    assert all(each.tax_stated for each in SandboxCompany(path).capabilities().values())
