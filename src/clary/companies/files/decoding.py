"""Which encoding a file is in, and its text as a bounded stream.

The rule, in this order:

1. the encoding that an XML declaration states;
2. a byte order mark;
3. UTF-8, if the whole file is valid UTF-8;
4. Windows-1252, which Sage 50 US writes without saying so.

A short Windows-1252 text can by chance be valid UTF-8 too (a capital accented letter
followed by certain signs); no such pair stands in ordinary words, and a template can
state the encoding of a CSV file.

Nothing is replaced or skipped: a byte that the encoding does not have is an error.  The
file is read in chunks, at most MAXIMUM_BYTES of it, so that memory stays flat.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from clary.companies.files.problems import (
    FILE_EMPTY,
    FILE_ENCODING,
    FILE_ENCODING_UNKNOWN,
    FILE_TOO_LARGE,
    FILE_UNREADABLE,
)
from clary.kernel.errors import ClaryError

MAXIMUM_BYTES: Final = 1_073_741_824
"""Most bytes of one file (1 GiB, about a million customers)."""

CHUNK: Final = 65_536
_DECLARATION: Final = re.compile(
    r"<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z][A-Za-z0-9._-]*)[\"']"
)
_DECLARATION_LENGTH: Final = 256
_KNOWN: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-16": "utf-16",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "iso-8859-1": "latin-1",
    "us-ascii": "ascii",
}
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read, with its encoding once decided.

    Attributes:
        path: where it is.
        name: what messages call it.
        encoding: name of the codec.
    """

    path: Path
    name: str
    encoding: str

    def chunks(self, limit: int = MAXIMUM_BYTES) -> Iterator[str]:
        """Yield the text in chunks, without a byte order mark.

        Raises:
            Rejected: a byte does not fit the encoding, or the file is too large.
            Misconfigured: the file cannot be read.
        """
        decoder = codecs.getincrementaldecoder(self.encoding)()
        done = 0
        for data in raw_chunks(self.path, limit):
            yield _decoded(self, decoder, data, done, final=False)
            done += len(data)
        rest = _decoded(self, decoder, b"", done, final=True)
        if rest:
            yield rest


def _decoded(
    file: SourceFile, decoder: codecs.IncrementalDecoder, data: bytes, done: int, *, final: bool
) -> str:
    # A decoder may hold back the first bytes of a character; they count before `done`.
    held = decoder.getstate()[0]
    try:
        return decoder.decode(data, final)
    except UnicodeDecodeError as error:
        position = done - len(held) + error.start
        raise FILE_ENCODING.raised(
            file=file.name,
            encoding=file.encoding,
            byte=f"0x{(held + data)[error.start]:02X}",
            position=position,
        ) from error


def raw_chunks(path: Path, limit: int = MAXIMUM_BYTES) -> Iterator[bytes]:
    """Yield a file's bytes in chunks.

    Raises:
        Rejected: it holds more than `limit` bytes (FILE_TOO_LARGE).
        Misconfigured: it cannot be read (FILE_UNREADABLE).
    """
    done = 0
    try:
        with path.open("rb") as stream:
            _check_size(stream, path, limit)
            while data := stream.read(CHUNK):
                done += len(data)
                if done > limit:
                    raise FILE_TOO_LARGE.raised(file=path.name, limit=limit)
                yield data
    except OSError as error:
        raise unreadable(path, error) from error


def _check_size(stream: BinaryIO, path: Path, limit: int) -> None:
    """Refuse a file that says it is too large before any of it is read."""
    if stream.seekable() and stream.seek(0, 2) > limit:
        raise FILE_TOO_LARGE.raised(file=path.name, limit=limit)
    if stream.seekable():
        stream.seek(0)


def unreadable(path: Path, error: OSError) -> ClaryError:
    """Return the error of a file that the system does not let us read."""
    reason = error.strerror or type(error).__name__
    return FILE_UNREADABLE.raised(file=path.name, reason=reason)


def open_source(path: Path, limit: int = MAXIMUM_BYTES, *, encoding: str = "") -> SourceFile:
    """Return the file with its encoding decided (see the module's rule).

    Args:
        path: the file.
        limit: most bytes that are read.
        encoding: the encoding, where someone who knows it states it.

    Raises:
        Rejected: it is empty or too large, or states an encoding that is not read.
        Misconfigured: it cannot be read.
    """
    first = next(raw_chunks(path, limit), b"")
    if not first:
        raise FILE_EMPTY.raised(file=path.name)
    if encoding:
        return SourceFile(path, path.name, _known(path, encoding))
    return SourceFile(path, path.name, _encoding(path, first, limit))


def _known(path: Path, stated: str) -> str:
    name = _KNOWN.get(stated.lower())
    if name is None:
        raise FILE_ENCODING_UNKNOWN.raised(file=path.name, encoding=stated)
    return "utf-8-sig" if name == "utf-8" else name


def _encoding(path: Path, first: bytes, limit: int) -> str:
    marked = next((name for mark, name in _MARKS if first.startswith(mark)), None)
    head = first[:_DECLARATION_LENGTH].decode(marked or "latin-1", errors="replace")
    declared = _DECLARATION.match(head)
    if declared is not None:
        return _known(path, declared.group(1))
    if marked is not None:
        return marked
    return "utf-8" if _is_utf8(path, limit) else "cp1252"


def _is_utf8(path: Path, limit: int) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for data in raw_chunks(path, limit):
            decoder.decode(data)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
