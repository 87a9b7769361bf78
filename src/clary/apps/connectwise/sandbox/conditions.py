"""The conditions of a query: the site's own little language, turned into SQL.

    locationId=2 and (invoiceDate<=[2026-01-31T00:00:00Z] or company/identifier like 'ACME%')

Names come from the resource's declared fields and every value becomes a parameter.  Texts
are compared without regard to case, as the site's database does.  How a quote is written
inside a quoted text is documented nowhere, so it cannot be: use the other kind of quote.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TypeAlias

from lark import Lark, Token, Transformer
from lark.exceptions import LarkError, VisitError

from clary.apps.connectwise.sandbox.fields import Kind
from clary.apps.connectwise.sandbox.problems import Mistake, Refused

GRAMMAR = r"""
    ?start: any
    ?any: all (_OR all)*
    ?all: not (_AND not)*
    ?not: _NOT not -> negated | "(" any ")" | comparison
    ?comparison: PATH OPERATOR value -> compared
        | PATH _NOT LIKE value -> unlike
        | PATH LIKE value -> like
        | PATH _NOT _IN values -> outside
        | PATH _IN values -> inside
    values: "(" value ("," value)* ")"
    value: QUOTED | MOMENT | NUMBER | WORD
    OPERATOR: "<=" | ">=" | "!=" | "<>" | "=" | "<" | ">"
    LIKE.3: /(like|contains)\b/i
    WORD.3: /(true|false|null)\b/i
    _NOT.3: /not\b/i
    _AND.3: /and\b/i
    _OR.3: /or\b/i
    _IN.3: /in\b/i
    PATH.1: /[A-Za-z_][A-Za-z0-9_]*([\/.][A-Za-z_][A-Za-z0-9_]*)*/
    QUOTED: /"[^"]*"/ | /'[^']*'/
    MOMENT: /\[[^\]]*\]/
    NUMBER: /-?[0-9]+(\.[0-9]+)?/
    %import common.WS
    %ignore WS
"""
LONGEST = 30_000
MOST_PARENTHESES = 60

Parameter: TypeAlias = "str | int | None"

_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?(?:\.\d+)?Z?")


@dataclass(frozen=True, slots=True)
class Term:
    """What a name in a condition stands for: an SQL expression and what it holds."""

    sql: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition as SQL with its parameters."""

    sql: str
    parameters: tuple[Parameter, ...] = ()

    def also(self, other: Clause) -> Clause:
        """Return the clause that wants both."""
        return Clause(f"{self.sql} AND {other.sql}", self.parameters + other.parameters)


ALWAYS = Clause("1")


def clause(text: str, lookup: Callable[[str], Term]) -> Clause:
    """Return the SQL of a condition text.

    Args:
        text: the condition; empty means all.
        lookup: gives the term of a name, or refuses it.

    Raises:
        Refused: the text is not well-formed, too long, or names an unknown field (400).
    """
    if not text.strip():
        return ALWAYS
    if len(text) > LONGEST or text.count("(") > MOST_PARENTHESES:
        raise _bad("it is too long or too deeply nested")
    try:
        tree = _parser().parse(text)
        made = _ToSql(lookup).transform(tree)
    except VisitError as error:
        if isinstance(error.orig_exc, Refused):
            raise error.orig_exc from None
        raise
    except LarkError as error:
        raise _bad(str(error).splitlines()[0]) from None
    return Clause(f"({made.sql})", made.parameters)


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="contextual")


def _bad(reason: str) -> Refused:
    message = f"The conditions cannot be read: {reason}."
    return Refused.invalid(message, Mistake("InvalidCondition", message, "conditions"))


class _ToSql(Transformer[Token, Clause]):
    """Builds the SQL from the bottom up."""

    def __init__(self, lookup: Callable[[str], Term]) -> None:
        super().__init__()
        self._lookup = lookup

    def any(self, parts: list[Clause]) -> Clause:
        return _joined(" OR ", parts)

    def all(self, parts: list[Clause]) -> Clause:
        return _joined(" AND ", parts)

    def negated(self, parts: list[Clause]) -> Clause:
        return Clause(f"NOT ({parts[0].sql})", parts[0].parameters)

    def value(self, parts: list[Token]) -> Token:
        return parts[0]

    def values(self, parts: list[Token]) -> list[Token]:
        return parts

    def compared(self, parts: list[Token]) -> Clause:
        path, operator, value = parts
        term = self._lookup(str(path))
        sign = "<>" if operator == "!=" else str(operator)
        if value.type == "WORD" and value.casefold() == "null":
            if sign not in {"=", "<>"}:
                raise _bad("null goes with = and != only")
            return Clause(f"{term.sql} IS {'' if sign == '=' else 'NOT '}NULL")
        sql, parameter = _operand(term, value)
        if sign == "<>":  # what holds nothing differs from every value
            return Clause(f"{_left(term)} IS NOT {sql}", (parameter,))
        return Clause(f"{_left(term)} {sign} {sql}", (parameter,))

    def like(self, parts: list[Token]) -> Clause:
        path, operator, value = parts
        term = self._lookup(str(path))
        pattern = re.sub(r"([\\_])", r"\\\1", _text(value)).replace("*", "%")
        if operator.casefold() == "contains":
            pattern = "%" + pattern.replace("%", r"\%") + "%"
        return Clause(rf"{term.sql} LIKE ? ESCAPE '\'", (pattern,))

    def unlike(self, parts: list[Token]) -> Clause:
        liked = self.like(parts)
        return Clause(f"NOT coalesce({liked.sql}, 0)", liked.parameters)

    def inside(self, parts: tuple[Token, list[Token]]) -> Clause:
        path, values = parts
        term = self._lookup(str(path))
        operands = [_operand(term, value) for value in values]
        marks = ",".join(sql for sql, _ in operands)
        return Clause(f"{_left(term)} IN ({marks})", tuple(value for _, value in operands))

    def outside(self, parts: tuple[Token, list[Token]]) -> Clause:
        found = self.inside(parts)
        return Clause(f"NOT coalesce({found.sql}, 0)", found.parameters)


def _joined(word: str, parts: list[Clause]) -> Clause:
    sql = word.join(f"({part.sql})" for part in parts)
    return Clause(sql, tuple(value for part in parts for value in part.parameters))


def _left(term: Term) -> str:
    if term.kind is Kind.DAY:
        return f"{term.sql} || 'T00:00:00Z'"
    return f"{term.sql} COLLATE NOCASE" if term.kind is Kind.TEXT else term.sql


def _operand(term: Term, value: Token) -> tuple[str, Parameter]:
    """Return the SQL and the parameter of a value that is compared with `term`."""
    match term.kind:
        case Kind.MONEY | Kind.QUANTITY:
            digits = 2 if term.kind is Kind.MONEY else 3
            return "CAST(? AS NUMERIC)", format(_number(value).scaleb(digits), "f")
        case Kind.WHOLE | Kind.NUMBER:
            return "CAST(? AS NUMERIC)", format(_number(value), "f")
        case Kind.FLAG:
            return "?", _flag(value)
        case Kind.DAY | Kind.MOMENT:
            return "?", _moment(value)
        case _:
            return "?", _text(value)


def _number(value: Token) -> Decimal:
    text = _text(value)
    if not re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,9})?", text):
        raise _bad(f"{text} is no number")
    return Decimal(text)


def _flag(value: Token) -> int:
    text = _text(value).casefold()
    if text not in {"true", "false", "1", "0"}:
        raise _bad(f"{text} is neither True nor False")
    return int(text in {"true", "1"})


def _moment(value: Token) -> str:
    found = _MOMENT.fullmatch(_text(value))
    if found is None:
        raise _bad(f"{value} is no date such as [2026-01-31T00:00:00Z]")
    time = found.group(2) or "00:00:00"
    return f"{found.group(1)}T{time if len(time) == len('00:00:00') else time + ':00'}Z"


def _text(value: Token) -> str:
    return str(value)[1:-1] if value.type in {"QUOTED", "MOMENT"} else str(value)
