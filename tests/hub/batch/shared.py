"""One served site for many tests: what a test did is taken back before the next."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from clary.hub.installation import Installation
from clary.kernel.settings import read
from tests.hub.batch.office import Office, connect_app
from tests.sites import Site, connectwise_site

FILE = "connectwise.db"


@dataclass(frozen=True, slots=True)
class SharedSite:
    """A site that is served on, and the files that every office starts with."""

    site: Site
    prepared: Path

    @contextmanager
    def office(self, folder: Path, **settings: str) -> Iterator[Office]:
        """Open an office in a folder: a copy of the company, and the site as it was made."""
        self._restore()
        shutil.copytree(self.prepared / "home", folder / "home")
        stated = read({"CLARY_HOME": str(folder / "home"), "CLARY_SECRETS": "file"})
        with Installation(stated, actor="Ada Lovelace") as installation:
            connect_app(installation, self.site, **settings)
            yield Office(installation, self.site, folder)

    def _restore(self) -> None:
        self.site.clear_faults()
        with (
            closing(sqlite3.connect(self.prepared / FILE)) as made,
            closing(sqlite3.connect(self.site.file, timeout=20)) as served,
        ):
            made.backup(served)


@contextmanager
def shared_site(prepared: Path, folder: Path) -> Iterator[SharedSite]:
    """Serve a copy of a prepared site from a folder of its own."""
    folder.mkdir(exist_ok=True)
    shutil.copy(prepared / FILE, folder / FILE)
    with connectwise_site(folder) as site:
        yield SharedSite(site, prepared)
