"""Clients of the native API; every answer is judged by the document that the API gives out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from jsonschema import (  # type: ignore[import-untyped]  # its stubs are not among the tools
    Draft202012Validator,
)
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from clary.api.native import openapi
from clary.api.native.table import ROUTES
from clary.hub.access import Role
from clary.hub.services.keys import add_key
from tests.api.push.served import Served

PROBLEM = "application/problem+json"


@cache
def document() -> dict[str, Any]:
    """Return the document that describes the API."""
    return dict(json.loads(openapi.text(ROUTES)))


@dataclass
class Native:
    """Someone with an API key."""

    url: str
    key: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60, trust_env=False))

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        **query: object,
    ) -> httpx.Response:
        """Send a request and return the answer, which is as the document says."""
        stated = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        stated |= dict(headers or {})
        sent = content
        if body is not None:
            sent = json.dumps(body).encode()
            stated.setdefault("Content-Type", "application/json")
        parameters = {name: str(value) for name, value in query.items()}
        got = self.http.request(
            method, f"{self.url}{path}", content=sent, headers=stated, params=parameters or None
        )
        found = faults(method, path, got)
        assert not found, "\n".join(found)[:3000]
        return got

    def good(self, method: str, path: str, body: object = None, **query: Any) -> Any:  # noqa: ANN401 - JSON
        """Send a request that succeeds and return what it answers."""
        got = self.ask(method, path, body, **query)
        assert got.status_code < 300, (method, path, got.text)
        return got.json() if got.content else None

    def refused(
        self,
        status: int,
        code: str,
        method: str,
        path: str,
        body: object = None,
        **query: Any,  # noqa: ANN401 - as `ask` takes it
    ) -> Any:  # noqa: ANN401 - JSON
        """Send a request that is refused and return the problem."""
        got = self.ask(method, path, body, **query)
        assert (got.status_code, got.json()["code"]) == (status, code), got.text
        return got.json()


def client(
    server: Served,
    name: str,
    role: Role = Role.OPERATOR,
    companies: tuple[str, ...] | None = None,
) -> Native:
    """Return a client with a key of its own."""
    key = add_key(server.installation, name, role, companies).key
    assert key is not None
    return Native(f"{server.url}/api/v1", key)


@cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    found = []
    for path in document()["paths"]:
        pattern = re.sub(r"\\\{(key|number|source|document)\\\}", ".+", re.escape(path))
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", pattern)
        found.append((re.compile(pattern), path))
    return sorted(found, key=lambda each: each[1].count("{"))


def faults(method: str, path: str, got: httpx.Response) -> list[str]:
    """Return what the document says against an answer."""
    if got.status_code >= 400:
        found = _against("/components/schemas/Problem", got.json())
        if got.headers["content-type"] != PROBLEM:
            found.append(f"{got.headers['content-type']} is no problem")
        return found
    for pattern, template in _templates():
        operation = document()["paths"][template].get(method.lower())
        if operation is None or not pattern.fullmatch(path.partition("?")[0]):
            continue
        if str(got.status_code) not in operation["responses"]:
            return [f"{method} {template} declares no {got.status_code}"]
        media = got.headers.get("content-type", "").partition(";")[0]
        if media != "application/json":
            return []
        steps = ("paths", template, method.lower(), "responses", str(got.status_code))
        pointer = "".join(f"/{_escaped(step)}" for step in (*steps, "content", media, "schema"))
        return _against(pointer, got.json())
    return [f"{method} {path} is not in the document"]


def _escaped(step: str) -> str:
    escaped = step.replace("~", "~0").replace("/", "~1")
    return escaped.replace("{", "%7B").replace("}", "%7D")


def _against(pointer: str, body: object) -> list[str]:
    return [f"{e.json_path}: {e.message}" for e in validator(pointer).iter_errors(body)]


@cache
def validator(pointer: str) -> Draft202012Validator:
    """Return what judges by the schema at a place of the document."""
    resource = DRAFT202012.create_resource(document())
    registry: Registry[Any] = Registry().with_resource("urn:api", resource)
    return Draft202012Validator({"$ref": f"urn:api#{pointer}"}, registry=registry)
