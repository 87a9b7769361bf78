"""Ids that sort by time and tokens short enough for Sage's reference fields."""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid

TOKEN_LENGTH = 12
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def _encode(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, rest = divmod(number, 32)
        digits.append(_ALPHABET[rest])
    return "".join(reversed(digits))


def new_id(prefix: str) -> str:
    """Return a new id such as `run_01K...`: milliseconds first, so ids sort by time."""
    return f"{prefix}_{_encode(time.time_ns() // 1_000_000, 10)}{_encode(secrets.randbits(80), 16)}"


def token(text: str) -> str:
    """Return the 12-character token of `text`, for fields too short for an origin.

    The letters I, L, O and U are not used, so that a person can read it aloud.  Twelve
    characters hold 60 bits: among a million documents two share one with a chance of
    less than one in a million.
    """
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return _encode(int.from_bytes(digest[:8]) >> 4, TOKEN_LENGTH)


def new_guid() -> str:
    """Return a new GUID the way Sage writes them: upper case, in braces."""
    return "{" + str(uuid.uuid4()).upper() + "}"


def named_guid(name: str) -> str:
    """Return the GUID that always belongs to `name`, for reproducible demo data."""
    return "{" + str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:clary:{name}")).upper() + "}"


def fingerprint(text: str) -> str:
    """Return the SHA-256 of `text` as hexadecimal, for versions and plan inputs."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
