"""What an act of the person at Sage is, and what it has at hand while it is played."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clary.companies.sandbox.admission import admit
from clary.companies.sandbox.books import Books
from clary.companies.sandbox.file import connect, sqlite_errors, transaction
from clary.companies.sandbox.session import SandboxSession
from clary.companies.sandbox.situations import Caller
from clary.companies.sandbox.users import PERSONS
from clary.kernel.clock import Clock, timestamp
from clary.kernel.errors import Rejected, declare
from clary.ledger.fields import EDITIONS, EditionName

ACT_UNKNOWN = declare(
    "ACT_UNKNOWN",
    Rejected,
    "There is no act {name!r}.",
    "Use one of {known}.",
    exit_code=2,
)
ACT_ARGUMENTS = declare(
    "ACT_ARGUMENTS",
    Rejected,
    "The act {name} cannot be done like this: {reason}.",
    "Say: {usage}",
    exit_code=2,
)
ACT_EDITION = declare(
    "ACT_EDITION",
    Rejected,
    "The act {name} does not exist in the edition {edition}.",
    "{instead}",
    exit_code=2,
)
ACT_IMPOSSIBLE = declare(
    "ACT_IMPOSSIBLE",
    Rejected,
    "{reason}.",
    "{remedy}",
    http_status=409,
)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument or option of an act.

    Attributes:
        name: its name; arguments are shown in capitals, options as `--name`.
        help: what it is.
        choices: the only values it takes; empty for any.
        required: it must be given; options are never required.
    """

    name: str
    help: str
    choices: tuple[str, ...] = ()
    required: bool = True

    @property
    def shown(self) -> str:
        """The argument as usage lines show it."""
        text = "|".join(self.choices) or self.name.upper()
        return text if self.required else f"[{text}]"


@dataclass(frozen=True, slots=True)
class Play:
    """One act as it is played.

    Attributes:
        path: the company file.
        edition: us or uk.
        clock: where the time comes from.
        arguments: values by argument name.
        more: what was given behind the named arguments.
        options: values by option name.
    """

    path: Path
    edition: EditionName
    clock: Clock
    arguments: Mapping[str, str]
    more: Sequence[str]
    options: Mapping[str, str]

    @property
    def person(self) -> str:
        """Who acts: the user that was named, else the edition's own person."""
        return self.options.get("user") or PERSONS[self.edition]

    @property
    def now(self) -> str:
        """The present moment as the file keeps it."""
        return timestamp(self.clock.now())

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give the company file inside one transaction."""
        with (
            contextlib.closing(connect(self.path)) as connection,
            transaction(connection, self.path),
        ):
            yield connection

    @contextmanager
    def at_screen(self, *, write: bool = True) -> Iterator[SandboxSession]:
        """Give a session of the person at Sage's own screen."""
        connection = connect(self.path)
        try:
            with sqlite_errors(self.path):
                books = Books(connection, self.path, self.person, self.clock)
            caller = Caller(user=self.person, write=write, at_screen=True)
            session = SandboxSession(books, admit(books, caller))
        except BaseException:
            connection.close()
            raise
        with session:
            yield session


@dataclass(frozen=True, slots=True)
class Act:
    """Something the person at Sage does.

    Attributes:
        name: its name in commands.
        help: what it does, in a sentence or two.
        play: does it and returns one sentence of what happened.
        arguments: what it asks for, in order.
        options: what may be added.
        repeats: what may follow the arguments any number of times; none for nothing.
        editions: which editions have it.
        instead: what to do in the other edition.
    """

    name: str
    help: str
    play: Callable[[Play], str]
    arguments: tuple[Argument, ...] = ()
    options: tuple[Argument, ...] = ()
    repeats: Argument | None = None
    editions: tuple[EditionName, ...] = EDITIONS
    instead: str = ""

    @property
    def usage(self) -> str:
        """The act with its arguments, as help shows it."""
        parts = [self.name, *(each.shown for each in self.arguments)]
        if self.repeats is not None:
            parts.append(f"{self.repeats.name.upper()} ...")
        parts += [f"[--{each.name} {'|'.join(each.choices) or 'X'}]" for each in self.options]
        return " ".join(parts)


USER = Argument("user", "the Sage user who does it; the person at Sage if none", required=False)
