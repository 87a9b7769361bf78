"""Installs the system packages that tests need, or says exactly which one is missing.

As root on a machine with apt-get it installs them.  Otherwise it names each missing
package and the command that installs it; the tests that need it are then skipped, with
the reason, except in continuous integration (CI=true), where a gap must not pass.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SystemPackage:
    """A program that comes with the operating system and not from the lock file."""

    name: str
    """Name of the package in Debian and Ubuntu."""
    command: str
    """Program that the package brings, looked for on PATH and in `folders`."""
    purpose: str
    """What the tests use it for."""
    folders: str = ""
    """Pattern of the folders where the system keeps it off PATH; one ends in each version."""

    def program(self) -> str | None:
        """Return the path of the program: the one on PATH, else the newest that is kept off it."""
        found = shutil.which(self.command)
        if found is not None or not self.folders:
            return found
        kept = sorted(Path("/").glob(self.folders.lstrip("/")), key=_version, reverse=True)
        return next(
            (str(each / self.command) for each in kept if (each / self.command).is_file()), None
        )


def _version(folder: Path) -> tuple[int, ...]:
    """Return the numbers in a folder's path, so that 15 comes after 9.6."""
    return tuple(int(number) for number in re.findall("[0-9]+", str(folder)))


NEEDED = (
    SystemPackage(
        name="hledger",
        command="hledger",
        purpose="the independent judge of every ledger that the tests write",
    ),
    SystemPackage(
        name="postgresql",
        command="pg_ctl",
        purpose="the server that the tests of the store start for themselves",
        folders="/usr/lib/postgresql/*/bin",
    ),
)


def missing() -> list[SystemPackage]:
    """Return the packages whose program is not there."""
    return [package for package in NEEDED if package.program() is None]


def _apt_get(apt_get: str, *arguments: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # Both streams to stderr: stdout stays for what a caller may want to read.
    finished = subprocess.run(
        [apt_get, "-qq", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),
        check=False,
    )
    return finished.returncode == 0


def is_root() -> bool:
    """Tell whether this process may install for the whole machine."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def install(packages: list[SystemPackage]) -> None:
    """Install `packages` with apt-get; leaves a failure for `missing` to show."""
    apt_get = shutil.which("apt-get")
    if apt_get is None:
        return
    command = ["install", "--yes", "--no-install-recommends", *(p.name for p in packages)]
    # The package lists are refreshed only when the install fails with those at hand.
    if not _apt_get(apt_get, *command) and _apt_get(apt_get, "update"):
        _apt_get(apt_get, *command)


def main() -> int:
    """Install what is missing, report what stays missing, and return an exit code."""
    absent = missing()
    if absent:
        print("system packages that are missing: " + ", ".join(p.name for p in absent))
        if is_root():
            install(absent)
        absent = missing()
    for package in absent:
        print(f"MISSING system package {package.name}: {package.purpose}.", file=sys.stderr)
        print(f"  install it with: sudo apt-get install {package.name}", file=sys.stderr)
    if not absent:
        print("system packages: " + ", ".join(f"{package.name} found" for package in NEEDED))
        return 0
    if os.environ.get("CI") == "true":
        return 1
    print("The tests that need them will be skipped.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
