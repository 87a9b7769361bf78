"""One installation: its settings, database, clock and vault, handed to every service.

Nothing is global and nothing is opened before it is needed, so that a command which only
reads a company file never touches the database.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from clary.hub import restoring
from clary.hub.access import Access, local_access
from clary.hub.connections import Connections
from clary.hub.key_uses import KeyUses
from clary.hub.trail import Trail
from clary.hub.vault import Vault
from clary.kernel.clock import Clock, SystemClock
from clary.kernel.settings import Settings, read
from clary.store.database import Database

COMPANIES_FOLDER = "companies"
COMPANY_SUFFIX = ".clary"
KEPT_MARK = ".before-restore-"
"""Part of the name of a copy that a restore keeps of the books as they were."""


def _pass(_: str) -> None:
    """Go on."""


class Opening:
    """The database of an installation, opened and brought up to date at first use."""

    def __init__(self, url: str, home: Path) -> None:
        self._url = url
        self._home = home
        self._lock = Lock()
        self._database: Database | None = None
        self.key_uses = KeyUses(lambda: self.database)

    @property
    def database(self) -> Database:
        """The database; threads that ask at once get the same one.

        Raises:
            Misconfigured, Busy: as `store.problems` lists them.
        """
        with self._lock:
            if self._database is None:
                database = Database.open(self._url)
                database.migrate()
                if restoring.pending(self._home):
                    restoring.finish(database, self._home)
                self._database = database
            return self._database

    def close(self) -> None:
        """Close the database, if it was opened."""
        self.key_uses.settle()
        if self._database is not None:
            self._database.close()


class Installation:
    """An installation in use; closing it closes what was opened.

    Attributes:
        settings: the settings in force.
        clock: where the time comes from.
        access: who acts, and what they may do.
        trip: called with the name of each point between two durable steps as it is
            reached; only tests put something here.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        clock: Clock | None = None,
        actor: str | None = None,
        *,
        access: Access | None = None,
    ) -> None:
        """Use the installation that the settings name.

        Args:
            settings: the settings in force; from the environment if none.
            clock: where the time comes from; the machine's if none.
            actor: name of the person at this machine; the system's user if none.
            access: who acts, in place of the person at this machine, who may do everything.
        """
        self.settings = settings or read()
        self.clock: Clock = clock or SystemClock()
        self.access = access or local_access(actor or os_user())
        self.trip: Callable[[str], None] = _pass
        self._opening = Opening(self.settings.database_url, self.settings.home)

    def acting_as(self, access: Access) -> Installation:
        """Return a view for someone else, which shares the database and need not be closed."""
        view = Installation(self.settings, self.clock, access=access)
        view._opening = self._opening
        view.trip = self.trip
        return view

    @property
    def actor(self) -> str:
        """Who acts, for plans, runs, leases and the audit trail."""
        return self.access.actor

    def __enter__(self) -> Self:
        """Return the installation."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close what was opened."""
        self.close()

    @property
    def database(self) -> Database:
        """The database, opened and brought up to date at first use.

        Raises:
            Misconfigured, Busy: as `store.problems` lists them.
        """
        return self._opening.database

    @property
    def key_uses(self) -> KeyUses:
        """When API keys were used, to be noted."""
        return self._opening.key_uses

    @cached_property
    def trail(self) -> Trail:
        """The audit trail, in which whoever acts is named."""
        return Trail(self.database, self.clock, self.access)

    @cached_property
    def connections(self) -> Connections:
        """The stored connections."""
        return Connections(self.database, self.clock, self.trail.record)

    @cached_property
    def vault(self) -> Vault:
        """The secrets."""
        settings = self.settings
        return Vault(self.database, settings.home, settings.secrets, self.clock, self.trail.record)

    def close(self) -> None:
        """Close the database, if it was opened; views of the same installation end with it."""
        self._opening.close()

    def sandbox_file(self, name: str) -> Path:
        """Return where the company file of the sandbox company `name` belongs."""
        return self.settings.home / COMPANIES_FOLDER / f"{name}{COMPANY_SUFFIX}"

    def company_files(self) -> list[Path]:
        """Return the company files in the folder of the installation, copies left out."""
        home = self.settings.home.absolute()
        folders = (home / COMPANIES_FOLDER, home)
        found = (path for folder in folders for path in folder.glob(f"*{COMPANY_SUFFIX}"))
        return sorted(path for path in found if path.is_file() and KEPT_MARK not in path.name)

    def stored_path(self, path: Path) -> str:
        """Return a path as connections keep it: relative to the installation if inside it."""
        whole, home = path.expanduser().absolute(), self.settings.home.absolute()
        return whole.relative_to(home).as_posix() if whole.is_relative_to(home) else str(whole)

    def whole_path(self, stored: str) -> Path:
        """Return the whole path that `stored_path` keeps."""
        return self.settings.home.absolute() / stored


def os_user() -> str:
    """Return the name of the person at this machine, as the system gives it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no name and no entry in the list of users
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"
