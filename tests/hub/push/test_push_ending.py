"""A server that is told to end under load: what it accepted is done by the next start."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select as selecting

from clary.engine.tables import LEASES
from clary.hub.installation import Installation
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.hub.services.working import pause_work, resume_work
from clary.kernel.settings import read
from tests.announcing import CLARY
from tests.api.push.served import Client, Company, Served
from tests.flows.push import documents
from tests.hub.work.office import customers

END_SECONDS = 12
WAITING = 120


@pytest.fixture
def environment(tmp_path: Path, migrated_url: str) -> dict[str, str]:
    return {
        **os.environ,
        "CLARY_HOME": str(tmp_path / "home"),
        "CLARY_SECRETS": "file",
        "CLARY_WEBHOOKS": "any",
        "CLARY_DATABASE_URL": migrated_url,
    }


@pytest.fixture
def house(environment: dict[str, str]) -> Iterator[Installation]:
    with Installation(read(environment)) as installation:
        create_sandbox(installation, NewSandbox("north", "uk", users="multi"))
        yield installation


class Running:
    """A server process."""

    def __init__(self, environment: dict[str, str]) -> None:
        """Start it and wait until it serves."""
        self.process = subprocess.Popen(
            [CLARY, "serve", "--port", "0"],
            env=environment,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        stdout = self.process.stdout
        assert stdout is not None
        assert select.select([stdout], [], [], 60)[0]
        self.url = stdout.readline().rsplit(" ", 1)[1].strip()

    def end(self) -> float:
        """Tell it to end and return how many seconds that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)
        assert self.process.returncode == 0
        return time.monotonic() - began


class Load(threading.Thread):
    """Someone who goes on pushing until nobody answers any more."""

    def __init__(self, company: Company) -> None:
        super().__init__()
        self._company = company
        self.accepted: list[Any] = []

    def run(self) -> None:
        """Push."""
        for number in range(10_000):
            stated = {**documents.UK_CUSTOMER, "id": f"L{number:06}"}
            try:
                answer = self._company.client.ask(
                    "POST", f"{self._company.connected}/push/customers", stated
                )
            except httpx.HTTPError:
                return
            time.sleep(0.02)
            if answer.status == httpx.codes.OK:
                self.accepted.append(answer.body)


@pytest.mark.both_databases
def test_a_server_that_ends_under_load(house: Installation, environment: dict[str, str]) -> None:
    server = Running(environment)
    served = Served(server.url, house)
    company = served.linked(served.client("shop"), "north")
    pause_work(house, "north")
    accepted = []
    for number in range(WAITING):
        stated = {**documents.UK_CUSTOMER, "id": f"A{number:06}"}
        accepted.append(company.push("customers", stated))
    other = Client(company.client.url, company.client.key)
    load = Load(Company(other, company.id, company.connection))
    load.start()
    resume_work(house, "north")
    until = time.monotonic() + 60
    while not customers(house, "north") and time.monotonic() < until:
        time.sleep(0.01)
    assert server.end() < END_SECONDS
    load.join()
    accepted += load.accepted
    for client in (company.client, other):
        client.http.close()
    with house.database.read() as connection:
        held = selecting(LEASES.c.identity).where(LEASES.c.owner != "")
        assert connection.execute(held).all() == []
    done = len(customers(house, "north"))
    assert done < len(accepted)
    # A person gets in between, and the next start goes on.
    served.act("north", "open-sage", user="CLARY")
    served.act("north", "close-sage")
    server = Running(environment)
    again = Company(Served(server.url, house).bearer(company.client.key), company.id, "")
    statuses = [again.ended(each, 60)["status"] for each in accepted]
    again.client.http.close()
    server.end()
    assert statuses == ["Success"] * len(accepted)
    assert len(customers(house, "north")) == len(accepted)
    assert len(set(customers(house, "north"))) == len(accepted)
