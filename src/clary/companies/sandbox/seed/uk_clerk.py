"""Writes the documents of the UK demo company.

Work and subscriptions are batch entries; hardware is sold with product invoices, whose
ledgers are updated in a second step: those of the last days still wait for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from clary.companies.sandbox.seed import uk_tables as tables
from clary.companies.sandbox.seed.clerk import Clerk
from clary.companies.sandbox.seed.story import (
    Bill,
    Event,
    Goods,
    Line,
    Sale,
    Settlement,
    applied_to,
    cents,
    listed,
    money,
)
from clary.kernel.change import Body, Verb


@dataclass
class UkClerk(Clerk):
    """Turns what happens into the bodies of UK documents.

    Attributes:
        updated_until: invoices after this day wait for their ledgers to be updated.
    """

    updated_until: date

    bank: ClassVar[str] = tables.BANK
    bad_debts: ClassVar[str] = tables.BAD_DEBTS
    untaxed: ClassVar[Body] = {"tax_code_id": tables.OUTSIDE, "department_id": tables.OFFICE}
    prospects: ClassVar[bool] = False
    count_number: ClassVar[str] = "COUNT{:%y}"

    # -- sales -----------------------------------------------------------------------------

    def sale(self, sale: Sale) -> Event:
        """Return a batch entry, or a product invoice where goods are sold."""
        if not _has_goods(sale):
            return Event(sale.day, "sales_invoice", _batch(sale))
        body = self._document(sale)
        if sale.freight:
            body["freight_amount"] = money(sale.freight)
        step = Verb.POST if sale.day <= self.updated_until else None
        return Event(sale.day, "sales_invoice", body, step)

    def sale_total(self, sale: Sale) -> Decimal:
        """Return lines and carriage with the VAT of each, rounded as the books round."""
        amounts = [line.amount for line in sale.lines] + [sale.freight]
        return sum((_gross(amount, sale.client.tax) for amount in amounts), Decimal(0))

    def sale_credit(self, sale: Sale, applied: str | None) -> Event:
        """Return a credit note; goods come back into stock when its ledgers are updated."""
        body = self._document(sale) if _has_goods(sale) else _batch(sale)
        if applied is not None:
            body["applications"] = applied_to(applied, self.sale_total(sale))
        return Event(sale.day, "credit_memo", body, Verb.POST if _has_goods(sale) else None)

    def _document(self, sale: Sale) -> Body:
        return {
            "number": sale.number,
            "customer_id": sale.client.id,
            "form": "document",
            "lines": listed(*(self.order_line(line) for line in sale.lines)),
        }

    def order_line(self, line: Line) -> Body:
        """Return a line of a product invoice, quotation or order."""
        body: Body = {
            "quantity": str(line.quantity),
            "unit_price": str(line.price),
            "description": line.text,
        }
        if line.goods is not None:
            body["item_id"] = line.goods.id
        return body

    def receipt_words(self, money_in: Settlement) -> Body:
        """Return whether the money is allocated or on account."""
        return {"details": "Sales receipt" if money_in.paid else "Payment on account"}

    # -- purchases -------------------------------------------------------------------------

    def bill(self, bill: Bill) -> Event:
        """Return a purchase invoice; goods on it come into stock."""
        return Event(bill.day, "purchase", {"number": bill.number, **self.purchase(bill)})

    def bill_total(self, bill: Bill) -> Decimal:
        """Return the lines with the VAT of each, rounded as the books round."""
        return sum((_gross(line.amount, _tax_of(line)) for line in bill.lines), Decimal(0))

    def bill_line(self, line: Line) -> Body:
        """Return a line of a purchase invoice, a credit note or a purchase order."""
        if line.goods is None:
            return {
                "account_id": line.account,
                "amount": money(line.amount),
                "description": line.text,
                "tax_code_id": _tax_of(line),
                "department_id": tables.OFFICE,
            }
        return {
            "item_id": line.goods.id,
            "quantity": str(line.quantity),
            "unit_price": str(line.price),
            "description": line.text,
            "tax_code_id": _tax_of(line),
            "department_id": tables.DEPARTMENT_OF[line.goods.kind],
        }

    def payment_words(self, money_out: Settlement) -> Body:
        """Return the reference of a bank transfer."""
        return {"reference": f"BACS {money_out.reference}"}

    def count_line(self, goods: Goods, change: int) -> Body:
        """Return the line of one item that was counted, at its cost (AI, AO)."""
        return {**super().count_line(goods, change), "unit_cost": str(goods.cost)}


def _has_goods(sale: Sale) -> bool:
    return any(line.goods is not None and line.goods.kind == "stock" for line in sale.lines)


def _gross(amount: Decimal, tax: str) -> Decimal:
    return amount + cents(amount * tables.RATES[tax] / 100)


def _tax_of(line: Line) -> str:
    return line.tax or tables.STANDARD


def _batch(sale: Sale) -> Body:
    lines = []
    for line in sale.lines:
        kind = line.goods.kind if line.goods is not None else "service"
        entry: Body = {
            "account_id": tables.SALES_NOMINAL[kind],
            "description": f"{line.quantity} x {line.text}"[:60],
            "amount": money(line.amount),
            "tax_code_id": sale.client.tax,
            "department_id": tables.DEPARTMENT_OF[kind],
        }
        if sale.job is not None:
            entry["job_id"] = sale.job
            entry["department_id"] = tables.PROJECTS
        lines.append(entry)
    return {
        "number": sale.number,
        "customer_id": sale.client.id,
        "form": "ledger",
        "lines": listed(*lines),
    }
