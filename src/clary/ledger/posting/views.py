"""What posting rules see of the lists: small, typed, in integer units.

Amounts are minor units of the base currency; quantities, unit prices and unit costs are
integers of five decimals; tax rates are integers of six decimals of a percent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

PRICE_UNITS = 100_000
"""How many integer units make a quantity or unit price of 1."""

RATE_UNITS = 100_000_000
"""How many integer units make a tax rate of 100 percent."""

EXCHANGE_UNITS = 1_000_000
"""How many integer units make an exchange rate of 1 (foreign units per base unit)."""


@dataclass(slots=True)
class AccountView:
    """One account: `number` is its record number, which never changes."""

    number: int
    id: str
    name: str
    type: str
    kind: str | None
    inactive: bool
    currency: str | None = None


@dataclass(slots=True)
class PartyView:
    """One customer or vendor, with the figures that postings move."""

    number: int
    id: str
    type: str
    name: str
    inactive: bool
    prospect: bool
    credit_status: str | None
    credit_limit: int | None
    balance: int
    tax_code_id: str | None
    account_id: str | None
    terms: str | None
    due_days: int
    discount_days: int
    discount_percent: int
    payment_due_from: str | None = None
    on_hold: bool = False
    terms_agreed: bool = True
    currency: str | None = None
    department_id: str | None = None
    last_invoice_date: str | None = None
    last_payment_date: str | None = None


@dataclass(slots=True)
class ItemView:
    """One item, with the figures that postings move."""

    number: int
    id: str
    item_class: str
    description: str
    inactive: bool
    tax_type: int
    tax_code_id: str | None
    sales_account_id: str | None
    inventory_account_id: str | None
    cost_account_id: str | None
    purchase_account_id: str | None
    cost_method: str
    unit_cost: int
    quantity: int
    value: int
    department_id: str | None = None

    @property
    def is_stock(self) -> bool:
        """Quantity and value of the item are kept."""
        return self.item_class in ("stock", "assembly")


@dataclass(frozen=True, slots=True)
class AgencyView:
    """One agency of a US tax code."""

    id: str
    description: str
    rate: int
    account_id: str


@dataclass(frozen=True, slots=True)
class TaxCodeView:
    """One tax code: agencies (US) or one rate (UK)."""

    id: str
    exempt: bool = False
    tax_freight: bool = False
    agencies: tuple[AgencyView, ...] = ()
    rate: int = 0
    reverse_charge: bool = False
    inactive: bool = False


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A posted document that can be paid or credited: minor units, natural sign.

    Attributes:
        open: what is open of it, in the base currency.
        total: its total, in the base currency.
        currency: its currency; none is the base currency.
        rate: its exchange rate in units of six decimals; 0 in the base currency.
        foreign_total: its total in its own currency; 0 in the base currency.
        foreign_open: what is open of it in its own currency; 0 in the base currency.
    """

    transaction_number: int
    record_type: str
    number: str | None
    party: int
    date: str
    open: int
    total: int
    account_id: str
    currency: str | None = None
    rate: int = 0
    foreign_total: int = 0
    foreign_open: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """Settings of the company that rules depend on.

    Attributes:
        rates: exchange rate of each foreign currency in units of six decimals (UK).
        on_hold: what an account on hold does to documents (UK): warn or stop.
        terms_not_agreed: what an account without agreed terms does (UK): warn or stop.
        party_defaults_required: a customer or vendor is refused while the default account
            that it would take is not set (US); else it is only warned of.
    """

    edition: str
    currency: str
    defaults: Mapping[str, str]
    tax_types: Mapping[int, bool]
    negative_stock: bool
    foreign_trader: bool
    credit_over_limit: str = "warn"
    extra: Mapping[str, str] = field(default_factory=dict)
    rates: Mapping[str, int] = field(default_factory=dict)
    on_hold: str = "warn"
    terms_not_agreed: str = "warn"
    party_defaults_required: bool = False


class Lookups(Protocol):
    """How posting rules look things up in a company's books."""

    policy: Policy

    def account(self, account_id: str) -> AccountView | None:
        """Return the account with this ID, or none."""
        ...

    def customer(self, customer_id: str) -> PartyView | None:
        """Return the customer with this ID, or none."""
        ...

    def vendor(self, vendor_id: str) -> PartyView | None:
        """Return the vendor with this ID, or none."""
        ...

    def item(self, item_id: str) -> ItemView | None:
        """Return the item with this ID, or none."""
        ...

    def tax_code(self, tax_code_id: str) -> TaxCodeView | None:
        """Return the tax code with this ID, or none."""
        ...

    def open_documents(
        self, party: PartyView, *, number: str | None, transaction_number: int | None
    ) -> list[OpenDocument]:
        """Return the party's live documents with this number or transaction number."""
        ...

    def has_document(self, record_type: str, party: PartyView, number: str) -> bool:
        """Tell whether the party has a live document of this type and number."""
        ...

    def closed_reason(self, day: date) -> tuple[str, str] | None:
        """Return why nothing can be posted on `day` and what to do, or none."""
        ...

    def known(self, record_type: str, key: str) -> bool:
        """Tell whether a list record exists."""
        ...

    def layers(self, item: ItemView) -> list[tuple[int, int, int]]:
        """Return the item's open cost layers, oldest first: number, quantity, cost."""
        ...
