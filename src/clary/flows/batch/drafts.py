"""What a document of ConnectWise becomes in the books, and what both editions share of it.

Drafting is pure: it looks things up and writes nothing.  A draft without a body has at
least one finding that stops it; everything wrong with a document is found at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from clary.flows.batch.mapping import BatchMapping, Drafting, ItemTarget, Need
from clary.flows.batch.source import SourceDocument, SourceLine
from clary.flows.batch.tax_policy import ROUNDING_ACCOUNT_UNKNOWN, TaxMoves
from clary.flows.batch.values import TEXT_LIMIT, shortened
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import Finding, Rejected, declare
from clary.kernel.money import (
    RATE_PLACES,
    canonical,
    from_minor,
    money_text,
    round_half_up,
    to_minor,
)
from clary.ledger.fields import EditionName
from clary.ledger.posting.problems import Problems
from clary.ledger.record import fields_of, groups_of
from clary.ledger.registry import record_type as declared_type

CURRENCY_UNSUPPORTED = declare(
    "BATCH_CURRENCY_UNSUPPORTED",
    Rejected,
    "The document is in {currency}; these books are kept in {base} only.",
    "Enter it in Sage by hand in {base}, then mark it as handled with `clary batch clear`.",
)
TRANSFER_UNSUPPORTED = declare(
    "BATCH_TRANSFER_UNSUPPORTED",
    Rejected,
    "Sage keeps stock in one place, so a transfer between warehouses cannot be posted.",
    "Mark it as handled with `clary batch clear`; the books need nothing.",
)
TEXT_CUT = declare(
    "BATCH_TEXT_CUT",
    Rejected,
    "{label} is cut to {limit} characters: {kept}.",
    "Nothing needs to be done; to change the text, edit it in ConnectWise, then refresh.",
)
ITEM_MISSING = declare(
    "BATCH_ITEM_MISSING",
    Rejected,
    "A line names no item, which this document needs.",
    "Correct the line in ConnectWise, then refresh.",
)
ITEM_NOT_STOCK = declare(
    "BATCH_ITEM_NOT_STOCK",
    Rejected,
    "{value} is no stock item in Sage, so its quantity cannot be adjusted.",
    "Map it to a stock item, or mark the adjustment as handled with `clary batch clear`.",
)


@dataclass(frozen=True, slots=True)
class Draft:
    """One document as it is to be posted.

    Attributes:
        source: the document of ConnectWise.
        record_type: what it becomes; empty where the edition has nothing for it.
        body: the canonical body; none where a finding stops it.
        needs: records to create first.
        findings: errors and warnings.
        total: what the body comes to, in minor units.
        tax_moves: what the books will move otherwise than ConnectWise, for their own tax.
    """

    source: SourceDocument
    record_type: str
    body: Body | None
    needs: tuple[Need, ...]
    findings: tuple[Finding, ...]
    total: int
    tax_moves: TaxMoves | None = None


Written = tuple[str, Body, int]
"""Record type, body and total of a drafted document."""

Writer = Callable[[SourceDocument, BatchMapping, Drafting], Written | None]


def drafted(document: SourceDocument, mapping: BatchMapping, writer: Writer) -> Draft:
    """Return the draft of a document, written by its kind's `writer`."""
    drafting = Drafting(Problems(document.record))
    written = writer(document, mapping, drafting)
    record_type, body, total = written if written is not None else ("", None, document.total)
    return Draft(
        source=document,
        record_type=record_type,
        body=None if drafting.problems.failed else body,
        needs=tuple(drafting.needs.values()),
        findings=tuple(drafting.problems.findings),
        total=total,
        tax_moves=drafting.tax_moves,
    )


def refuse_transfer(
    document: SourceDocument, mapping: BatchMapping, drafting: Drafting
) -> Written | None:
    """Note that the edition has no transfers between warehouses."""
    del document, mapping
    drafting.problems.error(TRANSFER_UNSUPPORTED)
    return None


@cache
def limit(record_type: str, edition: EditionName, *path: str) -> int:
    """Return the most characters of a field such as `lines`, `description`; as declared."""
    record = declared_type(record_type).record
    for name in path[:-1]:
        record = groups_of(record)[name]
    rule = fields_of(record)[path[-1]].rule(edition)
    return rule.length or TEXT_LIMIT if rule is not None else 0


def cut(text: str, most: int, drafting: Drafting, field: str, label: str) -> str:
    """Return a text cut to what Sage holds; a warning says so."""
    if len(text) <= most:
        return text
    kept = shortened(text, most)
    drafting.problems.warn(TEXT_CUT, field, label=label, limit=most, kept=kept)
    return kept


def priced(line: SourceLine, *, is_stock: bool) -> Body:
    """Return quantity and unit price of an item's line, as far as they agree with its amount.

    Amounts rule: a unit price that does not give the amount (a discount, a rounded rate)
    is worked out anew or left out.  A quantity that is not positive stays for stock only,
    where it is refused with its reason.
    """
    quantity = line.quantity
    if quantity is None or (quantity <= 0 and not is_stock):
        return {}
    body: Body = {"quantity": canonical(quantity, RATE_PLACES)}
    price = _fitting_price(line.amount, quantity, line.unit_price)
    if price is not None:
        body["unit_price"] = canonical(price, RATE_PLACES)
    return body


def _fitting_price(amount: int, quantity: Decimal, stated: Decimal | None) -> Decimal | None:
    if stated is not None and _gives(stated, quantity, amount):
        return stated
    if not quantity:
        return None
    worked_out = round_half_up(from_minor(amount) / quantity, RATE_PLACES)
    return worked_out if _gives(worked_out, quantity, amount) else None


def _gives(price: Decimal, quantity: Decimal, amount: int) -> bool:
    return to_minor(round_half_up(price * quantity)) == amount


def stated(**fields: JsonValue) -> Body:
    """Return a body of the fields that hold something."""
    return {name: value for name, value in fields.items() if value not in (None, "")}


def amount_line(account: str, amount: int, description: str) -> Body:
    """Return a line that is only an amount on an account."""
    return stated(account_id=account, amount=money_text(amount), description=description)


def rounding_account(mapping: BatchMapping, drafting: Drafting, position: int) -> str | None:
    """Return the account of a tax difference, or note that the books do not have it.

    That none is stated is noted where the tax is decided about.
    """
    named = mapping.settings.rounding_account
    if named is None:
        return None
    found = mapping.known_account(named)
    if found is None:
        where = f"lines.{position}.account_id"
        drafting.problems.error(ROUNDING_ACCOUNT_UNKNOWN, where, account=named, app=mapping.app)
    return found


def party_name(document: SourceDocument) -> str:
    """Return what people call the party of a document, empty where it has none."""
    party = document.party
    return (party.name or party.key) if party is not None else ""


def _journal_lines(
    document: SourceDocument,
    mapping: BatchMapping,
    drafting: Drafting,
    shown: Callable[[str], str],
) -> list[Body]:
    """Return the lines of a journal entry: each expense a debit, its offset the credit."""
    lines: list[Body] = []
    for line in document.lines:
        sides = (
            (line.account, line.amount, "the expense"),
            (line.offset_account, -line.amount, "the offset"),
        )
        for text, amount, what in sides:
            where = f"lines.{len(lines)}.account_id"
            account = mapping.account(text or "", drafting, where, what)
            chosen = account.id if account is not None else ""
            lines.append(amount_line(chosen, amount, shown(line.description)))
    return lines


def journal(
    document: SourceDocument,
    mapping: BatchMapping,
    drafting: Drafting,
    shown: Callable[[str], str],
) -> Written:
    """Return the journal entry of a member's expenses.

    Args:
        document: the expenses.
        mapping: what accounts are called in the books.
        drafting: collects what is wrong.
        shown: makes a text fit its field.
    """
    body = stated(
        date=document.date.isoformat(),
        number=shortened(document.number, limit("journal_entry", mapping.edition, "number")),
        description=shown(document.memo or f"Expenses of {party_name(document)}"),
        lines=_journal_lines(document, mapping, drafting, shown),
    )
    return "journal_entry", body, document.total


def adjustment(document: SourceDocument, mapping: BatchMapping, lines: Sequence[Body]) -> Written:
    """Return the adjustment of stock that lines make."""
    name = "inventory_adjustment"
    body = stated(
        date=document.date.isoformat(),
        number=shortened(document.number, limit(name, mapping.edition, "number")),
        reason=shortened(document.memo, limit(name, mapping.edition, "reason")),
        lines=lines,
    )
    return name, body, document.total


def adjusted(
    line: SourceLine, where: str, mapping: BatchMapping, drafting: Drafting
) -> tuple[Body, ItemTarget | None]:
    """Return the line of an adjustment, and its item: what comes in brings its cost."""
    if line.item is None:
        drafting.problems.error(ITEM_MISSING, f"{where}.item_id")
        return {}, None
    item = mapping.item(line.item, drafting, f"{where}.item_id")
    if item is None:
        return {}, None
    if not item.is_stock:
        drafting.problems.error(ITEM_NOT_STOCK, f"{where}.item_id", value=item.id)
    quantity = line.quantity or Decimal(0)
    body: Body = {"item_id": item.id, "quantity": canonical(quantity, RATE_PLACES)}
    if quantity > 0 and line.unit_price is not None:
        body["unit_cost"] = canonical(line.unit_price, RATE_PLACES)
    return body, item


def applications(document: SourceDocument) -> Sequence[JsonValue]:
    """Return what a credit memo pays, as it stands in a body."""
    return [
        {"invoice_number": each.invoice_number, "amount": money_text(each.amount)}
        for each in document.applied
    ]
