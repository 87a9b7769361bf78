"""Hands pushes over to be stored, all that were judged in one round of the event loop together.

Between two looks for new requests the loop judges every request that has come.  They share
one commit at least, the acceptor is woken once, and so is the loop when they are stored: with
many clients most of what a push costs would otherwise be one thread waking another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TypeAlias

from clary.hub.push.accepting import Accepted, Acceptor

_Waits: TypeAlias = tuple[Accepted, "asyncio.Future[None]"]


class Gathering:
    """What was judged in this round of the loop; used in the loop only."""

    def __init__(self, acceptor: Acceptor) -> None:
        """Hand over to `acceptor`."""
        self._acceptor = acceptor
        self._gathered: list[_Waits] = []

    async def stored(self, accepted: Accepted) -> None:
        """Return once a push has ended; it goes on where its client hangs up."""
        loop = asyncio.get_running_loop()
        if not self._gathered:
            loop.call_soon(self._hand_over, loop)
        waits = loop.create_future()
        self._gathered.append((accepted, waits))
        await waits

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        gathered, self._gathered = self._gathered, []

        def ended() -> None:
            with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
                loop.call_soon_threadsafe(_tell, gathered)

        self._acceptor.store([accepted for accepted, _ in gathered], ended)


def _tell(gathered: Sequence[_Waits]) -> None:
    """Let those go on that still wait."""
    for _, waits in gathered:
        if not waits.done():
            waits.set_result(None)
