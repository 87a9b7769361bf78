"""Says in a bookkeeper's words what happened: what, how many, which and why, and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from clary.engine.journal import Journal, JournalEntry, JournalState
from clary.engine.plan_store import PlanStore
from clary.engine.runs import RunState
from clary.hub.happenings import KINDS, Kind
from clary.hub.notifying.letters import Item, Section
from clary.hub.notifying.subscriptions import clocks
from clary.kernel.clock import from_timestamp
from clary.kernel.errors import ClaryError, code_named
from clary.ledger.fields import EditionName
from clary.ledger.registry import record_type
from clary.store.database import Database

MOST_ITEMS: Final = 20
"""Documents that a section lists; the others are counted."""

MOST_SECTIONS: Final = 10
"""Runs that a message tells of one by one; the others are counted."""

_LOST: Final = (JournalState.REJECTED.value, JournalState.FAILED.value)
_FLOWS: Final[Mapping[str, str]] = {
    "operations": "documents that were sent in",
    "batch": "what ConnectWise billed",
    "payments": "payments back to ConnectWise",
    "undo": "taking a run back",
}
_ENDED: Final[Mapping[str, str]] = {
    RunState.STOPPED.value: "stopped at the first error, as it was asked to",
    RunState.INTERRUPTED.value: "was interrupted",
    RunState.FAILED.value: "ended early",
    RunState.REFUSED.value: "was stopped by a guard before anything was written",
}


@dataclass(frozen=True, slots=True)
class Happened:
    """A happening as a message is written of it.

    Attributes:
        kind: what happened.
        company: to which company; none is the installation.
        at: when, aware.
        facts: as they were put down.
        more: how many of the same kind are counted with it and were not put down.
    """

    kind: Kind
    company: str | None
    at: datetime
    facts: Mapping[str, Any]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Speaker:
    """Writes sections for one reader.

    Attributes:
        database: holds the journal, in which the documents of a run are looked up.
        base_url: address of the installation, without a slash at its end; links lead to its API,
            which shows everything that a message tells of to whoever has a key.
        zone: time zone of the times that are shown.
        editions: edition of each company, by folded name.
    """

    database: Database
    base_url: str
    zone: str
    editions: Mapping[str, EditionName | None]

    def sections(self, happened: Sequence[Happened]) -> tuple[list[Section], int]:
        """Return what is said of some happenings, and how many are only counted."""
        groups: dict[tuple[Kind, str], list[Happened]] = {}
        for each in happened:
            groups.setdefault((each.kind, each.company or ""), []).append(each)
        order = list(KINDS)
        found: list[Section] = []
        left = sum(each.more for each in happened)
        for kind, company in sorted(groups, key=lambda key: (order.index(key[0]), key[1])):
            group = groups[kind, company]
            if kind in _ONE_BY_ONE:
                left += max(0, len(group) - MOST_SECTIONS)
                most = MOST_ITEMS if len(group) == 1 else MOST_ITEMS // 2
                newest = group[-MOST_SECTIONS:]
                found += [_ONE_BY_ONE[kind](self, each, most) for each in newest]
            else:
                found.append(_TOGETHER[kind](self, group))
        return found, left

    def link(self, path: str) -> str:
        """Return where something is to be looked at, by its path in the API."""
        return f"{self.base_url}/api/v1{path}"

    def moment(self, at: datetime) -> str:
        """Return a moment by the clock of the reader, such as `2 March 2026, 09:30`."""
        local = at.astimezone(clocks(self.zone))
        return f"{local.day} {local:%B %Y, %H:%M} ({self.zone})"

    def stated(self, moment: object) -> str:
        """Return a moment that a happening states as text, by the clock of the reader."""
        try:
            return self.moment(from_timestamp(str(moment)))
        except ValueError:
            return str(moment or "")

    def document(self, company: str | None, kind: str, name: str | None) -> str:
        """Return a document in the words of the company's edition: `Sales invoice N17`."""
        edition = self.editions.get((company or "").casefold())
        try:
            words = record_type(kind).words
        except ClaryError:  # a record of another system, by its own name
            one = kind.replace("_", " ")
        else:
            chosen = words.get(edition) if edition else next(iter(words.values()), None)
            one = chosen.one if chosen else kind.replace("_", " ")
        return f"{one[:1].upper()}{one[1:]} {name or ''}".strip()


# --- runs ----------------------------------------------------------------------------


def _run_problems(speaker: Speaker, happened: Happened, most: int) -> Section:
    facts, company = happened.facts, happened.company
    lost, planned = _number(facts, "rejected") + _number(facts, "failed"), _number(facts, "planned")
    run, early = str(facts.get("run", "")), _ENDED.get(str(facts.get("state")))
    entries = list(islice(_lost_entries(speaker.database, run), most)) if lost else []
    if lost:
        was = "was" if lost == 1 else "were"
        some = f"{lost:,} of {_many(planned, 'document')}"
        some = _many(lost, "document") if lost == planned else some
        title = f"{some} for {company} {was} not written."
    else:
        title = f"A run for {company} {early}."
    return Section(
        happened.kind,
        company,
        title,
        facts=tuple(_run_facts(speaker, happened, early)),
        items=tuple(_lost_item(speaker, company, entry) for entry in entries),
        more=lost - len(entries),
        advice=_run_advice(str(facts.get("state")), lost),
        link=speaker.link(f"/runs/{run}"),
        command=f"clary runs show {run}",
    )


def _run_facts(
    speaker: Speaker, happened: Happened, early: str | None
) -> Iterator[tuple[str, str]]:
    facts = happened.facts
    flow = str(facts.get("flow", ""))
    yield "Company", happened.company or ""
    yield "What ran", _FLOWS.get(flow, flow)
    yield "Started by", str(facts.get("actor", ""))
    yield "Ended", speaker.moment(happened.at) + (f"; it {early}" if early else "")
    for name, words in _COUNTS:
        if count := _number(facts, name):
            yield words, f"{count:,}"


_COUNTS: Final = (
    ("applied", "Written"),
    ("skipped", "There already"),
    ("rejected", "Refused"),
    ("failed", "Failed"),
    ("pending", "Waiting"),
)


def _run_advice(state: str, lost: int) -> str:
    if state == RunState.REFUSED.value:
        return "Look at the plan; if it is as it should be, someone may confirm it."
    if state in (RunState.INTERRUPTED.value, RunState.FAILED.value):
        return (
            "Nothing is lost and nothing is written twice: the server goes on with work of its"
            " own by itself, other runs go on with the command `clary runs resume`."
        )
    which = (
        "the document where it comes from, and send it"
        if lost == 1
        else "the documents where they come from, and send them"
    )
    return f"Correct {which} again. What is written already is not written a second time."


def _lost_entries(database: Database, run: str) -> Iterator[JournalEntry]:
    """Yield the changes of a run that were not written; none where they cannot be read."""
    try:
        yield from Journal(database).of_run(run, states=_LOST)
    except ValueError:  # rows of a newer program
        return


def _lost_item(speaker: Speaker, company: str | None, entry: JournalEntry) -> Item:
    finding = next(iter(entry.findings), None)
    # A finding names the record as people know it, the journal as the caller numbered it.
    kind, _, name = ((finding and finding.record) or entry.record).partition(" ")
    change = PlanStore(speaker.database).change(entry.plan, entry.number)
    stated = _stated(kind, (change and (change.after or change.before)) or {})
    what = ", ".join([speaker.document(company, kind, stated.pop("", name)), *stated.values()])
    if finding is None:
        return Item(what)
    return Item(what, finding.message, finding.remedy, finding.code)


def _stated(kind: str, body: Mapping[str, Any]) -> dict[str, str]:
    """Return what a document says of itself: its number (without a name), party and total."""
    try:
        declared = record_type(kind)
    except ClaryError:  # a record of another system
        return {}
    wanted = {"": declared.number or declared.key, "party": declared.party, "total": declared.total}
    found = ((name, body.get(field)) for name, field in wanted.items() if field)
    return {name: value for name, value in found if isinstance(value, str) and value}


def _runs_confirmed(speaker: Speaker, group: Sequence[Happened]) -> Section:
    company = group[0].company
    written = sum(_number(each.facts, "applied") for each in group)
    present = sum(_number(each.facts, "skipped") for each in group)
    one = len(group) == 1
    runs = "Everything" if one else f"All documents of {len(group):,} runs"
    shown = group[-MOST_ITEMS:]
    only = group[0].facts.get("run") if len(group) == 1 else None
    facts = [("Company", company or ""), ("Written", f"{written:,}")]
    if present:
        facts.append(("There already", f"{present:,}"))
    facts.append(("Ended", speaker.moment(group[-1].at)))
    return Section(
        group[0].kind,
        company,
        f"{runs} for {company} {'was' if one else 'were'} written: {_many(written, 'document')}.",
        facts=tuple(facts),
        items=() if only else tuple(_run_item(speaker, each) for each in shown),
        more=0 if only else len(group) - len(shown),
        advice="Nothing has to be done.",
        link=speaker.link(f"/runs/{only}" if only else f"/runs?company={company}"),
        command=f"clary runs show {only}" if only else f"clary runs list {company}",
    )


def _run_item(speaker: Speaker, happened: Happened) -> Item:
    written = _many(_number(happened.facts, "applied"), "document")
    return Item(str(happened.facts.get("run", "")), f"{written}, {speaker.moment(happened.at)}")


# --- what waits ----------------------------------------------------------------------


def _approval(speaker: Speaker, happened: Happened, _: int) -> Section:
    facts, plan = happened.facts, str(happened.facts.get("plan", ""))
    return Section(
        happened.kind,
        happened.company,
        f"A plan of {facts.get('author')} for {happened.company} waits for an approval.",
        facts=(
            ("Company", happened.company or ""),
            ("Made by", str(facts.get("author", ""))),
            ("Comes to", str(facts.get("amount") or "an amount that cannot be told")),
            ("Limit", str(facts.get("limit", ""))),
            ("Asked for", speaker.moment(happened.at)),
        ),
        advice=f"{facts.get('who')} may look at it and approve it; it is applied after that.",
        link=speaker.link(f"/plans/{plan}"),
        command=f"clary plan approve {plan}",
    )


def _lane(speaker: Speaker, happened: Happened, _: int) -> Section:
    facts, company = happened.facts, happened.company
    waiting = _number(facts, "waiting")
    if happened.kind is Kind.LANE_PERSON:
        title = f"{company} waits for a person."
        passes = (
            "Nothing is written until this is seen to; then everything goes on by itself, in its"
            " order."
        )
    else:
        title = f"{company} could not be worked on for {_number(facts, 'minutes'):,} minutes."
        passes = (
            "Nothing is lost. It goes on by itself, in its order, as soon as the cause has gone."
        )
    declared = code_named(str(facts.get("code")))
    remedy = declared.remedy if declared and "{" not in declared.remedy else ""
    return Section(
        happened.kind,
        company,
        title,
        facts=(
            ("Company", company or ""),
            ("Why", str(facts.get("reason") or facts.get("code") or "")),
            ("Waiting", _many(waiting, "piece of work", "pieces of work")),
            ("Since", speaker.stated(facts.get("since"))),
        ),
        advice=f"{remedy} {passes}".strip(),
        link=speaker.link(f"/companies/{company}/work"),
        command=f"clary work list {company}",
    )


def _parked(speaker: Speaker, group: Sequence[Happened]) -> Section:
    company, shown = group[0].company, group[:MOST_ITEMS]
    many = len(group)
    was = "was" if many == 1 else "were"
    return Section(
        group[0].kind,
        company,
        f"{_many(many, 'document')} for {company} {was} set aside for a person.",
        facts=(("Company", company or ""), ("Last one", speaker.moment(group[-1].at))),
        items=tuple(_parked_item(each.facts) for each in shown),
        more=many - len(shown),
        advice=(
            "The others go on. See to the reasons above, then put back what was set aside; it"
            " is never written twice."
        ),
        link=speaker.link(f"/companies/{company}/work"),
        command=f"clary work retry {company}",
    )


def _pushes(speaker: Speaker, group: Sequence[Happened]) -> Section:
    company, many, shown = group[0].company, len(group), group[:MOST_ITEMS]
    was = "was" if many == 1 else "were"
    return Section(
        group[0].kind,
        company,
        f"{_many(many, 'pushed document')} for {company} {was} refused.",
        facts=(("Company", company or ""), ("Last one", speaker.moment(group[-1].at))),
        items=tuple(_push_item(each.facts) for each in shown),
        more=many - len(shown),
        advice=(
            "Correct what is wrong where the documents come from, and push them again. The"
            " program that pushed them can read the same reasons."
        ),
        link=speaker.link(f"/companies/{company}"),
    )


def _push_item(facts: Mapping[str, Any]) -> Item:
    field, number = facts.get("field"), facts.get("number")
    named = " ".join(str(each) for each in (facts.get("type"), number) if each)
    what = f"{named}{f' ({field})' if field else ''}, push {facts.get('operation', '')}"
    message, remedy = str(facts.get("message") or ""), str(facts.get("remedy") or "")
    return Item(what, message, remedy, str(facts.get("code") or ""))


def _parked_item(facts: Mapping[str, Any]) -> Item:
    about = str(facts.get("about") or "")
    if about.startswith("{"):
        about = _named(about)
    what = f"{str(facts.get('work', 'work')).capitalize()} {about}".strip()
    return Item(what, str(facts.get("reason", "")), "", str(facts.get("code", "")))


def _named(reference: str) -> str:
    """Return the plan that a reference names; nothing where it names none."""
    try:
        return str(json.loads(reference).get("plan", ""))
    except ValueError:  # longer than what is kept of it
        return ""


# --- the installation ------------------------------------------------------------------


def _worker(speaker: Speaker, happened: Happened, _: int) -> Section:
    facts = happened.facts
    return Section(
        happened.kind,
        None,
        "A process that worked for the installation has died.",
        facts=(
            ("Process", str(facts.get("owner", ""))),
            ("Last seen", speaker.stated(facts.get("seen_at"))),
        ),
        advice=(
            "What it was doing is taken over by the others, or when it is started again; nothing"
            " is written twice. Find out why it ended, and check that one is running."
        ),
        link=speaker.link("/doctor"),
        command="clary doctor",
    )


def _schedule(speaker: Speaker, happened: Happened, _: int) -> Section:
    facts, company = happened.facts, happened.company
    name = str(facts.get("schedule", ""))
    return Section(
        happened.kind,
        company,
        f"The scheduled work {name} for {company} has failed.",
        facts=(
            ("Company", company or ""),
            ("Schedule", name),
            ("Why", str(facts.get("reason", ""))),
            ("When", speaker.moment(happened.at)),
        ),
        advice="See to the reason; it is tried again at its next time.",
        link=speaker.link(f"/schedules/{name}"),
        command=f"clary work list {company}",
    )


def _audit(speaker: Speaker, happened: Happened, _: int) -> Section:
    facts = happened.facts
    return Section(
        happened.kind,
        None,
        "The audit trail does not hold.",
        facts=(("What", str(facts.get("reason", ""))), ("Found", speaker.moment(happened.at))),
        advice=str(facts.get("remedy", "")),
        link=speaker.link("/audit"),
        command="clary doctor",
    )


_ONE_BY_ONE: Final[Mapping[Kind, Callable[[Speaker, Happened, int], Section]]] = {
    Kind.RUN_PROBLEMS: _run_problems,
    Kind.PLAN_APPROVAL: _approval,
    Kind.LANE_PERSON: _lane,
    Kind.LANE_BUSY: _lane,
    Kind.WORKER_DIED: _worker,
    Kind.SCHEDULE_FAILED: _schedule,
    Kind.AUDIT_BROKEN: _audit,
}
_TOGETHER: Final[Mapping[Kind, Callable[[Speaker, Sequence[Happened]], Section]]] = {
    Kind.RUN_CONFIRMED: _runs_confirmed,
    Kind.PUSH_REFUSED: _pushes,
    Kind.DOCUMENT_PARKED: _parked,
}


def _number(facts: Mapping[str, Any], name: str) -> int:
    value = facts.get(name)
    return value if isinstance(value, int) else 0


def _many(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def facts_of(text: str) -> Mapping[str, Any]:
    """Return the facts of a happening as they were put down."""
    return dict(json.loads(text))
