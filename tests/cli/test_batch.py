"""`clary batch`, as a bookkeeper types it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine
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
    refused = clary("batch", "run", *PLACES, *options, *files, "--json")
    assert refused.code == 6
    assert refused.json["outcome"] == "failed"
    assert refused.json["run"] is None
    assert "BATCH_ACCOUNT_UNKNOWN" in errors.read_text(encoding="utf-8")
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
    assert clary.json("batch", "unposted", "psa", "--include", "10001")["documents"] == []
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
