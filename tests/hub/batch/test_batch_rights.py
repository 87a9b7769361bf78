"""Rights that are missing on either side stop a batch before its first write."""

from __future__ import annotations

from pathlib import Path

from clary.companies.sandbox.acts import perform
from clary.flows.batch.register import Standing
from clary.hub.services.batch_running import Ended
from tests.hub.batch.office import COMPANY, MAIN, PROCUREMENT, Office, office


def _weaken(us: Office, area: str) -> None:
    path = us.installation.sandbox_file(COMPANY)
    perform(path, "set-rights", ["CLARY", area, "read"], {}, us.installation.clock)


class TestAtSage:
    """The user that Clary logs on as may not post all of it."""

    def test_every_document_says_what_is_missing_and_where_it_is_given(self, us: Office) -> None:
        _weaken(us, "vendors_and_purchases")
        done = us.run("R", include=frozenset({"10001", "INV-88120"}))
        assert done.ended is Ended.FAILED
        assert done.run is None
        assert us.ours() == []
        [missing] = [each for each in done.errors if each.code == "RIGHT_MISSING"]
        assert missing.record == "bill INV-88120"
        assert "Set Up Security" in missing.remedy

    def test_the_documents_that_may_be_posted_can_go(self, us: Office) -> None:
        _weaken(us, "vendors_and_purchases")
        done = us.run("R", good_only=True, include=frozenset({"10001", "INV-88120"}))
        assert done.ended is Ended.WITH_ERRORS
        assert {number: each.state for number, each in us.documents("R").items()} == {
            "10001": Standing.POSTED,
            "INV-88120": Standing.LEFT,
        }

    def test_records_that_documents_need_need_a_right_as_well(self, us: Office) -> None:
        _weaken(us, "inventory_and_services")
        planned = us.plan("R", kinds=PROCUREMENT, location=MAIN)
        assert us.codes(planned, "KITE-1") == ["BATCH_NEED_FAILED"]
        assert us.codes(planned, "1-adjustment") == ["RIGHT_MISSING"]
        assert us.codes(planned, "INV-88120") == []


class TestAtConnectwise:
    """The member that Clary logs on as may not do all that a batch needs."""

    def test_a_weak_role_stops_the_whole_plan(self, us_prepared: Path, tmp_path: Path) -> None:
        with office(us_prepared, tmp_path / "office", public_key="weak", private_key="weak") as us:
            done = us.run("R", good_only=True, include=frozenset({"10001"}))
            assert done.ended is Ended.FAILED
            assert done.run is None
            assert {each.code for each in done.errors} == {"CONNECTWISE_RIGHTS_LACKING"}
            assert all("System > Security Roles" in each.remedy for each in done.errors)
            assert us.ours() == []
