"""Opens the two sides of a sync of payments: the ConnectWise connection and the company."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from clary.companies.contract import Session
from clary.companies.settlements import ACCESS_MISSING
from clary.engine.plan import Planned
from clary.engine.plan_store import PlanStore
from clary.flows.payments import problems
from clary.flows.payments.freshness import Freshness, concerned, invoices_of
from clary.flows.payments.planner import Sides
from clary.flows.payments.register import Pair, PaymentRegister
from clary.flows.payments.settled import (
    Direct,
    FromOpenItems,
    OnlyAmounts,
    Settlements,
    Standings,
    Way,
)
from clary.hub.installation import Installation
from clary.hub.services.batch_sides import opened_site, origin_system
from clary.hub.services.opening import Opened
from clary.hub.services.permissions import inner
from clary.kernel.change import Change
from clary.kernel.errors import Unauthorised


@contextmanager
def telling_access(opened: Opened, way: Way) -> Iterator[None]:
    """Tell what a person must do in Sage where it keeps the fast way out.

    What the door itself said is left to the chain of errors: it names its cause in numbers.
    """
    try:
        yield
    except Unauthorised as error:
        if way is not Way.FAST or error.code not in ACCESS_MISSING:
            raise
        steps = error.findings[0].remedy
        raise problems.ACCESS_REQUIRED.raised(company=opened.name, steps=steps) from error


@inner
def review_settled(
    installation: Installation, plans: Sequence[str], opened: Opened
) -> Callable[[Change], Planned]:
    """Return what keeps back the changes of invoices that stand otherwise than when planned.

    Args:
        installation: whose plans.
        plans: the plans of syncs that are applied.
        opened: the company; it is only read.

    Raises:
        Unauthorised: the fast way needs third-party access
            (THIRD_PARTY_ACTIVATION_REQUIRED).
        ClaryError: one of the sides cannot be read.
    """
    database = installation.database
    register, store = PaymentRegister(database), PlanStore(database)
    found = Freshness()
    for plan in plans:
        sync, invoices = register.of_plan(plan), invoices_of(store.changes(plan))
        if sync is not None and invoices:
            with telling_access(opened, sync.way), _session(opened, sync.way) as session:
                direct = sync.way is Way.FAST
                standings: Standings = Direct(session) if direct else OnlyAmounts(session)
                found.compare(concerned(register.invoices(sync.id), invoices), standings)
            with opened_site(installation, sync.pair.app) as site:
                found.read(site.accounting, invoices)
    return found.reviewed


@inner
@contextmanager
def opened_pair(
    installation: Installation, app_name: str, opened: Opened, way: Way
) -> Iterator[Sides]:
    """Give both sides of a sync, for reading."""
    connection = installation.connections.find(app_name)
    # The company first: what a person at Sage must do is told before ConnectWise is asked.
    with _session(opened, way) as session, opened_site(installation, app_name) as site:
        settlements: Settlements
        if way is Way.FAST:
            settlements = Direct(session)
            settlements.of(())
        else:
            settlements = FromOpenItems(session)
        yield Sides(
            pair=Pair(
                app=connection.name if connection else app_name,
                site=site.identity,
                company=opened.name,
                identity=opened.info.identity,
            ),
            origin=origin_system(site),
            accounting=site.accounting,
            session=session,
            settlements=settlements,
            info=opened.info,
            capabilities=opened.company.capabilities(),
            database=installation.database,
        )


def _session(opened: Opened, way: Way) -> Session:
    return opened.company.session() if way is Way.FAST else opened.company.reading()
