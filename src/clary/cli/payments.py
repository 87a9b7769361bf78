"""`clary payments`: what Sage shows as paid, brought back to where it was billed."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, TypeVar

import click

from clary.cli.arguments import company_argument
from clary.cli.batch import app_argument
from clary.cli.frame import Face, Group, command, console, example, tell
from clary.cli.plan import HowToApply, applying_options
from clary.kernel.errors import Unauthorised

if TYPE_CHECKING:
    from clary.flows.payments.since import Start
    from clary.hub.installation import Installation
    from clary.hub.services.payments import SyncDone, SyncPlanned

ASK, FAST, FALLBACK = "ask", "fast", "fallback"
RETRY, CANCEL = "retry", "cancel"
_WAYS = {
    FAST: "Ask Sage directly; needs its permission.",
    FALLBACK: "Read open items; needs none.",
    ASK: "Ask Sage directly; where that is not permitted, ask what to do (the default).",
}

F = TypeVar("F", bound=Callable[..., object])


def way_options(function: F) -> Callable[..., object]:
    """Add the options of the way that payments are read in; at most one of them is stated."""

    @functools.wraps(function)
    def chosen(*arguments: object, **values: object) -> object:
        ways = [name for name in (FAST, FALLBACK, ASK) if values.pop(name)]
        if len(ways) > 1:
            stated = " and ".join(f"--{name}" for name in ways)
            message = f"{stated} exclude each other: state one of them."
            raise click.UsageError(message)
        return function(*arguments, way=ways[0] if ways else ASK, **values)

    dressed: Callable[..., object] = chosen
    for name, words in reversed(_WAYS.items()):
        dressed = click.option(f"--{name}", is_flag=True, help=words)(dressed)
    return dressed


class AnswerType(click.ParamType[str]):
    """Retry or cancel, or the start of either word."""

    name = "answer"

    def convert(
        self,
        value: str,
        parameter: click.Parameter | None,
        context: click.Context | None,
    ) -> str:
        """Return the word that is meant."""
        start = value.strip().casefold()
        found = [word for word in (RETRY, CANCEL) if start and word.startswith(start)]
        if len(found) != 1:
            message = f"Answer {RETRY} or {CANCEL}, or {RETRY[0]} or {CANCEL[0]}."
            self.fail(message, parameter, context)
        return found[0]


class SinceType(click.ParamType["Start | date"]):
    """From when on: a name, or a day such as 2026-01-31."""

    name = "since"

    def convert(
        self,
        value: str | date,
        parameter: click.Parameter | None,
        context: click.Context | None,
    ) -> Start | date:
        """Return what it stands for."""
        from clary.flows.payments.since import start_of
        from clary.kernel.errors import Rejected

        if isinstance(value, date):
            return value
        try:
            return start_of(value)
        except Rejected as error:
            finding = error.findings[0]
            self.fail(f"{finding.message} {finding.remedy}", parameter, context)


@click.group(cls=Group)
def payments() -> None:
    """Show in ConnectWise what was paid in Sage.

    APP is the name of a ConnectWise connection (`clary app list`).
    """


@command(payments, "sync", writes=True)
@app_argument
@company_argument
@click.option(
    "--since",
    type=SinceType(),
    default="last",
    show_default=True,
    metavar="[last|week|two-weeks|month|DATE]",
    help="From when on: the last sync that succeeded, or what is dated from a day on.",
)
@way_options
@applying_options
@example("clary payments sync psa acme", "clary payments sync psa acme --since month --fallback")
def sync(
    face: Face,
    app: str,
    company: str,
    since: Start | date,
    way: str,
    *,
    how: HowToApply,
    dry_run: bool,
) -> None:
    """Show in ConnectWise what is paid, and since when in full.

    Each invoice there gets one payment of Clary's that is kept equal to what Sage shows;
    payments that others entered are never touched. Doing it again writes nothing.
    """
    with face.installation() as installation:
        planned = _planned(face, installation, app, company, since, way)
        if dry_run:
            tell_plan(face, installation, planned)
        elif face.asks and planned.plan.plan.changes:
            _print_plan(installation, planned)
            face.agree("Write this to ConnectWise?")
        if not dry_run:
            tell_done(face, installation, _done(face, installation, planned, how))


def _planned(
    face: Face,
    installation: Installation,
    app: str,
    company: str,
    since: Start | date,
    way: str,
) -> SyncPlanned:
    """Plan the sync in the way that was chosen, or that a person chooses on the way."""
    from clary.flows.payments.problems import ACCESS_REQUIRED
    from clary.flows.payments.settled import Way
    from clary.hub.services.payments import plan_sync

    while way != FALLBACK:
        try:
            return plan_sync(installation, app, company, since, Way.FAST)
        except Unauthorised as error:
            if error.code != ACCESS_REQUIRED.name or way != ASK or not face.asks:
                raise
            tell(error.findings[0])
            way = _chosen()
    return plan_sync(installation, app, company, since, Way.FALLBACK)


def _chosen() -> str:
    """Ask a person to retry, once Sage permits it, or to cancel, and return the way then."""
    answer = click.prompt("Retry or Cancel?", type=AnswerType(), default=RETRY, err=True)
    return ASK if answer == RETRY else FALLBACK


def _done(
    face: Face, installation: Installation, planned: SyncPlanned, how: HowToApply
) -> SyncDone:
    from clary.cli.progress import run_progress
    from clary.hub.services.payments import run_sync

    with run_progress(face, f"Writing to {planned.sync.pair.app}") as progress:
        return run_sync(installation, planned, how.applying(face, progress))


def tell_plan(face: Face, installation: Installation, planned: SyncPlanned) -> None:
    """Print what a sync would write, and end with its exit code."""
    from clary.cli.show_payments import show_planned
    from clary.hub.services.payments import sync_invoices

    invoices = sync_invoices(installation, planned.sync)
    if face.json:
        face.answer_stream(planned.as_dict(), "invoices", (each.as_dict() for each in invoices))
    else:
        face.answer({}, lambda out: show_planned(out, planned, invoices, applied=False))
    click.get_current_context().exit(planned.exit_status)


def _print_plan(installation: Installation, planned: SyncPlanned) -> None:
    from clary.cli.show_payments import show_planned
    from clary.hub.services.payments import sync_invoices

    invoices = sync_invoices(installation, planned.sync)
    show_planned(console(sys.stderr), planned, invoices, applied=False)


def tell_done(face: Face, installation: Installation, done: SyncDone) -> None:
    """Print how a sync ended, and end with its exit code."""
    from clary.cli.show_payments import show_done
    from clary.hub.services.payments import sync_invoices
    from clary.hub.services.runs import run_results

    invoices = sync_invoices(installation, done.planned.sync)
    if face.json:
        face.answer_stream(done.as_dict(), "invoices", (each.as_dict() for each in invoices))
    else:
        results = run_results(installation, done.run.run.id)
        face.answer({}, lambda out: show_done(out, done, invoices, results))
    click.get_current_context().exit(done.exit_status)


@command(payments, "list")
@click.argument("app", metavar="[APP]", required=False)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="How many (default: 20).")
@example("clary payments list psa")
def list_(face: Face, app: str | None, limit: int) -> None:
    """List the syncs of payments, the newest first.

    Those that were only planned are among them.
    """
    from clary.cli.show_payments import show_syncs
    from clary.hub.services.payments import list_syncs

    with face.installation() as installation:
        syncs = list_syncs(installation, app, limit=limit)
    face.answer({"syncs": [each.as_dict() for each in syncs]}, lambda out: show_syncs(out, syncs))


@command(payments, "show")
@click.argument("number", type=click.IntRange(1))
@click.option("--all", "everything", is_flag=True, help="Also invoices that are not there.")
@example("clary payments show 3")
def show(face: Face, number: int, *, everything: bool) -> None:
    """Show what a sync found paid, and by which receipts.

    Invoices that ConnectWise does not have are only counted.
    """
    from clary.cli.show_payments import show_sync
    from clary.hub.services import payments as service

    with face.installation() as installation:
        found = service.show_sync(installation, number)
        invoices = service.sync_invoices(installation, found)
        if face.json:
            face.answer_stream(found.as_dict(), "invoices", (each.as_dict() for each in invoices))
            return
        face.answer({}, lambda out: show_sync(out, found, invoices, everything=everything))
