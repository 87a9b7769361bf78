"""Who answers for what an API key does: whoever made it, and whoever made the maker's key.

A rule that asks for two people would be nothing if one of them could make a second key and be
the other.  So for such a rule a key is no one of its own: it stands for the person at the
beginning of its line, through as many keys as lie between.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from clary.hub.access import KEY_ACTOR
from clary.hub.tables import API_KEY


def answerable(read: Connection, actor: str) -> tuple[str, ...]:
    """Return who answers for what an actor does: the actor, then each maker of a key before.

    Keys that were revoked count as well: what they did stays theirs, and no later key can
    have their name.

    Args:
        read: a connection to the installation's database.
        actor: who acts, as plans and the audit trail keep it.
    """
    line = [actor]
    while line[-1].startswith(KEY_ACTOR):
        folded = line[-1].removeprefix(KEY_ACTOR).casefold()
        query = select(API_KEY.c.author).where(API_KEY.c.folded == folded)
        maker = read.execute(query.order_by(API_KEY.c.created_at)).scalars().first()
        if maker is None or maker.casefold() in {each.casefold() for each in line}:
            break
        line.append(maker)
    return tuple(line)


def in_common(read: Connection, one: str, other: str) -> str | None:
    """Return who answers for both of two actors, none where they are two people."""
    known = {each.casefold() for each in answerable(read, one)}
    return next((each for each in answerable(read, other) if each.casefold() in known), None)
