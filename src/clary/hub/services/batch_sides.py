"""Opens the two sides of a batch: the ConnectWise connection and the company."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from clary.apps.connectwise.app import ConnectwiseApp
from clary.apps.connectwise.settings import DELIMITERS
from clary.companies.contract import Session
from clary.engine.plan import Planned
from clary.engine.plan_store import PlanStore
from clary.engine.sending import Review
from clary.flows.batch.by_hand import Entered, entered_since
from clary.flows.batch.elsewhere import Elsewhere, check_rivals
from clary.flows.batch.freshness import check_fresh, review_of
from clary.flows.batch.planner import Sides
from clary.flows.batch.planning import Author
from clary.flows.batch.register import Register
from clary.flows.batch.settings import BatchSettings, Creating, TaxPolicy
from clary.hub.access import Role
from clary.hub.apps import CONNECTWISE
from clary.hub.installation import Installation
from clary.hub.services.apps import leading_elsewhere, open_app
from clary.hub.services.opening import Opened, open_company
from clary.hub.services.permissions import inner, needs
from clary.kernel.change import Change
from clary.kernel.errors import Finding, Rejected, declare

APP_WRONG_KIND = declare(
    "APP_WRONG_KIND",
    Rejected,
    "{name} is not a ConnectWise connection, which this needs.",
    "Name a connection of the kind connectwise; `clary app list` lists them.",
    exit_code=2,
)


@inner
@contextmanager
def opened_site(installation: Installation, name: str) -> Iterator[ConnectwiseApp]:
    """Give a ConnectWise site, proven to answer.

    Raises:
        Misconfigured: there is no such connection, or its settings do not work.
        Rejected: it is another kind of app (APP_WRONG_KIND).
        Unreachable, Busy, Unauthorised: it cannot be used just now.
    """
    with open_app(installation, name) as app:
        if not isinstance(app, ConnectwiseApp):
            raise APP_WRONG_KIND.raised(name=name)
        app.prove()
        yield app


@needs(Role.VIEWER, "company")
@contextmanager
def opened_sides(installation: Installation, app_name: str, company: str) -> Iterator[Sides]:
    """Give both sides of a batch, for reading.

    Raises:
        ClaryError: as for `opened_site` and `opening.open_company`.
    """
    connection = installation.connections.find(app_name)
    with opened_site(installation, app_name) as app:
        opened = open_company(installation, company)
        with opened.company.session() as session:
            yield Sides(
                app=connection.name if connection else app_name,
                origin=origin_system(app),
                accounting=app.accounting,
                company=opened.name,
                session=session,
                info=opened.info,
                capabilities=opened.company.capabilities(),
                database=installation.database,
                elsewhere=leading_elsewhere(installation, app_name),
            )


@inner
def author_of(installation: Installation) -> Author:
    """Return who plans, when, and how long the plan keeps its bodies."""
    retention = installation.settings.plan_retention
    return Author(installation.actor, installation.clock, retention)


@inner
def check_waiting(installation: Installation, plan_id: str) -> None:
    """Make sure that what a plan posts still waits in ConnectWise as it was planned.

    Raises:
        Guarded: it does not (BATCH_STALE), or another batch posts it (BATCH_RIVALLED).
        ClaryError: the site cannot be used, see `opened_site`.
    """
    database = installation.database
    register = Register(database, installation.clock)
    identity = PlanStore(database).summary(plan_id).header.identity
    for app in sorted({batch.app for batch in register.of_plan(plan_id)}):
        with opened_site(installation, app) as site:
            called = (origin_system(site), leading_elsewhere(installation, app))
            check_rivals(register, Elsewhere(database, register, called, identity), plan_id)
            check_fresh(register, site.accounting, plan_id)


@inner
def review_waiting(installation: Installation, plans: Sequence[str]) -> Review:
    """Return what keeps back, of a run that goes on, what does not wait as it was planned.

    Raises:
        ClaryError: the site cannot be used, see `opened_site`.
    """
    register = Register(installation.database, installation.clock)
    app = next((batch.app for plan in plans for batch in register.of_plan(plan)), None)
    if app is None:
        return Planned
    with opened_site(installation, app) as site:
        return review_of(register, site.accounting, plans)


@inner
def review_entered(
    installation: Installation, plans: Sequence[str], opened: Opened, session: Session
) -> Review:
    """Return what keeps back the documents of plans that somebody has entered since.

    Args:
        installation: whose plans.
        plans: the plans that are applied.
        opened: the company.
        session: a session of the company; it is only read.

    Raises:
        ClaryError: the books cannot be read.
    """
    store = PlanStore(installation.database)
    entered = Entered(session, opened.info, opened.company.capabilities())
    questions: dict[str, Finding] = {}
    for plan in plans:
        questions.update(entered_since(entered, store.changes(plan), opened.name))

    def review(change: Change) -> Planned:
        asked = questions.get(change.origin.text) if change.origin is not None else None
        return Planned(change, () if asked is None else (asked,))

    return review


def origin_system(app: ConnectwiseApp) -> str:
    """Return what origins call a site: the same for every connection to its company."""
    return f"{CONNECTWISE.name}/{app.settings['company'].strip().casefold()}"


@inner
def batch_settings(installation: Installation, app_name: str) -> BatchSettings:
    """Return what a person decided about batches, from the settings of the connection.

    Raises:
        Misconfigured: there is no such connection, or its settings do not work.
    """
    return settings_of(stated_settings(installation, app_name))


@inner
def stated_settings(installation: Installation, app_name: str) -> Mapping[str, str]:
    """Return the settings of a connection as they were stated; none for another kind of app.

    Raises:
        Misconfigured: there is no such connection, or its settings do not work.
    """
    with open_app(installation, app_name) as app:
        return app.settings if isinstance(app, ConnectwiseApp) else {}


def settings_of(stated: Mapping[str, str]) -> BatchSettings:
    """Return settings as they were stated for a connection."""
    creating = {
        record_type: Creating(stated[name])
        for record_type, name in (
            ("customer", "create_customers"),
            ("vendor", "create_vendors"),
            ("item", "create_items"),
        )
        if stated.get(name)
    }
    return BatchSettings(
        delimiter=DELIMITERS[stated.get("account_delimiter") or "hyphen"],
        create=creating,
        shorten_names=stated.get("shorten_names") == "yes",
        freight_account=stated.get("freight_account") or None,
        tax_policy=TaxPolicy(stated.get("tax_policy") or TaxPolicy.REFUSE.value),
        tax_limit=int(stated.get("tax_limit") or 0),
        rounding_account=stated.get("rounding_account") or None,
        untaxed_code=stated.get("untaxed_code") or "T0",
    )
