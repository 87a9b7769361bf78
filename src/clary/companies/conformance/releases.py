"""The suite on releases: fields know since and until when they exist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clary.companies.conformance import plausible
from clary.companies.conformance.expecting import equal, expect, refused
from clary.companies.conformance.harness import Harness, Work, declared_types
from clary.companies.contract import Operation, Query
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import Rejected
from clary.ledger.fields import EditionName, FieldSpec, Kind
from clary.ledger.record import Record, RecordType, entry_class, has_field, is_many, member


@dataclass(frozen=True, slots=True)
class Newer:
    """A field that a release does not have, and where it would stand."""

    spec: FieldSpec
    group: str | None = None
    many: bool = False


class ReleaseTests(Harness):
    """The part that depends on which fields there are, on every release that is listed."""

    def test_every_type_takes_its_smallest_and_fullest_body(
        self, tmp_path: Path, release: int | None
    ) -> None:
        bench = self.bench_in(tmp_path, release)
        equal(bench.info.release, release or bench.info.release, "the release")
        with bench.work() as work:
            for declared in declared_types(bench, Operation.CREATE, Operation.READ):
                for make in (work.minimal, work.maximal):
                    body = make(declared.name)
                    key = work.create(declared.name, body)
                    if key is not None:
                        work.check_kept(declared.name, body, key)

    def test_a_field_of_another_release_is_refused_and_never_read(
        self, tmp_path: Path, release: int | None
    ) -> None:
        bench = self.bench_in(tmp_path, release)
        with bench.work() as work:
            for declared in declared_types(bench, Operation.CREATE):
                for other in fields_of_other_releases(declared, bench.edition, bench.info.release):
                    _check_other(work, declared, other)
            for declared in declared_types(bench, Operation.READ):
                _check_read(work, declared)


def fields_of_other_releases(
    declared: RecordType, edition: EditionName, release: int
) -> Iterator[Newer]:
    """Yield what the edition has in some release, but not in this one."""
    for spec in declared.fields_in(edition).values():
        if not has_field(spec, edition, release):
            yield Newer(spec)
        elif spec.kind is Kind.GROUP:
            found = member(declared.record, spec.name)
            if found is not None:
                inner = entry_class(found.annotation)
                many = is_many(found.annotation)
                yield from _in_group(inner, spec.name, edition, release, many=many)


def _in_group(
    inner: type[Record], group: str, edition: EditionName, release: int, *, many: bool
) -> Iterator[Newer]:
    for name, info in inner.model_fields.items():
        found = member(inner, info.alias or name)
        if (
            found is not None
            and found.spec.rule(edition) is not None
            and not has_field(found.spec, edition, release)
        ):
            yield Newer(found.spec, group, many)


def _check_other(work: Work, declared: RecordType, other: Newer) -> None:
    info = work.bench.info
    value = plausible.value(
        other.spec,
        info.edition,
        serial=work.references.serial(),
        place=1,
        day=work.references.day,
        in_list=True,
    )
    body = work.maximal(declared.name)
    path = f"{other.group}.{other.spec.name}" if other.group else other.spec.name
    what = f"{declared.name}.{path}, which release {info.release} does not have"
    error = refused(
        Rejected, what, lambda: work.session.create(declared.name, _with(body, other, value))
    )
    equal(error.code, "FIELD_UNKNOWN", what)


def _with(body: Body, other: Newer, value: JsonValue) -> Body:
    """Return the body with a value in a field that the release does not have."""
    if other.group is None:
        return {**body, other.spec.name: value}
    stated = body.get(other.group)
    if isinstance(stated, list) and stated and isinstance(stated[0], dict):
        first: JsonValue = {**stated[0], other.spec.name: value}
        return {**body, other.group: [first, *stated[1:]]}
    inside = stated if isinstance(stated, dict) else {}
    entry: JsonValue = {**inside, other.spec.name: value}
    return {**body, other.group: [entry] if other.many else entry}


def _check_read(work: Work, declared: RecordType) -> None:
    info = work.bench.info
    known = set(declared.fields_in(info.edition, info.release))
    for body in work.session.read(declared.name, Query()):
        strange = sorted(set(body) - known)
        expect(not strange, f"{declared.name} of release {info.release} has {strange}")
