"""What journal entries and inventory adjustments post, in both editions."""

from __future__ import annotations

from clary.kernel.money import money_text, to_minor
from clary.ledger.posting import costing, resolve, settle, uk_accounts, uk_problems, uk_tax
from clary.ledger.posting import problems as codes
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting, RowKind
from clary.ledger.posting.views import AccountView, ItemView, Lookups
from clary.ledger.types.journals import (
    AdjustmentLine,
    InventoryAdjustment,
    JournalEntry,
    JournalLine,
)

LEAST_LINES = 2
"""A journal entry has at least two lines (Sage 50 US help, general journal)."""


def post_journal_entry(books: Lookups, problems: Problems, entry: JournalEntry) -> Posting:
    """Return the rows of a journal entry: its own lines, which add up to zero."""
    posting = Posting()
    resolve.open_day(books, problems, entry.date)
    if len(entry.lines) < LEAST_LINES:
        problems.error(codes.JOURNAL_LINES, "lines")
    filled: list[tuple[int, dict[str, str]]] = []
    for position, line in enumerate(entry.lines):
        where = f"lines.{position}"
        amount = to_minor(line.amount)
        if not amount:
            problems.error(codes.TOTAL_ZERO, f"{where}.amount")
        view = resolve.plain_account(books, problems, line.account_id, f"{where}.account_id")
        resolve.reference(books, problems, "job", line.job_id, f"{where}.job_id")
        if books.policy.edition == "uk":
            filled.append((position, _check_analysis(books, problems, line, view, where)))
        if view is not None:
            posting.add(view, amount, RowKind.LINE, line=position, description=line.description)
    if filled:
        posting.filled["lines"] = filled
    difference = sum(to_minor(line.amount) for line in entry.lines)
    if difference:
        problems.error(codes.JOURNAL_UNBALANCED, "lines", difference=money_text(abs(difference)))
    posting.total = sum(max(to_minor(line.amount), 0) for line in entry.lines)
    return posting


def _check_analysis(
    books: Lookups, problems: Problems, line: JournalLine, view: AccountView | None, where: str
) -> dict[str, str]:
    """Check what a UK journal line has besides its account; return what it takes by itself.

    A journal moves no tax: its tax code, T9 if none is stated, is for the VAT return only
    (inferred).  Journals are in the base currency, and so are the banks they move.
    """
    uk_accounts.department(books, problems, line.department_id, f"{where}.")
    code = uk_tax.non_vat_code(books, problems, line.tax_code_id, where)
    base = books.policy.currency
    if view is not None and view.currency not in (None, base):
        problems.error(
            uk_problems.BANK_NOT_BASE_CURRENCY,
            f"{where}.account_id",
            value=view.id,
            held=view.currency,
            expected=base,
        )
    return {} if code is None else {"tax_code_id": code.id}


def post_adjustment(books: Lookups, problems: Problems, adjustment: InventoryAdjustment) -> Posting:
    """Return what an inventory adjustment posts: inventory against its source account."""
    posting = Posting()
    resolve.open_day(books, problems, adjustment.date)
    if not adjustment.lines:
        problems.error(codes.LINES_REQUIRED, "lines")
    for position, line in enumerate(adjustment.lines):
        where = f"lines.{position}"
        item = resolve.item(books, problems, line.item_id, f"{where}.item_id")
        if item is None:
            continue
        quantity = to_minor(line.quantity, 5)
        if not item.is_stock or not quantity:
            problems.error(codes.QUANTITY_REQUIRED, f"{where}.quantity", value=item.id)
            continue
        _adjust(books, problems, posting, line, item, position, quantity)
    posting.total = sum(move.cost for move in posting.stock)
    return posting


def _adjust(
    books: Lookups,
    problems: Problems,
    posting: Posting,
    line: AdjustmentLine,
    item: ItemView,
    position: int,
    quantity: int,
) -> None:
    where = f"lines.{position}"
    if quantity > 0:
        unit_cost = resolve.units(line.unit_cost)
        cost = (
            costing.current_cost(item, quantity)
            if unit_cost is None
            else costing.unit_total(unit_cost, quantity)
        )
        cost -= settle.receive_stock(books, posting, item, position, quantity, cost)
    else:
        move = settle.issue_stock(
            books, problems, posting, item, position, -quantity, f"{where}.quantity"
        )
        cost = move.cost
    if books.policy.edition == "uk":
        return
    _adjust_rows(books, problems, posting, line, item, position, quantity, cost)


def _adjust_rows(
    books: Lookups,
    problems: Problems,
    posting: Posting,
    line: AdjustmentLine,
    item: ItemView,
    position: int,
    quantity: int,
    cost: int,
) -> None:
    """Add the rows of a US adjustment; a UK one moves stock only (no nominal posting)."""
    where = f"lines.{position}"
    source = line.account_id or item.cost_account_id
    if item.inventory_account_id is None or source is None:
        problems.error(
            codes.ITEM_ACCOUNT_MISSING, where, value=item.id, label="GL accounts for stock"
        )
        return
    inventory = resolve.account(books, problems, item.inventory_account_id, where)
    other = resolve.plain_account(books, problems, source, f"{where}.account_id")
    if inventory is None or other is None:
        return
    posting.add(inventory, cost, RowKind.STOCK, line=position, item=item, quantity=quantity)
    posting.add(other, -cost, RowKind.LINE, line=position)
