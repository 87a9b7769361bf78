"""Hypothesis strategies that make bodies from the declarations alone."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from hypothesis import strategies as st

from clary.ledger.fields import EditionName, FieldSpec, Kind, Rule
from clary.ledger.record import Record, entry_class, fields_of, is_many, member, visible

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def plain_values(spec: FieldSpec, rule: Rule) -> st.SearchStrategy[Any]:
    if spec.kind is Kind.TEXT:
        least = 1 if spec.key or rule.required else 0
        return st.text(LETTERS, min_size=least, max_size=min(rule.length or 12, 12))
    if spec.kind in (Kind.MONEY, Kind.DECIMAL):
        return st.decimals(
            min_value=-(10**8), max_value=10**8, places=spec.places, allow_nan=False
        ).map(str)
    return {
        Kind.INTEGER: st.integers(-(10**9), 10**9),
        Kind.DATE: st.dates(date(1980, 1, 1), date(2090, 1, 1)).map(date.isoformat),
        Kind.DATETIME: st.just("2026-01-31T09:30:00.000000Z"),
        Kind.BOOLEAN: st.booleans(),
        Kind.CHOICE: st.sampled_from(rule.choices or ("",)),
    }[spec.kind]


@cache
def bodies(
    record: type[Record], edition: EditionName, release: int | None = None
) -> st.SearchStrategy[dict[str, Any]]:
    """Return bodies of a new record: what is required, and any of the rest."""
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for name, spec in visible(fields_of(record), edition, release).items():
        if spec.computed:
            continue
        rule = spec.rules[edition]
        found = member(record, name)
        assert found is not None
        if spec.kind is Kind.GROUP:
            inner = bodies(entry_class(found.annotation), edition, release)
            many = is_many(found.annotation)
            optional[name] = st.lists(inner, max_size=2) if many else inner
        else:
            target = required if rule.required else optional
            target[name] = plain_values(spec, rule)
    return st.fixed_dictionaries(required, optional=optional)
