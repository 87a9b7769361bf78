"""The server is killed in the middle of a request: sent again, it is done once."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest

from clary.hub.installation import Installation
from clary.hub.services.keys import add_key
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.kernel.settings import read
from tests.announcing import announced

pytestmark = pytest.mark.kills

DOCUMENTS = 300
PATH = "/api/v1/companies/north/operations"
ENDS_WITHIN = 90

Server: TypeAlias = tuple[str, subprocess.Popen[str]]


def _serving(environment: dict[str, str]) -> AbstractContextManager[Server]:
    return announced("serve", "--port", "0", environment=environment)


def _body() -> dict[str, Any]:
    documents = [{"id": f"K{number:04}", "name": "x"} for number in range(DOCUMENTS)]
    return {"operation": "create", "record_type": "customer", "documents": documents}


def _made(url: str, headers: Mapping[str, str]) -> list[str]:
    page = httpx.get(
        f"{url}/api/v1/companies/north/records/customer",
        params={"limit": 500, "fields": "id"},
        headers={"Authorization": headers["Authorization"]},
        trust_env=False,
    ).json()
    return [each["id"] for each in page["items"]]


@pytest.mark.parametrize("delay", [0.3, 0.8])
def test_a_request_whose_server_died_is_done_once_when_it_is_sent_again(
    tmp_path: Path, delay: float
) -> None:
    environment = {**os.environ, "CLARY_HOME": str(tmp_path), "CLARY_SECRETS": "file"}
    with Installation(read(environment)) as installation:
        create_sandbox(installation, NewSandbox("north", "uk", users="multi"))
        key = add_key(installation, "robot").key
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "killed"}

    def send(url: str) -> httpx.Response:
        body = json.dumps(_body()).encode()
        with httpx.Client(trust_env=False, timeout=60) as http:
            stated = {**headers, "Content-Type": "application/json"}
            return http.post(url + PATH, content=body, headers=stated)

    with _serving(environment) as (url, process), ThreadPoolExecutor(1) as threads:
        sent = threads.submit(send, url)
        time.sleep(delay)
        process.kill()
        process.wait()
        try:
            first = sent.result().status_code
        except httpx.TransportError:
            first = 0
    with _serving(environment) as (url, _):
        until = time.monotonic() + ENDS_WITHIN
        while (got := send(url)).status_code in (202, 409) and time.monotonic() < until:
            time.sleep(0.5)
        assert got.status_code == 200, got.text
        if first == 200:
            assert got.headers["idempotent-replayed"] == "true"
        told = [each["status"] for each in got.json()["results"]]
        assert len(told) == DOCUMENTS
        assert set(told) <= {"success", "skipped_duplicate"}, got.json()["results"][0]
        found = httpx.get(
            f"{url}/api/v1/companies/north/trial-balance", headers=headers, trust_env=False
        )
        assert found.status_code == 200
        assert _made(url, headers) == [f"K{n:04}" for n in range(DOCUMENTS)]
