"""A plain caller of a site for its tests, and the judge of what it answers.

It shares no code with our client.  The judge holds answers against the vendor's own
description, strictly: a field that the description does not have is an offence as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import httpx
from openapi_schema_validator import OAS30Validator

BASE = "/v4_6_release/apis/3.0/"
Json: TypeAlias = Any  # any document, as it was answered


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: its status, its headers and its document."""

    status: int
    headers: httpx.Headers
    text: str

    @property
    def json(self) -> Json:
        return json.loads(self.text, parse_float=Decimal)

    @property
    def codes(self) -> list[str]:
        """The codes of the single mistakes that an error names."""
        return [each["code"] for each in self.json["errors"]]


@dataclass(slots=True)
class Caller:
    """Sends requests with the keys of the seeded site."""

    url: str
    key: str = "public:private"
    headers: dict[str, str] = field(default_factory=lambda: {"clientId": "tests"})

    def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> Told:
        name, _, password = self.key.partition(":")
        given = {**self.headers, **(headers or {})}
        sent: dict[str, Any] = {}
        if body is not None:
            given.setdefault("Content-Type", "application/json")
            sent = {"content": json.dumps(body, default=_as_float)}
        with httpx.Client(
            auth=httpx.BasicAuth(f"demo+{name}", password), headers=given, timeout=60
        ) as client:
            answer = client.request(
                method,
                self.url + (path if path.startswith("/") else BASE + path),
                params=dict(query or {}),
                **sent,
            )
        return Told(answer.status_code, answer.headers, answer.text)

    def get(self, path: str, **query: str | int) -> Json:
        """Return the document of a GET that must end well."""
        told = self("GET", path, query=query)
        assert told.status == 200, (path, told.status, told.text)
        return told.json

    def post(self, path: str, body: object) -> Json:
        """Return the document of a POST that must end well."""
        told = self("POST", path, body)
        assert told.status == 201, (path, told.status, told.text)
        return told.json

    def patch(self, path: str, *changes: tuple[str, object]) -> Json:
        """Return the record after a PATCH that must end well."""
        body = [{"op": "replace", "path": name, "value": value} for name, value in changes]
        told = self("PATCH", path, body)
        assert told.status == 200, (path, told.status, told.text)
        return told.json

    def export(self, **wanted: Any) -> Json:  # noqa: ANN401 - as it is sent
        """Return an export; of everything that waits if nothing is said."""
        flags = ("exportInvoicesFlag", "exportExpensesFlag", "exportProductsFlag")
        if not any(flag in wanted for flag in flags):
            wanted |= dict.fromkeys(flags, True)
        return self.post("finance/accounting/export", wanted)

    def batch(self, name: str, ids: Sequence[int], **flags: bool) -> Told:
        """Make a batch of these record ids; of all kinds if nothing is said."""
        kinds = flags or {
            "exportInvoicesFlag": True,
            "exportExpensesFlag": True,
            "exportProductsFlag": True,
        }
        body = {"batchIdentifier": name, "processedRecordIds": ids, **kinds}
        return self("POST", "finance/accounting/batches", body)


def record_ids(export: Json) -> dict[str, list[int]]:
    """Return the record ids of the invoices and purchases of an export by their number."""
    made: dict[str, list[int]] = {}
    for each in export["transactions"]:
        joined = [int(part) for part in each["glEntryIds"].split(",") if part]
        made[each["documentNumber"]] = joined + [line["id"] for line in each["detail"]]
    for each in export["purchaseTransactions"]:
        lines = [*each["purchaseDetail"], *each["purchaseDetailTax"]]
        made[each["id"]] = [line["id"] for line in lines]
    for each in export["expenseBills"]:
        made[each["documentNumber"]] = [row for line in each["detail"] for row in line["id"]]
    return made


def document(export: Json, number: str) -> Json:
    """Return the invoice or credit memo with this number."""
    return next(each for each in export["transactions"] if each["documentNumber"] == number)


class Description:
    """The vendor's description, and what offends against it."""

    def __init__(self, reference: Path) -> None:
        text = (reference / "connectwise-openapi.json").read_text(encoding="utf-8")
        self._whole = json.loads(text)
        self.paths: dict[str, Any] = {
            path.rstrip("/").casefold(): operations
            for path, operations in self._whole["paths"].items()
        }

    def offences(self, told: Json, method: str, path: str) -> list[str]:
        """Return what is wrong with an answer to a method on a path of the description."""
        operation = self.paths[path.casefold()][method.lower()]
        answer = next(iter(operation["responses"].values()))
        return list(self._offences(told, next(iter(answer["content"].values()))["schema"]))

    def offences_of(self, told: Json, schema: str) -> list[str]:
        """Return what is wrong with an answer that follows the named schema."""
        return list(self._offences(told, {"$ref": f"#/components/schemas/{schema}"}))

    def _offences(self, told: Json, schema: Mapping[str, Any]) -> Iterator[str]:
        whole = {**schema, "components": self._whole["components"]}
        plain = json.loads(json.dumps(told, default=_as_float))
        for error in OAS30Validator(whole).iter_errors(plain):
            yield f"{'/'.join(map(str, error.path))}: {error.message}"
        yield from self._unknown(plain, schema, "")

    def _unknown(self, told: Json, schema: Mapping[str, Any], where: str) -> Iterator[str]:
        """Yield the fields that the description does not have."""
        found = self._resolved(schema)
        if isinstance(told, list):
            for place, each in enumerate(told):
                yield from self._unknown(each, found["items"], f"{where}/{place}")
        elif isinstance(told, dict) and "properties" in found:
            for name, value in told.items():
                if name not in found["properties"]:
                    yield f"{where}/{name}: the description has no such field"
                else:
                    yield from self._unknown(value, found["properties"][name], f"{where}/{name}")

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        reference = schema.get("$ref")
        if reference is None:
            return schema
        found: Mapping[str, Any] = self._whole["components"]["schemas"][reference.split("/")[-1]]
        return found


def _as_float(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    message = f"{value!r} is no part of a document"
    raise TypeError(message)


@cache
def description(reference: Path) -> Description:
    """Return the description in the folder of reference data, read once."""
    return Description(reference)
