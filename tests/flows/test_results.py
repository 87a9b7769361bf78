"""Exactly one result per document, whatever the documents are and wherever the work stops."""

from __future__ import annotations

import contextlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clary.engine.executor import JOURNAL_POINTS
from clary.engine.runs import Runs
from clary.flows.operations.preview import planned_rows, stored_rows
from clary.flows.operations.requests import (
    Document,
    OnError,
    Operation,
    OperationOptions,
    Status,
)
from clary.flows.operations.results import results
from clary.kernel.change import Verb
from clary.kernel.errors import Rejected, Severity
from tests.flows.books import MemoryCompany
from tests.flows.conftest import copied
from tests.flows.house import House
from tests.flows.test_operations import ACME, invoice

NAMES = st.sampled_from(["ACME", "acme", "BETA", "G*", ""])


def documents(operation: Operation) -> st.SearchStrategy[list[Document]]:
    """Return requests with everything that callers get wrong."""
    bodies = st.fixed_dictionaries(
        {},
        optional={
            "id": NAMES,
            "name": st.sampled_from(["Acme", "Beta", "", None]),
            "balance": st.just("0.00"),
            "nme": st.just("x"),
            "account_id": st.sampled_from(["4000", "9"]),
            "bill_to": st.fixed_dictionaries({}, optional={"city": st.text("ab", max_size=22)}),
        },
    )
    one = st.builds(
        Document,
        id=st.sampled_from(["1", "2", "3", "4", "5", "6"]),
        body=st.just({}) if operation is Operation.DELETE else bodies,
        key=st.none() | NAMES,
        idempotency_key=st.none() | st.sampled_from(["k1", "k2"]),
        expected_version=st.sampled_from([None, None, None, "v"]),
        tracked=st.just({"a": "b"}),
    )
    return st.lists(one, min_size=1, max_size=6)


@settings(max_examples=80)
@given(data=st.data())
def test_every_document_has_exactly_one_result_in_order(
    data: st.DataObject, empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = copied(empty_database, tmp_path_factory.mktemp("one"))
    company = MemoryCompany()
    company.session().create("account", {"id": "4000", "name": "Sales", "type": "income"})
    company.session().create("customer", {"id": "ACME", "name": "Acme"})
    with House(folder, company) as house:
        for _ in range(2):
            operation = data.draw(st.sampled_from([o for o in Operation if o is not Operation.ACT]))
            asked = data.draw(documents(operation))
            options = OperationOptions(
                on_error=data.draw(st.sampled_from(OnError)),
                batch=data.draw(st.sampled_from([1, 2, 100])),
            )
            request = house.request(operation.value, "customer", asked, options)
            summary = house.plan(request)
            assert summary.changes == len(asked)
            run = house.apply(summary.id)
            found = list(results(house.database, run.id))
            assert [each.document for each in found] == [each.id or "" for each in asked]
            for each in found:
                assert bool(each.code) is (each.status not in DONE)
                assert (each.action_taken != "none") <= (each.status in DONE)
                assert all(f.severity is Severity.ERROR for f in each.findings)
                json.dumps(each.as_dict())


DONE = (Status.SUCCESS, Status.SKIPPED_DUPLICATE)


@pytest.mark.parametrize("point", JOURNAL_POINTS)
def test_documents_that_a_run_did_not_reach_are_pending(folder: Path, point: str) -> None:
    with House(folder, MemoryCompany()) as house:
        house.company.session().create("account", {"id": "4000", "name": "Sales", "type": "income"})
        asked = [Document(str(n), {"id": f"C{n}", "name": "x"}) for n in range(35)]
        summary = house.plan(house.request("create", "customer", asked))
        reached = 0

        def trip(name: str) -> None:
            nonlocal reached
            reached += name == point
            if reached > 1 or (reached and name in ("run opened", "plan checked", "run closed")):
                raise PowerCut

        with contextlib.suppress(PowerCut):
            house.apply(summary.id, trip=trip)
        house.clock.advance(timedelta(hours=1))
        [run] = [each for each in Runs(house.database).list() if summary.id in each.plans]
        found = list(results(house.database, run.id))
        assert [each.document for each in found] == [str(n) for n in range(35)]
        waiting = [each for each in found if each.status is Status.PENDING]
        assert all(each.code for each in waiting)
        assert bool(waiting) is (point != "run closed")


class PowerCut(BaseException):
    """Ends the work in the middle."""


def test_a_run_that_is_unknown_has_no_results(house: House) -> None:
    with pytest.raises(Rejected):
        list(results(house.database, "run_x"))


def test_a_preview_shows_before_and_after_of_each_field(house: House) -> None:
    house.fill("customer", {**ACME, "telephone1": "1"})
    body = {"name": "New", "telephone1": None}
    asked = Document("1", body, key="ACME", tracked={"batch": "7"})
    summary = house.plan(house.request("update", "customer", [asked]))
    [row] = stored_rows(house.store, summary.id)
    assert (row.action, row.key, row.rejected, row.tracked) == (
        "update",
        "ACME",
        False,
        {"batch": "7"},
    )
    shown = {each.field: (each.before, each.after) for each in row.fields}
    assert shown == {"name": ("Acme", "New"), "telephone1": ("1", None)}
    assert house.records("customer")[0]["name"] == "Acme"
    json.dumps(row.as_dict())


def test_a_preview_shows_what_goes_and_what_stays(house: House) -> None:
    house.fill("customer", ACME)
    house.fill("sales_invoice", invoice("1"))
    delete = house.request("delete", "customer", [Document("1", key="ACME")])
    same = house.request("upsert", "customer", [Document("1", ACME)])
    verb = OperationOptions(verb=Verb.VOID)
    void = house.request("act", "sales_invoice", [Document("1", key="customer:ACME:1")], verb)
    wrong = house.request("update", "customer", [Document("1", {}, key="NONE")])
    rows = [
        row for asked in (delete, same, void, wrong) for row in planned_rows(house.entries(asked))
    ]
    assert [row.action for row in rows] == ["delete", "none", "void", "update"]
    assert [row.rejected for row in rows] == [False, False, False, True]
    assert ("name", "Acme") in [(each.field, each.before) for each in rows[0].fields]


def test_tracked_properties_find_the_run(house: House) -> None:
    house.operate("create", "customer", Document("1", ACME, tracked={"ticket": "T-5"}))
    assert len(Runs(house.database).search("ticket", "T-5")) == 1
    assert Runs(house.database).search("ticket", "T-6") == []
