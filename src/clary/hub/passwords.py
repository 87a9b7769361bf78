"""Passwords: kept as argon2id hashes, and checked in the same time whoever asks.

The parameters are those that RFC 9106 recommends where memory is limited; they stand in each
hash, so that a hash of weaker ones is made anew when its user next logs on.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from clary.kernel.errors import Rejected, declare

PASSWORD_INVALID = declare(
    "PASSWORD_INVALID",
    Rejected,
    "A password has {shortest} to {longest} characters, and this one has {length}.",
    "Choose another one; a few words that nobody else would put together are good.",
    exit_code=2,
)

SHORTEST = 12
LONGEST = 256
"""Longer ones would only give strangers a way to keep the machine busy."""

HASHER = PasswordHasher()


def require_password(password: str) -> None:
    """Make sure that a password can be used.

    Raises:
        Rejected: it is too short or too long (PASSWORD_INVALID).
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise PASSWORD_INVALID.raised(shortest=SHORTEST, longest=LONGEST, length=len(password))


def hash_of(password: str) -> str:
    """Return the hash to keep of a password; takes some 50 milliseconds on purpose."""
    return HASHER.hash(_same_everywhere(password))


def is_right(kept: str | None, password: str) -> bool:
    """Tell whether a password is the one whose hash is kept.

    Where none is kept, a hash that nothing fits is checked, so that the time it takes does
    not tell which users there are.
    """
    fitting = _same_everywhere(password[:LONGEST])
    nobody = _nobody()  # made by the first attempt of the process, whoever it is for
    try:
        HASHER.verify(kept or nobody, fitting)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None and len(password) <= LONGEST


def is_weak(kept: str) -> bool:
    """Tell whether a hash was made with weaker parameters than those of today."""
    return HASHER.check_needs_rehash(kept)


@cache
def _nobody() -> str:
    return HASHER.hash("no user has this password")


def _same_everywhere(password: str) -> str:
    """Return a password as every keyboard gives it: one letter may have several codes."""
    return unicodedata.normalize("NFKC", password)
