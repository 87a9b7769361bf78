"""Who paused a company: a person, or a process that keeps it for itself for a while.

A person is named as such; a process by a text that also tells whether it still lives, so that
the pause ends with it.
"""

from __future__ import annotations

from clary.engine.owner import is_gone, named
from clary.kernel.errors import Busy, ClaryError, Finding, declare, error_of

WORK_PAUSED = declare(
    "WORK_PAUSED",
    Busy,
    "The work for {company} was paused by {actor}.",
    "Go on with `clary work resume {company}`.",
)
WORK_HELD = declare(
    "WORK_HELD",
    Busy,
    "The work for {company} waits for the end of {what}.",
    "Nothing has to be done: it goes on by itself.",
)


def is_held(actor: str) -> bool:
    """Tell whether who paused a company is a process, and no person."""
    return named(actor) != actor


def in_force(actor: str | None) -> str | None:
    """Return who paused a company, unless it was a process that is certainly dead."""
    return None if actor is None or is_gone(actor) else actor


def _finding(company: str, actor: str) -> Finding:
    if is_held(actor):
        return WORK_HELD.finding(company=company, what=named(actor))
    return WORK_PAUSED.finding(company=company, actor=actor)


def paused(company: str, actor: str) -> tuple[str, str]:
    """Return why a paused company waits, as code and text."""
    finding = _finding(company, actor)
    return finding.code, finding.message


def paused_error(company: str, actor: str) -> ClaryError:
    """Return the same as an error (WORK_PAUSED, WORK_HELD)."""
    return error_of((_finding(company, actor),))
