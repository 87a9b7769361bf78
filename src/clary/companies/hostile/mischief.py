"""What a hostile door does, and what decides when: a script, or a seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Protocol


class Call(StrEnum):
    """A call that mischief can strike; `commit` is the end of a group."""

    SESSION = "session"
    READ = "read"
    GET = "get"
    GET_MANY = "get_many"
    FIND_ORIGINS = "find_origins"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ACT = "act"
    COMMIT = "commit"


class Mischief(StrEnum):
    """What goes wrong.

    BUSY: refused for now; nothing is done and the session goes on.
    DROP: the session is lost before anything is done, and the error says so.
    LOSE: nothing is done, and the error says that the outcome is unknown.
    COMMIT: everything is done, and the error says that the outcome is unknown.
    LATE: it is done, and the answer comes late.
    LATE_FAILURE: nothing is done, and the error, which says so, comes late.
    EDIT: someone changes the record between a reading and what follows it.
    PAD: texts come filled up with spaces, as fixed columns give them.
    REPEAT: a row comes twice.
    """

    BUSY = "busy"
    DROP = "drop"
    LOSE = "lose"
    COMMIT = "commit"
    LATE = "late"
    LATE_FAILURE = "late-failure"
    EDIT = "edit"
    PAD = "pad"
    REPEAT = "repeat"


_ANY: Final = frozenset({Mischief.BUSY, Mischief.DROP, Mischief.LATE, Mischief.LATE_FAILURE})
_WRITE: Final = _ANY | {Mischief.LOSE, Mischief.COMMIT}

FITTING: Final[dict[Call, frozenset[Mischief]]] = {
    Call.SESSION: frozenset({Mischief.BUSY, Mischief.DROP, Mischief.LATE}),
    Call.READ: _ANY | {Mischief.PAD, Mischief.REPEAT},
    Call.GET: _ANY | {Mischief.PAD, Mischief.EDIT},
    Call.GET_MANY: _ANY | {Mischief.PAD, Mischief.EDIT},
    Call.FIND_ORIGINS: _ANY,
    Call.CREATE: _WRITE,
    Call.UPDATE: _WRITE | {Mischief.EDIT},
    Call.DELETE: _WRITE | {Mischief.EDIT},
    Call.ACT: _WRITE | {Mischief.EDIT},
    Call.COMMIT: _WRITE,
}
"""What can strike which call."""


class Malice(Protocol):
    """What decides when something goes wrong; it outlives sessions."""

    def strike(self, call: Call) -> Mischief | None:
        """Return what goes wrong with this call, none if all is well."""
        ...


class Scripted:
    """Mischief at numbered calls: `Scripted(("create", 3, Mischief.LOSE))`."""

    def __init__(self, *steps: tuple[str, int, Mischief]) -> None:
        """Strike at the n-th call of a kind, counted from 1 over all sessions.

        Raises:
            ValueError: a mischief does not fit its call, or a call is named twice.
        """
        self._steps: dict[tuple[Call, int], Mischief] = {}
        self._calls: Counter[Call] = Counter()
        for name, number, mischief in steps:
            call = Call(name)
            if mischief not in FITTING[call] or (call, number) in self._steps:
                text = f"{mischief} cannot strike {call} number {number}"
                raise ValueError(text)
            self._steps[call, number] = mischief

    @property
    def waiting(self) -> int:
        """How many steps have not struck yet."""
        return len(self._steps)

    def strike(self, call: Call) -> Mischief | None:
        """Return what the script says of this call."""
        self._calls[call] += 1
        return self._steps.pop((call, self._calls[call]), None)


WILD: Final[dict[Mischief, int]] = {
    Mischief.BUSY: 30,
    Mischief.DROP: 30,
    Mischief.LOSE: 40,
    Mischief.COMMIT: 40,
    Mischief.LATE: 20,
    Mischief.LATE_FAILURE: 20,
    Mischief.REPEAT: 20,
}
"""Chances of each mischief per thousand calls; edits and padding are asked for."""


class Seeded:
    """Mischief at random calls, the same ones for the same seed."""

    def __init__(
        self, seed: int, chances: Mapping[Mischief, int] | None = None, *, most: int = 50
    ) -> None:
        """Strike at random.

        Args:
            seed: of the random numbers.
            chances: per thousand calls that a mischief can strike; `WILD` if none.
            most: strikes in all, so that every run comes to an end.
        """
        self._random = random.Random(seed)  # noqa: S311 - chance, not secrecy
        self._chances = dict(WILD if chances is None else chances)
        self._left = most

    def strike(self, call: Call) -> Mischief | None:
        """Return what chance brings upon this call."""
        drawn = self._random.randrange(1000)
        if not self._left:
            return None
        for mischief, chance in self._chances.items():
            if mischief not in FITTING[call]:
                continue
            if drawn < chance:
                self._left -= 1
                return mischief
            drawn -= chance
        return None
