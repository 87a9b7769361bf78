"""What those outside are told where the database failed: that it did, and never where it is.

Whoever runs the installation needs the database's address in the message, and has the log;
whoever asks over HTTP may be anybody, and can do nothing but ask again.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

from clary.kernel.errors import ClaryError, Finding

_LOG = logging.getLogger(__name__)
_DATABASE: Final = "DATABASE_"
"""What the codes of everything that can go wrong with the database begin with."""

_MESSAGE: Final = "The server's database did not do what was asked."
_REMEDY: Final = "Try again later; if it stays so, its operator finds the reason in the log."


def outside(error: ClaryError) -> ClaryError:
    """Return an error as it may be told to anybody; what is left out goes to the log."""
    findings = [told_outside(each) for each in error.findings]
    if findings == list(error.findings):
        return error
    _LOG.error("%s: %s", error.code, error)
    return type(error)(*findings)


def told_outside(finding: Finding) -> Finding:
    """Return a finding as it may be told to anybody."""
    if not finding.code.startswith(_DATABASE):
        return finding
    return replace(finding, message=_MESSAGE, remedy=_REMEDY)


def reason_outside(code: str | None, reason: str | None) -> str | None:
    """Return why something waits as it may be told to anybody."""
    return _MESSAGE if code is not None and code.startswith(_DATABASE) else reason
