"""The books that posting rules see in a rehearsal: the company's, and what the plan does.

Stock costs what its layers cost.  No door tells the layers, so that stock which is there
already counts as one layer at its average cost: costs taken out of it are estimates, and
exact for items that are costed at their average.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from clary.flows.rehearsal import paper
from clary.flows.rehearsal.papers import Papers
from clary.flows.rehearsal.shelves import Shelves
from clary.flows.rehearsal.wanted import NUMBERED, Wanted
from clary.kernel.change import Body
from clary.ledger.posting.allocating import INVOICES
from clary.ledger.posting.calendar import Calendar
from clary.ledger.posting.rows import Posting, StockMove
from clary.ledger.posting.settle import own_layer
from clary.ledger.posting.stored import units_of
from clary.ledger.posting.uk_currency import RATE_PLACES
from clary.ledger.posting.views import (
    AccountView,
    ItemView,
    OpenDocument,
    PartyView,
    Policy,
    TaxCodeView,
)
from clary.ledger.record import Record, RecordType

OPENING: Final = 0
"""Number of the layer that stands for the stock which the company has already."""

TAX_CODE: Final = "tax_code"
"""The record type of tax codes, and how the names of defaults end that hold one."""

Layers = list[tuple[int, int, int]]


class RehearsalBooks:
    """Implements what posting rules look up (`Lookups`) without a company's file."""

    def __init__(
        self, policy: Policy, calendar: Calendar, shelves: Shelves, papers: Papers
    ) -> None:
        """Look things up on `shelves` and in `papers`."""
        self.policy = policy
        self.shelves = shelves
        self.papers = papers
        self._calendar = calendar
        self._layers: dict[str, Layers] = {}
        self._last_layer = OPENING
        self._drifted: set[str] = set()

    def fetch(self, wanted: Wanted) -> None:
        """Read ahead what a group of documents will look up, defaults included."""
        for name, key in self.policy.defaults.items():
            is_code = name.endswith(TAX_CODE)
            wanted.records.setdefault(TAX_CODE if is_code else "account", set()).add(key)
        self.shelves.fetch(wanted.records)
        self.papers.fetch(wanted)

    def end_group(self) -> None:
        """Keep no more than must be kept between two groups of documents."""
        self.papers.flush()
        self.shelves.trim()

    # -- lookups (posting rules read through these) ----------------------------------------

    def account(self, account_id: str) -> AccountView | None:
        """Return the account with this ID, or none."""
        return self.shelves.accounts[account_id]

    def customer(self, customer_id: str) -> PartyView | None:
        """Return the customer with this ID, or none."""
        return self.shelves.customers[customer_id]

    def vendor(self, vendor_id: str) -> PartyView | None:
        """Return the vendor with this ID, or none."""
        return self.shelves.vendors[vendor_id]

    def item(self, item_id: str) -> ItemView | None:
        """Return the item with this ID, or none."""
        return self.shelves.items[item_id]

    def tax_code(self, tax_code_id: str) -> TaxCodeView | None:
        """Return the tax code with this ID, or none."""
        return self.shelves.tax_codes[tax_code_id]

    def known(self, record_type: str, key: str) -> bool:
        """Tell whether a list record exists."""
        return self.shelves.known(record_type, key)

    def closed_reason(self, day: date) -> tuple[str, str] | None:
        """Return why nothing can be posted on `day` and what to do, or none."""
        return self._calendar.closed_reason(day)

    def has_document(self, record_type: str, party: PartyView, number: str) -> bool:
        """Tell whether the party has a live document of this type and number."""
        return self.papers.has(record_type, party.id, number)

    def open_documents(
        self, party: PartyView, *, number: str | None, transaction_number: int | None
    ) -> list[OpenDocument]:
        """Return the party's live documents with this number or transaction number."""
        types = INVOICES[party.type]
        if transaction_number is not None:
            found = self.open_document(party, transaction_number, types)
            return [] if found is None else [found]
        return [] if number is None else self.papers.numbered(types[0], party.id, number)

    def open_document(
        self, party: PartyView, number: int, types: tuple[str, ...]
    ) -> OpenDocument | None:
        """Return a live, posted document of a party that is of one of `types`, or none."""
        each = (self.papers.transaction(name, party.id, number) for name in types)
        return next((found for found in each if found is not None), None)

    def layers(self, item: ItemView) -> Layers:
        """Return the item's open cost layers, oldest first: number, quantity, cost."""
        found = self._layers.get(item.id)
        if found is None:
            there = item.quantity > 0
            found = [(OPENING, item.quantity, item.value)] if there else []
            self._layers[item.id] = found
        return found

    # -- what the plan does ----------------------------------------------------------------

    def add_record(self, record_type: str, body: Body) -> None:
        """Add a list record that the plan creates."""
        self.shelves.add(record_type, body)
        if record_type == "currency" and body.get("rate"):
            rate = units_of(str(body["rate"]), RATE_PLACES)
            self.policy = replace(self.policy, rates={**self.policy.rates, str(body["id"]): rate})

    def enter(self, declared: RecordType, typed: Record, posting: Posting) -> set[int]:
        """Let a document that passed count for those after it.

        Returns:
            The lines whose cost is an estimate, from 0.
        """
        estimated = self._enter_stock(posting, bought=declared.name == "purchase")
        for settled in posting.settled:
            invoice = settled.document.transaction_number
            self.papers.settle(invoice, settled.amount + settled.discount, settled.foreign)
            if posting.credit is not None:
                self.papers.settle(posting.credit, posting.credit_amount, settled.foreign)
        if posting.party is not None:
            self.shelves.move_party(posting.party, posting.party_change)
            if declared.name in NUMBERED:
                number, ids = self.papers.next_number(), self.shelves.accounts.ids
                self.papers.add(paper.of_posting(declared, typed, posting, number, ids))
        return estimated

    def _enter_stock(self, posting: Posting, *, bought: bool) -> set[int]:
        estimated: set[int] = set()
        own: dict[int, int] = {}
        for move in posting.stock:
            self.shelves.move_item(move.item, move.quantity, move.cost)
            if move.item.cost_method != "average":
                self._move_layers(move, own)
                if move.item.id in self._drifted and not bought:
                    estimated.add(move.line)
        return estimated

    def _move_layers(self, move: StockMove, own: dict[int, int]) -> None:
        """Add what a move brings and take what it uses; `own` numbers its document's layers."""
        item = move.item
        layers = self.layers(item)
        if move.quantity > move.late:
            self._last_layer += 1
            own[own_layer(move.line)] = self._last_layer
            layers.append((self._last_layer, move.quantity - move.late, move.cost))
        used = {own.get(layer, layer): (taken, cost) for layer, taken, cost in move.uses}
        if OPENING in used:
            self._drifted.add(item.id)
        if used:
            left = (_less(layer, used.get(layer[0], (0, 0))) for layer in layers)
            self._layers[item.id] = [layer for layer in left if layer[1]]


def _less(layer: tuple[int, int, int], used: tuple[int, int]) -> tuple[int, int, int]:
    number, quantity, cost = layer
    return number, quantity - used[0], cost - used[1]
