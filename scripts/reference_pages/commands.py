"""The page of commands: the help of each, as the terminal shows it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import click

import clary
from scripts.reference_pages.page import FOLDER, Page

PATH = f"{FOLDER}/commands.md"
WIDTH = 96

INTRODUCTION = """
Every command takes `--help`. Data goes to standard output, everything else to standard
error. The exit codes stand below `clary` itself.
"""


def command_line() -> click.Command | None:
    """Return the `clary` command, or none while the package has no command line."""
    if not (Path(clary.__path__[0]) / "cli" / "main.py").exists():
        return None
    main = importlib.import_module("clary.cli.main").main
    if not isinstance(main, click.Command):
        message = "clary.cli.main:main is no click command"
        raise TypeError(message)
    return main


def walk(command: click.Command, context: click.Context) -> Iterator[click.Context]:
    """Yield the context of `command` and of everything below it, hidden commands left out."""
    yield context
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        if inner is not None and not inner.hidden:
            yield from walk(inner, _context(inner, name, context))


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    settings = {
        **command.context_settings,
        "terminal_width": WIDTH,  # the page must not depend on somebody's terminal
        "max_content_width": WIDTH,
    }
    return click.Context(command, info_name=name, parent=parent, **settings)


def tree(main: click.Command) -> list[click.Context]:
    """Return the context of `main` and of every command below it, each after its group."""
    return list(walk(main, _context(main, "clary", None)))


def commands() -> list[click.Context]:
    """Return the context of every command; none without a command line."""
    main = command_line()
    return [] if main is None else tree(main)


def section(context: click.Context) -> str:
    """Return the section of one command: its help, as the terminal shows it."""
    title = f"## `{context.command_path.strip()}`"
    return f"{title}\n\n```text\n{context.get_help().rstrip()}\n```"


def pages() -> Iterator[Page]:
    """Yield the page of all commands, once there is a command line."""
    sections = [section(context) for context in commands()]
    if sections:
        yield Page(PATH, "Commands", (INTRODUCTION, *sections))
