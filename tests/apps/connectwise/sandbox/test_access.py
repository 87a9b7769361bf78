"""Who may ask: keys, the client id, roles, system level, impersonation."""

from __future__ import annotations

import base64

import httpx
import pytest

from tests.apps.connectwise.sandbox.caller import BASE, Caller
from tests.sites import Site


def status(url: str, authorization: str | None, client_id: str | None = "x") -> tuple[int, str]:
    headers = {
        name: value
        for name, value in (("Authorization", authorization), ("clientId", client_id))
        if value is not None
    }
    answer = httpx.get(url + BASE + "system/info", headers=headers)
    return answer.status_code, answer.json().get("code", "")


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


GOOD = "demo+public:private"


@pytest.mark.parametrize(
    ("authorization", "client_id", "expected"),
    [
        (basic(GOOD), "x", (200, "")),
        (basic("DEMO+public:private"), "x", (200, "")),
        (basic(GOOD), None, (401, "Unauthorized")),
        (basic(GOOD), "", (401, "Unauthorized")),
        (None, "x", (401, "Unauthorized")),
        (basic("demo+public:wrong"), "x", (401, "Unauthorized")),
        (basic("demo+nobody:private"), "x", (401, "Unauthorized")),
        (basic("other+public:private"), "x", (401, "Unauthorized")),
        (basic("public:private"), "x", (401, "Unauthorized")),
        ("Basic ???", "x", (401, "Unauthorized")),
        ("Bearer " + GOOD, "x", (401, "Unauthorized")),
    ],
)
def test_keys_of_the_company_and_a_client_id_are_needed(
    read_us: Site, authorization: str | None, client_id: str | None, expected: tuple[int, str]
) -> None:
    assert status(read_us.url, authorization, client_id) == expected


def test_the_code_base_is_told_to_anyone_who_knows_the_company(read_us: Site) -> None:
    told = httpx.get(f"{read_us.url}/login/companyinfo/demo").json()
    assert told["Codebase"] == "v4_6_release/"
    assert httpx.get(f"{read_us.url}/login/companyinfo/other").status_code == 404


def test_a_site_that_moved_is_found_at_its_new_code_base(fresh: Site, ask: Caller) -> None:
    fresh.act("move", codebase="v2026_1")
    assert ask("GET", "system/info").status == 404
    assert httpx.get(f"{fresh.url}/login/companyinfo/demo").json()["Codebase"] == "v2026_1/"
    assert ask("GET", "/v2026_1/apis/3.0/system/info").status == 200


@pytest.mark.parametrize(
    ("key", "role", "allowed"),
    [
        ("public", "Admin", True),
        ("finance", "Finance", True),
        ("executive", "Executive", True),
        ("admin", "Admin", True),
        ("weak", "Service", False),
    ],
)
def test_roles_decide_what_a_member_may_do(
    read_us: Site, key: str, role: str, *, allowed: bool
) -> None:
    private = "private" if key == "public" else key
    ask = Caller(read_us.url, f"{key}:{private}")
    assert ask.get("system/myMembers")["securityRole"]["name"] == role
    rights = {each["moduleFunctionName"]: each for each in ask.get("system/mySecurity")}
    whole = {f"{word}Level": "All" for word in ("add", "edit", "delete", "inquire")}
    assert (whole.items() <= rights["Accounting Interface"].items()) is allowed
    assert (rights["API Reports"]["inquireLevel"] == "All") is allowed
    deleted = ask("DELETE", "finance/accounting/batches/999")
    assert (deleted.status, deleted.json["code"]) == (
        (404, "NotFound") if allowed else (403, "Security")
    )
    assert ask("GET", "finance/accounting/unpostedinvoices").status == 200
    assert ask("GET", "system/members").status == (200 if allowed else 403)


def test_a_member_below_system_level_1_sees_the_documents_of_one_location(read_us: Site) -> None:
    ask = Caller(read_us.url, "branch:branch")
    assert ask.get("system/myMembers")["structureLevel"]["id"] == 2
    everyone = Caller(read_us.url)
    listed = ask.get("finance/accounting/unpostedinvoices", pageSize=1000)
    assert {each["locationId"] for each in listed} == {2}
    assert (
        len(listed)
        == everyone.get("finance/accounting/unpostedinvoices/count", conditions="locationId=2")[
            "count"
        ]
    )
    assert len(ask.export(exportInvoicesFlag=True)["transactions"]) == len(listed)
    assert ask("GET", "finance/invoices/39001").status == 404


@pytest.mark.parametrize(
    ("integrator", "expected"),
    [
        ("integrator", 201),
        ("own-records", 403),
        ("no-member-api", 403),
        ("public:private", 201),
        ("weak:weak", 403),
    ],
)
def test_keys_of_a_member_are_made_for_an_integrator_that_may(
    fresh: Site, integrator: str, expected: int
) -> None:
    key = integrator if ":" in integrator else f"{integrator}:{integrator}"
    ask = Caller(fresh.url, key)
    told = ask(
        "POST",
        "system/members/MDELGADO/tokens",
        {"memberIdentifier": "MDELGADO"},
        headers={"x-cw-usertype": "integrator"},
    )
    assert told.status == expected, told.text
    if expected == 201:
        made = told.json
        member = Caller(fresh.url, f"{made['publicKey']}:{made['privateKey']}")
        assert member.get("system/myMembers")["identifier"] == "MDELGADO"
        assert member.get("finance/accounting/batches/count") == {"count": 0}


def test_an_integrator_itself_sees_nothing_and_nobody_impersonates_who_is_not_there(
    fresh: Site,
) -> None:
    ask = Caller(fresh.url, "integrator:integrator")
    assert ask("GET", "finance/invoices").status == 403
    assert ask("POST", "system/members/NOBODY/tokens", {}).status == 404
    logins = {
        each["username"]: (each["canAccessAllRecordsFlag"], each["memberApiFlag"])
        for each in Caller(fresh.url).get("system/integratorlogins")
    }
    assert logins == {
        "integrator": (True, True),
        "own-records": (False, True),
        "no-member-api": (True, False),
    }


def test_an_inactive_member_is_refused(fresh: Site, ask: Caller) -> None:
    member = ask.get("system/members", conditions='identifier="MDELGADO"')[0]
    ask.patch(f"system/members/{member['id']}", ("inactiveFlag", True))
    assert Caller(fresh.url, "finance:finance")("GET", "system/info").status == 401
