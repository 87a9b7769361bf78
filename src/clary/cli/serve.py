"""`clary serve` and `clary worker`: the processes that run until they are told to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clary.cli.frame import Face, Group, command, example
from clary.cli.serving import SERVER_MISSING

if TYPE_CHECKING:
    from clary.hub.installation import Installation
    from clary.hub.lanes import Lanes

DEFAULT_PORT = 8050
MOST_LANES = 256

_holder = Group("processes")
lanes_option = click.option(
    "--lanes",
    "at_once",
    type=click.IntRange(1, MOST_LANES),
    default=8,
    show_default=True,
    help="How many companies are worked on at the same time.",
)


def _lanes(installation: Installation, at_once: int) -> Lanes:
    from clary.hub.lanes import Lanes

    return Lanes(installation, at_once=at_once)


@command(_holder, "serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@lanes_option
@click.option("--no-worker", is_flag=True, help="Only accept work; other processes do it.")
@example("clary serve --port 8050")
def serve(face: Face, *, host: str, port: int, at_once: int, no_worker: bool) -> None:
    """Serve the APIs and work off what they accept.

    It prints one line with its address when it accepts connections.  Told to end, it
    finishes what it is writing and logs off everywhere.
    """
    try:
        from clary.api.server import serve as run
    except ModuleNotFoundError as error:
        raise SERVER_MISSING.raised(module=error.name) from error

    def announce(url: str) -> None:
        face.answer({"url": url}, lambda out: out.print(f"Clary serves {url}", markup=False))

    with face.installation() as installation:
        lanes = None if no_worker else _lanes(installation, at_once)
        run(installation, lanes, (host, port), announce)


@command(_holder, "worker")
@lanes_option
@example("clary worker --lanes 16")
def worker(face: Face, *, at_once: int) -> None:
    """Work off what waits for companies until told to end.

    Any number of these run beside `clary serve` when the installation's database is on a
    PostgreSQL server, on any host; on SQLite there is one such process.
    """
    try:
        from clary.api.server import work as run
    except ModuleNotFoundError as error:
        raise SERVER_MISSING.raised(module=error.name) from error

    with face.installation() as installation:
        lanes = _lanes(installation, at_once)

        def announce() -> None:
            document = {"worker": lanes.worker}
            face.answer(document, lambda out: out.print(f"Clary works as {lanes.worker}"))

        run(installation, lanes, announce)
