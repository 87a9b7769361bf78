"""Requests with an idempotency key: claimed once, answered alike, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, update

from clary.engine.owner import this_process
from clary.hub.installation import Installation
from clary.hub.repeats import (
    CLAIM,
    IDEMPOTENCY_OTHER,
    IDEMPOTENCY_RUNNING,
    IDEMPOTENCY_SECRET,
    RETENTION,
    SECRET,
    SWEEP,
    Claim,
    Kept,
    Repeats,
)
from clary.hub.tables import REPEAT
from clary.kernel.clock import FixedClock
from clary.kernel.errors import ClaryError
from clary.store import Database

pytestmark = pytest.mark.both_databases

ANSWER = Kept(201, "application/json", {"Location": "/x"}, '{"a": "é"}')


@pytest.fixture
def database(installation: Installation) -> Database:
    return installation.database


@pytest.fixture
def repeats(database: Database, clock: FixedClock) -> Repeats:
    return Repeats(database, clock)


def _claimed(repeats: Repeats, name: str = "n", sent: str = "body") -> Claim:
    found = repeats.claim(name, "key", sent)
    assert isinstance(found, Claim)
    return found


def _code(repeats: Repeats, name: str = "n", sent: str = "body") -> str:
    with pytest.raises(ClaryError) as caught:
        repeats.claim(name, "key", sent)
    return caught.value.code


def test_the_same_request_is_answered_the_same(repeats: Repeats) -> None:
    repeats.keep(_claimed(repeats), ANSWER)
    assert repeats.claim("n", "key", "body") == ANSWER


def test_another_request_under_the_key_is_refused(repeats: Repeats) -> None:
    claim = _claimed(repeats)
    assert _code(repeats, sent="other") == IDEMPOTENCY_OTHER.name
    repeats.keep(claim, ANSWER)
    assert _code(repeats, sent="other") == IDEMPOTENCY_OTHER.name
    assert isinstance(repeats.claim("other name", "key", "other"), Claim)


def test_a_second_one_waits_for_the_first(repeats: Repeats) -> None:
    claim = _claimed(repeats)
    assert _code(repeats) == IDEMPOTENCY_RUNNING.name
    repeats.release(claim)
    assert isinstance(repeats.claim("n", "key", "body"), Claim)


def test_of_many_at_once_one_works(database: Database, clock: FixedClock) -> None:
    servers = [Repeats(database, clock) for _ in range(8)]
    barrier = Barrier(len(servers))

    def claim(repeats: Repeats) -> str:
        barrier.wait()
        try:
            repeats.claim("raced", "key", "body")
        except ClaryError as error:
            return error.code
        return "claimed"

    with ThreadPoolExecutor(len(servers)) as threads:
        found = sorted(threads.map(claim, servers))
    assert found == [IDEMPOTENCY_RUNNING.name] * 7 + ["claimed"]


def test_the_claim_of_a_dead_process_is_taken_over(repeats: Repeats, database: Database) -> None:
    dead = _claimed(repeats)
    owner = this_process("request")
    machine = owner.partition("[")[2].partition("/")[0]
    with database.write() as write:
        gone = f"request [{machine}/999999999/1]"
        write.execute(update(REPEAT).values(owner=gone))
    alive = _claimed(repeats)
    repeats.keep(dead, Kept(500, "", {}, "too late"))
    assert _code(repeats) == IDEMPOTENCY_RUNNING.name
    repeats.keep(alive, ANSWER)
    assert repeats.claim("n", "key", "body") == ANSWER


def test_a_claim_ends_some_time_even_if_nobody_can_tell(
    repeats: Repeats, clock: FixedClock
) -> None:
    _claimed(repeats)
    clock.advance(CLAIM - timedelta(seconds=1))
    assert _code(repeats) == IDEMPOTENCY_RUNNING.name
    clock.advance(timedelta(seconds=1))
    assert isinstance(repeats.claim("n", "key", "body"), Claim)


def test_answers_are_removed_after_their_time(
    repeats: Repeats, database: Database, clock: FixedClock
) -> None:
    for name in ("a", "b"):
        repeats.keep(_claimed(repeats, name), ANSWER)
    clock.advance(RETENTION)
    assert isinstance(repeats.claim("a", "key", "other body"), Claim)
    clock.advance(SWEEP)
    _claimed(repeats, "c")
    with database.read() as read:
        assert set(read.execute(select(REPEAT.c.name)).scalars()) == {"a", "c"}


def test_an_answer_with_a_secret_is_not_kept(repeats: Repeats, database: Database) -> None:
    repeats.keep(_claimed(repeats, sent="CANARY-sent"), Kept(SECRET, "", {}, ""))
    assert _code(repeats, sent="CANARY-sent") == IDEMPOTENCY_SECRET.name
    with database.read() as read:
        assert "CANARY" not in str(read.execute(select(REPEAT)).all())


def test_what_was_noted_is_found_by_the_next_claim(
    repeats: Repeats, database: Database, clock: FixedClock
) -> None:
    first = _claimed(repeats)
    assert first.plan is None
    repeats.note(first, "plan_1")
    assert _code(repeats) == IDEMPOTENCY_RUNNING.name
    repeats.release(first)
    assert _code(repeats, sent="another body") == IDEMPOTENCY_OTHER.name
    second = _claimed(repeats)
    assert second.plan == "plan_1"
    clock.advance(CLAIM)  # its process died, on a machine that nobody can look at
    third = _claimed(repeats)
    assert third.plan == "plan_1"
    repeats.note(third, None)
    repeats.release(third)
    with database.read() as read:
        assert read.execute(select(REPEAT)).all() == []
    assert _claimed(repeats, sent="another body").plan is None


def test_what_was_noted_is_kept_as_long_as_an_answer(repeats: Repeats, clock: FixedClock) -> None:
    claim = _claimed(repeats)
    repeats.note(claim, "plan_1")
    repeats.release(claim)
    clock.advance(RETENTION - SWEEP)
    again = _claimed(repeats)
    assert again.plan == "plan_1"
    repeats.release(again)
    clock.advance(RETENTION + SWEEP)
    assert _claimed(repeats).plan is None


def test_a_final_answer_takes_the_place_of_what_was_noted(repeats: Repeats) -> None:
    claim = _claimed(repeats)
    repeats.note(claim, "plan_1")
    repeats.keep(claim, ANSWER)
    assert repeats.claim("n", "key", "body") == ANSWER
