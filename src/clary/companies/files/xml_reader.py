"""Sage 50 US XML files -> FileRecords, streaming."""

from __future__ import annotations

from collections.abc import Iterator

from clary.companies.files.decoding import SourceFile
from clary.companies.files.grouping import grouped
from clary.companies.files.layout import Layout, Texts
from clary.companies.files.problems import FILE_KIND_UNKNOWN
from clary.companies.files.reading import Bag, Listed
from clary.companies.files.record import FileRecord
from clary.companies.files.xml_source import (
    LIMITS,
    Element,
    Limits,
    is_type_mark,
    line_of,
    record_elements,
)
from clary.companies.files.xml_tables import XML_FILES, XmlFile


def read_xml(file: SourceFile, limits: Limits = LIMITS) -> Iterator[FileRecord]:
    """Yield the records of an XML file.

    Several elements with the same header make one document, as far as the header's
    number of distributions says that lines are missing (inferred from a real file).

    Raises:
        Rejected: the file is malformed, too large, or of an unknown kind.
        Misconfigured: the file cannot be read.
    """
    elements = record_elements(file, limits)
    declared = _declared(file, next(elements, None))
    return grouped(file.name, _bags(file, declared, elements))


def _bags(
    file: SourceFile, declared: XmlFile, elements: Iterator[Element]
) -> Iterator[tuple[Layout, Bag]]:
    for element in elements:
        bag = _bag(element, declared.groups)
        yield _layout(file, declared, element, bag), bag


def root_of(file: SourceFile, limits: Limits = LIMITS) -> XmlFile:
    """Return which kind of file this is, by its root element alone.

    Raises:
        Rejected: it is no known kind, or malformed (see `read_xml`).
    """
    return _declared(file, next(record_elements(file, limits), None))


def _declared(file: SourceFile, root: Element | None) -> XmlFile:
    found = XML_FILES.get(root.tag) if root is not None else None
    if found is None:
        tag = "no root element" if root is None else f"its root element is {root.tag[:60]}"
        raise FILE_KIND_UNKNOWN.raised(
            file=file.name, reason=tag, known=", ".join(sorted(XML_FILES))
        )
    return found


def _layout(file: SourceFile, declared: XmlFile, element: Element, bag: Bag) -> Layout:
    if element.tag == declared.element:
        for layout in declared.layouts:
            if layout.accepts(bag.texts) and bag.entries.keys() <= layout.groups:
                return layout
    raise FILE_KIND_UNKNOWN.raised(
        file=file.name,
        reason=f"{declared.root} holds {element.tag[:60]} (line {line_of(element)})",
        known=declared.element,
    )


def _bag(element: Element, groups: frozenset[str]) -> Bag:
    bag = Bag(line=line_of(element))
    _attributes(element, "", bag.texts)
    _walk(element, "", bag.texts, groups, bag.entries)
    return bag


def _walk(
    element: Element,
    prefix: str,
    texts: Texts,
    groups: frozenset[str],
    entries: dict[str, list[Listed]],
) -> None:
    """Gather the texts below an element; blank elements count as absent."""
    seen: dict[str, int] = {}
    for child in element:
        name = child.tag if "{" not in child.tag else qualified(child.tag)
        path = prefix + name
        inner: Texts = {}
        if path in groups:
            _gather(child, "", ".", inner, frozenset(), {})
            if inner:
                entries.setdefault(path, []).append(Listed(inner, line_of(child)))
            continue
        _gather(child, f"{path}/", path, inner, groups, entries)
        if inner:
            number = seen[path] = seen.get(path, 0) + 1
            texts.update(inner if number == 1 else _numbered(inner, path, number))


def _gather(
    element: Element,
    prefix: str,
    own: str,
    texts: Texts,
    groups: frozenset[str],
    entries: dict[str, list[Listed]],
) -> None:
    """Gather an element's attributes, its own text and what is below it."""
    if element.attrib:
        _attributes(element, prefix, texts)
    text = element.text
    if text and not text.isspace():
        texts[own] = text
    if len(element):
        _walk(element, prefix, texts, groups, entries)


def _attributes(element: Element, prefix: str, texts: Texts) -> None:
    for key, value in element.attrib.items():
        name = str(key)
        if not is_type_mark(name):
            texts[f"{prefix}@{qualified(name)}"] = str(value)


def _numbered(texts: Texts, path: str, number: int) -> Texts:
    """Return the texts of a repeated element: under `Name[2]` for the second."""
    return {f"{path}[{number}]{key.removeprefix(path)}": text for key, text in texts.items()}


def qualified(name: str) -> str:
    """Return a name as a step of a path, in which slashes part the steps."""
    return name.replace("/", "%2F")
