"""How a field of a record type is declared, once, for both editions.

Everything that depends on a field (validation, `describe`, option lists, command help,
the field tables of the docs, the columns of the sandbox company, the mapping of every
driver) is derived from the `FieldSpec` that these functions attach to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal, TypeAlias, cast

from pydantic import Field
from pydantic.fields import FieldInfo

from clary.kernel.money import MONEY_PLACES, RATE_PLACES

EditionName: TypeAlias = Literal["us", "uk"]
EDITIONS: tuple[EditionName, ...] = ("us", "uk")


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one edition says of a field.

    Attributes:
        length: most characters of a text; most entries of a group.
        required: a new record must state it.
        label: the edition's own word, where it differs.
        characters: characters a text may not contain, or for upper-case references
            the name `alphanumeric`.
        upper: the company stores it in upper case.
        choices: allowed values of a choice.
        since: first release year (US) or version (UK) that has it.
        until: last release year or version that has it.
        source: where the rule comes from; empty where it is only a plausible default.
    """

    length: int | None = None
    required: bool = False
    label: str | None = None
    characters: str = ""
    upper: bool = False
    choices: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None
    source: str = ""


ABSENT: Literal["absent"] = "absent"
"""Marks a field that an edition does not have."""

RuleArgument: TypeAlias = Rule | int | Literal["absent"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """The whole declaration of one field.

    Attributes:
        name: name in bodies, the same on every face.
        kind: what it holds.
        label: what a person reads.
        rules: rule of each edition that has the field.
        computed: the company works it out; a caller never states it.
        stated: an exported figure kept for comparison, never posted.
        reference: record type that the value is a key of.
        places: decimals of a decimal or amount.
        key: the field identifies the record.
        help: one more sentence where the label is not enough.
    """

    name: str = ""
    kind: Kind
    label: str
    rules: dict[EditionName, Rule]
    computed: bool = False
    reference: str | None = None
    places: int = 0
    key: bool = False
    help: str = ""
    multiline: bool = False

    def rule(self, edition: EditionName) -> Rule | None:
        """Return the edition's rule, or none where it does not have the field."""
        return self.rules.get(edition)

    def label_in(self, edition: EditionName) -> str:
        """Return the edition's word for the field."""
        rule = self.rules.get(edition)
        return (rule.label if rule else None) or self.label


def _rule(argument: RuleArgument, choices: tuple[str, ...]) -> Rule | None:
    if argument == ABSENT:
        return None
    if argument is None:
        return Rule(choices=choices)
    if isinstance(argument, int):
        return Rule(length=argument, choices=choices)
    return argument if argument.choices or not choices else replace(argument, choices=choices)


def _declare(
    kind: Kind,
    label: str,
    us: RuleArgument,
    uk: RuleArgument,
    *,
    choices: tuple[str, ...] = (),
    default: object = None,
    alias: str | None = None,
    **attributes: Any,  # noqa: ANN401 - the remaining attributes of a FieldSpec
) -> Any:  # noqa: ANN401 - pydantic's own Field() has this type for the same reason
    rules: dict[EditionName, Rule] = {}
    for edition, argument in (("us", us), ("uk", uk)):
        rule = _rule(argument, choices)
        if rule is not None:
            rules["us" if edition == "us" else "uk"] = rule
    spec = FieldSpec(kind=kind, label=label, rules=rules, **attributes)
    if alias is None:
        return Field(default=default, json_schema_extra={"clary": _Carrier(spec)})  # type: ignore[dict-item]  # the carrier is taken out again by `spec_of`
    return Field(default=default, alias=alias, json_schema_extra={"clary": _Carrier(spec)})  # type: ignore[dict-item]  # as above


@dataclass(frozen=True, slots=True)
class _Carrier:
    """Carries a FieldSpec through pydantic's field information."""

    spec: FieldSpec


def spec_of(name: str, info: FieldInfo) -> FieldSpec:
    """Return the declaration that a pydantic field carries, under its name in bodies.

    Raises:
        TypeError: the field was not declared with this module's functions.
    """
    extra = info.json_schema_extra
    carrier = cast("object", extra.get("clary")) if isinstance(extra, dict) else None
    if not isinstance(carrier, _Carrier):
        message = f"field {name} is not declared with ledger.fields"
        raise TypeError(message)
    return replace(carrier.spec, name=info.alias or name)


def text(
    label: str,
    us: RuleArgument = None,
    uk: RuleArgument = None,
    *,
    reference: str | None = None,
    key: bool = False,
    computed: bool = False,
    multiline: bool = False,
    help: str = "",  # noqa: A002 - the word every command library uses
) -> Any:  # noqa: ANN401 - stands on the right of an annotated field
    """Declare a text; an integer rule is its greatest length in characters."""
    return _declare(
        Kind.TEXT,
        label,
        us,
        uk,
        reference=reference,
        key=key,
        computed=computed,
        multiline=multiline,
        help=help,
    )


def integer(
    label: str,
    us: RuleArgument = None,
    uk: RuleArgument = None,
    *,
    key: bool = False,
    computed: bool = False,
    help: str = "",  # noqa: A002 - as above
) -> Any:  # noqa: ANN401 - as above
    """Declare a whole number."""
    return _declare(Kind.INTEGER, label, us, uk, key=key, computed=computed, help=help)


def decimal(
    label: str,
    us: RuleArgument = None,
    uk: RuleArgument = None,
    *,
    places: int = RATE_PLACES,
    computed: bool = False,
    help: str = "",  # noqa: A002 - as above
) -> Any:  # noqa: ANN401 - as above
    """Declare a quantity, price, rate or percentage with at most `places` decimals."""
    return _declare(Kind.DECIMAL, label, us, uk, places=places, computed=computed, help=help)


def money(
    label: str,
    us: RuleArgument = None,
    uk: RuleArgument = None,
    *,
    computed: bool = False,
    help: str = "",  # noqa: A002 - as above
) -> Any:  # noqa: ANN401 - as above
    """Declare an amount of money, in the document's currency unless the label says so."""
    return _declare(Kind.MONEY, label, us, uk, places=MONEY_PLACES, computed=computed, help=help)


def day(
    label: str,
    us: RuleArgument = None,
    uk: RuleArgument = None,
    *,
    computed: bool = False,
    help: str = "",  # noqa: A002 - as above
) -> Any:  # noqa: ANN401 - as above
    """Declare a civil date of the document's own time zone."""
    return _declare(Kind.DATE, label, us, uk, computed=computed, help=help)


def moment(
    label: str, us: RuleArgument = None, uk: RuleArgument = None, *, computed: bool = True
) -> Any:  # noqa: ANN401 - as above
    """Declare a moment in UTC; moments are stamps that the company gives."""
    return _declare(Kind.DATETIME, label, us, uk, computed=computed)


def flag(
    label: str,
    us: RuleArgument = None,
    uk: RuleArgument = None,
    *,
    computed: bool = False,
    help: str = "",  # noqa: A002 - as above
) -> Any:  # noqa: ANN401 - as above
    """Declare a yes or no; absent means no."""
    return _declare(Kind.BOOLEAN, label, us, uk, computed=computed, help=help)


def choice(
    label: str,
    choices: tuple[str, ...],
    us: RuleArgument = None,
    uk: RuleArgument = None,
    *,
    alias: str | None = None,
    computed: bool = False,
    help: str = "",  # noqa: A002 - as above
) -> Any:  # noqa: ANN401 - as above
    """Declare one of some words; a rule may give an edition its own words."""
    return _declare(
        Kind.CHOICE, label, us, uk, choices=choices, alias=alias, computed=computed, help=help
    )


def group(
    label: str,
    us: RuleArgument = None,
    uk: RuleArgument = None,
    *,
    computed: bool = False,
    help: str = "",  # noqa: A002 - as above
) -> Any:  # noqa: ANN401 - as above
    """Declare nested entries; an integer rule is how many there may be."""
    return _declare(Kind.GROUP, label, us, uk, computed=computed, help=help)
