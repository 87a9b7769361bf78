"""A batch goes its whole way with an installation that was moved to PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from clary.flows.batch.register import BatchState, Standing
from clary.hub.services import batches
from clary.hub.services.batch_running import Ended
from clary.hub.services.batch_verifying import verify_a_batch
from tests.databases import Server
from tests.hub.batch.office import APP, COMPANY, MAIN, Office, move_to, office


@pytest.fixture
def served(us_prepared: Path, tmp_path: Path, server: Server) -> Iterator[Office]:
    """Give an office whose installation is in PostgreSQL."""
    name = server.new()
    shutil.copytree(us_prepared, tmp_path / "office")
    move_to(server.url(name), tmp_path / "office")
    with office(us_prepared, tmp_path / "office") as ready:
        assert ready.installation.database.kind == "postgresql"
        yield ready
    server.drop(name)


def test_it_is_posted_verified_run_again_and_taken_back(served: Office) -> None:
    assert served.run("ALL", location=MAIN).ended is Ended.COMPLETED
    documents = served.documents("ALL")
    assert {each.state for each in documents.values()} == {Standing.POSTED}
    assert verify_a_batch(served.installation, APP, COMPANY, "ALL").ok
    [view] = batches.list_batches(served.installation, APP)
    assert view.batch.state is BatchState.POSTED
    ours = served.ours()
    assert served.plan("AGAIN", location=MAIN).plan.plan.changes == 0
    _, again = served.rerun("ALL")
    assert (again.run.applied, served.ours()) == (0, ours)
    served.unbatch("ALL")
    assert served.ours() == []
    assert batches.show_batch(served.installation, APP, "ALL").batch.state is BatchState.REMOVED
