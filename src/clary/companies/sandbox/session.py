"""A log-on to a sandbox company: the contract's session over the open books."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from typing import TypeVar

from clary.companies.contract import (
    SESSION_CLOSED,
    AccountFigure,
    AgedBalance,
    Changed,
    LedgerRow,
    OpenItem,
    Operation,
    OriginFound,
    Query,
    Session,
    Use,
)
from clary.companies.keys import Key
from clary.companies.sandbox import (
    editing,
    feed,
    figures,
    posting,
    reversing,
    settling,
    usage,
    vat_transfer,
    verbs,
)
from clary.companies.sandbox.books import Books
from clary.companies.sandbox.documents import Documents
from clary.companies.sandbox.file import sqlite_errors, translated
from clary.companies.sandbox.lists import Lists
from clary.companies.sandbox.logging_on import LogOn
from clary.companies.sandbox.worked_out import is_taxed, without_tax
from clary.companies.settlements import SettledSince, Settlement
from clary.kernel.change import Body, Origin, Verb, Written
from clary.kernel.errors import Finding, raise_errors
from clary.ledger.acts import check_details
from clary.ledger.filters import BoundTree
from clary.ledger.posting.views import Policy
from clary.ledger.record import Family, RecordType
from clary.ledger.registry import record_type as find_type

Result = TypeVar("Result")


class SandboxSession(Session):
    """One log-on; it belongs to the thread that opened it."""

    def __init__(self, books: Books, log_on: LogOn, *, computes_tax: bool = False) -> None:
        """Work on `books` under an accepted log-on; they may work out all tax themselves."""
        self._computes_tax = computes_tax
        self._books = books
        self._log_on = books.log_on = log_on
        self._lists = Lists(books)
        self._documents = Documents(books)
        self._open = True
        self.edition = books.edition

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What the company had to say at the log-on."""
        return self._log_on.notes

    def missing_rights(self, use: Use | None = None) -> Sequence[Finding]:
        """Return each right that the user lacks, with the menu that grants it."""
        return self._log_on.missing_rights(use)

    def close(self) -> None:
        """Log off; closing twice does nothing."""
        if self._open:
            self._open = False
            try:
                self._log_on.end()
            finally:
                self._books.connection.close()

    def _type(self, record_type: str) -> RecordType:
        if not self._open:
            raise SESSION_CLOSED.raised()
        return find_type(record_type, self.edition)

    def _reading(self, record_type: str) -> RecordType:
        declared = self._type(record_type)
        self._log_on.check(declared.name, Operation.READ)
        self._log_on.before_read()
        if not self._books.in_group:
            with sqlite_errors(self._books.path):
                self._books.refresh()
        return declared

    def _writing(
        self, record_type: str, operation: Operation, write: Callable[[RecordType], Result]
    ) -> Result:
        """Run one write between the checks before it and the faults after it."""
        declared = self._type(record_type)
        verbs.require(declared, self.edition, operation)
        self._log_on.check(declared.name, operation)
        self._log_on.before_write(declared.name)
        try:
            return write(declared)
        except sqlite3.Error as error:
            raise translated(error, self._books.path) from error

    def read(self, record_type: str, query: Query) -> Iterator[Body]:
        """Yield the records that `query` asks for, streaming."""
        declared = self._reading(record_type)
        source = self._lists if declared.family is Family.LIST else self._documents
        return self._streamed(source.read(declared, query))

    def count(self, record_type: str, where: BoundTree | None = None) -> int:
        """Return how many records a filter chooses."""
        declared = self._reading(record_type)
        source = self._lists if declared.family is Family.LIST else self._documents
        with sqlite_errors(self._books.path):
            return source.count(declared, where)

    def _streamed(self, rows: Iterator[Result]) -> Iterator[Result]:
        """Yield rows as long as the session is open."""
        with sqlite_errors(self._books.path):
            while self._open:
                try:
                    row = next(rows)
                except StopIteration:
                    return
                yield row
        raise SESSION_CLOSED.raised()

    def get(self, record_type: str, key: Key) -> Body:
        """Return one record."""
        declared = self._reading(record_type)
        with sqlite_errors(self._books.path):
            if declared.family is Family.LIST:
                return self._lists.get(declared, key)
            return self._documents.get(declared, key)

    def get_many(self, record_type: str, keys: Sequence[Key]) -> Sequence[Body | None]:
        """Return many records in as few reads as can be."""
        declared = self._reading(record_type)
        with sqlite_errors(self._books.path):
            if declared.family is Family.LIST:
                return self._lists.get_many(declared, keys)
            return self._documents.get_many(declared, keys)

    def find_origins(self, record_type: str, origins: Sequence[Origin]) -> Sequence[OriginFound]:
        """Tell for each origin what became of the document it made."""
        declared = self._reading(record_type)
        with sqlite_errors(self._books.path):
            return self._documents.find_origins(declared, origins)

    def _check_held(self, declared: RecordType, key: Key) -> None:
        """Refuse a record that someone has open, whichever of its keys names it here."""
        if declared.family is Family.LIST:
            own = self._lists.key_of(declared, key)
        else:
            own = str(self._documents.number_of(declared, key))
        self._log_on.check_record(declared.name, own)

    def create(self, record_type: str, body: Body, origin: Origin | None = None) -> Written:
        """Create a list record or post a document."""

        def write(declared: RecordType) -> Written:
            if declared.family is Family.LIST:
                with self._books.step():
                    return self._lists.create(declared, body)
            taken, told = self._taken(declared, body)
            written = posting.create(self._books, declared, taken, origin)
            return _telling(written, told)

        return self._writing(record_type, Operation.CREATE, write)

    def update(self, record_type: str, key: Key, body: Body) -> Written:
        """Change the stated fields of a record."""

        def write(declared: RecordType) -> Written:
            self._check_held(declared, key)
            with self._books.step():
                if declared.family is Family.LIST:
                    return self._lists.update(declared, key, body)
                number = self._documents.number_of(declared, key)
                taken, told = self._taken(declared, body)
                written = editing.update(self._books, declared, number, taken)
                return _telling(written, told)

        return self._writing(record_type, Operation.UPDATE, write)

    def _taken(self, declared: RecordType, body: Body) -> tuple[Body, tuple[Finding, ...]]:
        """Return a document as the books take it here, and what is told about that."""
        if self._computes_tax and is_taxed(declared, self.edition):
            return without_tax(body, declared.name)
        return body, ()

    def delete(self, record_type: str, key: Key) -> Written:
        """Delete a record, as far as the edition's rules allow."""

        def write(declared: RecordType) -> Written:
            verbs.require(declared, self.edition, Operation.DELETE)
            self._check_held(declared, key)
            with self._books.step():
                if declared.family is Family.LIST:
                    self._log_on.check_alone(f"delete the {declared.name}")
                    return self._lists.delete(declared, key)
                return self._delete_document(declared, key)

        return self._writing(record_type, Operation.DELETE, write)

    def _delete_document(self, declared: RecordType, key: Key) -> Written:
        number = self._documents.number_of(declared, key)
        document = reversing.standing(self._books, declared.name, number)
        day = date.fromisoformat(document.date)
        reversing.refuse_if(reversing.check(self._books, document, day))
        reversing.remove(self._books, document)
        return Written(key=str(number))

    def act(self, record_type: str, key: Key, verb: Verb, details: Body) -> Written:
        """Post, void, reverse, allocate or unallocate a document."""

        def write(declared: RecordType) -> Written:
            verbs.require(declared, self.edition, Operation(verb.value))
            self._check_held(declared, key)
            with self._books.step():
                number = self._documents.number_of(declared, key)
                told, findings = check_details(verb, details, f"{declared.name} {number}")
                raise_errors(findings)
                return verbs.act(self._books, declared, number, verb, told)

        return self._writing(record_type, Operation(verb.value), write)

    def transfer_vat(self, end: date) -> Written | None:
        """Do what Sage's own VAT transfer does (UK); none where there is nothing to move.

        Raises:
            Rejected: a control account is missing, or nothing can be posted on that day.
        """

        def write(declared: RecordType) -> Written | None:
            del declared
            number = vat_transfer.transfer_vat(self._books, end)
            return None if number is None else Written(key=str(number))

        return self._writing("journal_entry", Operation.CREATE, write)

    def group(self) -> AbstractContextManager[None]:
        """Commit the writes inside together; a refused one leaves the others standing."""
        return self._books.writing()

    def policy(self) -> Policy:
        """Return the settings that posting rules depend on."""
        self._reading("account")
        return self._books.policy

    def uses(self, record_type: str, key: Key) -> Sequence[str]:
        """Return what refers to a record, in words."""
        declared = self._reading(record_type)
        with sqlite_errors(self._books.path):
            if declared.family is not Family.LIST:
                return reversing.used_by(self._books, self._documents.number_of(declared, key))
            number = self._lists.number_of(declared, key)
            body = self._lists.get(declared, key)
            return usage.uses_of(self._books, declared, number, str(body[declared.key]))

    def changes(self, record_type: str, since: str | None) -> Iterator[Changed]:
        """Yield what changed at or after `since`; unstamped records always."""
        declared = self._reading(record_type)
        told = feed.changes(self._books, self._lists, self._documents, declared, since)
        return self._streamed(told)

    def trial_balance(self, as_of: date | None) -> Sequence[AccountFigure]:
        """Return every account with its balance at the end of `as_of`."""
        self._reading("account")
        with sqlite_errors(self._books.path):
            return figures.trial_balance(self._books, as_of)

    def open_items(self, party_type: str, party: str | None) -> Iterator[OpenItem]:
        """Yield the open documents of customers or vendors."""
        self._reading(party_type)
        return self._streamed(figures.open_items(self._books, party_type, party))

    def aged_balances(self, party_type: str, as_of: date) -> Sequence[AgedBalance]:
        """Return what each party owes or is owed by age."""
        self._reading(party_type)
        with sqlite_errors(self._books.path):
            return figures.aged_balances(self._books, party_type, as_of)

    def ledger_rows(self) -> Iterator[LedgerRow]:
        """Yield the whole general ledger."""
        self._reading("account")
        return self._streamed(figures.ledger_rows(self._books))

    def ledger_numbers(self) -> Iterator[int]:
        """Yield the numbers of the transactions in the ledger."""
        self._reading("account")
        return self._streamed(figures.ledger_numbers(self._books))

    def ledger_between(self, first: int, last: int) -> Iterator[LedgerRow]:
        """Yield a part of the general ledger."""
        self._reading("account")
        return self._streamed(figures.ledger_rows(self._books, (first, last)))

    def settlements(self, since: SettledSince | None) -> Iterator[Settlement]:
        """Yield how invoices were settled; needs third-party access."""
        self._settling()
        return self._streamed(settling.settlements(self._books, since))

    def settlements_of(self, invoices: Sequence[str]) -> Sequence[Settlement | None]:
        """Return how invoices stand; needs third-party access."""
        self._settling()
        with sqlite_errors(self._books.path):
            return settling.settlements_of(self._books, invoices)

    def _settling(self) -> None:
        for record_type in ("sales_invoice", "receipt", "credit_memo"):
            self._reading(record_type)
        self._log_on.check_access()


def _telling(written: Written, told: tuple[Finding, ...]) -> Written:
    return replace(written, warnings=(*written.warnings, *told)) if told else written
