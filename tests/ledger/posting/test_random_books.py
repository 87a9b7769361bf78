"""Whatever is posted, in whatever order: rows add up to zero and every sub-ledger agrees."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from clary.ledger.posting import (
    journals,
    uk_bank,
    uk_cash,
    uk_purchases,
    uk_sales,
    us_cash,
    us_purchases,
    us_sales,
)
from clary.ledger.types.groups import Application
from clary.ledger.types.journals import (
    AdjustmentLine,
    BankLine,
    BankPayment,
    InventoryAdjustment,
)
from clary.ledger.types.purchases import Payment, Purchase, PurchaseLine, VendorCredit
from clary.ledger.types.sales import CreditMemo, Receipt, SalesInvoice, SalesLine
from tests.ledger.posting.shelf import DAY, Rule, Shelf
from tests.ledger.posting.worlds import made, uk_company, us_company

CENTS = st.integers(1, 500_000).map(lambda cents: Decimal(cents).scaleb(-2))
QUANTITIES = st.integers(1, 2_000_000).map(lambda units: Decimal(units).scaleb(-5))
US_ITEMS = st.sampled_from(["FIFO", "LIFO", "AVERAGE", "KIT", "PART", "HOUR", "NOTE"])
US_CODES = st.sampled_from(["LOCAL", "SHIPPED", "EXEMPT", None])
UK_ITEMS = st.sampled_from(["DESK", "CHAIR", "VISIT"])
UK_CODES = st.sampled_from(["T0", "T1", "T5", "T9", "T20", None])
CUSTOMERS = st.sampled_from(["ACME", "EURO"])
SUPPLIERS = st.sampled_from(["PAPER", "PAPIER"])
RATES = st.integers(300_000, 5_000_000).map(lambda units: Decimal(units).scaleb(-6))
STEPS = ("invoice", "memo", "receipt", "bill", "credit", "payment", "other")


def attempt(shelf: Shelf, rule: Rule, document: object) -> None:  # type: ignore[type-arg]  # any rule with its own document
    """Post a document if the rules let it pass; the shelf checks itself after each posting."""
    _, problems = shelf.check(rule, document)  # type: ignore[type-var]  # as above
    if not problems.failed:
        shelf.post(rule, document)  # type: ignore[type-var]  # as above


def applied(
    shelf: Shelf, data: st.DataObject, amount: Decimal, *, discount: bool
) -> list[Application] | None:
    """Return an application to some invoice or bill, mostly of what is open of it at most."""
    numbers = [
        number
        for number, one in shelf.documents.items()
        if one.record_type in ("sales_invoice", "purchase")
    ]
    if not numbers or not data.draw(st.booleans()):
        return None
    number = data.draw(st.sampled_from(numbers))
    is_open = Decimal(shelf.open_of(number)).scaleb(-2)
    wanted = amount if data.draw(st.integers(0, 3)) == 0 else min(amount, is_open)
    given_discount = Decimal("0.01") if discount and data.draw(st.booleans()) else None
    return [Application(transaction_number=number, amount=wanted, discount_amount=given_discount)]


def us_lines(data: st.DataObject, line: type[SalesLine | PurchaseLine]) -> list[object]:
    count = data.draw(st.integers(1, 3))
    return [
        line(
            item_id=data.draw(US_ITEMS),
            quantity=data.draw(QUANTITIES),
            unit_price=data.draw(CENTS),
        )
        for _ in range(count)
    ]


def us_step(shelf: Shelf, step: str, data: st.DataObject) -> None:
    amount = data.draw(CENTS)
    sold = {"customer_id": "ACME", "date": DAY, "tax_code_id": data.draw(US_CODES)}
    bought = {"vendor_id": "PAPER", "date": DAY}
    cash = {"date": DAY, "cash_account_id": "1000", "amount": amount}
    if step == "invoice":
        lines = us_lines(data, SalesLine)
        attempt(shelf, us_sales.post_invoice, made(SalesInvoice, lines=lines, **sold))
    elif step == "memo":
        lines = us_lines(data, SalesLine)
        settles = applied(shelf, data, amount, discount=False)
        memo = made(CreditMemo, lines=lines, applications=settles, **sold)
        attempt(shelf, us_sales.post_credit_memo, memo)
    elif step == "bill":
        lines = us_lines(data, PurchaseLine)
        attempt(shelf, us_purchases.post_purchase, made(Purchase, lines=lines, **bought))
    elif step == "credit":
        lines = us_lines(data, PurchaseLine)
        settles = applied(shelf, data, amount, discount=False)
        credit = made(VendorCredit, lines=lines, applications=settles, **bought)
        attempt(shelf, us_purchases.post_vendor_credit, credit)
    elif step == "receipt":
        settles = applied(shelf, data, amount, discount=True)
        receipt = made(Receipt, customer_id="ACME", reference="R", applications=settles, **cash)
        attempt(shelf, us_cash.post_receipt, receipt)
    elif step == "payment":
        settles = applied(shelf, data, amount, discount=True)
        payment = made(Payment, vendor_id="PAPER", applications=settles, **cash)
        attempt(shelf, us_cash.post_payment, payment)
    else:
        adjust(shelf, "FIFO", data)


def adjust(shelf: Shelf, item_id: str, data: st.DataObject) -> None:
    quantity = data.draw(QUANTITIES) * data.draw(st.sampled_from([1, -1]))
    line = AdjustmentLine(item_id=item_id, quantity=quantity, unit_cost=data.draw(CENTS))
    attempt(shelf, journals.post_adjustment, InventoryAdjustment(date=DAY, lines=[line]))


def uk_lines(data: st.DataObject, line: type[SalesLine | PurchaseLine]) -> list[object]:
    count = data.draw(st.integers(1, 3))
    return [
        line(
            item_id=data.draw(UK_ITEMS),
            quantity=data.draw(QUANTITIES),
            unit_price=data.draw(CENTS),
            tax_code_id=data.draw(UK_CODES),
        )
        for _ in range(count)
    ]


def uk_step(shelf: Shelf, step: str, data: st.DataObject) -> None:
    amount = data.draw(CENTS)
    customer, supplier = data.draw(CUSTOMERS), data.draw(SUPPLIERS)
    sold = {"customer_id": customer, "date": DAY, **rate(customer, data)}
    bought = {"vendor_id": supplier, "date": DAY, **rate(supplier, data)}
    cash = {"date": DAY, "cash_account_id": "1200", "amount": amount}
    if step == "invoice":
        form = data.draw(st.sampled_from(["ledger", "document"]))
        invoice = made(SalesInvoice, lines=uk_lines(data, SalesLine), form=form, **sold)
        rule = uk_sales.post_invoice if form == "ledger" else uk_sales.update_ledgers
        attempt(shelf, rule, invoice)
    elif step == "memo":
        settles = applied(shelf, data, amount, discount=False)
        memo = made(CreditMemo, lines=uk_lines(data, SalesLine), applications=settles, **sold)
        attempt(shelf, uk_sales.update_ledgers, memo)
    elif step == "bill":
        purchase = made(Purchase, lines=uk_lines(data, PurchaseLine), **bought)
        attempt(shelf, uk_purchases.post_purchase, purchase)
    elif step == "credit":
        settles = applied(shelf, data, amount, discount=False)
        credit = made(
            VendorCredit, lines=uk_lines(data, PurchaseLine), applications=settles, **bought
        )
        attempt(shelf, uk_purchases.post_purchase_credit, credit)
    elif step == "receipt":
        settles = applied(shelf, data, amount, discount=True)
        receipt = made(
            Receipt, customer_id=customer, applications=settles, **cash, **rate(customer, data)
        )
        attempt(shelf, uk_cash.post_receipt, receipt)
    elif step == "payment":
        settles = applied(shelf, data, amount, discount=True)
        payment = made(
            Payment, vendor_id=supplier, applications=settles, **cash, **rate(supplier, data)
        )
        attempt(shelf, uk_cash.post_payment, payment)
    else:
        adjust(shelf, "DESK", data)
        line = BankLine(account_id="7500", amount=amount, tax_code_id=data.draw(UK_CODES))
        entry = BankPayment(bank_id="1200", date=DAY, lines=[line])
        attempt(shelf, uk_bank.post_bank_payment, entry)


def rate(party: str, data: st.DataObject) -> dict[str, Decimal]:
    return {"exchange_rate": data.draw(RATES)} if party in ("EURO", "PAPIER") else {}


@given(steps=st.lists(st.sampled_from(STEPS), max_size=12), data=st.data())
def test_random_us_books_stay_sound(steps: list[str], data: st.DataObject) -> None:
    shelf = us_company()
    for step in steps:
        us_step(shelf, step, data)
    held = sum(item.value for item in shelf.items.values())
    assert held == shelf.balances["1200"]


@given(steps=st.lists(st.sampled_from(STEPS), max_size=12), data=st.data())
def test_random_uk_books_stay_sound(steps: list[str], data: st.DataObject) -> None:
    shelf = uk_company()
    for step in steps:
        uk_step(shelf, step, data)
    assert all(item.quantity >= 0 for item in shelf.items.values())
