"""Which XML files of Sage 50 US are known: their roots and the tables of their records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clary.companies.files.layout import Layout
from clary.companies.files.xml_documents import (
    ADJUSTMENT,
    CREDIT_MEMO,
    INVOICE,
    PURCHASE,
    QUOTE,
    RECEIPT,
    SALES_ORDER,
)
from clary.companies.files.xml_lists import (
    ACCOUNT,
    CUSTOMER,
    EMPLOYEE,
    ITEM,
    SHIP_METHOD,
    TAX_CODE,
    VENDOR,
)


@dataclass(frozen=True, slots=True)
class XmlFile:
    """One kind of XML file.

    Attributes:
        root: name of the root element.
        element: name of each record's element.
        mark: `xsi:type` of the record's element, without its prefix.
        layouts: tables of the record types it may hold; the first that accepts is used.
    """

    root: str
    element: str
    mark: str
    layouts: tuple[Layout, ...]

    @property
    def groups(self) -> frozenset[str]:
        """Paths of the repeated groups of all its tables."""
        return frozenset().union(*(layout.groups for layout in self.layouts))


_FILES: Final = (
    XmlFile("PAW_Accounts", "PAW_Account", "account", (ACCOUNT,)),
    XmlFile("PAW_Customers", "PAW_Customer", "customer", (CUSTOMER,)),
    XmlFile("PAW_Employees", "PAW_Employee", "employee", (EMPLOYEE,)),
    XmlFile("PAW_Invoices", "PAW_Invoice", "invoice", (QUOTE, CREDIT_MEMO, INVOICE)),
    XmlFile("PAW_Items", "PAW_Item", "item", (ADJUSTMENT, ITEM)),
    XmlFile("PAW_Purchases", "PAW_Purchase", "purchase", (PURCHASE,)),
    XmlFile("PAW_Receipts", "PAW_Receipt", "receipt", (RECEIPT,)),
    XmlFile("PAW_SalesOrders", "PAW_SalesOrder", "sales_order", (SALES_ORDER,)),
    XmlFile("PAW_Sales_Tax_Codes", "PAW_Sales_Tax_Code", "sales_tax_code", (TAX_CODE,)),
    XmlFile("PAW_Shipping_Methods", "PAW_Shipping_Method", "ship_method", (SHIP_METHOD,)),
    XmlFile("PAW_Vendors", "PAW_Vendor", "vendor", (VENDOR,)),
)
XML_FILES: Final = {declared.root: declared for declared in _FILES}


def xml_file_of(record_type: str) -> tuple[XmlFile, Layout] | None:
    """Return the kind of file and the table that hold records of a type, or none."""
    for declared in _FILES:
        for layout in declared.layouts:
            if layout.record_type == record_type:
                return declared, layout
    return None
