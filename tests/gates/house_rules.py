"""Rules that no linter knows, each from a mistake that would cost money or trust.

Every rule is a function from a module to its offences; `test_house_rules` says for
which files it holds and lists the exceptions with their reasons.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.gates.source import Module, Offence, dotted, scopes

NAIVE_ALWAYS = frozenset({"utcnow", "utcfromtimestamp"})
NAIVE_WITHOUT_ZONE = {"datetime.now": 0, "datetime.fromtimestamp": 1}
CIVIL_TODAY = frozenset({"date.today", "datetime.today"})
TEXT_METHODS = {"read_text": 0, "write_text": 1}
TEXT_KEYWORDS = frozenset({"text", "universal_newlines"})  # of the subprocess module
OPEN_MODE = re.compile(r"[rwxab+t]{1,4}")
BROAD = frozenset({"Exception", "BaseException"})


def naive_moments(module: Module) -> Iterator[Offence]:
    """Yield calls that make a moment without a time zone, or ask the machine for today."""
    for where, node in scopes(module.tree):
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func)
        tail = ".".join(name.split(".")[-2:])
        if name.rsplit(".", 1)[-1] in NAIVE_ALWAYS:
            yield Offence(module.path, node.lineno, where, f"{name} gives a naive moment")
        elif tail in NAIVE_WITHOUT_ZONE and not _states_zone(node, NAIVE_WITHOUT_ZONE[tail]):
            yield Offence(module.path, node.lineno, where, f"{name} without a time zone")
        elif tail in CIVIL_TODAY:
            what = f"{name} hides where the day comes from; use kernel.clock"
            yield Offence(module.path, node.lineno, where, what)
        elif name.endswith(".replace") and _drops_zone(node):
            yield Offence(module.path, node.lineno, where, f"{name} drops the time zone")


def _states_zone(call: ast.Call, positional: int) -> bool:
    return len(call.args) > positional or any(k.arg == "tz" for k in call.keywords)


def _drops_zone(call: ast.Call) -> bool:
    return any(
        k.arg == "tzinfo" and isinstance(k.value, ast.Constant) and k.value.value is None
        for k in call.keywords
    )


def floats(module: Module) -> Iterator[Offence]:
    """Yield every `float` name and every number written with a point or exponent."""
    for where, node in scopes(module.tree):
        if isinstance(node, ast.Name) and node.id == "float":
            yield Offence(module.path, node.lineno, where, "float")
        elif isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield Offence(module.path, node.lineno, where, f"the float {node.value}")


def prints(module: Module) -> Iterator[Offence]:
    """Yield calls of print."""
    for where, node in scopes(module.tree):
        if isinstance(node, ast.Call) and dotted(node.func) == "print":
            yield Offence(module.path, node.lineno, where, "print belongs to the faces")


def missing_encodings(module: Module) -> Iterator[Offence]:
    """Yield text files that are opened, read or written without naming the encoding."""
    for where, node in scopes(module.tree):
        if isinstance(node, ast.Call) and _opens_text(node) and not _has_encoding(node):
            what = f"{dotted(node.func)} without encoding"
            yield Offence(module.path, node.lineno, where, what)


def _opens_text(call: ast.Call) -> bool:
    name = dotted(call.func)
    last = name.rsplit(".", 1)[-1]
    if any(k.arg in TEXT_KEYWORDS and _is_true(k.value) for k in call.keywords):
        return True
    if last in TEXT_METHODS and isinstance(call.func, ast.Attribute):
        return len(call.args) <= TEXT_METHODS[last]
    if name in {"open", "io.open"}:
        return "b" not in _mode(call, 1)
    if last != "open" or not isinstance(call.func, ast.Attribute):
        return False
    # Many things are opened; only a mode, or the name of the opened thing, makes it a file.
    mode = _mode(call, 0)
    looks_like_file = bool(OPEN_MODE.fullmatch(mode)) or bool(
        not call.args and re.search(r"path|file", name)
    )
    return looks_like_file and "b" not in mode


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _mode(call: ast.Call, position: int) -> str:
    given = [k.value for k in call.keywords if k.arg == "mode"] + call.args[position:][:1]
    mode = given[0] if given else None
    return mode.value if isinstance(mode, ast.Constant) and isinstance(mode.value, str) else ""


def _has_encoding(call: ast.Call) -> bool:
    return any(k.arg in {"encoding", None} for k in call.keywords)


def broad_handlers(module: Module) -> Iterator[Offence]:
    """Yield handlers that catch everything, and suppressions of everything.

    A handler that ends with a bare `raise` swallows nothing: it only tidies up.
    """
    for where, node in scopes(module.tree):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type):
            if not _only_tidies(node):
                yield Offence(module.path, node.lineno, where, "catches everything")
        elif (
            isinstance(node, ast.Call)
            and dotted(node.func).rsplit(".", 1)[-1] == "suppress"
            and any(_is_broad(argument) for argument in node.args)
        ):
            yield Offence(module.path, node.lineno, where, "suppresses everything")


def _only_tidies(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _is_broad(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    if isinstance(caught, ast.Tuple):
        return any(_is_broad(each) for each in caught.elts)
    return dotted(caught).rsplit(".", 1)[-1] in BROAD


def foreign_errors(module: Module) -> Iterator[Offence]:
    """Yield raised exceptions that tell a user nothing: Exception, RuntimeError, OSError."""
    for where, node in scopes(module.tree):
        if not isinstance(node, ast.Raise) or node.exc is None:
            continue
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if dotted(raised) in {"Exception", "BaseException", "RuntimeError", "SystemExit"}:
            what = f"raises {dotted(raised)} instead of a declared code"
            yield Offence(module.path, node.lineno, where, what)
