"""Notes when API keys were last used, beside the requests that use them.

A request that only reads would otherwise wait for whoever writes to the database just then.
What cannot be noted in time is left out: the next use of the key is noted again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Lock, Thread
from typing import Final

from sqlalchemy import update

from clary.hub.tables import API_KEY
from clary.kernel.clock import timestamp
from clary.kernel.errors import ClaryError
from clary.store.database import Database

SCOPE: Final = "uses of keys"

_LOG = logging.getLogger(__name__)


class KeyUses:
    """What is yet to be noted in one process."""

    def __init__(self, database: Callable[[], Database]) -> None:
        """Note in the database that `database` gives."""
        self._database = database
        self._lock = Lock()
        self._used: dict[str, datetime] = {}
        self._thread: Thread | None = None

    def note(self, public: str, at: datetime) -> None:
        """Have it noted that a key was used.

        Args:
            public: public part of the key.
            at: when, aware.
        """
        with self._lock:
            self._used[public] = at
            if self._thread is None:
                self._thread = Thread(target=self._run, name="key-uses", daemon=True)
                self._thread.start()

    def settle(self) -> None:
        """Wait until what was noted is stored."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while used := self._taken():
            try:
                self._store(used)
            except ClaryError as error:
                _LOG.info("uses of keys were not noted: %s", error.code)

    def _taken(self) -> Mapping[str, datetime]:
        with self._lock:
            used, self._used = self._used, {}
            if not used:
                self._thread = None
            return used

    def _store(self, used: Mapping[str, datetime]) -> None:
        with self._database().write(SCOPE) as write:
            for public, at in used.items():
                this = API_KEY.c.public == public
                write.execute(update(API_KEY).where(this).values(used_at=timestamp(at)))
