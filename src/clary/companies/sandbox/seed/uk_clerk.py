"""Writes the documents of the UK demo company.

Work and subscriptions are batch entries; hardware is sold with product invoices, whose
ledgers are updated in a second step: those of the last days still wait for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from clary.companies.sandbox.seed import uk_tables as tables
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
from clary.kernel.change import Body, Verb

GOOD_FOR_DAYS = 30


@dataclass(slots=True)
class UkClerk:
    """Turns what happens into the bodies of UK documents.

    Attributes:
        updated_until: invoices after this day wait for their ledgers to be updated.
    """

    updated_until: date

    # -- sales -----------------------------------------------------------------------------

    def sale(self, sale: Sale) -> Event:
        """Return a batch entry, or a product invoice where goods are sold."""
        if not _has_goods(sale):
            return Event(sale.day, "sales_invoice", _batch(sale))
        body = _document(sale)
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
        body = _document(sale) if _has_goods(sale) else _batch(sale)
        if applied is not None:
            body["applications"] = applied_to(applied, self.sale_total(sale))
        return Event(sale.day, "credit_memo", body, Verb.POST if _has_goods(sale) else None)

    def write_off(self, day: date, owed: Owed) -> Event:
        """Return the credit note that writes an invoice off as a bad debt."""
        line: Body = {
            "account_id": tables.BAD_DEBTS,
            "amount": money(owed.open),
            "tax_code_id": tables.OUTSIDE,
            "department_id": tables.OFFICE,
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
        """Return a receipt into the current account, allocated or on account."""
        body: Body = {
            "reference": money_in.reference,
            "customer_id": money_in.party,
            "cash_account_id": tables.BANK,
            "details": "Sales receipt" if money_in.paid else "Payment on account",
            "amount": money(money_in.amount),
        }
        if money_in.paid:
            body["applications"] = settled_by(money_in)
        return Event(money_in.day, "receipt", body)

    def quote(self, sale: Sale, prospect: str | None, *, closed: bool) -> Event:
        """Return a quotation; UK books have no prospects."""
        del prospect
        expires = sale.day + timedelta(days=GOOD_FOR_DAYS)
        body = {**_plan(sale, sale.number, closed=closed), "good_through": expires.isoformat()}
        return Event(sale.day, "quote", body)

    def order(self, sale: Sale, *, closed: bool) -> Event:
        """Return a sales order."""
        return Event(sale.day, "sales_order", _plan(sale, sale.order, closed=closed))

    # -- purchases -------------------------------------------------------------------------

    def bill(self, bill: Bill) -> Event:
        """Return a purchase invoice; goods on it come into stock."""
        return Event(bill.day, "purchase", _purchase(bill))

    def bill_total(self, bill: Bill) -> Decimal:
        """Return the lines with the VAT of each, rounded as the books round."""
        return sum((_gross(line.amount, _tax_of(line)) for line in bill.lines), Decimal(0))

    def bill_credit(self, bill: Bill, applied: str | None) -> Event:
        """Return a purchase credit note; goods leave stock at their cost."""
        body = _purchase(bill)
        if applied is not None:
            body["applications"] = applied_to(applied, self.bill_total(bill))
        return Event(bill.day, "vendor_credit", body)

    def payment(self, money_out: Settlement) -> Event:
        """Return a payment out of the current account."""
        body: Body = {
            "reference": f"BACS {money_out.reference}",
            "vendor_id": money_out.party,
            "cash_account_id": tables.BANK,
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
        """Return the adjustments in and out (AI, AO) after a count."""
        lines: list[Body] = [
            {"item_id": goods.id, "quantity": str(change), "unit_cost": str(goods.cost)}
            for goods, change in found
        ]
        body: Body = {
            "number": f"COUNT{day:%y}",
            "reason": "Annual stock count",
            "lines": listed(*lines),
        }
        return Event(day, "inventory_adjustment", body)


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


def _document(sale: Sale) -> Body:
    return {
        "number": sale.number,
        "customer_id": sale.client.id,
        "form": "document",
        "lines": listed(*(_product_line(line) for line in sale.lines)),
    }


def _plan(sale: Sale, number: str | None, *, closed: bool) -> Body:
    return {
        "number": number,
        "customer_id": sale.client.id,
        "closed": closed,
        "lines": listed(*(_product_line(line) for line in sale.lines)),
    }


def _product_line(line: Line) -> Body:
    body: Body = {
        "quantity": str(line.quantity),
        "unit_price": str(line.price),
        "description": line.text,
    }
    if line.goods is not None:
        body["item_id"] = line.goods.id
    return body


def _purchase(bill: Bill) -> Body:
    return {
        "number": bill.number,
        "vendor_id": bill.vendor,
        "lines": listed(*(_bill_line(line) for line in bill.lines)),
    }


def _bill_line(line: Line) -> Body:
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
