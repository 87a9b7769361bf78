"""Payments that use one credit note and wait together; and what stays of one half taken back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from clary.flows.push.answers import Status
from clary.flows.push.declaring import PushVerb
from tests.flows.push import documents
from tests.hub.push.test_push_groups import ended, send
from tests.hub.push.test_pushing import Office, codes, office

__all__ = ["office"]

NOTE = 12.0
"""What the credit note comes to."""


@pytest.fixture
def debts(office: Office) -> list[str]:
    """An invoice and a credit note, by their ids."""
    kinds = {"invoices": documents.UK_INVOICE, "creditNotes": documents.UK_CREDIT_NOTE}
    made = [office.ended(kind, stated).change for kind, stated in kinds.items()]
    return [each.id for each in made if each is not None]


def payment(debts: list[str], total: float, used: float) -> dict[str, Any]:
    invoice, note = debts
    links = [
        {"type": "Invoice", "id": invoice, "amount": -total - used},
        {"type": "CreditNote", "id": note, "amount": used},
    ]
    line = {"amount": total, "links": links}
    return {**documents.UK_PAYMENT, "totalAmount": total, "lines": [line]}


def paid(office: Office, debts: list[str], total: float, used: float) -> str:
    found = office.ended("payments", payment(debts, total, used))
    assert found.change is not None, found
    return found.change.id


def rows(office: Office, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(office.path)) as books, books:
        return books.execute(query).fetchall()


def test_payments_of_one_credit_meet_what_those_before_have_left(
    office: Office, debts: list[str]
) -> None:
    sent = [office.push("payments", payment(debts, 5, used)) for used in (10.0, 3.0, 2.0)]
    first, second, third = ended(office, sent)
    assert [each.status for each in (first, second, third)] == [
        Status.SUCCESS,
        Status.FAILED,
        Status.SUCCESS,
    ], (first, second, third)
    assert codes(second) == {"APPLIED_TOO_MUCH"}
    assert second.change is None


def test_what_is_taken_back_is_free_for_what_waits_behind(office: Office, debts: list[str]) -> None:
    key = paid(office, debts, 5, NOTE)
    sent = [
        send(office, PushVerb.DELETE, "payments", key),
        office.push("payments", payment(debts, 7, NOTE)),
    ]
    assert [each.status for each in ended(office, sent)] == [Status.SUCCESS] * 2


def test_what_stays_of_a_payment_is_told_and_taken_back_later(
    office: Office, debts: list[str]
) -> None:
    key = paid(office, debts, 5, NOTE)
    allocation = str(int(key) + 1)

    def edited(point: str) -> None:
        """Let somebody change the allocation after the plan was made."""
        if point == "push plan kept":
            change = "json_set(body, '$.amount', '11.00')"
            rows(office, f"UPDATE document SET body = {change} WHERE record_type = 'allocation'")

    office.installation.trip = edited
    [found] = ended(office, [send(office, PushVerb.DELETE, "payments", key)])
    office.installation.trip = lambda _: None
    assert (found.status, codes(found)) == (Status.FAILED, {"PUSH_PART_STAYS"}), found
    assert f"allocation {allocation}" in found.findings[0].message
    standing = "SELECT record_type FROM document WHERE reversed_by IS NULL AND reverses IS NULL"
    mine = f"{standing} AND transaction_number IN ({key}, {allocation})"
    assert rows(office, mine) == [("allocation",)]
    [again] = ended(office, [send(office, PushVerb.DELETE, "payments", key)])
    assert (again.status, again.change and again.change.id) == (Status.SUCCESS, key), again
    assert rows(office, mine) == []
