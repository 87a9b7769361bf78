"""The one executor: sent mark, look, write, read back, outcome; for companies and apps alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from clary.engine.lease import Lease
from clary.engine.runs import RunSummary
from clary.kernel.change import Target
from clary.kernel.clock import Clock
from clary.kernel.settings import Settings
from clary.store import Database


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """What the caller decides about an application.

    Attributes:
        stop_on_error: stop at the first rejected or failed change; what follows is
            rejected as not attempted.
        confirmed_missing: post documents again whose origin was posted before and is
            no longer in the books.
        confirmed: names of the guards that a person has confirmed (MASS_CHANGE, ...).
        author: who applies.
        retries: how often a busy or lost target is tried again before it is parked.
    """

    stop_on_error: bool = False
    confirmed_missing: bool = False
    confirmed: frozenset[str] = frozenset()
    author: str = ""
    retries: int = 3


class Executor:
    """Applies plans to targets, under a lease, through the journal."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        *,
        trip: Callable[[str], None] | None = None,
    ) -> None:
        """Work in `database`; `trip` is called at every journal point."""

    def apply(
        self,
        plan_id: str | Sequence[str],
        targets: Mapping[str, Target],
        lease: Lease,
        options: ApplyOptions | None = None,
        progress: Callable[[RunSummary], None] | None = None,
    ) -> RunSummary:
        """Apply one plan, or several as one run."""
        raise NotImplementedError

    def resume(
        self,
        run_id: str,
        targets: Mapping[str, Target],
        lease: Lease,
        options: ApplyOptions | None = None,
        progress: Callable[[RunSummary], None] | None = None,
    ) -> RunSummary:
        """Go on with a run that was interrupted or parked; every sent row is looked up first."""
        raise NotImplementedError
