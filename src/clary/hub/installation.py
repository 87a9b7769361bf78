"""One installation: its settings, database, clock and vault, handed to every service.

Nothing is global and nothing is opened before it is needed, so that a command which only
reads a company file never touches the database.
"""

from __future__ import annotations

import getpass
import os
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from clary.hub.connections import Connections
from clary.hub.vault import Vault
from clary.kernel.clock import Clock, SystemClock
from clary.kernel.settings import Settings, read
from clary.store.database import Database

COMPANIES_FOLDER = "companies"
COMPANY_SUFFIX = ".clary"
KEPT_MARK = ".before-restore-"
"""Part of the name of a copy that a restore keeps of the books as they were."""


class Installation:
    """An installation in use; closing it closes what was opened.

    Attributes:
        settings: the settings in force.
        clock: where the time comes from.
        actor: who acts, for plans, runs and leases.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        clock: Clock | None = None,
        actor: str | None = None,
    ) -> None:
        self.settings = settings or read()
        self.clock: Clock = clock or SystemClock()
        self.actor = actor or os_user()

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

    @cached_property
    def database(self) -> Database:
        """The database, opened and brought up to date at first use.

        Raises:
            Misconfigured, Busy: as `store.problems` lists them.
        """
        database = Database.open(self.settings.database_url)
        database.migrate()
        return database

    @cached_property
    def connections(self) -> Connections:
        """The stored connections."""
        return Connections(self.database, self.clock)

    @cached_property
    def vault(self) -> Vault:
        """The secrets."""
        return Vault(self.database, self.settings.home, self.settings.secrets, self.clock)

    def close(self) -> None:
        """Close the database, if it was opened."""
        if "database" in self.__dict__:
            self.database.close()

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
