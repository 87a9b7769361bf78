"""What can be wrong with a document as ConnectWise exports it."""

from __future__ import annotations

from clary.kernel.errors import Rejected, declare

ENTRY_MALFORMED = declare(
    "BATCH_ENTRY_MALFORMED",
    Rejected,
    "ConnectWise's export of {record} cannot be read: {reason}.",
    "Open the document in ConnectWise and correct {field}; if it looks right there, send this"
    " message to ConnectWise's support.",
)
DATE_UNREADABLE = declare(
    "BATCH_DATE_UNREADABLE",
    Rejected,
    "{value!r} is not a date.",
    "Correct the date of the document in ConnectWise, then refresh.",
)
AMOUNT_DECIMALS = declare(
    "BATCH_AMOUNT_DECIMALS",
    Rejected,
    "The amount {value} has more decimals than money has.",
    "Correct the line in ConnectWise so that it comes to whole cents, then refresh.",
)
AMOUNT_TOO_LARGE = declare(
    "BATCH_AMOUNT_TOO_LARGE",
    Rejected,
    "{value} is larger than any amount in Sage.",
    "Correct the amount in ConnectWise, then refresh.",
)
TOTAL_DIFFERS = declare(
    "BATCH_TOTAL_DIFFERS",
    Rejected,
    "ConnectWise states the total {stated}, but lines, tax and freight come to {computed}.",
    "Check that Include Sales Tax is on in ConnectWise's accounting package set-up; set the"
    " document to Open, save, set it to Closed, save, then refresh; if they still differ,"
    " correct the lines.",
)
TAX_ROWS_MISSING = declare(
    "BATCH_TAX_ROWS_MISSING",
    Rejected,
    "The document has tax of {tax}, but its total leaves it out.",
    "Switch on Include Sales Tax in ConnectWise's accounting package set-up, then refresh.",
)
TAX_HEADER_DIFFERS = declare(
    "BATCH_TAX_HEADER_DIFFERS",
    Rejected,
    "The tax rows come to {rows}, the header says {header}; the rows are posted.",
    "Check the tax in ConnectWise.",
)
DOCUMENT_TWICE = declare(
    "BATCH_DOCUMENT_TWICE",
    Rejected,
    "The export holds two documents with the id {id}.",
    "Refresh; if it stays, send this message to ConnectWise's support. Neither is posted.",
)
NUMBER_MISSING = declare(
    "BATCH_NUMBER_MISSING",
    Rejected,
    "The document has no number.",
    "Give it a number in ConnectWise, then refresh.",
)
PARTY_MISSING = declare(
    "BATCH_PARTY_MISSING",
    Rejected,
    "{name} has no {label} in ConnectWise.",
    "Enter the {label} in ConnectWise ({place}), then refresh.",
)
PARTY_AMBIGUOUS = declare(
    "BATCH_PARTY_AMBIGUOUS",
    Rejected,
    "The {label} {value} belongs to more than one company: {companies}.",
    "Give each company its own {label} in ConnectWise, then refresh.",
)
GL_IDS_MISSING = declare(
    "BATCH_GL_IDS_MISSING",
    Rejected,
    "ConnectWise gives no GL entries for {what}, so it could not be marked as posted.",
    "Complete the GL mapping in ConnectWise (Setup Tables > GL Accounts), set the document to"
    " Open, save, set it to Closed, save, then refresh.",
)
TYPE_UNKNOWN = declare(
    "BATCH_TYPE_UNKNOWN",
    Rejected,
    "The document type {value!r} is not known, so it is not clear which way it posts.",
    "Enter the document in Sage by hand and mark it as handled with `clary batch clear`.",
)
WORD_UNKNOWN = declare(
    "BATCH_WORD_UNKNOWN",
    Rejected,
    "{value!r} is not a known {what}; the row is posted like any other.",
    "Check the row in the GL preview.",
)
TEXT_CLEANED = declare(
    "BATCH_TEXT_CLEANED",
    Rejected,
    "Characters that Sage cannot hold were left out of {places}.",
    "Nothing needs to be done; to change the text, edit it in ConnectWise, then refresh.",
)
KEY_UNREADABLE = declare(
    "BATCH_KEY_UNREADABLE",
    Rejected,
    "The ID holds characters that cannot be seen, or that Sage cannot hold; without them it"
    " would be {value!r}, which may be somebody else's.",
    "Type it anew in ConnectWise ({field}), then refresh.",
)
LINES_MISSING = declare(
    "BATCH_LINES_MISSING",
    Rejected,
    "The document has no lines.",
    "Complete it in ConnectWise, then refresh.",
)
OFFSET_DIFFERS = declare(
    "BATCH_OFFSET_DIFFERS",
    Rejected,
    "An expense of {amount} has an offset of {offset}.",
    "Correct the expense in ConnectWise, then refresh.",
)
