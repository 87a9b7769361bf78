"""Runs the benchmarks of the hub and prints them beside their goals.

Accepting pushes, draining a company, and what companies on a schedule cost.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from bench import draining, push, schedules
from bench.bare import WAYS
from bench.push import DRAINING, PAUSED, Measured
from tests.databases import KINDS, running_server

T = TypeVar("T")

_DURABLE = ("fsync=on", "full_page_writes=on", "autovacuum=on", "shared_buffers=128MB")
"""Settings of a server that keeps what it has committed, other than that of the tests."""

RATE, SLOWEST, SHARE, DRAIN = 0.50, 25.0, 0.20, 0.50
"""The goals: parts of the floor, milliseconds of the slowest answer but one in a hundred, and
part of one core."""


def _within(action: Callable[[Path], T]) -> T:
    with tempfile.TemporaryDirectory(prefix="clary-bench-") as folder:
        return action(Path(folder))


def _mark(*, met: bool) -> str:
    return "met" if met else "missed"


def print_pushes(kinds: Sequence[str], rounds: int, requests: int, connections: int) -> None:
    """Measure how many pushes are accepted a second, on kinds of databases, and print it."""
    asked = (rounds, requests, connections)
    for kind in kinds:
        print(f"{connections} connections, {requests:,} requests a round, {kind}")
        _print_pushes(_on_files(asked) if kind == KINDS[0] else _on_a_server(asked))


def _on_files(asked: tuple[int, int, int]) -> Mapping[str, Measured]:
    def measured(folder: Path) -> Mapping[str, Measured]:
        return push.measured(folder, lambda name: f"sqlite:///{folder / name}.db", *asked)

    return _within(measured)


def _on_a_server(asked: tuple[int, int, int]) -> Mapping[str, Measured]:
    with running_server(*_DURABLE) as server:
        return _within(
            lambda folder: push.measured(folder, lambda _: server.url(server.new()), *asked)
        )


def _print_pushes(found: Mapping[str, Measured]) -> None:
    floor = max((_rate(found[way]), way) for way in WAYS)
    print(f"{'accepted durably a second':44} {'rate':>9} {'ratio':>7} {'p50 ms':>8} {'p99 ms':>8}")
    for way in WAYS:
        _print_line(f"bare route, stores {way}", found[way], floor[0])
    for name in (PAUSED, DRAINING):
        _print_line(f"pushes, company {name}", found[name], floor[0])
    drained = statistics.median(found[DRAINING].drained)
    print(f"{'written into the company meanwhile, a second':44} {drained:9,.0f}")
    beside = found[floor[1]]
    for name in (PAUSED, DRAINING):
        ratios = _ratios(found[name], beside)
        ratio, slowest = statistics.median(ratios), _slowest(found[name])
        listed = ", ".join(f"{each:.2f}" for each in ratios)
        print(f"{name}: {ratio:.2f} of the bare route ({listed})", end="")
        print(f"  goal >= {RATE:.2f}  {_mark(met=ratio >= RATE)}")
        print(f"{name}: p99 {slowest:.1f} ms", end="")
        print(f"  goal < {SLOWEST:.0f} ms  {_mark(met=slowest < SLOWEST)}")


def _print_line(text: str, found: Measured, floor: float) -> None:
    rate, middle = _rate(found), statistics.median(each.median for each in found.answered)
    busy, client = statistics.median(found.busy), max(each.busy for each in found.answered)
    line = f"{text:44} {rate:9,.0f} {rate / floor:7.2f} {middle:8.1f} {_slowest(found):8.1f}"
    print(f"{line}  server {busy:.2f} ms each, client {client:.0%} of a core")


def _rate(found: Measured) -> float:
    return statistics.median(each.rate for each in found.answered)


def _slowest(found: Measured) -> float:
    return statistics.median(each.p99 for each in found.answered)


def _ratios(found: Measured, beside: Measured) -> Sequence[float]:
    """Return the ratio of each round, in which both met the machine as it was then."""
    pairs = zip(found.answered, beside.answered, strict=True)
    return [ours.rate / theirs.rate for ours, theirs in pairs]


def print_drains(rounds: int, documents: int) -> None:
    """Measure how quickly a company is worked off, and print it."""
    measured = []
    for number in range(1, rounds + 1):
        print(f"drain, round {number} of {rounds}", file=sys.stderr)
        measured.append(_within(lambda folder: draining.measured(folder, documents)))
    rates = {name: statistics.median(each[name] for each in measured) for name in measured[0]}
    print(f"{'documents of one company a second':44} {'rate':>9} {'ratio':>7}")
    for name, rate in rates.items():
        print(f"{name:44} {rate:9,.1f} {rate / rates[draining.ALONE]:7.2f}")
    ratio = statistics.median(each[draining.EACH] / each[draining.ALONE] for each in measured)
    print(f"drain: {ratio:.2f} of the sandbox alone", end="")
    print(f"  goal >= {DRAIN:.2f}  {_mark(met=ratio >= DRAIN)}")


def print_schedules(companies: int, seconds: float) -> None:
    """Measure what companies cost that are looked at each quarter of an hour, and print it."""
    found = _within(lambda folder: schedules.measured(folder, companies, seconds))
    looks, share = found["looks"], found["share"]
    print(f"{companies:,} companies on a 15-minute schedule, nothing changes:")
    print(f"{looks:,.0f} looks in {seconds:.0f} s, {found['memory']:.0f} MB held")
    each = (share - found["idle"]) * seconds / max(looks, 1) * 1_000
    print(f"{found['idle']:.1%} of a core without any schedule, {each:.1f} ms for each look")
    print(f"{share:.1%} of a core  goal < {SHARE:.0%}  {_mark(met=share < SHARE)}")
