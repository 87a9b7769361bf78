"""Streams the events of a run to a browser or program, as server-sent events.

A stream tails the table of events, so that it shows what any process does, and one that was
cut off goes on after the last event that the client saw (`Last-Event-ID`).  It ends with the
run, with its key, when the client hangs up, and when the server is told to stop.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from fastapi import Response
from starlette.responses import StreamingResponse

from clary.api.native.answers import failed
from clary.api.native.calls import Following
from clary.api.native.routes import EVENTS
from clary.engine.runs import Event, RunState
from clary.hub.installation import Installation
from clary.hub.services.runs import event_dict, event_page, show_run
from clary.kernel.errors import Busy, ClaryError, declare
from clary.kernel.identifiers import new_id

STREAMS_TOO_MANY = declare(
    "STREAMS_TOO_MANY",
    Busy,
    "There are {limit} streams already.",
    "Close one, or read the log of the run page by page.",
    http_status=429,
)

MOST: Final = 200
"""Most streams of a server."""

MOST_OF_ONE: Final = 20
"""Most streams of one key."""

PAGE: Final = 500
HEARTBEAT_SECONDS: Final = 15.0
"""After this time without an event a comment is sent, so that nobody takes it for dead; so
often the key is looked at again, whether there are events or not."""

_QUICK: Final = 0.2
_SLOW: Final = 1.0
"""Seconds between two looks at the table: soon after an event, and later."""

_RETRY: Final = "retry: 2000\n\n"


@dataclass(slots=True)
class _Open:
    """A stream that is under way."""

    following: Following
    acting: Installation
    key: str
    told_at: float
    checked_at: float
    pause: float = _QUICK


class Streams:
    """The streams of a server."""

    def __init__(
        self,
        threads: ThreadPoolExecutor,
        renewed: Callable[[str], Installation | None],
        heartbeat: float = HEARTBEAT_SECONDS,
    ) -> None:
        """Read events in `threads`.

        Args:
            threads: where the table is looked at.
            renewed: returns the installation as the bearer of a key may use it now, none if
                the key is no longer in force.
            heartbeat: seconds between two looks at the key, and without an event until a
                comment is sent.
        """
        self._heartbeat = heartbeat
        self._threads = threads
        self._renewed = renewed
        self._open: Counter[str] = Counter()
        self._closing = False

    def close(self) -> None:
        """End all streams soon; further ones end at once."""
        self._closing = True

    def is_closing(self) -> bool:
        """Tell whether the server is about to stop."""
        return self._closing

    def response(
        self, following: Following, acting: Installation, key: str, headers: Mapping[str, str]
    ) -> Response:
        """Return the answer that streams the events of a run."""
        actor = acting.actor
        if self._open[actor] >= MOST_OF_ONE or self._open.total() >= MOST:
            limit = MOST_OF_ONE if self._open[actor] >= MOST_OF_ONE else MOST
            error = STREAMS_TOO_MANY.raised(limit=limit)
            return failed(error, new_id("request")).with_headers(headers).response()
        now = time.monotonic()
        opened = _Open(following, acting, key, told_at=now, checked_at=now)
        return StreamingResponse(
            self._counted(actor, opened),
            media_type=EVENTS,
            headers={**headers, "Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _counted(self, actor: str, opened: _Open) -> AsyncIterator[str]:
        self._open[actor] += 1
        try:
            async for text in self._texts(opened):
                yield text
        finally:
            self._open[actor] -= 1
            if not self._open[actor]:
                del self._open[actor]

    async def _texts(self, opened: _Open) -> AsyncIterator[str]:
        """Yield what is sent: events as they come, and comments while there are none."""
        yield _RETRY
        loop = asyncio.get_running_loop()
        after = opened.following.after
        while not self._closing and await self._is_good(opened):
            try:
                running, events = await loop.run_in_executor(self._threads, _look, opened, after)
            except ClaryError:  # its company was taken away from the key, or the database is gone
                return
            for event in events:
                after = event.id
                yield _text(event)
            if not events and not running:
                # Its id is stated when it is asked for once more, and 204 is the answer then.
                yield f"id: {after}\nevent: end\ndata: {{}}\n\n"
                return
            if len(events) < PAGE and await self._pause(opened, told=bool(events)):
                yield ": still here\n\n"

    async def _is_good(self, opened: _Open) -> bool:
        """Tell whether the key is in force; looked at by the clock, with its rights of then."""
        now = time.monotonic()
        if now - opened.checked_at < self._heartbeat:
            return True
        opened.checked_at = now
        loop = asyncio.get_running_loop()
        acting = await loop.run_in_executor(self._threads, self._renewed, opened.key)
        opened.acting = acting or opened.acting
        return acting is not None

    async def _pause(self, opened: _Open, *, told: bool) -> bool:
        """Wait a little; tell whether a comment is due."""
        now = time.monotonic()
        opened.pause = _QUICK if told else min(_SLOW, opened.pause * 1.25)
        if told or now - opened.told_at >= self._heartbeat:
            opened.told_at = now
            await asyncio.sleep(opened.pause)
            return not told
        await asyncio.sleep(opened.pause)
        return False


def _look(opened: _Open, after: int) -> tuple[bool, Sequence[Event]]:
    """Return whether the run goes on, and its events after one."""
    run = opened.following.run
    # The state is read before the events: what comes after the end is none.
    running = show_run(opened.acting, run).run.state is RunState.RUNNING
    return running, event_page(opened.acting, run, after, PAGE)


def _text(event: Event) -> str:
    data = json.dumps(event_dict(event), ensure_ascii=False)
    return f"id: {event.id}\nevent: run\ndata: {data}\n\n"
