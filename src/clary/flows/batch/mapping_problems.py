"""What can be wrong with a reference: what ConnectWise names and the books do not know."""

from __future__ import annotations

from clary.kernel.errors import Rejected, declare

ACCOUNT_UNKNOWN = declare(
    "BATCH_ACCOUNT_UNKNOWN",
    Rejected,
    "There is no account {value} in the books.",
    "Correct the GL mapping in ConnectWise; the document keeps the account that was frozen when"
    " it was closed, so set it to Open, save, set it to Closed, save, then refresh. Or enter the"
    " account in Sage, or map it to another{near}: {command}",
)
ACCOUNT_MISSING = declare(
    "BATCH_ACCOUNT_MISSING",
    Rejected,
    "ConnectWise gives no account for {what}.",
    "Complete the GL mapping in ConnectWise, set the document to Open, save, set it to Closed,"
    " save, then refresh.",
)
OVERRIDE_DANGLING = declare(
    "BATCH_MAPPING_DANGLING",
    Rejected,
    "{label} {value} is mapped to {target}, which is not in the books.",
    "Enter {target} in Sage, or map it to another one{near}: {command}",
)
ID_INVALID = declare(
    "BATCH_ID_INVALID",
    Rejected,
    "{value} cannot be the ID of a {label} in Sage: {reason}.",
    "Change it in ConnectWise ({place}), or map it to another ID{near}: {command}",
)
RECORD_REFUSED = declare(
    "BATCH_RECORD_MISSING",
    Rejected,
    "There is no {label} {value} in the books, and the settings refuse to create one.",
    "Enter the {label} in Sage, set its creation to `create` or `ask`, or map it to another"
    " one{near}: {command}",
)
RECORD_ASKED = declare(
    "BATCH_RECORD_UNCONFIRMED",
    Rejected,
    "There is no {label} {value} in the books yet.",
    "Confirm its creation with --confirm-new {confirmation}, enter it in Sage, or map it to"
    " another one{near}: {command}",
)
RECORD_SIMILAR = declare(
    "BATCH_RECORD_SIMILAR",
    Rejected,
    "The {label} {value} is created, but the books have {twin} of the same name.",
    "If it is the same, map it instead: {command}",
)
REFERENCE_UNCONFIRMED = declare(
    "BATCH_REFERENCE_UNCONFIRMED",
    Rejected,
    "{value} cannot be an account reference in Sage (8 letters and digits); {proposal} could be.",
    "Confirm it: {command}; or state another reference there{near}.",
)
ITEM_CLASS_UNKNOWN = declare(
    "BATCH_ITEM_CLASS_ASSUMED",
    Rejected,
    "The product type of {value} is {xref}, so the item is created as description only.",
    "If it shall be another class, set the type's xref in ConnectWise (Setup Tables > Product"
    " Type), or map the type to a class: {command}; the class of an item cannot be changed"
    " later.",
)
ITEM_SERIALIZED = declare(
    "BATCH_ITEM_SERIALIZED",
    Rejected,
    "{value} has serial numbers in ConnectWise; in Sage it is created without.",
    "Keep the serial numbers in ConnectWise.",
)
TAX_CODE_UNKNOWN = declare(
    "BATCH_TAX_CODE_UNKNOWN",
    Rejected,
    "There is no tax code {value} in the books.",
    "Set the tax code xref in ConnectWise (Setup Tables > Tax Codes), enter the tax code in"
    " Sage, or map it to another one{near}: {command}",
)
TAX_CODE_MISSING = declare(
    "BATCH_TAX_CODE_MISSING",
    Rejected,
    "ConnectWise charges tax without naming a tax code.",
    "Set the tax code xref in ConnectWise (Setup Tables > Tax Codes), then refresh.",
)
TAX_AGENCY_UNKNOWN = declare(
    "BATCH_TAX_AGENCY_UNKNOWN",
    Rejected,
    "The tax code {tax_code} has no agency {value} in the books.",
    "Set the agency xref in ConnectWise (Setup Tables > Tax Codes) to one of {choices}, or map it:"
    " {command}",
)
DEPARTMENT_UNKNOWN = declare(
    "BATCH_DEPARTMENT_UNKNOWN",
    Rejected,
    "The class {value} is no department in the books; the line is posted without one.",
    "Map the class to a department{near}: {command}",
)
