"""The rules of the US edition, each with its source, its evidence and what enforces it.

Sources are the marks of sage50-us.md: HLP is Sage's online help, MOB another connector's
help, PSA, RUT and DEVON programs that run against Sage, MOFFIS real files and the program
that wrote them; numbers are sections.  What none of them says outright is inferred.
"""

from __future__ import annotations

from clary.ledger.rules import Enforcer, Evidence, Rule

_PAGE = Evidence.VENDOR_PAGE
_FILE = Evidence.REAL_FILE
_PROGRAM = Evidence.RUNNING_PROGRAM
_INFERRED = Evidence.INFERRED

_EFFECTS: tuple[Rule, ...] = (
    Rule(
        "US-STOCK-PURCHASE",
        "A purchase of stock debits inventory and credits payables.",
        "6.8",
        _INFERRED,
    ),
    Rule(
        "US-STOCK-SALE",
        "A sale of stock debits receivables and cost of sales and credits revenue and inventory.",
        "6.8, invoice_detail_export.xml",
        _FILE,
    ),
    Rule(
        "US-SERVICE-PURCHASE",
        "A purchase of a non-stock item, service or labor debits its salaries account.",
        "6.8",
        _INFERRED,
    ),
    Rule(
        "US-SERVICE-SALE",
        "A sale of a non-stock item, service or labor credits its salaries account with its unit "
        "cost, against cost of sales.",
        "6.8",
        _INFERRED,
    ),
    Rule(
        "US-DESCRIPTION-PURCHASE",
        "A purchase of a description-only item debits its cost of sales account.",
        "6.8",
        _INFERRED,
    ),
    Rule(
        "US-DESCRIPTION-SALE",
        "A sale of a description-only item has no cost entry.",
        "6.8",
        _INFERRED,
    ),
    Rule(
        "US-CREDIT-MEMO",
        "A credit memo does the opposite of an invoice and takes goods back at what they cost now.",
        "6.8",
        _INFERRED,
    ),
    Rule(
        "US-VENDOR-CREDIT",
        "A vendor credit does the opposite of a bill and sends goods back at their cost.",
        "6.8",
        _INFERRED,
    ),
    Rule(
        "US-RECEIPT",
        "A receipt debits cash and discount and credits receivables, or revenue of direct lines.",
        "6.8, receipt_import.xml",
        _FILE,
    ),
    Rule(
        "US-PAYMENT",
        "A payment debits payables, or the expense of direct lines, and credits cash and discount.",
        "6.8",
        _INFERRED,
    ),
    Rule(
        "US-ADJUSTMENT",
        "An inventory adjustment moves inventory against its source account.",
        "6.8",
        _INFERRED,
    ),
    Rule(
        "US-JOURNAL",
        "A general journal entry has two lines or more, and they add up to zero.",
        "HLP (general journal)",
        _PAGE,
        ("JOURNAL_UNBALANCED", "JOURNAL_LINES"),
    ),
    Rule("US-ORDERS", "Quotes, sales orders and purchase orders post nothing.", "6.8", _INFERRED),
    Rule(
        "US-ORDER-DELIVERED",
        "An order's lines know what the invoices or purchases that name it have delivered; the "
        "order stays open until it is closed by hand.",
        "3.4 (SalesOrderDistNum, PurchaseOrderDistNum)",
        _INFERRED,
        ("ORDER_UNKNOWN",),
        Enforcer.COMPANY,
    ),
    Rule(
        "US-WAITING-ON-BILL",
        "Goods that wait for their bill accrue like a bill, without a due date.",
        "6.8",
        _INFERRED,
    ),
    Rule(
        "US-FREIGHT",
        "Freight of an invoice goes to the freight account.",
        "invoice_detail_export.xml",
        _FILE,
    ),
    Rule(
        "US-COSTS-BY-BOOKS",
        "The cost entries of a sale are made by the books, never by who posts the sale.",
        "5.2 (system rows for cost of sales)",
        _PROGRAM,
    ),
    Rule("US-FIFO", "FIFO: what came in first goes out first.", "6.4", _PAGE),
    Rule("US-LIFO", "LIFO: what came in last goes out first.", "6.4", _PAGE),
    Rule("US-AVERAGE", "Average: goods go out at the average of what is in stock.", "6.4", _PAGE),
    Rule(
        "US-STOCK-SHORT",
        "Stock sold before it came costs nothing yet; its cost goes to cost of sales when it "
        "comes.",
        "invoice_detail_export.xml (cost 0.00); the rest inferred",
        _FILE,
        ("STOCK_SHORT",),
    ),
)

_TAX_AND_CREDIT: tuple[Rule, ...] = (
    Rule(
        "US-TAX-AGENCIES",
        "A tax code is a list of agencies, each with a rate and an account.",
        "6.6, sales_tax_codes_export.xml",
        _FILE,
        ("TAX_AGENCY_UNKNOWN",),
    ),
    Rule("US-TAX-EXEMPT", "An exempt code, or none, means no tax.", "6.6", _INFERRED),
    Rule("US-TAX-FREIGHT", "A code says whether freight is taxed.", "6.6 (TaxFreight)", _FILE),
    Rule(
        "US-TAX-ITEM-TYPE",
        "A line is taxed by its item tax type; there are up to 25.",
        "6.6",
        _FILE,
        ("TAX_TYPE_UNKNOWN",),
    ),
    Rule(
        "US-TAX-STATED",
        "Stated tax differs by at most a cent per taxed line, unless it is to be kept.",
        "project requirement",
        _INFERRED,
        ("TAX_DIFFERS",),
    ),
    Rule(
        "US-TAX-CODE-CHOICE",
        "The tax code is the document's, else the customer's.",
        "2 (ShipToAddress/Sales_Tax_Code)",
        _FILE,
        ("UNKNOWN_REFERENCE",),
    ),
    Rule("US-CREDIT-NO-LIMIT", "No Credit Limit: nothing happens.", "MOB", _PAGE),
    Rule(
        "US-CREDIT-NOTIFY",
        "Notify Over Limit: saved with a warning.",
        "MOB, HLP",
        _PAGE,
        ("CREDIT_OVER_LIMIT",),
    ),
    Rule(
        "US-CREDIT-ALWAYS-NOTIFY",
        "Always Notify: saved with a warning each time.",
        "MOB, HLP",
        _PAGE,
        ("CREDIT_ALWAYS_NOTIFY",),
    ),
    Rule(
        "US-CREDIT-HOLD",
        "Hold Over Limit: refused over the limit.",
        "MOB, HLP",
        _PAGE,
        ("CREDIT_OVER_LIMIT",),
    ),
    Rule(
        "US-CREDIT-ALWAYS-HOLD", "Always Hold: refused.", "MOB, HLP", _PAGE, ("CREDIT_ALWAYS_HOLD",)
    ),
    Rule(
        "US-CREDIT-STATUSES",
        "The five credit statuses are numbered 0 to 4 in files.",
        "6.5 (numbers inferred)",
        _INFERRED,
        (),
        Enforcer.EDITION,
    ),
)

_DOCUMENTS: tuple[Rule, ...] = (
    Rule(
        "US-LINE-ACCOUNT",
        "Company and party defaults never choose the account of a line.",
        "project requirement",
        _INFERRED,
        ("ACCOUNT_REQUIRED",),
    ),
    Rule(
        "US-ITEM-ACCOUNTS",
        "An item that is posted has the accounts of its class.",
        "6.2",
        _INFERRED,
        ("ITEM_ACCOUNT_MISSING",),
    ),
    Rule(
        "US-CONTROL-ACCOUNT",
        "Receivable, payable and inventory accounts are posted to by their own documents.",
        "6.3",
        _INFERRED,
        ("CONTROL_ACCOUNT", "ACCOUNT_TYPE_WRONG"),
    ),
    Rule(
        "US-REFERENCES",
        "What a document names exists, and accounts are active.",
        "6.2",
        _INFERRED,
        ("UNKNOWN_REFERENCE", "ACCOUNT_INACTIVE", "REFERENCE_REQUIRED"),
    ),
    Rule(
        "US-AMOUNT",
        "A line's amount is stated or quantity times unit price, a cent apart at most.",
        "4.4 (Amount is not automatic)",
        _PROGRAM,
        ("AMOUNT_REQUIRED", "AMOUNT_DIFFERS"),
    ),
    Rule(
        "US-QUANTITY",
        "A line of stock has a quantity, and none is negative.",
        "project requirement",
        _INFERRED,
        ("QUANTITY_REQUIRED", "QUANTITY_NEGATIVE"),
    ),
    Rule(
        "US-TOTAL",
        "A stated total is the sum of the document, which is not negative.",
        "project requirement",
        _INFERRED,
        ("TOTAL_DIFFERS", "TOTAL_NEGATIVE"),
    ),
    Rule(
        "US-LINES",
        "A document has at least one line.",
        "3.1 (Number of Distributions)",
        _PAGE,
        ("LINES_REQUIRED",),
    ),
    Rule(
        "US-PERIOD",
        "Nothing is posted outside the open periods of two fiscal years.",
        "HLP CloseFiscalYear",
        _PAGE,
        ("PERIOD_CLOSED",),
    ),
    Rule(
        "US-NUMBER",
        "A number may be blank; a second one of a party warns.",
        "6.8 (field table; warning inferred)",
        _PAGE,
        ("NUMBER_DUPLICATE",),
    ),
    Rule(
        "US-INACTIVE",
        "An inactive party warns and does not stop.",
        "6.8",
        _PAGE,
        ("PARTY_INACTIVE",),
    ),
    Rule(
        "US-TERMS",
        "Due and discount date, and the discount, follow from the party's terms.",
        "3.1 (Date Due is not computed at import)",
        _INFERRED,
    ),
    Rule(
        "US-APPLY",
        "Money and credits settle open documents of the party, partly or split, never more than "
        "is open, their discounts included.",
        "4.5 (AddInvoiceLine), 5.2",
        _PROGRAM,
        ("APPLIED_TOO_MUCH", "DOCUMENT_NOT_OPEN", "DOCUMENT_AMBIGUOUS", "AMOUNT_NOT_POSITIVE"),
    ),
    Rule(
        "US-DISCOUNT-CREDIT",
        "A credit memo that settles an invoice gives no discount.",
        "4.5 (discounts belong to receipts)",
        _INFERRED,
        ("DISCOUNT_ON_CREDIT",),
    ),
    Rule(
        "US-PARTY-REQUIRED",
        "Money for invoices or on account names its party.",
        "3.2",
        _PAGE,
        ("PARTY_REQUIRED",),
    ),
)

_LISTS: tuple[Rule, ...] = (
    Rule(
        "US-ID-LENGTH",
        "IDs have at most 20 characters, account IDs 15, tax codes 8.",
        "6.1 (HLP customer header, DDF)",
        _PAGE,
        ("TEXT_TOO_LONG",),
        Enforcer.SCHEMA,
    ),
    Rule(
        "US-ID-CHARACTERS",
        "IDs of customers, vendors and items hold none of * ? +.",
        "6.1 (HLP customer header)",
        _PAGE,
        ("TEXT_CHARACTERS",),
        Enforcer.SCHEMA,
    ),
    Rule(
        "US-ID-UNIQUE",
        "IDs are unique whatever their case.",
        "6.1 (HLP customer header)",
        _PAGE,
        ("DUPLICATE_KEY",),
        Enforcer.COMPANY,
    ),
    Rule(
        "US-ID-CHANGE",
        "IDs of customers, vendors and items change in place, account IDs do not.",
        "6.1 (DDF pages)",
        _PAGE,
        ("KEY_FIXED",),
        Enforcer.COMPANY,
    ),
    Rule(
        "US-IDENTITY",
        "GUID and record number stay when an ID changes.",
        "6.1",
        _PAGE,
        (),
        Enforcer.COMPANY,
    ),
    Rule(
        "US-ACCOUNT-TYPES",
        "Account types have one number in files and another in the .NET interface.",
        "6.3",
        _PAGE,
        (),
        Enforcer.EDITION,
    ),
    Rule(
        "US-ITEM-CLASSES",
        "Item classes are numbered 0 to 11.",
        "6.4 (HLP)",
        _PAGE,
        (),
        Enforcer.EDITION,
    ),
    Rule(
        "US-OBJECTS",
        "Records travel under the names and numbers of the import and export window.",
        "1.3",
        _FILE,
        (),
        Enforcer.EDITION,
    ),
    Rule(
        "US-JOURNAL-CODES",
        "Posted documents are told apart by journal and extended journal numbers.",
        "5.3 (PSA)",
        _PROGRAM,
        (),
        Enforcer.EDITION,
    ),
    Rule(
        "US-ITEM-CLASS-FIXED",
        "The class of an item is set once, its costing method until it is used.",
        "6.2",
        _INFERRED,
        ("FIELD_FIXED",),
        Enforcer.COMPANY,
    ),
    Rule(
        "US-ONE-RETAINED",
        "There is exactly one retained earnings account.",
        "6.3",
        _PAGE,
        ("RETAINED_EARNINGS_ONCE",),
        Enforcer.COMPANY,
    ),
    Rule(
        "US-DEFAULTS",
        "A new customer needs the default revenue account, a new vendor the expense account.",
        "project requirement",
        _INFERRED,
        ("DEFAULT_MISSING",),
        Enforcer.COMPANY,
    ),
    Rule(
        "US-PROSPECT",
        "A prospect becomes a customer with its first invoice.",
        "6.8 (HLP)",
        _PAGE,
        (),
        Enforcer.COMPANY,
    ),
    Rule(
        "US-LAST-SAVED",
        "LastSavedAt is empty until a record is first saved again.",
        "4.4 (RUT, ZYNK)",
        _PROGRAM,
        (),
        Enforcer.COMPANY,
    ),
    Rule(
        "US-DELETE",
        "A record that others refer to is not deleted.",
        "6.8 (HLP Purge_Criteria)",
        _PAGE,
        ("RECORD_IN_USE_BY", "BALANCE_NOT_ZERO"),
        Enforcer.COMPANY,
    ),
    Rule(
        "US-RIGHTS",
        "A Sage user has one of four levels of rights in each area.",
        "1.3 (access levels)",
        _FILE,
        ("RIGHT_MISSING",),
        Enforcer.COMPANY,
    ),
)

RULES: tuple[Rule, ...] = (*_EFFECTS, *_TAX_AND_CREDIT, *_DOCUMENTS, *_LISTS)
