"""Which path leads where, whatever the case of its letters and with or without a last slash."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from clary.apps.connectwise.sandbox.call import Handler
from clary.apps.connectwise.sandbox.declared import Module
from clary.apps.connectwise.sandbox.problems import Refused

HIGHEST_ID = 2**31 - 1
ACTIONS = {"GET": "Inquire", "POST": "Add", "PUT": "Edit", "PATCH": "Edit", "DELETE": "Delete"}


@dataclass(frozen=True, slots=True)
class Route:
    """A method on a path.

    Attributes:
        method: HTTP method.
        path: path below the base, `{}` for an id.
        handler: what answers it.
        module: the rights it takes.
        action: Inquire, Add, Edit or Delete; by the method if empty.
        writes: it changes the site; by the method if none.
        named: what stands in the path is a name, not an id.
    """

    method: str
    path: str
    handler: Handler
    module: Module | None
    action: str = ""
    writes: bool | None = None
    named: bool = False

    @property
    def right(self) -> str:
        """The right that the caller needs; empty if none."""
        action = self.action or ACTIONS[self.method]
        return f"{self.module} {action}" if self.module else ""

    @property
    def changes(self) -> bool:
        """Whether the site is changed."""
        return self.method != "GET" if self.writes is None else self.writes


@dataclass(slots=True)
class _Node:
    names: dict[str, _Node] = field(default_factory=dict)
    any: _Node | None = None
    routes: dict[str, Route] = field(default_factory=dict)


class Router:
    """Finds the route of a path and a method."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """Take every route there is."""
        self._root = _Node()
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        node = self._root
        for part in filter(None, route.path.casefold().split("/")):
            if part == "{}":
                node.any = node.any or _Node()
                node = node.any
            else:
                node = node.names.setdefault(part, _Node())
        node.routes[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        """Return the route and the parts of the path that stand for ids.

        Raises:
            Refused: there is no such path (404), or not with this method (405).
        """
        node, given = self._root, []
        for part in filter(None, path.split("/")):
            inner = node.names.get(part.casefold())
            if inner is None and node.any is not None:
                inner = node.any
                given.append(part)
            if inner is None:
                raise _nowhere(path)
            node = inner
        if not node.routes:
            raise _nowhere(path)
        if method not in node.routes:
            raise MethodRefused(node.routes)
        return node.routes[method], tuple(given)


class MethodRefused(Refused):
    """The path knows other methods."""

    def __init__(self, known: Mapping[str, Route]) -> None:
        self.allowed = ", ".join(sorted(known))
        super().__init__(405, "MethodNotAllowed", f"The path allows {self.allowed} only.")


def _nowhere(path: str) -> Refused:
    return Refused(404, "NotFound", f"There is no resource {path}.")


def as_ids(parts: Iterable[str]) -> tuple[int, ...]:
    """Return the ids in a path.

    Raises:
        Refused: one of them is no id (404).
    """
    made = []
    for part in parts:
        if not (part.isascii() and part.isdecimal() and int(part) <= HIGHEST_ID):
            raise Refused(404, "NotFound", f"{part} is no id.")
        made.append(int(part))
    return tuple(made)
