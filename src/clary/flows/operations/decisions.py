"""What is decided about one document, and the desk where decisions are made."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from clary.companies.contract import Info, Session, TypeCapability
from clary.flows.operations.drafts import Draft
from clary.flows.operations.natural import Naturals
from clary.flows.operations.references import References
from clary.flows.operations.requests import OperationRequest
from clary.flows.operations.seen import Seen
from clary.kernel.change import Action, Body, JsonValue, Origin, canonical_text
from clary.kernel.errors import Finding, Rejected, declare
from clary.kernel.identifiers import fingerprint, token
from clary.ledger.nested import NestedType
from clary.ledger.record import Family
from clary.ledger.schema import Purpose, Scope

DUPLICATE_IN_REQUEST = declare(
    "DUPLICATE_IN_REQUEST",
    Rejected,
    "The request changes {record} twice; the first is document {first} of the plan.",
    "Put both changes into one document, or send the second in a request of its own.",
    http_status=409,
)

GROUPS_REMEMBERED = 10_000
"""Most parents whose changed groups are remembered, for further changes of them."""

ORIGIN_DOCUMENT = 48
CONTENT_CHARACTERS = 24
"""Most characters of a document's name inside an origin; longer ones become a token."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What shall happen with one document.

    Attributes:
        action: what the change does.
        key: key of the record as it stands.
        before: what the change is based on.
        after: what it shall hold; nothing where the document is settled.
        origin: where a new record comes from.
        depends_on: changes that must be done first.
        deferred: function that finishes the change.
        settled: why nothing is to be written: `unchanged` or `duplicate`.
        touches: key of the one record that it changes, where a second change of it in the
            same plan is refused.
        marks: tracked properties of our own.
        stated: figures kept for comparison.
        findings: what else was found.
    """

    action: Action
    key: str | None = None
    before: Body | None = None
    after: Body | None = None
    origin: Origin | None = None
    depends_on: tuple[int, ...] = ()
    deferred: str | None = None
    settled: str = ""
    touches: str | None = None
    marks: Mapping[str, str] = field(default_factory=dict)
    stated: Mapping[str, JsonValue] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class Desk:
    """What planning of one plan has at hand and must remember.

    Attributes:
        session: the company, for reading.
        info: what the company is.
        capabilities: what its doors can do.
        system: the connection's name.
        references: what documents may refer to.
        seen: the records that the plan touches so far.
        request: id of the request in the making.
        naturals: documents in the books that carry the numbers of the group in the making;
            none where they do not matter.
        number: number of the change in the making.
    """

    session: Session
    info: Info
    capabilities: Mapping[str, TypeCapability]
    system: str
    references: References
    seen: Seen
    request: str = ""
    naturals: Naturals | None = None
    number: int = 0
    contents: dict[str, int] = field(default_factory=dict)
    groups: OrderedDict[tuple[str, str], JsonValue] = field(default_factory=OrderedDict)

    def scope(self, purpose: Purpose) -> Scope:
        """Return the scope of this company's edition and release."""
        return Scope(self.info.edition, self.info.release, purpose)

    def touch(self, record_type: str, key: str) -> None:
        """Remember that the change in the making touches a record."""
        self.seen.touch(record_type, key, self.number)

    def refuse_twice(self, record_type: str, key: str, record: str) -> None:
        """Refuse a second change of a record where changes do not build on each other.

        Raises:
            Rejected: the plan changes it already (DUPLICATE_IN_REQUEST).
        """
        earlier = self.seen.earlier(record_type, key)
        if earlier:
            raise DUPLICATE_IN_REQUEST.raised(record=record, first=earlier[0])

    def group(self, nested: NestedType, key: str, stored: Body, *, again: bool) -> JsonValue:
        """Return a parent's group as this plan leaves it so far.

        Raises:
            Rejected: the plan changes it already, so long ago that it is not remembered
                (DUPLICATE_IN_REQUEST).
        """
        if (nested.name, key) not in self.groups and again:
            self.refuse_twice(nested.name, key, f"{nested.name} {key}")
        return self.groups.get((nested.name, key), stored.get(nested.field))

    def keep_group(self, nested: str, key: str, value: JsonValue) -> None:
        """Remember how this plan leaves a parent's group."""
        self.groups[nested, key] = value
        if len(self.groups) > GROUPS_REMEMBERED:
            self.groups.popitem(last=False)

    def origin(self, made: Draft, request: OperationRequest) -> Origin:
        """Return where a new document comes from: the caller's name for it, or its content.

        Without a name the same content is the same document, whoever sends it and however
        often, so that a request that is sent again, or by two processes at once, posts
        nothing twice.  Equal documents of one request are told apart by their order.
        """
        name = made.document.idempotency_key or made.document.origin
        if name is None and self.request:
            name = f"{self.request}.{made.document.id}"
        if name is None:
            content = fingerprint(canonical_text(_content(made)))[:CONTENT_CHARACTERS]
            count = self.contents[content] = self.contents.get(content, 0) + 1
            name = f"content.{content}.{count}"
        if len(name) > ORIGIN_DOCUMENT:
            name = token(name)
        return Origin(request.options.source, name)

    def remember(
        self, request: OperationRequest, made: Draft, decision: Decision, *, refused: bool
    ) -> None:
        """Let later documents refer to what this one creates, and not change it again."""
        declared = request.record_type
        if decision.touches is not None and not refused:
            creates = decision.action is Action.CREATE
            self.seen.touch(declared.name, decision.touches, self.number, creates=creates)
        if refused and made.key is not None and declared.family is Family.LIST:
            self.seen.refuse(declared.name, made.key.value)


def _content(made: Draft) -> Body | None:
    """Return what a new document says, in canonical form."""
    return made.create.body
