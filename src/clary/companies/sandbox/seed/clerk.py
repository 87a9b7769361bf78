"""What the clerks of both editions write alike; each adds its own words, lines and taxes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from clary.companies.sandbox.seed.story import (
    Bill,
    Event,
    Goods,
    Line,
    Owed,
    Sale,
    Settlement,
    applied_to,
    listed,
    money,
    settled_by,
)
from clary.kernel.change import Body

GOOD_FOR_DAYS = 30


class Clerk(ABC):
    """Writes the documents of one edition.

    Attributes:
        bank: account that money goes into and comes out of.
        bad_debts: account that takes what is never paid.
        untaxed: fields of a line that carries no tax.
        prospects: whether quotes may go to people who are no customers yet.
        count_number: number of a stock count, from its day.
    """

    bank: ClassVar[str]
    bad_debts: ClassVar[str]
    untaxed: ClassVar[Body]
    prospects: ClassVar[bool]
    count_number: ClassVar[str]

    # -- sales -----------------------------------------------------------------------------

    @abstractmethod
    def sale(self, sale: Sale) -> Event:
        """Return an invoice."""

    @abstractmethod
    def sale_total(self, sale: Sale) -> Decimal:
        """Return what the customer has to pay."""

    @abstractmethod
    def sale_credit(self, sale: Sale, applied: str | None) -> Event:
        """Return a credit memo over the lines, applied to an invoice or open."""

    @abstractmethod
    def order_line(self, line: Line) -> Body:
        """Return a line of a quote or order."""

    @abstractmethod
    def receipt_words(self, money_in: Settlement) -> Body:
        """Return what a receipt says besides its amounts."""

    def write_off(self, day: date, owed: Owed) -> Event:
        """Return the credit that writes an invoice off as a bad debt."""
        line: Body = {
            "account_id": self.bad_debts,
            "amount": money(owed.open),
            "description": f"Invoice {owed.number} written off",
            **self.untaxed,
        }
        body: Body = {
            "number": f"WO-{owed.number}",
            "customer_id": owed.party,
            "lines": listed(line),
            "applications": applied_to(owed.number, owed.open),
        }
        return Event(day, "credit_memo", body)

    def receipt(self, money_in: Settlement) -> Event:
        """Return money from a customer, for invoices or on account."""
        body: Body = {
            "reference": money_in.reference,
            "customer_id": money_in.party,
            "cash_account_id": self.bank,
            "amount": money(money_in.amount),
            **self.receipt_words(money_in),
        }
        if money_in.paid:
            body["applications"] = settled_by(money_in)
        return Event(money_in.day, "receipt", body)

    def quote(self, sale: Sale, prospect: str | None, *, closed: bool) -> Event:
        """Return a quote that is good for thirty days, to a prospect if one is named."""
        good_through = sale.day + timedelta(days=GOOD_FOR_DAYS)
        body = self._plan(sale, sale.number, closed=closed)
        body["good_through"] = good_through.isoformat()
        if prospect is not None and self.prospects:
            body["customer_id"] = prospect
        return Event(sale.day, "quote", body)

    def order(self, sale: Sale, *, closed: bool) -> Event:
        """Return a customer's order."""
        return Event(sale.day, "sales_order", self._plan(sale, sale.order, closed=closed))

    def _plan(self, sale: Sale, number: str | None, *, closed: bool) -> Body:
        return {
            "number": number,
            "customer_id": sale.client.id,
            "closed": closed,
            "lines": listed(*(self.order_line(line) for line in sale.lines)),
        }

    # -- purchases -------------------------------------------------------------------------

    @abstractmethod
    def bill(self, bill: Bill) -> Event:
        """Return a bill; goods on it come into stock."""

    @abstractmethod
    def bill_total(self, bill: Bill) -> Decimal:
        """Return what the vendor is owed."""

    @abstractmethod
    def bill_line(self, line: Line) -> Body:
        """Return a line of a bill, a vendor's credit or an order to a vendor."""

    @abstractmethod
    def payment_words(self, money_out: Settlement) -> Body:
        """Return what a payment says besides its amounts."""

    def bill_credit(self, bill: Bill, applied: str | None) -> Event:
        """Return a vendor's credit, applied to a bill or open; goods leave at their cost."""
        body: Body = {"number": bill.number, **self.purchase(bill)}
        if applied is not None:
            body["applications"] = applied_to(applied, self.bill_total(bill))
        return Event(bill.day, "vendor_credit", body)

    def payment(self, money_out: Settlement) -> Event:
        """Return money to a vendor."""
        body: Body = {
            "vendor_id": money_out.party,
            "cash_account_id": self.bank,
            "applications": settled_by(money_out),
            **self.payment_words(money_out),
        }
        return Event(money_out.day, "payment", body)

    def purchase_order(self, bill: Bill, *, closed: bool) -> Event:
        """Return an order to a vendor."""
        body: Body = {"number": bill.order, "closed": closed, **self.purchase(bill)}
        return Event(bill.day, "purchase_order", body)

    def purchase(self, bill: Bill) -> Body:
        """Return vendor and lines."""
        return {
            "vendor_id": bill.vendor,
            "lines": listed(*(self.bill_line(line) for line in bill.lines)),
        }

    def count(self, day: date, found: list[tuple[Goods, int]]) -> Event:
        """Return the adjustment after a stock count, by how many each item is off."""
        body: Body = {
            "number": self.count_number.format(day),
            "reason": "Annual stock count",
            "lines": listed(*(self.count_line(goods, change) for goods, change in found)),
        }
        return Event(day, "inventory_adjustment", body)

    def count_line(self, goods: Goods, change: int) -> Body:
        """Return the line of one item that was counted."""
        return {"item_id": goods.id, "quantity": str(change)}
