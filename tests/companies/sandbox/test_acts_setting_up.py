"""What the person at Sage sets up: default accounts and what the company allows."""

from __future__ import annotations

from pathlib import Path

import pytest

from clary.companies.sandbox import SandboxCompany
from clary.companies.sandbox.acts import perform
from clary.kernel.change import Body
from clary.kernel.errors import Rejected
from tests.companies.sandbox.small import goods, invoice, lines, plain


def test_a_default_account_is_used_where_a_document_states_none(us_path: Path) -> None:
    body: Body = {"customer_id": "ACME", "date": "2026-03-02", "lines": lines(plain("10.00"))}
    with SandboxCompany(us_path).session(write=True) as session:
        with pytest.raises(Rejected) as error:
            session.create("sales_invoice", body)
        assert error.value.code == "REFERENCE_REQUIRED"
    perform(us_path, "set-default", ["accounts_receivable", "1100"], {})
    with SandboxCompany(us_path).session(write=True) as session:
        written = session.create("sales_invoice", body)
        assert not written.warnings


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["colour", "1100"], "DEFAULT_UNKNOWN"), (["sales", "9999"], "DEFAULT_ACCOUNT_UNKNOWN")],
)
def test_a_wrong_default_is_refused(us_path: Path, arguments: list[str], code: str) -> None:
    with pytest.raises(Rejected) as error:
        perform(us_path, "set-default", arguments, {})
    assert error.value.code == code


def test_stock_below_zero_is_refused_where_the_company_does_not_allow_it(us_path: Path) -> None:
    perform(us_path, "negative-stock", ["off"], {})
    with SandboxCompany(us_path).session(write=True) as session, pytest.raises(Rejected) as error:
        session.create("sales_invoice", invoice(goods("FIFO", "1", "5")))
    assert error.value.code == "STOCK_SHORT"


def test_a_new_customer_needs_the_default_account_where_it_is_required(us_path: Path) -> None:
    perform(us_path, "defaults-required", ["on"], {})
    body: Body = {"id": "NEW", "name": "New"}
    with SandboxCompany(us_path).session(write=True) as session:
        with pytest.raises(Rejected) as error:
            session.create("customer", body)
        assert error.value.code == "DEFAULT_MISSING"
        assert "Default Information" in error.value.findings[0].remedy
    perform(us_path, "set-default", ["sales", "4000"], {})
    with SandboxCompany(us_path).session(write=True) as session:
        session.create("customer", body)
