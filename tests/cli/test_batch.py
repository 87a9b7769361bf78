"""`clary batch`, as a bookkeeper types it."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from clary.companies.sandbox.backup import backup, restore
from tests.cli.conftest import CommandLine
from tests.cli.terminal import at_terminal
from tests.sites import Site, connectwise_site

PLACES = ("psa", "acme")


@dataclass(frozen=True, slots=True)
class Bench:
    """A command line with a company and a ConnectWise site of its own."""

    clary: CommandLine
    site: Site
    folder: Path


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("batch-cli")
    with connectwise_site(folder):
        CommandLine(folder / "home").ok(
            "sandbox", "create", "acme", "--edition", "us", "--seed", "demo"
        )
    return folder


@pytest.fixture
def bench(prepared: Path, tmp_path: Path) -> Iterator[Bench]:
    folder = tmp_path / "bench"
    shutil.copytree(prepared, folder)
    clary = CommandLine(folder / "home")
    with connectwise_site(folder) as site:
        clary.ok(
            *("app", "add", "psa", "--kind", "connectwise", "--set", f"site={site.url}"),
            *("--set", "company=demo", "--set", "client_id=tests", "--set", "public_key=public"),
            *("--secret", "private_key"),
            text="private\n",
        )
        yield Bench(clary, site, folder)


def test_what_waits_is_listed(bench: Bench) -> None:
    clary = bench.clary
    found = clary.json("batch", "locations", "psa")["locations"]
    assert [each["name"] for each in found] == ["Main office", "Branch", "Training"]
    listed = clary.json("batch", "unposted", "psa", "--location", "branch", "--kinds", "invoices")
    assert len(listed["documents"]) == found[1]["waiting"]["invoice"]
    shown = clary.ok("batch", "unposted", "psa", "--include", "10001")
    assert "Bridge Insurance" in shown.out
    assert "1 document: 1 invoice" in shown.out
    assert "Main office" in clary.ok("batch", "locations", "psa").out


def test_a_batch_from_plan_to_undo(bench: Bench) -> None:
    clary = bench.clary
    planned = clary.json("batch", "plan", *PLACES, "--number", "B", "--location", "Branch")
    assert planned["batches"][0]["documents"] == {"planned": 10}
    assert planned["preview"]
    text = clary.ok("batch", "plan", *PLACES, "--number", "B", "--location", "Branch").out
    assert "What the books will show" in text
    assert "Nothing was written. To do it: clary plan apply" in text
    done = clary.json("batch", "run", *PLACES, "--number", "B", "--location", "Branch")
    assert (done["outcome"], done["errors"]) == ("completed", [])
    assert [each["ok"] for each in done["verified"]] == [True]
    shown = clary.json("batch", "show", "psa", "B")
    assert shown["state"] == "posted"
    assert len(shown["listed"]) == 10
    assert "10008" in clary.ok("batch", "show", "psa", "B").out
    assert "All of it agrees" in clary.ok("batch", "verify", *PLACES, "B").out
    assert clary.json("batch", "verify", *PLACES, "B")["ok"] is True
    again = clary.json("batch", "rerun", *PLACES, "B")
    assert (again["run"]["applied"], again["plan"]["compared"]["found"]) == (0, 10)
    assert "Nothing is to be posted" in clary.ok("batch", "rerun", *PLACES, "B", "--dry-run").out
    options = ("--repost", "10008", "--exclude", "10008", "--dry-run")
    assert clary.json("batch", "rerun", *PLACES, "B", *options)["compared"]["found"] == 9
    undone = clary.json("batch", "unbatch", *PLACES, "B", "10008")
    assert undone["applied"] == 3
    assert "taken back" in clary.ok("batch", "show", "psa", "B").out
    [listed] = clary.json("batch", "list", "psa")["batches"]
    assert (listed["number"], listed["documents"]) == ("B", {"posted": 9, "taken_back": 1})
    assert "9 posted, 1 taken back" in clary.ok("batch", "list").out
    run = done["run"]["id"]
    assert "Takes back run" in clary.ok("runs", "undo", run).out
    assert clary.json("batch", "list", "psa")["batches"][0]["state"] == "removed"


def test_a_dry_run_writes_nothing(bench: Bench) -> None:
    clary = bench.clary
    options = ("--number", "B", "--location", "Branch")
    dry = clary.ok("batch", "run", *PLACES, *options, "--dry-run")
    assert "Nothing was written" in dry.out
    clary.ok("batch", "run", *PLACES, *options)
    assert "void" in clary.ok("batch", "unbatch", *PLACES, "B", "--dry-run").out
    assert clary.json("batch", "show", "psa", "B")["state"] == "posted"


def test_what_cannot_be_posted_is_said_and_saved(bench: Bench) -> None:
    clary, errors, log = bench.clary, bench.folder / "errors.txt", bench.folder / "log.txt"
    options = ("--number", "T", "--location", "Training")
    files = ("--save-errors", errors, "--save-log", log)
    planned = clary("batch", "plan", *PLACES, *options)
    assert planned.code == 5
    assert "The good documents alone" in planned.out
    told = clary("batch", "run", *PLACES, *options)
    assert "Batch T: not made (" in told.out
    refused = clary("batch", "run", *PLACES, *options, *files, "--json")
    assert refused.code == 6
    assert refused.json["outcome"] == "failed"
    assert refused.json["run"] is None
    assert "BATCH_ACCOUNT_UNKNOWN" in errors.read_text(encoding="utf-8")
    assert "Batch T: not made\n" in log.read_text(encoding="utf-8")
    done = clary("batch", "run", *PLACES, *options, *files, "--good-only")
    assert done.code == 5
    assert "Completed with errors" in done.out
    assert "clary runs undo" in done.out
    text = errors.read_text(encoding="utf-8")
    assert "set it to Open, save, set it to Closed, save" in text
    whole = log.read_text(encoding="utf-8")
    assert "The run started with" in whole
    assert "private" not in whole
    rest = clary("batch", "plan", *PLACES, "--rest-of", "T", "--json")
    assert rest.json["batches"][0]["number"] == "T-1"


def test_a_plan_that_is_applied_says_how_to_go_on(bench: Bench) -> None:
    clary = bench.clary
    options = ("--number", "T", "--location", "Training")
    plan = clary("batch", "plan", *PLACES, *options, "--json").json["id"]
    done = clary("plan", "apply", plan, "--confirm", "BATCH_BLOCKED")
    assert done.code == 5
    assert "To take back what was posted: clary runs undo run_" in done.out
    assert "clary batch run psa acme --rest-of T" in done.out
    assert "still queued" in clary.ok("batch", "list", "psa").out
    listed = clary.json("batch", "show", "psa", "T")["listed"]
    left = next(each for each in listed if each["state"] == "left" and each["gl_ids"])
    clary.ok("batch", "clear", *PLACES, "T-OFF", "--include", left["id"])
    shown = clary.json("batch", "show", "psa", "T")
    assert shown["elsewhere"] == {"T-OFF": 1}
    assert [e["number"] for e in shown["listed"] if e["elsewhere"]] == [left["number"]]
    assert "1 posted in T-OFF" in clary.ok("batch", "list", "psa").out
    assert "posted in T-OFF" in clary.ok("batch", "show", "psa", "T").out


def test_restored_books_get_what_they_lack_by_one_word(bench: Bench) -> None:
    clary, file = bench.clary, bench.folder / "home" / "companies" / "acme.clary"
    saved = bench.folder / "acme.backup"
    backup(file, saved)
    clary.ok("batch", "run", *PLACES, "--number", "R-1", "--location", "Main office")
    restore(file, saved)
    refused = clary("batch", "rerun", *PLACES, "R-1", "--json")
    assert (refused.code, refused.error["code"]) == (6, "BOOKS_RESTORED")
    assert "--post-missing" in refused.error["remedy"]
    done = clary.json("batch", "rerun", *PLACES, "R-1", "--post-missing")
    assert (done["run"]["rejected"], done["plan"]["compared"]["missing"]) == (0, 28)


def test_an_empty_number_and_a_taken_one(bench: Bench) -> None:
    clary = bench.clary
    answer = clary("batch", "run", *PLACES, "--kinds", "invoices", "--initials", "AL")
    assert answer.code == 2
    assert "AL-I" in answer.err
    clary.ok("batch", "run", *PLACES, "--number", "B", "--include", "10001")
    taken = clary("batch", "run", *PLACES, "--number", "B", "--include", "10002", "--json")
    assert (taken.code, taken.error["code"]) == (6, "BATCH_IDENTIFIER_TAKEN")


def test_a_mixed_selection_is_split(bench: Bench) -> None:
    options = ("--number", "20260131AL", "--location", "Branch", "--split")
    done = bench.clary.json("batch", "run", *PLACES, *options)
    assert sorted(each["number"] for each in done["batches"]) == [
        "20260131AL-E",
        "20260131AL-I",
        "20260131AL-P",
    ]


def test_old_documents_are_cleared(bench: Bench) -> None:
    clary = bench.clary
    assert clary("batch", "clear", *PLACES, "OLD").code == 2
    clary.ok("batch", "clear", *PLACES, "OLD", "--include", "10001", "--dry-run")
    done = clary.json("batch", "clear", *PLACES, "OLD", "--include", "10001")
    assert done["batches"][0]["documents"] == {"handled": 1}
    gone = clary("batch", "unposted", "psa", "--include", "10001", "--json")
    assert (gone.code, gone.error["code"]) == (2, "BATCH_NOT_LISTED")
    clary.ok("batch", "unbatch", *PLACES, "OLD")
    assert len(clary.json("batch", "unposted", "psa", "--include", "10001")["documents"]) == 1


def test_why_a_document_is_not_listed(bench: Bench) -> None:
    clary = bench.clary
    [reason] = clary.json("batch", "why", "psa", "T1012")["reasons"]
    assert reason["code"] == "BATCH_WHY_INVOICE_OPEN"
    assert (
        "It belongs to the location Branch"
        in clary.ok(*("batch", "why", "psa", "10008", "--location", "Main office")).out
    )


def test_mapping_decisions(bench: Bench) -> None:
    clary = bench.clary
    dry = clary.ok("batch", "map", "set", *PLACES, "account", "49999", "40100", "--dry-run")
    assert "account 49999 would become 40100." in dry.out
    made = clary.json("batch", "map", "set", *PLACES, "account", "49999", "40100")
    assert made["target"] == "40100"
    assert "49999" in clary.ok("batch", "map", "list", *PLACES).out
    clary.ok("batch", "map", "set", *PLACES, "account", "49999", "40000")
    found = clary.json("batch", "map", "history", *PLACES, "account", "49999")["mappings"]
    assert [each["target"] for each in found] == ["40100", "40000"]
    clary.ok("batch", "map", "remove", *PLACES, "account", "49999", "--dry-run")
    clary.ok("batch", "map", "remove", *PLACES, "account", "49999")
    assert clary.json("batch", "map", "list", *PLACES)["mappings"] == []
    assert len(clary.json("batch", "map", "history", *PLACES, "account")["mappings"]) == 2
    wrong = clary("batch", "map", "set", *PLACES, "account", "49999", "4", "--json")
    assert (wrong.code, wrong.error["code"]) == (2, "BATCH_MAPPING_TARGET_UNKNOWN")
    suggest = ("batch", "map", "suggest", "acme", "customer")
    name = ("--name", "Bridge Insurance")
    assert "BRIDGE-INSURANCE" in clary.ok(*suggest, "BRIDGEINS", *name).out
    assert clary.json(*suggest, "BRIDGEINS", *name)["suggestions"][0]["likeness"] > 80
    assert "Nothing in the books" in clary.ok(*suggest, "§§§").out


def test_what_differs_is_said(bench: Bench) -> None:
    clary = bench.clary
    clary.ok("batch", "run", *PLACES, "--number", "B", "--include", "10001", "--include", "10002")
    shown = clary.json("batch", "show", "psa", "B")["listed"]
    key = next(each["key"] for each in shown if each["number"] == "10001")
    clary.ok("records", "update", "acme", "sales_invoice", "--key", key, "--field", "customer_po=X")
    report = clary("batch", "verify", *PLACES, "B")
    assert report.code == 5
    assert "Not all of it agrees" in report.out
    assert "customer_po" in report.out


def test_the_connection_must_be_one_of_connectwise(bench: Bench) -> None:
    answer = bench.clary("batch", "locations", "acme", "--json")
    assert answer.code == 3
    assert json.loads(answer.err)["error"]["code"] == "CONNECTION_UNKNOWN"


MIXED = ("--location", "Branch", "--no-verify")


def test_a_batch_of_several_kinds_offers_to_be_split(bench: Bench) -> None:
    clary, options = bench.clary, ("--number", "B", *MIXED[:2])
    text = clary.ok("batch", "plan", *PLACES, *options).out
    assert "For one batch of each kind (B-I, B-E, B-P): --split" in text
    document = clary.json("batch", "plan", *PLACES, *options)
    assert document["could_be_split_into"] == ["B-I", "B-E", "B-P"]
    for more in (("--split",), ("--kinds", "invoices"), ("--include", "10008")):
        document = clary.json("batch", "plan", *PLACES, *options, *more)
        assert document["could_be_split_into"] == []


def test_a_person_is_asked_whether_to_split_and_then_whether_to_post(bench: Bench) -> None:
    run = ["batch", "run", *PLACES, "--number", "B", *MIXED]
    code, seen = at_terminal(
        bench.clary,
        run,
        [("of each kind instead (B-I, B-E, B-P)?", lambda: "y"), ("Post this?", lambda: "y")],
    )
    assert code == 0, seen
    assert "Nothing was written yet." in seen
    assert "clary plan apply" not in seen
    listed = bench.clary.json("batch", "list", "psa")["batches"]
    posted = {each["number"] for each in listed if each["state"] == "posted"}
    assert posted == {"B-I", "B-E", "B-P"}


def test_one_batch_stays_one_where_a_person_wants_it_so(bench: Bench) -> None:
    run = ["batch", "run", *PLACES, "--number", "B", *MIXED]
    steps = [("of each kind instead", lambda: "n"), ("Post this?", lambda: "n")]
    code, seen = at_terminal(bench.clary, run, steps)
    assert code == 1, seen
    assert "of each kind" not in bench.clary(*run, "--yes").err
    [listed] = [e for e in bench.clary.json("batch", "list", "psa")["batches"] if e["run"]]
    assert (listed["number"], listed["state"]) == ("B", "posted")


def test_what_cannot_be_posted_is_not_asked_about(bench: Bench) -> None:
    run = ["batch", "run", *PLACES, "--number", "T", "--location", "Training", "--no-verify"]
    kinds = ("--kinds", "invoices")
    code, seen = at_terminal(bench.clary, [*run, *kinds], [])
    assert code == 6, seen
    assert "the same with --good-only" in seen
    assert "Post this?" not in seen
    code, seen = at_terminal(
        bench.clary, [*run, *kinds, "--good-only"], [("Post this?", lambda: "n")]
    )
    assert code == 1, seen
    assert "Nothing was written yet." in seen


def test_what_is_kept_back_is_counted_and_what_is_created_is_named(bench: Bench) -> None:
    options = ("--number", "T", "--location", "Training")
    text = bench.clary("batch", "plan", *PLACES, *options).out
    assert "Creates first: 1 customer (LUMEN-GALLERY)" in text
    assert "Creates first: 2 items (KIT-01, ODD-01)" in text
    assert "11 of 18 documents cannot be posted as they are, and 1 more for the party's" in text
    assert sum(line.endswith("still queued") for line in text.splitlines()) == 12


def test_ids_are_not_broken_on_a_narrow_screen(bench: Bench) -> None:
    listing = ["batch", "unposted", "psa", "--location", "Training"]
    plan = ["batch", "plan", *PLACES, "--number", "T", "--location", "Training"]
    for command, name in ((listing, "Held Company"), (plan, "REDFERN-PRINTING")):
        _, seen = at_terminal(bench.clary, command, [])
        rows = [line for line in seen.splitlines() if " 900.00 " in line]
        [held] = [row for row in rows if row.startswith("T1013")]
        [long] = [row for row in rows if row.startswith("T1008")]
        assert name in held
        assert "…" in long
    text = bench.clary.ok("batch", "unposted", "psa", "--location", "Training").out
    assert "…" not in text


def test_many_creations_are_named_by_the_first(bench: Bench) -> None:
    with closing(sqlite3.connect(bench.site.file, timeout=20)) as site:
        site.execute(
            "UPDATE company SET body = json_set(body, '$.accountNumber', 'NEW-' || id)"
            " WHERE id IN (SELECT company_id FROM invoice WHERE location_id = 2)"
        )
        site.commit()
    options = ("--number", "Q", "--location", "Branch", "--kinds", "invoices")
    text = bench.clary("batch", "plan", *PLACES, *options).out
    [line] = [each for each in text.splitlines() if " customers (" in each]
    assert re.search(r"Creates first: \d customers \((NEW-\d+, ){4}NEW-\d+ and \d more\)", line)
