"""What can be wrong with a document of the push API, beyond what the ledger itself refuses.

The words of the ledger are used wherever it has the same rule, so that a document that is
refused as it is accepted and one that is refused as it is written read the same.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from clary.kernel.errors import Rejected, Unsupported, declare

_USAGE: Final = 400

PUSH_PROPERTY_REQUIRED = declare(
    "PUSH_PROPERTY_REQUIRED",
    Rejected,
    "{label} is missing.",
    "State {name}; the options of the data type list what is required.",
)
PUSH_PROPERTY_KIND = declare(
    "PUSH_PROPERTY_KIND", Rejected, "{label} is not {expected}.", "State {name} as {expected}."
)
PUSH_PROPERTY_IGNORED = declare(
    "PUSH_PROPERTY_IGNORED",
    Rejected,
    "{name} is not written to these books and was ignored.",
    "Leave it out, or enter it in Sage.",
)
PUSH_CHOICE_UNKNOWN = declare(
    "PUSH_CHOICE_UNKNOWN",
    Rejected,
    "{label} is none of {choices}.",
    "Use one of {choices}, written so.",
)
PUSH_ONE_ADDRESS = declare(
    "PUSH_ONE_ADDRESS",
    Rejected,
    "{count} addresses are stated; these books keep one.",
    "State one address only.",
)
PUSH_COUNTRY_UNKNOWN = declare(
    "PUSH_COUNTRY_UNKNOWN",
    Rejected,
    "{value!r} is no country code of ISO 3166-1.",
    "Use a code of two letters such as GB, or XX for an unknown country.",
)
PUSH_CURRENCY_NOT_BASE = declare(
    "PUSH_CURRENCY_NOT_BASE",
    Rejected,
    "{stated} is not the company's currency {expected}.",
    "Use {expected}, or leave the currency out where it is not required.",
)
PUSH_RATE_INVALID = declare(
    "PUSH_RATE_INVALID",
    Rejected,
    "{stated} cannot be the currency rate: {reason}.",
    "State what one unit of the currency is worth in the base currency; 1 for that itself.",
)
PUSH_AMOUNTS_DIFFER = declare(
    "PUSH_AMOUNTS_DIFFER",
    Rejected,
    "{label} is {stated}, but {of} come to {computed}.",
    "Correct {label} or what it is the sum of.",
)
PUSH_MONEY_LOST = declare(
    "PUSH_MONEY_LOST",
    Rejected,
    "These books keep no {name}, and without it the document would be worth something else.",
    "State it as a line of the document, or leave it out.",
)
PUSH_DISCOUNT_INVALID = declare(
    "PUSH_DISCOUNT_INVALID",
    Rejected,
    "A discount of {stated} is not between {low} and {high}.",
    "Correct the discount; state a surcharge as a line of its own.",
)
PUSH_TAX_UNUSUAL = declare(
    "PUSH_TAX_UNUSUAL",
    Rejected,
    "The tax of the line is {stated}, but {rate} of its net comes to {computed}.",
    "Compare it with the document; the stated tax is what is posted.",
)
PUSH_DATE_UNUSUAL = declare(
    "PUSH_DATE_UNUSUAL",
    Rejected,
    "{day} is unusually far from today.",
    "Check the date; it is posted as it is stated.",
)
PUSH_LINE_AMOUNT_MISSING = declare(
    "PUSH_LINE_AMOUNT_MISSING",
    Rejected,
    "The amounts of the line do not say what its net is.",
    "State subTotal, or taxAmount and totalAmount, or quantity and unitAmount.",
)
PUSH_TAX_UNSUPPORTED = declare(
    "PUSH_TAX_UNSUPPORTED",
    Rejected,
    "Sage 50 US keeps no tax on what is bought.",
    "Make the tax part of the line's net, or a line of its own.",
)
PUSH_TAX_RATES_DIFFER = declare(
    "PUSH_TAX_RATES_DIFFER",
    Rejected,
    "The lines name different tax rates; the document can have one.",
    "Use one tax rate on all lines that are taxed, or push one document for each.",
)
PUSH_TAX_RATE_MISSING = declare(
    "PUSH_TAX_RATE_MISSING",
    Rejected,
    "The line has tax, but no tax rate.",
    "State taxRateRef.id, or leave the tax out.",
)
PUSH_TRACKING_UNKNOWN = declare(
    "PUSH_TRACKING_UNKNOWN",
    Rejected,
    "{value!r} is no tracking category of these books.",
    "Use {prefixes} with the ID behind the underscore.",
)
PUSH_TRACKING_TWICE = declare(
    "PUSH_TRACKING_TWICE",
    Rejected,
    "The line has more than one {kind}.",
    "State one {kind} only.",
)
PUSH_COST_CODE_ALONE = declare(
    "PUSH_COST_CODE_ALONE",
    Rejected,
    "A project and a cost code can only be stated together.",
    "State both project_{{x}} and costcode_{{x}}, or neither.",
)
PUSH_TRACKING_LOST = declare(
    "PUSH_TRACKING_LOST",
    Rejected,
    "The {kind} {value!r} is not kept with this line.",
    "Enter it in Sage where it is needed.",
)
PUSH_DEPARTMENT_REQUIRED = declare(
    "PUSH_DEPARTMENT_REQUIRED",
    Rejected,
    "The line has no department.",
    "State one as department_{{x}}; department_0 is the default one.",
)
PUSH_LINK_SIGN = declare(
    "PUSH_LINK_SIGN",
    Rejected,
    "The link's amount must be {sign}, since it is {what}.",
    "Turn the sign of the link's amount.",
)
PUSH_LINK_UNKNOWN = declare(
    "PUSH_LINK_UNKNOWN",
    Rejected,
    "{value!r} is no ID of a {kind}.",
    "Use the ID that reading the {kind} gives.",
)
PUSH_CREDIT_TOO_SMALL = declare(
    "PUSH_CREDIT_TOO_SMALL",
    Rejected,
    "The links use more credit than they settle.",
    "Lower the amounts of the credit notes and payments that are linked.",
)
PUSH_QUANTITY_ONE = declare(
    "PUSH_QUANTITY_ONE", Rejected, "The quantity is neither 1 nor -1.", "State 1 or -1."
)
PUSH_AMOUNT_ZERO = declare(
    "PUSH_AMOUNT_ZERO",
    Rejected,
    "{label} cannot be zero.",
    "State an amount, or leave the line out.",
)
PUSH_UNIT_AMOUNT_SET = declare(
    "PUSH_UNIT_AMOUNT_SET",
    Rejected,
    "The unit amount was made the net amount of the line.",
    "State quantity times unit amount as the net amount.",
)
PUSH_ACCOUNT_TYPE_WRONG = declare(
    "PUSH_ACCOUNT_TYPE_WRONG",
    Rejected,
    "The account would be of the type {found}, not {stated}.",
    "Use a nominal code in a range of that type, or the type of the range.",
)
PUSH_NOT_AN_OBJECT = declare(
    "PUSH_NOT_AN_OBJECT",
    Rejected,
    "The body is not one JSON object.",
    "Send the document as one JSON object.",
    http_status=_USAGE,
)
DATATYPE_UNSUPPORTED = declare(
    "DATATYPE_UNSUPPORTED",
    Unsupported,
    "Datatype {name} not supported by platform(s) {platform}",
    "The integration's data type features list what is supported.",
    http_status=404,
)

ATTACHMENT_UNSUPPORTED = declare(
    "ATTACHMENT_UNSUPPORTED",
    Unsupported,
    "Attachments of datatype {name} not supported by platform(s) {platform}",
    "Sage 50 takes no files from other programs; say in the record's note where the file is.",
    http_status=404,
)

_LONGEST_QUOTE: Final = 60


def quoted(value: object) -> str:
    """Return a value of the sender's as a message quotes it, cut to a readable length."""
    shown = str(value)
    return repr(shown if len(shown) <= _LONGEST_QUOTE else f"{shown[: _LONGEST_QUOTE - 3]}...")


_slip = partial(declare, error=Rejected, http_status=_USAGE)

PUSH_QUERY_INVALID = _slip(
    "PUSH_QUERY_INVALID",
    message="Error parsing query - {reason}",
    remedy="{remedy}",
)
PUSH_ORDER_INVALID = _slip(
    "PUSH_ORDER_INVALID",
    message="Error parsing orderBy - {reason}",
    remedy="Name one field, with a minus sign before it for descending order.",
)
PUSH_PAGE_INVALID = _slip(
    "PUSH_PAGE_INVALID",
    message="{name} must be a whole number from 1 to {limit}.",
    remedy="Correct {name}, or leave it out.",
)
