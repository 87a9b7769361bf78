"""FileRecords -> Sage 50 US XML import files, the same bytes for the same records.

As in the import files that were seen: UTF-8 without a declaration, the `paw` and `xsi`
namespaces on the root, ids and dates marked with their type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from clary.companies.files.atomic import replacing
from clary.companies.files.layout import Group, Layout, Spread, Value
from clary.companies.files.problems import FILE_TYPE_UNWRITABLE, FILE_VALUE_UNWRITABLE
from clary.companies.files.record import FileRecord
from clary.companies.files.writing import Entry, render
from clary.companies.files.xml_tables import XmlFile, xml_file_of

NAMESPACES: Final = (
    'xmlns:paw="urn:schemas-peachtree-com/paw8.02-datatypes" '
    'xmlns:xsi="http://www.w3.org/2000/10/XMLSchema-instance" '
    'xmlns:xsd="http://www.w3.org/2000/10/XMLSchema-datatypes"'
)
_STEP: Final = re.compile(r"(.+?)(?:\[(\d+)\])?")
_UNUSABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_QUALIFIED: Final = re.compile(r"\{(.*)\}(.+)")


@dataclass(slots=True)
class _Node:
    """One element as it is written."""

    name: str
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[_Node] = field(default_factory=list)

    def child(self, step: str) -> _Node:
        """Return the child that a step of a path names, making it where it is absent."""
        found = _STEP.fullmatch(step)
        name, number = (found.group(1), int(found.group(2) or 1)) if found else (step, 1)
        same = [node for node in self.children if node.name == name]
        while len(same) < number:
            same.append(_Node(name))
            self.children.append(same[-1])
        return same[number - 1]

    def at(self, path: str) -> _Node:
        """Return the element at a path below this one."""
        node = self
        for step in path.split("/"):
            node = node.child(step)
        return node

    def put(self, path: str, text: str) -> _Node:
        """Set the text or attribute at a path; return the element it belongs to."""
        head, slash, last = path.rpartition("/")
        node = self.at(head) if slash else self
        if last.startswith("@"):
            node.attributes[last[1:]] = text
            return node
        node = node if last == "." else node.child(last)
        node.text = text
        return node

    def lines(self, depth: int) -> Iterator[str]:
        """Yield the element as lines of text."""
        indent = "\t" * depth
        opening = f"{indent}<{_opening(self)}"
        if not self.children:
            closing = f">{_escaped(self.text)}</{_tag(self.name)}>" if self.text else " />"
            yield f"{opening}{closing}\n"
            return
        yield f"{opening}>{_escaped(self.text)}\n"
        for child in self.children:
            yield from child.lines(depth + 1)
        yield f"{indent}</{_tag(self.name)}>\n"


def _opening(node: _Node) -> str:
    parts = [_tag(node.name)]
    spaces = {}
    for name, text in node.attributes.items():
        parts.append(f'{_tag(name)}="{_escaped(text, quoted=True)}"')
        spaces.update(_space(name))
    spaces.update(_space(node.name))
    parts.extend(f'xmlns:{prefix}="{_escaped(uri, quoted=True)}"' for prefix, uri in spaces.items())
    return " ".join(parts)


def _tag(name: str) -> str:
    """Return a name as it is written; one of a foreign namespace gets a prefix."""
    found = _QUALIFIED.fullmatch(name)
    return f"{_prefix(found.group(1))}:{found.group(2)}" if found else name


def _space(name: str) -> dict[str, str]:
    found = _QUALIFIED.fullmatch(name)
    return {_prefix(found.group(1)): found.group(1).replace("%2F", "/")} if found else {}


def _prefix(uri: str) -> str:
    return f"n{sum(uri.encode('utf-8')) % 1000}"


def _escaped(text: str, *, quoted: bool = False) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace("\r", "&#13;")
    if quoted:
        text = text.replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
    return text


def write_xml(path: Path, records: Iterable[FileRecord], *, complete: bool = True) -> int:
    """Write records of one kind of file; return how many.

    Args:
        path: the file, which is replaced as a whole.
        records: records of types that one XML file can hold together.
        complete: add what Sage needs of a new document and the record does not state.

    Raises:
        Rejected: a record has a value without a place in the file; nothing is written.
        Unsupported: there is no such file for a record's type (FILE_TYPE_UNWRITABLE).
        Misconfigured: the file cannot be written.
    """
    count = 0
    declared: XmlFile | None = None
    with replacing(path) as stream:
        for record in records:
            found = _file_of(record, declared)
            if declared is None:
                declared = found[0]
                stream.write(f"<{declared.root} {NAMESPACES}>\n".encode())
            stream.write(record_xml(declared, found[1], record, complete=complete).encode())
            count += 1
        if declared is not None:
            stream.write(f"</{declared.root}>\n".encode())
    return count


def _file_of(record: FileRecord, declared: XmlFile | None) -> tuple[XmlFile, Layout]:
    found = xml_file_of(record.record_type)
    if found is None or (declared is not None and found[0] is not declared):
        raise FILE_TYPE_UNWRITABLE.raised(format="XML", type=record.record_type)
    return found


def record_xml(declared: XmlFile, layout: Layout, record: FileRecord, *, complete: bool) -> str:
    """Return one record as XML text."""
    rendered = render(layout, record, complete=complete)
    node = _Node(declared.element, attributes={"xsi:type": f"paw:{declared.mark}"})
    marks = _marks(layout)
    for part in rendered.order:
        if isinstance(part, Entry):
            _put_entry(node, part, marks, layout)
        else:
            _put_text(node, part, rendered.texts[part], marks.get(part), layout)
    return "".join(node.lines(0))


def _put_entry(node: _Node, entry: Entry, marks: dict[str, str], layout: Layout) -> None:
    head, _, last = entry.path.rpartition("/")
    made = _Node(last)
    (node.at(head) if head else node).children.append(made)
    for path, text in entry.texts.items():
        _put_text(made, path, text, marks.get(f"{entry.path}/{path}"), layout)


def _put_text(node: _Node, path: str, text: str, mark: str | None, layout: Layout) -> None:
    if _UNUSABLE.search(text):
        raise FILE_VALUE_UNWRITABLE.raised(
            field=path, layout=layout.name, reason="it holds a control character"
        )
    element = node.put(path, text)
    if mark:
        element.attributes = {"xsi:type": f"paw:{mark}"} | element.attributes


def _marks(layout: Layout) -> dict[str, str]:
    """Return the types that elements are marked with, by path."""
    found: dict[str, str] = {}
    for part in layout.parts:
        if isinstance(part, Value | Spread):
            found[part.path] = part.mark
        elif isinstance(part, Group):
            for variant in part.variants:
                values = [value for value in variant.parts if isinstance(value, Value)]
                found.update({f"{part.path}/{value.path}": value.mark for value in values})
    return {path: mark for path, mark in found.items() if mark}
