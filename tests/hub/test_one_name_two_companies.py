"""A name that passes from one company to another takes no answers along."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from clary.companies import sandbox
from clary.flows.operations.requests import Document, Operation, Status
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying
from clary.hub.services.connecting import register_sandbox, remove_company
from clary.hub.services.operations import Asked, operate, operation_results
from clary.kernel.change import Body

pytestmark = pytest.mark.both_databases

ENTRY: Body = {
    "date": "2026-01-10",
    "lines": [
        {"account_id": "4000", "amount": "-5.00"},
        {"account_id": "5000", "amount": "5.00"},
    ],
}


def made(path: Path) -> Path:
    """Return the file of a new company with two accounts."""
    sandbox.create(path, name="x", edition="us", fiscal_year_start=date(2026, 1, 1))
    with sandbox.SandboxCompany(path).session(write=True) as session:
        session.create("account", {"id": "4000", "name": "Sales", "type": "income"})
        session.create("account", {"id": "5000", "name": "Costs", "type": "expenses"})
    return path


def post(installation: Installation) -> Status:
    """Post the entry under its key; return what became of it."""
    documents = [Document("1", ENTRY, idempotency_key="k")]
    asked = Asked(Operation.CREATE, "journal_entry", documents)
    applied = operate(installation, "Books", asked, Applying())
    [found] = operation_results(installation, applied)
    return found.status


def test_a_document_is_posted_to_the_company_that_took_over_the_name(
    installation: Installation, tmp_path: Path
) -> None:
    first, second = made(tmp_path / "one.clary"), made(tmp_path / "two.clary")
    register_sandbox(installation, "Books", first)
    assert [post(installation), post(installation)] == [Status.SUCCESS, Status.SKIPPED_DUPLICATE]
    remove_company(installation, "Books")
    register_sandbox(installation, "Books", second)
    assert [post(installation), post(installation)] == [Status.SUCCESS, Status.SKIPPED_DUPLICATE]
