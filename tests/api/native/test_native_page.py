"""The commands of the page about the API, run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from tests import surroundings
from tests.api.native.asking import Native
from tests.api.push.served import Served

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "native-api.md"
_BLOCK = re.compile(r"```text\n(.*?)```", re.DOTALL)


def test_every_command_of_the_page_works(server: Served, shop: Native) -> None:
    curl = Path(surroundings.system_command("curl"))
    blocks = [each for each in _BLOCK.findall(PAGE.read_text("utf-8")) if "curl" in each]
    assert sum(block.count("curl ") for block in blocks) >= 15
    environment = {
        **os.environ,
        "PATH": f"{curl.parent}:{os.environ['PATH']}",
        "API": f"{server.url}/api/v1",
        "KEY": shop.key,
        "NO_PROXY": "127.0.0.1",
    }
    script = "set -e\n" + "\n".join(blocks)
    ended = subprocess.run(
        ["/bin/sh", "-c", script],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, (ended.stdout[-600:], ended.stderr[-2000:])
    assert "Miller plc" in ended.stdout
    assert "event: end" in ended.stdout
