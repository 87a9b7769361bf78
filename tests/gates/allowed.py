"""The exceptions to the house rules, each with its reason.

An entry names a rule, a file (a pattern is allowed) and the function or class around the
place (`*` for the whole file).  An entry that no longer excuses anything fails the gate,
so the list only ever holds what is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.gates.source import Offence


@dataclass(frozen=True, slots=True)
class Allowed:
    """One exception: a rule, where it does not hold, and why."""

    rule: str
    path: str
    where: str
    reason: str

    def covers(self, rule: str, offence: Offence) -> bool:
        """Tell whether this entry excuses `offence` of `rule`."""
        return (
            rule == self.rule
            and fnmatchcase(offence.path, self.path)
            and fnmatchcase(offence.where, self.where)
        )


ALLOWED: tuple[Allowed, ...] = (
    Allowed(
        rule="floats",
        path="src/clary/companies/sandbox/seed/*",
        where="*",
        reason="chances that decide what happens in a seeded company; no amount is made from them",
    ),
    Allowed(
        rule="broad_handlers",
        path="src/clary/hub/lanes.py",
        where="Lanes._take_care",
        reason="the thread that keeps all lanes going logs what it did not foresee, and goes on",
    ),
    Allowed(
        rule="broad_handlers",
        path="src/clary/hub/push/accepting.py",
        where="Acceptor._store",
        reason="what went wrong is raised in the thread of the request that waits for it",
    ),
    Allowed(
        rule="broad_handlers",
        path="src/clary/hub/push/accepting.py",
        where="Acceptor._store_rest",
        reason="what went wrong is raised in the threads of the requests that wait for it",
    ),
    Allowed(
        rule="broad_handlers",
        path="src/clary/hub/push/delivering.py",
        where="Deliverer._run",
        reason="the thread that delivers webhooks logs what it did not foresee, and goes on",
    ),
    Allowed(
        rule="broad_handlers",
        path="src/clary/hub/notifying/notifier.py",
        where="_done",
        reason="the threads that tell people log what they did not foresee, and go on",
    ),
    Allowed(
        rule="broad_handlers",
        path="src/clary/api/push/app.py",
        where="_Shell._answer",
        reason="the boundary of the process: it is logged, and told in the words of the API",
    ),
    Allowed(
        rule="broad_handlers",
        path="src/clary/api/native/shell.py",
        where="_safely",
        reason="the boundary of the process: it is logged, and told by its instance alone",
    ),
)
