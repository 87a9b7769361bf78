"""What UK documents ask of an account: status, terms, credit limit, when they fall due."""

from __future__ import annotations

from datetime import date

import pytest

from clary.ledger.posting import uk_cash, uk_purchases, uk_sales
from clary.ledger.types.purchases import Payment, Purchase, PurchaseLine
from clary.ledger.types.sales import Receipt, SalesInvoice, SalesLine
from tests.ledger.posting.shelf import DAY
from tests.ledger.posting.worlds import made, money, uk_company


def invoice(**values: object) -> SalesInvoice:
    lines = [SalesLine(account_id="4000", amount=money("100"))]
    return made(SalesInvoice, **{"customer_id": "ACME", "date": DAY, "lines": lines, **values})


def bill(**values: object) -> Purchase:
    lines = [PurchaseLine(account_id="5000", amount=money("100"))]
    return made(Purchase, **{"vendor_id": "PAPER", "date": DAY, "lines": lines, **values})


def receipt() -> Receipt:
    return Receipt(
        customer_id="ACME", reference="R", date=DAY, cash_account_id="1200", amount=money("5")
    )


def payment() -> Payment:
    return Payment(vendor_id="PAPER", date=DAY, cash_account_id="1200", amount=money("5"))


@pytest.mark.rule("UK-ON-HOLD")
def test_an_account_on_hold_warns_by_default() -> None:
    shelf = uk_company()
    shelf.customers["ACME"].on_hold = shelf.vendors["PAPER"].on_hold = True
    assert shelf.warned(uk_sales.post_invoice, invoice()) == {"PARTY_ON_HOLD"}
    assert shelf.warned(uk_sales.post_invoice, invoice(form="document")) == {"PARTY_ON_HOLD"}
    assert shelf.warned(uk_purchases.post_purchase, bill()) == {"PARTY_ON_HOLD"}


@pytest.mark.rule("UK-ON-HOLD")
@pytest.mark.rule("UK-ON-HOLD-BATCH")
def test_the_preference_stops_documents_and_not_batch_entry_or_receipts() -> None:
    shelf = uk_company()
    shelf.customers["ACME"].on_hold = shelf.vendors["PAPER"].on_hold = True
    shelf.set_policy(on_hold="stop")
    document = invoice(form="document")
    assert shelf.refusals(uk_sales.post_invoice, document) == {("PARTY_ON_HOLD", "customer_id")}
    assert shelf.refused(uk_sales.update_ledgers, document) == {"PARTY_ON_HOLD"}
    assert shelf.warned(uk_sales.post_invoice, invoice()) == {"PARTY_ON_HOLD"}
    assert shelf.warned(uk_purchases.post_purchase, bill()) == {"PARTY_ON_HOLD"}
    assert shelf.warned(uk_cash.post_receipt, receipt()) == set()


@pytest.mark.rule("UK-TERMS-AGREED")
def test_terms_that_are_not_agreed_warn_or_stop_as_set() -> None:
    shelf = uk_company()
    shelf.customers["ACME"].terms_agreed = shelf.vendors["PAPER"].terms_agreed = False
    assert shelf.warned(uk_sales.post_invoice, invoice()) == {"TERMS_NOT_AGREED"}
    shelf.set_policy(terms_not_agreed="stop")
    assert shelf.refusals(uk_sales.post_invoice, invoice()) == {("TERMS_NOT_AGREED", "customer_id")}
    assert shelf.refusals(uk_purchases.post_purchase, bill()) == {("TERMS_NOT_AGREED", "vendor_id")}


@pytest.mark.rule("UK-INACTIVE")
def test_an_inactive_account_takes_no_transaction() -> None:
    shelf = uk_company()
    shelf.customers["ACME"].inactive = shelf.vendors["PAPER"].inactive = True
    assert shelf.refused(uk_sales.post_invoice, invoice()) == {"PARTY_INACTIVE"}
    assert shelf.refused(uk_purchases.post_purchase, bill()) == {"PARTY_INACTIVE"}
    assert shelf.refused(uk_cash.post_receipt, receipt()) == {"PARTY_INACTIVE"}
    assert shelf.refused(uk_cash.post_payment, payment()) == {"PARTY_INACTIVE"}


@pytest.mark.rule("UK-PARTY-EXISTS")
def test_money_names_an_account_that_exists() -> None:
    shelf = uk_company()
    of_nobody = Receipt(date=DAY, cash_account_id="1200", amount=money("5"))
    assert shelf.refusals(uk_cash.post_receipt, of_nobody) == {("PARTY_REQUIRED", "customer_id")}
    to_gone = Payment(vendor_id="GONE", date=DAY, cash_account_id="1200", amount=money("5"))
    assert shelf.refusals(uk_cash.post_payment, to_gone) == {("UNKNOWN_REFERENCE", "vendor_id")}


@pytest.mark.rule("UK-CREDIT-LIMIT")
@pytest.mark.parametrize(
    ("limit", "warnings"),
    [(None, set()), (0, set()), (12000, set()), (11999, {"CREDIT_OVER_LIMIT"})],
)
def test_the_credit_limit_warns_and_never_refuses(limit: int | None, warnings: set[str]) -> None:
    shelf = uk_company()
    shelf.customers["ACME"].credit_limit = shelf.vendors["PAPER"].credit_limit = limit
    assert shelf.warned(uk_sales.post_invoice, invoice()) == warnings
    assert shelf.warned(uk_purchases.post_purchase, bill()) == warnings


@pytest.mark.rule("UK-DUE-DATE")
@pytest.mark.parametrize(
    ("due_from", "days", "day", "due"),
    [
        (None, 30, DAY, "2026-04-09"),
        ("invoice_date", 14, DAY, "2026-03-24"),
        ("first_of_next_month", 10, DAY, "2026-04-11"),
        ("before_end_of_next_month", 5, DAY, "2026-04-25"),
        ("day_of_month", 20, DAY, "2026-04-20"),
        ("day_of_month", 0, DAY, "2026-04-01"),
        ("day_of_month", 31, date(2026, 1, 31), "2026-02-28"),
        ("one_month_after_invoice", 7, DAY, "2026-04-17"),
        ("one_month_after_invoice", 0, date(2026, 1, 31), "2026-02-28"),
        ("first_of_next_month", 0, date(2026, 12, 31), "2027-01-01"),
    ],
)
def test_the_due_date_follows_from_the_payment_terms(
    due_from: str | None, days: int, day: date, due: str
) -> None:
    shelf = uk_company()
    for party in (shelf.customers["ACME"], shelf.vendors["PAPER"]):
        party.payment_due_from, party.due_days = due_from, days
    assert shelf.post(uk_sales.post_invoice, invoice(date=day)).filled["due_date"] == due
    assert shelf.post(uk_purchases.post_purchase, bill(date=day)).filled["due_date"] == due


@pytest.mark.rule("UK-DUE-DATE")
def test_a_stated_due_date_is_kept() -> None:
    shelf = uk_company()
    stated = date(2026, 5, 1)
    assert "due_date" not in shelf.post(uk_sales.post_invoice, invoice(due_date=stated)).filled
    assert "due_date" not in shelf.post(uk_purchases.post_purchase, bill(due_date=stated)).filled
