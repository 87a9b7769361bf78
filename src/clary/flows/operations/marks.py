"""Names of the tracked properties that planners of operations set themselves.

They travel with a change through plan, journal and run, where results are made from them;
callers never see them among their own properties.
"""

from __future__ import annotations

from typing import Final

RESERVED: Final = "clary."
"""Start of all these names; callers may not use it."""

REQUEST: Final = "clary.request"
"""Fingerprint of what was asked for under an idempotency key."""

STATED: Final = "clary.stated"
"""JSON of figures kept for comparison after posting, by dotted path."""

SETTLED: Final = "clary.settled"
"""Why a document needs no write: `unchanged`, `duplicate`."""

NESTED: Final = "clary.nested"
"""The nested type that a change of its parent is about."""

ENTRY: Final = "clary.entry"
"""Key of the entry that a change of its parent is about."""

TAKEN: Final = "clary.taken"
"""What results call a change that is done, where its action does not say it."""
