"""What people may want to be told of, put down in the transaction of what happened.

Whoever does the work only says here what happened.  Who is told, how and when is decided
later by `hub.notifying`, so that a mail server that does not answer never stops a lane.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, insert, select

from clary.hub.access import Role
from clary.hub.notify_tables import HAPPENING, SUBSCRIPTION
from clary.kernel.change import JsonValue
from clary.kernel.clock import timestamp
from clary.store.database import Database

Facts = Mapping[str, JsonValue]

NOTIFICATIONS: Final = "notifications"
"""Scope of what sorts, gathers and claims; whoever only adds a happening needs no scope."""

TEXT_LENGTH: Final = 500
_SUBJECTS: Final = 500


class Kind(StrEnum):
    """What can happen that people are told of."""

    RUN_PROBLEMS = "run.problems"
    RUN_CONFIRMED = "run.confirmed"
    PUSH_REFUSED = "push.refused"
    PLAN_APPROVAL = "plan.approval"
    LANE_PERSON = "lane.person"
    LANE_BUSY = "lane.busy"
    DOCUMENT_PARKED = "document.parked"
    WORKER_DIED = "worker.died"
    SCHEDULE_FAILED = "schedule.failed"
    AUDIT_BROKEN = "audit.broken"


@dataclass(frozen=True, slots=True)
class About:
    """What a kind of happening is.

    Attributes:
        meaning: what happened, for the person who subscribes.
        one: what happened once, for the subject of a message.
        many: the same, more than once.
        role: who may be told of it: this role for its company, or for the installation where
            it is about none.
    """

    meaning: str
    one: str
    many: str
    role: Role = Role.VIEWER


KINDS: Final[Mapping[Kind, About]] = {
    Kind.AUDIT_BROKEN: About(
        "the audit trail does not hold", "broken audit trail", "broken audit trails", Role.ADMIN
    ),
    Kind.RUN_PROBLEMS: About(
        "a run ended with documents that were not written, or early",
        "run with problems",
        "runs with problems",
    ),
    Kind.PUSH_REFUSED: About(
        "a pushed document was refused before it came to be written",
        "refused push",
        "refused pushes",
    ),
    Kind.DOCUMENT_PARKED: About(
        "a document was set aside for a person", "document set aside", "documents set aside"
    ),
    Kind.LANE_PERSON: About(
        "a company waits for a person: a log-on, a right, a setting",
        "company waiting for a person",
        "companies waiting for a person",
    ),
    Kind.PLAN_APPROVAL: About(
        "a plan waits for someone's approval", "plan to approve", "plans to approve"
    ),
    Kind.SCHEDULE_FAILED: About(
        "scheduled work has failed", "schedule that failed", "schedules that failed"
    ),
    Kind.LANE_BUSY: About(
        "a company has been busy or out of reach for long", "busy company", "busy companies"
    ),
    Kind.WORKER_DIED: About(
        "a process that did the work has died", "process that died", "processes that died"
    ),
    Kind.RUN_CONFIRMED: About(
        "a run ended and everything in it was written",
        "run without problems",
        "runs without problems",
    ),
}
"""Every kind in the order in which messages tell of them."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened.

    Attributes:
        kind: what.
        at: when, aware.
        company: name of the company it is about; none is the installation.
        facts: what a message tells, as far as it is not looked up when it is written; never
            a secret.
        subject: where stated, the same thing is put down once, whoever notices it again.
    """

    kind: Kind
    at: datetime
    company: str | None = None
    facts: Facts = field(default_factory=dict)
    subject: str | None = None


def put(write: Connection, happenings: Iterable[Happening]) -> None:
    """Put down what happened, in the caller's transaction; nothing if nobody ever asks for it.

    What states a subject is put down by writers in the scope `NOTIFICATIONS` alone.
    """
    rows = [_row(each) for each in happenings]
    if rows and write.execute(select(SUBSCRIPTION.c.id).limit(1)).first() is not None:
        write.execute(insert(HAPPENING), rows)


def new_ones(read: Connection, happenings: Iterable[Happening]) -> list[Happening]:
    """Return those whose subject is not put down yet."""
    by_subject = {each.subject or "": each for each in happenings}
    subjects = list(by_subject)
    for start in range(0, len(subjects), _SUBJECTS):
        some = subjects[start : start + _SUBJECTS]
        query = select(HAPPENING.c.subject).where(HAPPENING.c.subject.in_(some))
        for known in read.execute(query).scalars():
            del by_subject[known]
    return list(by_subject.values())


def put_once(database: Database, happenings: Collection[Happening]) -> None:
    """Put down what no transaction stands for, as far as its subject is not there already."""
    if not happenings:
        return
    with database.read() as read:
        if not new_ones(read, happenings):
            return
    with database.write(NOTIFICATIONS) as write:
        put(write, new_ones(write, happenings))


def _row(happening: Happening) -> dict[str, object]:
    facts = {name: _bounded(value) for name, value in happening.facts.items()}
    return {
        "kind": happening.kind.value,
        "company": happening.company,
        "subject": happening.subject,
        "facts": json.dumps(facts),
        "happened_at": timestamp(happening.at),
    }


def _bounded(value: JsonValue) -> JsonValue:
    return value[:TEXT_LENGTH] if isinstance(value, str) else value
