"""Foreign currency in UK books: rates, conversion per row, variance, Foreign Trader off."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.ledger.posting import uk_cash, uk_purchases, uk_sales, uk_settle
from clary.ledger.posting.problems import Problems
from clary.ledger.types.groups import Application
from clary.ledger.types.purchases import Payment, Purchase, PurchaseLine, VendorCredit
from clary.ledger.types.sales import Allocation, CreditMemo, Receipt, SalesInvoice, SalesLine
from tests.ledger.posting.shelf import DAY, Shelf
from tests.ledger.posting.worlds import made, money, uk_company


def invoice(*amounts: str, code: str = "T0", **values: object) -> SalesInvoice:
    lines = [
        SalesLine(account_id="4000", amount=Decimal(one), tax_code_id=code)
        for one in amounts or ("100",)
    ]
    stated = {"customer_id": "EURO", "number": "A", "date": DAY, "lines": lines}
    return made(SalesInvoice, **{**stated, **values})


def bill(amount: str = "100", **values: object) -> Purchase:
    lines = [PurchaseLine(account_id="5000", amount=Decimal(amount), tax_code_id="T0")]
    stated = {"vendor_id": "PAPIER", "number": "A", "date": DAY, "lines": lines}
    return made(Purchase, **{**stated, **values})


def settle(amount: str, discount: str | None = None) -> list[Application]:
    given = None if discount is None else Decimal(discount)
    return [Application(invoice_number="A", amount=Decimal(amount), discount_amount=given)]


def receipt(**values: object) -> Receipt:
    stated = {"reference": "R", "customer_id": "EURO", "date": DAY, "cash_account_id": "1200"}
    return made(Receipt, **{**stated, **values})


def payment(**values: object) -> Payment:
    stated = {"vendor_id": "PAPIER", "date": DAY, "cash_account_id": "1200"}
    return made(Payment, **{**stated, **values})


@pytest.mark.rule("UK-RATE")
@pytest.mark.rule("UK-FOREIGN-ROWS")
def test_rows_are_in_the_base_currency_and_the_document_in_its_own() -> None:
    shelf = uk_company()
    posting = shelf.post(uk_sales.post_invoice, invoice("100", code="T1"))
    assert shelf.effect(posting) == {"1100": 9600, "4000": -8000, "2200": -1600}
    assert (posting.total, posting.open, posting.tax) == (9600, 9600, 1600)
    assert (posting.foreign_total, posting.foreign_open) == (12000, 12000)
    told = {
        name: posting.filled[name] for name in ("currency", "exchange_rate", "total", "tax_total")
    }
    assert told == {
        "currency": "EUR",
        "exchange_rate": "1.25",
        "total": "120.00",
        "tax_total": "20.00",
    }


@pytest.mark.rule("UK-FOREIGN-ROWS")
def test_each_row_is_rounded_by_itself_and_the_control_row_takes_their_sum() -> None:
    shelf = uk_company()
    posting = shelf.post(
        uk_sales.post_invoice, invoice("0.01", "0.01", "0.01", exchange_rate=Decimal("1.6"))
    )
    assert shelf.effect(posting) == {"4000": -3, "1100": 3}  # 0.03 at 1.6 in one go would be 2
    shelf.post(
        uk_cash.post_receipt, receipt(applications=settle("0.03"), exchange_rate=Decimal("1.6"))
    )
    assert shelf.open_of(1) == 0


@pytest.mark.rule("UK-RATE")
def test_the_rate_is_the_stated_one_else_the_currencys() -> None:
    shelf = uk_company()
    stated = shelf.post(uk_sales.post_invoice, invoice("100", exchange_rate=Decimal(2)))
    listed = shelf.post(uk_sales.post_invoice, invoice("100"))
    assert (stated.total, listed.total) == (5000, 8000)
    assert stated.filled["exchange_rate"] == "2"


@pytest.mark.rule("UK-RATE")
def test_a_currency_without_a_rate_or_unknown_is_refused() -> None:
    shelf = uk_company()
    assert shelf.refused(uk_sales.post_invoice, invoice(exchange_rate=Decimal(0))) == {
        "EXCHANGE_RATE_REQUIRED"
    }
    shelf.set_policy(rates={})
    assert shelf.refusals(uk_sales.post_invoice, invoice()) == {
        ("EXCHANGE_RATE_REQUIRED", "exchange_rate")
    }
    shelf.customers["EURO"].currency = "XYZ"
    assert ("UNKNOWN_REFERENCE", "currency") in shelf.refusals(uk_sales.post_invoice, invoice())


@pytest.mark.rule("UK-CURRENCY-MATCH")
def test_a_document_has_the_currency_of_its_account() -> None:
    shelf = uk_company()
    assert shelf.post(uk_sales.post_invoice, invoice(currency="eur")).filled["currency"] == "EUR"
    for document in (invoice(currency="GBP"), invoice(customer_id="ACME", currency="EUR")):
        assert shelf.refusals(uk_sales.post_invoice, document) == {("CURRENCY_DIFFERS", "currency")}


@pytest.mark.rule("UK-RATE-BASE")
def test_the_base_currency_carries_no_rate_but_one() -> None:
    shelf = uk_company()
    plain = invoice(customer_id="ACME", exchange_rate=Decimal(1))
    assert "exchange_rate" not in shelf.post(uk_sales.post_invoice, plain).filled
    rated = invoice(customer_id="ACME", exchange_rate=Decimal("1.1"))
    assert shelf.refusals(uk_sales.post_invoice, rated) == {("RATE_ON_BASE", "exchange_rate")}


@pytest.mark.rule("UK-FOREIGN-TRADER")
@pytest.mark.rule("UK-FOREIGN-BILL")
def test_without_foreign_trader_bills_warn_and_everything_else_is_refused() -> None:
    shelf = uk_company()
    shelf.set_policy(foreign_trader=False)
    assert shelf.refusals(uk_sales.post_invoice, invoice()) == {("FOREIGN_TRADER_OFF", "currency")}
    assert shelf.refused(uk_cash.post_receipt, receipt(amount=money("1"))) == {"FOREIGN_TRADER_OFF"}
    assert shelf.refused(uk_cash.post_payment, payment(amount=money("1"))) == {"FOREIGN_TRADER_OFF"}
    assert shelf.warned(uk_purchases.post_purchase, bill()) == {"FOREIGN_TRADER_OFF"}
    lines = [PurchaseLine(account_id="5000", amount=money("1"))]
    credit = VendorCredit(vendor_id="PAPIER", date=DAY, lines=lines)
    assert shelf.warned(uk_purchases.post_purchase_credit, credit) == {"FOREIGN_TRADER_OFF"}


@pytest.mark.rule("UK-BANK-CURRENCY")
@pytest.mark.parametrize("bank", ["1200", "1220"])
def test_a_foreign_receipt_goes_to_a_base_bank_or_one_of_its_currency(bank: str) -> None:
    shelf = uk_company()
    posting = shelf.post(uk_cash.post_receipt, receipt(amount=money("100"), cash_account_id=bank))
    assert shelf.effect(posting) == {bank: 8000, "1100": -8000}
    assert (posting.foreign_total, posting.foreign_open) == (10000, 10000)


@pytest.mark.rule("UK-VARIANCE")
def test_a_receipt_at_another_rate_leaves_exchange_variance() -> None:
    shelf = uk_company()
    shelf.post(uk_sales.post_invoice, invoice("100"))
    posting = shelf.post(
        uk_cash.post_receipt, receipt(applications=settle("100"), exchange_rate=Decimal(1))
    )
    assert shelf.effect(posting) == {"1200": 10000, "1100": -8000, "7906": -2000}
    assert (shelf.open_of(1), shelf.customers["EURO"].balance) == (0, 0)


@pytest.mark.rule("UK-VARIANCE")
def test_a_payment_at_another_rate_leaves_exchange_variance() -> None:
    shelf = uk_company()
    shelf.post(uk_purchases.post_purchase, bill("100"))
    posting = shelf.post(
        uk_cash.post_payment, payment(applications=settle("50"), exchange_rate=Decimal(1))
    )
    assert shelf.effect(posting) == {"1200": -5000, "2100": 4000, "7906": 1000}
    assert shelf.open_of(1) == 4000


@pytest.mark.rule("UK-VARIANCE")
@pytest.mark.rule("UK-DISCOUNT")
def test_a_discount_is_worth_what_the_invoice_was_at_its_own_rate() -> None:
    shelf = uk_company()
    shelf.post(uk_sales.post_invoice, invoice("100"))
    posting = shelf.post(
        uk_cash.post_receipt, receipt(applications=settle("90", "10"), exchange_rate=Decimal(1))
    )
    assert shelf.effect(posting) == {"1200": 9000, "4009": 800, "1100": -8000, "7906": -1800}
    assert shelf.open_of(1) == 0


@pytest.mark.rule("UK-VARIANCE")
@pytest.mark.rule("UK-TAX-ACCOUNTS")
def test_variance_needs_its_control_account() -> None:
    shelf = uk_company()
    shelf.post(uk_sales.post_invoice, invoice("100"))
    shelf.set_policy(defaults={**shelf.policy.defaults, "exchange_variance": None})
    document = receipt(applications=settle("100"), exchange_rate=Decimal(1))
    assert shelf.refused(uk_cash.post_receipt, document) == {"CONTROL_ACCOUNT_UNSET"}


@pytest.mark.rule("UK-ALLOCATION")
def test_no_more_foreign_money_is_allocated_than_is_open() -> None:
    shelf = uk_company()
    shelf.post(uk_sales.post_invoice, invoice("100"))
    document = receipt(applications=settle("100.01"))
    assert shelf.refused(uk_cash.post_receipt, document) == {"APPLIED_TOO_MUCH"}


@pytest.mark.rule("UK-VARIANCE")
@pytest.mark.rule("UK-SC")
def test_a_credit_at_another_rate_leaves_exchange_variance() -> None:
    shelf = uk_company()
    shelf.post(uk_sales.post_invoice, invoice("100"))
    lines = [SalesLine(account_id="4000", amount=money("60"), tax_code_id="T0")]
    memo = CreditMemo(
        customer_id="EURO",
        date=DAY,
        lines=lines,
        exchange_rate=Decimal(1),
        applications=settle("40"),
    )
    posting = shelf.post(uk_sales.post_credit_memo, memo)
    assert shelf.effect(posting) == {"4000": 6000, "1100": -5200, "7906": -800}
    assert (posting.open, posting.foreign_open, shelf.open_of(1)) == (2000, 2000, 4800)


@pytest.mark.rule("UK-PC")
@pytest.mark.rule("UK-ALLOCATION")
def test_a_foreign_purchase_credit_settles_no_more_than_itself() -> None:
    shelf = uk_company()
    shelf.post(uk_purchases.post_purchase, bill("100"))
    lines = [PurchaseLine(account_id="5000", amount=money("60"), tax_code_id="T0")]
    credit = VendorCredit(vendor_id="PAPIER", date=DAY, lines=lines, applications=settle("60.01"))
    assert shelf.refused(uk_purchases.post_purchase_credit, credit) == {"APPLIED_TOO_MUCH"}
    credit.applications = settle("60")
    posting = shelf.post(uk_purchases.post_purchase_credit, credit)
    assert shelf.effect(posting) == {"5000": -4800, "2100": 4800}
    assert (posting.open, shelf.open_of(1)) == (0, 3200)


@pytest.mark.rule("UK-DISCOUNT-CREDIT")
def test_a_foreign_credit_gives_no_discount() -> None:
    shelf = uk_company()
    shelf.post(uk_sales.post_invoice, invoice("100"))
    lines = [SalesLine(account_id="4000", amount=money("60"), tax_code_id="T0")]
    memo = CreditMemo(customer_id="EURO", date=DAY, lines=lines, applications=settle("40", "1"))
    assert shelf.refused(uk_sales.post_credit_memo, memo) == {"DISCOUNT_ON_CREDIT"}


def allocated(shelf: Shelf, amount: str, discount: str | None = None) -> dict[str, int]:
    """Allocate document 2 to document 1, and return what that posts."""
    entry = Allocation(
        date=DAY,
        party_type="customer",
        party_id="EURO",
        credit=2,
        invoice=1,
        amount=Decimal(amount),
        discount_amount=None if discount is None else Decimal(discount),
    )
    problems = Problems("allocation")
    done = uk_settle.post_allocation(
        shelf, problems, entry, shelf.customers["EURO"], shelf.documents[2], shelf.documents[1]
    )
    assert done is not None, problems.findings
    shelf.allocate(done, 2)
    return shelf.effect(done.posting)


@pytest.mark.rule("UK-VARIANCE")
@pytest.mark.rule("UK-ALLOCATION")
def test_an_allocation_across_rates_posts_variance_and_discount() -> None:
    shelf = uk_company()
    shelf.post(uk_sales.post_invoice, invoice("100"))
    shelf.post(uk_cash.post_receipt, receipt(amount=money("90"), exchange_rate=Decimal(1)))
    assert allocated(shelf, "40") == {"1100": 800, "7906": -800}
    assert allocated(shelf, "50", "10") == {"1100": 200, "4009": 800, "7906": -1000}
    assert (shelf.open_of(1), shelf.open_of(2), shelf.customers["EURO"].balance) == (0, 0, 0)


@pytest.mark.rule("UK-VARIANCE")
@pytest.mark.rule("UK-TAX-ACCOUNTS")
def test_an_allocation_across_rates_needs_the_variance_account() -> None:
    shelf = uk_company()
    shelf.post(uk_sales.post_invoice, invoice("100"))
    lines = [SalesLine(account_id="4000", amount=money("60"), tax_code_id="T0")]
    memo = CreditMemo(
        customer_id="EURO",
        date=DAY,
        lines=lines,
        exchange_rate=Decimal(1),
        applications=settle("40"),
    )
    shelf.set_policy(defaults={**shelf.policy.defaults, "exchange_variance": None})
    assert shelf.refused(uk_sales.post_credit_memo, memo) == {"CONTROL_ACCOUNT_UNSET"}


RATES = st.integers(200_000, 9_000_000).map(lambda units: Decimal(units).scaleb(-6))
AMOUNTS = st.lists(st.integers(100, 99_999), min_size=1, max_size=4)


@pytest.mark.rule("UK-FOREIGN-ROWS")
@pytest.mark.rule("UK-VARIANCE")
@given(amounts=AMOUNTS, parts=st.lists(st.integers(1, 40_000), max_size=5), data=st.data())
def test_an_invoice_paid_in_parts_is_open_for_nothing_at_the_end(
    amounts: list[int], parts: list[int], data: st.DataObject
) -> None:
    shelf = uk_company()
    sent = invoice(*(euros(one) for one in amounts), exchange_rate=data.draw(RATES))
    shelf.post(uk_sales.post_invoice, sent)
    left = sum(amounts)
    for part in parts:
        paid = min(part, left)
        left -= paid
        if paid:
            pay(shelf, paid, data.draw(RATES))
    if left:
        pay(shelf, left, data.draw(RATES))
    assert (shelf.open_of(1), shelf.documents[1].foreign_open) == (0, 0)
    assert shelf.customers["EURO"].balance == 0


def euros(cents: int) -> str:
    return str(Decimal(cents).scaleb(-2))


def pay(shelf: Shelf, cents: int, rate: Decimal) -> None:
    document = receipt(applications=settle(euros(cents)), exchange_rate=rate)
    shelf.post(uk_cash.post_receipt, document)
