"""The bodies that the suite makes: valid in every release, small or really full."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

import pytest

from clary.companies.conformance import bodies
from clary.companies.conformance.expecting import canonical, differences, kept
from clary.companies.conformance.references import Invented, References
from clary.kernel.change import Body, JsonValue
from clary.ledger.fields import EDITIONS, EditionName, Kind, Rule
from clary.ledger.record import Record, RecordType, entry_class, has_field, is_many, member
from clary.ledger.registry import record_types_in
from clary.ledger.schema import Purpose

Make = Callable[[str, EditionName, int | None, References], Body]

DAY = date(2026, 1, 10)
TYPES = [(edition, one) for edition in EDITIONS for one in record_types_in(edition)]
RELEASES: Mapping[EditionName, tuple[int | None, ...]] = {
    "us": (None, 2007, 2009, 2010, 2013, 2014, 2016, 2018, 2022, 2026),
    "uk": (None, 24, 33),
}

LEFT_OUT = {
    # A settlement discount belongs to receipts and payments, an order to an invoice.
    "credit_memo.applications.discount_amount",
    "vendor_credit.applications.discount_amount",
    "receipt.lines.sales_order_number",
    "receipt.lines.sales_order_line",
    "payment.lines.purchase_order_number",
    "payment.lines.purchase_order_line",
    "allocation.discount_amount",
}
"""Fields that even a full body does not state, since a rule of accounting forbids it."""


def names(case: object) -> str:
    return case.name if isinstance(case, RecordType) else str(case)


def invented(edition: EditionName) -> Invented:
    return Invented(edition, DAY, "GBP" if edition == "uk" else "USD")


@pytest.mark.parametrize("make", [bodies.minimal, bodies.maximal])
@pytest.mark.parametrize(("edition", "declared"), TYPES, ids=names)
def test_a_body_is_valid_in_every_release(
    edition: EditionName, declared: RecordType, make: Make
) -> None:
    for release in RELEASES[edition]:
        body = make(declared.name, edition, release, invented(edition))
        canonical(declared.name, body, edition, release, Purpose.CREATE)


@pytest.mark.parametrize(("edition", "declared"), TYPES, ids=names)
def test_a_full_body_states_every_field_that_can_be_stated(
    edition: EditionName, declared: RecordType
) -> None:
    body = bodies.maximal(declared.name, edition, None, invented(edition))
    missing = set(_missing(declared.record, body, declared.name, edition))
    assert missing <= LEFT_OUT


def _missing(
    record: type[Record], body: Mapping[str, JsonValue], path: str, edition: EditionName
) -> Iterator[str]:
    for name, info in record.model_fields.items():
        found = member(record, info.alias or name)
        if found is None or found.spec.computed or not has_field(found.spec, edition, None):
            continue
        here = f"{path}.{found.spec.name}"
        value = body.get(found.spec.name)
        if value is None:
            yield here
        elif found.spec.kind is Kind.GROUP:
            entries = value if is_many(found.annotation) else [value]
            assert isinstance(entries, list)
            for entry in entries:
                assert isinstance(entry, dict)
                yield from _missing(entry_class(found.annotation), entry, here, edition)


@pytest.mark.parametrize(("edition", "declared"), TYPES, ids=names)
def test_texts_of_a_full_body_fill_their_fields_and_differ(
    edition: EditionName, declared: RecordType
) -> None:
    body = bodies.maximal(declared.name, edition, None, invented(edition))
    texts = []
    for name, spec in declared.fields_in(edition).items():
        rule = spec.rule(edition) or Rule()
        value = body.get(name)
        is_free = spec.kind is Kind.TEXT and spec.reference is None and not spec.key
        if is_free and isinstance(value, str) and name not in ("party_id", "number"):
            assert len(value) == (rule.length or 60), name
            texts.append(value)
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("edition", EDITIONS)
def test_two_bodies_of_a_type_never_share_their_key(edition: EditionName) -> None:
    references = invented(edition)
    for declared in record_types_in(edition):
        keys = [
            bodies.maximal(declared.name, edition, None, references).get(declared.key)
            for _ in range(3)
        ]
        assert keys == [None] * 3 or len(set(keys)) == 3


def test_what_differs_is_named_by_its_path() -> None:
    wanted: Body = {"name": "A", "inactive": True, "bill_to": {"city": "X"}, "contacts": [{}]}
    stored: Body = {"name": "B", "bill_to": {"city": "Y"}, "contacts": []}
    assert differences("customer", wanted, stored) == [
        "name is 'B', not 'A'",
        "inactive is None, not True",
        "bill_to.city is 'Y', not 'X'",
        "contacts has 0 entries, not 1",
    ]


def test_nothing_stated_and_nothing_stored_are_the_same() -> None:
    wanted: Body = {"inactive": False, "fax": None, "contacts": [], "bill_to": {"city": None}}
    assert differences("customer", wanted, {}) == []


@pytest.mark.parametrize(
    ("wanted", "stored"), [(1, True), ("1", 1), (0, None), ("0.00", None), (True, None)]
)
def test_values_of_another_type_or_none_at_all_differ(wanted: JsonValue, stored: JsonValue) -> None:
    assert differences("customer", {"due_days": wanted}, {"due_days": stored})


def test_a_difference_fails_with_every_field() -> None:
    with pytest.raises(AssertionError, match=r"customer: name is .*; fax is .*"):
        kept("customer", {"name": "A", "fax": "1"}, {}, "customer")
