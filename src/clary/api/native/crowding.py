"""Keeps one key, or one company that is slow, from taking all threads of the native API.

Requests beyond what a key or a company may have under way at once wait for a short time, and
not in a thread; after that they are told to come back later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from clary.api.native.problems import COMPANY_CROWDED, KEY_CROWDED
from clary.kernel.errors import Code

PATIENCE_SECONDS: Final = 5.0
"""How long a request waits for its place, all together."""

MOST_WAITING: Final = 64
"""Most requests that wait for one place; each holds its body in memory."""


@dataclass(frozen=True, slots=True)
class Bound:
    """How many requests of one kind may be under way at once.

    Attributes:
        name: what they have in common.
        most: how many of them.
        code: what those beyond them are told.
    """

    name: tuple[str, ...]
    most: int
    code: Code


@dataclass(slots=True)
class _Place:
    free: asyncio.Semaphore
    users: int = 0


@dataclass(slots=True)
class Crowding:
    """The requests that are under way; all of one event loop.

    Attributes:
        of_key: most of one key.
        of_company: most that write to one company, and as many that only read it.
        patience: how many seconds one waits for its place.
    """

    of_key: int = 8
    of_company: int = 8
    patience: float = PATIENCE_SECONDS
    _places: dict[tuple[str, ...], _Place] = field(default_factory=dict)

    @asynccontextmanager
    async def place(self, actor: str, company: str | None, *, writes: bool) -> AsyncIterator[None]:
        """Hold a place for a request while the block lasts.

        What writes may wait for the company, what reads it does not: neither takes the
        places of the other.

        Args:
            actor: whose request it is.
            company: the company of its path, if it names one.
            writes: it may change something.

        Raises:
            Busy: there is none for too long (KEY_CROWDED, COMPANY_CROWDED).
        """
        bounds = [Bound(("key", actor), self.of_key, KEY_CROWDED)]
        if company is not None:
            name = ("company", company.casefold(), "writes" if writes else "reads")
            bounds.append(Bound(name, self.of_company, COMPANY_CROWDED))
        until = asyncio.get_running_loop().time() + self.patience
        async with self._within(bounds[0], until):
            if len(bounds) == 1:
                yield
                return
            async with self._within(bounds[1], until):
                yield

    @asynccontextmanager
    async def _within(self, bound: Bound, until: float) -> AsyncIterator[None]:
        place = self._places.setdefault(bound.name, _Place(asyncio.Semaphore(bound.most)))
        if place.users >= bound.most + MOST_WAITING:
            raise bound.code.raised(limit=bound.most)
        place.users += 1
        try:
            try:
                async with asyncio.timeout_at(until):
                    await place.free.acquire()
            except TimeoutError:
                raise bound.code.raised(limit=bound.most) from None
            try:
                yield
            finally:
                place.free.release()
        finally:
            place.users -= 1
            if not place.users:
                del self._places[bound.name]
