"""What all commands have in common: help, errors, exit codes, and where output goes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO

import click
import pytest

from clary.cli import frame
from clary.cli.frame import Face
from clary.cli.main import main, surprise
from clary.cli.show import grouped
from tests.cli.conftest import CommandLine


def walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from walk(inner, (*path, name))


COMMANDS = tuple(walk(main, ()))
LEAVES = tuple(
    path for path in COMMANDS if not any(other[: len(path)] == path != other for other in COMMANDS)
)
WRITING = {
    ("sandbox", "create"),
    ("sandbox", "act"),
    ("sandbox", "fault"),
    ("company", "add"),
    ("company", "set"),
    ("company", "remove"),
    ("company", "backup"),
    ("company", "restore"),
    ("records", "create"),
    ("records", "update"),
    ("records", "upsert"),
    ("records", "delete"),
    ("records", "act"),
    ("records", "import"),
    ("app", "add"),
    ("app", "set"),
    ("app", "remove"),
    ("batch", "run"),
    ("batch", "rerun"),
    ("batch", "unbatch"),
    ("batch", "clear"),
    ("batch", "map", "set"),
    ("batch", "map", "remove"),
    ("payments", "sync"),
    ("plan", "apply"),
    ("plan", "approve"),
    ("runs", "undo"),
    ("runs", "resume"),
    ("work", "pause"),
    ("work", "resume"),
    ("work", "retry"),
    ("work", "drop"),
    ("user", "add"),
    ("user", "set"),
    ("user", "revoke"),
    ("key", "add"),
    ("key", "revoke"),
    ("setting", "set"),
    ("setting", "unset"),
    ("backup",),
    ("restore",),
    ("schedule", "add"),
    ("schedule", "set"),
    ("schedule", "remove"),
    ("schedule", "run"),
    ("notify", "add"),
    ("notify", "set"),
    ("notify", "remove"),
    ("notify", "mail"),
}


def find(path: tuple[str, ...]) -> click.Command:
    found: click.Command = main
    for name in path:
        assert isinstance(found, click.Group)
        inner = found.get_command(click.Context(found), name)
        assert inner is not None
        found = inner
    return found


def options(path: tuple[str, ...]) -> set[str]:
    return {text for parameter in find(path).params for text in parameter.opts}


@pytest.mark.parametrize("path", COMMANDS[1:], ids=" ".join)
def test_every_command_has_help_with_a_short_first_line(
    clary: CommandLine, path: tuple[str, ...]
) -> None:
    answer = clary.ok(*path, "--help")
    assert answer.out.startswith("Usage: ")
    first = (find(path).help or "").strip().splitlines()[0]
    assert first.endswith(".")
    assert len(first) <= 60


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_shows_an_example_of_itself(
    clary: CommandLine, path: tuple[str, ...]
) -> None:
    assert f"\n    clary {' '.join(path)}" in clary.ok(*path, "--help").out


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_speaks_json_and_every_writing_one_can_be_tried_dry(
    path: tuple[str, ...],
) -> None:
    assert {"--json", "--debug"} <= options(path)
    assert ("--dry-run" in options(path)) is (path in WRITING)


def test_help_imports_nothing_that_takes_time() -> None:
    code = (
        "import sys; from clary.cli.main import main; main(['--help'], standalone_mode=False);"
        "heavy = {'sqlalchemy', 'rich', 'pydantic', 'cryptography', 'lxml', 'lark'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert finished.stderr.strip() == "[]"


def test_an_error_is_a_sentence_a_code_and_a_remedy(clary: CommandLine) -> None:
    answer = clary("company", "info", "nobody")
    assert answer.code == 3
    assert answer.out == ""
    assert "There is no company called 'nobody'." in answer.err
    assert "CONNECTION_UNKNOWN" in answer.err
    assert "clary company add" in answer.err
    assert "Traceback" not in answer.err


def test_an_error_is_one_json_document_where_programs_listen(clary: CommandLine) -> None:
    answer = clary("company", "info", "nobody", "--json")
    assert (answer.code, answer.out) == (3, "")
    assert answer.error["code"] == "CONNECTION_UNKNOWN"
    assert answer.error["exit_code"] == 3
    assert answer.error["findings"][0]["remedy"]


def test_all_findings_of_an_error_are_told(clary: CommandLine) -> None:
    answer = clary("company", "add", "x", "--driver", "sandbox", "--set", "a=1", "--set", "b=2")
    assert answer.code == 2
    assert answer.err.count("DRIVER_SETTING_UNKNOWN") == 2


def test_the_traceback_comes_with_debug_only(clary: CommandLine) -> None:
    assert "Traceback" in clary("company", "info", "nobody", "--debug").err


@pytest.mark.parametrize(
    "arguments",
    [
        ("company", "trial-balance", "x", "--as-of", "yesterday"),
        ("company", "trial-balance", "x", "--as-of", "2026-02-30"),
        ("company", "nonsense"),
        ("company", "add", "x"),
        ("company", "add", "x", "--driver", "sandbox", "--set", "novalue"),
        ("records", "create", "x", "customer"),
        ("sandbox", "create", "x", "--edition", "us", "--release", "soon"),
        ("sandbox", "act", "x", "open-sage", "--user"),
        ("records", "describe", "a", "b", "c"),
    ],
)
def test_a_wrong_word_on_the_command_line_ends_with_2(
    clary: CommandLine, arguments: tuple[str, ...]
) -> None:
    answer = clary(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert "Error: " in answer.err


def test_a_surprise_ends_with_1_and_one_line() -> None:
    code = (
        "import click; from clary.cli.main import main\n"
        "@main.command('fall')\ndef fall(): 1 / 0\nmain(['fall'])"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False
    )
    assert finished.returncode == 1
    assert finished.stdout == ""
    assert finished.stderr.startswith("Error: Clary itself failed (ZeroDivisionError")
    assert "Traceback" not in finished.stderr


def test_a_surprise_shows_its_traceback_with_debug(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["clary", "--debug"])
    try:
        int("x")
    except ValueError as error:
        surprise(ValueError, error, error.__traceback__)
    assert "Traceback" in capsys.readouterr().err


def test_the_version_is_told(clary: CommandLine) -> None:
    assert clary.ok("--version").out.startswith("clary ")


def test_a_setting_that_is_wrong_ends_with_3(clary: CommandLine) -> None:
    answer = clary("doctor", CLARY_LEASE_SECONDS="soon")
    assert (answer.code, "SETTING_INVALID" in answer.err) == (3, True)


def test_a_stream_is_one_document_of_any_length(capsys: pytest.CaptureFixture[str]) -> None:
    face = Face(json=True)
    items = ({"n": number} for number in range(3))
    assert face.answer_stream({"a": 1}, "items", items, counted=True) == 3
    shown = json.loads(capsys.readouterr().out)
    assert shown == {"a": 1, "items": [{"n": 0}, {"n": 1}, {"n": 2}], "count": 3}
    assert face.answer_stream({}, "items", []) == 0
    assert json.loads(capsys.readouterr().out) == {"items": []}


def test_a_stream_that_cannot_take_a_character_gets_it_escaped() -> None:
    assert frame.speaks_unicode(StringIO()) is False
    assert json.loads(frame.json_text({"name": "Søn"})) == {"name": "Søn"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0.00", "0.00"),
        ("999.50", "999.50"),
        ("1000", "1,000"),
        ("-1234567.5", "-1,234,567.5"),
        ("-100.00", "-100.00"),
    ],
)
def test_amounts_are_grouped_by_thousands(text: str, shown: str) -> None:
    assert grouped(text) == shown
