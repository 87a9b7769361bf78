"""What a seeded site needs to know of its service company, in either country."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")

MAIN, BRANCH, TRAINING, CLOSED_BRANCH = 1, 2, 3, 4
"""Locations: clean documents are at the first two, deliberate gaps at Training, none at the
last."""

HARDWARE, LABOUR, LICENCES, KITS, UNMAPPED, ODDS, FEES = 1, 2, 3, 4, 5, 6, 7
"""Subcategories of the catalog; the mapping of kits names an account that no books have, and
the unmapped ones have no mapping at all."""

PART, SERVICE, LICENCE, FEE, LOOSE = 1, 2, 3, 4, 5
"""Product types; the loose one has no cross-reference."""

OPEN_STATUS, SENT_STATUS, CLOSED_STATUS = 1, 2, 3
BASE_CURRENCY, EURO = 1, 2
OWN_COMPANY = 1


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a tax code: rate in percent, caption, names in the books, and its accounts."""

    rate: str
    caption: str
    xref: str
    agency: str
    sales_account: str
    purchase_account: str


@dataclass(frozen=True, slots=True)
class Code:
    """A tax code of the site."""

    identifier: str
    description: str
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True)
class ProductAccounts:
    """The mapping of a subcategory: sales, cost, what the cost is taken out of, purchases."""

    sales: str
    cost: str
    inventory: str
    purchase: str


@dataclass(frozen=True, slots=True)
class World:
    """The service company and its accounts.

    Attributes:
        edition: us or uk, whose demo books the site fits.
        name: of the service company.
        currency: ISO code, name and symbol of the base currency.
        country: id, code and name.
        tax_per_line: tax is rounded by line and not by document.
        taxes: tax codes; the last one is unknown to the books.
        usual_tax: what new customers have.
        customers: account number, name, tax code, street, town, region, postal code, contact.
        new_customers: the same, of customers that the books do not have yet.
        vendors: vendor number, name, street, town, region, postal code.
        new_vendors: the same, of vendors that the books do not have yet.
        members: identifier, first and last name, vendor number, role, location.
        accounts: account of each use by name.
        products: mapping of each subcategory.
        departments: identifier and name.
        price_percent: prices are this share of those in the catalog.
        receipts: the books take goods whose bill has not come yet.
        on_hold: customer whose credit is held in the books; empty if there is none.
        inactive: customer that is inactive in the books.
        foreign: customer that is billed in euros.
        phone: pattern of telephone numbers.
    """

    edition: str
    name: str
    currency: tuple[str, str, str]
    country: tuple[int, str, str]
    tax_per_line: bool
    taxes: tuple[Code, ...]
    usual_tax: str
    customers: str
    new_customers: str
    vendors: str
    new_vendors: str
    members: str
    accounts: dict[str, str]
    products: dict[int, ProductAccounts]
    departments: tuple[tuple[str, str], ...]
    price_percent: int
    receipts: bool
    on_hold: str
    inactive: str
    foreign: str
    phone: str


@dataclass(slots=True)
class Dice:
    """Chance from a fixed seed, so that every site is the same."""

    seed: int
    _random: Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)  # noqa: S311 - plausible data, not secrets

    def between(self, low: int, high: int) -> int:
        """Return a whole number; both bounds can come."""
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[int(self._random.random() * len(choices))]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days of the seeded documents, counted back from the day the site is made."""

    today: date

    def ago(self, days: int) -> str:
        """Return the day so many days ago, never before the start of last year."""
        first = date(self.today.year - 1, 1, 1)
        return max(first, self.today - timedelta(days=days)).isoformat()

    def before_the_books(self) -> str:
        """Return a day of the year before last, which demo books do not reach back to."""
        return date(self.today.year - 2, 12, 1).isoformat()


def rows_of(text: str) -> list[list[str]]:
    """Return the cells of a table that is written one row a line."""
    return [line.split("|") for line in text.strip().splitlines()]
