"""`clary sandbox serve`: the sandbox sites of other systems, each a server of its own."""

from __future__ import annotations

from pathlib import Path

import click

from clary.cli.arguments import NEW_FILE
from clary.cli.frame import Face, Group, command, example
from clary.kernel.errors import Misconfigured, declare

SERVER_MISSING = declare(
    "SERVER_MISSING",
    Misconfigured,
    "A part that serves web pages is not installed ({module}).",
    "Install Clary with its extra hub: clary[hub].",
)
MOST_INVOICES = 1_000_000
DEFAULT_PORT = 8070


@click.group(cls=Group)
def serve() -> None:
    """Serve a sandbox site of another system."""


@command(serve, "connectwise")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--file",
    type=NEW_FILE,
    help="File of the site (default: sites/connectwise.db in the folder of the installation).",
)
@click.option(
    "--seed",
    type=click.Choice(["us", "uk"]),
    help="Whose books a new site belongs to (default: us).",
)
@click.option(
    "--invoices",
    type=click.IntRange(0, MOST_INVOICES),
    help="Invoices to add to those of a new site; other documents come along in proportion.",
)
@example("clary sandbox serve connectwise --port 8070 --seed us")
def connectwise(
    face: Face, *, port: int, host: str, file: Path | None, seed: str | None, invoices: int | None
) -> None:
    """Serve a sandbox ConnectWise site until told to end.

    It prints one line with its address when it accepts connections.  A file that is not
    there yet is made and filled; log on with company demo, public key public and private
    key private, and any client ID.
    """
    try:
        from clary.apps.connectwise.sandbox.server import serve as run
    except ModuleNotFoundError as error:
        raise SERVER_MISSING.raised(module=error.name) from error
    from clary.apps.connectwise.sandbox.making import ready
    from clary.kernel.settings import read

    where = file or read().home / "sites" / "connectwise.db"
    ready(where, seed=seed, invoices=invoices)

    def announce(url: str) -> None:
        document = {"url": url, "file": str(where)}
        face.answer(document, lambda out: out.print(f"ConnectWise site at {url}", markup=False))

    run(where, host, port, announce)
