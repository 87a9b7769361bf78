"""The reference pages say what the code declares: nothing more, nothing less, nothing old.

`make docs` writes the pages; these tests compare them with the declarations by a second
way, so that a mistake in a generator does not hide what a page lacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from clary.kernel import errors, settings
from clary.ledger.fields import EDITIONS
from clary.ledger.record import Record, RecordType, fields_of, groups_of
from clary.ledger.registry import all_record_types
from scripts.generate_reference import differing_pages, stale_pages
from scripts.reference_pages import all_pages, commands, error_codes, records
from scripts.reference_pages import settings as settings_page
from scripts.reference_pages.page import filled_in, import_everything, table
from tests.gates.source import modules
from tests.surroundings import ROOT

PROCESS_NAMES = frozenset({"CLARY_REFERENCE", "CLARY_HISTORIES"})
"""Environment names that are no settings: only the tests read them."""


def page(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def first_cells(text: str) -> set[str]:
    """Return the code word in the first cell of every row of every table."""
    return set(re.findall(r"^\| `([^`]+)` \|", text, flags=re.MULTILINE))


def test_generated_pages_are_as_the_code_says() -> None:
    wanted = all_pages()
    assert not differing_pages(wanted), "run: make docs"
    assert not stale_pages(wanted), "run: make docs"


def test_every_error_code_is_documented_and_no_other() -> None:
    import_everything()
    declared = {code.name for code in error_codes.product_codes()}
    assert first_cells(page(error_codes.PATH)) == declared


def test_every_error_code_says_what_to_do() -> None:
    import_everything()
    codes = error_codes.product_codes()
    silent = [c.name for c in codes if not (c.message.strip() and c.remedy.strip())]
    assert not silent
    odd = [c.name for c in codes if not re.fullmatch(r"[A-Z][A-Z0-9_]+", c.name)]
    assert not odd, "codes are upper-case words"


def test_every_class_of_error_has_its_section() -> None:
    headings = re.findall(r"^## (\w+)$", page(error_codes.PATH), flags=re.MULTILINE)
    assert headings == [error.__name__ for error in errors.ClaryError.__subclasses__()]


def test_every_setting_is_documented_and_no_other() -> None:
    assert first_cells(page(settings_page.PATH)) == {setting.name for setting in settings.ALL}


def test_every_environment_name_in_the_code_is_a_declared_setting() -> None:
    declared = {setting.name for setting in settings.ALL} | PROCESS_NAMES
    used = {
        (name, module.path)
        for module in modules("src")
        for name in re.findall(r"[\"'](CLARY_[A-Z_]+)[\"']", module.text)
    }
    assert not {entry for entry in used if entry[0] not in declared}


def field_names(record: type[Record], prefix: str = "") -> Iterator[str]:
    yield from (prefix + name for name in fields_of(record))
    for name, group in groups_of(record).items():
        yield from field_names(group, f"{prefix}{name}.")


@pytest.mark.parametrize("declared", all_record_types(), ids=lambda declared: declared.name)
def test_every_field_of_a_record_type_is_documented_and_no_other(declared: RecordType) -> None:
    text = page(records.page_path(declared.name))
    assert first_cells(text) == set(field_names(declared.record))


def test_every_record_type_is_listed_with_the_words_of_each_edition() -> None:
    text = page(f"{records.RECORDS}/README.md")
    for declared in all_record_types():
        assert f"[{declared.name}]({declared.name}.md)" in text
        words = [declared.words_in(edition) for edition in EDITIONS]
        assert all(f"{word.one}, {word.many}" in text for word in words if word)


needs_command_line = pytest.mark.skipif(
    not (ROOT / "src/clary/cli/main.py").exists(), reason="there is no command line yet"
)


@needs_command_line
def test_every_command_is_documented_and_no_other() -> None:
    headings = re.findall(r"^## `(.+)`$", page(commands.PATH), flags=re.MULTILINE)
    assert headings == [context.command_path.strip() for context in commands.commands()]
    assert len(headings) == len(set(headings))


@needs_command_line
def test_every_command_and_option_has_help() -> None:
    silent = []
    for context in commands.commands():
        if not (context.command.help or "").strip():
            silent.append(context.command_path)
        silent += [
            f"{context.command_path} {parameter.opts[0]}"
            for parameter in context.command.params
            if isinstance(parameter, click.Option) and not parameter.hidden and not parameter.help
        ]
    assert not silent


@needs_command_line
def test_every_command_can_answer_a_program() -> None:
    silent = [
        context.command_path
        for context in commands.commands()
        if not isinstance(context.command, click.Group)
        and not any("--json" in parameter.opts for parameter in context.command.params)
    ]
    assert not silent, "these commands lack --json"


def test_a_template_is_shown_with_its_fields_in_italics() -> None:
    assert filled_in("No {type} has {name!r}; 5 {{x}}") == "No *type* has *name*; 5 {x}"


def test_a_table_keeps_each_row_on_its_line() -> None:
    assert table(("a", "b"), [("1|2", "x\ny")]) == "| a | b |\n| --- | --- |\n| 1\\|2 | x y |"


def test_the_page_of_commands_walks_every_group_and_leaves_hidden_commands_out() -> None:
    inner = click.Command("add", help="Add a company.", params=[click.Option(["--driver"])])
    secret = click.Command("secret", hidden=True)
    main = click.Group("main", [click.Group("company", [inner, secret], help="Companies.")])
    contexts = commands.tree(main)
    assert [c.command_path for c in contexts] == ["clary", "clary company", "clary company add"]
    assert "Usage: clary company add [OPTIONS]" in commands.section(contexts[-1])
    assert "--driver TEXT" in commands.section(contexts[-1])
