"""What the executor does with each change, and what it keeps of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from clary.engine.executor import ApplyOptions, Executor
from clary.engine.journal import JournalState
from clary.engine.lease import Leases
from clary.engine.plan import Planned
from clary.engine.runs import RunState
from clary.engine.sending import FIRST_PAUSE
from clary.engine.steps import FIRST_CHUNK
from clary.kernel.change import Action, Change, Origin, Sighting, State, Written
from clary.kernel.clock import SystemClock
from clary.kernel.errors import ClaryError, Finding, Severity
from tests.engine.little_store import LittleStore
from tests.engine.workshop import Workshop, customer, invoice, invoices, update, void

WARNING = Finding("CHECK_THIS", "Look at it.", "Look.", Severity.WARNING)
ERROR = Finding("NOT_GOOD", "It is wrong.", "Mend it.")


def test_every_change_is_written_once_and_confirmed(workshop: Workshop) -> None:
    run = workshop.apply(*invoices(25))
    assert (run.state, run.planned, run.applied) == (RunState.FINISHED, 25, 25)
    assert workshop.store.writes() == [f"create invoice {n}" for n in range(1, 26)]
    assert run == workshop.runs.summary(run.id)


def test_the_journal_keeps_key_body_and_version_as_read_back(workshop: Workshop) -> None:
    run = workshop.apply(invoice(1, "12.50"))
    [entry] = workshop.results(run.id)
    assert entry.state is JournalState.CONFIRMED
    assert (entry.key, entry.taken, entry.document) == ("1", "created", "doc-1")
    assert entry.body == {"amount": "12.50", "number": 1}
    assert entry.version is not None
    assert entry.outcome.state is State.CONFIRMED


def test_a_body_that_the_write_gives_saves_the_read_back(folder: Path) -> None:
    with Workshop(folder, store=LittleStore(folder / "little.db", gives_body=True)) as workshop:
        workshop.store.trouble("read", "failed")
        run = workshop.apply(invoice(1))
        assert workshop.results(run.id)[0].body == {"amount": "10.00", "number": 1}


def test_an_origin_that_is_in_the_books_is_skipped(workshop: Workshop) -> None:
    workshop.store.put("invoice", "7", {"amount": "10.00"}, Origin("test", "doc-1").text)
    run = workshop.apply(invoice(1))
    [entry] = workshop.results(run.id)
    assert (entry.state, entry.key, entry.taken) == (JournalState.SKIPPED, "7", "none")
    assert workshop.store.writes() == []


def test_a_reversed_origin_does_not_count_as_present(workshop: Workshop) -> None:
    workshop.apply(invoice(1))
    workshop.apply(void(1, "1"))
    run = workshop.apply(invoice(1))
    assert run.applied == 1
    assert len(workshop.store.bodies("invoice")) == 2


def test_a_record_with_the_same_key_and_no_origin_is_for_the_company_to_refuse(
    workshop: Workshop,
) -> None:
    workshop.apply(customer(1, "ACME"))
    run = workshop.apply(customer(1, "ACME"))
    assert run.rejected == 1
    assert workshop.results(run.id)[0].findings[0].code == "LITTLE_REJECTED"


def test_what_holds_already_is_unchanged(workshop: Workshop) -> None:
    workshop.store.put("customer", "ACME", {"id": "ACME", "name": "New"})
    run = workshop.apply(update(1, "ACME", {"name": "Old"}, {"name": "New"}))
    assert [entry.taken for entry in workshop.results(run.id)] == ["unchanged"]
    assert run.skipped == 1


def test_updates_deletions_and_acts_are_done(workshop: Workshop) -> None:
    workshop.store.put("customer", "ACME", {"id": "ACME", "name": "Old"})
    workshop.store.put("customer", "GONE", {"id": "GONE"})
    workshop.store.put("invoice", "1", {"amount": "1.00"})
    run = workshop.apply(
        update(1, "ACME", {"name": "Old"}, {"name": "New"}),
        Change(2, "shop", Action.DELETE, "customer", "GONE", {"id": "GONE"}),
        void(3, "1"),
    )
    assert [entry.taken for entry in workshop.results(run.id)] == ["updated", "deleted", "voided"]
    assert workshop.store.bodies("customer") == [{"id": "ACME", "name": "New"}]
    assert workshop.store.bodies("invoice") == [{"amount": "1.00", "void": True}]


def test_two_changes_of_one_record_follow_each_other(workshop: Workshop) -> None:
    workshop.store.put("customer", "ACME", {"id": "ACME", "name": "One"})
    run = workshop.apply(
        update(1, "ACME", {"name": "One"}, {"name": "Two"}),
        update(2, "ACME", {"name": "Two"}, {"name": "Three"}),
    )
    assert run.applied == 2
    assert workshop.store.bodies("customer") == [{"id": "ACME", "name": "Three"}]


def test_the_same_origin_twice_in_a_plan_is_written_once(workshop: Workshop) -> None:
    run = workshop.apply(invoice(1), invoice(2, origin=Origin("test", "doc-1")))
    assert workshop.states(run.id) == ["confirmed", "skipped"]
    assert len(workshop.store.bodies("invoice")) == 1


def test_one_rejected_document_stops_no_other(workshop: Workshop) -> None:
    workshop.store.trouble("document", "rejected", "invoice doc-2")
    run = workshop.apply(*invoices(3))
    assert workshop.states(run.id) == ["confirmed", "rejected", "confirmed"]
    assert (run.applied, run.rejected, run.state) == (2, 1, RunState.FINISHED)
    errors = [event for event in workshop.runs.events(run.id) if event.level == "error"]
    assert [event.record for event in errors] == ["invoice doc-2"]


def test_our_own_failure_is_failed_and_not_rejected(workshop: Workshop) -> None:
    workshop.store.trouble("document", "failed", "invoice doc-1")
    run = workshop.apply(*invoices(2))
    assert workshop.states(run.id) == ["failed", "confirmed"]


def test_a_change_planned_as_rejected_is_never_sent(workshop: Workshop) -> None:
    run = workshop.apply(Planned(invoice(1), (ERROR, WARNING)), Planned(invoice(2), (WARNING,)))
    first, second = workshop.results(run.id)
    assert (first.state, first.findings) == (JournalState.REJECTED, (ERROR, WARNING))
    assert (second.state, second.findings) == (JournalState.CONFIRMED, (WARNING,))
    assert workshop.store.writes() == ["create invoice 1"]


class TestStopOnError:
    """Nothing is sent after the first document that is refused, not even of its chunk."""

    OPTIONS = ApplyOptions(stop_on_error=True)

    def test_refused_by_the_company(self, workshop: Workshop) -> None:
        workshop.store.trouble("document", "rejected", "invoice doc-2")
        run = workshop.apply(*invoices(30), options=self.OPTIONS)
        assert (run.state, run.applied, run.rejected) == (RunState.STOPPED, 1, 29)
        codes = [entry.findings[0].code for entry in workshop.results(run.id)[1:]]
        assert codes == ["LITTLE_REJECTED"] + ["NOT_ATTEMPTED"] * 28
        assert workshop.store.writes() == ["create invoice 1"]

    def test_planned_as_rejected(self, workshop: Workshop) -> None:
        run = workshop.apply(
            invoice(1), Planned(invoice(2), (ERROR,)), invoice(3), options=self.OPTIONS
        )
        assert workshop.states(run.id) == ["confirmed", "rejected", "rejected"]
        assert len(workshop.store.writes()) == 1

    def test_found_stale_by_the_look(self, workshop: Workshop) -> None:
        change = update(2, "ACME", {"name": "Old"}, {"name": "New"}, depends_on=(1,))
        run = workshop.apply(
            customer(1, "ACME"), change, invoice(3), invoice(4), options=self.OPTIONS
        )
        assert workshop.states(run.id) == ["confirmed", "rejected", "rejected", "rejected"]
        assert workshop.results(run.id)[1].findings[0].code == "RECORD_STALE"

    def test_without_errors_it_runs_to_the_end(self, workshop: Workshop) -> None:
        run = workshop.apply(*invoices(3), options=self.OPTIONS)
        assert (run.state, run.applied) == (RunState.FINISHED, 3)


class TestTroubles:
    """What may go away by itself is tried again, looked at first, and then parked."""

    def test_busy_for_a_moment(self, workshop: Workshop) -> None:
        workshop.store.trouble("write", "busy", times=2)
        run = workshop.apply(*invoices(3))
        assert run.applied == 3
        assert workshop.pauses == [timedelta(milliseconds=200), timedelta(milliseconds=400)]

    def test_busy_for_long_parks_everything_that_is_left(self, workshop: Workshop) -> None:
        workshop.store.trouble("write", "busy", times=4)
        run = workshop.apply(*invoices(15))
        assert (run.state, run.pending) == (RunState.PARKED, 15)
        assert set(workshop.states(run.id)) == {"parked"}
        assert workshop.store.writes() == []

    def test_a_busy_record_is_parked_alone(self, workshop: Workshop) -> None:
        workshop.store.trouble("document", "in use", "invoice doc-2", times=4)
        run = workshop.apply(*invoices(15))
        assert (run.applied, run.pending) == (14, 1)
        assert workshop.resume(run.id).applied == 15

    def test_nothing_is_sent_past_a_busy_company(self, workshop: Workshop) -> None:
        workshop.store.trouble("document", "busy", "invoice doc-10", times=4)
        run = workshop.apply(*invoices(15))
        assert (run.applied, run.pending) == (FIRST_CHUNK - 1, 15 - FIRST_CHUNK + 1)
        assert workshop.resume(run.id).applied == 15

    def test_lost_connections_are_made_anew(self, workshop: Workshop) -> None:
        workshop.store.trouble("look", "unreachable")
        run = workshop.apply(*invoices(3))
        assert (run.applied, workshop.store.reconnected) == (3, 1)

    def test_a_target_that_stays_away_is_left_alone(self, workshop: Workshop) -> None:
        workshop.store.trouble("look", "unreachable", times=4)
        workshop.store.trouble("reconnect", "unreachable", times=3)
        run = workshop.apply(*invoices(30))
        assert (run.state, run.pending) == (RunState.PARKED, 30)
        assert workshop.store.looks == 4

    def test_where_a_person_must_act_nothing_is_tried_again(self, workshop: Workshop) -> None:
        workshop.store.trouble("write", "unauthorised")
        run = workshop.apply(*invoices(12))
        assert (run.state, run.pending, workshop.pauses) == (RunState.PARKED, 12, [])
        assert workshop.resume(run.id).applied == 12

    def test_committed_and_then_lost_is_found_by_a_look(self, workshop: Workshop) -> None:
        workshop.store.trouble("after", "uncertain")
        run = workshop.apply(*invoices(3))
        assert workshop.states(run.id) == ["confirmed"] * 3
        assert len(workshop.store.bodies("invoice")) == 3

    def test_committed_and_then_said_to_be_unreachable(self, workshop: Workshop) -> None:
        workshop.store.trouble("after", "unreachable")
        run = workshop.apply(*invoices(3), customer(4, "ACME"))
        assert workshop.states(run.id) == ["confirmed"] * 4
        assert len(workshop.store.writes()) == 4

    def test_lost_before_the_commit_is_written_again(self, workshop: Workshop) -> None:
        workshop.store.trouble("write", "uncertain")
        run = workshop.apply(*invoices(3))
        assert run.applied == 3
        assert len(workshop.store.writes()) == 3

    def test_a_failing_read_back_is_repeated_without_another_write(
        self, workshop: Workshop
    ) -> None:
        workshop.store.trouble("read", "unreachable")
        run = workshop.apply(*invoices(2))
        assert run.applied == 2
        assert len(workshop.store.writes()) == 2

    def test_what_was_written_stays_confirmed_when_it_cannot_be_read(
        self, workshop: Workshop
    ) -> None:
        workshop.store.trouble("read", "unreachable", times=4)
        run = workshop.apply(*invoices(2))
        first = workshop.results(run.id)[0]
        assert (first.state, first.key, first.body) == (JournalState.CONFIRMED, "1", None)
        assert first.findings[0].code == "READ_BACK_FAILED"
        assert first.findings[0].severity is Severity.WARNING

    def test_a_refused_look_rejects_what_was_never_sent(self, workshop: Workshop) -> None:
        workshop.store.trouble("look", "rejected")
        run = workshop.apply(*invoices(2))
        assert workshop.states(run.id) == ["rejected", "rejected"]


class TestWithoutOrigins:
    """A system that cannot find an origin again: a person settles what is unknown."""

    @pytest.fixture
    def blind(self, folder: Path) -> Workshop:
        return Workshop(folder, store=LittleStore(folder / "little.db", finds_origins=False))

    def test_new_documents_are_written(self, blind: Workshop) -> None:
        with blind:
            assert blind.apply(*invoices(2)).applied == 2

    def test_an_unknown_outcome_is_kept_for_a_person(self, blind: Workshop) -> None:
        with blind:
            blind.store.trouble("after", "uncertain")
            run = blind.apply(*invoices(2))
            assert blind.states(run.id) == ["uncertain", "uncertain"]
            assert blind.results(run.id)[0].findings[0].code == "OUTCOME_UNKNOWN"
            assert blind.resume(run.id).pending == 2
            assert len(blind.store.writes()) == 2

    def test_the_journal_knows_what_was_posted(self, blind: Workshop) -> None:
        with blind:
            blind.apply(invoice(1))
            run = blind.apply(invoice(1))
            assert blind.states(run.id) == ["skipped"]
            assert blind.results(run.id)[0].findings[0].code == "ORIGIN_ANSWERED"

    def test_the_journal_knows_what_is_uncertain_elsewhere(self, blind: Workshop) -> None:
        with blind:
            blind.store.trouble("after", "uncertain")
            blind.apply(invoice(1))
            run = blind.apply(invoice(1))
            assert blind.states(run.id) == ["parked"]
            assert blind.results(run.id)[0].findings[0].code == "ORIGIN_PENDING"


class TestDelivered:
    """What is only handed over is confirmed by a later read, and never sent again."""

    @pytest.fixture
    def post(self, folder: Path) -> Workshop:
        return Workshop(folder, store=LittleStore(folder / "little.db", delivers=True))

    def test_it_is_pending_until_it_is_found(self, post: Workshop) -> None:
        with post:
            run = post.apply(*invoices(2))
            assert (run.state, run.pending) == (RunState.PARKED, 2)
            assert post.states(run.id) == ["delivered", "delivered"]
            post.store.put("invoice", "1", {"amount": "10.00"}, Origin("test", "doc-1").text)
            again = post.resume(run.id)
            assert (again.applied, again.pending) == (1, 1)
            assert post.results(run.id)[1].findings[0].code == "DELIVERED_WAITING"
            assert len(post.store.writes()) == 2

    def test_another_plan_does_not_send_it_again(self, post: Workshop) -> None:
        with post:
            post.apply(invoice(1))
            run = post.apply(invoice(1))
            assert post.states(run.id) == ["parked"]
            assert len(post.store.writes()) == 1

    def test_while_it_cannot_be_looked_for_it_stays_delivered(self, post: Workshop) -> None:
        with post:
            run = post.apply(invoice(1))
            post.store.trouble("look", "unreachable", times=4)
            post.resume(run.id)
            assert post.states(run.id) == ["delivered"]


class TestIdempotencyKeys:
    """A retry with the same key is answered from the journal."""

    def test_the_answer_holds_the_record(self, workshop: Workshop) -> None:
        workshop.apply(customer(1, "ACME", idempotency_key="k1"))
        run = workshop.apply(customer(1, "OTHER", idempotency_key="k1"))
        [entry] = workshop.results(run.id)
        assert (entry.state, entry.key) == (JournalState.SKIPPED, "ACME")
        assert entry.body == {"id": "ACME", "name": "Customer ACME"}
        assert len(workshop.store.writes()) == 1

    def test_what_was_rejected_may_be_tried_again(self, workshop: Workshop) -> None:
        workshop.store.trouble("document", "rejected", "invoice doc-1")
        workshop.apply(invoice(1, idempotency_key="k1"))
        assert workshop.apply(invoice(1, idempotency_key="k1")).applied == 1

    def test_what_is_pending_elsewhere_waits(self, workshop: Workshop) -> None:
        workshop.store.trouble("write", "busy", times=4)
        first = workshop.apply(customer(1, "ACME", idempotency_key="k1"))
        second = workshop.apply(customer(1, "ACME", idempotency_key="k1"))
        assert workshop.states(second.id) == ["parked"]
        assert workshop.resume(first.id).applied == 1
        assert workshop.resume(second.id).skipped == 1

    def test_keys_of_another_system_are_other_keys(self, workshop: Workshop) -> None:
        workshop.targets["branch"] = workshop.store
        workshop.apply(customer(1, "ACME", idempotency_key="k1"))
        other = customer(1, "OTHER", idempotency_key="k1", system="branch")
        assert workshop.apply(other).applied == 1


class TestMissing:
    """What was posted and is no longer in the books is posted again only once confirmed."""

    def test_it_is_shown_and_not_written(self, workshop: Workshop) -> None:
        workshop.apply(invoice(1))
        workshop.store.drop("invoice", "1")
        run = workshop.apply(invoice(1))
        [entry] = workshop.results(run.id)
        assert entry.findings[0].code == "ORIGIN_MISSING"
        assert "2026-01-15 as 1" in entry.findings[0].message
        assert (run.rejected, workshop.store.bodies("invoice")) == (1, [])

    def test_once_confirmed_it_is_written(self, workshop: Workshop) -> None:
        workshop.apply(invoice(1))
        workshop.store.drop("invoice", "1")
        run = workshop.apply(invoice(1), options=ApplyOptions(confirmed_missing=True))
        assert (run.applied, len(workshop.store.bodies("invoice"))) == (1, 1)


def test_a_find_without_a_body_is_read_back(workshop: Workshop) -> None:
    class Brief(LittleStore):
        def look(self, changes: Sequence[Change]) -> Sequence[Sighting]:
            return [replace(sighting, body=None) for sighting in super().look(changes)]

    workshop.targets["shop"] = store = Brief(workshop.folder / "brief.db")
    store.trouble("after", "uncertain")
    run = workshop.apply(invoice(1))
    store.close()
    [entry] = workshop.results(run.id)
    assert (entry.state, entry.body) == (JournalState.CONFIRMED, {"amount": "10.00", "number": 1})


def test_a_target_that_answers_too_few_is_not_believed(workshop: Workshop) -> None:
    class Curt(LittleStore):
        def write(
            self, changes: Sequence[Change], *, stop: bool = False
        ) -> Sequence[Written | ClaryError]:
            return super().write(changes, stop=stop)[:1]

    workshop.targets["shop"] = store = Curt(workshop.folder / "curt.db")
    with pytest.raises(ValueError, match="shorter"):
        workshop.apply(*invoices(2))
    workshop.targets["shop"] = LittleStore(workshop.folder / "curt.db")
    run = workshop.runs.list()[0]
    assert workshop.resume(run.id).applied == 2
    assert len(store.bodies("invoice")) == 2
    store.close()


def test_waits_are_real_where_nobody_says_otherwise(workshop: Workshop) -> None:
    executor = Executor(workshop.database, workshop.settings, SystemClock())
    workshop.store.trouble("write", "busy")
    plan = workshop.plan(invoice(1))
    leases = Leases(workshop.database, SystemClock())
    start = time.monotonic()
    with leases.acquire("little", "test", 60) as lease:
        run = executor.apply(plan.id, workshop.targets, lease)
    assert run.applied == 1
    assert time.monotonic() - start >= FIRST_PAUSE.total_seconds()


def test_a_record_that_is_gone_after_its_creation_is_uncertain(workshop: Workshop) -> None:
    class Forgetful(LittleStore):
        def _create(self, change: Change) -> Written | ClaryError:
            written = super()._create(change)
            self.drop("invoice", "1")
            return written

    workshop.targets["shop"] = store = Forgetful(workshop.folder / "forgetful.db")
    run = workshop.apply(invoice(1))
    store.close()
    assert workshop.states(run.id) == ["uncertain"]
    assert workshop.results(run.id)[0].findings[0].code == "READ_BACK_EMPTY"


def test_a_record_that_survives_its_deletion_is_uncertain(workshop: Workshop) -> None:
    class Stubborn(LittleStore):
        def drop(self, record_type: str, key: str) -> None:
            """Keep it."""

    workshop.targets["shop"] = store = Stubborn(workshop.folder / "stubborn.db")
    store.put("customer", "ACME", {"id": "ACME"})
    run = workshop.apply(Change(1, "shop", Action.DELETE, "customer", "ACME", {"id": "ACME"}))
    store.close()
    assert workshop.states(run.id) == ["uncertain"]
    assert workshop.results(run.id)[0].findings[0].code == "RECORD_REMAINS"


def test_an_unexpected_exception_ends_the_run_and_is_raised_on(workshop: Workshop) -> None:
    class Broken(LittleStore):
        def look(self, changes: Sequence[Change]) -> Sequence[Sighting]:
            message = f"a mistake in a driver with {len(changes)} changes"
            raise TypeError(message)

    workshop.targets["shop"] = store = Broken(workshop.folder / "broken.db")
    with pytest.raises(TypeError, match="a mistake in a driver"):
        workshop.apply(invoice(1))
    store.close()
    [run] = workshop.runs.list()
    assert (run.state, run.applied) == (RunState.FAILED, 0)
    assert run.ended_at is not None
    workshop.targets["shop"] = workshop.store
    assert workshop.resume(run.id).applied == 1


def test_progress_is_told_after_every_chunk(workshop: Workshop) -> None:
    told: list[int] = []
    plan = workshop.plan(*invoices(25))
    with workshop.lease() as lease:
        workshop.executor.apply(
            plan.id, workshop.targets, lease, progress=lambda run: told.append(run.applied)
        )
    assert told == [10, 25]


def test_a_person_who_interrupts_leaves_a_run_to_resume(workshop: Workshop) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    plan = workshop.plan(*invoices(25))
    with workshop.lease() as lease, pytest.raises(KeyboardInterrupt):
        workshop.executor.apply(plan.id, workshop.targets, lease, progress=interrupt)
    [run] = workshop.runs.list()
    assert (run.state, run.applied) == (RunState.INTERRUPTED, 10)
    assert workshop.resume(run.id).applied == 25
    assert len(workshop.store.writes()) == 25


def test_several_plans_can_be_one_run(workshop: Workshop) -> None:
    plans = [workshop.plan(invoice(1)).id, workshop.plan(customer(1, "ACME")).id]
    with workshop.lease() as lease:
        run = workshop.executor.apply(plans, workshop.targets, lease)
    assert (run.planned, run.applied, run.plans) == (2, 2, tuple(plans))
    assert [entry.record for entry in workshop.results(run.id)] == ["invoice 1", "customer ACME"]


def test_a_slow_target_gets_small_chunks(folder: Path) -> None:
    with Workshop(folder) as workshop:

        class Slow(LittleStore):
            def write(
                self, changes: Sequence[Change], *, stop: bool = False
            ) -> Sequence[Written | ClaryError]:
                sizes.append(len(changes))
                workshop.clock.advance(timedelta(milliseconds=100 * sizes[-1]))
                return super().write(changes, stop=stop)

        sizes: list[int] = []
        workshop.targets["shop"] = store = Slow(folder / "slow.db")
        workshop.apply(*invoices(14))
        store.close()
        assert sizes == [10, 2, 2]


def test_tracked_properties_follow_their_document(workshop: Workshop) -> None:
    run = workshop.apply(
        invoice(1, tracked={"batch": "7", "who": "ann"}), invoice(2, tracked={"batch": "8"})
    )
    assert [entry.tracked for entry in workshop.results(run.id)] == [
        {"batch": "7", "who": "ann"},
        {"batch": "8"},
    ]
    assert [found.id for found in workshop.runs.search("batch", "7")] == [run.id]
    assert workshop.runs.search("batch", "9") == []
    assert [entry.document for entry in workshop.journal.tracked("batch", "8")] == ["doc-2"]


def test_a_lost_lease_stops_the_run_at_once(workshop: Workshop) -> None:
    plan = workshop.plan(*invoices(25))
    lease = workshop.lease()

    def dawdle(_: object) -> None:
        workshop.clock.advance(timedelta(seconds=61))
        workshop.lease("another")

    with pytest.raises(ClaryError) as caught:
        workshop.executor.apply(plan.id, workshop.targets, lease, progress=dawdle)
    assert caught.value.code == "LEASE_LOST"
    assert len(workshop.store.writes()) == 10
    assert workshop.runs.list()[0].state is RunState.RUNNING
