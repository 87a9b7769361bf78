"""Finishes a document that one request states twice under one idempotency key.

The second is left out where the first succeeds, and rejected for the same reasons where
it is rejected; which of the two is known only when the plan is applied.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from clary.engine.deferred import deferred
from clary.kernel.change import Body, Change, Outcome, State
from clary.kernel.errors import Rejected

TWIN_DEFERRED: Final = "operations.twin"
"""Name under which plans know the function."""


@deferred(TWIN_DEFERRED)
def follow(change: Change, outcomes: Iterable[Outcome]) -> Body | None:
    """Leave out a document that was stated before, as the first of the two ended.

    Raises:
        Rejected: the first one was rejected, for the same reasons.
    """
    for outcome in outcomes:
        if outcome.state is State.REJECTED:
            raise Rejected(*(replace(each, record=change.record) for each in outcome.findings))
    return None
