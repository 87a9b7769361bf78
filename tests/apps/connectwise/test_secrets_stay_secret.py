"""No secret ever stands in a log, a repr, an error or a traceback, whatever the site says."""

from __future__ import annotations

import base64
import logging
import traceback
from datetime import timedelta

import pytest

from clary.apps.connectwise.authentication import stated_keys
from clary.apps.connectwise.client import Client
from clary.kernel.errors import ClaryError
from tests.apps.connectwise.odd_site import Asked, Says, odd_site, usual

KEYS = {"public_key": "pub", "private_key": "private-canary"}
LOGIN = {
    "public_key": "",
    "private_key": "",
    "integrator": "int",
    "integrator_password": "pass-canary",
    "member": "ada",
}
SIGNED = ("acme+pub:private-canary", "acme+int:pass-canary", "acme+pub:token-canary")
SECRETS = ("canary", *(base64.b64encode(text.encode()).decode() for text in SIGNED))


def told(error: BaseException) -> str:
    shown = [str(error), repr(error), *traceback.format_exception(error)]
    if isinstance(error, ClaryError):
        shown += [str(finding.as_dict()) for finding in error.findings]
    return "\n".join(shown)


def echo(asked: Asked, status: int) -> Says:
    """Repeat what was sent, as some sites do in their errors and headers."""
    signature = asked.headers["authorization"]
    plain = base64.b64decode(signature.removeprefix("Basic ")).decode()
    said = f"bad {signature} {plain} {plain.rpartition(':')[2]}"
    errors = [{"code": said, "message": said, "field": said, "resource": said}]
    document = {"code": said, "message": said, "errors": errors}
    return Says(document, status, {"retry-after": said, "x-echo": said})


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 429, 500])
@pytest.mark.parametrize("stated", [KEYS, LOGIN], ids=["keys", "integrator"])
def test_a_site_that_repeats_our_secrets_gives_none_away(
    status: int, stated: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def answer(asked: Asked) -> Says:
        if asked.path.startswith("/login"):
            return usual(asked)
        if asked.path.endswith("/tokens"):
            return Says({"publicKey": "pub", "privateKey": "token-canary"})
        return echo(asked, status)

    waits: list[timedelta] = []
    with odd_site(answer) as site:
        settings = site.settings(**stated)
        with Client(settings, pause=waits.append) as client:
            with pytest.raises(ClaryError) as reading:
                client.get("/a")
            with pytest.raises(ClaryError) as writing:
                client.post("/a", {"b": 1})
    texts = [told(reading.value), told(writing.value)]
    texts += [caplog.text, repr(settings), repr(stated_keys(settings)), repr(vars(client))]
    assert "/apis/3.0/a" in caplog.text
    assert not [secret for secret in SECRETS for text in texts if secret in text]


def test_a_refused_token_gives_nothing_away() -> None:
    def answer(asked: Asked) -> Says:
        return usual(asked) if asked.path.startswith("/login") else echo(asked, 403)

    with odd_site(answer) as site:
        settings = site.settings(**LOGIN)
        with Client(settings) as client, pytest.raises(ClaryError) as caught:
            client.get("/a")
    assert not [secret for secret in SECRETS if secret in told(caught.value)]
