"""The import contracts hold, and they catch what they are for, also for parts not built yet.

The contracts of pyproject.toml are run on a small copy of the house that has every
package of the design; then one forbidden import at a time is added to it.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gates.source import Module, Offence, modules, report
from tests.surroundings import ROOT

HOUSE = {
    "__init__": "",
    "kernel/errors": "",
    "ledger/model": "import pydantic\nimport lark\nimport clary.kernel.errors",
    "store/database": "import sqlalchemy\nimport alembic\nimport clary.kernel.errors",
    "companies/contract": "import clary.ledger.model",
    "companies/sandbox/driver": "import clary.companies.contract",
    "companies/files/driver": "import clary.companies.contract",
    "companies/hostile/driver": "import clary.companies.contract",
    "companies/peachw/driver": "import win32com",
    "apps/connectwise/client": "import clary.ledger.model",
    "apps/crm/client": "import clary.ledger.model",
    "apps/crm/sandbox/server": "import starlette",
    "engine/journal": "import sqlalchemy.orm\nimport clary.store.database",
    "flows/batch": "import clary.engine.journal\nimport clary.apps.connectwise.client",
    "hub/lanes": "import dbos\nimport clary.flows.batch",
    "hub/services/runs": "import clary.hub.lanes",
    "api/native": "import fastapi\nimport clary.hub.services.runs",
    "web/pages": "import jinja2\nimport starlette\nimport clary.hub.services.runs",
    "demo/world": "import clary.api.native\nimport clary.web.pages",
    "cli/main": "import clary.demo.world",
}

FORBIDDEN = {
    "a lower layer imports a higher one": ("ledger/extra", "import clary.engine.journal"),
    "siblings import each other": ("store/extra", "import clary.companies.contract"),
    "faces import each other": ("api/extra", "import clary.web.pages"),
    "a package that the design does not know": ("extra/__init__", ""),
    "a driver imports a driver": ("companies/sandbox/extra", "import clary.companies.files.driver"),
    "an app imports an app": ("apps/crm/extra", "import clary.apps.connectwise.client"),
    "the kernel imports a third party": ("kernel/extra", "import lxml"),
    "the ledger imports a database library": ("ledger/extra", "import sqlalchemy"),
    "a service starts lanes itself": ("hub/services/extra", "from dbos import DBOS"),
    "the api makes pages": ("api/extra", "import jinja2"),
    "a driver uses the hub's database library": ("companies/files/extra", "import sqlalchemy"),
    "the engine migrates by itself": ("engine/extra", "import alembic"),
    "a flow speaks to Sage directly": ("flows/extra", "import win32com"),
    "an app's client serves": ("apps/crm/extra", "import starlette"),
    "two modules import each other": ("flows/batch", "import clary.flows.extra\n"),
}
PARTNERS = {"two modules import each other": ("flows/extra", "import clary.flows.batch")}


def build(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / "clary" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    for parent in {p.parent for p in folder.rglob("*.py")}:
        for above in (parent, *parent.parents):
            if above == folder:
                break
            (above / "__init__.py").touch()


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [command, "--no-logo", "--no-cache", "--config", ROOT / "pyproject.toml"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_the_whole_house_of_the_design_keeps_every_contract(tmp_path: Path) -> None:
    build(tmp_path, HOUSE)
    finished = lint_imports(tmp_path)
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize("case", FORBIDDEN)
def test_a_contract_is_broken_when(case: str, tmp_path: Path) -> None:
    files = dict([*HOUSE.items(), FORBIDDEN[case]])
    if case in PARTNERS:
        files.update([PARTNERS[case]])
    build(tmp_path, files)
    finished = lint_imports(tmp_path)
    assert finished.returncode == 1, finished.stdout + finished.stderr
    assert "BROKEN" in finished.stdout


NO_DOOR = frozenset({"conformance"})
"""Packages beside the drivers that are none: the suite that every driver must pass."""


@pytest.mark.parametrize("kind", ["companies", "apps"])
def test_every_driver_and_app_is_named_in_its_contract(kind: str) -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = str(contracts["tool"]["importlinter"]["contracts"])
    folders = sorted(p.parent for p in (ROOT / "src/clary" / kind).glob("*/__init__.py"))
    names = [folder.name for folder in folders if folder.name not in NO_DOOR]
    missing = [name for name in names if f"(clary.{kind}.{name})" not in named]
    assert not missing, f"add these to the independence contract in pyproject.toml: {missing}"


PURE = ("src/clary/kernel/", "src/clary/ledger/")
PURE_MAY_IMPORT = frozenset({"clary", "pydantic", "pydantic_core", "annotated_types", "lark"})


def foreign_imports(module: Module) -> Iterator[Offence]:
    """Yield imports that are neither the standard library nor what the pure layers may use."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        else:
            continue
        for name in names:
            top = name.split(".")[0]
            if top not in PURE_MAY_IMPORT and top not in sys.stdlib_module_names:
                yield Offence(module.path, node.lineno, "", f"imports {top}")


def test_kernel_and_ledger_import_only_what_pure_code_may() -> None:
    pure = [module for module in modules("src") if module.path.startswith(PURE)]
    found = [offence for module in pure for offence in foreign_imports(module)]
    assert not found, report(found)


@pytest.mark.parametrize(
    ("code", "caught"),
    [
        ("import httpx", True),
        ("from lxml import etree", True),
        ("import decimal, pydantic", False),
        ("from clary.kernel import money", False),
    ],
)
def test_a_foreign_import_is_seen(code: str, *, caught: bool) -> None:
    assert bool(list(foreign_imports(Module.of("src/clary/ledger/a.py", code)))) is caught
