"""Remedies name a route beside each command that has one."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

from clary import cli
from clary.api.native.table import ROUTES
from clary.api.native.ways import ROUTE_OF, over_http
from clary.kernel.errors import Finding, all_codes
from tests.api.native.asking import Native

ONLY_HERE = {
    "backup",
    "company restore",
    "sandbox act",
    "sandbox create",
    "serve",
    "work drain",
    "worker",
}
"""Commands without a route: what runs the server itself, or reads and makes files beside it."""


def test_every_route_that_is_named_is_there() -> None:
    there = {f"{route.verb} {route.path}" for route in ROUTES}
    assert set(ROUTE_OF.values()) <= there


def test_every_command_of_a_remedy_has_its_route() -> None:
    for module in pkgutil.iter_modules(cli.__path__, "clary.cli."):
        importlib.import_module(module.name)  # declares what the commands raise
    named = set[str]()
    for code in all_codes():
        if code.name.startswith("TEST_"):
            continue
        named |= set(re.findall("`clary ([a-z]+(?: [a-z]+)?)", code.remedy))
    assert len(named) > 20
    unknown = {each for each in named if each not in ROUTE_OF and each.split()[0] not in ROUTE_OF}
    assert unknown <= ONLY_HERE


@pytest.mark.parametrize(
    ("remedy", "routes"),
    [
        ("Do it.", ""),
        ("Run `clary serve`.", ""),
        (
            "Ada may approve it with `clary plan approve plan_1`; apply it then.",
            " Over HTTP: POST /plans/{plan}/approval.",
        ),
        (
            "See `clary doctor --full`, `clary key list` and `clary key list --revoked`.",
            " Over HTTP: GET /doctor, GET /keys.",
        ),
    ],
)
def test_routes_stand_behind_the_remedy(remedy: str, routes: str) -> None:
    assert over_http(Finding("CODE", "It is so.", remedy)).remedy == f"{remedy}{routes}"


def test_a_problem_names_the_route(shop: Native) -> None:
    found = shop.refused(404, "TYPE_UNKNOWN", "GET", "/companies/south/records/nothing")
    assert "GET /companies/{company}/record-types" in found["findings"][0]["remedy"]
