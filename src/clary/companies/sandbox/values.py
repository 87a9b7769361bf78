"""Sets a company's own values: default accounts, settings, lock date, switches."""

from __future__ import annotations

from pathlib import Path

from clary.companies.sandbox.file import connect, sqlite_errors


def set_values(path: Path, **values: str) -> None:
    """Set company values, each as its text, in one durable transaction.

    Raises:
        Misconfigured: there is no such company.
        Busy: another program has it locked.
    """
    connection = connect(path)
    try:
        with sqlite_errors(path), connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO company (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                list(values.items()),
            )
            connection.execute("COMMIT")
    finally:
        connection.close()
