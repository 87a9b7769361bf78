"""What a change is, and what a system must offer so that changes can be applied to it.

Plans, the journal and every driver speak in these terms; none of them is accounting.
A record travels as a `Body`: JSON values in canonical form (amounts as text with the
currency's decimals, dates as ISO text, absent means not stated), so that two bodies can
be compared, hashed and stored as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias, runtime_checkable

from clary.kernel.errors import ClaryError, Finding
from clary.kernel.identifiers import fingerprint, token

JsonValue: TypeAlias = bool | int | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"] | None
Body: TypeAlias = dict[str, JsonValue]


class Action(StrEnum):
    """What a change does to its record."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ACT = "act"


class Verb(StrEnum):
    """What an `act` does: steps that are neither an edit nor a deletion."""

    POST = "post"
    VOID = "void"
    REVERSE = "reverse"
    ALLOCATE = "allocate"
    UNALLOCATE = "unallocate"


class State(StrEnum):
    """How a change ended; the same words on every face."""

    CONFIRMED = "confirmed"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    PENDING = "pending"
    FAILED = "failed"


def _escaped(part: str) -> str:
    if ":" in part or "%" in part:
        return part.replace("%", "%25").replace(":", "%3A")
    return part


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a created document comes from: what makes a rerun recognise it.

    Attributes:
        system: name of the source system or caller.
        document: the document's id there.
        revision: the document's revision there; a new revision is a new document.
        attempt: 1, and one more each time an undo closed the attempt before.
    """

    system: str
    document: str
    revision: str = "1"
    attempt: int = 1

    @property
    def base(self) -> str:
        """The origin without its attempt: the same for every attempt at one document.

        Colons inside a part are escaped, so that two origins never share one text.
        """
        return f"{_escaped(self.system)}:{_escaped(self.document)}:{_escaped(self.revision)}"

    @property
    def text(self) -> str:
        """The whole origin as one line, for fields long enough to hold it."""
        return f"{self.base}:{self.attempt}"

    @property
    def token(self) -> str:
        """The origin as 12 characters, for short fields."""
        return token(self.text)


@dataclass(frozen=True, slots=True)
class Ref:
    """A value that is known only once an earlier change of the plan has its outcome."""

    change: int
    field: str

    def as_value(self) -> JsonValue:
        """Return the reference as it stands in a body."""
        return {"$ref": {"change": self.change, "field": self.field}}

    @classmethod
    def of(cls, value: JsonValue) -> Ref | None:
        """Return the reference that stands in a body at `value`, or none."""
        if isinstance(value, Mapping) and len(value) == 1 and "$ref" in value:
            inner = value["$ref"]
            if isinstance(inner, Mapping):
                return cls(int(str(inner["change"])), str(inner["field"]))
        return None

    def as_key(self) -> str:
        """Return the reference as it stands for the key of a change: `$ref:NUMBER:FIELD`."""
        return f"$ref:{self.change}:{self.field}"

    @classmethod
    def of_key(cls, key: str | None) -> Ref | None:
        """Return the reference that stands for a key, or none."""
        if key is None or not key.startswith("$ref:"):
            return None
        _, number, field = key.split(":", 2)
        return cls(int(number), field)


@dataclass(frozen=True, slots=True)
class Change:
    """One intended change of one record in one system.

    Attributes:
        number: place in its plan, from 1.
        system: name of the company or app connection that is changed.
        action: create, update, delete or act.
        record_type: canonical name of the record type.
        key: key of the record as its system takes it; none for a create.
        before: what the record held when the plan was made; none for a create.
        after: what it shall hold; for an update only the fields that change; for an
            act the details of the act.
        verb: what an act does.
        origin: where a created document comes from.
        depends_on: numbers of earlier changes that must be confirmed first.
        deferred: name of the pure function that finishes `after` from the outcomes it
            depends on; none for most changes.
        tracked: keys and values that the caller attached; they follow the document.
        document: the caller's id of the document, for results.
        idempotency_key: the caller's key of the request; a retry with the same key is
            answered from the journal.
        undoes: for a change of an undo plan, plan id and number of the change that it
            takes back.
    """

    number: int
    system: str
    action: Action
    record_type: str
    key: str | None = None
    before: Body | None = None
    after: Body | None = None
    verb: Verb | None = None
    origin: Origin | None = None
    depends_on: tuple[int, ...] = ()
    deferred: str | None = None
    tracked: Mapping[str, str] = field(default_factory=dict)
    document: str | None = None
    idempotency_key: str | None = None
    undoes: tuple[str, int] | None = None

    @property
    def record(self) -> str:
        """The record in words, for findings and reports."""
        shown = self.key or str((self.after or {}).get("id") or self.document or f"#{self.number}")
        return f"{self.record_type} {shown}"


class Sight(StrEnum):
    """What a look at a system found of a change."""

    ABSENT = "absent"
    PRESENT = "present"
    REVERSED = "reversed"
    DELIVERED = "delivered"
    STALE = "stale"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was found of one change before it is written.

    Attributes:
        sight: absent (not done yet), present (already done), reversed (done, and
            undone since), delivered (handed over, and it waits), stale (the record no
            longer equals the change's before) or unknown (this system cannot tell).
        key: key of what was found.
        body: the record as it stands, where there is one.
        evidence: how it was recognised, in words.
        findings: what differs, for a stale change.
        suffices: what is present does all that a new record without an origin is meant to
            do, so that none is made beside it.
    """

    sight: Sight
    key: str | None = None
    body: Body | None = None
    evidence: str = ""
    findings: tuple[Finding, ...] = ()
    suffices: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What a system answered to one write.

    Attributes:
        key: key of the record written; none where the system gives none.
        delivered: true where the write was handed over and a later read confirms it.
        warnings: what the system had to say.
        body: the record as it stands after the write, where the system gives it for
            free; it saves the read back.
        undo: what the reverse change needs to know beyond the body.
        receipt: names a delivered write to the system, which may know only later where
            it was put.
    """

    key: str | None
    delivered: bool = False
    warnings: tuple[Finding, ...] = ()
    body: Body | None = None
    undo: Body | None = None
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one change ended, as journal, run and report keep it."""

    change: int
    state: State
    action_taken: str
    key: str | None = None
    body: Body | None = None
    findings: tuple[Finding, ...] = ()
    undo: Body | None = None


OF_RECORDS = frozenset({"RECORD_IN_USE", "OTHERS_LOGGED_ON"})
"""Codes of what is busy with one record only: the others are written all the same."""


class Target(Protocol):
    """A system that changes can be applied to; the executor knows nothing else of it.

    Every method takes a chunk of changes and answers one result for each, in order.
    """

    def look(self, changes: Sequence[Change]) -> Sequence[Sighting]:
        """Tell for each change whether it is done already, can be done, or is stale."""
        ...

    def write(
        self, changes: Sequence[Change], *, stop: bool = False
    ) -> Sequence[Written | ClaryError]:
        """Write each change; an error stands for its own change only.

        Args:
            changes: what to write, in order.
            stop: write nothing after the first change that is refused; the answer then
                ends with its error.

        Raises:
            Uncertain: the chunk's outcome is unknown; the caller looks before it
                writes again.
        """
        ...

    def read_back(
        self, changes: Sequence[Change], written: Sequence[Written]
    ) -> Sequence[Body | None]:
        """Return each record as it stands now, none where it is gone."""
        ...


@runtime_checkable
class Identified(Protocol):
    """A target that tells which books it writes to, so that a wrong one is noticed."""

    identity: str
    generation: int


@runtime_checkable
class Reconnecting(Protocol):
    """A target that can connect anew after its connection was lost."""

    def reconnect(self) -> None:
        """Connect anew.

        Raises:
            Unreachable, Busy, Unauthorised: it still cannot be reached.
        """
        ...


@runtime_checkable
class Census(Protocol):
    """A target that can count, so that a plan which changes too much is noticed."""

    def population(self, record_type: str, at_most: int) -> int:
        """Return how many records of a type there are, counting no further than `at_most`."""
        ...


def canonical_text(body: Mapping[str, JsonValue] | None) -> str:
    """Return a body as text that is equal for equal bodies."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def version_of(body: Mapping[str, JsonValue]) -> str:
    """Return the version of a record whose driver has no stamp: a hash of its body."""
    return fingerprint(canonical_text(body))
