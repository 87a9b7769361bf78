"""What a lane and the kinds of work that it does say to each other.

A kind of work is one function, which is given a company that is open for writing and the
items that are next, and says of each how it ended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from clary.engine.lease import Lease
from clary.hub.installation import Installation
from clary.hub.services.opening import Opened
from clary.hub.services.targets import Targets
from clary.hub.work import WorkItem


class Outcome(StrEnum):
    """How an item left its handler.

    done: it has ended, well or not, and what came of it is recorded; wait: nothing came of
    it yet, and it is tried again; parked: a person has to look at it.
    """

    DONE = "done"
    WAIT = "wait"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Ending:
    """How one item ended; an item without an ending stays as it was.

    Attributes:
        item: the item.
        outcome: how it ended.
        code: why, by code, unless it is done.
        text: the same for people.
        is_own: the trouble is the item's own, whatever its code usually means: it makes
            way for the others once it has been tried often enough.
    """

    item: WorkItem
    outcome: Outcome = Outcome.DONE
    code: str = ""
    text: str = ""
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Writing:
    """A company that is open for writing.

    Attributes:
        lease: the right to write to it; handed to the executor, and checked in every
            transaction that records what was done (`lease.fence`).
        targets: what can be changed, by the name of its connection.
        stopped: asked between two groups of documents; true leaves the rest for the next look.
    """

    lease: Lease
    targets: Targets
    stopped: Callable[[], bool] = lambda: False


Handler = Callable[[Installation, Opened, Writing, Sequence[WorkItem]], Sequence[Ending]]
"""Does consecutive items of one kind, in order."""
