"""What every filter language needs around its grammar, written once.

A dialect is one module with one `.lark` file beside it: a builder class that turns the
grammar's rules into the tree, and a `Dialect` that says how its terminals read in human
words.  The grammar library is loaded and the tables are built at the first parse only,
because most commands never meet a filter and their start-up is felt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from clary.ledger.filters import problems
from clary.ledger.filters.tree import MAXIMUM_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable

    from lark import UnexpectedCharacters, UnexpectedToken

    from clary.kernel.errors import ClaryError

_END: Final = "$END"
_GENERAL_HINT: Final = "Correct the filter at that place."


@dataclass(frozen=True)
class Dialect:
    """One filter language.

    Attributes:
        grammar: name of the grammar file beside this module.
        builder: makes the object whose methods build the tree from the rules.
        words: what a reader calls each terminal of the grammar.
        hints: what to do where a terminal was found and one of some words expected, as
            (found terminal, expected words) -> remedy.
        character_hints: what to do about a character that nothing can start with.
    """

    grammar: str
    builder: Callable[[], object]
    words: Mapping[str, str]
    hints: Mapping[tuple[str, str], str] = field(default_factory=dict)
    character_hints: Mapping[str, str] = field(default_factory=dict)

    def parse(self, text: str) -> object:
        """Return what the builder made of `text`.

        Raises:
            Rejected: the text is too long or does not follow the grammar.
        """
        if len(text) > MAXIMUM_TEXT:
            raise problems.FILTER_TEXT_TOO_LONG.raised(
                what="all", length=len(text), limit=MAXIMUM_TEXT
            )
        from lark import (  # noqa: PLC0415 - loaded on first use, see above
            UnexpectedCharacters,
            UnexpectedToken,
        )

        try:
            return self._parser(text)
        except UnexpectedCharacters as error:
            raise self._wrong_character(error) from None
        except UnexpectedToken as error:
            if error.token.type == _END:
                raise self._ended_early(text, error) from None
            raise self._wrong_token(error) from None

    @cached_property
    def _parser(self) -> Callable[[str], object]:
        from lark import Lark  # noqa: PLC0415 - as above

        source = files(__package__).joinpath(self.grammar).read_text(encoding="utf-8")
        lark = Lark(
            source,
            parser="lalr",
            lexer="basic",
            maybe_placeholders=True,
            transformer=self.builder(),
        )
        return lark.parse

    def _wrong_character(self, error: UnexpectedCharacters) -> ClaryError:
        return problems.FILTER_SYNTAX.raised(
            line=error.line,
            column=error.column,
            found=f"`{error.char}`",
            expected="something a filter can be made of",
            hint=self.character_hints.get(error.char, _GENERAL_HINT),
        )

    def _wrong_token(self, error: UnexpectedToken) -> ClaryError:
        token = error.token
        expected = self._expected(error)
        hints = (self.hints.get((token.type, words)) for words in expected)
        return problems.FILTER_SYNTAX.raised(
            line=token.line,
            column=token.column,
            found=f"`{problems.shown(token)}`",
            expected=_listed(expected),
            hint=next((hint for hint in hints if hint), _GENERAL_HINT),
        )

    def _ended_early(self, text: str, error: UnexpectedToken) -> ClaryError:
        shown_text = text.rstrip()
        return problems.FILTER_SYNTAX.raised(
            line=shown_text.count("\n") + 1,
            column=len(shown_text) - shown_text.rfind("\n"),
            found="the end",
            expected=_listed(self._expected(error)),
            hint="Complete the filter, or leave it out to have all records.",
        )

    def _expected(self, error: UnexpectedToken) -> list[str]:
        accepted = error.accepts or error.expected
        # In the order of `words`, so that the likeliest comes first; several terminals
        # may read the same to a person.
        words = (word for terminal, word in self.words.items() if terminal in accepted)
        return list(dict.fromkeys(words))


def _listed(words: Iterable[str]) -> str:
    """Return words as an enumeration: `a, b or c`."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
