"""GL ids are kept as bits, whatever they are."""

from __future__ import annotations

from clary.flows.batch.row_sets import RowSet

IDS = (0, 255, 256, 700_001, 7, 10**30, -3)


def test_what_was_added_is_there_once_and_in_order() -> None:
    rows = RowSet(IDS)
    rows.update((7, 255))
    assert list(rows) == sorted(IDS)
    assert len(rows) == len(IDS)
    assert all(each in rows for each in IDS)
    assert not any(each in rows for each in (1, 254, 257, -1, 10**30 + 1))


def test_what_another_set_does_not_have() -> None:
    assert list(RowSet(IDS).without(RowSet((0, 256, 257, 7)))) == [-3, 255, 700_001, 10**30]
    assert not RowSet(IDS).without(RowSet(IDS))
    assert not RowSet()
