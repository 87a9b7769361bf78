"""UK receipts and payments: allocated, on account, settlement discounts, banks."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from clary.ledger.posting import uk_cash, uk_purchases, uk_sales, uk_settle
from clary.ledger.posting.problems import Problems
from clary.ledger.types.groups import Application
from clary.ledger.types.purchases import Payment, Purchase, PurchaseLine, VendorCredit
from clary.ledger.types.sales import Allocation, CreditMemo, Receipt, SalesInvoice, SalesLine
from tests.ledger.posting.shelf import DAY, Shelf
from tests.ledger.posting.worlds import made, money, uk_company


def owed(*amounts: str) -> Shelf:
    """Return a company with invoices A, B ... of ACME and the same bills of PAPER, T0."""
    shelf = uk_company()
    for number, amount in zip("ABC", amounts, strict=False):
        sale = [SalesLine(account_id="4000", amount=Decimal(amount), tax_code_id="T0")]
        shelf.post(
            uk_sales.post_invoice,
            SalesInvoice(customer_id="ACME", number=number, date=DAY, lines=sale),
        )
        bought = [PurchaseLine(account_id="5000", amount=Decimal(amount), tax_code_id="T0")]
        shelf.post(
            uk_purchases.post_purchase,
            Purchase(vendor_id="PAPER", number=number, date=DAY, lines=bought),
        )
    return shelf


def settle(*parts: tuple[str, str], discount: str | None = None) -> list[Application]:
    given = None if discount is None else Decimal(discount)
    return [
        Application(invoice_number=number, amount=Decimal(amount), discount_amount=given)
        for number, amount in parts
    ]


def receipt(**values: object) -> Receipt:
    stated = {"reference": "R1", "customer_id": "ACME", "date": DAY, "cash_account_id": "1200"}
    return made(Receipt, **{**stated, **values})


def payment(**values: object) -> Payment:
    stated = {"reference": "101", "vendor_id": "PAPER", "date": DAY, "cash_account_id": "1200"}
    return made(Payment, **{**stated, **values})


@pytest.mark.rule("UK-SR")
def test_an_allocated_receipt_debits_the_bank_and_credits_debtors() -> None:
    shelf = owed("100", "50")
    posting = shelf.post(
        uk_cash.post_receipt, receipt(applications=settle(("A", "100"), ("B", "20")))
    )
    assert shelf.effect(posting) == {"1200": 12000, "1100": -12000}
    assert (shelf.open_of(1), shelf.open_of(3), posting.open) == (0, 3000, 0)
    assert posting.filled["amount"] == "120.00"


@pytest.mark.rule("UK-PP")
def test_an_allocated_payment_debits_creditors_and_credits_the_bank() -> None:
    shelf = owed("100")
    posting = shelf.post(uk_cash.post_payment, payment(applications=settle(("A", "60"))))
    assert shelf.effect(posting) == {"2100": 6000, "1200": -6000}
    assert shelf.open_of(2) == 4000


@pytest.mark.rule("UK-SA")
def test_what_is_not_allocated_stays_on_account() -> None:
    shelf = owed("100")
    mixed = shelf.post(
        uk_cash.post_receipt, receipt(amount=money("130"), applications=settle(("A", "100")))
    )
    assert (mixed.total, mixed.open, shelf.customers["ACME"].balance) == (13000, 3000, -3000)
    alone = shelf.post(uk_cash.post_payment, payment(amount=money("130")))
    assert (alone.open, shelf.vendors["PAPER"].balance) == (13000, 10000 - 13000)


@pytest.mark.rule("UK-DISCOUNT")
def test_a_settlement_discount_goes_to_the_discount_nominal() -> None:
    shelf = owed("100")
    taken = settle(("A", "97.50"), discount="2.50")
    posting = shelf.post(uk_cash.post_receipt, receipt(applications=taken))
    assert shelf.effect(posting) == {"1200": 9750, "4009": 250, "1100": -10000}
    paid = shelf.post(uk_cash.post_payment, payment(applications=taken))
    assert shelf.effect(paid) == {"1200": -9750, "5009": -250, "2100": 10000}
    assert (shelf.open_of(1), shelf.open_of(2)) == (0, 0)


@pytest.mark.rule("UK-DISCOUNT")
def test_a_stated_discount_nominal_is_used_if_it_is_an_ordinary_one() -> None:
    shelf = owed("100")
    taken = settle(("A", "98"), discount="2")
    to_control = receipt(applications=taken, discount_account_id="2200")
    assert shelf.refusals(uk_cash.post_receipt, to_control) == {
        ("CONTROL_ACCOUNT", "discount_account_id")
    }
    posting = shelf.post(
        uk_cash.post_receipt, receipt(applications=taken, discount_account_id="7500")
    )
    assert shelf.effect(posting)["7500"] == 200


@pytest.mark.rule("UK-ALLOCATION")
def test_no_more_is_allocated_than_is_open() -> None:
    shelf = owed("100")
    twice = receipt(applications=settle(("A", "60"), ("A", "41")))
    assert shelf.refusals(uk_cash.post_receipt, twice) == {
        ("APPLIED_TOO_MUCH", "applications.1.amount"),
    }


@pytest.mark.rule("UK-AMOUNT")
@pytest.mark.rule("UK-AMOUNT-STATED")
def test_the_amount_is_above_zero_and_covers_what_is_allocated() -> None:
    shelf = owed("100")
    for nothing in ("0", "-1"):
        assert shelf.refusals(uk_cash.post_receipt, receipt(amount=money(nothing))) == {
            ("AMOUNT_NOT_POSITIVE", "amount")
        }
    short = receipt(amount=money("99"), applications=settle(("A", "100")))
    assert shelf.refusals(uk_cash.post_receipt, short) == {("TOTAL_DIFFERS", "amount")}


@pytest.mark.rule("UK-BANK")
@pytest.mark.rule("UK-BANK-CONTROL")
@pytest.mark.rule("UK-BANK-CURRENCY")
@pytest.mark.parametrize(
    ("bank", "code"),
    [
        ("9000", "UNKNOWN_REFERENCE"),
        ("1210", "ACCOUNT_INACTIVE"),
        ("1100", "BANK_IS_CONTROL"),
        ("4000", "BANK_EXPECTED"),
        ("1220", "BANK_NOT_BASE_CURRENCY"),
    ],
)
def test_money_moves_through_a_bank_that_can_take_it(bank: str, code: str) -> None:
    shelf = uk_company()
    shelf.set_account("1210", inactive=True)
    document = receipt(amount=money("5"), cash_account_id=bank)
    assert shelf.refusals(uk_cash.post_receipt, document) == {(code, "cash_account_id")}


@pytest.mark.rule("UK-LOCK-DATE")
def test_money_is_not_posted_up_to_the_lock_date() -> None:
    shelf = uk_company()
    shelf.locked_up_to = DAY
    assert shelf.refused(uk_cash.post_receipt, receipt(amount=money("5"))) == {"PERIOD_CLOSED"}


@pytest.mark.rule("UK-TAX-ACCOUNTS")
@pytest.mark.parametrize("name", ["debtors", "sales_discount"])
def test_money_without_its_control_account_is_refused(name: str) -> None:
    shelf = owed("100")
    shelf.set_policy(defaults={**shelf.policy.defaults, name: None})
    document = receipt(applications=settle(("A", "98"), discount="2"))
    assert shelf.refused(uk_cash.post_receipt, document) == {"CONTROL_ACCOUNT_UNSET"}


@pytest.mark.rule("UK-SC")
@pytest.mark.rule("UK-ALLOCATION")
def test_a_credit_settles_invoices_and_keeps_the_rest() -> None:
    shelf = owed("100")
    lines = [SalesLine(account_id="4000", amount=money("60"), tax_code_id="T0")]
    memo = CreditMemo(customer_id="ACME", date=DAY, lines=lines, applications=settle(("A", "40")))
    assert shelf.post(uk_sales.post_credit_memo, memo).open == 2000
    assert shelf.open_of(1) == 6000
    bought = [PurchaseLine(account_id="5000", amount=money("60"), tax_code_id="T0")]
    credit = VendorCredit(
        vendor_id="PAPER", date=DAY, lines=bought, applications=settle(("A", "61"))
    )
    assert shelf.refused(uk_purchases.post_purchase_credit, credit) == {"APPLIED_TOO_MUCH"}


@pytest.mark.rule("UK-DISCOUNT-CREDIT")
def test_a_credit_gives_no_discount() -> None:
    shelf = owed("100")
    lines = [SalesLine(account_id="4000", amount=money("60"), tax_code_id="T0")]
    memo = CreditMemo(
        customer_id="ACME",
        date=DAY,
        lines=lines,
        applications=settle(("A", "40"), discount="1"),
    )
    assert shelf.refused(uk_sales.post_credit_memo, memo) == {"DISCOUNT_ON_CREDIT"}


def allocation(party: str, amount: str, discount: str | None = None) -> Allocation:
    kind = "customer" if party == "ACME" else "vendor"
    return Allocation(
        date=DAY,
        party_type=kind,
        party_id=party,
        credit=1,
        invoice=1,
        amount=Decimal(amount),
        discount_amount=None if discount is None else Decimal(discount),
    )


def allocate(shelf: Shelf, entry: Allocation, credit: int, invoice: int) -> dict[str, int]:
    party = shelf.customers.get(entry.party_id) or shelf.vendors[entry.party_id]
    problems = Problems("allocation")
    done = uk_settle.post_allocation(
        shelf, problems, entry, party, shelf.documents[credit], shelf.documents[invoice]
    )
    assert done is not None, problems.findings
    shelf.allocate(done, credit)
    return shelf.effect(done.posting)


def codes(shelf: Shelf, entry: Allocation, credit: int, invoice: int) -> list[str]:
    problems = Problems("allocation")
    party = shelf.customers["ACME"]
    done = uk_settle.post_allocation(
        shelf, problems, entry, party, shelf.documents[credit], shelf.documents[invoice]
    )
    assert done is None or problems.failed
    return [one.code for one in problems.findings]


@pytest.mark.rule("UK-ALLOCATION")
def test_an_allocation_moves_no_ledger_unless_it_gives_a_discount() -> None:
    shelf = owed("100")
    shelf.post(uk_cash.post_receipt, receipt(amount=money("98")))
    assert allocate(shelf, allocation("ACME", "50"), 3, 1) == {}
    assert (shelf.open_of(1), shelf.open_of(3)) == (5000, 4800)
    assert allocate(shelf, allocation("ACME", "48", "2"), 3, 1) == {"4009": 200, "1100": -200}
    assert (shelf.open_of(1), shelf.open_of(3), shelf.customers["ACME"].balance) == (0, 0, 0)


@pytest.mark.rule("UK-DISCOUNT")
def test_a_discount_of_a_supplier_goes_to_purchase_discount() -> None:
    shelf = owed("100")
    shelf.post(uk_cash.post_payment, payment(amount=money("98")))
    assert allocate(shelf, allocation("PAPER", "98", "2"), 3, 2) == {"5009": -200, "2100": 200}


@pytest.mark.rule("UK-ALLOCATION")
def test_an_allocation_takes_what_is_open_on_both_sides_at_most() -> None:
    shelf = owed("100")
    shelf.post(uk_cash.post_receipt, receipt(amount=money("98")))
    assert codes(shelf, allocation("ACME", "99"), 3, 1) == ["APPLIED_TOO_MUCH"]
    assert codes(shelf, allocation("ACME", "98", "3"), 3, 1) == ["APPLIED_TOO_MUCH"]
    assert codes(shelf, allocation("ACME", "0"), 3, 1) == ["AMOUNT_NOT_POSITIVE"]
    shelf.documents[1] = replace(shelf.documents[1], number=None, open=0)
    assert codes(shelf, allocation("ACME", "1"), 3, 1) == ["APPLIED_TOO_MUCH"]


@pytest.mark.rule("UK-LOCK-DATE")
@pytest.mark.rule("UK-TAX-ACCOUNTS")
def test_only_an_allocation_with_rows_is_stopped_by_lock_date_and_control_accounts() -> None:
    shelf = owed("100")
    shelf.post(uk_cash.post_receipt, receipt(amount=money("98")))
    shelf.locked_up_to = DAY
    assert allocate(shelf, allocation("ACME", "50"), 3, 1) == {}
    assert codes(shelf, allocation("ACME", "48", "2"), 3, 1) == ["PERIOD_CLOSED"]
    shelf.locked_up_to = None
    shelf.set_policy(defaults={})
    found = codes(shelf, allocation("ACME", "48", "2"), 3, 1)
    assert set(found) == {"CONTROL_ACCOUNT_UNSET"}
