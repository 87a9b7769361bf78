"""Limits as numbers, and names that say nothing: what keeps files easy to read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.gates.source import Module, Offence, scopes

FUNCTION_LINES = 70
FILE_LINES = 600
EMPTY_NAMES = frozenset({"common", "helper", "helpers", "misc", "util", "utilities", "utils"})


def long_functions(module: Module) -> Iterator[Offence]:
    """Yield functions longer than the limit, decorators not counted."""
    for where, node in scopes(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                what = f"{node.name} has {lines} lines, the limit is {FUNCTION_LINES}"
                yield Offence(module.path, node.lineno, where, what)


def long_file(module: Module) -> Iterator[Offence]:
    """Yield the file if it is longer than the limit."""
    lines = len(module.text.splitlines())
    if lines > FILE_LINES:
        what = f"the file has {lines} lines, the limit is {FILE_LINES}"
        yield Offence(module.path, lines, "", what)


def missing_docstring(module: Module) -> Iterator[Offence]:
    """Yield the module if it does not say why it exists."""
    if not (ast.get_docstring(module.tree) or "").strip():
        yield Offence(module.path, 1, "", "no docstring says why this module exists")


def empty_name(module: Module) -> Iterator[Offence]:
    """Yield the module if its name, or that of a folder around it, says nothing."""
    for part in PurePosixPath(module.path).with_suffix("").parts:
        if part in EMPTY_NAMES or part.removeprefix("test_") in EMPTY_NAMES:
            yield Offence(module.path, 1, "", f"the name {part} does not say what is inside")
