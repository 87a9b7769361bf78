"""Finds the API key in the header of a request, whichever way it is stated."""

from __future__ import annotations

import base64
from collections.abc import Collection
from typing import Final

from clary.api.bodies import LONGEST_HEADER

BASIC: Final = "basic"
BEARER: Final = "bearer"


def stated_key(header: str, schemes: Collection[str]) -> str | None:
    """Return the key that an `Authorization` header states, none where it states none.

    Args:
        header: the header; empty where there is none.
        schemes: the schemes that are known, BASIC or BEARER; of a Basic user and password
            the key is the password, or the user where there is no password.
    """
    scheme, _, stated = header.partition(" ")
    scheme, stated = scheme.lower(), stated.strip()
    if scheme not in schemes or not stated or len(stated) > LONGEST_HEADER:
        return None
    if scheme == BEARER:
        return stated
    try:
        text = base64.b64decode(stated, validate=True).decode("utf-8")
    except ValueError:  # not in base64, not even in ASCII, or no UTF-8 in it
        return None
    user, colon, password = text.partition(":")
    return password if colon and password else user
