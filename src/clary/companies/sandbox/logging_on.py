"""What a session asks of its log-on: what it may do, and what the company does to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clary.companies.contract import Operation, Use
from clary.kernel.errors import Finding


@dataclass(slots=True)
class LogOn:
    """An accepted log-on of one user; this one meets nothing, `admission` meets everything."""

    user: str
    notes: tuple[Finding, ...] = ()

    def end(self) -> None:
        """Log off."""

    def check(self, record_type: str, operation: Operation) -> None:
        """Refuse what the user has no right to."""

    def missing_rights(self, use: Use | None = None) -> Sequence[Finding]:
        """Return each right that the user lacks, with the menu that grants it."""
        del use
        return ()

    def check_access(self) -> None:
        """Refuse what needs third-party access, where nobody granted it."""

    def check_record(self, record_type: str, key: str) -> None:
        """Refuse a record that someone has open."""

    def check_alone(self, doing: str) -> None:
        """Refuse what needs the company alone while others are logged on."""

    def before_read(self) -> None:
        """Let a fault happen before a read."""

    def before_write(self, record_type: str) -> None:
        """Let a fault happen before a write."""

    def begun(self) -> None:
        """Check the session just after a transaction has begun."""

    def before_commit(self) -> None:
        """Let a fault happen just before a commit."""

    def after_commit(self) -> None:
        """Let a fault happen just after a commit."""

    def after_rollback(self) -> None:
        """Note that a transaction was lost."""
