"""Every rule of the editions' tables has a test that names it, and every test names a rule."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from clary.ledger.editions import uk_rules, us_rules
from clary.ledger.rules import Evidence, Rule
from tests.gates.source import dotted, modules

ALL_RULES: tuple[Rule, ...] = (*us_rules.RULES, *uk_rules.RULES)


def marked(tree: ast.AST) -> Iterator[str]:
    """Yield the rule that each `pytest.mark.rule(...)` of a test file names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func) == "pytest.mark.rule":
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def rules_with_tests() -> set[str]:
    return {name for module in modules("tests") for name in marked(module.tree)}


def test_every_rule_has_a_test() -> None:
    assert not {rule.id for rule in ALL_RULES} - rules_with_tests()


def test_every_mark_names_a_rule() -> None:
    assert rules_with_tests() <= {rule.id for rule in ALL_RULES}


def test_a_mark_is_found_wherever_it_stands() -> None:
    text = (
        "x = [pytest.param(1, marks=pytest.mark.rule('A'))]\n@pytest.mark.rule('B')\ndef f(): ..."
    )
    assert sorted(marked(ast.parse(text))) == ["A", "B"]


@pytest.mark.parametrize(
    ("table", "prefix"), [(us_rules.RULES, "US-"), (uk_rules.RULES, "UK-")], ids=["us", "uk"]
)
def test_rules_have_ids_of_their_own_a_sentence_and_a_source(
    table: tuple[Rule, ...], prefix: str
) -> None:
    assert len({rule.id for rule in table}) == len(table)
    for rule in table:
        assert rule.id.startswith(prefix)
        assert rule.text[0].isupper()
        assert rule.text.endswith(".")
        assert rule.source
        assert isinstance(rule.evidence, Evidence)


def declared(tree: ast.AST) -> Iterator[str]:
    """Yield the name of each error code that a source file declares."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func) in ("declare", "_declare"):
            name = node.args[0] if node.args else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield name.value


def test_every_code_that_enforces_a_rule_is_declared() -> None:
    known = {name for module in modules("src") for name in declared(module.tree)}
    assert {name for rule in ALL_RULES for name in rule.codes} <= known
