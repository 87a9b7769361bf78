"""The suite on what makes reruns safe: origins, the change feed, grouped writes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

from clary.companies.conformance.books import books, check_books, take_back
from clary.companies.conformance.expecting import equal, expect, refused
from clary.companies.conformance.harness import Bench, Harness, Work, declared_types
from clary.companies.contract import Changed, Fate, Kind, Operation, OriginPlace, Query
from clary.companies.keys import Key, key_of
from clary.kernel.change import Body, Origin
from clary.kernel.errors import Rejected
from clary.ledger.fields import Kind as FieldKind
from clary.ledger.registry import record_type

TAKING_BACK = (Operation.VOID, Operation.REVERSE, Operation.DELETE)
STAMPS = frozenset({"guid", "created_at", "last_saved_at"})


def origin(work: Work, words: str = "document", attempt: int = 1) -> Origin:
    """Return a fresh origin."""
    return Origin("conformance", f"{words}-{work.references.serial()}", attempt=attempt)


class FindingTests(Harness):
    """Documents and records that are found again."""

    def test_origins_are_found_in_bulk_with_what_became_of_their_documents(
        self, bench: Bench, type_name: str
    ) -> None:
        if not _stores_origins(bench, type_name):
            return
        with bench.work() as work:
            live, absent = origin(work), origin(work)
            key = work.create(type_name, work.minimal(type_name), live)
            if key is None:
                return
            reversals = dict(_reversed(work, type_name))
            asked = [absent, live, *reversals, live, Origin(live.system, live.document, "2")]
            found = work.session.find_origins(type_name, asked)
            wanted = [Fate.ABSENT, Fate.LIVE, *reversals.values(), Fate.LIVE, Fate.ABSENT]
            equal([each.fate for each in found], wanted, f"fates of {type_name}s")
            for each in (found[1], found[-2]):
                equal(each.key, key, f"key of the live {type_name}")
                expect(each.evidence, "a hit says by which evidence it was found")
            equal(list(work.session.find_origins(type_name, [])), [], "no origins, no answers")

    def test_the_next_attempt_at_an_origin_is_another_document(
        self, bench: Bench, type_name: str
    ) -> None:
        taken = [each for each in TAKING_BACK if bench.can(type_name, each)]
        if not _stores_origins(bench, type_name) or not taken:
            return
        with bench.work() as work:
            first = origin(work)
            second = Origin(first.system, first.document, first.revision, attempt=2)
            key = work.create(type_name, work.minimal(type_name), first)
            if key is None:
                return
            take_back(work, type_name, key_of(record_type(type_name), key), taken[0])
            again = work.create(type_name, work.minimal(type_name), second)
            found = work.session.find_origins(type_name, [first, second])
            expect(found[0].fate is not Fate.LIVE, f"the first {type_name} was taken back")
            equal((found[1].fate, found[1].key), (Fate.LIVE, again), f"the second {type_name}")

    def test_a_long_and_a_strange_origin_are_found(self, bench: Bench, type_name: str) -> None:
        if not _stores_origins(bench, type_name):
            return
        with bench.work() as work:
            for words in ("d" * 150, "50%: a:b", 'O\'Brien & "Søn"'):
                made = origin(work, words)
                key = work.create(type_name, work.minimal(type_name), made)
                if key is not None:
                    (found,) = work.session.find_origins(type_name, [made])
                    equal((found.fate, found.key), (Fate.LIVE, key), f"origin {made.text}")

    def test_a_refused_document_leaves_no_origin(self, bench: Bench, type_name: str) -> None:
        if not _stores_origins(bench, type_name):
            return
        with bench.work() as work:
            made = origin(work)
            body: Body = {**work.minimal(type_name), "no_such_field": 1}
            refused(Rejected, type_name, lambda: work.session.create(type_name, body, made))
            (found,) = work.session.find_origins(type_name, [made])
            equal(found.fate, Fate.ABSENT, f"origin of a refused {type_name}")

    def test_the_feed_tells_what_changed_and_misses_nothing_at_the_stamp(
        self, bench: Bench, type_name: str
    ) -> None:
        if not bench.can(type_name, Operation.READ):
            return
        feed = bench.capabilities[type_name].feed
        if not feed or not bench.can(type_name, Operation.CREATE):
            return
        with bench.work() as work:
            key = work.made(type_name)
            if key is None:
                return
            _check_all_told(work, type_name)
            if "updated" in feed and bench.can(type_name, Operation.UPDATE):
                _check_update_told(work, type_name, key)
            if "created" in feed:
                _check_creation_told(work, type_name)
            if "deleted" in feed and bench.can(type_name, Operation.DELETE):
                _check_deletion_told(work, type_name)

    def test_grouped_writes_do_what_single_ones_do(self, tmp_path: Path) -> None:
        outcomes = []
        for name in ("singly", "grouped"):
            folder = tmp_path / name
            folder.mkdir()
            bench = self.bench_in(folder)
            with bench.work() as work:
                _write_some(work, grouped=name == "grouped")
                outcomes.append(_whole(work))
                if bench.tells_books:
                    check_books(work, f"after records were written {name}")
        for type_name, single in outcomes[0].items():
            equal(outcomes[1][type_name], single, f"{type_name} when written in a group")

    def test_a_refused_write_in_a_group_leaves_the_others_standing(self, fresh: Bench) -> None:
        if not fresh.can("customer", Operation.CREATE, Operation.READ):
            return
        with fresh.work() as work:
            bodies = [work.minimal("customer") for _ in range(3)]
            before = work.keys("customer")
            with work.session.group():
                first = work.create("customer", bodies[0])
                wrong: Body = {**bodies[1], "no_such_field": 1}
                refused(Rejected, "in a group", lambda: work.session.create("customer", wrong))
                last = work.create("customer", bodies[2])
                if first is not None:
                    work.check_kept("customer", bodies[0], first)
        if first is not None and last is not None:
            with fresh.work() as later:
                wanted = sorted([*before, first, last])
                equal(sorted(later.keys("customer")), wanted, "customers after the group")


def _stores_origins(bench: Bench, type_name: str) -> bool:
    if not bench.can(type_name, Operation.CREATE, Operation.READ):
        return False
    return bench.capabilities[type_name].origin is OriginPlace.STORED


def _reversed(work: Work, type_name: str) -> Iterable[tuple[Origin, Fate]]:
    """Yield origins whose documents were taken back, each with the fate that must be told."""
    for step in TAKING_BACK:
        if work.bench.can(type_name, step):
            made = origin(work)
            key = work.create(type_name, work.minimal(type_name), made)
            if key is not None:
                take_back(work, type_name, key_of(record_type(type_name), key), step)
                yield made, Fate.ABSENT if step is Operation.DELETE else Fate.REVERSED


def _told(work: Work, type_name: str, since: str | None) -> dict[str, list[Changed]]:
    told: dict[str, list[Changed]] = {}
    for each in work.session.changes(type_name, since):
        told.setdefault(each.key, []).append(each)
    return told


def _newest(work: Work, type_name: str) -> str | None:
    """Return the last stamp that the feed gives."""
    stamps = [each.stamp for each in work.session.changes(type_name, None)]
    return max((stamp for stamp in stamps if stamp is not None), default=None)


def _check_all_told(work: Work, type_name: str) -> None:
    """Without a stamp every record is told; at a stamp all that bear it or none."""
    told = _told(work, type_name, None)
    missing = set(work.keys(type_name)) - set(told)
    expect(not missing, f"the feed of {type_name} lacks {sorted(missing)}")
    since = _newest(work, type_name)
    again = _told(work, type_name, since)
    for key, entries in told.items():
        newest = entries[-1]
        if newest.stamp is None or (since is not None and newest.stamp >= since):
            expect(key in again, f"the feed of {type_name} since {since} lacks {key}")
        if newest.kind is not Kind.DELETED and newest.body is not None:
            equal(newest.body, work.get(type_name, key), f"body of {type_name} {key} in the feed")


def _check_update_told(work: Work, type_name: str, key: Key) -> None:
    told = _told(work, type_name, None)[key.value][-1].stamp
    work.made(type_name)
    since = _newest(work, type_name)
    change = _some_change(work, type_name)
    if not change:
        return
    try:
        work.session.update(type_name, key, change)
    except Rejected:
        return
    entries = _told(work, type_name, since).get(key.value, [])
    expect(entries, f"the feed of {type_name} does not tell of an update")
    # Without stamps, or made at the very stamp, a record may as well be new.
    if since is not None and entries[-1].stamp is not None and told and told < since:
        equal(entries[-1].kind, Kind.UPDATED, f"how an updated {type_name} is told")


def _some_change(work: Work, type_name: str) -> Body:
    """Return a change of a free text."""
    declared = record_type(type_name)
    fields = declared.fields_in(work.bench.edition, work.bench.info.release)
    for name, spec in fields.items():
        free = spec.kind is FieldKind.TEXT and not (spec.computed or spec.key or spec.reference)
        if free and name not in ("origin", declared.party):
            return {name: str(work.references.serial())}
    return {}


def _check_creation_told(work: Work, type_name: str) -> None:
    since = _newest(work, type_name)
    key = work.made(type_name)
    if key is None:
        return
    entries = _told(work, type_name, since).get(key.value, [])
    expect(entries, f"the feed of {type_name} does not tell of a new record")
    equal(entries[-1].kind, Kind.CREATED, f"how a new {type_name} is told")


def _check_deletion_told(work: Work, type_name: str) -> None:
    key = work.made(type_name)
    if key is None:
        return
    since = _newest(work, type_name)
    work.session.delete(type_name, key)
    entries = _told(work, type_name, since).get(key.value, [])
    expect(entries, f"the feed of {type_name} does not tell of a deletion")
    equal(entries[-1].kind, Kind.DELETED, f"how a deleted {type_name} is told")


def _write_some(work: Work, *, grouped: bool) -> None:
    """Create, change and take back records of every type, all in one group or singly."""
    types = declared_types(work.bench, Operation.CREATE)
    makers = (work.minimal, work.maximal)
    bodies = [(one, make(one.name)) for one in types for make in makers]
    with work.session.group() if grouped else nullcontext():
        for declared, body in bodies:
            key = work.create(declared.name, body)
            change = _some_change(work, declared.name)
            if key is not None and change and work.bench.can(declared.name, Operation.UPDATE):
                work.session.update(declared.name, key_of(declared, key), change)
        for declared in types:
            extra = work.made(declared.name)
            steps = [each for each in TAKING_BACK if work.bench.can(declared.name, each)]
            if extra is not None and steps:
                take_back(work, declared.name, extra, steps[0])


def _whole(work: Work) -> dict[str, object]:
    """Return everything that a company holds, without what no two companies share."""
    whole: dict[str, object] = {"figures": books(work)} if work.bench.tells_books else {}
    for declared in declared_types(work.bench, Operation.READ):
        whole[declared.name] = [
            {name: value for name, value in body.items() if name not in STAMPS}
            for body in work.session.read(declared.name, Query())
        ]
    return whole
