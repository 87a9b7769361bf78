"""A command ends with the same code for the same cause, and the codes stand in one table."""

from __future__ import annotations

import re

import pytest

from clary.kernel.exit_codes import MEANINGS, ExitCode
from tests.cli.conftest import CommandLine
from tests.surroundings import ROOT


def test_every_code_has_a_meaning_that_help_and_manual_show(clary: CommandLine) -> None:
    assert set(MEANINGS) == set(ExitCode)
    table = {str(int(code)): meaning for code, meaning in MEANINGS.items()}
    shown = clary.ok("--help").out
    assert dict(re.findall(r"^  (\d+) +(.+)$", shown, flags=re.MULTILINE)) == table
    page = (ROOT / "docs/how-to/scripts.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| (\d+) \| (.+) \|$", page, flags=re.MULTILINE)) == table


WRONG_FIELDS = [
    ("query", "books", "customer", "--fields", "nam"),
    ("query", "books", "customer", "--fields", "bill_to.nam"),
    ("query", "books", "customer", "--order", "nam"),
    ("query", "books", "customer", "--order=-nam"),
    ("query", "books", "customer", "--where", "nam = 'x'"),
    ("query", "books", "customer.contacts", "--where", "nam = 'x'"),
    ("query", "books", "customer.contacts", "--fields", "nam"),
    ("export", "books", "customer", "--fields", "nam"),
    ("export", "books", "customer", "--order", "nam"),
    ("export", "books", "customer", "--where", "nam = 'x'"),
    ("create", "books", "customer", "--field", "nam=x"),
    ("update", "books", "customer", "--key", "ACME", "--field", "nam=x"),
    ("upsert", "books", "customer", "--key", "ACME", "--field", "bill_to.nam=x"),
]


@pytest.mark.parametrize("arguments", WRONG_FIELDS, ids=" ".join)
def test_a_wrong_field_name_on_the_command_line_is_a_slip_of_the_caller(
    books: CommandLine, arguments: tuple[str, ...]
) -> None:
    answer = books("records", *arguments, "--json")
    assert (answer.code, answer.out) == (ExitCode.USAGE, "")
    assert answer.error["exit_code"] == ExitCode.USAGE
    assert "name" in answer.error["remedy"] or "describe" in answer.error["remedy"]


def test_a_field_that_is_stated_in_two_ways_is_refused(books: CommandLine) -> None:
    create = ("records", "create", "books", "customer", "--field", "id=NEW", "--field", "name=A")
    answer = books(*create, "--field", "name=B", "--json")
    assert (answer.code, answer.error["code"]) == (ExitCode.USAGE, "FIELD_CONTRADICTS")
    assert books(*create, "--field", "name=A").code == ExitCode.OK


def test_a_wrong_field_name_in_a_document_rejects_the_document(books: CommandLine) -> None:
    text = '{"id": "NEW", "name": "New", "nam": "x"}'
    answer = books("records", "create", "books", "customer", "-", "--json", text=text)
    assert answer.code == ExitCode.REJECTED
    assert [each["code"] for each in answer.json["results"]] == ["FIELD_UNKNOWN"]


def test_a_period_for_records_without_a_date_is_a_slip_too(books: CommandLine) -> None:
    asked = ("records", "query", "books", "customer", "--period")
    answer = books(*asked, "this_month", "--json")
    assert (answer.code, answer.error["code"]) == (ExitCode.USAGE, "PERIOD_UNFIT")
    assert books(*asked, "someday", "--json").error["code"] == "PERIOD_UNKNOWN"
    assert books(*asked, "all").code == ExitCode.OK


def test_a_guard_that_there_is_not_is_refused_with_those_there_are(books: CommandLine) -> None:
    create = ("records", "create", "books", "customer", "--field", "id=NEW", "--field", "name=N")
    answer = books(*create, "--confirm", "MASS_CHANGES")
    assert (answer.code, answer.out) == (ExitCode.USAGE, "")
    assert "BOOKS_RESTORED, MASS_CHANGE" in answer.err
    assert books.json("records", "query", "books", "customer")["count"] == 1
    assert books(*create, "--confirm", "mass_change").code == ExitCode.OK
