"""Reads documents from text: one JSON object, a JSON array, or JSON lines of any length.

A document is either the record itself, or an envelope with the record as `body` beside
what the caller wants to go with it.  Every piece that is held in memory is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TextIO

from clary.flows.operations.requests import Document
from clary.kernel.errors import ClaryError, Rejected, declare
from clary.ledger.values import BODY_NOT_JSON, BODY_TOO_LARGE, TEXT_LIMIT, read_json

DOCUMENT_NOT_OBJECT = declare(
    "DOCUMENT_NOT_OBJECT",
    Rejected,
    "Document {number} is not a JSON object.",
    "Write each document as an object, such as {example}.",
    http_status=400,
    exit_code=2,
)
ENVELOPE_INVALID = declare(
    "ENVELOPE_INVALID",
    Rejected,
    "Document {number} has a `body`, and beside it {name}: {reason}.",
    "Beside `body` there may be the texts `document`, `key`, `idempotency_key` and"
    " `expected_version`, and `tracked` with names and texts.",
    http_status=400,
    exit_code=2,
)
DOCUMENTS_NONE = declare(
    "DOCUMENTS_NONE",
    Rejected,
    "There is no document in the input.",
    "Give a JSON object, an array of them, or one object a line; or use --field NAME=VALUE.",
    http_status=400,
    exit_code=2,
)

DOCUMENTS_ENCODING = declare(
    "DOCUMENTS_ENCODING",
    Rejected,
    "The documents are not UTF-8 text: byte {byte} at position {position} of a piece.",
    "Save the file as UTF-8.",
    http_status=400,
    exit_code=2,
)

BODY = "body"
TRACKED = "tracked"
_TEXTS = ("document", "key", "idempotency_key", "expected_version")
_EXAMPLE = '{"id": "ACME", "name": "Acme Ltd"}'


@dataclass(frozen=True, slots=True)
class Added:
    """What a caller adds to every document that it reads.

    Attributes:
        body: values that replace those of the document.
        tracked: properties that follow the document.
        key: key of the record.
        idempotency_key: key under which a retry is recognised.
        expected_version: version of the record that the caller last saw.
    """

    body: Mapping[str, object] = field(default_factory=dict)
    tracked: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    idempotency_key: str | None = None
    expected_version: str | None = None

    def to(self, document: Document) -> Document:
        """Return the document with what is added; what it states itself of keys stays."""
        return replace(
            document,
            body={**document.body, **self.body},
            tracked={**document.tracked, **self.tracked},
            key=document.key or self.key,
            idempotency_key=document.idempotency_key or self.idempotency_key,
            expected_version=document.expected_version or self.expected_version,
        )


def read_documents(stream: TextIO, added: Added | None = None) -> Iterator[Document]:
    """Yield the documents of a text, numbered from 1 where they have no id of their own.

    Args:
        stream: the text.
        added: what is added to each.

    Raises:
        Rejected: the text is no JSON, too large, or a document is no object; there is
            none at all (DOCUMENTS_NONE).
    """
    more = added or Added()
    number = 0
    for number, value in enumerate(_values(stream), start=1):
        yield more.to(document_from(value, number))
    if not number:
        raise DOCUMENTS_NONE.raised()


def _values(stream: TextIO) -> Iterator[object]:
    """Yield the documents' values: those of an array, or one a line."""
    number, first = 1, _line(stream)
    while first and not first.strip():
        number, first = number + 1, _line(stream)
    if not first:
        return
    whole = _whole(first)
    if whole is None:
        text = first + _rest(stream, TEXT_LIMIT - len(first))
        yield from _each(read_json(text, number))
        return
    yield from _each(whole)
    while line := _line(stream):
        number += 1
        if line.strip():
            yield _on_line(line, number)


def _whole(line: str) -> object | None:
    """Return the value of a first line that is JSON by itself; none where it goes on."""
    try:
        return read_json(line)
    except ClaryError as error:
        if error.code != BODY_NOT_JSON.name:
            raise
        return None


def _each(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else [value]


def _on_line(line: str, number: int) -> object:
    try:
        return read_json(line, number)
    except ClaryError as error:
        finding = replace(error.findings[0], record=f"line {number}")
        raise type(error)(finding) from None


def _line(stream: TextIO) -> str:
    return _bounded(lambda: stream.readline(TEXT_LIMIT + 1), TEXT_LIMIT)


def _rest(stream: TextIO, limit: int) -> str:
    return _bounded(lambda: stream.read(limit + 1), limit)


def _bounded(read: Callable[[], str], limit: int) -> str:
    """Return a piece of the text that is neither too long nor in another encoding."""
    try:
        piece = read()
    except UnicodeDecodeError as error:
        byte = f"0x{error.object[error.start]:02x}"
        raise DOCUMENTS_ENCODING.raised(byte=byte, position=error.start) from error
    if len(piece) > limit:
        raise BODY_TOO_LARGE.raised(limit=TEXT_LIMIT, unit="characters")
    return piece


def document_from(value: object, number: int = 1) -> Document:
    """Return the document that a JSON value is, an envelope or the record itself.

    Raises:
        Rejected: it is no object (DOCUMENT_NOT_OBJECT), or its envelope does not fit.
    """
    if not isinstance(value, dict):
        raise DOCUMENT_NOT_OBJECT.raised(number=number, example=_EXAMPLE)
    if not isinstance(value.get(BODY), dict):
        return Document(str(number), value)
    for name, inner in value.items():
        reason = _wrong(name, inner)
        if reason:
            raise ENVELOPE_INVALID.raised(number=number, name=repr(name), reason=reason)
    texts = {name: value[name] for name in _TEXTS if value.get(name) is not None}
    return Document(
        id=texts.pop("document", str(number)),
        body=value[BODY],
        tracked=value.get(TRACKED) or {},
        **texts,
    )


def _wrong(name: str, inner: object) -> str:
    """Return what is wrong with a member of an envelope; empty where nothing is."""
    if name == BODY or inner is None:
        return ""
    if name in _TEXTS:
        return "" if isinstance(inner, str) else "it is no text"
    if name != TRACKED:
        return "there is none of this name"
    fits = isinstance(inner, dict) and all(isinstance(text, str) for text in inner.values())
    return "" if fits else "it does not hold texts only"


def key_documents(keys: Sequence[str], added: Added | None = None) -> Iterator[Document]:
    """Yield a document for each key, for operations that need nothing else."""
    more = added or Added()
    for number, key in enumerate(keys, start=1):
        yield more.to(Document(str(number), key=key))
