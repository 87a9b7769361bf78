"""An installation that tells people things, step by step and by a clock that stands still."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from clary.hub.access import Role
from clary.hub.happenings import Happening, Kind, put
from clary.hub.installation import Installation
from clary.hub.notify_tables import MESSAGE, NOTICE
from clary.hub.notifying.delivering import Deliverer
from clary.hub.notifying.gathering import BURST, gather, sort
from clary.hub.notifying.subscriptions import Channel
from clary.hub.notifying.watching import watch
from clary.hub.services.notifications import SubscriptionAnswer, Wanted, subscribe
from clary.hub.services.notifications_mail import ServerWanted, change_mail_server
from clary.hub.services.users import UserChange, add_user
from clary.hub.work import Work
from clary.hub.work_tables import LANE, WORKER
from clary.kernel.clock import FixedClock, timestamp
from tests.hub.notifying.mailbox import Mailbox

ADA = ("ada@example.com",)


def use_mail(installation: Installation, port: int, **values: Any) -> None:  # noqa: ANN401 - settings
    """Send e-mail through a server on this machine, whether or not it is there yet."""
    wanted = ServerWanted(
        host="127.0.0.1", port=port, security="none", sender="Clary <clary@example.com>"
    )
    change_mail_server(installation, wanted, check=False, **values)


def told_of(
    installation: Installation,
    *about: str,
    name: str = "books",
    **values: Any,  # noqa: ANN401 - as Wanted
) -> SubscriptionAnswer:
    """Let Ada be told of some kinds of happenings."""
    stated = {"to": ADA, "about": about or ("all",), **values}
    return subscribe(installation, name, Wanted(**stated))


def viewer(installation: Installation, name: str, company: str, email: str) -> None:
    """Add a user who may read one company."""
    wanted = UserChange(email=email, no_role=True, roles={company: Role.VIEWER})
    add_user(installation, name, wanted)


def happen(
    installation: Installation,
    kind: Kind,
    company: str | None,
    *,
    times: int = 1,
    **facts: Any,  # noqa: ANN401 - facts
) -> None:
    """Put something down that happened, once or several times."""
    happening = Happening(kind, installation.clock.now(), company, facts)
    with installation.database.write("test") as write:
        put(write, [happening] * times)


def park(installation: Installation, company: str, many: int = 1) -> None:
    """Put down that documents were set aside."""
    facts = {"work": "push", "about": "op1", "code": "RECORD_IN_USE"}
    reason = "Somebody keeps the customer ACME open."
    happen(installation, Kind.DOCUMENT_PARKED, company, times=many, reason=reason, **facts)


def gathered(installation: Installation, clock: FixedClock) -> int:
    """Find, sort and gather what happened; return how many messages were written."""
    watch(installation)
    while sort(installation):
        pass
    clock.advance(BURST)
    return gather(installation)


def delivered(installation: Installation, channel: Channel = Channel.MAIL) -> int:
    """Try everything that is due once; return how many attempts that were."""
    deliverer, tried = Deliverer(installation, channel), 0
    while deliverer.deliver_one():
        tried += 1
    return tried


def told(installation: Installation, clock: FixedClock, box: Mailbox) -> list[Any]:
    """Do all that a process does, and return what the server was newly handed."""
    before = len(box.received)
    gathered(installation, clock)
    delivered(installation)
    return box.received[before:]


def messages(installation: Installation) -> list[Any]:
    """Return the stored messages in the order in which they were written."""
    query = select(MESSAGE).order_by(MESSAGE.c.created_at, MESSAGE.c.id)
    with installation.database.read() as read:
        return list(read.execute(query).all())


def document_of(row: Any) -> Any:  # noqa: ANN401 - JSON
    """Return what a webhook's message says."""
    return json.loads(row.body)["document"]


def notices(installation: Installation) -> int:
    """Return how many notices wait for a message."""
    with installation.database.read() as read:
        return len(read.execute(select(NOTICE.c.serial)).all())


def waits(
    installation: Installation, company: str, code: str, reason: str, since: timedelta
) -> None:
    """Let the lane of a company wait, with one piece of work, for some time already."""
    work = Work(installation.database, installation.clock)
    with installation.database.write("test") as write:
        work.add(write, company, "push", ["op1"])
    work.wait(company, code, reason, installation.clock.now())
    began = timestamp(installation.clock.now() - since)
    with installation.database.write("test") as write:
        write.execute(update(LANE).where(LANE.c.company == company).values(waiting_since=began))


def silent_worker(installation: Installation, seconds: int) -> None:
    """Write down a worker that has not been heard of for some time."""
    seen = timestamp(installation.clock.now() - timedelta(seconds=seconds))
    values = {"id": "worker_1", "owner": "clary worker", "started_at": seen, "seen_at": seen}
    with installation.database.write("test") as write:
        write.execute(insert(WORKER).values(values))
