"""Rules of the UK edition for list records.

Source: sage50-uk.md section 5 (chart ranges, inactive, deletion, currency).
"""

from __future__ import annotations

from decimal import Decimal

from clary.companies.sandbox import rules
from clary.companies.sandbox.books import Books
from clary.kernel.change import Body
from clary.kernel.clock import timestamp
from clary.ledger.editions import uk
from clary.ledger.posting.problems import Problems
from clary.ledger.record import RecordType


def before_create(books: Books, problems: Problems, declared: RecordType, body: Body) -> None:
    """Fill the edition's defaults into a new record."""
    _check_rate(problems, declared, body)
    if declared.name == "account":
        _fill_account(problems, body)
    elif declared.name in ("customer", "vendor"):
        body.setdefault("currency", books.values["currency"])
    elif declared.name == "item":
        body.setdefault("class", "stock")


def _check_rate(problems: Problems, declared: RecordType, body: Body) -> None:
    rate = body.get("rate")
    if declared.name == "currency" and rate is not None and Decimal(str(rate)) <= 0:
        problems.error(rules.CURRENCY_RATE, "rate", rate=rate)


def _fill_account(problems: Problems, body: Body) -> None:
    body.setdefault("kind", "normal")
    if body.get("type") is not None:
        return
    category = uk.category_of(str(body["id"]))
    if category is None:
        problems.warn(rules.NOMINAL_OUTSIDE_CHART, "id", value=body["id"])
    else:
        body["type"] = category


def make_bank_nominal(books: Books, body: Body) -> None:
    """Make the nominal account of a new bank account, or turn the existing one into it."""
    now = timestamp(books.clock.now())
    name = body.get("name") or body["id"]
    kind = uk.category_of(str(body["id"])) or "current_assets"
    books.connection.execute(
        "INSERT INTO account_record (created_at, last_saved_at, id, name, type, kind)"
        " VALUES (?, ?, ?, ?, ?, 'bank')"
        " ON CONFLICT (id COLLATE NOCASE) DO UPDATE SET kind = 'bank'",
        (now, now, body["id"], name, kind),
    )
    books.forget("account", str(body["id"]))


def before_update(
    books: Books, problems: Problems, declared: RecordType, before: Body, body: Body
) -> None:
    """Check what the edition lets be changed."""
    _check_rate(problems, declared, body)
    shown = str(before[declared.key])
    if body.get("inactive") is True and before.get("inactive") is not True:
        _check_inactive(problems, declared, before)
    if "currency" in body and body["currency"] != before.get("currency"):
        _check_currency(books, problems, declared, shown)
    leaves_control = before.get("kind") == "control" and body.get("kind") not in (None, "control")
    if declared.name == "account" and leaves_control:
        problems.error(
            rules.FIELD_FIXED,
            "kind",
            label="Nominal type",
            value=shown,
            reason="it is a control account",
        )


def _check_inactive(problems: Problems, declared: RecordType, before: Body) -> None:
    balance = Decimal(str(before.get("balance") or 0))
    if balance:
        problems.error(
            rules.BALANCE_NOT_ZERO,
            "inactive",
            type=declared.name,
            value=before[declared.key],
            balance=balance,
        )


def _check_currency(books: Books, problems: Problems, declared: RecordType, shown: str) -> None:
    """Refuse a change of currency with transactions (SDO 95) or without Foreign Trader (96)."""
    if not books.policy.foreign_trader:
        problems.error(
            rules.FIELD_FIXED,
            "currency",
            label="Currency",
            value=shown,
            reason="Foreign Trader is not switched on (SDO error 96)",
        )
    if declared.name in ("customer", "vendor"):
        row = books.connection.execute(
            "SELECT 1 FROM document WHERE party_type = ? AND party = (SELECT record_number"
            f" FROM {declared.name}_record WHERE id = ? COLLATE NOCASE) LIMIT 1",
            (declared.name, shown),
        ).fetchone()
        if row is not None:
            problems.error(
                rules.FIELD_FIXED,
                "currency",
                label="Currency",
                value=shown,
                reason="it has transactions (SDO error 95)",
            )


def before_delete(books: Books, problems: Problems, declared: RecordType, before: Body) -> None:
    """Check what the edition lets be deleted."""
    del books
    if declared.name == "account" and before.get("kind") == "control":
        problems.error(
            rules.RECORD_IN_USE_BY,
            type="account",
            value=before["id"],
            uses="it is a control account",
        )
