"""One list of what was looked at before a site is worked with, and what to change where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from clary.kernel.change import Body
from clary.kernel.errors import ClaryError, Finding, Severity

T = TypeVar("T")

MOST_NAMED = 10
"""Most records that one line names; the rest are counted."""


class CheckState(StrEnum):
    """How one line of the list stands."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One thing that was looked at.

    Attributes:
        name: what was looked at.
        found: what was found.
        findings: what is wrong or doubtful, with what to change and where; empty where
            all is well.
    """

    name: str
    found: str
    findings: tuple[Finding, ...] = ()

    @property
    def state(self) -> CheckState:
        """How it stands: the worst of its findings."""
        if any(finding.severity is Severity.ERROR for finding in self.findings):
            return CheckState.FAILED
        return CheckState.WARNING if self.findings else CheckState.OK

    @property
    def remedy(self) -> str:
        """What to change and where; empty where all is well."""
        return " ".join(dict.fromkeys(finding.remedy for finding in self.findings))

    def as_dict(self) -> Body:
        """Return the line as JSON-ready values."""
        return {
            "name": self.name,
            "state": self.state.value,
            "ok": self.state is not CheckState.FAILED,
            "found": self.found,
            "remedy": self.remedy,
            "findings": [{**finding.as_dict()} for finding in self.findings],
        }


def looked(
    name: str, read: Callable[[], T], judge: Callable[[T], Iterable[CheckLine]]
) -> Iterator[CheckLine]:
    """Yield what is to be said of something at the site, or why it could not be read.

    Args:
        name: name of the line that says why.
        read: reads it from the site.
        judge: says what is to be said.
    """
    try:
        found = read()
    except ClaryError as error:
        yield CheckLine(name, error.findings[0].message, error.findings)
    else:
        yield from judge(found)


def named(records: Sequence[str]) -> str:
    """Return the first few names, and how many more there are."""
    shown = ", ".join(records[:MOST_NAMED])
    more = len(records) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
