"""What a hostile door says when it strikes: one code for each class of error."""

from __future__ import annotations

from clary.kernel.errors import Busy, Uncertain, Unreachable, Unsupported, declare

HOSTILE_BUSY = declare(
    "HOSTILE_BUSY",
    Busy,
    "The hostile driver is busy with {call}.",
    "Try again; this driver exists to be in the way.",
)
HOSTILE_LOST = declare(
    "HOSTILE_LOST",
    Unreachable,
    "The hostile driver has dropped the session at {call}; nothing of it was done.",
    "Open a new session and try again.",
)
HOSTILE_UNKNOWN = declare(
    "HOSTILE_UNKNOWN",
    Uncertain,
    "The hostile driver does not say whether {call} was done.",
    "Look in the company before anything is written again.",
)
HOSTILE_NO_ORIGINS = declare(
    "HOSTILE_NO_ORIGINS",
    Unsupported,
    "The hostile driver keeps no origins.",
    "Look for the document by its number and party.",
)
