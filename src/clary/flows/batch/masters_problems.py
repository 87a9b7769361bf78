"""What can be wrong with a customer, vendor or item that a batch has to create."""

from __future__ import annotations

from clary.kernel.errors import Rejected, declare

NAME_TOO_LONG = declare(
    "BATCH_NAME_TOO_LONG",
    Rejected,
    "{label} {value!r} has {length} characters; Sage holds {limit}.",
    "Shorten it in ConnectWise, or let the setting shorten_names cut it.",
)
NAME_SHORTENED = declare(
    "BATCH_NAME_SHORTENED",
    Rejected,
    "{label} {value!r} is shortened to {kept!r}.",
    "Nothing needs to be done; the setting shorten_names asks for it.",
)
FIELD_LEFT_OUT = declare(
    "BATCH_FIELD_LEFT_OUT",
    Rejected,
    "{label} {value!r} is left out: Sage holds {limit} characters.",
    "Shorten it in ConnectWise, or enter it in Sage by hand.",
)
DEFAULT_MISSING = declare(
    "BATCH_DEFAULT_MISSING",
    Rejected,
    "A new {type} needs {label}, and the company has no default for it.",
    "Set it in Sage: {menu}.",
)
NAME_MISSING = declare(
    "BATCH_NAME_MISSING",
    Rejected,
    "ConnectWise has no name for {value}.",
    "Enter the name in ConnectWise, then refresh.",
)
TAX_CODE_LEFT_OUT = declare(
    "BATCH_PARTY_TAX_CODE_UNKNOWN",
    Rejected,
    "The tax code {value} is not in the books; {party} is created without one.",
    "Enter the tax code in Sage, or map it to one that is there: {command}",
)
ACCOUNT_IGNORED = declare(
    "BATCH_ITEM_ACCOUNT_UNKNOWN",
    Rejected,
    "The account {value} of {item} is not in the books; the company's default {used} is used.",
    "Correct the GL mapping in ConnectWise, or set the item's account in Sage afterwards.",
)
ACCOUNT_ASSUMED = declare(
    "BATCH_ITEM_ACCOUNT_ASSUMED",
    Rejected,
    "ConnectWise does not say {label} for {item} here; the company's default {used} is used.",
    "Correct the account of the item in Sage afterwards if it is another.",
)
