"""Tables of the site that bills for the UK demo company.

Account references, nominals, products and T-codes are those of its books, but for what is
new or wrong on purpose (see `gaps`).  A tax code is named `T1` or plainly `1`.
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
ASHFOROO|Ashford Roofing|STD|176 River Street|Peterborough|Cambridgeshire|PE1 1AB|Ines Carver
CLIFTNUR|Clifton Nurseries|STD|163 School Street|Bristol|Bristol|BS1 5AF|Ines Jordan
OTTERHAU|Otter Haulage Ltd|STD|106 Park Street|Ely|Cambridgeshire|CB7 4AA|Amir Price
RAVENENG|Raven Engineering Ltd|STD|231 Church Street|Wisbech|Cambridgeshire|PE13 1AE|David Vance
OTTERMAR|Otter Marine|STD|166 Bridge Street|Leeds|West Yorkshire|LS1 4AE|Yusuf Price
PINEPRIN|Pine Printing|STD|182 Oak Street|Norwich|Norfolk|NR1 3AB|Isaac Bell
FENWAINT|Fenway Interiors|STD|94 River Street|Norwich|Norfolk|NR1 3AB|Victor Stone
JUNIPHOT|Juniper Hotels|STD|9 Park Street|Ipswich|Suffolk|IP1 2AC|Ruth Quinn
PLUMBUIL|Plum Builders Ltd|STD|190 Queen Street|Cambridge|Cambridgeshire|CB1 2AD|Colin Usher
QUARRTEX|Quarry Textiles|STD|169 Park Street|Bristol|Bristol|BS1 5AF|Sam Tully
MILLTRAV|Mill Travel|STD|159 King Street|Wisbech|Cambridgeshire|PE13 1AE|Tina Carver
SPRUCHAU|Spruce Haulage Ltd|STD|201 Mill Street|Peterborough|Cambridgeshire|PE1 1AB|Clara Lowe
THORNMED|Thornton Media|STD|30 River Street|Cambridge|Cambridgeshire|CB1 2AD|Sam Carver
MERRIBAK|Merritt Bakery|STD|187 Bridge Street|Ely|Cambridgeshire|CB7 4AA|Frank Quinn
CLOISPHA|Cloister Pharmacy|STD|190 Bridge Street|Ipswich|Suffolk|IP1 2AC|Frank Tully
CEDARFOO|Cedar Foods Ltd|STD|31 School Street|Ely|Cambridgeshire|CB7 4AA|Ben Stone
LANGDINS|Langdon Insurance|STD|184 Oak Street|Ipswich|Suffolk|IP1 2AC|Colin Price
STONEEST|Stone Estates|STD|6 School Street|Wisbech|Cambridgeshire|PE13 1AE|Noah Dunn
WINTEBRE|Winter Brewery|STD|117 Mill Street|Bristol|Bristol|BS1 5AF|Nadia Price
HAZELJOI|Hazel Joinery|STD|127 Church Street|King's Lynn|Norfolk|PE30 1AG|Karen Tully
JASPEPRE|Jasper Press|STD|29 Bridge Street|Lincoln|Lincolnshire|LN2 1AD|Ines Young
DYKEENGI|Dyke Engineering Ltd|STD|159 Park Street|Ely|Cambridgeshire|CB7 4AA|Emma Reyes
ASHFOTEX|Ashford Textiles|STD|182 Mill Street|Ipswich|Suffolk|IP1 2AC|Ada Marsh
RAVENMOT|Raven Motors|STD|122 Mill Street|Peterborough|Cambridgeshire|PE1 1AB|Colin Keller
GROVEPLU|Grove Plumbing|STD|218 School Street|Wisbech|Cambridgeshire|PE13 1AE|Tina Marsh
MINSTCAT|Minster Catering|STD|55 Oak Street|Cambridge|Cambridgeshire|CB1 2AD|Keith Vance
ANCHOMED|Anchor Media|STD|47 Park Street|Cambridge|Cambridgeshire|CB1 2AD|Karen Young
OAKPLUMB|Oak Plumbing|STD|148 Station Street|King's Lynn|Norfolk|PE30 1AG|Colin Bell
QUARRDES|Quarry Design|STD|57 Mill Street|Ely|Cambridgeshire|CB7 4AA|Isaac Bell
HAZELSCH|Hazel Primary School|STD|163 King Street|Norwich|Norfolk|NR1 3AB|Clara Ellis
JUNIPPHA|Juniper Pharmacy|STD|24 High Street|Norwich|Norfolk|NR1 3AB|Isaac Usher
EMBERINT|Ember Interiors|STD|125 King Street|Bristol|Bristol|BS1 5AF|Victor Carver
YARDLPAC|Yardley Packaging Ltd|STD|133 Mill Street|Ely|Cambridgeshire|CB7 4AA|Ruth Stone
SABLEBRE|Sable Brewery|STD|229 Queen Street|Peterborough|Cambridgeshire|PE1 1AB|Farah Quinn
SILVEMED|Silver Media|STD|81 Church Street|Cambridge|Cambridgeshire|CB1 2AD|Henry Marsh
OTTERTEX|Otter Textiles|STD|5 King Street|Lincoln|Lincolnshire|LN2 1AD|Joan Usher
HAZELPRI|Hazel Printing|STD|89 Church Street|Peterborough|Cambridgeshire|PE1 1AB|Oscar Nash
CLOVELEG|Clover Legal LLP|STD|48 Main Street|Norwich|Norfolk|NR1 3AB|Olga Lowe
POPLAJOI|Poplar Joinery|STD|164 King Street|Lincoln|Lincolnshire|LN2 1AD|Sam Young
THISTPLU|Thistle Plumbing|STD|127 Queen Street|Peterborough|Cambridgeshire|PE1 1AB|Wendy Quinn
"""

NEW_CUSTOMERS = """
HELIOSVE|Helios Ventures Ltd|STD|9 Station Street|Ely|Cambridgeshire|CB7 4AA|Noah Price
Lumen Gallery|Lumen Gallery|STD|41 Queen Street|Norwich|Norfolk|NR1 3AB|Ines Dunn
"""

VENDORS = """
OAKSYSTE|Oak Systems|81 Mill Street|King's Lynn|Norfolk|PE30 1AG
VINECABL|Vine Cables|12 Park Street|Leeds|West Yorkshire|LS1 4AE
STONESTO|Stone Storage|166 Station Street|King's Lynn|Norfolk|PE30 1AG
OLIVEPOW|Olive Power|121 High Street|Peterborough|Cambridgeshire|PE1 1AB
ZEPHYSTO|Zephyr Storage|110 Church Street|Leeds|West Yorkshire|LS1 4AE
CLOUDHUB|Cloud Hub Distribution|228 School Street|Peterborough|Cambridgeshire|PE1 1AB
SEATLICE|Seat Licensing|72 River Street|Lincoln|Lincolnshire|LN2 1AD
"""

NEW_VENDORS = """
KITEDIST|Kite Distribution Ltd|77 Wharf Street|Lincoln|Lincolnshire|LN2 1AD
"""

MEMBERS = """
MDELGADO|Maria|Delgado|DELGADOM|Finance|1
OFLETCHER|Owen|Fletcher|FLETCHER|Executive|1
PRAMAN|Priya|Raman|RAMANP|Admin|1
HBRANDT|Helen|Brandt|BRANDTH|Service|1
LBRANCH|Lucy|Branch|BRANCHL|Finance|2
MWEBB|Marcus|Webb|WEBBM|Service|1
LSORENSEN|Lena|Sorensen|SORENSEN|Service|2
JSTAFFING|June|Iper|GLENSTAF|Service|1
DWHITLOCK|Dana|Whitlock||Service|3
"""

ACCOUNTS = {
    "receivable": "1100",
    "payable": "2100",
    "service": "4000",
    "agreement": "4002",
    "expense revenue": "4900",
    "down payment": "2102",
    "freight": "5100",
    "travel": "7400",
    "mileage": "7300",
    "parking": "7400",
    "supplies": "7504",
    "expense offset": "2109",
    "adjustment": "5000",
    "transfer": "1001",
}

PRODUCTS = {
    HARDWARE: ProductAccounts("4001", "5000", "1001", "5000"),
    LABOUR: ProductAccounts("4000", "6002", "6000", "6002"),
    LICENCES: ProductAccounts("4002", "5002", "8201", "5002"),
    KITS: ProductAccounts("4999", "5000", "1001", "5000"),
    ODDS: ProductAccounts("4900", "", "", "7504"),
    FEES: ProductAccounts("4900", "", "", "7504"),
}

TAXES = (
    Code("STD", "Standard rate", (Level("20", "VAT", "T1", "VAT", "2200", "2201"),)),
    Code("RED", "Reduced rate", (Level("5", "VAT", "5", "VAT", "2200", "2201"),)),
    Code("ZERO", "Zero rate", (Level("0", "VAT", "0", "VAT", "2200", "2201"),)),
    Code("ODD", "Odd rate", (Level("12.5", "VAT", "T777", "VAT", "2200", "2201"),)),
)

WORLD = World(
    edition="uk",
    name="Fenland Systems",
    currency=("GBP", "Pound sterling", "£"),
    country=(2, "GB", "United Kingdom"),
    tax_per_line=True,
    taxes=TAXES,
    usual_tax="STD",
    customers=CUSTOMERS,
    new_customers=NEW_CUSTOMERS,
    vendors=VENDORS,
    new_vendors=NEW_VENDORS,
    members=MEMBERS,
    accounts=ACCOUNTS,
    products=PRODUCTS,
    departments=(
        ("1", "Support"),
        ("2", "Projects"),
        ("3", "Hardware"),
        ("4", "Administration"),
    ),
    price_percent=70,
    receipts=False,
    on_hold="",
    inactive="FIELDPLU",
    foreign="RHEINTEC",
    phone="01632 9600{:02d}",
)
