"""The seeded company fits the demo books of its country, and its gaps are where they belong."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from clary.apps.connectwise.sandbox.file import value_of
from clary.apps.connectwise.sandbox.making import ready
from clary.apps.connectwise.sandbox.seed import WORLDS
from clary.apps.connectwise.sandbox.seed.gaps import GAPS
from clary.apps.connectwise.sandbox.seed.lists import CATALOG
from clary.apps.connectwise.sandbox.seed.world import rows_of
from clary.companies import sandbox
from clary.companies.contract import Query, Session
from clary.companies.sandbox.company import SandboxCompany
from clary.companies.sandbox.seed import seed_demo
from clary.kernel.clock import FixedClock
from clary.kernel.errors import Misconfigured
from tests.apps.connectwise.sandbox.caller import Caller

CLOCK = FixedClock(datetime(2026, 1, 20, tzinfo=UTC))


@pytest.fixture(scope="module", params=["us", "uk"])
def books(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Session]]:
    """The demo company of a country, on a day early in its year, and what it holds."""
    path = tmp_path_factory.mktemp("books") / "demo.clary"
    sandbox.create(path, name="Demo", edition=request.param, clock=CLOCK)
    seed_demo(path, CLOCK)
    with SandboxCompany(path, clock=CLOCK).session() as session:
        yield request.param, session


def keys(session: Session, record_type: str) -> set[str]:
    return {str(body["id"]) for body in session.read(record_type, Query(fields=("id",)))}


def test_customers_vendors_and_items_are_those_of_the_books_but_for_the_new(
    books: tuple[str, Session],
) -> None:
    edition, session = books
    world = WORLDS[edition]
    customers, vendors = keys(session, "customer"), keys(session, "vendor")
    assert {row[0] for row in rows_of(world.customers)} <= customers
    assert not {row[0] for row in rows_of(world.new_customers)} & customers
    assert {row[0] for row in rows_of(world.vendors)} <= vendors
    assert not {row[0] for row in rows_of(world.new_vendors)} & vendors
    codes = [row[0] for row in rows_of(CATALOG)]
    assert [code for code in codes if code not in keys(session, "item")] == codes[20:]
    assert world.inactive in customers
    assert not world.on_hold or world.on_hold in customers


def test_accounts_and_tax_codes_are_those_of_the_books_but_for_the_gaps(
    books: tuple[str, Session],
) -> None:
    edition, session = books
    world, accounts = WORLDS[edition], keys(session, "account")
    used = set(world.accounts.values())
    for product in world.products.values():
        used |= {product.sales, product.cost, product.inventory, product.purchase} - {""}
    for code in world.taxes:
        for level in code.levels:
            used |= {level.sales_account, level.purchase_account}
    assert used - accounts == {"49999" if edition == "us" else "4999"}
    known = keys(session, "tax_code")
    if edition == "us":
        agencies = {
            (str(body["id"]), str(agency["id"]))
            for body in session.read("tax_code", Query())
            for agency in cast("list[dict[str, object]]", body.get("agencies") or [])
        }
        stated = {(lv.xref, lv.agency) for code in world.taxes[:-1] for lv in code.levels}
        assert stated == agencies
        assert {code.identifier for code in world.taxes} - known == {world.taxes[-1].identifier}
    else:
        xrefs = [level.xref for code in world.taxes for level in code.levels]
        assert {xref if xref.startswith("T") else f"T{xref}" for xref in xrefs[:-1]} <= known
        assert xrefs[-1] not in known


def test_every_gap_is_at_training_and_nothing_else_is(either: Caller) -> None:
    invoices = either.get("finance/invoices", pageSize=1000)
    training = {each["invoiceNumber"] for each in invoices if each["locationId"] == 3}
    stated = {name for name in GAPS if name.startswith("T")}
    assert training <= stated
    assert stated - training <= {"T1013"}
    assert len(invoices) - len(training) == 26
    orders = either.get("procurement/purchaseorders", pageSize=1000)
    at_training = {each["poNumber"] for each in orders if each["locationId"] == 3}
    assert at_training == {name for name in GAPS if name.startswith("PO-")}
    waiting = either.get("finance/accounting/unpostedprocurement", pageSize=1000)
    assert {each["unpostedProductId"] for each in waiting if each["locationId"] == 3} == {
        "1-transfer",
        "3-adjustment",
        "9-PS-9001-purchase",
        "12-PS-9004-purchase",
    }
    assert not [each for each in waiting if each["locationId"] == 4]


def test_every_document_is_balanced(tmp_path: Path) -> None:
    for edition in WORLDS:
        file = tmp_path / f"{edition}.db"
        ready(file, seed=edition, invoices=300, clock=CLOCK)
        with closing(sqlite3.connect(file)) as connection:
            wrong = connection.execute(
                "SELECT document, document_id, sum(amount) FROM gl GROUP BY 1, 2 HAVING sum(amount)"
            ).fetchall()
            assert not wrong
            totals = connection.execute(
                "SELECT count(*) FROM invoice i JOIN gl g ON g.document = 'I' "
                "AND g.document_id = i.id AND g.role = 'header' AND g.amount <> i.total"
            ).fetchone()
            assert totals == (0,)


def test_a_site_is_the_same_from_every_seed(tmp_path: Path) -> None:
    dumps = []
    for name in ("a", "b"):
        ready(tmp_path / name, seed="us", invoices=100, clock=CLOCK)
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            dumps.append(list(connection.iterdump()))
    assert dumps[0] == dumps[1]


def test_documents_lie_in_the_periods_of_the_demo_books(tmp_path: Path) -> None:
    new_year = FixedClock(datetime(2026, 1, 2, 12, tzinfo=UTC))
    ready(tmp_path / "site", seed="us", invoices=200, clock=new_year)
    with closing(sqlite3.connect(tmp_path / "site")) as connection:
        days = connection.execute(
            "SELECT min(date), max(date) FROM invoice WHERE location_id <> 3"
        ).fetchone()
    assert "2025-01-01" <= days[0] <= days[1] <= "2026-01-02"


def test_a_site_is_made_once_and_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "site.db"
    ready(file, seed="uk", invoices=5, clock=CLOCK)
    before = file.read_bytes()
    ready(file, seed=None, invoices=None)
    ready(file, seed="uk", invoices=5)
    assert file.read_bytes() == before
    with pytest.raises(Misconfigured, match="--seed uk, not us"):
        ready(file, seed="us", invoices=None)
    with pytest.raises(Misconfigured, match="--invoices 5, not 6"):
        ready(file, seed=None, invoices=6)
    with closing(sqlite3.connect(file)) as connection:
        assert value_of(connection, "name") == "Fenland Systems"


def test_a_half_made_site_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "site.db.part").write_bytes(b"half")
    ready(tmp_path / "site.db", seed="us", invoices=0, clock=CLOCK)
    assert (tmp_path / "site.db").exists()


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_another_file_is_no_site(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    file.write_bytes(content)
    with pytest.raises(Misconfigured, match=r"other\.db cannot be used"):
        ready(file, seed=None, invoices=None)


def test_a_site_of_another_format_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "site.db"
    ready(file, seed="us", invoices=0, clock=CLOCK)
    newer = tmp_path / "newer.db"
    shutil.copy(file, newer)
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(Misconfigured, match="its format is 99"):
        ready(newer, seed=None, invoices=None)
