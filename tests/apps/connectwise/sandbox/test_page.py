"""The page about the site says what the site has: gaps, acts, faults, keys."""

from __future__ import annotations

import re

from clary.apps.connectwise.sandbox.faults import KINDS
from clary.apps.connectwise.sandbox.screen import ACTS
from clary.apps.connectwise.sandbox.seed.gaps import GAPS
from clary.apps.connectwise.sandbox.seed.lists import INTEGRATORS, KEYS
from tests.surroundings import ROOT

PAGE = (ROOT / "docs/how-to/connectwise-sandbox.md").read_text(encoding="utf-8")
ROWS = {
    cells[0].strip("` "): cells
    for cells in (line.strip("| ").split(" | ") for line in PAGE.splitlines() if line[:1] == "|")
}


def test_every_gap_is_in_its_table() -> None:
    told = {name: cells[1] for name, cells in ROWS.items() if re.match(r"T1|PO-|exp|COU|1-t", name)}
    assert told == GAPS


def test_every_act_and_fault_is_in_its_table() -> None:
    for name, act in ACTS.items():
        assert ROWS[name][2] == act.help
    for kind, text in KINDS.items():
        assert ROWS[kind][1] == text


def test_every_key_is_in_its_table() -> None:
    for public, (private, member) in KEYS.items():
        assert ROWS[public][1:3] == [f"`{private}`", member]
    for name, *_ in INTEGRATORS:
        assert f"`{name}`" in PAGE
