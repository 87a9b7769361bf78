"""Payments that use credits: read with all their links, and taken back with all they posted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from clary.ledger.fields import EditionName
from tests.api.push.served import Client, Company, Served
from tests.api.push.test_push_verbs import DOCUMENTS

WORTH = {"uk": (144.0, 12.0), "us": (117.0, 10.0)}
"""What an invoice and a credit note of the documents come to."""

_MARKS = count(1)


@dataclass
class Desk:
    """A company with an invoice and two credit notes of its own."""

    company: Company
    edition: EditionName
    mark: str

    def __post_init__(self) -> None:
        self.invoice = self._written("invoices", "invoiceNumber", "I")
        self.notes = [self._written("creditNotes", "creditNoteNumber", each) for each in "AB"]
        self.debt, self.credit = WORTH[self.edition]

    def _written(self, kind: str, number: str, mark: str) -> str:
        stated = {**DOCUMENTS[self.edition][kind], number: f"{self.mark}{mark}"}
        return self.company.written(kind, stated)

    def payment(self, total: float, *links: tuple[str, str, float]) -> dict[str, Any]:
        """Return a payment with links of type, id and amount."""
        shown = [{"type": kind, "id": key, "amount": worth} for kind, key, worth in links]
        good = DOCUMENTS[self.edition]["payments"]
        return {**good, "totalAmount": total, "lines": [{"amount": total, "links": shown}]}

    def read(self, kind: str, key: str) -> Any:  # noqa: ANN401 - JSON
        return self.company.client.good("GET", f"{self.company.path}/data/{kind}/{key}")

    def ids(self, **asked: object) -> list[str]:
        """Return the ids of a page of payments."""
        return [each["id"] for each in self.listed(**asked)]

    def listed(self, **asked: object) -> list[Any]:
        """Return a page of payments."""
        found = self.company.client.good("GET", f"{self.company.path}/data/payments", **asked)
        return [as_shown(each) for each in found["results"]]

    def delete(self, kind: str, key: str) -> Any:  # noqa: ANN401 - JSON
        path = f"{self.company.connected}/push/{kind}/{key}"
        return self.company.ended(self.company.client.good("DELETE", path))

    def open(self) -> list[float]:
        """Return what is open of the invoice and of each credit note."""
        due = self.read("invoices", self.invoice)["amountDue"]
        left = (self.read("creditNotes", each)["remainingCredit"] for each in self.notes)
        return [due, *left]

    @property
    def untouched(self) -> list[float]:
        return [self.debt, self.credit, self.credit]


@pytest.fixture(scope="module", params=["uk", "us"])
def company(
    request: pytest.FixtureRequest, server: Served, client: Client
) -> tuple[Company, EditionName]:
    edition: EditionName = request.param
    return server.linked(client, {"uk": "north", "us": "west"}[edition], edition), edition


@pytest.fixture
def desk(company: tuple[Company, EditionName]) -> Desk:
    return Desk(*company, mark=f"{next(_MARKS)}")


def as_shown(record: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a record without the moment at which it was read."""
    return {name: value for name, value in record.items() if name != "modifiedDate"}


def links_of(shown: Any) -> list[tuple[str, str, float]]:  # noqa: ANN401 - JSON
    [line] = shown["lines"]
    return [(each["type"], each["id"], each["amount"]) for each in line["links"]]


def test_a_payment_that_uses_credits_is_read_with_all_its_links(desk: Desk) -> None:
    first, second = desk.notes
    links = [
        ("Invoice", desk.invoice, -(20 + 2 * desk.credit)),
        ("CreditNote", first, desk.credit),
        ("CreditNote", second, desk.credit),
    ]
    before = len(desk.ids(pageSize=5000))
    key = desk.company.written("payments", desk.payment(20.0, *links))
    shown = desk.read("payments", key)
    assert links_of(shown) == links
    assert shown["totalAmount"] == shown["lines"][0]["amount"] == 20
    assert desk.open() == [desk.debt - 20 - 2 * desk.credit, 0, 0]
    assert desk.listed(query=f"id={key}") == [as_shown(shown)]
    assert as_shown(shown) in desk.listed(query="totalAmount>0", orderBy="-id", pageSize=5000)
    assert len(desk.ids(pageSize=5000)) == before + 1


def test_a_payment_that_uses_credits_is_taken_back_as_a_whole(desk: Desk) -> None:
    links = (
        ("Invoice", desk.invoice, -(20 + 2 * desk.credit)),
        *(("CreditNote", each, desk.credit) for each in desk.notes),
    )
    key = desk.company.written("payments", desk.payment(20.0, *links))
    done = desk.delete("payments", key)
    assert done["status"] == "Success", done
    assert [each["recordRef"]["id"] for each in done["changes"]] == [key]
    assert desk.open() == desk.untouched
    for kind, number in (("invoices", desk.invoice), ("creditNotes", desk.notes[0])):
        assert desk.delete(kind, number)["status"] == "Success"


def test_a_payment_of_nothing_is_read_listed_and_taken_back(desk: Desk) -> None:
    first, second = desk.notes
    links = [
        ("Invoice", desk.invoice, -2 * desk.credit),
        ("CreditNote", first, desk.credit),
        ("CreditNote", second, desk.credit),
    ]
    key = desk.company.written("payments", desk.payment(0, *links))
    shown = desk.read("payments", key)
    assert (shown["totalAmount"], links_of(shown)) == (0, links)
    assert shown["customerRef"]["id"] == "ACME"
    assert not shown["metadata"]["isDeleted"]
    assert desk.listed(query=f"id={key}") == [as_shown(shown)]
    listed = desk.listed(query="totalAmount=0", orderBy="-id", pageSize=5000)
    assert listed.count(as_shown(shown)) == 1
    assert desk.ids(pageSize=5000).count(key) == 1
    assert desk.delete("payments", key)["status"] == "Success"
    assert desk.open() == desk.untouched
    assert desk.read("payments", key)["metadata"]["isDeleted"]


def test_pages_of_payments_and_allocations_have_each_once(desk: Desk) -> None:
    paid = desk.company.written("payments", desk.payment(1.0, ("Invoice", desk.invoice, -1.0)))
    tied = [
        desk.company.written(
            "payments",
            desk.payment(0, ("Invoice", desk.invoice, -3.0), ("CreditNote", note, 3.0)),
        )
        for note in desk.notes
    ]
    for order in ({}, {"orderBy": "-date"}, {"orderBy": "id"}, {"query": "id!=0"}):
        whole = desk.ids(pageSize=5000, **order)
        assert len(set(whole)) == len(whole)
        assert {paid, *tied} <= set(whole)
        pages = [desk.ids(page=1 + n, pageSize=2, **order) for n in range((len(whole) + 1) // 2)]
        assert [each for page in pages for each in page] == whole


def test_one_allocation_of_a_payment_is_taken_back_alone(desk: Desk) -> None:
    """As somebody at Sage would; the payment is what is left of it, and goes back with the rest."""
    first, second = desk.notes
    links = (
        ("Invoice", desk.invoice, -(20 + 2 * desk.credit)),
        ("CreditNote", first, desk.credit),
        ("CreditNote", second, desk.credit),
    )
    key = desk.company.written("payments", desk.payment(20.0, *links))
    refused = desk.delete("creditNotes", first)
    [error] = refused["validation"]["errors"]
    allocation = str(int(key) + 1)
    assert allocation in error["message"] + str(refused["errorMessage"])
    assert links_of(desk.read("payments", allocation))[1] == ("CreditNote", first, desk.credit)
    assert desk.delete("payments", allocation)["status"] == "Success"
    assert desk.open() == [desk.debt - 20 - desk.credit, desk.credit, 0]
    assert links_of(desk.read("payments", key)) == [
        ("Invoice", desk.invoice, -(20 + desk.credit)),
        ("CreditNote", second, desk.credit),
    ]
    assert desk.delete("payments", key)["status"] == "Success"
    assert desk.open() == desk.untouched


@pytest.mark.parametrize("total", [5.0, 0.0])
def test_a_credit_that_cannot_be_used_stops_the_whole_payment(total: float, desk: Desk) -> None:
    first, _ = desk.notes
    much = desk.credit + 1
    wrong = {
        "too much": ("CreditNote", first, much, "Amount"),
        "of nothing": ("CreditNote", "99999999", 1.0, "Id"),
        "an invoice": ("CreditNote", desk.invoice, 1.0, "Id"),
        "a note": ("Payment", first, 1.0, "Id"),
    }
    before = desk.ids(pageSize=5000)
    for kind, key, worth, place in wrong.values():
        owed = ("Invoice", desk.invoice, -(total + worth))
        ended = desk.company.ended(
            desk.company.push("payments", desk.payment(total, owed, (kind, key, worth)))
        )
        assert (ended["status"], ended["changes"]) == ("Failed", None), ended
        items = [each["itemId"] for each in ended["validation"]["errors"]]
        assert items == [f"Lines[0].Links[1].{place}"]
    assert desk.ids(pageSize=5000) == before
    assert desk.open() == desk.untouched


def test_a_debt_that_is_not_open_stops_the_whole_payment(desk: Desk) -> None:
    first, _ = desk.notes
    whole = ("Invoice", desk.invoice, -desk.debt)
    desk.company.written("payments", desk.payment(desk.debt, whole))
    stated = desk.payment(
        5.0,
        ("PaymentOnAccount", "ACME", -5.0),
        ("Invoice", desk.invoice, -desk.credit),
        ("CreditNote", first, desk.credit),
    )
    before = desk.ids(pageSize=5000)
    ended = desk.company.ended(desk.company.push("payments", stated))
    [error] = ended["validation"]["errors"]
    assert (ended["status"], error["itemId"]) == ("Failed", "Lines[0].Links[1].Amount")
    assert desk.ids(pageSize=5000) == before
