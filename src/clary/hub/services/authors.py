"""Gives the rights of whoever asked for work that is done later, as they are by then.

Between the request and its turn a key may be revoked, a user disabled, a role taken away: what
nobody may ask for any more is not done in their name.
"""

from __future__ import annotations

from clary.hub.access import KEY_ACTOR, Access, local_access
from clary.hub.installation import Installation
from clary.hub.services.keys import key_in_force
from clary.hub.services.permissions import inner
from clary.hub.users import find_user
from clary.kernel.errors import Guarded, declare

AUTHOR_GONE = declare(
    "AUTHOR_GONE",
    Guarded,
    "{author} asked for this and may do nothing any more.",
    "Someone with the role operator may apply the plan instead.",
)


@inner
def acting_for(installation: Installation, author: str) -> Installation:
    """Return the installation as an author may use it now.

    Args:
        installation: the installation.
        author: who asked, as plans and the audit trail keep it; a name that is neither of a key
            nor of a user is that of the person at this machine.

    Raises:
        Guarded: the key is revoked or past its end, or the user is disabled (AUTHOR_GONE).
    """
    access = _access(installation, author)
    if access is None:
        raise AUTHOR_GONE.raised(author=author)
    return installation.acting_as(access)


def _access(installation: Installation, author: str) -> Access | None:
    if author.startswith(KEY_ACTOR):
        return key_in_force(installation, author.removeprefix(KEY_ACTOR))
    with installation.database.read() as read:
        user = find_user(read, author)
    if user is None:
        return local_access(author or installation.access.name)
    return None if user.disabled else user.access
