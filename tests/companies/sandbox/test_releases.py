from __future__ import annotations

import pytest

from clary.companies.sandbox import releases
from clary.kernel.errors import Rejected, Severity
from clary.ledger.fields import EditionName


@pytest.mark.parametrize(
    ("edition", "release"),
    [*(("us", year) for year in (*range(2007, 2017), 2018, 2022, 2026)), ("uk", 24), ("uk", 33)],
)
def test_a_checked_release_has_no_note(edition: EditionName, release: int) -> None:
    assert releases.note_for(edition, release) is None


@pytest.mark.parametrize(
    ("edition", "release"),
    [("us", 2006), ("us", 2017), ("us", 2019), ("us", 2021), ("uk", 23), ("uk", 34)],
)
def test_another_release_is_warned_about_and_not_refused(
    edition: EditionName, release: int
) -> None:
    note = releases.note_for(edition, release)
    assert note is not None
    assert (note.code, note.severity) == ("RELEASE_UNKNOWN", Severity.WARNING)
    assert str(release) in note.message


def test_version_numbers_and_years_belong_together() -> None:
    assert releases.version_of_year("us", 2015) == 22
    assert releases.year_of_version("us", 33) == 2026
    assert releases.version_of_year("uk", 2018) == 24
    assert releases.year_of_version("uk", 30) == 2024


def test_pro_has_five_price_levels_and_the_others_ten() -> None:
    assert releases.price_levels("us", "pro") == 5
    assert releases.price_levels("us", "Quantum") == 10


def test_a_single_user_company_has_one_seat_whatever_its_tier() -> None:
    assert releases.user_limit("us", "quantum", "single") == 1
    assert releases.user_limit("us", "quantum", "multi") == 40


def test_an_unknown_tier_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Rejected, match="no tier 'gold'") as caught:
        releases.tier_of("uk", "gold")
    assert "professional" in caught.value.findings[0].remedy
