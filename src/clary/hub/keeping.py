"""Stores, changes and forgets a connection together with its secrets.

The same for companies and for other systems, so that no secret outlives its connection.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from clary.hub.connections import Connection
from clary.hub.installation import Installation


def keep(installation: Installation, connection: Connection, secrets: Mapping[str, str]) -> None:
    """Store a new connection, and its secrets by the name the vault keeps them under.

    Raises:
        Rejected, Misconfigured: its name cannot be used, see `Connections.require_free`.
    """
    installation.connections.add(connection)
    _put(installation, connection, secrets)


def keep_changed(
    installation: Installation,
    before: Connection,
    connection: Connection,
    forgotten: Collection[str],
    fresh: Mapping[str, str],
) -> Connection:
    """Store a changed connection and return it as stored.

    Args:
        installation: where it is stored.
        before: the connection as it was when it was looked at.
        connection: the connection as it shall be.
        forgotten: names of secrets to forget.
        fresh: secrets that are new or take another's place.

    Raises:
        Guarded: somebody else has changed or removed it since (CONNECTION_MODIFIED).
    """
    saved = installation.connections.save(connection, before)
    for name in forgotten:
        installation.vault.remove(connection.name, name)
    _put(installation, connection, fresh)
    return saved


def forget(installation: Installation, connection: Connection) -> None:
    """Forget a connection and all its secrets."""
    for name in installation.vault.names(connection.name):
        installation.vault.remove(connection.name, name)
    installation.connections.remove(connection.name)


def _put(installation: Installation, connection: Connection, secrets: Mapping[str, str]) -> None:
    for name, secret in secrets.items():
        installation.vault.put(connection.name, name, secret)
