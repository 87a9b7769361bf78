"""What a reference of ConnectWise becomes in the books: accounts, parties, items, tax codes.

A stored decision comes first, then the rule (an account number is a customer ID, a vendor
xref a vendor ID, a product ID an item ID), and what is left is a finding with suggestions;
nothing similar is ever applied unasked.  Each reference is resolved once for a plan.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from clary.apps.connectwise import menus
from clary.flows.batch import mapping_problems as codes
from clary.flows.batch import uk_ids
from clary.flows.batch.overrides import MappingKind, Overrides
from clary.flows.batch.settings import BatchSettings, Creating, confirmation
from clary.flows.batch.similar import Listed, Suggestions
from clary.flows.batch.source import SourceItem, SourceParty
from clary.flows.batch.tax_policy import TaxMoves
from clary.kernel.errors import Code
from clary.ledger.fields import EditionName
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.views import AccountView, ItemView, Lookups, PartyView, TaxCodeView
from clary.ledger.registry import record_type as declared_type

ITEM_CLASSES: Final = {
    "inventorypart": "stock",
    "noninventorypart": "non_stock",
    "service": "service",
}
"""Item class by product type xref, in either form it comes in, blanks and hyphens left out."""

LAST_ITEM_CLASS: Final = "description_only"
"""Class of every other xref, Other Charge and none among them; told with a warning."""

NO_XREF: Final = "none"
"""How a missing product type xref is written in a stored mapping."""

PLACES: Final = {
    "customer": menus.ACCOUNT_NUMBER,
    "vendor": menus.VENDOR_ID,
    "item": "Procurement > Product Catalog > Product ID",
}

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Need:
    """A record that must be created before the document that names it.

    Attributes:
        record_type: customer, vendor or item.
        id: its ID in the books.
        party: whom ConnectWise names, for a customer or vendor.
        item: what ConnectWise names, for an item.
        item_class: class of the item.
    """

    record_type: str
    id: str
    party: SourceParty | None = None
    item: SourceItem | None = None
    item_class: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What makes two needs the same: IDs are not case-sensitive."""
        return self.record_type, self.id.casefold()


@dataclass(slots=True)
class Drafting:
    """What comes up while one document is drafted.

    Attributes:
        problems: findings of the document.
        needs: records that must be created first.
        unknown_tax_codes: names that were noted as no tax codes.
        tax_moves: what the books will move otherwise than ConnectWise, for their own tax.
    """

    problems: Problems
    needs: dict[tuple[str, str], Need] = field(default_factory=dict)
    unknown_tax_codes: set[str] = field(default_factory=set)
    tax_moves: TaxMoves | None = None


@dataclass(frozen=True, slots=True)
class AccountTarget:
    """An account of the books, and the class that the account text named besides."""

    id: str
    class_code: str = ""


@dataclass(frozen=True, slots=True)
class ItemTarget:
    """An item of the books, or one that will be."""

    id: str
    item_class: str
    inventory_account_id: str | None = None

    @property
    def is_stock(self) -> bool:
        """Quantity and value of the item are kept."""
        return self.item_class in ("stock", "assembly")


@dataclass(frozen=True, slots=True)
class _Note:
    code: Code
    values: dict[str, object]
    is_error: bool = True


@dataclass(frozen=True, slots=True)
class _Answer(Generic[Value]):
    """What a reference becomes, with what is to be said wherever it is used."""

    value: Value | None
    notes: tuple[_Note, ...] = ()
    need: Need | None = None

    def told(self, drafting: Drafting, where: str) -> Value | None:
        for note in self.notes:
            tell = drafting.problems.error if note.is_error else drafting.problems.warn
            tell(note.code, where, **note.values)
        if self.need is not None:
            drafting.needs.setdefault(self.need.key, self.need)
        return self.value


class BatchMapping:
    """The mapping of one app into one company, for one plan."""

    def __init__(
        self,
        books: Lookups,
        overrides: Overrides,
        settings: BatchSettings,
        listed: Listed,
        *,
        computes_tax: frozenset[str] = frozenset(),
        names: tuple[str, str] = ("APP", "COMPANY"),
    ) -> None:
        """Map into `books`.

        Args:
            books: the company, as posting rules see it.
            overrides: stored decisions.
            settings: what the bookkeeper decided once.
            listed: what the books have, for suggestions.
            computes_tax: record types whose tax the company works out itself.
            names: app and company, as commands in remedies name them.
        """
        self.books = books
        self.settings = settings
        self.edition: EditionName = "uk" if books.policy.edition == "uk" else "us"
        self.computes_tax = computes_tax
        self._overrides = overrides
        self._names = names
        self._suggestions = Suggestions(listed)
        self._accounts: dict[str, _Answer[AccountTarget]] = {}
        self._parties: dict[tuple[str, str], _Answer[str]] = {}
        self._items: dict[str, _Answer[ItemTarget]] = {}
        self._tax_codes: dict[str, TaxCodeView | None] = {}
        self._departments: dict[str, _Answer[str]] = {}
        self._proposed: dict[tuple[str, str], str] = {}

    @property
    def app(self) -> str:
        """The app, as commands in remedies name it."""
        return self._names[0]

    def command(self, kind: MappingKind, source: str, target: str = "") -> str:
        """Return the command that stores a decision; without a target a word stands for it."""
        words = (*self._names, kind.value, source, target or kind.value.upper())
        return shlex.join(("clary", "batch", "map", "set", *words))

    # --- accounts ------------------------------------------------------------------

    def account(
        self, text: str, drafting: Drafting, where: str, what: str = "the line"
    ) -> AccountTarget | None:
        """Return the account that a text names, or note why there is none.

        Accounts are never created.  The longest run of segments that is an account
        counts; what follows it is the class.
        """
        if not text:
            drafting.problems.error(codes.ACCOUNT_MISSING, where, what=what)
            return None
        answer = self._accounts.get(text)
        if answer is None:
            answer = self._accounts[text] = self._find_account(text)
        return answer.told(drafting, where)

    def known_account(self, text: str | None) -> str | None:
        """Return the ID of the account that a text names, or none, without a word."""
        if not text:
            return None
        answer = self._accounts.get(text)
        if answer is None:
            answer = self._accounts[text] = self._find_account(text)
        return answer.value.id if answer.value is not None else None

    def _find_account(self, text: str) -> _Answer[AccountTarget]:
        stored = self._overrides.target(MappingKind.ACCOUNT, text)
        if stored is not None:
            chosen = self.books.account(stored)
            if chosen is None:
                return self._dangling(text, stored)
            return _Answer(AccountTarget(chosen.id))
        found = self._segments(text)
        if found is not None:
            return _Answer(found)
        values: dict[str, object] = {
            "value": text,
            "near": self._suggestions.near("account", text),
            "command": self.command(MappingKind.ACCOUNT, text),
        }
        return _Answer(None, (_Note(codes.ACCOUNT_UNKNOWN, values),))

    def _segments(self, text: str) -> AccountTarget | None:
        delimiter = self.settings.delimiter
        parts = text.split(delimiter) if delimiter else [text]
        for length in range(len(parts), 0, -1):
            start = delimiter.join(parts[:length]).strip()
            view: AccountView | None = self.books.account(start) if start else None
            if view is not None:
                return AccountTarget(view.id, delimiter.join(parts[length:]).strip())
        return None

    def _dangling(self, value: str, target: str) -> _Answer[Value]:
        """Return that an account is mapped to one that is gone."""
        values: dict[str, object] = {
            "label": "Account",
            "value": value,
            "target": target,
            "near": self._suggestions.near("account", target),
            "command": self.command(MappingKind.ACCOUNT, value),
        }
        return _Answer(None, (_Note(codes.OVERRIDE_DANGLING, values),))

    # --- customers and vendors -----------------------------------------------------

    def customer(self, party: SourceParty, drafting: Drafting) -> str | None:
        """Return the ID of a customer, needed first where it is new, or note why not."""
        return self._party("customer", party, drafting)

    def vendor(self, party: SourceParty, drafting: Drafting) -> str | None:
        """Return the ID of a vendor, needed first where it is new, or note why not."""
        return self._party("vendor", party, drafting)

    def _party(self, record_type: str, party: SourceParty, drafting: Drafting) -> str | None:
        place = (record_type, party.key)
        answer = self._parties.get(place)
        if answer is None:
            answer = self._parties[place] = self._find_party(record_type, party)
        return answer.told(drafting, f"{record_type}_id")

    def _find_party(self, record_type: str, party: SourceParty) -> _Answer[str]:
        stored = self._overrides.target(MappingKind(record_type), party.key)
        chosen = stored if stored is not None else self._own_id(party.key)
        if chosen is None:
            return self._unconfirmed(record_type, party)
        reason = invalid_id(record_type, self.edition, chosen)
        if reason is not None:
            return self._invalid(record_type, party.key, chosen, party.name, reason)
        found = self._lookup(record_type)(chosen)
        if found is not None:
            return _Answer(found.id)
        need = Need(record_type, chosen, party=party)
        return self._missing(need, party.key, party.name, chosen)

    def _own_id(self, key: str) -> str | None:
        """Return an account number as an ID; none where UK books need another."""
        return uk_ids.reference_of(key) if self.edition == "uk" else key

    def _lookup(self, record_type: str) -> Callable[[str], PartyView | None]:
        return self.books.customer if record_type == "customer" else self.books.vendor

    def _unconfirmed(self, record_type: str, party: SourceParty) -> _Answer[str]:
        lookup = self._lookup(record_type)

        def is_taken(reference: str) -> bool:
            owner = self._proposed.get((record_type, reference), party.key)
            return owner != party.key or lookup(reference) is not None

        proposal = uk_ids.proposed(party.key, party.name, is_taken)
        self._proposed[(record_type, proposal)] = party.key
        values: dict[str, object] = {
            "value": party.key,
            "proposal": proposal,
            "near": self._suggestions.near(record_type, party.key, party.name),
            "command": self.command(MappingKind(record_type), party.key, proposal),
        }
        return _Answer(None, (_Note(codes.REFERENCE_UNCONFIRMED, values),))

    def label(self, record_type: str) -> str:
        """Return what the edition calls a record type, inside a sentence."""
        words = declared_type(record_type).words_in(self.edition)
        return (words.one if words else record_type).lower()

    def _invalid(
        self, record_type: str, key: str, value: str, name: str, reason: str
    ) -> _Answer[Value]:
        values: dict[str, object] = {
            "value": value,
            "label": self.label(record_type),
            "reason": reason,
            "place": PLACES[record_type],
            "near": self._suggestions.near(record_type, value, name),
            "command": self.command(MappingKind(record_type), key),
        }
        return _Answer(None, (_Note(codes.ID_INVALID, values),))

    def _missing(self, need: Need, key: str, name: str, value: Value) -> _Answer[Value]:
        """Return what the settings say of a record that is not in the books."""
        record_type = need.record_type
        creating = self.settings.creating(record_type, key)
        values: dict[str, object] = {"label": self.label(record_type), "value": key}
        if creating is Creating.CREATE:
            twin = self._suggestions.twin(record_type, name)
            command = self.command(MappingKind(record_type), key, twin or "")
            told: dict[str, object] = {**values, "twin": twin, "command": command}
            note = _Note(codes.RECORD_SIMILAR, told, is_error=False)
            return _Answer(value, (note,) if twin else (), need)
        values["near"] = self._suggestions.near(record_type, key, name)
        values["command"] = self.command(MappingKind(record_type), key)
        if creating is Creating.ASK:
            values["confirmation"] = confirmation(record_type, key)
            return _Answer(None, (_Note(codes.RECORD_ASKED, values),))
        return _Answer(None, (_Note(codes.RECORD_REFUSED, values),))

    # --- items ---------------------------------------------------------------------

    def item(self, item: SourceItem, drafting: Drafting, where: str) -> ItemTarget | None:
        """Return the item of a line, needed first where it is new, or note why not."""
        answer = self._items.get(item.key)
        if answer is None:
            answer = self._items[item.key] = self._find_item(item)
        return answer.told(drafting, where)

    def _find_item(self, item: SourceItem) -> _Answer[ItemTarget]:
        stored = self._overrides.target(MappingKind.ITEM, item.key)
        chosen = item.key if stored is None else stored
        reason = invalid_id("item", self.edition, chosen)
        if reason is not None:
            return self._invalid("item", item.key, chosen, item.description, reason)
        found: ItemView | None = self.books.item(chosen)
        if found is not None:
            return _Answer(ItemTarget(found.id, found.item_class, found.inventory_account_id))
        item_class, notes = self._item_class(item)
        need = Need("item", chosen, item=item, item_class=item_class)
        target = ItemTarget(chosen, item_class, self.known_account(item.inventory_account))
        answer = self._missing(need, item.key, item.description, target)
        if answer.need is None:
            return answer
        return _Answer(target, (*answer.notes, *notes), need)

    def _item_class(self, item: SourceItem) -> tuple[str, tuple[_Note, ...]]:
        """Return the class of a new item, with what is to be said of it."""
        notes: list[_Note] = []
        xref = (item.type_xref or "").strip()
        stored = self._overrides.target(MappingKind.ITEM_CLASS, xref or NO_XREF)
        item_class = stored or ITEM_CLASSES.get(_plain(xref))
        if item_class is None:
            item_class = LAST_ITEM_CLASS
            values: dict[str, object] = {
                "value": item.key,
                "xref": xref or "not stated",
                "command": self.command(MappingKind.ITEM_CLASS, xref or NO_XREF, "CLASS"),
            }
            notes.append(_Note(codes.ITEM_CLASS_UNKNOWN, values, is_error=False))
        if item.serialized:
            notes.append(_Note(codes.ITEM_SERIALIZED, {"value": item.key}, is_error=False))
        if self.edition == "uk" and item_class == LAST_ITEM_CLASS:
            item_class = "non_stock"
        return item_class, tuple(notes)

    # --- tax and departments -------------------------------------------------------

    def tax_code(self, source: str | None) -> TaxCodeView | None:
        """Return the tax code that a name or xref stands for, or none, without a word."""
        if not source:
            return None
        if source not in self._tax_codes:
            stored = self._overrides.target(MappingKind.TAX_CODE, source)
            chosen = source if stored is None else stored
            written = as_written(MappingKind.TAX_CODE, self.edition, chosen)
            self._tax_codes[source] = self.books.tax_code(written)
        return self._tax_codes[source]

    def note_tax_code(self, sources: Sequence[str], drafting: Drafting, where: str) -> None:
        """Note, once for a document, that none of the names stands for a tax code."""
        if not sources:
            drafting.problems.error(codes.TAX_CODE_MISSING, where)
            return
        name = sources[0]
        if name in drafting.unknown_tax_codes:
            return
        drafting.unknown_tax_codes.add(name)
        drafting.problems.error(
            codes.TAX_CODE_UNKNOWN,
            where,
            value=name,
            near=self._suggestions.near("tax_code", name),
            command=self.command(MappingKind.TAX_CODE, name),
        )

    def agency(self, code: TaxCodeView, source: str | None) -> str | None:
        """Return the agency of a tax code that an xref stands for, or none."""
        if not source:
            return None
        chosen = (self._overrides.target(MappingKind.TAX_AGENCY, source) or source).casefold()
        return next((each.id for each in code.agencies if each.id.casefold() == chosen), None)

    def department(
        self, sources: Sequence[str | None], drafting: Drafting, where: str
    ) -> str | None:
        """Return the department of the first class stated (UK); a warning if it is none."""
        source = next((each for each in sources if each), None)
        if self.edition == "us" or source is None:
            return None
        answer = self._departments.get(source)
        if answer is None:
            answer = self._departments[source] = self._find_department(source)
        return answer.told(drafting, where)

    def department_of_location(self, location: str) -> str | None:
        """Return the department that a stored mapping gives a location (UK), or none."""
        stored = self._overrides.target(MappingKind.DEPARTMENT, location) if location else None
        if stored is None or self.edition == "us" or not self.books.known("department", stored):
            return None
        return stored

    def _find_department(self, source: str) -> _Answer[str]:
        stored = self._overrides.target(MappingKind.DEPARTMENT, source)
        chosen = source if stored is None else stored
        number = as_written(MappingKind.DEPARTMENT, self.edition, chosen)
        if self.books.known("department", number):
            return _Answer(number)
        values: dict[str, object] = {
            "value": source,
            "near": self._suggestions.near("department", source),
            "command": self.command(MappingKind.DEPARTMENT, source),
        }
        return _Answer(None, (_Note(codes.DEPARTMENT_UNKNOWN, values, is_error=False),))


def invalid_id(record_type: str, edition: EditionName, value: str) -> str | None:
    """Return why a text cannot be the ID of a record in an edition; none if it can.

    The rules are those of the declared field.
    """
    declared = declared_type(record_type)
    rule = declared.fields[declared.key].rule(edition)
    if rule is None:
        return f"the edition has no {record_type}"
    if rule.length is not None and len(value) > rule.length:
        return f"it has {len(value)} characters, {rule.length} are allowed"
    if rule.characters == "alphanumeric":
        return (
            None if value.isascii() and value.isalnum() else "only letters and digits are allowed"
        )
    found = sorted(set(value) & set(rule.characters))
    if found:
        return f"it holds {' '.join('a blank' if sign == ' ' else sign for sign in found)}"
    return None


def as_written(kind: MappingKind, edition: EditionName, target: str) -> str:
    """Return a target as the books of an edition write it; one that fits no form stays.

    UK references are upper case, tax codes may leave out their letter T, and departments
    are plain numbers.
    """
    plain = target.strip()
    if edition == "us":
        return plain
    if kind in (MappingKind.CUSTOMER, MappingKind.VENDOR):
        return uk_ids.reference_of(plain) or plain
    is_number = plain.isascii() and plain.isdecimal()
    if kind is MappingKind.TAX_CODE:
        return f"T{int(plain)}" if is_number else plain.upper()
    return str(int(plain)) if is_number and kind is MappingKind.DEPARTMENT else plain


def _plain(xref: str) -> str:
    return "".join(sign for sign in xref if sign.isalnum()).casefold()
