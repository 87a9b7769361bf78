"""Finds the route of a request, or says which methods its path has."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.routing import compile_path

from clary.api.native.problems import METHOD_UNKNOWN, PATH_UNKNOWN
from clary.api.native.routes import Route
from clary.kernel.errors import ClaryError


@dataclass(frozen=True, slots=True)
class Found:
    """The route of a request, and what stands in the places of its path."""

    route: Route
    places: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a request has no route; the methods that its path has, if any."""

    error: ClaryError
    allowed: tuple[str, ...] = ()


class Finder:
    """Finds routes by verb and path; the first that fits both is taken."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes: list[tuple[re.Pattern[str], Route]] = [
            (compile_path(route.path)[0], route) for route in routes
        ]

    def find(self, method: str, path: str) -> Found | Missing:
        """Return the route of a request, or why there is none.

        Args:
            method: its HTTP method.
            path: its path as it was sent, so that an encoded slash divides no place.
        """
        allowed = []
        for pattern, route in self._routes:
            match = pattern.fullmatch(path)
            if match is None:
                continue
            places = {name: _decoded(text) for name, text in match.groupdict().items()}
            if not all(_is_usable(each) for each in places.values()):
                continue
            if route.verb == method:
                return Found(route, places)
            allowed.append(route.verb)
        if allowed:
            error = METHOD_UNKNOWN.raised(method=method[:20])
            return Missing(error, tuple(sorted(set(allowed))))
        return Missing(PATH_UNKNOWN.raised())


def _decoded(text: str) -> str:
    """Return what stands in a place; nothing where it is no UTF-8."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return ""


def _is_usable(text: str) -> bool:
    """Tell whether a text can name anything: no key, name or id holds such characters."""
    return bool(text) and text.isprintable()
