"""Answers are read as typed as needed and no stricter."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from pydantic import ValidationError

from clary.apps.connectwise.shapes import GLCaption, GLExport, Invoice, Member, UnpostedInvoice


def test_unknown_fields_words_and_nulls_are_tolerated() -> None:
    found = UnpostedInvoice.model_validate(
        {"billingLogId": 7, "invoiceType": "Barter", "company": None, "brandNew": {"a": 1}}
    )
    assert (found.billing_log_id, found.invoice_type, found.company) == (7, "Barter", None)


def test_a_member_without_a_last_name_is_a_member() -> None:
    assert Member.model_validate({"id": 1, "firstName": "Ann"}).last_name is None


def test_a_number_where_a_text_belongs_is_a_text() -> None:
    assert Invoice.model_validate({"invoiceNumber": 1001}).invoice_number == "1001"


def test_amounts_never_pass_through_a_float() -> None:
    text = '{"total": 4546628.64, "subtotal": 1}'
    found = Invoice.model_validate(json.loads(text, parse_float=Decimal))
    assert (found.total, found.subtotal) == (Decimal("4546628.64"), Decimal(1))


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "many"])
def test_what_is_no_number_is_refused(amount: str) -> None:
    with pytest.raises(ValidationError):
        Invoice.model_validate({"total": amount})


def test_one_entry_that_cannot_be_read_is_set_aside() -> None:
    export = GLExport.parse(
        {
            "transactions": [
                {"id": 1, "documentNumber": "1001", "total": "lots"},
                {"id": 2, "documentNumber": "1002"},
            ],
            "expenseBills": None,
        }
    )
    assert [each.id for each in export.transactions or ()] == [2]
    [bad] = export.malformed
    assert (bad.section, bad.label) == ("transactions", "1001")
    assert bad.fields[0][0] == "total"


def test_an_answer_that_is_no_export_is_refused() -> None:
    with pytest.raises(ValidationError):
        GLExport.parse({"transactions": "none"})


def test_segments_keep_their_place() -> None:
    caption = GLCaption.model_validate(
        {"segment1": "Account", "segment1type": "Account", "segment2type": "Class"}
    )
    assert caption.segments[:3] == (("Account", "Account"), (None, "Class"), (None, None))
