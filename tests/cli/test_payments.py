"""`clary payments`: from a batch, through receipts in Sage, to what ConnectWise shows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.conftest import CommandLine
from tests.cli.terminal import at_terminal
from tests.sites import Site, connectwise_site

TODAY = datetime.now(UTC).astimezone().date().isoformat()
API = "/v4_6_release/apis/3.0/finance/invoices"
HEADERS = {"clientId": "tests"}
KEYS = ("demo+public", "private")


@pytest.fixture(scope="module")
def posted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an installation and a site whose invoices a batch has posted."""
    folder = tmp_path_factory.mktemp("posted")
    clary = CommandLine(folder / "home")
    clary.ok("sandbox", "create", "books", "--edition", "us", "--seed", "demo")
    with connectwise_site(folder) as site:
        connect(clary, site)
        run = ["batch", "run", "cw", "books", "--number", "B-I", "--kinds", "invoices"]
        answer = clary(*run, "--good-only", "--yes")
        assert "Completed" in answer.out, answer
    return folder


@pytest.fixture
def site(posted: Path, tmp_path: Path) -> Iterator[Site]:
    """Serve a copy of the site, as the batch left it."""
    shutil.copy(posted / "connectwise.db", tmp_path / "connectwise.db")
    with connectwise_site(tmp_path) as served:
        yield served


@pytest.fixture
def clary(posted: Path, tmp_path: Path, site: Site) -> CommandLine:
    """Give a command line on a copy of the installation, connected with the site."""
    shutil.copytree(posted / "home", tmp_path / "home")
    clary = CommandLine(tmp_path / "home")
    clary.ok("company", "set", "books", "--set", f"file={clary.home}/companies/books.clary")
    clary.ok("app", "set", "cw", "--set", f"site={site.url}", "--relink")
    return clary


def connect(clary: CommandLine, site: Site) -> None:
    stated = (f"site={site.url}", "company=demo", "client_id=tests", "public_key=public")
    options = [part for each in stated for part in ("--set", each)]
    kind = ("app", "add", "cw", "--kind", "connectwise")
    clary.ok(*kind, *options, "--secret", "private_key", text="private\n")


def invoice(clary: CommandLine, number: str) -> Any:  # noqa: ANN401 - any document
    where = f"number = '{number}'"
    found = clary.json("records", "query", "books", "sales_invoice", "--where", where)
    return found["records"][0]


def pay(clary: CommandLine, number: str, amount: str) -> str:
    """Enter a receipt for an invoice; return its key."""
    receipt = {
        "reference": f"CK{number}",
        "customer_id": invoice(clary, number)["customer_id"],
        "date": TODAY,
        "cash_account_id": "10200",
        "amount": amount,
        "applications": [{"invoice_number": number, "amount": amount}],
    }
    text = json.dumps(receipt)
    answer = clary.json("records", "create", "books", "receipt", "-", text=text)
    return str(answer["results"][0]["record"]["transaction_number"])


def shown(site: Site, number: str) -> tuple[float, float]:
    """Return what ConnectWise shows as paid and as open of an invoice."""
    query = {"conditions": f'invoiceNumber="{number}"'}
    answer = httpx.get(f"{site.url}{API}", params=query, headers=HEADERS, auth=KEYS)
    (found,) = answer.json()
    return found["payments"], found["balance"]


def test_what_is_paid_in_sage_is_shown_and_taken_back(clary: CommandLine, site: Site) -> None:
    total = float(invoice(clary, "10001")["total"])
    pay(clary, "10001", f"{total:.2f}")
    pay(clary, "10002", "100.00")
    tried = clary.json("payments", "sync", "cw", "books", "--since", "week", "--dry-run")
    assert tried["plan"]["counts"] == {"create invoice_payment": 2}
    assert shown(site, "10001") == (0, total)
    done = clary.json("payments", "sync", "cw", "books", "--since", "week")
    assert (done["outcome"], done["run"]["applied"]) == ("completed", 2)
    assert shown(site, "10001") == (total, 0)
    assert shown(site, "10002")[0] == 100
    listed = {each["number"]: each for each in done["invoices"]}
    assert listed["10001"]["paid_in_full_on"] == TODAY
    assert listed["10002"]["paid_in_full_on"] is None
    assert listed["10002"]["parts"][0]["number"] == "CK10002"
    again = clary.json("payments", "sync", "cw", "books")
    assert (again["outcome"], again["run"]["planned"]) == ("nothing to do", 0)
    undo = clary.ok("runs", "undo", done["run"]["id"], "--yes")
    assert "2" in undo.out
    assert shown(site, "10001") == (0, total)


def test_people_see_what_changed_and_by_which_receipts(clary: CommandLine, site: Site) -> None:
    pay(clary, "10003", "100.00")
    tried = clary.ok("payments", "sync", "cw", "books", "--since", "week", "--dry-run")
    assert "Nothing was written. To do it: clary plan apply plan_" in tried.out
    plan = tried.out.rsplit(" ", 1)[1].strip()
    clary.ok("plan", "apply", plan)
    assert shown(site, "10003")[0] == 100
    key = pay(clary, "10003", "50.00")
    done = clary.ok("payments", "sync", "cw", "books", "--since", TODAY)
    assert "Completed  1 written" in done.out
    assert "100.00 → 150.00" in done.out
    assert f"receipt CK10003 of {TODAY}: 50.00" in done.out
    assert "To take it back: clary runs undo run_" in done.out
    assert "Not applied to any invoice in Sage" in done.out
    assert "PAYMENTS_INVOICE_UNKNOWN" in done.out or "0 looked at besides" in done.out
    clary.ok("records", "act", "books", "receipt", "void", key)
    clary.ok("payments", "sync", "cw", "books")
    assert shown(site, "10003")[0] == 100
    listed = clary.ok("payments", "list", "cw")
    assert listed.out.count("succeeded") == 3
    syncs = clary.json("payments", "list")["syncs"]
    shown_sync = clary.ok("payments", "show", syncs[0]["id"])
    assert f"Sync {syncs[0]['id']}  books to cw" in shown_sync.out
    found = clary.json("payments", "show", syncs[1]["id"])
    assert "10003" in [each["number"] for each in found["invoices"]]
    everything = clary.ok("payments", "sync", "cw", "books", "--since", "2000-01-01", "--dry-run")
    assert "ConnectWise shows what Sage shows" in everything.out


def test_invoices_that_are_not_there_are_only_counted(clary: CommandLine, site: Site) -> None:
    total = f"{float(invoice(clary, '10001')['total']):,.2f}"
    pay(clary, "10001", total)
    by_hand = {**invoice(clary, "10001"), "number": "BY-HAND"}
    names = ("customer_id", "number", "date", "receivable_account_id")
    line = {"amount": "4379.00", "account_id": by_hand["lines"][0]["account_id"]}
    body = {name: by_hand[name] for name in names} | {"lines": [line]}
    clary.json("records", "create", "books", "sales_invoice", "-", text=json.dumps(body))
    pay(clary, "BY-HAND", "4379.00")
    clary.ok("payments", "sync", "cw", "books", "--since", TODAY)
    few = clary.ok("payments", "show", 1)
    assert "BY-HAND" not in few.out
    assert "10001" in few.out
    assert "1 invoice that ConnectWise does not have: clary payments show 1 --all" in few.out
    every = clary.ok("payments", "show", 1, "--all")
    assert "not there" in every.out
    assert "4,379.00" in every.out
    assert "4379" not in every.out
    assert len(clary.json("payments", "show", 1)["invoices"]) == 2
    assert shown(site, "10001")[1] == 0


def test_a_dry_run_that_is_out_of_date_is_not_written(clary: CommandLine, site: Site) -> None:
    key = pay(clary, "10001", "100.00")
    pay(clary, "10002", "100.00")
    tried = clary.json("payments", "sync", "cw", "books", "--since", TODAY, "--dry-run")
    clary.ok("records", "delete", "books", "receipt", key, "--yes")
    late = clary("plan", "apply", tried["plan"]["id"], "--yes")
    assert late.code == 5
    assert "invoice 10001: Sage shows it otherwise than when the plan was made" in late.out
    assert "paid 100.00, now 0.00" in late.out
    assert (shown(site, "10001")[0], shown(site, "10002")[0]) == (0, 100)
    again = clary.json("payments", "sync", "cw", "books", "--since", TODAY, "--dry-run")
    assert again["plan"]["changes"] == 0
    listed = clary.json("payments", "list")["syncs"]
    told = [(each["id"], each["standing"], each["succeeded"]) for each in listed]
    assert told == [(2, "only planned", False), (1, "with errors", False)]
    assert "only planned" in clary.ok("payments", "list").out
    assert "only planned" in clary.ok("payments", "show", 2).out


def test_taking_back_is_told_in_words_of_a_bookkeeper(clary: CommandLine, site: Site) -> None:
    pay(clary, "10001", "100.00")
    done = clary.json("payments", "sync", "cw", "books", "--since", TODAY)
    pay(clary, "10001", "50.00")
    raised = clary.json("payments", "sync", "cw", "books", "--since", TODAY)
    lowering = clary.ok("runs", "undo", raised["run"]["id"], "--dry-run")
    assert "payment of invoice 10001" in lowering.out
    assert "amount: 150.00 → 100.00" in lowering.out
    taken = clary.ok("runs", "undo", raised["run"]["id"], "--yes")
    removing = clary.ok("runs", "undo", done["run"]["id"], "--dry-run")
    assert "payment of invoice 10001" in taken.out
    assert "amount 100.00" in removing.out
    for seen in (lowering, taken, removing):
        assert "invoice_payment" not in seen.out
        assert "_id" not in seen.out.replace("plan_", "").replace("run_", "")
    assert shown(site, "10001")[0] == 100


def test_a_first_sync_says_that_it_looks_at_everything(clary: CommandLine, site: Site) -> None:
    pay(clary, "10004", "10.00")
    done = clary.json("payments", "sync", "cw", "books")
    assert done["findings"][0]["code"] == "PAYMENTS_NEVER_SYNCED"
    assert done["sync"]["since"] is None
    assert shown(site, "10004")[0] == 10


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("cw", "books", "--since", "2999-01-01"), "today is"),
        (("cw", "books", "--since", "yesterday"), "is no time"),
        (("nobody", "books"), "nobody"),
        (("cw", "nobody"), "nobody"),
    ],
)
def test_what_makes_no_sense_is_told(
    clary: CommandLine, arguments: tuple[str, ...], said: str
) -> None:
    answer = clary("payments", "sync", *arguments)
    assert answer.code in {2, 3}
    assert said in answer.err


@pytest.mark.parametrize("guard", ["PAYMENTS_REDUCED", "batch_blocked", "MASS_CHANGE"])
def test_every_guard_can_be_confirmed_by_its_name(clary: CommandLine, guard: str) -> None:
    answer = clary.json("payments", "sync", "cw", "books", "--since", TODAY, "--confirm", guard)
    assert answer["outcome"] == "nothing to do"
    unknown = clary("plan", "apply", "plan_NONE", "--confirm", "nothing")
    assert unknown.code == 2
    assert "PAYMENTS_REDUCED" in unknown.err


def test_an_unknown_sync_is_told(clary: CommandLine) -> None:
    assert clary("payments", "show", "99").code == 2


# --- third-party access -------------------------------------------------------------------


def test_without_access_it_stops_and_says_how_to_go_on(clary: CommandLine, site: Site) -> None:
    pay(clary, "10005", "10.00")
    clary.ok("sandbox", "act", "books", "allow-access", "never")
    for way in ("--ask", "--fast"):
        answer = clary("payments", "sync", "cw", "books", "--since", "week", way)
        assert answer.code == 4
        assert "3rd Party Activation Required" in answer.err
        assert "Retry" in answer.err
        assert "--fallback" in answer.err
        assert "ACCESS_DENIED" not in answer.err
        assert "authorization result" not in answer.err
    asked = clary("payments", "sync", "cw", "books", "--json")
    assert asked.error["code"] == "THIRD_PARTY_ACTIVATION_REQUIRED"
    done = clary.json("payments", "sync", "cw", "books", "--since", "week", "--fallback")
    assert done["sync"]["way"] == "fallback"
    assert shown(site, "10005")[0] == 10


def test_a_person_who_cancels_gets_the_fallback(clary: CommandLine, site: Site) -> None:
    pay(clary, "10006", "10.00")
    clary.ok("sandbox", "act", "books", "allow-access", "never")
    code, seen = at_terminal(
        clary,
        ["payments", "sync", "cw", "books", "--since", "week"],
        [
            ("Retry or Cancel?", lambda: "r"),
            ("Retry or Cancel?", lambda: "x"),
            ("Retry or Cancel?", lambda: "CAN"),
            ("Write this to ConnectWise?", lambda: "y"),
        ],
    )
    assert code == 0, seen
    assert seen.count("3rd Party Activation Required") == 2
    assert "read from open items" in seen
    assert shown(site, "10006")[0] == 10


def test_a_person_who_grants_access_goes_on(clary: CommandLine, site: Site) -> None:
    pay(clary, "10007", "10.00")
    clary.ok("sandbox", "act", "books", "allow-access", "ask")

    def granted() -> str:
        clary.ok("sandbox", "act", "books", "allow-access", "always")
        return ""

    code, seen = at_terminal(
        clary,
        ["payments", "sync", "cw", "books", "--since", "week"],
        [
            ("Retry or Cancel?", granted),
            ("Write this to ConnectWise?", lambda: "n"),
        ],
    )
    assert code == 1, seen
    assert "asked Sage directly" in seen
    assert shown(site, "10007")[0] == 0


def test_two_ways_at_once_are_a_wrong_command_line(clary: CommandLine) -> None:
    for ways in (("--fast", "--fallback"), ("--ask", "--fast"), ("--fallback", "--ask")):
        answer = clary("payments", "sync", "cw", "books", *ways)
        assert answer.code == 2
        assert "exclude each other" in answer.err
