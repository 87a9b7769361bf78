"""US invoices, credit memos and bills: credit statuses, terms, totals, what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from clary.ledger.posting import us_purchases, us_sales
from clary.ledger.types.groups import Application
from clary.ledger.types.purchases import Purchase, PurchaseLine, VendorCredit
from clary.ledger.types.sales import CreditMemo, SalesInvoice, SalesLine
from tests.ledger.posting.shelf import DAY
from tests.ledger.posting.worlds import made, money, us_company


def invoice(amount: str = "100", **values: object) -> SalesInvoice:
    lines = [SalesLine(account_id="4000", amount=Decimal(amount))]
    return made(SalesInvoice, **{"customer_id": "ACME", "date": DAY, "lines": lines, **values})


def memo(amount: str = "100", **values: object) -> CreditMemo:
    lines = [SalesLine(account_id="4000", amount=Decimal(amount))]
    return made(CreditMemo, **{"customer_id": "ACME", "date": DAY, "lines": lines, **values})


def bill(amount: str = "100", **values: object) -> Purchase:
    lines = [PurchaseLine(account_id="6500", amount=Decimal(amount))]
    return made(Purchase, **{"vendor_id": "PAPER", "date": DAY, "lines": lines, **values})


def credit(amount: str = "100", **values: object) -> VendorCredit:
    lines = [PurchaseLine(account_id="6500", amount=Decimal(amount))]
    return made(VendorCredit, **{"vendor_id": "PAPER", "date": DAY, "lines": lines, **values})


def apply_to(number: str, amount: str, **values: object) -> list[Application]:
    return [made(Application, invoice_number=number, amount=Decimal(amount), **values)]


OVER = {"CREDIT_OVER_LIMIT"}


@pytest.mark.rule("US-CREDIT-NO-LIMIT")
@pytest.mark.rule("US-CREDIT-NOTIFY")
@pytest.mark.rule("US-CREDIT-ALWAYS-NOTIFY")
@pytest.mark.rule("US-CREDIT-HOLD")
@pytest.mark.rule("US-CREDIT-ALWAYS-HOLD")
@pytest.mark.parametrize(
    ("status", "limit", "warnings", "errors"),
    [
        (None, 0, set(), set()),
        ("no_credit_limit", 0, set(), set()),
        ("notify_over_limit", 10000, set(), set()),
        ("notify_over_limit", 9999, OVER, set()),
        ("always_notify", 99999, {"CREDIT_ALWAYS_NOTIFY"}, set()),
        ("hold_over_limit", 10000, set(), set()),
        ("hold_over_limit", None, set(), OVER),
        ("always_hold", 99999, set(), {"CREDIT_ALWAYS_HOLD"}),
    ],
)
def test_a_credit_status_warns_or_refuses(
    status: str | None, limit: int | None, warnings: set[str], errors: set[str]
) -> None:
    shelf = us_company()
    shelf.customers["ACME"].credit_status = status
    shelf.customers["ACME"].credit_limit = limit
    if errors:
        assert shelf.refused(us_sales.post_invoice, invoice()) == errors
    else:
        assert shelf.warned(us_sales.post_invoice, invoice()) == warnings


@pytest.mark.rule("US-CREDIT-HOLD")
def test_what_is_owed_already_counts_towards_the_limit() -> None:
    shelf = us_company()
    shelf.customers["ACME"].credit_status = "hold_over_limit"
    shelf.customers["ACME"].credit_limit = 15000
    shelf.post(us_sales.post_invoice, invoice())
    problems = shelf.check(us_sales.post_invoice, invoice())[1].findings
    assert [one.message for one in problems] == [
        "ACME would owe 200.00, over the credit limit of 150.00."
    ]


@pytest.mark.rule("US-CREDIT-ALWAYS-HOLD")
def test_a_credit_memo_is_posted_whatever_the_credit_status() -> None:
    shelf = us_company()
    shelf.customers["ACME"].credit_status = "always_hold"
    assert shelf.warned(us_sales.post_credit_memo, memo()) == set()


@pytest.mark.rule("US-TERMS")
@pytest.mark.parametrize(
    ("terms", "days", "due"),
    [
        ("net", 30, "2026-04-09"),
        ("cod", 30, "2026-03-10"),
        ("prepaid", 30, "2026-03-10"),
        ("month_end", 0, "2026-03-31"),
        ("day_of_month", 15, "2026-04-15"),
        ("day_of_month", 0, "2026-04-01"),
        ("day_of_month", 31, "2026-04-30"),
    ],
)
def test_the_due_date_follows_from_the_terms(terms: str, days: int, due: str) -> None:
    shelf = us_company()
    for party in (shelf.customers["ACME"], shelf.vendors["PAPER"]):
        party.terms, party.due_days = terms, days
    assert shelf.post(us_sales.post_invoice, invoice()).filled["due_date"] == due
    assert shelf.post(us_purchases.post_purchase, bill()).filled["due_date"] == due


@pytest.mark.rule("US-TERMS")
def test_the_discount_follows_from_the_terms_and_leaves_tax_out() -> None:
    shelf = us_company()
    acme = shelf.customers["ACME"]
    acme.discount_days, acme.discount_percent = 10, 200_000
    posting = shelf.post(us_sales.post_invoice, invoice(tax_code_id="SHIPPED"))
    assert posting.filled["discount_date"] == "2026-03-20"
    assert posting.filled["discount_amount"] == "2.00"


@pytest.mark.rule("US-TERMS")
def test_what_is_stated_of_the_terms_is_kept() -> None:
    shelf = us_company()
    acme = shelf.customers["ACME"]
    acme.discount_days, acme.discount_percent = 10, 200_000
    stated = invoice(
        due_date=date(2026, 5, 1), discount_date=date(2026, 4, 1), discount_amount=money("5")
    )
    filled = shelf.post(us_sales.post_invoice, stated).filled
    assert not {"due_date", "discount_date", "discount_amount"} & set(filled)
    assert (
        "due_date"
        not in shelf.post(us_purchases.post_purchase, bill(due_date=date(2026, 5, 1))).filled
    )


@pytest.mark.rule("US-WAITING-ON-BILL")
def test_goods_that_wait_for_their_bill_accrue_without_a_due_date() -> None:
    shelf = us_company()
    posting = shelf.post(us_purchases.post_purchase, bill(waiting_on_bill=True))
    assert shelf.effect(posting) == {"6500": 10000, "2000": -10000}
    assert "due_date" not in posting.filled


@pytest.mark.rule("US-NUMBER")
def test_a_second_document_of_a_number_warns_and_a_blank_number_never_does() -> None:
    shelf = us_company()
    shelf.post(us_sales.post_invoice, invoice(number="7"))
    shelf.post(us_sales.post_credit_memo, memo(number="7"))
    shelf.post(us_purchases.post_purchase, bill(number="7"))
    assert shelf.warned(us_sales.post_invoice, invoice(number="7")) == {"NUMBER_DUPLICATE"}
    assert shelf.warned(us_sales.post_credit_memo, memo(number="7")) == {"NUMBER_DUPLICATE"}
    assert shelf.warned(us_purchases.post_purchase, bill(number="7")) == {"NUMBER_DUPLICATE"}
    shelf.post(us_sales.post_invoice, invoice())
    assert shelf.warned(us_sales.post_invoice, invoice()) == set()


@pytest.mark.rule("US-INACTIVE")
def test_an_inactive_party_warns() -> None:
    shelf = us_company()
    shelf.customers["ACME"].inactive = shelf.vendors["PAPER"].inactive = True
    assert shelf.warned(us_sales.post_invoice, invoice()) == {"PARTY_INACTIVE"}
    assert shelf.warned(us_purchases.post_purchase, bill()) == {"PARTY_INACTIVE"}


@pytest.mark.rule("US-PERIOD")
def test_a_closed_day_is_refused() -> None:
    shelf = us_company()
    shelf.locked_up_to = DAY
    for rule, document in (
        (us_sales.post_invoice, invoice()),
        (us_purchases.post_purchase, bill()),
    ):
        assert shelf.refusals(rule, document) == {("PERIOD_CLOSED", "date")}  # type: ignore[arg-type]  # pairs belong together


@pytest.mark.rule("US-LINES")
def test_a_document_without_lines_is_refused() -> None:
    shelf = us_company()
    assert shelf.refused(us_sales.post_invoice, invoice(lines=[])) == {"LINES_REQUIRED"}
    assert shelf.refused(us_purchases.post_purchase, bill(lines=[])) == {"LINES_REQUIRED"}


@pytest.mark.rule("US-TOTAL")
def test_a_stated_total_is_the_sum_and_no_total_is_negative() -> None:
    shelf = us_company()
    shelf.post(us_sales.post_invoice, invoice(total=money("100")))
    assert shelf.refusals(us_sales.post_invoice, invoice(total=money("99"))) == {
        ("TOTAL_DIFFERS", "total")
    }
    assert shelf.refused(us_sales.post_invoice, invoice("-1")) == {"TOTAL_NEGATIVE"}
    assert shelf.refused(us_purchases.post_purchase, bill("-1")) == {"TOTAL_NEGATIVE"}


@pytest.mark.rule("US-LINE-ACCOUNT")
def test_no_default_chooses_the_account_of_a_line() -> None:
    shelf = us_company()
    sale = invoice(lines=[SalesLine(amount=money("1"))])
    assert shelf.refusals(us_sales.post_invoice, sale) == {
        ("ACCOUNT_REQUIRED", "lines.0.account_id")
    }
    bought = bill(lines=[PurchaseLine(amount=money("1"))])
    assert shelf.refusals(us_purchases.post_purchase, bought) == {
        ("ACCOUNT_REQUIRED", "lines.0.account_id")
    }


@pytest.mark.rule("US-CONTROL-ACCOUNT")
@pytest.mark.parametrize("account_id", ["1100", "1200", "2000"])
def test_lines_never_post_to_a_control_account(account_id: str) -> None:
    shelf = us_company()
    sale = invoice(lines=[SalesLine(account_id=account_id, amount=money("1"))])
    assert shelf.refused(us_sales.post_invoice, sale) == {"CONTROL_ACCOUNT"}


@pytest.mark.rule("US-CONTROL-ACCOUNT")
def test_the_control_account_of_a_document_has_its_type() -> None:
    shelf = us_company()
    assert shelf.refusals(us_sales.post_invoice, invoice(receivable_account_id="1000")) == {
        ("ACCOUNT_TYPE_WRONG", "receivable_account_id")
    }
    assert shelf.refusals(us_purchases.post_purchase, bill(payable_account_id="1000")) == {
        ("ACCOUNT_TYPE_WRONG", "payable_account_id")
    }


@pytest.mark.rule("US-REFERENCES")
def test_everything_unknown_is_named_at_once() -> None:
    shelf = us_company()
    lines = [
        SalesLine(item_id="GONE", amount=money("1"), account_id="9999", job_id="NONE"),
        SalesLine(amount=money("1"), account_id="4000", job_id="DECK"),
    ]
    document = invoice(customer_id="NOBODY", lines=lines, receivable_account_id="8888")
    assert shelf.refusals(us_sales.post_invoice, document) == {
        ("UNKNOWN_REFERENCE", "customer_id"),
        ("UNKNOWN_REFERENCE", "lines.0.item_id"),
        ("UNKNOWN_REFERENCE", "lines.0.account_id"),
        ("UNKNOWN_REFERENCE", "lines.0.job_id"),
        ("UNKNOWN_REFERENCE", "receivable_account_id"),
    }
    bought = bill(vendor_id="NOBODY", payable_account_id="8888")
    assert shelf.refused(us_purchases.post_purchase, bought) == {"UNKNOWN_REFERENCE"}


@pytest.mark.rule("US-REFERENCES")
def test_an_inactive_account_is_refused() -> None:
    shelf = us_company()
    shelf.set_account("4000", inactive=True)
    assert shelf.refused(us_sales.post_invoice, invoice()) == {"ACCOUNT_INACTIVE"}


@pytest.mark.rule("US-REFERENCES")
def test_a_company_without_default_accounts_says_where_to_set_them() -> None:
    shelf = us_company()
    shelf.set_policy(defaults={})
    problems = shelf.check(us_sales.post_invoice, invoice())[1].findings
    assert [one.code for one in problems] == ["REFERENCE_REQUIRED"]
    assert "Maintain > Default Information > Customers" in problems[0].remedy
    assert shelf.refused(us_purchases.post_purchase, bill()) == {"REFERENCE_REQUIRED"}


@pytest.mark.rule("US-AMOUNT")
@pytest.mark.parametrize(("amount", "passes"), [("9.99", True), ("10.01", True), ("10.02", False)])
def test_a_stated_amount_may_be_a_cent_off_quantity_times_price(
    amount: str, *, passes: bool
) -> None:
    shelf = us_company()
    line = SalesLine(
        account_id="4000", quantity=Decimal(3), unit_price=Decimal("3.33333"), amount=money(amount)
    )
    if passes:
        assert shelf.post(us_sales.post_invoice, invoice(lines=[line])).total == int(
            Decimal(amount) * 100
        )
    else:
        assert shelf.refusals(us_sales.post_invoice, invoice(lines=[line])) == {
            ("AMOUNT_DIFFERS", "lines.0.amount")
        }


@pytest.mark.rule("US-AMOUNT")
@pytest.mark.rule("US-QUANTITY")
def test_a_line_needs_an_amount_and_stock_a_quantity_that_is_not_negative() -> None:
    shelf = us_company()
    lines = [
        SalesLine(account_id="4000"),
        SalesLine(item_id="FIFO", amount=money("1")),
        SalesLine(item_id="FIFO", quantity=Decimal(-1), unit_price=Decimal(1)),
    ]
    assert shelf.refusals(us_sales.post_invoice, invoice(lines=lines)) >= {
        ("AMOUNT_REQUIRED", "lines.0"),
        ("QUANTITY_REQUIRED", "lines.1.quantity"),
        ("QUANTITY_NEGATIVE", "lines.2.quantity"),
    }


@pytest.mark.rule("US-APPLY")
def test_a_credit_memo_settles_invoices_and_keeps_the_rest_open() -> None:
    shelf = us_company()
    shelf.post(us_sales.post_invoice, invoice("100", number="7"))
    posting = shelf.post(us_sales.post_credit_memo, memo("60", applications=apply_to("7", "40")))
    assert posting.open == 2000
    assert (shelf.open_of(1), shelf.open_of(2)) == (6000, 2000)


@pytest.mark.rule("US-APPLY")
def test_a_vendor_credit_settles_bills_and_never_more_than_itself() -> None:
    shelf = us_company()
    shelf.post(us_purchases.post_purchase, bill("100", number="7"))
    shelf.post(us_purchases.post_vendor_credit, credit("30", applications=apply_to("7", "30")))
    assert shelf.open_of(1) == 7000
    too_much = credit("30", applications=apply_to("7", "31"))
    assert shelf.refusals(us_purchases.post_vendor_credit, too_much) == {
        ("APPLIED_TOO_MUCH", "applications")
    }


@pytest.mark.rule("US-DISCOUNT-CREDIT")
def test_a_credit_gives_no_discount() -> None:
    shelf = us_company()
    shelf.post(us_sales.post_invoice, invoice("100", number="7"))
    document = memo("60", applications=apply_to("7", "40", discount_amount=money("1")))
    assert shelf.refusals(us_sales.post_credit_memo, document) == {
        ("DISCOUNT_ON_CREDIT", "applications.0.discount_amount")
    }
