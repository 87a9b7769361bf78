"""JSON Patch as clients of the site write it: with or without the leading slash."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping

from clary.apps.connectwise.sandbox.problems import Mistake, Refused
from clary.apps.connectwise.sandbox.wire import Json

OPERATIONS = ("add", "replace", "remove")
MOST_OPERATIONS = 500
DEEPEST = 8


def patched(body: Mapping[str, Json], operations: Json, names: Iterable[str]) -> dict[str, Json]:
    """Return a body after the operations of a patch.

    Args:
        body: the body before.
        operations: the list that was sent: objects with op, path and value.
        names: how the fields are spelt; paths are matched without regard to case.

    Raises:
        Refused: the patch is malformed, or a path leads nowhere (400).
    """
    if not isinstance(operations, list) or len(operations) > MOST_OPERATIONS:
        raise Refused.invalid(f"A patch is a list of at most {MOST_OPERATIONS} operations.")
    made: dict[str, Json] = copy.deepcopy(dict(body))
    spelt = {name.casefold(): name for name in names}
    for operation in operations:
        _apply(made, operation, spelt)
    return made


def _apply(body: dict[str, Json], operation: Json, spelt: Mapping[str, str]) -> None:
    if not isinstance(operation, dict):
        raise _bad("each operation is an object with op, path and value", "")
    op, path = operation.get("op"), operation.get("path")
    if op not in OPERATIONS or not isinstance(path, str) or not path.strip("/"):
        raise _bad("op is add, replace or remove, and path names a field", str(path))
    parts = path.strip("/").split("/")
    if len(parts) > DEEPEST:
        raise _bad("the path is too deep", path)
    parts[0] = spelt.get(parts[0].casefold(), parts[0])
    place: Json = body
    for part in parts[:-1]:
        place = _inside(place, part, path)
    if op == "remove":
        _remove(place, parts[-1], path)
    else:
        _put(place, parts[-1], operation.get("value"), path, insert=op == "add")


def _inside(place: Json, part: str, path: str) -> Json:
    if isinstance(place, dict):
        return place.setdefault(part, {})
    if isinstance(place, list) and part.isdecimal() and int(part) < len(place):
        return place[int(part)]
    raise _bad("the path leads nowhere", path)


def _put(place: Json, part: str, value: Json, path: str, *, insert: bool) -> None:
    if isinstance(place, dict):
        place[part] = value
    elif isinstance(place, list) and (part == "-" or part.isdecimal()):
        at = len(place) if part == "-" else int(part)
        if insert or at >= len(place):
            place.insert(at, value)
        else:
            place[at] = value
    else:
        raise _bad("the path leads nowhere", path)


def _remove(place: Json, part: str, path: str) -> None:
    if isinstance(place, dict):
        place.pop(part, None)
    elif isinstance(place, list) and part.isdecimal() and int(part) < len(place):
        del place[int(part)]
    else:
        raise _bad("the path leads nowhere", path)


def _bad(reason: str, path: str) -> Refused:
    message = f"The patch cannot be applied: {reason}."
    return Refused.invalid(message, Mistake("InvalidPatch", message, path))
