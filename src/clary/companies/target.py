"""A company as a target of the executor: how changes become calls of a session."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clary.companies.contract import Info, Session
from clary.kernel.change import Body, Change, Sighting, Written
from clary.kernel.errors import ClaryError


class CompanyTarget:
    """Applies changes to one company inside one session."""

    def __init__(
        self, session: Session, info: Info, *, reopen: Callable[[], Session] | None = None
    ) -> None:
        """Write through `session`; `reopen` gives a new one after the session was lost."""

    def look(self, changes: Sequence[Change]) -> Sequence[Sighting]:
        """Tell for each change whether it is done already, can be done, or is stale."""
        raise NotImplementedError

    def write(
        self, changes: Sequence[Change], *, stop: bool = False
    ) -> Sequence[Written | ClaryError]:
        """Write each change inside one session group."""
        raise NotImplementedError

    def read_back(
        self, changes: Sequence[Change], written: Sequence[Written]
    ) -> Sequence[Body | None]:
        """Return each record as it stands now."""
        raise NotImplementedError
