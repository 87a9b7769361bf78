"""Business of the UK demo company in euros: each document at the rate of its day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clary.companies.sandbox.seed import uk_tables as tables
from clary.companies.sandbox.seed.story import (
    Cast,
    Event,
    Month,
    applied_to,
    listed,
    money,
)
from clary.kernel.change import Body
from clary.kernel.money import round_half_up

_RATE_PLACES = 4
_SPREAD = 3


@dataclass(slots=True)
class Abroad:
    """One customer in Germany and one supplier in Ireland, each with a bill a month."""

    cast: Cast
    sold: tuple[str, Decimal] | None = None
    bought: tuple[str, Decimal] | None = None

    def on(self, month: Month, day: date) -> Iterator[Event]:
        """Yield invoice and bill of the month, and the money of the month before."""
        if day == month.on_or_after(9) and self.sold is not None:
            yield self._money(day, "receipt", "customer_id", tables.EURO_CUSTOMER, self.sold)
        if day == month.on_or_after(12):
            yield self._invoice(day)
        if day == month.on_or_after(13):
            if self.bought is not None:
                yield self._money(day, "payment", "vendor_id", tables.EURO_SUPPLIER, self.bought)
            yield self._bill(day)

    def _rate(self) -> str:
        percent = Decimal(self.cast.dice.between(-_SPREAD * 10, _SPREAD * 10)) / 10
        return str(round_half_up(tables.EURO_RATE * (100 + percent) / 100, _RATE_PLACES))

    def _invoice(self, day: date) -> Event:
        number, amount = self.cast.number("abroad", 900, "EX"), self._near(tables.EURO_SALE)
        self.sold = (number, amount)
        line = self._line("4003", "Remote support", amount, tables.SERVICES_SOLD_ABROAD)
        body: Body = {
            "number": number,
            "customer_id": tables.EURO_CUSTOMER,
            "form": "ledger",
            "currency": "EUR",
            "exchange_rate": self._rate(),
            "lines": listed(line),
        }
        return Event(day, "sales_invoice", body)

    def _bill(self, day: date) -> Event:
        number, amount = self.cast.number("liffey", 5100, "LS"), self._near(tables.EURO_PURCHASE)
        self.bought = (number, amount)
        line = self._line("5003", "Monitoring licences", amount, tables.SERVICES_BOUGHT_ABROAD)
        body: Body = {
            "number": number,
            "vendor_id": tables.EURO_SUPPLIER,
            "currency": "EUR",
            "exchange_rate": self._rate(),
            "lines": listed(line),
        }
        return Event(day, "purchase", body)

    def _near(self, amount: Decimal) -> Decimal:
        return self.cast.dice.near(amount, 8)

    def _line(self, account: str, text: str, amount: Decimal, tax: str) -> Body:
        return {
            "account_id": account,
            "description": text,
            "amount": money(amount),
            "tax_code_id": tax,
            "department_id": tables.SUPPORT,
        }

    def _money(
        self, day: date, record_type: str, field: str, party: str, owed: tuple[str, Decimal]
    ) -> Event:
        number, amount = owed
        body: Body = {
            "reference": self.cast.number("sepa", 300, "SEPA"),
            field: party,
            "cash_account_id": tables.EURO_BANK,
            "currency": "EUR",
            "exchange_rate": self._rate(),
            "amount": money(amount),
            "applications": applied_to(number, amount),
        }
        return Event(day, record_type, body)
