"""One writer per company, told apart by epoch, and never two."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import delete

from clary.engine import owner
from clary.engine.lease import Leases
from clary.engine.tables import LEASES
from clary.kernel.errors import Busy, ClaryError
from tests.engine.workshop import START, Workshop

MINUTE = timedelta(seconds=60)


def test_a_second_owner_is_told_who_holds_it_and_until_when(workshop: Workshop) -> None:
    workshop.leases.acquire("books", "first", 60)
    with pytest.raises(ClaryError) as caught:
        workshop.leases.acquire("books", "second", 60)
    assert isinstance(caught.value, Busy)
    assert caught.value.code == "LEASE_HELD"
    assert "first" in str(caught.value)
    assert "2026-01-15 12:01:00 UTC" in str(caught.value)


def test_the_message_is_for_people(workshop: Workshop) -> None:
    workshop.leases.acquire("{1C5A-GUID}", owner.this_process("Ada"), 60)
    with pytest.raises(ClaryError) as caught:
        workshop.leases.acquire("{1C5A-GUID}", "second", 60, "acme")
    [finding] = caught.value.findings
    assert finding.message.startswith("Ada is writing to the company acme, at least until 2026")


@pytest.mark.parametrize(
    "text", ["Ada", "Ada [24088e4f-1/30676/2311615]", "Ada (process 12)"], ids=str
)
def test_an_owner_is_named_without_its_process(text: str) -> None:
    assert owner.named(text) == "Ada"


def test_the_same_owner_is_no_exception(workshop: Workshop) -> None:
    workshop.leases.acquire("books", "first", 60)
    with pytest.raises(ClaryError):
        workshop.leases.acquire("books", "first", 60)


def test_companies_do_not_wait_for_each_other(workshop: Workshop) -> None:
    workshop.leases.acquire("books", "first", 60)
    assert workshop.leases.acquire("others", "second", 60).owner == "second"


def test_the_epoch_grows_with_every_acquisition(workshop: Workshop) -> None:
    epochs = []
    for _ in range(3):
        with workshop.leases.acquire("books", "first", 60) as lease:
            epochs.append(lease.epoch)
    first = epochs[0]
    assert epochs == [first, first + 1, first + 2]


def test_a_lost_database_goes_on_above_the_epochs_that_it_gave(workshop: Workshop) -> None:
    workshop.leases.acquire("books", "first", 60).release()
    lost = workshop.leases.acquire("books", "first", 60)
    with workshop.database.write() as connection:
        connection.execute(delete(LEASES))
    workshop.clock.advance(MINUTE)
    assert workshop.leases.acquire("books", "first", 60).epoch > lost.epoch


def test_a_holder_whose_lease_was_restored_away_learns_it(workshop: Workshop) -> None:
    lease = workshop.leases.acquire("books", "first", 60)
    with workshop.database.write() as connection:
        connection.execute(delete(LEASES))
    with pytest.raises(ClaryError) as caught:
        lease.renew()
    assert caught.value.code == "LEASE_LOST"


def test_one_that_ran_out_can_be_taken_and_its_holder_learns_it(workshop: Workshop) -> None:
    first = workshop.leases.acquire("books", "first", 60)
    workshop.clock.advance(MINUTE)
    second = workshop.leases.acquire("books", "second", 60)
    for attempt in (first.check, first.renew):
        with pytest.raises(ClaryError) as caught:
            attempt()
        assert caught.value.code == "LEASE_LOST"
    second.check()


def test_giving_back_a_lost_lease_does_nothing(workshop: Workshop) -> None:
    first = workshop.leases.acquire("books", "first", 60)
    workshop.clock.advance(MINUTE)
    workshop.leases.acquire("books", "second", 60)
    first.release()
    assert workshop.leases.holder("books") == ("second", START + 2 * MINUTE)


def test_a_check_renews_when_less_than_half_is_left(workshop: Workshop) -> None:
    lease = workshop.leases.acquire("books", "first", 60)
    workshop.clock.advance(timedelta(seconds=29))
    lease.check()
    assert lease.expires_at == START + MINUTE
    workshop.clock.advance(timedelta(seconds=2))
    lease.check()
    assert lease.expires_at == START + timedelta(seconds=91)
    assert workshop.leases.holder("books") == ("first", lease.expires_at)


def test_what_takes_longer_than_the_lease_is_held_for_as_long(workshop: Workshop) -> None:
    lease = workshop.leases.acquire("books", "first", 60)
    lease.check(timedelta(seconds=60))
    assert lease.expires_at == START + MINUTE
    lease.check(timedelta(seconds=70))
    assert workshop.leases.holder("books") == ("first", START + timedelta(seconds=140))
    workshop.clock.advance(timedelta(seconds=70))
    lease.check(timedelta(seconds=70))
    assert lease.expires_at == START + timedelta(seconds=140)
    workshop.clock.advance(timedelta(seconds=70))
    with pytest.raises(ClaryError):
        lease.check(timedelta(seconds=70))


def test_one_beside_it_is_held_for_as_long(workshop: Workshop) -> None:
    lease = workshop.leases.acquire("books", "first", 60)
    lease.beside = workshop.leases.acquire("installation", "first", 60)
    lease.check(timedelta(seconds=70))
    assert workshop.leases.holder("installation") == ("first", START + timedelta(seconds=140))
    workshop.clock.advance(timedelta(seconds=120))
    lease.renew()
    assert workshop.leases.holder("installation") == ("first", START + timedelta(seconds=180))


def test_nobody_holds_what_was_given_back_or_never_taken(workshop: Workshop) -> None:
    assert workshop.leases.holder("books") is None
    workshop.leases.acquire("books", "first", 60).release()
    assert workshop.leases.holder("books") is None
    workshop.leases.acquire("books", "first", 60)
    workshop.clock.advance(MINUTE)
    assert workshop.leases.holder("books") is None


class TestOwners:
    """A lease of a process that is certainly dead need not be waited for."""

    def test_this_process_is_not_gone(self) -> None:
        assert not owner.is_gone(owner.this_process("test"))

    def test_a_process_that_has_ended_is_gone(self) -> None:
        name = self.name_of_an_ended_process()
        assert name.startswith("test [")
        assert owner.is_gone(name)

    @pytest.mark.parametrize(
        "name", ["worker", "worker (process 12)", "worker [another-machine/1/1]", ""]
    )
    def test_what_cannot_be_known_counts_as_alive(self, name: str) -> None:
        assert not owner.is_gone(name)

    def test_another_process_with_the_same_number_is_another_one(self) -> None:
        here = owner.this_process("test")
        assert owner.is_gone(here[: here.rindex("/")] + "/1]")

    def test_a_dead_owners_lease_can_be_taken(self, workshop: Workshop) -> None:
        leases = Leases(workshop.database, workshop.clock, is_gone=owner.is_gone)
        first = leases.acquire("books", self.name_of_an_ended_process(), 60)
        assert leases.acquire("books", owner.this_process("test"), 60).epoch == first.epoch + 1
        with pytest.raises(ClaryError):
            leases.acquire("books", "another", 60)

    def name_of_an_ended_process(self) -> str:
        code = "from clary.engine.owner import this_process; print(this_process('test'))"
        ended = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, encoding="utf-8"
        )
        return ended.stdout.strip()
