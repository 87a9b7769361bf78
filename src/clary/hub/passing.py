"""Which trouble of a document passes by itself, so that it is tried again without a person.

Draining puts such documents back, and what is told of one that waits says so: both go by this.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from clary.kernel.change import OF_RECORDS
from clary.kernel.errors import Busy, Unreachable, all_codes

OF_DOCUMENTS: Final = OF_RECORDS | {"DELIVERED_WAITING", "DEPENDENCY_PENDING", "WORK_FAILED"}
"""Codes of trouble that one document has, and the others of its company do not."""

_OURS: Final = frozenset({"WORK_FAILED"})
"""Those of them that somebody has to mend."""


def passing_codes() -> Collection[str]:
    """Return the codes for which what is set aside is put back by itself."""
    passing = {each.name for each in all_codes() if issubclass(each.error, Busy | Unreachable)}
    return passing | OF_DOCUMENTS - _OURS
