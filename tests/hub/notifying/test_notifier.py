"""The threads of two processes together tell everything once, and end at once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import pytest

from clary.hub.installation import Installation
from clary.hub.notifying.notifier import Notifier
from clary.kernel.settings import read
from tests.hub.access.posting import post_customers
from tests.hub.notifying.mailbox import Mailbox, mail_server
from tests.hub.notifying.office import park, told_of, use_mail

SECONDS = 60


@pytest.fixture
def live(environment: dict[str, str], firm: Installation) -> Iterator[Installation]:
    """Give the same installation by the clock of the machine."""
    del firm
    with Installation(read(environment), actor="Ada") as house:
        yield house


def wait_for(box: Mailbox, many: int) -> None:
    until = time.monotonic() + SECONDS
    while len(box.received) < many and time.monotonic() < until:
        time.sleep(0.1)


@pytest.mark.both_databases
def test_two_processes_tell_everything_once(
    live: Installation, environment: dict[str, str]
) -> None:
    addresses = tuple(f"n{number}@example.com" for number in range(5))
    with mail_server() as box, Installation(read(environment), actor="Ada") as other:
        use_mail(live, box.port)
        told_of(live, to=addresses)
        notifiers = [Notifier(live), Notifier(other)]
        for each in notifiers:
            each.start()
        post_customers(live, "Alpha", "ACME")
        park(live, "Beta", 3)
        wait_for(box, 10)
        began = time.monotonic()
        for each in notifiers:
            each.stop()
        assert time.monotonic() - began < 10
    subjects = Counter((each.to[0], str(each.mail["Subject"])) for each in box.received)
    assert set(subjects.values()) == {1}
    assert {subject for _, subject in subjects} == {
        "Everything for Alpha was written: 1 document",
        "3 documents for Beta were set aside for a person",
    }
    assert {address for address, _ in subjects} == set(addresses)


def test_it_is_silent_and_can_be_ended_twice(
    live: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    notifier = Notifier(live)
    notifier.start()
    time.sleep(2)
    notifier.stop()
    notifier.stop()
    assert [each for each in caplog.records if each.name.startswith("clary")] == []
