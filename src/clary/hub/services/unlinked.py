"""Finds company files that no connection leads to, so that a lost database loses no books.

Connections live in the database and books in files of their own: where the database was
lost or made anew, the books still lie there, and a person only has to link them again.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clary.hub.access import Role
from clary.hub.connections import is_name
from clary.hub.drivers import SANDBOX
from clary.hub.installation import Installation
from clary.hub.services.permissions import needs
from clary.kernel.change import Body
from clary.kernel.errors import Finding, Misconfigured, declare

COMPANY_UNLINKED = declare(
    "COMPANY_UNLINKED",
    Misconfigured,
    "The company file {file} is connected under no name.",
    "Link it with `{command}`. If plans and runs are missing, too, the database was lost: put a"
    " backup of it in its place instead.",
)


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A company file that no connection leads to.

    Attributes:
        file: where it lies, absolute.
        name: a name that it can be connected under.
    """

    file: Path
    name: str

    @property
    def command(self) -> str:
        """The command that links it."""
        path = shlex.quote(str(self.file))
        return f"clary company add {self.name} --driver {SANDBOX.name} --set file={path}"

    def finding(self) -> Finding:
        """Return it as a warning."""
        return COMPANY_UNLINKED.warning(file=self.file, command=self.command)

    def as_dict(self) -> Body:
        """Return it as JSON-ready values."""
        return {"file": str(self.file), "name": self.name, "command": self.command}


@needs(Role.ADMIN)
def unlinked_companies(installation: Installation) -> list[Unlinked]:
    """Return the company files in the folder of the installation that are not connected."""
    linked = set(_linked(installation))
    return [
        Unlinked(path, _free_name(installation, path.stem))
        for path in installation.company_files()
        if path.resolve() not in linked
    ]


def _linked(installation: Installation) -> Iterator[Path]:
    for connection in installation.connections.all():
        for door in connection.doors:
            if door.driver == SANDBOX.name and "file" in door.settings:
                yield installation.whole_path(door.settings["file"]).resolve()


def _free_name(installation: Installation, stem: str) -> str:
    """Return the name of the file if it can be that of a connection, else a place for one."""
    usable = is_name(stem) and installation.connections.find(stem) is None
    return stem if usable else "NAME"
