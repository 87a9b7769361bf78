"""Sandbox companies are made, the person at Sage acts, and companies misbehave."""

from __future__ import annotations

import json

import pytest

from clary.companies.sandbox.acts import ACTS
from clary.companies.sandbox.faults import FAULTS
from tests.cli.conftest import CommandLine, invoice


def test_a_company_is_made_and_connected_at_once(clary: CommandLine) -> None:
    made = clary.json(
        *("sandbox", "create", "shop", "--edition", "us", "--release", "2015"),
        *("--tier", "premium", "--users", "multi", "--fiscal-year-start", "2014-04-01"),
        *("--title", "The Corner Shop"),
    )
    assert (clary.home / "companies" / "shop.clary").is_file()
    assert made["connection"]["title"] == "The Corner Shop"
    info = clary.json("company", "info", "shop")
    assert (info["release"], info["tier"], info["periods"][0]["start"]) == (
        2015,
        "premium",
        "2014-04-01",
    )


def test_the_newest_release_has_a_word(clary: CommandLine) -> None:
    clary.ok("sandbox", "create", "shop", "--edition", "us", "--release", "later")
    assert clary.json("company", "info", "shop")["release"] >= 2026


def test_a_release_that_was_never_checked_is_told(clary: CommandLine) -> None:
    clary.ok("sandbox", "create", "shop", "--edition", "us", "--release", "2017")
    checks = clary.json("company", "test", "shop")["checks"]
    assert any(check["name"] == "note" and "2017" in check["message"] for check in checks)


def test_a_dry_run_makes_nothing(clary: CommandLine) -> None:
    tried = clary.json("sandbox", "create", "shop", "--edition", "uk", "--dry-run")
    assert tried["connection"] is None
    assert clary.json("company", "list")["companies"] == []
    assert not (clary.home / "companies").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("sh/op", "--edition", "us"), "CONNECTION_NAME_INVALID"),
        (("shop", "--edition", "us", "--tier", "gold"), "TIER_UNKNOWN"),
        (("shop", "--edition", "us", "--fiscal-year-start", "2026-01-02"), "FISCAL_YEAR_INVALID"),
    ],
)
def test_what_cannot_be_made_is_told_and_leaves_nothing(
    clary: CommandLine, arguments: tuple[str, ...], code: str
) -> None:
    answer = clary("sandbox", "create", *arguments, "--json")
    assert (answer.code, answer.error["code"]) == (2, code)
    assert clary.json("company", "list")["companies"] == []


def test_help_lists_every_act_and_every_fault(clary: CommandLine) -> None:
    acts = clary.ok("sandbox", "act", "--help").out
    assert all(name in acts for name in ACTS)
    faults = clary.ok("sandbox", "fault", "--help").out
    assert all(name in faults for name in FAULTS)


def test_the_person_at_sage_acts_with_options_in_either_form(books: CommandLine) -> None:
    books.ok("sandbox", "act", "books", "open-sage", "--user", "PERSON")
    blocked = books("records", "create", "books", "customer", "--field", "id=X", "--json")
    assert (blocked.code, blocked.error["code"]) == (4, "COMPANY_SINGLE_USER")
    said = books.json("sandbox", "act", "books", "close-sage", "--user=PERSON")
    assert said["message"]
    books.ok("records", "query", "books", "customer")


def test_an_act_can_be_tried_dry(books: CommandLine) -> None:
    books.ok("sandbox", "act", "books", "allow-access", "never", "--dry-run")
    assert books.json("company", "test", "books")["ok"] is True


@pytest.mark.parametrize("act", ["dance", "allow-access"])
def test_an_act_that_cannot_be_done_so_is_told(books: CommandLine, act: str) -> None:
    assert books("sandbox", "act", "books", act).code == 2


def test_a_missing_right_is_named_with_its_menu(books: CommandLine) -> None:
    rights = ("set-rights", "CLARY", "customers_and_sales", "read")
    books.ok("sandbox", "act", "books", *rights)
    tested = books.json("company", "test", "books")
    found = next(check for check in tested["checks"] if check["name"] == "rights")
    assert found["findings"][0]["code"] == "RIGHT_MISSING"
    assert "Maintain > Users > Set Up Security" in found["findings"][0]["remedy"]
    text = json.dumps(invoice("1"))
    refused = books("records", "create", "books", "sales_invoice", "-", "--json", text=text)
    assert refused.json["results"][0]["code"] == "RIGHT_MISSING"


def test_access_that_was_refused_fails_the_test_of_the_company(books: CommandLine) -> None:
    books.ok("sandbox", "act", "books", "allow-access", "never")
    answer = books("company", "test", "books")
    assert answer.code == 3
    assert "ACCESS_DENIED" in answer.out
    assert "checks found something wrong" in answer.out


def test_armed_faults_are_listed(books: CommandLine) -> None:
    assert "No fault is armed." in books.ok("sandbox", "fault", "books", "--list").out
    books.ok("sandbox", "fault", "books", "busy", "--times", "2")
    books.ok("sandbox", "fault", "books", "crash-after-commit")
    assert books.json("sandbox", "fault", "books", "--list")["faults"] == [
        {"kind": "busy", "on": "write", "times": 2},
        {"kind": "crash-after-commit", "on": "write", "times": 1},
    ]
    assert "crash-after-commit" in books.ok("sandbox", "fault", "books", "--list").out
    for both_or_neither in ((), ("busy", "--list")):
        assert books("sandbox", "fault", "books", *both_or_neither).code == 2


def test_a_fault_is_armed_and_ended(books: CommandLine) -> None:
    books.ok("sandbox", "fault", "books", "busy", "--on", "connect", "--dry-run")
    books.ok("records", "query", "books", "customer")
    books.ok("sandbox", "fault", "books", "busy", "--on", "connect")
    assert books("records", "query", "books", "customer").code == 4
    books.ok("records", "query", "books", "customer")
    assert "No fault" in books.ok("sandbox", "fault", "books", "none").out
    books.ok("sandbox", "fault", "books", "lost-session", "--times", "3")
    assert "One fault ended" in books.ok("sandbox", "fault", "books", "none").out


def test_a_fault_that_does_not_exist_is_told(books: CommandLine) -> None:
    answer = books("sandbox", "fault", "books", "gremlins", "--json")
    assert (answer.code, answer.error["code"]) == (2, "FAULT_UNKNOWN")


def test_a_crash_after_the_commit_posts_nothing_twice(books: CommandLine) -> None:
    books.ok("sandbox", "fault", "books", "crash-after-commit")
    text = json.dumps([invoice("1"), invoice("2")])
    answer = books("records", "create", "books", "sales_invoice", "-", "--json", text=text)
    assert answer.code == 0, answer.out
    assert books.json("records", "query", "books", "sales_invoice")["count"] == 2


def test_the_demo_seed_gives_two_years_of_books(clary: CommandLine) -> None:
    clary.ok("sandbox", "create", "try", "--edition", "us", "--seed", "demo")
    balance = clary.json("company", "trial-balance", "try")
    assert balance["total_debit"] == balance["total_credit"]
    assert clary.json("records", "query", "try", "customer", "--fields", "id")["count"] == 200
