"""The lists of a site, each declared once: path, fields, methods and who may use it.

From a declaration come the table, the paths, the checks of what is sent, and what conditions
and `fields` can name.  Only what clients of the accounting need is declared; a field that is
not declared is refused, so that a typing mistake does not pass for a change.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

READ_ONLY = ("GET",)
KEPT = ("GET", "POST", "PUT", "PATCH")
SET_UP = ("GET", "PUT", "PATCH")
ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Module(StrEnum):
    """The part of a member's rights that a resource belongs to."""

    ACCOUNTING = "Finance > Accounting Interface"
    INVOICING = "Finance > Invoicing"
    COMPANIES = "Companies > Company Maintenance"
    CONTACTS = "Companies > Contacts"
    PROCUREMENT = "Procurement > Products"
    ORDERS = "Procurement > Purchase Orders"
    MEMBERS = "System > Member Maintenance"
    REPORTS = "System > API Reports"
    SETUP = "System > Table Setup"
    EXPENSES = "Time & Expense > Expense Entry"


@dataclass(frozen=True, slots=True)
class ListOf:
    """One list of JSON bodies.

    Attributes:
        table: table that holds it.
        path: its path, `{}` for an id.
        word: what one of it is called in errors.
        module: the rights that it takes.
        fields: short declarations of its fields, see `fields.body_fields`.
        columns: fields that conditions and joins use much, so that they are columns.
        parent: table of what it belongs to; empty if nothing.
        methods: what can be done with it.
        counted: it has a count.
        single: one of it can be read by its id.
    """

    table: str
    path: str
    word: str
    module: Module
    fields: str
    columns: tuple[str, ...] = ()
    parent: str = ""
    methods: tuple[str, ...] = ALL_METHODS
    counted: bool = True
    single: bool = True


_SEGMENTS = " ".join(f"segment{number}:255" for number in range(1, 11))
_COGS = " ".join(f"cogs{number}:255" for number in range(1, 11))
_SEGMENT_TYPES = " ".join(f"segment{number}type:Account|Class" for number in range(1, 11))
GL_TYPES = "AP|AR|EE|EI|EO|IA|IT|P|PF|R|RA|RD|RE|RP|ST|SD|ET|FT|PT|WP|WR"
_OWN_FIELDS = " ".join(f"userDefinedField{number}:50" for number in range(1, 11))

LEVELS = ("One", "Two", "Three", "Four", "Five", "Six")
_TAX_LEVELS = " ".join(
    f"level{level}Rate:number level{level}RateType:Amount|Percent level{level}Caption:25 "
    f"level{level}TaxCodeXref:50 level{level}AgencyXref:100 level{level}ServicesFlag:flag "
    f"level{level}ExpensesFlag:flag level{level}ProductsFlag:flag"
    for level in LEVELS
)

LISTS: tuple[ListOf, ...] = (
    # -- companies ---------------------------------------------------------------------------
    ListOf(
        "company",
        "company/companies",
        "Company",
        Module.COMPANIES,
        "identifier!:30 name!:50 status:ref addressLine1:50 addressLine2:50 city:50 state:50 "
        "zip:12 country:ref phoneNumber:30 faxNumber:30 website:255 territory:ref market:ref "
        "accountNumber defaultContact:ref dateAcquired:moment annualRevenue:number "
        "numberOfEmployees:whole leadFlag:flag vendorIdentifier taxIdentifier taxCode:ref "
        "billingTerms:ref billToCompany:ref billingSite:ref billingContact:ref "
        "invoiceDeliveryMethod:ref invoiceToEmailAddress invoiceCCEmailAddress deletedFlag:flag "
        "currency:ref isVendorFlag:flag types:list site:ref mobileGuid customFields:list "
        f"{_OWN_FIELDS}",
        ("identifier", "name", "accountNumber", "vendorIdentifier"),
    ),
    ListOf(
        "company_type",
        "company/companies/types",
        "CompanyType",
        Module.SETUP,
        "name!:50 defaultFlag:flag vendorFlag:flag serviceAlertFlag:flag serviceAlertMessage:150",
        ("name",),
    ),
    ListOf(
        "company_status",
        "company/companies/statuses",
        "CompanyStatus",
        Module.SETUP,
        "name!:50 defaultFlag:flag inactiveFlag:flag notifyFlag:flag",
        methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
        counted=False,
    ),
    ListOf(
        "site_of_company",
        "company/companies/{}/sites",
        "CompanySite",
        Module.COMPANIES,
        "name!:50 addressLine1:50 addressLine2:50 city:50 stateReference:ref zip:12 country:ref "
        "phoneNumber:30 faxNumber:30 taxCode:ref primaryAddressFlag:flag defaultShippingFlag:flag "
        "defaultBillingFlag:flag defaultMailingFlag:flag inactiveFlag:flag company:ref",
        ("name",),
        parent="company",
    ),
    ListOf(
        "contact",
        "company/contacts",
        "Contact",
        Module.CONTACTS,
        "firstName lastName company:ref site:ref addressLine1 addressLine2 city state zip "
        "country:ref inactiveFlag:flag title defaultPhoneType defaultPhoneNbr "
        "defaultBillingFlag:flag defaultFlag:flag communicationItems:list types:list "
        "customFields:list",
    ),
    # -- system ------------------------------------------------------------------------------
    ListOf(
        "member",
        "system/members",
        "Member",
        Module.MEMBERS,
        "identifier!:15 firstName!:30 middleInitial:1 lastName!:30 licenseClass!:A|C|F|X "
        "hireDate!:moment defaultEmail!:Office|Mobile|Home defaultPhone!:Office|Mobile|Home "
        "securityRole!:ref vendorNumber employeeIdentifer:10 inactiveFlag:flag "
        "inactiveDate:moment officeEmail:250 mobileEmail:250 homeEmail:250 primaryEmail:250 "
        "officePhone:15 mobilePhone:15 homePhone:15 title:50 type:ref adminFlag:flag "
        "structureLevel:ref securityLocation:ref defaultLocation:ref defaultDepartment:ref "
        "country:ref restrictLocationFlag:flag notes",
        ("identifier", "vendorNumber", "firstName", "lastName"),
        methods=KEPT,
    ),
    ListOf(
        "location",
        "system/locations",
        "Location",
        Module.SETUP,
        "ownerLevelId:whole structureLevel!:ref name!:50 manager:ref reportsTo:ref "
        "overrideAddressLine1:50 overrideAddressLine2:50 overrideCity:50 overrideState:50 "
        "overrideZip:12 overrideCountry:ref overridePhoneNumber:15 locationFlag:flag "
        "clientFlag:flag departmentIds:list",
        ("name",),
    ),
    ListOf(
        "department",
        "system/departments",
        "Department",
        Module.SETUP,
        "identifier!:15 name!:50",
        ("identifier", "name"),
    ),
    # -- finance set-up ----------------------------------------------------------------------
    ListOf(
        "accounting_package",
        "finance/accountingPackages",
        "AccountingPackage",
        Module.ACCOUNTING,
        "identifier name",
        methods=READ_ONLY,
    ),
    ListOf(
        "accounting_package_setup",
        "finance/accountingPackageSetup",
        "AccountingPackageSetup",
        Module.ACCOUNTING,
        "accountingPackage!:ref directTransferFlag:flag includeInvoicesFlag:flag "
        "invoiceFormat:Default|Condensed|Detailed includeExpensesFlag:flag "
        "transferExpensesAsBillFlag:flag expenseFormat:Default|Condensed suppressMemoFlag:flag "
        "syncPaymentInfoFlag:flag syncWisePayPaymentInfoFlag:flag includeSalesTaxFlag:flag "
        "enableTaxGroupsFlag:flag zeroDollarTaxAmountsFlag:flag includeItemsFlag:flag "
        "inventorySOHFlag:flag sendComponentAmountFlag:flag sendUomFlag:flag "
        "includeCogsEntriesFlag:flag includeCogsDropShipFlag:flag",
        methods=SET_UP,
    ),
    ListOf(
        "gl_account",
        "finance/glAccounts",
        "GLAccount",
        Module.ACCOUNTING,
        f"glType!:{GL_TYPES} mappedType!:ref mappedRecord!:ref {_SEGMENTS} {_COGS} "
        "productId:255 inventory:255 salesCode:255",
    ),
    ListOf(
        "mapped_type",
        "finance/glAccounts/mappedTypes",
        "MappedType",
        Module.ACCOUNTING,
        f"name table recIdField glType:{GL_TYPES} sortOrder:whole",
        methods=READ_ONLY,
        single=False,
    ),
    ListOf(
        "gl_caption",
        "finance/glCaptions",
        "GLCaption",
        Module.ACCOUNTING,
        f"{_SEGMENTS} {_SEGMENT_TYPES} {_COGS}",
        methods=SET_UP,
    ),
    ListOf(
        "gl_path",
        "finance/glpaths",
        "GLPath",
        Module.ACCOUNTING,
        "location:ref path:255 sqlServerName:255 databaseName:100 lastPaymentSync:moment "
        "lastPaymentSyncBy:ref",
    ),
    ListOf(
        "tax_code",
        "finance/taxCodes",
        "TaxCode",
        Module.SETUP,
        "identifier!:8 description!:50 invoiceCaption!:25 effectiveDate!:moment country:ref "
        f"defaultFlag:flag displayOnInvoiceFlag:flag cancelDate:moment {_TAX_LEVELS}",
        ("identifier",),
    ),
    ListOf(
        "tax_code_level",
        "finance/taxCodes/{}/taxCodeLevels",
        "TaxCodeLevel",
        Module.SETUP,
        "taxLevel:whole taxRate!:number rateType!:Amount|Percent taxableMax:number caption:25 "
        "taxCodeXref:50 agencyXref:100 taxServicesFlag:flag taxExpensesFlag:flag "
        "taxProductsFlag:flag",
        parent="tax_code",
    ),
    ListOf(
        "billing_term",
        "finance/billingTerms",
        "BillingTerm",
        Module.SETUP,
        "name!:50 defaultFlag:flag dueDays!:whole termsXref:50",
        ("name", "dueDays", "termsXref"),
    ),
    ListOf(
        "billing_status",
        "finance/billingStatuses",
        "BillingStatus",
        Module.SETUP,
        "name!:30 sortOrder:whole defaultFlag:flag closedFlag:flag inactiveFlag:flag sentFlag:flag",
        ("name", "closedFlag"),
    ),
    ListOf(
        "currency",
        "finance/currencies",
        "Currency",
        Module.SETUP,
        "currencyIdentifier!:10 name!:50 symbol:10 displayIdFlag:flag displaySymbolFlag:flag "
        "currencyCode:ref thousandsSeparator:1 decimalSeparator:1 negativeParenthesesFlag:flag "
        "rightAlign:flag numberOfDecimals:whole",
        ("name", "symbol", "currencyIdentifier"),
    ),
    ListOf(
        "company_finance",
        "finance/companyFinance",
        "CompanyFinance",
        Module.COMPANIES,
        "billOverrideFlag:flag billSrFlag:flag billCompleteSrFlag:flag company:ref",
        methods=SET_UP,
    ),
    ListOf(
        "tax_integration",
        "finance/taxIntegrations",
        "TaxIntegration",
        Module.SETUP,
        "taxIntegrationType accountNumber:50 serviceUrl:250 companyCode:50 timeTaxCode:50 "
        "expenseTaxCode:50 productTaxCode:50 invoiceAmountTaxCode:50 enabledFlag:flag "
        "commitTransactionsFlag:flag salesInvoiceFlag:flag freightTaxCode:50 "
        "accountingIntegrationFlag:flag taxLineFlag:flag",
        methods=SET_UP,
    ),
    # -- procurement -------------------------------------------------------------------------
    ListOf(
        "catalog",
        "procurement/catalog",
        "CatalogItem",
        Module.PROCUREMENT,
        "identifier!:75 description!:60 inactiveFlag:flag subcategory!:ref type!:ref "
        "productClass:Agreement|Bundle|Inventory|NonInventory|Service serializedFlag:flag "
        "serializedCostFlag:flag unitOfMeasure:ref minStockLevel:whole price:number cost:number "
        "taxableFlag:flag dropShipFlag:flag specialOrderFlag:flag customerDescription!:6000 "
        "manufacturer:ref manufacturerPartNumber:50 vendor:ref vendorSku:50 notes "
        "integrationXRef:50 category:ref recurringFlag:flag",
        ("identifier",),
    ),
    ListOf(
        "product_type",
        "procurement/types",
        "ProductType",
        Module.PROCUREMENT,
        "name!:50 inactiveFlag:flag typeXref:InventoryPart|NonInventoryPart|OtherCharge|Service "
        "defaultFlag:flag",
        ("name", "typeXref"),
    ),
    ListOf(
        "category",
        "procurement/categories",
        "ProductCategory",
        Module.PROCUREMENT,
        "name!:50 inactiveFlag:flag integrationXref:50 defaultFlag:flag",
    ),
    ListOf(
        "subcategory",
        "procurement/subcategories",
        "ProductSubCategory",
        Module.PROCUREMENT,
        "name!:50 inactiveFlag:flag integrationXref:50 defaultFlag:flag category!:ref",
        ("name",),
    ),
    ListOf(
        "unit_of_measure",
        "procurement/unitOfMeasures",
        "UnitOfMeasure",
        Module.PROCUREMENT,
        "name!:50 inactiveFlag:flag defaultFlag:flag uomScheduleXref:31",
        ("name",),
    ),
    ListOf(
        "warehouse",
        "procurement/warehouses",
        "Warehouse",
        Module.PROCUREMENT,
        "name!:50 company:ref location!:ref department!:ref manager:ref site:ref "
        "locationXref:10 locationDefaultFlag:flag overallDefaultFlag:flag inactiveFlag:flag "
        "lockedFlag:flag",
        ("name", "locationXref"),
    ),
    ListOf(
        "adjustment_type",
        "procurement/adjustments/types",
        "AdjustmentType",
        Module.PROCUREMENT,
        "identifier!:50 name:100 auditTrailFlag:flag",
        ("identifier",),
    ),
    ListOf(
        "order_status",
        "procurement/purchaseorderstatuses",
        "PurchaseOrderStatus",
        Module.ORDERS,
        "name!:50 defaultFlag:flag closedFlag:flag inactiveFlag:flag defaultClosedFlag:flag "
        "sortOrder:whole",
        ("name", "closedFlag"),
    ),
    # -- expenses ----------------------------------------------------------------------------
    ListOf(
        "expense_type",
        "expense/types",
        "ExpenseType",
        Module.EXPENSES,
        "name!:30 amountCaption! billExpenses!:Billable|DoNotBill|NoCharge|NoDefault "
        "invoiceMarkupOption!:Amount|Mile|Percent inactiveFlag:flag integrationXRef:50 "
        "defaultFlag:flag mileageFlag:flag",
        ("name",),
    ),
    ListOf(
        "payment_type",
        "expense/paymentTypes",
        "PaymentType",
        Module.EXPENSES,
        "name!:30 classification!:ref defaultFlag:flag companyFlag:flag",
        ("name",),
    ),
    ListOf(
        "classification",
        "expense/classifications",
        "Classification",
        Module.EXPENSES,
        "name defaultFlag:flag companyFlag:flag employeeFlag:flag",
        ("name",),
        methods=READ_ONLY,
    ),
)
