"""Brings a database to the schema that this program needs.

The usual case, nothing to do, is one small query: the migration library is imported
only when there is something to migrate.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection, inspect, text

from clary.store.postgresql import sort_texts_by_bytes
from clary.store.problems import DATABASE_FOREIGN, DATABASE_NEWER

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0012"
"""The newest revision in `migrations/versions`."""

_FOLDER = Path(__file__).parent / "migrations"


class Migrated(Protocol):
    """What is migrated: `Database`, which offers it as one of its own methods."""

    @property
    def url(self) -> str:
        """Where it is, without its password."""

    def read(self) -> AbstractContextManager[Connection]:
        """Give a connection to read."""

    def write(self) -> AbstractContextManager[Connection]:
        """Give a connection to write."""


def migrate(database: Migrated) -> None:
    """Bring the schema of `database` to `HEAD`.

    Raises:
        Misconfigured: a newer program wrote the database (DATABASE_NEWER), or another
            program did (DATABASE_FOREIGN).
    """
    with database.read() as connection:
        found = revision(connection)
        foreign = found is None and bool(inspect(connection).get_table_names())
    if found == HEAD:
        return
    if foreign:
        raise DATABASE_FOREIGN.raised(url=database.url)
    if found is not None and found not in known_revisions():
        raise DATABASE_NEWER.raised(url=database.url, found=found)
    with database.write() as connection:
        # Another process may have migrated while this one waited for the write lock.
        if revision(connection) != HEAD:
            upgrade(connection)


def known_revisions() -> frozenset[str]:
    """Return every revision that this program knows."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see the module's docstring

    scripts = ScriptDirectory.from_config(_config())
    return frozenset(script.revision for script in scripts.walk_revisions())


def upgrade(connection: Connection, to: str = HEAD) -> None:
    """Bring a schema up to a revision, inside the caller's writing transaction."""
    from alembic import command  # noqa: PLC0415 - costs a third of a command's start

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)
    if connection.dialect.name == "postgresql":
        sort_texts_by_bytes(connection)


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


def revision(connection: Connection) -> str | None:
    """Return the revision of the schema, or none for a database without one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(
        text("select version_num from alembic_version")
    ).scalar_one_or_none()
    return found
