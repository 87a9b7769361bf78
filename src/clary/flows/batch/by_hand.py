"""Documents that somebody entered in Sage by hand before their batch came.

They have no origin, so only what they say can tell: party, number and amount.  Goods
received have no number yet and go by that of their purchase order; journal entries and
adjustments have no party.  A person decides whether such a document is the same one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from clary.companies.contract import Info, Query, Session, TypeCapability
from clary.engine.journal import in_pages
from clary.flows.batch.jobs import Job
from clary.kernel.change import Action, Body, Change, JsonValue, Origin
from clary.kernel.errors import Finding, Rejected, declare
from clary.ledger import filters
from clary.ledger.filters import Comparison, Operator
from clary.ledger.record import RecordType
from clary.ledger.registry import record_type as declared_type

LOOKS_POSTED = declare(
    "BATCH_LOOKS_POSTED",
    Rejected,
    "The books have {title} {number}{party} for {total} already, dated {date} ({key}); Clary"
    " did not post it.",
    "If it is this document, state --same {name}: it is marked as posted. If it is another one,"
    " state --other {name}: it is posted as well.",
    http_status=409,
)

GROUP: Final = 500
"""Most numbers asked for at once; a filter's list takes 1,000."""

ANOTHER: Final = "clary.another"
"""Tracked of a document of which a person said that what looks like it is another one."""

ORDER: Final = "customer_invoice_number"
"""Where bills and goods received have the number of their purchase order."""


class Entered:
    """Finds documents in the books that look like some that are to be posted."""

    def __init__(
        self, session: Session, info: Info, capabilities: Mapping[str, TypeCapability]
    ) -> None:
        """Read through `session`."""
        self._session = session
        self._info = info
        self._capabilities = capabilities

    def alike(
        self, wanted: Sequence[tuple[str, Body]], origins: Sequence[Origin]
    ) -> dict[int, tuple[Body, Finding]]:
        """Return what looks like some documents, by their place in `wanted`.

        Args:
            wanted: record type and body of each document.
            origins: where each of them comes from; it is never like itself.

        Returns:
            The document in the books, and the question that a person must answer.
        """
        groups: dict[tuple[str, str], list[int]] = {}
        for place, (record_type, body) in enumerate(wanted):
            for name in (declared_type(record_type).number or "", ORDER):
                if name and body.get(name):
                    groups.setdefault((record_type, name), []).append(place)
        found: dict[int, tuple[Body, Finding]] = {}
        for (record_type, name), group in groups.items():
            declared = declared_type(record_type)
            left = {place: wanted[place][1] for place in group if place not in found}
            numbered = self._by_mark(declared, name, left.values())
            for place, body in left.items():
                for there in numbered.get(_mark(declared, name, body), ()):
                    if _is_another(declared, name, there, body, origins[place]):
                        question = self._question(declared, name, there, origins[place])
                        found.setdefault(place, (there, question))
        return found

    def _by_mark(
        self, declared: RecordType, name: str, bodies: Iterable[Body]
    ) -> dict[tuple[str, str], list[Body]]:
        """Return the live documents that have one of the numbers in the field `name`."""
        found: dict[tuple[str, str], list[Body]] = {}
        for body in self._numbered(declared, name, [str(each[name]) for each in bodies]):
            if body.get("reversed_by") is None and body.get("reverses") is None:
                found.setdefault(_mark(declared, name, body), []).append(body)
        return found

    def _numbered(self, declared: RecordType, name: str, numbers: Iterable[str]) -> Iterator[Body]:
        """Yield the documents that have one of some numbers, in any usual case."""
        table = filters.declared_fields(declared, self._info.edition, self._info.release)
        pushed = name in self._capabilities[declared.name].filters
        wanted = sorted({way for number in numbers for way in _spellings(number)})
        for start in range(0, len(wanted), GROUP):
            some = tuple(wanted[start : start + GROUP])
            where = filters.check(Comparison(name, Operator.IN, some), table)
            matches = filters.compile(where)
            query = Query(where=where if pushed else None)
            yield from (b for b in self._session.read(declared.name, query) if matches(b))

    def _question(self, declared: RecordType, name: str, there: Body, origin: Origin) -> Finding:
        words = declared.words_in(self._info.edition)
        party = there.get(declared.party or "")
        number = there.get(name)
        return LOOKS_POSTED.finding(
            record=f"{origin.document.partition(':')[0]} {number}",
            title=words.one.lower() if words else declared.name,
            number=number,
            party="" if party is None else f" of {party}",
            total=f"{_worth(declared, there):.2f}",
            date=there.get("date"),
            key=str(there.get(declared.key)),
            name=origin.document,
        )


class ByHand:
    """Notes of the documents of a batch what somebody entered before they came."""

    def __init__(self, entered: Entered, same: frozenset[str]) -> None:
        """Look with `entered`; `same` names documents of which a person said so."""
        self._entered = entered
        self._same = frozenset(map(str.casefold, same))

    def find(self, jobs: Sequence[Job], origin_system: str) -> None:
        """Note of each document that is to be posted what looks like it in the books."""
        wanted = [(job.record_type, _body(job)) for job in jobs]
        origins = [Origin(origin_system, job.reading.id) for job in jobs]
        for place, (there, question) in self._entered.alike(wanted, origins).items():
            job = jobs[place]
            if job.is_named(self._same):
                job.stored, job.is_by_hand = there, True
            else:
                job.note(question)


def entered_since(
    entered: Entered, changes: Iterable[Change], company: str
) -> Iterator[tuple[str, Finding]]:
    """Yield the documents of a plan that somebody has entered since.

    Args:
        entered: looks into the books.
        changes: the changes of the plan.
        company: the connection of the company.

    Yields:
        Origin of the document, and the question that a person must answer.
    """
    for some in in_pages(each for each in changes if _is_posting(each, company)):
        wanted = [(each.record_type, each.after or {}) for each in some]
        origins = [each.origin for each in some if each.origin is not None]
        for place, (_, question) in entered.alike(wanted, origins).items():
            yield origins[place].text, question


def _is_posting(change: Change, company: str) -> bool:
    return (
        change.action is Action.CREATE
        and change.system == company
        and change.origin is not None
        and change.after is not None
        and ANOTHER not in change.tracked
    )


def _is_another(declared: RecordType, name: str, there: Body, body: Body, origin: Origin) -> bool:
    """Tell whether a document of the books may be what somebody entered instead of this one.

    Two deliveries of one order may cost the same, so that goods which came from ConnectWise
    as another document are no sign.
    """
    theirs = str(there.get("origin") or "")
    is_itself = theirs.startswith(f"{origin.base}:")
    is_ours = name == ORDER and theirs.startswith(f"{origin.system}:")
    return not (is_itself or is_ours) and _is_alike(declared, name, there, body)


def _spellings(number: str) -> set[str]:
    """Return a number as people type it: as it is, in capitals, in lower case."""
    text = number.strip()
    return {number, text, text.upper(), text.lower(), text.title(), text.capitalize()}


def _body(job: Job) -> Body:
    return (job.draft.body if job.draft is not None else None) or {}


def _mark(declared: RecordType, name: str, body: Body) -> tuple[str, str]:
    party = str(body.get(declared.party or "") or "")
    return party.casefold(), str(body.get(name)).strip().casefold()


def _is_alike(declared: RecordType, name: str, there: Body, body: Body) -> bool:
    """Tell whether two documents of one party and number come to the same."""
    number = declared.number or ""
    if name != number and there.get(number) and body.get(number):
        # Both have a number of their own, and not the same one.
        return False
    if declared.name == "inventory_adjustment":
        return _moved(there) == _moved(body)
    return _worth(declared, there) == _worth(declared, body)


def _worth(declared: RecordType, body: Body) -> Decimal:
    """Return what a document comes to; a journal entry has no total, so its debits."""
    if declared.total is not None:
        return _decimal(body.get(declared.total))
    amounts = [_decimal(line.get("amount")) for line in _lines(body)]
    return sum((each for each in amounts if each > 0), Decimal(0))


def _moved(body: Body) -> list[tuple[str, Decimal]]:
    """Return the goods that an adjustment moves."""
    lines = _lines(body)
    return sorted(
        (str(each.get("item_id")).casefold(), _decimal(each.get("quantity"))) for each in lines
    )


def _lines(body: Body) -> list[Mapping[str, JsonValue]]:
    lines = body.get("lines")
    listed = lines if isinstance(lines, list) else []
    return [line for line in listed if isinstance(line, Mapping)]


def _decimal(value: JsonValue) -> Decimal:
    return Decimal(str(value or 0))
