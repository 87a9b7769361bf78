"""Updates in real books: addresses as a whole, days that stay, and money that no line says."""

from __future__ import annotations

from typing import Any

from tests.api.push.served import Company
from tests.flows.push.documents import UK_CUSTOMER, UK_INVOICE, US_INVOICE


def put(books: Company, path: str, document: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """Update a record and return the operation as it ended."""
    here = f"{books.connected}/push/{path}"
    return books.ended(books.client.good("PUT", here, document, forceUpdate="true"))


def test_an_address_is_replaced_as_a_whole(uk: Company) -> None:
    uk.written("customers", {**UK_CUSTOMER, "id": "MOVING"})
    address = {"line1": "9 New Road", "city": "", "countryCode": "GB"}
    document = {"id": "MOVING", "customerName": "Moving", "phone": "", "addresses": [address]}
    assert put(uk, "customers/MOVING", document)["status"] == "Success"
    found = uk.client.good("GET", f"{uk.path}/data/customers/MOVING")
    [shown] = found["addresses"]
    assert shown == {"type": "Unknown", "line1": "9 New Road", "country": "GB"}
    assert found["phone"] == UK_CUSTOMER["phone"]


def test_a_us_credit_note_keeps_its_day(us: Company) -> None:
    line = {"description": "Back", "subTotal": 10, "accountRef": {"id": "40000"}}
    stated = {
        "customerRef": US_INVOICE["customerRef"],
        "creditNoteNumber": "STAYS-1",
        "issueDate": "2026-03-05",
        "lineItems": [line],
    }
    key = us.written("creditNotes", stated)
    for day in ({}, {"issueDate": None}, {"issueDate": ""}):
        kept = {name: value for name, value in stated.items() if name != "issueDate"}
        ended = put(us, f"creditNotes/{key}", {**kept, **day, "note": f"Changed {day}"[:20]})
        assert ended["status"] == "Success", ended
        found = us.client.good("GET", f"{us.path}/data/creditNotes/{key}")
        assert found["issueDate"] == "2026-03-05T00:00:00"


def test_a_discount_of_the_header_is_not_posted_away(uk: Company) -> None:
    stated = {**UK_INVOICE, "invoiceNumber": "DISC-1", "totalDiscount": 10}
    told = uk.push("invoices", stated)
    assert told["status"] == "Failed"
    assert [each["itemId"] for each in told["validation"]["errors"]] == ["TotalDiscount"]
