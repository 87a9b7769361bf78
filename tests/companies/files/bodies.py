"""Random bodies that a layout has a place for, made from the declarations of the fields."""

from __future__ import annotations

import string
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from clary.companies.files.layout import Layout, put
from clary.kernel.change import Body, JsonValue
from clary.kernel.money import canonical
from clary.ledger.fields import EditionName, FieldSpec, Kind, Rule
from clary.ledger.record import Record, fields_of, groups_of
from clary.ledger.registry import record_type

PLAIN = string.ascii_letters + string.digits + " .-/&<>'\"#;,:()%$ñÉü€°[]{}="
DATES = st.dates(date(1950, 1, 1), date(2049, 12, 31))


def texts(spec: FieldSpec, rule: Rule) -> st.SearchStrategy[str]:
    if rule.characters == "alphanumeric":
        return st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=rule.length)
    alphabet = "".join(mark for mark in PLAIN if mark not in rule.characters)
    if spec.multiline:
        alphabet += "\n"
    size = min(rule.length or 20, 20)
    return st.text(alphabet, min_size=1, max_size=size).filter(lambda text: text == text.strip())


def numbers(places: int, low: int = -(10**9), high: int = 10**9) -> st.SearchStrategy[str]:
    return st.integers(low, high).map(
        lambda units: canonical(Decimal(units).scaleb(-places), places)
    )


def values(spec: FieldSpec, rule: Rule) -> st.SearchStrategy[JsonValue]:
    kinds: dict[Kind, st.SearchStrategy[JsonValue]] = {
        Kind.INTEGER: st.integers(1, 25),
        Kind.DECIMAL: numbers(spec.places),
        Kind.MONEY: numbers(spec.places),
        Kind.DATE: DATES.map(date.isoformat),
        Kind.BOOLEAN: st.booleans(),
    }
    if spec.kind is Kind.TEXT:
        return texts(spec, rule)
    if spec.kind is Kind.CHOICE:
        return st.sampled_from(rule.choices)
    return kinds[spec.kind]


@st.composite
def entries(
    draw: st.DrawFn,
    record: type[Record],
    edition: EditionName,
    names: frozenset[str],
    always: frozenset[str],
) -> Body:
    body: Body = {}
    for name, spec in fields_of(record).items():
        rule = spec.rule(edition)
        if name not in names or rule is None or spec.kind is Kind.GROUP:
            continue
        if name in always or draw(st.booleans()):
            body[name] = draw(values(spec, rule))
    return body


def below(names: frozenset[str], prefix: str) -> frozenset[str]:
    return frozenset(name.removeprefix(prefix) for name in names if name.startswith(prefix))


@st.composite
def bodies(draw: st.DrawFn, layout: Layout, always: frozenset[str], most: int = 4) -> Body:
    """Draw a body with random fields of those that the layout has a place for."""
    declared = record_type(layout.record_type)
    body = draw(entries(declared.record, layout.edition, layout.fields, always))
    for name, entry in groups_of(declared.record).items():
        inside = below(layout.fields, f"{name}.")
        if not inside or not (f"{name}.*" in always or draw(st.booleans())):
            continue
        made = entries(entry, layout.edition, inside, below(always, f"{name}."))
        single = name in ("bill_to", "ship_to", "mail_to", "address")
        if single and not (name == "ship_to" and layout.record_type == "customer"):
            for field, value in draw(made).items():
                put(body, f"{name}.{field}", value)
        else:
            listed = [entry for entry in draw(st.lists(made, min_size=1, max_size=most)) if entry]
            if listed:
                body[name] = listed
    return body
