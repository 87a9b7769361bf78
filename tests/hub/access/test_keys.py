"""API keys: made once, kept as a hash, scoped, revoked at once."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import event, select

from clary.hub.access import Access, Role
from clary.hub.installation import Installation
from clary.hub.services.keys import add_key, authenticate, list_keys, revoke_key
from clary.hub.tables import API_KEY
from clary.kernel.clock import FixedClock
from clary.kernel.errors import ClaryError, Unauthorised

pytestmark = pytest.mark.both_databases


def made(house: Installation, name: str = "shop", **more: object) -> str:
    key = add_key(house, name, **more).key  # type: ignore[arg-type]  # what add_key takes
    assert key is not None
    return key


def refused(house: Installation, key: str) -> None:
    with pytest.raises(Unauthorised) as caught:
        authenticate(house, key)
    assert (caught.value.code, caught.value.status) == ("KEY_REFUSED", 401)
    assert not key or key not in str(caught.value)


def test_a_key_proves_who_it_is(house: Installation) -> None:
    assert authenticate(house, made(house)) == Access("shop", Role.OPERATOR, key="shop")


def test_a_key_is_recognisable_and_hard_to_guess(house: Installation) -> None:
    mark, public, secret = made(house).split("_")
    assert mark == "clary"
    assert len(secret) >= 43
    assert made(house, "other").split("_")[1:] != [public, secret]


def test_only_the_hash_is_kept(house: Installation) -> None:
    _, public, secret = made(house).split("_")
    with house.database.read() as read:
        row = read.execute(select(API_KEY)).one()
    assert secret not in str(row)
    assert row.digest == sha256(secret.encode("ascii")).hexdigest()
    assert row.public == public
    answer = list_keys(house)[0]
    assert answer.key is None
    assert secret not in str(answer.as_dict())


def test_what_is_no_key_is_refused(house: Installation) -> None:
    key = made(house)
    mark, public, secret = key.split("_")
    swapped = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    for wrong in (
        "",
        "x",
        key + "x",
        key[:-1],
        key.upper(),
        f" {key}",
        f"{key}\n",
        f"{mark}_{public}_{swapped}",
        f"{mark}_{public[:-1]}é_{secret}",
        f"{mark}_{'A' * 12}_{secret}",
        "clary_" + "A" * 1_000_000,
        public,
        "\0",
    ):
        refused(house, wrong)
    assert authenticate(house, key).key == "shop"


def test_a_revoked_key_is_refused_at_once(house: Installation) -> None:
    key = made(house)
    assert authenticate(house, key).key
    revoke_key(house, "SHOP", dry_run=True)
    assert authenticate(house, key).key
    assert revoke_key(house, "SHOP").revoked_at is not None
    refused(house, key)
    assert list_keys(house) == []
    assert [each.name for each in list_keys(house, revoked=True)] == ["shop"]
    with pytest.raises(ClaryError) as caught:
        revoke_key(house, "shop")
    assert caught.value.code == "KEY_UNKNOWN"
    fresh = made(house, "shop 2")
    refused(house, key)
    assert authenticate(house, fresh).key


def test_a_key_ends(house: Installation, now: FixedClock) -> None:
    key = made(house, expires_at=now.now() + timedelta(days=1))
    assert authenticate(house, key).key
    now.advance(timedelta(days=1))
    refused(house, key)
    with pytest.raises(ClaryError) as caught:
        add_key(house, "late", expires_at=now.now())
    assert caught.value.code == "KEY_EXPIRES_PAST"


def test_a_key_for_some_companies(firm: Installation) -> None:
    access = authenticate(firm, made(firm, role=Role.VIEWER, companies=["ALPHA", "alpha"]))
    assert access.companies == frozenset({"alpha"})
    assert access.role_on("Beta") is None
    assert authenticate(firm, made(firm, "none", companies=[])).companies == frozenset()
    with pytest.raises(ClaryError) as caught:
        add_key(firm, "x", companies=["Gamma"])
    assert caught.value.code == "CONNECTION_UNKNOWN"


def test_names_of_keys(house: Installation) -> None:
    made(house, "Web shop")
    for name, code in (
        ("web SHOP", "KEY_EXISTS"),
        ("", "KEY_NAME_INVALID"),
        ("x" * 65, "KEY_NAME_INVALID"),
        ("a\nb", "KEY_NAME_INVALID"),
    ):
        with pytest.raises(ClaryError) as caught:
            add_key(house, name)
        assert caught.value.code == code
    assert add_key(house, "dry", dry_run=True).key is None
    assert [each.name for each in list_keys(house)] == ["Web shop"]


def test_the_name_of_a_revoked_key_is_not_used_again(house: Installation) -> None:
    made(house)
    revoke_key(house, "shop")
    with pytest.raises(ClaryError) as caught:
        add_key(house, "Shop")
    assert caught.value.code == "KEY_NAME_USED"


def test_its_last_use_is_written_once_a_minute(house: Installation, now: FixedClock) -> None:
    key = made(house)
    writes: list[str] = []

    @event.listens_for(house.database._engine, "before_cursor_execute")  # noqa: SLF001 - counts
    def count(*arguments: object) -> None:
        if str(arguments[2]).startswith("UPDATE api_keys"):
            writes.append(str(arguments[2]))

    for _ in range(5):
        authenticate(house, key)
        house.key_uses.settle()
        now.advance(timedelta(seconds=13))
    assert len(writes) == 1
    assert list_keys(house)[0].used_at == now.now() - timedelta(seconds=65)
    authenticate(house, key)
    house.key_uses.settle()
    assert len(writes) == 2
    assert list_keys(house)[0].used_at == now.now()


def test_a_key_proves_who_it_is_while_somebody_writes(house: Installation) -> None:
    key = made(house)
    with house.database.write():
        assert authenticate(house, key).key
    house.key_uses.settle()
    assert list_keys(house)[0].used_at == house.clock.now()
