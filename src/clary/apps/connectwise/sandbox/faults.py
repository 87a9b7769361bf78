"""Misbehaviour on demand, as real sites and what stands in front of them misbehave.

A fault waits in memory for the next requests that it fits and is gone with the process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from clary.apps.connectwise.sandbox.problems import Refused
from clary.apps.connectwise.sandbox.wire import Json

KINDS: Mapping[str, str] = {
    "too-many-requests": "answers 429 with Retry-After of so many seconds, and does nothing",
    "error-before": "answers 500 and does nothing",
    "error-after": "does the work and answers 500",
    "hang-before": "waits so many seconds, does nothing and answers 504",
    "hang-after": "does the work, waits so many seconds and answers 504",
    "drop-after": "does the work and closes the connection in the middle of the answer",
    "malformed": "does the work and answers with JSON that breaks off",
    "login-page": "redirects to the log-in page, and does nothing",
    "web-page": "answers 200 with a web page, and does nothing",
    "slow": "waits so many seconds before it does the work and answers as usual",
}
LONGEST_SECONDS = 3_600
MOST_TIMES = 1_000_000


@dataclass(slots=True)
class Fault:
    """One misbehaviour.

    Attributes:
        kind: what happens.
        times: to how many more requests.
        method: only to requests of this method; any if empty.
        path: only to paths below the base that begin with this; any if empty.
        seconds: how long it waits, or tells to wait.
    """

    kind: str
    times: int = 1
    method: str = ""
    path: str = ""
    seconds: int = 1

    def fits(self, method: str, path: str) -> bool:
        """Tell whether the fault strikes this request."""
        return self.method in {"", method} and path.startswith(self.path)

    def as_dict(self) -> dict[str, Json]:
        """Return the fault as JSON."""
        return {
            "kind": self.kind,
            "times": self.times,
            "method": self.method,
            "path": self.path,
            "seconds": self.seconds,
        }


class Faults:
    """The faults that wait."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = Lock()

    def add(self, given: Mapping[str, Json]) -> Fault:
        """Add a fault from what a request says.

        Raises:
            Refused: it is no known kind, or a number is out of bounds (400).
        """
        kind = given.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            raise Refused.invalid(f"kind is one of {', '.join(KINDS)}.")
        fault = Fault(
            kind,
            _whole(given, "times", 1, MOST_TIMES),
            str(given.get("method") or "").upper(),
            str(given.get("path") or "").strip("/").casefold(),
            _whole(given, "seconds", 1, LONGEST_SECONDS),
        )
        with self._lock:
            self._waiting.append(fault)
        return fault

    def all(self) -> list[Json]:
        """Return the faults that wait."""
        with self._lock:
            return [fault.as_dict() for fault in self._waiting]

    def clear(self) -> None:
        """End all faults."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the first fault that strikes this request, and count it.

        Args:
            method: HTTP method.
            path: path below the base.
        """
        plain = path.strip("/").casefold()
        with self._lock:
            for fault in self._waiting:
                if fault.fits(method, plain):
                    fault.times -= 1
                    if not fault.times:
                        self._waiting.remove(fault)
                    return fault
        return None


def _whole(given: Mapping[str, Json], name: str, usual: int, highest: int) -> int:
    value = given.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= highest:
        raise Refused.invalid(f"{name} is a whole number up to {highest}.")
    return value
