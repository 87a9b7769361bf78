"""List records of a company as posting rules see them, read in bulk when first needed.

A shelf keeps the views of one record type by the keys that documents state.  What the plan
itself creates stands on the same shelf.  Only so many views are kept; what documents have
moved is remembered beside them, so that a view which is read again stands as it stood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import Any, Final, Generic, TypeVar

from clary.companies.contract import Session
from clary.companies.keys import Key, KeyKind
from clary.flows.operations.references import ALSO
from clary.kernel.change import Body
from clary.kernel.errors import Unsupported
from clary.ledger.fields import EditionName
from clary.ledger.posting import stored
from clary.ledger.posting.views import AccountView, ItemView, PartyView

View = TypeVar("View")

KEPT: Final = 20_000
"""Most views of one record type that are kept from one group of documents to the next."""


class Shelf(dict[str, View | None], Generic[View]):
    """The views of one record type; a key that no record has stands for none."""

    def __init__(
        self,
        session: Session,
        record_type: str,
        make: Callable[[Body], View],
        kept: int | None,
    ) -> None:
        """Read through `session`.

        Args:
            session: a session that can read the record type.
            record_type: canonical name of a list record type whose key is its ID.
            make: makes a view of a record.
            kept: most views that `trim` leaves; none is no limit.
        """
        super().__init__()
        self._session = session
        self._record_type = record_type
        self._make = make
        self._kept = kept
        self._planned: dict[str, View] = {}
        self._missing: list[str] = []

    def __missing__(self, key: str) -> View | None:
        """Read one record that nobody asked for ahead."""
        self.fetch((key,))
        return self[key]

    def fetch(self, keys: Iterable[str]) -> list[View]:
        """Read the records that are not here yet, in one call; return those there are.

        Raises:
            Unsupported: the door cannot read this type.
        """
        unknown = [key for key in keys if key not in self]
        if not unknown:
            return []
        asked = [Key(KeyKind.ID, key) for key in unknown]
        bodies = self._session.get_many(self._record_type, asked)
        for key, body in zip(unknown, bodies, strict=True):
            self[key] = self._planned_one(key) if body is None else self._read(body)
        return [view for key in unknown if (view := self[key]) is not None]

    def _planned_one(self, key: str) -> View | None:
        found = self._planned.get(key.casefold())
        if found is None:
            self._missing.append(key)
        return found

    def _read(self, body: Body) -> View:
        """Return one view per record, however its key is written."""
        own = str(body["id"])
        found = self.get(own)
        if found is None:
            found = self[own] = self._make(body)
        return found

    def add(self, body: Body) -> View:
        """Add a record that the plan creates."""
        self.forget_missing()
        own = str(body["id"])
        view = self[own] = self._planned[own.casefold()] = self._make(body)
        return view

    def forget_missing(self) -> None:
        """Ask again for what was not there; the plan may have made it since."""
        for key in self._missing:
            self.pop(key, None)
        self._missing.clear()

    def trim(self) -> None:
        """Keep no more than may be kept; nobody holds a view of this shelf now."""
        self.forget_missing()
        if self._kept is not None and len(self) > self._kept:
            self.clear()


class Names(Shelf[bool]):
    """Records of which only the existence matters; where the door cannot tell, all exist."""

    def __init__(self, session: Session, record_type: str, kept: int) -> None:
        """Read through `session`."""
        super().__init__(session, record_type, lambda _: True, kept)
        self.readable = True

    def fetch(self, keys: Iterable[str]) -> list[bool]:
        """Read the records that are not here yet."""
        asked = list(keys)
        try:
            return super().fetch(asked)
        except Unsupported:
            self.readable = False
            self.update(dict.fromkeys(asked, True))
            return []


class Accounts(Shelf[AccountView]):
    """The accounts; the currency of a UK bank stands in its bank record."""

    def __init__(self, session: Session) -> None:
        """Read through `session`."""
        super().__init__(session, "account", self._view, kept=None)
        self.ids: list[str] = []
        self.names: list[str] = []
        self.banks_readable = True

    def _view(self, body: Body) -> AccountView:
        """Return a view that is numbered by its place in `ids` and `names`."""
        view = stored.account_view(len(self.ids), body)
        before = self.get(view.id)
        if before is not None:
            view.number = before.number
        else:
            self.ids.append(view.id)
            self.names.append(view.name)
        return view

    def fetch(self, keys: Iterable[str]) -> list[AccountView]:
        """Read the accounts that are not here yet, and the currencies of banks."""
        made = super().fetch(keys)
        banks = [view for view in made if view.kind == "bank"]
        if banks and self.banks_readable:
            self._read_currencies(banks)
        return made

    def _read_currencies(self, banks: Sequence[AccountView]) -> None:
        asked = [Key(KeyKind.ID, view.id) for view in banks]
        try:
            bodies = self._session.get_many("bank", asked)
        except Unsupported:
            self.banks_readable = False
            return
        for view, body in zip(banks, bodies, strict=True):
            if body is not None:
                view.currency = stored.text_of(body, "currency")

    def add_bank(self, body: Body) -> None:
        """Add the nominal account that a planned bank account brings with it."""
        view = self.add({"id": body["id"], "name": body.get("name"), "kind": "bank"})
        view.currency = stored.text_of(body, "currency")


class Shelves:
    """The list records of one company, with what the plan creates and moves."""

    def __init__(self, session: Session, edition: EditionName, kept: int = KEPT) -> None:
        """Read through `session`; `kept` is the most views of a type that `trim` leaves."""
        self._session = session
        self._edition: EditionName = edition
        self._kept = kept
        self._numbers = count(1)
        self._balances: dict[str, dict[str, int]] = {"customer": {}, "vendor": {}}
        self._stock: dict[str, tuple[int, int]] = {}
        self._names: dict[str, Names] = {}
        self.accounts = Accounts(session)
        self.customers = Shelf(session, "customer", self._party("customer"), kept)
        self.vendors = Shelf(session, "vendor", self._party("vendor"), kept)
        self.items = Shelf(session, "item", self._item, kept)
        self.tax_codes = Shelf(session, "tax_code", stored.tax_code_view, kept)
        self._viewed: dict[str, Shelf[Any]] = {
            "account": self.accounts,
            "customer": self.customers,
            "vendor": self.vendors,
            "item": self.items,
            "tax_code": self.tax_codes,
        }

    def _party(self, party_type: str) -> Callable[[Body], PartyView]:
        moved = self._balances[party_type]

        def make(body: Body) -> PartyView:
            view = stored.party_view(next(self._numbers), party_type, body)
            view.balance += moved.get(view.id, 0)
            return view

        return make

    def _item(self, body: Body) -> ItemView:
        view = stored.item_view(next(self._numbers), self._edition, body)
        quantity, value = self._stock.get(view.id, (0, 0))
        view.quantity += quantity
        view.value += value
        return view

    @property
    def unreadable(self) -> frozenset[str]:
        """The record types that the door cannot read, of those that were asked for."""
        blind = {name for name, names in self._names.items() if not names.readable}
        return frozenset(blind if self.accounts.banks_readable else blind | {"bank"})

    def _shelf(self, record_type: str) -> Shelf[Any]:
        if record_type in self._viewed:
            return self._viewed[record_type]
        if record_type not in self._names:
            self._names[record_type] = Names(self._session, record_type, self._kept)
        return self._names[record_type]

    def known(self, record_type: str, key: str) -> bool:
        """Tell whether a list record exists, or the plan creates it."""
        if self._shelf(record_type)[key] is not None:
            return True
        return record_type in ALSO and self.known(ALSO[record_type], key)

    def add(self, record_type: str, body: Body) -> None:
        """Add a record that the plan creates."""
        self._shelf(record_type).add(body)
        if record_type == "bank":
            self.accounts.add_bank(body)

    def fetch(self, wanted: Mapping[str, Iterable[str]]) -> None:
        """Read what documents name, and what the records that they name refer to."""
        accounts: set[str | None] = set(wanted.get("account", ()))
        tax_codes: set[str | None] = set(wanted.get("tax_code", ()))
        for party in (
            *self.customers.fetch(wanted.get("customer", ())),
            *self.vendors.fetch(wanted.get("vendor", ())),
        ):
            accounts.add(party.account_id)
            tax_codes.add(party.tax_code_id)
        for item in self.items.fetch(wanted.get("item", ())):
            accounts.update(
                (
                    item.sales_account_id,
                    item.inventory_account_id,
                    item.cost_account_id,
                    item.purchase_account_id,
                )
            )
            tax_codes.add(item.tax_code_id)
        for code in self.tax_codes.fetch(filter(None, tax_codes)):
            accounts.update(agency.account_id for agency in code.agencies)
        self.accounts.fetch(filter(None, accounts))
        for record_type in wanted.keys() - self._viewed.keys():
            self._shelf(record_type).fetch(wanted[record_type])

    def move_party(self, party: PartyView, change: int) -> None:
        """Move what a customer or vendor owes, in minor units."""
        party.balance += change
        moved = self._balances[party.type]
        moved[party.id] = moved.get(party.id, 0) + change

    def move_item(self, item: ItemView, quantity: int, value: int) -> None:
        """Move the stock of an item: units of five decimals, and minor units."""
        item.quantity += quantity
        item.value += value
        before = self._stock.get(item.id, (0, 0))
        self._stock[item.id] = (before[0] + quantity, before[1] + value)

    def trim(self) -> None:
        """Keep no more than may be kept, between two groups of documents."""
        for shelf in (*self._viewed.values(), *self._names.values()):
            shelf.trim()
