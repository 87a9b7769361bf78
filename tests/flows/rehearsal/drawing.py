"""Random documents for the small companies: mostly right, now and then wrong somewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st

from clary.kernel.change import Body, JsonValue
from clary.kernel.money import money_text
from tests.flows.rehearsal.worlds import LOCKED, US_CUSTOMERS, US_ITEMS, World

Document = tuple[str, Body]
T = TypeVar("T")

DAYS = ("2026-02-14", "2026-03-31", "2026-12-31")
NUMBERS = ("N1", "N2", "N3", "N4", "n1", "B0")


class Pen:
    """Draws the parts of one document."""

    def __init__(self, draw: st.DrawFn, world: World) -> None:
        self._draw = draw
        self.world = world

    def one(self, choices: Sequence[T]) -> T:
        return self._draw(st.sampled_from(choices))

    def chance(self, in_ten: int) -> bool:
        return self._draw(st.integers(0, 9)) < in_ten

    def usually(self, right: Sequence[str], *wrong: str) -> str:
        """Return what is right, or once in fifteen times something that is wrong."""
        return self.one(wrong) if self._draw(st.integers(0, 14)) == 0 else self.one(right)

    def amount(self, least: int = -200, most: int = 15_000) -> str:
        return money_text(self._draw(st.integers(least, most)))

    def quantity(self) -> str:
        return str(self._draw(st.integers(1, 6)))

    def perhaps(self, body: Body, in_ten: int, **values: JsonValue) -> None:
        """State a field now and then."""
        for name, value in values.items():
            if self.chance(in_ten):
                body[name] = value

    def many(self, make: st.SearchStrategy[T], least: int = 1, most: int = 3) -> list[T]:
        return self._draw(st.lists(make, min_size=least, max_size=most))

    def day(self) -> str:
        return self.usually(DAYS, LOCKED, "2029-01-01")


# -- US ----------------------------------------------------------------------------------------


@st.composite
def us_sales_line(draw: st.DrawFn, world: World) -> Body:
    pen = Pen(draw, world)
    line: Body = {}
    if pen.chance(6):
        line["item_id"] = pen.usually([*US_ITEMS, "NEWITEM", "fifo"], "NOTHING")
        line["quantity"] = pen.quantity()
        line["unit_price"] = pen.one(("10", "9.99", "0.335"))
    else:
        line["amount"] = pen.amount()
        line["account_id"] = pen.usually(["4000", "4100"], "1100", "6900", "8888")
    pen.perhaps(line, 1, tax_type=pen.one([1, 2, 2, 7]), amount=pen.amount(0))
    pen.perhaps(line, 1, job_id=pen.usually(["JOB"], "NOJOB"), description="A line")
    return line


@st.composite
def us_sale(draw: st.DrawFn, world: World) -> Document:
    pen = Pen(draw, world)
    body: Body = {
        "date": pen.day(),
        "customer_id": pen.usually([*US_CUSTOMERS, "NEWCO", "acme"], "NOBODY"),
        "lines": pen.many(us_sales_line(world), least=0 if pen.chance(1) else 1),
    }
    pen.perhaps(body, 8, number=pen.one(NUMBERS))
    pen.perhaps(body, 1, sales_rep_id=pen.usually(["EMP"], "NOREP"), total=pen.amount(0))
    pen.perhaps(body, 2, freight_amount=pen.amount(0, 900))
    pen.perhaps(body, 2, tax_code_id=pen.usually(["TAX", "FREE"], "NOTAX"))
    pen.perhaps(body, 1, receivable_account_id=pen.usually(["1150"], "4000", "9999"))
    if pen.chance(1):
        body["taxes"] = [{"agency_id": pen.usually(["STATE"], "NOONE"), "amount": pen.amount(0)}]
        body["tax_override"] = pen.chance(5)
    if pen.chance(7):
        return "sales_invoice", body
    pen.perhaps(body, 7, applications=pen.many(application(world)))
    return "credit_memo", body


@st.composite
def application(draw: st.DrawFn, world: World, *, bills: bool = False) -> Body:
    pen = Pen(draw, world)
    body: Body = {"amount": pen.amount(0, 6_000)}
    if pen.chance(1):
        return body
    if pen.chance(7):
        body["invoice_number"] = pen.usually(["B0", "B1"] if bills else ["N1", "N2"], "NONE")
    else:
        names = [name for name in world.numbers if name.startswith("bill") is bills]
        body["transaction_number"] = world.numbers[pen.one(names)]
    pen.perhaps(body, 1, discount_amount=pen.amount(0, 300))
    return body


@st.composite
def us_purchase_line(draw: st.DrawFn, world: World) -> Body:
    pen = Pen(draw, world)
    if pen.chance(6):
        line: Body = {"item_id": pen.usually([*US_ITEMS, "NEWITEM"], "NOTHING")}
        line["quantity"] = pen.quantity()
        line["unit_price"] = pen.one(("4", "5.55", "0"))
        if line["item_id"] == "TEXT":
            line["account_id"] = "6000"
        return line
    return {"account_id": pen.usually(["6000"], "1200", "8888"), "amount": pen.amount()}


@st.composite
def us_bill(draw: st.DrawFn, world: World) -> Document:
    pen = Pen(draw, world)
    body: Body = {
        "date": pen.day(),
        "vendor_id": pen.usually(["SUPPLY", "LABOR", "NEWVEN"], "NOBODY"),
        "lines": pen.many(us_purchase_line(world)),
    }
    pen.perhaps(body, 8, number=pen.one(NUMBERS))
    if pen.chance(6):
        pen.perhaps(body, 2, waiting_on_bill=True)
        return "purchase", body
    pen.perhaps(body, 5, applications=pen.many(application(world, bills=True)))
    return "vendor_credit", body


@st.composite
def us_money(draw: st.DrawFn, world: World) -> Document:
    pen = Pen(draw, world)
    body: Body = {"date": pen.day(), "cash_account_id": pen.usually(["1020"], "1100", "8888")}
    paid = pen.chance(5)
    if paid:
        pen.perhaps(body, 9, vendor_id=pen.usually(["SUPPLY", "LABOR"], "NOBODY"))
    else:
        body["reference"] = "CHECK"
        pen.perhaps(body, 9, customer_id=pen.usually(["ACME", "LIMIT", "EARLY"], "NOBODY"))
    pen.perhaps(body, 8, amount=pen.amount(-10))
    pen.perhaps(body, 7, applications=pen.many(application(world, bills=paid)))
    line = us_purchase_line(world) if paid else us_sales_line(world)
    pen.perhaps(body, 3, lines=pen.many(line))
    return ("payment" if paid else "receipt"), body


@st.composite
def us_other(draw: st.DrawFn, world: World) -> Document:
    pen = Pen(draw, world)
    kind = pen.one(["journal_entry", "inventory_adjustment", "sales_order", "purchase_order"])
    body: Body = {"date": pen.day()}
    if kind == "journal_entry":
        amount = pen.amount(1, 9_000)
        body["lines"] = [
            {"account_id": pen.usually(["6000"], "1200"), "amount": amount},
            {"account_id": "1020", "amount": f"-{amount}" if pen.chance(9) else amount},
        ]
    elif kind == "inventory_adjustment":
        line: Body = {"item_id": pen.usually([*US_ITEMS], "NOTHING")}
        line["quantity"] = pen.one(["3", "-2", "0"])
        pen.perhaps(line, 5, unit_cost="4.4", account_id="6000")
        body["lines"] = [line]
    elif kind == "sales_order":
        body["customer_id"] = pen.usually([*US_CUSTOMERS], "NOBODY")
        body["lines"] = pen.many(us_sales_line(world))
    else:
        body["vendor_id"] = pen.usually(["SUPPLY"], "NOBODY")
        body["lines"] = pen.many(us_purchase_line(world))
    return kind, body


@st.composite
def allocation(draw: st.DrawFn, world: World) -> Document:
    pen = Pen(draw, world)
    bought = pen.chance(4)
    party = "ACME" if world.edition == "uk" or not bought else "SUPPLY"
    credit, invoices = ("payment", ["bill 0", "bill 1"]) if bought else ("receipt", ["ACME"])
    body: Body = {
        "date": pen.day(),
        "party_type": "vendor" if bought else "customer",
        "party_id": pen.usually([party], "NOBODY", "LIMIT"),
        "credit": world.numbers[credit],
        "invoice": world.numbers[pen.usually(invoices, "receipt")],
        "amount": pen.amount(-5, 4_000),
    }
    pen.perhaps(body, 2, discount_amount=pen.amount(0, 200))
    if world.edition == "uk" and pen.chance(3):
        body |= {"party_type": "customer", "party_id": "EUROPE"}
        body |= {"credit": world.numbers["euros"], "invoice": world.numbers["EUROPE"]}
    return "allocation", body


# -- UK ----------------------------------------------------------------------------------------

UK_PARTY_KEYS = ("ACME", "PLAIN", "LIMIT", "HELD", "NOTERMS", "EUROPE", "NEWCO", "acme")


@st.composite
def uk_line(draw: st.DrawFn, world: World, *, bought: bool = False) -> Body:
    pen = Pen(draw, world)
    nominals = ["5000", "7500"] if bought else ["4000", "7500"]
    line: Body = {"amount": pen.amount(0)}
    pen.perhaps(line, 5, account_id=pen.usually(nominals, "1100", "7600", "8888", "1200"))
    pen.perhaps(line, 5, tax_code_id=pen.usually(["T0", "T1", "T8"], "T5X"))
    pen.perhaps(line, 1, tax_amount=pen.amount(0, 2_000))
    pen.perhaps(line, 2, department_id=pen.usually(["0", "1"], "7"))
    if pen.chance(3):
        line["item_id"] = pen.usually(["GOODS", "SPARE", "WORK", "NEWITEM"], "NOTHING")
        line["quantity"] = pen.quantity()
    return line


@st.composite
def uk_trade(draw: st.DrawFn, world: World) -> Document:
    pen = Pen(draw, world)
    bought = pen.chance(4)
    body: Body = {
        "date": pen.day(),
        "vendor_id" if bought else "customer_id": pen.usually(UK_PARTY_KEYS, "GONE", "NOBODY"),
        "lines": pen.many(uk_line(world, bought=bought), least=0 if pen.chance(1) else 1),
    }
    pen.perhaps(body, 8, number=pen.one(NUMBERS))
    pen.perhaps(body, 1, tax_override=True, total=pen.amount(0))
    pen.perhaps(body, 1, currency=pen.usually(["EUR", "GBP"], "XYZ"), exchange_rate="1.25")
    credit = pen.chance(3)
    if credit:
        pen.perhaps(body, 6, applications=pen.many(application(world, bills=bought)))
    if bought:
        return ("vendor_credit" if credit else "purchase"), body
    pen.perhaps(body, 2, form="document", freight_amount="7.50")
    return ("credit_memo" if credit else "sales_invoice"), body


@st.composite
def uk_money(draw: st.DrawFn, world: World) -> Document:
    pen = Pen(draw, world)
    paid = pen.chance(4)
    body: Body = {
        "date": pen.day(),
        "cash_account_id": pen.usually(["1200", "1210", "1220"], "1100", "7500", "8888"),
        "vendor_id" if paid else "customer_id": pen.usually(["ACME", "EUROPE"], "LIMIT", "NOBODY"),
    }
    pen.perhaps(body, 8, amount=pen.amount(-10))
    pen.perhaps(body, 8, applications=pen.many(application(world, bills=paid)))
    pen.perhaps(body, 1, exchange_rate="1.3")
    return ("payment" if paid else "receipt"), body


UK_OTHERS = (
    "bank_payment",
    "bank_receipt",
    "bank_transfer",
    "journal_entry",
    "inventory_adjustment",
    "sales_order",
    "purchase_order",
    "quote",
)


@st.composite
def uk_other(draw: st.DrawFn, world: World) -> Document:
    pen = Pen(draw, world)
    kind = pen.one(UK_OTHERS)
    body: Body = {"date": pen.day()}
    if kind in ("bank_payment", "bank_receipt"):
        body["bank_id"] = pen.usually(["1200", "1210"], "1220", "4000", "8888")
        line: Body = {"account_id": pen.usually(["7500"], "1100"), "amount": pen.amount(0)}
        pen.perhaps(line, 5, tax_code_id="T1")
        body["lines"] = [line]
    elif kind == "bank_transfer":
        body |= {"from_bank_id": "1200", "to_bank_id": pen.usually(["1210", "NEWBANK"], "1220")}
        body["total"] = pen.amount(0)
    elif kind == "journal_entry":
        amount = pen.amount(1, 9_000)
        body["lines"] = [
            {"account_id": pen.usually(["7500"], "1100", "1220"), "amount": amount},
            {"account_id": "1200", "amount": f"-{amount}" if pen.chance(9) else amount},
        ]
    elif kind == "inventory_adjustment":
        line = {"item_id": pen.usually(["GOODS", "SPARE"], "WORK", "NOTHING")}
        line["quantity"] = pen.one(["3", "-2", "0"])
        pen.perhaps(line, 5, unit_cost="4.4")
        body["lines"] = [line]
    else:
        bought = kind == "purchase_order"
        body["vendor_id" if bought else "customer_id"] = pen.usually(UK_PARTY_KEYS, "NOBODY")
        body["lines"] = pen.many(uk_line(world, bought=bought))
    return kind, body


def documents(world: World) -> st.SearchStrategy[list[Document]]:
    """Return a strategy of plans: documents in the order in which they would be posted."""
    kinds = (
        (us_sale(world), us_bill(world), us_money(world), us_other(world))
        if world.edition == "us"
        else (uk_trade(world), uk_trade(world), uk_money(world), uk_other(world))
    )
    each = st.one_of(*kinds, *kinds, *kinds, allocation(world))
    return st.lists(each, min_size=1, max_size=14)
