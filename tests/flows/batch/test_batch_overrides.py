"""Mapping decisions are stored per app and company, replaced, removed, and never forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clary.flows.batch.overrides import MappingKind, Overrides, OverrideStore
from clary.kernel.clock import FixedClock
from clary.kernel.errors import Rejected
from clary.store import Database
from tests.databases import url_in

pytestmark = pytest.mark.both_databases

START = datetime(2026, 2, 1, 9, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def store(folder: Path, clock: FixedClock) -> Iterator[OverrideStore]:
    database = Database.open(url_in(folder))
    yield OverrideStore(database, clock)
    database.close()


def test_a_decision_is_found_again_whatever_the_case(store: OverrideStore) -> None:
    store.store("psa", "books", MappingKind.CUSTOMER, " Acme-01 ", "ACME", "ann")
    overrides = Overrides.of(store.current("psa", "books"))
    assert overrides.target(MappingKind.CUSTOMER, "ACME-01") == "ACME"
    assert overrides.target(MappingKind.VENDOR, "ACME-01") is None


def test_a_decision_belongs_to_one_app_and_one_company(store: OverrideStore) -> None:
    store.store("psa", "books", MappingKind.ACCOUNT, "4000", "40000", "ann")
    store.store("psa", "other", MappingKind.ACCOUNT, "4000", "41000", "ann")
    assert [each.target for each in store.current("psa", "books")] == ["40000"]
    assert [each.target for each in store.current("psa", "other")] == ["41000"]
    assert store.current("elsewhere", "books") == []


def test_replacing_keeps_who_decided_what_and_when(store: OverrideStore, clock: FixedClock) -> None:
    store.store("psa", "books", MappingKind.ACCOUNT, "4000", "40000", "ann")
    clock.advance(timedelta(days=1))
    store.store("psa", "books", MappingKind.ACCOUNT, "4000", "40100", "bob")
    old, new = store.history("psa", "books", MappingKind.ACCOUNT, "4000")
    assert (old.target, old.author, old.superseded_by) == ("40000", "ann", "bob")
    assert old.superseded_at == START + timedelta(days=1)
    assert (new.target, new.author, new.superseded_at) == ("40100", "bob", None)
    assert [each.target for each in store.current("psa", "books")] == ["40100"]


def test_removing_keeps_the_history(store: OverrideStore) -> None:
    store.store("psa", "books", MappingKind.ITEM, "Cable", "CBL", "ann")
    store.remove("psa", "books", MappingKind.ITEM, "CABLE", "bob")
    assert store.current("psa", "books") == []
    [gone] = store.history("psa", "books")
    assert gone.superseded_by == "bob"


def test_what_is_not_there_cannot_be_removed(store: OverrideStore) -> None:
    with pytest.raises(Rejected) as caught:
        store.remove("psa", "books", MappingKind.ITEM, "CABLE", "bob")
    assert caught.value.code == "MAPPING_OVERRIDE_UNKNOWN"


@pytest.mark.parametrize(("source", "target"), [("", "A"), ("A", " "), ("A" * 101, "A")])
def test_a_decision_needs_a_source_and_a_target(
    store: OverrideStore, source: str, target: str
) -> None:
    with pytest.raises(Rejected) as caught:
        store.store("psa", "books", MappingKind.ITEM, source, target, "ann")
    assert caught.value.code == "MAPPING_OVERRIDE_INVALID"
