"""Conditions, child conditions, custom fields and order, each against what a list holds."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.apps.connectwise.sandbox.caller import Caller, Json

INVOICES = "finance/accounting/unpostedinvoices"


def numbers(ask: Caller, conditions: str) -> set[str]:
    found = ask.get(INVOICES, conditions=conditions, pageSize=1000)
    counted = ask.get(f"{INVOICES}/count", conditions=conditions)["count"]
    assert counted == len(found)
    return {each["invoiceNumber"] for each in found}


@pytest.fixture(scope="module")
def whole(read_us: object) -> list[Json]:
    url = getattr(read_us, "url", "")
    made: list[Json] = Caller(url).get(INVOICES, pageSize=1000)
    return made


def day(invoice: Json) -> str:
    return str(invoice["invoiceDate"])


MIDDLE = Decimal(300)

CASES: dict[str, Callable[[Json], bool]] = {
    "locationId=2": lambda one: one["locationId"] == 2,
    "locationId = 2 and invoiceType = 'Agreement'": lambda one: (
        one["locationId"] == 2 and one["invoiceType"] == "Agreement"
    ),
    'INVOICETYPE = "agreement"': lambda one: one["invoiceType"] == "Agreement",
    "invoiceType != 'Standard'": lambda one: one["invoiceType"] != "Standard",
    "invoiceType <> 'Standard'": lambda one: one["invoiceType"] != "Standard",
    "total > 300": lambda one: one["total"] > MIDDLE,
    "total >= 300.00 or total < 0": lambda one: one["total"] >= MIDDLE or one["total"] < 0,
    "not total > 300": lambda one: one["total"] <= MIDDLE,
    "(total > 300 or locationId=3) and not (locationId = 2)": lambda one: (
        (one["total"] > MIDDLE or one["locationId"] == 3) and one["locationId"] != 2
    ),
    "invoiceNumber in ('10001', '10003', 'X')": lambda one: (
        one["invoiceNumber"] in {"10001", "10003"}
    ),
    "locationId not in (1, 2)": lambda one: one["locationId"] == 3,
    "invoiceNumber like 'T%'": lambda one: one["invoiceNumber"].startswith("T"),
    "invoiceNumber like 't10*'": lambda one: one["invoiceNumber"].startswith("T10"),
    "invoiceNumber not like 'T%'": lambda one: not one["invoiceNumber"].startswith("T"),
    "company/name contains 'clinic'": lambda one: "clinic" in one["company"]["name"].casefold(),
    "company/name not contains '%'": lambda _: True,
    "company/identifier = 'TopazLawGroup'": lambda one: (
        one["company"]["identifier"] == "TopazLawGroup"
    ),
    "company.id = 3": lambda one: one["company"]["id"] == 3,
    "hasProducts = True and hasTime=false": lambda one: one["hasProducts"] and not one["hasTime"],
    "countyTaxAmount = null": lambda one: "countyTaxAmount" not in one,
    "countyTaxAmount != null": lambda one: "countyTaxAmount" in one,
    "invoiceDate >= [2000-01-01T00:00:00Z]": lambda _: True,
    "invoiceDate < [2000-01-01]": lambda _: False,
    "billingLogId > 39010 and id < 1039013": lambda one: 39010 < one["billingLogId"] < 39013,
    "": lambda _: True,
}


@pytest.mark.parametrize("conditions", CASES)
def test_conditions_choose(conditions: str, reading: Caller, whole: list[Json]) -> None:
    expected = {each["invoiceNumber"] for each in whole if CASES[conditions](each)}
    assert numbers(reading, conditions) == expected


def test_dates_are_compared_with_their_own_day(reading: Caller, whole: list[Json]) -> None:
    some = sorted(day(each) for each in whole)[len(whole) // 2]
    through = numbers(reading, f"invoiceDate<=[{some}]")
    assert through == {each["invoiceNumber"] for each in whole if day(each) <= some}
    assert numbers(reading, f"invoiceDate=[{some}]") == {
        each["invoiceNumber"] for each in whole if day(each) == some
    }


@pytest.mark.parametrize(
    "conditions",
    [
        "nothing = 1",
        "company/street = 'x'",
        "total =",
        "total = 'many'",
        "total > null",
        "hasTime = 'maybe'",
        "invoiceDate > [yesterday]",
        'invoiceNumber = "unclosed',
        "total = 1 and",
        "(total = 1",
        "1 = 1; drop table invoice",
        "(" * 70 + "total=1" + ")" * 70,
        "total=1 or " * 3000 + "total=1",
    ],
)
def test_conditions_that_cannot_be_read_are_refused(conditions: str, reading: Caller) -> None:
    told = reading("GET", INVOICES, query={"conditions": conditions})
    assert (told.status, told.json["code"]) == (400, "InvalidObject")
    assert told.json["errors"]


def test_child_conditions_look_into_lists(reading: Caller) -> None:
    path = "company/companies"
    vendors = reading.get(path, childConditions='types/name="Vendor"', pageSize=1000)
    assert vendors
    assert all(each["isVendorFlag"] for each in vendors)
    by_id = reading.get(path, childconditions="types/id=3", pageSize=1000)
    assert by_id == vendors
    assert reading.get(f"{path}/count", childConditions="types/id=3")["count"] == len(vendors)
    for wrong in ("name='x'", "types/street='x'", "types/id=1 or nothing/id=2"):
        assert reading("GET", path, query={"childConditions": wrong}).status == 400


def test_custom_fields_are_looked_up_by_caption_and_value(ask: Caller) -> None:
    custom = [{"id": 1, "caption": "Branch", "type": "Text", "value": {"text": "North"}}]
    ask.patch("company/companies/4", ("customFields", custom))
    found = ask.get("company/companies", customFieldConditions='caption="Branch"')
    assert [each["id"] for each in found] == [4]
    assert ask.get("company/companies", customFieldConditions='caption="Other"') == []


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("total desc", lambda one: -one["total"]),
        ("company/name asc, total", lambda one: (one["company"]["name"].casefold(), one["total"])),
        ("billingLogId", lambda one: one["billingLogId"]),
    ],
)
def test_order(order: str, key: object, reading: Caller) -> None:
    told = reading.get(INVOICES, orderBy=order, pageSize=1000)
    assert callable(key)
    assert told == sorted(told, key=key)


@pytest.mark.parametrize("order", ["nothing", "total sideways", "total desc; drop table gl"])
def test_an_order_that_cannot_be_read_is_refused(order: str, reading: Caller) -> None:
    assert reading("GET", INVOICES, query={"orderBy": order}).status == 400


def test_members_and_numbers_in_bodies_can_be_named(reading: Caller) -> None:
    found = reading.get("system/members", conditions='securityRole/name="Finance"')
    assert {each["identifier"] for each in found} == {"MDELGADO", "LBRANCH"}
    cheap = reading.get("procurement/catalog", conditions="price < 5 and taxableFlag=False")
    assert {each["identifier"] for each in cheap} == {"NS-MAIL", "NS-VAULT"}
    assert reading.get("company/companies/count", conditions="_info/lastUpdated > [2000-01-01]")
