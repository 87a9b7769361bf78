"""Every case of a look, for a change that is new and one that was handed over before."""

from __future__ import annotations

import pytest

from clary.engine.decide import WRITE, decide, taken_word
from clary.engine.journal import JournalEntry, JournalState
from clary.engine.steps import Step
from clary.kernel.change import Action, Change, Sight, Sighting, State, Verb
from clary.kernel.errors import Finding
from tests.engine.workshop import START, customer, invoice, update, void

NEW = None
SENT = JournalState.SENT
PARKED = JournalState.PARKED
FINDING = Finding("SEEN", "Something was seen.", "Look.")


def step(change: Change, previous: JournalState | None = NEW) -> Step:
    handed = previous in (SENT, JournalState.DELIVERED, JournalState.UNCERTAIN)
    return Step(change, previous, handed=handed, perhaps=handed)


def known(state: JournalState) -> JournalEntry:
    """Return another plan's row of the same origin."""
    return JournalEntry(
        plan="plan_A",
        number=1,
        run="run_A",
        state=state,
        system="shop",
        action=Action.CREATE,
        verb=None,
        record_type="invoice",
        key="7",
        document=None,
        origin="test:doc-1:1",
        attempt=1,
        idempotency_key=None,
        taken="created",
        version=None,
        sent_at=START,
        ended_at=START,
        undone_by="run_B",
    )


def state_of(one: Step, sight: Sight, *findings: Finding, confirmed: bool = False) -> str:
    verdict = decide(one, Sighting(sight, findings=findings), confirmed_missing=confirmed)
    return "write" if verdict is WRITE else str(verdict.state)


@pytest.mark.parametrize(
    ("change", "previous", "sight", "expected"),
    [
        (invoice(1), NEW, Sight.ABSENT, "write"),
        (invoice(1), NEW, Sight.PRESENT, "skipped"),
        (invoice(1), NEW, Sight.REVERSED, "write"),
        (invoice(1), NEW, Sight.UNKNOWN, "write"),
        (invoice(1), NEW, Sight.STALE, "rejected"),
        (invoice(1), PARKED, Sight.PRESENT, "skipped"),
        (invoice(1), PARKED, Sight.UNKNOWN, "write"),
        (invoice(1), NEW, Sight.DELIVERED, "delivered"),
        (invoice(1), SENT, Sight.DELIVERED, "delivered"),
        (invoice(1), JournalState.DELIVERED, Sight.DELIVERED, "delivered"),
        (invoice(1), SENT, Sight.ABSENT, "write"),
        (invoice(1), SENT, Sight.PRESENT, "confirmed"),
        (invoice(1), SENT, Sight.REVERSED, "uncertain"),
        (invoice(1), SENT, Sight.UNKNOWN, "uncertain"),
        (invoice(1), SENT, Sight.STALE, "uncertain"),
        (invoice(1), JournalState.UNCERTAIN, Sight.PRESENT, "confirmed"),
        (invoice(1), JournalState.DELIVERED, Sight.PRESENT, "confirmed"),
        (invoice(1), JournalState.DELIVERED, Sight.ABSENT, "delivered"),
        (invoice(1), JournalState.DELIVERED, Sight.UNKNOWN, "delivered"),
        (customer(1, "A"), NEW, Sight.PRESENT, "write"),
        (customer(1, "A"), SENT, Sight.PRESENT, "confirmed"),
        (update(1, "A", {}, {}), NEW, Sight.PRESENT, "skipped"),
        (update(1, "A", {}, {}), NEW, Sight.STALE, "rejected"),
        (update(1, "A", {}, {}), SENT, Sight.STALE, "uncertain"),
        (void(1, "7"), SENT, Sight.PRESENT, "confirmed"),
        (void(1, "7"), NEW, Sight.PRESENT, "skipped"),
    ],
)
def test_what_follows_from_a_look(
    change: Change, previous: JournalState | None, sight: Sight, expected: str
) -> None:
    assert state_of(step(change, previous), sight) == expected


@pytest.mark.parametrize(("suffices", "expected"), [(True, "skipped"), (False, None)])
def test_no_second_record_is_made_beside_one_that_suffices(
    *, suffices: bool, expected: str | None
) -> None:
    sighting = Sighting(Sight.PRESENT, suffices=suffices)
    verdict = decide(step(customer(1, "A"), NEW), sighting, confirmed_missing=False)
    assert verdict.state == expected


@pytest.mark.parametrize(
    ("state", "sight", "confirmed", "expected"),
    [
        (JournalState.CONFIRMED, Sight.ABSENT, False, "rejected"),
        (JournalState.CONFIRMED, Sight.ABSENT, True, "write"),
        (JournalState.CONFIRMED, Sight.UNKNOWN, False, "skipped"),
        (JournalState.CONFIRMED, Sight.PRESENT, False, "skipped"),
        (JournalState.DELIVERED, Sight.ABSENT, False, "parked"),
        (JournalState.DELIVERED, Sight.UNKNOWN, False, "parked"),
        (JournalState.DELIVERED, Sight.DELIVERED, False, "parked"),
        (JournalState.REJECTED, Sight.DELIVERED, False, "delivered"),
        (JournalState.SENT, Sight.ABSENT, False, "write"),
        (JournalState.SENT, Sight.UNKNOWN, False, "parked"),
        (JournalState.UNDONE, Sight.ABSENT, False, "write"),
        (JournalState.UNDONE, Sight.UNKNOWN, False, "write"),
        (JournalState.REJECTED, Sight.ABSENT, False, "write"),
        (JournalState.REJECTED, Sight.UNKNOWN, False, "write"),
    ],
)
def test_what_the_journal_knows_from_elsewhere(
    state: JournalState, sight: Sight, expected: str, *, confirmed: bool
) -> None:
    one = step(invoice(1))
    one.known = known(state)
    assert state_of(one, sight, confirmed=confirmed) == expected


def test_an_unknown_sight_with_findings_is_never_written_blindly() -> None:
    assert state_of(step(invoice(1)), Sight.UNKNOWN, FINDING) == "rejected"
    assert state_of(step(invoice(1), SENT), Sight.UNKNOWN, FINDING) == "uncertain"


def test_what_a_stale_look_found_is_kept() -> None:
    sighting = Sighting(Sight.STALE, findings=(FINDING,))
    new = decide(step(update(1, "A", {}, {})), sighting, confirmed_missing=False)
    assert new.findings == (FINDING,)
    sent = decide(step(update(1, "A", {}, {}), SENT), sighting, confirmed_missing=False)
    assert [finding.code for finding in sent.findings] == ["WRITTEN_AND_CHANGED", "SEEN"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (invoice(1), "created"),
        (update(1, "A", {}, {}), "updated"),
        (Change(1, "shop", Action.DELETE, "customer", "A"), "deleted"),
        (void(1, "7"), "voided"),
        (void(1, "7", verb=Verb.POST), "posted"),
        (void(1, "7", verb=Verb.REVERSE), "reversed"),
        (void(1, "7", verb=Verb.ALLOCATE), "allocated"),
        (void(1, "7", verb=Verb.UNALLOCATE), "unallocated"),
    ],
)
def test_what_was_done_has_a_word(change: Change, word: str) -> None:
    assert taken_word(change) == word


@pytest.mark.parametrize("state", JournalState)
def test_every_state_is_shown_as_one_of_five_words(state: JournalState) -> None:
    assert state.shown in State
    assert state.open is (state.shown is State.PENDING)
