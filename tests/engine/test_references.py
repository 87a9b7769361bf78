"""Values, order and deferred changes that follow from earlier outcomes of the same plan."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from clary.engine.deferred import deferred
from clary.engine.references import filled, references
from clary.kernel.change import Action, Body, Change, Outcome, Ref, State
from clary.kernel.errors import ClaryError, Rejected, declare
from tests.engine.workshop import Workshop, customer, invoice, invoices, update, void

NOTHING_LEFT = declare("TEST_NOTHING_LEFT", Rejected, "It does not add up.", "Look.")


@deferred("test.batch")
def batch(change: Change, outcomes: Iterable[Outcome]) -> Body | None:
    """Hold the keys of what succeeded; nothing if nothing did, an error for too many."""
    done = [str(outcome.key) for outcome in outcomes if outcome.state is State.CONFIRMED]
    if len(done) > 3:
        raise NOTHING_LEFT.raised(record=change.record)
    return {**(change.after or {}), "holds": ",".join(done)} if done else None


def batch_of(number: int, *depends_on: int, **stated: object) -> Change:
    after: Body = {"id": f"B{number}"}
    return Change(
        number,
        "shop",
        Action.CREATE,
        "batch",
        after=after,
        depends_on=depends_on,
        deferred=str(stated.get("deferred", "test.batch")),
    )


class TestReferences:
    """A value of an earlier outcome stands where it is needed."""

    def test_they_are_found_at_any_depth_and_in_the_key(self) -> None:
        first, second = Ref(1, "key"), Ref(2, "id")
        change = invoice(
            9,
            key=Ref(3, "key").as_key(),
            after={"a": first.as_value(), "lines": [{"b": [second.as_value()]}], "t": "$ref"},
        )
        assert references(change) == (first, second, Ref(3, "key"))
        assert references(invoice(1)) == ()
        assert references(void(1, "7")) == ()

    def test_every_value_is_filled(self) -> None:
        change = invoice(
            9,
            key=Ref(1, "key").as_key(),
            after={
                "id": Ref(1, "id").as_value(),
                "line": [{"n": Ref(1, "lines.1.n").as_value()}, "text"],
            },
        )
        body: Body = {"id": "ACME", "lines": [{"n": 5}, {"n": 6}]}
        done = Outcome(1, State.CONFIRMED, "created", "77", body)
        assert filled(change, {1: done}).after == {"id": "ACME", "line": [{"n": 6}, "text"]}
        assert filled(change, {1: done}).key == "77"

    @pytest.mark.parametrize("field", ["missing", "lines.9", "lines.x", "id.deep", "lines.0.z"])
    def test_a_value_that_is_not_there_is_named(self, field: str) -> None:
        done = Outcome(1, State.CONFIRMED, "created", "77", {"id": "ACME", "lines": [{"n": 5}]})
        change = invoice(2, after={"a": Ref(1, field).as_value(), "b": Ref(4, "key").as_value()})
        with pytest.raises(ClaryError) as caught:
            filled(change, {1: done})
        assert [finding.code for finding in caught.value.findings] == ["REFERENCE_EMPTY"] * 2

    def test_a_document_for_a_record_made_in_the_same_run(self, workshop: Workshop) -> None:
        after: Body = {"amount": "1.00", "for": Ref(1, "id").as_value()}
        run = workshop.apply(customer(1, "ACME"), invoice(2, after=after))
        assert run.applied == 2
        assert workshop.store.bodies("invoice") == [{"amount": "1.00", "for": "ACME", "number": 1}]

    def test_a_value_that_never_came_rejects_its_change(self, workshop: Workshop) -> None:
        after: Body = {"amount": "1.00", "for": Ref(1, "telephone").as_value()}
        run = workshop.apply(customer(1, "ACME"), invoice(2, after=after))
        assert workshop.states(run.id) == ["confirmed", "rejected"]
        assert workshop.results(run.id)[1].findings[0].code == "REFERENCE_EMPTY"


class TestDependencies:
    """A change waits for those it needs, and falls with them."""

    def test_it_is_rejected_with_what_it_needs(self, workshop: Workshop) -> None:
        workshop.store.trouble("document", "rejected", "invoice doc-1")
        run = workshop.apply(invoice(1), invoice(2, depends_on=(1,)), invoice(3, depends_on=(2,)))
        assert workshop.states(run.id) == ["rejected"] * 3
        codes = [entry.findings[0].code for entry in workshop.results(run.id)]
        assert codes == ["LITTLE_REJECTED", "DEPENDENCY_FAILED", "DEPENDENCY_FAILED"]

    def test_what_was_there_already_will_do(self, workshop: Workshop) -> None:
        workshop.apply(invoice(1))
        run = workshop.apply(invoice(1), invoice(2, depends_on=(1,)))
        assert workshop.states(run.id) == ["skipped", "confirmed"]

    def test_it_is_pending_with_what_it_needs_and_follows_it(self, workshop: Workshop) -> None:
        workshop.store.trouble("document", "busy", "invoice doc-1", times=4)
        changes = (*invoices(2), invoice(3, depends_on=(1,)), batch_of(4, 1, 2))
        run = workshop.apply(*changes)
        assert workshop.states(run.id) == ["parked", "confirmed", "parked", "parked"]
        again = workshop.resume(run.id)
        assert again.applied == 4
        assert workshop.store.bodies("batch")[0]["holds"] == "2,1"


class TestDeferred:
    """All of these, less what failed."""

    def test_it_holds_what_succeeded(self, workshop: Workshop) -> None:
        workshop.store.trouble("document", "rejected", "invoice doc-2")
        run = workshop.apply(*invoices(3), batch_of(4, 1, 2, 3))
        assert workshop.states(run.id) == ["confirmed", "rejected", "confirmed", "confirmed"]
        assert workshop.store.bodies("batch") == [{"id": "B4", "holds": "1,2"}]

    def test_nothing_is_left_to_do(self, workshop: Workshop) -> None:
        workshop.store.trouble("document", "rejected", "invoice doc-1")
        run = workshop.apply(invoice(1), batch_of(2, 1))
        assert workshop.states(run.id) == ["rejected", "skipped"]

    def test_a_function_may_refuse(self, workshop: Workshop) -> None:
        run = workshop.apply(*invoices(4), batch_of(5, 1, 2, 3, 4))
        assert workshop.results(run.id)[4].findings[0].code == "TEST_NOTHING_LEFT"
        assert run.rejected == 1

    def test_a_function_that_is_not_known_here_is_our_fault(self, workshop: Workshop) -> None:
        run = workshop.apply(invoice(1), batch_of(2, 1, deferred="test.unknown"))
        assert workshop.states(run.id) == ["confirmed", "failed"]
        assert workshop.results(run.id)[1].findings[0].code == "DEFERRED_UNKNOWN"

    def test_a_name_is_taken_once(self) -> None:
        with pytest.raises(ValueError, match="registered twice"):
            deferred("test.batch")(batch)


def test_an_update_of_a_record_made_in_the_same_run(workshop: Workshop) -> None:
    change = update(2, Ref(1, "key").as_key(), {"id": "ACME"}, {"name": "New"})
    run = workshop.apply(customer(1, "ACME"), change)
    assert run.applied == 2
    assert workshop.store.bodies("customer") == [{"id": "ACME", "name": "New"}]
