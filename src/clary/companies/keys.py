"""How one record is named: the kinds of key that doors to Sage 50 know.

Text forms, the same on every face: a bare value is the type's own key (`ACME`, or a
transaction number), `id:`, `guid:` and `number:` say the kind, and `customer:ID:NUMBER`
or `vendor:ID:NUMBER` name a document by its party, which need not be unique.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clary.kernel.errors import ClaryError, Rejected, declare
from clary.ledger.record import Family, RecordType

KEY_INVALID = declare(
    "KEY_INVALID",
    Rejected,
    "{text!r} is not a key of a {type}: {reason}.",
    "Use the record's own key, or id:, guid:, number:, customer:ID:NUMBER or vendor:ID:NUMBER.",
    http_status=400,
    exit_code=2,
)
RECORD_NOT_FOUND = declare(
    "RECORD_NOT_FOUND",
    Rejected,
    "There is no {type} {key}.",
    "Check the key; `clary records query` lists the records.",
    http_status=404,
)
RECORD_AMBIGUOUS = declare(
    "RECORD_AMBIGUOUS",
    Rejected,
    "{count} records of type {type} have the key {key}.",
    "Use the transaction number instead; the candidates are {candidates}.",
    http_status=409,
)

KEY_LENGTH = 200
SHOWN_LENGTH = 40
"""Most characters of a key that is too long which a message shows."""
NUMBER_DIGITS = 18


class KeyKind(StrEnum):
    """What a key's value is."""

    ID = "id"
    GUID = "guid"
    NUMBER = "number"
    CUSTOMER = "customer"
    VENDOR = "vendor"


@dataclass(frozen=True, slots=True)
class Key:
    """The name of one record.

    Attributes:
        kind: what `value` is.
        value: an ID, a GUID in braces, a transaction number, or a document's number.
        party: the customer or vendor, for the two kinds that go by party.
    """

    kind: KeyKind
    value: str
    party: str | None = None

    def __str__(self) -> str:
        """Return the text form that `parse_key` reads."""
        middle = f"{self.party}:" if self.party is not None else ""
        return f"{self.kind.value}:{middle}{self.value}"

    @property
    def words(self) -> str:
        """The key as people say it: `ACME`, `57`, `1001 of customer ACME`."""
        return self.value if self.party is None else f"{self.value} of {self.kind} {self.party}"


def not_found(type_name: str, key: Key) -> ClaryError:
    """Return the error for a key that names no record (RECORD_NOT_FOUND)."""
    return RECORD_NOT_FOUND.raised(record=f"{type_name} {key.words}", type=type_name, key=key.words)


def parse_key(declared: RecordType, text: str) -> Key:
    """Return the key that `text` names.

    Raises:
        Rejected: it is not a key of this type (KEY_INVALID).
    """
    if not text:
        raise KEY_INVALID.raised(text=text, type=declared.name, reason="it is empty")
    if len(text) > KEY_LENGTH:
        own = text.removeprefix(f"{KeyKind.ID}:")
        reason = f"it has {len(own)} characters, {_longest(declared)}"
        raise KEY_INVALID.raised(text=f"{own[:SHOWN_LENGTH]}...", type=declared.name, reason=reason)
    prefix, colon, rest = text.partition(":")
    if not colon or prefix not in set(KeyKind):
        return _bare(declared, text)
    kind = KeyKind(prefix)
    if kind in (KeyKind.CUSTOMER, KeyKind.VENDOR):
        return _by_party(declared, kind, rest, text)
    if kind is KeyKind.NUMBER:
        return _number(declared, rest, text)
    if kind is KeyKind.ID and declared.family is not Family.LIST:
        raise KEY_INVALID.raised(text=text, type=declared.name, reason="documents have no ID")
    return Key(kind, rest)


def _longest(declared: RecordType) -> str:
    """Return in words how long a key may be: an ID as long as the edition has its field."""
    rules = declared.fields[declared.key].rules.values() if declared.family is Family.LIST else ()
    lengths = [rule.length for rule in rules if rule.length]
    return f"an ID at most {max(lengths)}" if lengths else f"a key at most {KEY_LENGTH}"


def _bare(declared: RecordType, text: str) -> Key:
    if declared.family is Family.LIST:
        return Key(KeyKind.ID, text)
    return _number(declared, text, text)


def _number(declared: RecordType, value: str, text: str) -> Key:
    if not (value.isascii() and value.isdecimal() and len(value) <= NUMBER_DIGITS):
        raise KEY_INVALID.raised(
            text=text, type=declared.name, reason="a transaction number has digits only"
        )
    return Key(KeyKind.NUMBER, str(int(value)))


def _by_party(declared: RecordType, kind: KeyKind, rest: str, text: str) -> Key:
    party, colon, number = rest.rpartition(":")
    if not colon or not party or not number:
        raise KEY_INVALID.raised(
            text=text, type=declared.name, reason=f"it lacks {kind.value} or number"
        )
    if declared.party != f"{kind.value}_id" or declared.number is None:
        raise KEY_INVALID.raised(
            text=text, type=declared.name, reason=f"it does not go by {kind.value}"
        )
    return Key(kind, number, party)


def key_of(declared: RecordType, body_key: object) -> Key:
    """Return the key of a record from the value of its key field."""
    if declared.family is Family.LIST:
        return Key(KeyKind.ID, str(body_key))
    return Key(KeyKind.NUMBER, str(body_key))
