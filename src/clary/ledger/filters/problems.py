"""The error codes of filters, in one place because tree, text, check and SQL share them.

A filter that cannot be used is the caller's slip, like a wrong option of a command: it
answers HTTP 400 and exit code 2, unlike a document that the books reject.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from clary.kernel.errors import Failed, Rejected, Unsupported, declare

_USAGE_STATUS: Final = 400
_USAGE_EXIT: Final = 2
_LONGEST_QUOTE: Final = 60

_slip = partial(declare, error=Rejected, http_status=_USAGE_STATUS, exit_code=_USAGE_EXIT)

FILTER_SYNTAX = _slip(
    "FILTER_SYNTAX",
    message="Filter, line {line}, column {column}: {found} stands where {expected} is expected.",
    remedy="{hint}",
)
FILTER_DATE = _slip(
    "FILTER_DATE",
    message="Filter, line {line}, column {column}: {found} is not a day of the calendar.",
    remedy="Write a date as YYYY-MM-DD, for example 2026-01-31; put a moment with its time"
    " in quotes, for example '2026-01-31T14:30:00Z'.",
)
FILTER_TEXT_TOO_LONG = _slip(
    "FILTER_TEXT_TOO_LONG",
    message="The filter has {length} characters in {what}; the most is {limit}.",
    remedy="Shorten it, or split the query into several.",
)
FILTER_TOO_DEEP = _slip(
    "FILTER_TOO_DEEP",
    message="The filter nests conditions more than {limit} levels deep.",
    remedy="Take out brackets and repeated `not`, or split the query into several.",
)
FILTER_TOO_LARGE = _slip(
    "FILTER_TOO_LARGE",
    message="The filter has {nodes} conditions and groups of conditions; the most is {limit}.",
    remedy="Use `in (...)` for many values of one field, or split the query into several.",
)
FILTER_LIST_TOO_LONG = _slip(
    "FILTER_LIST_TOO_LONG",
    message="The list of values for {path} has {length} entries; the most is {limit}.",
    remedy="Split the list over several queries.",
)
FILTER_NUMBER_TOO_LARGE = _slip(
    "FILTER_NUMBER_TOO_LARGE",
    message="The filter's number {value} has more than {limit} digits on one side of its point.",
    remedy="Use a number with at most {limit} digits before and {limit} after the point.",
)
FILTER_CHARACTER = _slip(
    "FILTER_CHARACTER",
    message="A text in the filter for {path} holds a character that no record can hold.",
    remedy="Take out the null character or the half of a split character.",
)
FILTER_SHAPE = _slip(
    "FILTER_SHAPE",
    message="The filter's condition on {path} is not well formed: {reason}.",
    remedy="Correct the condition.",
)
FILTER_PARAMETER_MISSING = _slip(
    "FILTER_PARAMETER_MISSING",
    message="The filter uses the parameter :{name}, which has no value.",
    remedy="Give a value for {name}.",
)
FILTER_PARAMETER_KIND = _slip(
    "FILTER_PARAMETER_KIND",
    message="The filter's parameter :{name} cannot be a {kind}.",
    remedy="Give a text, a whole or exact decimal number, a date, a moment with its time"
    " zone, or true or false.",
)
FILTER_FIELD_UNKNOWN = _slip(
    "FILTER_FIELD_UNKNOWN",
    message="The filter names the field {path}, which these records do not have.",
    remedy="Use one of their fields{near}; `clary records describe` lists them.",
)
FILTER_FIELD_GROUP = _slip(
    "FILTER_FIELD_GROUP",
    message="The filter compares {path}, which is a group of fields and has no value itself.",
    remedy="Name a field inside it{near}.",
)
FILTER_OPERATOR_UNFIT = _slip(
    "FILTER_OPERATOR_UNFIT",
    message="`{operator}` cannot be used with {path}, which holds {kind}.",
    remedy="Use one of: {fitting}.",
)
FILTER_VALUE_UNFIT = _slip(
    "FILTER_VALUE_UNFIT",
    message="The filter compares {path} with {value}, but {path} holds {kind}.",
    remedy="{hint}",
)
FILTER_CHOICE_UNKNOWN = _slip(
    "FILTER_CHOICE_UNKNOWN",
    message="The filter compares {path} with {value}, which is none of its choices.",
    remedy="Use one of: {choices}.",
)
FILTER_WHOLE_DAY = _slip(
    "FILTER_WHOLE_DAY",
    message="The filter asks whether the moment {path} equals the day {value}.",
    remedy="Ask for the whole day: {path} >= {value} and {path} < (the day after).",
)
FILTER_RECORD_VALUE = declare(
    "FILTER_RECORD_VALUE",
    Failed,
    "A record holds {value} in {path}, where a filter expects {kind} in canonical form.",
    "Report this with the record's type and the driver it was read by.",
)
FILTER_NOT_TRANSLATABLE = declare(
    "FILTER_NOT_TRANSLATABLE",
    Unsupported,
    "The filter cannot be translated for this store as a whole.",
    "Split the filter first and evaluate the rest on the records.",
)


def shown(value: object) -> str:
    """Return a value as a message quotes it, cut to a readable length."""
    text = str(value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 3]}..."
