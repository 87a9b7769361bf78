"""What people do with schedules: add, list, change, pause, run and remove them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from clary.hub.access import Access, Role
from clary.hub.connections import Connection, ConnectionKind
from clary.hub.draining import drain
from clary.hub.installation import Installation
from clary.hub.keeping import keep
from clary.hub.scheduled_kinds import settings_of
from clary.hub.schedules import Schedule, Schedules, next_run
from clary.hub.services.auditing import audit_rows
from clary.hub.services.connecting import remove_company
from clary.hub.services.schedules import (
    ScheduleAnswer,
    ScheduleChange,
    Standing,
    add_schedule,
    change_schedule,
    interval_of,
    interval_text,
    list_schedules,
    remove_schedule,
    run_schedule,
    show_schedule,
)
from clary.kernel.clock import FixedClock
from clary.kernel.errors import ClaryError
from tests.hub.work.office import company, work_of

BOTH = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def alpha(installation: Installation) -> None:
    company(installation, "Alpha")


def add(
    installation: Installation, name: str = "watch", every: str = "15m", **more: object
) -> ScheduleAnswer:
    wanted = ScheduleChange(every, **more)  # type: ignore[arg-type]  # tests state what they need
    return add_schedule(installation, name, "check", "alpha", wanted)


def tick(installation: Installation) -> int:
    return Schedules(installation.database, installation.clock).tick()


def code_of(caught: pytest.ExceptionInfo[ClaryError]) -> str:
    return caught.value.code


@BOTH
def test_a_schedule_is_added_done_and_told_of(
    installation: Installation, clock: FixedClock
) -> None:
    answer = add(installation)
    assert (answer.schedule.company, answer.standing) == ("Alpha", Standing.NEW)
    assert (tick(installation), tick(installation)) == (1, 0)
    assert show_schedule(installation, "WATCH").standing is Standing.WAITING
    assert drain(installation, "Alpha").done == 1
    (listed,) = list_schedules(installation)
    assert (listed.standing, listed.code) == (Standing.SUCCEEDED, None)
    assert listed.as_dict()["every"] == "15m"
    clock.advance(timedelta(minutes=16))
    assert tick(installation) == 1


@BOTH
def test_paused_schedules_add_nothing(installation: Installation, clock: FixedClock) -> None:
    add(installation, paused=True)
    assert tick(installation) == 0
    shown = show_schedule(installation, "watch").as_dict()
    assert (shown["paused_by"], shown["next_run_at"]) == ("Ada", None)
    change_schedule(installation, "watch", ScheduleChange(paused=False))
    clock.advance(timedelta(minutes=1))
    assert tick(installation) == 1


@BOTH
def test_run_now_adds_it_once_beside_its_times(installation: Installation) -> None:
    first = installation.clock.now() + timedelta(hours=3)
    add(installation, first=first)
    run_schedule(installation, "watch")
    run_schedule(installation, "watch")
    assert len(work_of(installation).waiting("Alpha")) == 1
    assert show_schedule(installation, "watch").schedule.next_run_at == first


def test_a_changed_interval_holds_at_once(installation: Installation, clock: FixedClock) -> None:
    add(installation, every="31d")
    assert tick(installation) == 1
    change_schedule(installation, "watch", ScheduleChange("1m"))
    found = show_schedule(installation, "watch").schedule
    assert timedelta(0) < found.next_run_at - clock.now() <= timedelta(minutes=1, seconds=3)


def test_dry_runs_store_nothing(installation: Installation) -> None:
    wanted = ScheduleChange("15m")
    answer = add_schedule(installation, "watch", "check", "alpha", wanted, dry_run=True)
    assert not answer.stored
    assert list_schedules(installation) == []
    add(installation)
    change_schedule(installation, "watch", ScheduleChange("1h"), dry_run=True)
    remove_schedule(installation, "watch", dry_run=True)
    run_schedule(installation, "watch", dry_run=True)
    assert show_schedule(installation, "watch").as_dict()["every"] == "15m"
    assert work_of(installation).waiting("Alpha") == []


def test_what_was_done_stands_in_the_audit_trail(installation: Installation) -> None:
    add(installation)
    change_schedule(installation, "watch", ScheduleChange("1h"))
    run_schedule(installation, "watch")
    remove_schedule(installation, "watch")
    told = [row for row in audit_rows(installation) if row.what.startswith("schedule.")]
    assert {row.what.partition(".")[2] for row in told} == {"add", "set", "run", "remove"}
    changed = next(row for row in told if row.what == "schedule.set")
    assert (changed.old or {})["every"] == "15m"
    assert (changed.new or {})["every"] == "1h"
    assert (changed.company, changed.record) == ("Alpha", "watch")


def test_the_schedules_of_a_company_go_with_its_connection(installation: Installation) -> None:
    company(installation, "Beta")
    add(installation)
    add_schedule(installation, "other", "check", "Beta", ScheduleChange("1h"))
    remove_company(installation, "Alpha")
    assert [each.schedule.name for each in list_schedules(installation)] == ["other"]


class TestRoles:
    """Schedules of a company are for those who may see it, and changed by its operators."""

    @BOTH
    def test_another_company_is_not_seen(self, installation: Installation) -> None:
        company(installation, "Beta")
        add(installation)
        view = installation.acting_as(Access("k", Role.ADMIN, frozenset({"beta"}), key="beta only"))
        assert list_schedules(view) == []
        calls: tuple[Callable[[], object], ...] = (
            lambda: show_schedule(view, "watch"),
            lambda: change_schedule(view, "watch", ScheduleChange("1h")),
            lambda: run_schedule(view, "watch"),
            lambda: remove_schedule(view, "watch"),
        )
        for call in calls:
            with pytest.raises(ClaryError) as caught:
                call()
            assert code_of(caught) == "SCHEDULE_UNKNOWN"
        others: tuple[Callable[[], object], ...] = (
            lambda: add(view, "mine"),
            lambda: list_schedules(view, "Alpha"),
        )
        for refused in others:
            with pytest.raises(ClaryError) as caught:
                refused()
            assert code_of(caught) == "ROLE_MISSING"

    def test_an_operator_has_it_done_now_and_changes_nothing(
        self, installation: Installation
    ) -> None:
        add(installation)
        view = installation.acting_as(Access("o", Role.OPERATOR))
        assert run_schedule(view, "watch").standing is Standing.WAITING
        calls: tuple[Callable[[], object], ...] = (
            lambda: add(view, "mine"),
            lambda: change_schedule(view, "watch", ScheduleChange("1h")),
            lambda: remove_schedule(view, "watch"),
        )
        for call in calls:
            with pytest.raises(ClaryError) as caught:
                call()
            assert code_of(caught) == "ROLE_MISSING"

    def test_a_viewer_only_looks(self, installation: Installation) -> None:
        add(installation)
        view = installation.acting_as(Access("v", Role.VIEWER))
        assert show_schedule(view, "watch").schedule.name == "watch"
        calls: tuple[Callable[[], object], ...] = (
            lambda: add(view, "mine"),
            lambda: change_schedule(view, "watch", ScheduleChange("1h")),
            lambda: run_schedule(view, "watch"),
            lambda: remove_schedule(view, "watch"),
        )
        for call in calls:
            with pytest.raises(ClaryError) as caught:
                call()
            assert code_of(caught) == "ROLE_MISSING"


class TestBadInput:
    """What cannot be scheduled is refused with what can."""

    @pytest.mark.parametrize(
        "every", ["", "0m", "59s", "90", "1.5h", "32d", "745h", "-1m", "15 m", "9" * 30 + "m", "1M"]
    )
    def test_intervals(self, installation: Installation, every: str) -> None:
        with pytest.raises(ClaryError) as caught:
            interval_of(every)
        assert code_of(caught) == "SCHEDULE_INTERVAL_INVALID"
        assert list_schedules(installation) == []

    @pytest.mark.parametrize("every", ["1m", "90m", "24h", "31d"])
    def test_intervals_that_can_be(self, every: str) -> None:
        assert interval_of(interval_text(interval_of(every))) == interval_of(every)

    @pytest.mark.parametrize("name", ["", " ", "a b", "-a", "x" * 40, "a/b", "a\n"])
    def test_names(self, installation: Installation, name: str) -> None:
        with pytest.raises(ClaryError) as caught:
            add(installation, name)
        assert code_of(caught) == "SCHEDULE_NAME_INVALID"

    @BOTH
    def test_a_name_that_is_taken_in_any_case(self, installation: Installation) -> None:
        add(installation)
        with pytest.raises(ClaryError) as caught:
            add(installation, "Watch")
        assert code_of(caught) == "SCHEDULE_EXISTS"

    @pytest.mark.parametrize(
        ("kind", "settings", "codes"),
        [
            ("sync", (), {"SCHEDULE_KIND_UNKNOWN"}),
            ("check", (("app", "psa"),), {"SCHEDULE_SETTING_UNKNOWN"}),
            ("payments", (), {"SCHEDULE_SETTING_MISSING"}),
            ("payments", (("app", "psa"),), {"CONNECTION_UNKNOWN"}),
            (
                "batch",
                (("way", "fast"), ("split", "maybe"), ("kinds", "invoices,bills")),
                {
                    "SCHEDULE_SETTING_UNKNOWN",
                    "SCHEDULE_SETTING_INVALID",
                    "SCHEDULE_SETTING_MISSING",
                },
            ),
        ],
    )
    def test_kinds_and_settings(
        self,
        installation: Installation,
        kind: str,
        settings: tuple[tuple[str, str], ...],
        codes: set[str],
    ) -> None:
        with pytest.raises(ClaryError) as caught:
            add_schedule(installation, "x", kind, "Alpha", ScheduleChange("1h", settings))
        assert {each.code for each in caught.value.findings} == codes

    def test_a_company_that_is_not_there(self, installation: Installation) -> None:
        with pytest.raises(ClaryError) as caught:
            add_schedule(installation, "x", "check", "Nobody", ScheduleChange("1h"))
        assert code_of(caught) == "CONNECTION_UNKNOWN"

    @pytest.mark.parametrize("days", [-1, 32])
    def test_a_first_time_that_is_past_or_far(
        self, installation: Installation, clock: FixedClock, days: int
    ) -> None:
        with pytest.raises(ClaryError) as caught:
            add(installation, first=clock.now() + timedelta(days=days))
        assert code_of(caught) == "SCHEDULE_FIRST_INVALID"


@pytest.mark.parametrize("late", [0, 1, 59, 60, 61, 500, 100_000])
def test_the_next_time_is_reckoned_from_the_first(clock: FixedClock, late: int) -> None:
    first = clock.now()
    schedule = Schedule("x", "Alpha", "check", "{}", timedelta(minutes=60), first, starts_at=first)
    now = first + timedelta(minutes=late)
    following = next_run(schedule, now)
    assert now < following <= now + timedelta(minutes=60, seconds=30)
    assert (following - first) % schedule.every <= timedelta(seconds=30)


@BOTH
def test_two_changes_of_settings_at_once_are_both_kept(
    installation: Installation, clock: FixedClock
) -> None:
    now = clock.now()
    app = Connection("psa", ConnectionKind.APP, (), "PSA", None, None, None, now, now)
    keep(installation, app, {})
    wanted = ScheduleChange("1h", settings=[("app", "psa")])
    add_schedule(installation, "post", "batch", "alpha", wanted)
    for number in range(15):
        settings = ("location", f"L{number}"), ("split", ("yes", "no")[number % 2])
        together = Barrier(len(settings))

        def change(setting: tuple[str, str], together: Barrier = together) -> None:
            together.wait()
            change_schedule(installation, "post", ScheduleChange(settings=[setting]))

        with ThreadPoolExecutor(len(settings)) as both:
            list(both.map(change, settings))
        found = settings_of(show_schedule(installation, "post").schedule)
        assert found == {"app": "psa", **dict(settings)}
