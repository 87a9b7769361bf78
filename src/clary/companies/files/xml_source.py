"""Reads XML that nobody vouched for: bounded in size, depth and text, without entities.

The parser gets decoded text in chunks and gives one record element at a time, which is
freed once it has been used, so that memory does not grow with the file.  A document type
is refused before the parser sees what it declares, and nothing is ever fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from lxml import etree

from clary.companies.files.decoding import MAXIMUM_BYTES, SourceFile
from clary.companies.files.problems import (
    XML_DOCTYPE,
    XML_MALFORMED,
    XML_RECORD_TOO_LARGE,
    XML_TEXT_TOO_LONG,
    XML_TOO_DEEP,
)
from clary.companies.files.xml_reasons import REASONS, TOO_LONG, UNTOLD
from clary.kernel.errors import ClaryError

MAXIMUM_DEPTH: Final = 32
"""Most levels of nested elements; real files have 5."""

MAXIMUM_TEXT: Final = 100_000
"""Most characters of one text or name; the longest field of Sage 50 US has 2,000."""

MAXIMUM_ELEMENTS: Final = 50_000
"""Most elements of one record; a document of 560 lines has about 20,000."""

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml has no public name for the type

_PROLOG: Final = 65_536
_LAST_LINE: Final = 65_535
_DOCTYPE: Final = re.compile(r"<!\s*DOCTYPE", re.IGNORECASE)
_XSI: Final = "{http://www.w3.org/2000/10/XMLSchema-instance}type"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read before it is refused."""

    size: int = MAXIMUM_BYTES
    depth: int = MAXIMUM_DEPTH
    text: int = MAXIMUM_TEXT
    elements: int = MAXIMUM_ELEMENTS


LIMITS: Final = Limits()


class _Parsing:
    """One pass over one file."""

    def __init__(self, file: SourceFile, limits: Limits) -> None:
        self._file = file
        self._limits = limits
        self._parser = etree.XMLPullParser(
            events=("start", "end"),
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        self._depth = 0
        self._elements = 0
        self._prolog: str | None = ""

    def elements(self) -> Iterator[Element]:
        """Yield the root when it begins, then each of its children when it is complete."""
        for text in self._file.chunks(self._limits.size):
            self._check_prolog(text)
            yield from self._fed(text)
        yield from self._closed()

    def _check_prolog(self, text: str) -> None:
        """Refuse a document type, which only stands before the root element."""
        if self._prolog is None:
            return
        self._prolog += text
        if _DOCTYPE.search(self._prolog):
            raise XML_DOCTYPE.raised(file=self._file.name)
        if len(self._prolog) > _PROLOG + len(text):
            raise XML_TEXT_TOO_LONG.raised(file=self._file.name, limit=_PROLOG, place="line 1")

    def _fed(self, text: str) -> Iterator[Element]:
        try:
            self._parser.feed(text.encode("utf-8"))
        except etree.XMLSyntaxError as error:
            # What was read before the error may be nested too deep, which says more.
            yield from self._events()
            raise self._malformed(error) from error
        yield from self._events()

    def _closed(self) -> Iterator[Element]:
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            raise self._malformed(error) from error
        yield from self._events()

    def _events(self) -> Iterator[Element]:
        for kind, found in self._parser.read_events():
            element = cast("Element", found)  # the other events were not asked for
            if kind == "start":
                self._opened(element)
                if self._depth == 1:
                    self._prolog = None
                    yield element
            else:
                self._check_text(element)
                self._depth -= 1
                if self._depth == 1:
                    self._elements = 0
                    yield element
                    _forget(element)

    def _opened(self, element: Element) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > self._limits.depth:
            raise XML_TOO_DEEP.raised(file=self._file.name, limit=self._limits.depth)
        if self._elements > self._limits.elements:
            raise XML_RECORD_TOO_LARGE.raised(
                file=self._file.name, limit=self._limits.elements, place=_place(element)
            )

    def _check_text(self, element: Element) -> None:
        longest = max(len(element.text or ""), len(element.tag), len(element.tail or ""))
        if element.attrib:
            longest = max(longest, *(len(value) for value in element.attrib.values()))
        if longest > self._limits.text:
            raise XML_TEXT_TOO_LONG.raised(
                file=self._file.name, limit=self._limits.text, place=_place(element)
            )

    def _malformed(self, error: etree.XMLSyntaxError) -> ClaryError:
        """Return the first thing that is wrong, in our words; what follows comes of it."""
        first = next(iter(self._parser.feed_error_log), None)
        line, column = error.position if first is None else (first.line, first.column)
        name = "" if first is None else first.type_name
        if name == TOO_LONG:
            return XML_TEXT_TOO_LONG.raised(
                file=self._file.name, limit=self._limits.text, place=f"line {line}, column {column}"
            )
        return XML_MALFORMED.raised(
            file=self._file.name, line=line, column=column, reason=REASONS.get(name, UNTOLD)
        )


def _forget(element: Element) -> None:
    """Free a finished record and what stands before it."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while parent[0] is not element:
            del parent[0]


def record_elements(file: SourceFile, limits: Limits = LIMITS) -> Iterator[Element]:
    """Yield the root element when it begins, then each child of it when it is complete.

    An element is valid until the next one is asked for.

    Raises:
        Rejected: the file is malformed, too large or too deep, or has a document type.
        Misconfigured: the file cannot be read.
    """
    return _Parsing(file, limits).elements()


def line_of(element: Element) -> int | None:
    """Return the line an element begins on; the parser counts no further than 65,535."""
    line: object = element.sourceline
    return line if isinstance(line, int) and line < _LAST_LINE else None


def _place(element: Element) -> str:
    line = line_of(element)
    return f"line {_LAST_LINE} or later" if line is None else f"line {line}"


def is_type_mark(name: str) -> bool:
    """Tell whether an attribute is the `xsi:type` that Sage marks ids and dates with."""
    return name == _XSI
