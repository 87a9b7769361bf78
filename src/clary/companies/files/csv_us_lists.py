"""CSV files of the lists of Sage 50 US, by the fields of Sage's import objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from clary.companies.files.csv_layout import CsvTable, columns, custom_fields, rows
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
    Joint,
    Layout,
    Part,
    Slots,
    Texts,
    Value,
    Variant,
    body,
    stated,
)
from clary.companies.files.xml_lists import (
    ACCOUNT_TYPES,
    CREDIT_STATUS,
    TERMS,
    read_terms,
    write_terms,
)
from clary.kernel.change import Body
from clary.ledger.types.lists import COST_METHODS, US_ITEM_CLASSES
from clary.ledger.types.parties import FORM_1099_TYPES

MENU: Final = "File > Select Import/Export"
LIST_FACTS: Final = (
    "A record whose ID exists already is changed, not added again.",
    "A blank cell means 0 or FALSE, so the file has only the columns that it fills.",
)

ITEM_CLASS: Final = words(
    {str(code): word for code, word in enumerate(US_ITEM_CLASSES)}, "an item class from 0 to 5"
)
COST_METHOD: Final = words(
    {str(code): word for code, word in enumerate(COST_METHODS)}, "a costing method from 0 to 2"
)
FORM_1099: Final = words(
    {str(code): word for code, word in enumerate(FORM_1099_TYPES)}, "a 1099 type from 0 to 2"
)


def terms(prefix: str) -> Joint:
    """Return the four flags of the terms under the column names of a list."""
    names = dict(
        zip(
            TERMS.paths,
            (
                f"{prefix}{name}"
                for name in ("CODTerms", "PrePayTerms", "DayIsActual", "DueMonthEnd")
            ),
            strict=True,
        )
    )

    def read(texts: Texts) -> tuple[Body, tuple[str, ...]]:
        there = {path: texts[name] for path, name in names.items() if name in texts}
        fields, used = read_terms(there)
        return fields, tuple(names[path] for path in used)

    def write(record: Body) -> Texts:
        return {names[path]: text for path, text in write_terms(record).items()}

    return Joint(tuple(names.values()), ("terms",), read, write)


def address(prefix: str, field: str, *, name: bool = False) -> tuple[Value, ...]:
    """Return the columns of an address."""
    names = {
        "AddressLine1": "line1",
        "AddressLine2": "line2",
        "City": "city",
        "State": "state",
        "Zip": "zip",
        "Country": "country",
    }
    start = f"{field}." if field else ""
    values = [body(f"{prefix}{path}", f"{start}{inner}", TEXT) for path, inner in names.items()]
    return (body(f"{prefix}Name", f"{start}name", TEXT), *values) if name else tuple(values)


def _party(prefix: str, since: str) -> tuple[Part, ...]:
    """Return the columns that customers and vendors have alike, under their own prefix."""
    return (
        body(f"{prefix}Id", "id", TEXT),
        body(f"{prefix}Name", "name", TEXT),
        body(f"{prefix}Inactive", "inactive", FLAG),
        body(f"{prefix}Contact", "contact_name", TEXT),
        body(f"{prefix}Category", "type", TEXT),
        body(f"{prefix}Phone1", "telephone1", TEXT),
        body(f"{prefix}Phone2", "telephone2", TEXT),
        body(f"{prefix}Fax", "fax", TEXT),
        body(f"{prefix}Email", "email", TEXT),
        body(f"{prefix}URL", "web_site", TEXT),
        body(f"{prefix}ShipVia", "ship_via", TEXT),
        terms(prefix),
        body(f"{prefix}DueDays", "due_days", WHOLE),
        body(f"{prefix}DiscountDays", "discount_days", WHOLE),
        body(f"{prefix}DiscountPercent", "discount_percent", QUANTITY),
        body(f"{prefix}CreditLimit", "credit_limit", MONEY),
        custom_fields(_fields(prefix)),
        body(f"{prefix}DateAdded", since, US_DATE),
        stated(f"{prefix}LastInvoiceDate", "last_invoice_date", US_DATE),
        stated(f"{prefix}LastPaymentDate", "last_payment_date", US_DATE),
        stated(f"{prefix}Balance", "balance", MONEY),
    )


def _fields(prefix: str) -> tuple[str, ...]:
    """Return the five columns of custom fields."""
    return tuple(f"{prefix}Field{number}" for number in range(1, 6))


def _list(  # noqa: PLR0913 - one row of a table, every value by its name
    name: str,
    title: str,
    file_name: str,
    *,
    names: str,
    record_type: str,
    what: str,
    parts: tuple[Part, ...],
    facts: tuple[str, ...] = LIST_FACTS,
    joins: Callable[[Texts], bool] = lambda _: False,
) -> CsvTable:
    """Return the file of one list."""
    layout = Layout(f"the CSV file of {what}", "us", record_type, parts, joins=joins)
    return CsvTable(name, title, "us", file_name, columns(names), (layout,), MENU, facts=facts)


_SHIP_TO = " ".join(
    f"CustomerShipTo{number}{part}"
    for number in range(1, 10)
    for part in (
        *("Name", "AddressLine1", "AddressLine2", "City", "State", "Zip", "Country"),
        "TaxCode",
    )
)

CUSTOMERS: Final = _list(
    "customers",
    "Customer List",
    "CUSTOMER",
    names=(
        "CustomerId CustomerName CustomerProspect CustomerInactive CustomerContact "
        "CustomerBillToAddressLine1 CustomerBillToAddressLine2 CustomerBillToCity "
        "CustomerBillToState CustomerBillToZip CustomerBillToCountry CustomerBillToTaxCode "
        f"{_SHIP_TO} CustomerCategory CustomerPhone1 CustomerPhone2 CustomerFax CustomerEmail "
        "CustomerSalesRep CustomerUsualSales CustomerOpenPurchaseOrder CustomerShipVia "
        "CustomerResale CustomerPriceLevel CustomerUseStandardTerms CustomerCODTerms "
        "CustomerPrePayTerms CustomerDayIsActual CustomerDueDays CustomerDiscountDays "
        "CustomerDiscountPercent CustomerCreditLimit CustomerChargeInt CustomerDueMonthEnd "
        "CustomerPaymentMethod CustomerField1 CustomerField2 CustomerField3 CustomerField4 "
        "CustomerField5 CustomerDateAdded CustomerLastInvoiceDate CustomerLastPaymentDate "
        "CustomerBalance CustomerURL CustomerGUID CustomerCreditStatus CustomerAccountNumber"
    ),
    record_type="customer",
    what="customers",
    parts=(
        *_party("Customer", "customer_since"),
        body("CustomerProspect", "prospect", FLAG),
        *address("CustomerBillTo", "bill_to"),
        body("CustomerBillToTaxCode", "tax_code_id", TEXT),
        Slots(
            "ship_to",
            tuple(
                (
                    *address(f"CustomerShipTo{number}", "", name=True),
                    body(f"CustomerShipTo{number}TaxCode", "tax_code_id", TEXT),
                )
                for number in range(1, 10)
            ),
        ),
        body("CustomerSalesRep", "sales_rep_id", TEXT),
        body("CustomerUsualSales", "account_id", TEXT),
        body("CustomerOpenPurchaseOrder", "open_purchase_order", TEXT),
        body("CustomerResale", "resale_number", TEXT),
        body("CustomerPriceLevel", "price_level", shifted(1)),
        stated("CustomerUseStandardTerms"),
        stated("CustomerChargeInt"),
        body("CustomerPaymentMethod", "payment_method", TEXT),
        stated("CustomerGUID", "guid"),
        body("CustomerCreditStatus", "credit_status", CREDIT_STATUS),
        body("CustomerAccountNumber", "account_number", TEXT),
    ),
)

VENDORS: Final = _list(
    "vendors",
    "Vendor List",
    "VENDOR",
    names=(
        "VendorId VendorName VendorInactive VendorContact VendorAddressLine1 "
        "VendorAddressLine2 VendorCity VendorState VendorZip VendorCountry VendorCategory "
        "Vendor1099Type VendorPhone1 VendorPhone2 VendorFax VendorUsualPurch VendorSSN "
        "VendorOurAccountId VendorShipVia VendorUseStdTerms VendorCODTerms VendorPrePayTerms "
        "VendorDayIsActual VendorDueDays VendorDiscountDays VendorDiscountPercent "
        "VendorCreditLimit VendorDueMonthEnd VendorField1 VendorField2 VendorField3 "
        "VendorField4 VendorField5 VendorDateAdded VendorLastInvoiceDate "
        "VendorLastPaymentDate VendorBalance VendorEmail VendorURL GUID "
        "UsePaymentSettings PaymentMethod CashAccount"
    ),
    record_type="vendor",
    what="vendors",
    parts=(
        *_party("Vendor", "vendor_since"),
        *address("Vendor", "mail_to"),
        body("Vendor1099Type", "form_1099_type", FORM_1099),
        body("VendorUsualPurch", "account_id", TEXT),
        body("VendorSSN", "tax_number", TEXT),
        body("VendorOurAccountId", "account_number", TEXT),
        stated("VendorUseStdTerms"),
        stated("GUID", "guid"),
        body("UsePaymentSettings", "use_payment_defaults", FLAG),
        body("PaymentMethod", "default_payment_method", TEXT),
        body("CashAccount", "default_cash_account_id", TEXT),
    ),
)

ITEMS: Final = _list(
    "items",
    "Inventory Item List",
    "ITEM",
    names=(
        "ItemId ItemDescription Class Inactive SalesDesc PurchaseDesc UnitPrice1 UnitPrice2 "
        "UnitPrice3 UnitPrice4 UnitPrice5 UnitPrice6 UnitPrice7 UnitPrice8 UnitPrice9 "
        "UnitPrice10 UnitOfMeasure Category SalesAccountId InventoryAccountId InvChgAccountId "
        "CostMethod LaborCost SalesTaxType Location HasCommission ReorderPoint OrderQuantity "
        "PrimeVendor Field1 Field2 Field3 Field4 Field5 QuantityOnHand IsTaxable GUID UPCSKU "
        "Weight TaxTypeName"
    ),
    record_type="item",
    what="items",
    parts=(
        body("ItemId", "id", TEXT),
        body("ItemDescription", "description", TEXT),
        body("Class", "class", ITEM_CLASS),
        body("Inactive", "inactive", FLAG),
        body("SalesDesc", "sales_description", LINES),
        body("PurchaseDesc", "purchase_description", LINES),
        body("UnitPrice1", "sales_price", QUANTITY),
        Slots(
            "price_levels",
            tuple((body(f"UnitPrice{number}", "price", QUANTITY),) for number in range(2, 11)),
            number="level",
            first=2,
        ),
        body("UnitOfMeasure", "unit_of_measure", TEXT),
        stated("Category"),
        body("SalesAccountId", "sales_account_id", TEXT),
        body("InventoryAccountId", "inventory_account_id", TEXT),
        body("InvChgAccountId", "cost_account_id", TEXT),
        body("CostMethod", "cost_method", COST_METHOD),
        body("LaborCost", "unit_cost", QUANTITY),
        body("SalesTaxType", "tax_type", shifted(1)),
        body("Location", "location", TEXT),
        body("HasCommission", "subject_to_commission", FLAG),
        body("ReorderPoint", "reorder_level", QUANTITY),
        body("OrderQuantity", "reorder_quantity", QUANTITY),
        body("PrimeVendor", "preferred_vendor_id", TEXT),
        custom_fields(_fields("")),
        stated("QuantityOnHand", "quantity_on_hand", QUANTITY),
        stated("IsTaxable"),
        stated("GUID", "guid"),
        body("UPCSKU", "upc", TEXT),
        body("Weight", "weight", QUANTITY),
        stated("TaxTypeName"),
    ),
    facts=(*LIST_FACTS, "Quantities on hand are not imported; use inventory adjustments."),
)

CHART: Final = _list(
    "chart",
    "Chart of Accounts List",
    "CHART",
    names="GeneralLedgerId GeneralLedgerDescription Type Inactive CurrentBalance GUID",
    record_type="account",
    what="accounts",
    parts=(
        body("GeneralLedgerId", "id", TEXT),
        body("GeneralLedgerDescription", "name", TEXT),
        body("Type", "type", ACCOUNT_TYPES),
        body("Inactive", "inactive", FLAG),
        stated("CurrentBalance", "balance", MONEY),
        stated("GUID", "guid"),
    ),
    facts=(*LIST_FACTS, "Balances of accounts are not imported."),
)

TAX_CODES: Final = _list(
    "tax_codes",
    "Sales Tax Codes",
    "TAXCODE",
    names=(
        "SalesTaxCodeId SalesTaxCodeDescription AuthId AuthDescription TaxRate AccountId "
        "AccountDescription VendorId VendorName TaxFreight GUID"
    ),
    record_type="tax_code",
    what="sales tax codes",
    parts=(
        body("SalesTaxCodeId", "id", TEXT),
        body("SalesTaxCodeDescription", "description", TEXT),
        body("TaxFreight", "tax_freight", FLAG),
        stated("GUID", "guid"),
        rows(
            Variant(
                "agencies",
                (
                    body("AuthId", "id", TEXT),
                    body("AuthDescription", "description", TEXT),
                    body("TaxRate", "rate", RATE),
                    body("AccountId", "account_id", TEXT),
                    stated("AccountDescription"),
                    body("VendorId", "vendor_id", TEXT),
                    stated("VendorName"),
                ),
            )
        ),
    ),
    facts=("Whether Sage imports sales tax codes from a file is unproven; check them after.",),
    joins=bool,
)

LISTS: Final = (CUSTOMERS, VENDORS, ITEMS, CHART, TAX_CODES)
