"""Compares batches with the books, and tells why a document is not listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from clary.flows.batch.created import created_for
from clary.flows.batch.gone import gone
from clary.flows.batch.overrides import Overrides, OverrideStore
from clary.flows.batch.register import Batch, BatchDocument, Register, Standing
from clary.flows.batch.rereading import Existing, existing
from clary.flows.batch.rerun import detail_of
from clary.flows.batch.verified import VerifyReport
from clary.flows.batch.verify import Ours, verify_batch
from clary.flows.batch.why import why
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.services.batch_sides import batch_settings, opened_sides, opened_site
from clary.hub.services.batches import BatchAsked, selection_of
from clary.hub.services.permissions import needs
from clary.kernel.clock import local_date
from clary.kernel.errors import Finding


@needs(Role.VIEWER, "company")
def verify_a_batch(installation: Installation, app: str, company: str, number: str) -> VerifyReport:
    """Return how the books compare with a batch of ConnectWise; nothing is written.

    Raises:
        Rejected: the batch is closed, gone or unknown in ConnectWise.
        ClaryError: one of the sides cannot be opened, see `batch_sides.opened_sides`.
    """
    settings = batch_settings(installation, app)
    register = Register(installation.database, installation.clock)
    with opened_sides(installation, app, company) as sides:
        ours = register.find(sides.app, number.strip())
        absent = partial(gone, installation.database, register, ours, number.strip())
        batch = existing(sides.accounting, number.strip(), absent)
        known = Existing(batch, detail=detail_of(ours))
        store = OverrideStore(installation.database, installation.clock)
        overrides = Overrides.of(store.current(sides.app, sides.company))
        meant = Ours()
        if ours is not None:
            meant = Ours(meant_for(register, ours), created_for(installation.database, ours))
        return verify_batch(sides, known, meant, settings, overrides)


def meant_for(register: Register, batch: Batch) -> Iterator[BatchDocument]:
    """Yield the documents that a batch shall hold, whether it does or not, by kind."""
    moved = register.moved(batch)
    for each in register.documents(batch):
        is_held = each.state in (Standing.POSTED, Standing.HANDLED)
        if is_held or (each.state is Standing.UNBATCHED and each.source not in moved):
            yield each


@needs(Role.VIEWER)
def why_not_listed(
    installation: Installation, app: str, name: str, asked: BatchAsked
) -> list[Finding]:
    """Return why a document is not listed by a selection, or that it is.

    Raises:
        Rejected: there is no such location (BATCH_LOCATION_UNKNOWN).
        ClaryError: the site cannot be used, see `batch_sides.opened_site`.
    """
    through = asked.through or local_date(installation.clock)
    with opened_site(installation, app) as site:
        selection = selection_of(site.accounting, replace(asked, through=through))
        return why(site.accounting, name.strip(), selection)
