"""Plans are stored as a stream, stay as they were written, and are read in pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.engine import codec
from clary.engine.plan import Entry, Planned, PlanState
from clary.engine.plan_store import CHUNK
from clary.engine.walk import JOURNAL_POINTS
from clary.kernel.change import Action, Body, Change, Origin, Verb
from clary.kernel.errors import ClaryError, Finding, Guarded, Rejected, Severity, declare
from tests.engine.workshop import Workshop, customer, invoice, invoices

BLOCKING = declare("TEST_BLOCKING", Guarded, "Stop.", "Confirm it.")
DATA_WRONG = declare("TEST_DATA_WRONG", Rejected, "Wrong.", "Mend it.")
WARNING = Finding("CHECK_THIS", "Look at it.", "Look.", Severity.WARNING, "invoice 1", "amount")
ERROR = Finding("NOT_GOOD", "It is wrong.", "Mend it.")

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
values: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
bodies: st.SearchStrategy[Body | None] = st.none() | st.dictionaries(texts, values, max_size=4)  # type: ignore[arg-type]  # JSON values
changes = st.builds(
    Change,
    number=st.integers(1, 10),
    system=texts,
    action=st.sampled_from(Action),
    record_type=texts,
    key=st.none() | texts,
    before=bodies,
    after=bodies,
    verb=st.none() | st.sampled_from(Verb),
    origin=st.none() | st.builds(Origin, texts, texts, texts, st.integers(1, 9)),
    deferred=st.none() | texts,
    tracked=st.dictionaries(texts, texts, max_size=2),
    document=st.none() | texts,
    idempotency_key=st.none() | texts,
    undoes=st.none() | st.tuples(texts, st.integers(1, 9)),
)


@given(changes)
def test_a_change_is_read_as_it_was_written(change: Change) -> None:
    row = (
        change.number,
        False,
        change.system,
        change.action.value,
        change.record_type,
        change.key,
        change.document,
        codec.change_text(change),
    )
    assert codec.stored_change(row).change == change


def test_a_plan_longer_than_a_page_is_read_whole_and_in_order(workshop: Workshop) -> None:
    plan = workshop.plan(*invoices(2 * CHUNK + 3))
    assert plan.state is PlanState.READY
    numbers = [change.number for change in workshop.plans.changes(plan.id)]
    assert numbers == list(range(1, 2 * CHUNK + 4))


@pytest.mark.parametrize(
    ("after", "limit", "numbers"),
    [(0, 2, [1, 2]), (3, None, [4, 5]), (4, 9, [5]), (5, 1, []), (0, 0, [])],
)
def test_a_part_of_a_plan_can_be_read(
    workshop: Workshop, after: int, limit: int | None, numbers: list[int]
) -> None:
    plan = workshop.plan(*invoices(5))
    found = workshop.plans.changes(plan.id, after, limit)
    assert [change.number for change in found] == numbers


def test_one_change_can_be_read(workshop: Workshop) -> None:
    plan = workshop.plan(invoice(1), invoice(3))
    assert workshop.plans.change(plan.id, 3) == invoice(3)
    assert workshop.plans.change(plan.id, 2) is None


def test_the_summary_counts_what_went_by(workshop: Workshop) -> None:
    plan = workshop.plan(
        Planned(invoice(1), (WARNING,), "USD", 1050),
        Planned(invoice(2), (ERROR, WARNING), "USD", 9900),
        Planned(customer(3, "ACME")),
        Planned(invoice(4), currency="EUR", amount=-5),
        BLOCKING.finding(),
        WARNING,
        note="A note.",
    )
    assert (plan.changes, plan.rejected, plan.errors) == (4, 1, 2)
    assert plan.counts == {"create invoice": 3, "create customer": 1}
    assert plan.totals == {"USD": "10.50", "EUR": "-0.05"}
    assert plan.findings == {"CHECK_THIS": 3, "NOT_GOOD": 1, "TEST_BLOCKING": 1}
    assert plan.blocked == ("TEST_BLOCKING",)
    assert plan.header.note == "A note."


def test_findings_are_read_in_order_and_by_change(workshop: Workshop) -> None:
    entries: list[Entry] = [Planned(invoice(1), (WARNING,)), Planned(invoice(2), (ERROR,)), WARNING]
    plan = workshop.plan(*entries)
    assert list(workshop.plans.findings(plan.id)) == [WARNING, ERROR, WARNING]
    assert list(workshop.plans.findings(plan.id, change=2)) == [ERROR]
    assert workshop.plans.remarks(plan.id) == [WARNING]
    assert list(workshop.plans.findings(plan.id, after=1, limit=1)) == [ERROR]


def test_many_findings_are_read_in_pages(workshop: Workshop) -> None:
    plan = workshop.plan(*[WARNING] * (CHUNK + 2))
    assert len(list(workshop.plans.findings(plan.id))) == CHUNK + 2
    assert len(list(workshop.plans.findings(plan.id, limit=CHUNK + 1))) == CHUNK + 1


def test_a_plan_is_in_the_database_piece_by_piece_and_not_appliable_meanwhile(
    workshop: Workshop,
) -> None:
    seen: list[PlanState] = []

    def entries() -> Iterator[Entry]:
        yield from invoices(CHUNK)
        [summary] = workshop.plans.list()
        seen.append(summary.state)
        with pytest.raises(ClaryError) as caught:
            workshop.apply_plan(summary.id)
        assert caught.value.code == "PLAN_UNFINISHED"

    workshop.plans.write(workshop.header(), entries())
    assert seen == [PlanState.WRITING]


def test_nothing_stays_of_a_plan_whose_planner_fails(workshop: Workshop) -> None:
    def entries() -> Iterator[Entry]:
        yield from invoices(CHUNK)
        yield WARNING
        raise DATA_WRONG.raised()

    with pytest.raises(ClaryError) as caught:
        workshop.plans.write(workshop.header(), entries())
    assert caught.value.code == "TEST_DATA_WRONG"
    assert workshop.plans.list() == []


def test_a_plan_of_whole_pages_is_finished_too(workshop: Workshop) -> None:
    plan = workshop.plan(*invoices(2 * CHUNK))
    assert (plan.state, plan.changes) == (PlanState.READY, 2 * CHUNK)
    assert workshop.plan().state is PlanState.READY


@pytest.mark.parametrize(
    "entries",
    [
        (invoice(2), invoice(1)),
        (invoice(1), invoice(1)),
        (invoice(1, depends_on=(2,)), invoice(2)),
    ],
    ids=["falling", "twice", "needs a later one"],
)
def test_a_planner_that_mixes_its_numbers_up_is_stopped(
    workshop: Workshop, entries: tuple[Entry, ...]
) -> None:
    with pytest.raises(ClaryError) as caught:
        workshop.plan(*entries)
    assert caught.value.code == "PLAN_DISORDERED"


def test_plans_are_listed_newest_first(workshop: Workshop) -> None:
    ids = [workshop.plan(invoice(1), company=name).id for name in ("a", "b", "a")]
    assert [plan.id for plan in workshop.plans.list()] == ids[::-1]
    assert [plan.id for plan in workshop.plans.list("a")] == [ids[2], ids[0]]
    assert [plan.id for plan in workshop.plans.list(limit=1)] == [ids[2]]
    assert [plan.id for plan in workshop.plans.list(before=ids[1])] == [ids[0]]


@pytest.mark.parametrize("ask", ["summary", "changes", "findings"])
def test_an_unknown_plan_is_named(workshop: Workshop, ask: str) -> None:
    with pytest.raises(ClaryError) as caught:
        list(getattr(workshop.plans, ask)("plan_X"))
    assert caught.value.code == "PLAN_UNKNOWN"


class TestRetention:
    """Bodies go after their time; what a run still needs stays."""

    def test_bodies_past_their_retention_go(self, workshop: Workshop) -> None:
        kept = workshop.plan(invoice(1), retention=timedelta(days=30))
        for_ever = workshop.plan(invoice(1))
        gone = workshop.plan(invoice(1), retention=timedelta(days=1))
        workshop.clock.advance(timedelta(days=2))
        assert workshop.plans.prune(workshop.clock.now()) == 1
        states = [workshop.plans.summary(p.id).state for p in (kept, for_ever, gone)]
        assert states == [PlanState.READY, PlanState.READY, PlanState.PRUNED]
        with pytest.raises(ClaryError) as caught:
            list(workshop.plans.changes(gone.id))
        assert caught.value.code == "PLAN_PRUNED"
        with pytest.raises(ClaryError) as caught:
            workshop.apply_plan(gone.id)
        assert caught.value.code == "PLAN_GONE"

    def test_outcomes_stay(self, workshop: Workshop) -> None:
        run = workshop.apply_plan(workshop.plan(invoice(1), retention=timedelta(0)).id)
        workshop.plans.prune(workshop.clock.now())
        assert workshop.results(run.id)[0].body == {"amount": "10.00", "number": 1}

    def test_a_plan_with_pending_changes_stays_whole(self, workshop: Workshop) -> None:
        workshop.store.trouble("write", "unauthorised")
        run = workshop.apply_plan(workshop.plan(invoice(1), retention=timedelta(0)).id)
        assert workshop.plans.prune(workshop.clock.now()) == 0
        assert workshop.resume(run.id).applied == 1

    def test_a_plan_that_is_being_applied_stays_whole(self, folder: Path) -> None:
        pruned: dict[str, int] = {}

        def prune(point: str) -> None:
            later = workshop.clock.now() + timedelta(days=1)
            pruned[point] = workshop.plans.prune(later)

        with Workshop(folder, trip=prune) as workshop:
            plan = workshop.plan(*invoices(3), retention=timedelta(0))
            assert workshop.apply_plan(plan.id).applied == 3
        assert pruned.pop("run closed") == 1
        assert set(pruned.values()) == {0}
        assert len(pruned) == len(JOURNAL_POINTS) - 1

    def test_a_plan_that_was_never_finished_goes_after_a_day(self, workshop: Workshop) -> None:
        seen: list[int] = []

        def entries() -> Iterator[Entry]:
            yield from invoices(CHUNK)
            for age in (timedelta(hours=1), timedelta(days=2)):
                workshop.plans.prune(workshop.clock.now() + age)
                seen.append(len(workshop.plans.list()))

        with pytest.raises(ClaryError):
            workshop.plans.write(workshop.header(), entries())
        assert seen == [1, 0]
