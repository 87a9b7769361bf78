"""The demo companies hold together, and look right to somebody who reads books."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from clary.companies.contract import AccountFigure, Query, Session
from clary.companies.sandbox import SandboxCompany, create
from clary.companies.sandbox.acts import perform
from clary.companies.sandbox.seed import seed_demo
from clary.companies.sandbox.seed.uk_tables import NOMINALS
from clary.companies.sandbox.year_end import CLOSED_TYPES
from clary.kernel.change import Body
from clary.kernel.clock import FixedClock
from clary.kernel.money import to_minor
from clary.ledger.editions.us import ACCOUNT_TYPES
from clary.ledger.fields import EditionName
from clary.ledger.journal_text import Title, write
from clary.ledger.registry import record_types_in
from tests.companies.sandbox.at_sage import rows
from tests.companies.sandbox.small import balances
from tests.judge import judge
from tests.ledger.journal_text.ledgers import beancount_balances

TODAY = date(2026, 11, 20)
FIRST = date(2025, 1, 1)
YEAR_END = date(2025, 12, 31)
CONTROLS = {
    "us": {"customer": "11000", "vendor": "20000"},
    "uk": {"customer": "1100", "vendor": "2100"},
}
CURRENCIES = {"us": "USD", "uk": "GBP"}

DEBIT_TYPES = {
    "us": {one.name for one in ACCOUNT_TYPES if one.is_debit},
    "uk": {"fixed_assets", "current_assets", "purchases", "direct_expenses", "overheads"},
}
CONTRA = {
    "us": {
        "11500",  # allowance for doubtful accounts
        "39007",  # dividends
        "40900",  # sales returns
        "49000",  # discounts given
        "59000",  # discounts taken
    },
    "uk": {
        *("0021", "0031", "0041", "0051"),  # depreciation
        "1240",  # what is owed on the card
        "2201",  # VAT that is claimed back
        "3210",  # dividends
        "4009",  # discounts given
        "5009",  # discounts taken
        "5201",  # closing stock
    },
}
"""Accounts whose balance is on the other side than that of their type."""

EITHER_SIDE = {"7906"}
"""Exchange rate variance is a loss or a gain."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo company."""

    path: Path
    edition: EditionName
    last: date

    @property
    def clock(self) -> FixedClock:
        return clock(self.last)

    def session(self, *, write: bool = False) -> Session:
        return SandboxCompany(self.path, clock=self.clock).session(write=write)

    def bodies(self, record_type: str) -> list[Body]:
        with self.session() as session:
            return list(session.read(record_type, Query()))

    def figures(self, as_of: date | None = None) -> dict[str, AccountFigure]:
        with self.session() as session:
            return {figure.id: figure for figure in session.trial_balance(as_of)}


def clock(day: date) -> FixedClock:
    return FixedClock(datetime(day.year, day.month, day.day, 18, tzinfo=UTC))


def make(folder: Path, edition: EditionName, first: date, last: date) -> Demo:
    path = folder / f"{edition}.clary"
    create(path, name="Demo", edition=edition, fiscal_year_start=first, clock=clock(last))
    seed_demo(path, clock(last))
    return Demo(path, edition, last)


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Demo]:
    folder = tmp_path_factory.mktemp("demos")
    return {"us": make(folder, "us", FIRST, TODAY), "uk": make(folder, "uk", FIRST, TODAY)}


@pytest.fixture(params=["us", "uk"])
def demo(request: pytest.FixtureRequest, demos: dict[str, Demo]) -> Demo:
    return demos[request.param]


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Demo]:
    """Demo companies of half a year, up to the last day of a quarter."""
    folder = tmp_path_factory.mktemp("short")
    first, last = date(2026, 4, 1), date(2026, 9, 30)
    return {"us": make(folder, "us", first, last), "uk": make(folder, "uk", first, last)}


@pytest.fixture
def us(demos: dict[str, Demo]) -> Demo:
    return demos["us"]


@pytest.fixture
def uk(demos: dict[str, Demo]) -> Demo:
    return demos["uk"]


# -- how much there is -----------------------------------------------------------------------


def test_the_lists_are_as_large_as_they_should_be(demo: Demo) -> None:
    sizes = {name: len(demo.bodies(name)) for name in ("customer", "vendor", "item", "account")}
    assert 195 <= sizes["customer"] <= 205
    assert 75 <= sizes["vendor"] <= 85
    assert 145 <= sizes["item"] <= 155
    assert sizes["account"] >= (65 if demo.edition == "us" else 90)


def test_the_documents_cover_the_books_up_to_today(demo: Demo) -> None:
    first, last = rows(demo.path, "SELECT min(date), max(date) FROM document")[0]
    assert (first, last) == ("2025-01-01", TODAY.isoformat())
    months = rows(demo.path, "SELECT count(DISTINCT substr(date, 1, 7)) FROM document")
    assert months == [(23,)]


@pytest.mark.parametrize(
    ("edition", "accounts"),
    [
        ("us", ("60000", "60100", "63000", "67000", "69000", "71000", "85000")),
        ("uk", ("6000", "7000", "7006", "7100", "7200", "7502", "7903", "8000")),
    ],
)
def test_what_comes_every_month_is_there_once_every_month(
    demos: dict[str, Demo], edition: str, accounts: tuple[str, ...]
) -> None:
    booked: dict[str, Counter[str]] = {account: Counter() for account in accounts}
    with demos[edition].session() as session:
        for row in session.ledger_rows():
            opening = row.number in ("OPENING", "O/BAL")
            if row.account_id in booked and row.amount > 0 and not opening:
                booked[row.account_id][row.date.isoformat()[:7]] += 1
    whole_months = 22
    for account, counted in booked.items():
        assert len(counted) >= whole_months, account
        if account not in ("71000", "60100"):  # two utilities; goods returned give wages back
            assert set(counted.values()) == {1}, account


def test_every_type_that_moves_or_plans_something_is_there(demo: Demo) -> None:
    kinds = {str(row[0]) for row in rows(demo.path, "SELECT DISTINCT record_type FROM document")}
    orders = {"quote", "sales_order", "purchase_order"}
    assert orders <= kinds
    expected = {one.name for one in record_types_in(demo.edition) if one.family.value != "list"}
    assert kinds == expected


# -- whether it holds together ---------------------------------------------------------------


def test_debits_equal_credits(demo: Demo) -> None:
    for day in (FIRST, YEAR_END, TODAY):
        assert sum(figure.balance for figure in demo.figures(day).values()) == 0


@pytest.mark.parametrize("party_type", ["customer", "vendor"])
def test_control_accounts_equal_their_parties_and_open_items(demo: Demo, party_type: str) -> None:
    sign = 1 if party_type == "customer" else -1
    control = sign * demo.figures()[CONTROLS[demo.edition][party_type]].balance
    invoices = {"sales_invoice", "purchase"}
    with demo.session() as session:
        owed = sum(
            item.open if item.record_type in invoices else -item.open
            for item in session.open_items(party_type, None)
        )
    parties = sum(to_minor(Decimal(str(b["balance"] or 0))) for b in demo.bodies(party_type))
    assert (parties, owed) == (control, control)


def stock_value(demo: Demo) -> int:
    return sum(to_minor(Decimal(str(body["stock_value"] or 0))) for body in demo.bodies("item"))


def test_us_stock_equals_the_inventory_account(us: Demo) -> None:
    assert stock_value(us) == us.figures()["12000"].balance


def test_uk_stock_is_taken_into_the_books_at_the_end_of_each_month(short: dict[str, Demo]) -> None:
    figures = short["uk"].figures()
    assert stock_value(short["uk"]) == figures["1001"].balance == -figures["5201"].balance
    assert figures["5200"].balance > 0


def test_nothing_is_short_of_stock(demo: Demo) -> None:
    assert all(Decimal(str(body["quantity_on_hand"] or 0)) >= 0 for body in demo.bodies("item"))


def test_hledger_agrees_account_by_account(demo: Demo, hledger: str) -> None:
    title = Title("Demo", demo.edition, CURRENCIES[demo.edition])
    with demo.session() as session:
        found, stated = judge(hledger, session, title)
    assert found == stated


@pytest.mark.parametrize("edition", ["us", "uk"])
def test_beancount_agrees_account_by_account(short: dict[str, Demo], edition: str) -> None:
    demo = short[edition]
    title = Title("Demo", demo.edition, CURRENCIES[edition])
    with demo.session() as session:
        accounts = session.trial_balance(None)
        journal = "\n".join(write("beancount", session.ledger_rows(), accounts, title)) + "\n"
    found = {account: amount for account, amount in beancount_balances(journal).items() if amount}
    assert found == {one.id: one.balance for one in accounts if one.balance}


# -- whether an accountant believes it -----------------------------------------------------------


@pytest.mark.parametrize("as_of", [date(2025, 6, 30), YEAR_END, TODAY])
def test_every_balance_is_on_the_side_where_it_belongs(demo: Demo, as_of: date) -> None:
    wrong = []
    for figure in demo.figures(as_of).values():
        if not figure.balance or figure.id in EITHER_SIDE:
            continue
        debit = (figure.type in DEBIT_TYPES[demo.edition]) is not (
            figure.id in CONTRA[demo.edition]
        )
        if debit is not (figure.balance > 0):
            wrong.append((figure.id, figure.name, figure.balance))
    assert wrong == []


def result(demo: Demo) -> dict[str, int]:
    """Return sales, cost and overheads of the first year, in minor units."""
    sums = Counter[str]()
    for figure in demo.figures(YEAR_END).values():
        sums[figure.type] += figure.balance
    if demo.edition == "us":
        cost, overheads = sums["cost_of_sales"], sums["expenses"]
        return {"sales": -sums["income"], "cost": cost, "overheads": overheads}
    cost = sums["purchases"] + sums["direct_expenses"]
    return {"sales": -sums["sales"], "cost": cost, "overheads": sums["overheads"]}


def test_margins_are_those_of_such_a_business(demo: Demo) -> None:
    year = result(demo)
    assert 80_000_000 < year["sales"] < 250_000_000
    gross = year["sales"] - year["cost"]
    assert 30 < 100 * gross / year["sales"] < 45
    assert 5 < 100 * (gross - year["overheads"]) / year["sales"] < 15


@pytest.mark.parametrize(
    ("edition", "hardware", "rest"),
    [("us", ("40000",), ("40100", "40200")), ("uk", ("4001",), ("4000", "4002", "4003"))],
)
def test_work_and_subscriptions_are_more_than_half_of_the_sales(
    demos: dict[str, Demo], edition: str, hardware: tuple[str, ...], rest: tuple[str, ...]
) -> None:
    figures = demos[edition].figures()
    goods = -sum(figures[account].balance for account in hardware)
    others = -sum(figures[account].balance for account in rest)
    assert 58 < 100 * others / (others + goods) < 67


def test_most_of_what_customers_owe_is_not_due_and_some_is_old(demo: Demo) -> None:
    with demo.session() as session:
        ages = session.aged_balances("customer", TODAY)
    buckets = [sum(age.buckets[place] for age in ages) for place in range(5)]
    whole = sum(buckets)
    assert 55 < 100 * buckets[0] / whole < 85
    assert buckets[1] > 0
    assert 0 < 100 * buckets[4] / whole < 15
    assert sum(1 for age in ages if age.total) > 40


def test_the_bank_is_never_overdrawn_at_the_end_of_a_month(demo: Demo) -> None:
    banks = ("10200", "10300") if demo.edition == "us" else ("1200", "1205", "1230")
    for month in range(1, 12):
        figures = demo.figures(date(2025 + month // 12, month % 12 + 1, 28))
        assert all(figures[account].balance >= 0 for account in banks)


# -- whether everything that a connector meets is there ------------------------------------------


def count(demo: Demo, condition: str) -> int:
    found = rows(demo.path, f"SELECT count(*) FROM document WHERE {condition}")[0][0]
    return int(str(found))


@pytest.mark.parametrize(
    "condition",
    [
        "record_type = 'credit_memo' AND open = 0",
        "record_type = 'credit_memo' AND open > 0",
        "record_type = 'receipt' AND open > 0",
        "record_type = 'vendor_credit'",
        "record_type = 'sales_invoice' AND open > 0 AND open < total",
        "record_type = 'quote' AND NOT json_extract(body, '$.closed')",
        "record_type = 'sales_order' AND json_extract(body, '$.closed')",
        "record_type = 'purchase_order' AND json_extract(body, '$.closed')",
        "record_type = 'purchase_order' AND NOT json_extract(body, '$.closed')",
        "record_type = 'sales_invoice' AND json_extract(body, '$.freight_amount') > 0",
        "record_type = 'inventory_adjustment' AND date = '2025-12-31'",
        "body LIKE '%\"job_id\"%'",
    ],
)
def test_both_companies_have_documents_of_every_kind(demo: Demo, condition: str) -> None:
    assert count(demo, condition) > 0


def test_discounts_were_taken_on_both_sides(demo: Demo) -> None:
    kinds = rows(
        demo.path,
        "SELECT DISTINCT d.record_type FROM application a JOIN document d"
        " ON d.transaction_number = a.made_by WHERE a.discount > 0",
    )
    assert {str(row[0]) for row in kinds} == {"receipt", "payment"}


def test_the_us_company_has_what_only_us_books_have(us: Demo) -> None:
    assert count(us, "json_extract(body, '$.waiting_on_bill')") > 0
    assert count(us, "json_extract(body, '$.beginning_balance')") > 0
    assert count(us, "body LIKE '%\"account_id\":\"24000\"%' AND record_type = 'receipt'") > 0
    assert len(us.bodies("employee")) == 9
    assert len(us.bodies("sales_rep")) == 3
    customers = us.bodies("customer")
    assert sum(body.get("prospect") is True for body in customers) == 6
    assert sum(body.get("inactive") is True for body in customers) == 4
    assert sum(body.get("credit_status") == "always_hold" for body in customers) == 1
    assert all(re.fullmatch(r"[A-Z]+-[A-Z]+", str(body["id"])) for body in customers)
    assert any(body.get("inactive") for body in us.bodies("item"))


def test_us_sales_tax_is_paid_every_quarter(us: Demo) -> None:
    paid = rows(
        us.path,
        "SELECT DISTINCT d.date FROM document d JOIN ledger_row r USING (transaction_number)"
        " JOIN account_record a ON a.record_number = r.account"
        " WHERE d.record_type = 'payment' AND a.id = '23100' ORDER BY 1",
    )
    assert [str(row[0])[:7] for row in paid] == [
        f"{year}-{month:02d}" for year in (2025, 2026) for month in (1, 4, 7, 10)
    ]


def test_the_uk_company_has_what_only_uk_books_have(uk: Demo) -> None:
    company = SandboxCompany(uk.path)
    assert company.info().foreign_trader
    assert len(NOMINALS.strip().splitlines()) >= 90
    invoices = "record_type = 'sales_invoice' AND json_extract(body, '$.form') = "
    assert count(uk, f"{invoices} 'document' AND posted") > 200
    assert count(uk, f"{invoices} 'document' AND NOT posted") > 0
    assert count(uk, f"{invoices} 'ledger'") > count(uk, f"{invoices} 'document'")
    customers = uk.bodies("customer")
    assert sum(body.get("on_hold") is True for body in customers) == 1
    assert sum(body.get("inactive") is True for body in customers) == 4
    assert all(re.fullmatch(r"[A-Z]{5,8}", str(body["id"])) for body in customers)
    assert [body["id"] for body in customers if body["currency"] == "EUR"] == ["RHEINTEC"]
    assert len(uk.bodies("job")) == 6
    assert len(uk.bodies("department")) == 5


def test_euro_invoices_were_paid_at_other_rates(uk: Demo) -> None:
    assert uk.figures()["7906"].balance != 0
    assert count(uk, "record_type = 'receipt' AND foreign_total > 0") >= 20
    assert count(uk, "record_type = 'payment' AND foreign_total > 0") >= 20


def test_vat_goes_to_the_liability_each_quarter_and_is_paid(
    uk: Demo, short: dict[str, Demo]
) -> None:
    figures = short["uk"].figures()
    assert (figures["2200"].balance, figures["2201"].balance) == (0, 0)
    assert figures["2202"].balance < 0
    assert count(uk, "number = 'VATTRAN'") == 7
    assert uk.figures()["2202"].balance == 0
    reverse = "SELECT count(*) FROM ledger_row WHERE description = 'VAT, reverse charge'"
    assert int(str(rows(uk.path, reverse)[0][0])) > 20


def test_suspense_is_empty_after_the_opening_balances(uk: Demo) -> None:
    assert uk.figures(FIRST)["9998"].balance == 0


# -- the same again ------------------------------------------------------------------------------

STAMPS = {"guid", "created_at", "last_saved_at", "entered_at"}


def everything(demo: Demo) -> Iterator[str]:
    """Yield every record and ledger row as text, without stamps and GUIDs."""
    with demo.session() as session:
        for declared in record_types_in(demo.edition):
            for body in session.read(declared.name, Query()):
                kept = {name: value for name, value in body.items() if name not in STAMPS}
                yield f"{declared.name} {json.dumps(kept, sort_keys=True)}"
        for row in session.ledger_rows():
            yield str(row)


@pytest.mark.parametrize("edition", ["us", "uk"])
def test_the_same_day_gives_the_same_company(
    short: dict[str, Demo], tmp_path: Path, edition: EditionName
) -> None:
    again = make(tmp_path, edition, date(2026, 4, 1), short[edition].last)
    assert list(everything(again)) == list(everything(short[edition]))


@pytest.mark.parametrize("edition", ["us", "uk"])
@pytest.mark.parametrize("last", [date(2025, 12, 30), date(2026, 1, 1), date(2026, 1, 3)])
def test_a_company_can_be_of_any_age(tmp_path: Path, edition: EditionName, last: date) -> None:
    demo = make(tmp_path, edition, date(2026, 1, 1), last)
    assert len(demo.bodies("customer")) >= 195
    assert sum(figure.balance for figure in demo.figures().values()) == 0
    assert bool(count(demo, "1")) is (last.year == 2026)


# -- working with them ---------------------------------------------------------------------------


def test_closing_the_year_starts_the_new_one_at_zero(tmp_path: Path) -> None:
    demo = make(tmp_path, "us", date(2025, 10, 1), date(2026, 11, 5))
    end = date(2026, 9, 30)
    before = demo.figures(end)
    perform(demo.path, "close-year", [], {}, demo.clock)
    after = demo.figures(end)
    closed = [figure for figure in after.values() if figure.type in CLOSED_TYPES]
    assert [figure.id for figure in closed if figure.balance] == []
    year = sum(before[figure.id].balance for figure in closed)
    assert after["39005"].balance == before["39005"].balance + year
    assert sum(figure.balance for figure in demo.figures().values()) == 0
    assert demo.figures()["40000"].balance < 0
    assert SandboxCompany(demo.path).info().periods[0].start == date(2026, 10, 1)


def test_the_person_receives_a_payment_in_the_uk_company(tmp_path: Path) -> None:
    demo = make(tmp_path, "uk", date(2026, 9, 1), date(2026, 10, 15))
    with demo.session() as session:
        item = next(
            item
            for item in session.open_items("customer", None)
            if item.record_type == "sales_invoice" and item.party != "RHEINTEC"
        )
        before = {name: Decimal(amount) for name, amount in balances(session).items()}
    arguments = [item.party, f"number:{item.key}", "25.00"]
    sentence = perform(demo.path, "receive-payment", arguments, {}, demo.clock)
    assert f"25.00 from {item.party}" in sentence
    with demo.session() as session:
        after = {name: Decimal(amount) for name, amount in balances(session).items()}
        left = next(one for one in session.open_items("customer", None) if one.key == item.key)
        assert left.open == item.open - 2500
    moved = {name: amount - before[name] for name, amount in after.items()}
    assert {name: amount for name, amount in moved.items() if amount} == {
        "1100": Decimal(-25),
        "1200": Decimal(25),
    }
