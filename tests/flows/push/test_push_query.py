"""The query language: what it means, where it is wrong, and what the books answer of it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.flows.push import query
from clary.flows.push.declaring import PushType
from clary.flows.push.narrowing import narrowed
from clary.flows.push.showing import Record
from clary.flows.push.types import type_named
from clary.kernel.errors import ClaryError
from clary.ledger.fields import EditionName
from clary.ledger.filters import Comparison, render
from clary.ledger.filters.tree import map_leaves


def named(name: str) -> PushType:
    found = type_named(name)
    assert found is not None
    return found


INVOICES = named("invoices")
KINDS = query.kinds_of(INVOICES)
RECORDS: tuple[Record, ...] = (
    {
        "id": "1",
        "invoiceNumber": "A-1",
        "customerRef": {"id": "ACME", "companyName": "Smith & Sons Ltd"},
        "issueDate": "2026-01-10T00:00:00",
        "amountDue": Decimal("10.50"),
        "status": "Submitted",
        "metadata": {"isDeleted": False},
        "modifiedDate": "2026-01-11T09:00:00Z",
    },
    {
        "id": "2",
        "invoiceNumber": "B-1",
        "customerRef": {"id": "BETA"},
        "issueDate": "2026-02-10T00:00:00",
        "amountDue": Decimal(0),
        "status": "Paid",
        "note": "caf\u00e9 LIST",
        "metadata": {"isDeleted": True},
    },
)


def chosen(text: str) -> list[str]:
    matches = query.matcher(query.parse(text, KINDS), KINDS)
    return [str(record["id"]) for record in RECORDS if matches(record)]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("id=1", ["1"]),
        ("status=paid", ["2"]),
        ("status != PAID", ["1"]),
        ("amountDue>0", ["1"]),
        ("amountDue<=0.00", ["2"]),
        ("amountDue<10.51&&amountDue>=0", ["1", "2"]),
        ("amountDue=10.5", ["1"]),
        ("amountDue>0&&metadata.isDeleted!=true", ["1"]),
        ("metadata.isDeleted=TRUE", ["2"]),
        ("customerRef.id=acme", ["1"]),
        ("customerRef.companyName=Smith & Sons Ltd", ["1"]),
        ("customerRef.companyName~ & SONS", ["1"]),
        ("note~list", ["2"]),
        ("note~CAF\u00e9", ["2"]),
        ("note!=x", ["1", "2"]),
        ("note=x|y", []),
        ("issueDate=2026-01-10", ["1"]),
        ("issueDate>2026-01-10", ["2"]),
        ("issueDate>=2026-01-10T00:00:00Z", ["1", "2"]),
        ("issueDate<2026-01-10T01:00:00+02:00", []),
        ("modifiedDate>=2026-01-11T09:00:00Z", ["1"]),
        ("modifiedDate!=2026-01-11T09:00:00Z", ["2"]),
        ("id=1||id=2", ["1", "2"]),
        ("id=1||id=2&&status=Void", ["1"]),
        ("{id=1||id=2}&&status=Paid", ["2"]),
        (" { id = 1 } ", ["1"]),
    ],
)
def test_what_a_query_chooses(text: str, ids: list[str]) -> None:
    assert chosen(text) == ids


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "line 1, column 1: the end stands where a property or an opening brace is expected"),
        ("id", "line 1, column 3: the end stands where a comparison"),
        ("id==5", "line 1, column 3: `=`"),
        ("id=", "line 1, column 3: `=`"),
        ("(id=1)", "line 1, column 1: `(`"),
        ("id=1 & status=Paid", None),
        ("{id=1", "line 1, column 6: the end stands where a closing brace"),
        ("id=1}", "line 1, column 5: `}`"),
        ("id=1&&", "line 1, column 7: the end stands where a property"),
        ("id=1&&&&id=2", "line 1, column 7: `&&`"),
        ("nothing=1", "there is no property nothing"),
        ("lineItems.description=x", "there is no property lineItems.description"),
        ("lineItems=x", "lineItems is a list or an object"),
        ("customerRef=x", "customerRef is a list or an object"),
        ("amountDue~1", "amountDue holds a number and cannot be compared so"),
        ("invoiceNumber>A", "invoiceNumber holds text and cannot be compared so"),
        ("metadata.isDeleted>true", "metadata.isDeleted holds true or false"),
        ("metadata.isDeleted=maybe", "metadata.isDeleted holds true or false, not 'maybe'"),
        ("amountDue=1e5", "amountDue holds a number, not '1e5'"),
        ("issueDate>2026-02-30", "not '2026-02-30'"),
        ("issueDate>now", "not 'now'"),
        ("id=" + "x" * 2045, "more than 2047 characters"),
        ("note=a\x00b", "holds a character that no record can hold"),
    ],
)
def test_a_query_that_cannot_be_read_says_where(text: str, reason: str | None) -> None:
    if reason is None:
        # One ampersand is part of the value, as names of companies have them.
        assert chosen(text) == []
        return
    with pytest.raises(ClaryError) as caught:
        query.parse(text, KINDS)
    [finding] = caught.value.findings
    assert (finding.code, caught.value.status) == ("PUSH_QUERY_INVALID", 400)
    assert finding.message.startswith("Error parsing query - ")
    assert reason in finding.message
    assert finding.remedy


def test_the_longest_query_is_read() -> None:
    assert query.parse("id=" + "x" * 2044, KINDS).nodes == 1


@given(st.text(alphabet="id=!~<>&|{} 1.-\n'\"", max_size=60))
def test_any_text_is_a_query_or_refused_as_one(text: str) -> None:
    code = ""
    try:
        tree = query.parse(text, KINDS)
        matches = query.matcher(tree, KINDS)
        assert all(isinstance(matches(record), bool) for record in RECORDS)
        narrowed(tree, INVOICES, "uk")
    except ClaryError as error:
        code = error.code
    assert code in ("", "PUSH_QUERY_INVALID")


def test_companies_and_operations_have_queries_of_their_own() -> None:
    company: Record = {"id": "1", "dataConnections": [{"status": "Linked"}, {"status": "Unlinked"}]}
    for text, expected in (
        ("dataConnections.status=Linked", True),
        ("dataConnections.status=PendingAuth", False),
        ("name=x", False),
    ):
        tree = query.parse(text, query.COMPANY_KINDS)
        assert query.matcher(tree, query.COMPANY_KINDS)(company) is expected
    tree = query.parse("status=Failed&&statusCode>=400", query.OPERATION_KINDS)
    operation: Record = {"status": "Failed", "statusCode": 400}
    assert query.matcher(tree, query.OPERATION_KINDS)(operation)


# --- order -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("issueDate", ["1", "2"]),
        ("-issueDate", ["2", "1"]),
        ("amountDue", ["2", "1"]),
        ("customerRef.id", ["1", "2"]),
        ("modifiedDate", ["2", "1"]),
        ("-modifiedDate", ["1", "2"]),
        ("note", ["1", "2"]),
        ("paidOnDate", ["1", "2"]),
    ],
)
def test_the_order_of_records(text: str, ids: list[str]) -> None:
    ordering = query.parse_order(text, KINDS)
    assert [record["id"] for record in query.foremost(RECORDS, ordering, 10)] == ids
    assert [record["id"] for record in query.foremost(RECORDS, ordering, 1)] == ids[:1]


@pytest.mark.parametrize("text", ["nothing", "", "-", "lineItems", "--id", "customerRef"])
def test_an_order_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ClaryError) as caught:
        query.parse_order(text, KINDS)
    assert (caught.value.code, caught.value.status) == ("PUSH_ORDER_INVALID", 400)
    assert caught.value.findings[0].message.startswith("Error parsing orderBy - ")


# --- what the books answer ---------------------------------------------------------


def down(text: str, name: str = "invoices", edition: EditionName = "uk") -> str | None:
    push_type = named(name)
    bound = narrowed(query.parse(text, query.kinds_of(push_type)), push_type, edition)
    if bound is None:
        return None
    return render(
        map_leaves(
            bound,
            lambda leaf: Comparison(
                leaf.field, leaf.operator, tuple(str(value) for value in leaf.values)
            ),
        )
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id=92", "transaction_number = '92'"),
        ("id~92", None),
        ("id=x", None),
        ("id!=92", None),
        ("customerRef.id=ACME", "customer_id = 'ACME'"),
        ("customerRef.id~AC", "customer_id like '%AC%'"),
        ("customerRef.companyName=x", None),
        ("invoiceNumber=A-1", "number like 'A-1' or number is null"),
        ("note~x", "details like '%x%' or details is null"),
        ("issueDate>2026-01-10T23:00:00-02:00", "date >= '2026-01-11'"),
        ("issueDate>2026-01-11T00:00:00-02:00", "date >= '2026-01-11'"),
        ("issueDate<2026-01-10", "date < '2026-01-10'"),
        ("issueDate<2026-01-10T12:00:00Z", "date <= '2026-01-10'"),
        ("issueDate=2026-01-10", "date = '2026-01-10'"),
        ("amountDue>0", "amount_due > '0'"),
        ("amountDue>=0", None),
        ("amountDue=0", None),
        ("amountDue<10", None),
        ("amountDue!=0", None),
        ("status=Paid", None),
        ("currency=GBP", None),
        ("metadata.isDeleted=true", None),
        ("amountDue<9&&id=1", "transaction_number = '1'"),
        ("amountDue<9||id=1", None),
        ("id=2||id=1", "transaction_number = '2' or transaction_number = '1'"),
        ("id=2&&id=1", "transaction_number = '2' and transaction_number = '1'"),
    ],
)
def test_what_the_books_answer_themselves(text: str, expected: str | None) -> None:
    assert down(text) == expected


def test_amounts_and_ids_of_lists_are_answered_by_the_books() -> None:
    assert down("totalAmount>=10.50", "payments") == "amount >= '10.50' or amount is null"
    assert down("id=acme", "customers") == "id = 'acme'"
    assert down("customerName~x", "customers", "us") == "name like '%x%' or name is null"
    assert down("id=1", "taxRates") is None
    assert down("itemStatus=Active", "items") is None
    price = down("invoiceItem.unitPrice<5", "items")
    assert price == "sales_price < '5' or sales_price is null"


def test_a_query_beyond_the_limits_of_a_filter_is_answered_above() -> None:
    assert down("||".join(["id=1"] * 310)) is None
    nested = "id=1"
    for _ in range(29):
        nested = f"{{{nested}&&id=1}}||id=1"
    assert down(nested) is None
