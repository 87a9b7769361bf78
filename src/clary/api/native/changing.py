"""Versions of what is changed over the API: ETag out, If-Match in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final

from clary.api.native.calls import OK, Call, Reply
from clary.api.native.conditional import differs, etag, matches

IF_MATCH: Final = "if-match"
_LENGTH: Final = 16


def version_of(shown: Mapping[str, object]) -> str:
    """Return the version of something that has no stamp of its own: a hash of what it is."""
    text = json.dumps(shown, sort_keys=True, ensure_ascii=False)
    return sha256(text.encode()).hexdigest()[:_LENGTH]


def tagged(shown: Mapping[str, object], version: str, status: int = OK, **headers: str) -> Reply:
    """Return an answer with its version as ETag."""
    return Reply.of(shown, status, ETag=etag(version), **headers)


def require_version(call: Call, record: str, version: Callable[[], str]) -> None:
    """Make sure that what is changed is in the version that If-Match names, if it is sent.

    Args:
        call: the request.
        record: what is changed, in words.
        version: returns the version that it has.

    Raises:
        Rejected: it is in another version (VERSION_DIFFERS).
        ClaryError: there is no such thing.
    """
    wanted = call.headers.get(IF_MATCH)
    if wanted is not None and not matches(wanted, version()):
        raise differs(record)
