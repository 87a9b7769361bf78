"""Tables of the US demo company: chart of accounts, taxes, people, vendors, opening balances."""

from __future__ import annotations

from decimal import Decimal

from clary.companies.sandbox.seed.story import Occasional, Recurring, Yearly
from clary.kernel.change import Body

CHART = """
10000 Petty cash|cash
10200 Checking account|cash
10300 Payroll account|cash
10500 Savings account|cash
11000 Accounts receivable|accounts_receivable
11500 Allowance for doubtful accounts|other_current_assets
12000 Inventory|inventory
14000 Prepaid expenses|other_current_assets
14100 Employee advances|other_current_assets
15000 Furniture and fixtures|fixed_assets
15100 Computer equipment|fixed_assets
15200 Vehicles|fixed_assets
17000 Depreciation, furniture|accumulated_depreciation
17100 Depreciation, equipment|accumulated_depreciation
17200 Depreciation, vehicles|accumulated_depreciation
19000 Deposits|other_assets
20000 Accounts payable|accounts_payable
23000 Accrued expenses|other_current_liabilities
23100 Sales tax payable, state|other_current_liabilities
23110 Sales tax payable, county|other_current_liabilities
23120 Sales tax payable, Nevada|other_current_liabilities
23200 Wages payable|other_current_liabilities
23400 Payroll taxes payable|other_current_liabilities
24000 Customer deposits|other_current_liabilities
27000 Long-term notes payable|long_term_liabilities
39003 Common stock|equity_does_not_close
39004 Paid-in capital|equity_does_not_close
39005 Retained earnings|retained_earnings
39007 Dividends paid|equity_gets_closed
40000 Sales, hardware|income
40100 Sales, services|income
40200 Sales, subscriptions|income
40300 Sales, other|income
40900 Sales returns|income
41000 Freight charged|income
48000 Interest income|income
49000 Sales discounts|income
50000 Cost of sales, hardware|cost_of_sales
50100 Cost of sales, services|cost_of_sales
50200 Cost of sales, subscriptions|cost_of_sales
50300 Subcontractors|cost_of_sales
57500 Freight paid|cost_of_sales
59000 Purchase discounts|cost_of_sales
60000 Wages, office|expenses
60100 Wages, technicians|expenses
60200 Payroll taxes|expenses
60300 Employee benefits|expenses
61000 Advertising|expenses
62000 Bank charges|expenses
62500 Bad debts|expenses
63000 Depreciation|expenses
64000 Insurance|expenses
65000 Legal and accounting|expenses
66000 Office supplies|expenses
66500 Postage|expenses
67000 Rent|expenses
68000 Repairs|expenses
68500 Cleaning|expenses
69000 Telephone|expenses
70000 Travel|expenses
71000 Utilities|expenses
72000 Vehicle running|expenses
73000 Subscriptions bought|expenses
74000 Training|expenses
85000 Interest expense|expenses
89000 Other expense|expenses
"""
DEFAULTS = {
    "accounts_receivable": "11000",
    "accounts_payable": "20000",
    "sales": "40100",
    "purchases": "66000",
    "freight": "41000",
    "sales_discount": "49000",
    "purchase_discount": "59000",
    "cash": "10200",
    "retained_earnings": "39005",
}
RECEIVABLE, CHECKING, PAYROLL, PETTY_CASH = "11000", "10200", "10300", "10000"
RETAINED, RETURNS, ALLOWANCE = "39005", "40900", "11500"

HELD = "REDFERN-PRINTING"
"""The customer on hold, a slow payer."""

SALES_ACCOUNT = {"stock": "40000", "service": "40100", "non_stock": "40200"}
COST_ACCOUNT = {"stock": "50000", "service": "50100", "non_stock": "50200"}
OTHER_ACCOUNT = {"stock": "12000", "service": "60100", "non_stock": "73000"}
"""Inventory of stock; of the others the account that the sale's cost is taken out of."""

TAX_TYPES = {"stock": 1, "service": 2, "non_stock": 2}
"""Hardware is taxed; work and subscriptions are not."""

TAX_RATES = {
    "CA": (("STATE", "6.000000", "23100"), ("COUNTY", "1.250000", "23110")),
    "NV": (("NEVADA", "6.850000", "23120"),),
}
TAX_NAMES = {
    "STATE": "State tax",
    "COUNTY": "County tax",
    "NEVADA": "Nevada tax",
}
TAXED_FREIGHT = ("NV",)
TAX_OF_STATE = {"CA": "CA", "NV": "NV", "OR": "EXEMPT"}
TAX_OFFICES = {"23100": "CA-TAX-OFFICE", "23110": "CA-TAX-OFFICE", "23120": "NV-TAX-OFFICE"}

EMPLOYEES = (
    ("EMP-01", "Maria Delgado", "2009-03-02", "7600.00", "60000", True),
    ("EMP-02", "Owen Fletcher", "2012-06-18", "4900.00", "60000", True),
    ("EMP-03", "Priya Raman", "2015-01-12", "4300.00", "60000", True),
    ("EMP-04", "Helen Brandt", "2018-09-04", "1650.00", "60000", False),
    ("EMP-05", "Marcus Webb", "2011-10-03", "7350.00", "60100", False),
    ("EMP-06", "Lena Sorensen", "2014-04-21", "6950.00", "60100", False),
    ("EMP-07", "Tomas Aguilar", "2016-08-15", "6600.00", "60100", False),
    ("EMP-08", "Jin Park", "2019-05-06", "6250.00", "60100", False),
    ("EMP-09", "Dana Whitlock", "2021-02-01", "5750.00", "60100", False),
)
"""ID, name, hired on, monthly wage, account of the wage, and whether they sell."""

EMPLOYER_TAX_PERCENT = Decimal("8.4")
WITHHELD_PERCENT = Decimal("21.5")

VENDORS = (
    ("HARBOR-PROPERTIES", "Harbor Street Properties", "67000", 10),
    ("DELTA-POWER", "Delta Valley Power", "71000", 20),
    ("CREEK-WATER", "Mill Creek Water District", "71000", 30),
    ("BAYLINE-TELECOM", "Bayline Telecom", "69000", 20),
    ("GOODHEALTH-PLAN", "Good Health Plan", "60300", 10),
    ("CANYON-FUEL", "Canyon Fuel Cards", "72000", 14),
    ("BRIGHT-CLEANING", "Bright Day Cleaning", "68500", 30),
    ("SIGNPOST-MEDIA", "Signpost Media", "61000", 30),
    ("PAPER-LANTERN", "Paper Lantern Stationers", "66000", 30),
    ("SWIFT-COURIERS", "Swift River Couriers", "57500", 14),
    ("GRANITE-INSURANCE", "Granite Mutual Insurance", "64000", 30),
    ("ABACUS-CPA", "Abacus Row CPAs", "65000", 30),
    ("NORTHLINE-CABLING", "Northline Cabling", "50300", 30),
    ("VAN-CENTER", "Van Center Garage", "72000", 30),
    ("CLOUDHOUSE", "Cloudhouse Distribution", "73000", 30),
    ("SEATWISE", "Seatwise Licensing", "73000", 30),
    ("CA-TAX-OFFICE", "California tax office", "23100", 0),
    ("NV-TAX-OFFICE", "Nevada tax office", "23120", 0),
)
"""ID, name, usual account and days of the vendors that have a part in every month."""

LICENCE_VENDORS = ("CLOUDHOUSE", "SEATWISE")
SUPPLIERS = 16
OTHERS = 46
"""Vendors of hardware, and those that are bought from now and then."""

RECURRING = (
    Recurring("HARBOR-PROPERTIES", 1, "67000", "4250.00", 0, "Rent"),
    Recurring("GOODHEALTH-PLAN", 3, "60300", "2950.00", 0, "Health plan"),
    Recurring("BAYLINE-TELECOM", 6, "69000", "465.00", 6, "Telephone and data"),
    Recurring("DELTA-POWER", 8, "71000", "520.00", 25, "Electricity and gas"),
    Recurring("CREEK-WATER", 12, "71000", "84.00", 12, "Water"),
    Recurring("SIGNPOST-MEDIA", 14, "61000", "880.00", 20, "Advertising"),
    Recurring("PAPER-LANTERN", 17, "66000", "240.00", 40, "Stationery"),
    Recurring("CANYON-FUEL", 20, "72000", "640.00", 18, "Fuel"),
    Recurring("NORTHLINE-CABLING", 22, "50300", "1250.00", 45, "Cabling for projects"),
    Recurring("BRIGHT-CLEANING", 25, "68500", "380.00", 0, "Office cleaning"),
    Recurring("SWIFT-COURIERS", 27, "57500", "195.00", 35, "Inbound freight"),
)
YEARLY = (
    Yearly(0, "GRANITE-INSURANCE", "14000", "13200.00", "Business insurance, 12 months"),
    Yearly(2, "ABACUS-CPA", "23000", "9000.00", "Accounts and tax return"),
    Yearly(5, "CLOUDHOUSE", "15100", "8600.00", "Servers for own use"),
    Yearly(8, "VAN-CENTER", "72000", "1460.00", "Van service and registration"),
    Yearly(9, "SIGNPOST-MEDIA", "61000", "3900.00", "Trade fair"),
    Yearly(10, "VAN-CENTER", "68000", "720.00", "Workshop repairs"),
)
OCCASIONAL = (
    Occasional("66000", 35, 280, "Office supplies"),
    Occasional("68000", 90, 620, "Repairs"),
    Occasional("70000", 60, 480, "Travel"),
    Occasional("74000", 150, 640, "Course fee"),
    Occasional("89000", 25, 180, "Sundries"),
)

OPENING = {
    "10000": "300.00",
    "10200": "88210.55",
    "10300": "2500.00",
    "10500": "40000.00",
    "11500": "-6400.00",
    "14100": "400.00",
    "15000": "18500.00",
    "15100": "42000.00",
    "15200": "64000.00",
    "17000": "-7930.00",
    "17100": "-21875.00",
    "17200": "-25620.00",
    "19000": "8400.00",
    "23000": "-9000.00",
    "23100": "-6862.40",
    "23110": "-1429.67",
    "23120": "-845.30",
    "23400": "-15615.80",
    "27000": "-58000.00",
    "39003": "-50000.00",
    "39004": "-75000.00",
}
"""Balances that were brought forward; retained earnings take the rest."""

DEPRECIATION = (("17000", "220.00"), ("17100", "920.00"), ("17200", "1066.00"))
INSURANCE_A_MONTH = "1100.00"
AUDIT_A_MONTH = "750.00"
DOUBTFUL_A_MONTH = "580.00"
NOTE_PAYMENT = Decimal("1310.00")
NOTE_PERCENT = Decimal("6.25")
DIVIDEND = "11000.00"
TRANSFERRED = Decimal(50)
"""What is transferred to the payroll account is rounded up to this."""

CONTRACTS = 46
JOBS = 10
HABITS = (
    ((8, 27), 5),
    ((24, 37), 8),
    ((36, 62), 5),
    ((55, 110), 2),
)
"""In how many days customers pay, and how often such customers are found."""

CREDIT_LIMITS = ("5000.00", "10000.00", "25000.00", "50000.00")
CUSTOMER_TYPES = ("RETAIL", "TRADE", "PUBLIC", "MEDICAL")
SHIP_METHODS = ("Courier", "Ground", "Air", "Pickup", "Own van")


def tax_codes() -> list[Body]:
    """Return the sales tax codes."""
    made: list[Body] = []
    for code, name in (("CA", "California"), ("NV", "Nevada")):
        agencies = [
            {
                "id": agency,
                "description": TAX_NAMES[agency],
                "rate": rate,
                "account_id": account,
                "vendor_id": TAX_OFFICES[account],
            }
            for agency, rate, account in TAX_RATES[code]
        ]
        body: Body = {"id": code, "description": name, "agencies": [*agencies]}
        made.append({**body, "tax_freight": True} if code in TAXED_FREIGHT else body)
    made.append({"id": "EXEMPT", "description": "Exempt", "exempt": True})
    return made
