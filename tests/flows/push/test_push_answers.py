"""Envelopes: operations, errors and pages, against the schemas of the reference files."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from clary.flows.push import answers, inbound, problems
from clary.flows.push.answers import Change, ChangeType, Operation, Page, Status
from clary.kernel.errors import (
    Busy,
    ClaryError,
    Finding,
    Guarded,
    Rejected,
    Severity,
    Unreachable,
)
from clary.kernel.identifiers import named_guid
from clary.ledger.values import VALUES_LIMIT
from tests.flows.push.documents import UK_BILL
from tests.flows.push.shelf import ACCOUNTING, PLATFORM, faults, take, uk_shelf

COMPANY = named_guid("company").strip("{}")
CONNECTION = named_guid("connection").strip("{}")
KEY = named_guid("operation").strip("{}")


def operation(**changes: Any) -> Operation:  # noqa: ANN401 - any of its fields
    return Operation(
        **{
            "key": KEY,
            "company": COMPANY,
            "connection": CONNECTION,
            "data_type": "bills",
            "requested": "2026-03-02T10:00:00.000000Z",
            **changes,
        }
    )


@pytest.mark.parametrize(
    ("status", "code"), [("Pending", 202), ("Failed", 400), ("Success", 200), ("TimedOut", 408)]
)
def test_an_operation_of_each_status(status: str, code: int) -> None:
    shown = answers.operation(operation(status=Status(status)))
    assert (shown["status"], shown["statusCode"]) == (status, code)
    assert faults(PLATFORM, "PushOperation", shown) == []
    assert faults(ACCOUNTING, "CreateBillResponse", shown) == []


def test_a_finished_operation_tells_what_changed() -> None:
    kept = operation(
        status=Status.SUCCESS,
        completed="2026-03-02T10:00:01Z",
        timeout_minutes=5,
        change=Change(ChangeType.CREATED, "92", "bills"),
        data={"id": "92"},
    )
    shown: Any = answers.operation(kept)
    assert shown["changes"] == [{"type": "Created", "recordRef": {"id": "92", "dataType": "bills"}}]
    assert (shown["timeoutInSeconds"], shown["data"]) == (300, {"id": "92"})
    assert faults(PLATFORM, "PushOperation", shown) == []


def test_a_refused_document_is_told_by_property() -> None:
    stated = {**UK_BILL, "supplierRef": {"id": "NOBODY"}, "nonsense": 1}
    found = take("bills", stated, uk_shelf())
    kept = operation(status=Status.FAILED, findings=found.findings, model="Bill")
    validation: Any = answers.validation(found.findings, "Bill")
    [error] = validation["errors"]
    assert (error["itemId"], error["validatorName"]) == ("SupplierRef.Id", "Bill")
    assert error["message"].endswith("[UNKNOWN_REFERENCE]")
    assert len(validation["warnings"]) == 2
    assert faults(PLATFORM, "PushOperation", answers.operation(kept)) == []
    assert answers.failure(kept, "c-1").startswith("Push failed for bills: There is no supplier")
    assert "no reason" in answers.failure(operation(), "c-1")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("nominalCode", "NominalCode"),
        ("lineItems.0.accountRef.id", "LineItems[0].AccountRef.Id"),
        ("lines.1.links.20.amount", "Lines[1].Links[20].Amount"),
        ("0", "0"),
    ],
)
def test_a_property_is_named_as_the_api_names_it(path: str, shown: str) -> None:
    assert answers.item_id(path) == shown


def test_a_finding_without_a_property_names_none() -> None:
    finding = problems.PUSH_NOT_AN_OBJECT.finding()
    validation: Any = answers.validation([finding], "")
    [error] = validation["errors"]
    assert (error["itemId"], error["validatorName"]) == (None, None)


def test_an_error_has_the_shape_of_the_apis_errors() -> None:
    shown: Any = answers.error(problems.PUSH_NOT_AN_OBJECT.raised(), "c-1")
    assert faults(PLATFORM, "ErrorMessage", shown) == []
    assert (shown["statusCode"], shown["canBeRetried"]) == (400, "False")
    several = Unreachable(
        problems.PUSH_NOT_AN_OBJECT.finding(), problems.PUSH_LINE_AMOUNT_MISSING.finding()
    )
    shown = answers.error(several, "c-1", status=503)
    assert (shown["statusCode"], shown["canBeRetried"]) == (503, "True")
    assert len(shown["validation"]["errors"]) == 2


def test_no_retry_mends_what_was_refused() -> None:
    """Whatever its status: 409 is that of a company in use, too."""
    for error in (Rejected, Guarded):
        raised = error(Finding("X", "Refused.", "Ask for something else.", Severity.ERROR))
        assert answers.error(raised, "1", 409)["canBeRetried"] == "False"
    busy = Busy(Finding("X", "In use.", "Wait.", Severity.ERROR))
    assert answers.error(busy, "1")["canBeRetried"] == "True"


@pytest.mark.parametrize(
    ("number", "total", "others"),
    [(1, 5, {"next"}), (2, 5, {"next", "previous"}), (3, 5, {"previous"}), (1, 0, set())],
)
def test_pages_are_linked(number: int, total: int, others: set[str]) -> None:
    page = Page.of(str(number), "2", "status!=Paid&&total>1", "-issueDate")
    results: list[Any] = [{"n": n} for n in range(total)][page.start : page.start + page.size]
    shown: Any = answers.paged(results, total, page, "/companies/c/data/bills")
    assert faults(PLATFORM, "PagingInfo", shown) == []
    links = shown["_links"]
    assert set(links) == {"self", "current"} | others
    assert links["self"] == {"href": "/companies/c/data/bills"}
    assert links["current"] == {
        "href": f"/companies/c/data/bills?page={number}&pageSize=2"
        "&query=status%21%3DPaid%26%26total%3E1&orderBy=-issueDate"
    }
    assert shown["totalResults"] == total


def test_a_page_unless_stated_is_the_first_of_a_hundred() -> None:
    assert Page.of(None, "") == Page(1, 100)
    shown: Any = answers.paged([], 0, Page(), "/x")
    assert shown["_links"]["current"] == {"href": "/x?page=1&pageSize=100"}


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", "5001", "\u0663", "9" * 400])
def test_pages_out_of_range_are_refused(text: str) -> None:
    with pytest.raises(ClaryError) as caught:
        Page.of("1", text)
    assert (caught.value.code, caught.value.status) == ("PUSH_PAGE_INVALID", 400)


def test_answers_are_written_with_exact_numbers() -> None:
    shown: dict[str, Any] = {
        "amount": Decimal("120.10"),
        "tiny": Decimal("1E-7"),
        "large": Decimal("1E+3"),
        "yes": True,
        "none": None,
        "text": 'a "quote" \u00a3',
        "empty": [[], {}],
        "many": [1, "2"],
    }
    text = answers.encoded(shown)
    assert '"amount":120.10,"tiny":0.0000001,"large":1000,' in text
    assert json.loads(text)["text"] == 'a "quote" \u00a3'
    assert json.loads(text)["empty"] == [[], {}]


# --- bodies of requests ------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "status"),
    [
        ("{", "BODY_NOT_JSON", 400),
        ("", "BODY_NOT_JSON", 400),
        ('{"a":1,"a":2}', "BODY_NOT_JSON", 400),
        ('{"a":NaN}', "BODY_NOT_JSON", 400),
        ("[]", "PUSH_NOT_AN_OBJECT", 400),
        ('"x"', "PUSH_NOT_AN_OBJECT", 400),
        ("[" * 100 + "]" * 100, "BODY_TOO_DEEP", 400),
        ("[" + "0," * VALUES_LIMIT + "0]", "BODY_TOO_LARGE", 413),
    ],
)
def test_bodies_that_are_no_document(text: str, code: str, status: int) -> None:
    with pytest.raises(ClaryError) as caught:
        inbound.document(text)
    assert (caught.value.code, caught.value.status) == (code, status)


def test_numbers_of_a_body_are_exact() -> None:
    assert inbound.document('{"a":99.995,"b":1.0}') == {"a": Decimal("99.995"), "b": Decimal("1.0")}
