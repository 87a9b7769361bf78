"""One holder at a time of a Sage installation that several companies are reached through.

The right to it is a lease like that on a company, so that a dead holder loses it in the
same way.  Turns are fair: who is refused is written down, and whoever has waited longest
goes first, as long as somebody still asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import delete, insert, select, update

from clary.engine.lease import LEASE_HELD, Lease, Leases
from clary.engine.owner import is_gone, this_process
from clary.hub.installation import Installation
from clary.hub.work_tables import SESSION_TURN
from clary.kernel.clock import timestamp
from clary.kernel.errors import Busy, declare

SESSION_TAKEN = declare(
    "SESSION_TAKEN",
    Busy,
    "{company} shares the Sage installation {group} with other companies, and one of them is"
    " worked on.",
    "Nothing has to be done: its turn comes by itself.",
)

KEPT = timedelta(seconds=30)
"""How long a company keeps its place without asking again."""


def _scope(group: str) -> str:
    return f"session {group}"


@contextmanager
def turn(
    installation: Installation, group: str | None, company: str, seconds: int
) -> Iterator[Lease | None]:
    """Hold the installation that a company is reached through while the block lasts.

    Args:
        installation: whose companies.
        group: names the Sage installation; none where the company has one of its own.
        company: the company.
        seconds: how long the right lasts unless its lease, which is given, is renewed.

    Raises:
        Busy: another company is worked on, or its turn is before this one (SESSION_TAKEN).
    """
    if group is None:
        yield None
        return
    if not _is_next(installation, group, company):
        raise SESSION_TAKEN.raised(group=group, company=company)
    leases = Leases(installation.database, installation.clock, is_gone=is_gone)
    try:
        lease = leases.acquire(_scope(group), this_process(company), seconds)
    except Busy as error:
        if error.code != LEASE_HELD.name:
            raise
        raise SESSION_TAKEN.raised(group=group, company=company) from error
    with lease:
        _leave(installation, group, company)
        yield lease


def others_wait(installation: Installation, group: str | None) -> bool:
    """Tell whether another company asks for the installation while one holds it."""
    if group is None:
        return False
    least = timestamp(installation.clock.now() - KEPT)
    asking = select(SESSION_TURN.c.company).where(
        SESSION_TURN.c.group == group, SESSION_TURN.c.seen_at >= least
    )
    with installation.database.read() as connection:
        return connection.execute(asking.limit(1)).first() is not None


def _is_next(installation: Installation, group: str, company: str) -> bool:
    """Write down that a company asks, and tell whether nobody has asked before it."""
    now = installation.clock.now()
    mine = (SESSION_TURN.c.group == group) & (SESSION_TURN.c.company == company)
    with installation.database.write(_scope(group)) as connection:
        stale = SESSION_TURN.c.seen_at < timestamp(now - KEPT)
        connection.execute(delete(SESSION_TURN).where(SESSION_TURN.c.group == group, stale))
        seen = update(SESSION_TURN).where(mine).values(seen_at=timestamp(now))
        if not connection.execute(seen).rowcount:
            asked = {"asked_at": timestamp(now), "seen_at": timestamp(now)}
            connection.execute(insert(SESSION_TURN).values(group=group, company=company, **asked))
        first = connection.execute(
            select(SESSION_TURN.c.company)
            .where(SESSION_TURN.c.group == group)
            .order_by(SESSION_TURN.c.asked_at, SESSION_TURN.c.company)
            .limit(1)
        ).scalar_one()
    return bool(first == company)


def _leave(installation: Installation, group: str, company: str) -> None:
    with installation.database.write(_scope(group)) as connection:
        connection.execute(
            delete(SESSION_TURN).where(
                SESSION_TURN.c.group == group, SESSION_TURN.c.company == company
            )
        )
