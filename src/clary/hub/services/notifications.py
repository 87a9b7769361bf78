"""Notifications as people see them: who is told of what, how, and whether it gets through."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Any, Final
from zoneinfo import available_timezones

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from clary.hub import webhooks
from clary.hub.access import Role
from clary.hub.connections import ConnectionKind
from clary.hub.happenings import KINDS, NOTIFICATIONS, Kind
from clary.hub.installation import Installation
from clary.hub.notify_tables import MESSAGE, SUBSCRIPTION
from clary.hub.notifying.delivering import CLAIM, Deliverer, secret_label
from clary.hub.notifying.gathering import (
    TRIAL,
    WAITING,
    ended_as,
    footer_of,
    message_row,
    speaker_for,
)
from clary.hub.notifying.letters import Letter, Section
from clary.hub.notifying.mail import is_address
from clary.hub.notifying.problems import (
    NOTIFY_ADDRESS_DROPPED,
    NOTIFY_ADDRESS_FOREIGN,
    NOTIFY_EXISTS,
    NOTIFY_INVALID,
    NOTIFY_UNKNOWN,
)
from clary.hub.notifying.standing import NotifyStanding, standings
from clary.hub.notifying.subscriptions import (
    BUSY_MINUTES,
    Channel,
    OwnerKind,
    Subscription,
    all_subscriptions,
    find_subscription,
    next_digest,
    values_of,
)
from clary.hub.notifying.watching import begin_watching
from clary.hub.services.permissions import inner, needs_nothing, needs_somewhere
from clary.hub.trail import Entry
from clary.hub.users import find_user, get_user
from clary.kernel.change import Body
from clary.kernel.clock import timestamp, timestamp_or_none
from clary.kernel.errors import ClaryError, Finding, error_of
from clary.kernel.identifiers import new_id

EVERYTHING: Final = "all"
MOST_SUBSCRIPTIONS: Final = 500
MOST_TARGETS: Final = 20
LONGEST_BUSY: Final = 7 * 24 * 60
"""Minutes in a week."""

_NAME = re.compile(r"[^\W_][\w.@+-]{0,63}")
_TIME = re.compile("(?:[01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a subscription is to be; what is none stays as it is.

    Attributes:
        to: e-mail addresses.
        webhook: URL that takes signed messages, in place of e-mail.
        about: kinds of happenings; `all` among them is every kind.
        companies: companies it tells of; empty is all that the owner may see.
        daily_at: local time of a daily message, as HH:MM; empty tells at once.
        zone: time zone of that time and of the times in messages.
        busy_minutes: how long a company is busy before that is told.
        owner: user whose rights bound what it tells; who asks, if none.
        paused: tell nothing.
    """

    to: tuple[str, ...] | None = None
    webhook: str | None = None
    about: tuple[str, ...] | None = None
    companies: tuple[str, ...] | None = None
    daily_at: str | None = None
    zone: str | None = None
    busy_minutes: int | None = None
    owner: str | None = None
    paused: bool | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionAnswer:
    """A subscription as faces show it.

    Attributes:
        subscription: the subscription.
        standing: how it stands; none where it was just made or changed.
        secret: what messages are signed with, right after it was made.
        stored: it is stored, as it stands here.
    """

    subscription: Subscription
    standing: NotifyStanding | None = None
    secret: str | None = field(default=None, repr=False)
    stored: bool = True

    def as_dict(self) -> Body:
        """Return it as JSON-ready values."""
        found, standing = self.subscription, self.standing
        told: Body = {**found.told(), "next_digest_at": timestamp_or_none(found.next_digest_at)}
        if standing is not None:
            told |= {
                "gathered": standing.gathered,
                "waiting": standing.waiting,
                "given_up": standing.given_up,
                "delivered_at": timestamp_or_none(standing.delivered_at),
                "problem_code": standing.code,
                "problem": standing.reason,
            }
        if self.secret is not None:
            told["secret"] = self.secret
        return {**told, "stored": self.stored}


@dataclass(frozen=True, slots=True)
class MessageAnswer:
    """A message as faces show it."""

    id: str
    subscription: str
    kind: str
    target: str
    subject: str
    happenings: int
    state: str
    attempts: int
    next_at: str | None
    reason_code: str | None
    reason: str | None
    created_at: str
    ended_at: str | None

    def as_dict(self) -> Body:
        """Return it as JSON-ready values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a trial message to one address."""

    target: str
    problem: Finding | None

    def as_dict(self) -> Body:
        """Return it as JSON-ready values."""
        problem = self.problem
        return {
            "target": self.target,
            "delivered": problem is None,
            "problem": None if problem is None else {**problem.as_dict()},
        }


# --- making ----------------------------------------------------------------------------------


@needs_somewhere(Role.VIEWER)
def subscribe(
    installation: Installation, name: str, wanted: Wanted, *, dry_run: bool = False
) -> SubscriptionAnswer:
    """Tell someone of what happens from now on, as far as they may see it.

    Raises:
        Rejected: something about it cannot be used (NOTIFY_INVALID, NOTIFY_EXISTS,
            WEBHOOK_TARGET_REFUSED), or there is no such user.
        Unauthorised: an e-mail address that is not one's own, a webhook without the role
            operator, or another owner without the role admin.
        Misconfigured: there is no such company, or secrets cannot be stored.
    """
    if _NAME.fullmatch(name) is None:
        expected = "1 to 64 letters, digits and the signs . _ @ + -, a letter or digit first"
        raise NOTIFY_INVALID.raised(what="The name", value=name[:80], expected=expected)
    now = installation.clock.now()
    channel = Channel.MAIL if wanted.webhook is None else Channel.WEBHOOK
    owner, kind = _owner(installation, wanted.owner)
    blank = Subscription(
        id=new_id("notify"),
        name=name,
        owner=owner,
        owner_kind=kind,
        channel=channel,
        targets=(),
        kinds=frozenset(),
        companies=None,
        daily_at=None,
        zone="UTC",
        next_digest_at=None,
        busy_minutes=BUSY_MINUTES,
        paused=False,
        created_at=now,
        updated_at=now,
    )
    made, secret = _changed(installation, blank, wanted), None
    if channel is Channel.WEBHOOK:
        secret = webhooks.new_secret()
        made = replace(made, secret=installation.vault.sealed(secret, secret_label(made.id)))
    with installation.database.write(NOTIFICATIONS) as write:
        taken = find_subscription(write, name)
        if taken is not None:
            raise NOTIFY_EXISTS.raised(name=taken.name)
        if len(all_subscriptions(write)) >= MOST_SUBSCRIPTIONS:
            expected = f"at most {MOST_SUBSCRIPTIONS} notifications"
            raise NOTIFY_INVALID.raised(what="The number", value="one more", expected=expected)
        if dry_run:
            return SubscriptionAnswer(made, stored=False)
        write.execute(insert(SUBSCRIPTION).values(values_of(made)))
        begin_watching(write)
        installation.trail.record(write, Entry("notify.add", record=name, new=made.told()))
    return SubscriptionAnswer(made, secret=secret)


@needs_somewhere(Role.VIEWER)
def modify_subscription(
    installation: Installation, name: str, wanted: Wanted, *, dry_run: bool = False
) -> SubscriptionAnswer:
    """Change a subscription of one's own, or of anyone with the role admin.

    Raises:
        Rejected, Unauthorised, Misconfigured: as `subscribe`; there is none (NOTIFY_UNKNOWN).
    """
    while True:
        before = _find(installation, name)
        found = _changed(installation, before, wanted)
        if wanted.owner is not None:
            owner, kind = _owner(installation, wanted.owner)
            found = replace(found, owner=owner, owner_kind=kind)
        if dry_run:
            return SubscriptionAnswer(found, stored=False)
        if _is_stored(installation, before, found):
            return SubscriptionAnswer(found)


def _is_stored(installation: Installation, before: Subscription, found: Subscription) -> bool:
    """Store a changed subscription, unless it has been changed or told of something since."""
    with installation.database.write(NOTIFICATIONS) as write:
        if find_subscription(write, before.name) != before:
            return False
        mine = update(SUBSCRIPTION).where(SUBSCRIPTION.c.id == found.id)
        write.execute(mine.values(values_of(found)))
        _address_anew(write, before, found)
        entry = Entry("notify.set", record=found.name, old=before.told(), new=found.told())
        installation.trail.record(write, entry)
    return True


def _address_anew(write: Connection, before: Subscription, after: Subscription) -> None:
    """Send what waits for addresses that are dropped to one that takes their place, if any."""
    added = [each for each in after.targets if each not in before.targets]
    now = timestamp(after.updated_at)
    for target in set(before.targets) - set(after.targets):
        mine = (MESSAGE.c.subscription == after.id) & (MESSAGE.c.target == target)
        waiting = update(MESSAGE).where(mine, MESSAGE.c.state == WAITING)
        if added:
            write.execute(waiting.values(target=added[0], next_at=now, claimed_by=None))
            continue
        dropped = NOTIFY_ADDRESS_DROPPED.finding(target=target, name=after.name)
        write.execute(waiting.values(ended_as(dropped, after.updated_at)))


@needs_somewhere(Role.VIEWER)
def unsubscribe(
    installation: Installation, name: str, *, dry_run: bool = False
) -> SubscriptionAnswer:
    """Remove a subscription, and what was to be told of it.

    Raises:
        Rejected: there is none (NOTIFY_UNKNOWN).
    """
    found = _find(installation, name)
    if dry_run:
        return SubscriptionAnswer(found)
    with installation.database.write(NOTIFICATIONS) as write:
        mine = delete(SUBSCRIPTION).where(SUBSCRIPTION.c.id == found.id)
        if not write.execute(mine).rowcount:  # somebody else was faster
            raise NOTIFY_UNKNOWN.raised(name=name[:80])
        entry = Entry("notify.remove", record=found.name, old=found.told())
        installation.trail.record(write, entry)
    return SubscriptionAnswer(found, stored=False)


def _owner(installation: Installation, wanted: str | None) -> tuple[str, OwnerKind]:
    """Return whose rights a subscription has."""
    access = installation.access
    with installation.database.read() as read:
        if wanted is not None:
            access.require(Role.ADMIN)
            return get_user(read, wanted).name, OwnerKind.USER
        if access.key is not None:
            return access.key, OwnerKind.KEY
        user = find_user(read, access.name)
    if user is not None or not access.unlimited:
        return access.name, OwnerKind.USER
    return access.name, OwnerKind.LOCAL


def _changed(installation: Installation, found: Subscription, wanted: Wanted) -> Subscription:
    """Return a subscription as wanted, once all of it is checked."""
    values: dict[str, Any] = {"updated_at": installation.clock.now()}
    if wanted.to is not None or wanted.webhook is not None or not found.targets:
        values["targets"] = _targets(installation, found.channel, wanted)
    if wanted.about is not None:
        values["kinds"] = frozenset(_kinds(wanted.about))
    if wanted.companies is not None:
        values["companies"] = _companies(installation, wanted.companies)
    if wanted.busy_minutes is not None:
        if not 0 < wanted.busy_minutes <= LONGEST_BUSY:
            expected = f"a whole number of minutes from 1 to {LONGEST_BUSY}"
            value = wanted.busy_minutes
            raise NOTIFY_INVALID.raised(what="The time", value=value, expected=expected)
        values["busy_minutes"] = wanted.busy_minutes
    if wanted.paused is not None:
        values["paused"] = wanted.paused
    return _timed(installation, replace(found, **values), wanted)


def _timed(installation: Installation, found: Subscription, wanted: Wanted) -> Subscription:
    """Return a subscription with the time of its daily message, if it has one."""
    zone = wanted.zone or found.zone
    if wanted.zone is not None and wanted.zone not in available_timezones():
        expected = "the name of a time zone, such as Europe/London"
        raise NOTIFY_INVALID.raised(what="The zone", value=wanted.zone[:80], expected=expected)
    at = found.daily_at
    if wanted.daily_at is not None:
        if wanted.daily_at and _TIME.fullmatch(wanted.daily_at) is None:
            expected, value = "a time such as 07:30", wanted.daily_at[:80]
            raise NOTIFY_INVALID.raised(what="The time", value=value, expected=expected)
        at = time.fromisoformat(wanted.daily_at) if wanted.daily_at else None
    if at is None:
        return replace(found, zone=zone, daily_at=None, next_digest_at=None)
    if (at, zone) == (found.daily_at, found.zone) and found.next_digest_at is not None:
        return found
    due = next_digest(at, zone, installation.clock.now())
    return replace(found, zone=zone, daily_at=at, next_digest_at=due)


def _targets(installation: Installation, channel: Channel, wanted: Wanted) -> tuple[str, ...]:
    """Return where messages go.

    Raises:
        Rejected, Unauthorised: nothing can or may be sent there.
    """
    if channel is Channel.WEBHOOK:
        if wanted.to or not wanted.webhook:
            expected = "one https address, and no e-mail address with it"
            raise NOTIFY_INVALID.raised(what="The target", value=str(wanted.to), expected=expected)
        if not installation.access.allows_somewhere(Role.OPERATOR):
            raise installation.access.denied(Role.OPERATOR)
        webhooks.check_target(
            wanted.webhook, private=webhooks.private_allowed(installation.settings)
        )
        return (wanted.webhook,)
    to = tuple(dict.fromkeys(wanted.to or ()))
    if not to or wanted.webhook or len(to) > MOST_TARGETS:
        expected = f"1 to {MOST_TARGETS} e-mail addresses, or one webhook"
        value = ", ".join(to)[:80]
        raise NOTIFY_INVALID.raised(what="The target", value=value, expected=expected)
    for address in to:
        _require_address(installation, address)
    return to


def _require_address(installation: Installation, address: str) -> None:
    if not is_address(address):
        expected = "an address such as name@example.com, in plain letters"
        raise NOTIFY_INVALID.raised(what="The address", value=address[:80], expected=expected)
    access = installation.access
    if access.allows(Role.ADMIN):
        return
    with installation.database.read() as read:
        user = None if access.key is not None else find_user(read, access.name)
    if user is None or (user.email or "").casefold() != address.casefold():
        raise NOTIFY_ADDRESS_FOREIGN.raised(name=access.actor, address=address)


def _kinds(about: Sequence[str]) -> Sequence[Kind]:
    if EVERYTHING in about:
        return ()
    unknown = [each for each in about if each not in set(Kind)]
    if unknown or not about:
        expected = f"{EVERYTHING}, or some of {', '.join(KINDS)}"
        value = ", ".join(unknown)[:80]
        raise NOTIFY_INVALID.raised(what="The subject", value=value, expected=expected)
    return [Kind(each) for each in about]


def _companies(installation: Installation, names: Sequence[str]) -> tuple[str, ...] | None:
    for name in names:
        installation.access.require(Role.VIEWER, name)
    found = (installation.connections.get(name, ConnectionKind.COMPANY).name for name in names)
    return tuple(sorted({name.casefold() for name in found})) or None


# --- looking ---------------------------------------------------------------------------------


def _mine(installation: Installation, found: Subscription) -> bool:
    access = installation.access
    own = (access.key, OwnerKind.KEY) if access.key else (access.name, OwnerKind.USER)
    return access.allows(Role.ADMIN) or (found.owner, found.owner_kind) == own


def _find(installation: Installation, name: str) -> Subscription:
    with installation.database.read() as read:
        found = find_subscription(read, name)
    if found is None or not _mine(installation, found):
        raise NOTIFY_UNKNOWN.raised(name=name[:80])
    return found


@needs_somewhere(Role.VIEWER)
def list_subscriptions(installation: Installation) -> list[SubscriptionAnswer]:
    """Return the subscriptions by name, and how each stands: one's own, or all as admin."""
    with installation.database.read() as read:
        found = standings(read, installation.clock.now())
    return [
        SubscriptionAnswer(each.subscription, each)
        for each in found
        if _mine(installation, each.subscription)
    ]


@needs_somewhere(Role.VIEWER)
def show_subscription(installation: Installation, name: str) -> SubscriptionAnswer:
    """Return one subscription, and how it stands.

    Raises:
        Rejected: there is no such subscription (NOTIFY_UNKNOWN).
    """
    found = _find(installation, name)
    with installation.database.read() as read:
        stands = standings(read, installation.clock.now())
    standing = next((each for each in stands if each.subscription.id == found.id), None)
    return SubscriptionAnswer(found, standing)


@needs_somewhere(Role.VIEWER)
def list_messages(
    installation: Installation,
    name: str | None = None,
    limit: int = 50,
    before: tuple[str, str] | None = None,
) -> list[MessageAnswer]:
    """Return the newest messages, of one subscription or of all that one may see.

    Args:
        installation: whose messages.
        name: only those of this subscription.
        limit: most messages.
        before: only those before the one made at this moment with this id.

    Raises:
        Rejected: there is no such subscription (NOTIFY_UNKNOWN).
    """
    if name is not None:
        mine = [_find(installation, name)]
    else:
        with installation.database.read() as read:
            mine = [each for each in all_subscriptions(read) if _mine(installation, each)]
    names = {each.id: each.name for each in mine}
    query = (
        select(MESSAGE)
        .where(MESSAGE.c.subscription.in_(names))
        .order_by(MESSAGE.c.created_at.desc(), MESSAGE.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        made, last = before
        earlier = MESSAGE.c.created_at < made
        query = query.where(earlier | ((MESSAGE.c.created_at == made) & (MESSAGE.c.id < last)))
    with installation.database.read() as read:
        rows = read.execute(query).all()
    return [_message(row, names[row.subscription]) for row in rows]


def _message(row: Row[Any], name: str) -> MessageAnswer:
    return MessageAnswer(
        id=row.id,
        subscription=name,
        kind=row.kind,
        target=row.target.partition("?")[0],
        subject=row.subject,
        happenings=row.many,
        state=row.state,
        attempts=row.attempts,
        next_at=row.next_at,
        reason_code=row.reason_code,
        reason=row.reason,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


@needs_somewhere(Role.VIEWER)
def try_subscription(installation: Installation, name: str) -> list[Trial]:
    """Send a trial message to every address now, and return what became of each.

    Raises:
        Rejected: there is no such subscription (NOTIFY_UNKNOWN).
    """
    found, now = _find(installation, name), installation.clock.now()
    speaker = speaker_for(installation, found.zone)
    section = Section(
        TRIAL,
        None,
        "This is a trial message.",
        facts=(("Notification", found.name), ("Sent", speaker.moment(now))),
        advice="Nothing. Messages about your companies will look like this one.",
        link=speaker.link(f"/notifications/{found.name}"),
    )
    letter = Letter("Clary: a trial message", [section], 0, footer_of(found))
    deliverer, trials = Deliverer(installation, found.channel), []
    for target in found.targets:
        row = message_row(found, new_id("msg"), TRIAL, target, letter, now)
        # Nobody else begins with it: it is due only after our own claim would be over.
        row["next_at"] = timestamp(now + CLAIM)
        with installation.database.write(NOTIFICATIONS) as write:
            write.execute(insert(MESSAGE).values(row))
        claimed = deliverer.claimed(str(row["id"]))
        sent = None if claimed is None else deliverer.attempt(claimed)
        trials.append(Trial(target.partition("?")[0], sent.problem if sent else None))
    return trials


@inner
def failing_subscriptions(installation: Installation) -> tuple[str, list[Finding]]:
    """Return how notifications stand in words, and what does not get through."""
    with installation.database.read() as read:
        found = standings(read, installation.clock.now())
    waiting = sum(each.waiting for each in found)
    given_up = sum(each.given_up for each in found)
    told = f"{len(found)} set up, {waiting} messages waiting"
    if given_up:
        told = f"{told}, {given_up} given up in the last seven days"
    return told, [each.failing for each in found if each.failing is not None]


@needs_nothing
def notify_figures(installation: Installation) -> dict[str, int]:
    """Return counts for metrics, by name; they tell nobody apart.

    Raises:
        Busy, Unreachable, Misconfigured: the database cannot be read.
    """
    with installation.database.read() as read:
        found = standings(read, installation.clock.now())
        many = read.execute(select(func.count()).select_from(MESSAGE)).scalar_one()
    return {
        "messages": int(many),
        "gathered": sum(each.gathered for each in found),
        "waiting": sum(each.waiting for each in found),
        "given_up": sum(each.given_up for each in found),
        "failing": sum(each.code is not None for each in found),
    }


def first_problem(trials: Sequence[Trial]) -> ClaryError | None:
    """Return the error of the first trial that failed, or none."""
    problem = next((each.problem for each in trials if each.problem is not None), None)
    return None if problem is None else error_of((problem,))
