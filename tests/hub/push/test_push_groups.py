"""Documents about one record that wait together end as they would one at a time."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from clary.companies.keys import parse_key
from clary.companies.sandbox import SandboxCompany
from clary.engine.runs import RunState
from clary.engine.tables import PLANS
from clary.flows.push import answers
from clary.flows.push.answers import Status
from clary.flows.push.declaring import PushVerb
from clary.hub.push.keeping import held_together, operations_in
from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.services.applying import Applying, Waiting, resume_run
from clary.hub.services.backups import backup_company, restore_company
from clary.hub.services.push_operations import PushAsked, accept_push
from clary.hub.services.runs import list_runs
from clary.ledger.registry import record_type
from tests.flows.push import documents
from tests.hub.push.test_pushing import Office, codes, customer, office

__all__ = ["office"]


def send(
    office: Office, verb: PushVerb, kind: str, key: str | None, document: object = None
) -> Any:  # noqa: ANN401 - JSON
    """Push one document and return the operation as it was accepted."""
    text = "" if document is None else json.dumps(document)
    asked = PushAsked(
        office.company, office.connection, kind, verb, key, text, force_update=verb != "create"
    )
    return json.loads(accept_push(office.installation, office.desk, asked))


def ended(office: Office, accepted: list[Any]) -> list[answers.Operation]:
    """Work off what waits and return the operations."""
    office.drain()
    return [office.operation(each) for each in accepted]


def stored(office: Office, key: str) -> dict[str, Any]:
    """Return a customer as the books have it."""
    declared = record_type("customer")
    with SandboxCompany(office.path, clock=office.clock).reading() as session:
        return dict(session.get("customer", parse_key(declared, key)))


def plans(office: Office) -> int:
    with office.installation.database.read() as read:
        return int(read.execute(select(func.count()).select_from(PLANS)).scalar_one())


@pytest.mark.both_databases
def test_three_updates_of_one_record_are_all_written_in_order(office: Office) -> None:
    office.push("customers", customer("SAME"))
    office.drain()
    sent = [
        send(office, PushVerb.UPDATE, "customers", key, {**customer("SAME"), "customerName": name})
        for key, name in (("SAME", "One"), ("same", "Two"), ("SAME", "Three"))
    ]
    found = ended(office, sent)
    assert [each.status for each in found] == [Status.SUCCESS] * 3, found
    assert stored(office, "SAME")["name"] == "Three"


def test_a_record_is_the_same_by_whatever_key_it_is_named(office: Office) -> None:
    office.push("customers", customer("SAME"))
    made = office.ended("invoices", documents.UK_INVOICE)
    assert made.change is not None, made
    sent = [
        send(office, PushVerb.UPDATE, "customers", key, {**customer("SAME"), "customerName": name})
        for key, name in (("SAME", "One"), ("id:same", "Two"), ("SAME", "Three"))
    ]
    sent += [
        send(office, PushVerb.DELETE, "invoices", key)
        for key in (made.change.id, f"0{made.change.id}", "customer:ACME:INV-1", made.change.id)
    ]
    found = ended(office, sent)
    assert [each.status for each in found] == [Status.SUCCESS] * len(sent), found
    assert stored(office, "SAME")["name"] == "Three"


def test_a_record_is_made_changed_and_removed_by_documents_that_wait_together(
    office: Office,
) -> None:
    changed = {**customer("BRIEF"), "customerName": "Changed"}
    sent = [
        send(office, PushVerb.CREATE, "customers", None, customer("BRIEF")),
        send(office, PushVerb.UPDATE, "customers", "BRIEF", changed),
    ]
    found = ended(office, sent)
    assert [each.status for each in found] == [Status.SUCCESS] * 2, found
    assert stored(office, "BRIEF")["name"] == "Changed"


def test_payments_of_one_invoice_meet_what_those_before_have_left(office: Office) -> None:
    made = office.ended("invoices", documents.UK_INVOICE)
    assert made.change is not None, made

    def payment(amount: float) -> dict[str, Any]:
        link = {"type": "Invoice", "id": key, "amount": -amount}
        lines = [{"amount": amount, "links": [link]}]
        return {**documents.UK_PAYMENT, "totalAmount": amount, "lines": lines}

    key = made.change.id
    sent = [office.push("payments", payment(amount)) for amount in (100.0, 44.0, 1.0)]
    first, second, third = ended(office, sent)
    assert [first.status, second.status] == [Status.SUCCESS] * 2, (first, second)
    assert third.status is Status.FAILED, third
    assert "DUPLICATE_IN_REQUEST" not in codes(third)


def test_documents_about_different_records_still_share_a_plan(office: Office) -> None:
    before = plans(office)
    sent = [office.push("customers", customer(f"D{number}")) for number in range(30)]
    found = ended(office, sent)
    assert {each.status for each in found} == {Status.SUCCESS}
    # The first ten tell how long documents take; the rest goes together.
    assert plans(office) == before + 2
    sent = [
        send(office, PushVerb.UPDATE, "customers", f"D{n}", {**customer(f"D{n}"), "phone": "1"})
        for n in range(30)
    ]
    assert {each.status for each in ended(office, sent)} == {Status.SUCCESS}
    assert plans(office) == before + 4


def test_updates_of_a_run_that_ended_early_need_nobody_to_confirm_them(office: Office) -> None:
    keys = [f"MANY{number:02}" for number in range(12)]
    for key in keys:
        office.push("customers", customer(key))
    office.drain()

    class EndedError(BaseException):
        pass

    opened: list[str] = []

    def trip(point: str) -> None:
        opened.extend([point] * (point == "run opened"))
        if len(opened) == 2:  # the first run is that of the small first group
            raise EndedError

    for number in range(10):
        office.push("customers", customer(f"FIRST{number}"))
    for key in keys:
        send(office, PushVerb.UPDATE, "customers", key, {**customer(key), "customerName": "New"})
    office.installation.trip = trip
    with pytest.raises(EndedError):
        office.drain()
    office.installation.trip = lambda _: None
    run = list_runs(office.installation, None)[0].run
    assert run.state is RunState.RUNNING
    office.clock.advance(timedelta(minutes=5))
    assert resume_run(office.installation, run.id, Applying()).run.applied == len(keys)


@pytest.mark.both_databases
def test_documents_that_are_long_together_are_read_one_after_another(office: Office) -> None:
    """What waits is bounded by its length, too, so that long documents cannot fill memory."""
    keys = [str(office.push("customers", customer(name))["pushOperationKey"]) for name in "ABC"]
    with office.installation.database.read() as read:
        length = len(operations_in(read, keys)[keys[0]].document)
        together = [held_together(read, keys, length * count) for count in range(5)]
    assert together == [1, 1, 2, 3, 3]


def test_a_plan_that_cannot_be_applied_any_more_is_given_up_as_a_whole(
    office: Office, tmp_path: Path
) -> None:
    """Of the plan, a look begins with the first few documents; all of it is planned anew."""
    copy = tmp_path / "copy.db"
    backup_company(office.installation, "north", copy)
    sent = [office.push("customers", customer(f"W{number:02}")) for number in range(30)]

    class EndedError(BaseException):
        pass

    kept: list[str] = []

    def trip(point: str) -> None:
        kept.extend([point] * (point == "push plan kept"))
        if len(kept) == 2:
            raise EndedError

    office.installation.trip = trip
    with pytest.raises(EndedError):
        office.drain()
    office.installation.trip = lambda _: None
    restore_company(office.installation, "north", copy, Waiting())
    planned = PUSH_OPERATION.c.plan.is_not(None) & PUSH_OPERATION.c.completed_at.is_(None)
    counted = select(func.count()).select_from(PUSH_OPERATION).where(planned)
    with office.installation.database.read() as read:
        assert read.execute(counted).scalar_one() == 20
    office.drain()
    with office.installation.database.read() as read:
        assert read.execute(counted).scalar_one() == 0
    found = [each.status for each in ended(office, sent)]
    assert found == [Status.SUCCESS] * 30
