"""Watches the leases of companies and the fences in their books while others work."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from typing import Self

from sqlalchemy import select

from clary.engine.tables import LEASES
from clary.hub.installation import Installation

SECONDS = 0.1


class LeaseWatch:
    """Looks again and again at all leases, until the end of its block.

    Attributes:
        owners: who held each lease, by identity of the company and epoch.
    """

    def __init__(self, installation: Installation, paths: Mapping[str, Path]) -> None:
        """Watch companies, given by their identities."""
        self._installation = installation
        self._paths = paths
        self._stopped = Event()
        self._wrong: list[str] = []
        self._epochs: dict[str, int] = {}
        self.owners: dict[tuple[str, int], str] = {}
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Watch no longer.

        Raises:
            AssertionError: a lease had two owners or went back, or books had a newer one.
        """
        self._stopped.set()
        self._thread.join()
        assert not self._wrong, self._wrong[:5]

    def _run(self) -> None:
        while not self._stopped.wait(SECONDS):
            # The fence is read first: a lease that is newer by then may only be ahead of it.
            fences = {identity: _fence(path) for identity, path in self._paths.items()}
            with self._installation.database.read() as read:
                rows = read.execute(select(LEASES).where(LEASES.c.identity.in_(fences))).all()
            for row in rows:
                self._look(row.identity, row.epoch, row.owner, fences[row.identity])

    def _look(self, identity: str, epoch: int, owner: str, fence: int) -> None:
        if fence > epoch:
            self._wrong.append(f"{identity}: the books have {fence}, the lease is {epoch}")
        if epoch < self._epochs.get(identity, 0):
            self._wrong.append(f"{identity}: the epoch went back to {epoch}")
        self._epochs[identity] = epoch
        if owner and self.owners.setdefault((identity, epoch), owner) != owner:
            self._wrong.append(f"{identity}: {epoch} has two owners")


def _fence(path: Path) -> int:
    with closing(sqlite3.connect(path, timeout=30)) as books:
        [(value,)] = books.execute("SELECT value FROM company WHERE name = 'fence'").fetchall()
    return int(value)
