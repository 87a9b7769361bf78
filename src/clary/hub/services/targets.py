"""The systems that a run may change: the company, and each app once a change needs it.

An app is connected only when the plan changes it, before the first write: an app that
cannot be reached stops the run while nothing has happened yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from clary.companies.target import CompanyTarget
from clary.kernel.change import Target


class Targets(Mapping[str, Target]):
    """Targets by the name of their connection; apps are opened when they are asked for.

    Attributes:
        company: the company's own.
    """

    def __init__(
        self, company: str, target: CompanyTarget, open_app: Callable[[str], Target]
    ) -> None:
        """Start with the company, which is logged on already."""
        self.company = target
        self._known: dict[str, Target] = {company: target}
        self._open_app = open_app

    def __getitem__(self, system: str) -> Target:
        """Return the target of a system.

        Raises:
            Misconfigured: there is no such app, or its settings do not work.
            Unreachable, Unauthorised, Busy: it cannot be used just now.
        """
        if system not in self._known:
            self._known[system] = self._open_app(system)
        return self._known[system]

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the systems opened so far."""
        return iter(self._known)

    def __len__(self) -> int:
        """Return how many systems are open."""
        return len(self._known)
