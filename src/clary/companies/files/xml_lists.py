"""Tables of the list records in Sage 50 US XML files.

Names of elements come from real export files, and for vendors from programs that read
such exports.  Numbers of credit statuses and the meaning of the four flags of the terms
are inferred from the order of Sage's own field lists.
"""

from __future__ import annotations

from typing import Final

from clary.companies.files.forms import (
    FLAG,
    LINES,
    MONEY,
    QUANTITY,
    RATE,
    TEXT,
    US_DATE,
    WHOLE,
    shifted,
    words,
)
from clary.companies.files.layout import (
    Group,
    Joint,
    Layout,
    Part,
    Texts,
    Value,
    Variant,
    body,
    fixed,
    stated,
)
from clary.kernel.change import Body
from clary.ledger.types.lists import US_ACCOUNT_TYPES
from clary.ledger.types.parties import CREDIT_STATUSES

_ACCOUNT_CODES = (0, 1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 14, 16, 18, 19, 21, 23, 24)
ACCOUNT_TYPES: Final = words(
    {str(code): word for code, word in zip(_ACCOUNT_CODES, US_ACCOUNT_TYPES, strict=True)},
    "an account type code from 0 to 24",
)
"""Sparse codes of account types (Sage 50 US help, chart of accounts; real export file)."""

CREDIT_STATUS: Final = words(
    {str(code): word for code, word in enumerate(CREDIT_STATUSES)},
    "a credit status from 0 to 4",
)

_TERMS: Final = {
    "Use_COD_Terms": "cod",
    "Use_Prepaid_Terms": "prepaid",
    "Use_Due_Month_End_Terms": "month_end",
    "Terms_Type": "day_of_month",
}


def account(path: str, field: str) -> tuple[Value, Value]:
    """Return an account's ID and the GUID that exports put beside it."""
    return body(path, field, TEXT, mark="id"), stated(f"{path}_GUID")


def read_terms(texts: Texts) -> tuple[Body, tuple[str, ...]]:
    """Return the terms that four flags make together, if they make one at all."""
    flags = {path: texts.get(path, "").strip().upper() for path in _TERMS}
    chosen = [path for path, flag in flags.items() if flag == "TRUE"]
    if len(chosen) > 1 or any(flag not in ("TRUE", "FALSE") for flag in flags.values()):
        return {}, ()
    return {"terms": _TERMS[chosen[0]] if chosen else "net"}, tuple(_TERMS)


def write_terms(record: Body) -> Texts:
    """Return the four flags of the terms; none where the record has no terms."""
    terms = record.get("terms")
    if terms is None:
        return {}
    return {path: "TRUE" if word == terms else "FALSE" for path, word in _TERMS.items()}


def address(container: str, field: str) -> tuple[Part, ...]:
    """Return the lines of an address inside a container."""
    return tuple(
        body(f"{container}/{name}", f"{field}.{name.lower()}", TEXT)
        for name in ("Line1", "Line2", "City", "State", "Zip", "Country")
    )


def _phone(key: str) -> Variant:
    return Variant(
        target=f"telephone{key}",
        single=True,
        accepts=lambda texts: texts.get("@Key") == key,
        parts=(fixed("@Key", key), body(".", f"telephone{key}", TEXT)),
    )


PHONES: Final = Group("PhoneNumbers/PhoneNumber", (_phone("1"), _phone("2")))
CUSTOM_FIELDS: Final = Group(
    "CustomFields/CustomField",
    (
        Variant(
            target="custom_fields",
            parts=(
                body("Description", "label", TEXT),
                body("Value", "value", TEXT),
                body("Value/@Index", "index", WHOLE),
            ),
        ),
    ),
)
TERMS: Final = Joint(
    ("Use_COD_Terms", "Use_Prepaid_Terms", "Terms_Type", "Use_Due_Month_End_Terms"),
    ("terms",),
    read_terms,
    write_terms,
)

CUSTOMER: Final = Layout(
    "the XML file of customers",
    "us",
    "customer",
    (
        body("ID", "id", TEXT, mark="id"),
        body("Name", "name", TEXT),
        body("isInactive", "inactive", FLAG),
        *address("BillToAddress", "bill_to"),
        body("BillToAddress/Sales_Tax_Code", "tax_code_id", TEXT, mark="id"),
        body("Customer_Type", "type", TEXT),
        PHONES,
        body("FaxNumber", "fax", TEXT),
        body("EMail_Address", "email", TEXT),
        body("Web_Address", "web_site", TEXT),
        body("Sales_Representative_ID", "sales_rep_id", TEXT, mark="id"),
        stated("Sales_Rep_GUID"),
        body("Pricing_Level", "price_level", shifted(1)),
        stated("Pricing_Level_Text"),
        TERMS,
        body("Due_Days", "due_days", WHOLE),
        body("Discount_Days", "discount_days", WHOLE),
        body("Discount_Percent", "discount_percent", QUANTITY),
        body("Credit_Limit", "credit_limit", MONEY),
        CUSTOM_FIELDS,
        body("Customer_Since_Date", "customer_since", US_DATE, mark="date"),
        stated("Customer_Balance", "balance", MONEY),
        stated("GUID", "guid"),
        body("Credit_Status", "credit_status", CREDIT_STATUS),
    ),
)

VENDOR: Final = Layout(
    "the XML file of vendors",
    "us",
    "vendor",
    (
        body("ID", "id", TEXT, mark="id"),
        body("Name", "name", TEXT),
        body("isInactive", "inactive", FLAG),
        *address("RemitToAddress", "mail_to"),
        PHONES,
        body("FaxNumber", "fax", TEXT),
        body("EMail_Address", "email", TEXT),
        body("Web_Address", "web_site", TEXT),
        body("AccountNumber", "account_number", TEXT),
        *account("GL_Purchase_Account", "account_id"),
        TERMS,
        body("Due_Days", "due_days", WHOLE),
        body("Discount_Days", "discount_days", WHOLE),
        body("Discount_Percent", "discount_percent", QUANTITY),
        body("Credit_Limit", "credit_limit", MONEY),
        CUSTOM_FIELDS,
        stated("Vendor_Balance", "balance", MONEY),
        stated("GUID", "guid"),
    ),
    note="The address element is called RemitToAddress; it holds the vendor's own address.",
)


def _price(key: str, parts: tuple[Value, ...], target: str, *, single: bool) -> Variant:
    return Variant(
        target=target,
        single=single,
        accepts=(lambda texts: texts.get("@Key") == key) if key else (lambda _: True),
        parts=parts,
    )


PRICES: Final = Group(
    "Sales_Prices/Sales_Price_Info",
    (
        _price(
            "1",
            (fixed("@Key", "1"), body("Sales_Price", "sales_price", QUANTITY)),
            "first_price",
            single=True,
        ),
        _price(
            "",
            (body("@Key", "level", WHOLE), body("Sales_Price", "price", QUANTITY)),
            "price_levels",
            single=False,
        ),
    ),
)

ITEM: Final = Layout(
    "the XML file of items",
    "us",
    "item",
    (
        body("ID", "id", TEXT, mark="id"),
        body("Description", "description", TEXT),
        body("isInactive", "inactive", FLAG),
        body("Description_for_Sales", "sales_description", LINES),
        PRICES,
        body("Tax_Type", "tax_type", shifted(1)),
        *account("GL_Sales_Account", "sales_account_id"),
        *account("GL_Inventory_Account", "inventory_account_id"),
        *account("GL_COGSSalary_Acct", "cost_account_id"),
        stated("GUID", "guid"),
        stated("IsTaxable"),
        stated("Tax_Type_Name"),
    ),
    note="The item class is not among the elements that were seen in export files.",
)

ACCOUNT: Final = Layout(
    "the XML file of accounts",
    "us",
    "account",
    (
        body("ID", "id", TEXT, mark="id"),
        body("Description", "name", TEXT),
        body("Type", "type", ACCOUNT_TYPES),
        body("isInactive", "inactive", FLAG),
        stated("GUID", "guid"),
    ),
)

EMPLOYEE: Final = Layout(
    "the XML file of employees",
    "us",
    "employee",
    (
        body("ID", "id", TEXT, mark="id"),
        body("Name", "name", TEXT),
        body("isSalesRep", "sales_rep", FLAG),
        stated("EmployeeGUID", "guid"),
    ),
)

SHIP_METHOD: Final = Layout(
    "the XML file of shipping methods",
    "us",
    "ship_method",
    (
        body("Number", "number", WHOLE),
        body("ShippingMethod", "id", TEXT),
        stated("GUID", "guid"),
    ),
)

TAX_CODE: Final = Layout(
    "the XML file of sales tax codes",
    "us",
    "tax_code",
    (
        body("ID", "id", TEXT, mark="id"),
        body("Description", "description", TEXT),
        Group(
            "Authorities/Authority",
            (
                Variant(
                    target="agencies",
                    parts=(
                        body("ID", "id", TEXT, mark="id"),
                        body("Description", "description", TEXT),
                        body("Rate", "rate", RATE),
                        body("AccountID", "account_id", TEXT, mark="id"),
                        body("VendorID", "vendor_id", TEXT, mark="id"),
                    ),
                ),
            ),
        ),
    ),
    note="An export of authorities lacks the ID of the code that they belong to.",
)
