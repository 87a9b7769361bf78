"""Writes the documents of the US demo company."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from clary.companies.sandbox.seed import us_tables as tables
from clary.companies.sandbox.seed.clerk import Clerk
from clary.companies.sandbox.seed.story import (
    Bill,
    Event,
    Line,
    Sale,
    Settlement,
    applied_to,
    cents,
    listed,
    money,
)
from clary.kernel.change import Body


class UsClerk(Clerk):
    """Turns what happens into the bodies of US documents."""

    bank = tables.CHECKING
    bad_debts = tables.ALLOWANCE
    untaxed: ClassVar[Body] = {"tax_type": 2}
    prospects = True
    count_number = "COUNT-{:%Y}"

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

    def order_line(self, line: Line) -> Body:
        """Return a line of a quote or order."""
        return _sale_line(line, None)

    def receipt_words(self, money_in: Settlement) -> Body:
        """Return how the money came."""
        del money_in
        return {"payment_method": "Check"}

    # -- purchases -------------------------------------------------------------------------

    def bill(self, bill: Bill) -> Event:
        """Return a bill, or goods that wait for theirs."""
        lines = [self.bill_line(line) for line in bill.lines]
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

    def bill_line(self, line: Line) -> Body:
        """Return a line of a bill, a vendor credit or a purchase order."""
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

    def payment_words(self, money_out: Settlement) -> Body:
        """Return the number of a check."""
        return {"reference": money_out.reference, "payment_method": "Check"}


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
