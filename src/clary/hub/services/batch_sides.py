"""Opens the two sides of a batch: the ConnectWise connection and the company."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from clary.apps.connectwise.app import ConnectwiseApp
from clary.flows.batch.freshness import check_fresh
from clary.flows.batch.planner import Sides
from clary.flows.batch.planning import Author
from clary.flows.batch.register import Register
from clary.flows.batch.settings import BatchSettings, Creating, TaxPolicy
from clary.hub.apps import CONNECTWISE
from clary.hub.installation import Installation
from clary.hub.services.apps import open_app
from clary.hub.services.opening import open_company
from clary.kernel.errors import Rejected, declare

APP_WRONG_KIND = declare(
    "APP_WRONG_KIND",
    Rejected,
    "{name} is not a ConnectWise connection, which this needs.",
    "Name a connection of the kind connectwise; `clary app list` lists them.",
    exit_code=2,
)

DELIMITERS: Mapping[str, str] = {"colon": ":", "hyphen": "-"}


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
            )


def author_of(installation: Installation) -> Author:
    """Return who plans, when, and how long the plan keeps its bodies."""
    retention = installation.settings.plan_retention
    return Author(installation.actor, installation.clock, retention)


def check_waiting(installation: Installation, plan_id: str) -> None:
    """Make sure that what a plan posts still waits in ConnectWise as it was planned.

    Raises:
        Guarded: it does not (BATCH_STALE).
        ClaryError: the site cannot be used, see `opened_site`.
    """
    register = Register(installation.database, installation.clock)
    for app in sorted({batch.app for batch in register.of_plan(plan_id)}):
        with opened_site(installation, app) as site:
            check_fresh(register, site.accounting, plan_id)


def origin_system(app: ConnectwiseApp) -> str:
    """Return what origins call a site: the same for every connection to its company."""
    return f"{CONNECTWISE.name}/{app.settings['company'].strip().casefold()}"


def batch_settings(installation: Installation, app_name: str) -> BatchSettings:
    """Return what a person decided about batches, from the settings of the connection.

    Raises:
        Misconfigured: there is no such connection, or its settings do not work.
    """
    with open_app(installation, app_name) as app:
        stated = app.settings if isinstance(app, ConnectwiseApp) else {}
    return settings_of(stated)


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
