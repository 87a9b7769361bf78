"""Rules of the editions for list records: defaults, fixed fields, deletion, inactivity.

Sources: sage50-us.md section 6 (identity, classes, purge), sage50-uk.md section 5
(inactive, deletion, currency).
"""

from __future__ import annotations

from decimal import Decimal

from clary.companies.sandbox import rules, uk_lists, users
from clary.companies.sandbox.books import Books
from clary.kernel.change import Body
from clary.ledger.posting.new_parties import fill_default_account
from clary.ledger.posting.problems import Problems
from clary.ledger.record import RecordType

CHANGEABLE_KEYS = ("customer", "vendor", "item")
"""US record types whose ID can be changed in place (Sage 50 US data definition pages)."""


def key_may_change(declared: RecordType, edition: str) -> bool:
    """Tell whether the key of this type can be changed in place."""
    return edition == "us" and declared.name in CHANGEABLE_KEYS


def before_create(books: Books, problems: Problems, declared: RecordType, body: Body) -> None:
    """Fill defaults into a new record and check the edition's rules."""
    fill_default_account(books.policy, problems, declared.name, body)
    if declared.name == "account" and body.get("type") == "retained_earnings":
        _check_single_retained_earnings(books, problems)
    if declared.name == "item" and books.edition == "us":
        body.setdefault("tax_type", 1)
        if body.get("class") in ("stock", "assembly"):
            body.setdefault("cost_method", "fifo")
    if books.edition == "uk":
        uk_lists.before_create(books, problems, declared, body)


def _check_single_retained_earnings(books: Books, problems: Problems) -> None:
    row = books.connection.execute(
        "SELECT id FROM account_record WHERE type = 'retained_earnings'"
    ).fetchone()
    if row is not None:
        problems.error(rules.RETAINED_EARNINGS_ONCE, "type", value=row[0])


def after_create(books: Books, declared: RecordType, body: Body) -> None:
    """Do what a new record brings with it."""
    if books.edition == "uk" and declared.name == "bank":
        uk_lists.make_bank_nominal(books, body)


def before_update(
    books: Books, problems: Problems, declared: RecordType, before: Body, body: Body
) -> None:
    """Check the edition's rules for a change of a record."""
    shown = str(before[declared.key])
    if declared.name == "item":
        _check_item(books, problems, shown, before, body)
    if declared.name == "account" and _changes(before, body, "type") and _has_rows(books, shown):
        problems.error(
            rules.FIELD_FIXED,
            "type",
            label="Account type",
            value=shown,
            reason="it has transactions",
        )
    if body.get("type") == "retained_earnings" and before.get("type") != "retained_earnings":
        _check_single_retained_earnings(books, problems)
    if books.edition == "uk":
        uk_lists.before_update(books, problems, declared, before, body)


def _check_item(books: Books, problems: Problems, shown: str, before: Body, body: Body) -> None:
    if books.edition == "us" and _changes(before, body, "class"):
        problems.error(
            rules.FIELD_FIXED,
            "class",
            label="Item class",
            value=shown,
            reason="the class of an item is set once",
        )
    if _changes(before, body, "cost_method") and _has_moves(books, shown):
        problems.error(
            rules.FIELD_FIXED,
            "cost_method",
            label="Costing method",
            value=shown,
            reason="the item has been used",
        )


def _changes(before: Body, body: Body, name: str) -> bool:
    return name in body and body[name] != before.get(name)


def _has_rows(books: Books, account_id: str) -> bool:
    row = books.connection.execute(
        "SELECT 1 FROM ledger_row WHERE account ="
        " (SELECT record_number FROM account_record WHERE id = ? COLLATE NOCASE) LIMIT 1",
        (account_id,),
    ).fetchone()
    return row is not None


def _has_moves(books: Books, item_id: str) -> bool:
    row = books.connection.execute(
        "SELECT 1 FROM stock_move WHERE item ="
        " (SELECT record_number FROM item_record WHERE id = ? COLLATE NOCASE) LIMIT 1",
        (item_id,),
    ).fetchone()
    return row is not None


def before_delete(books: Books, problems: Problems, declared: RecordType, before: Body) -> None:
    """Check the edition's rules for the deletion of a record."""
    balance = before.get("balance")
    if balance is not None and Decimal(str(balance)):
        problems.error(
            rules.BALANCE_NOT_ZERO,
            type=declared.name,
            value=before[declared.key],
            balance=balance,
        )
    if books.edition == "uk":
        uk_lists.before_delete(books, problems, declared, before)


def after_delete(books: Books, declared: RecordType, key: str) -> None:
    """Take away what a deleted record leaves behind: the password of a user."""
    if declared.name == "user":
        users.forget_password(books.connection, key)
