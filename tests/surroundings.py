"""What tests need from outside the project, and what happens where it is absent.

A folder of reference data may be absent: the test is skipped and says so.  A system
package may be absent on a developer's machine; in continuous integration it must not be.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from scripts.system_packages import NEEDED

ROOT = Path(__file__).resolve().parent.parent
"""Folder of the project."""

REFERENCE = (ROOT / os.environ.get("CLARY_REFERENCE", "../shared/reference")).resolve()
"""Folder of the reference data: real export files, field lists, API descriptions."""


def in_continuous_integration() -> bool:
    """Tell whether a gap of the surroundings must fail instead of skip."""
    return os.environ.get("CI") == "true"


def reference_file(name: str) -> Path:
    """Return a file or folder of the reference data, or skip the test with the reason.

    Args:
        name: path below the reference folder, such as `us/chart_export.xml`.
    """
    path = REFERENCE / name
    if not path.exists():
        pytest.skip(f"reference data {name} is absent; name its folder with CLARY_REFERENCE")
    return path


def reference_files(pattern: str) -> list[Path]:
    """Return the reference files that match `pattern`; none where the folder is absent.

    For parametrised tests, which collect before they can skip: an empty list makes pytest
    report the test as skipped.
    """
    return sorted(REFERENCE.glob(pattern))


def system_command(name: str) -> str:
    """Return the path of a program of a system package.

    Where it is missing the test is skipped, except in continuous integration, where
    it fails.
    """
    path = next(
        (package.program() for package in NEEDED if package.command == name), shutil.which(name)
    )
    if path is not None:
        return path
    reason = f"the program {name} is missing; `make system` says how to install it"
    if in_continuous_integration():
        pytest.fail(reason)
    pytest.skip(reason)


def unmeasured() -> dict[str, str]:
    """Return the environment for a process whose coverage nobody needs, which halves its time.

    It is a server that behaves as another system does, or one that will be killed, whose
    figures would be lost with it.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
