"""Many sandbox companies at once: one is made of each edition, the others are copies of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from clary.companies.sandbox import SandboxCompany, create
from clary.companies.sandbox.values import set_values
from clary.hub.installation import Installation
from clary.hub.services.connecting import register_sandbox
from clary.kernel.identifiers import new_guid
from clary.ledger.fields import EditionName
from tests.flows.push.test_push_round_trip import LISTS, US_DEFAULTS
from tests.soak.watching import watch


def make_companies(
    installation: Installation, folder: Path, wanted: Mapping[str, EditionName]
) -> None:
    """Make companies with these names and connect them; each keeps a log of its writers.

    A copy is a company of its own once it has its own name, identity and mark.

    Args:
        installation: where they are connected.
        folder: for the company that the others of its edition are copied from.
        wanted: editions by name.
    """
    originals = {edition: original(folder, edition) for edition in set(wanted.values())}
    for name, edition in wanted.items():
        path = installation.sandbox_file(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(originals[edition], path)
        set_values(path, name=name, identity=new_guid(), marker=new_guid())
        register_sandbox(installation, name, path)


def original(folder: Path, edition: EditionName) -> Path:
    """Return the file of a company that pushed documents can refer to, closed and whole."""
    path = folder / f"original_{edition}.clary"
    start = date(2026, 1, 1)
    create(path, name="original", edition=edition, users="multi", fiscal_year_start=start)
    if edition == "us":
        set_values(path, defaults=json.dumps(US_DEFAULTS))
    with SandboxCompany(path).session(write=True) as session:
        for kind, body in LISTS[edition]:
            session.create(kind, dict(body))
    watch(path)
    leftovers = [each.name for each in folder.glob(f"{path.name}-*")]
    assert not leftovers, f"the original is still in use: {leftovers}"
    return path
