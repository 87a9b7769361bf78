"""Which releases and tiers of Sage 50 there are, and what depends on them.

A company of another release works by the same rules: fields know since and until when
they exist.  What was never checked says so in a warning instead of being refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from clary.kernel.errors import Finding, Rejected, declare
from clary.ledger.fields import EditionName

RELEASE_UNKNOWN = declare(
    "RELEASE_UNKNOWN",
    Rejected,
    "Release {release} of the edition {edition} is not one of those that were checked.",
    "Use one of {known}; another one works by the same rules, unproven.",
)
TIER_UNKNOWN = declare(
    "TIER_UNKNOWN",
    Rejected,
    "The edition {edition} has no tier {tier!r}.",
    "Use one of {known}.",
    exit_code=2,
)

_YEAR_OF_VERSION: dict[EditionName, int] = {"us": 1993, "uk": 1994}
"""What a version number lacks to its year.

US: inferred from five anchors (10 is 2003, 11 is 2004, 22 is 2015, 29 is 2022, 31 is 2024);
UK: 24 is 2018 and 30 is 2024 by vendors' pages.
"""

_OLDER_US = frozenset({*range(2007, 2017), 2018})
"""US years before 2022 that the makers of connectors name as supported."""

_FIRST_CURRENT_US = 2022
_UK_VERSIONS = range(24, 34)


@dataclass(frozen=True, slots=True)
class Tier:
    """One product of an edition.

    Attributes:
        name: its name in `--tier`.
        price_levels: prices an item can have (US: 5 in Pro, 10 above; field tables).
        most_users: users at once in multi-user work; inferred beyond the 40 of Quantum.
    """

    name: str
    price_levels: int
    most_users: int


_TIERS: dict[EditionName, tuple[Tier, ...]] = {
    "us": (
        Tier("pro", 5, 5),
        Tier("premium", 10, 5),
        Tier("quantum", 10, 40),
        Tier("first", 5, 5),
        Tier("complete", 10, 5),
        Tier("accountant", 10, 5),
    ),
    "uk": (
        Tier("standard", 10, 2),
        Tier("professional", 10, 20),
        Tier("essentials", 10, 1),
    ),
}
"""Products by edition; `first` and `complete` are names from before 2013.

The UK names and every number of users but 40 are inferred.
"""


def version_of_year(edition: EditionName, year: int) -> int:
    """Return the version number of a release year (US 2015 is 22, UK 2018 is 24)."""
    return year - _YEAR_OF_VERSION[edition]


def year_of_version(edition: EditionName, version: int) -> int:
    """Return the release year of a version number (US 22 is 2015, UK 24 is 2018)."""
    return version + _YEAR_OF_VERSION[edition]


def is_known(edition: EditionName, release: int) -> bool:
    """Tell whether the release is one of those that are checked.

    US years are 2007 to 2016, 2018, and 2022 and later; UK versions 24 to 33.
    """
    if edition == "uk":
        return release in _UK_VERSIONS
    return release in _OLDER_US or release >= _FIRST_CURRENT_US


def known_text(edition: EditionName) -> str:
    """Return the checked releases in words."""
    if edition == "uk":
        return f"versions {_UK_VERSIONS.start} to {_UK_VERSIONS.stop - 1}"
    return f"2007 to 2016, 2018, {_FIRST_CURRENT_US} and later"


def note_for(edition: EditionName, release: int) -> Finding | None:
    """Return a warning for a release that was never checked, or none."""
    if is_known(edition, release):
        return None
    return RELEASE_UNKNOWN.warning(
        release=release, edition=edition, known=known_text(edition), field="release"
    )


def tier_names(edition: EditionName) -> tuple[str, ...]:
    """Return the names of the edition's tiers, the usual one first."""
    return tuple(tier.name for tier in _TIERS[edition])


def tier_of(edition: EditionName, name: str) -> Tier:
    """Return the tier called `name`.

    Raises:
        Rejected: the edition has no such tier (TIER_UNKNOWN).
    """
    for tier in _TIERS[edition]:
        if tier.name == name.casefold():
            return tier
    known = ", ".join(tier_names(edition))
    raise TIER_UNKNOWN.raised(edition=edition, tier=name, known=known, field="tier")


def price_levels(edition: EditionName, tier: str) -> int:
    """Return how many prices an item can have: 5 in US Pro, else 10."""
    return tier_of(edition, tier).price_levels


def user_limit(edition: EditionName, tier: str, users: str) -> int:
    """Return how many users may be logged on at once.

    Args:
        edition: us or uk.
        tier: the product.
        users: `single` or `multi`; a single-user company has one at a time.
    """
    return 1 if users == "single" else tier_of(edition, tier).most_users
