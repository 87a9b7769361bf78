"""Tells of any document of ConnectWise why it is not listed, or that it is.

A document that a bookkeeper expects and does not see was, in every case, left out by
ConnectWise for a reason that its screens show nowhere in one place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from clary.apps.connectwise import menus
from clary.apps.connectwise.client import Record
from clary.apps.connectwise.conditions import equal
from clary.apps.connectwise.postings import ROOT
from clary.apps.connectwise.problems import NOT_FOUND
from clary.apps.connectwise.resources import Accounting
from clary.apps.connectwise.shapes import Company, Invoice, PurchaseOrder, PurchaseOrderLineItem
from clary.flows.batch.kinds import Kind
from clary.flows.batch.listing import Candidate, Listing
from clary.flows.batch.requests import Selection
from clary.flows.batch.values import civil_date
from clary.kernel.errors import Code, Finding, Rejected, Severity, declare


def _reason(name: str, message: str, remedy: str) -> Code:
    return declare(f"BATCH_WHY_{name}", Rejected, message, remedy)


LISTED = _reason("LISTED", "It is listed: {title}, {total}.", "Nothing needs to be done.")
LISTED_ONLY = _reason(
    "LISTED_ONLY",
    "It is listed, and cannot be posted as it is: {title}, {total}.",
    "Do what is said next, then refresh.",
)
UNKNOWN = _reason(
    "UNKNOWN",
    "ConnectWise has no invoice, purchase order, vendor's invoice, expense or stock count {name}.",
    "Check the number.",
)
INVOICE_OPEN = _reason(
    "INVOICE_OPEN",
    "It has the status {status}, which is not a closed one.",
    "Set its status to a closed one in ConnectWise (Finance > Invoices), then refresh.",
)
POSTED = _reason(
    "POSTED",
    "It is in batch {batch} already.",
    "Nothing needs to be done; to post it again, un-batch it: `clary batch unbatch`.",
)
NO_ROWS = _reason(
    "NO_GL_ENTRIES",
    "It has no GL entries, so it can never be posted.",
    "Complete the GL mapping in ConnectWise (System > Setup Tables > GL Accounts), set the"
    " document to Open, save, set it to Closed, save, then refresh.",
)
NO_ACCOUNT_NUMBER = _reason(
    "NO_ACCOUNT_NUMBER",
    "{company} has no account number, so ConnectWise does not export it.",
    f"Enter the customer ID of Sage in ConnectWise ({menus.ACCOUNT_NUMBER}).",
)
NO_VENDOR = _reason(
    "NO_VENDOR",
    "{company} has no vendor number, so ConnectWise does not export it.",
    f"Enter the vendor ID of Sage in ConnectWise ({menus.VENDOR_ID}).",
)
OTHER_LOCATION = _reason(
    "OTHER_LOCATION",
    "It belongs to the location {location}.",
    "Choose that location, or all.",
)
LATER = _reason(
    "LATER_DATE", "It is dated {date}, after {through}.", "Choose a later through date."
)
LINE_WAITS = _reason(
    "LINE_NOT_RECEIVED",
    "Line {line} is not received yet ({received} of {quantity}).",
    "Receive it in ConnectWise (Procurement > Purchase Orders > the order > Receive).",
)
LINE_OPEN = _reason(
    "LINE_NOT_CLOSED",
    "Line {line} is received and not closed.",
    "Close the line in ConnectWise (Procurement > Purchase Orders > the order).",
)
LINE_POSTED = _reason(
    "LINE_POSTED", "Line {line} is in a batch already.", "Nothing needs to be done."
)
LINE_CANCELLED = _reason(
    "LINE_CANCELLED", "Line {line} was cancelled.", "Nothing needs to be done."
)
EXPENSE_STATUS = _reason(
    "EXPENSE_STATUS",
    "It has the status {status}.",
    "Expenses wait to be posted once their report is approved.",
)
EXPENSE_SETTLED = _reason(
    "EXPENSE_SETTLED",
    "It has no open GL entries: it is in a batch already, or its type has no GL account.",
    "See `clary batch list`; else complete the GL mapping of expense types in ConnectWise.",
)
COUNT_OPEN = _reason(
    "COUNT_OPEN",
    "It is not closed yet.",
    "Close it in ConnectWise (Procurement > Inventory Adjustments).",
)
COUNT_SETTLED = _reason(
    "COUNT_SETTLED",
    "It has no open GL entries: it is in a batch already.",
    "Nothing needs to be done; see `clary batch list`.",
)
UNEXPLAINED = _reason(
    "UNEXPLAINED",
    "Nothing keeps it back that can be seen from here.",
    "Look whether the API member's system level is Corporate: documents of other levels stay"
    " out silently. `clary app test` checks it.",
)

_UNEXPORTED: Final = frozenset({NO_ROWS.name, NO_ACCOUNT_NUMBER.name, NO_VENDOR.name})
"""Reasons for which ConnectWise lists a document and does not export it."""

_EXPENSES: Final = "/expense/entries"
_ADJUSTMENTS: Final = "/procurement/adjustments"
_ADJUSTMENT: Final = "-adjustment"
"""What follows the id of an adjustment where it waits and in exports."""


def why(accounting: Accounting, name: str, selection: Selection) -> list[Finding]:
    """Return why a document is not listed by a selection, or that it is.

    Args:
        accounting: the site.
        name: number of an invoice, purchase order, vendor's invoice or stock count, or id of
            an expense; also in the form of a document's id, such as `invoice:39005`.
        selection: location and through date that were chosen.

    Raises:
        ClaryError: the site cannot be read.
    """
    counts = [] if ":" in name else list(_adjustments(accounting, name))
    names = {name.casefold(), *(f"{each.get('id')}{_ADJUSTMENT}" for each in counts)}
    listed = list(_listed(accounting, names, selection))
    reasons = list(_all(accounting, name, selection))
    if listed:
        # It is listed, and perhaps left out of exports all the same.
        left_out = [each for each in reasons if each.code in _UNEXPORTED]
        code = LISTED_ONLY if left_out else LISTED
        return [_told(code, each) for each in listed] + left_out
    reasons += [each for count in counts for each in _of_adjustment(count, selection)]
    return reasons or [UNKNOWN.warning(record=name, name=name)]


def unexported(accounting: Accounting, listed: Candidate) -> list[Finding]:
    """Return as errors why ConnectWise lists a document and does not export it.

    Raises:
        ClaryError: the site cannot be read.
    """
    name = f"{listed.kind.value}:{listed.export_id}"
    if listed.kind is Kind.PROCUREMENT:
        name = f"{listed.kind.value}:{listed.order or listed.number}"
    found = [each for each in _all(accounting, name, Selection()) if each.code in _UNEXPORTED]
    return [replace(each, severity=Severity.ERROR) for each in found]


def _listed(
    accounting: Accounting, names: Collection[str], selection: Selection
) -> Iterator[Candidate]:
    """Yield the unposted rows of one of these names that the selection lists."""
    for each in Listing(accounting).candidates(selection):
        known = (*each.names, str(each.export_id), each.order)
        if any(one.casefold() in names for one in known):
            yield each


def _told(code: Code, each: Candidate) -> Finding:
    record = f"{each.kind.value} {each.number}"
    return code.warning(record=record, title=each.title, total=each.as_body()["total"])


def _all(accounting: Accounting, name: str, selection: Selection) -> Iterator[Finding]:
    word, _, text = name.partition(":")
    number = text if text and word in _WORDS else name
    if word not in _WORDS or word == "invoice":
        yield from _invoices(accounting, number, selection, by_id=word == "invoice" and bool(text))
    if word not in _WORDS or word in ("purchase", Kind.PROCUREMENT.value):
        yield from _orders(accounting, number, selection)
    entry = _id_of(number)
    if entry is not None and (word not in _WORDS or word == "expense"):
        yield from _expenses(accounting, entry, selection)


_WORDS = frozenset({*(kind.value for kind in Kind), "purchase"})
_ID_DIGITS: Final = 12
"""Most digits of what is looked up as an id; ConnectWise's own ids have fewer."""


def _id_of(text: str) -> int | None:
    """Return a text as an id, or none where it cannot be one."""
    return int(text) if len(text) <= _ID_DIGITS and text.isascii() and text.isdecimal() else None


# --- invoices ---------------------------------------------------------------------------


def _invoices(
    accounting: Accounting, name: str, selection: Selection, *, by_id: bool
) -> Iterator[Finding]:
    if by_id:
        key = _id_of(name)
        invoices = [] if key is None else list(accounting.invoices(equal("id", key)))
    else:
        invoices = accounting.invoices_numbered(name)
    for invoice in invoices:
        record = f"invoice {invoice.invoice_number or invoice.id}"
        reasons = list(_of_invoice(accounting, invoice, record, selection))
        yield from reasons or [UNEXPLAINED.warning(record=record)]


def _of_invoice(
    accounting: Accounting, invoice: Invoice, record: str, selection: Selection
) -> Iterator[Finding]:
    if invoice.gl_batch is not None and (invoice.gl_batch.id or invoice.gl_batch.name):
        yield POSTED.warning(record=record, batch=invoice.gl_batch.shown)
        return
    status = invoice.status
    if status is not None and status.is_closed is False:
        yield INVOICE_OPEN.warning(record=record, status=status.shown)
    elif invoice.id is not None and not any(True for _ in accounting.gl_entries(invoice.id)):
        yield NO_ROWS.warning(record=record)
    company = invoice.bill_to_company or invoice.company
    if company is not None and company.id is not None:
        found = accounting.company(company.id)
        if not found.account_number:
            yield NO_ACCOUNT_NUMBER.warning(record=record, company=_named(found))
    place = invoice.location.shown if invoice.location else ""
    yield from _out_of_reach(record, invoice.date, invoice.location_id, place, selection)


def _out_of_reach(
    record: str, day: str | None, location_id: int | None, place: str, selection: Selection
) -> Iterator[Finding]:
    """Yield what the selection itself leaves out."""
    dated = civil_date(day or "")
    last: date | None = selection.through
    if dated is not None and last is not None and dated > last:
        yield LATER.warning(record=record, date=dated, through=last)
    chosen = selection.location
    if chosen is not None and location_id is not None and location_id != chosen.id:
        yield OTHER_LOCATION.warning(record=record, location=place or location_id)


def _named(company: Company) -> str:
    return company.name or company.identifier or "The company"


# --- purchase orders --------------------------------------------------------------------


def _orders(accounting: Accounting, name: str, selection: Selection) -> Iterator[Finding]:
    found = list(accounting.purchase_orders(equal("poNumber", name)))
    for order in found or accounting.purchase_orders(equal("vendorInvoiceNumber", name)):
        record = f"purchase order {order.po_number or order.id}"
        reasons = list(_of_order(accounting, order, record, selection))
        yield from reasons or [UNEXPLAINED.warning(record=record)]


def _of_order(
    accounting: Accounting, order: PurchaseOrder, record: str, selection: Selection
) -> Iterator[Finding]:
    for line in accounting.purchase_order_lines(order.id or 0):
        yield from _of_line(line, record)
    vendor = order.vendor_company
    if vendor is not None and vendor.id is not None:
        found = accounting.company(vendor.id)
        if not found.vendor_identifier:
            yield NO_VENDOR.warning(record=record, company=_named(found))
    place = order.location.shown if order.location else ""
    yield from _out_of_reach(record, order.po_date, order.location_id, place, selection)


def _of_line(line: PurchaseOrderLineItem, record: str) -> Iterator[Finding]:
    number = line.line_number or line.id
    if line.canceled_flag:
        yield LINE_CANCELLED.warning(record=record, line=number)
    elif line.batched_flag:
        yield LINE_POSTED.warning(record=record, line=number)
    elif not line.received_quantity:
        yield LINE_WAITS.warning(
            record=record, line=number, received=0, quantity=line.quantity or 0
        )
    elif not line.closed_flag:
        yield LINE_OPEN.warning(record=record, line=number)


# --- counts of stock --------------------------------------------------------------------


def _adjustments(accounting: Accounting, name: str) -> Iterator[Record]:
    """Yield the adjustments of this name, or of this id as it stands where they wait."""
    number = name.casefold().removesuffix(_ADJUSTMENT)
    key = _id_of(number) if number != name.casefold() else None
    condition = equal("identifier", name) if key is None else equal("id", key)
    yield from accounting.client.pages(_ADJUSTMENTS, conditions=condition)


def _of_adjustment(entry: Record, selection: Selection) -> Iterator[Finding]:
    record = f"adjustment {entry.get('identifier') or entry.get('id')}"
    if entry.get("closedFlag") is False:
        yield COUNT_OPEN.warning(record=record)
        return
    day = entry.get("closedDate")
    late = list(_out_of_reach(record, day if isinstance(day, str) else None, None, "", selection))
    yield from late or [COUNT_SETTLED.warning(record=record)]


# --- expenses ---------------------------------------------------------------------------


def _expenses(accounting: Accounting, entry: int, selection: Selection) -> Iterator[Finding]:
    try:
        found = accounting.client.get(f"{_EXPENSES}/{entry}")
    except Rejected as error:
        if error.code == NOT_FOUND.name:
            return
        raise
    if isinstance(found, dict):
        record = f"expense {entry}"
        reasons = list(_of_expense(accounting, found, record, selection))
        yield from reasons or [UNEXPLAINED.warning(record=record)]


def _of_expense(
    accounting: Accounting, entry: Record, record: str, selection: Selection
) -> Iterator[Finding]:
    if entry.get("status") not in _APPROVED:
        yield EXPENSE_STATUS.warning(record=record, status=entry.get("status"))
    elif not accounting.client.count(
        f"{ROOT}/unpostedexpenses", equal("expenseDetailId", _whole(entry.get("id")) or 0)
    ):
        yield EXPENSE_SETTLED.warning(record=record)
    member = entry.get("member")
    key = _whole(member.get("id")) if isinstance(member, dict) else None
    if key is not None:
        who = accounting.member(key)
        if not who.vendor_number:
            name = f"{who.first_name or ''} {who.last_name or ''}".strip()
            yield NO_VENDOR.warning(record=record, company=name or "The member")
    day = entry.get("date")
    place = _whole(entry.get("locationId"))
    yield from _out_of_reach(record, day if isinstance(day, str) else None, place, "", selection)


_APPROVED = frozenset({"ReadyToBill", "Billed", "BilledAgreement", "ApprovedByTierTwo"})


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
