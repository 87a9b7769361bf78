"""What US invoices and credit memos post.

Source: sage50-us.md section 6.8 (inferred there, and equal to the lines of a real
invoice export); the effects by item class follow from the three GL accounts of an item.
"""

from __future__ import annotations

from datetime import date, timedelta

from clary.kernel.money import money_text, rounded_ratio, to_minor
from clary.ledger.posting import costing, resolve, settle, us_tax
from clary.ledger.posting import problems as codes
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting, RowKind
from clary.ledger.posting.terms import day_in_month, first_of_next_month
from clary.ledger.posting.views import AccountView, ItemView, Lookups, PartyView
from clary.ledger.types.sales import CreditMemo, SalesDocument, SalesInvoice, SalesLine

CONTROL = settle.Control(
    "accounts_receivable", "receivable_account_id", "Accounts receivable account"
)

COST_LABEL = "GL cost of sales account"
OTHER_LABEL = "GL inventory (salaries and wages) account"

COST_ROWS = (RowKind.COST, RowKind.STOCK)
"""The rows that the books make of the goods' cost; they are no part of what is charged."""


def post_invoice(books: Lookups, problems: Problems, invoice: SalesInvoice) -> Posting:
    """Return what an invoice posts: Dr receivable; Cr revenue, tax, freight; costs of sale."""
    posting = _trade(books, problems, invoice, sign=-1)
    party = posting.party
    if party is not None:
        resolve.note_number(books, problems, "sales_invoice", party, invoice.number)
        resolve.orders(books, problems, party, "sales_order", invoice.lines, "sales_order_number")
        _check_credit(problems, party, posting.total)
        _fill_terms(posting, party, invoice.date, invoice)
    posting.open = posting.total
    posting.party_change = posting.total
    return posting


def post_credit_memo(books: Lookups, problems: Problems, memo: CreditMemo) -> Posting:
    """Return what a credit memo posts: the reverse of an invoice, goods back at cost."""
    posting = _trade(books, problems, memo, sign=1)
    posting.party_change = -posting.total
    posting.open = posting.total
    if posting.party is not None:
        resolve.note_number(books, problems, "credit_memo", posting.party, memo.number)
        settle.add_applications(books, problems, posting, posting.party, memo.applications)
    return posting


def _trade(books: Lookups, problems: Problems, document: SalesDocument, *, sign: int) -> Posting:
    """Post lines, tax and freight with `sign` (-1 credits revenue), and the control row."""
    party = resolve.customer(books, problems, document.customer_id)
    posting = settle.begin(books, problems, document, party)
    resolve.reference(books, problems, "sales_rep", document.sales_rep_id, "sales_rep_id")
    base, taxed = add_lines(books, problems, posting, document.lines, sign)
    code = us_tax.tax_code(
        books, problems, document.tax_code_id, party.tax_code_id if party else None
    )
    freight = _add_freight(books, problems, posting, document, sign)
    if code is not None:
        posting.filled["tax_code_id"] = code.id
        if code.tax_freight and freight:
            base += freight
            taxed += 1
    us_tax.add_taxes(
        books,
        problems,
        posting,
        code,
        us_tax.Taxable(0 if code is None or code.exempt else base, taxed),
        document.taxes,
        keep_stated=bool(document.tax_override),
        sign=sign,
    )
    _add_control(books, problems, posting, document, sign)
    return posting


def _add_control(
    books: Lookups, problems: Problems, posting: Posting, document: SalesDocument, sign: int
) -> None:
    revenue_side = sum([row.amount for row in posting.rows if row.kind not in COST_ROWS])
    posting.total = sign * revenue_side
    settle.add_control(books, problems, posting, document, CONTROL, sign)


def add_lines(
    books: Lookups, problems: Problems, posting: Posting, lines: list[SalesLine], sign: int
) -> tuple[int, int]:
    """Add every line; return the taxable amount and the number of taxed lines."""
    base = taxed = 0
    filled = []
    for position, line in enumerate(lines):
        where = f"lines.{position}"
        item, amount, quantity = resolve.priced_line(books, problems, line, where)
        view = _line_account(books, problems, line, item, where)
        if view is None:
            continue
        posting.add(
            view,
            sign * amount,
            RowKind.LINE,
            line=position,
            item=item,
            quantity=quantity,
            description=line.description,
        )
        kind = us_tax.type_of(line.tax_type, item)
        entry = {"account_id": view.id, "amount": money_text(amount), "tax_type": kind}
        filled.append((position, entry))
        if us_tax.is_taxable(books, problems, kind, where):
            base += amount
            taxed += 1
        if item is not None and quantity and not problems.failed:
            _add_cost(books, problems, posting, item, position, quantity, sign)
    posting.filled["lines"] = filled
    return base, taxed


def _line_account(
    books: Lookups, problems: Problems, line: SalesLine, item: ItemView | None, where: str
) -> AccountView | None:
    chosen = line.account_id or (item.sales_account_id if item else None)
    if chosen is None:
        problems.error(codes.ACCOUNT_REQUIRED, f"{where}.account_id")
        return None
    return resolve.plain_account(books, problems, chosen, f"{where}.account_id")


def _add_cost(
    books: Lookups,
    problems: Problems,
    posting: Posting,
    item: ItemView,
    position: int,
    quantity: int,
    sign: int,
) -> None:
    """Add the cost rows of one sold (sign -1) or returned (sign 1) line.

    Stock: Dr cost of sales, Cr inventory, at what the layers cost.  Non-stock, service
    and labor: Dr cost of sales, Cr salaries and wages, at the item's unit cost.
    Description only: nothing.
    """
    if item.item_class == "description_only":
        return
    if item.is_stock:
        cost = _move_stock(books, problems, posting, item, position, quantity, sign)
    else:
        cost = costing.unit_total(item.unit_cost, quantity)
    if not cost:
        return
    accounts = _cost_accounts(books, problems, item, f"lines.{position}.item_id")
    if accounts is None:
        return
    cost_account, other = accounts
    kind = RowKind.STOCK if item.is_stock else RowKind.COST
    posting.add(cost_account, -sign * cost, RowKind.COST, line=position, item=item)
    posting.add(other, sign * cost, kind, line=position, item=item)


def _move_stock(
    books: Lookups,
    problems: Problems,
    posting: Posting,
    item: ItemView,
    position: int,
    quantity: int,
    sign: int,
) -> int:
    where = f"lines.{position}.quantity"
    if sign > 0:
        cost = costing.current_cost(item, quantity)
        return cost - settle.receive_stock(books, posting, item, position, quantity, cost)
    move = settle.issue_stock(books, problems, posting, item, position, quantity, where)
    return -move.cost


def _cost_accounts(
    books: Lookups, problems: Problems, item: ItemView, where: str
) -> tuple[AccountView, AccountView] | None:
    cost = _item_account(books, problems, item, item.cost_account_id, COST_LABEL, where)
    other = _item_account(books, problems, item, item.inventory_account_id, OTHER_LABEL, where)
    return None if cost is None or other is None else (cost, other)


def _item_account(
    books: Lookups,
    problems: Problems,
    item: ItemView,
    account_id: str | None,
    label: str,
    where: str,
) -> AccountView | None:
    if account_id is None:
        problems.error(codes.ITEM_ACCOUNT_MISSING, where, value=item.id, label=label)
        return None
    return resolve.account(books, problems, account_id, where)


def _add_freight(
    books: Lookups, problems: Problems, posting: Posting, document: SalesDocument, sign: int
) -> int:
    if not document.freight_amount:
        account_id = document.freight_account_id
        resolve.reference(books, problems, "account", account_id, "freight_account_id")
        return 0
    view = resolve.default_account(
        books,
        problems,
        document.freight_account_id,
        "freight",
        "freight_account_id",
        "Freight account",
    )
    amount = to_minor(document.freight_amount)
    if view is not None:
        posting.add(view, sign * amount, RowKind.FREIGHT, description="Freight Amount")
        posting.filled["freight_account_id"] = view.id
    return amount


def _check_credit(problems: Problems, party: PartyView, total: int) -> None:
    """Apply the five credit statuses to the balance that the invoice would make."""
    status = party.credit_status
    if status is None or status == "no_credit_limit":
        return
    if status == "always_hold":
        problems.error(codes.CREDIT_ALWAYS_HOLD, "customer_id", value=party.id)
    elif status == "always_notify":
        problems.warn(codes.CREDIT_ALWAYS_NOTIFY, "customer_id", value=party.id)
    elif party.balance + total > (party.credit_limit or 0):
        note = problems.error if status == "hold_over_limit" else problems.warn
        note(
            codes.CREDIT_OVER_LIMIT,
            "customer_id",
            value=party.id,
            balance=money_text(party.balance + total),
            limit=money_text(party.credit_limit or 0),
        )


def _fill_terms(posting: Posting, party: PartyView, day: date, invoice: SalesInvoice) -> None:
    """Work out due and discount dates from the customer's terms where none are stated."""
    if invoice.due_date is None:
        posting.filled["due_date"] = due_date(party, day).isoformat()
    if party.discount_percent and party.discount_days:
        if invoice.discount_date is None:
            posting.filled["discount_date"] = (
                day + timedelta(days=party.discount_days)
            ).isoformat()
        if invoice.discount_amount is None:
            base = posting.total - posting.tax
            discount = rounded_ratio(base, party.discount_percent, 100 * 100_000)
            posting.filled["discount_amount"] = money_text(discount)


def due_date(party: PartyView, day: date) -> date:
    """Return when a document of `day` is due by the party's terms (kinds inferred)."""
    if party.terms in ("cod", "prepaid"):
        return day
    if party.terms == "month_end":
        return first_of_next_month(day) - timedelta(days=1)
    if party.terms == "day_of_month":
        return day_in_month(first_of_next_month(day), max(party.due_days, 1))
    return day + timedelta(days=party.due_days)
