"""The lists of a seeded site: set-up, companies, people, catalog and the GL mapping."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from decimal import Decimal

from clary.apps.connectwise.sandbox.chart import MAPPED_TYPES
from clary.apps.connectwise.sandbox.declared import LEVELS
from clary.apps.connectwise.sandbox.lists import insert
from clary.apps.connectwise.sandbox.seed.companies import add_companies
from clary.apps.connectwise.sandbox.seed.world import (
    BRANCH,
    CLOSED_BRANCH,
    FEE,
    FEES,
    HARDWARE,
    KITS,
    LABOUR,
    LICENCE,
    LICENCES,
    LOOSE,
    MAIN,
    ODDS,
    PART,
    SERVICE,
    TRAINING,
    UNMAPPED,
    World,
    rows_of,
)
from clary.apps.connectwise.sandbox.tax_levels import levels_from_code
from clary.apps.connectwise.sandbox.wire import Json

LONG_AGO = "2019-01-01T00:00:00Z"
API_MEMBER = "CLARY"
KEYS = {
    "public": ("private", API_MEMBER),
    "finance": ("finance", "MDELGADO"),
    "executive": ("executive", "OFLETCHER"),
    "admin": ("admin", "PRAMAN"),
    "weak": ("weak", "HBRANDT"),
    "branch": ("branch", "LBRANCH"),
}
"""Public key, private key and member of each key."""

INTEGRATORS = (
    ("integrator", "integrator", 1, 1),
    ("own-records", "own-records", 0, 1),
    ("no-member-api", "no-member-api", 1, 0),
)
"""Name, password, access level All records, Member API on."""

CATALOG = """
NB-01|Notebook 13in 8GB|1|650|520
NB-04|Notebook 14in 16GB|1|1010|808
MN-02|Monitor 24in|1|180|136
DK-02|Dock USB-C dual|1|150|112
SW-01|Switch 5 port|1|30|22
KB-02|Keyboard wireless|1|36|23
MS-04|Mouse trackball|1|44|27
CB-03|Patch cable 2m|1|10|4
UC-04|USB cable to video|1|21|9
VC-02|Video cable 2m|1|17|8
PW-01|Power strip 4 way|1|15|8
SV-ONSITE|On-site support|2|125|60
SV-REMOTE|Remote support|2|105|52
SV-INSTALL|Installation|2|115|58
SV-PROJECT|Project work|2|145|70
NS-OFFICE|Office suite, a seat|3|16.50|12.40
NS-GUARD|Endpoint protection, a seat|3|5.80|3.60
NS-MAIL|Mail archive, a seat|3|4.40|2.90
NS-BACKUP|Cloud backup, 500 GB|3|29.00|19.00
NS-PHONE|Hosted phone, an extension|3|15.50|9.50
AP-90|Access point, mesh|1|240|168
NS-VAULT|Password vault, a seat|3|3.90|2.10
FEE-DISPOSAL|Disposal of old equipment|7|18|0
KIT-01|Training kit, network|4|320|210
BOX-01|Box of nobody's|5|25|12
ODD-01|Odds and ends|6|14|0
"""
"""Code, text, subcategory, price and cost.  The last but three are new to the books; the last
three belong to the deliberate gaps."""

_TYPE_OF = {
    HARDWARE: (PART, "Hardware", "Inventory"),
    LABOUR: (SERVICE, "Labour", "Service"),
    LICENCES: (LICENCE, "Licence", "NonInventory"),
    KITS: (PART, "Hardware", "Inventory"),
    UNMAPPED: (PART, "Hardware", "Inventory"),
    ODDS: (LOOSE, "Loose", "NonInventory"),
    FEES: (FEE, "Fee", "NonInventory"),
}
_SUBCATEGORIES = {
    HARDWARE: "Hardware",
    LABOUR: "Labour",
    LICENCES: "Licences",
    KITS: "Training kits",
    UNMAPPED: "Not mapped",
    ODDS: "Odds",
    FEES: "Fees",
}
_EXPENSE_TYPES = ("travel", "mileage", "parking", "supplies")
_TEXTS: Mapping[str, tuple[Mapping[str, Json], ...]] = {
    "billing_status": (
        # in the order of OPEN_STATUS, SENT_STATUS and CLOSED_STATUS
        {"name": "New", "defaultFlag": True, "closedFlag": False, "sentFlag": False},
        {"name": "Sent", "defaultFlag": False, "closedFlag": False, "sentFlag": True},
        {"name": "Closed", "defaultFlag": False, "closedFlag": True, "sentFlag": True},
    ),
    "billing_term": (
        {"name": "Net 30", "dueDays": 30, "termsXref": "Net 30", "defaultFlag": True},
        {"name": "Due on receipt", "dueDays": 0, "termsXref": "COD", "defaultFlag": False},
        {"name": "Net 15", "dueDays": 15, "termsXref": "Net 15", "defaultFlag": False},
    ),
    "company_type": (
        {"name": "Owner", "vendorFlag": False},
        {"name": "Client", "vendorFlag": False, "defaultFlag": True},
        {"name": "Vendor", "vendorFlag": True},
    ),
    "company_status": ({"name": "Active", "defaultFlag": True}, {"name": "Not active"}),
    "classification": (
        {"name": "Reimbursable", "employeeFlag": True, "defaultFlag": True},
        {"name": "Non-Reimbursable", "companyFlag": True},
        {"name": "Personal"},
    ),
    "order_status": (
        {"name": "Open", "defaultFlag": True, "closedFlag": False, "sortOrder": 1},
        {"name": "Closed", "closedFlag": True, "defaultClosedFlag": True, "sortOrder": 2},
    ),
    "adjustment_type": (
        {"identifier": "Count", "name": "Stock count"},
        {"identifier": "Write-off", "name": "Written off"},
    ),
    "category": ({"name": "Everything", "defaultFlag": True},),
    "unit_of_measure": ({"name": "Each", "defaultFlag": True, "uomScheduleXref": "EACH"},),
    "product_type": (
        {"name": "Hardware", "typeXref": "InventoryPart", "defaultFlag": True},
        {"name": "Labour", "typeXref": "Service"},
        {"name": "Licence", "typeXref": "NonInventoryPart"},
        {"name": "Fee", "typeXref": "OtherCharge"},
        {"name": "Loose"},
    ),
    "accounting_package": tuple(
        {"identifier": code, "name": name}
        for code, name in (
            ("QB99", "QuickBooks"),
            ("Mas200", "Sage 100"),
            ("GPlains", "Great Plains"),
            ("SBA", "Small Business Accounting"),
            ("Other", "Other"),
        )
    ),
}
_LOCATIONS = (
    (MAIN, "Main office"),
    (BRANCH, "Branch"),
    (TRAINING, "Training"),
    (CLOSED_BRANCH, "Closed branch"),
)


def fill(connection: sqlite3.Connection, world: World) -> None:
    """Fill every list of an empty site."""
    for table, bodies in _TEXTS.items():
        for body in bodies:
            insert(connection, table, body)
    _setup(connection, world)
    _taxes(connection, world)
    add_companies(connection, world)
    _members(connection, world)
    _catalog(connection, world)
    _mapping(connection, world)


# -- set-up ------------------------------------------------------------------------------------


def _setup(connection: sqlite3.Connection, world: World) -> None:
    code, name, symbol = world.currency
    for identifier, text, sign in ((code, name, symbol), ("EUR", "Euro", "€")):
        insert(connection, "currency", _currency(identifier, text, sign))
    for number, (department, text) in enumerate(world.departments, start=1):
        body: dict[str, Json] = {"identifier": department, "name": text}
        insert(connection, "department", body, identifier=number)
    for place, text in _LOCATIONS:
        _location(connection, place, text)
    insert(
        connection,
        "accounting_package_setup",
        {
            "accountingPackage": {"id": 5, "identifier": "Other", "name": "Other"},
            "directTransferFlag": False,
            "includeInvoicesFlag": True,
            "invoiceFormat": "Default",
            "includeExpensesFlag": True,
            "transferExpensesAsBillFlag": True,
            "expenseFormat": "Default",
            "suppressMemoFlag": False,
            "syncPaymentInfoFlag": True,
            "includeSalesTaxFlag": True,
            "enableTaxGroupsFlag": False,
            "zeroDollarTaxAmountsFlag": False,
            "includeItemsFlag": True,
            "inventorySOHFlag": True,
            "sendComponentAmountFlag": False,
            "sendUomFlag": True,
            "includeCogsEntriesFlag": False,
            "includeCogsDropShipFlag": False,
        },
    )
    insert(
        connection,
        "gl_caption",
        {"segment1": "Account", "segment1type": "Account", "cogs1": "Account"},
    )


def _currency(code: str, name: str, symbol: str) -> dict[str, Json]:
    return {
        "currencyIdentifier": code,
        "name": name,
        "symbol": symbol,
        "displayIdFlag": False,
        "displaySymbolFlag": True,
        "currencyCode": {"id": 1, "name": code},
        "thousandsSeparator": ",",
        "decimalSeparator": ".",
        "negativeParenthesesFlag": False,
        "rightAlign": False,
        "numberOfDecimals": 2,
    }


def _location(connection: sqlite3.Connection, identifier: int, name: str) -> None:
    insert(
        connection,
        "location",
        {
            "name": name,
            "ownerLevelId": identifier,
            "structureLevel": {"id": 2, "name": "Location"},
            "locationFlag": True,
            "clientFlag": False,
        },
        identifier=identifier,
    )
    reference: Json = {"id": identifier, "name": name}
    insert(connection, "gl_path", {"location": reference, "path": "gl"}, identifier=identifier)
    insert(
        connection,
        "warehouse",
        {
            "name": f"{name} stock",
            "location": reference,
            "department": {"id": 3},
            "locationXref": f"L{identifier}",
            "lockedFlag": False,
        },
        identifier=identifier,
    )


def _taxes(connection: sqlite3.Connection, world: World) -> None:
    for identifier, code in enumerate(world.taxes, start=1):
        body: dict[str, Json] = {
            "identifier": code.identifier,
            "description": code.description,
            "invoiceCaption": code.description,
            "effectiveDate": LONG_AGO,
            "defaultFlag": code.identifier == world.usual_tax,
        }
        for word, level in zip(LEVELS, code.levels, strict=False):
            body |= {
                f"level{word}Rate": Decimal(level.rate),
                f"level{word}RateType": "Percent",
                f"level{word}Caption": level.caption,
                f"level{word}TaxCodeXref": level.xref,
                f"level{word}AgencyXref": level.agency,
                f"level{word}ServicesFlag": True,
                f"level{word}ExpensesFlag": True,
                f"level{word}ProductsFlag": True,
            }
        insert(connection, "tax_code", body, identifier=identifier)
        levels_from_code(connection, identifier)


# -- people -------------------------------------------------------------------------------------


_ROLES = {"Admin": 1, "Finance": 2, "Executive": 3, "Service": 4}


def _members(connection: sqlite3.Connection, world: World) -> None:
    rows = [[API_MEMBER, "API", "Member", "", "Admin", str(MAIN)], *rows_of(world.members)]
    names = dict(_LOCATIONS)
    for code, first, last, vendor, role, place in rows:
        level = 2 if code == "LBRANCH" else 1
        location: Json = {"id": int(place), "name": names[int(place)]}
        insert(
            connection,
            "member",
            {
                "identifier": code,
                "firstName": first,
                "lastName": last,
                "vendorNumber": vendor or None,
                "licenseClass": "A" if code == API_MEMBER else "F",
                "hireDate": LONG_AGO,
                "officeEmail": f"{code}@{world.name.split()[0]}.example".lower(),
                "primaryEmail": f"{code}@{world.name.split()[0]}.example".lower(),
                "officePhone": world.phone.format(len(code)),
                "defaultEmail": "Office",
                "defaultPhone": "Office",
                "securityRole": {"id": _ROLES[role], "name": role},
                "structureLevel": {"id": level, "name": "Corporate" if level == 1 else "Location"},
                "securityLocation": location,
                "defaultLocation": location,
                "inactiveFlag": False,
                "adminFlag": role == "Admin",
            },
        )
    for public, (private, code) in KEYS.items():
        connection.execute(
            "INSERT INTO api_key SELECT ?, ?, id, NULL FROM member WHERE identifier = ?",
            (public, private, code),
        )
    connection.executemany("INSERT INTO integrator VALUES (?, ?, ?, ?)", INTEGRATORS)


# -- catalog and mapping -----------------------------------------------------------------------


def _catalog(connection: sqlite3.Connection, world: World) -> None:
    for identifier, name in _SUBCATEGORIES.items():
        body: dict[str, Json] = {"name": name, "category": {"id": 1, "name": "Everything"}}
        insert(connection, "subcategory", body, identifier=identifier)
    cent, share = Decimal("0.01"), Decimal(world.price_percent) / 100
    for code, text, subcategory, price, cost in rows_of(CATALOG):
        kind, kind_name, product_class = _TYPE_OF[int(subcategory)]
        insert(
            connection,
            "catalog",
            {
                "identifier": code,
                "description": text,
                "customerDescription": text,
                "subcategory": {"id": int(subcategory), "name": _SUBCATEGORIES[int(subcategory)]},
                "category": {"id": 1, "name": "Everything"},
                "type": {"id": kind, "name": kind_name},
                "productClass": product_class,
                "serializedFlag": code.startswith("NB-"),
                "unitOfMeasure": {"id": 1, "name": "Each"},
                "price": (Decimal(price) * share).quantize(cent),
                "cost": (Decimal(cost) * share).quantize(cent),
                "taxableFlag": kind == PART,
                "inactiveFlag": False,
                "dropShipFlag": False,
            },
        )
    for name in _EXPENSE_TYPES:
        insert(
            connection,
            "expense_type",
            {
                "name": name.capitalize(),
                "amountCaption": "Amount",
                "billExpenses": "Billable",
                "invoiceMarkupOption": "Percent",
                "mileageFlag": name == "mileage",
            },
        )
    for name, kind in (("Own money", 1), ("Company Card", 2)):
        insert(connection, "payment_type", {"name": name, "classification": {"id": kind}})


def _mapping(connection: sqlite3.Connection, world: World) -> None:
    """Add mapped types, and the account of everything that has one."""
    for identifier, name, table, column, kind in MAPPED_TYPES:
        insert(
            connection,
            "mapped_type",
            {
                "name": name,
                "table": table,
                "recIdField": column,
                "glType": kind,
                "sortOrder": identifier,
            },
            identifier=identifier,
        )
    kinds = {name: (identifier, kind) for identifier, name, _, _, kind in MAPPED_TYPES}

    def add(name: str, record: int, record_name: str, **accounts: str) -> None:
        identifier, kind = kinds[name]
        body: dict[str, Json] = {
            "glType": kind,
            "mappedType": {"id": identifier, "name": name},
            "mappedRecord": {"id": record, "name": record_name},
        }
        body |= {field: number for field, number in accounts.items() if number}
        insert(connection, "gl_account", body)

    use = world.accounts
    for name, account in (
        ("Accounts Receivable", "receivable"),
        ("Accounts Payable", "payable"),
        ("Revenue - Service", "service"),
        ("Revenue - Agreement", "agreement"),
        ("Revenue - Expense", "expense revenue"),
        ("Down Payment", "down payment"),
        ("Purchase Order Freight", "freight"),
        ("Expense Offset", "expense offset"),
        ("Inventory Adjustment", "adjustment"),
        ("Inventory Transfer", "transfer"),
    ):
        add(name, 0, "Default", segment1=use[account])
    for record, product in world.products.items():
        name = _SUBCATEGORIES[record]
        add(
            "Revenue - Product",
            record,
            name,
            segment1=product.sales,
            cogs1=product.cost,
            inventory=product.inventory,
        )
        add("Purchase", record, name, segment1=product.purchase)
    for record, name in enumerate(_EXPENSE_TYPES, start=1):
        for mapped in ("Expense External", "Expense Internal"):
            add(mapped, record, name.capitalize(), segment1=use[name])
    for code, tax in enumerate(world.taxes, start=1):
        for number, level in enumerate(tax.levels, start=1):
            record = code * 10 + number
            add("Sales Tax", record, level.caption, segment1=level.sales_account)
            add("Purchase Tax", record, level.caption, segment1=level.purchase_account)
