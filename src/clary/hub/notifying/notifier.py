"""The threads of a process that watch what happens, and tell people of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event, Thread
from typing import Final

from clary.hub.installation import Installation
from clary.hub.notifying.delivering import Deliverer
from clary.hub.notifying.gathering import gather, sort, tidy
from clary.hub.notifying.subscriptions import Channel
from clary.hub.notifying.watching import watch
from clary.kernel.errors import ClaryError

TICK_SECONDS: Final = 1
WATCH_SECONDS: Final = 5
TIDY_SECONDS: Final = 3600
END_SECONDS: Final = 25
"""How long the end waits for a message that is under way; then it counts as not sent."""

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class _Duty:
    """Something done again and again."""

    seconds: int
    do: Callable[[], object]
    due: int = 0


class Notifier:
    """Tells people, from `start` to `stop`; any number of processes may have one.

    E-mail and webhooks have a thread each, so that neither waits for the other's slow answers.
    """

    def __init__(self, installation: Installation) -> None:
        """Tell what happens in an installation."""
        self._stopped = Event()
        watching = (
            _Duty(TIDY_SECONDS, lambda: tidy(installation)),
            _Duty(WATCH_SECONDS, lambda: watch(installation)),
            _Duty(TICK_SECONDS, self._sorting(installation)),
            _Duty(TICK_SECONDS, lambda: gather(installation)),
        )
        delivering = (
            self._delivering(Deliverer(installation, each, self._stopped)) for each in Channel
        )
        self._threads = [
            Thread(target=self._run, args=(duties,), name="notifier", daemon=True)
            for duties in (watching, *delivering)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the messages that are under way."""
        self._stopped.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(END_SECONDS)

    def _sorting(self, installation: Installation) -> Callable[[], None]:
        def sort_all() -> None:
            while not self._stopped.is_set() and sort(installation):
                pass

        return sort_all

    def _delivering(self, deliverer: Deliverer) -> tuple[_Duty, ...]:
        def deliver() -> None:
            while not self._stopped.is_set() and deliverer.deliver_one():
                pass

        return _Duty(WATCH_SECONDS, deliverer.give_back), _Duty(TICK_SECONDS, deliver)

    def _run(self, duties: Sequence[_Duty]) -> None:
        while not self._stopped.wait(TICK_SECONDS):
            now = time.monotonic_ns() // 1_000_000_000
            for duty in duties:
                if duty.due <= now and not self._stopped.is_set():
                    duty.due = now + duty.seconds
                    _done(duty.do)


def _done(do: Callable[[], object]) -> None:
    try:
        do()
    except ClaryError as error:  # the database cannot be used just now; nothing is lost
        _LOG.debug("notifications wait: %s", error.code)
    except Exception:  # noqa: BLE001 - logged; the next look tries again
        _LOG.exception("notifications have trouble and go on")
