"""What clients push under load, and what each push must have done to the books when it is over.

A document says itself which accounts it moves, from the arithmetic of its own numbers and a
small table of the accounts; nothing here asks the program that is tested.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from clary.ledger.fields import EditionName

DAY = "2026-03-01T00:00:00"


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of an edition that documents move."""

    receivable: str
    payable: str
    bank: str
    sales: str
    expenses: str
    tax_due: str
    tax_paid: str | None
    tax_code: str
    percent: int
    currency: str


ACCOUNTS: Mapping[EditionName, Accounts] = {
    "uk": Accounts("1100", "2100", "1200", "4000", "5000", "2200", "2201", "1", 20, "GBP"),
    "us": Accounts("11000", "20000", "10200", "40000", "60000", "23100", None, "NV", 7, "USD"),
}


@dataclass(frozen=True, slots=True)
class Pushed:
    """One document, and what must come of it.

    Attributes:
        path: the data type as paths name it.
        body: the document.
        record: the type of record that it becomes in the books.
        name: id of a list record, or number of a document; empty where it has none.
        total: the document's total in hundredths; none for list records.
        moves: what it adds to accounts, in hundredths, debits positive; the sum is zero.
        fails: the books refuse it, and nothing of it must be in them.
    """

    path: str
    body: Mapping[str, Any]
    record: str
    name: str
    total: int | None = None
    moves: Mapping[str, int] = field(default_factory=dict)
    fails: bool = False


@dataclass(slots=True)
class Writer:
    """Writes the documents of one company, one after another, from a source of chance.

    Attributes:
        edition: the company's edition.
        chance: decides kinds and amounts.
        prefix: begins every id and number, so that several writers of a company never meet.
    """

    edition: EditionName
    chance: Random
    prefix: str = "A"
    _count: int = 0
    _customer: str = "ACME"
    _supplier: str = "SUPPLY"

    def next(self) -> Pushed:
        """Return the next document."""
        self._count += 1
        kinds, weights = zip(*_KINDS[self.edition], strict=True)
        [make] = self.chance.choices(kinds, weights)
        made: Pushed = make(self)
        return made

    def payment_of(self, invoice: Pushed, transaction: str) -> Pushed:
        """Return a payment that settles an invoice which was written before.

        Args:
            invoice: the invoice as it was pushed.
            transaction: its number in the books.
        """
        self._count += 1
        assert invoice.total is not None
        amount = invoice.total / 100
        link = {"type": "Invoice", "id": transaction, "amount": -amount}
        return self._money_in(invoice.body["customerRef"]["id"], invoice.total, [link])

    # --- list records ---------------------------------------------------------------

    def customer(self) -> Pushed:
        """Return a customer, whom the documents that follow are for."""
        self._customer = self._name("C")
        body = {"id": self._customer, "customerName": f"Customer {self._count}"}
        return Pushed("customers", body, "customer", self._customer)

    def supplier(self) -> Pushed:
        """Return a supplier, from whom the documents that follow are."""
        self._supplier = self._name("S")
        body = {"id": self._supplier, "supplierName": f"Supplier {self._count}"}
        return Pushed("suppliers", body, "vendor", self._supplier)

    # --- documents ------------------------------------------------------------------

    def invoice(self, customer: str | None = None) -> Pushed:
        """Return an invoice of two lines."""
        to, ours = customer or self._customer, self._ours
        first, second = self._amount(), self._amount()
        net = first + second
        tax = net * ours.percent // 100
        number = self._name("I")
        body = {
            "customerRef": {"id": to},
            "invoiceNumber": number,
            "issueDate": DAY,
            "currency": ours.currency,
            "lineItems": [self._sold(first), self._sold(second)],
        }
        moves = {ours.receivable: net + tax, ours.sales: -net, ours.tax_due: -tax}
        fails = customer is not None
        return Pushed("invoices", body, "sales_invoice", number, net + tax, moves, fails)

    def refused(self) -> Pushed:
        """Return an invoice to a customer who does not exist."""
        return self.invoice("NOBODY")

    def incomplete(self) -> Pushed:
        """Return an invoice without a day, which is refused as it is accepted."""
        made = self.invoice("NOBODY")
        return replace(made, body={**made.body, "issueDate": None})

    def credit_note(self) -> Pushed:
        """Return a credit note."""
        ours, net = self._ours, self._amount()
        tax, number = net * ours.percent // 100, self._name("N")
        body = {
            "customerRef": {"id": self._customer},
            "creditNoteNumber": number,
            "issueDate": DAY,
            "lineItems": [self._sold(net)],
        }
        moves = {ours.receivable: -net - tax, ours.sales: net, ours.tax_due: tax}
        return Pushed("creditNotes", body, "credit_memo", number, net + tax, moves)

    def bill(self) -> Pushed:
        """Return a bill."""
        ours, net = self._ours, self._amount()
        tax, number = self._input_tax(net), self._name("B")
        body = {
            "supplierRef": {"id": self._supplier},
            "reference": number,
            "issueDate": DAY,
            "dueDate": DAY,
            "currency": ours.currency,
            "status": "Open",
            "totalAmount": (net + tax) / 100,
            "lineItems": [self._bought(net, tax)],
        }
        moves = self._with_tax({ours.payable: -net - tax, ours.expenses: net}, tax)
        return Pushed("bills", body, "purchase", number, net + tax, moves)

    def journal_entry(self) -> Pushed:
        """Return a journal entry of two lines."""
        ours, amount = self._ours, self._amount()
        lines = [
            {"netAmount": amount / 100, "accountRef": {"id": ours.expenses}},
            {"netAmount": -amount / 100, "accountRef": {"id": ours.sales}},
        ]
        when = "createdOn" if self.edition == "uk" else "postedOn"
        body = {when: DAY, "journalLines": lines}
        moves = {ours.expenses: amount, ours.sales: -amount}
        return Pushed("journalEntries", body, "journal_entry", "", amount, moves)

    def direct_cost(self) -> Pushed:
        """Return money that was spent at once."""
        ours, net = self._ours, self._amount()
        tax, number = self._input_tax(net), self._name("D")
        body = {
            "reference": number,
            "issueDate": DAY,
            "currency": ours.currency,
            "currencyRate": 1,
            "accountRef": {"id": ours.bank},
            "subTotal": net / 100,
            "taxAmount": tax / 100,
            "totalAmount": (net + tax) / 100,
            "lineItems": [{**self._bought(net, tax), "subTotal": net / 100, **self._tracked}],
        }
        moves = self._with_tax({ours.bank: -net - tax, ours.expenses: net}, tax)
        record = "bank_payment" if self.edition == "uk" else "payment"
        return Pushed("directCosts", body, record, number, net + tax, moves)

    def on_account(self) -> Pushed:
        """Return a payment that settles nothing yet."""
        amount = self._amount()
        link = {"type": "PaymentOnAccount", "id": self._customer, "amount": -amount / 100}
        return self._money_in(self._customer, amount, [link])

    def _money_in(self, customer: str, amount: int, links: list[dict[str, Any]]) -> Pushed:
        ours, number = self._ours, self._name("P")
        body = {
            "accountRef": {"id": ours.bank},
            "customerRef": {"id": customer},
            "totalAmount": amount / 100,
            "reference": number,
            "date": DAY,
            "lines": [{"amount": amount / 100, "links": links}],
        }
        moves = {ours.bank: amount, ours.receivable: -amount}
        return Pushed("payments", body, "receipt", number, amount, moves)

    # --- parts ----------------------------------------------------------------------

    @property
    def _ours(self) -> Accounts:
        return ACCOUNTS[self.edition]

    def _name(self, letter: str) -> str:
        """Return an id or number that no other document of the company has (8 places)."""
        return f"{self.prefix}{letter}{self._count:05}"

    @property
    def _tracked(self) -> dict[str, Any]:
        """What UK money out has to state: its department."""
        return {"trackingCategoryRefs": [{"id": "department_0"}]} if self.edition == "uk" else {}

    def _amount(self) -> int:
        """Return an amount of whole units, so that no tax is rounded."""
        return 100 * self.chance.randint(1, 900)

    def _input_tax(self, net: int) -> int:
        return net * self._ours.percent // 100 if self._ours.tax_paid else 0

    def _with_tax(self, moves: dict[str, int], tax: int) -> dict[str, int]:
        if self._ours.tax_paid and tax:
            moves[self._ours.tax_paid] = tax
        return moves

    def _sold(self, net: int) -> dict[str, Any]:
        return {
            "description": "Work",
            "unitAmount": net / 100,
            "quantity": 1,
            "accountRef": {"id": self._ours.sales},
            "taxRateRef": {"id": self._ours.tax_code},
        }

    def _bought(self, net: int, tax: int) -> dict[str, Any]:
        line: dict[str, Any] = {
            "description": "Paper",
            "unitAmount": net / 100,
            "quantity": 1,
            "taxAmount": tax / 100,
            "totalAmount": (net + tax) / 100,
            "accountRef": {"id": self._ours.expenses},
        }
        return {**line, "taxRateRef": {"id": self._ours.tax_code}} if tax else line


_Maker = Callable[[Writer], Pushed]
_BOTH: tuple[tuple[_Maker, int], ...] = (
    (Writer.customer, 12),
    (Writer.supplier, 8),
    (Writer.invoice, 30),
    (Writer.bill, 20),
    (Writer.journal_entry, 8),
    (Writer.direct_cost, 8),
    (Writer.credit_note, 6),
    (Writer.refused, 3),
    (Writer.incomplete, 1),
    (Writer.on_account, 8),
)
_KINDS: Mapping[EditionName, tuple[tuple[_Maker, int], ...]] = {"uk": _BOTH, "us": _BOTH}
"""What is pushed how often, by edition."""
