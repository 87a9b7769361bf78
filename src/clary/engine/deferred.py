"""Changes that are finished only when the changes they depend on have ended.

The finishing functions are pure and known by name, so that a plan can be stored, shown
and applied by another process than the one that planned it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from clary.kernel.change import Body, Change, Outcome
from clary.kernel.errors import Failed, declare

DEFERRED_UNKNOWN = declare(
    "DEFERRED_UNKNOWN",
    Failed,
    "The function {name!r} that finishes this change is not known here.",
    "Apply the plan with the version of the program that made it, or plan again.",
)

Finisher: TypeAlias = Callable[[Change, Iterable[Outcome]], Body | None]
"""Gets the change and the outcomes it depends on, in order, as a stream to be read once and
without the records that they left; returns what the change shall hold, or none where nothing
is left to do."""

_FINISHERS: dict[str, Finisher] = {}


def deferred(name: str) -> Callable[[Finisher], Finisher]:
    """Register a pure function under `name`, which plans state as `Change.deferred`.

    Raises:
        ValueError: the name is taken.
    """

    def register(function: Finisher) -> Finisher:
        if name in _FINISHERS:
            message = f"the deferred function {name} is registered twice"
            raise ValueError(message)
        _FINISHERS[name] = function
        return function

    return register


def finisher(change: Change) -> Finisher:
    """Return the function that finishes a deferred change.

    Raises:
        Failed: it is not registered in this process (DEFERRED_UNKNOWN).
    """
    found = _FINISHERS.get(change.deferred or "")
    if found is None:
        raise DEFERRED_UNKNOWN.raised(record=change.record, name=change.deferred)
    return found
