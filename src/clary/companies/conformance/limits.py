"""The suite on what is refused: lengths, characters, wrong values, rules; nothing is left."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from clary.companies.conformance import plausible
from clary.companies.conformance.expecting import equal, expect, refused
from clary.companies.conformance.harness import Bench, Harness, Work
from clary.companies.conformance.references import Purpose as For
from clary.companies.contract import Operation
from clary.companies.keys import key_of
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import ClaryError, Rejected, code_named
from clary.ledger.fields import FieldSpec, Kind, Rule
from clary.ledger.record import Family
from clary.ledger.registry import record_type

WINDOWS: Final = "Zoë Müller & Søn €5 “½”"
BEYOND: Final = (
    "Καφενείο Ωμέγα",
    "株式会社山田",
    "e\u0301tat",
    "\U0001f600 Ltd",
    "שלום",
)
"""Texts outside Windows-1252, which most doors to Sage cannot take."""

WRONG: Final[dict[Kind, JsonValue]] = {
    Kind.TEXT: 5,
    Kind.INTEGER: "many",
    Kind.DECIMAL: "1,5",
    Kind.MONEY: "12.345",
    Kind.DATE: "31/01/2026",
    Kind.BOOLEAN: "yes",
    Kind.CHOICE: "no_such_word",
    Kind.GROUP: "lines",
}
"""A value that no field of the kind takes."""


class LimitTests(Harness):
    """What a record may hold, and what happens to one that holds more."""

    def test_a_text_of_the_greatest_length_is_kept_and_one_longer_is_refused(
        self, bench: Bench, type_name: str
    ) -> None:
        if not bench.can(type_name, Operation.CREATE, Operation.READ):
            return
        with bench.work() as work:
            for spec, length in _texts(bench, type_name):
                _check_length(work, type_name, spec, length)

    def test_accents_are_kept_and_other_scripts_kept_or_refused(
        self, bench: Bench, type_name: str
    ) -> None:
        if not bench.can(type_name, Operation.CREATE, Operation.READ):
            return
        spec = _widest(bench, type_name)
        if spec is None:
            return
        length = _limit(bench, type_name, spec) or plausible.WITHOUT_LIMIT
        with bench.work() as work:
            for text in (WINDOWS, *BEYOND):
                body = {**work.minimal(type_name), spec.name: text[:length].strip()}
                try:
                    key = work.create(type_name, body)
                except Rejected:
                    what = f"{type_name}.{spec.name} does not take {text!r} of Windows-1252"
                    expect(text != WINDOWS, what)
                    continue
                if key is not None:
                    work.check_kept(type_name, body, key)

    def test_what_is_refused_leaves_nothing_behind(self, bench: Bench, type_name: str) -> None:
        if not bench.can(type_name, Operation.CREATE):
            return
        with bench.work() as work:
            refusals = list(_refusals(work, type_name))
            before = work.snapshot()
            for what, body in refusals:
                _check_refused(work, type_name, what, body)
            equal(work.snapshot(), before, f"after refused {type_name}s")

    def test_every_problem_of_a_record_is_told_at_once(self, bench: Bench, type_name: str) -> None:
        if not bench.can(type_name, Operation.CREATE):
            return
        with bench.work() as work:
            body = {**work.minimal(type_name), "no_such_field": "x", "nor_this": 1}
            what = f"{type_name} with two slips"
            error = refused(Rejected, what, lambda: work.session.create(type_name, body))
            fields = {finding.field for finding in error.findings}
            expect(fields >= {"no_such_field", "nor_this"}, f"{type_name}: told are {fields}")

    def test_a_refused_update_leaves_the_record_as_it_was(
        self, bench: Bench, type_name: str
    ) -> None:
        if not bench.can(type_name, Operation.CREATE, Operation.READ, Operation.UPDATE):
            return
        declared = record_type(type_name)
        with bench.work() as work:
            key = work.create(type_name, work.maximal(type_name))
            if key is None:
                return
            before = work.get(type_name, key)
            for name, spec in _stated_fields(bench, type_name).items():
                good = _another_text(bench, type_name, name)
                change: Body = {**good, name: WRONG[spec.kind]}
                refused(
                    Rejected,
                    f"update of {type_name}.{name} to {WRONG[spec.kind]!r}",
                    lambda change=change: work.session.update(  # type: ignore[misc]  # binds this one
                        type_name, key_of(declared, key), change
                    ),
                )
            equal(work.get(type_name, key), before, f"{type_name} after refused updates")

    def test_a_document_takes_as_many_lines_as_declared_and_no_more(
        self, fresh: Bench, type_name: str
    ) -> None:
        if not fresh.can(type_name, Operation.CREATE, Operation.READ):
            return
        most = fresh.capabilities[type_name].lines
        if most is None:
            return
        with fresh.work() as work:
            full = _with_lines(work.minimal(type_name), most)
            key = work.create(type_name, full)
            if key is not None:
                work.check_kept(type_name, full, key)
            over = _with_lines(work.minimal(type_name), most + 2)
            what = f"{type_name} with {most + 2} lines"
            refused(Rejected, what, lambda: work.session.create(type_name, over))


def _stated_fields(bench: Bench, type_name: str) -> dict[str, FieldSpec]:
    fields = record_type(type_name).fields_in(bench.edition, bench.info.release)
    return {name: spec for name, spec in fields.items() if not spec.computed}


def _limit(bench: Bench, type_name: str, spec: FieldSpec) -> int | None:
    """Return the greatest length of a text: as declared, or less where the door takes less."""
    declared = (spec.rule(bench.edition) or Rule()).length
    found = bench.capabilities[type_name].lengths.get(spec.name)
    return min((each for each in (declared, found) if each is not None), default=None)


def _is_free_text(spec: FieldSpec) -> bool:
    return spec.kind is Kind.TEXT and spec.reference is None and not spec.key


def _texts(bench: Bench, type_name: str) -> Iterator[tuple[FieldSpec, int]]:
    declared = record_type(type_name)
    for spec in _stated_fields(bench, type_name).values():
        length = _limit(bench, type_name, spec)
        is_party = spec.name == declared.party
        if _is_free_text(spec) and not is_party and length is not None:
            yield spec, length


def _widest(bench: Bench, type_name: str) -> FieldSpec | None:
    """Return the field that takes any text and the most of it."""
    party = record_type(type_name).party
    free = [
        spec
        for spec in _stated_fields(bench, type_name).values()
        if _is_free_text(spec)
        and spec.name not in ("origin", "email", party)
        and not (spec.rule(bench.edition) or Rule()).characters
    ]
    return max(free, key=lambda spec: _limit(bench, type_name, spec) or 0, default=None)


def _check_length(work: Work, type_name: str, spec: FieldSpec, length: int) -> None:
    rule = spec.rule(work.bench.edition) or Rule()
    serial = work.references.serial() * 10 + 9
    body = {**work.minimal(type_name), spec.name: plausible.text(spec, rule, serial, length)}
    key = work.create(type_name, body)
    if key is not None:
        work.check_kept(type_name, body, key)
    over = {**work.minimal(type_name), spec.name: plausible.text(spec, rule, serial, length + 1)}
    what = f"{type_name}.{spec.name} with {length + 1} characters"
    refused(Rejected, what, lambda: work.session.create(type_name, over))


def _another_text(bench: Bench, type_name: str, besides: str) -> Body:
    """Return a change that would be right by itself, of another field than `besides`."""
    for spec in _stated_fields(bench, type_name).values():
        if _is_free_text(spec) and spec.name not in (besides, "origin"):
            return {spec.name: "1"}
    return {}


def _check_refused(work: Work, type_name: str, what: str, body: Body) -> None:
    message = f"{type_name} with {what}"
    error: ClaryError = refused(Rejected, message, lambda: work.session.create(type_name, body))
    for finding in error.findings:
        expect(code_named(finding.code), f"{message}: the code {finding.code} is not declared")
        expect(finding.message and finding.remedy, f"{message}: no message or remedy")


def _refusals(work: Work, type_name: str) -> Iterator[tuple[str, Body]]:
    """Yield bodies that must be refused, each with what is wrong with it.

    A door that only hands records over checks them against the declarations; whether what
    they refer to exists, and what else rules say, it may leave to the other side.
    """
    bench = work.bench
    is_exact = bench.exact(type_name, Operation.CREATE)
    base = work.minimal(type_name)
    yield "an unknown field", {**base, "no_such_field": "x"}
    yield "nothing stated", {}
    declared = record_type(type_name)
    for name, spec in declared.fields_in(bench.edition, bench.info.release).items():
        rule = spec.rule(bench.edition) or Rule()
        if spec.computed:
            yield f"the computed field {name}", {**base, name: "1"}
            continue
        yield f"{name} = {WRONG[spec.kind]!r}", {**base, name: WRONG[spec.kind]}
        if rule.required:
            without = {each: value for each, value in base.items() if each != name}
            yield f"no {name}", without
        if is_exact and spec.reference is not None and spec.reference != "currency":
            yield f"an unknown {name}", {**base, name: "NOSUCH"[: rule.length]}
    if is_exact and declared.family is not Family.LIST:
        yield from _wrong_documents(work, type_name, base)


def _wrong_documents(work: Work, type_name: str, base: Body) -> Iterator[tuple[str, Body]]:
    """Yield documents that a rule of accounting refuses."""
    fields = _stated_fields(work.bench, type_name)
    lines = base.get("lines")
    if isinstance(lines, list) and isinstance(lines[0], dict):
        yield "an empty list of lines", {**base, "lines": []}
        yield "none for its lines", {**base, "lines": None}
        yield "no lines at all", {name: each for name, each in base.items() if name != "lines"}
        yield "an unknown field in a line", {**base, "lines": [{**lines[0], "no_such_field": 1}]}
        if "account_id" in lines[0]:
            wrong = {**lines[0], "account_id": "NOSUCH"}
            yield "an unknown account in a line", {**base, "lines": [wrong, *lines[1:]]}
            yield from _control(work, base, lines)
    if "total" in fields:
        yield "a total that is wrong", {**base, "total": "-999.99"}
    if type_name == "journal_entry" and isinstance(lines, list) and isinstance(lines[0], dict):
        more = Decimal(str(lines[0]["amount"])) + Decimal("0.01")
        yield "one cent too much", {**base, "lines": [{**lines[0], "amount": str(more)}, lines[1]]}
    if work.bench.edition == "us" and record_type(type_name).family is Family.POSTED:
        yield "a date before the books", {**base, "date": "1970-01-01"}


def _control(work: Work, base: Body, lines: list[JsonValue]) -> Iterator[tuple[str, Body]]:
    """Yield a document whose line posts to a control account (US: receivables)."""
    if work.bench.edition == "us" and isinstance(lines[0], dict):
        control = work.references.key("account", For.RECEIVABLE)
        first: Body = {**lines[0], "account_id": control}
        yield "a line to a control account", {**base, "lines": [first, *lines[1:]]}


def _with_lines(body: Body, count: int) -> Body:
    """Return a body with its first lines repeated, so that a journal still balances."""
    lines = body.get("lines")
    if not isinstance(lines, list):
        return body
    whole = lines * (count // len(lines) + 1)
    changed = {**body, "lines": whole[: count - count % len(lines)]}
    changed.pop("total", None)
    changed.pop("amount", None)
    return changed
