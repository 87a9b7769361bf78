"""Every message arrives once, or again after a crash under the same id; trouble is seen."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from clary.api.metrics import registry
from clary.hub.happenings import Kind
from clary.hub.installation import Installation
from clary.hub.notifying.delivering import CLAIM, PAUSES, POINTS, SERVER_REST, Deliverer
from clary.hub.notifying.gathering import MOST_WAITING
from clary.hub.notifying.subscriptions import Channel
from clary.hub.services.checks import check_installation
from clary.hub.services.notifications import (
    Wanted,
    list_messages,
    list_subscriptions,
    modify_subscription,
    subscribe,
    try_subscription,
)
from clary.hub.services.users import UserChange, change_user, remove_user
from clary.kernel.clock import FixedClock
from clary.kernel.errors import Rejected
from clary.kernel.settings import read
from tests.hub.notifying.mailbox import Mailbox, free_port, mail_server
from tests.hub.notifying.office import (
    delivered,
    gathered,
    happen,
    messages,
    park,
    told,
    told_of,
    use_mail,
    viewer,
)
from tests.receiving import Receiver, receiving
from tests.surroundings import ROOT

BOTH = pytest.mark.both_databases


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """Let webhooks go to this machine."""
    return {**environment, "CLARY_WEBHOOKS": "any"}


# --- crashes and rivals ----------------------------------------------------------------------


@BOTH
@pytest.mark.kills
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_process_loses_nothing_and_doubles_one_at_most(
    firm: Installation, clock: FixedClock, box: Mailbox, environment: dict[str, str], point: str
) -> None:
    for number in range(3):
        told_of(firm, name=f"n{number}", to=(f"n{number}@example.com",))
    park(firm, "Alpha")
    assert gathered(firm, clock) == 3
    command = [sys.executable, "-m", "tests.hub.notifying.killed"]
    surroundings: dict[str, Any] = {"cwd": ROOT, "env": {"PATH": "", **environment}}
    killed = subprocess.run([*command, point, "2"], check=False, timeout=60, **surroundings)
    assert killed.returncode == -signal.SIGKILL
    subprocess.run([*command, "none", "1"], check=True, timeout=60, **surroundings)
    assert {row.state for row in messages(firm)} == {"delivered"}
    came = Counter(each.to[0] for each in box.received)
    assert set(came) == {"n0@example.com", "n1@example.com", "n2@example.com"}
    assert sorted(came.values()) == ([1, 1, 2] if point == "message sent" else [1, 1, 1])
    ids = {each.mail["Message-ID"] for each in box.received}
    assert len(ids) == 3


@BOTH
def test_deliverers_at_once_send_nothing_twice(
    firm: Installation, clock: FixedClock, box: Mailbox, environment: dict[str, str]
) -> None:
    addresses = tuple(f"n{number}@example.com" for number in range(20))
    told_of(firm, to=addresses)
    park(firm, "Alpha")
    assert gathered(firm, clock) == 20
    start = threading.Barrier(4)

    def deliver(_: int) -> int:
        with Installation(read(environment), clock, "Ada") as other:
            start.wait()
            return delivered(other)

    with ThreadPoolExecutor(4) as pool:
        tried = list(pool.map(deliver, range(4)))
    assert sum(tried) == 20
    assert Counter(each.to[0] for each in box.received) == Counter(addresses)


@BOTH
def test_processes_that_gather_at_once_write_one_message(
    firm: Installation, clock: FixedClock, environment: dict[str, str]
) -> None:
    told_of(firm)
    told_of(firm, name="daily", daily_at="09:30")
    park(firm, "Alpha", 40)
    start = threading.Barrier(4)

    def gather_all(_: int) -> None:
        with Installation(read(environment), FixedClock(clock.now()), "Ada") as other:
            start.wait()
            gathered(other, FixedClock(clock.now()))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(gather_all, range(4)))
    clock.advance(timedelta(days=1))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(gather_all, range(4)))
    assert [row.many for row in messages(firm)] == [40, 40]


def test_who_comes_late_does_not_overwrite_what_another_found(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    told_of(firm)
    park(firm, "Alpha")
    gathered(firm, clock)
    (message,) = messages(firm)
    slow = Deliverer(firm, Channel.MAIL)
    row = slow.claimed(message.id)
    assert row is not None
    assert delivered(firm) == 0
    clock.advance(CLAIM)
    assert delivered(firm) == 1
    box.answers["ada@example.com"] = "451 not now"
    slow.attempt(row)
    assert [row.state for row in messages(firm)] == ["delivered"]


# --- trouble with the server -------------------------------------------------------------------


def test_a_server_that_is_away_is_seen_everywhere_and_then_made_up_for(
    firm: Installation, clock: FixedClock
) -> None:
    port = free_port()
    use_mail(firm, port)
    told_of(firm)
    park(firm, "Alpha")
    gathered(firm, clock)
    assert delivered(firm) == 1
    (answer,) = list_subscriptions(firm)
    assert answer.as_dict()["problem_code"] == "MAIL_UNREACHABLE"
    checks = {each.name: each for each in check_installation(firm).checks}
    (finding,) = checks["notifications"].findings
    assert finding.code == "NOTIFY_FAILING"
    assert "cannot be reached" in finding.message
    assert "1 messages waiting" in checks["notifications"].message
    assert value("clary_notifications_failing", firm) == 1
    clock.advance(PAUSES[Channel.MAIL][0])
    with mail_server() as box:
        use_mail(firm, box.port)
        assert delivered(firm) == 1
    assert len(box.received) == 1
    assert value("clary_notifications_failing", firm) == 0
    assert list_subscriptions(firm)[0].as_dict()["problem_code"] is None


def value(name: str, installation: Installation) -> float | None:
    return registry(installation).get_sample_value(name)


def test_one_attempt_shows_that_the_server_is_away_for_all(
    firm: Installation, clock: FixedClock
) -> None:
    use_mail(firm, free_port())
    told_of(firm, to=tuple(f"n{number}@example.com" for number in range(10)))
    park(firm, "Alpha")
    gathered(firm, clock)
    deliverer = Deliverer(firm, Channel.MAIL)
    assert [deliverer.deliver_one() for _ in range(3)] == [True, False, False]
    clock.advance(SERVER_REST)
    assert [deliverer.deliver_one() for _ in range(3)] == [True, False, False]


def test_without_a_server_messages_wait(firm: Installation, clock: FixedClock) -> None:
    told_of(firm)
    park(firm, "Alpha")
    gathered(firm, clock)
    assert delivered(firm) == 1
    (message,) = list_messages(firm)
    assert (message.state, message.reason_code) == ("waiting", "MAIL_SERVER_MISSING")
    with mail_server() as box:
        use_mail(firm, box.port)
        assert delivered(firm) == 1
    assert len(box.received) == 1


def test_pauses_grow_and_end_after_five_days(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    box.answers["ada@example.com"] = "451 not now"
    told_of(firm)
    park(firm, "Alpha")
    gathered(firm, clock)
    began = clock.now()
    for pause in PAUSES[Channel.MAIL]:
        assert delivered(firm) == 1
        clock.advance(pause - timedelta(seconds=1))
        assert delivered(firm) == 0
        clock.advance(timedelta(seconds=1))
    assert delivered(firm) == 1
    assert timedelta(days=4.5) < clock.now() - began < timedelta(days=5)
    (message,) = messages(firm)
    assert (message.state, message.next_at) == ("failed", None)
    (answer,) = list_subscriptions(firm)
    assert answer.as_dict()["given_up"] == 1
    assert "not now" in str(answer.as_dict()["problem"])


def test_an_address_that_is_refused_for_good_is_given_up_at_once(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    box.answers["ada@example.com"] = "550 no such person"
    told_of(firm, to=("ada@example.com", "bob@example.com"))
    park(firm, "Alpha")
    found = told(firm, clock, box)
    assert [each.to for each in found] == [["bob@example.com"]]
    assert sorted(row.state for row in messages(firm)) == ["delivered", "failed"]


def test_no_more_messages_wait_for_an_address_than_a_number(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    box.answers["bob@example.com"] = "451 not now"
    told_of(firm, to=("ada@example.com", "bob@example.com"))
    for _ in range(MOST_WAITING + 2):
        park(firm, "Alpha")
        gathered(firm, clock)
        Deliverer(firm, Channel.MAIL).deliver_one()
        clock.advance(timedelta(minutes=10))
    bobs = [row for row in messages(firm) if row.target == "bob@example.com"]
    assert sum(row.state == "waiting" for row in bobs) <= MOST_WAITING


def test_what_waits_for_a_wrong_address_goes_to_the_right_one(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    box.answers["adda@example.com"] = "451 not now"
    told_of(firm, to=("adda@example.com", "bob@example.com"))
    park(firm, "Alpha")
    assert len(told(firm, clock, box)) == 1
    modify_subscription(firm, "books", Wanted(to=("ada@example.com", "bob@example.com")))
    (found,) = told(firm, clock, box)
    assert found.to == ["ada@example.com"]
    box.answers["ada@example.com"] = "451 not now"
    clock.advance(timedelta(minutes=11))
    park(firm, "Alpha")
    assert len(told(firm, clock, box)) == 1
    modify_subscription(firm, "books", Wanted(to=("bob@example.com",)))
    assert [row.reason_code for row in messages(firm)][-2:].count("NOTIFY_ADDRESS_DROPPED") == 1
    clock.advance(timedelta(minutes=11))
    park(firm, "Alpha")
    assert len(told(firm, clock, box)) == 1


# --- webhooks --------------------------------------------------------------------------------


@BOTH
def test_a_webhook_is_signed_and_tried_again(
    firm: Installation, clock: FixedClock, receiver: Receiver
) -> None:
    made = subscribe(firm, "hook", Wanted(webhook=f"{receiver.url}?token=canary-token"))
    assert made.secret is not None
    park(firm, "Alpha", 2)
    gathered(firm, clock)
    receiver.status = 503
    assert delivered(firm, Channel.WEBHOOK) == 1
    clock.advance(timedelta(seconds=5))
    receiver.status = 200
    assert delivered(firm, Channel.WEBHOOK) == 1
    (first, body), (second, again) = receiver.so_far()
    assert body == again
    assert first["webhook-id"] == second["webhook-id"]
    told_ = json.loads(body)
    assert told_["type"] == "document.parked"
    (section,) = told_["data"]["sections"]
    assert section["company"] == "Alpha"
    assert section["title"] == "2 documents for Alpha were set aside for a person."
    assert section["items"][0]["code"] == "RECORD_IN_USE"
    signed = Webhook(made.secret).sign(
        first["webhook-id"], clock.now() - timedelta(seconds=5), body
    )
    assert first["webhook-signature"] == signed
    (message,) = list_messages(firm)
    assert (message.state, message.attempts) == ("delivered", 2)
    assert "canary" not in message.target
    assert "canary" not in json.dumps(made.as_dict())


def test_a_webhook_is_given_up_after_a_day(
    firm: Installation, clock: FixedClock, receiver: Receiver
) -> None:
    subscribe(firm, "hook", Wanted(webhook=receiver.url))
    park(firm, "Alpha")
    gathered(firm, clock)
    receiver.status = 500
    began = clock.now()
    while messages(firm)[0].state == "waiting":
        delivered(firm, Channel.WEBHOOK)
        clock.advance(timedelta(minutes=30))
    assert timedelta(hours=20) < clock.now() - began < timedelta(hours=26)
    assert receiver.got.qsize() == len(PAUSES[Channel.WEBHOOK]) + 1


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://10.0.0.1/", "ftp://192.0.2.1/"])
def test_a_webhook_inside_the_network_is_refused(tmp_path: Path, url: str) -> None:
    settings = read({"CLARY_HOME": str(tmp_path), "CLARY_SECRETS": "file"})
    with Installation(settings, actor="Ada") as closed, pytest.raises(Rejected) as caught:
        subscribe(closed, "hook", Wanted(webhook=url))
    assert caught.value.code == "WEBHOOK_TARGET_REFUSED"


def test_a_name_that_leads_inside_later_is_refused_then(
    firm: Installation, clock: FixedClock, environment: dict[str, str], receiver: Receiver
) -> None:
    subscribe(firm, "hook", Wanted(webhook=receiver.url))
    park(firm, "Alpha")
    gathered(firm, clock)
    public = read({**environment, "CLARY_WEBHOOKS": "public"})
    with Installation(public, clock, "Ada") as closed:
        assert delivered(closed, Channel.WEBHOOK) == 1
    assert receiver.got.empty()
    assert "not encrypted" in str(messages(firm)[0].reason)


# --- who may be told ---------------------------------------------------------------------------


@BOTH
def test_a_viewer_of_one_company_is_never_told_of_another(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    viewer(firm, "vic", "Alpha", "vic@example.com")
    told_of(firm, to=("vic@example.com",), owner="vic")
    park(firm, "Beta")
    happen(firm, Kind.WORKER_DIED, None, owner="clary worker", seen_at="2026-03-02T09:00:00Z")
    happen(firm, Kind.AUDIT_BROKEN, None, reason="It does not hold.")
    assert told(firm, clock, box) == []
    park(firm, "Alpha")
    park(firm, "Beta")
    (found,) = told(firm, clock, box)
    assert "Alpha" in found.text
    assert "Beta" not in found.mail.as_string()


def test_a_right_that_is_taken_away_holds_for_what_is_gathered_and_what_waits(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    viewer(firm, "vic", "Alpha", "vic@example.com")
    told_of(firm, to=("vic@example.com",), owner="vic")
    park(firm, "Alpha")
    gathered(firm, clock)
    happen(firm, Kind.SCHEDULE_FAILED, "Alpha", schedule="nightly", reason="No.")
    gathered_before = messages(firm)
    change_user(firm, "vic", UserChange(roles={"Alpha": None}))
    assert told(firm, clock, box) == []
    assert len(gathered_before) == 1
    assert [row.reason_code for row in messages(firm)] == ["NOTIFY_OWNER_GONE"]
    remove_user(firm, "vic")
    park(firm, "Alpha")
    clock.advance(timedelta(minutes=11))
    assert told(firm, clock, box) == []


# --- trials ------------------------------------------------------------------------------------


def test_a_trial_tells_at_once_what_became_of_it(
    firm: Installation, clock: FixedClock, box: Mailbox
) -> None:
    told_of(firm, to=("ada@example.com", "bob@example.com"))
    box.answers["bob@example.com"] = "451 not now"
    trials = try_subscription(firm, "books")
    problems = [each.problem.code if each.problem else None for each in trials]
    assert problems == [None, "MAIL_DEFERRED"]
    assert box.received[0].mail["Subject"] == "Clary: a trial message"
    clock.advance(timedelta(days=1))
    assert delivered(firm) == 0
    assert [each.state for each in list_messages(firm)] == ["failed", "delivered"]
