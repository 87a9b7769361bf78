"""What Prometheus reads: how much waits and why, counted when it asks.

Names of companies are told to nobody here, since metrics are read without a key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from clary.hub.installation import Installation
from clary.hub.services.notifications import notify_figures
from clary.hub.services.working import standing


def registry(installation: Installation) -> CollectorRegistry:
    """Return what is counted of an installation."""
    collected = CollectorRegistry()
    collected.register(_Lanes(installation))
    collected.register(_Notifications(installation))
    return collected


class _Lanes(Collector):
    """Counts lanes, items and workers."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Return nothing, so that registering asks for no count."""
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield the counts of this moment."""
        found = standing(self._installation)
        yield GaugeMetricFamily(
            "clary_work_waiting", "Items of work that wait.", sum(x.waiting for x in found.lanes)
        )
        yield GaugeMetricFamily(
            "clary_work_parked",
            "Items of work that a person has to look at.",
            sum(each.parked for each in found.lanes),
        )
        yield GaugeMetricFamily("clary_workers", "Workers that are alive.", found.workers)
        held = GaugeMetricFamily(
            "clary_lanes_waiting", "Companies whose work waits, by reason.", labels=["reason"]
        )
        reasons = Counter(why[0] for x in found.lanes if x.waiting and (why := x.why))
        for reason, count in sorted(reasons.items()):
            held.add_metric([reason], count)
        yield held


_FIGURES = {
    "gathered": "Happenings that wait for a message to people.",
    "waiting": "Messages to people that wait to be delivered.",
    "given_up": "Messages to people that were given up in the last seven days.",
    "failing": "Notifications whose last message was not taken.",
}


class _Notifications(Collector):
    """Counts messages to people."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Return nothing, so that registering asks for no count."""
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield the counts of this moment."""
        found = notify_figures(self._installation)
        for name, meaning in _FIGURES.items():
            yield GaugeMetricFamily(f"clary_notifications_{name}", meaning, found[name])
