"""Real sandbox sites on loopback, each a process of its own, for tests of what talks to them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.announcing import announced
from tests.surroundings import unmeasured


@dataclass(frozen=True, slots=True)
class Site:
    """A site that accepts connections.

    Attributes:
        url: its address, such as http://127.0.0.1:41234, without a slash at the end.
        process: the process that serves it.
        file: where its state is.
    """

    url: str
    process: subprocess.Popen[str]
    file: Path

    def act(self, name: str, **fields: object) -> Any:  # noqa: ANN401 - any document
        """Do what a user does at the own screen of the site: unbatch, close-batch and so on."""
        return self._screen("POST", f"acts/{name}", fields)

    def fault(self, kind: str, **more: object) -> None:
        """Make the site misbehave: `times`, `method`, `path` (below the base) and `seconds`."""
        self._screen("POST", "faults", {"kind": kind, **more})

    def clear_faults(self) -> None:
        """End all misbehaviour."""
        self._screen("DELETE", "faults", None)

    def _screen(self, method: str, path: str, body: object) -> Any:  # noqa: ANN401 - any document
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}/sandbox/{path}", data, method=method)  # noqa: S310 - loopback
        request.add_header("Content-Type", "application/json")
        try:
            with urlopen(request) as answer:  # noqa: S310 - as above
                text = answer.read()
        except HTTPError as error:
            with error:
                message = f"{path}: {error.code} {error.read().decode()}"
            raise AssertionError(message) from None
        return json.loads(text) if text else None


@contextmanager
def connectwise_site(folder: Path, *arguments: str, port: int = 0) -> Iterator[Site]:
    """Serve a sandbox ConnectWise site from a file in `folder`, and end it cleanly.

    A second site in the same folder goes on where the first ended.

    Args:
        folder: where the site's file `connectwise.db` is or is made.
        arguments: further options of the command, such as "--seed", "uk".
        port: port to listen on; 0 takes a free one.
    """
    file = folder / "connectwise.db"
    options = ["--port", str(port), "--file", str(file), *arguments]
    environment = {**unmeasured(), "CLARY_HOME": str(folder / "home")}
    command = ("sandbox", "serve", "connectwise", *options)
    with announced(*command, environment=environment) as (url, process):
        yield Site(url, process, file)
