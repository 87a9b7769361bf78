"""Hides companies that a key may not see: what may not be seen is not there."""

from __future__ import annotations

from collections.abc import Mapping

from clary.engine.plan_store import PlanStore
from clary.engine.runs import Runs
from clary.hub.access import UNREGISTERED, Role
from clary.hub.connections import CONNECTION_UNKNOWN
from clary.hub.installation import Installation
from clary.kernel.errors import Rejected

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


def company_of(installation: Installation, places: Mapping[str, str]) -> str | None:
    """Return the company that a path is about: by its name, or by that of a plan or run.

    Whether it may be seen is not looked at; none where there is no such plan or run.
    """
    try:
        if "plan" in places:
            return PlanStore(installation.database).summary(places["plan"]).header.company
        if "run" in places:
            return Runs(installation.database).summary(places["run"]).company
    except Rejected:  # told by what looks for it
        return None
    return places.get(COMPANY)
