"""Writes the documents of the US demo company."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from clary.companies.sandbox.seed import us_tables as tables
from clary.companies.sandbox.seed.story import (
    Bill,
    Event,
    Goods,
    Line,
    Owed,
    Sale,
    Settlement,
    applied_to,
    cents,
    listed,
    money,
    settled_by,
)
from clary.kernel.change import Body

GOOD_FOR_DAYS = 30
OPENING_NUMBER = "19"


class UsClerk:
    """Turns what happens into the bodies of US documents."""

    # -- sales -----------------------------------------------------------------------------

    def sale(self, sale: Sale) -> Event:
        """Return an invoice; its tax is worked out from the customer's tax code."""
        lines = [_sale_line(line, sale.job) for line in sale.lines]
        if sale.order is not None:
            for place, line in enumerate(lines):
                line["sales_order_number"] = sale.order
                line["sales_order_line"] = place + 1
        body: Body = {
            "number": sale.number,
            "customer_id": sale.client.id,
            "lines": listed(*lines),
        }
        if sale.freight:
            body["freight_amount"] = money(sale.freight)
            body["ship_via"] = "Ground"
        return Event(sale.day, "sales_invoice", body)

    def sale_total(self, sale: Sale) -> Decimal:
        """Return lines, freight and the tax of each agency, rounded as the books round."""
        net = sum((line.amount for line in sale.lines), sale.freight)
        code = sale.client.tax
        base = sum((line.amount for line in sale.lines if _is_taxed(line)), Decimal(0))
        if code in tables.TAXED_FREIGHT:
            base += sale.freight
        rates = tables.TAX_RATES.get(code, ())
        return net + sum((cents(base * Decimal(rate) / 100) for _, rate, _ in rates), Decimal(0))

    def sale_credit(self, sale: Sale, applied: str | None) -> Event:
        """Return a credit memo: goods come back into stock, revenue goes to sales returns."""
        lines = [
            {**_sale_line(line, sale.job), "account_id": tables.RETURNS} for line in sale.lines
        ]
        body: Body = {
            "number": sale.number,
            "customer_id": sale.client.id,
            "lines": listed(*lines),
        }
        if applied is not None:
            body["applications"] = applied_to(applied, self.sale_total(sale))
        return Event(sale.day, "credit_memo", body)

    def write_off(self, day: date, owed: Owed) -> Event:
        """Return the credit memo that takes an invoice out of the allowance."""
        line: Body = {
            "account_id": tables.ALLOWANCE,
            "amount": money(owed.open),
            "tax_type": 2,
            "description": f"Invoice {owed.number} written off",
        }
        body: Body = {
            "number": f"WO-{owed.number}",
            "customer_id": owed.party,
            "lines": listed(line),
            "applications": applied_to(owed.number, owed.open),
        }
        return Event(day, "credit_memo", body)

    def receipt(self, money_in: Settlement) -> Event:
        """Return a receipt into the checking account."""
        body: Body = {
            "reference": money_in.reference,
            "customer_id": money_in.party,
            "payment_method": "Check",
            "cash_account_id": tables.CHECKING,
            "amount": money(money_in.amount),
        }
        if money_in.paid:
            body["applications"] = settled_by(money_in)
        return Event(money_in.day, "receipt", body)

    def quote(self, sale: Sale, prospect: str | None, *, closed: bool) -> Event:
        """Return a quote that is good for thirty days."""
        good_through = sale.day + timedelta(days=GOOD_FOR_DAYS)
        body: Body = {
            **self._plan(sale, closed=closed),
            "customer_id": prospect or sale.client.id,
            "good_through": good_through.isoformat(),
        }
        return Event(sale.day, "quote", body)

    def order(self, sale: Sale, *, closed: bool) -> Event:
        """Return a sales order."""
        body = {**self._plan(sale, closed=closed), "number": sale.order}
        return Event(sale.day, "sales_order", body)

    def _plan(self, sale: Sale, *, closed: bool) -> Body:
        return {
            "number": sale.number,
            "customer_id": sale.client.id,
            "closed": closed,
            "lines": listed(*(_sale_line(line, None) for line in sale.lines)),
        }

    # -- purchases -------------------------------------------------------------------------

    def bill(self, bill: Bill) -> Event:
        """Return a bill, or goods that wait for theirs."""
        lines = [_bill_line(line) for line in bill.lines]
        if bill.order is not None:
            for line in lines:
                line["purchase_order_number"] = bill.order
        body: Body = {"vendor_id": bill.vendor, "lines": listed(*lines)}
        if bill.waiting:
            body["waiting_on_bill"] = True
        else:
            body["number"] = bill.number
        return Event(bill.day, "purchase", body)

    def bill_total(self, bill: Bill) -> Decimal:
        """Return the sum of the lines; purchases carry no sales tax."""
        return sum((line.amount for line in bill.lines), Decimal(0))

    def bill_credit(self, bill: Bill, applied: str | None) -> Event:
        """Return a vendor credit; goods leave stock at their cost."""
        body: Body = {
            "number": bill.number,
            "vendor_id": bill.vendor,
            "lines": listed(*(_bill_line(line) for line in bill.lines)),
        }
        if applied is not None:
            body["applications"] = applied_to(applied, self.bill_total(bill))
        return Event(bill.day, "vendor_credit", body)

    def payment(self, money_out: Settlement) -> Event:
        """Return a check drawn on the checking account."""
        body: Body = {
            "reference": money_out.reference,
            "vendor_id": money_out.party,
            "payment_method": "Check",
            "cash_account_id": tables.CHECKING,
            "applications": settled_by(money_out),
        }
        return Event(money_out.day, "payment", body)

    def purchase_order(self, bill: Bill, *, closed: bool) -> Event:
        """Return a purchase order."""
        body: Body = {
            "number": bill.order,
            "vendor_id": bill.vendor,
            "closed": closed,
            "lines": listed(*(_bill_line(line) for line in bill.lines)),
        }
        return Event(bill.day, "purchase_order", body)

    def count(self, day: date, found: list[tuple[Goods, int]]) -> Event:
        """Return the inventory adjustment after a count, against cost of sales."""
        lines: list[Body] = [
            {"item_id": goods.id, "quantity": str(change)} for goods, change in found
        ]
        body: Body = {
            "number": f"COUNT-{day.year}",
            "reason": "Annual stock count",
            "lines": listed(*lines),
        }
        return Event(day, "inventory_adjustment", body)


def _is_taxed(line: Line) -> bool:
    return line.goods is not None and tables.TAX_TYPES[line.goods.kind] == 1


def _sale_line(line: Line, job: str | None) -> Body:
    body: Body = {"description": line.text}
    if line.goods is not None:
        body["item_id"] = line.goods.id
        body["quantity"] = str(line.quantity)
        body["unit_price"] = str(line.price)
        if job is not None and line.goods.kind == "service":
            body["job_id"] = job
    else:
        body["account_id"] = line.account
        body["amount"] = money(line.amount)
    return body


def _bill_line(line: Line) -> Body:
    if line.goods is None:
        return {
            "account_id": line.account,
            "amount": money(line.amount),
            "description": line.text,
        }
    return {
        "item_id": line.goods.id,
        "quantity": str(line.quantity),
        "unit_price": str(line.price),
        "description": line.text,
    }
