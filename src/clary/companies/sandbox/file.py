"""One company file: made, opened, checked and locked; everything that can be wrong with it.

A company is one SQLite file in write-ahead mode, durable at each commit.  The page cache
and the checkpoint interval are set for bulk posting: letting the log grow to 10,000 pages
before it is folded in is what makes grouped posting fast.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from clary.companies.sandbox.schema import APPLICATION_ID, FORMAT, statements
from clary.companies.sandbox.users import seed_users
from clary.kernel.clock import Clock, SystemClock, local_date
from clary.kernel.errors import (
    Busy,
    ClaryError,
    Failed,
    Misconfigured,
    Rejected,
    Unreachable,
    declare,
)
from clary.kernel.identifiers import new_guid
from clary.ledger.fields import EditionName

COMPANY_EXISTS = declare(
    "COMPANY_EXISTS",
    Misconfigured,
    "There is a file {path} already.",
    "Choose another name, or connect these books with `clary company add`.",
)
COMPANY_MISSING = declare(
    "COMPANY_MISSING",
    Misconfigured,
    "There is no company file {path}.",
    "Check the path, or make a company with `clary sandbox create`.",
)
COMPANY_CORRUPT = declare(
    "COMPANY_CORRUPT",
    Misconfigured,
    "The file {path} is damaged or is not a sandbox company ({reason}).",
    "Restore the company from its last backup with `clary company restore`.",
)
COMPANY_NEWER = declare(
    "COMPANY_NEWER",
    Misconfigured,
    "The company file {path} was made by a newer version (format {found}, known {known}).",
    "Update Clary on this machine.",
)
COMPANY_LOCKED = declare(
    "COMPANY_LOCKED",
    Busy,
    "The company file {path} is locked by another program.",
    "Wait until the other program has finished; the work is tried again.",
)
DISK_FULL = declare(
    "DISK_FULL",
    Unreachable,
    "The disk that holds {path} is full; nothing of this group was written.",
    "Free some space, then run it again.",
    http_status=507,
)
FILE_ERROR = declare(
    "FILE_ERROR",
    Unreachable,
    "The company file {path} cannot be used: {reason}.",
    "Check that the file and its folder can be read and written.",
)
BOOKS_INCONSISTENT = declare(
    "BOOKS_INCONSISTENT",
    Failed,
    "The company file {path} refused a write that broke its own rules: {reason}.",
    "Please report this with the run's log; nothing of this group was written.",
)
NAME_INVALID = declare(
    "NAME_INVALID",
    Rejected,
    "{name!r} is not a usable company name.",
    "Use 1 to 39 letters, digits, spaces, dots, hyphens or underscores.",
    exit_code=2,
)

LATEST: dict[EditionName, int] = {"us": 2026, "uk": 33}
CURRENCIES: dict[EditionName, str] = {"us": "USD", "uk": "GBP"}
BUSY_TIMEOUT_MS = 5_000
OWNER_ONLY = 0o600
"""Books are for nobody but the user who runs Clary."""
CHECKPOINT_PAGES = 10_000
CACHE_KIB = 64_000


def translated(error: sqlite3.Error, path: Path) -> ClaryError:
    """Return our error for what SQLite said."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return COMPANY_LOCKED.raised(path=path.name)
    if "full" in text:
        return DISK_FULL.raised(path=path.name)
    if isinstance(error, sqlite3.IntegrityError):
        return BOOKS_INCONSISTENT.raised(path=path.name, reason=text)
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, sqlite3.OperationalError | sqlite3.ProgrammingError
    ):
        return COMPANY_CORRUPT.raised(path=path.name, reason=text)
    return FILE_ERROR.raised(path=path.name, reason=text)


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite raises inside into our errors.

    Raises:
        ClaryError: Busy, Unreachable, Misconfigured or Failed, by what SQLite said.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise translated(error, path) from error


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Write everything inside or nothing, apart from any posting.

    Raises:
        ClaryError: as `sqlite_errors`; nothing was written.
    """
    with sqlite_errors(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def connect(path: Path) -> sqlite3.Connection:
    """Open the file of a company and check that it is one.

    Raises:
        Misconfigured: there is no such file, it is damaged, not ours, or newer.
        Busy: another program has it locked.
    """
    if not path.is_file():
        raise COMPANY_MISSING.raised(path=path.name)
    with sqlite_errors(path):
        connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None, check_same_thread=True
        )
        try:
            _check(connection, path)
            _tune(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    if mark != APPLICATION_ID:
        raise COMPANY_CORRUPT.raised(path=path.name, reason="it lacks the company mark")
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > FORMAT:
        raise COMPANY_NEWER.raised(path=path.name, found=found, known=FORMAT)


def _tune(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode=WAL").fetchone()
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}").fetchone()
    connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    connection.execute("PRAGMA temp_store=MEMORY")


@dataclass(frozen=True, slots=True)
class NewCompany:
    """What a company is made with.

    Attributes:
        name: the company's name.
        edition: us or uk.
        release: release year (US) or version (UK).
        tier: pro, premium, quantum ... (US) or the UK product's name.
        users: single or multi.
        fiscal_year_start: first day of the first open fiscal year.
        currency: base currency, ISO code.
    """

    name: str
    edition: EditionName
    release: int
    tier: str
    users: str
    fiscal_year_start: date
    currency: str


def first_fiscal_day(today: date) -> date:
    """Return the default start of the books: the first of January of last year."""
    return date(today.year - 1, 1, 1)


def make(path: Path, company: NewCompany, clock: Clock | None = None) -> sqlite3.Connection:
    """Make the file of a new, empty company and return its open connection.

    The file appears under its name only once it is whole.

    Raises:
        Misconfigured: there is a file of that name already (COMPANY_EXISTS).
        Unreachable: the folder cannot be written.
    """
    if path.exists():
        raise COMPANY_EXISTS.raised(path=path.name)
    partial = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
    except OSError as error:
        raise FILE_ERROR.raised(path=path.name, reason=error.strerror or "no access") from error
    with sqlite_errors(path):
        _fill(partial, company, clock or SystemClock())
    partial.chmod(OWNER_ONLY)
    partial.rename(path)
    return connect(path)


def _fill(partial: Path, company: NewCompany, clock: Clock) -> None:
    with contextlib.closing(sqlite3.connect(partial, isolation_level=None)) as connection:
        connection.execute("PRAGMA page_size=8192")
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements(company.edition).split(";\n"):
            if statement.strip():
                connection.execute(statement)
        connection.executemany(
            "INSERT INTO company (name, value) VALUES (?, ?)",
            sorted(_first_values(company, clock).items()),
        )
        connection.executemany(
            "INSERT INTO period (number, start, end, open) VALUES (?, ?, ?, 1)",
            months(company.fiscal_year_start, 24),
        )
        seed_users(connection, company.edition, clock)
        connection.execute("COMMIT")
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={FORMAT}")


def _first_values(company: NewCompany, clock: Clock) -> dict[str, str]:
    return {
        "name": company.name,
        "edition": company.edition,
        "release": str(company.release),
        "tier": company.tier,
        "users": company.users,
        "currency": company.currency,
        "foreign_trader": "0",
        "identity": new_guid(),
        "generation": "1",
        "fiscal_year_start": company.fiscal_year_start.isoformat(),
        "made_on": local_date(clock).isoformat(),
        "marker": new_guid(),
        "lock_date": "",
        "fence": "0",
        "fence_owner": "",
        "access": "always",
        "program": "closed",
        "program_user": "",
        "exclusive": "",
        "defaults": json.dumps({}),
        "settings": json.dumps({}),
    }


def months(start: date, count: int) -> list[tuple[int, str, str]]:
    """Return `count` monthly periods from `start`: number, first day, last day."""
    periods = []
    first = start
    for number in range(1, count + 1):
        step = first.month % 12 + 1
        following = first.replace(year=first.year + (step == 1), month=step)
        periods.append((number, first.isoformat(), (following - timedelta(days=1)).isoformat()))
        first = following
    return periods
