"""The right to push is remembered between pushes, and never outlives what it rests on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.services.keys import add_key, revoke_key
from tests.api.push.served import Company, Served
from tests.flows.push import documents

INVOICE = documents.UK_INVOICE


def stored(server: Served) -> int:
    with server.installation.database.read() as read:
        return int(read.execute(select(func.count()).select_from(PUSH_OPERATION)).scalar_one())


def pushed(company: Company, number: str, **headers: str) -> tuple[int, object]:
    answer = company.client.ask(
        "POST",
        f"{company.connected}/push/invoices",
        {**INVOICE, "invoiceNumber": number},
        headers=headers,
    )
    return answer.status, answer.body


def test_a_key_that_was_just_used_is_refused_once_it_is_revoked(server: Served) -> None:
    company = server.linked(server.client("leaver"), "south")
    for number in ("L1", "L2", "L3"):
        assert pushed(company, number)[0] == 200
    before = stored(server)
    revoke_key(server.installation, "leaver")
    assert pushed(company, "L4")[0] == 401
    assert pushed(company, "L5")[0] == 401
    assert stored(server) == before


def test_the_key_that_takes_the_place_of_another_has_its_own_rights(server: Served) -> None:
    company = server.linked(server.client("double"), "south")
    assert [pushed(company, number)[0] for number in ("D1", "D2")] == [200, 200]
    revoke_key(server.installation, "double")
    key = add_key(server.installation, "double 2").key
    again = Company(server.bearer(str(key)), company.id, company.connection)
    assert pushed(again, "D3")[0] == 200
    assert pushed(company, "D4")[0] == 401


def test_a_connection_that_was_unlinked_takes_nothing_more(server: Served) -> None:
    company = server.linked(server.client("unlinker"), "south")
    assert [pushed(company, number)[0] for number in ("U1", "U2")] == [200, 200]
    before = stored(server)
    company.client.good("PATCH", company.connected, {"status": "Unlinked"})
    assert pushed(company, "U3")[0] >= 400
    assert stored(server) == before


def test_keys_are_told_apart_for_the_same_path(server: Served) -> None:
    company = server.linked(server.client("owner"), "south")
    assert [pushed(company, number)[0] for number in ("O1", "O2")] == [200, 200]
    for key in ("", "clary_aaaaaaaaaaaa_" + "b" * 43):
        other = Company(server.bearer(key), company.id, company.connection)
        assert pushed(other, "O3")[0] == 401
    foreign = server.client("foreign", companies=("north",))
    assert pushed(Company(foreign, company.id, company.connection), "O4")[0] == 404


def test_replays_are_answered_from_what_is_stored(server: Served) -> None:
    company = server.linked(server.client("again"), "south")
    assert pushed(company, "A0")[0] == 200
    named = {"Idempotency-Key": "once"}
    first = pushed(company, "A1", **named)
    before = stored(server)
    assert pushed(company, "A1", **named) == first
    assert pushed(company, "A2", **named)[0] == 422
    assert stored(server) == before


def test_many_at_a_time_are_stored_once_each(server: Served) -> None:
    company = server.linked(server.client("many"), "south")
    assert pushed(company, "M")[0] == 200
    before = stored(server)
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda number: pushed(company, f"M{number}"), range(64)))
    keys = {body["pushOperationKey"] for status, body in answers if isinstance(body, dict)}
    assert {status for status, _ in answers} == {200}
    assert len(keys) == 64
    assert stored(server) == before + 64
