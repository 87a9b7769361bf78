"""An installation with companies that are linked to the push API, ready for a load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.services.keys import add_key
from clary.kernel.settings import read
from clary.ledger.fields import EditionName
from tests.soak.clients import Books, Http, link
from tests.soak.companies import make_companies
from tests.soak.processes import free_port
from tests.soak.pushes import Writer


@dataclass(slots=True)
class Site:
    """One installation, and where its server is.

    Attributes:
        environment: the settings of its processes.
        installation: the same installation, in the process of the test.
        editions: its companies, by name.
        port: its server listens there, whenever there is one.
    """

    environment: Mapping[str, str]
    installation: Installation
    editions: Mapping[str, EditionName]
    port: int

    @property
    def address(self) -> str:
        """Where its server is."""
        return f"http://127.0.0.1:{self.port}"

    def link(self, seed: int, prefixes: str = "A") -> list[Books]:
        """Link all companies, and return writers of documents for them.

        Args:
            seed: decides what is pushed.
            prefixes: one writer for each of its letters pushes to each company.
        """
        key = add_key(self.installation, "links", Role.ADMIN, None).key
        assert key is not None
        http = Http(lambda: self.address, key)
        found = []
        for name, edition in self.editions.items():
            company, connection = link(http, name, edition)
            for prefix in prefixes:
                chance = Random(f"{seed} {name} {prefix}")  # noqa: S311 - no secret
                found.append(Books(name, company, connection, Writer(edition, chance, prefix)))
        http.close()
        return found


@contextmanager
def site(
    folder: Path, editions: Mapping[str, EditionName], url: str | None = None
) -> Iterator[Site]:
    """Give an installation with these companies; nothing of it runs yet.

    Args:
        folder: for all its files.
        editions: the companies, by name.
        url: of its database; a file of its own if none.
    """
    environment = {"CLARY_HOME": str(folder / "home"), "CLARY_SECRETS": "file"}
    if url is not None:
        environment["CLARY_DATABASE_URL"] = url
    with Installation(read(environment), actor="Ada") as installation:
        make_companies(installation, folder, editions)
        yield Site(environment, installation, editions, free_port())
