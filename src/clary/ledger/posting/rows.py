"""What a posting is: ledger rows that add up to zero, and what moves with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from clary.kernel.errors import Finding
from clary.ledger.posting.views import AccountView, ItemView, OpenDocument, PartyView


class RowKind:
    """Which part of a document a ledger row comes from.

    Plain integers, not an enumeration: SQLite binds nothing else as fast, and a posting in
    bulk is mostly ledger rows.
    """

    CONTROL: Final = 0
    LINE: Final = 1
    TAX: Final = 2
    FREIGHT: Final = 3
    COST: Final = 4
    STOCK: Final = 5
    DISCOUNT: Final = 6
    BANK: Final = 7
    VARIANCE: Final = 8


class Row(NamedTuple):
    """One ledger row: minor units of the base currency, a debit positive."""

    account: int
    amount: int
    kind: int
    line: int | None = None
    item: int | None = None
    quantity: int | None = None
    description: str | None = None


class StockMove(NamedTuple):
    """Stock that goes in (positive) or out (negative), at a cost of the same sign.

    Attributes:
        item: the stock item.
        line: line of the document, from 0.
        quantity: units of five decimals.
        cost: what the stock value moves by, in minor units.
        uses: cost layers that an issue took from: layer number, quantity, cost.
        short: quantity of an issue that no stock covered; it cost nothing yet.
        late: quantity of a receipt that had been sold before; it did not enter stock.
    """

    item: ItemView
    line: int
    quantity: int
    cost: int
    uses: tuple[tuple[int, int, int], ...] = ()
    short: int = 0
    late: int = 0


class Settled(NamedTuple):
    """A part of a credit that settles an open document, in minor units.

    Attributes:
        document: the document that is settled.
        amount: what the credit settles of its open amount, in the base currency.
        discount: what a discount settles besides, in the base currency.
        foreign: what both settle in the document's own currency; 0 in the base currency.
    """

    document: OpenDocument
    amount: int
    discount: int
    foreign: int = 0


@dataclass(slots=True)
class Posting:
    """Everything that one document does to the books.

    Attributes:
        rows: ledger rows; they add up to zero.
        stock: what moves in and out of stock.
        settled: open documents that this one settles.
        party: the customer or vendor, where there is one.
        party_change: what the party's balance moves by (customers: owed to us; vendors:
            owed by us).
        total: the document's total, natural sign.
        tax: tax within the total.
        open: what stays open of the document itself, natural sign.
        foreign_total: the total in the document's own currency; 0 in the base currency.
        foreign_open: what stays open in the document's own currency; 0 in the base one.
        credit: the credit that an allocation takes from; none where the document itself
            is what settles.
        credit_amount: what an allocation takes from it, in the base currency.
        warnings: what a person should know; nothing is stopped.
        filled: fields that the books worked out, to be kept with the document.
    """

    rows: list[Row] = field(default_factory=list)
    stock: list[StockMove] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    party: PartyView | None = None
    party_change: int = 0
    total: int = 0
    tax: int = 0
    open: int = 0
    foreign_total: int = 0
    foreign_open: int = 0
    credit: int | None = None
    credit_amount: int = 0
    warnings: list[Finding] = field(default_factory=list)
    filled: dict[str, object] = field(default_factory=dict)

    def add(
        self,
        account: AccountView,
        amount: int,
        kind: int,
        *,
        line: int | None = None,
        item: ItemView | None = None,
        quantity: int | None = None,
        description: str | None = None,
    ) -> None:
        """Add a ledger row, unless its amount is zero and it carries no quantity."""
        if amount or quantity:
            self.rows.append(
                Row(
                    account.number,
                    amount,
                    kind,
                    line,
                    item.number if item is not None else None,
                    quantity,
                    description,
                )
            )

    @property
    def balanced(self) -> bool:
        """The rows add up to zero."""
        return sum([row.amount for row in self.rows]) == 0
