"""Reads inventory adjustments and transfers of an export.

Their rows carry no GL ids: a batch takes the ids of the unposted rows that stand for them
(connectwise.md section 2.3), which are handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from clary.apps.connectwise.shapes import (
    ExportAdjustment,
    ExportAdjustmentDetail,
    ExportTransfer,
    ItemReference,
)
from clary.flows.batch import reading_problems as codes
from clary.flows.batch.kinds import DocumentKind
from clary.flows.batch.parties import Parties
from clary.flows.batch.source import SourceDocument, SourceItem, SourceLine
from clary.flows.batch.values import Values
from clary.kernel.money import RATE_PLACES, from_minor, round_half_up


def read_adjustment(
    entry: ExportAdjustment, values: Values, gl_ids: tuple[int, ...], location: str
) -> SourceDocument | None:
    """Return an inventory adjustment; none, with findings, where it cannot be posted."""
    lines = tuple(
        _adjusted(row, values, f"adjustmentDetail.{position}")
        for position, row in enumerate(entry.adjustment_detail or ())
    )
    if not lines:
        values.problems.error(codes.LINES_MISSING, "adjustmentDetail")
    day = values.day(entry.document_date, "documentDate")
    if not entry.document_date:
        values.problems.error(codes.DATE_UNREADABLE, "documentDate", value="")
    if values.problems.failed or day is None:
        return None
    return SourceDocument(
        id=f"adjustment:{entry.id}",
        kind=DocumentKind.ADJUSTMENT,
        number=values.text(entry.id, "id"),
        date=day,
        party=None,
        currency="",
        total=sum(line.amount for line in lines),
        lines=lines,
        gl_ids=gl_ids,
        raw=entry,
        account=values.text(entry.account_number, "accountNumber"),
        memo=values.text(entry.adjustment_description or entry.memo, "adjustmentDescription"),
        location=location,
    )


def _adjusted(row: ExportAdjustmentDetail, values: Values, where: str) -> SourceLine:
    """Return one adjusted item: the sign of its quantity is the sign of its value."""
    quantity = values.quantity(row.quantity, f"{where}.quantity") or Decimal(0)
    value = abs(values.minor(row.total, f"{where}.total"))
    cost = _unit_cost(value, quantity, values.quantity(row.cost, f"{where}.cost"))
    return SourceLine(
        gl_type="",
        account=values.text(row.account_number, f"{where}.accountNumber"),
        amount=-value if quantity < 0 else value,
        description=values.text(row.description or row.memo, f"{where}.description"),
        quantity=quantity,
        unit_price=cost,
        item=_item(row.item, row, values, where),
    )


def _unit_cost(value: int, quantity: Decimal, stated: Decimal | None) -> Decimal | None:
    if value and quantity:
        return round_half_up(from_minor(value) / abs(quantity), RATE_PLACES)
    return stated


def _item(
    item: ItemReference | None, row: ExportAdjustmentDetail, values: Values, where: str
) -> SourceItem | None:
    key = values.key(item.identifier if item else None, f"{where}.item")
    if not key or item is None:
        return None
    return SourceItem(
        key=key,
        catalog_id=item.id,
        description=values.text(row.description, f"{where}.description"),
        type_xref="InventoryPart",
        serialized=bool(item.serialized_flag),
        cost=row.cost,
        sales_account=row.product_account_number,
        inventory_account=row.inventory_account_number,
        cost_account=row.cost_account_number,
    )


def grouped(transfers: Iterable[ExportTransfer]) -> Iterator[tuple[ExportTransfer, ...]]:
    """Yield the rows of each transfer, which has one row per item."""
    groups: dict[str, list[ExportTransfer]] = {}
    for row in transfers:
        groups.setdefault(row.id or "", []).append(row)
    yield from (tuple(rows) for rows in groups.values())


def read_transfer(
    rows: tuple[ExportTransfer, ...],
    values: Values,
    parties: Parties,
    gl_ids: tuple[int, ...],
    location: str,
) -> SourceDocument | None:
    """Return an inventory transfer, so that it can be told of and marked as handled."""
    first = rows[0]
    day = values.day(first.document_date, "documentDate")
    if not first.document_date:
        values.problems.error(codes.DATE_UNREADABLE, "documentDate", value="")
    lines = tuple(
        SourceLine(
            gl_type="",
            account=values.text(row.account_number, "accountNumber"),
            amount=abs(values.minor(row.total, "total")),
            description=values.text(row.description or row.memo, "description"),
            quantity=values.quantity(row.quantity, "quantity"),
            item=SourceItem(key=row.item.identifier or "", catalog_id=row.item.id)
            if row.item
            else None,
        )
        for row in rows
    )
    if values.problems.failed or day is None:
        return None
    return SourceDocument(
        id=f"transfer:{first.id}",
        kind=DocumentKind.TRANSFER,
        number=values.text(first.id, "id"),
        date=day,
        party=None,
        currency=parties.currency(first.currency),
        total=sum(line.amount for line in lines),
        lines=lines,
        gl_ids=gl_ids,
        raw=rows,
        memo=values.text(first.memo or first.description, "memo"),
        location=location,
    )
