"""References that stand in a real company: found where they exist, made where they do not.

Records are made in order of dependency, each only when something first refers to it, so
that a driver that can do little is not asked for more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from clary.companies.conformance import bodies, fitting
from clary.companies.conformance.references import (
    ACCOUNTS,
    Agency,
    OpenDocument,
    Purpose,
    Tax,
    account_body,
    key_shape,
)
from clary.companies.contract import Info, Operation, Query, Session, TypeCapability
from clary.companies.keys import Key, KeyKind, key_of
from clary.kernel.change import Body, JsonValue, Written
from clary.kernel.errors import Rejected, Unsupported
from clary.ledger import filters
from clary.ledger.fields import EditionName
from clary.ledger.filters import declared_fields
from clary.ledger.registry import record_type

_EXISTING_FIRST: Final = frozenset({"account", "bank", "tax_code", "currency"})
"""Types of which a company usually has what is needed; of others a new record is made."""

ANY_DAY: Final = date(2026, 1, 10)
"""Day of documents where the door knows of no periods."""

_TRIES: Final = 1_000


@dataclass
class Stock:
    """What has been found or made in one company so far; it outlives sessions."""

    keys: dict[tuple[str, str], str | None] = field(default_factory=dict)
    tax: list[Tax] = field(default_factory=list)
    serial: int = 0


class Furnisher:
    """References in one company, through one session."""

    def __init__(
        self,
        session: Session,
        info: Info,
        capabilities: Mapping[str, TypeCapability],
        stock: Stock,
    ) -> None:
        """Find and make records through `session`; `stock` remembers them."""
        self._session = session
        self._info = info
        self._capabilities = capabilities
        self._stock = stock
        self.edition: EditionName = info.edition

    @property
    def day(self) -> date:
        """The tenth day of the first open period that is not locked, if there are periods."""
        if not self._info.periods:
            return ANY_DAY
        lock = self._info.lock_date or date.min
        for period in self._info.periods:
            if period.open and period.end > lock:
                return max(period.start + timedelta(days=9), lock + timedelta(days=1))
        message = f"{self._info.name} has no open period"
        raise AssertionError(message)

    def serial(self) -> int:
        """Return the next number of a record."""
        self._stock.serial += 1
        return self._stock.serial

    def can(self, type_name: str, operation: Operation) -> bool:
        """Tell whether the door does the operation at all."""
        found = self._capabilities.get(type_name)
        return found is not None and found.can(operation)

    def new_key(self, type_name: str) -> str:
        """Return a key that no record of the type has."""
        for _ in range(_TRIES):
            key = key_shape(type_name, self.edition, self.serial())
            if not self.can(type_name, Operation.READ) or self._absent(type_name, key):
                return key
        message = f"every key for a new {type_name} is taken"
        raise AssertionError(message)

    def _absent(self, type_name: str, key: str) -> bool:
        return self._session.get_many(type_name, [Key(KeyKind.ID, key)]) == [None]

    def key(self, type_name: str, purpose: str = "") -> str | None:
        """Return the key of a record for a purpose; none where there is and can be none."""
        wanted = (type_name, str(purpose))
        if wanted not in self._stock.keys:
            self._stock.keys[wanted] = self._find_or_make(type_name, str(purpose))
        return self._stock.keys[wanted]

    def _find_or_make(self, type_name: str, purpose: str) -> str | None:
        if type_name == "currency":
            return self._base_currency()
        if type_name in _EXISTING_FIRST:
            existing = self._find(type_name, purpose)
            if existing is not None:
                return existing
        if self.can(type_name, Operation.CREATE):
            return self._make(type_name, purpose)
        if not self.can(type_name, Operation.READ):
            # The door knows nothing of such records; whoever writes can only trust the key.
            return key_shape(type_name, self.edition, self.serial())
        return self._first(type_name, "") if not purpose else None

    def _base_currency(self) -> str:
        """Return the base currency, which some companies keep as a record of its own."""
        code = self._info.currency
        makes = self.can("currency", Operation.READ) and self.can("currency", Operation.CREATE)
        if makes and self._absent("currency", code):
            self._session.create("currency", {"id": code})
        return code

    def _find(self, type_name: str, purpose: str) -> str | None:
        if type_name == "account" and self.edition == "uk" and purpose == Purpose.CASH:
            return self.key("bank")
        if type_name == "account":
            wanted, _ = ACCOUNTS[self.edition].get(purpose, ACCOUNTS[self.edition][Purpose.INCOME])
            kind = " and kind = 'normal'" if self.edition == "uk" else ""
            return self._first("account", f"type = '{wanted}' and inactive = false{kind}")
        if type_name == "bank":
            others = f"id <> '{self.key('bank')}'" if purpose == Purpose.SECOND else ""
            return self._first("bank", others)
        return None

    def _first(self, type_name: str, condition: str) -> str | None:
        """Return the key of the first record that meets a condition, none if there is none."""
        if not self.can(type_name, Operation.READ):
            return None
        declared = record_type(type_name)
        where = None
        if condition:
            fields = declared_fields(declared, self.edition, self._info.release)
            where = filters.check(filters.parse(condition), fields)
        for body in self._session.read(type_name, Query(where=where, limit=1)):
            return str(body[declared.key])
        return None

    def _make(self, type_name: str, purpose: str) -> str | None:
        body = bodies.minimal(type_name, self.edition, self._info.release, self)
        body.update(self._particular(type_name, purpose))
        written = self._create(type_name, body)
        # What was only handed over has no key yet, but will have the stated one.
        return written.key or str(body[record_type(type_name).key])

    def _create(self, type_name: str, body: Body) -> Written:
        capability = self._capabilities.get(type_name)
        return fitting.create(self._session, capability, type_name, body)

    def _particular(self, type_name: str, purpose: str) -> Body:
        """Return what a record for this purpose holds beyond the smallest body."""
        if type_name == "account":
            return account_body(purpose, self.edition)
        if type_name == "item":
            return self._item(is_stock=purpose == Purpose.STOCK)
        return {}

    def _item(self, *, is_stock: bool) -> Body:
        if self.edition == "uk":
            return {
                "class": "stock" if is_stock else "non_stock",
                "sales_account_id": self.key("account", Purpose.INCOME),
                "purchase_account_id": self.key("account", Purpose.COST),
            }
        other = Purpose.INVENTORY if is_stock else Purpose.EXPENSE
        return {
            "class": "stock" if is_stock else "service",
            "unit_cost": "3",
            "sales_account_id": self.key("account", Purpose.INCOME),
            "inventory_account_id": self.key("account", other),
            "cost_account_id": self.key("account", Purpose.COST),
        }

    def tax(self) -> Tax | None:
        """Return a tax code that charges tax: an existing one (UK), or one that is made."""
        if not self._stock.tax:
            found = self._uk_tax() if self.edition == "uk" else self._us_tax()
            if found is None:
                return None
            self._stock.tax.append(found)
        return self._stock.tax[0]

    def _uk_tax(self) -> Tax | None:
        """Return the code of 20 percent that is no reverse charge, else a new one."""
        key = self._first("tax_code", "rate = 20 and reverse_charge = false")
        if key is None and self.can("tax_code", Operation.CREATE):
            key = self._session.create(
                "tax_code", {"id": self.new_key("tax_code"), "rate": "20"}
            ).key
        return None if key is None else Tax(key, rate=Decimal(20))

    def _us_tax(self) -> Tax | None:
        key = self._make_us_tax() or self._first("tax_code", "exempt = false")
        if key is None or not self.can("tax_code", Operation.READ):
            return None
        body = self._session.get("tax_code", Key(KeyKind.ID, key))
        agencies = body.get("agencies")
        entries = agencies if isinstance(agencies, list) else []
        return Tax(
            key,
            tuple(_agency(entry) for entry in entries if isinstance(entry, dict)),
            tax_freight=bool(body.get("tax_freight")),
        )

    def _make_us_tax(self) -> str | None:
        if not self.can("tax_code", Operation.CREATE):
            return None
        agency: Body = {
            "id": "STATE",
            "description": "State tax",
            "rate": "5",
            "account_id": self.key("account", Purpose.TAX),
        }
        body: Body = {"id": self.new_key("tax_code"), "agencies": [agency]}
        return self._session.create("tax_code", body).key

    def open_document(self, type_name: str) -> OpenDocument | None:
        """Return a fresh document of the usual party, none where the door cannot make one."""
        if not self.can(type_name, Operation.CREATE):
            return None
        declared = record_type(type_name)
        body = bodies.minimal(type_name, self.edition, self._info.release, self)
        number = f"D{self.serial()}"
        if declared.name in ("sales_order", "purchase_order", "quote"):
            number = str(1_000_000 + self.serial())
        if declared.number is not None:
            body[declared.number] = number
        try:
            written = self._create(type_name, body)
        except (Rejected, Unsupported) as error:
            message = f"a {type_name} to refer to was refused: {error}"
            raise AssertionError(message) from error
        if written.key is None or written.delivered:
            return None
        stored = self._session.get(type_name, key_of(declared, written.key))
        still_open = stored.get("amount_due") or stored.get("total") or "0"
        return OpenDocument(type_name, int(written.key), number, Decimal(str(still_open)))


def _agency(entry: Mapping[str, JsonValue]) -> Agency:
    return Agency(
        id=str(entry["id"]),
        description=str(entry.get("description") or ""),
        account_id=str(entry["account_id"]),
        rate=Decimal(str(entry["rate"])),
    )
