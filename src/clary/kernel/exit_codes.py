"""How a command ends: the one table of exit codes, for errors, runs, help and documentation.

A script decides by the number alone, so a number never changes its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """The exit code of a command; 141 is what shells show for a reader that has gone."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    CONFIGURATION = 3
    UNAVAILABLE = 4
    REJECTED = 5
    REFUSED = 6
    INTERRUPTED = 130
    READER_GONE = 141


MEANINGS: Final[Mapping[ExitCode, str]] = {
    ExitCode.OK: "all is well",
    ExitCode.UNEXPECTED: "something unexpected, or documents that failed by our own fault",
    ExitCode.USAGE: "the command line makes no sense, or names something that does not exist",
    ExitCode.CONFIGURATION: "a setting, a password or a right needs a person",
    ExitCode.UNAVAILABLE: "the company is busy or cannot be reached; what waits can be resumed",
    ExitCode.REJECTED: "some documents were rejected, or some records were not found",
    ExitCode.REFUSED: "a guard refused before the first write",
    ExitCode.INTERRUPTED: "interrupted",
    ExitCode.READER_GONE: "the program that reads the output stopped reading, as `head` does",
}
"""What each tells, as help and documentation say it."""
