"""Updates: what differs from the record as it is read, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from clary.flows.push import answers, inbound, outbound
from clary.flows.push.inbound import Inbound, Terms
from clary.flows.push.showing import Showing
from clary.flows.push.types import type_at
from clary.kernel.change import Body
from tests.flows.push.documents import UK_CREDIT_NOTE
from tests.flows.push.shelf import TODAY, changed, told, uk_shelf, without

NOTE: Body = {
    "transaction_number": 92,
    "number": "CN-1",
    "customer_id": "ACME",
    "customer_name": "Acme Ltd",
    "date": "2026-01-15",
    "details": "Sorry",
    "form": "ledger",
    "posted": True,
    "total": "12.00",
    "tax_total": "2.00",
    "amount_due": "0.00",
    "status": "live",
    "created_at": "2026-01-15T10:00:00.000000Z",
    "lines": [{"amount": "10.00", "account_id": "4000", "tax_code_id": "T1", "tax_amount": "2.00"}],
}


def shown() -> dict[str, Any]:
    """Return the credit note as a client reads it."""
    push_type = type_at("creditNotes")
    assert push_type is not None
    record = outbound.show(push_type, NOTE, Showing(uk_shelf(), "2026-03-02T12:00:00Z"))
    found: dict[str, Any] = json.loads(answers.encoded(record), parse_float=Decimal)
    return found


def update(stated: Mapping[str, object]) -> Inbound:
    """Update the credit note with a document."""
    push_type = type_at("creditNotes")
    assert push_type is not None
    books = uk_shelf()
    now = outbound.show(push_type, NOTE, Showing(books))
    text = json.dumps(stated, default=float)
    document = inbound.document(text)
    return inbound.take_update(push_type, document, now, NOTE, books, Terms(TODAY))


def body(stated: Mapping[str, object]) -> Body:
    """Return what a document changes."""
    found = update(stated)
    assert not told(found), found.findings
    [made] = found.records
    return made.body


def test_what_was_read_changes_nothing_although_it_is_paid() -> None:
    assert shown()["status"] == "Paid"
    assert body(shown()) == {}


def test_a_changed_word_is_all_that_changes() -> None:
    assert body({**shown(), "note": "Very sorry"}) == {"details": "Very sorry"}


def test_the_document_that_was_pushed_once_changes_its_own_words_only() -> None:
    assert body(without({**UK_CREDIT_NOTE, "note": "Again"}, "issueDate")) == {"details": "Again"}
    assert body({**UK_CREDIT_NOTE, "issueDate": "2026-01-16"}) == {"date": "2026-01-16"}


def test_what_is_left_out_stays_though_a_new_record_has_to_state_it() -> None:
    assert body({}) == {}
    assert body({"note": "Again", "lineItems": None, "creditNoteNumber": ""}) == {
        "details": "Again"
    }


def test_another_amount_changes_the_lines() -> None:
    stated = changed(UK_CREDIT_NOTE, 11.0, "lineItems", "0", "subTotal")
    assert body(without(stated, "issueDate"))["lines"] == [
        {"amount": "11.00", "account_id": "4000", "tax_code_id": "T1"}
    ]


@pytest.mark.parametrize(
    ("stated", "finding"),
    [
        ({**UK_CREDIT_NOTE, "note": "A" * 61}, ("TEXT_TOO_LONG", "note")),
        ({**UK_CREDIT_NOTE, "status": "Void"}, ("PUSH_CHOICE_UNKNOWN", "status")),
        (
            changed(UK_CREDIT_NOTE, [{"subTotal": 1.0}], "lineItems"),
            ("PUSH_PROPERTY_REQUIRED", "lineItems.0.accountRef"),
        ),
        (
            changed(UK_CREDIT_NOTE, "none", "lineItems", "0", "accountRef", "id"),
            ("UNKNOWN_REFERENCE", "lineItems.0.accountRef.id"),
        ),
    ],
)
def test_problems_of_its_own_are_told(stated: dict[str, Any], finding: tuple[str, str]) -> None:
    found = told(update(stated))
    assert finding[1] in {place for _, place in found}, found
    assert not update(stated).records
