"""A field inside an address is cleared as one outside is: by stating it as none."""

from __future__ import annotations

import pytest

from clary.flows.operations.requests import Document, Mode, OperationOptions, Status
from clary.kernel.change import Body, JsonValue
from tests.flows.house import House

ACME: Body = {"id": "ACME", "name": "Acme"}
ROME: Body = {"line1": "1 Dock Street", "city": "Rome"}


@pytest.mark.parametrize(
    ("stored", "stated", "expected"),
    [
        (ROME, {"city": None}, {"line1": "1 Dock Street"}),
        (ROME, {"city": ""}, {"line1": "1 Dock Street"}),
        (ROME, {"city": None, "zip": "00100"}, {"line1": "1 Dock Street", "zip": "00100"}),
        (ROME, {"city": None, "line1": None}, None),
        (None, {"city": None, "zip": "00100"}, {"zip": "00100"}),
    ],
)
@pytest.mark.parametrize("mode", Mode)
def test_what_is_stated_as_none_inside_a_group_is_cleared(
    house: House, stored: JsonValue, stated: Body, expected: JsonValue, mode: Mode
) -> None:
    house.fill("customer", {**ACME, **({} if stored is None else {"bill_to": stored})})
    body: Body = {"name": "Acme Ltd", "bill_to": stated}
    if mode is Mode.FULL and stored and expected:
        body["bill_to"] = {"line1": "1 Dock Street", **stated}  # it leaves nothing out
    options = OperationOptions(mode=mode)
    [found] = house.operate("update", "customer", Document("1", body, key="ACME"), options=options)
    assert found.status is Status.SUCCESS, found
    assert found.record is not None
    assert (found.record.get("bill_to") or None) == expected


def test_clearing_what_is_not_there_changes_nothing(house: House) -> None:
    house.fill("customer", ACME)
    body: Body = {"bill_to": {"city": None}}
    [found] = house.operate("update", "customer", Document("1", body, key="ACME"))
    assert found.action_taken == "unchanged"
