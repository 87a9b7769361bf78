"""What pushed documents refer to: looked up in the books, or taken on trust while they wait.

As a push is accepted, the books may be busy, and what it refers to may wait in the queue before
it.  Only what no other document can change is checked then; the rest is checked as it is
written, against the books and what the same group makes before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from clary.companies.contract import Info, Query, Session
from clary.companies.keys import Key, KeyKind
from clary.flows.push.lookups import (
    AccountSeen,
    PartySeen,
    SettleableSeen,
    TaxRateSeen,
    rate_seen,
    settleable_seen,
)
from clary.flows.push.problems import PUSH_PROPERTY_KIND
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import Finding, Rejected, Severity, Unsupported
from clary.ledger.editions.uk import DEFAULT_DEPARTMENT
from clary.ledger.fields import EditionName
from clary.ledger.filters import check as check_filter
from clary.ledger.filters import declared_fields
from clary.ledger.filters import parse as parse_filter
from clary.ledger.posting.uk_problems import FOREIGN_TRADER_OFF
from clary.ledger.registry import record_type

_DOCUMENTS: Final = {"customer": "sales_invoice", "vendor": "purchase"}


def judged_later(finding: Finding, data_type: str, *, updates: bool) -> bool:
    """Tell whether a finding of a trusting look-up says nothing about the books as they will be.

    Foreign Trader may be switched on before the turn of the document comes; foreign bills alone
    are refused by a setting of ours, and so at once.  An update may state whatever the record
    is already, which the books alone know.
    """
    if updates:
        return finding.code != PUSH_PROPERTY_KIND.name
    if finding.code == FOREIGN_TRADER_OFF.name:
        return finding.severity is Severity.ERROR and data_type != "bills"
    return False


@dataclass(frozen=True, slots=True)
class Trusting:
    """Knows the company alone; parties have the currency that the document states.

    Attributes:
        edition: edition of the company.
        currency: its base currency.
        foreign_trader: foreign currencies are switched on (UK).
        stated: currency that the document states, if any.
    """

    edition: EditionName
    currency: str
    foreign_trader: bool
    stated: str | None = None

    @property
    def has_records(self) -> bool:
        """Records are looked up later."""
        return False

    def party(self, record_type: str, key: str) -> PartySeen | None:
        """Return a party of the stated currency."""
        del record_type
        stated = (self.stated or "").strip().upper() or None
        return PartySeen(key, key, stated)

    def account(self, key: str) -> None:
        """Return none: it is looked up later."""
        del key

    def tax_rate(self, key: str) -> None:
        """Return none: it is looked up later."""
        del key

    def name(self, record_type: str, key: str) -> None:
        """Return none: it is looked up later."""
        del record_type, key

    def settleable(self, record_type: str, number: int) -> None:
        """Return none: it is looked up later."""
        del record_type, number

    def document(self, party_type: str, party: str, number: str) -> None:
        """Return none: it is looked up later."""
        del party_type, party, number


@dataclass(slots=True)
class Books:
    """Looks up in a company's session, and in what the group in the making has made before.

    Attributes:
        session: a log-on that reads.
        info: what the company is.
    """

    session: Session
    info: Info
    _made: dict[tuple[str, str], Body] = field(default_factory=dict)
    _seen: dict[tuple[str, str], Body | None] = field(default_factory=dict)

    @property
    def edition(self) -> EditionName:
        """The edition of the company."""
        return self.info.edition

    @property
    def has_records(self) -> bool:
        """They are all there."""
        return True

    @property
    def currency(self) -> str:
        """The base currency, ISO code."""
        return self.info.currency

    @property
    def foreign_trader(self) -> bool:
        """Whether foreign currencies are switched on (UK)."""
        return self.info.foreign_trader

    def made(self, record_type_name: str, body: Body) -> None:
        """Let documents behind refer to a record of the list that is made before them."""
        key = body.get("id")
        if isinstance(key, str):
            self._made[record_type_name, key.upper()] = body

    def _find(self, name: str, key: str) -> Body | None:
        made = self._made.get((name, key.upper()))
        if made is not None:
            return made
        if (name, key) not in self._seen:
            self._seen[name, key] = self._asked(name, key)
        return self._seen[name, key]

    def _asked(self, name: str, key: str) -> Body | None:
        try:
            return self.session.get(name, Key(KeyKind.ID, key))
        except (Rejected, Unsupported):
            return None

    def party(self, record_type: str, key: str) -> PartySeen | None:
        """Return a customer or vendor by its ID, in any case."""
        found = self._find(record_type, key.upper() if self.edition == "uk" else key)
        if found is None:
            return None
        return PartySeen(_text(found, "id"), _text(found, "name"), _none(found, "currency"))

    def account(self, key: str) -> AccountSeen | None:
        """Return an account by its ID."""
        found = self._find("account", key)
        if found is None:
            return None
        is_bank = found.get("kind") == "bank" or found.get("type") == "cash"
        bank = self._find("bank", key) if is_bank and self.edition == "uk" else None
        currency = None if bank is None else _none(bank, "currency")
        return AccountSeen(_text(found, "id"), _text(found, "name"), is_bank, currency)

    def tax_rate(self, key: str) -> TaxRateSeen | None:
        """Return a tax code by its ID."""
        found = self._find("tax_code", key)
        return None if found is None else rate_seen(found)

    def name(self, record_type: str, key: str) -> str | None:
        """Return the name of a department, job, cost_code or item by its ID.

        No driver lists cost codes, so that any is taken; none is kept either.
        """
        if record_type == "cost_code":
            return key
        found = self._find(record_type, key)
        if found is None:
            is_default = record_type == "department" and key == DEFAULT_DEPARTMENT
            return "Default" if is_default else None
        return _none(found, "name") or _none(found, "description") or key

    def settleable(self, record_type: str, number: int) -> SettleableSeen | None:
        """Return a posted document that stands, by its transaction number."""
        try:
            found = self.session.get(record_type, Key(KeyKind.NUMBER, str(number)))
        except (Rejected, Unsupported):
            return None
        return settleable_seen(found)

    def document(self, party_type: str, party: str, number: str) -> str | None:
        """Return the key of a party's document by its number, where just one has it."""
        name = _DOCUMENTS[party_type]
        asked = f"{party_type}_id = :party and number = :number"
        tree = parse_filter(asked, {"party": party, "number": number})
        where = check_filter(tree, declared_fields(record_type(name), self.edition))
        found = list(self.session.read(name, Query(where=where, limit=2)))
        return str(found[0]["transaction_number"]) if len(found) == 1 else None


def _text(body: Mapping[str, JsonValue], name: str) -> str:
    return str(body.get(name) or "")


def _none(body: Mapping[str, JsonValue], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) and value else None
