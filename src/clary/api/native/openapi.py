"""The OpenAPI 3.1 document of the native API, made from what the routes declare."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from clary.api.bodies import LONGEST_HEADER
from clary.api.native.conditional import UNLESS
from clary.api.native.idempotency import HEADER as IDEMPOTENCY
from clary.api.native.problems import PROBLEM
from clary.api.native.routes import EVENTS, JSON, PLAIN, Route
from clary.api.native.values import LONGEST_NAME, Problem

VERSION: Final = "1.0.0"
SCHEMA: Final = "#/components/schemas/{model}"

PROBLEMS: Final[Mapping[int, str]] = {
    400: "The request cannot be read: its JSON, a header, a filter or a cursor.",
    401: "There is no API key, or it is not in force.",
    403: "The key has not the role that this needs.",
    404: "There is no such thing, or the key may not see it.",
    405: "The path has no such method.",
    409: "It is in use just now, or a guard stopped it; the code says which.",
    410: "It is gone.",
    412: "The record has changed since the version that If-Match names.",
    413: "The body is too large.",
    415: "The body is no JSON.",
    422: "What the request states does not fit; the findings say what and where.",
    429: "Too many requests; Retry-After says when to go on.",
    500: "The server failed; the instance names the line in its log.",
    501: "The driver of the company, or its edition, cannot do this.",
    502: "The outcome is unknown.",
    503: "The company, or an app, cannot be reached.",
    507: "There is no room.",
}
USUAL_PROBLEMS: Final = (400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 501, 502, 503)
"""Problems that any route may answer."""

PLACES: Final[Mapping[str, tuple[str, str]]] = {
    "company": ("acme", "Name of the company's connection."),
    "type": ("customer", "Record type, by any of its names."),
    "key": (
        "ACME",
        "Key: its ID or transaction number, or `customer:ID:NUMBER`; a slash is sent as %2F.",
    ),
    "verb": ("void", "What is done: post, void, reverse, allocate or unallocate."),
    "plan": ("plan_01K2M7Q4T8ZD3V5X6Y7W8A9B0C", "Id of the plan."),
    "run": ("run_01K2M7Q4T8ZD3V5X6Y7W8A9B0C", "Id of the run."),
}
"""Example and description of the places of paths, by name; others are described by theirs."""

HEADERS: Final[Mapping[str, tuple[str, str]]] = {
    IDEMPOTENCY: (
        "Idempotency-Key",
        "Sent again with the same key and body, a request is answered as before, and done once.",
    ),
    "if-match": ("If-Match", "Only if the record still has this version (its ETag)."),
    UNLESS: ("If-None-Match", "Answer 304 if the record still has this version."),
    "prefer": ("Prefer", "`respond-async`: queue it and answer 202 at once."),
    "last-event-id": ("Last-Event-ID", "Go on after this event."),
}
"""Name and description of the headers that routes read, by name in lower case."""

_PLACE: Final = re.compile(r"\{(\w+)(?::path)?\}")
_TOLD: Final = "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"


def text(routes: Sequence[Route]) -> str:
    """Return the document as JSON text."""
    return json.dumps(document(routes), ensure_ascii=False, indent=1)


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the document of some routes."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = _PLACE.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.verb.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Clary",
            "version": VERSION,
            "summary": "Moves data in and out of Sage 50 company books, safely.",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}, {"password": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
        "paths": paths,
        "components": _components(routes),
    }


_ABOUT: Final = (
    "Every write is planned, journalled and read back; `dry_run=true` answers the plan and"
    " writes nothing. Lists are paged by a cursor: send `next` as `after`. Errors are problem"
    " documents (RFC 9457) whose `findings` say what to do."
)


def _components(routes: Sequence[Route]) -> dict[str, Any]:
    stated: dict[type[BaseModel], None] = {Problem: None}
    stated |= {model: None for route in routes for model in _models(route)}
    models: list[tuple[type[BaseModel], Literal["validation"]]]
    models = [(model, "validation") for model in stated]
    _, found = models_json_schema(models, ref_template=SCHEMA)
    return {
        "schemas": found["$defs"],
        "responses": {
            f"Problem{status}": {
                "description": description,
                "headers": {"Retry-After": _header("Seconds to wait.")}
                if status == 429  # noqa: PLR2004 - the one that always says when
                else {},
                "content": {PROBLEM: {"schema": _reference(Problem)}},
            }
            for status, description in PROBLEMS.items()
        },
        "headers": {name: _header("The limit of requests a minute.") for name in _TOLD},
        "securitySchemes": {
            "key": {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key, made by `clary key add`.",
            },
            "password": {
                "type": "http",
                "scheme": "basic",
                "description": "An API key as the password.",
            },
        },
    }


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "integer"}}


def _models(route: Route) -> Iterator[type[BaseModel]]:
    for each in (route.body, route.shown, *route.others.values()):
        if isinstance(each, type):
            yield each


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": SCHEMA.format(model=model.__name__)}


def _schema(shown: type[BaseModel] | Mapping[str, Any]) -> Mapping[str, Any]:
    return _reference(shown) if isinstance(shown, type) else shown


def _operation(route: Route) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
        "parameters": [*_places(route), *_query(route), *_headers(route)],
        "responses": _responses(route),
    }
    if route.description:
        made["description"] = route.description
    if route.body is not None:
        content = {"schema": _reference(route.body)}
        if route.sent is not None:
            content["example"] = route.sent
        made["requestBody"] = {"required": not route.body_optional, "content": {JSON: content}}
    return made


def _places(route: Route) -> Iterator[dict[str, Any]]:
    for name in _PLACE.findall(route.path):
        usual, described = PLACES.get(name, (name, f"Which {name.replace('_', ' ')}."))
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": described,
            "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
            "example": route.places.get(name, usual),
        }


def _query(route: Route) -> Iterator[dict[str, Any]]:
    schema = route.query.model_json_schema(ref_template=SCHEMA)
    required = schema.get("required", ())
    for name, declared in schema.get("properties", {}).items():
        described = dict(declared)
        description = described.pop("description", "")
        yield {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": description,
            "schema": _present(described),
        }


def _present(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter that is stated: one that is not is left out."""
    kept = {name: value for name, value in schema.items() if name not in ("title", "default")}
    others = [each for each in kept.pop("anyOf", []) if each != {"type": "null"}]
    if len(others) == 1:
        kept |= others[0]
    elif others:
        kept["anyOf"] = others
    if schema.get("default") is not None:
        kept["default"] = schema["default"]
    return kept


def _headers(route: Route) -> Iterator[dict[str, Any]]:
    for name in (*((IDEMPOTENCY,) if route.writes else ()), *route.headers):
        shown, description = HEADERS[name]
        schema: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": LONGEST_HEADER}
        if route.writes and name == UNLESS:
            description, schema = "`*`: only if there is no such record yet.", {"const": "*"}
        yield {
            "name": shown,
            "in": "header",
            "required": False,
            "description": description,
            "schema": schema,
        }


def _responses(route: Route) -> dict[str, Any]:
    made: dict[str, Any] = {str(route.status): _response(route)}
    for status, model in route.others.items():
        if status == route.status:
            continue
        content = {JSON: {"schema": _reference(model)}}
        made[str(status)] = {"description": _WORDS.get(status, "Done."), "content": content}
    if route.media == EVENTS:
        made["204"] = {"description": "It has ended, and nothing came after `Last-Event-ID`."}
    elif not route.writes:
        made["304"] = {"description": "It is still what If-None-Match names; without a body."}
    for status in sorted({*USUAL_PROBLEMS, *route.problems}):
        made[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    return made


_WORDS: Final = {
    200: "Done.",
    201: "Created.",
    202: "It waits its turn; follow it where the answer says.",
    204: "Done.",
}


def _response(route: Route) -> dict[str, Any]:
    made: dict[str, Any] = {
        "description": _WORDS[route.status],
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in _TOLD},
    }
    if route.media == EVENTS:
        made["content"] = {route.media: {}}
    elif route.media == PLAIN:
        made["content"] = {route.media: {"schema": {"type": "string"}}}
    elif route.shown is not None:
        content: dict[str, Any] = {"schema": _schema(route.shown)}
        if route.example is not None:
            content["example"] = route.example
        made["content"] = {route.media: content}
    return made
