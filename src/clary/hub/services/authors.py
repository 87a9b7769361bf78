"""Gives the rights of whoever asked for work that is done later, as they are by then.

Between the request and its turn a key may be revoked, a user disabled, a role taken away: what
nobody may ask for any more is not done in their name.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, exists, select

from clary.hub.access import KEY_ACTOR, Access, local_access
from clary.hub.installation import Installation
from clary.hub.services.keys import key_in_force
from clary.hub.services.permissions import inner
from clary.hub.services.users import REMOVED
from clary.hub.tables import AUDIT
from clary.hub.users import find_user
from clary.kernel.clock import timestamp
from clary.kernel.errors import Guarded, declare

AUTHOR_GONE = declare(
    "AUTHOR_GONE",
    Guarded,
    "{author} asked for this and may do nothing any more.",
    "Someone with the role operator may apply the plan instead.",
)


@inner
def acting_for(installation: Installation, author: str, asked_at: datetime) -> Installation:
    """Return the installation as an author may use it now.

    Args:
        installation: the installation.
        author: who asked, as plans and the audit trail keep it; a name that is neither of a key
            nor of a user, nor of one who was removed since, is that of the person at this machine.
        asked_at: when they asked, aware.

    Raises:
        Guarded: the key is revoked or past its end, or the user is disabled or was removed
            since (AUTHOR_GONE).
    """
    access = _access(installation, author, asked_at)
    if access is None:
        raise AUTHOR_GONE.raised(author=author)
    return installation.acting_as(access)


def _access(installation: Installation, author: str, asked_at: datetime) -> Access | None:
    if author.startswith(KEY_ACTOR):
        return key_in_force(installation, author.removeprefix(KEY_ACTOR))
    with installation.database.read() as read:
        user = find_user(read, author)
        is_removed = user is None and _is_removed(read, author, asked_at)
    if is_removed:
        return None
    if user is None:
        return local_access(author or installation.access.name)
    return None if user.disabled else user.access


def _is_removed(read: Connection, name: str, since: datetime) -> bool:
    """Tell whether a user of this name was removed since then, as the audit trail tells."""
    audit = AUDIT.c
    told = exists().where(
        audit.company.is_(None),  # by which such rows are found at once
        audit.what == REMOVED,
        audit.record == name,
        audit.time >= timestamp(since),
    )
    return bool(read.execute(select(told)).scalar_one())
