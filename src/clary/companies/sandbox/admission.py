"""One logged-on user as a session sees it: what it may do, and what the company does to it.

The session calls one method at each point of its work; the situations, rights, records in
use and faults behind them stay out of its way.
"""

from __future__ import annotations

from collections.abc import Sequence

from clary.companies.contract import Operation, Use
from clary.companies.sandbox import logging_on, situations, users
from clary.companies.sandbox.books import Books
from clary.companies.sandbox.faults import CONNECTION_BROKE, SESSION_LOST, Faults, Stage
from clary.companies.sandbox.situations import Caller, LogOn, edition_of, met
from clary.kernel.errors import Finding, Unsupported, declare

SESSION_READS_ONLY = declare(
    "SESSION_READS_ONLY",
    Unsupported,
    "This session was opened for reading.",
    "Open a session for writing.",
)


class Admission(logging_on.LogOn):
    """An accepted logon, until it ends."""

    def __init__(self, books: Books, logon: LogOn, faults: Faults) -> None:
        """Stand between `books` and whoever is logged on."""
        super().__init__(logon.user, logon.notes)
        self._books = books
        self._logon = logon
        self._faults = faults
        self._checked = -1
        self._edition = edition_of(books.values)

    @property
    def rights(self) -> users.Rights:
        """What the user may do."""
        return self._logon.rights

    def end(self) -> None:
        """Log off; a session that broke off stays behind, as after a crash."""
        ending = situations.leave_behind if self._faults.broken else situations.log_off
        ending(self._books.connection, self._books.path, self._logon)

    def check(self, record_type: str, operation: Operation) -> None:
        """Refuse what the user has no right to.

        Raises:
            Unauthorised: the user lacks a right; the finding names its menu.
            Unsupported: the session was opened for reading.
        """
        if operation is not Operation.READ and not self._logon.write:
            raise SESSION_READS_ONLY.raised()
        users.check_right(self._logon.rights, record_type, operation)

    def missing_rights(self, use: Use | None = None) -> Sequence[Finding]:
        """Return each right that the user lacks, with the menu that grants it."""
        if use is not None:
            return users.lacking(self._logon.rights, *use)
        return users.missing_rights(self._logon.rights)

    def check_access(self) -> None:
        """Refuse what needs third-party access, where nobody granted it.

        Raises:
            Unauthorised: a person at Sage must grant it.
        """
        situations.check_access(self._books.connection, self._books.path, self._logon)

    def check_record(self, record_type: str, key: str) -> None:
        """Refuse a record that someone else has open.

        Raises:
            Busy: someone has.
        """
        situations.check_record(self._books.connection, self._edition, self.user, record_type, key)

    def check_alone(self, doing: str) -> None:
        """Refuse what needs a UK company alone while others are logged on.

        Deleting a record does (Sage help on locking); US books have no such rule.

        Raises:
            Busy: others are.
        """
        if self._edition == "uk":
            situations.check_alone(self._books.connection, self._edition, self.user, doing)

    def before_read(self) -> None:
        """Let a fault strike a read.

        Raises:
            ClaryError: the session is lost, or the fault's own error.
        """
        self._refuse_broken()
        if not self._books.in_group:
            situations.check_standing(self._books.connection, self._edition, self._logon)
        self._faults.trip(Stage.READ)

    def before_write(self, record_type: str) -> None:
        """Let a fault strike a write.

        Raises:
            ClaryError: the session is lost, or the fault's own error.
        """
        self._refuse_broken()
        self._faults.trip(Stage.WRITE, f"the {record_type}")

    def _refuse_broken(self) -> None:
        if self._faults.broken:
            raise met(SESSION_LOST, self._edition)

    def begun(self) -> None:
        """Check that the session still stands, just after a transaction has begun.

        Where no other connection has written since the last check, nothing can have changed.

        Raises:
            Unreachable: the books were restored, or a person removed the session.
        """
        version = self._books.version
        if version == self._checked and not self._faults.armed:
            return
        situations.check_standing(self._books.connection, self._edition, self._logon)
        self._faults.load()
        self._checked = version

    def before_commit(self) -> None:
        """Let a fault strike just before a commit; a broken session commits nothing.

        Raises:
            ClaryError: the fault's own error.
        """
        if self._faults.broken:
            raise met(CONNECTION_BROKE, self._edition)
        self._faults.trip(Stage.COMMIT)

    def after_commit(self) -> None:
        """Let a fault strike just after a commit: the books are written all the same.

        Raises:
            Uncertain: the outcome cannot be known from here.
        """
        self._faults.ended(committed=True)
        self._faults.trip(Stage.COMMITTED)

    def after_rollback(self) -> None:
        """Keep the count of faults that struck in a transaction that was lost."""
        self._faults.ended(committed=False)


def admit(books: Books, caller: Caller) -> Admission:
    """Log on, with all that can be met on the way.

    Raises:
        Busy, Unauthorised, Unreachable, Misconfigured, Guarded: what was met.
    """
    faults = Faults(books.connection, books.path)
    faults.trip(Stage.CONNECT)
    logon = situations.log_on(books.connection, books.path, caller, books.clock)
    books.user = logon.user
    return Admission(books, logon, faults)
