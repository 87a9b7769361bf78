"""Hides companies that a key may not see: what may not be seen is not there."""

from __future__ import annotations

from collections.abc import Mapping

from clary.hub.access import UNREGISTERED, Role
from clary.hub.connections import CONNECTION_UNKNOWN
from clary.hub.installation import Installation

COMPANY = "company"
"""The place of a path that names a company."""


def require_seen(installation: Installation, places: Mapping[str, str]) -> None:
    """Make sure that the company of a path may be seen, if the path names one.

    Files on the server that are no connection are nobody's over the network.

    Raises:
        Misconfigured: it may not, or there is none (CONNECTION_UNKNOWN); nobody can tell
            which.
    """
    name = places.get(COMPANY)
    if name is None:
        return
    if name.startswith(UNREGISTERED) or not installation.access.allows(Role.VIEWER, name):
        known = "GET /api/v1/companies lists those that this key may see."
        raise CONNECTION_UNKNOWN.raised(kind="company", name=name[:80], known=known)
