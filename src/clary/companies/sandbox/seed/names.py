"""Plausible names, streets and towns; all of them made up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clary.companies.sandbox.seed.story import Dice


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SHARED = _words("""
Alder Amber Anchor Ashford Aspen Barlow Beacon Bellamy Birch Bramble Bridge Bright Calder
Cedar Clifton Clover Copper Coral Crescent Dalton Drift Eagle Ellison Elm Ember Fairfax
Fern Field Flint Fox Garnet Glen Granite Grove Hartley Hawk Hazel Heron Hollow Holt Iris
Ivory Jasper Juniper Keller Keystone Kingsley Lake Langdon Larch Laurel Linden Lowell
Maple Marble Marlow Meadow Merritt Mill Moss Norton Oak Olive Orchard Otter Parker Pebble
Pine Plum Poplar Preston Quarry Quill Raven Redfern Ridge River Robin Rowan Sable Selby
Sheldon Silver Sparrow Spruce Stone Summit Swift Thistle Thornton Timber Tulip Upton
Valley Vine Walnut Warwick Willow Winter Wren Yardley Zephyr
""")
"""First words of firms in either country."""

_US_FIRST = _words("Bluff Canyon Delta Harbor Hickory Lotus Mesa Ocean Palm Prairie Sequoia Topaz")
_UK_FIRST = _words(
    "Abbot Brecken Cloister Dyke Fenway Gable Heath Kestrel Minster Saxon Weir Wharf"
)

_US_SECOND = _words(
    "Architects Bakery Builders Catering Clinic Dental Design Engineering Farms Foods Freight"
    " Furniture Gardens Hotels Insurance Interiors Law Logistics Machine Marine Media Motors"
    " Optical Packaging Pharmacy Plumbing Press Printing Realty Roofing School Supply Textiles"
    " Tool Travel Veterinary Winery"
)
_UK_SECOND = _words(
    "Architects Bakery Brewery Builders Catering Design Engineering Estates Farms Foods"
    " Furniture Haulage Hotels Insurance Interiors Joinery Legal Marine Media Motors"
    " Nurseries Opticians Packaging Pharmacy Plumbing Press Printing Roofing School Surgery"
    " Surveyors Textiles Tooling Travel Veterinary Windows Yachts"
)
_ENDINGS = {
    "us": {
        "Dental": "Dental Care",
        "Law": "Law Group",
        "Machine": "Machine Works",
        "Tool": "Tool & Die",
        "Supply": "Supply Co.",
        "Builders": "Builders Inc.",
        "Logistics": "Logistics LLC",
        "Foods": "Foods Inc.",
        "Veterinary": "Veterinary Clinic",
    },
    "uk": {
        "Builders": "Builders Ltd",
        "Engineering": "Engineering Ltd",
        "Foods": "Foods Ltd",
        "Haulage": "Haulage Ltd",
        "Legal": "Legal LLP",
        "Packaging": "Packaging Ltd",
        "School": "Primary School",
        "Veterinary": "Veterinary Practice",
        "Surveyors": "Surveyors LLP",
    },
}
HARDWARE = _words(
    "Cables Components Distribution Drives Electronics Imaging Networks Peripherals Power"
    " Storage Systems Wholesale"
)
"""Second words of firms that hardware is bought from."""

SERVICES = _words(
    "Cabinets Catering Consulting Decorators Fasteners Instruments Lighting Printers Removals"
    " Repairs Services Signs Staffing Tools Training"
)
"""Second words of firms that this and that is bought from."""

_GIVEN = _words(
    "Ada Amir Ben Carla Clara Colin David Diana Elena Emma Farah Frank Grace Henry Ines Isaac"
    " Jack Joan Karen Keith Leila Liam Mona Nadia Noah Olga Oscar Paula Peter Quentin Rosa"
    " Ruth Sam Sonia Tara Tina Uma Victor Wendy Yusuf"
)
_FAMILY = _words(
    "Archer Bell Carver Dunn Ellis Ford Grant Hale Irwin Jordan Keller Lowe Marsh Nash Olsen"
    " Price Quinn Reyes Stone Tully Usher Vance Wade Young"
)
_STREETS = _words("Bridge Church High King Main Market Mill Oak Park Queen River School Station")


@dataclass(frozen=True, slots=True)
class Town:
    """A town with its region and postal code."""

    name: str
    region: str
    code: str


@dataclass(frozen=True, slots=True)
class Country:
    """What names look like in one edition's country."""

    edition: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    towns: tuple[Town, ...]
    telephone: str
    domain: str


UNITED_STATES = Country(
    edition="us",
    first=(*_SHARED, *_US_FIRST),
    second=_US_SECOND,
    towns=(
        *(Town("Sacramento", "CA", f"958{number}") for number in (11, 14, 16, 18, 25)),
        *(Town(name, "CA", code) for name, code in (("Davis", "95616"), ("Roseville", "95678"))),
        *(Town(name, "CA", code) for name, code in (("Stockton", "95202"), ("Folsom", "95630"))),
        Town("Oakland", "CA", "94607"),
        Town("Reno", "NV", "89501"),
        Town("Sparks", "NV", "89431"),
        Town("Portland", "OR", "97205"),
    ),
    telephone="555-01{number:02d}",
    domain="example",
)
UNITED_KINGDOM = Country(
    edition="uk",
    first=(*_SHARED, *_UK_FIRST),
    second=_UK_SECOND,
    towns=(
        Town("Ely", "Cambridgeshire", "CB7 4AA"),
        Town("Cambridge", "Cambridgeshire", "CB1 2AD"),
        Town("Peterborough", "Cambridgeshire", "PE1 1AB"),
        Town("Wisbech", "Cambridgeshire", "PE13 1AE"),
        Town("Norwich", "Norfolk", "NR1 3AB"),
        Town("King's Lynn", "Norfolk", "PE30 1AG"),
        Town("Ipswich", "Suffolk", "IP1 2AC"),
        Town("Lincoln", "Lincolnshire", "LN2 1AD"),
        Town("Leeds", "West Yorkshire", "LS1 4AE"),
        Town("Bristol", "Bristol", "BS1 5AF"),
    ),
    telephone="01632 9600{number:02d}",
    domain="example",
)
"""Telephone numbers are of ranges that are kept free for made-up ones; so are the domains."""


@dataclass(frozen=True, slots=True)
class Firm:
    """The name of a firm: the two words it is known by, and the whole of it."""

    first: str
    second: str
    name: str

    @property
    def dashed(self) -> str:
        """The two words as a readable ID of at most 20 characters."""
        return f"{self.first}-{self.second}".upper()[:20]

    @property
    def squeezed(self) -> str:
        """The two words as a readable reference of at most 8 characters."""
        return f"{self.first[:5]}{self.second[:8]}".upper()[:8]


def firms(
    dice: Dice,
    country: Country,
    count: int,
    seconds: tuple[str, ...],
    taken: Iterable[str] = (),
) -> list[Firm]:
    """Return `count` different firms, no two of which share a reference.

    Args:
        dice: chooses the words.
        country: what words there are.
        count: how many.
        seconds: their second words, by which one sees what they do.
        taken: references that are in use.
    """
    used = set(taken)
    chosen: dict[str, Firm] = {}
    while len(chosen) < count:
        first, second = dice.pick(country.first), dice.pick(seconds)
        ending = _ENDINGS[country.edition].get(second, second)
        firm = Firm(first, second, f"{first} {ending}")
        if firm.squeezed not in used:
            chosen.setdefault(firm.squeezed, firm)
    return list(chosen.values())


def person(dice: Dice) -> str:
    """Return the name of a person."""
    return f"{dice.pick(_GIVEN)} {dice.pick(_FAMILY)}"


def street(dice: Dice) -> str:
    """Return a street with a number."""
    return f"{dice.between(1, 240)} {dice.pick(_STREETS)} Street"


def telephone(dice: Dice, country: Country) -> str:
    """Return a telephone number that belongs to nobody."""
    return country.telephone.format(number=dice.between(0, 99))


def email(key: str, country: Country) -> str:
    """Return an address of the party with this key, under a domain that belongs to nobody."""
    return f"accounts@{key}.{country.domain}".lower()
