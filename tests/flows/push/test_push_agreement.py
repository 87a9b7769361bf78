"""Whatever is accepted is in the books as it was stated: net, tax and gross, by line and in total.

Documents are made up in every way that amounts can be stated in, right and wrong.  One that is
refused is no matter here; one that is written must be read back as it was stated, and reading and
writing back changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clary.companies.keys import Key, KeyKind
from clary.companies.sandbox import SandboxCompany, create
from clary.companies.sandbox.values import set_values
from clary.flows.push import answers, inbound, outbound
from clary.flows.push.inbound import Inbound, Terms
from clary.flows.push.showing import Showing
from clary.flows.push.types import type_at
from clary.kernel.change import Body
from clary.kernel.errors import ClaryError
from clary.ledger.fields import EditionName
from tests.flows.push.shelf import TODAY, Reading, take
from tests.flows.push.test_push_round_trip import CLOCK, LISTS, US_DEFAULTS

PENNY = Decimal("0.01")
NUMBERS = count(1)
MORE: dict[EditionName, tuple[tuple[str, Body], ...]] = {
    "uk": (
        ("currency", {"id": "EUR", "name": "Euro", "rate": "1.2"}),
        ("customer", {"id": "EURO", "name": "Euro SA", "currency": "EUR"}),
        ("vendor", {"id": "EUROSUP", "name": "Euro Supply", "currency": "EUR"}),
    ),
    "us": (
        (
            "tax_code",
            {
                "id": "CA",
                "description": "California",
                "agencies": [
                    {"id": "STATE", "rate": "6.25", "account_id": "23100"},
                    {"id": "COUNTY", "rate": "1.125", "account_id": "23100"},
                ],
            },
        ),
        ("tax_code", {"id": "NONE", "description": "Exempt", "exempt": True}),
        ("customer", {"id": "TAXED", "name": "Taxed Inc.", "tax_code_id": "CA"}),
        (
            "item",
            {
                "id": "WORK",
                "description": "Work",
                "item_class": "service",
                "tax_type": 2,
                "sales_account_id": "40000",
                "cost_account_id": "60000",
                "inventory_account_id": "60000",
            },
        ),
    ),
}
TYPES = {
    "invoices": ("customer", "invoiceNumber", "totalTaxAmount"),
    "creditNotes": ("customer", "creditNoteNumber", "totalTaxAmount"),
    "bills": ("supplier", "reference", "taxAmount"),
    "billCreditNotes": ("supplier", "billCreditNoteNumber", "totalTaxAmount"),
}
STATUS = {"bills": "Open"}
PARTIES = {
    ("uk", "customer"): [("ACME", "GBP"), ("EURO", "EUR")],
    ("uk", "supplier"): [("SUPPLY", "GBP"), ("EUROSUP", "EUR")],
    ("us", "customer"): [("ACME", "USD"), ("TAXED", "USD")],
    ("us", "supplier"): [("SUPPLY", "USD")],
}
ACCOUNTS = {
    ("uk", "customer"): "4000",
    ("uk", "supplier"): "5000",
    ("us", "customer"): "40000",
    ("us", "supplier"): "60000",
}


class Books:
    """A company that documents are pushed to and updated in, and read back from."""

    def __init__(self, path: Path, edition: EditionName, stack: ExitStack) -> None:
        create(path, name=edition, edition=edition, fiscal_year_start=date(2026, 1, 1), clock=CLOCK)
        if edition == "us":
            set_values(path, defaults=json.dumps(US_DEFAULTS))
        else:
            set_values(path, foreign_trader="1")
        company = SandboxCompany(path, clock=CLOCK)
        self.session = stack.enter_context(company.session(write=True))
        self.books = Reading(self.session, edition, foreign_trader=edition == "uk")
        for name, body in (*LISTS[edition], *MORE[edition]):
            self.session.create(name, dict(body))

    def push(self, path: str, stated: Mapping[str, object]) -> str | None:
        """Return the key of what a document makes, or none where it is refused."""
        found = take(path, plain(stated), self.books)
        if found.is_refused:
            return None
        [made] = found.records
        try:
            return self.session.create(made.record_type, dict(made.body)).key
        except ClaryError:
            return None

    def record(self, path: str, key: str) -> Body:
        """Return a record as the books have it."""
        push_type = type_at(path)
        assert push_type is not None
        return self.session.get(push_type.records[self.books.edition], Key(KeyKind.NUMBER, key))

    def shown(self, path: str, key: str) -> dict[str, Any]:
        """Return a record as a client reads it."""
        push_type = type_at(path)
        assert push_type is not None
        record = outbound.show(push_type, self.record(path, key), Showing(self.books))
        read: dict[str, Any] = json.loads(answers.encoded(record), parse_float=Decimal)
        return read

    def change(self, path: str, key: str, stated: Mapping[str, object]) -> Inbound:
        """Return what an update with a document says."""
        push_type = type_at(path)
        assert push_type is not None
        document = inbound.document(json.dumps(plain(stated)))
        return inbound.take_update(
            push_type,
            document,
            self.shown(path, key),
            self.record(path, key),
            self.books,
            Terms(TODAY),
        )


def plain(stated: Mapping[str, object]) -> dict[str, Any]:
    """Return a document as JSON has it: amounts are numbers."""
    made: dict[str, Any] = json.loads(json.dumps(stated, default=float))
    return made


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Books]]:
    folder = tmp_path_factory.mktemp("agreement")
    with ExitStack() as stack:
        yield {
            "uk": Books(folder / "uk.clary", "uk", stack),
            "us": Books(folder / "us.clary", "us", stack),
        }


# --- documents in every way ------------------------------------------------------------


def money(low: int = 1, high: int = 400_00) -> st.SearchStrategy[Decimal]:
    """Return amounts of whole pennies."""
    return st.integers(low, high).map(lambda pennies: Decimal(pennies) / 100)


SLIPS = st.sampled_from([*["0"] * 18, "0.01", "-0.01", "0.02", "1", "-7.25", "20"])
RATES = {"us": (None, None, "NV", "CA", "CA", "NONE"), "uk": ("1", "1", "9", "0", "5")}
PERCENT = {"1": Decimal(20), "5": Decimal(5), "NV": Decimal(7), "CA": Decimal("7.375")}


@st.composite
def lines(draw: st.DrawFn, edition: str, account: str, *, is_bill: bool) -> dict[str, Any]:
    """Return a line that states some of its amounts, most of them right."""
    quantity = draw(st.integers(1, 4))
    price = draw(money()) if draw(st.booleans()) else draw(money()) + Decimal("0.005")
    net = (price * quantity).quantize(PENNY, rounding="ROUND_HALF_UP")
    if draw(st.integers(0, 6)) == 0:
        net, quantity = -net, -quantity
    rate = draw(st.sampled_from(RATES[edition]))
    percent = PERCENT.get(rate or "", Decimal(0))
    tax = (net * percent / 100).quantize(PENNY, rounding="ROUND_HALF_UP")
    if is_bill and edition == "us":
        rate, tax = None, Decimal(0)
    amounts: dict[str, Any] = {}
    if draw(st.booleans()):
        amounts |= {"quantity": quantity, "unitAmount": price}
    if draw(st.booleans()):
        amounts["subTotal"] = net
    must = edition == "uk" and is_bill
    if must or draw(st.booleans()):
        amounts["taxAmount"] = draw(st.sampled_from([tax, tax, tax + Decimal(draw(SLIPS)), 0]))
    if must or draw(st.booleans()):
        gross = net + amounts.get("taxAmount", tax)
        amounts["totalAmount"] = gross + Decimal(draw(SLIPS))
    where: dict[str, object] = {"accountRef": {"id": account}}
    if edition == "us" and not is_bill and draw(st.integers(0, 4)) == 0:
        where = {"itemRef": {"id": "WORK"}}
    return {
        "description": "Work",
        **where,
        **({"taxRateRef": {"id": rate}} if rate else {}),
        **amounts,
    }


@st.composite
def documents(draw: st.DrawFn, edition: str, kind: str) -> dict[str, Any]:
    """Return a document of a trade type whose header states some of its totals."""
    party, number, tax_name = TYPES[kind]
    is_bill = party == "supplier"
    account = ACCOUNTS[edition, party]
    made = draw(st.lists(lines(edition, account, is_bill=is_bill), min_size=1, max_size=4))
    if edition == "us":  # mostly one rate, as the books have it
        rate = next((line["taxRateRef"] for line in made if "taxRateRef" in line), None)
        for line in made:
            if "taxRateRef" in line:
                line["taxRateRef"] = rate
    key, currency = draw(st.sampled_from(PARTIES[edition, party]))
    nets = [worth(line)[0] or Decimal(0) for line in made]
    taxes = [worth(line)[1] or Decimal(0) for line in made]
    right = {"subTotal": sum(nets), tax_name: sum(taxes), "totalAmount": sum(nets) + sum(taxes)}
    header = {
        name: draw(st.sampled_from([0, value, value, value + Decimal(draw(SLIPS))]))
        for name, value in right.items()
        if draw(st.booleans())
    }
    return {
        f"{party}Ref": {"id": key},
        number: f"N-{next(NUMBERS)}",
        "issueDate": "2026-03-01T00:00:00",
        "dueDate": "2026-03-31T00:00:00",
        "currency": currency,
        **({"currencyRate": 0.8} if currency == "EUR" else {}),
        "status": STATUS.get(kind, "Submitted"),
        "lineItems": made,
        **header,
    }


def worth(line: Mapping[str, Any]) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Return net, tax and gross that a line states, in any of its ways."""
    names = ("subTotal", "taxAmount", "totalAmount")
    net, tax, gross = (Decimal(line[name]) if name in line else None for name in names)
    if net is None and tax is not None and gross is not None:
        net = gross - tax
    if net is None and "unitAmount" in line:
        net = (line["unitAmount"] * line["quantity"]).quantize(PENNY, rounding="ROUND_HALF_UP")
    if tax is None and net is not None and gross is not None:
        tax = gross - net
    if gross is None and net is not None and tax is not None:
        gross = net + tax
    return net, tax, gross


# --- what must hold --------------------------------------------------------------------


def check_as_stated(
    stated: Mapping[str, Any], shown: Mapping[str, Any], tax_name: str, slack: Decimal
) -> None:
    """Compare what was read with what was stated; US shares of the tax are rounded otherwise."""
    for one, read in zip(stated["lineItems"], shown["lineItems"], strict=True):
        net, tax, gross = worth(one)
        assert net == read["subTotal"]
        assert tax is None or abs(tax - read["taxAmount"]) <= slack
        assert gross is None or abs(gross - read["totalAmount"]) <= slack
        assert read["totalAmount"] == read["subTotal"] + read["taxAmount"]
    taxes = [worth(one)[1] for one in stated["lineItems"]]
    if None not in taxes:
        assert sum(tax for tax in taxes if tax is not None) == shown[tax_name]
    for name in ("subTotal", tax_name, "totalAmount"):
        assert not stated.get(name) or Decimal(stated[name]) == shown[name], name
    read_lines = shown["lineItems"]
    assert sum(line["subTotal"] for line in read_lines) == shown["subTotal"]
    assert sum(line["taxAmount"] for line in read_lines) == shown[tax_name]
    assert shown["subTotal"] + shown[tax_name] == shown["totalAmount"]


AMOUNTS = ("subTotal", "taxAmount", "totalAmount", "totalTaxAmount", "amountDue", "remainingCredit")


def amounts_of(record: Mapping[str, Any]) -> list[object]:
    """Return every amount of a record, those of its lines included."""
    parts = [record, *record["lineItems"]]
    return [part.get(name) for part in parts for name in AMOUNTS]


CASES = [(edition, kind) for edition in ("uk", "us") for kind in TYPES]
MANY = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize(("edition", "kind"), CASES)
def test_what_is_accepted_is_in_the_books_as_it_was_stated(
    companies: dict[str, Books], edition: str, kind: str
) -> None:
    books, written = companies[edition], []

    @MANY
    @given(documents(edition, kind))
    def check(stated: dict[str, Any]) -> None:
        key = books.push(kind, stated)
        if key is None:
            return
        written.append(key)
        shown = books.shown(kind, key)
        slack = 4 * PENNY if edition == "us" else Decimal(0)
        check_as_stated(stated, shown, TYPES[kind][2], slack)
        check_written_back(books, kind, key, shown)

    check()
    assert len(written) > 3  # most ways to state amounts are wrong, but not all


def check_written_back(books: Books, kind: str, key: str, shown: dict[str, Any]) -> None:
    """Make sure that writing a record back changes nothing, and a word nothing but the word."""
    unchanged = books.change(kind, key, shown)
    assert not unchanged.is_refused, unchanged.findings
    assert unchanged.records[0].body == {}
    first, *rest = shown["lineItems"]
    worded = {**shown, "lineItems": [{**first, "description": "Other words"}, *rest]}
    found = books.change(kind, key, worded)
    assert not found.is_refused, found.findings
    [made] = found.records
    assert set(made.body) <= {"lines", "total", "taxes"}
    if books.books.edition == "us":  # posted lines are never changed in UK books
        books.session.update(made.record_type, Key(KeyKind.NUMBER, key), dict(made.body))
        again = books.shown(kind, key)
        assert again["lineItems"][0]["description"] == "Other words"
        assert amounts_of(again) == amounts_of(shown)
        stale = {**shown, "lineItems": [*shown["lineItems"], first]}
        check_stale(books, kind, key, stale)


def check_stale(books: Books, kind: str, key: str, stale: dict[str, Any]) -> None:
    """Make sure that one line more with the totals as they were is refused."""
    if not stale["lineItems"][-1]["totalAmount"] or not stale["totalAmount"]:
        return
    found = books.change(kind, key, stale)
    if not found.is_refused:
        [made] = found.records
        with pytest.raises(ClaryError):
            books.session.update(made.record_type, Key(KeyKind.NUMBER, key), dict(made.body))


# --- money without a bill, and journals ------------------------------------------------


@st.composite
def direct_costs(draw: st.DrawFn, edition: str) -> dict[str, Any]:
    """Return a direct cost, most of its amounts right."""
    made = draw(st.lists(lines(edition, "", is_bill=True), min_size=1, max_size=3))
    account, bank = ("7500", "1200") if edition == "uk" else ("60000", "10200")
    for line in made:
        net = worth(line)[0] or draw(money())
        line["accountRef"] = {"id": account}
        line["subTotal"] = net
        line["quantity"] = 1 if net > 0 else -1
        line["unitAmount"] = abs(net)
        line["trackingCategoryRefs"] = [{"id": "department_7"}] if edition == "uk" else []
        if draw(st.booleans()):
            line["totalAmount"] = net + line.get("taxAmount", Decimal(0)) + Decimal(draw(SLIPS))
        else:
            line.pop("totalAmount", None)
    net = sum((line["subTotal"] for line in made), Decimal(0))
    tax = sum((line.get("taxAmount", Decimal(0)) for line in made), Decimal(0))
    return {
        "reference": f"D-{next(NUMBERS)}",
        "issueDate": "2026-03-01T00:00:00",
        "currency": "GBP" if edition == "uk" else "USD",
        "currencyRate": 1,
        "accountRef": {"id": bank},
        "subTotal": net + Decimal(draw(SLIPS)),
        "taxAmount": tax + Decimal(draw(SLIPS)),
        "totalAmount": net + tax + Decimal(draw(SLIPS)),
        "lineItems": made,
    }


@pytest.mark.parametrize("edition", ["uk", "us"])
def test_direct_costs_are_in_the_books_as_they_were_stated(
    companies: dict[str, Books], edition: str
) -> None:
    books, written = companies[edition], []

    @MANY
    @given(direct_costs(edition))
    def check(stated: dict[str, Any]) -> None:
        key = books.push("directCosts", stated)
        if key is None:
            return
        written.append(key)
        shown = books.shown("directCosts", key)
        assert [shown[name] for name in AMOUNTS[:3]] == [stated[name] for name in AMOUNTS[:3]]
        for one, read in zip(stated["lineItems"], shown["lineItems"], strict=True):
            tax = one.get("taxAmount", 0)
            assert (one["subTotal"], tax) == (read["subTotal"], read["taxAmount"])
            assert read["totalAmount"] == one["subTotal"] + tax
            assert not one.get("totalAmount") or one["totalAmount"] == read["totalAmount"]
        [paid] = shown["paymentAllocations"]
        assert paid["payment"]["totalAmount"] == stated["totalAmount"]

    check()
    assert len(written) > 3


@pytest.mark.parametrize("edition", ["uk", "us"])
def test_journals_are_in_the_books_as_they_were_stated(
    companies: dict[str, Books], edition: str
) -> None:
    books = companies[edition]
    accounts = ("7500", "5000") if edition == "uk" else ("60000", "40000")

    @MANY
    @given(st.lists(money(-400_00), min_size=1, max_size=4), SLIPS)
    def check(amounts: list[Decimal], slip: str) -> None:
        nets = [*amounts, -sum(amounts, Decimal(0)) + Decimal(slip)]
        stated = [
            {"netAmount": net, "accountRef": {"id": accounts[place % 2]}}
            for place, net in enumerate(nets)
        ]
        key = books.push("journalEntries", {"postedOn": "2026-03-01", "journalLines": stated})
        assert (key is None) == (bool(Decimal(slip)) or 0 in nets)
        if key is not None:
            read = books.shown("journalEntries", key)["journalLines"]
            assert [line["netAmount"] for line in read] == nets

    check()
