"""UK bank payments, bank receipts and transfers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clary.ledger.posting import uk_bank
from clary.ledger.types.journals import BankLine, BankPayment, BankReceipt, BankTransfer
from tests.ledger.posting.shelf import DAY
from tests.ledger.posting.worlds import made, money, uk_company


def line(amount: str = "100", code: str | None = "T1", **values: object) -> BankLine:
    stated = {"account_id": "7500", "amount": Decimal(amount), "tax_code_id": code}
    return made(BankLine, **{**stated, **values})


def payment(*lines: BankLine, **values: object) -> BankPayment:
    return made(BankPayment, **{"bank_id": "1200", "date": DAY, "lines": list(lines), **values})


def transfer(**values: object) -> BankTransfer:
    stated = {"from_bank_id": "1200", "to_bank_id": "1210", "date": DAY, "total": money("70")}
    return made(BankTransfer, **{**stated, **values})


@pytest.mark.rule("UK-BANK-ENTRY")
def test_a_bank_payment_debits_nominals_and_vat_and_credits_the_bank() -> None:
    shelf = uk_company()
    posting = shelf.post(uk_bank.post_bank_payment, payment(line(), line("10", "T0")))
    assert shelf.effect(posting) == {"7500": 11000, "2201": 2000, "1200": -13000}
    assert (posting.total, posting.tax, posting.party) == (13000, 2000, None)


@pytest.mark.rule("UK-BANK-ENTRY")
def test_a_bank_receipt_debits_the_bank_and_credits_nominals_and_vat() -> None:
    shelf = uk_company()
    entry = BankReceipt(bank_id="1200", date=DAY, lines=[line(account_id="4905")])
    posting = shelf.post(uk_bank.post_bank_receipt, entry)
    assert shelf.effect(posting) == {"4905": -10000, "2200": -2000, "1200": 12000}


@pytest.mark.rule("UK-TAX-NON-VAT")
def test_a_line_without_a_tax_code_is_outside_vat() -> None:
    shelf = uk_company()
    posting = shelf.post(uk_bank.post_bank_payment, payment(line(code=None)))
    assert shelf.effect(posting) == {"7500": 10000, "1200": -10000}
    assert posting.filled["lines"] == [(0, {"tax_code_id": "T9", "tax_amount": "0.00"})]
    shelf.set_policy(defaults={**shelf.policy.defaults, "non_vat_tax_code": "T0"})
    posting = shelf.post(uk_bank.post_bank_payment, payment(line(code=None)))
    assert posting.filled["lines"] == [(0, {"tax_code_id": "T0", "tax_amount": "0.00"})]


@pytest.mark.rule("UK-TAX-STATED")
def test_stated_vat_of_a_bank_line_is_checked_unless_kept() -> None:
    shelf = uk_company()
    off = line(tax_amount=money("5"))
    assert shelf.refusals(uk_bank.post_bank_payment, payment(off)) == {
        ("TAX_DIFFERS", "lines.0.tax_amount")
    }
    kept = shelf.post(uk_bank.post_bank_payment, payment(off, tax_override=True))
    assert kept.tax == 500


@pytest.mark.rule("UK-TAX-REVERSE")
def test_a_bank_payment_posts_a_reverse_charge_on_both_sides() -> None:
    shelf = uk_company()
    posting = shelf.post(uk_bank.post_bank_payment, payment(line(code="T20")))
    assert shelf.effect(posting) == {"7500": 10000, "2201": 2000, "2200": -2000, "1200": -10000}


@pytest.mark.rule("UK-ZERO")
@pytest.mark.rule("UK-NEGATIVE-TOTAL")
@pytest.mark.rule("UK-LINES")
@pytest.mark.rule("UK-AMOUNT-STATED")
@pytest.mark.parametrize(
    ("entry", "problems"),
    [
        (payment(line("0")), {("LINE_ZERO", "lines.0.amount")}),
        (payment(line("5"), line("-5")), {("TOTAL_ZERO", "lines")}),
        (payment(line("-5")), {("TOTAL_NEGATIVE", "total")}),
        (payment(), {("LINES_REQUIRED", "lines")}),
        (payment(line(), total=money("100")), {("TOTAL_DIFFERS", "total")}),
    ],
)
def test_a_bank_entry_has_lines_and_value(
    entry: BankPayment, problems: set[tuple[str, str]]
) -> None:
    assert uk_company().refusals(uk_bank.post_bank_payment, entry) == problems


@pytest.mark.rule("UK-NOMINAL-CONTROL")
@pytest.mark.rule("UK-DEPARTMENT")
@pytest.mark.rule("UK-BANK-CURRENCY")
@pytest.mark.rule("UK-LOCK-DATE")
def test_a_bank_entry_says_everything_that_is_wrong_with_it() -> None:
    shelf = uk_company()
    shelf.locked_up_to = DAY
    entry = payment(
        line(account_id="2100"),
        line(code="T100"),
        line(department_id="99"),
        bank_id="1220",
    )
    assert shelf.refusals(uk_bank.post_bank_payment, entry) == {
        ("PERIOD_CLOSED", "date"),
        ("BANK_NOT_BASE_CURRENCY", "bank_id"),
        ("CONTROL_ACCOUNT", "lines.0.account_id"),
        ("UNKNOWN_REFERENCE", "lines.1.tax_code_id"),
        ("UNKNOWN_REFERENCE", "lines.2.department_id"),
    }


@pytest.mark.rule("UK-TRANSFER")
def test_a_transfer_credits_one_bank_and_debits_another() -> None:
    shelf = uk_company()
    posting = shelf.post(uk_bank.post_bank_transfer, transfer(department_id="7"))
    assert shelf.effect(posting) == {"1200": -7000, "1210": 7000}
    assert posting.total == 7000


@pytest.mark.rule("UK-TRANSFER")
@pytest.mark.rule("UK-AMOUNT")
@pytest.mark.rule("UK-BANK")
@pytest.mark.parametrize(
    ("entry", "problems"),
    [
        (transfer(to_bank_id="1200"), {("SAME_BANK", "to_bank_id")}),
        (transfer(to_bank_id="9000"), {("UNKNOWN_REFERENCE", "to_bank_id")}),
        (transfer(from_bank_id="1220"), {("BANK_NOT_BASE_CURRENCY", "from_bank_id")}),
        (transfer(total=money("0")), {("AMOUNT_NOT_POSITIVE", "total")}),
        (transfer(department_id="99"), {("UNKNOWN_REFERENCE", "department_id")}),
    ],
)
def test_a_transfer_that_cannot_be_is_refused(
    entry: BankTransfer, problems: set[tuple[str, str]]
) -> None:
    assert uk_company().refusals(uk_bank.post_bank_transfer, entry) == problems
