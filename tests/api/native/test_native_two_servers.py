"""Two servers of one installation: what reaches both at once is done by one of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from clary.hub.installation import Installation
from clary.hub.services.keys import add_key
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.kernel.settings import read
from tests.announcing import announced
from tests.databases import running_server

AT_ONCE = 8
ROUNDS = 5


@dataclass(frozen=True)
class Pair:
    """Two servers, and a key that both know."""

    urls: tuple[str, str]
    key: str

    def send(self, number: int, customer: str) -> tuple[int, str, bool]:
        """Create a customer by one of both; return status, code and whether it was a replay."""
        answer = httpx.post(
            f"{self.urls[number % 2]}/api/v1/companies/north/records/customer",
            json={"id": customer, "name": "Of two"},
            headers={"Authorization": f"Bearer {self.key}", "Idempotency-Key": customer},
            timeout=60,
            trust_env=False,
        )
        code = str(answer.json().get("code", ""))
        return answer.status_code, code, "idempotent-replayed" in answer.headers

    def customers(self) -> list[str]:
        """Return the customers of the books."""
        answer = httpx.get(
            f"{self.urls[1]}/api/v1/companies/north/records/customer",
            params={"fields": "id"},
            headers={"Authorization": f"Bearer {self.key}"},
            trust_env=False,
        )
        return [each["id"] for each in answer.json()["items"]]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Give two servers that share a database."""
    home: Path = tmp_path_factory.mktemp("home")
    with ExitStack() as stack:
        database = stack.enter_context(running_server())
        environment = {
            **os.environ,
            "CLARY_HOME": str(home),
            "CLARY_SECRETS": "file",
            "CLARY_DATABASE_URL": database.url(database.new()),
        }
        with Installation(read(environment)) as installation:
            create_sandbox(installation, NewSandbox("north", "uk", users="multi"))
            key = str(add_key(installation, "robot").key)
        serving = [announced("serve", "--port", "0", environment=environment) for _ in range(2)]
        one, two = (stack.enter_context(each)[0] for each in serving)
        yield Pair((one, two), key)


def test_a_request_that_reaches_both_at_once_is_done_once(pair: Pair) -> None:
    for turn in range(ROUNDS):
        customer = f"TWO{turn}"
        with ThreadPoolExecutor(AT_ONCE) as threads:
            answers = list(
                threads.map(lambda number, name=customer: pair.send(number, name), range(AT_ONCE))
            )
        first = [each for each in answers if each == (201, "", False)]
        others = [each for each in answers if each != (201, "", False)]
        assert len(first) == 1, answers
        assert {each[0] for each in others} <= {201, 409}, answers
        assert all(each[2] for each in others if each[0] == 201), answers
        again = [pair.send(number, customer) for number in range(2)]
        assert again == [(201, "", True)] * 2
    assert sorted(pair.customers()) == [f"TWO{turn}" for turn in range(ROUNDS)]
