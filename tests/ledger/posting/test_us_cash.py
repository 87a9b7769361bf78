"""US receipts and payments: against invoices, on account, direct lines, discounts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clary.ledger.posting import us_cash, us_purchases, us_sales
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.settle import Allocated
from clary.ledger.types.groups import Application
from clary.ledger.types.purchases import Payment, Purchase, PurchaseLine
from clary.ledger.types.sales import Allocation, Receipt, SalesInvoice, SalesLine
from tests.ledger.posting.shelf import DAY, Shelf
from tests.ledger.posting.worlds import made, money, us_company


def owed(*amounts: str) -> Shelf:
    """Return a company with invoices A, B ... of ACME and the same bills of PAPER."""
    shelf = us_company()
    for number, amount in zip("ABC", amounts, strict=False):
        sale = [SalesLine(account_id="4000", amount=Decimal(amount))]
        shelf.post(
            us_sales.post_invoice,
            SalesInvoice(customer_id="ACME", number=number, date=DAY, lines=sale),
        )
        bought = [PurchaseLine(account_id="6500", amount=Decimal(amount))]
        shelf.post(
            us_purchases.post_purchase,
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
    stated = {"reference": "R1", "customer_id": "ACME", "date": DAY, "cash_account_id": "1000"}
    return made(Receipt, **{**stated, **values})


def payment(**values: object) -> Payment:
    stated = {"reference": "101", "vendor_id": "PAPER", "date": DAY, "cash_account_id": "1000"}
    return made(Payment, **{**stated, **values})


@pytest.mark.rule("US-RECEIPT")
@pytest.mark.rule("US-APPLY")
def test_a_receipt_for_an_invoice_debits_cash_and_credits_receivables() -> None:
    shelf = owed("100")
    posting = shelf.post(us_cash.post_receipt, receipt(applications=settle(("A", "100"))))
    assert shelf.effect(posting) == {"1000": 10000, "1100": -10000}
    assert shelf.open_of(1) == 0
    assert shelf.customers["ACME"].balance == 0


@pytest.mark.rule("US-PAYMENT")
@pytest.mark.rule("US-APPLY")
def test_a_payment_of_a_bill_debits_payables_and_credits_cash() -> None:
    shelf = owed("100")
    posting = shelf.post(us_cash.post_payment, payment(applications=settle(("A", "100"))))
    assert shelf.effect(posting) == {"2000": 10000, "1000": -10000}
    assert shelf.vendors["PAPER"].balance == 0


@pytest.mark.rule("US-APPLY")
def test_one_receipt_is_split_over_invoices_and_settles_them_in_part() -> None:
    shelf = owed("100", "50")
    shelf.post(us_cash.post_receipt, receipt(applications=settle(("A", "40"), ("B", "50"))))
    shelf.post(us_cash.post_receipt, receipt(applications=settle(("A", "35"), ("A", "25"))))
    assert (shelf.open_of(1), shelf.open_of(3)) == (0, 0)


@pytest.mark.rule("US-RECEIPT")
def test_a_discount_settles_more_than_the_money() -> None:
    shelf = owed("100")
    taken = settle(("A", "98"), discount="2")
    posting = shelf.post(us_cash.post_receipt, receipt(applications=taken))
    assert shelf.effect(posting) == {"1000": 9800, "4900": 200, "1100": -10000}
    assert posting.filled["discount_account_id"] == "4900"
    paid = shelf.post(us_cash.post_payment, payment(applications=taken, discount_account_id="6500"))
    assert shelf.effect(paid) == {"1000": -9800, "6500": -200, "2000": 10000}


@pytest.mark.rule("US-RECEIPT")
@pytest.mark.rule("US-PAYMENT")
def test_money_without_an_invoice_stays_on_account() -> None:
    shelf = us_company()
    posting = shelf.post(us_cash.post_receipt, receipt(amount=money("70")))
    assert shelf.effect(posting) == {"1000": 7000, "1100": -7000}
    assert (posting.open, shelf.customers["ACME"].balance) == (7000, -7000)
    paid = shelf.post(us_cash.post_payment, payment(amount=money("70")))
    assert shelf.effect(paid) == {"1000": -7000, "2000": 7000}
    assert shelf.vendors["PAPER"].balance == -7000


@pytest.mark.rule("US-RECEIPT")
@pytest.mark.rule("US-COSTS-BY-BOOKS")
def test_direct_lines_of_a_receipt_post_revenue_and_cost() -> None:
    shelf = us_company()
    lines = [
        SalesLine(item_id="HOUR", quantity=Decimal(2), unit_price=Decimal(20)),
        SalesLine(account_id="4000", amount=money("5")),
    ]
    posting = shelf.post(us_cash.post_receipt, receipt(customer_id=None, lines=lines))
    assert shelf.effect(posting) == {
        "1000": 4500,
        "4100": -4000,
        "4000": -500,
        "5000": 1500,
        "6000": -1500,
    }
    assert posting.filled["lines"] == [
        (0, {"account_id": "4100", "amount": "40.00", "tax_type": 1}),
        (1, {"account_id": "4000", "amount": "5.00", "tax_type": 1}),
    ]


@pytest.mark.rule("US-PAYMENT")
def test_direct_lines_of_a_payment_post_the_expense() -> None:
    shelf = us_company()
    lines = [PurchaseLine(account_id="6500", amount=money("12"))]
    posting = shelf.post(us_cash.post_payment, payment(vendor_id=None, lines=lines))
    assert shelf.effect(posting) == {"6500": 1200, "1000": -1200}


@pytest.mark.rule("US-PARTY-REQUIRED")
def test_money_for_invoices_or_on_account_names_its_party() -> None:
    shelf = us_company()
    on_account = receipt(customer_id=None, amount=money("10"))
    assert shelf.refusals(us_cash.post_receipt, on_account) == {("PARTY_REQUIRED", "customer_id")}
    applied = payment(vendor_id=None, applications=settle(("A", "1")))
    assert shelf.refusals(us_cash.post_payment, applied) == {("PARTY_REQUIRED", "vendor_id")}


@pytest.mark.rule("US-APPLY")
@pytest.mark.parametrize(
    ("applications", "problem"),
    [
        (settle(("A", "100.01")), ("APPLIED_TOO_MUCH", "applications.0.amount")),
        (settle(("A", "60"), ("A", "41")), ("APPLIED_TOO_MUCH", "applications.1.amount")),
        (settle(("Z", "1")), ("DOCUMENT_NOT_OPEN", "applications.0")),
        (settle(("A", "0")), ("AMOUNT_NOT_POSITIVE", "applications.0.amount")),
        (settle(("A", "-1")), ("AMOUNT_NOT_POSITIVE", "applications.0.amount")),
        (
            settle(("A", "99"), discount="1.01"),
            ("APPLIED_TOO_MUCH", "applications.0.discount_amount"),
        ),
        (
            settle(("A", "0"), discount="100.01"),
            ("APPLIED_TOO_MUCH", "applications.0.discount_amount"),
        ),
        (
            settle(("A", "100.01"), discount="1"),
            ("APPLIED_TOO_MUCH", "applications.0.amount"),
        ),
        (
            settle(("A", "60"), ("A", "39"), discount="1"),
            ("APPLIED_TOO_MUCH", "applications.1.discount_amount"),
        ),
        (
            settle(("A", "1"), discount="-1"),
            ("AMOUNT_NOT_POSITIVE", "applications.0.discount_amount"),
        ),
        (
            [Application(transaction_number=99, amount=money("1"))],
            ("DOCUMENT_NOT_OPEN", "applications.0"),
        ),
    ],
)
def test_an_application_that_cannot_be_is_refused(
    applications: list[Application], problem: tuple[str, str]
) -> None:
    shelf = owed("100")
    assert problem in shelf.refusals(us_cash.post_receipt, receipt(applications=applications))
    assert problem in shelf.refusals(us_cash.post_payment, payment(applications=applications))


@pytest.mark.rule("US-APPLY")
def test_a_refused_discount_tells_document_and_what_is_open() -> None:
    document = receipt(applications=settle(("A", "99"), discount="1.01"))
    _, problems = owed("100").check(us_cash.post_receipt, document)
    [finding] = problems.findings
    assert (finding.record, finding.severity) == ("Receipt", "error")
    assert finding.message == "100.01 is more than the 100.00 still open of A."


@pytest.mark.rule("US-APPLY")
def test_a_number_used_twice_needs_the_transaction_number_while_both_are_open() -> None:
    shelf = owed("100")
    again = [SalesLine(account_id="4000", amount=money("30"))]
    shelf.post(
        us_sales.post_invoice, SalesInvoice(customer_id="ACME", number="A", date=DAY, lines=again)
    )
    by_number = receipt(applications=settle(("A", "30")))
    assert shelf.refusals(us_cash.post_receipt, by_number) == {
        ("DOCUMENT_AMBIGUOUS", "applications.0")
    }
    exact = [Application(transaction_number=1, amount=money("100"))]
    shelf.post(us_cash.post_receipt, receipt(applications=exact))
    shelf.post(us_cash.post_receipt, by_number)
    assert shelf.open_of(3) == 0


def test_the_stated_amount_covers_what_it_is_made_of() -> None:
    shelf = owed("100")
    short = receipt(amount=money("90"), applications=settle(("A", "100")))
    assert shelf.refusals(us_cash.post_receipt, short) == {("TOTAL_DIFFERS", "amount")}
    nothing = receipt(amount=money("0"))
    assert shelf.refusals(us_cash.post_receipt, nothing) == {("AMOUNT_NOT_POSITIVE", "amount")}
    more = shelf.post(
        us_cash.post_receipt, receipt(amount=money("120"), applications=settle(("A", "100")))
    )
    assert (more.total, more.open) == (12000, 2000)


@pytest.mark.rule("US-CONTROL-ACCOUNT")
@pytest.mark.rule("US-REFERENCES")
def test_cash_and_control_accounts_of_money_are_checked() -> None:
    shelf = owed("100")
    to_control = receipt(amount=money("5"), cash_account_id="1100")
    assert shelf.refusals(us_cash.post_receipt, to_control) == {
        ("CONTROL_ACCOUNT", "cash_account_id")
    }
    gone = receipt(amount=money("5"), cash_account_id="9999")
    assert shelf.refusals(us_cash.post_receipt, gone) == {("UNKNOWN_REFERENCE", "cash_account_id")}
    shelf.set_policy(defaults={})
    on_account = receipt(amount=money("5"))
    assert shelf.refusals(us_cash.post_receipt, on_account) == {
        ("REFERENCE_REQUIRED", "customer_id")
    }
    discounted = receipt(applications=settle(("A", "98"), discount="2"))
    assert shelf.refusals(us_cash.post_receipt, discounted) == {
        ("REFERENCE_REQUIRED", "discount_account_id")
    }
    del shelf.accounts["1100"]
    applied = receipt(applications=settle(("A", "98")))
    assert shelf.refusals(us_cash.post_receipt, applied) == {("UNKNOWN_REFERENCE", "applications")}


@pytest.mark.rule("US-LINE-ACCOUNT")
def test_direct_lines_say_everything_that_is_wrong_with_them() -> None:
    shelf = us_company()
    lines = [
        SalesLine(amount=money("1")),
        SalesLine(amount=money("1"), account_id="9999"),
        SalesLine(amount=money("1"), account_id="4000", job_id="NONE", tax_type=9),
    ]
    document = receipt(customer_id="NOBODY", lines=lines)
    assert shelf.refusals(us_cash.post_receipt, document) == {
        ("UNKNOWN_REFERENCE", "customer_id"),
        ("ACCOUNT_REQUIRED", "lines.0.account_id"),
        ("UNKNOWN_REFERENCE", "lines.1.account_id"),
        ("UNKNOWN_REFERENCE", "lines.2.job_id"),
        ("TAX_TYPE_UNKNOWN", "lines.2.tax_type"),
    }


def allocation(amount: str, discount: str | None = None) -> Allocation:
    return made(
        Allocation,
        party_type="customer",
        party_id="ACME",
        date=DAY,
        credit=3,
        invoice=1,
        amount=money(amount),
        discount_amount=None if discount is None else money(discount),
    )


def allocated(shelf: Shelf, entry: Allocation) -> tuple[Allocated | None, Problems]:
    """Return what allocating the receipt that was posted third to the first invoice does."""
    problems = Problems("allocation")
    documents = shelf.documents
    party = shelf.customers["ACME"]
    return (
        us_cash.post_allocation(shelf, problems, entry, party, documents[3], documents[1]),
        problems,
    )


@pytest.mark.rule("US-APPLY")
def test_an_allocation_moves_no_ledger_unless_it_gives_a_discount() -> None:
    shelf = owed("100")
    shelf.post(us_cash.post_receipt, receipt(amount=money("98")))
    plain, _ = allocated(shelf, allocation("50"))
    assert plain is not None
    assert plain.posting.rows == []
    done, problems = allocated(shelf, allocation("98", "2"))
    assert done is not None
    assert not problems.failed
    assert shelf.effect(done.posting) == {"4900": 200, "1100": -200}
    assert (done.posting.party_change, "discount_account_id" in done.posting.filled) == (
        -200,
        False,
    )
    shelf.allocate(done, 3)
    assert (shelf.open_of(1), shelf.open_of(3)) == (0, 0)


@pytest.mark.rule("US-APPLY")
@pytest.mark.parametrize(
    ("amount", "discount", "problem"),
    [
        ("99", None, ("APPLIED_TOO_MUCH", "credit")),
        ("98", "2.01", ("APPLIED_TOO_MUCH", "discount_amount")),
        ("0", None, ("AMOUNT_NOT_POSITIVE", "amount")),
        ("1", "-1", ("AMOUNT_NOT_POSITIVE", "discount_amount")),
    ],
)
def test_an_allocation_takes_what_is_open_on_both_sides_at_most(
    amount: str, discount: str | None, problem: tuple[str, str]
) -> None:
    shelf = owed("100")
    shelf.post(us_cash.post_receipt, receipt(amount=money("98")))
    done, problems = allocated(shelf, allocation(amount, discount))
    assert done is None
    assert [(one.code, one.field) for one in problems.findings] == [problem]
