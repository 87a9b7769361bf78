"""The limits hold in every file, and each limit catches what it is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.gates import limits
from tests.gates.source import Module, Offence, modules, report

Rule = Callable[[Module], Iterator[Offence]]


def offences(rule: Rule, *tops: str) -> list[Offence]:
    return [offence for module in modules(*tops) for offence in rule(module)]


@pytest.mark.parametrize(
    "rule",
    [limits.long_functions, limits.long_file, limits.empty_name],
    ids=lambda rule: rule.__name__,
)
def test_source_tests_and_scripts_keep_the_limit(rule: Rule) -> None:
    found = offences(rule, "src", "tests", "scripts")
    assert not found, report(found)


def test_every_module_says_why_it_exists() -> None:
    # A test file needs none: the names of its tests say what it is about.
    found = offences(limits.missing_docstring, "src", "scripts")
    assert not found, report(found)


def test_the_gates_look_at_real_files() -> None:
    paths = {module.path for module in modules("src", "tests", "scripts")}
    assert {"src/clary/__init__.py", "tests/gates/limits.py", "scripts/check_coverage.py"} <= paths


LONG_FUNCTION = "def f():\n" + "    x = 1\n" * limits.FUNCTION_LINES
SHORT_FUNCTION = "def f():\n" + "    x = 1\n" * (limits.FUNCTION_LINES - 1)
FULL_FILE = "x = 1\n" * limits.FILE_LINES


@pytest.mark.parametrize(
    ("rule", "path", "text", "caught"),
    [
        (limits.long_functions, "src/a.py", LONG_FUNCTION, True),
        (limits.long_functions, "src/a.py", SHORT_FUNCTION, False),
        (limits.long_file, "src/a.py", FULL_FILE + "x = 1\n", True),
        (limits.long_file, "src/a.py", FULL_FILE, False),
        (limits.missing_docstring, "src/a.py", "x = 1\n", True),
        (limits.missing_docstring, "src/a.py", '"""Exists for a reason."""\n', False),
        (limits.empty_name, "src/clary/utils.py", "", True),
        (limits.empty_name, "src/clary/helpers/a.py", "", True),
        (limits.empty_name, "tests/test_misc.py", "", True),
        (limits.empty_name, "src/clary/money.py", "", False),
    ],
)
def test_each_limit_catches_what_it_is_for(
    rule: Rule, path: str, text: str, *, caught: bool
) -> None:
    assert bool(list(rule(Module.of(path, text)))) is caught
