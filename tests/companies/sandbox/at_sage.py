"""Shorthand for the tests of what a connector meets at Sage: companies, logons, acts."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from clary.companies.sandbox import create
from clary.companies.sandbox.acts import perform
from clary.companies.sandbox.file import connect
from clary.companies.sandbox.situations import Caller, LogOn, log_off, log_on
from clary.kernel.clock import FixedClock
from clary.kernel.errors import ClaryError
from clary.ledger.fields import EditionName

CLOCK = FixedClock(datetime(2026, 3, 15, 12, tzinfo=UTC))
READER = Caller()
WRITER = Caller(write=True)


def make(folder: Path, edition: EditionName, users: str = "multi") -> Path:
    """Make an empty company and return its file."""
    path = folder / f"{edition}-{users}.clary"
    create(
        path,
        name="Small",
        edition=edition,
        users=users,
        fiscal_year_start=date(2026, 1, 1),
        clock=CLOCK,
    )
    return path


def act(path: Path, text: str, **options: str) -> str:
    """Let the person at Sage do what `text` says."""
    name, *arguments = text.split()
    return perform(path, name, arguments, options, CLOCK)


@contextmanager
def logged_on(path: Path, caller: Caller = WRITER) -> Iterator[LogOn]:
    """Give a logon that ends with the block."""
    with contextlib.closing(connect(path)) as connection:
        logon = log_on(connection, path, caller, CLOCK)
        try:
            yield logon
        finally:
            log_off(connection, path, logon)


def notes(path: Path, caller: Caller = WRITER) -> list[str]:
    """Log on and off, and return the codes of what was met."""
    with logged_on(path, caller) as logon:
        return [note.code for note in logon.notes]


def refusal(path: Path, caller: Caller = WRITER) -> ClaryError:
    """Try to log on and return the error that it meets."""
    with pytest.raises(ClaryError) as caught, logged_on(path, caller):
        pass
    return caught.value


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    """Return what a query finds in the company file."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()
