"""Bodies cut to what a door takes, where it creates records with losses.

Such a door must name, by field, what it has no place for, and take the rest: then nothing
is lost without a word.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from clary.companies.contract import Level, Operation, Session, TypeCapability
from clary.kernel.change import Body, JsonValue, Origin, Written
from clary.kernel.errors import Rejected

ROUNDS: Final = 3
"""How often a door may name further fields: a total no longer fits once lines are cut."""


def create(
    session: Session,
    capability: TypeCapability | None,
    type_name: str,
    body: Body,
    origin: Origin | None = None,
) -> Written:
    """Create a record; where the door creates with losses, without what it refuses by field.

    Raises:
        Rejected: it refuses the record, or something else than the fields that it named.
    """
    for _ in range(ROUNDS):
        try:
            return session.create(type_name, body, origin)
        except Rejected as error:
            body = without(body, _blamed(error, capability))
    return session.create(type_name, body, origin)


def _blamed(error: Rejected, capability: TypeCapability | None) -> Collection[str]:
    """Return the fields that a refusal names, if it is one that losses allow.

    Raises:
        Rejected: it is none.
    """
    support = capability.operations.get(Operation.CREATE) if capability else None
    paths = {_plain(finding.field or "") for finding in error.findings}
    if support is None or support.level is not Level.DEGRADED or "" in paths:
        raise error
    return paths


def _plain(path: str) -> str:
    """Return a dotted path without the positions of entries."""
    return ".".join(step for step in path.split(".") if not step.isdecimal())


def without(body: Body, paths: Collection[str], prefix: str = "") -> Body:
    """Return a body without the fields at these paths, and without what is empty then."""
    rest: Body = {}
    for name, value in body.items():
        path = f"{prefix}{name}"
        if path not in paths:
            kept = _inside(value, paths, f"{path}.")
            if kept not in ({}, []):
                rest[name] = kept
    return rest


def _inside(value: JsonValue, paths: Collection[str], prefix: str) -> JsonValue:
    if isinstance(value, dict):
        return without(value, paths, prefix)
    if isinstance(value, list):
        entries = [_inside(each, paths, prefix) for each in value]
        return [each for each in entries if each != {}]
    return value
