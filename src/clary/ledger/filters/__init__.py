"""Filters: which records a query means, said once for every face and every company.

    text   --parse-->  tree  --check-->  bound tree  --split-->  SQL for the store
    tree   --render->  text                           --compile-> test on record bodies

Grouping of the modules:

- `tree`: the tree that all filter languages share, and its limits.
- `text` with `where.lark`: Clary's own language, parsed and rendered.  Each further
  language is one such pair of module and grammar onto the same tree; `dialect` holds what
  they have in common (loading on first use, errors in human words).
- `check`: fits a tree to the fields of a record type; `declared` reads those fields from
  the record type's declaration.
- `evaluate`: the test on a record body, with SQL's three-valued logic.
- `sql`: the part of a filter that a SQLite store can answer itself, as SQL.
- `problems`: the error codes of all of these.

    tree = parse("balance > :limit and name like 'A%'", {"limit": 100})
    bound = check(tree, declared_fields(record_type, "us"))
    pushed, remaining = split(bound, columns)     # either may be None
    sql, parameters = where(pushed, columns)
    matches = compile(remaining)
"""

from __future__ import annotations

from clary.ledger.filters.check import Fields, FieldTable, check
from clary.ledger.filters.declared import declared_fields, is_identifier
from clary.ledger.filters.evaluate import Matcher, compile  # noqa: A004 - like re.compile
from clary.ledger.filters.sql import Columns, Split, Where, split, where
from clary.ledger.filters.text import ParameterValue, parse, render
from clary.ledger.filters.tree import (
    And,
    BoundComparison,
    BoundTree,
    Canonical,
    Comparison,
    Not,
    Operator,
    Or,
    Tree,
    Value,
)

__all__ = [
    "And",
    "BoundComparison",
    "BoundTree",
    "Canonical",
    "Columns",
    "Comparison",
    "FieldTable",
    "Fields",
    "Matcher",
    "Not",
    "Operator",
    "Or",
    "ParameterValue",
    "Split",
    "Tree",
    "Value",
    "Where",
    "check",
    "compile",
    "declared_fields",
    "is_identifier",
    "parse",
    "render",
    "split",
    "where",
]
