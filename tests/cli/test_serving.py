"""`clary sandbox serve`: one line when it listens, a clean end, and what goes wrong before."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.announcing import CLARY
from tests.cli.conftest import CommandLine
from tests.sites import connectwise_site

SERVE = ("sandbox", "serve", "connectwise")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_site_ends_cleanly_on_a_signal(number: signal.Signals, tmp_path: Path) -> None:
    with connectwise_site(tmp_path) as site:
        assert httpx.get(f"{site.url}/login/companyinfo/demo").status_code == 200
        site.process.send_signal(number)
        assert site.process.wait(20) == 0


def test_programs_are_told_the_address_as_json(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [CLARY, *SERVE, "--port", "0", "--json"],
        env={**os.environ, "CLARY_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        text = "".join(iter(process.stdout.readline, "}\n")) + "}"
        told = json.loads(text)
        assert told["file"] == str(tmp_path / "sites" / "connectwise.db")
        assert httpx.get(f"{told['url']}/login/companyinfo/demo").status_code == 200
    finally:
        process.terminate()
        process.communicate()
    assert process.returncode == 0


def test_a_site_goes_on_where_it_ended(tmp_path: Path) -> None:
    with connectwise_site(tmp_path, "--seed", "uk", "--invoices", "3") as site:
        site.act("open-invoice", invoice="10001")
    with connectwise_site(tmp_path) as site:
        assert site.act("close-invoice", invoice="10001")


def test_a_site_that_was_killed_goes_on(tmp_path: Path) -> None:
    with connectwise_site(tmp_path) as site:
        site.act("open-invoice", invoice="10001")
        site.process.kill()
        site.process.wait()
    with connectwise_site(tmp_path) as site:
        site.act("close-invoice", invoice="10001")


def test_a_port_that_is_taken_says_so(clary: CommandLine, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = clary(*SERVE, "--port", port, "--file", tmp_path / "site.db", "--json")
    assert (answer.code, answer.error["code"]) == (3, "SITE_PORT_TAKEN")


def test_another_site_is_not_taken_for_the_one_wanted(clary: CommandLine, tmp_path: Path) -> None:
    with connectwise_site(tmp_path, "--seed", "uk"):
        pass
    answer = clary(*SERVE, "--file", tmp_path / "connectwise.db", "--seed", "us", "--json")
    assert (answer.code, answer.error["code"]) == (2, "SITE_MADE_OTHERWISE")


def test_a_folder_that_cannot_be_written_says_so(clary: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    answer = clary(*SERVE, "--file", tmp_path / "file" / "site.db", "--json")
    assert (answer.code, answer.error["code"]) == (3, "SITE_FILE_UNUSABLE")


def test_what_is_not_installed_is_named(tmp_path: Path) -> None:
    absent = "raise ModuleNotFoundError(\"No module named 'uvicorn'\", name='uvicorn')\n"
    (tmp_path / "uvicorn.py").write_text(absent, encoding="utf-8")
    finished = subprocess.run(
        [sys.executable, CLARY, *SERVE, "--file", str(tmp_path / "site.db")],
        env={"PYTHONPATH": str(tmp_path), "CLARY_HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert finished.returncode == 3
    assert "SERVER_MISSING" in finished.stderr
    assert "clary[hub]" in finished.stderr
    assert not (tmp_path / "site.db").exists()
