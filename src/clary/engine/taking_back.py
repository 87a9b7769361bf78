"""One change taken back: which change does it, and what stands against it.

Nothing is forced: what was edited, settled or used since becomes a finding with its
cause, and the change is planned as rejected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date

from clary.companies.contract import Info, Session
from clary.companies.keys import parse_key
from clary.companies.target import SETTLEMENT_FIELDS, compared, holds, same
from clary.engine import undo_codes as codes
from clary.engine.journal import JournalEntry
from clary.engine.plan import Planned
from clary.engine.undo_dates import undo_date
from clary.kernel.change import Action, Body, Change, JsonValue, Origin, Verb
from clary.kernel.errors import Code, Finding, Severity
from clary.ledger.editions.undo import MOVED_BY_DOCUMENTS, Method, WayBack, way_back
from clary.ledger.record import Family, RecordType
from clary.ledger.registry import record_type
from clary.ledger.worth import moved_worth

SHOWN = 5
"""Records or fields that one finding names."""

_VERBS = {Method.VOID: Verb.VOID, Method.REVERSE: Verb.REVERSE, Method.UNALLOCATE: Verb.UNALLOCATE}


@dataclass(frozen=True, slots=True)
class Way:
    """How one record is taken back, as far as it is known.

    Attributes:
        action: what the change does.
        verb: what its act does.
        key: key of the record; none where a record is made again.
        record_type: type of the record.
        after: what the change states.
        findings: what stands against it or is to be known.
        expected: what the record will hold once the change is done; none if it is gone.
        stays: the record keeps its history in the books.
        makes: where a record made again comes from.
        uses: what refers to the record, in words; it is taken back first.
    """

    action: Action
    record_type: str
    key: str | None
    verb: Verb | None = None
    after: Body | None = None
    findings: tuple[Finding, ...] = ()
    expected: Body | None = None
    stays: bool = False
    makes: Origin | None = None
    uses: frozenset[str] = frozenset()


@dataclass(slots=True)
class TakingBack:
    """Takes changes back one by one, the newest first, and remembers what it has planned.

    Attributes:
        numbers: change that takes a record back, by the record in words.
        staying: records that will be taken back and yet keep their history.
        simulated: what a record will hold after the changes planned so far.
        is_ours: tells whether the run to take back created a record, given in words.
        generations: generation of the books that each plan was made for, by the plan's id.
    """

    session: Session
    info: Info
    delete_posted: bool
    number: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    staying: set[str] = field(default_factory=set)
    simulated: dict[str, Body | None] = field(default_factory=dict)
    is_ours: Callable[[str], bool] = lambda _: False
    generations: Mapping[str, int] = field(default_factory=dict)

    def plan(self, entry: JournalEntry, change: Change | None) -> Planned:
        """Return the change that takes a confirmed change back.

        Args:
            entry: the change's row in the journal.
            change: the change as planned, where the undo needs what was before; none
                where its plan has lost its bodies.
        """
        declared = record_type(entry.record_type)
        record = f"{declared.name} {entry.key}"
        now = self._now(declared, entry, record)
        way = self._way(declared, entry, change, now)
        self.number += 1
        first = {self.numbers[use] for use in way.uses if use in self.numbers}
        if not any(each.severity is Severity.ERROR for each in way.findings):
            self._remember(record, way, created=entry.action is Action.CREATE)
        planned = Change(
            number=self.number,
            system=entry.system,
            action=way.action,
            record_type=way.record_type,
            key=way.key,
            before=None if now is None else self._guarded(declared, now, way),
            after=way.after,
            verb=way.verb,
            origin=way.makes,
            depends_on=tuple(sorted(first)),
            document=entry.document,
            undoes=(entry.plan, entry.number),
        )
        return Planned(planned, way.findings, *self._moved(declared, entry.body))

    def _moved(self, declared: RecordType, body: Body | None) -> tuple[str, int]:
        """Return the currency of a document and what it is worth in minor units, if any."""
        if body is None or declared.family is Family.LIST:
            return "", 0
        currency = str(body.get("currency") or self.info.currency)
        return currency, moved_worth(declared, body, None)

    def _remember(self, record: str, way: Way, *, created: bool) -> None:
        """Note that a record is taken back, for the older changes that follow."""
        taken = f"{way.record_type} {way.key}" if way.key else record
        self.numbers[taken] = self.number
        # Nothing older than its creation needs to know what a record holds.
        if taken == record and (way.expected is None or not created):
            self.simulated[record] = way.expected
        if way.stays:
            self.staying.add(taken)

    def _now(self, declared: RecordType, entry: JournalEntry, record: str) -> Body | None:
        if record in self.simulated:
            return self.simulated[record]
        if entry.key is None:
            return None
        return self.session.get_many(declared.name, [parse_key(declared, entry.key)])[0]

    def _guarded(self, declared: RecordType, now: Body, way: Way) -> Body | None:
        """Return what the record must still hold when the change is applied."""
        if way.makes is not None or way.record_type != declared.name:
            return None
        settled_by_plan = bool(way.uses)
        return {
            name: value
            for name, value in compared(declared, now).items()
            if not (settled_by_plan and name in SETTLEMENT_FIELDS)
        }

    def _way(
        self,
        declared: RecordType,
        entry: JournalEntry,
        change: Change | None,
        now: Body | None,
    ) -> Way:
        if entry.action is Action.DELETE:
            return self._make_again(declared, entry, change, now)
        restored = self._were_restored(entry)
        if now is None:
            lost = codes.UNDO_LOST if restored else codes.UNDO_GONE
            return _refused(entry, lost, what="this record")
        if entry.body is None:
            return _refused(entry, codes.UNDO_UNPROVEN)
        edited = self._edited(declared, entry, entry.body, now)
        if restored and edited:
            return self._differing(declared, entry, change, now)
        if entry.action is Action.UPDATE:
            return self._restore(declared, entry, change, now, edited)
        if entry.action is Action.ACT:
            return self._take_back_act(declared, entry, now)
        way = way_back(self.info.edition, declared.name)
        if declared.family is Family.LIST:
            return self._remove(declared, entry, now, edited)
        return self._take_back_document(declared, entry, now, edited, way)

    def _were_restored(self, entry: JournalEntry) -> bool:
        """Tell whether the books were restored from a backup since a change was planned."""
        return self.generations.get(entry.plan, self.info.generation) != self.info.generation

    def _differing(
        self, declared: RecordType, entry: JournalEntry, change: Change | None, now: Body
    ) -> Way:
        """Return why a record of restored books, which differs from what the run left, stays."""
        then = entry.body or {}
        if change is not None and holds(now, _restored(declared, change, then, now)):
            return _refused(entry, codes.UNDO_LOST, what="this change")
        fields = _named(_differences(declared, then, now) - SETTLEMENT_FIELDS)
        return _refused(entry, codes.UNDO_RESTORED, fields=fields)

    # --- what was updated, deleted or done ------------------------------------------------

    def _restore(
        self,
        declared: RecordType,
        entry: JournalEntry,
        change: Change | None,
        now: Body,
        edited: tuple[Finding, ...],
    ) -> Way:
        if change is None or change.before is None:
            return _refused(entry, codes.UNDO_BODIES_GONE)
        restored = _restored(declared, change, entry.body or {}, now)
        is_list = declared.family is Family.LIST
        used: frozenset[str] = frozenset() if is_list else self._uses(declared, entry)
        findings = edited + self._settled(entry, entry.body or {}, now, used)
        expected = {**now, **restored}
        return Way(
            Action.UPDATE,
            declared.name,
            entry.key,
            after=restored,
            findings=findings,
            expected={name: value for name, value in expected.items() if value is not None},
            uses=used,
        )

    def _make_again(
        self,
        declared: RecordType,
        entry: JournalEntry,
        change: Change | None,
        now: Body | None,
    ) -> Way:
        if change is None or change.before is None:
            return _refused(entry, codes.UNDO_BODIES_GONE)
        if now is not None and self._were_restored(entry):
            return _refused(entry, codes.UNDO_LOST, what="this deletion")
        if now is not None:
            return _refused(entry, codes.UNDO_TAKEN)
        fields = declared.fields
        body: Body = {
            name: value
            for name, value in change.before.items()
            if name in fields and not fields[name].computed
        }
        if declared.family is Family.LIST:
            return Way(Action.CREATE, declared.name, None, after=body, expected=body)
        warning = codes.UNDO_MADE_AGAIN.warning(record=entry.record)
        origin = Origin("undo", f"{entry.plan}#{entry.number}")
        body.pop("origin", None)
        return Way(
            Action.CREATE, declared.name, None, after=body, findings=(warning,), makes=origin
        )

    def _take_back_act(self, declared: RecordType, entry: JournalEntry, now: Body) -> Way:
        if entry.verb is Verb.ALLOCATE:
            allocation = (entry.undo or {}).get("allocation")
            if allocation is not None:
                return Way(
                    Action.ACT,
                    "allocation",
                    str(allocation),
                    Verb.UNALLOCATE,
                    after={},
                    expected=now,
                    stays=True,
                )
        if entry.verb is Verb.POST:
            edited = self._edited(declared, entry, entry.body or {}, now)
            way = way_back(self.info.edition, declared.name)
            return self._take_back_document(declared, entry, now, edited, way)
        return _refused(entry, codes.UNDO_NO_WAY, action=entry.taken)

    # --- what was created -----------------------------------------------------------------

    def _remove(
        self,
        declared: RecordType,
        entry: JournalEntry,
        now: Body,
        edited: tuple[Finding, ...],
    ) -> Way:
        """Take a created list record back: delete it, or set it inactive for its history."""
        used = self._uses(declared, entry)
        foreign = used - self.numbers.keys()
        if foreign:
            finding = codes.UNDO_USED.finding(record=entry.record, by=_named(foreign))
            return Way(Action.DELETE, declared.name, entry.key, findings=(*edited, finding))
        if not used & self.staying:
            return Way(Action.DELETE, declared.name, entry.key, findings=edited, uses=used)
        if "inactive" not in declared.fields_in(self.info.edition, self.info.release):
            history = codes.UNDO_HISTORY.finding(record=entry.record)
            return Way(Action.DELETE, declared.name, entry.key, findings=(*edited, history))
        warning = codes.UNDO_SET_INACTIVE.warning(record=entry.record)
        return Way(
            Action.UPDATE,
            declared.name,
            entry.key,
            after={"inactive": True},
            findings=(*edited, warning),
            expected={**now, "inactive": True},
            stays=True,
            uses=used,
        )

    def _take_back_document(
        self,
        declared: RecordType,
        entry: JournalEntry,
        now: Body,
        edited: tuple[Finding, ...],
        way: WayBack,
    ) -> Way:
        deletes = way.method is Method.DELETE or (self.delete_posted and way.deletable)
        base = Way(
            Action.DELETE if deletes else Action.ACT,
            declared.name,
            entry.key,
            None if deletes else _VERBS[way.method],
            stays=not deletes,
        )
        if f"{declared.name} {entry.key}" in self.staying:
            # A newer change of the run is taken back by the same reversal.
            return replace(base, after={}, expected=now, uses=frozenset({entry.record}))
        by_hand = now.get("reversed_by")
        if by_hand is not None and (entry.body or {}).get("reversed_by") is None:
            warning = codes.UNDO_BY_HAND.warning(record=entry.record, by=by_hand)
            return replace(base, after={}, expected=now, findings=(warning,))
        used = self._uses(declared, entry)
        findings = edited + self._settled(entry, entry.body or {}, now, used)
        posted = declared.family is Family.POSTED
        after, dated = self._dated(entry, now, deletes=deletes) if posted else (None, ())
        return replace(base, after=after, findings=findings + dated, uses=used, expected=now)

    def _dated(
        self, entry: JournalEntry, now: Body, *, deletes: bool
    ) -> tuple[Body | None, tuple[Finding, ...]]:
        """Return the details of the act that dates it, and what is to be said of the date."""
        original = date.fromisoformat(str(now.get("date")))
        day = undo_date(self.info, original)
        if day is None:
            return None, (codes.UNDO_ALL_CLOSED.finding(record=entry.record),)
        if deletes:
            closed = codes.UNDO_CLOSED.finding(record=entry.record, original=original)
            return None, () if day == original else (closed,)
        if day == original:
            return {"date": day.isoformat()}, ()
        moved = codes.UNDO_REDATED.warning(record=entry.record, original=original, date=day)
        return {"date": day.isoformat()}, (moved,)

    def _uses(self, declared: RecordType, entry: JournalEntry) -> frozenset[str]:
        return frozenset(self.session.uses(declared.name, parse_key(declared, str(entry.key))))

    def _edited(
        self, declared: RecordType, entry: JournalEntry, then: Body, now: Body
    ) -> tuple[Finding, ...]:
        """Return the finding that a record was edited since it was read back, if it was."""
        names = _differences(declared, then, now) - SETTLEMENT_FIELDS
        if not names or self._moved_by_documents(declared, entry, names):
            return ()
        return (codes.UNDO_EDITED.finding(record=entry.record, fields=_named(names)),)

    def _moved_by_documents(
        self, declared: RecordType, entry: JournalEntry, names: AbstractSet[str]
    ) -> bool:
        """Tell whether the company itself changed these fields, for documents that use it."""
        moved = MOVED_BY_DOCUMENTS.get(declared.name, frozenset())
        created = entry.action is Action.CREATE
        return created and names <= moved and bool(self._uses(declared, entry))

    def _settled(
        self, entry: JournalEntry, then: Body, now: Body, used: frozenset[str]
    ) -> tuple[Finding, ...]:
        """Return the finding that a document was settled by something that stays.

        What this very undo takes back, before or after the document, does not stay.
        """
        foreign = {use for use in used - self.numbers.keys() if not self.is_ours(use)}
        if foreign:
            by = f" by {_named(foreign)}"
            return (codes.UNDO_SETTLED.finding(record=entry.record, by=by),)
        differs = any(then.get(name) != now.get(name) for name in SETTLEMENT_FIELDS)
        if differs and not used:
            return (codes.UNDO_SETTLED.finding(record=entry.record, by=""),)
        return ()


def _differences(declared: RecordType, then: Body, now: Body) -> set[str]:
    """Return the names of the fields in which two states of a record differ."""
    old, new = compared(declared, then), compared(declared, now)
    names = old.keys() | new.keys()
    return {name for name in names if not same(old.get(name), new.get(name))}


def _refused(
    entry: JournalEntry, code: Code, *, action: str = "", what: str = "", fields: str = ""
) -> Way:
    """Return the way of a change that cannot be taken back, with the reason."""
    finding = code.finding(record=entry.record, action=action, what=what, fields=fields)
    return Way(Action.UPDATE, entry.record_type, entry.key, findings=(finding,))


def refused(entry: JournalEntry, number: int, finding: Finding) -> Planned:
    """Return the change, planned as rejected, of something that cannot be taken back."""
    change = Change(
        number,
        entry.system,
        Action.UPDATE,
        entry.record_type,
        entry.key,
        document=entry.document,
    )
    return Planned(change, (finding,))


def _restored(declared: RecordType, change: Change, then: Body, now: Body) -> Body:
    """Return what an update must state so that a record is as it was before a change.

    The company works out more of a document than was stated (taxes, total, due date), so
    everything that differs is stated, none for what was absent.

    Args:
        declared: type of the record.
        change: the change as planned; of a document it holds the whole record before it.
        then: the record as it stood after the change.
        now: the record as it will stand when it is restored.
    """
    before, after = compared(declared, change.before or {}), compared(declared, then)
    names = dict.fromkeys(change.after or {})
    whole = not before.keys() <= names.keys()
    if whole and declared.family is not Family.LIST:
        differing = (
            n for n in before.keys() | after.keys() if not same(before.get(n), after.get(n))
        )
        names |= dict.fromkeys(sorted(differing))
    fields, present = declared.fields, compared(declared, now)
    return {
        name: _stating(before.get(name), present.get(name))
        for name in names
        if name in fields and not fields[name].computed
    }


def _stating(before: JsonValue, now: JsonValue) -> JsonValue:
    """Return a value with none for what its entries hold now and did not hold before."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        return {**dict.fromkeys(now), **before}
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        return [_stating(old, new) for old, new in zip(before, now, strict=True)]
    return before


def _named(names: AbstractSet[str]) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + more
