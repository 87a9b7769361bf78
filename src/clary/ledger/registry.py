"""All record types by name and alias: the one list that every face and driver reads."""

from __future__ import annotations

import difflib
from functools import cache

from clary.kernel.errors import Rejected, declare
from clary.ledger.fields import EditionName
from clary.ledger.record import RecordType

TYPE_UNKNOWN = declare(
    "TYPE_UNKNOWN",
    Rejected,
    "There is no record type {name!r}{where}.",
    "Use one of the record types{near}; `clary records types` lists them.",
    http_status=404,
    exit_code=2,
)


@cache
def _by_name() -> dict[str, RecordType]:
    from clary.ledger.types import ALL_TYPES  # noqa: PLC0415 - the declarations import this package

    return {declared.name: declared for declared in ALL_TYPES}


@cache
def _by_alias() -> dict[str, RecordType]:
    aliases: dict[str, RecordType] = {}
    for declared in _by_name().values():
        for alias in (declared.name, *declared.aliases):
            aliases[_folded(alias)] = declared
    return aliases


def _folded(name: str) -> str:
    return name.replace("-", "").replace("_", "").replace(" ", "").casefold()


def all_record_types() -> tuple[RecordType, ...]:
    """Return every record type, in the order in which records must be created."""
    return tuple(sorted(_by_name().values(), key=lambda declared: declared.order))


def record_types_in(edition: EditionName) -> tuple[RecordType, ...]:
    """Return the record types that `edition` has, in order of creation."""
    return tuple(declared for declared in all_record_types() if edition in declared.words)


def record_type(name: str, edition: EditionName | None = None) -> RecordType:
    """Return the record type called `name`: canonical name, alias, UK or Sage's own name.

    Raises:
        Rejected: no type has this name, or `edition` does not have it (TYPE_UNKNOWN).
    """
    found = _by_name().get(name) or _by_alias().get(_folded(name))
    if found is None or (edition is not None and edition not in found.words):
        near = difflib.get_close_matches(name, list(_by_name()), n=3)
        hint = f" (did you mean {' or '.join(near)}?)" if near else ""
        where = "" if found is None else f" in the edition {edition}"
        raise TYPE_UNKNOWN.raised(name=name, where=where, near=hint)
    return found
