"""Every route of the native API, one group after the other."""

from __future__ import annotations

from typing import Final

from clary.api.native import (
    audit,
    batches,
    batches_mapping,
    connections,
    connections_apps,
    keys,
    notifications,
    payments,
    plans,
    records,
    records_figures,
    records_writing,
    runs,
    schedules,
    settings,
    users,
    work,
)
from clary.api.native.routes import Route

ROUTES: Final[tuple[Route, ...]] = (
    *records.ROUTES,
    *records_writing.ROUTES,
    *records_figures.ROUTES,
    *plans.ROUTES,
    *runs.ROUTES,
    *connections.ROUTES,
    *connections_apps.ROUTES,
    *batches.ROUTES,
    *batches_mapping.ROUTES,
    *payments.ROUTES,
    *schedules.ROUTES,
    *users.ROUTES,
    *keys.ROUTES,
    *audit.ROUTES,
    *work.ROUTES,
    *settings.ROUTES,
    *notifications.ROUTES,
)
"""In this order: a fixed path stands before one with a place in its stead."""
