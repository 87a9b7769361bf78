"""Declarations: what an edition has, what it calls it, and what is not declared at all."""

from __future__ import annotations

import pytest
from pydantic.fields import FieldInfo

from clary.ledger.fields import ABSENT, Kind, Rule, choice, integer, money, spec_of, text


def spec(name: str, declared: FieldInfo) -> object:
    return spec_of(name, declared)


def test_an_integer_rule_is_the_length() -> None:
    assert spec_of("name", text("Name", us=39, uk=60)).rule("us") == Rule(length=39)


def test_a_field_without_rules_is_in_both_editions() -> None:
    declared = spec_of("n", integer("Number"))
    assert declared.rule("us") == declared.rule("uk") == Rule()


def test_an_absent_field_has_no_rule_and_keeps_its_label() -> None:
    declared = spec_of("n", text("Name", us=ABSENT, uk=Rule(5, label="Nominal")))
    assert declared.rule("us") is None
    assert declared.label_in("us") == "Name"
    assert declared.label_in("uk") == "Nominal"


def test_choices_hold_for_both_editions_unless_one_has_its_own() -> None:
    declared = spec_of("c", choice("Class", ("a", "b"), uk=Rule(choices=("x",))))
    assert declared.rules["us"].choices == ("a", "b")
    assert declared.rules["uk"].choices == ("x",)


def test_a_rule_without_choices_takes_those_of_the_field() -> None:
    declared = spec_of("c", choice("Class", ("a", "b"), us=Rule(required=True)))
    assert declared.rules["us"] == Rule(required=True, choices=("a", "b"))


def test_an_alias_is_the_name_in_bodies() -> None:
    assert spec_of("item_class", choice("Class", ("a",), alias="class")).name == "class"
    assert spec_of("n", integer("Number")).name == "n"


def test_money_has_the_places_of_money() -> None:
    declared = spec_of("m", money("Amount", computed=True))
    assert (declared.kind, declared.places, declared.computed) == (Kind.MONEY, 2, True)


def test_a_field_that_is_not_declared_here_is_told() -> None:
    with pytest.raises(TypeError, match="field n is not declared"):
        spec_of("n", FieldInfo())
    with pytest.raises(TypeError, match="field n is not declared"):
        spec_of("n", FieldInfo(json_schema_extra={"clary": "no"}))
