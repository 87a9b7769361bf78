"""Updates: an address that is stated is the whole address, and days stay as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from clary.flows.push import inbound, outbound
from clary.flows.push.inbound import Inbound, Terms
from clary.flows.push.showing import Showing
from clary.flows.push.types import type_at
from clary.kernel.change import Body
from tests.flows.push.documents import UK_CREDIT_NOTE
from tests.flows.push.shelf import TODAY, Shelf, body_of, take, told, uk_shelf, us_shelf, warned
from tests.flows.push.test_push_updating import NOTE

UK = uk_shelf()
US = us_shelf()
HOME: Body = {"line1": "1 High Street", "city": "Ipswich", "country": "GB"}
CUSTOMER: Body = {
    "id": "ACME",
    "name": "Acme Ltd",
    "telephone1": "01632 960001",
    "bill_to": {**HOME, "name": "Acme Accounts"},
}
VENDOR: Body = {"id": "SUPPLY", "name": "Supply Ltd", "mail_to": dict(HOME)}
US_CUSTOMER: Body = {
    "id": "ACME",
    "name": "Acme Inc.",
    "bill_to": {"line1": "1 Main Street", "city": "Reno", "tax_code_id": "NV"},
    "ship_to": [{"line1": "2 Dock Road", "city": "Reno"}],
}


def updated(kind: str, found: Body, stated: Mapping[str, object], books: Shelf) -> Inbound:
    """Update a record of the books with a document."""
    push_type = type_at(kind)
    assert push_type is not None
    shown = outbound.show(push_type, found, Showing(books))
    document = inbound.document(json.dumps(stated))
    return inbound.take_update(push_type, document, shown, found, books, Terms(TODAY))


def news(kind: str, found: Body, stated: Mapping[str, object], books: Shelf) -> Body:
    """Return what a document changes."""
    taken = updated(kind, found, stated, books)
    assert not told(taken), taken.findings
    [made] = taken.records
    return made.body


def customer(*addresses: Mapping[str, object], **more: object) -> dict[str, Any]:
    stated = {"addresses": list(addresses)} if addresses else {}
    return {"id": "ACME", "customerName": "Acme Ltd", **stated, **more}


def test_an_address_replaces_the_one_before_and_not_its_street_alone() -> None:
    stated = customer({"line1": "9 New Road", "city": "", "countryCode": "GB"})
    # The name inside the address is nothing that a document can state.
    assert news("customers", CUSTOMER, stated, UK)["bill_to"] == {
        "line1": "9 New Road",
        "city": None,
        "country": "GB",
    }


def test_an_unknown_country_takes_the_known_one_away() -> None:
    stated = customer({"line1": "9 New Road", "city": "Ipswich", "countryCode": "XX"})
    assert news("customers", CUSTOMER, stated, UK)["bill_to"] == {
        "line1": "9 New Road",
        "city": "Ipswich",
        "country": None,
    }


def test_a_uk_supplier_keeps_the_country_that_no_document_can_state() -> None:
    stated = {"id": "SUPPLY", "supplierName": "Supply Ltd", "addresses": [{"line1": "9 New Road"}]}
    assert news("suppliers", VENDOR, stated, UK)["mail_to"] == {"line1": "9 New Road", "city": None}


def test_the_same_address_and_none_are_no_news() -> None:
    same = {"line1": "1 High Street", "city": "Ipswich", "countryCode": "GB"}
    assert news("customers", CUSTOMER, customer(same), UK) == {}
    assert news("customers", CUSTOMER, customer(phone=""), UK) == {}


def test_a_first_address_has_nothing_to_replace() -> None:
    bare = {name: value for name, value in CUSTOMER.items() if name != "bill_to"}
    stated = customer({"line1": "9 New Road", "countryCode": "GB"})
    found = news("customers", bare, stated, UK)
    assert found["bill_to"] == {"line1": "9 New Road", "country": "GB"}


def test_a_us_delivery_address_leaves_the_main_one_alone() -> None:
    stated = {
        "id": "ACME",
        "customerName": "Acme Inc.",
        "addresses": [{"type": "Delivery", "line1": "3 Dock Road"}],
    }
    assert news("customers", US_CUSTOMER, stated, US) == {"ship_to": [{"line1": "3 Dock Road"}]}


@pytest.mark.parametrize("day", ["", None])
def test_a_day_that_an_update_does_not_state_is_not_today(day: str | None) -> None:
    stated = {**UK_CREDIT_NOTE, "issueDate": day, "note": "Again"}
    assert news("creditNotes", NOTE, stated, UK) == {"details": "Again"}


def test_an_old_day_that_stays_is_nothing_to_tell() -> None:
    old = {**NOTE, "date": "1999-01-15"}
    stated = {name: value for name, value in UK_CREDIT_NOTE.items() if name != "issueDate"}
    assert not warned(updated("creditNotes", old, stated, UK))
    moved = {**stated, "issueDate": "1998-01-15"}
    assert warned(updated("creditNotes", old, moved, UK)) == {("PUSH_DATE_UNUSUAL", "issueDate")}


def test_a_new_document_without_a_day_is_of_today() -> None:
    stated = {name: value for name, value in UK_CREDIT_NOTE.items() if name != "issueDate"}
    assert body_of(take("creditNotes", stated, UK))["date"] == TODAY.isoformat()
