"""The client keeps the protocol of ConnectWise, and tells a refusal in our words."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from clary.apps.connectwise.client import Operation
from clary.kernel.errors import (
    ClaryError,
    Misconfigured,
    Rejected,
    Unauthorised,
)
from tests.apps.connectwise.bench import basic, bench
from tests.apps.connectwise.odd_site import (
    BASE,
    Asked,
    Handler,
    Says,
    each_time,
)


def test_a_request_is_signed_and_names_version_and_program() -> None:
    with bench(each_time(Says({"version": "v2025.1"}))) as made:
        made.client.get("/system/info", fields="version")
    asked = made.site.asked[-1]
    assert (asked.method, asked.path) == ("GET", f"{BASE}/system/info")
    assert asked.query == {"fields": "version"}
    assert asked.headers["authorization"] == basic("acme+public-key:private-canary")
    assert asked.headers["clientid"] == "client"
    assert asked.headers["accept"] == "application/vnd.connectwise.com+json; version=2025.1"
    assert "x-cw-usertype" not in asked.headers


def test_bodies_go_out_as_exact_json() -> None:
    with bench(
        each_time(Says({"id": 1}, 201), Says({"id": 1}), Says({"id": 1}), Says(b"", 204))
    ) as made:
        made.client.post("/x", {"amount": Decimal("0.10")})
        made.client.put("/x/1", {"amount": 1})
        made.client.patch("/x/1", [Operation("replace", "amount", Decimal("2.50"))])
        made.client.delete("/x/1")
    assert made.site.calls == ["POST /x", "PUT /x/1", "PATCH /x/1", "DELETE /x/1"]
    post, _, patch, delete = made.site.asked[-4:]
    assert post.body == b'{"amount": 0.10}'
    assert patch.body == b'[{"op": "replace", "path": "/amount", "value": 2.50}]'
    assert post.headers["content-type"] == "application/json"
    assert (delete.body, "content-type" in delete.headers) == (b"", False)


def test_the_code_base_is_asked_for_once_and_without_keys() -> None:
    with bench(each_time(Says({}))) as made:
        made.client.get("/a")
        made.client.get("/b")
    paths = [asked.path for asked in made.site.asked]
    assert paths == ["/login/companyinfo/acme", f"{BASE}/a", f"{BASE}/b"]
    assert "authorization" not in made.site.asked[0].headers


def test_a_stated_code_base_is_never_asked_for() -> None:
    missing = each_time(Says({"code": "NotFound"}, 404))
    with bench(missing, codebase="v2025_1/") as made, pytest.raises(Rejected):
        made.client.get("/a")
    assert [asked.path for asked in made.site.asked] == ["/v2025_1/apis/3.0/a"]


def moving(codebases: list[str], missing: Says) -> Handler:
    """Answer as a site whose code base changes; an old one is `missing`."""

    def answer(asked: Asked) -> Says:
        if asked.path.startswith("/login"):
            return Says({"Codebase": codebases[0]})
        return Says({"ok": 1}) if asked.path.startswith(f"/{codebases[0]}") else missing

    return answer


@pytest.mark.parametrize("method", ["get", "delete"])
def test_a_code_base_that_moved_is_found_again_once(method: str) -> None:
    codebases = ["v1_old/"]
    with bench(
        moving(codebases, Says(b"<html>nothing here</html>", 404, {"content-type": "text/html"}))
    ) as made:
        made.client.get("/a")
        codebases[0] = "v2_new/"
        getattr(made.client, method)("/a")
    paths = [asked.path for asked in made.site.asked]
    assert paths[2:] == ["/v1_old/apis/3.0/a", "/login/companyinfo/acme", "/v2_new/apis/3.0/a"]


def test_a_missing_record_is_no_reason_to_ask_again_and_again() -> None:
    with bench(
        each_time(Says({"code": "NotFound", "message": "Invoice 7 not found"}, 404))
    ) as made:
        for _ in range(3):
            with pytest.raises(Rejected, match="Invoice 7 not found") as caught:
                made.client.get("/finance/invoices/7")
            assert (caught.value.code, caught.value.status) == ("CONNECTWISE_NOT_FOUND", 404)
        assert len([a for a in made.site.asked if a.path.startswith("/login")]) == 1
        made.clock.advance(timedelta(minutes=2))
        with pytest.raises(Rejected):
            made.client.get("/finance/invoices/7")
        assert len([a for a in made.site.asked if a.path.startswith("/login")]) == 2


HTML = {"content-type": "text/html"}
STRANGERS: dict[str, tuple[Says, str]] = {
    "null": (Says(None), "CONNECTWISE_COMPANY_UNKNOWN"),
    "a list": (Says([1, 2]), "CONNECTWISE_NOT_THERE"),
    "not found": (
        Says({"code": "NotFound", "message": "no"}, 404),
        "CONNECTWISE_COMPANY_UNKNOWN",
    ),
    "no code base": (Says({"hello": 1}), "CONNECTWISE_NOT_THERE"),
    "a path as code base": (Says({"Codebase": "../../evil"}), "CONNECTWISE_NOT_THERE"),
    "a web page": (Says(b"<html>It works!</html>", 200, HTML), "CONNECTWISE_NOT_THERE"),
    "a page is missing": (Says(b"<html>404</html>", 404, HTML), "CONNECTWISE_NOT_THERE"),
    "text": (Says(b"nope", 404, {"content-type": "text/plain"}), "CONNECTWISE_NOT_THERE"),
    "half of an answer": (Says(b"{", 200), "CONNECTWISE_ANSWER_INVALID"),
    "log in": (
        Says(b"", 302, {"location": "/v4_6_release/login/login.aspx"}),
        "CONNECTWISE_LOGIN_PAGE",
    ),
    "elsewhere": (
        Says(b"", 301, {"location": "https://psa.example.com/"}),
        "CONNECTWISE_REDIRECTED",
    ),
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_site_that_is_not_connectwise_is_told_with_what_to_do(stranger: str) -> None:
    said, code = STRANGERS[stranger]
    with bench(lambda _: said) as made, pytest.raises(Misconfigured) as caught:
        made.client.get("/a")
    finding = caught.value.findings[0]
    assert (finding.code, bool(finding.remedy)) == (code, True)


def test_each_problem_of_a_refusal_keeps_its_field_and_words() -> None:
    errors = [
        {
            "code": "MaxLengthField",
            "message": "Too long.",
            "resource": "batch",
            "field": "batchIdentifier",
        },
        {
            "code": "NotFound",
            "message": "No such entry",
            "resource": "",
            "field": "processedRecordIds",
        },
        "not an object",
    ]
    body = {"code": "InvalidObject", "message": "batch object is invalid", "errors": errors}
    with bench(each_time(Says(body, 400))) as made, pytest.raises(Rejected) as caught:
        made.client.post("/finance/accounting/batches", {})
    first, second = caught.value.findings
    assert (first.code, first.field, first.record) == (
        "CONNECTWISE_REFUSED",
        "batchIdentifier",
        "batch",
    )
    assert "Too long (MaxLengthField)" in first.message
    assert (second.field, second.record) == ("processedRecordIds", None)
    assert made.site.calls == ["POST /finance/accounting/batches"]


def test_a_refusal_of_a_thousand_problems_is_bounded() -> None:
    errors = [{"code": "x", "message": "y" * 10_000, "field": f"f{n}"} for n in range(1000)]
    with bench(each_time(Says({"errors": errors}, 400))) as made, pytest.raises(Rejected) as caught:
        made.client.get("/a")
    assert len(caught.value.findings) == 100
    assert all(len(finding.message) < 500 for finding in caught.value.findings)


REFUSALS: dict[str, tuple[Says, type[ClaryError], str]] = {
    "401": (
        Says({"code": "Unauthorized", "message": "no"}, 401),
        Unauthorised,
        "CONNECTWISE_KEYS_REFUSED",
    ),
    "403": (
        Says({"code": "Security", "message": "no"}, 403),
        Unauthorised,
        "CONNECTWISE_RIGHT_MISSING",
    ),
    "409": (
        Says({"code": "Conflict", "message": "in use"}, 409),
        Rejected,
        "CONNECTWISE_IN_USE",
    ),
    "405": (Says(b"", 405), Rejected, "CONNECTWISE_REFUSED"),
    "page": (Says(b"<html>", 400, HTML), Misconfigured, "CONNECTWISE_NOT_THERE"),
    "redirect": (
        Says(b"", 302, {"location": "https://sso.example.com/saml"}),
        Misconfigured,
        "CONNECTWISE_LOGIN_PAGE",
    ),
    "log in": (Says(b"<form>Sign in</form>", 200, HTML), Misconfigured, "CONNECTWISE_LOGIN_PAGE"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_every_refusal_has_its_class_and_code(refusal: str) -> None:
    said, error, code = REFUSALS[refusal]
    with bench(each_time(said)) as made, pytest.raises(error) as caught:
        made.client.get("/a")
    assert caught.value.code == code
    assert made.waits == []
