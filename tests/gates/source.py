"""The Python files of the project, parsed once, for the gates to look at."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.surroundings import ROOT

SKIPPED_FOLDERS = frozenset({"__pycache__", "build", "dist", "node_modules", "vendor"})
"""Folders that hold nothing written by hand."""

KEPT_DOT_NAMES = frozenset({".ci", ".github", ".gitignore"})
"""Names that start with a dot and yet are part of the project."""


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file.

    Attributes:
        path: its path below the project's folder, with forward slashes.
        text: what it holds.
        tree: the parsed form of `text`.
    """

    path: str
    text: str
    tree: ast.Module

    @classmethod
    def of(cls, path: str, text: str) -> Module:
        """Return the module that `text` makes at `path`."""
        return cls(path=path, text=text, tree=ast.parse(text))


@dataclass(frozen=True, slots=True)
class Offence:
    """One place that breaks a rule.

    Attributes:
        path: path below the project's folder.
        line: 1-based line.
        where: dotted name of the function or class around it; empty at module level.
        what: the rule in the words of the reader.
    """

    path: str
    line: int
    where: str
    what: str

    def __str__(self) -> str:
        """Return one line that an editor can jump to."""
        inside = f" in {self.where}" if self.where else ""
        return f"{self.path}:{self.line}: {self.what}{inside}"


def project_files() -> Iterator[Path]:
    """Yield every file of the project, caches and the environment left out."""
    folders = [ROOT]
    while folders:
        for entry in sorted(folders.pop().iterdir()):
            hidden = entry.name.startswith(".") and entry.name not in KEPT_DOT_NAMES
            if hidden or entry.name in SKIPPED_FOLDERS or entry.name.endswith(".egg-info"):
                continue
            if entry.is_dir():
                folders.append(entry)
            else:
                yield entry


@cache
def modules(*tops: str) -> tuple[Module, ...]:
    """Return the parsed Python files below the folders `tops` (such as `src`, `tests`)."""
    found = []
    for top in tops:
        for path in sorted((ROOT / top).rglob("*.py")):
            if "__pycache__" not in path.parts:
                text = path.read_text(encoding="utf-8")
                found.append(Module.of(path.relative_to(ROOT).as_posix(), text))
    return tuple(found)


def scopes(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield every node with the dotted name of the function or class that holds it."""
    waiting: list[tuple[str, ast.AST]] = [("", tree)]
    while waiting:
        where, node = waiting.pop()
        yield where, node
        for child in ast.iter_child_nodes(node):
            inner = where
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = f"{where}.{node.name}" if where else node.name
            waiting.append((inner, child))


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for a name or attribute chain, and the last part where it starts oddly."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return ""


def report(offences: list[Offence]) -> str:
    """Return the offences one per line, for the message of a failing test."""
    lines = sorted(str(offence) for offence in offences)
    return f"{len(lines)} places to mend:\n  " + "\n  ".join(lines)
