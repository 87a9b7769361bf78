"""The problems that the sandbox company itself finds, beyond what postings check."""

from __future__ import annotations

from clary.kernel.errors import Rejected, Unsupported, declare

DUPLICATE_KEY = declare(
    "DUPLICATE_KEY",
    Rejected,
    "There is a {type} {value} already; keys are unique whatever their case.",
    "Use another key, or update the existing record.",
    http_status=409,
)
KEY_FIXED = declare(
    "KEY_FIXED",
    Rejected,
    "{label} of a {type} cannot be changed.",
    "Create a new record and make the old one inactive.",
)
FIELD_FIXED = declare(
    "FIELD_FIXED",
    Rejected,
    "{label} of {value} cannot be changed: {reason}.",
    "Create a new record instead.",
)
RECORD_IN_USE_BY = declare(
    "RECORD_IN_USE_BY",
    Rejected,
    "{type} {value} cannot be deleted: {uses}.",
    "Make it inactive instead.",
    http_status=409,
)
BALANCE_NOT_ZERO = declare(
    "BALANCE_NOT_ZERO",
    Rejected,
    "{type} {value} has a balance of {balance}.",
    "Settle it first.",
)
CURRENCY_RATE = declare(
    "CURRENCY_RATE",
    Rejected,
    "An exchange rate of {rate} cannot be used.",
    "State how many units of the currency one unit of the base currency is worth.",
)
RETAINED_EARNINGS_ONCE = declare(
    "RETAINED_EARNINGS_ONCE",
    Rejected,
    "There is a retained earnings account already: {value}.",
    "A company has exactly one; use another type.",
)
NOMINAL_OUTSIDE_CHART = declare(
    "NOMINAL_OUTSIDE_CHART",
    Rejected,
    "Nominal code {value} lies outside every range of the chart of accounts.",
    "Check the code, or extend the chart of accounts.",
)
DOCUMENT_REVERSED = declare(
    "DOCUMENT_REVERSED",
    Rejected,
    "{record} was voided or reversed by transaction {by}.",
    "Nothing is left to do with it.",
    http_status=409,
)
DOCUMENT_REVERSAL = declare(
    "DOCUMENT_REVERSAL",
    Rejected,
    "{record} itself voids transaction {of}.",
    "Post the document again instead.",
)
DOCUMENT_SETTLED = declare(
    "DOCUMENT_SETTLED",
    Rejected,
    "{record} was paid or allocated by transaction {by}.",
    "Void that transaction first.",
    http_status=409,
)
STOCK_USED_SINCE = declare(
    "STOCK_USED_SINCE",
    Rejected,
    "Stock of {item} has moved since {record}.",
    "Reverse the later documents first, or make an inventory adjustment.",
    http_status=409,
)
DOCUMENT_FIXED = declare(
    "DOCUMENT_FIXED",
    Rejected,
    "{fields} of the posted {record} cannot be changed.",
    "Void or reverse it and post it again.",
)
VERB_UNSUPPORTED = declare(
    "VERB_UNSUPPORTED",
    Unsupported,
    "{verb} cannot be done to a {type} in this edition.",
    "`clary company info` lists what can be done.",
    http_status=404,
)
POSTED_ALREADY = declare(
    "POSTED_ALREADY",
    Rejected,
    "The ledgers were updated from {record} already.",
    "Nothing is left to do.",
    http_status=409,
)
ORIGIN_TAKEN = declare(
    "ORIGIN_TAKEN",
    Rejected,
    "The origin {origin} has made transaction {number} already.",
    "A retry must ask what became of it; a new document needs a new origin.",
    http_status=409,
)
