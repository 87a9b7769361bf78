"""Compares batches with the books, and tells why a document is not listed."""

from __future__ import annotations

from collections.abc import Iterator

from clary.engine.journal import JournalState
from clary.engine.plan import PlanState
from clary.engine.plan_store import PlanStore
from clary.engine.runs import Runs
from clary.flows.batch.overrides import Overrides, OverrideStore
from clary.flows.batch.register import Batch, Register, Standing
from clary.flows.batch.rereading import Existing, existing
from clary.flows.batch.rerun import detail_of
from clary.flows.batch.verified import VerifyReport
from clary.flows.batch.verify import verify_batch
from clary.flows.batch.why import why
from clary.hub.installation import Installation
from clary.hub.services.batch_sides import batch_settings, opened_sides, opened_site
from clary.hub.services.batches import BatchAsked, selection_of
from clary.kernel.change import Action, Body
from clary.kernel.errors import Finding

_MASTERS = frozenset({"customer", "vendor", "item"})


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
        batch = existing(sides.accounting, number.strip(), is_known=ours is not None)
        documents = () if ours is None else tuple(register.documents(ours))
        known = Existing(
            batch,
            tuple(each for each in documents if each.state in (Standing.POSTED, Standing.HANDLED)),
            detail_of(ours),
        )
        store = OverrideStore(installation.database, installation.clock)
        overrides = Overrides.of(store.current(sides.app, sides.company))
        masters = () if ours is None else _created(installation, ours)
        return verify_batch(sides, known, settings, overrides, masters)


def why_not_listed(
    installation: Installation, app: str, name: str, asked: BatchAsked
) -> list[Finding]:
    """Return why a document is not listed by a selection, or that it is.

    Raises:
        Rejected: there is no such location (BATCH_LOCATION_UNKNOWN).
        ClaryError: the site cannot be used, see `batch_sides.opened_site`.
    """
    with opened_site(installation, app) as site:
        return why(site.accounting, name.strip(), selection_of(site.accounting, asked))


def _created(installation: Installation, batch: Batch) -> Iterator[tuple[str, str, Body]]:
    """Yield type, key and body of the customers, vendors and items made for a batch."""
    plans = PlanStore(installation.database)
    summary = None if batch.plan is None else plans.summary(batch.plan)
    if summary is None or summary.run is None or summary.state is PlanState.PRUNED:
        return
    for entry in Runs(installation.database).results(summary.run):
        made = entry.action is Action.CREATE and entry.state is JournalState.CONFIRMED
        if made and entry.record_type in _MASTERS and entry.key is not None:
            change = plans.change(entry.plan, entry.number)
            if change is not None and change.after is not None:
                yield entry.record_type, entry.key, change.after
