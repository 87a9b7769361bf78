"""How settings and secrets of a connection are stated on the command line.

A secret is never written on the command line, where other users and the shell's history
could read it: it is asked for without echo, or read from standard input.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

from clary.cli.arguments import PAIR

if TYPE_CHECKING:
    from clary.hub.services.stated import Asked

F = TypeVar("F", bound=Callable[..., object])

HIDDEN_HELP = "A secret setting, such as {secret}: asked for without echo, or read from input."


def settings_options(example: str, secret: str) -> Callable[[F], F]:
    """Add the options --set and --secret.

    Args:
        example: a setting to show in the help, as NAME=VALUE.
        secret: name of a secret to show in the help.
    """
    stating = click.option(
        "--set",
        "settings",
        type=PAIR,
        multiple=True,
        help=f"A setting, such as {example}. May be given many times.",
    )
    hiding = click.option(
        "--secret",
        "secrets",
        multiple=True,
        metavar="NAME",
        help=HIDDEN_HELP.format(secret=secret),
    )
    return lambda function: stating(hiding(function))


def unset_option(function: F) -> F:
    """Add the option --unset."""
    return click.option(
        "--unset", "removed", multiple=True, metavar="NAME", help="A setting to forget."
    )(function)


def asked(
    settings: tuple[tuple[str, str], ...], secrets: tuple[str, ...], removed: tuple[str, ...] = ()
) -> Asked:
    """Return what a person states; the secrets are asked for here."""
    from clary.hub.services.stated import Asked

    return Asked(settings, [(name, secret_from(name)) for name in secrets], removed)


def secret_from(name: str) -> str:
    """Return a secret: asked for without echo at a terminal, else one line of input."""
    if sys.stdin.isatty():
        return str(click.prompt(name, hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")
