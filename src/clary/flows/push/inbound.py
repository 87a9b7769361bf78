"""Makes of a pushed document what the books take, or tells by property why they do not.

    JSON text -> read by the type's declaration -> made by its builder -> checked by the ledger

Every problem is found at once, those of the ledger's own fields included; each names the
property of the document that it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, cast

from clary.flows.push import entering, listing, paying, problems, reading, trading
from clary.flows.push.changing import WORTH, agrees, news, whole
from clary.flows.push.declaring import OptionType, PushType
from clary.flows.push.drafting import Draft, has_errors, note_unusual_day
from clary.flows.push.lookups import Lookups
from clary.flows.push.types_parties import ADDRESSES
from clary.kernel.change import Body
from clary.kernel.errors import Finding, Severity
from clary.ledger.record import Record
from clary.ledger.schema import FIELD_REQUIRED, Purpose, canonical_body, check
from clary.ledger.types.documents import MAKES_TOTAL
from clary.ledger.values import read_json

FINDINGS_LIMIT: Final = 100
"""Most findings that are told of one document."""

_BUILDERS: Final[Mapping[str, Callable[[Draft], None]]] = {
    "customers": listing.build_customer,
    "suppliers": listing.build_supplier,
    "invoices": trading.build_invoice,
    "creditNotes": trading.build_credit_note,
    "bills": trading.build_bill,
    "billCreditNotes": trading.build_bill,
    "payments": paying.build_payment,
    "billPayments": paying.build_bill_payment,
    "journalEntries": entering.build_journal_entry,
    "directCosts": entering.build_direct_cost,
    "chartOfAccounts": listing.build_account,
    "items": listing.build_item,
}


_PREPARED: Final[Mapping[str, Callable[[Mapping[str, object]], Mapping[str, object]]]] = {
    "directCosts": entering.with_bank
}
"""What is done to documents before they are read, by data type."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the company wants besides the rules of the books.

    Attributes:
        today: civil day of the company, for documents without a date.
        release: release year (US) or version (UK) whose fields there are; any if none.
        refuse_foreign_bills: while Foreign Trader is off, foreign bills are refused.
    """

    today: date
    release: int | None = None
    refuse_foreign_bills: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """One record that a document becomes."""

    record_type: str
    body: Body


@dataclass(frozen=True, slots=True)
class Inbound:
    """What a document becomes.

    Attributes:
        records: the records to create, its own first and what is allocated by it behind;
            none where there are errors.
        findings: errors and warnings; `field` is a dotted path in the document.
        source_modified: when the sender saw the record last changed, for updates.
    """

    records: tuple[Made, ...] = ()
    findings: tuple[Finding, ...] = field(default=())
    source_modified: str | None = None

    @property
    def is_refused(self) -> bool:
        """Tell whether there are errors, so that nothing is to be written."""
        return has_errors(self.findings)


def document(text: str) -> Mapping[str, object]:
    """Return the document of a request's body; numbers are exact.

    Raises:
        Rejected: it is not JSON (BODY_NOT_JSON), not one object (PUSH_NOT_AN_OBJECT), too
            large (BODY_TOO_LARGE) or too deeply nested (BODY_TOO_DEEP).
    """
    value = read_json(text)
    if not isinstance(value, dict):
        raise problems.PUSH_NOT_AN_OBJECT.raised()
    return cast("dict[str, object]", value)


def take(
    push_type: PushType,
    stated: Mapping[str, object],
    books: Lookups,
    terms: Terms,
) -> Inbound:
    """Return what a document of a type becomes in the books, with every problem it has.

    Args:
        push_type: its data type, one that is pushed in the company's edition.
        stated: the document, as `document` gives it.
        books: looks up what it refers to.
        terms: what else holds for the company.
    """
    draft = _drafted(push_type, stated, books, terms)
    records = [_checked(draft, *made, terms) for made in _made(draft)]
    return _taken(draft, records, stated)


def problems_of(
    push_type: PushType,
    stated: Mapping[str, object],
    books: Lookups,
    terms: Terms,
) -> tuple[Finding, ...]:
    """Return what `take` finds in a document, without what it becomes.

    Args:
        push_type: its data type, one that is pushed in the company's edition.
        stated: the document, as `document` gives it.
        books: looks up what it refers to.
        terms: what else holds for the company.
    """
    draft = _drafted(push_type, stated, books, terms)
    for record_type, body in _made(draft):
        _record(draft, record_type, body, terms)
    return _bounded(draft.findings)


def take_update(
    push_type: PushType,
    stated: Mapping[str, object],
    shown: Mapping[str, object],
    found: Body,
    books: Lookups,
    terms: Terms,
) -> Inbound:
    """Return what a document changes of a record, with every problem that is its own.

    What the record as it was read would become is no news, nor are the problems that it would
    have: a client that reads a record, changes a word and sends it back changes that word.
    What it leaves out stays, its days too; an address that it states is the whole address.

    Args:
        push_type: its data type, one that is pushed in the company's edition.
        stated: the document, as `document` gives it.
        shown: the record as it is shown now.
        found: the record as the books have it.
        books: looks up what it refers to.
        terms: what else holds for the company.
    """
    before = _drafted(push_type, shown, books, terms)
    stated = _with_rest(push_type, stated, shown, books)
    after = _drafted(push_type, stated, books, terms)
    had = {(one.code, one.field) for one in before.findings}
    after.findings = [
        one
        for one in after.findings
        if (one.code, one.field) not in had or not _is_as_read(one, stated, shown)
    ]
    after.body = dict(_differing(after, before.body, found))
    made = _checked(after, after.record_type, after.body, terms, Purpose.UPDATE)
    if made is not None:
        body = _whole_address(push_type, books, news(made.body, found), found)
        made = Made(made.record_type, body)
    return _taken(after, [made], stated)


def _differing(
    after: Draft, before: Mapping[str, object], found: Body
) -> Iterator[tuple[str, object]]:
    """Yield what an update states otherwise than the record as it was read.

    With other lines, or another rate of them, that is all that it says they come to; what they
    would come to by themselves is not said where the books have freight, of which documents
    know nothing.
    """
    is_new = any(after.body.get(name) != before.get(name) for name in MAKES_TOTAL)
    by_itself = not after.said.get("totalAmount") and bool(found.get("freight_amount"))
    for name, value in after.body.items():
        if name == "total" and is_new and by_itself:
            continue
        if before.get(name) != value or (is_new and name in WORTH):
            yield name, value


def _is_as_read(
    finding: Finding, stated: Mapping[str, object], shown: Mapping[str, object]
) -> bool:
    """Tell whether a finding is about a property that an update states as it was read."""
    name = (finding.field or "").partition(".")[0]
    return agrees(stated.get(name), shown.get(name))


def _with_rest(
    push_type: PushType,
    stated: Mapping[str, object],
    shown: Mapping[str, object],
    books: Lookups,
) -> Mapping[str, object]:
    """Return an update with what it leaves out, but has to be stated of a new record.

    So with the days: they stay, and are not today.
    """
    kept = (
        one.name
        for one in push_type.written(books.edition)
        if one.kind is OptionType.DATE_TIME or books.edition in one.required
    )
    return {**stated, **{n: shown[n] for n in kept if n in shown and stated.get(n) in (None, "")}}


def _whole_address(push_type: PushType, books: Lookups, body: Body, found: Body) -> Body:
    """Return an update whose main address, where it states one, replaces the one before."""
    edition = books.edition
    for one in push_type.fields:
        if one.name == ADDRESSES:
            parts = frozenset(part.ours.get(edition, "") for part in one.written(edition))
            return whole(body, found, one.ours[edition], parts)
    return body


def _drafted(
    push_type: PushType, stated: Mapping[str, object], books: Lookups, terms: Terms
) -> Draft:
    edition = books.edition
    prepared = _PREPARED.get(push_type.name)
    stated = stated if prepared is None else prepared(stated)
    said, findings = reading.read(push_type.fields, stated, edition)
    draft = Draft(
        push_type=push_type,
        books=books,
        today=terms.today,
        said=said,
        refuse_foreign_bills=terms.refuse_foreign_bills,
        record_type=push_type.records[edition],
        findings=findings,
    )
    _BUILDERS[push_type.name](draft)
    note_unusual_day(draft)
    return draft


def _taken(draft: Draft, records: Sequence[Made | None], stated: Mapping[str, object]) -> Inbound:
    modified = stated.get("sourceModifiedDate")
    return Inbound(
        records=() if draft.failed else tuple(one for one in records if one),
        findings=_bounded(draft.findings),
        source_modified=modified if isinstance(modified, str) else None,
    )


def _bounded(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return the findings that are told: the first hundred, errors before warnings."""
    ordered = sorted(findings, key=lambda one: one.severity is not Severity.ERROR)
    return tuple(ordered[:FINDINGS_LIMIT])


def _made(draft: Draft) -> list[tuple[str, dict[str, object]]]:
    return [(draft.record_type, draft.body), *draft.further]


def _checked(
    draft: Draft,
    record_type: str,
    body: dict[str, object],
    terms: Terms,
    purpose: Purpose = Purpose.CREATE,
) -> Made | None:
    """Return a record that the ledger's declaration accepts, or none with its problems noted."""
    record = _record(draft, record_type, body, terms, purpose)
    return None if record is None else Made(record_type, canonical_body(record))


def _record(
    draft: Draft,
    record_type: str,
    body: dict[str, object],
    terms: Terms,
    purpose: Purpose = Purpose.CREATE,
) -> Record | None:
    record, found = check(record_type, body, draft.edition, terms.release, purpose)
    known = {one.field for one in draft.findings if one.severity is Severity.ERROR}
    for finding in found:
        place = told(draft.push_type, draft.books, finding)
        if not _is_noted(place, known):
            draft.findings.append(place)
    return record


def told(push_type: PushType, books: Lookups, finding: Finding) -> Finding:
    """Return a finding of the ledger, or of the books as they refused a write, about a document.

    Its field becomes the dotted path of the property; one that stands for none stays as it is.
    """
    if finding.field is None:
        return finding
    return replace(finding, field=push_type.place_of(books.edition, finding.field))


def _is_noted(finding: Finding, known: set[str | None]) -> bool:
    """Tell whether a property has an error already; one that lacks, whether its object has."""
    place = finding.field or ""
    if finding.code != FIELD_REQUIRED.name:
        return place in known
    steps = place.split(".")
    return any(".".join(steps[:count]) in known for count in range(1, len(steps) + 1))
