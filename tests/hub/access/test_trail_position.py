"""The doctor reads what was added to the trail since the last time, and all of it when asked."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import delete, select, update

from clary.engine.tables import JOURNAL
from clary.hub.chain import POSITION_FILE
from clary.hub.installation import Installation
from clary.hub.services.checks import Check, check_installation
from clary.hub.tables import AUDIT, AUDIT_HEAD
from tests.hub.access.posting import post_customers

pytestmark = pytest.mark.both_databases


def trail(house: Installation, *, full: bool = False) -> list[Check]:
    """Return what the doctor says of the trail."""
    checks = check_installation(house, full=full).checks
    return [each for each in checks if each.name == "audit trail"]


def test_what_was_verified_is_not_read_again(firm: Installation) -> None:
    (first,) = trail(firm)
    assert first.ok
    assert "earlier" not in first.message
    post_customers(firm, "Alpha", "SECOND")
    (second,) = trail(firm)
    assert second.ok
    assert "5 entries (4 of them verified earlier), 1 runs" in second.message
    (whole,) = trail(firm, full=True)
    assert "5 entries, 3 runs" in whole.message


def test_what_is_changed_after_the_position_is_found_at_once(firm: Installation) -> None:
    trail(firm)
    post_customers(firm, "Alpha", "SECOND")
    with firm.database.write() as write:
        write.execute(update(AUDIT).where(AUDIT.c.id == 5).values(actor="nobody"))
    (found,) = trail(firm)
    assert not found.ok


@pytest.mark.parametrize("what", ["entry", "journal"])
def test_what_is_changed_before_the_position_is_found_by_a_full_look(
    firm: Installation, what: str
) -> None:
    trail(firm)
    with firm.database.write() as write:
        if what == "entry":
            write.execute(update(AUDIT).where(AUDIT.c.id == 1).values(actor="nobody"))
        else:
            write.execute(update(JOURNAL).values(key="OTHER"))
    assert all(each.ok for each in trail(firm))
    (found,) = trail(firm, full=True)
    assert not found.ok
    # What does not hold is never remembered as verified.
    assert not trail(firm, full=True)[0].ok


def test_a_trail_that_was_cut_off_is_verified_from_its_beginning(firm: Installation) -> None:
    trail(firm)
    with firm.database.write() as write:
        seal = write.execute(select(AUDIT.c.seal).where(AUDIT.c.id == 3)).scalar_one()
        write.execute(delete(AUDIT).where(AUDIT.c.id == 4))
        write.execute(update(AUDIT_HEAD).values(last=3, seal=seal))
    (found,) = trail(firm)
    assert [each.code for each in found.findings] == ["AUDIT_RUN_BROKEN"]


def test_a_trail_that_does_not_go_on_from_the_position_is_noted(firm: Installation) -> None:
    trail(firm)
    file = firm.settings.home / POSITION_FILE
    file.write_text(json.dumps({"entries": 9, "seal": "of another trail"}), encoding="utf-8")
    first, second = trail(firm)
    assert "4 entries, 2 runs" in first.message
    assert [each.code for each in second.findings] == ["AUDIT_REPLACED"]
    assert second.ok
    assert len(trail(firm)) == 1


def test_a_position_that_cannot_be_read_costs_time_only(firm: Installation) -> None:
    trail(firm)
    (firm.settings.home / POSITION_FILE).write_text("{", encoding="utf-8")
    (found,) = trail(firm)
    assert "4 entries, 2 runs" in found.message
