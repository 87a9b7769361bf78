"""The real command line, in this process, with an installation in a folder of its own."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from clary.cli.main import main


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - any document
        return json.loads(self.out)

    @property
    def error(self) -> Any:  # noqa: ANN401 - any document
        return json.loads(self.err)["error"]


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Runs `clary` with its own CLARY_HOME."""

    home: Path

    def __call__(self, *arguments: object, text: str | None = None, **env: str) -> Answer:
        """Run a command that may end in any way we know, but never by surprise."""
        runner = CliRunner(env={"CLARY_HOME": str(self.home), "CLARY_SECRETS": "file", **env})
        result = runner.invoke(main, [str(each) for each in arguments], input=text)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    def ok(self, *arguments: object, text: str | None = None, **env: str) -> Answer:
        """Run a command that must end well."""
        answer = self(*arguments, text=text, **env)
        assert answer.code == 0, (arguments, answer.out, answer.err)
        return answer

    def json(self, *arguments: object, text: str | None = None) -> Any:  # noqa: ANN401 - any document
        """Run a command that must end well and return its document."""
        return self.ok(*arguments, "--json", text=text).json


@pytest.fixture(autouse=True)
def excepthook() -> Iterator[None]:
    """Put back what a command sets for the whole process."""
    before = sys.excepthook
    yield
    sys.excepthook = before


@pytest.fixture
def clary(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "home")


ACCOUNTS = (
    ("1010", "Cash", "cash"),
    ("1100", "Receivables", "accounts_receivable"),
    ("4000", "Sales", "income"),
)


@pytest.fixture(scope="session")
def books_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an installation with the US company `books` once, for tests to copy."""
    clary = CommandLine(tmp_path_factory.mktemp("books") / "home")
    clary.ok("sandbox", "create", "books", "--edition", "us")
    accounts = [
        {"id": number, "name": name, "type": account_type}
        for number, name, account_type in ACCOUNTS
    ]
    clary.ok("records", "create", "books", "account", "-", text=json.dumps(accounts))
    acme = {"id": "ACME", "name": "Acme Ltd", "account_id": "4000"}
    clary.ok("records", "create", "books", "customer", "-", text=json.dumps(acme))
    return clary.home


@pytest.fixture
def books(clary: CommandLine, books_home: Path) -> CommandLine:
    """Give a command line whose installation has the US company `books` with a few records."""
    shutil.copytree(books_home, clary.home)
    return clary


def invoice(number: str, amount: str = "100.00", **more: object) -> dict[str, object]:
    """Return a US invoice of one line to ACME."""
    line = {"description": "Work", "quantity": "1", "amount": amount, "account_id": "4000"}
    return {
        "customer_id": "ACME",
        "number": number,
        "date": "2026-03-02",
        "receivable_account_id": "1100",
        "lines": [line],
        **more,
    }
