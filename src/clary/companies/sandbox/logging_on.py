"""What a session asks of its log-on: what it may do, and what the company does to it."""

from __future__ import annotations

from dataclasses import dataclass

from clary.companies.contract import Operation
from clary.kernel.errors import Finding


@dataclass(slots=True)
class LogOn:
    """An accepted log-on of one user."""

    user: str
    notes: tuple[Finding, ...] = ()

    def end(self) -> None:
        """Log off."""

    def check(self, record_type: str, operation: Operation) -> None:
        """Refuse what the user has no right to."""

    def check_record(self, record_type: str, key: str) -> None:
        """Refuse a record that someone has open."""

    def before_write(self, record_type: str) -> None:
        """Let a fault happen before a write."""

    def after_commit(self) -> None:
        """Let a fault happen after a commit."""
