"""The kinds of work that can be scheduled, each declared once: what it does and its settings.

What the lane does about each is in `hub/scheduled.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from clary.hub.kinds import ConnectionSetting, Form, Kind, SettingCodes
from clary.hub.schedules import Schedule
from clary.kernel.errors import Rejected, declare

SCHEDULE_KIND_UNKNOWN = declare(
    "SCHEDULE_KIND_UNKNOWN",
    Rejected,
    "There is no kind of schedule called {name!r}.",
    "Use one of: {known}.",
    exit_code=2,
)
SCHEDULE_SETTING_UNKNOWN = declare(
    "SCHEDULE_SETTING_UNKNOWN",
    Rejected,
    "This kind of schedule has no setting {name!r}{near}.",
    "Use one of: {known}.",
    exit_code=2,
)
SCHEDULE_SETTING_MISSING = declare(
    "SCHEDULE_SETTING_MISSING",
    Rejected,
    "A schedule of the kind {kind} needs the setting {name} ({meaning}).",
    "State it with {option}.",
    exit_code=2,
)
SCHEDULE_SETTING_INVALID = declare(
    "SCHEDULE_SETTING_INVALID",
    Rejected,
    "The setting {name} cannot be {value!r}.",
    "Use {expected}.",
    exit_code=2,
)


@dataclass(frozen=True, slots=True)
class Looked:
    """What a scheduled look found.

    Attributes:
        message: what there is to do or not, for people.
        plan: id of the plan that does it; none where there is nothing to do.
    """

    message: str
    plan: str | None = None


@dataclass(frozen=True)
class ScheduledKind(Kind):
    """One kind of work that can be scheduled.

    Attributes:
        confirmed: returns the guards that the settings confirm, by name.
    """

    codes = SettingCodes(
        SCHEDULE_SETTING_UNKNOWN, SCHEDULE_SETTING_MISSING, SCHEDULE_SETTING_INVALID
    )

    confirmed: Callable[[Mapping[str, str]], frozenset[str]] = lambda _: frozenset()


def _good_only(settings: Mapping[str, str]) -> frozenset[str]:
    # The one guard of batches that every operator may confirm: it only leaves documents out.
    return frozenset({"BATCH_BLOCKED"} if settings.get("good_only") == "yes" else ())


_APP = ConnectionSetting("app", "the ConnectWise connection", required=True)
_YES_OR_NO = ("yes", "no")
_KIND = "(invoices|expenses|procurement)"

CHECK = ScheduledKind(
    "check", "Is it still the linked company, and can it be opened? Writes nothing.", ()
)
PAYMENTS = ScheduledKind(
    "payments",
    "Shows in ConnectWise what was paid in Sage since the last time.",
    (
        _APP,
        ConnectionSetting(
            "way",
            "fast asks Sage directly, fallback reads open items, auto is fast where Sage permits"
            " it (default: auto)",
            choices=("auto", "fast", "fallback"),
        ),
    ),
)
BATCH = ScheduledKind(
    "batch",
    "Posts what waits in ConnectWise, and marks it there as posted.",
    (
        _APP,
        ConnectionSetting("location", "only this location, by name or id (default: all)"),
        ConnectionSetting(
            "kinds",
            "only these kinds of documents (default: all)",
            form=Form(
                f"{_KIND}(,{_KIND}){{0,2}}", "some of invoices, expenses, procurement, with commas"
            ),
        ),
        ConnectionSetting(
            "detail",
            "how much text the lines of invoices carry (default: Default)",
            choices=("Default", "Condensed", "Detailed"),
        ),
        ConnectionSetting(
            "split", "one batch for each kind of document (default: no)", choices=_YES_OR_NO
        ),
        ConnectionSetting(
            "good_only",
            "post the good documents although others cannot be posted (default: no)",
            choices=_YES_OR_NO,
        ),
    ),
    _good_only,
)
KINDS: Mapping[str, ScheduledKind] = {each.name: each for each in (CHECK, PAYMENTS, BATCH)}
"""Every kind of work that can be scheduled, by name."""


def kind_named(name: str) -> ScheduledKind:
    """Return the kind of schedule called `name`.

    Raises:
        Rejected: there is none (SCHEDULE_KIND_UNKNOWN).
    """
    found = KINDS.get(name)
    if found is None:
        known = ", ".join(KINDS)
        raise SCHEDULE_KIND_UNKNOWN.raised(field="kind", name=name[:80], known=known)
    return found


def settings_of(schedule: Schedule) -> dict[str, str]:
    """Return the settings of a schedule as they were stated."""
    stated: dict[str, str] = json.loads(schedule.reference)
    return stated


def settings_text(settings: Mapping[str, str]) -> str:
    """Return settings as a schedule keeps them."""
    return json.dumps(dict(sorted(settings.items())), ensure_ascii=False)
