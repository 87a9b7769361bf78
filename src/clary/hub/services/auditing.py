"""Shows the audit trail, and verifies that nobody has changed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import or_, select

from clary.hub.access import Role
from clary.hub.chain import Verified, verify_trail
from clary.hub.installation import Installation
from clary.hub.services.permissions import companies_seen, needs, needs_somewhere
from clary.hub.tables import AUDIT
from clary.hub.trail import AuditRow, audit_row
from clary.hub.users import find_user
from clary.kernel.clock import timestamp

PAGE = 500


@needs_somewhere(Role.APPROVER)
def audit_rows(
    installation: Installation,
    company: str | None = None,
    user: str | None = None,
    since: datetime | None = None,
    *,
    before: int | None = None,
    limit: int | None = 50,
) -> Iterator[AuditRow]:
    """Yield entries of the audit trail, the newest first.

    Whoever may not see everything is given what concerns the companies that they are
    approver of.

    Args:
        installation: whose trail.
        company: only what concerns this company or app.
        user: only what this user did; a key is `key NAME`.
        since: only what was done at this moment or later, aware.
        before: only entries with a smaller number.
        limit: most entries; none is all.

    Raises:
        Unauthorised: the role is missing for every company (ROLE_MISSING).
    """
    wanted = []
    if company is not None:
        connection = installation.connections.find(company)
        wanted.append(AUDIT.c.company == (connection.name if connection else company))
    if user is not None:
        wanted.append(AUDIT.c.actor == _spelled(installation, user))
    if since is not None:
        wanted.append(AUDIT.c.time >= timestamp(since))
    visible = companies_seen(installation, Role.APPROVER)
    if visible is not None:
        wanted.append(AUDIT.c.company.in_(visible))
    elif not installation.access.allows(Role.ADMIN):
        # What concerns users, keys and the installation is for its admins.
        wanted.append(or_(AUDIT.c.company.is_not(None), AUDIT.c.actor == installation.actor))
    query = select(AUDIT).where(*wanted).order_by(AUDIT.c.id.desc())
    left = limit
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        page = query if before is None else query.where(AUDIT.c.id < before)
        with installation.database.read() as read:
            rows: Sequence[AuditRow] = [audit_row(row) for row in read.execute(page.limit(size))]
        yield from rows
        if len(rows) < size:
            return
        before = rows[-1].id
        left = None if left is None else left - len(rows)


def _spelled(installation: Installation, name: str) -> str:
    """Return the name of a user as it is stored; as it is where there is none."""
    with installation.database.read() as read:
        user = find_user(read, name)
    return user.name if user else name


@needs(Role.ADMIN)
def verify_audit(installation: Installation) -> Verified:
    """Verify the seals of the whole trail, and of what every run left in the journal."""
    return verify_trail(installation.database)
