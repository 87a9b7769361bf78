"""What requests may state and answers hold: base classes of the models, and values of theirs.

The models are checked against what arrives and written into the OpenAPI document, so that
neither can differ from the other.  Nothing is guessed: a number in quotes is no number.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from clary.ledger.schema import iso_date

USUAL_PAGE: Final = 50
LARGEST_PAGE: Final = 500
LONGEST_CURSOR: Final = 4000
LONGEST_NAME: Final = 200
LONGEST_WHERE: Final = 20_000
_COUNT: Final = re.compile("[0-9]{1,9}")
_FLAGS: Final = {"true": True, "false": False}


def _flag(value: object) -> object:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _FLAGS:
        return _FLAGS[value]
    message = "it is neither true nor false"
    raise ValueError(message)


def _count(value: object) -> object:
    if isinstance(value, str) and _COUNT.fullmatch(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    message = "it is no whole number"
    raise ValueError(message)


def _day(value: object) -> object:
    if isinstance(value, str):
        try:
            return iso_date(value)
        except ValueError:
            pass
    message = "it is no day such as 2026-01-31"
    raise ValueError(message)


Flag: TypeAlias = Annotated[bool, BeforeValidator(_flag)]
"""Yes or no, of a parameter."""

Count: TypeAlias = Annotated[int, Field(ge=0, le=10**9 - 1), BeforeValidator(_count)]
"""A whole number, of a parameter."""

Day: TypeAlias = Annotated[
    date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})
]
"""A civil day, such as 2026-01-31."""

Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
"""The name or key of something."""

Text: TypeAlias = Annotated[str, Field(max_length=LONGEST_WHERE)]
"""Any text."""

Cursor: TypeAlias = Annotated[str, Field(min_length=1, max_length=LONGEST_CURSOR)]
"""A `next` of an earlier answer."""

JsonObject: TypeAlias = dict[str, Any]
"""A JSON object of any shape, such as a record; numbers are exact."""


class Asked(BaseModel):
    """Base of what a request states; what nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Shown(BaseModel):
    """Base of what an answer holds."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Asked):
    """Parameters of a route that has none."""


class Writing(Asked):
    """Parameters of a route that writes."""

    dry_run: Flag = Field(default=False, description="Answer what would be done, and do nothing.")


class Paged(Asked):
    """Parameters of a list."""

    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE), BeforeValidator(_count)] = Field(
        USUAL_PAGE, description="Most items of the answer."
    )
    after: Cursor | None = Field(None, description="`next` of the page before.")


class FindingShown(Shown):
    """One thing that is wrong, and what to do about it."""

    code: str
    severity: str
    record: str | None
    field: str | None
    message: str
    remedy: str


class Problem(Shown):
    """An error, as RFC 9457 has it, with everything that was found."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    findings: list[FindingShown]
