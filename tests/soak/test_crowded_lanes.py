"""More companies have work than a worker can look at: their turn comes in the order of waiting."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from clary.hub.lanes import ENGINE_FILE
from clary.ledger.fields import EditionName
from tests.hub.work.office import queue_customers, work_of
from tests.soak.armed import LANES, Order
from tests.soak.processes import Armed, discarded
from tests.soak.sites import Site, site

COMPANIES: dict[str, EditionName] = {f"co{number:02}": "us" for number in range(24)}
PATIENCE_SECONDS = 60
READ_ONLY = "file:{}?mode=ro"


def looks(place: Site) -> tuple[int, int]:
    """Return how many looks wait in the engine, and how many companies they are of."""
    file = place.installation.settings.home.absolute() / ENGINE_FILE
    query = (
        "SELECT count(*), count(DISTINCT queue_partition_key) FROM workflow_status"
        " WHERE status = 'ENQUEUED'"
    )
    with closing(sqlite3.connect(READ_ONLY.format(file), uri=True, timeout=30)) as engine:
        [(count, companies)] = engine.execute(query).fetchall()
    return count, companies


def test_no_look_is_enqueued_that_would_wait_for_long(tmp_path: Path, migrated_url: str) -> None:
    with site(tmp_path, COMPANIES, migrated_url) as place:
        for name in COMPANIES:
            queue_customers(place.installation, name, "NEW")
        worker = Armed(place.environment, Order())
        with discarded([worker]):
            worker.wait_until_ready()
            seen, work = [], work_of(place.installation)
            until = time.monotonic() + PATIENCE_SECONDS
            while any(lane.waiting for lane in work.lanes()):
                assert time.monotonic() < until
                seen.append(looks(place))
            worker.end()
        assert max(count for count, _ in seen) <= 2 * LANES
        assert all(count == companies for count, companies in seen)
        with closing(sqlite3.connect(place.installation.settings.home / ENGINE_FILE)) as engine:
            [(begun,)] = engine.execute("SELECT count(*) FROM workflow_status").fetchall()
        assert len(COMPANIES) <= begun <= 2 * len(COMPANIES) + 1
