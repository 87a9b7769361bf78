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


# --- sales tax -------------------------------------------------------------------------

WORK = {"description": "Work", "quantity": 2, "unitAmount": 50, "accountRef": {"id": "40000"}}


def invoice(number: str, *lines: dict[str, Any], **header: object) -> dict[str, Any]:
    """Return an invoice of some lines."""
    return {**US_INVOICE, "invoiceNumber": number, "lineItems": list(lines), **header}


def read(books: Company, key: str) -> Any:  # noqa: ANN401 - JSON
    """Return an invoice as it is read."""
    return books.client.good("GET", f"{books.path}/data/invoices/{key}")


def faults(ended: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - JSON
    """Return property and reason of each error of an operation that failed."""
    assert ended["status"] == "Failed", ended
    return [(each["itemId"], each["message"]) for each in ended["validation"]["errors"]]


def test_a_changed_word_adds_no_tax(us: Company) -> None:
    mixed = [{**WORK, "taxRateRef": {"id": "NV"}, "taxAmount": 7}, WORK]
    for number, lines, tax in (("WORD-1", mixed, 7), ("WORD-2", [{**WORK, "taxAmount": 0}], 0)):
        key = us.written("invoices", invoice(number, *lines))
        before = read(us, key)
        assert before["totalTaxAmount"] == tax
        assert sum(line["taxAmount"] for line in before["lineItems"]) == tax
        first, *rest = before["lineItems"]
        document = {**before, "lineItems": [{**first, "description": "Other work"}, *rest]}
        assert put(us, f"invoices/{key}", document)["status"] == "Success"
        after = read(us, key)
        assert after["lineItems"][0].pop("description") == "Other work"
        assert before["lineItems"][0].pop("description") == "Work"
        assert after["lineItems"] == before["lineItems"]
        assert after["totalAmount"] == before["totalAmount"] == after["amountDue"]


def test_tax_that_is_stated_is_what_is_posted_or_an_error(us: Company) -> None:
    rated = {**WORK, "taxRateRef": {"id": "NV"}}
    for stated in ({"taxAmount": 8}, {"taxAmount": 0}, {"totalAmount": 100}):
        ended = us.ended(us.push("invoices", invoice("TAX-1", {**rated, **stated})))
        [(_, reason)] = faults(ended)
        assert "differs" in reason
    ended = us.ended(us.push("invoices", invoice("TAX-2", rated, totalTaxAmount=9)))
    assert [place for place, _ in faults(ended)] == ["TotalTaxAmount"]
    lines = [{**rated, "quantity": 1, "unitAmount": 33.36, "taxAmount": 2.34}] * 3
    shown = read(us, us.written("invoices", invoice("TAX-3", *lines)))
    assert (shown["totalTaxAmount"], shown["totalAmount"]) == (7.02, 107.10)


def test_other_lines_do_not_pass_with_the_total_as_it_was(us: Company) -> None:
    plain = {**WORK, "taxRateRef": {"id": "NV"}}
    key = us.written("invoices", invoice("STALE-1", plain, totalAmount=107))
    for total in (107, 999):
        ended = put(us, f"invoices/{key}", invoice("STALE-1", plain, plain, totalAmount=total))
        assert [place for place, _ in faults(ended)] == ["TotalAmount"]
        assert read(us, key)["totalAmount"] == 107
    ended = put(us, f"invoices/{key}", invoice("STALE-1", plain, plain, totalAmount=214))
    assert ended["status"] == "Success"
    assert read(us, key)["totalAmount"] == 214


def test_tax_of_a_uk_header_is_no_decoration(uk: Company) -> None:
    line = {"subTotal": 100, "accountRef": {"id": "4000"}, "taxRateRef": {"id": "1"}}
    stated = {**UK_INVOICE, "subTotal": 0, "totalAmount": 0, "lineItems": [line]}
    taxed = {**stated, "invoiceNumber": "HEAD-1", "totalTaxAmount": 25}
    refused = uk.ended(uk.push("invoices", taxed))
    assert [place for place, _ in faults(refused)] == ["TotalAmount"]
    uk.written("invoices", {**stated, "invoiceNumber": "HEAD-2", "totalTaxAmount": 20})
    total = {**line, "totalAmount": 100}
    grossed = {**stated, "invoiceNumber": "HEAD-3", "totalTaxAmount": 0}
    ended = uk.ended(uk.push("invoices", {**grossed, "lineItems": [total]}))
    [(_, reason)] = faults(ended)
    assert "differs" in reason


def test_a_line_too_large_to_be_rounded_is_told_at_once(uk: Company) -> None:
    line = {**UK_INVOICE["lineItems"][0], "quantity": 1e14, "unitAmount": 1e14}
    ended = uk.push("invoices", {**UK_INVOICE, "invoiceNumber": "HUGE-1", "lineItems": [line]})
    assert "LineItems[0].Quantity" in {place for place, _ in faults(ended)}
