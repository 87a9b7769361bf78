"""Changes of posted documents and orders: what may be edited, and what must be reversed.

US: words and references change in place; anything that moves the books is taken back
and posted again under the same transaction number, as Sage does for a document in an
open period that nothing has settled.  UK: the audit trail is never edited, so only
references and details change.
"""

from __future__ import annotations

import json
from datetime import date
from functools import cache

from clary.companies.sandbox import delivering, reversing, rules, usage
from clary.companies.sandbox import posting as posters
from clary.companies.sandbox.books import Books
from clary.kernel.change import Body, JsonValue, Written
from clary.kernel.clock import timestamp
from clary.kernel.errors import Finding, error_of, raise_errors
from clary.ledger import schema
from clary.ledger.fields import EditionName
from clary.ledger.posting import us_sales
from clary.ledger.posting.problems import Problems
from clary.ledger.record import Family, Record, RecordType, fields_of
from clary.ledger.schema import Purpose
from clary.ledger.types.documents import MAKES_TOTAL

WORDS: dict[EditionName, frozenset[str]] = {
    "us": frozenset(
        {
            "number",
            "reference",
            "receipt_number",
            "deposit_ticket",
            "payment_method",
            "due_date",
            "discount_date",
            "discount_amount",
            "terms_text",
            "customer_po",
            "ship_to",
            "ship_via",
            "ship_date",
            "note",
            "internal_note",
            "statement_note",
            "sales_rep_id",
            "waiting_on_bill",
            "memo",
            "description",
            "customer_invoice_number",
            "customer_sales_order",
            "return_authorization",
            "reason",
        }
    ),
    "uk": frozenset({"number", "reference", "details", "due_date", "memo", "note"}),
}
"""Fields of posted documents that move nothing in the books."""


def update(books: Books, declared: RecordType, number: int, body: Body) -> Written:
    """Change a document.

    Raises:
        Rejected: a field cannot be changed any more, or the new values break a rule.
    """
    edition = books.edition
    record = f"{declared.name} {number}"
    release = int(books.values["release"])
    typed, findings = schema.check(declared.name, body, edition, release, Purpose.UPDATE, record)
    if typed is None:
        raise error_of(tuple(findings))
    stated = schema.canonical_body(typed)
    with books.writing():
        document = reversing.standing(books, declared.name, number)
        changes = {k: v for k, v in stated.items() if document.body.get(k) != v}
        if MAKES_TOTAL & set(changes) and "total" in stated:
            # Stated for what they make now, be it what they made before.
            changes["total"] = stated["total"]
        if declared.family is Family.POSTED and document.posted:
            warnings = _change_posted(books, declared, edition, document, changes)
        else:
            warnings = _repost(books, declared, edition, document, changes)
    return Written(key=str(number), warnings=tuple(warnings))


def _change_posted(
    books: Books,
    declared: RecordType,
    edition: EditionName,
    document: reversing.Standing,
    changes: Body,
) -> list[Finding]:
    moving = sorted(set(changes) - WORDS[edition])
    if not moving:
        return _change_words(books, declared, document, changes)
    problems = Problems(document.words)
    if edition == "uk":
        problems.error(rules.DOCUMENT_FIXED, fields=", ".join(moving))
    else:
        day = date.fromisoformat(document.date)
        problems.findings.extend(reversing.check(books, document, day).findings)
    raise_errors(problems.findings)
    return _repost(books, declared, edition, document, changes)


def _change_words(
    books: Books, declared: RecordType, document: reversing.Standing, changes: Body
) -> list[Finding]:
    problems = Problems(document.words)
    usage.check_references(books, problems, declared, changes)
    raise_errors(problems.findings)
    body = merged(document.body, changes)
    _fill_due_date(books, document, body)
    number = body.get(declared.number) if declared.number else None
    books.connection.execute(
        "UPDATE document SET body = ?, number = ?, last_saved_at = ? WHERE transaction_number = ?",
        (
            json.dumps(body, ensure_ascii=False, separators=(",", ":")),
            number,
            timestamp(books.clock.now()),
            document.number,
        ),
    )
    return problems.findings


def _fill_due_date(books: Books, document: reversing.Standing, body: Body) -> None:
    """Work out when goods are to be paid once their bill has come (US)."""
    waiting = document.body.get("waiting_on_bill") and not body.get("waiting_on_bill")
    if waiting and "due_date" not in body and document.party is not None:
        party = books.party_by_number("vendor", document.party)
        day = date.fromisoformat(str(body["date"]))
        body["due_date"] = us_sales.due_date(party, day).isoformat()


def _repost(
    books: Books,
    declared: RecordType,
    edition: EditionName,
    document: reversing.Standing,
    changes: Body,
) -> list[Finding]:
    """Take the document out of the books and post it again under its own number."""
    origin = document.body.get("origin")
    body = merged(_as_stated(declared, document.body, changes), changes)
    entered_at = books.connection.execute(
        "SELECT entered_at FROM document WHERE transaction_number = ?", (document.number,)
    ).fetchone()[0]
    if document.posted:
        reversing.take_out(books, document)
    books.connection.execute(
        "DELETE FROM document WHERE transaction_number = ?", (document.number,)
    )
    books.flush()
    warnings = posters.post_again(books, declared, edition, document.number, body, origin)
    books.flush()
    delivering.recount(books, declared.name, document.number)
    books.connection.execute(
        "UPDATE document SET entered_at = ?, last_saved_at = ? WHERE transaction_number = ?",
        (entered_at, timestamp(books.clock.now()), document.number),
    )
    return warnings


_WORKED_OUT = frozenset({"total", "taxes", "discount_amount", "discount_date"})


def _as_stated(declared: RecordType, body: Body, changes: Body) -> Body:
    """Return the stored document as a caller could state it.

    Where its lines change, the tax, total and discount that were worked out for the old
    ones are worked out again unless the change states them; tax that was kept against
    the edition's own stays kept.
    """
    left_out = _computed(declared.record)
    if MAKES_TOTAL & set(changes):
        left_out |= _WORKED_OUT
        if body.get("tax_override"):
            left_out -= {"taxes"}
    stated = {name: value for name, value in body.items() if name not in left_out}
    for name, entry in declared.groups.items():
        entries = stated.get(name)
        if isinstance(entries, list):
            stated[name] = [_entry_as_stated(entry, one) for one in entries]
    return stated


@cache
def _computed(record: type[Record]) -> frozenset[str]:
    """Return the fields that the company works out."""
    return frozenset(name for name, spec in fields_of(record).items() if spec.computed)


def _entry_as_stated(entry: type[Record], value: JsonValue) -> JsonValue:
    left_out = _computed(entry)
    if not isinstance(value, dict):
        return value
    return {name: inner for name, inner in value.items() if name not in left_out}


def merged(body: Body, changes: Body) -> Body:
    """Return the document with the changes; a field changed to none is left out."""
    both = {**body, **changes}
    return {name: value for name, value in both.items() if value is not None}
