"""Few messages rather than many: bursts, floods, daily messages, and what is kept for them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from clary.hub.happenings import Kind
from clary.hub.installation import Installation
from clary.hub.notify_tables import HAPPENING, MESSAGE
from clary.hub.notifying.gathering import APART, BURST, KEPT, MOST_NOTICES, gather, sort, tidy
from clary.hub.notifying.subscriptions import next_digest
from clary.hub.services.notifications import Wanted, list_subscriptions, modify_subscription
from clary.kernel.clock import FixedClock
from tests.hub.notifying.mailbox import Mailbox
from tests.hub.notifying.office import (
    delivered,
    gathered,
    happen,
    messages,
    notices,
    park,
    told,
    told_of,
)

BOTH = pytest.mark.both_databases


@BOTH
def test_a_flood_is_two_messages(firm: Installation, clock: FixedClock, box: Mailbox) -> None:
    told_of(firm)
    park(firm, "Alpha", 30)
    (first,) = told(firm, clock, box)
    assert "30 documents" in first.text
    for _ in range(9):
        park(firm, "Alpha", 30)
        clock.advance(timedelta(seconds=45))
        assert told(firm, clock, box) == []
    clock.advance(APART)
    (second,) = told(firm, clock, box)
    assert "270 documents for Alpha were set aside" in second.text
    assert second.text.count("keeps the customer ACME open") == 20
    assert "... and 250 more." in second.text
    assert notices(firm) == 0


def test_a_burst_is_waited_for(firm: Installation, clock: FixedClock, box: Mailbox) -> None:
    told_of(firm)
    park(firm, "Alpha")
    sort(firm)
    assert gather(firm) == 0
    clock.advance(BURST - timedelta(seconds=1))
    assert gather(firm) == 0
    park(firm, "Alpha")
    sort(firm)
    clock.advance(timedelta(seconds=1))
    assert gather(firm) == 1
    assert delivered(firm) == 1
    assert "2 documents" in box.received[0].text


def test_another_kind_is_not_held_back(firm: Installation, clock: FixedClock, box: Mailbox) -> None:
    told_of(firm)
    park(firm, "Alpha")
    assert len(told(firm, clock, box)) == 1
    happen(firm, Kind.SCHEDULE_FAILED, "Alpha", schedule="nightly", reason="No.")
    assert len(told(firm, clock, box)) == 1


@BOTH
def test_what_is_kept_is_bounded_and_the_rest_is_counted(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    told_of(firm, "document.parked")
    park(firm, "Alpha", MOST_NOTICES + 25)
    gathered_ones = gathered(firm, clock)
    assert (gathered_ones, notices(firm)) == (1, 0)
    delivered(firm)
    (found,) = box.received
    assert "1,000 documents" in found.text
    assert "25 more of the same kind happened and are not listed here." in found.text.replace(
        "\r\n", " "
    )


def test_no_second_message_while_the_first_waits(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    box.answers["ada@example.com"] = "451 not now"
    told_of(firm)
    for _ in range(5):
        park(firm, "Alpha")
        told(firm, clock, box)
        clock.advance(APART)
    assert len(messages(firm)) == 1
    assert notices(firm) == 4
    box.answers.clear()
    clock.advance(timedelta(days=1))
    assert len(told(firm, clock, box)) == 1
    clock.advance(APART)
    (found,) = told(firm, clock, box)
    assert "4 documents" in found.text


def test_an_address_that_cannot_be_reached_holds_no_other_one_up(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    box.answers["bob@example.com"] = "451 not now"
    told_of(firm, to=("ada@example.com", "bob@example.com"))
    for _ in range(3):
        park(firm, "Alpha")
        assert len(told(firm, clock, box)) == 1
        clock.advance(APART)


@BOTH
def test_a_daily_message_tells_of_everything_once(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    told_of(firm, daily_at="07:30", zone="Europe/London")
    park(firm, "Alpha", 2)
    happen(firm, Kind.RUN_CONFIRMED, "Beta", run="run_1", applied=7, planned=7, state="finished")
    happen(firm, Kind.RUN_CONFIRMED, "Beta", run="run_2", applied=5, planned=5, state="finished")
    assert told(firm, clock, box) == []
    clock.moment = datetime(2026, 3, 3, 7, 29, tzinfo=UTC)
    assert told(firm, clock, box) == []
    clock.moment = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
    (found,) = told(firm, clock, box)
    assert found.mail["Subject"] == (
        "Clary, 3 March 2026: 2 documents set aside, 2 runs without problems"
    )
    assert "2 documents for Alpha" in found.text
    assert "run_1" in found.text
    clock.advance(timedelta(days=1))
    assert told(firm, clock, box) == []
    park(firm, "Alpha")
    clock.advance(timedelta(days=1))
    assert len(told(firm, clock, box)) == 1


def test_a_daily_message_that_was_missed_comes_late_and_once(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    told_of(firm, daily_at="07:30", zone="Europe/London")
    park(firm, "Alpha")
    clock.moment = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
    assert len(told(firm, clock, box)) == 1
    (answer,) = list_subscriptions(firm)
    assert answer.subscription.next_digest_at == datetime(2026, 3, 6, 7, 30, tzinfo=UTC)


@BOTH
def test_a_daily_message_over_the_change_of_the_clocks(
    firm: Installation, clock: FixedClock
) -> None:
    clock.moment = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)
    told_of(firm, daily_at="07:30", zone="Europe/London")
    park(firm, "Alpha")
    came = []
    for _ in range(4 * 48):
        sort(firm)
        if gather(firm):
            came.append(clock.now().astimezone(ZoneInfo("Europe/London")))
            park(firm, "Alpha")
        clock.advance(timedelta(minutes=30))
    assert [f"{each:%d %H:%M}" for each in came] == ["28 07:30", "29 07:30", "30 07:30", "31 07:30"]


def due(zone: str, at: str, *now: int) -> str:
    moment = datetime(*now, tzinfo=UTC)  # type: ignore[arg-type,misc]  # numbers of a moment
    return f"{next_digest(time.fromisoformat(at), zone, moment):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("zone", "at", "now", "expected"),
    [
        ("UTC", "00:00", (2026, 3, 2, 0, 0), "2026-03-03 00:00"),
        ("UTC", "00:00", (2026, 3, 2, 23, 59), "2026-03-03 00:00"),
        ("Europe/London", "07:30", (2026, 3, 28, 8, 0), "2026-03-29 06:30"),
        ("Europe/London", "07:30", (2026, 10, 24, 8, 0), "2026-10-25 07:30"),
        # Skipped: 01:30 does not exist on 29 March in London.
        ("Europe/London", "01:30", (2026, 3, 28, 12, 0), "2026-03-29 01:30"),
        ("Europe/London", "01:30", (2026, 3, 29, 1, 30), "2026-03-30 00:30"),
        # Shown twice: 01:30 on 25 October in London is told the first time only.
        ("Europe/London", "01:30", (2026, 10, 24, 12, 0), "2026-10-25 00:30"),
        ("Europe/London", "01:30", (2026, 10, 25, 0, 30), "2026-10-26 01:30"),
        # Midnight itself is skipped in Santiago on 6 September.
        ("America/Santiago", "00:00", (2026, 9, 5, 12, 0), "2026-09-06 04:00"),
        ("America/Santiago", "00:00", (2026, 9, 6, 4, 0), "2026-09-07 03:00"),
        ("Pacific/Auckland", "07:30", (2026, 3, 2, 9, 30), "2026-03-02 18:30"),
    ],
)
def test_when_a_daily_message_is_due(
    zone: str, at: str, now: tuple[int, ...], expected: str
) -> None:
    assert due(zone, at, *now) == expected


def test_another_time_holds_from_the_next_on(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    told_of(firm, daily_at="07:30")
    changed = modify_subscription(firm, "books", Wanted(daily_at="10:00")).subscription
    assert changed.next_digest_at == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    at_once = modify_subscription(firm, "books", Wanted(daily_at="")).subscription
    assert (at_once.daily_at, at_once.next_digest_at) == (None, None)
    park(firm, "Alpha")
    assert len(told(firm, clock, box)) == 1


def test_what_nobody_asked_for_leaves_nothing(firm: Installation, clock: FixedClock) -> None:
    park(firm, "Alpha")
    assert gathered(firm, clock) == 0
    with firm.database.read() as read:
        assert read.execute(select(HAPPENING)).all() == []


def test_what_ended_long_ago_is_forgotten(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    told_of(firm)
    park(firm, "Alpha")
    assert len(told(firm, clock, box)) == 1
    clock.advance(KEPT)
    tidy(firm)
    assert len(messages(firm)) == 1
    clock.advance(timedelta(seconds=1))
    park(firm, "Alpha")
    tidy(firm)
    with firm.database.read() as read:
        assert len(read.execute(select(HAPPENING)).all()) == 1
        assert read.execute(select(MESSAGE)).all() == []


def test_who_comes_later_is_not_told_of_what_was_before(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    told_of(firm)
    park(firm, "Alpha")
    clock.advance(timedelta(seconds=1))
    told_of(firm, name="later", to=("bob@example.com",))
    (found,) = told(firm, clock, box)
    assert found.to == ["ada@example.com"]
