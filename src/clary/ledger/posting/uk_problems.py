"""The problems that only UK posting rules find; remedies name Sage's own error number."""

from __future__ import annotations

from clary.kernel.errors import Code, Rejected, declare
from clary.ledger.editions.uk_sdo import SDO_BY_CODE, shown


def _declare(name: str, message: str, remedy: str) -> Code:
    """Declare a UK code whose remedy ends with the number that Sage gives, if any."""
    number = SDO_BY_CODE.get(name)
    suffix = "" if number is None else f" ({shown(number)})"
    return declare(name, Rejected, message, remedy + suffix)


NOMINAL_REQUIRED = _declare(
    "NOMINAL_REQUIRED",
    "The line has no nominal code, and neither product, account nor company gives one.",
    "State account_id on the line, or give the account a default nominal code.",
)
NOMINAL_IS_BANK = _declare(
    "NOMINAL_IS_BANK",
    "Nominal {value} is a bank account; a line of a sales invoice cannot post to it.",
    "Use a sales nominal; money goes through receipts and bank entries.",
)
CONTROL_ACCOUNT_UNSET = _declare(
    "CONTROL_ACCOUNT_UNSET",
    "The company has no control account {name}, or it names a nominal that does not exist.",
    "Set it under Settings > Control Accounts in Sage.",
)
BANK_EXPECTED = _declare(
    "BANK_EXPECTED", "Nominal {value} is not a bank account.", "Use a bank account."
)
BANK_IS_CONTROL = _declare(
    "BANK_IS_CONTROL",
    "Nominal {value} is a control account and cannot be used as a bank.",
    "Use a bank account.",
)
BANK_NOT_BASE_CURRENCY = _declare(
    "BANK_NOT_BASE_CURRENCY",
    "Bank account {value} is kept in {held}; this entry needs one in {expected}.",
    "Use a bank account of that currency.",
)
SAME_BANK = _declare(
    "SAME_BANK", "The transfer goes from {value} to itself.", "Name two bank accounts."
)
TAX_CODE_REQUIRED = _declare(
    "TAX_CODE_REQUIRED",
    "The line has no tax code, and neither product, account nor company gives one.",
    "State tax_code_id on the line, or set the company's default tax code.",
)
TAX_IMPLAUSIBLE = _declare(
    "TAX_IMPLAUSIBLE",
    "The stated tax {stated} cannot belong to a net of {net}; {tax_code} gives {computed}.",
    "State tax between {low} and {high}; tax without a net is a line of its own, of net 0.00.",
)
LINE_ZERO = _declare(
    "LINE_ZERO",
    "The line moves nothing: net and tax are both zero.",
    "State an amount, or leave the line out.",
)
TERMS_NOT_AGREED = _declare(
    "TERMS_NOT_AGREED",
    "No terms are agreed with {type} {value}.",
    "Tick Terms Agreed on the account's credit control page in Sage.",
)
CURRENCY_DIFFERS = _declare(
    "CURRENCY_DIFFERS",
    "The currency {stated} is not the account's currency {expected}.",
    "Use the account's currency.",
)
FOREIGN_TRADER_OFF = _declare(
    "FOREIGN_TRADER_OFF",
    "{currency} is a foreign currency and Foreign Trader is switched off.",
    "Switch Foreign Trader on in Sage; until then nothing in {currency} can be paid.",
)
RATE_ON_BASE = _declare(
    "RATE_ON_BASE",
    "{currency} is the base currency and carries no exchange rate.",
    "Leave exchange_rate out.",
)
EXCHANGE_RATE_REQUIRED = _declare(
    "EXCHANGE_RATE_REQUIRED",
    "There is no exchange rate above zero for {currency}.",
    "State exchange_rate, or set the rate of the currency in Sage.",
)
