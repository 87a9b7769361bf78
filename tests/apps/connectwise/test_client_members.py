"""A member is acted for with a token that is fetched once and kept while it lasts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clary.kernel.errors import (
    Unauthorised,
)
from tests.apps.connectwise.bench import basic, bench
from tests.apps.connectwise.odd_site import (
    Asked,
    Says,
    each_time,
    usual,
)


class TokenSite:
    """A site that gives out tokens, and takes the newest one only."""

    def __init__(self) -> None:
        self.given = 0
        self.expiration: object = "2026-03-02T13:30:00Z"

    def __call__(self, asked: Asked) -> Says:
        if asked.path.startswith("/login"):
            return usual(asked)
        if asked.path.endswith("/tokens"):
            self.given += 1
            keys = {"publicKey": f"pub{self.given}", "privateKey": f"token-canary{self.given}"}
            return Says({**keys, "expiration": self.expiration})
        good = basic(f"acme+pub{self.given}:token-canary{self.given}")
        fits = asked.headers["authorization"] == good and asked.headers["x-cw-usertype"] == "member"
        return Says({"ok": 1}) if fits else Says({"code": "Unauthorized", "message": "no"}, 401)


LOGIN = {
    "public_key": "",
    "private_key": "",
    "integrator": "int",
    "integrator_password": "pass-canary",
}


@pytest.mark.parametrize(
    ("stated", "signed", "kind"),
    [
        ({}, "acme+public-key:private-canary", "member"),
        (LOGIN, "acme+int:pass-canary", "integrator"),
    ],
    ids=["keys", "integrator"],
)
def test_a_member_is_acted_for_with_a_token(stated: dict[str, str], signed: str, kind: str) -> None:
    with bench(TokenSite(), member="ada b", **stated) as made:
        made.client.get("/a")
        made.client.get("/b")
    assert made.site.calls == ["POST /system/members/ada%20b/tokens", "GET /a", "GET /b"]
    token = made.site.asked[1]
    assert token.json == {"memberIdentifier": "ada b"}
    assert (token.headers["authorization"], token.headers["x-cw-usertype"]) == (basic(signed), kind)


def test_a_token_is_kept_until_it_runs_out_or_is_refused() -> None:
    site = TokenSite()
    with bench(site, member="ada") as made:
        made.client.get("/a")
        made.clock.advance(timedelta(hours=3, minutes=58))
        made.client.get("/a")
        assert site.given == 1
        made.clock.advance(timedelta(minutes=1, seconds=30))
        made.client.get("/a")
        assert site.given == 2
        site.given += 1  # the site forgets the token it gave
        made.client.get("/a")
        assert site.given == 4


@pytest.mark.parametrize("expiration", [None, "soon", 5, "2026-03-02T13:30:00"])
def test_a_token_that_does_not_say_how_long_it_lasts_is_kept_a_while(expiration: object) -> None:
    site = TokenSite()
    site.expiration = expiration
    with bench(site, member="ada") as made:
        made.client.get("/a")
        made.clock.advance(timedelta(minutes=50))
        made.client.get("/a")
    assert site.given == 1


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (
            Says({"code": "Security", "message": "Member API is off"}, 403),
            "CONNECTWISE_NOT_ACTED_FOR",
        ),
        (Says({"code": "NotFound", "message": "no member"}, 404), "CONNECTWISE_NOT_ACTED_FOR"),
        (Says({"publicKey": "x"}), "CONNECTWISE_NOT_ACTED_FOR"),
        (Says([1]), "CONNECTWISE_NOT_ACTED_FOR"),
        (Says({"code": "Unauthorized", "message": "no"}, 401), "CONNECTWISE_KEYS_REFUSED"),
    ],
    ids=["off", "nobody", "half", "list", "keys"],
)
def test_what_stands_against_acting_for_a_member_is_told(said: Says, code: str) -> None:
    with bench(each_time(said), member="ada") as made, pytest.raises(Unauthorised) as caught:
        made.client.get("/a")
    assert caught.value.code == code
