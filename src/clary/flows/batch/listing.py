"""What waits to be posted at a site: the list that a bookkeeper chooses from."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clary.apps.connectwise.conditions import both, equal, through
from clary.apps.connectwise.postings import ROOT
from clary.apps.connectwise.resources import Accounting
from clary.apps.connectwise.shapes import (
    CurrencyReference,
    Reference,
    UnpostedExpense,
    UnpostedInvoice,
    UnpostedProcurement,
)
from clary.flows.batch.kinds import SOURCES, Kind
from clary.flows.batch.meaning import Meaning
from clary.flows.batch.reading import Reader
from clary.flows.batch.requests import Place, Selection
from clary.flows.batch.values import DIGITS, civil_date, cleaned
from clary.kernel.change import Body
from clary.kernel.errors import Finding, Rejected, declare
from clary.kernel.money import money_text, round_half_up, to_minor

NOT_LISTED = declare(
    "BATCH_NOT_LISTED",
    Rejected,
    "{name} was asked for by name and does not wait in ConnectWise.",
    "Check the name. See why it does not wait: clary batch why {app} {name}",
    http_status=404,
    exit_code=2,
)
LOCATION_UNKNOWN = declare(
    "BATCH_LOCATION_UNKNOWN",
    Rejected,
    "There is no location {name!r} in ConnectWise.",
    "Use one of: {known}; leave it out for all.",
    http_status=404,
    exit_code=2,
)

_PATHS = {
    Kind.INVOICE: (f"{ROOT}/unpostedinvoices", "invoiceDate"),
    Kind.EXPENSE: (f"{ROOT}/unpostedexpenses", "dateExpense"),
    Kind.PROCUREMENT: (f"{ROOT}/unpostedprocurement", ""),
}
"""List and day of the documents of each kind.  What moves in stock may have no purchase date,
so ConnectWise cannot be asked for it by day: its day is judged here."""

_STAMPED: Mapping[Kind, tuple[str, ...]] = {
    Kind.INVOICE: (
        *("id", "billingLogId", "invoiceNumber", "invoiceType"),
        *("total", "invoiceDate", "dateClosed"),
    ),
    Kind.EXPENSE: ("id", "expenseDetailId", "total", "dateExpense", "dateClosed"),
    Kind.PROCUREMENT: (
        *("id", "unpostedProductId", "procurementType", "purchaseOrder"),
        *("total", "vendorInvoiceNumber", "purchaseDate", "dateClosed"),
    ),
}
"""What names, days and stamps are made of; a site works the rest out for each row."""

_CREDIT = "creditmemo"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One unposted row of ConnectWise: a document, or for expenses one expense of a member.

    Attributes:
        kind: what it is selected as.
        export_id: what an export is asked for.
        row_id: id of the unposted row.
        number: what people call it.
        title: what it is, in words.
        party: company or member, by name.
        total: minor units, as ConnectWise lists it.
        group: rows of the same group make one document of the export.
        is_credit: it takes back what an invoice charged, so it comes after the invoices.
        stamp: what tells that the row was changed since: total, day, when it was closed.
        order: number of the purchase order, where it has one.
    """

    kind: Kind
    export_id: int | str
    row_id: int
    number: str
    title: str
    date: date | None
    party: str
    total: int
    currency: str
    location: str
    group: str
    is_credit: bool = False
    stamp: str = ""
    order: str = ""

    @property
    def id(self) -> str:
        """What it is called without doubt."""
        return f"{self.kind}:{self.export_id}"

    @property
    def names(self) -> frozenset[str]:
        """What a person may call it when choosing; its bare id counts where nothing else fits."""
        ids = (f"{word}:{self.export_id}" for word in SOURCES[self.kind])
        return frozenset({self.number, self.id, *ids})

    def as_body(self) -> Body:
        """Return the row as JSON-ready values."""
        return {
            "kind": self.kind.value,
            "number": self.number,
            "id": self.id,
            "title": self.title,
            "date": None if self.date is None else self.date.isoformat(),
            "party": self.party,
            "total": money_text(self.total),
            "currency": self.currency,
            "location": self.location,
        }


@dataclass(frozen=True, slots=True)
class UnpostedAt:
    """How much waits at one location, by kind."""

    place: Place
    counts: dict[Kind, int]

    @property
    def total(self) -> int:
        """All that waits there."""
        return sum(self.counts.values())


def locations(accounting: Accounting, until: date | None = None) -> Iterator[UnpostedAt]:
    """Yield the locations where something waits, with how much; no others."""
    for place in places(accounting):
        counts = {kind: _counted(accounting, kind, until, place) for kind in _PATHS}
        found = UnpostedAt(place, {kind: count for kind, count in counts.items() if count})
        if found.total:
            yield found


def _counted(accounting: Accounting, kind: Kind, until: date | None, place: Place) -> int:
    path, day = _PATHS[kind]
    if until is not None and not day:
        rows = accounting.unposted_procurement(_at(place))
        return sum(_is_by(_stock_day(row), until) for row in rows)
    return accounting.client.count(path, both(_until(day, until), _at(place)))


def places(accounting: Accounting) -> Iterator[Place]:
    """Yield every location of the service company."""
    for each in accounting.locations():
        if each.id is not None:
            yield Place(each.id, each.name or str(each.id))


def place_named(accounting: Accounting, name: str) -> Place | None:
    """Return the location that a person names, none for a blank, which means all.

    Raises:
        Rejected: there is none of this name or id (BATCH_LOCATION_UNKNOWN).
    """
    wanted = name.strip().casefold()
    if not wanted:
        return None
    known = list(places(accounting))
    for place in known:
        if wanted in (place.name.casefold(), str(place.id)):
            return place
    listed = ", ".join(place.name for place in known)
    raise LOCATION_UNKNOWN.raised(name=name[:80], known=listed)


def unlisted(listing: Listing, app: str) -> Iterator[Finding]:
    """Yield an error for each name of a selection that means nothing which waits.

    Args:
        listing: has given the candidates of the selection.
        app: name of the connection.
    """
    for name in listing.unlisted:
        shown = shlex.quote(name[:80])
        yield NOT_LISTED.finding(record=name[:80], name=shown, app=app)


class Listing:
    """The unposted rows that a selection is made from.

    Attributes:
        unlisted: what a selection includes or excludes by name and that does not wait, once
            its candidates were given.
    """

    def __init__(
        self,
        accounting: Accounting,
        reader: Reader | None = None,
        *,
        stamps_only: bool = False,
    ) -> None:
        """List what waits.

        Args:
            accounting: the site.
            reader: learns whose account numbers the rows have.
            stamps_only: of the candidates only names, days and stamps are wanted.
        """
        self.unlisted: Sequence[str] = ()
        self._accounting = accounting
        self._reader = reader
        self._fields = _STAMPED if stamps_only else dict.fromkeys(Kind, ())
        self._names = {place.id: place.name for place in places(accounting)}

    def candidates(self, selection: Selection) -> Iterator[Candidate]:
        """Yield the rows that a selection means, kind by kind, as they come.

        Raises:
            Rejected: a name means several documents (BATCH_NAME_AMBIGUOUS).
        """
        rows: Iterable[Candidate] = self._listed(selection)
        if selection.names:
            rows = list(rows)
            meaning = Meaning(selection.names)
            for each in rows:
                meaning.learn(each.id, each.names, str(each.export_id))
            known = meaning.settled()
            self.unlisted = [
                name for name in sorted(selection.names) if name.casefold() not in known
            ]
            chosen = selection.chooser(known)
            rows = (each for each in rows if chosen(each.id))
        yield from rows

    def _listed(self, selection: Selection) -> Iterator[Candidate]:
        """Yield the rows of a selection, whatever it says of single documents."""
        rows: dict[Kind, Callable[[str], Iterator[Candidate]]] = {
            Kind.INVOICE: self._invoices,
            Kind.EXPENSE: self._expenses,
            Kind.PROCUREMENT: self._procurement,
        }
        for kind, read in rows.items():
            if kind in selection.kinds:
                conditions = both(
                    _until(_PATHS[kind][1], selection.through), _at(selection.location)
                )
                yield from (
                    each for each in read(conditions) if _is_by(each.date, selection.through)
                )

    def _invoices(self, conditions: str) -> Iterator[Candidate]:
        for row in self._accounting.unposted_invoices(conditions, self._fields[Kind.INVOICE]):
            if self._reader is not None:
                self._reader.learn(invoices=(row,))
            yield self._invoice(row)

    def _invoice(self, row: UnpostedInvoice) -> Candidate:
        kind = (row.invoice_type or "").replace(" ", "").casefold()
        export_id = row.billing_log_id or row.id or 0
        place = (row.location.name or "") if row.location else ""
        return Candidate(
            kind=Kind.INVOICE,
            export_id=export_id,
            row_id=row.id or 0,
            number=cleaned(row.invoice_number or "")[0] or str(export_id),
            title="Credit memo" if kind == _CREDIT else f"{_worded(row.invoice_type)} invoice",
            date=civil_date(row.invoice_date or ""),
            party=_shown(row.bill_to_company or row.company),
            total=_minor(row.total),
            currency=_code(row.currency),
            location=place or self._names.get(row.location_id or 0, ""),
            group=str(export_id),
            is_credit=kind == _CREDIT,
            stamp=_stamp(row.total, row.invoice_date, row.date_closed),
        )

    def _expenses(self, conditions: str) -> Iterator[Candidate]:
        for row in self._accounting.unposted_expenses(conditions, self._fields[Kind.EXPENSE]):
            yield self._expense(row)

    def _expense(self, row: UnpostedExpense) -> Candidate:
        export_id = row.expense_detail_id or row.id or 0
        member = _shown(row.member)
        return Candidate(
            kind=Kind.EXPENSE,
            export_id=export_id,
            row_id=row.id or 0,
            number=str(export_id),
            title=f"Expense ({_shown(row.expense_type) or row.classification or 'other'})",
            date=civil_date(row.date_expense or ""),
            party=member,
            total=_minor(row.total),
            currency=_code(row.currency),
            location=self._names.get(row.location_id or 0, ""),
            group=member,
            stamp=_stamp(row.total, row.date_expense, row.date_closed),
        )

    def _procurement(self, conditions: str) -> Iterator[Candidate]:
        for row in self._accounting.unposted_procurement(
            conditions, self._fields[Kind.PROCUREMENT]
        ):
            yield self._stock(row)

    def _stock(self, row: UnpostedProcurement) -> Candidate:
        export_id = row.unposted_product_id or str(row.id or 0)
        title, number = _named(row, export_id)
        return Candidate(
            kind=Kind.PROCUREMENT,
            export_id=export_id,
            row_id=row.id or 0,
            number=number,
            title=title,
            date=_stock_day(row),
            party=_shown(row.vendor),
            total=_minor(row.total),
            currency=_code(row.currency),
            location=self._names.get(row.location_id or 0, ""),
            group=export_id,
            stamp=_stamp(row.total, row.vendor_invoice_number, row.date_closed),
            order=_shown(row.purchase_order),
        )


def _named(row: UnpostedProcurement, export_id: str) -> tuple[str, str]:
    """Return what a row of procurement is, in words, and what people call it."""
    order = _shown(row.purchase_order)
    if row.procurement_type and row.procurement_type.casefold() != "purchase":
        return f"Inventory {row.procurement_type.lower()}", export_id
    if row.vendor_invoice_number:
        return f"Bill (PO {order})", cleaned(row.vendor_invoice_number)[0] or order
    return f"Item receipt (PO {order})", order or export_id


def _stock_day(row: UnpostedProcurement) -> date | None:
    return civil_date(row.purchase_date or row.date_closed or "")


def _is_by(day: date | None, last: date | None) -> bool:
    """Tell whether a document counts as dated until a day; what has no day always does."""
    return day is None or last is None or day <= last


def _stamp(*values: object) -> str:
    return "|".join("" if value is None else str(value) for value in values)


def _until(day: str, last: date | None) -> str:
    return "" if last is None or not day else through(day, last)


def _at(place: Place | None) -> str:
    return "" if place is None else equal("locationId", place.id)


def _shown(reference: Reference | None) -> str:
    if reference is None:
        return ""
    return cleaned(reference.name or reference.identifier or "")[0]


def _worded(text: str | None) -> str:
    return (text or "Standard").strip() or "Standard"


def _code(currency: CurrencyReference | None) -> str:
    return "" if currency is None else currency.currency_code or currency.identifier or ""


def _minor(amount: Decimal | None) -> int:
    """Return an amount for a list; what is posted is read from the export, and judged there."""
    if amount is None or amount.adjusted() >= DIGITS:
        return 0
    return to_minor(round_half_up(amount))
