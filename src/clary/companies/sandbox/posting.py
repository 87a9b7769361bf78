"""Posts documents: checks them, asks the edition's rules, and queues what they do."""

from __future__ import annotations

from datetime import date

from pydantic_core import to_json

from clary.companies.sandbox import delivering, rules
from clary.companies.sandbox.books import Books
from clary.kernel.change import Body, Origin, Written
from clary.kernel.errors import Finding, error_of, raise_errors
from clary.ledger import schema
from clary.ledger.fields import EditionName
from clary.ledger.posting.posters import POSTERS, POSTING_UNBALANCED, Poster, complete
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting
from clary.ledger.record import Family, RecordType
from clary.ledger.schema import Purpose


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
    if posting.party is not None:
        delivering.note(books, declared.name, posting.party.number, stored)
