"""Where people enter the numbers that link ConnectWise with Sage, named the same everywhere.

A remedy that calls one field by two names sends people looking for two fields.
Source of the words: connectwise.md (account number and vendor id of a company, vendor number
of a member); on which tab of a company they stand is inferred.
"""

from __future__ import annotations

from typing import Final

ACCOUNT_NUMBER: Final = "Companies > the company > Finance > Account Number"
VENDOR_XREF: Final = "Companies > the company > Finance > Vendor Xref"
VENDOR_NUMBER: Final = "System > Members > the member > Vendor Number"
VENDOR_ID: Final = f"{VENDOR_XREF}, or of a member {VENDOR_NUMBER}"
"""Where the vendor ID of a company or of a member is entered."""
