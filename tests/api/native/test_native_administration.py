"""Users, keys, settings, the audit trail and lanes over the API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clary.hub.access import Role
from clary.hub.services.keys import add_key
from tests.api.native.asking import Native, client
from tests.api.push.served import Served

PASSWORD = "correct horse battery staple"


def lane(company: str, *verb: str) -> str:
    """Return the path of the work of a company."""
    return "/".join(("/companies", company, "work", *verb))


@pytest.fixture(scope="module")
def admin(server: Served) -> Iterator[Native]:
    made = client(server, "admin of all", Role.ADMIN)
    yield made
    made.http.close()


class TestUsers:
    """Who may log on."""

    def test_a_user_from_adding_to_removing(self, admin: Native) -> None:
        body = {"name": "ada", "email": "ada@example.com", "password": PASSWORD, "role": "viewer"}
        assert admin.good("POST", "/users", body, dry_run="true")["stored"] is False
        added = admin.ask("POST", "/users", body)
        assert (added.status_code, added.json()["has_password"]) == (201, True)
        assert PASSWORD not in added.text
        tag = admin.ask("GET", "/users/ada").headers["etag"]
        change = {"companies": {"north": "approver"}, "role": "none", "disabled": True}
        changed = admin.ask("PATCH", "/users/ada", change, headers={"If-Match": tag})
        assert changed.status_code == 200
        shown = changed.json()
        assert (shown["role"], shown["companies"], shown["disabled"]) == (
            None,
            {"north": "approver"},
            True,
        )
        late = admin.ask("PATCH", "/users/ada", {"disabled": False}, headers={"If-Match": tag})
        assert (late.status_code, late.json()["code"]) == (412, "VERSION_DIFFERS")
        taken = admin.good("PATCH", "/users/ada", {"companies": {"north": None}, "email": ""})
        assert (taken["companies"], taken["email"]) == ({}, None)
        assert admin.good("DELETE", "/users/ada")["stored"] is False
        admin.refused(404, "USER_UNKNOWN", "GET", "/users/ada")

    def test_users_are_paged(self, admin: Native) -> None:
        for name in ("page-a", "page-b", "Page-c"):
            admin.good("POST", "/users", {"name": name})
        page = admin.good("GET", "/users", limit=2)
        rest = admin.good("GET", "/users", limit=2, after=page["next"])
        assert [each["name"] for each in (*page["items"], *rest["items"])] == [
            "page-a",
            "page-b",
            "Page-c",
        ]
        for name in ("page-a", "page-b", "page-c"):
            admin.good("DELETE", f"/users/{name}")

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"name": "a b"}, "USER_NAME_INVALID"),
            ({"name": "x", "role": "owner"}, "BODY_UNFIT"),
            ({"name": "x", "password": "short"}, "PASSWORD_INVALID"),
            ({"name": "x", "email": "no address"}, "EMAIL_INVALID"),
            ({"name": "x", "companies": {"nobody": "viewer"}}, "CONNECTION_UNKNOWN"),
        ],
    )
    def test_what_cannot_be_a_user_is_refused(
        self, admin: Native, body: dict[str, object], code: str
    ) -> None:
        got = admin.ask("POST", "/users", body)
        assert (got.status_code // 100, got.json()["code"]) == (4, code), got.text


class TestKeys:
    """How programs prove who they are."""

    def test_a_key_is_shown_once_works_and_is_revoked(self, server: Served, admin: Native) -> None:
        body = {"name": "webshop", "role": "viewer", "companies": ["north"]}
        made = admin.good("POST", "/keys", body)
        key = made["key"]
        owner = Native(f"{server.url}/api/v1", key, admin.http)
        assert [each["name"] for each in owner.good("GET", "/companies")["items"]] == ["north"]
        listed = admin.ask("GET", "/keys")
        assert key not in listed.text
        assert key.rsplit("_", 1)[1] not in listed.text
        admin.refused(409, "KEY_EXISTS", "POST", "/keys", body)
        revoked = admin.good("DELETE", "/keys/webshop")
        assert revoked["revoked_at"] is not None
        owner.refused(401, "API_KEY_MISSING", "GET", "/companies")
        admin.refused(404, "KEY_UNKNOWN", "DELETE", "/keys/webshop")
        names = [each["name"] for each in admin.good("GET", "/keys", revoked="true")["items"]]
        assert "webshop" in names

    def test_a_retry_never_shows_it_again(self, admin: Native) -> None:
        headers = {"Idempotency-Key": "make-a-key"}
        first = admin.ask("POST", "/keys", {"name": "again"}, headers=headers)
        second = admin.ask("POST", "/keys", {"name": "again"}, headers=headers)
        assert first.status_code == 201
        assert (second.status_code, second.json()["code"]) == (409, "IDEMPOTENCY_SECRET")
        assert first.json()["key"] not in second.text

    def test_a_dry_run_makes_none(self, admin: Native) -> None:
        tried = admin.good("POST", "/keys", {"name": "dry"}, dry_run="true")
        assert tried["key"] is None
        admin.refused(404, "KEY_UNKNOWN", "DELETE", "/keys/dry")

    def test_keys_are_paged(self, admin: Native) -> None:
        seen: list[str] = []
        after: dict[str, str] = {}
        while True:
            page = admin.good("GET", "/keys", limit=1, **after)
            seen += [each["name"] for each in page["items"]]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        whole = [each["name"] for each in admin.good("GET", "/keys")["items"]]
        assert seen == whole
        assert len(seen) == len(set(seen)) > 1

    def test_no_admin_key_of_one_company_makes_keys(self, server: Served) -> None:
        made = client(server, "admin of north", Role.ADMIN, ("north",))
        made.refused(403, "ROLE_MISSING", "POST", "/keys", {"name": "mine", "role": "admin"})
        made.refused(403, "ROLE_MISSING", "GET", "/keys")
        made.refused(403, "ROLE_MISSING", "GET", "/users")
        made.refused(403, "ROLE_MISSING", "PUT", "/settings/quiet_hours", {"value": "01:00-02:00"})
        made.http.close()

    @pytest.mark.parametrize(
        "body",
        [
            {"name": "x", "companies": []},
            {"name": "x", "companies": "north"},
            {"name": "x", "role": "root"},
            {"name": "x", "expires_at": "2020-01-01T00:00:00Z"},
            {"name": "x", "expires_at": "tomorrow"},
            {"name": "-"},
            {"name": ""},
        ],
    )
    def test_what_cannot_be_a_key_is_refused(self, admin: Native, body: dict[str, object]) -> None:
        assert admin.ask("POST", "/keys", body).status_code == 422


class TestSettings:
    """Decisions about how work is done."""

    def test_a_setting_is_decided_and_forgotten(self, admin: Native) -> None:
        tag = admin.ask("GET", "/settings/approval_amount", company="west").headers["etag"]
        put = admin.ask(
            "PUT",
            "/settings/approval_amount",
            {"value": "500"},
            headers={"If-Match": tag},
            company="west",
        )
        assert (put.status_code, put.json()["value"], put.json()["company"]) == (
            200,
            "500.00",
            "west",
        )
        late = admin.ask(
            "PUT",
            "/settings/approval_amount",
            {"value": "9"},
            headers={"If-Match": tag},
            company="west",
        )
        assert late.status_code == 412
        listed = admin.good("GET", "/settings")["items"]
        assert ("approval_amount", "west", "500.00") in [
            (each["name"], each["company"], each["value"]) for each in listed
        ]
        gone = admin.good("DELETE", "/settings/approval_amount", company="west")
        assert gone["value"] is None

    def test_settings_are_paged(self, admin: Native) -> None:
        page = admin.good("GET", "/settings", limit=1)
        rest = admin.good("GET", "/settings", after=page["next"])
        whole = admin.good("GET", "/settings")["items"]
        assert [*page["items"], *rest["items"]] == whole

    def test_what_cannot_be_decided_is_refused(self, admin: Native) -> None:
        path = "/settings/approval_amount"
        admin.refused(404, "DECISION_UNKNOWN", "PUT", "/settings/none", {"value": "1"})
        admin.refused(422, "DECISION_INVALID", "PUT", path, {"value": "much"})
        admin.refused(422, "BODY_UNFIT", "PUT", path, {"value": 7})
        admin.refused(404, "CONNECTION_UNKNOWN", "PUT", path, {"value": "7"}, company="none")


class TestAudit:
    """Who did what and when."""

    def test_entries_are_paged_newest_first_and_hold(self, admin: Native) -> None:
        admin.good("POST", "/users", {"name": "traced"})
        admin.good("DELETE", "/users/traced")
        page = admin.good("GET", "/audit", limit=2)
        told = [(each["what"], each["record"], each["user"]) for each in page["items"]]
        actor = "key admin of all"
        assert told == [("user.remove", "traced", actor), ("user.add", "traced", actor)]
        rest = admin.good("GET", "/audit", limit=2, after=page["next"])
        assert rest["items"][0]["id"] == page["items"][-1]["id"] - 1
        verified = admin.good("GET", "/audit/verification")
        assert (verified["ok"], verified["broken"]) == (True, None)
        assert verified["seal"]

    def test_it_is_narrowed_by_company_user_and_moment(self, admin: Native) -> None:
        admin.good("POST", lane("west", "pause"))
        admin.good("POST", lane("west", "resume"))
        found = admin.good("GET", "/audit", company="WEST", user="key admin of all")["items"]
        assert [each["what"] for each in found[:2]] == ["work.resume", "work.pause"]
        later = admin.good("GET", "/audit", since="2999-01-01T00:00:00Z")["items"]
        assert later == []
        admin.refused(422, "PARAMETER_UNFIT", "GET", "/audit", since="yesterday")

    def test_who_may_not_see_all_is_given_their_companies(self, server: Served) -> None:
        approver = client(server, "approver of south", Role.APPROVER, ("south",))
        found = approver.good("GET", "/audit")["items"]
        assert {each["company"] for each in found} <= {"south"}
        approver.refused(404, "CONNECTION_UNKNOWN", "GET", "/audit", company="north")
        approver.refused(403, "ROLE_MISSING", "GET", "/audit/verification")
        approver.http.close()
        operator = client(server, "operator of audit")
        operator.refused(403, "ROLE_MISSING", "GET", "/audit")
        operator.http.close()


class TestWork:
    """What waits for companies, and why."""

    def test_work_is_paused_seen_and_gone_on_with(self, admin: Native) -> None:
        tried = admin.good("POST", lane("north", "pause"), dry_run="true")
        assert tried["paused_by"] is None
        paused = admin.good("POST", lane("north", "pause"))
        assert (paused["paused_by"], paused["reason_code"]) == ("key admin of all", "WORK_PAUSED")
        body = {"name": "waits", "kind": "check", "company": "north", "every": "31d"}
        admin.good("POST", "/schedules", {**body, "paused": True})
        admin.good("POST", "/schedules/waits/run")
        stands = admin.good("GET", lane("north"))
        (item,) = stands["items"]
        assert (item["kind"], item["state"]) == ("check", "waiting")
        listed = admin.good("GET", "/work")["items"]
        assert [each["waiting"] for each in listed if each["company"] == "north"] == [1]
        assert admin.good("POST", lane("north", "resume"))["paused_by"] is None
        admin.good("POST", lane("north", "retry"))
        admin.good("DELETE", "/schedules/waits")

    def test_another_company_is_not_seen(self, server: Served) -> None:
        made = add_key(server.installation, "work of south", Role.OPERATOR, ("south",)).key
        assert made is not None
        foreign = Native(f"{server.url}/api/v1", made)
        assert [each["company"] for each in foreign.good("GET", "/work")["items"]] in (
            [],
            ["south"],
        )
        for verb in ("pause", "resume", "retry"):
            path = lane("north", verb)
            foreign.refused(404, "CONNECTION_UNKNOWN", "POST", path)
        foreign.refused(404, "CONNECTION_UNKNOWN", "GET", lane("north"))
        foreign.http.close()
