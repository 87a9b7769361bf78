"""What US purchases and vendor credits post, by item class.

Source: sage50-us.md section 6.8 (waiting on bill accrues too: inferred there); the
effects by item class follow from the three GL accounts of an item.
"""

from __future__ import annotations

from clary.kernel.money import money_text
from clary.ledger.posting import problems as codes
from clary.ledger.posting import resolve, settle, us_sales
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting, RowKind
from clary.ledger.posting.views import AccountView, ItemView, Lookups
from clary.ledger.types.purchases import Purchase, PurchaseDocument, PurchaseLine, VendorCredit

CONTROL = settle.Control("accounts_payable", "payable_account_id", "Accounts payable account")


def post_purchase(books: Lookups, problems: Problems, purchase: Purchase) -> Posting:
    """Return what a bill or an item receipt posts: Dr inventory or expense, Cr payable."""
    posting = _trade(books, problems, purchase, sign=1)
    posting.open = posting.total
    posting.party_change = posting.total
    party = posting.party
    if party is not None:
        resolve.note_number(books, problems, "purchase", party, purchase.number)
        resolve.orders(
            books, problems, party, "purchase_order", purchase.lines, "purchase_order_number"
        )
        if purchase.due_date is None and not purchase.waiting_on_bill:
            posting.filled["due_date"] = us_sales.due_date(party, purchase.date).isoformat()
    return posting


def post_vendor_credit(books: Lookups, problems: Problems, credit: VendorCredit) -> Posting:
    """Return what a vendor credit posts: the reverse of a bill, goods out at their cost."""
    posting = _trade(books, problems, credit, sign=-1)
    posting.open = posting.total
    posting.party_change = -posting.total
    if posting.party is not None:
        settle.add_applications(books, problems, posting, posting.party, credit.applications)
    return posting


def _trade(books: Lookups, problems: Problems, document: PurchaseDocument, *, sign: int) -> Posting:
    party = resolve.vendor(books, problems, document.vendor_id)
    posting = settle.begin(books, problems, document, party)
    posting.filled["lines"] = add_lines(books, problems, posting, document.lines, sign)
    posting.total = sign * sum(row.amount for row in posting.rows)
    settle.add_control(books, problems, posting, document, CONTROL, sign)
    return posting


def add_lines(
    books: Lookups,
    problems: Problems,
    posting: Posting,
    lines: list[PurchaseLine],
    sign: int,
) -> list[tuple[int, dict[str, str]]]:
    """Add every line with `sign` (1 debits); return what was filled in, by position."""
    filled = []
    for position, line in enumerate(lines):
        where = f"lines.{position}"
        item, amount, quantity = resolve.priced_line(books, problems, line, where)
        view = _line_account(books, problems, line, item, where)
        if view is None:
            continue
        filled.append((position, {"account_id": view.id, "amount": money_text(amount)}))
        posting.add(
            view,
            sign * amount,
            RowKind.STOCK if item is not None and item.is_stock else RowKind.LINE,
            line=position,
            item=item,
            quantity=quantity,
            description=line.description,
        )
        if item is not None and item.is_stock and quantity and not problems.failed:
            _move_stock(books, problems, posting, item, position, sign * quantity, amount, view)
    return filled


def _line_account(
    books: Lookups, problems: Problems, line: PurchaseLine, item: ItemView | None, where: str
) -> AccountView | None:
    """Return the account of a line: the item's own by class, else the line's.

    Stock always goes to the item's inventory account; non-stock, service and labor to
    its salaries and wages account; description only to cost of sales.
    """
    field = f"{where}.account_id"
    if item is not None and item.is_stock:
        if item.inventory_account_id is None:
            problems.error(
                codes.ITEM_ACCOUNT_MISSING, where, value=item.id, label="GL inventory account"
            )
            return None
        if line.account_id not in (None, item.inventory_account_id):
            problems.error(
                codes.ACCOUNT_TYPE_WRONG,
                field,
                value=line.account_id,
                found="not the item's inventory account",
                expected=item.inventory_account_id,
            )
            return None
        return resolve.account(books, problems, item.inventory_account_id, field)
    chosen = line.account_id or _usual_account(item)
    if chosen is None:
        problems.error(codes.ACCOUNT_REQUIRED, field)
        return None
    return resolve.plain_account(books, problems, chosen, field)


def _usual_account(item: ItemView | None) -> str | None:
    if item is None:
        return None
    if item.item_class == "description_only":
        return item.cost_account_id
    return item.inventory_account_id


def _move_stock(
    books: Lookups,
    problems: Problems,
    posting: Posting,
    item: ItemView,
    position: int,
    moved: int,
    amount: int,
    inventory: AccountView,
) -> None:
    """Receive goods (`moved` above 0) at the line's amount, or send them back at their cost.

    What the amount and the cost of goods sent back differ by, and the cost of goods that
    were sold before they came, goes to the item's cost of sales account.
    """
    if moved > 0:
        difference = settle.receive_stock(books, posting, item, position, moved, amount)
    else:
        where = f"lines.{position}.quantity"
        move = settle.issue_stock(books, problems, posting, item, position, -moved, where)
        difference = -(amount + move.cost)
    if not difference:
        return
    if item.cost_account_id is None:
        problems.error(
            codes.ITEM_ACCOUNT_MISSING,
            f"lines.{position}.item_id",
            value=item.id,
            label="GL cost of sales account",
        )
        return
    cost = resolve.account(books, problems, item.cost_account_id, f"lines.{position}.item_id")
    if cost is not None:
        posting.add(cost, difference, RowKind.COST, line=position, item=item)
        posting.add(inventory, -difference, RowKind.STOCK, line=position, item=item)
