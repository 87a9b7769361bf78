"""Random histories of both editions against a small model (see `machine`)."""

from __future__ import annotations

import os
from typing import ClassVar

from hypothesis import HealthCheck, settings

from tests.histories.editions import Speech, UnitedKingdom, UnitedStates
from tests.histories.machine import History

COUNT = int(os.environ.get("CLARY_HISTORIES", "2000")) // 2
"""Histories of each edition: 2,000 of both in a test run, 20,000 in a soak."""

SETTINGS = settings(
    max_examples=COUNT,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


class UnitedStatesHistory(History):
    """Histories of a US company."""

    speech: ClassVar[Speech] = UnitedStates()


class UnitedKingdomHistory(History):
    """Histories of a UK company."""

    speech: ClassVar[Speech] = UnitedKingdom()


TestUnitedStates = UnitedStatesHistory.TestCase
TestUnitedStates.settings = SETTINGS
TestUnitedKingdom = UnitedKingdomHistory.TestCase
TestUnitedKingdom.settings = SETTINGS
