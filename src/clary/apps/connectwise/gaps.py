"""Records that cannot be posted until a number is entered in ConnectWise.

None of them stops the others, so each is a warning; a document that needs one of them is
held back when it is planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from clary.apps.connectwise import menus
from clary.apps.connectwise.checking import CheckLine, named
from clary.apps.connectwise.shapes import Company, Member, ProductType
from clary.kernel.errors import Code, Misconfigured, declare

CUSTOMERS_UNNUMBERED = declare(
    "CONNECTWISE_CUSTOMERS_UNNUMBERED",
    Misconfigured,
    "{count} companies have no account number, so their documents are not exported: {names}.",
    f"Enter the customer ID of Sage in ConnectWise ({menus.ACCOUNT_NUMBER}).",
)
VENDORS_UNNUMBERED = declare(
    "CONNECTWISE_VENDORS_UNNUMBERED",
    Misconfigured,
    "{count} vendors have no vendor xref, so their receipts are not exported: {names}.",
    f"Enter the vendor ID of Sage in ConnectWise ({menus.VENDOR_XREF}).",
)
MEMBERS_UNNUMBERED = declare(
    "CONNECTWISE_MEMBERS_UNNUMBERED",
    Misconfigured,
    "{count} members have no vendor number, so their expenses cannot be posted: {names}.",
    f"Enter the vendor ID of Sage in ConnectWise ({menus.VENDOR_NUMBER}).",
)
PRODUCT_TYPES_UNNAMED = declare(
    "CONNECTWISE_PRODUCT_TYPES_UNNAMED",
    Misconfigured,
    "{count} product types have no cross-reference, so their products come as plain lines:"
    " {names}.",
    "In ConnectWise open System > Setup Tables > Product Type > the type and choose Inventory"
    " Part, Non-Inventory Part, Other Charge or Service as Type Xref.",
)

API_LICENCE = "A"
"""Licence class of members that are programs."""

_CUSTOMER_TYPES = frozenset({"client", "customer"})
COMPANY_FIELDS = (
    "id",
    "identifier",
    "name",
    "accountNumber",
    "isVendorFlag",
    "vendorIdentifier",
    "types",
    "deletedFlag",
)
"""What the check of companies looks at."""


def check_companies(companies: Iterable[Company]) -> Iterator[CheckLine]:
    """Yield the lines about customers without account number and vendors without theirs."""
    customers, vendors = list[str](), list[str]()
    for company in companies:
        if _is_customer(company) and not company.account_number:
            customers.append(_shown(company))
        elif _is_vendor(company) and not company.vendor_identifier:
            vendors.append(_shown(company))
    yield _line("customers", CUSTOMERS_UNNUMBERED, customers)
    yield _line("vendors", VENDORS_UNNUMBERED, vendors)


def check_members(members: Iterable[Member]) -> Iterator[CheckLine]:
    """Yield the line about members whose expenses would lack a vendor."""
    bare = [m.identifier or "" for m in members if _is_person(m) and not m.vendor_number]
    yield _line("members", MEMBERS_UNNUMBERED, bare)


def check_product_types(types: Iterable[ProductType]) -> Iterator[CheckLine]:
    """Yield the line about product types that name no class of item."""
    bare = [t.name or "" for t in types if not t.inactive_flag and not t.type_xref]
    yield _line("product types", PRODUCT_TYPES_UNNAMED, bare)


def _line(name: str, code: Code, bare: Sequence[str]) -> CheckLine:
    if not bare:
        return CheckLine(name, "all have their number")
    finding = code.warning(count=len(bare), names=named(bare))
    return CheckLine(name, f"{len(bare)} without: {named(bare)}", (finding,))


def _shown(company: Company) -> str:
    return company.identifier or company.name or str(company.id)


def _is_customer(company: Company) -> bool:
    """Tell whether a company is billed; one of no known type may be."""
    if company.deleted_flag or company.is_vendor_flag:
        return False
    types = {each.shown.casefold() for each in company.types or ()}
    return not types or bool(types & _CUSTOMER_TYPES)


def _is_vendor(company: Company) -> bool:
    return bool(company.is_vendor_flag) and not company.deleted_flag


def _is_person(member: Member) -> bool:
    return not member.inactive_flag and member.license_class != API_LICENCE
