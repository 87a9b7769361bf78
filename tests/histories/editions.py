"""How the histories speak each edition: the small company, and the bodies of documents."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date
from pathlib import Path

from clary.companies.contract import Session
from clary.companies.sandbox import SandboxCompany, create
from clary.kernel.change import Body, JsonValue
from clary.kernel.money import money_text
from clary.ledger.fields import EditionName

ITEMS = ("FIFO", "LIFO", "AVERAGE")


def lines(*entries: Body) -> JsonValue:
    """Return lines as they stand in a body."""
    return [dict(entry) for entry in entries]


class Speech(ABC):
    """The words of one edition."""

    edition: EditionName
    receivable: str
    payable: str
    inventory: str | None
    take_back: str
    trades_stock: bool
    edits: bool

    def make(self, path: Path) -> None:
        """Make the small company that every history starts from."""
        create(path, name="Histories", edition=self.edition, fiscal_year_start=date(2026, 1, 1))
        with SandboxCompany(path).session(write=True) as session:
            self.fill(session)

    @abstractmethod
    def fill(self, session: Session) -> None:
        """Create accounts, tax codes and items."""

    @abstractmethod
    def party(self, kind: str, name: str) -> Body:
        """Return a new customer or vendor."""

    @abstractmethod
    def sale(self, customer: str, net: int, item: str | None, quantity: int) -> tuple[Body, int]:
        """Return an invoice or credit over `net` and its total with tax."""

    @abstractmethod
    def purchase(self, vendor: str, net: int, item: str | None, quantity: int) -> tuple[Body, int]:
        """Return a bill or vendor credit over `net` and its total with tax."""

    @abstractmethod
    def cash(self, side: str, party: str, amount: int, settles: dict[str, int]) -> Body:
        """Return a receipt or payment."""

    def adjustment(self, item: str, quantity: int, cost: int) -> Body:
        """Return an inventory adjustment; `cost` is minor units for one piece."""
        line: Body = {"item_id": item, "quantity": str(quantity)}
        if quantity > 0:
            line["unit_cost"] = money_text(cost)
        if self.edition == "us":
            line["account_id"] = "6000"
        return {"number": "COUNT", "lines": lines(line)}

    @abstractmethod
    def journal(self, amount: int) -> Body:
        """Return a journal entry."""


class UnitedStates(Speech):
    """The US edition."""

    edition: EditionName = "us"
    receivable = "1100"
    payable = "2000"
    inventory: str | None = "1200"
    take_back = "void"
    trades_stock = True
    edits = True

    def fill(self, session: Session) -> None:
        """Create accounts, a tax code and one item of each costing method."""
        for account_id, account_type in (
            ("1020", "cash"),
            ("1100", "accounts_receivable"),
            ("1200", "inventory"),
            ("2000", "accounts_payable"),
            ("2310", "other_current_liabilities"),
            ("3900", "retained_earnings"),
            ("4000", "income"),
            ("4900", "income"),
            ("5000", "cost_of_sales"),
            ("6000", "expenses"),
        ):
            body: Body = {"id": account_id, "name": account_id, "type": account_type}
            session.create("account", body)
        agencies = lines({"id": "STATE", "rate": "7.25", "account_id": "2310"})
        session.create("tax_code", {"id": "TAX", "agencies": agencies})
        for item in ITEMS:
            session.create(
                "item",
                {
                    "id": item,
                    "description": item,
                    "class": "stock",
                    "cost_method": item.lower(),
                    "sales_account_id": "4000",
                    "inventory_account_id": "1200",
                    "cost_account_id": "5000",
                },
            )

    def party(self, kind: str, name: str) -> Body:
        """Return a new customer (taxed) or vendor."""
        body: Body = {"id": name, "name": name}
        if kind == "customer":
            body["tax_code_id"] = "TAX"
        return body

    def sale(self, customer: str, net: int, item: str | None, quantity: int) -> tuple[Body, int]:
        """Return an invoice or credit memo; tax is 7.25 percent, half up."""
        line: Body = {"amount": money_text(net), "account_id": "4000"}
        if item is not None:
            line |= {"item_id": item, "quantity": str(quantity)}
        body: Body = {
            "customer_id": customer,
            "receivable_account_id": self.receivable,
            "lines": lines(line),
        }
        return body, net + (net * 725 + 5_000) // 10_000

    def purchase(self, vendor: str, net: int, item: str | None, quantity: int) -> tuple[Body, int]:
        """Return a bill or vendor credit."""
        line: Body = {"amount": money_text(net)}
        line |= {"item_id": item, "quantity": str(quantity)} if item else {"account_id": "6000"}
        body: Body = {
            "vendor_id": vendor,
            "payable_account_id": self.payable,
            "lines": lines(line),
        }
        return body, net

    def cash(self, side: str, party: str, amount: int, settles: dict[str, int]) -> Body:
        """Return a receipt or payment that applies to documents by transaction number."""
        applied: list[Body] = [
            {"transaction_number": int(number), "amount": money_text(part)}
            for number, part in settles.items()
        ]
        return {
            "reference": "CASH",
            f"{side}_id": party,
            "cash_account_id": "1020",
            "amount": money_text(amount),
            "applications": lines(*applied),
        }

    def journal(self, amount: int) -> Body:
        """Return a journal entry between two ordinary accounts."""
        debit: Body = {"account_id": "6000", "amount": money_text(amount)}
        credit: Body = {"account_id": "1020", "amount": money_text(-amount)}
        return {"number": "J", "lines": lines(debit, credit)}


class UnitedKingdom(Speech):
    """The UK edition: ledger postings move no stock, and stock is not in the nominal ledger."""

    edition: EditionName = "uk"
    receivable = "1100"
    payable = "2100"
    inventory: str | None = None
    take_back = "reverse"
    trades_stock = False
    edits = False

    def fill(self, session: Session) -> None:
        """Create items and a nominal account; Sage gives the rest."""
        session.create("account", {"id": "7500", "name": "Printing"})
        for item in ITEMS:
            body: Body = {"id": item, "description": item, "tax_code_id": "T1"}
            session.create("item", body)

    def party(self, kind: str, name: str) -> Body:
        """Return a new customer or supplier."""
        del kind
        return {"id": name, "name": name}

    def _line(self, net: int, item: str | None, quantity: int, nominal: str) -> Body:
        line: Body = {"amount": money_text(net), "account_id": nominal, "tax_code_id": "T1"}
        if item is not None:
            line |= {"item_id": item, "quantity": str(quantity)}
        return line

    def sale(self, customer: str, net: int, item: str | None, quantity: int) -> tuple[Body, int]:
        """Return an invoice or credit note; value added tax is 20 percent, half up."""
        line = self._line(net, item, quantity, "4000")
        return {"customer_id": customer, "lines": lines(line)}, net + (net * 20 + 50) // 100

    def purchase(self, vendor: str, net: int, item: str | None, quantity: int) -> tuple[Body, int]:
        """Return a purchase invoice or credit note."""
        line = self._line(net, item, quantity, "5000")
        return {"vendor_id": vendor, "lines": lines(line)}, net + (net * 20 + 50) // 100

    def cash(self, side: str, party: str, amount: int, settles: dict[str, int]) -> Body:
        """Return a receipt or payment that applies to documents by transaction number."""
        applied: list[Body] = [
            {"transaction_number": int(number), "amount": money_text(part)}
            for number, part in settles.items()
        ]
        return {
            "reference": "CASH",
            f"{side}_id": party,
            "cash_account_id": "1200",
            "amount": money_text(amount),
            "applications": lines(*applied),
        }

    def journal(self, amount: int) -> Body:
        """Return a journal entry between two ordinary accounts."""
        debit: Body = {"account_id": "7500", "amount": money_text(amount)}
        credit: Body = {"account_id": "1200", "amount": money_text(-amount)}
        return {"number": "J", "lines": lines(debit, credit)}
