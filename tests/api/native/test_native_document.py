"""The OpenAPI document: valid, whole, and true whatever a tireless caller sends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from jsonschema import (  # type: ignore[import-untyped]  # its stubs are not among the tools
    Draft202012Validator,
)
from openapi_schema_validator import OAS31Validator

from clary.api.native.finding import Finder, Found
from clary.api.native.table import ROUTES
from clary.hub.access import Role
from tests.api.native.asking import client, document, validator
from tests.api.push.served import Served, served

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
SECONDS = 900
IS_THOROUGH = "CLARY_SOAK" in os.environ
"""Every bound of every parameter, group by group: some minutes."""

LAST = ("change_company", "remove_company")
"""Done last: the other routes need a company that can be opened."""

USUAL = [part for name in LAST for part in ("--exclude-operation-id", name)]
CLOSING = [part for name in LAST for part in ("--include-operation-id", name)]
PARTS = [USUAL, CLOSING]
if IS_THOROUGH:
    groups = dict.fromkeys(route.tag for route in ROUTES)
    PARTS = [*(["--include-tag", tag, *USUAL] for tag in groups), CLOSING]
PHASES = "examples,coverage,fuzzing" if IS_THOROUGH else "examples,fuzzing"
CONFIGURATION = """
[parameters]
company = "{company}"
type = "customer"
key = "ACME"
plan = "{plan}"
run = "{run}"

[checks.positive_data_acceptance]
# The rules of the books, guards and versions refuse what no schema can rule out.
expected-statuses = ["2xx", "4xx", 501, 503]

[checks.not_a_server_error]
# Another system that cannot be reached, and what a driver cannot do.
expected-statuses = ["2xx", "3xx", "4xx", 501, 503]
"""


def test_the_document_is_valid() -> None:
    schemathesis.openapi.from_dict(document()).validate()
    broken = deepcopy(document())
    broken["paths"]["/runs"]["get"]["responses"] = []
    with pytest.raises(Exception, match=r"responses|array|type"):
        schemathesis.openapi.from_dict(broken).validate()


def test_every_schema_and_every_example_is_valid() -> None:
    for schema in document()["components"]["schemas"].values():
        OAS31Validator.check_schema(schema)
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            steps = f"/paths/{path.replace('/', '~1')}/{method}".replace("{", "%7B")
            steps = steps.replace("}", "%7D")
            for pointer, example in _examples(operation):
                found = list(validator(f"{steps}{pointer}").iter_errors(example))
                assert not found, (method, path, found[0].message)


def _examples(operation: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the place of each schema with an example, and the example."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if "example" in body:
        yield "/requestBody/content/application~1json/schema", body["example"]
    for status, response in operation["responses"].items():
        content = response.get("content", {}).get("application/json", {})
        if "example" in content:
            yield f"/responses/{status}/content/application~1json/schema", content["example"]
    for position, each in enumerate(operation["parameters"]):
        if "example" in each:
            yield f"/parameters/{position}/schema", each["example"]


def test_every_route_is_described_and_can_be_found() -> None:
    names = [route.name for route in ROUTES]
    assert len(set(names)) == len(names)
    finder = Finder(ROUTES)
    for route in ROUTES:
        path = route.path.replace(":path", "")
        operation = document()["paths"][path][route.verb.lower()]
        assert operation["operationId"] == route.name
        for each in operation["parameters"]:
            if each["in"] == "path":
                path = path.replace(f"{{{each['name']}}}", str(each["example"]))
        found = finder.find(route.verb, path)
        assert isinstance(found, Found), path
        assert found.route is route
        if route.body is not None:
            assert route.sent is not None, f"{route.name} has no example of its body"
        if route.shown is not None:
            assert route.example is not None, f"{route.name} has no example"


def test_the_judge_of_answers_judges() -> None:
    problem = validator("/components/schemas/Problem")
    assert isinstance(problem, Draft202012Validator)
    assert list(problem.iter_errors({"type": 1}))


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("victim"), north="uk", west="us") as running:
        yield running


@pytest.fixture(scope="module")
def known(victim: Served) -> Mapping[str, str]:
    """Return what stands in the places of paths: a company, a plan and a run."""
    maker = client(victim, "maker")
    records = "/companies/north/records/customer"
    done = maker.good("PUT", f"{records}/ACME", {"name": "Acme"}, mode="sparse")
    planned = maker.good("POST", records, {"id": "BETA", "name": "Beta"}, dry_run="true")
    maker.http.close()
    return {"company": "north", "plan": planned["plan"]["id"], "run": done["run"]["id"]}


@pytest.mark.parametrize("part", PARTS, ids=[" ".join(part) for part in PARTS])
def test_whatever_is_sent_the_answer_is_as_the_document_says(
    victim: Served, known: Mapping[str, str], part: list[str], tmp_path: Path
) -> None:
    admin = client(victim, f"tireless {PARTS.index(part)}", Role.ADMIN)
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION.format(**known), encoding="utf-8")
    before = set(Path("/").iterdir())
    command = [
        *(str(SCHEMATHESIS), "run", f"{admin.url}/openapi.json", "--url", admin.url, *part),
        *("-H", f"Authorization: Bearer {admin.key}", "--phases", PHASES, "--checks", "all"),
        *(
            "--max-examples",
            "3" if IS_THOROUGH else "1",
            "--seed",
            "1",
            "--generation-database",
            ":memory:",
        ),
        *("--no-color", "--warnings", "off"),
    ]
    ended = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-8000:]
    assert "Tested: 0" not in ended.stdout
    assert set(Path("/").iterdir()) == before
    assert admin.http.get(f"{victim.url}/healthz").status_code == 200
    admin.http.close()
