"""How values are written in files, and what they are in records: one pair per form.

Every form reads the texts that real files hold and writes the one that import files use.
A text that a form does not know raises ValueError; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from clary.kernel.change import JsonValue
from clary.kernel.money import MONEY_PLACES, RATE_PLACES, canonical, to_minor

CENTURY_PIVOT: Final = 50
"""Two-digit years below it are of the 2000s, the others of the 1900s (inferred)."""

SHORT_YEAR: Final = 2
_NUMBER: Final = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,10})?|\.\d{1,10})")
_US_DATE: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})")
_UK_DATE: Final = re.compile(r"(\d{2})/(\d{2})/(\d{4})")
_WHOLE: Final = re.compile(r"[+-]?\d{1,15}")


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a value.

    Attributes:
        words: what a text of the form is, for messages.
        read: text to canonical value; none where the text says that there is no value.
        write: canonical value to text.
    """

    words: str
    read: Callable[[str], JsonValue]
    write: Callable[[JsonValue], str]


def _flag(text: str) -> bool:
    folded = text.upper()
    if folded in ("TRUE", "FALSE"):
        return folded == "TRUE"
    raise ValueError(text)


def _digits(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def parse_number(text: str) -> Decimal:
    """Return the number that a text states.

    Raises:
        ValueError: it is no plain number; signs in brackets and thousands separators
            are not read, since no file that was seen has them.
    """
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def full_year(digits: str) -> int:
    """Return the year of two or four digits (see CENTURY_PIVOT)."""
    year = int(digits)
    if len(digits) == SHORT_YEAR:
        return year + (2000 if year < CENTURY_PIVOT else 1900)
    return year


def _us_day(text: str) -> str:
    found = _US_DATE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    month, day, year = found.groups()
    return date(full_year(year), int(month), int(day)).isoformat()


def _us_day_text(value: JsonValue) -> str:
    day = date.fromisoformat(str(value))
    short = f"{day:%m/%d}/{day.year % 100:02d}"
    return short if _us_day(short) == str(value) else f"{day:%m/%d}/{day.year:04d}"


def _uk_day(text: str) -> str:
    found = _UK_DATE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    day, month, year = (int(part) for part in found.groups())
    return date(year, month, day).isoformat()


def _uk_day_text(value: JsonValue) -> str:
    day = date.fromisoformat(str(value))
    return f"{day:%d/%m}/{day.year:04d}"


def number(places: int, written: int, *, sign: int = 1) -> Form:
    """Return the form of a number: `places` decimals in records, `written` in files.

    Args:
        places: most decimals a record holds; two is an amount of money.
        written: decimals that files show.
        sign: -1 where files hold the ledger sign and records the natural one.
    """

    def read(text: str) -> JsonValue:
        amount = parse_number(text) * sign
        to_minor(amount, places)  # refuses more decimals than a record holds
        return canonical(amount, places)

    def write(value: JsonValue) -> str:
        amount = Decimal(str(value)) * sign
        to_minor(amount, written)  # refuses what the file cannot show in full
        # Adding zero turns a negative zero into a plain one.
        return f"{amount + 0:.{written}f}"

    return Form(f"a number with at most {min(places, written)} decimals", read, write)


def shifted(base: int) -> Form:
    """Return the form of a whole number that files count from `base` lower than records."""
    return Form(
        "a whole number",
        lambda text: _digits(text) + base,
        lambda value: str(int(str(value)) - base),
    )


def words(pairs: Mapping[str, str], what: str) -> Form:
    """Return the form of a choice: the file's code to the record's word."""
    backwards = {word: code for code, word in pairs.items()}

    def read(text: str) -> JsonValue:
        if text not in pairs:
            raise ValueError(text)
        return pairs[text]

    return Form(what, read, lambda value: backwards[str(value)])


TEXT: Final = Form("text", str.strip, str)
LINES: Final = Form("text", str, str)
RAW: Final = Form("text", str, str)
FLAG: Final = Form("TRUE or FALSE", _flag, lambda value: "TRUE" if value else "FALSE")
BIT: Final = Form(
    "0 or 1",
    lambda text: {"0": False, "1": True}.get(text) if text in ("0", "1") else _flag(text),
    lambda value: "1" if value else "0",
)
WHOLE: Final = shifted(0)
ORDINAL: Final = Form("a whole number", lambda text: _digits(text) or None, str)
"""A position that counts from 1; 0 in a file says that there is none."""
US_DATE: Final = Form("a date such as 6/12/14", _us_day, _us_day_text)
UK_DATE: Final = Form("a date such as 12/06/2014", _uk_day, _uk_day_text)
MONEY: Final = number(MONEY_PLACES, 2)
CREDIT: Final = number(MONEY_PLACES, 2, sign=-1)
QUANTITY: Final = number(RATE_PLACES, RATE_PLACES)
NEGATED: Final = number(RATE_PLACES, RATE_PLACES, sign=-1)
RATE: Final = number(6, 6)
