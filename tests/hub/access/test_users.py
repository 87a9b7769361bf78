"""Users: names, passwords, roles, lock-out, and the last admin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from clary.hub import passwords
from clary.hub.access import Access, Role
from clary.hub.installation import Installation
from clary.hub.services.users import (
    UserChange,
    access_of,
    add_user,
    change_user,
    list_users,
    log_on,
    remove_user,
)
from clary.hub.tables import LOGON, USER
from clary.hub.users import FREE_FAILURES, LONGEST_WAIT, _shared_place, wait_after
from clary.kernel.clock import FixedClock
from clary.kernel.errors import ClaryError, Unauthorised

PASSWORD = "four plain words here"
pytestmark = pytest.mark.both_databases


def add(house: Installation, name: str, role: Role | None = Role.VIEWER) -> None:
    add_user(house, name, UserChange(password=PASSWORD, role=role))


def kept_password(house: Installation, name: str) -> str:
    with house.database.read() as read:
        found = read.execute(select(USER.c.password).where(USER.c.folded == name.casefold()))
        return str(found.scalar_one())


def test_a_user_logs_on_whatever_the_case_of_the_name(house: Installation) -> None:
    add(house, "Grace", Role.APPROVER)
    assert log_on(house, "gRACE", PASSWORD) == Access("Grace", Role.APPROVER)
    assert access_of(house, "grace").role is Role.APPROVER


def test_a_password_is_kept_as_an_argon2id_hash_only(house: Installation) -> None:
    add(house, "grace")
    kept = kept_password(house, "grace")
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept
    assert "password" not in str(list_users(house)[0].as_dict()).replace("has_password", "")


@pytest.mark.parametrize("name", ["grace", "Nobody"])
def test_whoever_is_refused_learns_nothing(house: Installation, name: str) -> None:
    add(house, "grace")
    for password in ("", "wrong", "x" * 100_000, PASSWORD + " "):
        with pytest.raises(Unauthorised) as caught:
            log_on(house, name, password)
        assert (caught.value.code, caught.value.status) == ("LOGON_REFUSED", 401)
        assert name not in str(caught.value)


def test_a_user_without_a_password_or_disabled_cannot_log_on(house: Installation) -> None:
    add_user(house, "new", UserChange(role=Role.ADMIN))
    add(house, "gone")
    change_user(house, "gone", UserChange(disabled=True))
    for name in ("new", "gone"):
        with pytest.raises(Unauthorised):
            log_on(house, name, PASSWORD)
    with pytest.raises(Unauthorised):
        access_of(house, "gone")


def test_failures_make_wait_longer_and_longer(house: Installation, now: FixedClock) -> None:
    add(house, "grace")
    for _ in range(FREE_FAILURES):
        with pytest.raises(Unauthorised):
            log_on(house, "grace", "wrong")
    with pytest.raises(Unauthorised):
        log_on(house, "grace", PASSWORD)  # right, and not looked at
    now.advance(wait_after(FREE_FAILURES))
    with pytest.raises(Unauthorised):
        log_on(house, "grace", "wrong")
    now.advance(wait_after(FREE_FAILURES))
    with pytest.raises(Unauthorised):
        log_on(house, "grace", PASSWORD)  # the second wait is longer
    now.advance(wait_after(FREE_FAILURES + 1))
    assert log_on(house, "grace", PASSWORD).name == "grace"
    for _ in range(FREE_FAILURES - 1):  # counted from the beginning again
        with pytest.raises(Unauthorised):
            log_on(house, "grace", "wrong")
    assert log_on(house, "grace", PASSWORD).name == "grace"


def test_the_wait_grows_to_a_quarter_of_an_hour() -> None:
    waits = [wait_after(number) for number in range(1, 60)]
    assert waits[: FREE_FAILURES - 1] == [timedelta(0)] * (FREE_FAILURES - 1)
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT == timedelta(minutes=15)


def test_many_attempts_at_once_do_not_get_past_the_wait(house: Installation) -> None:
    add(house, "grace")

    def attempt(_: int) -> bool:
        try:
            log_on(house, "grace", "wrong")
        except Unauthorised:
            return True
        return False

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(attempt, range(FREE_FAILURES + 5)))
    with pytest.raises(Unauthorised):
        log_on(house, "grace", PASSWORD)


def test_names_that_no_user_has_wait_as_well_and_fill_no_database(house: Installation) -> None:
    for number in range(FREE_FAILURES + 3):
        with pytest.raises(Unauthorised):
            log_on(house, "Nobody", f"wrong {number}")
    with house.database.read() as read:
        (row,) = read.execute(select(LOGON)).all()
    assert row.user.startswith("?")
    assert row.failures == FREE_FAILURES
    assert {_shared_place(str(number)) for number in range(20_000)} <= {
        f"?{number}" for number in range(1000)
    }


def test_a_hash_of_weaker_parameters_is_made_anew(house: Installation) -> None:
    add(house, "grace")
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with house.database.write() as write:
        write.execute(update(USER).values(password=weak))
    log_on(house, "grace", PASSWORD)
    assert not passwords.is_weak(kept_password(house, "grace"))
    log_on(house, "grace", PASSWORD)


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 257])
def test_a_password_has_a_length(house: Installation, password: str) -> None:
    with pytest.raises(ClaryError) as caught:
        add_user(house, "grace", UserChange(password=password))
    assert caught.value.code == "PASSWORD_INVALID"
    assert not password or password not in str(caught.value)


def test_a_password_is_the_same_from_every_keyboard(house: Installation) -> None:
    add_user(house, "zoe", UserChange(password="caf\u00e9 au lait bien chaud"))
    assert log_on(house, "zoe", "cafe\u0301 au lait bien chaud").name == "zoe"


@pytest.mark.parametrize("name", ["", "a b", "-a", "x" * 65, "key ada", "a\n", "a/b", "<b>"])
def test_a_name_that_cannot_be_one(house: Installation, name: str) -> None:
    with pytest.raises(ClaryError) as caught:
        add_user(house, name, UserChange())
    assert caught.value.code == "USER_NAME_INVALID"


def test_a_name_is_taken_in_any_case(house: Installation) -> None:
    add(house, "Grace")
    with pytest.raises(ClaryError) as caught:
        add(house, "GRACE")
    assert caught.value.code == "USER_EXISTS"
    with pytest.raises(ClaryError) as unknown:
        change_user(house, "Someone", UserChange())
    assert unknown.value.code == "USER_UNKNOWN"


def test_an_address_looks_like_one(house: Installation) -> None:
    for email in ("x", "a@b", "a b@c.de", "a@b.c" + "x" * 254):
        with pytest.raises(ClaryError) as caught:
            add_user(house, "grace", UserChange(email=email))
        assert caught.value.code == "EMAIL_INVALID"
    add_user(house, "grace", UserChange(email="grace@example.com"))
    assert change_user(house, "grace", UserChange(email="")).user.email is None


def test_a_dry_run_changes_nothing(house: Installation) -> None:
    add_user(house, "grace", UserChange(role=Role.ADMIN), dry_run=True)
    assert list_users(house) == []
    add(house, "grace", Role.VIEWER)
    change_user(house, "grace", UserChange(role=Role.OPERATOR), dry_run=True)
    remove_user(house, "grace", dry_run=True)
    assert list_users(house)[0].user.role is Role.VIEWER


def test_roles_for_single_companies(firm: Installation) -> None:
    roles: Mapping[str, Role | None] = {"ALPHA": Role.OPERATOR}
    add_user(firm, "grace", UserChange(roles=roles))
    access = access_of(firm, "grace")
    assert access.role_on("Alpha") is Role.OPERATOR
    assert access.role_on("Beta") is None
    assert access.role_on(None) is None
    change_user(firm, "grace", UserChange(role=Role.VIEWER))
    assert access_of(firm, "grace").role_on("Beta") is Role.VIEWER
    assert access_of(firm, "grace").role_on("Alpha") is Role.OPERATOR
    change_user(firm, "grace", UserChange(roles={"alpha": None}, no_role=True))
    assert not access_of(firm, "grace").allows_somewhere(Role.VIEWER)
    with pytest.raises(ClaryError) as caught:
        change_user(firm, "grace", UserChange(roles={"Gamma": Role.VIEWER}))
    assert caught.value.code == "CONNECTION_UNKNOWN"


def test_the_last_admin_stays(house: Installation) -> None:
    add(house, "grace", Role.ADMIN)
    add(house, "vic", Role.VIEWER)
    calls: tuple[Callable[[], object], ...] = (
        lambda: remove_user(house, "grace"),
        lambda: change_user(house, "grace", UserChange(role=Role.APPROVER)),
        lambda: change_user(house, "grace", UserChange(no_role=True)),
        lambda: change_user(house, "grace", UserChange(disabled=True)),
    )
    for call in calls:
        with pytest.raises(ClaryError) as caught:
            call()
        assert caught.value.code == "LAST_ADMIN"
    assert access_of(house, "grace").role is Role.ADMIN
    remove_user(house, "vic")
    add(house, "hal", Role.ADMIN)
    remove_user(house, "grace")
    assert [each.user.name for each in list_users(house)] == ["hal"]


def test_of_two_last_admins_only_one_goes(house: Installation) -> None:
    add(house, "grace", Role.ADMIN)
    add(house, "hal", Role.ADMIN)

    def demote(name: str) -> str:
        try:
            change_user(house, name, UserChange(role=Role.VIEWER))
        except ClaryError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(demote, ("grace", "hal"))) == ["LAST_ADMIN", "done"]
