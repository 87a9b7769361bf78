"""A real server of an installation with sandbox companies, and clients that judge its answers."""

from __future__ import annotations

import base64
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from jsonschema import (  # type: ignore[import-untyped]  # its stubs are not among the tools
    Draft202012Validator,
)
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from clary.companies.sandbox import SandboxCompany
from clary.companies.sandbox.values import set_values
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.services.keys import add_key
from clary.hub.services.sandbox import NewSandbox, act_at_sage, create_sandbox
from clary.kernel.settings import read
from clary.ledger.fields import EditionName
from tests.announcing import announced
from tests.flows.push.shelf import ACCOUNTING, PLATFORM, openapi
from tests.flows.push.test_push_round_trip import LISTS, US_DEFAULTS

END_SECONDS = 30
PLATFORMS: dict[EditionName, str] = {"uk": "hbql", "us": "shus"}


@dataclass
class Answer:
    """One answer of the server."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass
class Client:
    """Someone with an API key; every answer is judged by the reference files."""

    url: str
    key: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30, trust_env=False))

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        **query: object,
    ) -> Answer:
        """Send a request and return the answer, which is valid."""
        stated = {} if self.key == "" else {"Authorization": f"Basic {encoded(self.key)}"}
        stated |= dict(headers or {})
        sent = content
        if body is not None:
            sent = json.dumps(body).encode()
            stated.setdefault("Content-Type", "application/json")
        asked = f"?{urlencode({n: str(v) for n, v in query.items()})}" if query else ""
        got = self.http.request(method, f"{self.url}{path}{asked}", content=sent, headers=stated)
        answer = Answer(got.status_code, got.json() if got.content else None, got.headers)
        found = faults(method, path, answer)
        assert not found, "\n".join(found)[:2000]
        return answer

    def good(self, method: str, path: str, body: object = None, **query: Any) -> Any:  # noqa: ANN401 - JSON
        """Send a request that succeeds and return what it answers."""
        answer = self.ask(method, path, body, **query)
        assert answer.status < 300, (method, path, answer.body)
        return answer.body


def encoded(key: str) -> str:
    """Return a key as the header holds it."""
    return base64.b64encode(key.encode()).decode()


@dataclass
class Company:
    """A company of the API that is linked to books."""

    client: Client
    id: str
    connection: str

    @property
    def path(self) -> str:
        """Its path."""
        return f"/companies/{self.id}"

    @property
    def connected(self) -> str:
        """The path of its connection."""
        return f"{self.path}/connections/{self.connection}"

    def push(self, kind: str, document: object, **query: object) -> Any:  # noqa: ANN401 - JSON
        """Push a document and return the operation as it was accepted."""
        return self.client.good("POST", f"{self.connected}/push/{kind}", document, **query)

    def operation(self, key: str) -> Any:  # noqa: ANN401 - JSON
        """Return an operation."""
        return self.client.good("GET", f"{self.path}/push/{key}")

    def ended(self, operation: Mapping[str, Any], seconds: float = END_SECONDS) -> Any:  # noqa: ANN401 - JSON
        """Return an operation once it has ended."""
        until = time.monotonic() + seconds
        found: Any = operation
        while found["status"] == "Pending" and time.monotonic() < until:
            time.sleep(0.05)
            found = self.operation(operation["pushOperationKey"])
        return found

    def waits(self, operation: Mapping[str, Any], code: str) -> Any:  # noqa: ANN401 - JSON
        """Return an operation once it waits for a reason."""
        until = time.monotonic() + END_SECONDS
        while time.monotonic() < until:
            found = self.operation(operation["pushOperationKey"])
            if code in (found["errorMessage"] or ""):
                return found
            assert found["status"] == "Pending", found
            time.sleep(0.05)
        message = f"{code} never showed"
        raise AssertionError(message)

    def late(self, key: str) -> Any:  # noqa: ANN401 - JSON
        """Return an operation once it did something, whatever its status."""
        until = time.monotonic() + END_SECONDS
        while not (found := self.operation(key))["changes"]:
            assert time.monotonic() < until, found
            time.sleep(0.05)
        return found

    def written(self, kind: str, document: object) -> str:
        """Push a document that succeeds and return the id of its record."""
        ended = self.ended(self.push(kind, document))
        assert ended["status"] == "Success", ended
        [change] = ended["changes"]
        return str(change["recordRef"]["id"])


@dataclass
class Served:
    """A server that accepts connections, and the installation that it serves."""

    url: str
    installation: Installation
    clients: list[Client] = field(default_factory=list)

    def client(
        self, name: str, role: Role = Role.OPERATOR, companies: tuple[str, ...] | None = None
    ) -> Client:
        """Return a client with a key of its own."""
        key = add_key(self.installation, name, role, companies).key
        assert key is not None
        return self.bearer(key)

    def bearer(self, key: str) -> Client:
        """Return a client with a key that may be none."""
        made = Client(f"{self.url}/accounting", key)
        self.clients.append(made)
        return made

    def close(self) -> None:
        """End the connections of all clients."""
        for each in self.clients:
            each.http.close()

    def linked(self, client: Client, books: str, edition: EditionName = "uk") -> Company:
        """Return a new company of the API that is linked to books."""
        made = client.good("POST", "/companies", {"name": f"Company of {books}"})
        path = f"/companies/{made['id']}/connections"
        connection = client.good("POST", path, {"platformKey": PLATFORMS[edition]})
        assert connection["status"] == "PendingAuth"
        here = f"{path}/{connection['id']}"
        linked = client.good("PUT", f"{here}/authorization", {"company": books})
        assert linked["status"] == "Linked"
        return Company(client, made["id"], connection["id"])

    def act(self, books: str, line: str, **options: str) -> None:
        """Let the person at Sage do something."""
        name, *arguments = line.split()
        act_at_sage(self.installation, books, name, arguments, options)


@contextmanager
def served(folder: Path, **books: EditionName) -> Iterator[Served]:
    """Serve an installation with these sandbox companies, and end the server cleanly."""
    environment = {
        **os.environ,
        "CLARY_HOME": str(folder / "home"),
        "CLARY_SECRETS": "file",
        "CLARY_WEBHOOKS": "any",
    }
    with Installation(read(environment)) as installation:
        for name, edition in books.items():
            start = date(2026, 1, 1)
            create_sandbox(
                installation, NewSandbox(name, edition, users="multi", fiscal_year_start=start)
            )
            path = installation.sandbox_file(name)
            if edition == "us":
                set_values(path, defaults=json.dumps(US_DEFAULTS))
            with SandboxCompany(path).session(write=True) as session:
                for kind, body in LISTS[edition]:
                    session.create(kind, dict(body))
        with announced("serve", "--port", "0", environment=environment) as (url, process):
            running = Served(url, installation)
            yield running
            running.close()
        assert process.returncode == 0


# --- the judge ---------------------------------------------------------------------


@cache
def _templates() -> list[tuple[re.Pattern[str], str, str]]:
    """Return the paths of both reference files; a fixed path stands before a place."""
    found = []
    for name in (ACCOUNTING, PLATFORM):
        for path in openapi(name)["paths"]:
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
            found.append((re.compile(pattern), name, path))
    return sorted(found, key=lambda each: each[2].count("{"))


def faults(method: str, path: str, answer: Answer) -> list[str]:
    """Return what the reference files say against an answer."""
    if answer.status >= 400:
        pointer, name = "/components/schemas/ErrorMessage", PLATFORM
        return against(name, pointer, answer.body)
    for pattern, name, template in _templates():
        verb = openapi(name)["paths"][template].get(method.lower())
        if pattern.fullmatch(path) is None or verb is None:
            continue
        declared = verb["responses"].get(str(answer.status))
        assert declared is not None, f"{method} {template} answers no {answer.status}"
        if "application/json" not in declared.get("content", {}):
            return []
        steps: tuple[str, ...] = ("paths", template, method.lower(), "responses")
        steps = (*steps, str(answer.status), "content", "application/json", "schema")
        pointer = "".join(
            "/" + step.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
            for step in steps
        )
        return against(name, pointer, answer.body)
    return _own(method, path, answer)


def _elsewhere(path: str) -> str:
    """Return where the reference files have a read that we serve with and without a connection."""
    return re.sub(r"/connections/[^/]+/data/", "/data/", path)


def _is_known(method: str, path: str) -> bool:
    return any(
        pattern.fullmatch(path) and method.lower() in openapi(name)["paths"][template]
        for pattern, name, template in _templates()
    )


_OURS = (
    r"/webhooks/[^/]+/(deliveries|replay)",
    r"/companies/[^/]+(/connections/[^/]+)?/data/(journals|paymentMethods|bankAccounts)(/[^/]+)?",
    r"/companies/[^/]+/data/(directCosts|directIncomes)(/[^/]+)?",
)
"""Paths that answer well and stand in neither reference file."""


def _own(method: str, path: str, answer: Answer) -> list[str]:
    """Judge what the reference files leave out: what a driver can do beyond them."""
    if re.fullmatch(r"/companies/[^/]+/connections/[^/]+/push/\w+/[^/]+", path):
        return against(PLATFORM, "/components/schemas/PushOperation", answer.body)
    other = _elsewhere(path)
    if method == "GET" and other != path and _is_known(method, other):
        return faults(method, other, answer)
    if any(re.fullmatch(each, path) for each in _OURS):
        return []
    return [f"{method} {path} answered {answer.status}, and no reference file has it"]


def against(name: str, pointer: str, body: object) -> list[str]:
    """Return what a schema of a reference file says against something."""
    return [f"{e.json_path}: {e.message}" for e in _validator(name, pointer).iter_errors(body)]


@cache
def _mended(name: str) -> dict[str, Any]:
    """Return a reference file; its list of payments calls each payment a list of payments."""
    mended = deepcopy(openapi(name))
    payments = mended["components"]["schemas"].get("Payments")
    if payments is not None:
        items = payments["allOf"][0]["properties"]["results"]["items"]
        assert items["$ref"].endswith("/Payments")
        items["$ref"] = "#/components/schemas/Payment"
    return mended


@cache
def _validator(name: str, pointer: str) -> Draft202012Validator:
    resource = DRAFT202012.create_resource(_mended(name))
    registry: Registry[Any] = Registry().with_resource("urn:api", resource)
    return Draft202012Validator({"$ref": f"urn:api#{pointer}"}, registry=registry)
