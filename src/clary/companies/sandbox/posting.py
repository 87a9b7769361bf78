"""Posts documents: checks them, asks the edition's rules, and queues what they do.

One table says which rule posts which record type of which edition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeAlias

from pydantic_core import to_json

from clary.companies.sandbox import allocating, rules
from clary.companies.sandbox.books import Books
from clary.kernel.change import Body, Origin, Written
from clary.kernel.errors import Failed, Finding, declare, error_of, raise_errors
from clary.kernel.money import money_text
from clary.ledger import schema
from clary.ledger.fields import EditionName
from clary.ledger.posting import (
    journals,
    orders,
    uk_bank,
    uk_cash,
    uk_orders,
    uk_purchases,
    uk_sales,
    us_cash,
    us_purchases,
    us_sales,
)
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting
from clary.ledger.record import Family, RecordType
from clary.ledger.schema import Purpose

POSTING_UNBALANCED = declare(
    "POSTING_UNBALANCED",
    Failed,
    "The ledger rows of {record} do not add up to zero.",
    "Please report this with the run's log; nothing was written.",
)

Poster: TypeAlias = Callable[[Any, Problems, Any], Posting]

POSTERS: dict[EditionName, dict[str, Poster]] = {
    "us": {
        "sales_invoice": us_sales.post_invoice,
        "credit_memo": us_sales.post_credit_memo,
        "purchase": us_purchases.post_purchase,
        "vendor_credit": us_purchases.post_vendor_credit,
        "receipt": us_cash.post_receipt,
        "payment": us_cash.post_payment,
        "journal_entry": journals.post_journal_entry,
        "inventory_adjustment": journals.post_adjustment,
        "quote": orders.plan_sales_order,
        "sales_order": orders.plan_sales_order,
        "purchase_order": orders.plan_purchase_order,
        "allocation": allocating.post_allocation,
    },
    "uk": {
        "sales_invoice": uk_sales.post_invoice,
        "credit_memo": uk_sales.post_credit_memo,
        "purchase": uk_purchases.post_purchase,
        "vendor_credit": uk_purchases.post_purchase_credit,
        "receipt": uk_cash.post_receipt,
        "payment": uk_cash.post_payment,
        "bank_payment": uk_bank.post_bank_payment,
        "bank_receipt": uk_bank.post_bank_receipt,
        "bank_transfer": uk_bank.post_bank_transfer,
        "journal_entry": journals.post_journal_entry,
        "inventory_adjustment": journals.post_adjustment,
        "quote": uk_orders.plan_sales_order,
        "sales_order": uk_orders.plan_sales_order,
        "purchase_order": uk_orders.plan_purchase_order,
        "allocation": allocating.post_allocation,
    },
}


def create(books: Books, declared: RecordType, body: Body, origin: Origin | None) -> Written:
    """Post a new document, or say everything that is wrong with it.

    Raises:
        Rejected: the data or a rule says no; nothing was written.
    """
    edition = books.edition
    record = f"{declared.name} {body.get(declared.number or '') or '(new)'}"
    if books.in_group:
        number, warnings = _post(books, declared, edition, body, origin, record)
    else:
        with books.writing():
            number, warnings = _post(books, declared, edition, body, origin, record)
    return Written(key=str(number), warnings=tuple(warnings))


def _post(
    books: Books,
    declared: RecordType,
    edition: EditionName,
    body: Body,
    origin: Origin | None,
    record: str,
) -> tuple[int, list[Finding]]:
    stored_origin = origin.text if origin is not None else body.get("origin")
    problems = Problems(record)
    if stored_origin is not None:
        _check_origin(books, problems, declared.name, str(stored_origin))
    stored, posting = _worked_out(books, declared, edition, body, problems)
    if stored_origin is not None:
        stored["origin"] = str(stored_origin)
    number = books.next_transaction()
    store(books, number, declared, stored, posting, origin=stored_origin)
    return number, problems.findings


def post_again(
    books: Books,
    declared: RecordType,
    edition: EditionName,
    number: int,
    body: Body,
    origin: object,
    *,
    form: str | None = None,
    poster: Poster | None = None,
) -> list[Finding]:
    """Post an edited document under the number it had; return warnings.

    Args:
        books: the open books, inside a write transaction.
        declared: the document's record type.
        edition: the company's edition.
        number: the document's transaction number.
        body: the document as it is now.
        origin: its origin, if any.
        form: the form that is kept with it, where another one decides how it posts.
        poster: the rule that posts it; the edition's usual one if none.

    Raises:
        Rejected: the new values break a rule.
    """
    problems = Problems(f"{declared.name} {number}")
    stated = {
        name: value
        for name, value in body.items()
        if name != "origin" and not declared.fields[name].computed
    }
    stored, posting = _worked_out(books, declared, edition, stated, problems, poster)
    if origin is not None:
        stored["origin"] = str(origin)
    store(books, number, declared, stored, posting, origin=origin)
    if form is not None:
        books.flush()
        books.connection.execute(
            "UPDATE document SET body = json_set(body, '$.form', ?) WHERE transaction_number = ?",
            (form, number),
        )
    return problems.findings


def _worked_out(
    books: Books,
    declared: RecordType,
    edition: EditionName,
    body: Body,
    problems: Problems,
    poster: Poster | None = None,
) -> tuple[Body, Posting]:
    release = int(books.values["release"])
    typed, findings = schema.check(
        declared.name, body, edition, release, Purpose.CREATE, problems.record
    )
    if typed is None:
        raise error_of((*problems.findings, *findings))
    posting = (poster or POSTERS[edition][declared.name])(books, problems, typed)
    if problems.failed:
        raise_errors(problems.findings)
    if not posting.balanced:
        raise POSTING_UNBALANCED.raised(record=problems.record)
    return complete(schema.canonical_body(typed), posting, declared), posting


def _check_origin(books: Books, problems: Problems, record_type: str, origin: str) -> None:
    number = books.live_origin(record_type, origin)
    if number is not None:
        problems.error(rules.ORIGIN_TAKEN, "origin", origin=origin, number=number)


def store(
    books: Books,
    number: int,
    declared: RecordType,
    stored: Body,
    posting: Posting,
    *,
    origin: object = None,
) -> None:
    """Queue a checked document with what it does to the books."""
    day = date.fromisoformat(str(stored["date"]))
    document_number = stored.get(declared.number) if declared.number else None
    books.add_document(
        number,
        declared.name,
        day,
        posting,
        to_json(stored).decode(),
        document_number=None if document_number is None else str(document_number),
        origin=None if origin is None else str(origin),
        posted=declared.family is Family.POSTED and stored.get("form") != "document",
    )


def complete(body: Body, posting: Posting, declared: RecordType) -> Body:
    """Return the document with what the books worked out filled in."""
    for name, value in posting.filled.items():
        if name != "lines":
            body[name] = value  # type: ignore[assignment]  # rules fill canonical values only
        elif isinstance(value, list):
            _complete_lines(body, value)
    if declared.total is not None and declared.total not in posting.filled:
        body[declared.total] = money_text(posting.total)
    return body


def _complete_lines(body: Body, filled: list[tuple[int, Mapping[str, str]]]) -> None:
    lines = body.get("lines")
    if isinstance(lines, list):
        for position, values in filled:
            lines[position].update(values)
