"""Sorts what happened by who wants to know, and gathers it into messages, few rather than many.

A message is written a few seconds after the first happening of its kind, so that a burst comes
as one.  After it, no other of that kind is written for ten minutes, nor while it still waits to
be delivered: what happens meanwhile is in the next one.  So the number of messages is bounded
by time and the number of notices by `MOST_NOTICES`; what is beyond is counted and told as a
number.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from clary.hub.decisions import BASE_URL, stored_value
from clary.hub.happenings import KINDS, NOTIFICATIONS, Kind
from clary.hub.installation import Installation
from clary.hub.notify_tables import HAPPENING, MESSAGE, NOTICE, SUBSCRIPTION
from clary.hub.notifying.describing import Happened, Speaker, facts_of
from clary.hub.notifying.letters import Letter
from clary.hub.notifying.problems import NOTIFY_TOO_MANY
from clary.hub.notifying.rendering import as_document, as_page, as_text, one_line
from clary.hub.notifying.subscriptions import (
    Channel,
    Subscription,
    all_subscriptions,
    may_be_told,
    next_digest,
    owner_access,
)
from clary.hub.tables import CONNECTION
from clary.kernel.clock import from_timestamp, timestamp
from clary.kernel.errors import Finding
from clary.kernel.identifiers import new_id

DIGEST: Final = "digest"
"""Kind of messages that tell of a whole day."""
TRIAL: Final = "test"
"""Kind of messages that only prove that they arrive."""

WAITING: Final = "waiting"
DELIVERED: Final = "delivered"
FAILED: Final = "failed"

BURST: Final = timedelta(seconds=10)
"""How long a message waits for more of its kind."""
APART: Final = timedelta(minutes=10)
"""Least time between two messages of one kind to one subscription."""
MOST_NOTICES: Final = 1000
"""Happenings of one kind that are kept for one subscription; more are only counted."""
MOST_WAITING: Final = 50
"""Messages that wait for one address; later ones are noted as failed."""
KEPT: Final = timedelta(days=90)
"""How long happenings and messages that ended are kept."""

_AT_ONCE: Final = 500


# --- sorting -----------------------------------------------------------------------------


def sort(installation: Installation) -> int:
    """Give every subscription a notice of what it wants to know; return how many happened."""
    unsorted = select(HAPPENING).where(HAPPENING.c.sorted_at.is_(None)).order_by(HAPPENING.c.serial)
    database = installation.database
    with database.read() as read:
        if read.execute(unsorted.limit(1)).first() is None:
            return 0
    now = installation.clock.now()
    with database.write(NOTIFICATIONS) as write:
        rows = write.execute(unsorted.limit(_AT_ONCE)).all()
        read_once = [(row, *_asked_of(row)) for row in rows]
        for found in all_subscriptions(write):
            access = owner_access(write, found, now)
            wanted = [
                row
                for row, kind, at, minutes in read_once
                if found.wants(kind, row.company, at, minutes)
                and may_be_told(access, kind, row.company)
            ]
            _notice(write, found, wanted)
        serials = [row.serial for row in rows]
        done = update(HAPPENING).where(HAPPENING.c.serial.in_(serials))
        write.execute(done.values(sorted_at=timestamp(now)))
    return len(rows)


def _asked_of(row: Row[Any]) -> tuple[Kind, datetime, int | None]:
    """Return what subscriptions go by: kind, moment, and for how long a company was busy."""
    kind = Kind(row.kind)
    minutes = facts_of(row.facts).get("minutes") if kind is Kind.LANE_BUSY else None
    return kind, from_timestamp(row.happened_at), minutes


def _notice(write: Connection, found: Subscription, rows: Sequence[Row[Any]]) -> None:
    """Write notices down, up to the most that are kept of each kind; the rest is counted."""
    by_kind: dict[str, list[Row[Any]]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row)
    for kind, some in by_kind.items():
        mine = (NOTICE.c.subscription == found.id) & (NOTICE.c.kind == kind)
        known = write.execute(select(func.count()).where(mine)).scalar_one()
        kept, left = some[: max(0, MOST_NOTICES - known)], some[max(0, MOST_NOTICES - known) :]
        if kept:
            values = {"subscription": found.id, "kind": kind, "many": 1}
            write.execute(insert(NOTICE), [{**values, "happening": row.serial} for row in kept])
        if left:
            newest = select(func.max(NOTICE.c.serial)).where(mine).scalar_subquery()
            more = update(NOTICE).where(NOTICE.c.serial == newest)
            write.execute(more.values(many=NOTICE.c.many + len(left)))


# --- gathering ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Bundle:
    """Notices that go into one message.

    Attributes:
        subscription: whom it is for.
        kind: of what, or `digest`.
        serials: numbers of the notices.
        happened: what they are about; less than the notices where the owner may not see it.
    """

    subscription: Subscription
    kind: str
    serials: tuple[int, ...]
    happened: tuple[Happened, ...]

    @property
    def many(self) -> int:
        """How many happenings it tells of."""
        return sum(1 + each.more for each in self.happened)


def gather(installation: Installation) -> int:
    """Write the messages whose time has come, and return how many."""
    with installation.database.read() as read:
        bundles = _due(read, installation.clock.now())
    return sum(_write(installation, bundle) for bundle in bundles)


def _due(read: Connection, now: datetime) -> list[_Bundle]:
    """Return what messages are to be written of now."""
    oldest = (
        select(NOTICE.c.subscription, NOTICE.c.kind, func.min(HAPPENING.c.sorted_at).label("first"))
        .join(HAPPENING, HAPPENING.c.serial == NOTICE.c.happening)
        .group_by(NOTICE.c.subscription, NOTICE.c.kind)
    )
    waiting: dict[str, dict[str, datetime]] = {}
    for row in read.execute(oldest):
        waiting.setdefault(row.subscription, {})[row.kind] = from_timestamp(row.first)
    found = []
    for subscription in all_subscriptions(read):
        kinds = waiting.get(subscription.id, {})
        digest_at = subscription.next_digest_at
        if subscription.daily_at is None:
            due = [k for k, first in kinds.items() if _is_time(read, subscription, k, first, now)]
            found += [_bundle(read, subscription, kind, now) for kind in due]
        elif digest_at is not None and digest_at <= now:
            found.append(_bundle(read, subscription, DIGEST, now))
    return found


def _is_time(
    read: Connection, found: Subscription, kind: str, first: datetime, now: datetime
) -> bool:
    """Tell whether a message of a kind may be written.

    The burst is over, and the last one is long ago and has ended for one address at least.
    """
    if first > now - BURST:
        return False
    mine = (MESSAGE.c.subscription == found.id) & (MESSAGE.c.kind == kind)
    recent = select(MESSAGE.c.id).where(mine, MESSAGE.c.created_at > timestamp(now - APART))
    if read.execute(recent.limit(1)).first() is not None:
        return False
    open_ones = select(MESSAGE.c.target).where(mine, MESSAGE.c.state == WAITING).distinct()
    return not set(found.targets) <= set(read.execute(open_ones).scalars())


def _bundle(read: Connection, found: Subscription, kind: str, now: datetime) -> _Bundle:
    mine = NOTICE.c.subscription == found.id
    query = (
        select(NOTICE.c.serial.label("notice"), NOTICE.c.many, HAPPENING)
        .join(HAPPENING, HAPPENING.c.serial == NOTICE.c.happening)
        .where(mine if kind == DIGEST else mine & (NOTICE.c.kind == kind))
        .order_by(NOTICE.c.serial)
    )
    rows = read.execute(query).all()
    access = owner_access(read, found, now)
    happened = tuple(
        Happened(
            Kind(row.kind),
            row.company,
            from_timestamp(row.happened_at),
            facts_of(row.facts),
            row.many - 1,
        )
        for row in rows
        if may_be_told(access, Kind(row.kind), row.company)
    )
    return _Bundle(found, kind, tuple(row.notice for row in rows), happened)


def _write(installation: Installation, bundle: _Bundle) -> int:
    """Store the messages of a bundle in place of its notices, unless another process did."""
    letter = _letter(installation, bundle) if bundle.happened else None
    try:
        with installation.database.write(NOTIFICATIONS) as write:
            return _store(write, bundle, letter, installation.clock.now())
    except _Overtaken:
        return 0


class _Overtaken(Exception):
    """Another process has written the message, or the subscription is gone."""


def _store(write: Connection, bundle: _Bundle, letter: Letter | None, now: datetime) -> int:
    found = bundle.subscription
    query = select(SUBSCRIPTION.c.next_digest_at).where(SUBSCRIPTION.c.id == found.id)
    current = write.execute(query).one_or_none()
    gone = [delete(NOTICE).where(NOTICE.c.serial.in_(some)) for some in _parts(bundle)]
    if current is None or sum(write.execute(g).rowcount for g in gone) != len(bundle.serials):
        raise _Overtaken
    if found.daily_at is not None:
        if current.next_digest_at != timestamp(found.next_digest_at or now):
            raise _Overtaken
        due = timestamp(next_digest(found.daily_at, found.zone, now))
        mine = update(SUBSCRIPTION).where(SUBSCRIPTION.c.id == found.id)
        write.execute(mine.values(next_digest_at=due))
    if letter is None:
        return 0
    write.execute(
        insert(MESSAGE), [_row(write, bundle, letter, each, now) for each in found.targets]
    )
    return len(found.targets)


def _parts(bundle: _Bundle) -> Sequence[Sequence[int]]:
    serials = bundle.serials
    return [serials[start : start + _AT_ONCE] for start in range(0, len(serials), _AT_ONCE)]


def _row(
    write: Connection, bundle: _Bundle, letter: Letter, target: str, now: datetime
) -> Mapping[str, object]:
    """Return the row of the message to one address."""
    found, message = bundle.subscription, new_id("msg")
    waits = (MESSAGE.c.target == target) & (MESSAGE.c.state == WAITING)
    many = write.execute(select(func.count()).where(waits)).scalar_one()
    problem = NOTIFY_TOO_MANY.finding(many=many, target=target) if many >= MOST_WAITING else None
    return message_row(found, message, bundle.kind, target, letter, now) | {
        "many": bundle.many,
        **(ended_as(problem, now) if problem else {}),
    }


def ended_as(problem: Finding, now: datetime) -> dict[str, object]:
    """Return the columns of a message that is given up."""
    return {
        "state": FAILED,
        "reason_code": problem.code,
        "reason": problem.message,
        "next_at": None,
        "ended_at": timestamp(now),
    }


def message_row(
    found: Subscription, message: str, kind: str, target: str, letter: Letter, now: datetime
) -> dict[str, object]:
    """Return the row of a new message, which is due at once."""
    companies = sorted({each.company for each in letter.sections if each.company})
    body: dict[str, object] = {"companies": companies}
    if found.channel is Channel.MAIL:
        body |= {"text": as_text(letter), "page": as_page(letter)}
    else:
        body["document"] = as_document(letter, kind, timestamp(now))
    return {
        "id": message,
        "subscription": found.id,
        "kind": kind,
        "target": target,
        "subject": one_line(letter.subject),
        "body": json.dumps(body, ensure_ascii=False),
        "many": 1,
        "state": WAITING,
        "attempts": 0,
        "next_at": timestamp(now),
        "reason_code": None,
        "reason": None,
        "created_at": timestamp(now),
        "ended_at": None,
    }


# --- words ---------------------------------------------------------------------------------


def speaker_for(installation: Installation, zone: str) -> Speaker:
    """Return what writes sections for a reader in a time zone."""
    with installation.database.read() as read:
        stored = stored_value(read, BASE_URL, None)
        known = read.execute(select(CONNECTION.c.folded, CONNECTION.c.edition)).all()
    editions = {row.folded: row.edition for row in known}
    base_url = stored or BASE_URL.default
    return Speaker(installation.database, base_url, zone, editions)


def footer_of(found: Subscription) -> str:
    """Return why a reader gets a message, and how to change that."""
    return (
        f"Clary sends you this because of the notification {found.name} of {found.owner}."
        f" To change it: clary notify set {found.name}; to end it: clary notify remove {found.name}"
    )


def _letter(installation: Installation, bundle: _Bundle) -> Letter:
    found = bundle.subscription
    speaker = speaker_for(installation, found.zone)
    sections, more = speaker.sections(bundle.happened)
    subject = sections[0].title.rstrip(".")
    if bundle.kind == DIGEST:
        day = speaker.moment(installation.clock.now()).partition(",")[0]
        subject = f"Clary, {day}: {_counted(bundle)}"
    elif len(sections) > 1 or more:
        subject = f"Clary: {_counted(bundle)}"
    return Letter(subject, sections, more, footer_of(found))


def _counted(bundle: _Bundle) -> str:
    """Return how much happened of each kind, in words: `3 runs with problems`."""
    many: Counter[Kind] = Counter()
    for each in bundle.happened:
        many[each.kind] += 1 + each.more
    return ", ".join(
        f"{many[kind]:,} {about.one if many[kind] == 1 else about.many}"
        for kind, about in KINDS.items()
        if many[kind]
    )


# --- tidying ---------------------------------------------------------------------------------


def tidy(installation: Installation) -> None:
    """Forget what ended long ago."""
    before = timestamp(installation.clock.now() - KEPT)
    told = HAPPENING.c.sorted_at.is_not(None) & (HAPPENING.c.happened_at < before)
    open_ones = select(NOTICE.c.serial).where(NOTICE.c.happening == HAPPENING.c.serial).exists()
    ended = MESSAGE.c.ended_at < before
    with installation.database.write(NOTIFICATIONS) as write:
        write.execute(delete(HAPPENING).where(told, ~open_ones))
        write.execute(delete(MESSAGE).where(ended))
