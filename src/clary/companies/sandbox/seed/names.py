"""Plausible names, streets and goods; all of them made up."""

from __future__ import annotations

from random import Random

FIRST = ["Alder", "Amber", "Anchor", "Aspen", "Beacon", "Birch", "Bluff", "Bramble", "Bridge", "Bright", "Canyon", "Cedar", "Cinder", "Clover", "Copper", "Coral", "Crescent", "Dawn", "Delta", "Drift", "Eagle", "Echo", "Elm", "Ember", "Fern", "Field", "Flint", "Fox", "Garnet", "Glen", "Granite", "Grove", "Harbor", "Hawk", "Hazel", "Heron", "Hickory", "Hollow", "Iris", "Ivy", "Jasper", "Juniper", "Keystone", "Lake", "Larch", "Laurel", "Linden", "Lotus", "Maple", "Marble", "Meadow", "Mesa", "Mill", "Moss", "North", "Oak", "Ocean", "Olive", "Onyx", "Orchard", "Otter", "Palm", "Pebble", "Pine", "Plum", "Poplar", "Prairie", "Quarry", "Quill", "Rain", "Raven", "Ridge", "River", "Robin", "Rowan", "Sage", "Sable", "Sand", "Sequoia", "Shore", "Silver", "Sparrow", "Spruce", "Stone", "Summit", "Swift", "Thistle", "Timber", "Topaz", "Tulip", "Valley", "Vine", "Walnut", "Willow", "Winter", "Wren", "Zephyr"]
SECOND = ["Architects", "Bakery", "Clinic", "Builders", "Dental Care", "Design", "Engineering", "Farms", "Foods", "Freight", "Furniture", "Gardens", "Hotels", "Insurance", "Interiors", "Law Group", "Logistics", "Machine Works", "Marine", "Media", "Motors", "Optical", "Packaging", "Pharmacy", "Plumbing", "Press", "Printing", "Realty", "Schools", "Supply", "Textiles", "Tool & Die", "Travel", "Veterinary", "Wines"]
VENDORS = ["Cable Works", "Cloud Services", "Components", "Data Center", "Distribution", "Electronics", "Hosting", "Leasing", "Networks", "Office Supply", "Power", "Properties", "Software", "Storage", "Telecom", "Tools"]
PEOPLE = ["Ada Bell", "Ben Carver", "Clara Dunn", "David Ellis", "Elena Ford", "Frank Grant", "Grace Hale", "Henry Irwin", "Ines Jordan", "Jack Keller", "Karen Lowe", "Liam Marsh", "Mona Nash", "Noah Olsen", "Olga Price", "Peter Quinn", "Rosa Stone", "Sam Tully", "Tina Usher", "Victor Wade"]
STREETS = ["Main", "Oak", "Mill", "Church", "Station", "Park", "Bridge", "High", "Market", "River", "School", "Queen", "King"]
US_TOWNS = (
    ("Sacramento", "CA", "95814"),
    ("Oakland", "CA", "94607"),
    ("San Jose", "CA", "95112"),
    ("Fresno", "CA", "93721"),
    ("Reno", "NV", "89501"),
    ("Portland", "OR", "97205"),
)
UK_TOWNS = (
    ("Ely", "Cambridgeshire", "CB7 4AA"),
    ("Norwich", "Norfolk", "NR1 3AB"),
    ("Ipswich", "Suffolk", "IP1 2AC"),
    ("Lincoln", "Lincolnshire", "LN2 1AD"),
    ("Leeds", "West Yorkshire", "LS1 4AE"),
    ("Bristol", "Avon", "BS1 5AF"),
)
GOODS = (
    ("NB", "Notebook {n} inch", 640, 890),
    ("WS", "Workstation {n}", 880, 1240),
    ("MN", "Monitor {n} inch", 130, 199),
    ("SW", "Switch {n} port", 95, 149),
    ("AP", "Access point {n}", 88, 139),
    ("FW", "Firewall {n}", 310, 475),
    ("UP", "Power supply {n} VA", 120, 189),
    ("HD", "Drive {n} TB", 62, 99),
    ("RM", "Memory {n} GB", 34, 59),
    ("CB", "Cable {n} m", 3, 9),
    ("KB", "Keyboard model {n}", 18, 35),
    ("PR", "Printer {n}", 140, 229),
)
SERVICES = (
    ("SV-ONSITE", "On-site support", 55, 125),
    ("SV-REMOTE", "Remote support", 45, 95),
    ("SV-PROJECT", "Project work", 60, 145),
    ("SV-DESIGN", "Network design", 65, 160),
    ("SV-TRAIN", "Training", 50, 110),
    ("SV-NIGHT", "Work out of hours", 80, 190),
)
SUBSCRIPTIONS = (
    ("NS-BACKUP", "Managed backup, a month", 12, 29),
    ("NS-MAIL", "Hosted mail, a month", 4, 9),
    ("NS-GUARD", "Endpoint protection, a month", 3, 7),
    ("NS-LINE", "Internet line, a month", 60, 95),
)


def company_names(random: Random, count: int, endings: list[str]) -> list[str]:
    """Return `count` different names of firms."""
    chosen: dict[str, None] = {}
    while len(chosen) < count:
        chosen[f"{random.choice(FIRST)} {random.choice(endings)}"] = None
    return list(chosen)


def short_code(name: str, taken: set[str], length: int) -> str:
    """Return a code made of the name's letters that is not taken yet, and take it."""
    letters = "".join(mark for mark in name.upper() if mark.isalnum())
    stem = letters[: length - 2]
    for number in range(1, 100):
        code = f"{stem}{number:02d}"
        if code not in taken:
            taken.add(code)
            return code
    message = f"no code is left for {name}"
    raise LookupError(message)


def person(random: Random) -> str:
    """Return the name of a person."""
    return random.choice(PEOPLE)


def street(random: Random) -> str:
    """Return a street with a number."""
    return f"{random.randint(1, 240)} {random.choice(STREETS)} Street"


def telephone(random: Random) -> str:
    """Return a telephone number that belongs to nobody."""
    return f"555-01{random.randint(0, 99):02d}"
