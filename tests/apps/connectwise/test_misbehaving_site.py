"""What real sites, and what stands before them, do wrong is survived or told as what it is."""

from __future__ import annotations

import httpx
import pytest

from clary.apps.connectwise.client import Client
from clary.kernel.errors import ClaryError, Misconfigured, Unauthorised
from tests.apps.connectwise.desk import Desk, settings_of
from tests.sites import Site

LIST = "/finance/accounting/unpostedinvoices"


@pytest.mark.parametrize("kind", ["too-many-requests", "error-before", "hang-before", "drop-after"])
def test_a_passing_trouble_is_survived_by_a_read(at_desk: Desk, kind: str) -> None:
    before = at_desk.accounting.client.count(LIST)
    at_desk.fault(kind, times=2)
    assert at_desk.accounting.client.count(LIST) == before


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("login-page", "CONNECTWISE_LOGIN_PAGE"),
        ("web-page", "CONNECTWISE_LOGIN_PAGE"),
        ("malformed", "CONNECTWISE_ANSWER_INVALID"),
    ],
)
def test_what_is_no_answer_is_told(at_desk: Desk, kind: str, code: str) -> None:
    at_desk.fault(kind)
    with pytest.raises(Misconfigured) as caught:
        next(at_desk.accounting.unposted_invoices())
    assert caught.value.code == code


def test_a_trouble_in_the_middle_of_a_list_gives_no_record_twice(at_desk: Desk) -> None:
    client = at_desk.accounting.client
    found = []
    for number, record in enumerate(client.pages(LIST, page_size=5)):
        found.append(record["id"])
        if number % 10 == 0:
            at_desk.fault("error-before", method="GET", path=LIST)
    assert len(found) == len(set(found)) == client.count(LIST)
    httpx.delete(f"{at_desk.site.url}/sandbox/faults")


@pytest.mark.parametrize(
    ("stated", "error", "code"),
    [
        ({"private_key": "wrong"}, Unauthorised, "CONNECTWISE_KEYS_REFUSED"),
        ({"public_key": "nobody"}, Unauthorised, "CONNECTWISE_KEYS_REFUSED"),
        ({"client_id": ""}, Unauthorised, "CONNECTWISE_KEYS_REFUSED"),
        ({"company": "nobody"}, Misconfigured, "CONNECTWISE_COMPANY_UNKNOWN"),
        ({"codebase": "v1999_1"}, ClaryError, "CONNECTWISE_NOT_FOUND"),
        ({"member": "nobody"}, Unauthorised, "CONNECTWISE_NOT_ACTED_FOR"),
    ],
    ids=["private key", "public key", "client id", "company", "code base", "member"],
)
def test_wrong_settings_are_told_one_by_one(
    site: Site, stated: dict[str, str], error: type[ClaryError], code: str
) -> None:
    with Client(settings_of(site, **stated)) as client, pytest.raises(error) as caught:
        client.get("/system/members")
    assert caught.value.code == code


def test_a_right_that_is_missing_is_told_when_it_is_needed(site: Site) -> None:
    weak = settings_of(site, public_key="weak", private_key="weak")
    with Client(weak) as client, pytest.raises(Unauthorised) as caught:
        client.delete("/finance/accounting/batches/1")
    assert caught.value.code == "CONNECTWISE_RIGHT_MISSING"
    assert "app test" in caught.value.findings[0].remedy
