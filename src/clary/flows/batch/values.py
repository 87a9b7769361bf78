"""Reads single values of an export: amounts, civil dates, GL ids, texts and account texts.

Numbers of ConnectWise are doubles at their source, texts are whatever people pasted, and
dates come in two formats.  Each value is read in one place, the same way everywhere, and
what cannot be read is noted with the document.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache

from clary.flows.batch import reading_problems as codes
from clary.kernel.money import RATE_PLACES, round_half_up
from clary.ledger.posting.problems import Problems

DIGITS = 13
"""Most digits before the point that an amount may have (MONEY_DIGITS of bodies, less two)."""

NOISE = Decimal("0.000001")
"""What a double may add to an amount without meaning it."""

TEXT_LIMIT = 4000
"""Characters of a text that are looked at; no field of Sage holds more than half of it."""

SHOWN = 5
"""Places that one warning names."""

_HUNDRED = 100
_US_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?:[ T].*)?")
_SPACES = re.compile(r"\s+")
_WIDE = 0xFFFF
_LATIN = 0xFF
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Me"})
_PICTURES = frozenset({"So", "Sk"})
_SELECTORS = range(0xFE00, 0xFE10)


@dataclass(slots=True)
class Values:
    """Reads the values of one document and notes what is wrong with them.

    Attributes:
        problems: findings of the document.
        cleaned: paths of the texts that lost characters.
        inexact: an amount could not be taken as it is, so that sums tell nothing.
    """

    problems: Problems
    cleaned: list[str] = field(default_factory=list)
    inexact: bool = False

    def minor(self, value: Decimal | None, where: str) -> int:
        """Return an amount in minor units, 0 for none; note it where it is no money."""
        if value is None:
            return 0
        if value.adjusted() >= DIGITS:
            self.inexact = True
            self.problems.error(codes.AMOUNT_TOO_LARGE, where, value=f"{value:.3E}")
            return 0
        scaled = value * _HUNDRED
        whole = int(scaled)
        if whole == scaled:
            return whole
        rounded = round_half_up(value)
        if abs(rounded - value) > NOISE:
            self.inexact = True
            self.problems.error(codes.AMOUNT_DECIMALS, where, value=value)
        return int(rounded * _HUNDRED)

    def quantity(self, value: Decimal | None, where: str) -> Decimal | None:
        """Return a quantity or price with at most five decimals, none for none."""
        if value is None:
            return None
        if value.adjusted() >= DIGITS:
            self.problems.error(codes.AMOUNT_TOO_LARGE, where, value=f"{value:.3E}")
            return None
        return round_half_up(value, RATE_PLACES)

    def day(self, text: str | None, where: str) -> date | None:
        """Return a civil date as it stands at its source, never converted to another zone."""
        if not text:
            return None
        found = civil_date(text)
        if found is None:
            self.problems.error(codes.DATE_UNREADABLE, where, value=text[:40])
        return found

    def text(self, value: str | None, where: str) -> str:
        """Return a text without what Sage cannot hold, empty for none; note what was lost."""
        if not value:
            return ""
        if value.isascii() and value.isprintable():
            return value.strip()
        kept, lost = cleaned(value)
        if lost:
            self.cleaned.append(where)
        return kept

    def key(self, value: str | None, where: str) -> str:
        """Return what identifies a record, empty for none.

        One that would lose characters is noted as an error: what is left of it may be the
        ID of somebody else.
        """
        if not value:
            return ""
        if value.isascii() and value.isprintable():
            return value.strip()
        kept, lost = cleaned(value)
        if lost:
            self.problems.error(codes.KEY_UNREADABLE, where, value=kept)
        return kept

    def finish(self) -> None:
        """Note the texts that lost characters, all in one warning."""
        if self.cleaned:
            more = ", ..." if len(self.cleaned) > SHOWN else ""
            places = ", ".join(self.cleaned[:SHOWN]) + more
            self.problems.warn(codes.TEXT_CLEANED, self.cleaned[0], places=places)


def cleaned(text: str) -> tuple[str, bool]:
    """Return a text with white space as single blanks and no unseen signs or pictures.

    Left out are control and format characters, signs without a meaning of their own, and
    pictures (emoji).  Letters of every script, and the signs of Latin-1, stay.

    Returns:
        The text, and whether anything but white space was left out.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text[:TEXT_LIMIT].strip(), False
    spaced = _SPACES.sub(" ", text[:TEXT_LIMIT])
    kept = "".join([sign for sign in spaced if not _left_out(sign)])
    return _SPACES.sub(" ", kept).strip(), len(kept) != len(spaced)


@lru_cache(maxsize=4096)
def _left_out(sign: str) -> bool:
    place = ord(sign)
    category = unicodedata.category(sign)
    if category in _UNSEEN or place in _SELECTORS:
        return True
    return (category in _PICTURES and place > _LATIN) or (category[0] == "S" and place > _WIDE)


@lru_cache(maxsize=4096)
def civil_date(text: str) -> date | None:
    """Return the date at the start of ISO text or of US text (5/1/2014 5:21:58 AM), or none.

    Source: real samples, where lines have US text and headers ISO.
    """
    us = _US_DATE.fullmatch(text.strip())
    try:
        if us is not None:
            month, day, year = map(int, us.groups())
            return date(year, month, day)
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def gl_ids(text: str | None) -> tuple[int, ...] | None:
    """Return the ids of a header's comma-joined text, or none where one is not a number."""
    if not text:
        return ()
    parts = [part.strip() for part in text.split(",")]
    if not all(_is_id(part) for part in parts if part):
        return None
    return tuple([int(part) for part in parts if part])


def _is_id(part: str) -> bool:
    return part.isascii() and part.isdecimal() and len(part) < DIGITS


def shortened(text: str, length: int) -> str:
    """Return a text cut to `length`, at the last blank if there is one in its second half."""
    if len(text) <= length:
        return text
    cut = text[:length]
    if not text[length].isspace():
        blank = cut.rfind(" ")
        if blank * 2 >= length:
            cut = cut[:blank]
    return cut.rstrip()
