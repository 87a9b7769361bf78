"""Why a document is not listed: one site, edited where no screen of it makes such a document."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest

from clary.apps.connectwise.client import Client
from clary.apps.connectwise.resources import Accounting
from clary.apps.connectwise.settings import Settings
from clary.flows.batch.kinds import Kind
from clary.flows.batch.listing import Listing
from clary.flows.batch.requests import Place, Selection
from clary.flows.batch.why import unexported, why
from clary.kernel.clock import SystemClock
from clary.kernel.errors import Severity
from tests.sites import Site, connectwise_site

EARLY = date(2020, 1, 1)
ELSEWHERE = Place(4711, "Elsewhere")

LINES_OF = "WHERE order_id = (SELECT id FROM purchase_order WHERE number = ?)"
ODD = (
    (f"UPDATE purchase_line SET canceled = 1 {LINES_OF}", "PO-2903"),
    (f"UPDATE purchase_line SET closed = 1 {LINES_OF}", "PO-2902"),
    ("UPDATE expense SET status = 'Open' WHERE id = ?", 1),
    ("DELETE FROM gl WHERE document = 'E' AND document_id = ?", 1),
)
"""A line that was cancelled, one that nothing keeps back, and an expense nobody approved."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with connectwise_site(tmp_path_factory.mktemp("why"), "--seed", "us") as served:
        with closing(sqlite3.connect(served.file, timeout=20)) as connection:
            for statement, which in ODD:
                connection.execute(statement, (which,))
            connection.commit()
        yield served


@pytest.fixture(scope="module")
def accounting(site: Site) -> Iterator[Accounting]:
    settings = Settings.of(
        {
            "site": site.url,
            "company": "demo",
            "client_id": "tests",
            "public_key": "public",
            "private_key": "private",
        }
    )
    with Client(settings, clock=SystemClock()) as client:
        yield Accounting(client)


def said(accounting: Accounting, name: str, selection: Selection | None = None) -> list[str]:
    found = why(accounting, name, selection or Selection())
    assert all(each.severity is Severity.WARNING for each in found)
    return [each.code.removeprefix("BATCH_WHY_") for each in found]


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("invoice:no number", ["UNKNOWN"]),
        ("invoice:999999999", ["UNKNOWN"]),
        ("expense:999999999", ["UNKNOWN"]),
        ("expense:T1012", ["UNKNOWN"]),
        (f"expense:{'9' * 30}", ["UNKNOWN"]),
        (f"expense:{'9' * 5000}", ["UNKNOWN"]),
        (f"invoice:{'9' * 30}", ["UNKNOWN"]),
        (f"{'9' * 30}-adjustment", ["UNKNOWN"]),
        ("purchase:PO-2903", ["LINE_CANCELLED"]),
        ("procurement:PO-2902", ["UNEXPLAINED"]),
        ("1", ["EXPENSE_STATUS"]),
    ],
)
def test_a_document_may_be_named_by_kind_and_every_reason_is_said(
    accounting: Accounting, name: str, codes: list[str]
) -> None:
    assert said(accounting, name) == codes


def test_an_open_invoice_is_found_by_its_id_too(accounting: Accounting) -> None:
    [invoice] = accounting.invoices_numbered("T1012")
    assert said(accounting, f"invoice:{invoice.id}") == ["INVOICE_OPEN"]


@pytest.mark.parametrize("name", ["PO-2902", "T1012", "1"])
def test_what_the_selection_leaves_out_is_said_of_every_kind(
    accounting: Accounting, name: str
) -> None:
    selection = Selection(through=EARLY, location=ELSEWHERE)
    assert {"LATER_DATE", "OTHER_LOCATION"} <= set(said(accounting, name, selection))


def test_a_document_of_the_chosen_place_and_time_is_not_said_to_be_out_of_reach(
    accounting: Accounting,
) -> None:
    [invoice] = accounting.invoices_numbered("T1012")
    assert invoice.location_id is not None
    here = Place(invoice.location_id, "Here")
    selection = Selection(through=date(2090, 1, 1), location=here)
    assert said(accounting, "T1012", selection) == ["INVOICE_OPEN"]


def test_what_keeps_a_listed_document_out_of_exports_is_an_error(accounting: Accounting) -> None:
    listed = {each.number: each for each in Listing(accounting).candidates(Selection())}
    [finding] = unexported(accounting, listed["T1001"])
    assert (finding.code, finding.severity) == ("BATCH_WHY_NO_ACCOUNT_NUMBER", Severity.ERROR)
    order = next(each for each in listed.values() if each.order == "PO-2901")
    assert order.kind is Kind.PROCUREMENT
    assert [each.code for each in unexported(accounting, order)] == ["BATCH_WHY_NO_VENDOR"]
    assert unexported(accounting, listed["10001"]) == []
