"""Invoices as ConnectWise keeps them, their payments, and purchase orders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from clary.apps.connectwise.client import Json, Operation
from clary.apps.connectwise.conditions import equal
from clary.apps.connectwise.reading import Reader, shaped
from clary.apps.connectwise.shapes import (
    GLEntry,
    Invoice,
    InvoicePayment,
    PurchaseOrder,
    PurchaseOrderLineItem,
)

INVOICES = "/finance/invoices"


class Receivables(Reader):
    """Invoices, payments and purchase orders of a site."""

    def invoice(self, invoice: int) -> Invoice:
        """Return an invoice."""
        return self.one(Invoice, f"{INVOICES}/{invoice}")

    def invoices(
        self, conditions: str = "", *, order_by: str = "", fields: Sequence[str] = ()
    ) -> Iterator[Invoice]:
        """Yield invoices, with all fields where none is named."""
        return self.many(Invoice, INVOICES, conditions, order_by=order_by, fields=fields)

    def invoices_numbered(self, number: str) -> list[Invoice]:
        """Return the invoices with a number; a site may have more than one."""
        return list(self.invoices(equal("invoiceNumber", number)))

    def gl_entries(self, invoice: int) -> Iterator[GLEntry]:
        """Yield the GL rows of an invoice, each with whether it was posted."""
        return self.many(GLEntry, f"{INVOICES}/{invoice}/glEntries")

    def payments(self, invoice: int) -> Iterator[InvoicePayment]:
        """Yield the payments and credits of an invoice."""
        return self.many(InvoicePayment, f"{INVOICES}/{invoice}/payments")

    def payment(self, invoice: int, payment: int) -> InvoicePayment:
        """Return one payment of an invoice."""
        return self.one(InvoicePayment, f"{INVOICES}/{invoice}/payments/{payment}")

    def add_payment(
        self, invoice: int, amount: Decimal, day: date | None, *, credit: int | None = None
    ) -> InvoicePayment:
        """Add a payment to an invoice.

        Args:
            invoice: id of the invoice.
            amount: what was paid.
            day: when it was paid; none leaves it open.
            credit: id of the credit memo that pays; none for money.

        Raises:
            Rejected: ConnectWise refuses it.
            Uncertain: it may have been added.
        """
        path = f"{INVOICES}/{invoice}/payments"
        body: dict[str, Json] = {
            "type": "P" if credit is None else "C",
            "amount": amount,
            "invoice": {"id": invoice},
        }
        if credit is not None:
            body["credit"] = {"id": credit}
        if day is not None:
            body["paymentDate"] = moment_of(day)
        return shaped(InvoicePayment, self.client.post(path, body), path)

    def update_payment(
        self, invoice: int, payment: int, changes: dict[str, Decimal | date | None]
    ) -> InvoicePayment:
        """Change fields of a payment, by the names of the interface (`amount`, `paymentDate`).

        Raises:
            Rejected: ConnectWise refuses it.
            Uncertain: it may have been changed.
        """
        path = f"{INVOICES}/{invoice}/payments/{payment}"
        operations = [
            Operation("remove", name)
            if value is None
            else Operation("replace", name, moment_of(value) if isinstance(value, date) else value)
            for name, value in changes.items()
        ]
        return shaped(InvoicePayment, self.client.patch(path, operations), path)

    def delete_payment(self, invoice: int, payment: int) -> None:
        """Delete a payment.

        Raises:
            Rejected: there is none, or ConnectWise refuses.
            Uncertain: it may have been deleted.
        """
        self.client.delete(f"{INVOICES}/{invoice}/payments/{payment}")

    def purchase_order(self, order: int) -> PurchaseOrder:
        """Return a purchase order."""
        return self.one(PurchaseOrder, f"/procurement/purchaseorders/{order}")

    def purchase_orders(self, conditions: str = "") -> Iterator[PurchaseOrder]:
        """Yield purchase orders."""
        return self.many(PurchaseOrder, "/procurement/purchaseorders", conditions)

    def purchase_order_lines(self, order: int) -> Iterator[PurchaseOrderLineItem]:
        """Yield the lines of a purchase order."""
        return self.many(PurchaseOrderLineItem, f"/procurement/purchaseorders/{order}/lineitems")


def moment_of(day: date) -> str:
    """Return a civil date as the interface writes dates: its midnight."""
    return f"{day:%Y-%m-%d}T00:00:00Z"
