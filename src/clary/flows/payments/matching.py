"""Which invoice of ConnectWise an invoice in the books is, and nothing where that is a guess.

What Clary posted says so by its origin, or is listed in our copies of the batches.  Any
other is recognised by number, customer and total, all three, and only if nothing else on
either side fits as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Final, TypeVar
from urllib.parse import unquote

from sqlalchemy import select

from clary.apps.connectwise.conditions import equal, one_of
from clary.apps.connectwise.resources import Accounting
from clary.apps.connectwise.shapes import Invoice
from clary.companies.contract import Info, Query, Session, TypeCapability
from clary.flows.batch.register import Standing
from clary.flows.batch.tables import BATCH_DOCUMENTS, BATCHES
from clary.flows.payments import problems
from clary.kernel.change import Body
from clary.kernel.errors import Finding, Rejected
from clary.kernel.money import money_text, round_half_up, to_minor
from clary.ledger import filters
from clary.ledger.filters import Comparison, Operator
from clary.ledger.registry import record_type as declared_type
from clary.store import Database

INVOICE: Final = "sales_invoice"
CREDIT_MEMO: Final = "credit_memo"
SOURCE: Final = "invoice:"
"""How origins name a document that was billed: its id in ConnectWise follows."""

CREDIT_TYPE: Final = "CreditMemo"
ASKED_AT_ONCE: Final = 40
"""Most ids or numbers in one condition, so that addresses stay short."""

_SHOWN: Final = 5

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice or credit memo in the books, as far as it takes to recognise it.

    Attributes:
        record_type: sales_invoice or credit_memo.
        key: its key.
        number: its number.
        party: ID of its customer.
        total: minor units of its own currency.
        origin: its origin as text, where it has one.
        currency: ISO code, where it is not the books' own.
    """

    record_type: str
    key: str
    number: str
    party: str
    total: int
    origin: str | None = None
    currency: str | None = None

    @classmethod
    def of(cls, record_type: str, body: Body) -> Document:
        """Return what a body says."""
        origin, currency = body.get("origin"), body.get("currency")
        return cls(
            record_type=record_type,
            key=str(body["transaction_number"]),
            number=str(body.get("number") or ""),
            party=str(body.get("customer_id") or ""),
            total=to_minor(Decimal(str(body.get("total") or 0))),
            origin=None if origin is None else str(origin),
            currency=None if currency is None else str(currency),
        )

    @property
    def words(self) -> str:
        """The document in words, as findings name it."""
        return f"{self.record_type} {self.number or self.key}"


@dataclass(frozen=True, slots=True)
class Match:
    """The invoice of ConnectWise that a document is, or why it cannot be told."""

    invoice: Invoice | None = None
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known of documents and customers beside the two sides.

    Attributes:
        origin_system: what origins call the site.
        posted: source of each document by record type and key, from our copies of batches.
        customer: what an account number is by decision, none where there is no decision.
    """

    origin_system: str
    posted: Mapping[tuple[str, str], str]
    customer: Callable[[str], str | None]


class Matcher:
    """Recognises documents of the books in ConnectWise, a group at a time."""

    def __init__(
        self,
        accounting: Accounting,
        session: Session,
        info: Info,
        capabilities: Mapping[str, TypeCapability],
        knowledge: Knowledge,
    ) -> None:
        """Look in both sides."""
        self._accounting = accounting
        self._session = session
        self._info = info
        self._capabilities = capabilities
        self._knowledge = knowledge

    def match(self, documents: Sequence[Document]) -> list[Match]:
        """Return for each document, all of one record type, what it is in ConnectWise.

        Raises:
            Unreachable, Busy, Unauthorised: one of the sides cannot be read just now.
        """
        found = self._posted(documents)
        left = [each for each in documents if each.key not in found]
        found.update(self._alike(left))
        return [found[each.key] for each in documents]

    # --- what Clary posted --------------------------------------------------------------------

    def _posted(self, documents: Sequence[Document]) -> dict[str, Match]:
        ids = {each.key: self._billed_as(each) for each in documents}
        wanted = sorted({found for found in ids.values() if found is not None})
        there = {each.id: each for each in self.invoices(wanted)}
        found: dict[str, Match] = {}
        for each in documents:
            invoice = there.get(ids[each.key])
            if invoice is not None and (each.origin is not None or _numbered(invoice, each)):
                found[each.key] = Match(invoice)
        return found

    def _billed_as(self, document: Document) -> int | None:
        """Return the id in ConnectWise of what Clary posted, or none."""
        source = source_of(document.origin, self._knowledge.origin_system)
        if source is None and document.origin is None:
            # A key may be another document's since a restore; the number is compared, too.
            source = self._knowledge.posted.get((document.record_type, document.key))
        rest = (source or "").removeprefix(SOURCE)
        return int(rest) if rest.isdecimal() else None

    def invoices(self, ids: Sequence[int]) -> Iterator[Invoice]:
        """Yield the invoices of ConnectWise with these ids, as far as there are any."""
        for some in in_groups(ids, ASKED_AT_ONCE):
            yield from self._accounting.invoices(one_of("id", some))

    # --- what looks like it -------------------------------------------------------------------

    def _alike(self, documents: Sequence[Document]) -> dict[str, Match]:
        candidates = self._numbered(documents)
        found = {each.key: self._chosen(each, candidates) for each in documents}
        chosen = [each for each in documents if found[each.key].invoice is not None]
        twins = self._twins(chosen)
        for each in chosen:
            if twins[_mark(each.party, each.number)] > 1:
                several = f"Sage has several of number {each.number} of {each.party}"
                found[each.key] = _ambiguous(each, several)
        return found

    def _numbered(self, documents: Iterable[Document]) -> dict[str, list[Invoice]]:
        """Return the invoices of ConnectWise by number, in lower case."""
        numbers = sorted({each.number for each in documents if _can_be_asked(each.number)})
        found: dict[str, list[Invoice]] = {}
        for some in in_groups(numbers, ASKED_AT_ONCE):
            for invoice in self._accounting.invoices(one_of("invoiceNumber", some)):
                number = (invoice.invoice_number or "").casefold()
                found.setdefault(number, []).append(invoice)
        return found

    def _chosen(self, document: Document, found: Mapping[str, Sequence[Invoice]]) -> Match:
        is_credit = document.record_type == CREDIT_MEMO
        there = [
            each
            for each in found.get(document.number.casefold(), ())
            if (each.type == CREDIT_TYPE) is is_credit
        ]
        fitting = [each for each in there if self._fits(document, each)]
        if len(fitting) == 1:
            return Match(fitting[0])
        if fitting:
            shown = ", ".join(f"{each.invoice_number} (id {each.id})" for each in fitting[:_SHOWN])
            return _ambiguous(document, f"ConnectWise has {shown}")
        if there:
            return Match(finding=_differing(document, there[0]))
        unknown = problems.INVOICE_UNKNOWN.warning(
            record=document.words, number=document.number or document.key, party=document.party
        )
        return Match(finding=unknown)

    def _fits(self, document: Document, invoice: Invoice) -> bool:
        account = invoice.account_number or ""
        customer = self._knowledge.customer(account) or account
        return (
            customer.casefold() == document.party.casefold()
            and abs(minor(invoice.total)) == document.total
        )

    def _twins(self, documents: Sequence[Document]) -> Counter[tuple[str, str]]:
        """Return how many live documents the books have of each customer and number."""
        counts: Counter[tuple[str, str]] = Counter()
        numbers = sorted({each.number for each in documents})
        if not numbers:
            return counts
        declared = declared_type(documents[0].record_type)
        table = filters.declared_fields(declared, self._info.edition, self._info.release)
        pushed = "number" in self._capabilities[declared.name].filters
        for some in in_groups(numbers, ASKED_AT_ONCE):
            where = filters.check(Comparison("number", Operator.IN, tuple(some)), table)
            matches = filters.compile(where)
            query = Query(where=where if pushed else None)
            for body in self._session.read(declared.name, query):
                if matches(body) and body.get("status", "live") == "live":
                    counts[_mark(str(body.get("customer_id")), str(body.get("number")))] += 1
        return counts


def source_of(origin: str | None, system: str) -> str | None:
    """Return the id of the document at its source, where the origin is of this system."""
    parts = (origin or "").split(":")
    if len(parts) < len(("system", "document", "revision")) or unquote(parts[0]) != system:
        return None
    return unquote(parts[1])


def posted_documents(database: Database, app: str, company: str) -> Mapping[tuple[str, str], str]:
    """Return what our copies of batches say was posted as what: source by type and key."""
    table = BATCH_DOCUMENTS.c
    query = (
        select(table.record_type, table.key, table.source)
        .join(BATCHES, BATCHES.c.id == table.batch)
        .where(
            BATCHES.c.app == app,
            BATCHES.c.company == company,
            table.record_type.in_((INVOICE, CREDIT_MEMO)),
            table.key.is_not(None),
            table.state.in_((Standing.POSTED.value, Standing.UNBATCHED.value)),
        )
        .order_by(table.batch)
    )
    with database.read() as connection:
        rows = connection.execute(query).all()
    return {(record_type, key): source for record_type, key, source in rows}


def minor(amount: Decimal | None) -> int:
    """Return an amount of ConnectWise in minor units."""
    return to_minor(round_half_up(amount or Decimal(0)))


def in_groups(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield values in lists of at most `size`."""
    stream = iter(values)
    while some := list(islice(stream, size)):
        yield some


def _mark(party: str, number: str) -> tuple[str, str]:
    return party.casefold(), number


def _numbered(invoice: Invoice, document: Document) -> bool:
    return (invoice.invoice_number or "").casefold() == document.number.casefold()


def _can_be_asked(number: str) -> bool:
    try:
        return bool(number and equal("invoiceNumber", number))
    except Rejected:
        return False


def _ambiguous(document: Document, candidates: str) -> Match:
    finding = problems.INVOICE_AMBIGUOUS.warning(record=document.words, candidates=candidates)
    return Match(finding=finding)


def _differing(document: Document, invoice: Invoice) -> Finding:
    return problems.INVOICE_DIFFERS.warning(
        record=document.words,
        number=document.number,
        party=document.party,
        total=money_text(document.total),
        found_party=invoice.account_number or "nobody",
        found_total=money_text(abs(minor(invoice.total))),
    )
