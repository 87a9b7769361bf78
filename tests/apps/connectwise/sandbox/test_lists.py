"""The lists: made, changed, patched and deleted, with every mistake told at once."""

from __future__ import annotations

import pytest

from tests.apps.connectwise.sandbox.caller import Caller

COMPANIES = "company/companies"


def test_a_company_is_made_with_whole_references(ask: Caller) -> None:
    made = ask.post(
        COMPANIES,
        {
            "identifier": "NewCo",
            "name": "New Co",
            "accountNumber": "NEW-CO",
            "taxCode": {"name": "NV"},
            "billingTerms": {"id": 2},
            "types": [{"id": 2, "name": "Client"}],
        },
    )
    assert made["taxCode"] == {"id": 2, "name": "NV"}
    assert made["billingTerms"] == {"id": 2, "name": "Due on receipt"}
    assert made["_info"]["updatedBy"] == "CLARY"
    assert ask.get(COMPANIES, conditions='accountNumber="NEW-CO"') == [made]


def test_everything_that_is_wrong_is_told_at_once(ask: Caller) -> None:
    body = {
        "identifier": "",
        "name": "x" * 51,
        "leadFlag": "yes",
        "nothing": 1,
        "taxCode": {"id": 99},
        "annualRevenue": True,
    }
    told = ask("POST", COMPANIES, body)
    assert (told.status, told.json["code"]) == (400, "InvalidObject")
    assert {(each["field"], each["code"]) for each in told.json["errors"]} == {
        ("identifier", "MissingRequiredField"),
        ("name", "MaxLengthField"),
        ("leadFlag", "InvalidType"),
        ("nothing", "InvalidField"),
        ("taxCode", "NotFound"),
        ("annualRevenue", "InvalidType"),
    }


def test_an_identifier_is_taken_once(ask: Caller) -> None:
    told = ask("POST", COMPANIES, {"identifier": "TOPAZlawgroup", "name": "Another"})
    assert (told.status, told.codes) == (400, ["ObjectExists"])
    own = ask.get(f"{COMPANIES}/3")
    assert ask("PUT", f"{COMPANIES}/3", own).status == 200


@pytest.mark.parametrize("start", ["", "/"])
def test_a_patch_takes_paths_with_and_without_a_slash(start: str, ask: Caller) -> None:
    told = ask(
        "PATCH",
        f"{COMPANIES}/3",
        [
            {"op": "replace", "path": f"{start}accountNumber", "value": "OTHER"},
            {"op": "replace", "path": f"{start}TAXCODE/id", "value": 2},
            {"op": "remove", "path": f"{start}phoneNumber"},
            {"op": "add", "path": f"{start}types/-", "value": {"id": 3, "name": "Vendor"}},
        ],
    )
    assert told.status == 200, told.text
    made = told.json
    assert (made["accountNumber"], made["taxCode"]) == ("OTHER", {"id": 2, "name": "NV"})
    assert "phoneNumber" not in made
    assert [each["id"] for each in made["types"]] == [2, 3]
    assert ask.get(f"{COMPANIES}/3") == made


@pytest.mark.parametrize(
    "patch",
    [
        {"op": "replace"},
        ["name"],
        [{"op": "move", "path": "name"}],
        [{"op": "replace", "path": "/", "value": 1}],
        [{"op": "replace", "path": "name/first", "value": 1}],
        [{"op": "replace", "path": "types/9/name", "value": 1}],
        [{"op": "replace", "path": "nothing", "value": 1}],
        [{"op": "remove", "path": "name"}],
        [{"op": "replace", "path": "a/b/c/d/e/f/g/h/i", "value": 1}],
        [{"op": "replace", "path": "name", "value": "x"}] * 501,
    ],
)
def test_a_patch_that_cannot_be_applied_changes_nothing(patch: object, ask: Caller) -> None:
    before = ask.get(f"{COMPANIES}/3")
    assert ask("PATCH", f"{COMPANIES}/3", patch).status == 400
    assert ask.get(f"{COMPANIES}/3") == before


def test_what_is_in_use_is_not_deleted(ask: Caller) -> None:
    assert ask("DELETE", f"{COMPANIES}/2").status == 409
    made = ask.post(COMPANIES, {"identifier": "Gone", "name": "Gone"})
    assert ask("DELETE", f"{COMPANIES}/{made['id']}").status == 204
    assert ask("GET", f"{COMPANIES}/{made['id']}").status == 404
    assert ask("DELETE", f"{COMPANIES}/{made['id']}").status == 404


def test_what_belongs_to_another_record_is_found_there_only(ask: Caller) -> None:
    site = ask.get(f"{COMPANIES}/3/sites")[0]
    assert ask.get(f"{COMPANIES}/3/sites/{site['id']}") == site
    assert ask("GET", f"{COMPANIES}/4/sites/{site['id']}").status == 404
    assert ask("GET", f"{COMPANIES}/999/sites").status == 404
    assert ask.get(f"{COMPANIES}/3/sites/count") == {"count": 1}


def test_the_two_views_of_tax_levels_agree(ask: Caller) -> None:
    code, level = "finance/taxCodes/1", "finance/taxCodes/1/taxCodeLevels"
    ask.patch(f"{level}/11", ("agencyXref", "OTHER"), ("taxRate", 6.5))
    told = ask.get(code)
    assert (told["levelOneAgencyXref"], str(told["levelOneRate"])) == ("OTHER", "6.5")
    ask.patch(code, ("levelTwoTaxCodeXref", "CA-2"), ("levelThreeRate", 1))
    levels = {each["taxLevel"]: each for each in ask.get(level)}
    assert levels[2]["taxCodeXref"] == "CA-2"
    assert levels[1]["id"] == 11
    assert (levels[3]["taxRate"], levels[3]["rateType"]) == (1, "Percent")
    assert ask("DELETE", f"{level}/12").status == 204
    assert "levelTwoRate" not in ask.get(code)


def test_what_cannot_be_made_or_deleted_says_so(ask: Caller) -> None:
    assert ask("POST", "finance/accountingPackageSetup", {}).status == 405
    assert ask("DELETE", "system/members/1").status == 405
    assert ask("POST", "expense/classifications", {}).status == 405
