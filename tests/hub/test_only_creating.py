"""Who asks that a record is not there yet overwrites nothing, whenever it came to be there."""

from __future__ import annotations

import pytest

from clary.flows.operations.requests import Document, OnPresent, Operation, OperationOptions, Status
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, apply_plan
from clary.hub.services.operations import Applied, Asked, operate, operation_results, plan_operation
from clary.hub.services.plans import plan_findings
from clary.hub.services.records import get_records
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.kernel.change import Body

ONLY = OperationOptions(on_present=OnPresent.FAIL)


@pytest.fixture
def firm(installation: Installation) -> Installation:
    create_sandbox(installation, NewSandbox("west", "us"))
    return installation


def asked(body: Body, options: OperationOptions = ONLY) -> Asked:
    return Asked(Operation.UPSERT, "customer", [Document("1", body, key="NEW")], options)


def test_what_is_there_when_it_is_planned_stays(firm: Installation) -> None:
    operate(firm, "west", asked({"name": "Theirs"}), Applying())
    plan = plan_operation(firm, "west", asked({"name": "Mine"})).plan
    assert [each.code for each in plan_findings(firm, plan.id)] == ["RECORD_EXISTS"]
    assert plan.rejected == 1


def test_what_comes_between_plan_and_write_stays(firm: Installation) -> None:
    mine = plan_operation(firm, "west", asked({"name": "Mine"}))
    operate(firm, "west", asked({"name": "Theirs"}, OperationOptions()), Applying())
    run = apply_plan(firm, mine.plan.id, Applying())
    [result] = operation_results(firm, Applied(mine, run))
    assert result.status is Status.REJECTED
    assert [each.code for each in result.findings] == ["DUPLICATE_KEY"]
    assert get_records(firm, "west", "customer", ["NEW"]).records[0]["name"] == "Theirs"
