"""The sandbox company as a door: what it is, what it can do, and logging on to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from clary.companies.contract import (
    ALL_FIGURES,
    EXACT,
    Company,
    Fence,
    Figure,
    Info,
    OriginPlace,
    Period,
    TypeCapability,
)
from clary.companies.sandbox import logons, releases, verbs
from clary.companies.sandbox.admission import admit
from clary.companies.sandbox.books import LEASE_SUPERSEDED, Books
from clary.companies.sandbox.file import connect, sqlite_errors
from clary.companies.sandbox.session import SandboxSession
from clary.companies.sandbox.situations import Caller
from clary.companies.sandbox.worked_out import is_taxed
from clary.kernel.clock import Clock, SystemClock
from clary.ledger.fields import EditionName, Kind
from clary.ledger.record import Family, RecordType
from clary.ledger.registry import record_types_in

DRIVER = "sandbox"
FEED = frozenset({"created", "updated", "deleted"})
CONNECTOR = "CLARY"
"""The user that the connector logs on as unless told otherwise."""


class SandboxCompany(Company):
    """One sandbox company file."""

    def __init__(
        self,
        path: Path,
        *,
        user: str | None = None,
        password: str | None = None,
        clock: Clock | None = None,
        computes_tax: bool = False,
    ) -> None:
        """Stand at the door of the file `path`, as `user`.

        Args:
            path: the company file.
            user: the Sage user to log on as.
            password: that user's password.
            clock: tells the time.
            computes_tax: the books work tax out, as for programs at Sage's own interface;
                else it is stated, as in import files.
        """
        self.path = path
        self._user = user or CONNECTOR
        self._password = password
        self._clock = clock or SystemClock()
        self._computes_tax = computes_tax

    def info(self) -> Info:
        """Return what the company is; needs no log-on."""
        books = self._books()
        try:
            return _info(books)
        finally:
            books.connection.close()

    def _books(self) -> Books:
        return Books(connect(self.path), self.path, self._user, self._clock)

    def capabilities(self) -> Mapping[str, TypeCapability]:
        """Return what can be done, by record type."""
        books = self._books()
        try:
            return capabilities_of(books.edition, computes_tax=self._computes_tax)
        finally:
            books.connection.close()

    def figures(self) -> frozenset[Figure]:
        """Return every figure: a company in one file has them all."""
        return ALL_FIGURES

    def session(self, *, write: bool = False, fence: Fence | None = None) -> SandboxSession:
        """Log on; a session that writes takes the fence of its lease with it."""
        return self._session(Caller(self._user, self._password, write), fence)

    def reading(self) -> SandboxSession:
        """Log on as the read-only ODBC driver does: with a user and its password, no more."""
        return self._session(Caller(self._user, self._password, plain=True))

    def logged_on(self) -> Sequence[str]:
        """Return the users that people have the company open under."""
        books = self._books()
        try:
            with sqlite_errors(self.path):
                return logons.people(books.connection)
        finally:
            books.connection.close()

    def _session(self, caller: Caller, fence: Fence | None = None) -> SandboxSession:
        books = self._books()
        try:
            if fence is not None:  # first, so that a superseded owner leaves no logon behind
                _set_fence(books, fence)
            log_on = admit(books, caller)
        except BaseException:
            books.connection.close()
            raise
        return SandboxSession(books, log_on, computes_tax=self._computes_tax)


def _set_fence(books: Books, fence: Fence) -> None:
    """Let only this lease or a newer one write from now on.

    Raises:
        Guarded: a newer lease has written already (LEASE_SUPERSEDED).
    """
    with sqlite_errors(books.path):
        books.connection.execute("BEGIN IMMEDIATE")
        try:
            row = books.connection.execute(
                "SELECT (SELECT value FROM company WHERE name = 'fence'),"
                " (SELECT value FROM company WHERE name = 'fence_owner')"
            ).fetchone()
            if int(row[0]) > fence.epoch:
                raise LEASE_SUPERSEDED.raised(owner=row[1], epoch=int(row[0]))
            books.set_value("fence", str(fence.epoch))
            books.set_value("fence_owner", fence.owner)
            books.connection.execute("COMMIT")
        finally:
            if books.connection.in_transaction:
                books.connection.execute("ROLLBACK")
    books.fence_epoch = fence.epoch


def _info(books: Books) -> Info:
    values = books.values
    edition = books.edition
    note = releases.note_for(edition, int(values["release"]))
    return Info(
        name=values["name"],
        edition=edition,
        release=int(values["release"]),
        tier=values["tier"],
        currency=values["currency"],
        foreign_trader=values["foreign_trader"] == "1",
        periods=tuple(
            Period(number, date.fromisoformat(start), date.fromisoformat(end), bool(is_open))
            for number, start, end, is_open in books.periods
        ),
        lock_date=date.fromisoformat(values["lock_date"]) if values["lock_date"] else None,
        identity=values["identity"],
        generation=int(values["generation"]),
        driver=DRIVER,
        notes=(note.message,) if note else (),
    )


@cache
def capabilities_of(
    edition: EditionName, *, computes_tax: bool = False
) -> Mapping[str, TypeCapability]:
    """Return what a sandbox company of an edition can do, by record type."""
    return {
        one.name: _capability(one, edition, computes_tax=computes_tax)
        for one in record_types_in(edition)
    }


def _capability(
    declared: RecordType, edition: EditionName, *, computes_tax: bool
) -> TypeCapability:
    fields = declared.fields_in(edition)
    is_list = declared.family is Family.LIST
    plain = frozenset(name for name, spec in fields.items() if spec.kind is not Kind.GROUP)
    pushed = plain if is_list else plain - {"guid"}
    line_rule = fields["lines"].rule(edition) if "lines" in fields else None
    return TypeCapability(
        operations=dict.fromkeys(verbs.operations(declared, edition), EXACT),
        filters=pushed,
        sorts=pushed if is_list else frozenset({"transaction_number", "date", "period"}),
        origin=OriginPlace.NATURAL if is_list else OriginPlace.STORED,
        tax_stated=not (computes_tax and is_taxed(declared, edition)),
        lines=line_rule.length if line_rule else None,
        feed=FEED,
    )
