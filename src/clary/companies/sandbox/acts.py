"""The person at Sage: everything somebody does there that a connector has to live with."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from clary.companies.sandbox.acting import (
    ACT_ARGUMENTS,
    ACT_EDITION,
    ACT_UNKNOWN,
    Act,
    Argument,
    Play,
)
from clary.companies.sandbox.acts_at_sage import ACTS_AT_SAGE
from clary.companies.sandbox.acts_in_books import ACTS_IN_BOOKS
from clary.companies.sandbox.acts_setting_up import ACTS_SETTING_UP
from clary.companies.sandbox.file import connect
from clary.companies.sandbox.situations import company_values, edition_of
from clary.kernel.clock import Clock, SystemClock
from clary.kernel.errors import ClaryError
from clary.ledger.fields import EditionName

ACTS: Final[dict[str, Act]] = {
    act.name: act for act in (*ACTS_AT_SAGE, *ACTS_SETTING_UP, *ACTS_IN_BOOKS)
}
"""Every act by name, in the order help shows them."""


def perform(
    path: Path,
    name: str,
    arguments: Sequence[str],
    options: Mapping[str, str],
    clock: Clock | None = None,
) -> str:
    """Let the person at Sage do something and return one sentence of what happened.

    Args:
        path: the company file.
        name: name of the act.
        arguments: what it asks for, in order.
        options: what was added, by name without dashes.
        clock: where the time comes from.

    Raises:
        Rejected: no such act, wrong arguments, or a rule of the company says no.
        Busy, Unauthorised, Misconfigured, Unreachable: as for any work with the company.
    """
    act = ACTS.get(name)
    if act is None:
        raise ACT_UNKNOWN.raised(name=name, known=", ".join(ACTS))
    edition = _edition(path)
    if edition not in act.editions:
        raise ACT_EDITION.raised(name=name, edition=edition, instead=act.instead)
    named, more = _named(act, arguments)
    _check_options(act, options)
    return act.play(Play(path, edition, clock or SystemClock(), named, more, options))


def _edition(path: Path) -> EditionName:
    with contextlib.closing(connect(path)) as connection:
        return edition_of(company_values(connection))


def _wrong(act: Act, reason: str) -> ClaryError:
    return ACT_ARGUMENTS.raised(name=act.name, reason=reason, usage=act.usage)


def _named(act: Act, arguments: Sequence[str]) -> tuple[dict[str, str], Sequence[str]]:
    """Return the arguments by name, and what follows them."""
    given = len(arguments)
    missing = [each.name.upper() for each in act.arguments[given:] if each.required]
    if missing:
        raise _wrong(act, f"{' and '.join(missing)} missing")
    more = arguments[len(act.arguments) :]
    if more and act.repeats is None:
        raise _wrong(act, f"{more[0]!r} is too much")
    named = dict(zip((each.name for each in act.arguments), arguments, strict=False))
    for each in act.arguments:
        if each.name in named:
            named[each.name] = _choice(act, each, named[each.name])
    return named, more


def _check_options(act: Act, options: Mapping[str, str]) -> None:
    known = {each.name: each for each in act.options}
    for name, value in options.items():
        if name not in known:
            raise _wrong(act, f"it has no option --{name}")
        _choice(act, known[name], value)


def _choice(act: Act, argument: Argument, value: str) -> str:
    if not argument.choices:
        return value
    folded = value.casefold()
    for choice in argument.choices:
        if folded.replace("-", "_") == choice.replace("-", "_"):
            return choice
    raise _wrong(act, f"{value!r} is none of {', '.join(argument.choices)}")
