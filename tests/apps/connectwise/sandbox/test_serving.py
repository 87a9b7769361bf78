"""A site that is served beside the program that uses it."""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import httpx
import pytest

from clary.apps.connectwise.sandbox.making import ready
from clary.apps.connectwise.sandbox.server import serving

DELAYED = 0.04
"""Seconds that a system waits before it acknowledges one piece of an answer by itself."""


def test_it_answers_while_the_block_lasts(tmp_path: Path) -> None:
    file = tmp_path / "connectwise.db"
    ready(file, seed="us", invoices=0)
    with serving(file) as url, urlopen(f"{url}/login/companyinfo/demo") as answer:  # noqa: S310 - loopback
        assert json.loads(answer.read())["CompanyID"] == "demo"
    with pytest.raises(URLError):
        urlopen(url)  # noqa: S310 - loopback


def test_an_error_in_the_block_ends_it_too(tmp_path: Path) -> None:
    file = tmp_path / "connectwise.db"
    ready(file, seed="us", invoices=0)
    with pytest.raises(KeyError), serving(file) as url:
        raise KeyError
    with pytest.raises(URLError):
        urlopen(url)  # noqa: S310 - loopback


def test_no_piece_of_an_answer_waits_for_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "connectwise.db"
    ready(file, seed="us", invoices=0)
    taken = []
    with serving(file) as url, httpx.Client(trust_env=False) as client:
        for _ in range(21):
            started = time.perf_counter()
            assert client.get(f"{url}/login/companyinfo/demo").status_code == 200
            taken.append(time.perf_counter() - started)
    assert statistics.median(taken) < DELAYED * 3 / 4
