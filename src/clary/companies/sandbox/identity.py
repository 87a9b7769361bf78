"""GUIDs that a sandbox company gives: made of the company's own and the record's number.

They need no column and no index, and survive every change of an ID.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

_PREFIX_LENGTH = 25
"""Characters of a GUID in braces before its last group of twelve digits."""


def _prefix(company: str, record_type: str) -> str:
    digest = hashlib.sha256(f"{company}/{record_type}".encode()).hexdigest().upper()
    return f"{{{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-"


def guid_maker(company: str, record_type: str) -> Callable[[int], str]:
    """Return the function from record numbers of a type to their GUIDs."""
    prefix = _prefix(company, record_type)
    return lambda number: f"{prefix}{number:012X}}}"


def number_of(company: str, record_type: str, guid: str) -> int:
    """Return the record number that a GUID was made from, or -1 for a foreign GUID."""
    text = guid.upper()
    if not text.startswith(_prefix(company, record_type)) or not text.endswith("}"):
        return -1
    try:
        return int(text[_PREFIX_LENGTH:-1], 16)
    except ValueError:
        return -1
