"""The suite on what a company says of itself: info, capabilities, and what it cannot do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Final

from clary.companies.conformance.expecting import equal, expect, refused
from clary.companies.conformance.harness import Bench, Harness
from clary.companies.contract import Level, Operation, Query, Session, TypeCapability
from clary.companies.keys import Key, KeyKind
from clary.kernel.change import Verb
from clary.kernel.errors import ClaryError, Rejected, Unsupported
from clary.ledger.fields import EDITIONS, Kind
from clary.ledger.record import Family, RecordType
from clary.ledger.registry import record_type, record_types_in

CURRENCY: Final = re.compile("[A-Z]{3}")
FEED: Final = frozenset({"created", "updated", "deleted"})


def nobody(declared: RecordType) -> Key:
    """Return a key that no record has."""
    if declared.family is Family.LIST:
        return Key(KeyKind.ID, "NOSUCH"[: 3 if declared.name in ("currency", "tax_code") else 8])
    return Key(KeyKind.NUMBER, "999999999")


def attempt(session: Session, declared: RecordType, operation: Operation) -> Callable[[], object]:
    """Return a call of an operation on a record that does not exist."""
    name, key = declared.name, nobody(declared)
    calls: dict[Operation, Callable[[], object]] = {
        Operation.READ: lambda: list(session.read(name, Query(limit=1))),
        Operation.CREATE: lambda: session.create(name, {}),
        Operation.UPDATE: lambda: session.update(name, key, {}),
        Operation.DELETE: lambda: session.delete(name, key),
    }
    return calls.get(operation) or (lambda: session.act(name, key, Verb(operation.value), {}))


class AboutTests(Harness):
    """What a company is and can do."""

    def test_info_says_what_the_company_is(self, bench: Bench) -> None:
        info = bench.info
        equal(info.edition, self.edition, "the edition")
        for name in ("name", "tier", "identity", "driver"):
            value = getattr(info, name)
            expect(isinstance(value, str) and value.strip(), f"info.{name} is empty")
        expect(CURRENCY.fullmatch(info.currency), f"{info.currency!r} is no currency code")
        expect(info.generation >= 1, "the generation counts from 1")
        expect(info.release > 0, "the release is a year or a version")

    def test_info_and_capabilities_stay_the_same_without_a_log_on(self, bench: Bench) -> None:
        equal(bench.company.info(), bench.info, "info, asked again")
        equal(bench.company.capabilities(), bench.capabilities, "capabilities, asked again")
        equal(bench.company.figures(), bench.figures, "figures, asked again")

    def test_whom_people_are_logged_on_as_leaves_our_own_sessions_out(self, bench: Bench) -> None:
        found = bench.company.logged_on()
        expect(found is None or not list(found), f"{found} is nobody but this program")

    def test_identity_survives_writing(self, fresh: Bench) -> None:
        with fresh.work() as work:
            for name in ("account", "customer"):
                if fresh.can(name, Operation.CREATE):
                    work.made(name)
        after = fresh.company.info()
        equal(after.identity, fresh.info.identity, "the identity after a write")
        equal(after.generation, fresh.info.generation, "the generation after a write")

    def test_periods_are_in_order_and_leave_no_gap(self, bench: Bench) -> None:
        periods = bench.info.periods
        for period in periods:
            expect(period.start <= period.end, f"period {period.number} ends before it starts")
        for before, after in pairwise(periods):
            equal(after.start, before.end + timedelta(days=1), f"start of period {after.number}")

    def test_capabilities_name_only_what_the_edition_has(self, bench: Bench) -> None:
        known = {declared.name for declared in record_types_in(self.edition)}
        strange = sorted(set(bench.capabilities) - known)
        expect(not strange, f"the edition has no {', '.join(strange)}")

    def test_capabilities_are_stated_in_full(self, bench: Bench, type_name: str) -> None:
        capability = bench.capabilities.get(type_name)
        if capability is None:
            return
        for operation, support in capability.operations.items():
            what = f"{type_name} {operation.value}"
            expect(support.level is not Level.NONE, f"{what} is listed as not supported: leave out")
            degraded = support.level is Level.DEGRADED
            expect(support.note or not degraded, f"{what} is degraded and does not say how")
        _check_fields(bench, record_type(type_name), capability)
        expect(capability.feed <= FEED, f"{type_name}: feed {set(capability.feed)}")
        expect(capability.lines is None or capability.lines > 0, f"{type_name}: lines")

    def test_what_is_not_declared_is_refused_as_unsupported(
        self, bench: Bench, type_name: str
    ) -> None:
        declared = record_type(type_name)
        with bench.work() as work:
            for operation in Operation:
                if not bench.can(type_name, operation):
                    call = attempt(work.session, declared, operation)
                    refused(Unsupported, f"{type_name} {operation.value}, not declared", call)

    def test_a_type_of_another_edition_is_refused(self, bench: Bench) -> None:
        own = set(record_types_in(self.edition))
        foreign = {one for each in EDITIONS for one in record_types_in(each)} - own
        with bench.work() as work:
            for declared in sorted(foreign, key=lambda one: one.name):
                for operation in Operation:
                    what = f"{declared.name} {operation.value} in the edition {self.edition}"
                    call = attempt(work.session, declared, operation)
                    error = refused(ClaryError, what, call)
                    expect(isinstance(error, Unsupported | Rejected), f"{what}: {error.code}")


def _check_fields(bench: Bench, declared: RecordType, capability: TypeCapability) -> None:
    fields = declared.fields_in(bench.edition)
    for attribute in ("filters", "sorts"):
        for name in sorted(getattr(capability, attribute)):
            step = fields.get(name.partition(".")[0])
            expect(step is not None, f"{declared.name}: {attribute} name {name}, not a field")
    for name, length in capability.lengths.items():
        rule = fields[name].rule(bench.edition) if name in fields else None
        is_text = rule is not None and fields[name].kind is Kind.TEXT
        expect(is_text, f"{declared.name}: lengths name {name}, not a text field")
        most = rule.length if rule is not None else None
        longer = most is not None and length > most
        expect(length > 0 and not longer, f"{declared.name}.{name}: length {length}")
