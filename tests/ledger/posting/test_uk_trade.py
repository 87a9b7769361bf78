"""UK invoices and credits: what they post, their lines, totals and documents."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clary.ledger.posting import uk_purchases, uk_sales
from clary.ledger.types.purchases import Purchase, PurchaseLine, VendorCredit
from clary.ledger.types.sales import CreditMemo, SalesInvoice, SalesLine
from tests.ledger.posting.shelf import DAY
from tests.ledger.posting.worlds import made, money, uk_company


def invoice(amount: str = "100", **values: object) -> SalesInvoice:
    lines = [SalesLine(account_id="4000", amount=Decimal(amount))]
    return made(SalesInvoice, **{"customer_id": "ACME", "date": DAY, "lines": lines, **values})


def memo(amount: str = "100", **values: object) -> CreditMemo:
    lines = [SalesLine(account_id="4000", amount=Decimal(amount))]
    return made(CreditMemo, **{"customer_id": "ACME", "date": DAY, "lines": lines, **values})


def bill(amount: str = "100", **values: object) -> Purchase:
    lines = [PurchaseLine(account_id="5000", amount=Decimal(amount))]
    return made(Purchase, **{"vendor_id": "PAPER", "date": DAY, "lines": lines, **values})


def credit(amount: str = "100", **values: object) -> VendorCredit:
    lines = [PurchaseLine(account_id="5000", amount=Decimal(amount))]
    return made(VendorCredit, **{"vendor_id": "PAPER", "date": DAY, "lines": lines, **values})


@pytest.mark.rule("UK-SI")
@pytest.mark.rule("UK-TAX-ACCOUNTS")
def test_a_sales_invoice_debits_debtors_and_credits_sales_and_vat() -> None:
    shelf = uk_company()
    posting = shelf.post(uk_sales.post_invoice, invoice())
    assert shelf.effect(posting) == {"1100": 12000, "4000": -10000, "2200": -2000}
    assert (posting.total, posting.tax, posting.open) == (12000, 2000, 12000)


@pytest.mark.rule("UK-SC")
def test_a_sales_credit_does_the_opposite() -> None:
    shelf = uk_company()
    posting = shelf.post(uk_sales.post_credit_memo, memo())
    assert shelf.effect(posting) == {"1100": -12000, "4000": 10000, "2200": 2000}
    assert shelf.customers["ACME"].balance == -12000


@pytest.mark.rule("UK-PI")
def test_a_purchase_invoice_debits_purchases_and_vat_and_credits_creditors() -> None:
    shelf = uk_company()
    posting = shelf.post(uk_purchases.post_purchase, bill())
    assert shelf.effect(posting) == {"5000": 10000, "2201": 2000, "2100": -12000}


@pytest.mark.rule("UK-PC")
def test_a_purchase_credit_does_the_opposite() -> None:
    shelf = uk_company()
    posting = shelf.post(uk_purchases.post_purchase_credit, credit())
    assert shelf.effect(posting) == {"5000": -10000, "2201": -2000, "2100": 12000}


@pytest.mark.rule("UK-NOMINAL-CHOICE")
def test_the_nominal_is_stated_else_the_products_the_accounts_the_companys() -> None:
    shelf = uk_company()
    lines = [
        SalesLine(item_id="VISIT", account_id="4905", amount=money("1")),
        SalesLine(item_id="VISIT", amount=money("2")),
        SalesLine(amount=money("4")),
    ]
    assert shelf.effect(shelf.post(uk_sales.post_invoice, invoice(lines=lines))) == {
        "4905": -100,
        "4001": -200,
        "4000": -400,
        "2200": -140,
        "1100": 840,
    }
    shelf.customers["ACME"].account_id = "7500"
    lines = [SalesLine(amount=money("4"))]
    assert "7500" in shelf.effect(shelf.post(uk_sales.post_invoice, invoice(lines=lines)))


@pytest.mark.rule("UK-NOMINAL-CHOICE")
def test_a_purchase_takes_the_purchase_nominals() -> None:
    shelf = uk_company()
    lines = [PurchaseLine(item_id="VISIT", amount=money("2")), PurchaseLine(amount=money("4"))]
    effect = shelf.effect(shelf.post(uk_purchases.post_purchase, bill(lines=lines)))
    assert (effect["5001"], effect["5000"]) == (200, 400)


@pytest.mark.rule("UK-NOMINAL-CHOICE")
def test_without_any_nominal_the_line_is_refused() -> None:
    shelf = uk_company()
    shelf.set_policy(defaults={**shelf.policy.defaults, "default_sales": None})
    lines = [SalesLine(amount=money("4"))]
    assert shelf.refusals(uk_sales.post_invoice, invoice(lines=lines)) == {
        ("NOMINAL_REQUIRED", "lines.0.account_id")
    }


@pytest.mark.rule("UK-NOMINAL-EXISTS")
@pytest.mark.rule("UK-NOMINAL-CONTROL")
@pytest.mark.rule("UK-NOMINAL-BANK")
@pytest.mark.parametrize(
    ("nominal", "code"),
    [
        ("9000", "UNKNOWN_REFERENCE"),
        ("7500", "ACCOUNT_INACTIVE"),
        ("1100", "CONTROL_ACCOUNT"),
        ("2200", "CONTROL_ACCOUNT"),
        ("1200", "NOMINAL_IS_BANK"),
    ],
)
def test_a_line_posts_to_an_ordinary_nominal_only(nominal: str, code: str) -> None:
    shelf = uk_company()
    shelf.set_account("7500", inactive=True)
    lines = [SalesLine(account_id=nominal, amount=money("4"))]
    assert shelf.refusals(uk_sales.post_invoice, invoice(lines=lines)) == {
        (code, "lines.0.account_id")
    }


@pytest.mark.rule("UK-NOMINAL-BANK")
def test_credits_and_purchases_may_post_to_a_bank() -> None:
    shelf = uk_company()
    sale = [SalesLine(account_id="1200", amount=money("4"))]
    assert "1200" in shelf.effect(shelf.post(uk_sales.post_credit_memo, memo(lines=sale)))
    bought = [PurchaseLine(account_id="1200", amount=money("4"))]
    assert "1200" in shelf.effect(shelf.post(uk_purchases.post_purchase, bill(lines=bought)))


@pytest.mark.rule("UK-TAX-ACCOUNTS")
@pytest.mark.parametrize("name", ["debtors", "sales_tax"])
def test_a_company_without_a_control_account_says_so(name: str) -> None:
    shelf = uk_company()
    shelf.set_policy(defaults={**shelf.policy.defaults, name: "0000"})
    problems = shelf.check(uk_sales.post_invoice, invoice())[1].findings
    assert [one.code for one in problems] == ["CONTROL_ACCOUNT_UNSET"]
    assert name in problems[0].message


@pytest.mark.rule("UK-DISCOUNT-LINE")
def test_a_lines_discount_lessens_quantity_times_price() -> None:
    shelf = uk_company()
    line = SalesLine(
        account_id="4000",
        quantity=Decimal(3),
        unit_price=Decimal("9.99"),
        discount_percent=Decimal("12.5"),
    )
    posting = shelf.post(uk_sales.post_invoice, invoice(lines=[line]))
    assert shelf.effect(posting)["4000"] == -2622
    line.amount = money("29.97")
    assert shelf.refused(uk_sales.post_invoice, invoice(lines=[line])) == {"AMOUNT_DIFFERS"}


@pytest.mark.rule("UK-DEPARTMENT")
def test_a_department_exists_and_zero_always_does() -> None:
    shelf = uk_company()
    for number in ("0", "7"):
        lines = [SalesLine(account_id="4000", amount=money("1"), department_id=number)]
        filled = shelf.post(uk_sales.post_invoice, invoice(lines=lines)).filled["lines"]
        assert filled == [
            (
                0,
                {
                    "account_id": "4000",
                    "amount": "1.00",
                    "tax_code_id": "T1",
                    "tax_amount": "0.20",
                },
            )
        ]
    lines = [SalesLine(account_id="4000", amount=money("1"), department_id="9")]
    assert shelf.refusals(uk_sales.post_invoice, invoice(lines=lines)) == {
        ("UNKNOWN_REFERENCE", "lines.0.department_id")
    }


@pytest.mark.rule("UK-DEPARTMENT-CHOICE")
def test_a_lines_department_is_the_products_else_the_accounts() -> None:
    shelf = uk_company()
    shelf.customers["ACME"].department_id = "8"
    lines = [
        SalesLine(item_id="CHAIR", amount=money("1")),
        SalesLine(amount=money("1")),
        SalesLine(amount=money("1"), department_id="7"),
    ]
    filled = shelf.post(uk_sales.post_invoice, invoice(lines=lines)).filled["lines"]
    assert isinstance(filled, list)
    assert [values.get("department_id") for _, values in filled] == ["7", "8", None]


@pytest.mark.rule("UK-CARRIAGE")
def test_carriage_has_its_nominal_and_standard_vat_unless_stated() -> None:
    shelf = uk_company()
    posting = shelf.post(uk_sales.post_invoice, invoice(freight_amount=money("10")))
    assert shelf.effect(posting) == {"4000": -10000, "4905": -1000, "2200": -2200, "1100": 13200}
    assert posting.filled["freight_tax_code_id"] == "T1"
    stated = invoice(
        freight_amount=money("10"), freight_account_id="4001", freight_tax_code_id="T0"
    )
    assert shelf.effect(shelf.post(uk_sales.post_invoice, stated)) == {
        "4000": -10000,
        "4001": -1000,
        "2200": -2000,
        "1100": 13000,
    }


@pytest.mark.rule("UK-CARRIAGE")
def test_carriage_without_a_usable_nominal_is_refused() -> None:
    shelf = uk_company()
    to_control = invoice(freight_amount=money("10"), freight_account_id="1100")
    assert shelf.refusals(uk_sales.post_invoice, to_control) == {
        ("CONTROL_ACCOUNT", "freight_account_id")
    }
    shelf.set_policy(defaults={**shelf.policy.defaults, "freight": None})
    assert shelf.refusals(uk_sales.post_invoice, invoice(freight_amount=money("10"))) == {
        ("NOMINAL_REQUIRED", "freight_account_id")
    }


@pytest.mark.rule("UK-ZERO")
def test_a_transaction_and_a_line_without_value_are_refused() -> None:
    shelf = uk_company()
    assert shelf.refused(uk_sales.post_invoice, invoice("0")) == {"LINE_ZERO"}
    lines = [
        SalesLine(account_id="4000", amount=money("5")),
        SalesLine(account_id="4000", amount=money("-5")),
    ]
    assert shelf.refusals(uk_sales.post_invoice, invoice(lines=lines)) == {("TOTAL_ZERO", "lines")}
    assert shelf.refused(uk_purchases.post_purchase, bill("0")) == {"LINE_ZERO"}
    unpriced = [SalesLine(account_id="4000")]
    assert shelf.refused(uk_sales.post_invoice, invoice(lines=unpriced)) == {"AMOUNT_REQUIRED"}


@pytest.mark.rule("UK-ZERO")
def test_a_line_of_tax_alone_has_value() -> None:
    shelf = uk_company()
    lines = [PurchaseLine(account_id="5000", amount=money("0"), tax_amount=money("8"))]
    posting = shelf.post(uk_purchases.post_purchase, bill(lines=lines, tax_override=True))
    assert shelf.effect(posting) == {"2201": 800, "2100": -800}


@pytest.mark.rule("UK-NEGATIVE-TOTAL")
@pytest.mark.rule("UK-AMOUNT-STATED")
def test_the_total_is_the_sum_and_not_negative() -> None:
    shelf = uk_company()
    shelf.post(uk_sales.post_invoice, invoice(total=money("120")))
    assert shelf.refusals(uk_sales.post_invoice, invoice(total=money("119.99"))) == {
        ("TOTAL_DIFFERS", "total")
    }
    assert shelf.refusals(uk_sales.post_invoice, invoice("-5")) == {("TOTAL_NEGATIVE", "total")}


@pytest.mark.rule("UK-LINES")
def test_a_document_without_lines_is_refused() -> None:
    shelf = uk_company()
    assert shelf.refused(uk_sales.post_invoice, invoice(lines=[])) == {"LINES_REQUIRED"}
    assert shelf.refused(uk_purchases.post_purchase, bill(lines=[])) == {"LINES_REQUIRED"}


@pytest.mark.rule("UK-INV-REF")
def test_a_reference_used_before_by_the_account_warns() -> None:
    shelf = uk_company()
    for rule, document in (
        (uk_sales.post_invoice, invoice(number="7")),
        (uk_sales.post_credit_memo, memo(number="7")),
        (uk_purchases.post_purchase, bill(number="7")),
        (uk_purchases.post_purchase_credit, credit(number="7")),
    ):
        assert shelf.warned(rule, document) == set()  # type: ignore[arg-type]  # pairs belong together
        shelf.post(rule, document)  # type: ignore[arg-type]  # as above
        assert shelf.warned(rule, document) == {"NUMBER_DUPLICATE"}  # type: ignore[arg-type]  # as above


@pytest.mark.rule("UK-LOCK-DATE")
def test_nothing_is_posted_up_to_the_lock_date() -> None:
    shelf = uk_company()
    shelf.locked_up_to = DAY
    assert shelf.refusals(uk_sales.post_invoice, invoice()) == {("PERIOD_CLOSED", "date")}
    assert shelf.refusals(uk_purchases.post_purchase, bill()) == {("PERIOD_CLOSED", "date")}


@pytest.mark.rule("UK-DOCUMENT")
@pytest.mark.rule("UK-UPDATE-LEDGERS")
def test_a_document_posts_nothing_until_its_ledgers_are_updated() -> None:
    shelf = uk_company()
    for rule, document in (
        (uk_sales.post_invoice, invoice(form="document")),
        (uk_sales.post_credit_memo, memo(form="document")),
    ):
        made, problems = shelf.check(rule, document)  # type: ignore[arg-type]  # pairs belong together
        assert not problems.failed
        assert (made.rows, made.open, made.party_change) == ([], 0, 0)
        assert (made.total, made.tax) == (12000, 2000)
    posting = shelf.post(uk_sales.update_ledgers, invoice(form="document"))
    assert shelf.effect(posting) == {"1100": 12000, "4000": -10000, "2200": -2000}
    taken = shelf.post(uk_sales.update_ledgers, memo(form="document"))
    assert shelf.effect(taken) == {"1100": -12000, "4000": 10000, "2200": 2000}


@pytest.mark.rule("UK-LOCK-DATE-DOCUMENT")
def test_a_document_may_be_made_before_the_lock_date_and_not_posted() -> None:
    shelf = uk_company()
    shelf.locked_up_to = DAY
    document = invoice(form="document")
    assert shelf.warned(uk_sales.post_invoice, document) == set()
    assert shelf.refusals(uk_sales.update_ledgers, document) == {("PERIOD_CLOSED", "date")}


@pytest.mark.rule("UK-INV-REF")
def test_a_document_warns_of_its_number_when_made_and_not_again() -> None:
    shelf = uk_company()
    shelf.post(uk_sales.post_invoice, invoice(number="7"))
    document = invoice(form="document", number="7")
    assert shelf.warned(uk_sales.post_invoice, document) == {"NUMBER_DUPLICATE"}
    assert shelf.warned(uk_sales.update_ledgers, document) == set()


@pytest.mark.rule("UK-TEXT-LINE")
@pytest.mark.rule("UK-ZERO")
def test_a_document_may_hold_message_lines_and_lines_without_value() -> None:
    shelf = uk_company()
    lines = [
        SalesLine(description="With our thanks"),
        SalesLine(account_id="4000", amount=money("0")),
        SalesLine(account_id="4000", amount=money("10")),
    ]
    document = invoice(form="document", lines=lines)
    posting = shelf.post(uk_sales.update_ledgers, document)
    assert shelf.effect(posting) == {"4000": -1000, "2200": -200, "1100": 1200}
    only_words = invoice(form="document", lines=lines[:1])
    assert shelf.warned(uk_sales.post_invoice, only_words) == set()
    assert shelf.refused(uk_sales.update_ledgers, only_words) == {"TOTAL_ZERO"}


def test_everything_unknown_is_named_at_once() -> None:
    lines = [
        SalesLine(
            item_id="GONE", account_id="9000", tax_code_id="T100", job_id="NONE", amount=money("1")
        )
    ]
    document = invoice(customer_id="NOBODY", lines=lines)
    assert uk_company().refusals(uk_sales.post_invoice, document) == {
        ("UNKNOWN_REFERENCE", "customer_id"),
        ("UNKNOWN_REFERENCE", "lines.0.item_id"),
        ("UNKNOWN_REFERENCE", "lines.0.account_id"),
        ("UNKNOWN_REFERENCE", "lines.0.tax_code_id"),
        ("UNKNOWN_REFERENCE", "lines.0.job_id"),
    }
    bought = bill(vendor_id="NOBODY", number="7")
    assert uk_company().refused(uk_purchases.post_purchase, bought) == {"UNKNOWN_REFERENCE"}
