"""The shell completes commands, companies, record types, plans and runs."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from clary.cli.main import main
from tests.cli.conftest import CommandLine


def completed(clary: CommandLine, *words: str) -> list[str]:
    """Return what the shell is offered for the last of `words`."""
    variables = {
        "CLARY_HOME": str(clary.home),
        "_CLARY_COMPLETE": "fish_complete",
        "COMP_WORDS": " ".join(("clary", *words[:-1])),
        "COMP_CWORD": words[-1],
    }
    runner = CliRunner(env=variables)
    result = runner.invoke(main, prog_name="clary", complete_var="_CLARY_COMPLETE")
    lines = result.stdout.splitlines()
    return lines[1::3] if "" in lines or "plain" in lines else lines


def offered(clary: CommandLine, *words: str) -> str:
    return " ".join(completed(clary, *words))


def test_commands_are_completed(clary: CommandLine) -> None:
    assert "company" in offered(clary, "comp")
    assert "trial-balance" in offered(clary, "company", "tr")


def test_companies_are_completed_by_their_names(books: CommandLine) -> None:
    assert "books" in offered(books, "company", "info", "BO")
    assert "books" not in offered(books, "company", "info", "x")


def test_record_types_are_completed(books: CommandLine) -> None:
    assert "sales_invoice" in offered(books, "records", "query", "books", "sales_i")


def test_plans_and_runs_are_completed(books: CommandLine) -> None:
    run = books.json("runs", "list", "--limit", "1")["runs"][0]
    assert run["id"] in offered(books, "runs", "show", "run_")
    assert run["plans"][0] in offered(books, "plan", "show", "plan_")


@pytest.mark.parametrize("command", [("company", "info"), ("plan", "show"), ("runs", "show")])
def test_completion_stays_silent_where_the_installation_is_broken(
    clary: CommandLine, command: tuple[str, ...]
) -> None:
    clary.home.mkdir(parents=True)
    (clary.home / "clary.db").write_bytes(b"x" * 10_000)
    assert completed(clary, *command, "x") == []
