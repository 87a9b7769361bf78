"""Plans are looked at and applied, runs looked at and taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clary.hub.installation import Installation
from clary.hub.services.applying import Waiting, acquired
from clary.hub.services.opening import open_company
from clary.kernel.settings import read
from tests.cli.conftest import CommandLine, invoice


def planned(books: CommandLine, *documents: object) -> str:
    """Store a plan of invoices and return its id."""
    text = json.dumps(documents)
    answer = books(
        "records", "create", "books", "sales_invoice", "-", "--dry-run", "--json", text=text
    )
    return str(answer.json["plan"]["id"])


def ran(books: CommandLine, *documents: object) -> str:
    """Post invoices and return the id of their run."""
    text = json.dumps(documents)
    answer = books("records", "create", "books", "sales_invoice", "-", "--json", text=text)
    return str(answer.json["run"]["id"])


def total(books: CommandLine) -> str:
    return str(books.json("company", "trial-balance", "books")["total_debit"])


def test_a_plan_is_shown_then_applied_once(books: CommandLine) -> None:
    plan = planned(books, invoice("1"), invoice("2", "50.00"))
    shown = books.json("plan", "show", plan)
    assert (shown["state"], shown["changes"], shown["totals"]) == ("ready", 2, {"USD": "150.00"})
    assert [row["number"] for row in shown["listed"]] == [1, 2]
    later = books.json("plan", "show", plan, "--after", "1")
    assert [row["number"] for row in later["listed"]] == [2]
    text = books.ok("plan", "show", plan, "--limit", "1").out
    assert "2 create sales invoice" in text
    assert "… 1 more" in text
    assert total(books) == "0.00"
    done = books.json("plan", "apply", plan)
    assert (done["applied"], total(books)) == (2, "150.00")
    assert books.json("plan", "show", plan)["state"] == "applied"
    again = books("plan", "apply", plan, "--json")
    assert (again.code != 0, total(books)) == (True, "150.00")


def test_a_plan_can_be_applied_dry(books: CommandLine) -> None:
    plan = planned(books, invoice("1"))
    assert books.json("plan", "apply", plan, "--dry-run")["id"] == plan
    assert total(books) == "0.00"


def test_a_plan_that_ruled_documents_out_ends_with_5(books: CommandLine) -> None:
    plan = planned(books, invoice("1"), invoice("2", customer_id="NOBODY"))
    assert "ruled out" in books.ok("plan", "show", plan).out
    assert books("plan", "apply", plan, "--dry-run").code == 5
    answer = books("plan", "apply", plan)
    assert answer.code == 5
    assert "1 applied, 1 rejected" in answer.out


def test_a_plan_whose_records_changed_since_is_refused_as_a_whole(books: CommandLine) -> None:
    field = ("--field", "fax=2")
    change = ("records", "update", "books", "customer", "--key", "ACME")
    plan = books.json(*change, *field, "--dry-run")["plan"]["id"]
    books.ok("sandbox", "act", "books", "edit-record", "customer", "ACME", "fax=3")
    answer = books("plan", "apply", plan, "--json")
    assert (answer.code, answer.error["code"]) == (6, "PLAN_STALE")


def test_plans_and_runs_are_listed_the_newest_first(books: CommandLine) -> None:
    first, second = planned(books, invoice("1")), planned(books, invoice("2"))
    plans = [each["id"] for each in books.json("plan", "list", "books", "--limit", "2")["plans"]]
    assert plans == [second, first]
    run = ran(books, invoice("3"))
    assert books.json("runs", "list", "books", "--limit", "1")["runs"][0]["id"] == run
    assert run in books.ok("runs", "list").out
    assert second in books.ok("plan", "list").out
    assert books.json("runs", "list", "other")["runs"] == []


@pytest.mark.parametrize(
    "arguments",
    [("plan", "show"), ("plan", "apply"), ("runs", "show"), ("runs", "log"), ("runs", "undo")],
)
def test_what_is_unknown_ends_with_2(clary: CommandLine, arguments: tuple[str, ...]) -> None:
    answer = clary(*arguments, "nothing_1", "--json")
    assert (answer.code, answer.error["code"][-8:]) == (2, "_UNKNOWN")


def test_a_run_is_shown_document_by_document_with_its_log(books: CommandLine) -> None:
    run = ran(books, invoice("1"), invoice("2", customer_id="NOBODY"))
    shown = books.json("runs", "show", run)
    assert [each["state"] for each in shown["results"]] == ["confirmed", "rejected"]
    assert "REFERENCE_UNKNOWN" in books.ok("runs", "show", run).out
    events = books.json("runs", "log", run)["events"]
    assert events[-1]["done"] == 2
    lines = books.ok("runs", "log", run, "--follow").out.splitlines()
    assert len(lines) == len(events)
    assert books.json("runs", "log", run, "--after", events[-1]["id"])["events"] == []


def test_a_run_is_taken_back_and_a_second_undo_has_nothing_to_do(books: CommandLine) -> None:
    run = ran(books, invoice("1"), invoice("2"))
    tried = books.json("runs", "undo", run, "--dry-run")
    assert (tried["flow"], tried["changes"], total(books)) == ("undo", 2, "200.00")
    undone = books.json("runs", "undo", run)
    assert (undone["undoes"], undone["applied"], total(books)) == (run, 2, "0.00")
    assert "taken back" in books.ok("runs", "show", run).out
    again = books("runs", "undo", run, "--json")
    assert (again.code, again.json["applied"]) == (0, 0)
    assert total(books) == "0.00"
    [remark] = again.json["remarks"]
    assert remark["code"] == "UNDO_ALREADY"
    moment = undone["ended_at"][:16].replace("T", " ")
    said = f"Everything was taken back already by run {undone['id']}, on {moment} UTC."
    assert remark["message"] == said
    assert said in books.ok("runs", "undo", run).out
    assert books.json("runs", "undo", run, "--dry-run")["remarks"] == [remark]
    assert books.json("runs", "show", again.json["id"])["remarks"] == [remark]


def test_an_undo_is_a_run_like_any_other(books: CommandLine) -> None:
    run = ran(books, invoice("1"))
    text = books.ok("runs", "undo", run).out
    assert f"Takes back run {run}" in text
    assert books.json("runs", "list", "books", "--limit", "1")["runs"][0]["flow"] == "undo"


def test_work_of_a_busy_company_waits_and_goes_on(books: CommandLine) -> None:
    books.ok("sandbox", "fault", "books", "busy", "--times", "100")
    text = json.dumps(invoice("1"))
    answer = books("records", "create", "books", "sales_invoice", "-", "--json", text=text)
    assert answer.code == 4
    assert answer.json["results"][0]["status"] == "pending"
    run = answer.json["run"]["id"]
    tried = books.json("runs", "resume", run, "--dry-run")
    assert tried["pending"] == 1
    books.ok("sandbox", "fault", "books", "none")
    other = ("records", "update", "books", "customer", "--key", "ACME", "--field", "fax=1")
    assert f"clary runs resume {run}" in books.ok(*other).err
    done = books.json("runs", "resume", run)
    assert (done["applied"], done["pending"], total(books)) == (1, 0, "100.00")


def test_a_company_that_another_process_writes_to_is_not_waited_for_where_asked(
    books: CommandLine,
) -> None:
    settings = read({"CLARY_HOME": str(books.home), "CLARY_SECRETS": "file"})
    with Installation(settings, actor="Ben") as other:
        identity = open_company(other, "books").info.identity
        with acquired(other, identity, Waiting()):
            text = json.dumps(invoice("1"))
            create = ("records", "create", "books", "sales_invoice", "-", "--no-wait", "--json")
            answer = books(*create, text=text)
    assert (answer.code, answer.out, answer.error["code"]) == (4, "", "LEASE_HELD")
    assert "Ben" in answer.error["message"]
    plan = books.json("plan", "list", "--limit", "1")["plans"][0]
    assert plan["state"] == "ready"
    assert books.json("plan", "apply", plan["id"])["applied"] == 1


def test_another_clary_home_knows_nothing_of_these_runs(books: CommandLine, tmp_path: Path) -> None:
    ran(books, invoice("1"))
    assert CommandLine(tmp_path / "elsewhere").json("runs", "list")["runs"] == []
