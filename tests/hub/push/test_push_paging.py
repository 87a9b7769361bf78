"""Pages of long lists: the same as of the whole list, at the cost of a page, in flat memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from clary.companies.contract import OriginFound, Query, Session
from clary.companies.sandbox import SandboxCompany, create
from clary.flows.push import outbound, query
from clary.flows.push.answers import Page
from clary.flows.push.declaring import PushType
from clary.flows.push.selecting import selected
from clary.flows.push.showing import Record, Showing
from clary.flows.push.types import type_at
from clary.hub.push.lookups import Books
from clary.hub.push.reading import Reading
from clary.kernel.change import Body, Origin
from clary.kernel.errors import ClaryError

MANY = 20_000
FEW = 60
AT_ONCE = 500
PARTIES = 7
SECONDS_AT_LEAST = 0.005
"""What a page may always cost, however quick the machine."""


def invoice(place: int) -> Body:
    return {
        "form": "ledger",
        "customer_id": f"C{place % PARTIES}",
        "number": f"{'inv' if place % 3 else 'INV'}-{place}",
        "date": f"2026-{place % 9 + 1:02d}-{place % 28 + 1:02d}",
        "lines": [
            {"description": "Work", "amount": "10.00", "account_id": "4000", "tax_code_id": "T1"}
        ],
    }


def made(folder: Path, count: int) -> SandboxCompany:
    """Return a company with some customers and many invoices, a few of them paid or void."""
    path = folder / "books.clary"
    create(path, name="books", edition="uk", fiscal_year_start=date(2026, 1, 1))
    company = SandboxCompany(path)
    with company.session(write=True) as session:
        for place in range(PARTIES):
            session.create("customer", {"id": f"C{place}", "name": f"Customer {place}"})
        for start in range(0, count, AT_ONCE):
            with session.group():
                for place in range(start, min(count, start + AT_ONCE)):
                    session.create("sales_invoice", invoice(place))
        paid: Body = {
            "customer_id": "C0",
            "date": "2026-02-01",
            "cash_account_id": "1200",
            "amount": "12.00",
            "applications": [{"invoice_number": "INV-0", "amount": "12.00"}],
        }
        session.create("receipt", paid)
    return company


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> SandboxCompany:
    return made(tmp_path_factory.mktemp("few"), FEW)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> SandboxCompany:
    return made(tmp_path_factory.mktemp("many"), MANY)


@pytest.fixture
def reading(few: SandboxCompany) -> Iterator[Reading]:
    with few.reading() as session:
        yield Reading(session, showing(few, session))


def showing(company: SandboxCompany, session: Session) -> Showing:
    return Showing(Books(session, company.info()), "2026-03-02T12:00:00Z")


def named(path: str) -> PushType:
    push_type = type_at(path)
    assert push_type is not None
    return push_type


def everything(reading: Reading, push_type: PushType) -> list[Record]:
    """Return all records of a data type, each shown."""
    if push_type.name == "journalEntries":
        return list(reading.entries())
    bodies = reading.session.read(push_type.records[reading.edition], Query())
    return [outbound.show(push_type, body, reading.showing) for body in bodies]


QUERIES = [
    None,
    "id=3",
    "id=03",
    "id=x",
    "customerRef.id=c1",
    "customerRef.id!=C1",
    "issueDate>=2026-05-01",
    "issueDate<2026-05-01T12:00:00Z",
    "issueDate=2026-03-03",
    "issueDate>2026-02-01&&customerRef.id=C2",
    "{customerRef.id=C2||customerRef.id=C3}&&issueDate<=2026-08-08",
    "amountDue>0",
    "amountDue>0.005",
    "amountDue=0",
    "amountDue<0.005",
    "status=Paid",
    "invoiceNumber=inv-1",
    "invoiceNumber~V-1",
    "sourceModifiedDate>2020-01-01",
    "sourceModifiedDate<2020-01-01",
    "modifiedDate>=2026-01-01",
]
ORDERS = [None, "issueDate", "-issueDate", "invoiceNumber", "-id", "amountDue", "-customerRef.id"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("asked", QUERIES)
def test_a_page_is_what_it_is_of_the_whole_list(
    asked: str | None, order: str | None, reading: Reading
) -> None:
    push_type = named("invoices")
    whole = everything(reading, push_type)
    assert len(whole) == FEW
    for number, size in ((1, 7), (2, 7), (9, 7), (1, 100), (2, 100), (10**9, 5000)):
        page = Page(number, size, asked, order)
        expected = selected(whole, page, query.kinds_of(push_type))
        assert reading.page(push_type, page) == expected, page


@pytest.mark.parametrize("order", [None, "postedOn", "-postedOn"])
@pytest.mark.parametrize("asked", [None, "id=3", "postedOn>=2026-05-01"])
def test_a_page_of_journal_entries(asked: str | None, order: str | None, reading: Reading) -> None:
    push_type = named("journalEntries")
    whole = everything(reading, push_type)
    for number, size in ((1, 7), (9, 7), (1, 100), (50, 100)):
        page = Page(number, size, asked, order)
        expected = selected(whole, page, query.kinds_of(push_type))
        assert reading.page(push_type, page) == expected, page


@pytest.mark.parametrize("path", ["customers", "accounts", "taxRates", "payments", "bills"])
def test_pages_follow_each_other(path: str, reading: Reading) -> None:
    push_type = named(path)
    whole, total = reading.page(push_type, Page(size=5000))
    assert len(whole) == total
    size = 4
    parts = [reading.page(push_type, Page(number, size)) for number in range(1, total // size + 2)]
    assert [each for part, _ in parts for each in part] == whole
    assert {count for _, count in parts} == {total}


def test_one_journal_entry_is_read_by_its_number(reading: Reading) -> None:
    push_type = named("journalEntries")
    [first] = reading.page(push_type, Page(size=1))[0]
    assert reading.one(push_type, str(first["id"])) == first
    for key in ("999999", "x", "-1", "9" * 40, "\u0661"):
        with pytest.raises(ClaryError) as caught:
            reading.one(push_type, key)
        assert caught.value.code == "PUSH_RECORD_UNKNOWN"


# --- payments, and what was pushed with them -----------------------------------------------


class Looking:
    """A session that counts the origins that are looked up."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.origins = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a session has
        return getattr(self._session, name)

    def find_origins(self, name: str, origins: Sequence[Origin]) -> Sequence[OriginFound]:
        self.origins += len(origins)
        return self._session.find_origins(name, origins)


@pytest.mark.parametrize("order", [None, "-id", "totalAmount", "-date"])
@pytest.mark.parametrize("asked", [None, "totalAmount>0", "id!=x"])
def test_what_was_pushed_with_payments_is_looked_up_for_the_page_alone(
    asked: str | None, order: str | None, tmp_path: Path
) -> None:
    company = made(tmp_path, FEW)
    with company.session(write=True) as session:
        for place in range(3, FEW, 3):
            paid: Body = {
                "customer_id": f"C{place % PARTIES}",
                "date": "2026-09-30",
                "cash_account_id": "1200",
                "amount": "12.00",
                "applications": [{"invoice_number": f"INV-{place}", "amount": "12.00"}],
            }
            session.create("receipt", paid, Origin("push", f"K{place}"))
    with company.reading() as session:
        looking = Looking(session)
        reading = Reading(cast("Session", looking), showing(company, session))
        found, total = reading.page(named("payments"), Page(2, 3, asked, order))
    assert (len(found), total) == (3, FEW // 3)
    assert 0 < looking.origins <= 3 * 16


# --- a long list ---------------------------------------------------------------------------


def cost(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes, the best of three."""
    seconds = []
    for _ in range(3):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return min(seconds)


def peak(work: Callable[[], object]) -> int:
    """Return the most bytes that are held at a time while some work is done."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


CHEAP: list[tuple[str, dict[str, Any]]] = [
    ("invoices", {}),
    ("invoices", {"order": "-issueDate"}),
    ("invoices", {"query": "issueDate>=2026-09-01"}),
    ("invoices", {"query": "customerRef.id=C1"}),
    ("invoices", {"query": "id=77"}),
    ("invoices", {"query": "sourceModifiedDate>2990-01-01"}),
    ("journalEntries", {}),
    ("customers", {}),
]


@pytest.mark.parametrize(("path", "asked"), CHEAP)
def test_a_first_page_costs_ten_times_its_records_at_most(
    path: str, asked: dict[str, Any], many: SandboxCompany
) -> None:
    page = Page(**asked)

    def bare() -> None:
        with many.reading() as session:
            shown = showing(many, session)
            for body in session.read("sales_invoice", Query(limit=page.size)):
                outbound.show(named("invoices"), body, shown)

    def read() -> tuple[list[Record], int]:
        with many.reading() as session:
            return Reading(session, showing(many, session)).page(named(path), page)

    assert cost(read) < 10 * max(cost(bare), SECONDS_AT_LEAST)


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        *CHEAP,
        ("invoices", {"number": 199}),
        ("invoices", {"query": "status=Submitted"}),
        ("invoices", {"query": "amountDue>0", "number": 190}),
        ("invoices", {"order": "invoiceNumber"}),
        ("journalEntries", {"number": 199}),
    ],
)
def test_what_is_held_is_a_page(path: str, asked: dict[str, Any], many: SandboxCompany) -> None:
    page = Page(**asked)
    found: list[tuple[list[Record], int]] = []

    def read() -> None:
        with many.reading() as session:
            found.append(Reading(session, showing(many, session)).page(named(path), page))

    assert peak(read) < 6_000_000
    [(results, total)] = found
    assert len(results) == max(0, min(page.size, total - page.start))
