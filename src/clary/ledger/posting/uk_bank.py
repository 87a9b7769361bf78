"""What UK bank entries post: bank payments and receipts (BP, BR, CP, CR) and transfers.

Entries are kept in the base currency, so that the bank must be too (error 68).  A line
without a tax code is outside VAT: tax moves only where a code is stated (inferred).
Source: sage50-uk.md sections 1.4, 1.6 and 5 (non-VAT code).
"""

from __future__ import annotations

from clary.kernel.money import money_text, to_minor
from clary.ledger.posting import problems as codes
from clary.ledger.posting import resolve, uk_accounts, uk_problems, uk_tax
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting, RowKind
from clary.ledger.posting.uk_tax import Vat
from clary.ledger.posting.views import AccountView, Lookups, TaxCodeView
from clary.ledger.types.journals import (
    BankEntry,
    BankLine,
    BankPayment,
    BankReceipt,
    BankTransfer,
)


def post_bank_payment(books: Lookups, problems: Problems, entry: BankPayment) -> Posting:
    """Return what a bank payment posts: Dr nominals and VAT on purchases, Cr bank."""
    return _post(books, problems, entry, sign=1)


def post_bank_receipt(books: Lookups, problems: Problems, entry: BankReceipt) -> Posting:
    """Return what a bank receipt posts: Dr bank, Cr nominals and VAT on sales."""
    return _post(books, problems, entry, sign=-1)


def post_bank_transfer(books: Lookups, problems: Problems, transfer: BankTransfer) -> Posting:
    """Return what a transfer posts: Cr one bank (JC), Dr the other (JD)."""
    posting = Posting()
    resolve.open_day(books, problems, transfer.date)
    base = books.policy.currency
    source = uk_accounts.bank(books, problems, transfer.from_bank_id, "from_bank_id", base)
    target = uk_accounts.bank(books, problems, transfer.to_bank_id, "to_bank_id", base)
    uk_accounts.department(books, problems, transfer.department_id, "")
    amount = to_minor(transfer.total)
    if amount <= 0:
        problems.error(codes.AMOUNT_NOT_POSITIVE, "total")
    if source is None or target is None:
        return posting
    if source is target:
        problems.error(uk_problems.SAME_BANK, "to_bank_id", value=source.id)
    posting.add(source, -amount, RowKind.BANK)
    posting.add(target, amount, RowKind.BANK)
    posting.total = amount
    return posting


def _post(books: Lookups, problems: Problems, entry: BankEntry, *, sign: int) -> Posting:
    """Add lines and tax with `sign` (1 debits nominals) and the bank row."""
    posting = Posting()
    resolve.open_day(books, problems, entry.date)
    bank = uk_accounts.bank(books, problems, entry.bank_id, "bank_id", books.policy.currency)
    if not entry.lines:
        problems.error(codes.LINES_REQUIRED, "lines")
    vat = Vat()
    filled: list[tuple[int, dict[str, str]]] = []
    for position, line in enumerate(entry.lines):
        chosen = _check_line(books, problems, line, f"lines.{position}")
        if chosen is not None:
            tax = _add_line(problems, posting, vat, entry, position, chosen, sign)
            told = {"tax_code_id": chosen[1].id, "tax_amount": money_text(tax)}
            filled.append((position, told))
    posting.filled["lines"] = filled
    uk_tax.add_rows(
        books,
        problems,
        posting,
        vat.charged,
        vat.reverse,
        control="purchase_tax" if sign > 0 else "sales_tax",
        sign=sign,
    )
    rows = sum(row.amount for row in posting.rows)
    posting.total = sign * rows
    resolve.check_total(problems, entry.total, posting.total, "total")
    if posting.total < 0:
        problems.error(codes.TOTAL_NEGATIVE, "total", computed=money_text(posting.total))
    elif not posting.total and not problems.failed:
        problems.error(codes.TOTAL_ZERO, "lines")
    if bank is not None:
        posting.add(bank, -rows, RowKind.BANK)
    return posting


def _check_line(
    books: Lookups, problems: Problems, line: BankLine, where: str
) -> tuple[AccountView, TaxCodeView] | None:
    """Return nominal and tax code of a line, or note why it lacks one."""
    view = resolve.plain_account(books, problems, line.account_id, f"{where}.account_id")
    code = uk_tax.non_vat_code(books, problems, line.tax_code_id, where)
    uk_accounts.department(books, problems, line.department_id, f"{where}.")
    return None if view is None or code is None else (view, code)


def _add_line(
    problems: Problems,
    posting: Posting,
    vat: Vat,
    entry: BankEntry,
    position: int,
    chosen: tuple[AccountView, TaxCodeView],
    sign: int,
) -> int:
    """Add the row of a line and its tax to the entry's; return the tax."""
    line, where = entry.lines[position], f"lines.{position}"
    view, code = chosen
    net = to_minor(line.amount)
    tax = uk_tax.add_line(
        problems,
        vat,
        code,
        net,
        line.tax_amount,
        where,
        keep_stated=bool(entry.tax_override),
        buying=sign > 0,
    )
    if not net and not tax:
        problems.error(uk_problems.LINE_ZERO, f"{where}.amount")
    posting.add(view, sign * net, RowKind.LINE, line=position, description=line.description)
    return tax
