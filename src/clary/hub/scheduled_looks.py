"""What the kinds of schedules look for that concern an app; loaded only when one of them comes.

They plan as the commands do, and leave nothing where there is nothing to do.
"""

from __future__ import annotations

from collections.abc import Mapping

from clary.companies.contract import FIGURE_UNSUPPORTED
from clary.engine.plan_store import PlanStore
from clary.flows.batch.kinds import DetailLevel, Kind
from clary.flows.payments.problems import ACCESS_REQUIRED
from clary.flows.payments.register import PaymentRegister
from clary.flows.payments.settled import Way
from clary.flows.payments.since import Start
from clary.hub.installation import Installation
from clary.hub.scheduled_kinds import Looked
from clary.hub.services.batches import BatchAsked, list_unposted, plan_a_batch
from clary.hub.services.payments import SyncPlanned, plan_sync
from clary.kernel.errors import Unauthorised, Unsupported

_KINDS: Mapping[str, Kind] = dict(zip(("invoices", "expenses", "procurement"), Kind, strict=True))


def payments(installation: Installation, company: str, settings: Mapping[str, str]) -> Looked:
    """Plan a sync of payments since the last one.

    Where nothing changed, only the first look of a day is kept as a sync of its own, so that
    the next one need not look back further and the list of runs stays short.

    Raises:
        ClaryError: as for `services.payments.plan_sync`.
    """
    planned = _planned_sync(installation, company, settings)
    plan, sync = planned.plan.plan, planned.sync
    register = PaymentRegister(installation.database)
    last = register.last(sync.pair)
    is_known = last is not None and (last.day, last.generation) == (sync.day, sync.generation)
    if plan.changes or plan.blocked or not is_known:
        return Looked(f"Payments since {sync.since or 'the beginning'} are shown.", plan.id)
    register.forget(sync.id)
    PlanStore(installation.database).discard(plan.id)
    return Looked("ConnectWise shows what Sage shows already.")


def _planned_sync(
    installation: Installation, company: str, settings: Mapping[str, str]
) -> SyncPlanned:
    app, way = settings["app"], settings.get("way") or "auto"
    if way != Way.FALLBACK.value:
        try:
            return plan_sync(installation, app, company, Start.LAST, Way.FAST)
        except (Unauthorised, Unsupported) as error:
            missing = (ACCESS_REQUIRED.name, FIGURE_UNSUPPORTED.name)
            if way == Way.FAST.value or error.code not in missing:
                raise
    return plan_sync(installation, app, company, Start.LAST, Way.FALLBACK)


def batch(installation: Installation, company: str, settings: Mapping[str, str]) -> Looked:
    """Plan a batch of what waits in ConnectWise, under the number that is suggested.

    Raises:
        ClaryError: as for `services.batches.plan_a_batch`.
    """
    app = settings["app"]
    names = settings.get("kinds")
    asked = BatchAsked(
        location=settings.get("location") or "",
        kinds=frozenset(_KINDS[name] for name in names.split(",")) if names else frozenset(),
        detail=DetailLevel(settings.get("detail") or DetailLevel.DEFAULT.value),
        split=settings.get("split") == "yes",
        takes_suggested=True,
    )
    waiting = list_unposted(installation, app, asked)
    if not waiting:
        return Looked("Nothing waits in ConnectWise.")
    planned = plan_a_batch(installation, app, company, asked)
    numbers = ", ".join(view.batch.identifier for view in planned.batches)
    return Looked(f"Batch {numbers}: {len(waiting)} documents wait.", planned.plan.plan.id)
