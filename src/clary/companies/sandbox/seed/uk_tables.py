"""Tables of the UK demo company: nominal list, suppliers, people, opening balances."""

from __future__ import annotations

from decimal import Decimal

from clary.companies.sandbox.seed.story import Occasional, Recurring, Yearly

NOMINALS = """
0010 Freehold premises
0020 Workshop equipment
0021 Workshop equipment, depreciation
0030 Office equipment
0031 Office equipment, depreciation
0040 Furniture and fittings
0041 Furniture and fittings, depreciation
0050 Vehicles
0051 Vehicles, depreciation
1001 Stock
1002 Work in progress
1100 Debtors control
1101 Sundry debtors
1102 Deposits paid
1103 Prepayments
1104 Provision for doubtful debts
1200 Bank current account
1210 Bank deposit account
1230 Petty cash
1240 Company card
1205 Euro account
2100 Creditors control
2101 Sundry creditors
2102 Deposits of customers
2109 Accruals
2200 VAT on sales
2201 VAT on purchases
2202 VAT liability
2210 PAYE
2211 National insurance
2220 Net wages
2230 Pension contributions
2300 Bank loan
2310 Hire purchase
2320 Corporation tax
2330 Directors' loans
3000 Ordinary shares
3100 Reserves
3200 Profit and loss account
3210 Dividends paid
4000 Services
4001 Hardware
4002 Subscriptions
4003 Sales abroad
4009 Discounts allowed
4100 Counter sales
4400 Credit charges
4900 Other income
4902 Commission received
4904 Rent received
4905 Carriage charged
4906 Interest received
5000 Hardware bought
5001 Parts bought
5002 Licences bought for customers
5003 Licences bought abroad
5009 Discounts taken
5100 Carriage on purchases
5101 Import duty
5200 Opening stock
5201 Closing stock
6000 Technicians' wages
6002 Subcontractors
6100 Sales commission
6200 Sales promotion
6201 Advertising
6203 Trade fairs
6900 Other direct costs
7000 Gross wages
7001 Directors' salaries
7006 Employer's national insurance
7007 Employer's pension
7011 Sick pay
7100 Rent
7102 Water
7103 Business rates
7104 Premises insurance
7200 Electricity
7201 Gas
7300 Vehicle fuel
7301 Vehicle repairs
7302 Vehicle licences
7303 Vehicle insurance
7400 Travel
7402 Hotels
7403 Entertaining
7500 Printing
7501 Postage
7502 Telephone
7504 Stationery
7505 Books and journals
7552 Internet
7600 Legal fees
7601 Audit and accountancy
7602 Consultancy
7700 Equipment hire
7701 Equipment maintenance
7800 Repairs
7801 Cleaning
7803 Premises expenses
7900 Bank interest paid
7901 Bank charges
7903 Loan interest
7906 Exchange rate variance
8000 Depreciation
8100 Bad debts written off
8102 Doubtful debts
8200 Donations
8201 Subscriptions
8202 Clothing
8203 Training
8204 Insurance
8205 Refreshments
9998 Suspense
9999 Mispostings
"""
"""Code and name; the range of the chart gives the category."""

DEPARTMENTS = (
    ("1", "Support"),
    ("2", "Projects"),
    ("3", "Hardware"),
    ("4", "Administration"),
)
SUPPORT, PROJECTS, HARDWARE, OFFICE = "1", "2", "3", "4"
DEPARTMENT_OF = {"stock": HARDWARE, "service": SUPPORT, "non_stock": SUPPORT}

BANK, DEPOSIT, PETTY_CASH, CARD, EURO_BANK = "1200", "1210", "1230", "1240", "1205"
STOCK, OPENING_STOCK, CLOSING_STOCK = "1001", "5200", "5201"
SUSPENSE, BAD_DEBTS, VAT_LIABILITY = "9998", "8100", "2202"

BANKS = (
    (DEPOSIT, "Bank deposit account", "cheque", "GBP"),
    (PETTY_CASH, "Petty cash", "cash", "GBP"),
    (CARD, "Company card", "credit_card", "GBP"),
    (EURO_BANK, "Euro account", "cheque", "EUR"),
)

SALES_NOMINAL = {"stock": "4001", "service": "4000", "non_stock": "4002"}
PURCHASE_NOMINAL = {"stock": "5000", "service": "6002", "non_stock": "5002"}
STANDARD, EXEMPT, ZERO, OUTSIDE = "T1", "T2", "T0", "T9"
SERVICES_SOLD_ABROAD, SERVICES_BOUGHT_ABROAD = "T22", "T24"
RATES = {"T0": Decimal(0), "T1": Decimal(20), "T2": Decimal(0), "T5": Decimal(5), "T9": Decimal(0)}
"""Rates in percent of the tax codes that the story uses on sales and purchases."""

SUPPLIERS = 16
OTHERS = 48
VENDORS = (
    ("FENPOWER", "Fenland Power", "7200", 20),
    ("OUSETEL", "Ouse Telecom", "7502", 20),
    ("CANALFUE", "Canal Street Fuel Cards", "7300", 14),
    ("DAWNCLEA", "Dawn Cleaning", "7801", 30),
    ("BILLBOAR", "Billboard Media", "6201", 30),
    ("QUIREPAP", "Quire Paper", "7504", 30),
    ("SWIFTCAR", "Swift Carriers", "5100", 14),
    ("MUTUALIN", "East Mutual Insurance", "8204", 30),
    ("LEDGERLL", "Ledger Lane Accountants", "7601", 30),
    ("DYKECABL", "Dyke Cabling", "6002", 30),
    ("VANWORKS", "Van Works Garage", "7301", 30),
    ("CLOUDHUB", "Cloud Hub Distribution", "5002", 30),
    ("SEATLICE", "Seat Licensing", "5002", 30),
    ("NETWAYS", "Netways Internet", "7552", 20),
    ("COMPACT", "Compact Copiers", "7700", 30),
)
"""Reference, name, usual nominal and days of the suppliers that have a part in every month."""

LICENCE_VENDORS = ("CLOUDHUB", "SEATLICE")
RECURRING = (
    Recurring("OUSETEL", 6, "7502", "338.00", 6, "Telephone", STANDARD),
    Recurring("NETWAYS", 7, "7552", "145.00", 0, "Internet line", STANDARD),
    Recurring("COMPACT", 9, "7700", "118.00", 0, "Copier hire", STANDARD),
    Recurring("BILLBOAR", 14, "6201", "560.00", 20, "Advertising", STANDARD),
    Recurring("QUIREPAP", 17, "7504", "155.00", 40, "Stationery", STANDARD),
    Recurring("CANALFUE", 20, "7300", "520.00", 18, "Diesel", STANDARD),
    Recurring("DYKECABL", 22, "6002", "940.00", 45, "Cabling for projects", STANDARD),
    Recurring("DAWNCLEA", 25, "7801", "240.00", 0, "Office cleaning", STANDARD),
    Recurring("SWIFTCAR", 27, "5100", "160.00", 35, "Carriage inwards", STANDARD),
)
YEARLY = (
    Yearly(0, "MUTUALIN", "1103", "6960.00", "Business insurance, 12 months", EXEMPT),
    Yearly(2, "LEDGERLL", "2109", "5400.00", "Accounts and audit", STANDARD),
    Yearly(5, "CLOUDHUB", "0030", "4900.00", "Servers for own use", STANDARD),
    Yearly(7, "VANWORKS", "7301", "980.00", "Van service and test", STANDARD),
    Yearly(9, "BILLBOAR", "6203", "2400.00", "Trade fair", STANDARD),
)
OCCASIONAL = (
    Occasional("7504", 30, 240, "Office supplies", STANDARD),
    Occasional("7800", 80, 520, "Repairs", STANDARD),
    Occasional("7400", 40, 310, "Train fares", ZERO),
    Occasional("8203", 150, 590, "Course fee", STANDARD),
    Occasional("8205", 15, 70, "Tea, coffee, milk", ZERO),
    Occasional("7505", 20, 95, "Manuals", ZERO),
)

OPENING = {
    "0020": "9400.00",
    "0021": "-3760.00",
    "0030": "28600.00",
    "0031": "-14300.00",
    "0040": "11200.00",
    "0041": "-4480.00",
    "0050": "46800.00",
    "0051": "-18720.00",
    "1102": "4350.00",
    "1200": "81480.25",
    "1210": "25000.00",
    "1230": "200.00",
    "1240": "-412.60",
    "2109": "-5400.00",
    "2202": "-24310.45",
    "2210": "-4912.00",
    "2211": "-5106.00",
    "2230": "-2528.00",
    "2300": "-42000.00",
    "3000": "-1000.00",
}
"""Balances that were brought forward; the profit and loss account takes the rest."""

RESULT = "3200"

WAGES = (
    ("6000", Decimal(18200), PROJECTS, "Technicians"),
    ("7000", Decimal(6100), OFFICE, "Office staff"),
    ("7001", Decimal(6700), OFFICE, "Directors"),
)
"""Nominal, gross pay of a month, department and whose it is."""

PAYE_PERCENT = Decimal("14.2")
EMPLOYEE_NI_PERCENT = Decimal("5.6")
EMPLOYER_NI_PERCENT = Decimal("9.7")
EMPLOYEE_PENSION_PERCENT = Decimal("4.5")
EMPLOYER_PENSION_PERCENT = Decimal("3.0")

DEPRECIATION = (("0021", "94.00"), ("0031", "596.00"), ("0041", "140.00"), ("0051", "780.00"))
INSURANCE_A_MONTH = "580.00"
AUDIT_A_MONTH = "450.00"
LOAN_PAYMENT = Decimal("960.00")
LOAN_PERCENT = Decimal("6.75")
DIVIDEND = "11000.00"
TO_DEPOSIT = "2500.00"

DIRECT_DEBITS = (
    (1, "7100", "2650.00", 0, "Rent", STANDARD),
    (2, "7103", "742.00", 0, "Business rates", OUTSIDE),
    (12, "7102", "46.00", 10, "Water", ZERO),
    (14, "7200", "368.00", 25, "Electricity", STANDARD),
    (16, "7201", "97.00", 35, "Gas", "T5"),
    (28, "7901", "41.00", 20, "Bank charges", EXEMPT),
)
"""Day, nominal, net amount, spread in percent, what for, and tax code."""

ON_CARD = (
    (8, "7402", "186.00", 30, "Hotel", STANDARD),
    (11, "7400", "124.00", 40, "Train fares", ZERO),
    (19, "8201", "39.00", 0, "Trade journal", ZERO),
    (23, "7403", "72.00", 50, "Lunch with a customer", OUTSIDE),
)

CONTRACTS = 44
PROJECT_COUNT = 6
HABITS = (
    ((10, 28), 4),
    ((25, 38), 8),
    ((36, 64), 5),
    ((58, 112), 2),
)
"""In how many days customers pay, and how often such customers are found."""

CREDIT_LIMITS = ("2500.00", "5000.00", "10000.00", "20000.00")
TERMS_TEXT = "30 days from invoice"

EURO_RATE = Decimal("1.17")
EURO_CUSTOMER, EURO_SUPPLIER = "RHEINTEC", "LIFFEYSO"
EURO_SALE, EURO_PURCHASE = Decimal(1850), Decimal(1390)
