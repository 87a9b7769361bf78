"""The steps that are neither an edit nor a deletion: post, void, reverse, allocate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache

from clary.companies.contract import Operation
from clary.companies.sandbox import posting, reversing, rules
from clary.companies.sandbox.books import Books
from clary.kernel.change import Body, Verb, Written
from clary.ledger.describe import operations_of
from clary.ledger.fields import EditionName
from clary.ledger.posting import uk_sales
from clary.ledger.record import RecordType
from clary.ledger.registry import record_type

NOTES: dict[tuple[EditionName, Verb], str] = {
    ("us", Verb.VOID): "Voided by transaction {number}",
    ("us", Verb.REVERSE): "Reversed by transaction {number}",
    ("uk", Verb.VOID): "Deleted - see tran {number}",
    ("uk", Verb.REVERSE): "Reversed - see tran {number}",
    ("us", Verb.UNALLOCATE): "Unallocated by {number}",
    ("uk", Verb.UNALLOCATE): "Unallocated by {number}",
}
"""What the audit trail says of a document that was taken back."""


@cache
def operations(declared: RecordType, edition: EditionName) -> tuple[Operation, ...]:
    """Return what can be done to records of a type: all that the edition knows."""
    known = operations_of(declared, edition)
    return (Operation.READ, *(each for each in Operation if each.value in known))


def require(declared: RecordType, edition: EditionName, operation: Operation) -> None:
    """Refuse an operation that the edition does not have for the type.

    Raises:
        Unsupported: it does not (VERB_UNSUPPORTED).
    """
    if operation not in operations(declared, edition):
        raise rules.VERB_UNSUPPORTED.raised(verb=operation.value, type=declared.name)


def act(books: Books, declared: RecordType, number: int, verb: Verb, details: Body) -> Written:
    """Do a step to a document.

    Raises:
        Rejected: a rule says no; nothing was written.
        Unsupported: the edition does not have this step for the type.
    """
    return _STEPS[verb](books, declared, number, verb, details)


def _take_back(
    books: Books, declared: RecordType, number: int, verb: Verb, details: Body
) -> Written:
    edition = books.edition
    with books.writing():
        document = reversing.standing(books, declared.name, number)
        stated = details.get("date")
        day = date.fromisoformat(str(stated or document.date))
        reversing.refuse_if(reversing.check(books, document, day))
        reversal = reversing.reverse(books, document, day, NOTES[edition, verb])
    return Written(key=str(number), undo={"reversal": reversal})


def _allocate(
    books: Books, declared: RecordType, number: int, verb: Verb, details: Body
) -> Written:
    """Apply a credit to one invoice: an allocation of its own is made."""
    del verb
    books.flush()
    row = books.connection.execute(
        "SELECT party_type, party, date FROM document WHERE transaction_number = ?", (number,)
    ).fetchone()
    party = books.party_by_number(row[0], row[1]) if row[1] is not None else None
    body: Body = {
        "date": details.get("date") or row[2],
        "party_type": row[0],
        "party_id": party.id if party else None,
        "credit": number,
        "invoice": details.get("invoice"),
        "amount": details.get("amount"),
    }
    if details.get("discount_amount") is not None:
        body["discount_amount"] = details["discount_amount"]
    del declared
    written = posting.create(books, record_type("allocation"), body, None)
    return Written(key=str(number), warnings=written.warnings, undo={"allocation": written.key})


def _post(books: Books, declared: RecordType, number: int, verb: Verb, details: Body) -> Written:
    """Update the ledgers from a document that only existed on paper so far (UK)."""
    del verb, details
    edition = books.edition
    with books.writing():
        document = reversing.standing(books, declared.name, number)
        if document.posted:
            raise rules.POSTED_ALREADY.raised(record=document.words)
        body = {**document.body, "form": "ledger"}
        books.connection.execute("DELETE FROM document WHERE transaction_number = ?", (number,))
        warnings = posting.post_again(
            books,
            declared,
            edition,
            number,
            body,
            document.body.get("origin"),
            form="document",
            poster=uk_sales.update_ledgers,
        )
    return Written(key=str(number), warnings=tuple(warnings))


_STEPS: dict[Verb, Callable[[Books, RecordType, int, Verb, Body], Written]] = {
    Verb.VOID: _take_back,
    Verb.REVERSE: _take_back,
    Verb.UNALLOCATE: _take_back,
    Verb.ALLOCATE: _allocate,
    Verb.POST: _post,
}
