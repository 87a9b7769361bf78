"""Numbers of batches: suggested so that people recognise them, and used once only.

A number is `YYYYMMDDxx-I`: the day, the initials of the person, and the kind's letter.
What is left over of a batch goes into one of the same number with `-1`, then `-2`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date
from itertools import count

from clary.flows.batch.kinds import Kind
from clary.kernel.errors import Guarded, Rejected, declare
from clary.kernel.identifiers import TOKEN_LENGTH, token

BATCH_IDENTIFIER_MISSING = declare(
    "BATCH_IDENTIFIER_MISSING",
    Rejected,
    "The batch has no number.",
    "State one with --number, for example {example}.",
    exit_code=2,
)
BATCH_IDENTIFIER_INVALID = declare(
    "BATCH_IDENTIFIER_INVALID",
    Rejected,
    "{number!r} cannot be the number of a batch: {reason}.",
    "Use 1 to 50 letters, digits, hyphens, dots, underscores or slashes, for example {example}.",
    exit_code=2,
)
BATCH_IDENTIFIER_TAKEN = declare(
    "BATCH_IDENTIFIER_TAKEN",
    Guarded,
    "There is a batch {number} already ({where}).",
    "Use another number, such as {free}; `clary batch rerun` looks at the existing batch again.",
    http_status=409,
)
INITIALS_INVALID = declare(
    "INITIALS_INVALID",
    Rejected,
    "{initials!r} cannot be initials in the number of a batch.",
    "Use 1 to 4 letters.",
    exit_code=2,
)

LONGEST = 50
"""Characters that ConnectWise keeps of the number of a batch."""

LETTER = len("-I")
"""Characters that the letter of a kind takes."""

_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_INITIALS = re.compile("[A-Z]{1,4}")
_REST = re.compile(r"(?P<stem>.+)-(?P<number>[1-9][0-9]{0,2})")
_LETTERS = "".join(kind.letter for kind in Kind)
_FOREIGN = re.compile("[^A-Za-z0-9._/-]+")
_SUFFIX = re.compile(rf"(?P<stem>.+)-[{_LETTERS}]")


def initials_of(name: str) -> str:
    """Return the initials of a person's name, of a single word its first two letters."""
    words = [word for word in re.split(r"[^A-Za-z]+", name) if word]
    letters = words[0][:2] if len(words) == 1 else "".join(word[0] for word in words)
    return (letters or "XX").upper()[:4]


def stem(day: date, initials: str) -> str:
    """Return the start of a batch number, day and initials: `20260131AL`.

    Raises:
        Rejected: these are no initials (INITIALS_INVALID).
    """
    return f"{day:%Y%m%d}{checked_initials(initials)}"


def checked_initials(initials: str) -> str:
    """Return initials as batch numbers have them, in capitals.

    Raises:
        Rejected: these are no initials (INITIALS_INVALID).
    """
    letters = initials.strip().upper()
    if not _INITIALS.fullmatch(letters):
        raise INITIALS_INVALID.raised(field="initials", initials=initials[:20])
    return letters


def of_kind(number: str, kind: Kind) -> str:
    """Return a number with the letter of a kind at its end, in place of another kind's."""
    found = _SUFFIX.fullmatch(number)
    return f"{found['stem'] if found else number}-{kind.letter}"


def made_of(number: str, kinds: Collection[Kind], *, split: bool = False) -> list[str]:
    """Return the numbers of the batches that a number stands for: one, or one for each kind."""
    return [of_kind(number, kind) for kind in Kind if kind in kinds] if split else [number]


def of_document(start: str, number: str, source: str) -> Iterator[str]:
    """Yield numbers for the batch of one document: by its own number, else by a token.

    Args:
        start: number of the run.
        number: number of the document.
        source: id of the document.
    """
    named = f"{start}-{_FOREIGN.sub('-', number)}"
    if len(named) <= LONGEST:
        yield named
    short = f"{start[: LONGEST - TOKEN_LENGTH - 1]}-{token(source)}"
    yield short
    yield from _numbered(short)


def suggested(
    day: date,
    initials: str,
    kinds: Collection[Kind],
    is_taken: Callable[[str], bool],
    *,
    split: bool = False,
) -> str:
    """Return a number that is free: with the letter of the one kind, without for several.

    Raises:
        Rejected: these are no initials (INITIALS_INVALID).
    """
    start = stem(day, initials)
    numbers = (start if place == 1 else f"{start}{place}" for place in count(1))
    if len(kinds) == 1 and not split:
        [kind] = kinds
        numbers = (of_kind(number, kind) for number in numbers)
    return next(
        number for number in numbers if not any(map(is_taken, made_of(number, kinds, split=split)))
    )


def rest_of(number: str, is_taken: Callable[[str], bool]) -> str:
    """Return the free number for what is left over of a batch: `NUMBER-1`, `NUMBER-2` ...

    A number that is too long for that is cut; the letter of a kind has room at its end.
    """
    found = _REST.fullmatch(number)
    start = found["stem"] if found and is_taken(found["stem"]) else number
    return next(each for each in _numbered(start) if not is_taken(each))


def _numbered(start: str) -> Iterator[str]:
    for place in count(1):
        end = f"-{place}"
        yield f"{start[: LONGEST - LETTER - len(end)]}{end}"


def checked(number: str, example: str) -> str:
    """Return a number as it is used, without blanks around it.

    Raises:
        Rejected: there is none (BATCH_IDENTIFIER_MISSING), or ConnectWise cannot keep it
            (BATCH_IDENTIFIER_INVALID).
    """
    text = number.strip()
    if not text:
        raise BATCH_IDENTIFIER_MISSING.raised(example=example)
    if len(text) > LONGEST:
        reason = f"it has {len(text)} characters"
    elif not _NUMBER.fullmatch(text):
        reason = "it holds a blank or a sign that is not allowed"
    else:
        return text
    raise BATCH_IDENTIFIER_INVALID.raised(number=text[:LONGEST], reason=reason, example=example)
