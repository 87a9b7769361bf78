"""The suite on single records: created, read back, found by key, changed and deleted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from clary.companies.conformance.about import nobody
from clary.companies.conformance.expecting import differences, equal, expect, kept, refused
from clary.companies.conformance.harness import Bench, Harness, Work
from clary.companies.contract import Operation
from clary.companies.keys import RECORD_AMBIGUOUS, RECORD_NOT_FOUND, Key, KeyKind, key_of
from clary.kernel.change import Body, JsonValue, Verb
from clary.kernel.errors import Rejected, Unsupported
from clary.ledger.fields import FieldSpec, Kind, Rule
from clary.ledger.record import Family, RecordType
from clary.ledger.registry import record_type
from clary.ledger.schema import FIELD_COMPUTED, Purpose

FIGURES = frozenset({"total", "amount", "taxes", "discount_amount", "discount_date", "lines"})
"""Fields of a document that may be worked out anew when another one changes."""

STAMPS = frozenset({"last_saved_at", "guid", "record_number"})


class RecordTests(Harness):
    """One record at a time."""

    def test_the_smallest_record_is_kept_as_stated(self, bench: Bench, type_name: str) -> None:
        if not bench.can(type_name, Operation.CREATE):
            return
        with bench.work() as work:
            body = work.minimal(type_name)
            _check_written(work, type_name, body)

    def test_the_fullest_record_is_kept_as_stated(self, bench: Bench, type_name: str) -> None:
        if not bench.can(type_name, Operation.CREATE):
            return
        with bench.work() as work:
            body = work.maximal(type_name)
            _check_written(work, type_name, body)

    def test_every_choice_is_kept(self, bench: Bench, type_name: str) -> None:
        if not bench.can(type_name, Operation.CREATE, Operation.READ):
            return
        fields = record_type(type_name).fields_in(bench.edition, bench.info.release)
        if record_type(type_name).family is not Family.LIST:
            return
        with bench.work() as work:
            for name, spec in fields.items():
                rule = spec.rule(bench.edition)
                for choice in rule.choices if rule and not spec.computed else ():
                    _check_choice(work, type_name, name, choice)

    def test_samples_of_the_driver_are_kept(self, bench: Bench, type_name: str) -> None:
        with bench.work() as work:
            for body in self.samples.get(type_name, ()):
                _check_written(work, type_name, dict(body))

    def test_a_record_is_found_by_every_kind_of_key(self, bench: Bench, type_name: str) -> None:
        if not bench.can(type_name, Operation.CREATE, Operation.READ):
            return
        with bench.work() as work:
            key = work.made(type_name)
            if key is None:
                return
            found = work.session.get(type_name, key)
            for other in _other_keys(record_type(type_name), found):
                equal(work.session.get(type_name, other), found, f"{type_name} by {other}")

    def test_an_unknown_key_is_said_to_be_unknown(self, bench: Bench, type_name: str) -> None:
        declared = record_type(type_name)
        if not bench.can(type_name, Operation.READ):
            return
        keys = [nobody(declared), Key(KeyKind.GUID, "{00000000-0000-0000-0000-000000000000}")]
        if "guid" not in declared.fields_in(bench.edition):
            keys.pop()
        if declared.party is not None and declared.number is not None and not _is_tie(declared):
            party = KeyKind(declared.party.removesuffix("_id"))
            keys.append(Key(party, "NOSUCH", "NOSUCH"))
        with bench.work() as work:
            for key in keys:
                _check_unknown(work, declared, key)

    def test_a_door_that_cannot_tell_uses_says_so(self, bench: Bench, type_name: str) -> None:
        if self.tells_uses:
            return
        with bench.work() as work:
            key = nobody(record_type(type_name))
            refused(Unsupported, "uses", lambda: work.session.uses(type_name, key))

    def test_uses_of_an_unknown_record_say_that_it_is_unknown(
        self, bench: Bench, type_name: str
    ) -> None:
        if not self.tells_uses or not bench.can(type_name, Operation.READ):
            return
        with bench.work() as work:
            key = nobody(record_type(type_name))
            error = refused(Rejected, "uses", lambda: work.session.uses(type_name, key))
            equal(error.code, RECORD_NOT_FOUND.name, f"uses of {type_name} {key}")

    def test_many_records_come_in_the_order_of_their_keys(
        self, bench: Bench, type_name: str
    ) -> None:
        if not bench.can(type_name, Operation.CREATE, Operation.READ):
            return
        with bench.work() as work:
            keys = [work.made(type_name), work.made(type_name)]
            first, second = keys
            if first is None or second is None:
                return
            unknown = nobody(record_type(type_name))
            found = work.session.get_many(type_name, [second, unknown, first, second])
            one, other = work.session.get(type_name, first), work.session.get(type_name, second)
            equal(list(found), [other, None, one, other], f"{type_name} by many keys")

    def test_a_number_that_two_documents_share_is_ambiguous(
        self, bench: Bench, type_name: str
    ) -> None:
        declared = record_type(type_name)
        party = (declared.party or "").removesuffix("_id")
        if party not in ("customer", "vendor") or declared.number is None:
            return
        if not bench.can(type_name, Operation.CREATE, Operation.READ):
            return
        with bench.work() as work:
            number = f"TWICE{work.references.serial()}"[:7]
            key = Key(KeyKind(party), number, _make_two(work, declared, party, number))
            if key.party is None:
                return
            error = refused(
                Rejected,
                f"{type_name} by a number that two have",
                lambda: work.session.get(type_name, key),
            )
            equal(error.code, RECORD_AMBIGUOUS.name, f"{type_name} {key}")
            refused(
                Rejected,
                f"many {type_name}s by a number that two have",
                lambda: work.session.get_many(type_name, [key]),
            )

    def test_an_update_changes_the_stated_field_and_no_other(
        self, bench: Bench, type_name: str
    ) -> None:
        if not bench.can(type_name, Operation.CREATE, Operation.READ, Operation.UPDATE):
            return
        with bench.work() as work:
            key = work.create(type_name, work.maximal(type_name))
            if key is None:
                return
            other = work.maximal(type_name)
            for name, value in other.items():
                spec = record_type(type_name).fields[name]
                if not spec.key and name != "origin":
                    _check_update(work, type_name, key, spec, value)

    def test_a_field_stated_as_none_is_cleared(self, bench: Bench, type_name: str) -> None:
        if not bench.can(type_name, Operation.CREATE, Operation.READ, Operation.UPDATE):
            return
        with bench.work() as work:
            key = work.create(type_name, work.maximal(type_name))
            if key is None:
                return
            for name, spec in _clearable(work, type_name).items():
                _check_cleared(work, type_name, key, name, spec)

    def test_a_deleted_record_is_gone(self, bench: Bench, type_name: str) -> None:
        if not bench.can(type_name, Operation.CREATE, Operation.READ, Operation.DELETE):
            return
        with bench.work() as work:
            key = work.made(type_name)
            if key is None:
                return
            others = work.keys(type_name)
            work.session.delete(type_name, key)
            equal(
                sorted(work.keys(type_name)),
                sorted(set(others) - {key.value}),
                f"{type_name}s after one was deleted",
            )
            _check_unknown(work, record_type(type_name), key)

    def test_what_is_in_use_cannot_be_deleted(self, fresh: Bench) -> None:
        if not fresh.can("sales_invoice", Operation.CREATE):
            return
        with fresh.work() as work:
            work.create("sales_invoice", work.maximal("sales_invoice"))
            for type_name in ("customer", "item", "tax_code", "account"):
                key = work.references.key(type_name, "income" if type_name == "account" else "")
                if type_name == "tax_code":
                    tax = work.references.tax()
                    key = tax.id if tax is not None else None
                if key is not None and fresh.can(type_name, Operation.DELETE):
                    _check_in_use(work, type_name, Key(KeyKind.ID, key))

    def test_a_key_in_another_case_is_the_same_key(self, bench: Bench, type_name: str) -> None:
        declared = record_type(type_name)
        if declared.family is not Family.LIST or not bench.can(type_name, Operation.CREATE):
            return
        with bench.work() as work:
            body = work.minimal(type_name)
            if work.create(type_name, body) is None:
                return
            again = {**body, declared.key: str(body[declared.key]).swapcase()}
            count = len(work.keys(type_name))
            if bench.capabilities[type_name].create_is_upsert:
                work.session.create(type_name, again)
            else:
                what = f"a second {type_name} {again[declared.key]}"
                refused(Rejected, what, lambda: work.session.create(type_name, again))
            equal(len(work.keys(type_name)), count, f"number of {type_name}s")


def _check_written(work: Work, type_name: str, body: Body) -> None:
    """Create a record and compare what is stored with what was stated."""
    key = work.create(type_name, body)
    if key is None or not work.bench.can(type_name, Operation.READ):
        return
    work.check_kept(type_name, body, key)
    stored = work.get(type_name, key)
    name = record_type(type_name).key
    expect(stored.get(name) is not None, f"{type_name}: the record lacks its key {name}")
    expect(key in work.keys(type_name), f"{type_name} {key} is not among those that are read")


def _check_choice(work: Work, type_name: str, name: str, choice: str) -> None:
    body = {**work.minimal(type_name), name: choice}
    try:
        key = work.create(type_name, body)
    except Rejected as error:
        # Some there can be only one of, such as the account for retained earnings.
        expect("ONCE" in error.code, f"{type_name}.{name} = {choice}: {error.code}")
        return
    if key is not None:
        work.check_kept(type_name, body, key)


def _is_tie(declared: RecordType) -> bool:
    return declared.party == "party_id"


def _other_keys(declared: RecordType, body: Body) -> list[Key]:
    """Return the kinds of keys that a stored record shows beside its own."""
    keys = []
    if body.get("guid") is not None:
        keys.append(Key(KeyKind.GUID, str(body["guid"])))
    if declared.family is Family.LIST and body.get("record_number") is not None:
        keys.append(Key(KeyKind.NUMBER, str(body["record_number"])))
    number = body.get(declared.number) if declared.number else None
    party = body.get(declared.party) if declared.party else None
    if number is not None and party is not None and not _is_tie(declared):
        kind = KeyKind(str(declared.party).removesuffix("_id"))
        keys.append(Key(kind, str(number), str(party)))
    return keys


def _check_unknown(work: Work, declared: RecordType, key: Key) -> None:
    name, session, bench = declared.name, work.session, work.bench
    calls: dict[str, Callable[[], object]] = {"get": lambda: session.get(name, key)}
    if bench.exact(name, Operation.UPDATE):
        calls["update"] = lambda: session.update(name, key, {})
    if bench.exact(name, Operation.DELETE):
        calls["delete"] = lambda: session.delete(name, key)
    for verb in Verb:
        if bench.exact(name, Operation(verb.value)):
            calls[verb.value] = partial(session.act, name, key, verb, {})
    for what, call in calls.items():
        error = refused(Rejected, f"{what} of {name} {key}", call)
        equal(error.code, RECORD_NOT_FOUND.name, f"{what} of {name} {key}")
    equal(list(session.get_many(name, [key])), [None], f"many {name} by {key}")


def _make_two(work: Work, declared: RecordType, party: str, number: str) -> str | None:
    """Make two documents with one number; return their party, none where that is refused."""
    for _ in range(2):
        body = {**work.minimal(declared.name), str(declared.number): number}
        body[f"{party}_id"] = work.references.key(party)
        try:
            key = work.create(declared.name, body)
        except Rejected:
            return None
        if key is None:
            return None
    return work.references.key(party)


def _check_update(work: Work, type_name: str, key: str, spec: FieldSpec, value: JsonValue) -> None:
    declared = record_type(type_name)
    before = work.get(type_name, key)
    change: Body = {spec.name: value}
    what = f"{type_name} {key} after an update of {spec.name}"
    try:
        work.session.update(type_name, key_of(declared, key), change)
    except Rejected as error:
        plain = spec.kind is Kind.TEXT and spec.reference is None
        must = plain and declared.family is not Family.POSTED
        expect(not must, f"{type_name}.{spec.name} cannot be updated: {error.code}")
        _check_blame(what, error, spec)
        equal(work.get(type_name, key), before, f"{what} that was refused")
        return
    after = work.get(type_name, key)
    kept(type_name, work.stated(type_name, change, Purpose.UPDATE), after, what)
    changed = [each for each in _others(declared, before, spec) if before[each] != after.get(each)]
    expect(not changed, f"{what}: {', '.join(changed)} changed as well")


def _check_blame(what: str, error: Rejected, spec: FieldSpec) -> None:
    """Fail if a refused change is blamed on a field that was not stated and is computed."""
    for finding in error.findings:
        wrong = finding.code == FIELD_COMPUTED.name and finding.field != spec.name
        expect(not wrong, f"{what}: refused because of {finding.field}, which was not stated")


def _others(declared: RecordType, before: Body, spec: FieldSpec) -> list[str]:
    """Return the fields that an update of another field must leave alone."""
    worked_out = set() if declared.family is Family.LIST else FIGURES
    return [
        name
        for name in before
        if name != spec.name
        and name not in STAMPS
        and name not in worked_out
        and not declared.fields[name].computed
    ]


def _clearable(work: Work, type_name: str) -> dict[str, FieldSpec]:
    declared = record_type(type_name)
    fields = declared.fields_in(work.bench.edition, work.bench.info.release)
    return {
        name: spec
        for name, spec in fields.items()
        if not spec.computed
        and not spec.key
        and name != "origin"
        and not (spec.rule(work.bench.edition) or Rule()).required
    }


def _check_cleared(work: Work, type_name: str, key: str, name: str, spec: FieldSpec) -> None:
    declared = record_type(type_name)
    before = work.get(type_name, key)
    what = f"{type_name} {key} after {name} was cleared"
    try:
        work.session.update(type_name, key_of(declared, key), {name: None})
    except Rejected as error:
        _check_blame(what, error, spec)
        must = declared.family is Family.LIST and spec.kind is Kind.TEXT and not spec.reference
        expect(not must, f"{type_name}.{name} cannot be cleared: {error.code}")
        equal(work.get(type_name, key), before, f"{what}, which was refused")
        return
    after = work.get(type_name, key)
    if declared.family is Family.LIST:
        found = differences(type_name, {name: None}, after)
        expect(not found, f"{what}: " + "; ".join(found))


def _check_in_use(work: Work, type_name: str, key: Key) -> None:
    uses = work.session.uses(type_name, key)
    expect(1 <= len(uses) <= 20, f"{type_name} {key}: uses gives {len(uses)} entries")  # noqa: PLR2004 - the contract's limit
    refused(Rejected, f"deletion of {type_name} {key}", lambda: work.session.delete(type_name, key))
    expect(work.session.get(type_name, key), f"{type_name} {key} is gone")
