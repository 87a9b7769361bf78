"""What bodies refer to: accounts by what they are for, parties, items, open documents.

`bodies` asks for a reference by record type and purpose and does not care where it comes
from: `Furnisher` finds or makes the record in a company, in order of dependency, and
`Invented` gives plausible keys without any company.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

from clary.kernel.change import Body
from clary.ledger.fields import EditionName


class Purpose(StrEnum):
    """What an account, item or bank is needed for; the empty one is the usual record."""

    USUAL = ""
    CASH = "cash"
    RECEIVABLE = "receivable"
    PAYABLE = "payable"
    INVENTORY = "inventory"
    INCOME = "income"
    EXPENSE = "expense"
    COST = "cost"
    TAX = "tax"
    STOCK = "stock"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency of a US tax code; the rate is in percent."""

    id: str
    description: str
    account_id: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax code with its rates in percent: of agencies (US), or its own (UK)."""

    id: str
    agencies: tuple[Agency, ...] = ()
    rate: Decimal = Decimal(0)
    tax_freight: bool = False


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document that others can settle or refer to."""

    record_type: str
    transaction_number: int
    number: str | None
    open: Decimal


class References(Protocol):
    """Where bodies get what they refer to."""

    @property
    def day(self) -> date:
        """A day on which documents can be posted."""
        ...

    def serial(self) -> int:
        """Return the next number of a record; it is never given twice."""
        ...

    def key(self, record_type: str, purpose: str = "") -> str | None:
        """Return the key of a record that can be referred to, none where there can be none."""
        ...

    def new_key(self, record_type: str) -> str:
        """Return a key that no record of the type has."""
        ...

    def tax(self) -> Tax | None:
        """Return a tax code that charges tax, none where there can be none."""
        ...

    def open_document(self, record_type: str) -> OpenDocument | None:
        """Return a fresh document of the usual party, none where there can be none."""
        ...


US_ACCOUNTS: Final[dict[str, tuple[str, str]]] = {
    Purpose.CASH: ("cash", "Checking account"),
    Purpose.RECEIVABLE: ("accounts_receivable", "Accounts receivable"),
    Purpose.PAYABLE: ("accounts_payable", "Accounts payable"),
    Purpose.INVENTORY: ("inventory", "Inventory"),
    Purpose.INCOME: ("income", "Sales"),
    Purpose.EXPENSE: ("expenses", "Wages"),
    Purpose.COST: ("cost_of_sales", "Cost of sales"),
    Purpose.TAX: ("other_current_liabilities", "Sales tax payable"),
}
UK_ACCOUNTS: Final[dict[str, tuple[str, str]]] = {
    Purpose.INCOME: ("sales", "Sales"),
    Purpose.EXPENSE: ("overheads", "Wages"),
    Purpose.COST: ("purchases", "Materials"),
}
ACCOUNTS: Final[dict[EditionName, dict[str, tuple[str, str]]]] = {
    "us": US_ACCOUNTS,
    "uk": UK_ACCOUNTS,
}
"""Type and name of the account for each purpose; other purposes mean income or a bank."""


def key_shape(record_type: str, edition: EditionName, serial: int) -> str:
    """Return the key number `serial` of a record type, in the shape its edition asks for."""
    if record_type == "currency":
        # Codes that are no country's; an edition may know which are real, and refuse these.
        return f"Q{chr(65 + serial // 26 % 26)}{chr(65 + serial % 26)}"
    if record_type == "user":
        return f"CONF{serial}"
    if edition == "uk" and record_type == "tax_code":
        # A company may have all of T0 to T99; then only a code of another shape is new.
        return f"K{serial % 100:02d}" if serial // 100 % 2 else f"T{serial % 100}"
    if edition == "uk" and record_type == "department":
        return str(1 + serial % 999)
    if edition == "uk" and record_type == "account":
        return f"70{serial:05d}"
    if edition == "uk" and record_type == "bank":
        return f"12{serial:05d}"
    return f"K{serial:05d}"


@dataclass
class Invented:
    """References that no company has: for bodies that are only looked at, never written."""

    edition: EditionName
    day: date
    base_currency: str = "USD"
    _given: int = field(default=0, repr=False)
    _keys: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)

    def serial(self) -> int:
        """Return the next number."""
        self._given += 1
        return self._given

    def new_key(self, record_type: str) -> str:
        """Return a new key of the type's shape."""
        return key_shape(record_type, self.edition, self.serial())

    def key(self, record_type: str, purpose: str = "") -> str:
        """Return the same key whenever the same is asked for."""
        if record_type == "currency":
            return self.base_currency
        if (record_type, purpose) not in self._keys:
            self._keys[record_type, purpose] = self.new_key(record_type)
        return self._keys[record_type, purpose]

    def tax(self) -> Tax:
        """Return a tax code with one agency of 5 percent (US), or of 20 percent (UK)."""
        code = self.key("tax_code")
        if self.edition == "uk":
            return Tax(code, rate=Decimal(20))
        account = self.key("account", Purpose.TAX)
        return Tax(code, (Agency("STATE", "State tax", account, Decimal(5)),))

    def open_document(self, record_type: str) -> OpenDocument:
        """Return a document of 25.00 that nobody made."""
        serial = self.serial()
        return OpenDocument(record_type, serial, f"D{serial}", Decimal("25.00"))


def account_body(purpose: str, edition: EditionName) -> Body:
    """Return what an account for a purpose must hold, beside its key."""
    account_type, name = ACCOUNTS[edition].get(purpose, ACCOUNTS[edition][Purpose.INCOME])
    return {"name": name, "type": account_type}
