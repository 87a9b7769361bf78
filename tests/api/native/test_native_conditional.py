"""ETag, If-Match and If-None-Match."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from clary.hub.access import Role
from tests.api.native.asking import Native, client
from tests.api.push.served import Served

CUSTOMERS = "/companies/west/records/customer"
ACME = f"{CUSTOMERS}/ETAG"


def test_a_change_of_another_version_is_refused(shop: Native) -> None:
    shop.good("PUT", ACME, {"name": "First"})
    tag = shop.ask("GET", ACME).headers["etag"]
    assert not tag.startswith("W/")
    changed = shop.ask("PATCH", ACME, {"name": "Second"}, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    for method, body in (("PATCH", {"name": "x"}), ("PUT", {"name": "x"}), ("DELETE", None)):
        found = shop.refused(412, "VERSION_DIFFERS", method, ACME, body, headers={"If-Match": tag})
        assert "Read it again" in found["findings"][0]["remedy"]
    assert shop.good("GET", ACME)["record"]["name"] == "Second"


def test_the_header_names_any_of_several_versions(shop: Native) -> None:
    shop.good("PUT", ACME, {"name": "Several"})
    tag = shop.ask("GET", ACME).headers["etag"]
    good = {"If-Match": f'"other", {tag}'}
    assert shop.ask("PATCH", ACME, {"name": "One"}, headers=good).status_code == 200
    assert shop.ask("PATCH", ACME, {"name": "Two"}, headers={"If-Match": "*"}).status_code == 200
    tag = shop.ask("GET", ACME).headers["etag"]
    for wrong in (f"W/{tag}", '"x"', "nonsense", tag.strip('"')):
        stated = {"If-Match": wrong}
        shop.refused(412, "VERSION_DIFFERS", "PATCH", ACME, {"name": "x"}, headers=stated)


def test_a_record_that_is_not_there_matches_nothing(shop: Native) -> None:
    nobody = f"{CUSTOMERS}/NOBODY"
    for method, body in (("PATCH", {"name": "x"}), ("PUT", {"name": "x"}), ("DELETE", None)):
        for tag in ('"x"', "*"):
            stated = {"If-Match": tag}
            shop.refused(412, "VERSION_DIFFERS", method, nobody, body, headers=stated)


def test_what_has_not_changed_is_not_sent_again(shop: Native) -> None:
    shop.good("PUT", ACME, {"name": "Kept"})
    tag = shop.ask("GET", ACME).headers["etag"]
    for stated in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        same = shop.ask("GET", ACME, headers={"If-None-Match": stated})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    shop.good("PATCH", ACME, {"name": "Changed"})
    assert shop.ask("GET", ACME, headers={"If-None-Match": tag}).status_code == 200


def test_of_two_changes_of_one_version_one_is_made(shop: Native) -> None:
    shop.good("PUT", ACME, {"name": "Raced"})
    tag = shop.ask("GET", ACME).headers["etag"]

    def change(number: int) -> int:
        stated = {"If-Match": tag}
        return shop.ask("PATCH", ACME, {"name": f"Racer {number}"}, headers=stated).status_code

    with ThreadPoolExecutor(4) as threads:
        statuses = sorted(threads.map(change, range(4)))
    # Those that waited for the first are queued behind it and told so, or refused.
    assert statuses.count(200) == 1, statuses
    assert set(statuses) <= {200, 202, 412}


def idle(shop: Native) -> None:
    """Wait until nothing waits in the lane, so that what follows is written at once."""
    until = time.monotonic() + 20
    while shop.good("GET", "/companies/west/work")["waiting"] and time.monotonic() < until:
        time.sleep(0.1)


def test_of_those_who_only_create_one_does(shop: Native) -> None:
    idle(shop)
    for number in range(6):
        path = f"{CUSTOMERS}/ONLY{number}"

        def create(racer: int, path: str = path) -> tuple[int, int]:
            only = {"If-None-Match": "*"}
            got = shop.ask("PUT", path, {"name": f"Racer {racer}"}, headers=only)
            return got.status_code, racer

        with ThreadPoolExecutor(4) as threads:
            ended = list(threads.map(create, range(4)))
        # Who finds the lane taken is queued, and refused there unless it is the first.
        assert {status for status, _ in ended} <= {201, 202, 412}, ended
        winners = [racer for status, racer in ended if status == 201]
        assert len(winners) <= 1, ended
        idle(shop)
        name = shop.good("GET", path)["record"]["name"]
        assert name in [f"Racer {winner}" for winner in winners or range(4)]


def test_an_entry_that_is_there_is_not_created_either(shop: Native) -> None:
    shop.good("PUT", f"{CUSTOMERS}/ENTRY", {"name": "Entry"})
    path = "/companies/west/records/customer.bill_to/ENTRY"
    only = {"If-None-Match": "*"}
    made = shop.ask("PUT", path, {"city": "Rome"}, headers=only)
    assert made.status_code == 201, made.text
    shop.refused(412, "RECORD_THERE", "PUT", path, {"city": "Pisa"}, headers=only)
    assert shop.good("GET", path)["record"]["city"] == "Rome"


def test_a_condition_that_is_not_checked_is_refused(shop: Native) -> None:
    held = f"{CUSTOMERS}/HELD"
    shop.good("PUT", held, {"name": "Held"})
    tag = shop.ask("GET", held).headers["etag"]
    new = {"id": "CONDITION", "name": "New"}
    many = {"operation": "create", "record_type": "customer", "documents": [new]}
    for method, path, body, name, text in (
        ("PATCH", held, {"name": "x"}, "If-None-Match", "*"),
        ("DELETE", held, None, "If-None-Match", tag),
        ("PUT", held, {"name": "x"}, "If-None-Match", tag),
        ("POST", CUSTOMERS, new, "If-Match", tag),
        ("POST", CUSTOMERS, new, "If-None-Match", "*"),
        ("POST", "/companies/west/operations", many, "If-Match", "*"),
        ("GET", held, None, "If-Match", tag),
        ("GET", CUSTOMERS, None, "If-Match", '"x"'),
    ):
        found = shop.refused(400, "HEADER_UNFIT", method, path, body, headers={name: text})
        assert name.lower() in found["detail"].lower(), found
    assert shop.good("GET", held)["record"]["name"] == "Held"
    shop.refused(404, "RECORD_NOT_FOUND", "GET", f"{CUSTOMERS}/CONDITION")


def test_what_every_route_reads_may_be_left_out_if_it_is_known(server: Served) -> None:
    admin = client(server, "conditions", Role.ADMIN)
    path = "/settings/approval_amount"
    tag = admin.ask("GET", path).headers["etag"]
    assert admin.ask("GET", path, headers={"If-None-Match": tag}).status_code == 304
    assert admin.ask("GET", path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert admin.ask("GET", "/runs", headers={"If-None-Match": '"any"'}).status_code == 200
    assert admin.ask("GET", "/runs", headers={"If-None-Match": "*"}).status_code == 304
    admin.http.close()
