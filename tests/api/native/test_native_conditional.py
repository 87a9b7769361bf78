"""ETag, If-Match and If-None-Match."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.api.native.asking import Native

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
