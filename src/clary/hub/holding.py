"""A company that one process keeps for itself for a while, for what is no plan.

Its lane is paused meanwhile, in the name of that process and not of a person: a process that
was killed cannot resume what it paused, and nobody else would know that they may.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select, update

from clary.engine.owner import this_process
from clary.hub.pausing import in_force, is_held
from clary.hub.work import FREE, Work, scope
from clary.hub.work_tables import LANE
from clary.kernel.clock import from_timestamp

LONGEST: Final = timedelta(minutes=15)
"""When a hold ends at the latest: on another host nobody can tell whether its process lives."""


def hold(work: Work, connection: Connection, company: str, what: str) -> str | None:
    """Have nothing more begun for a company, and return what lets it go again.

    Returns none where somebody else has paused or keeps it.

    Args:
        work: the work of the installation.
        connection: the caller's transaction, of the company's scope.
        company: the company.
        what: what it is kept for, and by whom.
    """
    query = select(LANE.c.paused_by).where(LANE.c.company == company)
    if in_force(connection.execute(query).scalar_one_or_none()) is not None:
        return None
    holder = this_process(what)
    work.pause(connection, company, holder)
    return holder


def let_go(connection: Connection, company: str, holder: str) -> None:
    """Go on with a company, unless somebody has paused it since, or has let it go."""
    mine = (LANE.c.company == company) & (LANE.c.paused_by == holder)
    values = {"paused_at": None, "paused_by": None, **FREE}
    connection.execute(update(LANE).where(mine).values(**values))


def let_go_of_the_dead(work: Work) -> None:
    """Go on with the companies whose holders are dead, or had them too long."""
    query = select(LANE.c.company, LANE.c.paused_by, LANE.c.paused_at)
    with work.database.read() as read:
        paused = read.execute(query.where(LANE.c.paused_at.is_not(None))).all()
    for row in paused:
        if _is_over(row.paused_by, from_timestamp(row.paused_at), work.clock.now()):
            with work.database.write(scope(row.company)) as write:
                let_go(write, row.company, row.paused_by)


def _is_over(holder: str, since: datetime, now: datetime) -> bool:
    return is_held(holder) and (in_force(holder) is None or since + LONGEST <= now)
