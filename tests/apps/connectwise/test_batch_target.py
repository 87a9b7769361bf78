"""A batch is made exactly once, whatever becomes of the answers, and unmade as safely."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from clary.engine.journal import JournalState
from clary.engine.runs import RunState
from clary.kernel.change import Action, Change, JsonValue, State
from tests.apps.connectwise.desk import Desk, batch, desk, new_name, unmake
from tests.sites import connectwise_site

POST_BATCH = {"method": "POST", "path": "finance/accounting/batches"}


def test_a_batch_marks_its_documents_as_posted(at_desk: Desk) -> None:
    name, (invoice,) = new_name(), at_desk.invoices()
    ids = at_desk.entries_of(invoice)
    entry = at_desk.apply(batch(name, ids))
    assert (entry.state, entry.key) == (JournalState.CONFIRMED, name)
    assert entry.body == {
        "identifier": name,
        "kinds": ["invoices"],
        "record_ids": ids,
        "closed": False,
    }
    assert entry.findings == ()
    assert not at_desk.waits(invoice)


def test_the_same_batch_again_is_recognised(at_desk: Desk) -> None:
    name, ids = new_name(), at_desk.entries_of(*at_desk.invoices())
    at_desk.apply(batch(name, ids))
    again = at_desk.apply(batch(name.lower(), list(reversed(ids))))
    assert (again.state, again.outcome.state) == (JournalState.SKIPPED, State.SKIPPED)
    assert len(at_desk.batches(name)) == 1


@pytest.mark.parametrize("kind", ["error-after", "drop-after", "malformed"])
def test_an_answer_that_is_lost_after_the_batch_was_made_ends_confirmed_once(
    at_desk: Desk, kind: str
) -> None:
    name, (invoice,) = new_name(), at_desk.invoices()
    ids = at_desk.entries_of(invoice)
    at_desk.fault(kind, **POST_BATCH)
    entry = at_desk.apply(batch(name, ids))
    assert (entry.state, entry.key, entry.body and entry.body["record_ids"]) == (
        JournalState.CONFIRMED,
        name,
        ids,
    )
    assert len(at_desk.batches(name)) == 1
    assert not at_desk.waits(invoice)


def test_a_time_out_after_the_batch_was_made_ends_confirmed_once(
    at_desk: Desk, tmp_path: Path
) -> None:
    name, ids = new_name(), at_desk.entries_of(*at_desk.invoices())
    at_desk.fault("hang-after", seconds=4, **POST_BATCH)
    with desk(at_desk.site, tmp_path / "hasty", timeout="1") as hasty:
        entry = hasty.apply(batch(name, ids))
    assert entry.state is JournalState.CONFIRMED
    assert len(at_desk.batches(name)) == 1


@pytest.mark.parametrize("kind", ["error-before", "too-many-requests"])
def test_a_batch_that_was_not_made_is_sent_again(at_desk: Desk, kind: str) -> None:
    name, ids = new_name(), at_desk.entries_of(*at_desk.invoices())
    at_desk.fault(kind, **POST_BATCH)
    entry = at_desk.apply(batch(name, ids))
    assert entry.state is JournalState.CONFIRMED
    assert len(at_desk.batches(name)) == 1


def test_a_site_that_stays_dead_leaves_the_batch_to_be_resumed(
    at_desk: Desk,
) -> None:
    name, ids = new_name(), at_desk.entries_of(*at_desk.invoices())
    at_desk.fault("error-after", times=1, **POST_BATCH)
    at_desk.fault("error-before", times=1000, method="GET", path="finance/accounting/batches")
    run = at_desk.workshop.apply(batch(name, ids))
    assert (run.state, run.pending) == (RunState.PARKED, 1)
    httpx.delete(f"{at_desk.site.url}/sandbox/faults")
    done = at_desk.workshop.resume(run.id)
    assert (done.state, done.applied) == (RunState.FINISHED, 1)
    assert len(at_desk.batches(name)) == 1


def test_a_refusal_that_comes_late_is_looked_into(at_desk: Desk) -> None:
    name, ids = new_name(), at_desk.entries_of(*at_desk.invoices())
    change = batch(name, ids)
    at_desk.accounting.create_batch(name, ids, ["invoices"])
    (written,) = at_desk.target.write([change])
    assert getattr(written, "key", None) == name


def test_a_name_that_another_batch_has_is_refused(at_desk: Desk) -> None:
    name, (one, two) = new_name(), at_desk.invoices(2)
    at_desk.apply(batch(name, at_desk.entries_of(one)))
    entry = at_desk.apply(batch(name, at_desk.entries_of(two)))
    assert entry.state is JournalState.REJECTED
    assert entry.findings[0].code == "BATCH_HOLDS_OTHERS"
    assert "missing" in entry.findings[0].message
    assert at_desk.waits(two)


def test_entries_that_were_posted_meanwhile_are_refused_with_the_site_s_words(
    at_desk: Desk,
) -> None:
    first, second = new_name(), new_name()
    ids = at_desk.entries_of(*at_desk.invoices())
    at_desk.apply(batch(first, ids))
    entry = at_desk.apply(batch(second, ids))
    assert entry.state is JournalState.REJECTED
    assert entry.findings[0].field == "processedRecordIds"
    assert at_desk.batches(second) == []


@pytest.mark.parametrize(
    ("identifier", "record_ids", "kinds", "missing"),
    [
        ("", [1], ["invoices"], "a name"),
        ("x" * 51, [1], ["invoices"], "a name"),
        ("x", [], ["invoices"], "one entry"),
        ("x", [1], [], "one kind"),
        ("x", [1], ["others"], "one kind"),
    ],
)
def test_a_batch_without_name_kind_or_entries_is_never_sent(
    at_desk: Desk,
    identifier: str,
    record_ids: list[JsonValue],
    kinds: list[JsonValue],
    missing: str,
) -> None:
    after: dict[str, JsonValue] = {
        "identifier": identifier,
        "record_ids": record_ids,
        "kinds": kinds,
    }
    entry = at_desk.apply(batch(identifier, record_ids, after=after))
    assert entry.state is JournalState.REJECTED
    assert entry.findings[0].code == "BATCH_INCOMPLETE"
    assert missing in entry.findings[0].message


def test_an_unmade_batch_lets_its_documents_wait_again(at_desk: Desk) -> None:
    name, (invoice,) = new_name(), at_desk.invoices()
    made = at_desk.apply(batch(name, at_desk.entries_of(invoice)))
    entry = at_desk.apply(unmake(name, made.body))
    assert (entry.state, at_desk.batches(name)) == (JournalState.CONFIRMED, [])
    assert at_desk.waits(invoice)
    again = at_desk.apply(unmake(name, None))
    assert again.state is JournalState.SKIPPED


@pytest.mark.parametrize("kind", ["error-after", "error-before"])
def test_an_unmade_batch_survives_a_lost_answer(at_desk: Desk, kind: str) -> None:
    name, (invoice,) = new_name(), at_desk.invoices()
    made = at_desk.apply(batch(name, at_desk.entries_of(invoice)))
    at_desk.fault(kind, method="DELETE", path="finance/accounting/batches")
    entry = at_desk.apply(unmake(name, made.body))
    assert (entry.state, at_desk.batches(name)) == (JournalState.CONFIRMED, [])


def test_a_batch_unmade_and_made_again_holds_the_same(at_desk: Desk) -> None:
    name, ids = new_name(), at_desk.entries_of(*at_desk.invoices())
    made = at_desk.apply(batch(name, ids))
    at_desk.apply(unmake(name, made.body))
    again = at_desk.apply(batch(name, ids, after=made.body, origin=None))
    assert (again.state, again.body) == (JournalState.CONFIRMED, made.body)


def test_a_batch_cannot_be_changed_only_made_and_deleted(at_desk: Desk) -> None:
    change = Change(1, "cw", Action.UPDATE, "accounting_batch", key="x", after={"a": 1})
    assert at_desk.apply(change).findings[0].code == "BATCH_ACTION_UNSUPPORTED"


def test_a_record_type_that_connectwise_does_not_take_is_told(at_desk: Desk) -> None:
    change = Change(1, "cw", Action.CREATE, "invoice", after={"a": 1})
    entry = at_desk.apply(change)
    assert (entry.state, entry.findings[0].code) == (
        JournalState.REJECTED,
        "CONNECTWISE_TYPE_UNSUPPORTED",
    )


def test_after_one_change_without_an_answer_the_rest_is_not_sent(at_desk: Desk) -> None:
    names = [new_name(), new_name(), new_name()]
    pieces = [at_desk.entries_of(each) for each in at_desk.invoices(3)]
    changes = [
        batch(name, ids, number=number)
        for number, (name, ids) in enumerate(zip(names, pieces, strict=True), start=1)
    ]
    at_desk.fault("error-after", **POST_BATCH)
    first, second, third = at_desk.target.write(changes)
    assert [getattr(each, "code", None) for each in (first, second, third)] == [
        "CONNECTWISE_OUTCOME_UNKNOWN",
        "CONNECTWISE_NOT_SENT",
        "CONNECTWISE_NOT_SENT",
    ]
    assert [len(at_desk.batches(name)) for name in names] == [1, 0, 0]
    at_desk.apply(*changes)
    assert [len(at_desk.batches(name)) for name in names] == [1, 1, 1]


def test_a_site_that_is_gone_and_comes_back_has_the_batch_once(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    with connectwise_site(folder) as site:
        port = int(site.url.rpartition(":")[2])
        with desk(site, tmp_path / "desk") as opened:
            ids, name = opened.entries_of(*opened.invoices()), new_name()
            opened.fault("hang-after", seconds=60, **POST_BATCH)
            change = batch(name, ids)
            plan = opened.workshop.plan(change)
            site.process.terminate()
            site.process.wait()
            run = opened.workshop.apply_plan(plan.id)
            assert (run.state, run.pending) == (RunState.PARKED, 1)
            with connectwise_site(folder, port=port):
                done = opened.workshop.resume(run.id)
                assert (done.state, done.applied) == (RunState.FINISHED, 1)
                assert len(opened.batches(name)) == 1
