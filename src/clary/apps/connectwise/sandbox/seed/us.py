"""Tables of the site that bills for the US demo company.

Account numbers, vendor numbers, tax codes, items and GL accounts are those of its books, but
for what is new or wrong on purpose (see `gaps`).
"""

from __future__ import annotations

from clary.apps.connectwise.sandbox.seed.world import (
    FEES,
    HARDWARE,
    KITS,
    LABOUR,
    LICENCES,
    ODDS,
    Code,
    Level,
    ProductAccounts,
    World,
)

CUSTOMERS = """
BRIDGE-INSURANCE|Bridge Insurance|CA|154 King Street|Sacramento|CA|95816|Ben Grant
TOPAZ-LAW|Topaz Law Group|CA|68 King Street|Roseville|CA|95678|Isaac Nash
TULIP-CLINIC|Tulip Clinic|CA|80 Mill Street|Sacramento|CA|95818|Karen Vance
CORAL-CLINIC|Coral Clinic|CA|83 High Street|Stockton|CA|95202|David Tully
CRESCENT-TEXTILES|Crescent Textiles|CA|112 Market Street|Sacramento|CA|95816|David Olsen
WINTER-MACHINE|Winter Machine Works|CA|86 High Street|Sacramento|CA|95818|Amir Marsh
MILL-INSURANCE|Mill Insurance|CA|50 School Street|Folsom|CA|95630|Jack Marsh
HARBOR-PHARMACY|Harbor Pharmacy|EXEMPT|97 Park Street|Portland|OR|97205|Paula Ford
LAUREL-VETERINARY|Laurel Veterinary Clinic|CA|71 High Street|Oakland|CA|94607|Farah Irwin
ELLISON-TEXTILES|Ellison Textiles|NV|235 Queen Street|Sparks|NV|89431|Isaac Quinn
WALNUT-PHARMACY|Walnut Pharmacy|CA|79 Oak Street|Sacramento|CA|95818|Grace Young
KELLER-MARINE|Keller Marine|NV|94 King Street|Sparks|NV|89431|Ruth Wade
HOLLOW-HOTELS|Hollow Hotels|CA|115 Oak Street|Sacramento|CA|95811|Diana Wade
PINE-BAKERY|Pine Bakery|CA|194 King Street|Sacramento|CA|95818|Sam Young
STONE-INSURANCE|Stone Insurance|CA|124 Park Street|Sacramento|CA|95811|Peter Marsh
SILVER-WINERY|Silver Winery|NV|37 School Street|Sparks|NV|89431|Peter Jordan
BRAMBLE-MEDIA|Bramble Media|NV|171 Park Street|Reno|NV|89501|Emma Carver
SPARROW-DENTAL|Sparrow Dental Care|CA|187 King Street|Sacramento|CA|95811|Tara Nash
KEYSTONE-CLINIC|Keystone Clinic|CA|190 Station Street|Davis|CA|95616|Frank Young
TULIP-INSURANCE|Tulip Insurance|CA|87 River Street|Stockton|CA|95202|Clara Wade
BLUFF-LOGISTICS|Bluff Logistics LLC|EXEMPT|20 Mill Street|Portland|OR|97205|Nadia Archer
REDFERN-PHARMACY|Redfern Pharmacy|CA|239 Mill Street|Sacramento|CA|95825|Leila Reyes
TULIP-FOODS|Tulip Foods Inc.|CA|132 Main Street|Davis|CA|95616|Diana Keller
MEADOW-OPTICAL|Meadow Optical|CA|180 High Street|Folsom|CA|95630|Keith Stone
IRIS-ROOFING|Iris Roofing|EXEMPT|167 River Street|Portland|OR|97205|Ada Tully
EMBER-CLINIC|Ember Clinic|NV|138 Mill Street|Sparks|NV|89431|Liam Ellis
SHELDON-ARCHITECTS|Sheldon Architects|CA|44 High Street|Davis|CA|95616|Ben Bell
OAK-MOTORS|Oak Motors|CA|181 Market Street|Sacramento|CA|95811|Oscar Reyes
WILLOW-TEXTILES|Willow Textiles|CA|70 Church Street|Roseville|CA|95678|Liam Bell
BEACON-INSURANCE|Beacon Insurance|NV|70 Mill Street|Sparks|NV|89431|Carla Vance
BRIGHT-TOOL|Bright Tool & Die|EXEMPT|37 Main Street|Portland|OR|97205|Quentin Archer
QUILL-INTERIORS|Quill Interiors|CA|130 Church Street|Sacramento|CA|95816|Joan Price
CALDER-BUILDERS|Calder Builders Inc.|CA|23 King Street|Folsom|CA|95630|Jack Vance
QUILL-PLUMBING|Quill Plumbing|CA|206 Bridge Street|Davis|CA|95616|Elena Jordan
SPRUCE-PHARMACY|Spruce Pharmacy|CA|143 Main Street|Roseville|CA|95678|Ruth Irwin
RIVER-MOTORS|River Motors|CA|13 Queen Street|Sacramento|CA|95818|Amir Grant
CEDAR-PHARMACY|Cedar Pharmacy|CA|102 School Street|Sacramento|CA|95814|David Stone
LARCH-MACHINE|Larch Machine Works|CA|102 Station Street|Sacramento|CA|95818|Tara Quinn
OLIVE-VETERINARY|Olive Veterinary Clinic|EXEMPT|92 King Street|Portland|OR|97205|Uma Marsh
FAIRFAX-SUPPLY|Fairfax Supply Co.|CA|46 Park Street|Oakland|CA|94607|David Bell
"""

NEW_CUSTOMERS = """
HELIOS-VENTURES|Helios Ventures|CA|9 Station Street|Davis|CA|95616|Noah Price
LUMEN-GALLERY|Lumen Gallery|NV|41 Queen Street|Reno|NV|89501|Ines Dunn
"""

VENDORS = """
ALDER-DRIVES|Alder Drives|199 Main Street|Sacramento|CA|95825
PARKER-ELECTRONICS|Parker Electronics|92 King Street|Stockton|CA|95202
TULIP-NETWORKS|Tulip Networks|45 Oak Street|Reno|NV|89501
MERRITT-STORAGE|Merritt Storage|128 School Street|Sacramento|CA|95811
FERN-POWER|Fern Power|150 Market Street|Sparks|NV|89431
CLOUDHOUSE|Cloudhouse Distribution|114 Main Street|Sacramento|CA|95816
SEATWISE|Seatwise Licensing|52 Oak Street|Sacramento|CA|95814
"""

NEW_VENDORS = """
KITE-DISTRIBUTION|Kite Distribution|77 Harbor Street|Oakland|CA|94607
"""

MEMBERS = """
MDELGADO|Maria|Delgado|DELGADO-M|Finance|1
OFLETCHER|Owen|Fletcher|FLETCHER-O|Executive|1
PRAMAN|Priya|Raman|RAMAN-P|Admin|1
HBRANDT|Helen|Brandt|BRANDT-H|Service|1
LBRANCH|Lucy|Branch|BRANCH-L|Finance|2
MWEBB|Marcus|Webb|WEBB-M|Service|1
LSORENSEN|Lena|Sorensen|SORENSEN-L|Service|2
JSTAFFING|June|Iper|JUNIPER-STAFFING|Service|1
DWHITLOCK|Dana|Whitlock||Service|3
"""

ACCOUNTS = {
    "receivable": "11000",
    "payable": "20000",
    "service": "40100",
    "agreement": "40200",
    "expense revenue": "40300",
    "down payment": "24000",
    "freight": "57500",
    "travel": "70000",
    "mileage": "72000",
    "parking": "70000",
    "supplies": "66000",
    "expense offset": "23000",
    "adjustment": "50000",
    "transfer": "12000",
}

PRODUCTS = {
    HARDWARE: ProductAccounts("40000", "50000", "12000", "12000"),
    LABOUR: ProductAccounts("40100", "50100", "60100", "50300"),
    LICENCES: ProductAccounts("40200", "50200", "73000", "73000"),
    KITS: ProductAccounts("49999", "50000", "12000", "12000"),
    ODDS: ProductAccounts("40300", "", "", "66000"),
    FEES: ProductAccounts("40300", "", "", "66000"),
}

TAXES = (
    Code(
        "CA",
        "California",
        (
            Level("6", "State tax", "CA", "STATE", "23100", "50000"),
            Level("1.25", "County tax", "CA", "COUNTY", "23110", "50000"),
        ),
    ),
    Code("NV", "Nevada", (Level("6.85", "Nevada tax", "NV", "NEVADA", "23120", "50000"),)),
    Code("EXEMPT", "Exempt"),
    Code("WA", "Washington", (Level("9.5", "State tax", "WA", "WASHINGTON", "23100", "50000"),)),
)

WORLD = World(
    edition="us",
    name="Tidewater Systems",
    currency=("USD", "US dollar", "$"),
    country=(1, "US", "United States"),
    tax_per_line=False,
    taxes=TAXES,
    usual_tax="CA",
    customers=CUSTOMERS,
    new_customers=NEW_CUSTOMERS,
    vendors=VENDORS,
    new_vendors=NEW_VENDORS,
    members=MEMBERS,
    accounts=ACCOUNTS,
    products=PRODUCTS,
    departments=(
        ("SUPPORT", "Support"),
        ("PROJECTS", "Projects"),
        ("HARDWARE", "Hardware"),
        ("OFFICE", "Administration"),
    ),
    price_percent=100,
    receipts=True,
    on_hold="REDFERN-PRINTING",
    inactive="PINE-TRAVEL",
    foreign="ATLAS-EUROPE",
    phone="555-01{:02d}",
)
