"""Proposes UK account references: 8 characters, upper case, A-Z and 0-9.

Account numbers of ConnectWise rarely fit.  A reference is proposed from the name, and only
a person's confirmation, which is a stored mapping, makes it count: a reference can never
be changed in Sage, and two customers must not share one.
Source: sage50-uk.md section 5 (account reference).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import count

LENGTH = 8

_REFERENCE = re.compile("[A-Z0-9]{1,8}")
_OTHER = re.compile("[^A-Z0-9]+")
_SMALL_WORDS = frozenset({"THE", "AND", "OF", "LTD", "LIMITED", "PLC", "LLP", "CO"})


def reference_of(key: str) -> str | None:
    """Return an account number as the reference it is, in upper case; none if it cannot be."""
    folded = key.strip().upper()
    return folded if _REFERENCE.fullmatch(folded) else None


def proposed(key: str, name: str, is_taken: Callable[[str], bool]) -> str:
    """Return a free reference for an account number that is none.

    It is made of the name's letters and digits, its small words left out, else of the
    account number's; one that is taken gets a number at its end.

    Args:
        key: account number in ConnectWise.
        name: the company's name.
        is_taken: tells whether a reference is in use, or proposed for somebody else.
    """
    start = (_letters(name) or _letters(key) or "ACCOUNT")[:LENGTH]
    if not is_taken(start):
        return start
    numbered = (f"{start[: LENGTH - len(str(n))]}{n}" for n in count(1))
    return next(each for each in numbered if not is_taken(each))


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").upper()
    words = [word for word in _OTHER.split(plain) if word]
    telling = [word for word in words if word not in _SMALL_WORDS] or words
    return "".join(telling)
